"""On whose behalf someone signs: their own first, else that of the one who delegated to them."""

from __future__ import annotations

from jzy.model.chain import Progress, fitting_slots, mandates, same_person
from jzy.model.delegation import delegations, why_not
from jzy.model.errors import Refused, WrongUsage
from jzy.model.people import Person
from jzy.model.register import Register
from jzy.model.workflow import Stage


def principal_of(
    register: Register, progress: Progress, stage: Stage, me: Person, day: str, wanted: str | None
) -> Person | None:
    """For whom a person signs a stage on an ISO date.

    Args:
        register: people and delegations, as HEAD has them.
        progress: where the chain stands.
        stage: whose turn it is.
        me: who signs.
        day: the date.
        wanted: the id of the person for whom they say that they sign; ``None`` lets their own
            post count first, and then the one delegation that fits.

    Returns:
        The one who delegated; ``None`` where they sign for themselves, or may not sign at all.

    Raises:
        Refused: no delegation from the person named fits, or the workflow forbids it.
        WrongUsage: several people delegated to them, or they name themselves.
    """
    if wanted is not None:
        return _named(register, progress, stage, me, day, wanted)
    if fitting_slots(register, progress, stage, me.id, day):
        return None
    found = mandates(register, progress, stage, me.id, day)
    principals = list(dict.fromkeys(each.principal for each in found))
    free = [each for each in principals if not same_person(progress, me.id, each)]
    if len(free) > 1:
        choices = "、".join(f"{register.name(each)}（{each}）" for each in free)
        raise WrongUsage(
            f"委托您签批“{stage.title}”环节的不止一人：{choices}",
            f"请用 --for 指明代谁签批，例如 --for {free[0]}",
        )
    if free:
        return register.people[free[0]]
    if principals:
        _refuse_same(progress, me.id, principals[0])
    return None


def lapsed(register: Register, progress: Progress, stage: Stage, me: Person, day: str) -> str:
    """Why a delegation for a stage does not let someone sign on an ISO date; empty without one."""
    slots = progress.wanted_slots(stage)
    for each in reversed(delegations(register, me.id)):
        if any(each.names(slot, register.root_unit) for slot in slots):
            kind = progress.record.kind
            return why_not(register, slots, kind, me.id, each.principal, day)
    return ""


def _named(
    register: Register, progress: Progress, stage: Stage, me: Person, day: str, wanted: str
) -> Person:
    principal = register.people.get(wanted)
    if principal is None:
        raise WrongUsage(f"没有编号为 {wanted} 的人员", "请用 jzy person list 查看编号")
    if wanted == me.id:
        raise WrongUsage("--for 是代别人签批时用的", "以自己的职务签批，请去掉 --for")
    slots = progress.wanted_slots(stage)
    why = why_not(register, slots, progress.record.kind, me.id, wanted, day)
    if why:
        raise Refused(
            f"不能代{principal.name}签批“{stage.title}”环节：{why}",
            "请由任职者签批，或由任职者办理委托：jzy delegation new",
        )
    _refuse_same(progress, me.id, wanted)
    return principal


def _refuse_same(progress: Progress, by: str, behalf: str) -> None:
    for _, sentence in same_person(progress, by, behalf):
        raise Refused(sentence, "请由其他有权人员签批；代签的，受托人和委托人都算在内")
