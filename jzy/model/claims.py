"""Claims: what a report asserts, as records, and whether the records bear it out (design §7).

A claim is a register record: a condition over figures, duties, findings and proven sign-offs, what
is said where it holds, and what is said where it does not. The conditions are JMESPath with every
function of :class:`jzy.model.functions.Knowledge` and these:

- ``figure(id)``: the value of an indicator over the report's period, a whole number;
- ``counted(id)``: the records that the indicator counted, as conditions see them;
- ``duty(id)``: ``met``, ``times``, ``kept``, and ``missed``, the titles of what was not kept;
- ``findings(codes, items)``: the findings of some codes, of these records or, with ``null``, of all;
- ``unproven(items)``: those of some records whose approval is not complete, or not proven by history;
- ``supported(id)``: whether another claim holds;
- ``name(id)``: what people call a record.

Whatever was asked on the way is noted, so that a claim brings its evidence with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from jzy.model.expression import BadExpression, calls, check, evaluate, holds
from jzy.model.functions import Knowledge, member
from jzy.model.indicators import Measured
from jzy.model.kept import Kept
from jzy.model.record import DataPath, Record
from jzy.model.register import CLAIM, DUTY, INDICATOR

_HOLE = re.compile(r"\{([^{}]*)\}")
_ID = re.compile(r"[a-z][a-z0-9_]*(?:-[a-z0-9]+)+")
"""What stands in a hole and is an id: JMESPath has no names with dashes in them."""
_UNTOLD = "没有做到“{}”，或者缺少能够证明的记录。"


class ClaimState(StrEnum):
    """How a claim stands over a period."""

    SUPPORTED = "supported"
    PENDING = "pending"
    """It does not hold yet, and there is still time."""
    UNSUPPORTED = "unsupported"
    IDLE = "idle"
    """There is nothing that it could speak of."""


STATE_TITLES: Mapping[ClaimState, str] = {
    ClaimState.SUPPORTED: "成立",
    ClaimState.PENDING: "尚未到期",
    ClaimState.UNSUPPORTED: "不成立",
    ClaimState.IDLE: "不涉及",
}


@dataclass(frozen=True, slots=True)
class Named:
    """A piece of a text that is a figure: an indicator or a duty, by its id, with its unit."""

    id: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A piece of a text that is the number of some records."""

    records: tuple[Record, ...]


Piece = str | Named | Listed


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim over a period, with what it rests on."""

    claim: Record
    state: ClaimState
    text: tuple[Piece, ...]
    """What the report says: ``says`` or ``otherwise``; empty where it says nothing."""
    problems: tuple[tuple[Piece, ...], ...]
    """What does not hold, a sentence each; only of an unsupported claim."""
    used: tuple[str, ...]
    """The ids of the indicators, duties and claims that were asked."""
    records: tuple[Record, ...]
    """The records that these rest on, and those that findings or missing proofs speak of."""

    @property
    def holds(self) -> bool:
        """Whether the claim may be made."""
        return self.state is ClaimState.SUPPORTED


class Facts(Protocol):
    """What claims are judged by: one register, one period, one day."""

    @property
    def knowledge(self) -> Knowledge:
        """The register and the day."""
        ...

    def measured(self, indicator_id: str) -> Measured:
        """An indicator over the period."""
        ...

    def kept(self, duty_id: str) -> Kept:
        """A duty over the period."""
        ...

    def found(
        self, codes: Iterable[str], among: Iterable[Record] | None = None
    ) -> Sequence[tuple[str, Record, str]]:
        """Findings of some codes, in some records or in all: code, record and sentence."""
        ...

    def is_proven(self, record: Record) -> bool:
        """Whether the approval of a record is complete, stands, and is proven by history."""
        ...


class Judge:
    """Judges claims by some facts; the same claim with the same words is judged once."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._register = facts.knowledge.register
        self._used: dict[str, None] = {}
        self._records: dict[str, Record] = {}
        self._under_way: list[str] = []
        self._known: dict[tuple[str, str], Judged] = {}
        self.functions = self._extended()
        """What :func:`jzy.model.expression.evaluate` takes as ``functions``."""

    def judge(self, claim: Record, given: Mapping[str, Any]) -> Judged:
        """Judge a claim.

        Args:
            claim: the record.
            given: what its words and conditions may name besides functions, from the template.

        Raises:
            BadExpression: a condition cannot be evaluated, or the claim leads back to itself.
        """
        key = (claim.id, repr(sorted(given.items())))
        if key not in self._known:
            if claim.id in self._under_way:
                raise BadExpression(f"断言 {claim.id} 又引用了自己")
            outer, self._used, self._records = (self._used, self._records), {}, {}
            self._under_way.append(claim.id)
            try:
                self._known[key] = self._judge(claim, given)
            finally:
                self._under_way.pop()
                self._used, self._records = outer
        return self._known[key]

    def _judge(self, claim: Record, given: Mapping[str, Any]) -> Judged:
        data, nothing = claim.data, ((), ())
        if not self._holds(data.get("when"), given):
            return self._judged(claim, ClaimState.IDLE, *nothing)
        # Every condition is asked, so that the evidence is whole whichever fails first.
        failed = [each for each in data["requires"] if not self._holds(each["check"], given)]
        if not failed:
            return self._judged(claim, ClaimState.SUPPORTED, self._pieces(data["says"], given), ())
        otherwise = self._pieces(data.get("otherwise", ""), given)
        if "pending" in data and self._holds(data["pending"], given):
            return self._judged(claim, ClaimState.PENDING, otherwise, ())
        problems = tuple(
            self._pieces(each.get("problem", _UNTOLD.format(data["title"])), given)
            for each in failed
            # What another claim asks for is that claim's problem.
            if "problem" in each or "supported" not in dict(calls(each["check"]))
        )
        return self._judged(claim, ClaimState.UNSUPPORTED, otherwise, problems)

    def _judged(
        self,
        claim: Record,
        state: ClaimState,
        text: tuple[Piece, ...],
        problems: tuple[tuple[Piece, ...], ...],
    ) -> Judged:
        return Judged(
            claim, state, text, problems, tuple(self._used), tuple(self._records.values())
        )

    def _holds(self, condition: str | None, given: Mapping[str, Any]) -> bool:
        return holds(condition, given, self.functions)

    def _pieces(self, words: str, given: Mapping[str, Any]) -> tuple[Piece, ...]:
        found: list[Piece] = []
        for number, part in enumerate(_HOLE.split(words)):
            if number % 2 == 0:
                found += [part] if part else []
            elif _ID.fullmatch(part.strip()):
                self._figure_of(part.strip())
                found.append(Named(part.strip()))
            else:
                found.append(self._value(part, given))
        return tuple(found)

    def _figure_of(self, named: str) -> None:
        if self.kind_of(named) == DUTY:
            self._kept(named)
        else:
            self._measured(named)

    def _value(self, expression: str, given: Mapping[str, Any]) -> Piece:
        value = evaluate(expression, given, self.functions)
        if isinstance(value, list):
            records = tuple(self._named_by(value))
            if records or not value:
                return Listed(records)
            return "、".join(str(item) for item in value)
        return "" if value is None else str(value)

    # --- what conditions may ask ----------------------------------------------------------------

    def _extended(self) -> Any:
        """The functions of conditions and those of claims."""
        own: Mapping[str, Callable[..., Any]] = {
            "figure": self._figure, "counted": self._counted, "duty": self._duty,
            "findings": self._findings, "unproven": self._unproven, "supported": self._supported,
            "name": self._name,
        }  # fmt: skip
        members = {f"_func_{name}": member(function) for name, function in own.items()}
        return type("ClaimFunctions", (type(self._facts.knowledge.functions),), members)()

    def _figure(self, named: Any) -> int:
        return self._measured(named).value

    def _counted(self, named: Any) -> list[Any]:
        return [self._facts.knowledge.view(record) for record in self._measured(named).records]

    def _duty(self, named: Any) -> Mapping[str, Any]:
        found = self._kept(named)
        return {
            "met": found.met,
            "times": len(found.due),
            "kept": len(found.due) - len(found.missed),
            "missed": [found.title_of(instance) for instance in found.missed],
        }

    def _findings(self, codes: Any, items: Any) -> list[Any]:
        wanted = [codes] if isinstance(codes, str) else codes
        if not isinstance(wanted, list) or not all(isinstance(code, str) for code in wanted):
            raise BadExpression("findings 的第一个参数应是代码，或代码的列表")
        among = None if items is None else {each.id: each for each in self._named_by(items)}
        told = []
        for code, record, message in self._facts.found(
            wanted, None if among is None else among.values()
        ):
            self._records.setdefault(record.id, record)
            told.append({"code": code, "_id": record.id, "message": message})
        return told

    def _unproven(self, items: Any) -> list[Any]:
        found = []
        for record in self._named_by(items):
            self._records.setdefault(record.id, record)
            if not self._facts.is_proven(record):
                found.append(self._facts.knowledge.view(record))
        return found

    def _supported(self, named: Any) -> bool:
        claim = self._register.get(named) if isinstance(named, str) else None
        if claim is None or claim.kind != CLAIM:
            raise BadExpression(f"没有编号为“{named}”的断言")
        found = self.judge(claim, {})
        self._note(named, found.records)
        return found.holds

    def _name(self, named: Any) -> str | None:
        return self._register.name(named) if isinstance(named, str) else None

    def _named_by(self, items: Any) -> Iterator[Record]:
        """The records that some values are views of."""
        for item in items if isinstance(items, list) else ():
            named = item.get("_id") if isinstance(item, Mapping) else None
            record = self._register.get(named)
            if record is not None:
                yield record

    def _measured(self, named: Any) -> Measured:
        if self.kind_of(named) != INDICATOR:
            raise BadExpression(f"没有编号为“{named}”的指标")
        found = self._facts.measured(named)
        self._note(named, found.records)
        return found

    def _kept(self, named: Any) -> Kept:
        if self.kind_of(named) != DUTY:
            raise BadExpression(f"没有编号为“{named}”的制度要求")
        found = self._facts.kept(named)
        self._note(named, found.records)
        return found

    def kind_of(self, named: Any) -> str:
        """The kind of the record with an id; empty where there is none."""
        record = self._register.get(named) if isinstance(named, str) else None
        return record.kind if record else ""

    def _note(self, named: str, records: Iterable[Record]) -> None:
        self._used.setdefault(named)
        for record in records:
            self._records.setdefault(record.id, record)


# --- what can be told of a claim without judging it ---------------------------------------------

_ASKED: Mapping[str, tuple[str, str]] = {
    "figure": (INDICATOR, "指标"),
    "counted": (INDICATOR, "指标"),
    "duty": (DUTY, "制度要求"),
    "supported": (CLAIM, "断言"),
}


def mistakes(knowledge: Knowledge, claim: Record) -> Iterator[tuple[DataPath, str]]:
    """What is wrong with a claim whatever the records say: where, and a Chinese sentence."""
    judge = Judge(_Unasked(knowledge))
    for path, words, is_text in _expressions(claim.data):
        for expression in _HOLE.findall(words) if is_text else [words]:
            named = expression.strip()
            if is_text and _ID.fullmatch(named):
                if judge.kind_of(named) not in (INDICATOR, DUTY):
                    yield path, f"没有编号为“{named}”的指标或制度要求"
                continue
            try:
                if not is_text and not _is_parsed(expression):
                    continue  # as is told of every expression of a register
                check(expression, judge.functions)
                asked = list(calls(expression))
            except BadExpression as error:
                yield path, str(error)
                continue
            for function, named in asked:
                kind, title = _ASKED.get(function, ("", ""))
                if kind and judge.kind_of(named) != kind:
                    yield path, f"没有编号为“{named}”的{title}"


def _is_parsed(expression: str) -> bool:
    try:
        check(expression)
    except BadExpression:
        return False
    return True


def _expressions(data: Mapping[str, Any]) -> Iterator[tuple[DataPath, str, bool]]:
    """Each expression, or text with expressions in it, of a claim: where, what, and which."""
    for name in ("when", "pending", "says", "otherwise"):
        if name in data:
            yield (name,), data[name], name in ("says", "otherwise")
    for number, each in enumerate(data["requires"]):
        for name in ("check", "problem"):
            if name in each:
                yield ("requires", number, name), each[name], name == "problem"


@dataclass(frozen=True, slots=True)
class _Unasked:
    """Facts of which only the register is known."""

    knowledge: Knowledge

    def measured(self, indicator_id: str) -> Measured:
        raise BadExpression(indicator_id)

    def kept(self, duty_id: str) -> Kept:
        raise BadExpression(duty_id)

    def found(
        self,
        codes: Iterable[str],
        among: Iterable[Record] | None = None,  # noqa: ARG002
    ) -> Sequence[tuple[str, Record, str]]:
        raise BadExpression("".join(codes))

    def is_proven(self, record: Record) -> bool:
        raise BadExpression(record.id)
