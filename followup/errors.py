"""Refusals of the chase."""

from bulou.errors import Conflict, Invalid, NotAllowed, NotFound
from bulou.i18n import _l


class DoorNotYours(NotAllowed):
    """A volunteer sees only the doors of the buildings they look after."""

    code = "followup.door_not_yours"
    text = _l("This door belongs to somebody else. Ask the manager to give you its building.")


class DoorNotFound(NotFound):
    code = "followup.door_not_found"
    text = _l("There is no such door in this round.")


class BuildingNotFound(NotFound):
    code = "followup.building_not_found"
    text = _l("There is no such building in this community.")


class ExcuseWorkNotFound(NotFound):
    code = "followup.excuse_work_not_found"
    text = _l("There is no such work in this community.")


class StewardNotFound(NotFound):
    code = "followup.steward_not_found"
    text = _l("There is no such account that could look after a building.")


class AttemptIdReused(Conflict):
    code = "followup.attempt_id_reused"
    text = _l("This was already recorded with another outcome. Please load the page again.")


class RoundIsClosed(Conflict):
    code = "followup.round_is_closed"
    text = _l("The round is closed. Nothing can be recorded for it any more.")


class PersonNotFound(NotFound):
    code = "followup.person_not_found"
    text = _l("No resident of this community has this ticket.")


class NobodyTicked(Invalid):
    code = "followup.nobody_ticked"
    text = _l("Nobody is ticked. Tick whom it is about.")


class WhoNotSaid(Invalid):
    code = "followup.who_not_said"
    text = _l("Please tick who is in hospital or in isolation: several of this door are missing.")
