"""Which column of a sheet says what: the header line is found, its words are understood."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bulou.text import normal
from registry.reading.files import Line, Sheet

HEADER_WITHIN = 30  # lines in which something stands; titles and notes come before
LONGEST_HEADER = 60  # a longer cell is an explanation


class Column(StrEnum):
    """What a column can say."""

    COMPOUND = "compound"
    BUILDING = "building"
    UNIT = "unit"
    ROOM = "room"  # or the whole door in one
    ADDRESS = "address"  # the whole door in words; counts where there is no room
    NAME = "name"
    PHONE = "phone"
    IDENTITY_NUMBER = "identity_number"
    HEADS = "heads"
    NEEDS = "needs"
    STATE = "state"
    REGISTERED_ADDRESS = "registered_address"  # where the person is registered, if not here
    ROW_ID = "row_id"


_WORDS = {
    Column.COMPOUND: "小区 小区名 小区名称 所属小区 物业小区 园区 compound estate",
    Column.BUILDING: (
        "楼栋 楼栋号 楼栋名称 楼栋编号 楼栋名 楼号 楼幢 楼幢号 幢 幢号 栋 栋号 座 座号 楼 楼宇 楼宇名称 楼座 "
        "楼房号 所在楼栋 房屋楼栋 building buildingno buildingname buildingnumber block blk tower"
    ),
    Column.UNIT: "单元 单元号 单元编号 单元名称 单元名 所在单元 门栋 unit unitno unitnumber stairwell entrance",
    Column.ROOM: (
        "房号 室号 房间 房间号 房屋 房屋编号 房屋号 房间编号 门牌 门牌号 门牌号码 户号 室 房 楼栋单元房号 "
        "楼栋房号 楼栋-单元-房号 楼栋/单元/房号 门号 room roomno roomnumber door flat apartment doornumber"
    ),
    Column.ADDRESS: "房屋信息 房屋地址 住址 地址 居住地址 现住址 家庭住址 详细地址 房屋坐落 住房 实际住址 居住地 address",
    Column.NAME: (
        "姓名 名字 业主姓名 业主名称 业主 住户姓名 住户 居民姓名 居民 户主 户主姓名 人员姓名 客户姓名 "
        "客户名称 成员姓名 家庭成员 name fullname resident residentname residentsname owner ownername"
    ),
    Column.PHONE: (
        "手机 手机号 手机号码 电话 电话号码 联系电话 联系方式 移动电话 联系手机 手机电话 业主电话 户主电话 "
        "户主联系方式 联系号码 本人电话 业主手机 业主手机号 住户电话 联系人电话 phone phonenumber mobile "
        "telephone tel cell mobilephone mobilenumber residentsphone"
    ),
    Column.IDENTITY_NUMBER: (
        "身份证 身份证号 身份证号码 证件号 证件号码 公民身份号码 公民身份证号 身份号码 身份号 身份证件号码 "
        "户主身份证 业主身份证 业主身份证号 身份证编号 identitynumber idnumber idno idcard identity "
        "identitycard passport passportnumber documentnumber"
    ),
    Column.HEADS: (
        "人数 居住人数 户内人数 家庭人数 常住人数 人口 人口数 家庭人口 户人数 实住人数 实际人数 实有人数 "
        "住户人数 总人数 户籍人数 heads headcount people persons residents numberofpeople peopleinhousehold "
        "peopleinthehousehold"
    ),
    Column.NEEDS: "特殊情况 特殊人群 重点人群 重点人员 特殊需求 需求 需要 特殊标记 人群分类 needs specialneeds",
    Column.STATE: (
        "居住状态 入住状态 居住情况 房屋状态 入住情况 房屋使用情况 使用状态 state occupancy doorstate stateofthedoor"
    ),
    Column.REGISTERED_ADDRESS: "户籍地址 户籍所在地 户籍住址 户口地址 户口所在地 registeredaddress",
    Column.ROW_ID: "行号id 行id rowid bulouid 居民id residentid",
}
_MEANING = {word: column for column, words in _WORDS.items() for word in words.split()}
# Words inside a longer header (业主手机号码1), the surest first; those that speak of somebody else stay out.
_INSIDE = (
    (re.compile(r"身份证|证件号"), Column.IDENTITY_NUMBER),
    (re.compile(r"手机|联系电话|联系方式|电话号码"), Column.PHONE),
    (re.compile(r"姓名"), Column.NAME),
    (re.compile(r"楼栋(号|名|编号)"), Column.BUILDING),
    (re.compile(r"单元(号|编号)"), Column.UNIT),
    (re.compile(r"房间号|房号|室号|门牌号"), Column.ROOM),
    (re.compile(r"人数"), Column.HEADS),
)
_NOT_OURS = re.compile(
    r"(紧急|备用|应急|物业|网格|楼栋长|负责|管家|亲属|子女|监护|有效期|类型|类别|采样|签|日期|时间|次数|核酸|面积|车|登记人|送样|照片|是否|户籍|单位|最多|限)"
)
_BRACKETS = re.compile(r"[(（\[【〔{][^)）\]】〕}]*[)）\]】〕}]?")
_FILLING = re.compile(r"[\s*＊※:：_.,，、。;；!！\"'“”]+")


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet whose columns are understood."""

    sheet: str
    title: str  # what stands above the header line
    header_line: int
    places: dict[Column, tuple[int, ...]]  # where each column stands, left to right
    headers: dict[Column, str]  # as the file writes them
    lines: tuple[Line, ...]  # below the header

    def has(self, column: Column) -> bool:
        return column in self.places

    @property
    def has_people(self) -> bool:
        return any(self.has(column) for column in (Column.NAME, Column.PHONE, Column.IDENTITY_NUMBER, Column.HEADS))

    @property
    def has_doors(self) -> bool:
        return self.has(Column.ROOM) or self.has(Column.ADDRESS)


def find_table(sheet: Sheet) -> Table | None:
    """The table of a sheet by the line that has most known headers, the first of equals; None where no line has two."""
    best: tuple[int, int] | None = None
    for place, line in enumerate(sheet.lines[:HEADER_WITHIN]):
        known = len({meaning_of(cell) for cell in line.cells} - {None})
        if known >= 2 and (best is None or known > best[0]):
            best = (known, place)
    return None if best is None else _table(sheet, best[1])


def _table(sheet: Sheet, place: int) -> Table:
    header = sheet.lines[place]
    places: dict[Column, tuple[int, ...]] = {}
    headers: dict[Column, str] = {}
    for position, cell in enumerate(header.cells):
        column = meaning_of(cell)
        if column is None or (column in places and column is not Column.NEEDS):
            continue  # of two telephones the first counts
        places[column] = (*places.get(column, ()), position)
        headers.setdefault(column, short(cell))
    title = " ".join(cell for line in sheet.lines[:place] for cell in line.cells if cell)[:200]
    return Table(sheet.name, title, header.number, places, headers, sheet.lines[place + 1 :])


def meaning_of(header: str) -> Column | None:
    """The column that a header's words mean, or None."""
    word = plain_header(header)
    if not word or len(word) > LONGEST_HEADER:
        return None
    if word in _MEANING:
        return _MEANING[word]
    if len(word) > 14 or _NOT_OURS.search(word):
        return None
    return next((column for pattern, column in _INSIDE if pattern.search(word)), None)


def plain_header(header: str) -> str:
    """Without blanks, marks and explanations: `手机 号码*(必填)` → `手机号码`."""
    folded = normal("NFKC", header[:500]).lower()
    return _FILLING.sub("", _BRACKETS.sub("", folded)).replace("必填", "").replace("选填", "")


def short(header: str) -> str:
    """A header as a refusal names it."""
    return re.sub(r"\s+", " ", header).strip()[:30]


def cells_of(line: Line, places: Sequence[int]) -> str:
    """What a line says in a column."""
    return " ".join(filter(None, (line.cells[place].strip() for place in places if place < len(line.cells))))
