"""What the header of a column says."""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from bulou.text import normal

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
    LINK = "link"  # a number by which another sheet is found: 业主编号


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
    Column.LINK: (
        "业主编号 业主编码 业主id 业主号 户主编号 户编号 户id 家庭编号 家庭id 住户编号 住户id 房屋id 房间id 客户编号 "
        "ownerid ownerno ownernumber householdid familyid roomid"
    ),
}
_MEANING = {word: column for column, words in _WORDS.items() for word in words.split()}
# Words inside a longer header (业主手机号码1), the surest first; those that speak of somebody else stay out.
_INSIDE = (
    (re.compile(r"^(业主|住户|居民|家人|家属|家庭成员|成员|姓名)(姓名)?[0-9一二三四五六七八九十]{1,2}$"), Column.NAME),
    (re.compile(r"身份证|证件号"), Column.IDENTITY_NUMBER),
    (re.compile(r"手机|联系电话|联系方式|电话号码"), Column.PHONE),
    (
        re.compile(
            r"^(家庭成员|成员|家人|家属|配偶|业主|户主|住户|居民|租户|租客|本人)?[0-9一二三四五六七八九十]*电话[0-9一二三四五六七八九十]*$"
        ),
        Column.PHONE,
    ),
    (re.compile(r"姓名"), Column.NAME),
    (re.compile(r"楼栋(号|名|编号)"), Column.BUILDING),
    (re.compile(r"单元(号|编号)"), Column.UNIT),
    (re.compile(r"房间号|房号|室号|门牌号"), Column.ROOM),
    (re.compile(r"人数"), Column.HEADS),
)
_NOT_OURS = re.compile(
    r"(紧急|备用|应急|物业|网格|楼栋长|负责|管家|亲属|子女|监护|有效期|类型|类别|采样|签|日期|时间|次数|核酸|面积|车|登记人|送样|照片|是否|户籍|单位|最多|限)"
)
# What many lists have and no roster needs: nobody is asked what such a column means.
_PASSED_OVER = re.compile(
    r"序号|^编号$|^(no|id|sn)$|性别|年龄|民族|学历|职业|职务|单位$|面积|备注|说明|层数|楼层|户型|租金|车|费|日期|时间|出生|籍贯|户籍"
    r"|政治|婚姻|电梯|用户名|账号|邮箱|关系|类型|类别|产权|身份信息|有效期|国籍|文化程度|签名|签字|核酸|采样|疫苗|合同|归属|身份$"
    r"|^(gender|sex|age|remarks?|notes?|floor|area|email|relation(ship)?)$"
)
# Where a building stands: read from the same file on the page of positions, where it is asked in which coordinates.
_OF_POSITION = re.compile(r"经度|纬度|经纬|坐标|^(lng|lon|lat|longitude|latitude|coordinates?)$")
_BRACKETS = re.compile(r"[(（\[【〔{][^)）\]】〕}]*[)）\]】〕}]?")
_FILLING = re.compile(r"[\s*＊※:：_.,，、。;；!！\"'“”]+")

IGNORED = "ignored"  # what somebody said of a column that says nothing of ours
Words = Mapping[str, Column | None]  # what somebody said that headers mean, each in its one spelling; None = nothing


def meaning_of(header: str, words: Words = MappingProxyType({})) -> Column | None:
    """The column that a header's words mean, or None. What somebody said of it counts first."""
    word = plain_header(header)
    if word in words:
        return words[word]
    if not word or len(word) > LONGEST_HEADER:
        return None
    if word in _MEANING:
        return _MEANING[word]
    if len(word) > 14 or _NOT_OURS.search(word):
        return None
    return next((column for pattern, column in _INSIDE if pattern.search(word)), None)


def is_passed_over(header: str, words: Words = MappingProxyType({})) -> bool:
    """Whether nobody needs to be asked what this column means, although no roster needs it."""
    word = plain_header(header)
    patterns = (_NOT_OURS, _PASSED_OVER, _OF_POSITION)
    return word in words or len(word) > LONGEST_HEADER or any(pattern.search(word) for pattern in patterns)


def is_of_position(header: str) -> bool:
    """Whether a column seems to say where a building stands."""
    return bool(_OF_POSITION.search(plain_header(header)))


def meaning_word(header: str, said: Mapping[str, str]) -> str:
    """What a header means, as it is kept; empty where nobody knows."""
    words = read_words(said)
    if meaning := meaning_of(header, words):
        return meaning.value
    return IGNORED if plain_header(header) in words else ""


def read_words(said: Mapping[str, str]) -> dict[str, Column | None]:
    """Header → meaning as they are kept, understood; what no longer is a meaning is left out."""
    known = {column.value: column for column in Column} | {IGNORED: None}
    return {plain_header(header): known[meaning] for header, meaning in said.items() if meaning in known}


def plain_header(header: str) -> str:
    """Without blanks, marks and explanations: `手机 号码*(必填)` → `手机号码`."""
    folded = normal("NFKC", header[:500]).lower()
    return _FILLING.sub("", _BRACKETS.sub("", folded)).replace("必填", "").replace("选填", "")


def short(header: str) -> str:
    """A header as a refusal names it."""
    return re.sub(r"\s+", " ", header).strip()[:30]
