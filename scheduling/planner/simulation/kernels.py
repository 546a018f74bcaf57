"""The queue of a point, day after day. Compiled where their compile cache is ready, else the same in plain Python.

First come, first served by several lanes: each head takes the lane that is free first, which is all one needs to know of the
past (Kiefer and Wolfowitz, On the theory of queues with many servers, 1955). Here a lane is also closed at times. A
household comes as a batch. Nothing is asked of the future, so a day is one pass over its people in the order they come.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from scheduling.planner.kernel_cache import kernel

# Waits are counted in bins: a quarter of a minute up to one hour, a minute up to four, ten up to a day, and beyond.
QUARTERS, MINUTES, TENS = 240, 180, 120
BINS = QUARTERS + MINUTES + TENS + 1


class Work(NamedTuple):
    """Room to work in, reused for every day."""

    heap_time: Any
    heap_household: Any
    free: Any  # when each lane has done what it has, as far as known
    spell: Any  # the spell that each lane is in
    stop: Any  # its next stop
    arrival: Any  # of those who came, in their order
    start: Any
    cohort: Any  # [cohort, figure]: of today, see the columns below
    at: Any  # how far the day is, see the places below


class Call(NamedTuple):
    """How the cohorts are called. `room` = standing room, inf = no limit; `holds` = nobody is called beyond it."""

    planned: Any  # the moment of each cohort, never decreasing
    room: Any
    holds: Any
    closes: Any  # the end of the last opening


class Tally(NamedTuple):
    """What came out."""

    days: Any  # [day, figure], see the columns below
    waits: Any  # [day, bin], heads
    cohort_waits: Any  # [cohort, bin], heads
    cohort_days: Any  # [cohort, figure]


# Columns of `days`: heads that came, minutes waited, longest queue and when, the last one sampled, minutes that lanes worked,
# minutes that the cohorts were called late (times heads), heads beyond the standing room, minutes worked after closing.
HEADS, WAITED, LONGEST, LONGEST_AT, END, BUSY, CALLED_LATE, OUTSIDE, OVERTIME = range(9)
FIGURES = 9
# Columns of `cohort_days`: days with somebody; sum and squares of the day's mean wait; sum of minutes called late.
PRESENT, MEAN, SQUARE, LATE = range(4)
COHORT_FIGURES = 4
# Columns of `Work.cohort`: heads that come, minutes they waited, minutes called late.
COMING, WAIT, LATER = range(3)
# Places of `Work.at`: households on the way, heads called, heads that came, heads that a lane has taken.
ON_THE_WAY, CALLED, CAME, GONE_IN = range(4)


@kernel
def bin_of(wait: Any) -> Any:
    """The bin that a wait in minutes is counted in."""
    if wait < 60.0:
        return int(wait * 4.0)
    if wait < 240.0:
        return QUARTERS + int(wait - 60.0)
    if wait < 1440.0:
        return QUARTERS + MINUTES + int((wait - 240.0) / 10.0)
    return QUARTERS + MINUTES + TENS


@kernel
def push(work: Any, size: Any, time: Any, household: Any) -> None:
    """Add to a binary heap of `size`: the earliest first, of two at once the one with the smaller number."""
    k = size
    while k > 0:
        parent = (k - 1) // 2
        above, whose = work.heap_time[parent], work.heap_household[parent]
        if above < time or (above == time and whose < household):
            break
        work.heap_time[k], work.heap_household[k] = above, whose
        k = parent
    work.heap_time[k], work.heap_household[k] = time, household


@kernel
def pop(work: Any, size: Any) -> None:
    """Take the first out of a heap of `size`; it stands at the freed place, size - 1, afterwards."""
    first_time, first_household = work.heap_time[0], work.heap_household[0]
    time, household = work.heap_time[size - 1], work.heap_household[size - 1]
    k, last = 0, size - 1
    while 2 * k + 1 < last:
        child = 2 * k + 1
        if child + 1 < last:
            a, b = work.heap_time[child], work.heap_time[child + 1]
            if b < a or (a == b and work.heap_household[child + 1] < work.heap_household[child]):
                child += 1
        below, whose = work.heap_time[child], work.heap_household[child]
        if time < below or (time == below and household < whose):
            break
        work.heap_time[k], work.heap_household[k] = below, whose
        k = child
    work.heap_time[k], work.heap_household[k] = time, household
    work.heap_time[last], work.heap_household[last] = first_time, first_household


@kernel
def forget(lanes: Any, chances: Any, work: Any, lane: Any, cell: Any, moment: Any) -> None:
    """Leave behind the lane's spells and stops that are over at `moment`, which never goes back."""
    while work.spell[lane] < lanes.first[lane + 1] and lanes.spells[work.spell[lane], 1] <= moment:
        work.spell[lane] += 1
    while work.stop[lane] < chances.stop_first[cell + 1] and chances.stops[work.stop[lane], 1] <= moment:
        work.stop[lane] += 1


@kernel
def available(lanes: Any, chances: Any, work: Any, lane: Any, cell: Any, moment: Any) -> Any:
    """The first moment from `moment` on at which the lane takes somebody; inf = never again. Only looks ahead."""
    spell, stop = work.spell[lane], work.stop[lane]
    while True:
        while spell < lanes.first[lane + 1] and lanes.spells[spell, 1] <= moment:
            spell += 1
        if spell >= lanes.first[lane + 1]:
            return math.inf
        moment = max(moment, lanes.spells[spell, 0])
        while stop < chances.stop_first[cell + 1] and chances.stops[stop, 1] <= moment:
            stop += 1
        if stop >= chances.stop_first[cell + 1] or chances.stops[stop, 0] > moment:
            return moment
        moment = chances.stops[stop, 1]


@kernel
def serve(lanes: Any, chances: Any, work: Any, days: Any, day: Any, head: Any, arrival: Any) -> tuple[Any, Any]:
    """Send a head to the lane that can take it first; returns when it starts and how long it takes."""
    best, start = 0, math.inf
    for lane in range(len(work.free)):
        if work.free[lane] < start:
            moment = max(arrival, work.free[lane])
            forget(lanes, chances, work, lane, lane * days + day, moment)
            moment = available(lanes, chances, work, lane, lane * days + day, moment)
            if moment < start:
                best, start = lane, moment
    forget(lanes, chances, work, best, best * days + day, start)
    spell = work.spell[best]
    tired = 1.0 + lanes.fatigue * (start - lanes.spells[spell, 3])
    minutes = lanes.spells[spell, 2] * chances.service[day, head] * chances.slowness[best, day] * tired
    work.free[best] = start + minutes
    return start, minutes


@kernel
def begin_day(lanes: Any, chances: Any, work: Any, day: Any, days: Any) -> None:
    work.at[:] = 0
    for lane in range(len(work.free)):
        work.free[lane] = -math.inf
        work.spell[lane] = lanes.first[lane]
        work.stop[lane] = chances.stop_first[lane * days + day]


@kernel
def coming(crowd: Any, chances: Any, k: Any, day: Any) -> Any:
    """How many heads of cohort k come today."""
    heads = 0
    for h in range(crowd.first[k], crowd.first[k + 1]):
        heads += chances.comes[day, h] * (crowd.head[h + 1] - crowd.head[h])
    return heads


@kernel
def call_cohort(crowd: Any, chances: Any, call: Any, work: Any, k: Any, heads: Any, moment: Any, day: Any) -> None:
    """Its households are on the way. Where calls are held back, nobody comes before being called."""
    work.cohort[k, COMING] = heads
    work.cohort[k, WAIT] = 0.0
    work.cohort[k, LATER] = moment - call.planned[k]
    for h in range(crowd.first[k], crowd.first[k + 1]):
        if chances.comes[day, h]:
            offset = chances.offset[day, h]
            push(work, work.at[ON_THE_WAY], moment + (max(0.0, offset) if call.holds else offset), h)
            work.at[ON_THE_WAY] += 1
    work.at[CALLED] += heads


@kernel
def take_household(crowd: Any, lanes: Any, chances: Any, call: Any, work: Any, tally: Any, day: Any, row: Any) -> None:
    """The next household comes; every head of it is given the lane that it will go to."""
    days = len(chances.comes)
    pop(work, work.at[ON_THE_WAY])
    work.at[ON_THE_WAY] -= 1
    arrival, h = work.heap_time[work.at[ON_THE_WAY]], work.heap_household[work.at[ON_THE_WAY]]
    k, figures = crowd.cohort[h], tally.days
    for head in range(crowd.head[h], crowd.head[h + 1]):
        start, minutes = serve(lanes, chances, work, days, day, head, arrival)
        work.arrival[work.at[CAME]], work.start[work.at[CAME]] = arrival, start
        work.at[CAME] += 1
        wait, end = start - arrival, start + minutes
        work.cohort[k, WAIT] += wait
        tally.waits[row, bin_of(wait)] += 1
        tally.cohort_waits[k, bin_of(wait)] += 1
        figures[row, WAITED] += wait
        figures[row, BUSY] += minutes
        figures[row, END] = max(figures[row, END], end)
        figures[row, OVERTIME] += max(0.0, end - max(start, call.closes))
    while work.at[GONE_IN] < work.at[CAME] and work.start[work.at[GONE_IN]] <= arrival:
        work.at[GONE_IN] += 1
    queue = work.at[CAME] - work.at[GONE_IN]
    if queue > figures[row, LONGEST]:
        figures[row, LONGEST], figures[row, LONGEST_AT] = queue, arrival
    figures[row, OUTSIDE] += max(0.0, min(queue - call.room, crowd.head[h + 1] - crowd.head[h]))


@kernel
def end_day(crowd: Any, work: Any, tally: Any, row: Any) -> None:
    tally.days[row, HEADS] = work.at[CAME]
    for k in range(len(crowd.heads)):
        heads = work.cohort[k, COMING]
        tally.days[row, CALLED_LATE] += heads * work.cohort[k, LATER]
        tally.cohort_days[k, LATE] += work.cohort[k, LATER]
        if heads > 0:
            mean = work.cohort[k, WAIT] / heads
            tally.cohort_days[k, PRESENT] += 1
            tally.cohort_days[k, MEAN] += mean
            tally.cohort_days[k, SQUARE] += mean * mean


@kernel
def simulate_day(crowd: Any, lanes: Any, chances: Any, call: Any, work: Any, tally: Any, day: Any, row: Any) -> None:
    """One day of a point, added to the tally in `row`: everybody who comes is served exactly once.

    Held back, a cohort is called when with all of it waiting no more than `room` heads would wait, or nobody waits.
    """
    begin_day(lanes, chances, work, day, len(chances.comes))
    k, cohorts, last_call = 0, len(crowd.heads), -math.inf
    while k < cohorts or work.at[ON_THE_WAY] > 0:
        if k < cohorts:
            heads, moment, gone_in = coming(crowd, chances, k, day), call.planned[k], 0
            if call.holds:
                moment = max(moment, last_call)
                # So many of those called must have gone in before there is room for this cohort. Starts never decrease, so
                # that moment is known as soon as so many have come.
                gone_in = int(max(0.0, min(work.at[CALLED], math.ceil(work.at[CALLED] + heads - call.room))))
            if work.at[CAME] >= gone_in:
                if gone_in > 0:
                    moment = max(moment, work.start[gone_in - 1])
                call_cohort(crowd, chances, call, work, k, heads, moment, day)
                last_call = moment
                k += 1
                continue
        take_household(crowd, lanes, chances, call, work, tally, day, row)
    end_day(crowd, work, tally, row)


@kernel
def simulate_days(crowd: Any, lanes: Any, chances: Any, call: Any, work: Any, tally: Any, days: Any, row: Any) -> None:
    """The first `days` of a block, from `row` of the tally on."""
    for day in range(days):
        simulate_day(crowd, lanes, chances, call, work, tally, day, row + day)


@kernel
def note_queue(work: Any, queue: Any, row: Any, first: Any, step: Any) -> None:
    """How many wait at `first`, and every `step` minutes from then on, on the day that has just been simulated."""
    came = gone_in = 0
    for k in range(queue.shape[1]):
        moment = first + k * step
        while came < work.at[CAME] and work.arrival[came] <= moment:
            came += 1
        while gone_in < work.at[CAME] and work.start[gone_in] <= moment:
            gone_in += 1
        queue[row, k] = came - gone_in
