"""What the columns of a property company's lists mean, as somebody said once."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, delete, select

from bulou.masking import mask_name, mask_phone
from bulou.text import normal
from registry.errors import ColumnsUnknown, ColumnTwice, DoorColumnMissing, UploadNotFound
from registry.models import ColumnWord, RosterUpload
from registry.reading import Column, Question, RosterFile, meaning_word, plain_header
from registry.words import COLUMN_NAMES

LONGEST_HEADER = 120
LONGEST_SAMPLE = 20
ONCE = (Column.COMPOUND, Column.BUILDING, Column.UNIT, Column.ROOM, Column.ADDRESS, Column.HEADS, Column.ROW_ID)

_NUMBER = re.compile(r"[0-9](?:[-.\s()+–—_]{0,3}[0-9]){6,}[Xx]?")  # also 139-0000-0004
_DOOR = re.compile(r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{3,4}")  # 12-3-1502
_LETTERS = re.compile(r"[\u3400-\u9fff]{2,}|[A-Za-z]{3,}")
_OF_A_DOOR = re.compile(  # 3号楼2单元501, 样例小区3栋, Building 3
    r".*(小区|花园|号楼|单元|楼栋|栋|幢|座|楼|室|号|层|户|苑|路|街)|(?i:building|block|blk|tower|unit|room|no|flat)"
)


def known_columns(session: Session, community_id: str, compound: str) -> dict[str, str]:
    """Header → meaning for the lists of a compound; what was said for the whole community counts where it says nothing."""
    words = session.exec(
        select(ColumnWord).where(
            col(ColumnWord.community_id) == community_id, col(ColumnWord.compound).in_(("", compound))
        )
    ).all()
    return {word.header: word.meaning for word in sorted(words, key=lambda word: word.compound)}


def say_columns(
    session: Session, key: tuple[str, UUID], said: Mapping[str, str], *, by: UUID | None, now: datetime
) -> None:
    """Remember what headers mean, for this file and for those that come after it. A repeat changes nothing.

    `said` has a meaning for every header that was asked about. Raises UploadNotFound, ColumnTwice, DoorColumnMissing.
    """
    upload = session.get(RosterUpload, key)
    if upload is None:
        raise UploadNotFound()
    new = {
        plain_header(header)[:LONGEST_HEADER]: meaning
        for header, meaning in said.items()
        if meaning != meaning_word(header, upload.columns)
    }
    _check(said, new)
    upload.columns, upload.preview = {**upload.columns, **new}, None  # it was compared as it was understood before
    session.add(upload)
    here = (col(ColumnWord.community_id) == key[0], col(ColumnWord.compound) == upload.compound)
    session.exec(delete(ColumnWord).where(*here, col(ColumnWord.header).in_(list(new))))
    about: dict[str, Any] = {"community_id": key[0], "compound": upload.compound, "author_id": by, "set_at": now}
    session.add_all(ColumnWord(**about, header=header, meaning=meaning) for header, meaning in new.items())


def _check(said: Mapping[str, str], new: Mapping[str, str]) -> None:
    meanings = list(said.values())
    if any(column.value in new.values() and meanings.count(column.value) > 1 for column in ONCE):
        raise ColumnTwice()
    if not {Column.ROOM.value, Column.ADDRESS.value, Column.LINK.value} & set(meanings):
        raise DoorColumnMissing()


def check_columns(read: RosterFile) -> None:
    """Whether it is known what every column means, for those whom nobody can ask. Raises ColumnsUnknown."""
    unknown = [(question.sheet, question.header) for question in read.questions if question.is_open]
    if unknown and read.has_doors:  # without doors the sheets are refused already, each by its name
        raise ColumnsUnknown(unknown, list(COLUMN_NAMES))


def question_facts(question: Question) -> dict[str, Any]:
    """A question as a page and a job's news have it. Samples are masked: whose list it is knows the column by less."""
    return {
        "sheet": question.sheet,
        "header": question.header,
        "samples": [masked_sample(sample) for sample in question.samples],
        "meaning": question.meaning.value if question.meaning else "",
        "is_open": question.is_open,
    }


def masked_sample(text: str) -> str:
    """`501` and `3-2-501` as they are; of names and long numbers enough to see what they are."""
    plain = _NUMBER.sub(_masked_number, normal("NFKC", text[: 10 * LONGEST_SAMPLE]))
    short = plain if len(plain) <= LONGEST_SAMPLE else f"{plain[:LONGEST_SAMPLE]}…"
    if not re.search(r"[0-9*]", short):
        return mask_name(short)
    return _LETTERS.sub(lambda found: found[0] if _OF_A_DOOR.fullmatch(found[0]) else mask_name(found[0]), short)


def _masked_number(found: re.Match[str]) -> str:
    if _DOOR.fullmatch(found.group()):
        return found.group()
    return mask_phone(re.sub(r"[^0-9Xx]", "", found.group()))
