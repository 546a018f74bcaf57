"""What people type on the pages of accounts."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from accounts.errors import AreaNotFound
from accounts.rules import MAX_NAME, OF_PEOPLE, Role
from bulou.forms import CheckedForm, Text
from bulou.i18n import _

Name = Annotated[Text, StringConstraints(min_length=1, max_length=MAX_NAME)]
Password = Annotated[str, Field(max_length=1000)]  # never cleaned as a text is; accounts.passwords puts it in one form


class SignInForm(CheckedForm):
    name: Name
    password: Password


class StartForm(CheckedForm):
    code: Annotated[Text, StringConstraints(max_length=40)]
    community: Annotated[Text, StringConstraints(min_length=1, max_length=80)]
    shown_name: Name
    name: Name
    password: Password
    again: Password


class ShownNameForm(CheckedForm):
    shown_name: Name


class PasswordForm(CheckedForm):
    present: Password
    password: Password
    again: Password


def _of_people(role: Role) -> Role:
    """Nobody signs in as a phone."""
    if role not in OF_PEOPLE:
        raise ValueError(_("is no role of a person"))
    return role


class AreaForm(CheckedForm):
    role: Annotated[Role, AfterValidator(_of_people)]
    place: Text = ""  # as the page's list of places sends it: ROUND or ROUND/POINT; empty = everywhere

    @property
    def place_ids(self) -> tuple[UUID | None, UUID | None]:
        """The round and the point. Raises AreaNotFound."""
        round_id, _, point_id = self.place.partition("/")
        try:
            return UUID(round_id) if round_id else None, UUID(point_id) if point_id else None
        except ValueError:
            raise AreaNotFound() from None


class AccountForm(AreaForm):
    shown_name: Name
    name: Name


class InvitationForm(AreaForm):
    shown_name: Annotated[Text, StringConstraints(max_length=MAX_NAME)] = ""


class CodeForm(CheckedForm):
    code: Annotated[Text, StringConstraints(max_length=60)]


class NewPasswordForm(CodeForm):
    password: Password
    again: Password


class JoinForm(NewPasswordForm):
    shown_name: Name
    name: Name


class LeaveForm(CheckedForm):
    sure: bool = False


class SessionForm(CheckedForm):
    session: UUID


class TokenForm(AreaForm):
    name: Name
