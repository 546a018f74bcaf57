"""What comes from the pages and calls of the chase, checked."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from bulou.forms import CheckedForm, Instant, Text, WallTime
from followup.rules import VisitOutcome
from registry.rules import ExcuseKind


class StewardForm(CheckedForm):
    """An empty account means nobody."""

    account: UUID | None = None


class AttemptForm(CheckedForm):
    attempt_id: UUID
    outcome: VisitOutcome
    resident: list[UUID] = []  # whom it is about; none ticked = everybody who is missing
    come_at: WallTime | None = None  # as the browser's field has it: wall time without zone
    until_on: WallTime | None = None
    note: Annotated[Text, Field(max_length=200)] = ""


class ReviewForm(CheckedForm):
    accept: bool


class ExcuseCall(CheckedForm):
    """POST /rounds/ID/excuses: either `resident` or `code` says who."""

    resident: UUID | None = None
    code: Annotated[Text, Field(max_length=200)] | None = None
    kind: ExcuseKind
    from_: Instant | None = Field(default=None, alias="from")
    until: Instant | None = None
    note: Annotated[Text, Field(max_length=200)] = ""
