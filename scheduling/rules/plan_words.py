"""What a plan's pages say: why somebody has no place, which rule speaks against one, why a building goes where it goes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bulou.i18n import _, ngettext
from scheduling.planner import Alternative, Binding, Exchange, Plan, Reason, ReasonKind, Violation, WayOut, Why
from scheduling.planner.explain import Obstacle
from scheduling.planner.plan import Fact
from scheduling.planner_sentences import (
    binding_sentence,
    joined,
    move_sentence,
    quality_sentence,
    reason_sentence,
    violation_sentence,
    way_sentence,
)
from scheduling.rules import PlanState
from scheduling.rules.problems import CALLED
from scheduling.rules.words import say_tier

SaySlot = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Names:
    """Turns the planner's ids and slot numbers into what people know."""

    by_id: Mapping[str, str]
    say_slot: SaySlot

    def __call__(self, kind: str, fact: Fact) -> Fact:
        if kind in ("slot", "first", "last"):
            return self.say_slot(int(fact))
        if kind == "tier":
            return say_tier(str(fact))
        if isinstance(fact, str):
            return self.by_id.get(fact.partition(CALLED)[0], say_tier(fact))
        return round(fact)


def say_reason(reason: Reason, names: Names, *, is_one_household: bool) -> str:
    """Why a cohort has no place, and the way out."""
    if reason.kind is ReasonKind.COHORT_TOO_LARGE and is_one_household:
        facts = {"heads": reason.facts["heads"], "capacity": round(float(reason.facts["capacity"]))}
        return _(
            "%(heads)s people live behind this one door, and a slot at %(point)s takes %(capacity)s. "
            "Add a lane, make the slots longer, or visit this household at the door.",
            point=names("point", reason.facts["point"]),
            **facts,
        )
    return reason_sentence(reason, _, names)


def say_quality(plan: Plan) -> str:
    """How far the plan is from the best possible."""
    return quality_sentence(plan, _)


def say_violation(violation: Violation, names: Names) -> str:
    """Which rule a place chosen by hand would break, and what to do."""
    return joined([violation_sentence(violation, _, names), _say_way_out(violation)])


def say_move(why: Why, names: Names) -> str:
    """Why a group is told another place than before."""
    return move_sentence(why, _, names)


def say_binding(binding: Binding, names: Names) -> str:
    """What holds a building where and when it is."""
    return binding_sentence(binding, _, names)


def say_exchange(found: Exchange | None, names: Names) -> str:
    """What it would take to send the building to a full point: it was planned, in a moment."""
    if found is None:
        return _("No way to make room there was found in a short try; there may be one.")
    if not found.buildings:
        return _("Packed anew, it fits there without anybody moving.")
    shown = _(", ").join(str(names("building", one)) for one in found.buildings[:3])
    more = len(found.buildings) - 3
    who = _("%(buildings)s and %(more)d more", buildings=shown, more=more) if more > 0 else shown
    return ngettext(
        "It would push out %(buildings)s: %(num)d person is told another time or point.",
        "It would push out %(buildings)s: %(num)d people are told another time or point.",
        found.moved_heads,
        buildings=who,
    )


def say_no_room() -> str:
    """Of a full point to which the building cannot be sent, whoever else moves: proved."""
    return _("Nobody can make room there: whoever moved, somebody would be left without a place.")


def say_way(way: WayOut, heads: int, names: Names) -> str:
    """A way out that was tried: what to do, for how many of `heads` it is enough, and who moves for it."""
    facts = {"changes": way_sentence(way, _, names), "placed": way.placed_heads, "heads": heads}
    if way.placed_heads >= heads:
        said = _("%(changes)s: all %(heads)d people find a place.", **facts)
    else:
        said = _("%(changes)s: %(placed)d of %(heads)d people find a place.", **facts)
    others = ngettext("%(num)d other person moves.", "%(num)d other people move.", way.moved_heads)
    nobody = _("Nobody else moves.")
    return joined([said, others if way.moved_heads else nobody])


def _say_way_out(violation: Violation) -> str:
    ways = {
        "over_capacity": _("Choose another time, or add a lane there."),
        "outside_window": _("Choose a time within the building's window, or change the window."),
        "point_not_allowed": _("Choose one of its points, or allow this one."),
        "tier_not_served": _("Choose a point for this tier, or let this one serve it."),
        "too_far": _("Choose a nearer point, or allow longer walks."),
        "building_split": _("Move the whole building instead: choose “Why?” beside it."),
        "tiers_mixed": _("Choose a time in which the point has nobody else."),
        "pin_not_kept": _("Release that pin first."),
    }
    return ways.get(str(violation.kind), "")


def say_place(present: Alternative, alternatives: list[Alternative], *, knows_walks: bool) -> str:
    """Why a building is at its present point, in a sentence or two."""
    if not alternatives:
        return _("It is the only point.")
    if not knows_walks:
        return _("Positions are not known, so all points count as equally near.")
    nearer = sum(other.metres < present.metres for other in alternatives)
    if nearer == 0:
        return _("It is the nearest point: %(metres)d m.", metres=round(present.metres))
    if all(_is_kept_from(other) for other in alternatives if other.metres < present.metres):
        return _("It is %(metres)d m away, the nearest point that can take the building.", metres=round(present.metres))
    return _(
        "It is %(metres)d m away. Nearer points would be full for others or take longer; together this costs least.",
        metres=round(present.metres),
    )


def _is_kept_from(other: Alternative) -> bool:
    return other.obstacle is not None


def say_alternative(other: Alternative) -> str:
    """What speaks against another point, or what it would cost."""
    obstacles = {
        Obstacle.POINT_NOT_ALLOWED: _("The building may not be sent there."),
        Obstacle.TIER_NOT_SERVED: _("It does not serve the building's tier."),
        Obstacle.TOO_FAR: _("It is further than people may be sent."),
        Obstacle.PINNED_ELSEWHERE: _("A place chosen by hand keeps the building from it."),
        Obstacle.NO_ROOM: _("It has no room for the building any more."),
    }
    if other.obstacle is not None:
        return obstacles[other.obstacle]
    return " ".join(part for part in (_say_metres(other), _say_minutes(other), _say_cost(other)) if part)


def _say_metres(other: Alternative) -> str:
    metres = round(other.extra_metres)
    if metres > 0:
        return _("%(metres)d m further for everybody.", metres=metres)
    return _("%(metres)d m nearer for everybody.", metres=-metres) if metres < 0 else ""


def _say_minutes(other: Alternative) -> str:
    minutes = round(other.extra_minutes or 0)
    if minutes > 0:
        return _("Called %(minutes)d minutes later on average.", minutes=minutes)
    return _("Called %(minutes)d minutes earlier on average.", minutes=-minutes) if minutes < 0 else ""


def _say_cost(other: Alternative) -> str:
    if (other.extra_cost or 0) > 0:
        return _("All in all worse by the round's wishes.")
    return (
        _("All in all as good.") if not other.extra_cost else _("All in all better; the search has not found it yet.")
    )


def say_plan_state(state: PlanState, version: int | None) -> str:
    if state is PlanState.DRAFT:
        return _("draft")
    if state is PlanState.REPLACED:
        return _("version %(version)d, replaced", version=version)
    return _("version %(version)d, in force", version=version)
