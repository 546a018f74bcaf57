"""What the planner says, in the reader's language: it gives kinds and facts, the words are here.

`translate` turns an English sentence into the reader's: gettext on a page, `translator()` on the command line, which
reads the catalogue without loading the web. `name` may turn a fact into what people know: a slot into its time, an id
into a name.
"""

from __future__ import annotations

import gettext
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from scheduling.planner.bindings import Binding, BindingKind
from scheduling.planner.plan import Fact, Plan, Reason, ReasonKind, Status
from scheduling.planner.problem import Problem
from scheduling.planner.reading.files import FileFault, UnreadableFile
from scheduling.planner.reading.problems import Fault, UnreadableProblem
from scheduling.planner.reasons import pins_behind
from scheduling.planner.replanning.keeping import MoveKind, Why
from scheduling.planner.rules import Violation, ViolationKind
from scheduling.planner.ways_out.changes import WayKind
from scheduling.planner.ways_out.search import WayOut

Translate = Callable[[str], str]
Name = Callable[[str, Fact], Fact]

# Of very many reasons and pins so many are told.
MOST_REASONS = MOST_PINS = 5

CATALOGUES = Path(__file__).resolve().parent.parent / "translations" / "scheduling"


def _(sentence: str) -> str:
    """Marks a sentence for the catalogue; it is translated where it is said."""
    return sentence


REASONS: dict[ReasonKind, str] = {
    ReasonKind.NO_POINTS: _("There is no sampling point; set up at least one."),
    ReasonKind.PINS_CONTRADICT: _("The pinned places break a rule: %(broken)s Release or change that pin."),
    ReasonKind.PINS_OF_OTHERS: _(
        "No plan could be made, because pinned places break a rule: %(broken)s Release or change that pin."
    ),
    ReasonKind.NO_ALLOWED_POINT: _("%(building)s may be sent to no point; allow it at least one."),
    ReasonKind.TIER_NOT_SERVED: _(
        "No point that %(building)s may go to serves the tier %(tier)s; let %(point)s serve it."
    ),
    ReasonKind.TOO_FAR: _(
        "The nearest point, %(point)s, is %(metres)s m away, more than the limit of %(limit)s m; "
        "allow a longer walk or set up a nearer point."
    ),
    ReasonKind.NO_OPEN_SLOT: _(
        "No point that %(building)s may go to is open within its time window; widen the window or open %(point)s in it."
    ),
    ReasonKind.COHORT_TOO_LARGE: _(
        "The cohort has %(heads)s heads, but a slot at %(point)s takes %(capacity)s at most; "
        "divide the cohort or add a lane."
    ),
    ReasonKind.BUILDING_TIED_TO_FULL_POINT: _(
        "The others of %(building)s go to %(point)s, which has no slot left for %(heads)s heads; "
        "add a lane there or open it longer."
    ),
    ReasonKind.NO_ROOM: _(
        "No point that %(building)s may go to has a slot left for %(heads)s heads; "
        "add a lane at %(point)s or open it longer."
    ),
}

# Of many without a place: what keeps so many of them from having one.
REASONS_OF_MANY: dict[ReasonKind, str] = {
    ReasonKind.NO_POINTS: _("%(heads)s people: there is no sampling point."),
    ReasonKind.PINS_CONTRADICT: _("%(heads)s people: the pinned places break a rule."),
    ReasonKind.PINS_OF_OTHERS: _("%(heads)s people: the pinned places of others break a rule."),
    ReasonKind.NO_ALLOWED_POINT: _("%(heads)s people: they may be sent to no point."),
    ReasonKind.TIER_NOT_SERVED: _("%(heads)s people: no point they may go to serves their tier."),
    ReasonKind.TOO_FAR: _("%(heads)s people: every point is further away than people may be sent."),
    ReasonKind.NO_OPEN_SLOT: _("%(heads)s people: no point they may go to is open within their time window."),
    ReasonKind.COHORT_TOO_LARGE: _("%(heads)s people: their cohort is larger than any slot; divide it or add lanes."),
    ReasonKind.BUILDING_TIED_TO_FULL_POINT: _("%(heads)s people: the point of their building is full."),
    ReasonKind.NO_ROOM: _("%(heads)s people: no slot is left for them; add lanes or open longer."),
}
# Whatever plan is made, somebody kept by one of these has no place.
KEPT_BY_A_RULE = frozenset(
    {
        ReasonKind.NO_POINTS,
        ReasonKind.NO_ALLOWED_POINT,
        ReasonKind.TIER_NOT_SERVED,
        ReasonKind.TOO_FAR,
        ReasonKind.NO_OPEN_SLOT,
    }
)

VIOLATIONS: dict[ViolationKind, str] = {
    ViolationKind.UNKNOWN_COHORT: _("There is no cohort %(cohort)s."),
    ViolationKind.PLACED_TWICE: _("%(cohort)s has two places."),
    ViolationKind.UNKNOWN_POINT: _("%(cohort)s is sent to %(point)s, which is no sampling point."),
    ViolationKind.UNKNOWN_SLOT: _("%(cohort)s is called in slot %(slot)s, which does not exist."),
    ViolationKind.OVER_CAPACITY: _("%(point)s is sent %(heads)s heads in slot %(slot)s and can sample %(capacity)s."),
    ViolationKind.OUTSIDE_WINDOW: _("%(cohort)s is called in slot %(slot)s, outside the time window of %(building)s."),
    ViolationKind.POINT_NOT_ALLOWED: _("%(building)s may not be sent to %(point)s."),
    ViolationKind.TIER_NOT_SERVED: _("%(point)s does not serve the tier %(tier)s of %(building)s."),
    ViolationKind.TOO_FAR: _("%(building)s would walk %(metres)s m to %(point)s; the limit is %(limit)s m."),
    ViolationKind.PIN_NOT_KEPT: _("%(cohort)s is pinned to %(point)s in slot %(slot)s."),
    ViolationKind.BUILDING_SPLIT: _("%(building)s would be divided between %(point)s and %(other)s."),
    ViolationKind.TIERS_MIXED: _("The tiers %(tier)s and %(other)s would share %(point)s in slot %(slot)s."),
}

MOVES: dict[MoveKind, str] = {
    MoveKind.POINT_CLOSED: _("%(point)s is closed."),
    MoveKind.SLOT_CLOSED: _("%(point)s is closed at that time."),
    MoveKind.SLOT_TOO_SMALL: _("%(point)s can take only %(capacity)s people at that time now."),
    MoveKind.POINT_NOT_ALLOWED: _("%(building)s may not be sent to %(point)s any more."),
    MoveKind.OUTSIDE_WINDOW: _("The old time is outside the window of %(building)s now."),
    MoveKind.TIER_NOT_SERVED: _("%(point)s does not serve the tier %(tier)s."),
    MoveKind.TOO_FAR: _("%(point)s is further away than people may be sent."),
    MoveKind.PINNED: _("Another place was chosen by hand."),
    MoveKind.WITH_BUILDING: _("All of %(building)s go to one point, now %(point)s."),
    MoveKind.MAKES_ROOM: _("Makes room for %(cohort)s."),
    MoveKind.NEW: _("Had no place before."),
    MoveKind.NO_PLACE_LEFT: _("No other place was found."),
    MoveKind.SERVES_BETTER: _("This way fewer people move in all."),
}

WAYS: dict[WayKind, str] = {
    WayKind.ANY_TIME: _("%(building)s called at any time"),
    WayKind.ALLOW_POINT: _("%(building)s also allowed at %(point)s"),
    WayKind.SERVE_TIER: _("%(point)s also for the tier %(tier)s"),
    WayKind.LONGER_WALK: _("Walks of up to %(metres)s m"),
    WayKind.DIVIDE: _("%(cohort)s divided into %(parts)s groups"),
    WayKind.OPEN_AGAIN: _("%(point)s open again (lanes: %(lanes)s)"),
    WayKind.ONE_LANE_MORE: _("One lane more at %(point)s (%(heads)s people more in a slot)"),
    WayKind.OPEN_LONGER: _("%(point)s open %(minutes)s minutes longer"),
}

BINDINGS: dict[BindingKind, str] = {
    BindingKind.PINNED: _("A place was chosen by hand: %(point)s."),
    BindingKind.FEW_POINTS: _("It may be sent to %(count)s of %(points)s points only."),
    BindingKind.TIER: _("%(count)s of %(points)s points serve its tier %(tier)s."),
    BindingKind.WALK_LIMIT: _("%(count)s of %(points)s points are within %(limit)s m, the longest walk allowed."),
    BindingKind.WINDOW: _("It may be called from %(first)s to %(last)s only."),
    BindingKind.NEARER_FULL: _("%(point)s is nearer, but is full; most of it is taken by %(by)s."),
    BindingKind.EARLIER_FULL: _("Earlier times at %(point)s are taken, most of them by %(by)s."),
    BindingKind.SPREAD: _("There would be room at %(point)s earlier, but not for all its groups close together."),
}

FAULTS: dict[Fault, str] = {
    Fault.MISSING: _("%(place)s: is missing."),
    Fault.NOT_AN_OBJECT: _("%(place)s: must be an object, is %(value)s."),
    Fault.NOT_A_LIST: _("%(place)s: must be a list, is %(value)s."),
    Fault.NOT_TEXT: _("%(place)s: must be text, is %(value)s."),
    Fault.BROKEN_TEXT: _("%(place)s: holds half a character, which cannot be written again."),
    Fault.NOT_A_NUMBER: _("%(place)s: must be a number, is %(value)s."),
    Fault.NOT_WHOLE: _("%(place)s: must be a whole number of at least %(least)s, is %(value)s."),
    Fault.TOO_SMALL: _("%(place)s: must be at least %(least)s, is %(value)s."),
    Fault.TOO_LARGE: _("%(place)s: must not be larger than 10 to the 15th."),
    Fault.WRONG_LENGTH: _("%(place)s: must have %(expected)s entries, has %(found)s."),
    Fault.TWICE: _("%(place)s: the id %(value)s is used twice."),
    Fault.UNKNOWN_ID: _("%(place)s: names %(value)s, which does not exist."),
    Fault.NOT_ONE_OF: _("%(place)s: must be one of %(choices)s, is %(value)s."),
    Fault.NOT_THE_ONE: _("%(place)s: must be %(choices)s, is %(value)s."),
    Fault.ABOVE: _("%(place)s: must be at most %(most)s, is %(value)s."),
    Fault.TOO_MANY_HEADS: _("%(place)s: is sent %(value)s heads, of which at most %(most)s can be simulated."),
}

# What stands for a value that is too long to be shown.
SHOWN = (_("an object"), _("a list"), _("a very large number"))

FILE_FAULTS: dict[FileFault, str] = {
    FileFault.NOT_FOUND: _("%(file)s: there is no such file."),
    FileFault.IS_FOLDER: _("%(file)s: is a folder, not a file."),
    FileFault.NOT_ALLOWED: _("%(file)s: cannot be read (%(why)s)."),
    FileFault.TOO_LARGE: _("%(file)s: is larger than 1 GB, which is more than a problem can be."),
    FileFault.UNPACKS_TOO_FAR: _("%(file)s: unpacks to more than a hundred times its size, as no problem does."),
    FileFault.NOT_GZIP: _("%(file)s: is compressed, but broken."),
    FileFault.NOT_UTF8: _("%(file)s: is not text in UTF-8."),
    FileFault.NOT_JSON: _("%(file)s: is not JSON (line %(line)s, column %(column)s)."),
    FileFault.TOO_DEEP: _("%(file)s: is nested too deeply to be a problem."),
    FileFault.NUMBER_TOO_LARGE: _("%(file)s: holds a number with too many digits."),
}


def translator() -> Translate:
    """Translates into the language of the environment: Chinese for zh*, else English."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    languages = ["zh"] if spoken.startswith("zh") else []
    return gettext.translation("messages", CATALOGUES, languages, fallback=True).gettext


def _as_it_is(kind: str, fact: Fact) -> Fact:
    """Whole metres are enough for people."""
    return round(fact) if isinstance(fact, float) else fact


def _said(sentence: str, facts: Mapping[str, Fact], translate: Translate, name: Name) -> str:
    return translate(sentence) % {kind: name(kind, fact) for kind, fact in facts.items()}


def reason_sentence(reason: Reason, translate: Translate, name: Name = _as_it_is) -> str:
    """Why a cohort has no place, and the way out."""
    said = {kind: name(kind, fact) for kind, fact in reason.facts.items()}
    if "rule" in reason.facts:
        said["broken"] = broken_rule(reason, translate, name)
    return translate(REASONS[reason.kind]) % said


def broken_rule(reason: Reason, translate: Translate, name: Name = _as_it_is) -> str:
    """The rule that the pins break, where they are the reason."""
    return _said(VIOLATIONS[ViolationKind(str(reason.facts["rule"]))], reason.facts, translate, name)


def quality_sentence(plan: Plan, translate: Translate) -> str:
    """How far the plan is from the best possible, as far as that is proved; empty where its pins contradict."""
    if plan.status is Status.INFEASIBLE:
        return ""
    percent = plan.percent_above_best
    if percent is None:
        return translate(_("How far this is from the best plan possible has not been proved."))
    if percent == 0:
        return translate(_("No better plan exists for these wishes: that is proved."))
    if plan.unplaced and all(each.reason.kind in KEPT_BY_A_RULE for each in plan.unplaced):
        said = _("At most %(percent)s %% above the best plan that leaves as few people without a place.")
    elif plan.unplaced:
        said = _(
            "At most %(percent)s %% above any plan that leaves as many people without a place; "
            "fewer without a place may be possible."
        )
    else:
        said = _("At most %(percent)s %% above the best plan possible.")
    return translate(said) % {"percent": f"{percent:.1f}"}


def joined(sentences: Iterable[str]) -> str:
    """One sentence after the other: with a blank between them, but for Chinese, which has none after its full stop."""
    text = ""
    for sentence in filter(None, sentences):
        text += sentence if not text or text[-1] in "。；：！？" else f" {sentence}"
    return text


def placed_sentences(problem: Problem, plan: Plan, translate: Translate) -> list[str]:
    """How many have a place and how many none; of those the most frequent reasons. Where the pins contradict, which."""
    left: Counter[ReasonKind] = Counter()
    for each in plan.unplaced:
        left[each.reason.kind] += problem.heads(each.cohort)
    none = left.total()
    placed = sum(building.heads for building in problem.buildings) - none
    told = translate(_("%(placed)s people have a place, %(none)s have none.")) % {"placed": placed, "none": none}
    if plan.status is Status.INFEASIBLE and plan.unplaced:
        return [told, _contradiction(problem, plan.unplaced[0].reason, translate)]
    said = [translate(REASONS_OF_MANY[kind]) % {"heads": heads} for kind, heads in left.most_common(MOST_REASONS)]
    return [told, *said]


def _contradiction(problem: Problem, reason: Reason, translate: Translate) -> str:
    """Which pins, and the rule they break."""
    pins = pins_behind(problem, reason.facts)
    facts = {
        "pins": ", ".join(pins[:MOST_PINS]) + (" …" if len(pins) > MOST_PINS else ""),
        "broken": broken_rule(reason, translate),
    }
    said = _(
        "No plan can be made, because pinned places break a rule: %(broken)s Release or change the pin of %(pins)s."
    )
    return translate(said) % facts


def violation_sentence(violation: Violation, translate: Translate, name: Name = _as_it_is) -> str:
    """Which rule a change made by hand would break."""
    return _said(VIOLATIONS[violation.kind], violation.facts, translate, name)


def move_sentence(why: Why, translate: Translate, name: Name = _as_it_is) -> str:
    """Why somebody is told another place."""
    return _said(MOVES[why.kind], why.facts, translate, name)


def way_sentence(way: WayOut, translate: Translate, name: Name = _as_it_is) -> str:
    """What would have to be done."""
    return " + ".join(_said(WAYS[change.kind], change.facts, translate, name) for change in way.changes)


def binding_sentence(binding: Binding, translate: Translate, name: Name = _as_it_is) -> str:
    """What holds a building where it is."""
    return _said(BINDINGS[binding.kind], binding.facts, translate, name)


def refusal_sentence(refusal: UnreadableProblem | UnreadableFile, translate: Translate) -> str:
    """Why a file holds no problem."""
    if isinstance(refusal, UnreadableFile):
        return translate(FILE_FAULTS[refusal.fault]) % refusal.facts
    facts = dict(refusal.facts)
    if (value := facts.get("value")) in SHOWN:
        facts["value"] = translate(str(value))
    return translate(FAULTS[refusal.fault]) % facts


def refusal_in_file(
    refusal: UnreadableProblem | UnreadableFile, path: Path, translate: Translate, *, is_plan: bool = False
) -> str:
    """The same where a command reads several files: it begins with the file's name. Where a whole part is missing, it
    is likely another kind of file, and that is said."""
    if isinstance(refusal, UnreadableFile):
        return refusal_sentence(refusal, translate)
    if refusal.fault is Fault.MISSING and refusal.place.isidentifier():
        said = (
            _("%(file)s is no plan: %(place)s is missing.")
            if is_plan
            else _("%(file)s is no problem: %(place)s is missing.")
        )
        return translate(said) % {"file": path.name, "place": refusal.place}
    return translate(_("%(file)s: %(fault)s")) % {"file": path.name, "fault": refusal_sentence(refusal, translate)}
