"""What queueing theory says of a queue that never ends, to judge the simulation by."""

import math


def erlang_c(lanes: int, load: float) -> float:
    """The chance that somebody has to wait in M/M/c (Erlang 1917); `load` = arrivals a minute x minutes a head."""
    terms = [load**k / math.factorial(k) for k in range(lanes)]
    all_busy = load**lanes / math.factorial(lanes) * lanes / (lanes - load)
    return all_busy / (sum(terms) + all_busy)


def mean_wait_mmc(lanes: int, load: float, minutes: float) -> float:
    """The mean wait in M/M/c (Erlang 1917)."""
    return erlang_c(lanes, load) * minutes / (lanes - load)


def mean_wait_mg1(load: float, minutes: float, cv: float) -> float:
    """The mean wait in M/G/1 (Pollaczek 1930, Khinchine 1932); cv 0 is M/D/1."""
    return (1 + cv**2) / 2 * load * minutes / (1 - load)
