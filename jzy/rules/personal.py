"""JZY6xx: personal data that records must not hold (domain notes §6).

Only the smallest scope is recorded: name, unit, post, date. Numbers are looked for where their
check digit makes a hit likely to be right; sign-off digests and public keys are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from jzy.model.record import DataPath, Record
from jzy.rules.base import Breach, Case, rule_of_one

_IDENTITY = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])\d{2}\d{3}[\dXx](?![0-9A-Za-z])",
    re.ASCII,
)
_MOBILE = re.compile(
    r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![0-9A-Za-z])", re.ASCII
)
_CARD = re.compile(
    r"(?<![0-9A-Za-z])(?:62|4\d|5[1-5]|3[457])\d{2}"
    r"(?:[ -]?\d{4}){2,3}(?:[ -]?\d{1,4})(?![0-9A-Za-z])",
    re.ASCII,
)
_MAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_DIGITS = re.compile("[0-9][0-9 -]{9,19}[0-9]")
"""Every hit of the patterns holds eleven digits with at most one sign between two of them, which
looks like this, or else an at sign; or one of these in full width."""
_WIDE_SIGNS = "０１２３４５６７８９＠"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PASSED_OVER = frozenset({"digest", "prev", "workflow_digest", "sha256", "key", "text_sha256"})
_WIDE = str.maketrans("０１２３４５６７８９Ｘ＠．", "0123456789X@.")


def is_identity_number(text: str) -> bool:
    """Whether 18 characters are an identity number with a right check digit (GB 11643-1999)."""
    if len(text) != 18 or not text[:17].isdigit():
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == text[17].upper()


def is_card_number(text: str) -> bool:
    """Whether 13 to 19 digits have a right check digit (ISO/IEC 7812, Luhn)."""
    digits = [int(character) for character in text if character.isdigit()]
    if not 13 <= len(digits) <= 19:
        return False
    doubled = [
        digit if position % 2 == 0 else (digit * 2 - 9 if digit > 4 else digit * 2)
        for position, digit in enumerate(reversed(digits))
    ]
    return sum(doubled) % 10 == 0


def found_in(text: str) -> list[str]:
    """What personal data a text holds, such as a file's name: the titles of the rules, in order."""
    plain = text.translate(_WIDE)
    sure: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
        ("身份证号码", _IDENTITY, is_identity_number),
        ("手机号码", _MOBILE, lambda _: True),
        ("银行卡号", _CARD, lambda hit: is_card_number(hit) and not is_identity_number(hit)),
        ("电子邮箱", _MAIL, lambda _: True),
    )
    return [
        title
        for title, pattern, is_one in sure
        if any(is_one(hit[0]) for hit in pattern.finditer(plain))
    ]


def texts(value: Any, path: DataPath = ()) -> Iterator[tuple[DataPath, str]]:
    """Every text in a record's data with its place; keys and digests are passed over."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield path, str(value)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name not in _PASSED_OVER:
                yield from texts(item, (*path, name))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from texts(item, (*path, position))


def _look(
    case: Case, record: Record, pattern: re.Pattern[str], sure: Callable[[str], bool]
) -> Iterator[DataPath]:
    if not _is_suspect(case, record):
        return
    for path, text in texts(dict(record.data)):
        if len(text) > 4 and any(sure(hit[0]) for hit in pattern.finditer(text.translate(_WIDE))):
            yield path


def _is_suspect(case: Case, record: Record) -> bool:
    """Whether a record holds what any of these rules looks for.

    All texts of a record at once: looking into each of them alone, four times, takes longer than
    everything else that is done with a record. No pattern reaches over a line's end.
    """
    last: tuple[Record, bool] | None = case.memory.get(_is_suspect)
    if last is None or last[0] is not record:
        whole = "\n".join(_said(dict(record.data), []))
        wide = any(each in whole for each in _WIDE_SIGNS)
        likely = wide or "@" in whole or _DIGITS.search(whole) is not None
        last = case.memory[_is_suspect] = record, likely and _holds_any(whole.translate(_WIDE))
    return last[1]


def _holds_any(text: str) -> bool:
    return any(each.search(text) for each in (_IDENTITY, _MOBILE, _CARD, _MAIL))


def _said(value: Any, into: list[str]) -> list[str]:
    """The same texts without their places, which takes half the time."""
    if isinstance(value, str):
        into.append(value)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in _PASSED_OVER:
                continue
            if item.__class__ is str:  # by far the commonest
                into.append(item)
            else:
                _said(item, into)
    elif isinstance(value, list):
        for item in value:
            _said(item, into)
    elif isinstance(value, int) and not isinstance(value, bool):
        into.append(str(value))
    return into


_ADVICE = "请删去号码；记录只保留姓名、单位、职务和日期。如已提交，请告知管理员处理历史。"


@rule_of_one(
    "JZY601",
    "含有身份证号码",
    "记录中不保存身份证号码（个人信息保护法第六条）。",
    _ADVICE,
    unsound=True,
)
def identity_numbers(case: Case, record: Record) -> Iterator[Breach]:
    """Identity numbers with a right check digit."""
    for path in _look(case, record, _IDENTITY, is_identity_number):
        yield Breach(record, path, "这里有身份证号码")


@rule_of_one(
    "JZY602",
    "含有手机号码",
    "记录中不保存个人电话号码（个人信息保护法第六条）。",
    _ADVICE,
    unsound=True,
)
def mobile_numbers(case: Case, record: Record) -> Iterator[Breach]:
    """Mobile numbers of the mainland."""
    for path in _look(case, record, _MOBILE, lambda _: True):
        yield Breach(record, path, "这里有手机号码")


@rule_of_one(
    "JZY603",
    "含有银行卡号",
    "记录中不保存银行账号（个人信息保护法第六条）。",
    _ADVICE,
    unsound=True,
)
def card_numbers(case: Case, record: Record) -> Iterator[Breach]:
    """Bank card numbers with a right check digit."""
    for path in _look(
        case, record, _CARD, lambda hit: is_card_number(hit) and not is_identity_number(hit)
    ):
        yield Breach(record, path, "这里有银行卡号")


@rule_of_one(
    "JZY604",
    "含有电子邮箱",
    "记录中不保存个人邮箱地址（个人信息保护法第六条）。",
    _ADVICE,
    unsound=True,
)
def mail_addresses(case: Case, record: Record) -> Iterator[Breach]:
    """E-mail addresses."""
    for path in _look(case, record, _MAIL, lambda _: True):
        yield Breach(record, path, "这里有电子邮箱地址")
