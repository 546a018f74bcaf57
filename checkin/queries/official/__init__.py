"""Official lists of those sampled: which were read, what their lines say, and who of ours they may be.

lists: those of a round, in heads · lines: a page of one list · register: everybody, and what was said of earlier lines.
"""

from checkin.queries.official.lines import PAGE, Candidate, LinePage, LineShown, list_lines, said_of
from checkin.queries.official.lists import Hold, ListLine, count_unrecorded, get_list, get_list_line, list_lists
from checkin.queries.official.register import (
    Settled,
    count_residents,
    list_known,
    list_same_lines,
    list_settled,
    open_register,
    open_said,
    print_of,
)

__all__ = [
    "PAGE",
    "Candidate",
    "Hold",
    "LinePage",
    "LineShown",
    "ListLine",
    "Settled",
    "count_residents",
    "count_unrecorded",
    "get_list",
    "get_list_line",
    "list_known",
    "list_lines",
    "list_lists",
    "list_same_lines",
    "list_settled",
    "open_register",
    "open_said",
    "print_of",
    "said_of",
]
