"""What people type on the pages of accounts."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints

from accounts.rules import MAX_NAME, Area, Role
from bulou.forms import CheckedForm, Text

Name = Annotated[Text, StringConstraints(min_length=1, max_length=MAX_NAME)]
Password = Annotated[str, Field(max_length=1000)]  # never cleaned as a text is; accounts.passwords puts it in one form


def _read_place(value: Any) -> Any:
    """As the list of places on the page sends it: ROUND or ROUND/POINT."""
    return (value.split("/", 1) if isinstance(value, str) else value) or []


Place = Annotated[list[UUID], BeforeValidator(_read_place), Field(max_length=2)]


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


class AreaForm(CheckedForm):
    role: Role
    place: Place = []

    @property
    def area(self) -> Area:
        round_id, point_id = [*self.place, None, None][:2]
        return Area(self.role, round_id, point_id)


class AccountForm(AreaForm):
    shown_name: Name
    name: Name


class SessionForm(CheckedForm):
    session: UUID
