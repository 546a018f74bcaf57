"""The page on which the example is removed by whoever manages it."""

from typing import Annotated

from flask import Blueprint, flash, redirect, render_template, request, url_for
from pydantic import StringConstraints
from werkzeug.wrappers import Response

from accounts.access import current_community_id, requires
from accounts.rules import Permission
from accounts.signing import let_out
from bulou.database import reading, transaction
from bulou.forms import CheckedForm, Text, read_form
from bulou.i18n import _
from bulou.ids import read_code
from examples.keeping import forget_sign_ins
from examples.removing import get_contents, remove_example

bp = Blueprint("examples", __name__)


class RemoveForm(CheckedForm):
    code: Annotated[Text, StringConstraints(max_length=20)] = ""


@bp.get("/example/remove")
@requires(Permission.MANAGE_ACCOUNTS)
def ask() -> str:
    return show("")


def show(problem: str) -> str:
    with reading() as session:
        contents = get_contents(session, current_community_id())
    return render_template("examples/remove.html", contents=contents, code=current_community_id(), problem=problem)


@bp.post("/example/remove")
@requires(Permission.MANAGE_ACCOUNTS)
def remove() -> Response | tuple[str, int]:
    """Everything is gone, the account that asked too."""
    if read_code(read_form(RemoveForm, request.form).code) != current_community_id():
        return show(_("Type the code of the community, so that nothing is removed by mistake.")), 422
    with transaction() as session:
        remove_example(session, current_community_id())
    forget_sign_ins(current_community_id())
    answer = let_out(redirect(url_for("accounts.sign_in")))
    flash(
        _(
            "The example is removed. For a community of your own, open the page /start with the code that the program printed."
        )
    )
    return answer
