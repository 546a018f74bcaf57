"""What one cell says: people, numbers of heads, needs, how a door is lived in."""

import re

from bulou.text import clean_text, normal
from registry.reading.workbook_child import NOT_CALCULATED
from registry.rules import DoorState, NeedKind, RowCode

MOST_HEADS = 500  # of one door: a dormitory
_FORMULA_ERROR = re.compile(r"#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!)")
_BETWEEN_PEOPLE = re.compile(r"[、，,;；/／|\n\r#&]+|\s+和\s+")
_BETWEEN_NUMBERS = re.compile(r"[、，,;；/／|\n\r#]+|\s+(?=[+0-9A-Za-z]{7,})")
_CHINESE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff〇·•.]+")
_PLAIN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}")
_NAME_LIKE = re.compile(r"(?=.*\w)[\w\s〇·•.'’()（）-]+")  # markup is no two people
_ENTITY = re.compile(r"&#?\w+;")
_NOTHING = frozenset({"", "无", "没有", "暂无", "空", "-", "--", "/", "\\", "none", "n/a", "null", "不详", "未知"})
_NUMERALS = {word: number for number, word in enumerate("零一二三四五六七八九十")} | {"两": 2}

# What lists write behind a name of who is not at home, and of who will not be back.
_AWAY = "出国|国外|境外|住院|外地|外出|出差|在外|老家|住校|上学|隔离|服刑|参军|当兵|服役|不在|不住|away|abroad|hospital"
_GONE = "搬走|搬离|搬出|搬家|迁出|迁走|迁离|已故|去世|死亡|注销|moved|deceased"
_REMARK = re.compile(
    rf"(?P<name>[^()（）\[\]【】]+?)\s*[(（\[【](?P<remark>[^()（）\[\]【】]*(?:{_AWAY}|{_GONE})[^()（）\[\]【】]*)[)）\]】]\s*",
    re.IGNORECASE,
)
_VACANT_NAME = re.compile(
    r"[(（]?(空置房?|空户|空房子?|空关房?|空闲|闲置|未入住|无人(居住)?|没人|未销售|未售|空屋|vacant|empty)[)）]?"
)

_NEEDS = (
    (NeedKind.BED_BOUND, "卧床|失能|瘫|bed"),
    (NeedKind.LIVES_ALONE, "独居|空巢|孤寡|lives alone|lives_alone"),
    (NeedKind.FRAIL, "行动不便|高龄|体弱|残疾|老人|轮椅|frail"),
    (NeedKind.PREGNANT, "孕|待产|临产|pregnant"),
    (NeedKind.INFANT, "婴|幼儿|新生儿|infant"),
    (NeedKind.DIALYSIS, "透析|化疗|放疗|血透|dialysis|chemo"),
    (NeedKind.CHILD_ALONE, "独自在家|儿童独|留守儿童|child alone|child_alone"),
    (NeedKind.HOME_ISOLATION, "隔离|居家监测|居家健康|isolation"),
    (NeedKind.NO_PHONE, "无手机|没有手机|不会用手机|无智能机|老人机|no phone|no_phone"),
    (NeedKind.DOORSTEP, "上门|doorstep"),
)
_STATES = (
    (DoorState.UNVERIFIED, "未摸排|未核实|不详|unverified"),
    (DoorState.VACANT, "空置|空户|空房|空关|空闲|闲置|未入住|无人|未销售|未售|vacant|empty"),
    (DoorState.LET, "出租|租住|租赁|租户|已租|let$|rented"),
    (DoorState.SELF_OCCUPIED, "自住|自用|已入住|^入住|常住|有人|self"),
)


def formula_problem(text: str) -> RowCode | None:
    """What is wrong with a cell that shows no result."""
    if text == NOT_CALCULATED:
        return RowCode.NOT_CALCULATED
    return RowCode.FORMULA_ERROR if _FORMULA_ERROR.fullmatch(text.strip()) else None


def is_nothing(text: str) -> bool:
    """What people write into a cell that has nothing to say."""
    return text.strip().lower() in _NOTHING


def read_names(text: str) -> list[str]:
    """The people of a name cell. `张 三` is one name spread for the eye, `赵样例一 李样例四` are two people."""
    if _PLAIN_NAME.fullmatch(text) and text not in _NOTHING:
        return [text]
    names = []
    pieces = [piece for piece in _BETWEEN_PEOPLE.split(text) if piece.strip()]
    are_names = all(is_nothing(piece) or _NAME_LIKE.fullmatch(piece) for piece in pieces) and not _ENTITY.search(text)
    for piece in pieces if are_names else [text]:
        cleaned = clean_text(piece, max_length=500)
        words = cleaned.split(" ")
        if len(words) > 1 and all(_CHINESE.fullmatch(word) for word in words):
            names += words if all(len(word) > 1 for word in words) else ["".join(words)]
        elif not is_nothing(cleaned):
            names.append(cleaned)
    return names


def is_vacant_word(text: str) -> bool:
    """`空置` and `空房` in a name's cell say that nobody lives there."""
    return bool(_VACANT_NAME.fullmatch(text.strip().lower()))


def read_remark(name: str) -> tuple[str, str]:
    """A name and what stands in brackets behind it, where that tells where somebody is: `赵样例 (住院)`. A maiden name, or
    which of two of one name, stays part of the name."""
    found = _REMARK.fullmatch(name)
    return (found["name"], re.sub(r"[0-9]", "*", found["remark"])) if found else (name, "")


def has_moved_out(remark: str) -> bool:
    return bool(re.search(_GONE, remark))


def read_numbers(text: str) -> list[str]:
    """The numbers of a cell that may hold several; `10000000010;` is one."""
    if text.isascii() and text.isalnum():
        return [] if is_nothing(text) else [text]
    pieces = _BETWEEN_NUMBERS.split(normal("NFKC", text).strip())
    return [piece.strip() for piece in pieces if piece and not is_nothing(piece)]


def read_heads(text: str) -> int | None:
    """`3`, `3人`, `三` → 3; None where nothing is said. Raises ValueError."""
    plain = re.sub(r"\s|人|口|位|\.0+$", "", normal("NFKC", text))
    if is_nothing(plain):
        return None
    heads = _NUMERALS.get(plain)
    if heads is None:
        if not re.fullmatch(r"[0-9]{1,6}", plain):
            raise ValueError("not a number of people")
        heads = int(plain)
    if heads > MOST_HEADS:
        raise ValueError("too many people for one door")
    return heads


def read_needs(text: str) -> frozenset[NeedKind] | None:
    """The needs that a cell speaks of; None where it is empty or says something else, the empty set for 无."""
    said = clean_text(text, max_length=200).lower()
    if not said:
        return None
    if is_nothing(said):
        return frozenset()
    return frozenset(kind for kind, words in _NEEDS if re.search(words, said)) or None


def has_unknown_needs(text: str) -> bool:
    """Whether some of the words that a cell lists are none of the needs."""
    pieces = [
        piece for piece in re.split(r"[、，,;；/／|\n]+", clean_text(text, max_length=200).lower()) if piece.strip()
    ]
    return any(not is_nothing(piece) and not read_needs(piece) for piece in pieces)


def read_state(text: str) -> DoorState | None:
    """How a door is lived in; None where the cell says nothing that is known (codes of other systems)."""
    said = clean_text(text, max_length=60).lower()
    return next((state for state, words in _STATES if re.search(words, said)), None) if said else None
