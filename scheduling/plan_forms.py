"""What pages and programs send about plans, checked."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from bulou.forms import CheckedForm

MOST_SECONDS = 3600.0


class AskForm(CheckedForm):
    """`seconds` None = as long as is usual for so many people. `afresh`: not minding what people were told before."""

    seconds: Annotated[float, Field(gt=0, le=MOST_SECONDS)] | None = None
    afresh: bool = False


class PlaceForm(CheckedForm):
    point: UUID
    slot: Annotated[int, Field(ge=0, le=100_000)]


class BuildingPlaceForm(CheckedForm):
    point: UUID


class ReleaseForm(CheckedForm):
    """`cohort` None = all that were placed by hand."""

    cohort: UUID | None = None


class PublishForm(CheckedForm):
    accept_unplaced: bool = False


class AssignmentBody(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    cohort: UUID
    point: UUID
    slot: int
    from_: datetime = Field(alias="from")
    to: datetime
    heads: int


class UnplacedBody(BaseModel):
    cohort: UUID
    heads: int
    kind: str = Field(description="Stable; for programs.")
    reason: str = Field(description="In the reader's language, with the way out.")


class PlanBody(BaseModel):
    """A plan, or how far it is: while it is made only what is known so far is there."""

    id: UUID
    round: UUID
    state: str = Field(description="waiting, running, failed; then draft, published, replaced.")
    progress: float = Field(description="0 to 1.")
    version: int | None = None
    is_stale: bool = False
    status: str | None = None
    objective: float | None = None
    lower_bound: float | None = None
    unplaced_heads: int | None = None
    failure: str | None = Field(default=None, description="The code of the refusal.")
    unplaced: list[UnplacedBody] | None = None
    assignments: list[AssignmentBody] | None = None


class PublishedBody(BaseModel):
    plan: UUID
    version: int
    state: str = "published"
