"""A forecast of the day as text, in the reader's language: a table of points, the worst cohorts, what calling saves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width

from scheduling.planner.simulation.estimates import Estimate
from scheduling.planner.simulation.forecast import CohortForecast, Forecast, Light, PointForecast
from scheduling.planner_sentences import Translate, _

MOST_POINTS = 40  # of more the worst are shown; --json has all
DAY_MINUTES = 24 * 60

LIGHTS: dict[Light, str] = {Light.SMOOTH: _("smooth"), Light.BUSY: _("busy"), Light.JAMMED: _("jammed")}

POINT_HEADINGS = (
    _("Point"),
    _("Lanes"),
    _("People"),
    _("Median wait"),
    _("95 % wait less than"),
    _("Queue light"),
    _("Longest queue"),
    _("At"),
    _("Lanes busy"),
    _("Closes"),
    _("Last one sampled"),
    _("19 of 20 days before"),
)
COHORT_HEADINGS = (
    _("Cohort"),
    _("Point"),
    _("Called"),
    _("People"),
    _("Mean wait"),
    _("Median wait"),
    _("95 % wait less than"),
    _("Queue light"),
)


def forecast_lines(forecast: Forecast, translate: Translate, opens: int) -> list[str]:
    """The whole text; `opens` is when the first slot begins, in minutes after midnight."""
    if not forecast.points:
        return [translate(_("The plan sends nobody anywhere: there is no day to simulate."))]
    if not forecast.come.mean:
        nobody = _(
            "%(runs)s days simulated: %(heads)s people are sent, but nobody comes; nothing can be said of the day."
        )
        return [translate(nobody) % {"runs": f"{forecast.runs:,}", "heads": f"{forecast.heads:,}"}]
    first = {
        "runs": f"{forecast.runs:,}",
        "heads": f"{forecast.heads:,}",
        "come": f"{forecast.come.mean:,.0f}",
        "points": len(forecast.points),
        "end": _clock(forecast.end_at.mean, opens),
        "late": _clock(forecast.end_at.usually_below, opens),
    }
    worst = translate(_("Cohorts that wait longest (minutes)"))
    return [
        translate(_("%(runs)s days simulated: %(heads)s people are sent to %(points)s points, %(come)s come.")) % first,
        translate(_("The last one is sampled at %(end)s, on 19 of 20 days before %(late)s.")) % first,
        *_unplaced(forecast, translate),
        "",
        *_points(forecast, translate, opens),
        "",
        worst,
        *_table(COHORT_HEADINGS, [_cohort(c, translate, opens) for c in forecast.worst_cohorts()], translate),
        "",
        *_saving(forecast, translate),
    ]


def _unplaced(forecast: Forecast, translate: Translate) -> list[str]:
    if not forecast.unplaced_heads:
        return []
    facts = {"heads": f"{forecast.unplaced_heads:,}"}
    return [translate(_("%(heads)s people have no place in the plan and do not come.")) % facts]


def _points(forecast: Forecast, translate: Translate, opens: int) -> list[str]:
    points = forecast.points
    heading = translate(_("Waits in minutes; ± is the 95 % confidence of a mean over days"))
    if len(points) > MOST_POINTS:
        points = tuple(sorted(points, key=lambda p: -p.waits.high.mean)[:MOST_POINTS])
        facts = {"shown": MOST_POINTS, "all": len(forecast.points)}
        heading += translate(_("; the %(shown)s worst of %(all)s points")) % facts
    holds = forecast.settings.holds
    headings = (*POINT_HEADINGS, _("Called late")) if holds else POINT_HEADINGS
    return [heading, *_table(headings, [_point(p, translate, opens, holds) for p in points], translate)]


def _point(point: PointForecast, translate: Translate, opens: int, holds: bool) -> list[str]:
    room = "" if point.standing_room is None else f" / {point.standing_room:,.0f}"
    return [
        point.point,
        str(point.lanes),
        f"{point.heads:,}",
        _with_confidence(point.waits.median),
        _with_confidence(point.waits.high),
        translate(LIGHTS[point.waits.light]),
        f"{point.longest_queue.mean:,.0f}{room}",
        _clock(point.longest_queue_at, opens),
        f"{point.utilisation.mean:.0%}",
        _clock(point.closes_at, opens),
        _clock(point.end_at.mean, opens),
        _clock(point.end_at.usually_below, opens),
        *([f"{point.called_late_minutes.mean:.1f}"] if holds else []),
    ]


def _cohort(cohort: CohortForecast, translate: Translate, opens: int) -> list[str]:
    return [
        cohort.cohort,
        cohort.point,
        _clock(cohort.called_at, opens),
        f"{cohort.heads:,}",
        _with_confidence(cohort.wait),
        f"{cohort.median:.1f}",
        f"{cohort.high:.1f}",
        translate(LIGHTS[cohort.light]),
    ]


def _saving(forecast: Forecast, translate: Translate) -> list[str]:
    saving = forecast.saving
    facts = {
        "hours": f"{saving.waiting_hours.mean:,.0f}",
        "at_once": f"{saving.waiting_hours_at_once.mean:,.0f}",
        "half": f"{saving.waits_at_once.median.mean:.0f}",
        "saved": f"{saving.hours_saved.mean:,.0f}{_half(saving.hours_saved, 0)}",
    }
    return [
        translate(
            _(
                "Called by the plan, all people together wait %(hours)s hours. If everyone came at the opening, they would wait "
                "%(at_once)s hours, half of them more than %(half)s minutes. Calling by the plan saves %(saved)s hours of waiting."
            )
        )
        % facts
    ]


def _with_confidence(estimate: Estimate) -> str:
    return f"{estimate.mean:.1f}{_half(estimate, 1)}"


def _half(estimate: Estimate, digits: int) -> str:
    """Half of the confidence interval; nothing after a single day."""
    return "" if estimate.high is None else f" ±{estimate.high - estimate.mean:,.{digits}f}"


def _clock(minutes: float, opens: int) -> str:
    """09:35; with the days that have passed before it: +1 09:35."""
    days, rest = divmod(round(minutes) + opens, DAY_MINUTES)
    return f"{f'{days:+d} ' if days else ''}{rest // 60:02d}:{rest % 60:02d}"


def _table(headings: Iterable[str], rows: Sequence[Sequence[str]], translate: Translate) -> list[str]:
    """The first column to the left, the others to the right."""
    cells = [[translate(heading) for heading in headings], *rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(_padded(cell, widths[k], k == 0) for k, cell in enumerate(row)).rstrip() for row in cells]


def _padded(cell: str, width: int, is_first: bool) -> str:
    gap = " " * (width - _width(cell))
    return cell + gap if is_first else gap + cell


def _width(text: str) -> int:
    """Chinese characters are two columns wide."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
