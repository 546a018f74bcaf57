import pytest

from accounts.limits import asking_address
from bulou.database import database, transaction
from tests.accounts.pages import PASSWORD, make_person, submit


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),  # one machine may use any of its network
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ],
)
def test_an_address_is_one_machine_or_one_network_of_ipv6(app, one, other, are_one):
    addresses = []
    for address in (one, other):
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            addresses.append(asking_address())

    assert (addresses[0] == addresses[1]) is are_one


def test_a_request_without_an_address_is_counted_with_all_such(app):
    with app.test_request_context(environ_base={"REMOTE_ADDR": ""}):
        assert asking_address() == "unknown"


def test_reading_a_page_does_not_wait_for_somebody_who_writes(app, client, clock):
    with transaction() as session:
        make_person(session, "wang")
    submit(client, "/sign-in", name="wang", password=PASSWORD)
    clock.advance(hours=1)

    with database().writer:  # somebody imports a roster on SQLite
        answer = client.get("/account")

    assert answer.status_code == 200
