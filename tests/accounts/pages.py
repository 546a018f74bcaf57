"""How a browser fills in a form: it loads the page, and sends the hidden field back with the rest."""

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from accounts.models import Account
from accounts.rules import Area, Role
from accounts.usecases import add_account
from tests.factories import NOON, make_community

PASSWORD = "three blue buckets"


def submit(client: FlaskClient, page: str, action: str | None = None, **fields: str) -> TestResponse:
    """Load `page` and send its form, to the page itself unless an action is named."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert token, page
    return client.post(action or page, data={**fields, "csrf_token": token[1]})


def make_person(session, name: str = "wang", role: Role = Role.MANAGER, community_id: str = "", **area) -> Account:
    """Somebody who can sign in with PASSWORD; in a community of their own unless one is named."""
    community_id = community_id or make_community(session).id
    areas = [Area(role, **area)]
    return add_account(session, community_id, name=name, shown_name="王样例", password=PASSWORD, areas=areas, now=NOON)
