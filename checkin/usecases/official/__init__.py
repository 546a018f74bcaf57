"""The official list of those sampled: read, matched, looked at, and recorded as facts of source `official`.

reading: from the lines of a file to a list that is kept · recording: who is sure is sampled · settling: what somebody says of
doubtful lines, and taking that back · facts: what is added to the ledger.
"""

from checkin.usecases.official.facts import check_counts, fact_id
from checkin.usecases.official.reading import (
    PART_KEPT,
    Prepared,
    SentList,
    compare_list,
    discard_half_kept,
    keep_list,
    keep_part,
)
from checkin.usecases.official.recording import PART, discard_list, list_part, record_part
from checkin.usecases.official.settling import settle_line, take_back_line

__all__ = [
    "PART",
    "PART_KEPT",
    "Prepared",
    "SentList",
    "check_counts",
    "compare_list",
    "discard_half_kept",
    "discard_list",
    "fact_id",
    "keep_list",
    "keep_part",
    "list_part",
    "record_part",
    "settle_line",
    "take_back_line",
]
