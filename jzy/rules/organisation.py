"""JZY3xx: references, units, posts, keys and the expressions that registers hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from jzy.model.chain import slot_title
from jzy.model.delegation import DELEGATION, Delegation, held_throughout
from jzy.model.expression import BadExpression, check
from jzy.model.findings import Severity
from jzy.model.kinds import follow
from jzy.model.people import BadKey, parse_key
from jzy.model.record import DataPath, Record
from jzy.model.register import INSTITUTION
from jzy.model.workflow import Slot, Workflow
from jzy.rules.base import Breach, Case, rule, rule_of_one


@rule_of_one(
    "JZY301",
    "引用的记录不存在",
    "记录以编号引用别的记录（部门、人员、活动等），所引用的记录必须存在。",
    "请核对编号，或先登记被引用的记录。",
)
def unknown_reference(case: Case, record: Record) -> Iterator[Breach]:
    """Ids that lead nowhere."""
    kind = case.register.kind_of(record)
    for path, target, _ in case.references(record):
        if target not in case.register:
            yield Breach(record, path, f"“{kind.path_title(path)}”引用的 {target} 不存在")


@rule_of_one(
    "JZY302",
    "引用了另一类记录",
    "每个引用只能指向规定的类别，例如主办部门只能是部门。",
    "请改为规定类别的编号。",
)
def wrong_kind(case: Case, record: Record) -> Iterator[Breach]:
    """Ids of a kind that the schema does not allow there."""
    kinds = case.register.kinds
    kind = case.register.kind_of(record)
    for path, target, reference in case.references(record):
        found = case.register.get(target)
        if found is not None and found.kind not in reference.kinds:
            allowed = "、".join(kinds[name].title for name in reference.kinds if name in kinds)
            title = kinds[found.kind].title
            what = f"“{kind.path_title(path)}”应引用{allowed}，{target} 却是{title}"
            yield Breach(record, path, what)


@rule(
    "JZY303",
    "部门的层级不对",
    "部门构成一棵树：只有一个最高部门，其余各有上级，级数等于上级的级数加一。应有几级，见 JZY323。",
    "请核对部门的上级（parent）和级别（level）。",
)
def unit_tree(case: Case) -> Iterator[Breach]:
    """Roots, circles and levels of the unit tree."""
    units = {record.id: record for record in case.register.of("unit")}
    roots = [unit for unit in units.values() if not unit.data.get("parent")]
    for extra in roots[1:]:
        yield Breach(extra, ("parent",), f"最高部门只能有一个，已有 {roots[0].id}")
    for unit in units.values():
        if _goes_round(unit, units):
            yield Breach(unit, ("parent",), "上级部门绕回了自己")
            continue
        parent = units.get(str(unit.data.get("parent")))
        expected = parent.data["level"] + 1 if parent else 1
        if unit.data["level"] != expected:
            what = f"按上级部门应是第 {expected} 级，却写作第 {unit.data['level']} 级"
            yield Breach(unit, ("level",), what)


@rule_of_one(
    "JZY304",
    "没有这个职务",
    "职务的名称在 records/institution.yaml 的 posts 中统一规定，人员、流程等只能使用其中的职务。",
    "请改用已规定的职务，或由管理员在 institution.yaml 中增加。",
)
def unknown_post(case: Case, record: Record) -> Iterator[Breach]:
    """Wherever a schema wants a post (``x-jzy-post``): one that the institution does not know."""
    for path, post in _posts(case, record):
        known = case.register.posts
        if post not in known:
            listed = "、".join(f"{key}（{title}）" for key, title in known.items())
            title = case.register.kind_of(record).path_title(path)
            what = f"“{title}”：没有“{post}”这个职务"
            yield Breach(record, path, what, f"可用的职务：{listed}")


@rule_of_one(
    "JZY305",
    "签名公钥不可用",
    "登记的公钥应是 ssh-ed25519（或硬件密钥 sk-ssh-ed25519），写法完整。",
    "请从 .pub 文件中完整复制公钥。",
)
def bad_key(case: Case, record: Record) -> Iterator[Breach]:
    """Wherever a schema wants a key (``x-jzy-key``): a line that cannot be read."""
    for path, line in _marked(case, record, "x-jzy-key"):
        try:
            parse_key(line)
        except BadKey as error:
            title = case.register.kind_of(record).path_title(path)
            yield Breach(record, path, f"“{title}”：{error}")


@rule(
    "JZY306",
    "一个公钥登记给了两个人",
    "一个密钥只属于一个人，否则无法说清是谁签的。",
    "请为其中一人更换密钥。",
)
def shared_key(case: Case) -> Iterator[Breach]:
    """Keys with two owners, and keys that one person lists twice."""
    seen: dict[bytes, str] = {}
    for person in case.register.people.values():
        record = case.register.get(person.id)
        for key in person.keys:
            owner = seen.setdefault(key.blob, person.id)
            if record is not None and (owner != person.id or person.keys.count(key) > 1):
                what = f"这个公钥已登记给 {case.register.name(owner)}（{owner}）"
                position = next(
                    i for i, entry in enumerate(record.data["keys"]) if key.line in entry["key"]
                )
                yield Breach(record, ("keys", position, "key"), what)


@rule_of_one(
    "JZY307",
    "起止日期颠倒",
    "任职、密钥、期限等的起始日期不能晚于截止日期。",
    "请核对起止日期。",
)
def dates_reversed(_: Case, record: Record) -> Iterator[Breach]:
    """Wherever a record writes ``from`` and ``until``, or ``starts`` and ``ends``."""
    for path, begins, ends, key in _spans(dict(record.data), ()):
        if ends < begins:
            yield Breach(record, (*path, key), f"截止（{ends}）早于起始（{begins}）")


@rule_of_one(
    "JZY308",
    "表达式写错了",
    "流程、指标和制度要求中的条件使用 JMESPath 表达式，必须能够理解。",
    "请按 JMESPath 的语法改写。",
)
def bad_expression(case: Case, record: Record) -> Iterator[Breach]:
    """Wherever a schema wants an expression (``x-jzy-expression``): one that cannot be parsed."""
    for path, expression in _marked(case, record, "x-jzy-expression"):
        try:
            check(expression)
        except BadExpression as error:
            title = case.register.kind_of(record).path_title(path)
            yield Breach(record, path, f"“{title}”：{error}")


@rule(
    "JZY309",
    "同一时间有两个可用的流程",
    "一份记录只能有一个适用的审批流程；特殊情况用条件（condition）区分。",
    "请为其中一个流程写明适用条件，或停用它。",
)
def ambiguous_workflow(case: Case) -> Iterator[Breach]:
    """Two workflows without a condition for one kind."""
    owner: dict[str, str] = {}
    for record in case.register.of("workflow"):
        workflow = Workflow.of(record)
        for position, kind in enumerate(workflow.kinds):
            if kind not in case.register.kinds:
                continue  # JZY315 says so
            if workflow.condition is None and owner.setdefault(kind, record.id) != record.id:
                title = case.register.kinds[kind].title
                what = f"“{title}”已由 {owner[kind]} 规定了流程"
                yield Breach(record, ("applies_to", "kinds", position), what)


@rule(
    "JZY310",
    "流程环节没有人可签",
    "流程每个环节要求的职务应有人担任，否则报送后无人能批。",
    "请登记任职者，或修改流程。",
    Severity.WARNING,
)
def nobody_to_sign(case: Case) -> Iterator[Breach]:
    """Stages that name a fixed unit, or none, and whose post nobody holds today."""
    day = case.today.isoformat()
    people = case.register.people.values()
    for record in case.register.of("workflow"):
        for position, stage in enumerate(Workflow.of(record).stages):
            fixed = [line for line in stage.signers if line.unit_of is None]
            if len(fixed) < len(stage.signers):
                continue
            if not any(p.holds(line.post, line.unit, day) for p in people for line in fixed):
                what = f"“{stage.title}”环节目前没有人可签"
                yield Breach(record, ("stages", position, "signers"), what)


@rule(
    "JZY311",
    "登记管理员不足",
    "登记簿只能由登记管理员修改，至少要有一名，并且人数不少于所要求的会签人数。",
    "请在 records/institution.yaml 的 registrars 中写明登记管理员。",
)
def registrars(case: Case) -> Iterator[Breach]:
    """Too few registrars."""
    record = case.register.get(INSTITUTION)
    if record is not None:
        needed = int(record.data.get("registrar_quorum", 1))
        if len(set(record.data.get("registrars", ()))) < max(needed, 1):
            yield Breach(record, ("registrars",), f"登记管理员少于 {max(needed, 1)} 人")


@rule_of_one(
    "JZY312",
    "委托不成立",
    "委托人只能委托自己担任的职务，并且在委托期间一直担任；不能委托给自己。"
    "受托得来的签批权不能再行委托。",
    "请更正委托，或写明提前终止的日期（revoked）。",
    kind=DELEGATION,
)
def void_delegation(case: Case, record: Record) -> Iterator[Breach]:
    """Delegations that give nothing, or less than they say."""
    found = Delegation.of(record, case.register.root_unit)
    giver = case.register.people.get(found.principal)
    if found.principal == found.delegate:
        yield Breach(record, ("to_person",), "委托人和受托人是同一人")
    elif giver is not None and not held_throughout(giver, found):
        post = slot_title(case.register, Slot(found.post, found.unit))
        what = f"{giver.name}在委托期间并非一直担任所委托的职务（{post}）"
        held = [
            slot_title(case.register, Slot(mine.post, mine.unit))
            for mine in giver.posts
            if mine.begins <= found.ends and (mine.ends or found.begins) >= found.begins
        ]
        advice = f"可委托的职务：{'、'.join(held) or '没有'}；期间卸任的，请写明提前终止的日期（revoked）"
        yield Breach(record, ("post",), what, advice)


@rule_of_one(
    "JZY315",
    "没有这一类记录",
    "指标、制度要求、流程、委托等以名称指明哪一类记录，这一类记录必须存在。",
    "请核对类别的名称，类别见 jzy --help。",
)
def unknown_kind(case: Case, record: Record) -> Iterator[Breach]:
    """Wherever a schema wants the name of a kind (``x-jzy-kind-name``): one that there is not."""
    for path, name in _marked(case, record, "x-jzy-kind-name"):
        if name not in case.register.kinds:
            title = case.register.kind_of(record).path_title(path)
            yield Breach(record, path, f"“{title}”：没有“{name}”这一类记录")


@rule(
    "JZY316",
    "没有这个时区",
    "本单位的时区（time_zone）应是 IANA 时区数据库中的名称；写错时日期会按北京时间计算。",
    "请改为正确的名称，例如 Asia/Shanghai。",
)
def unknown_time_zone(case: Case) -> Iterator[Breach]:
    """A time zone that this machine's database does not have."""
    record = case.register.get(INSTITUTION)
    name = record.data.get("time_zone") if record is not None else None
    if record is not None and name not in (None, case.register.time_zone.key):
        yield Breach(record, ("time_zone",), f"“时区”：没有“{name}”这个时区")


def _marked(case: Case, record: Record, annotation: str) -> Iterator[tuple[DataPath, str]]:
    """Each value of a record whose schema has an annotation."""
    for place in case.register.kind_of(record).marked(annotation):
        yield from follow(record.data, place)


def _goes_round(unit: Record, units: dict[str, Record]) -> bool:
    seen, here = {unit.id}, unit
    while (parent := units.get(str(here.data.get("parent")))) is not None:
        if parent.id in seen:
            return True
        seen.add(parent.id)
        here = parent
    return False


def _posts(case: Case, record: Record) -> Iterator[tuple[DataPath, str]]:
    yield from _marked(case, record, "x-jzy-post")
    if record.id == INSTITUTION:
        keys = [post["key"] for post in record.data.get("posts", ())]
        for key, count in Counter(keys).items():
            if count > 1:
                yield ("posts", keys.index(key), "key"), f"{key}（重复）"


def _spans(value: object, path: DataPath) -> Iterator[tuple[DataPath, str, str, str]]:
    if isinstance(value, dict):
        for begin, end in (("from", "until"), ("starts", "ends")):
            begins, ends = value.get(begin), value.get(end)
            if isinstance(begins, str) and isinstance(ends, str) and len(begins) == len(ends):
                yield path, begins, ends, end
        for name, item in value.items():
            if isinstance(item, dict | list) and name != "sign_offs":
                yield from _spans(item, (*path, name))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _spans(item, (*path, position))
