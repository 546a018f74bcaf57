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
    proof: Annotated[Text, Field(max_length=200)] = ""


MOST_TOGETHER = 5_000  # people of one form: each is looked up and written, while phones wait
People = Annotated[list[UUID], Field(max_length=MOST_TOGETHER)]


class ReviewForm(CheckedForm):
    """One proposal or many, all decided alike."""

    excuse: People = []
    accept: bool
    answer: Annotated[Text, Field(max_length=200)] = ""


class ManyExcusesForm(CheckedForm):
    """One reason for several people; `round` and `building` say which list of the missing they were ticked on."""

    resident: People = []
    kind: ExcuseKind
    from_at: WallTime | None = None
    until_at: WallTime | None = None
    note: Annotated[Text, Field(max_length=200)] = ""
    proof: Annotated[Text, Field(max_length=200)] = ""


class ListForm(CheckedForm):
    """Whom somebody ticked, and on which list of the missing; neither where it was a door."""

    resident: People = []
    household: UUID | None = None
    round: UUID | None = None
    building: UUID | None = None


class FormCountingForm(CheckedForm):
    kinds: list[ExcuseKind] = []


class ExcuseCall(CheckedForm):
    """POST /rounds/ID/excuses: either `resident` or `code` says who."""

    resident: UUID | None = None
    code: Annotated[Text, Field(max_length=200)] | None = None
    kind: ExcuseKind
    from_: Instant | None = Field(default=None, alias="from")
    until: Instant | None = None
    note: Annotated[Text, Field(max_length=200)] = ""
    proof: Annotated[Text, Field(max_length=200)] = ""
