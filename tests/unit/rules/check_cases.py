"""For every check that ships: a record that it lets pass, and what turns it into one that it does not.

All people, units and records here are made up for the tests; the day of judgement is 2021-04-16.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Data = dict[str, Any]

BASE: dict[str, Data] = {
    "institution": {
        "name": "示例学院", "committee_name": "示例学院委员会", "competent_unit": "unit-xuanchuanbu",
        "posts": [{"key": "head", "title": "负责人"}], "registrars": ["person-jia"],
        "meeting_roles": [{"series": "联席会议", "roles": ["班子成员", "支部书记"]}],
    },
    "unit": {"title": "示例教研室", "level": 3, "parent": "unit-xinxixi", "responsible": "person-bing"},
    "person": {"name": "示例人员", "unit": "unit-xinxixi"},
    "workflow": {
        "title": "审批流程", "applies_to": {"kinds": ["event", "publicity", "report"]},
        "submitters": [{"post": "head"}], "own_record": "allow", "consecutive": "allow",
        "stages": [{"key": "head", "title": "负责人", "signers": [{"post": "head"}]}],
    },
    "event": {
        "title": "公开课", "event_type": "讲座", "host": "unit-xinxixi", "venue": "报告厅",
        "starts": "2021-03-18T14:30:00+08:00", "ends": "2021-03-18T16:30:00+08:00",
    },
    "publicity": {
        "title": "公开课推文", "unit": "unit-xinxixi", "channels": ["公众号"],
        "planned_on": "2021-03-17T09:00:00+08:00",
    },
    "meeting": {"title": "第一季度联席会议", "series": "联席会议", "held_on": "2021-03-26", "chair": "person-jia"},
    "group": {
        "name": "教学工作群", "platform": "微信", "category": "内部工作", "unit": "unit-xinxixi",
        "responsible": "person-jia", "created_on": "2021-01-08",
    },
    "census": {
        "title": "年初统计筛查", "on": "2021-01-08",
        "opening": 20, "added": 1, "merged": 0, "dissolved": 0, "closing": 21,
    },
    "account": {"name": "公众号", "platform": "微信公众号", "unit": "unit-xinxixi", "responsible": "person-jia"},
    "media_stat": {"title": "第一季度数据", "account": "acc-gzh", "covers": "2021-Q1", "on": "2021-04-02", "posts": 9},
    "training": {
        "theme": "业务培训", "organizer": "unit-xinxixi", "from": "2021-03-02", "until": "2021-03-03",
        "headcount": {"actual": 24, "unit_of_count": "人"},
    },
    "team": {
        "name": "舆情员队伍", "unit": "unit-xinxixi", "formed_on": "2020-05-12",
        "composition": [{"category": "教师", "count": 8}],
    },
    "assessment": {"title": "三月月评", "type": "月评", "covers": "2021-03", "on": "2021-03-31", "assessed": 24},
    "observation": {"programme": "合作项目", "session": 3, "on": "2021-03-09", "observed": True},
    "finding": {"problem": "个别材料报送不及时。", "source": "自查", "found_on": "2021-01-08", "unit": "unit-xinxixi"},
    "measure": {
        "measure": "加强督查。", "findings": ["fnd-20210108-aaaa"], "set_on": "2021-01-12",
        "unit": "unit-xinxixi", "due": "2021-12-31",
    },
    "inspection": {"title": "网络安全检查", "on": "2021-01-08", "unit": "unit-xinxixi"},
    "incident": {"title": "直播超时", "on": "2021-01-08", "unit": "unit-xinxixi"},
    "letter": {
        "unit": "unit-xinxixi", "signer": "person-jia", "signed_on": "2020-04-08",
        "from": "2020-04-08", "until": "2021-04-30",
    },
    "policy": {"title": "管理办法", "issued_on": "2020-05-18", "body": "（示例文本）",
         "follow_up": {"status": "现行"}},
    "committee": {
        "name": "领导小组", "updated_on": "2020-09-10", "members": [{"role": "组长", "person": "person-jia"}],
    },
    "report": {
        "title": "自查报告", "period": {"from": "2020-04-01", "until": "2021-03-31"},
        "template": "self-check.md.j2", "date": "2021-04-16",
    },
}  # fmt: skip
"""What a record of each kind is made of, at least."""

IDS = {
    "institution": "institution", "unit": "unit-ruanjian", "workflow": "workflow-all", "group": "grp-jiaoxue",
    "account": "acc-gzh", "team": "team-yuqing", "policy": "policy-banfa", "committee": "cmt-lingdao",
    "event": "evt-20210318-aaaa", "publicity": "pub-20210317-aaaa", "meeting": "mtg-20210326-aaaa",
    "census": "cns-20210108-aaaa", "media_stat": "mst-20210402-aaaa", "training": "trn-20210302-aaaa",
    "assessment": "asm-20210331-aaaa", "observation": "obs-20210309-aaaa", "finding": "fnd-20210108-aaaa",
    "measure": "msr-20210112-aaaa", "inspection": "isp-20210108-aaaa", "incident": "inc-20210108-aaaa",
    "letter": "ltr-20200408-aaaa", "report": "rpt-20210416-aaaa",
}  # fmt: skip
"""The id of the record that a case is about."""


def post(unit: str, begins: str = "2018-09-01", until: str | None = None) -> Data:
    """A head's post."""
    held = {"post": "head", "unit": unit, "from": begins}
    return {**held, "until": until} if until else held


AROUND: dict[str, tuple[str, Data]] = {
    "institution": ("institution", {}),
    "workflow-all": ("workflow", {}),
    "unit-xueyuan": ("unit", {"title": "示例学院", "level": 1, "parent": None, "responsible": "person-jia"}),
    "unit-xinxixi": ("unit", {"title": "信息系", "level": 2, "parent": "unit-xueyuan", "responsible": "person-jia"}),
    "unit-ruanjian": ("unit", {}),
    "person-jia": ("person",
         {"name": "示例甲", "posts": [post("unit-xinxixi"), {"post": "head", "from": "2018-09-01"}]}),
    "person-yi": ("person", {"name": "示例乙"}),
    "person-bing": ("person", {"name": "示例丙", "posts": [post("unit-ruanjian")]}),
    "person-ding": ("person", {"name": "示例丁", "posts": [post("unit-xinxixi", until="2020-12-31")]}),
}  # fmt: skip
"""The register around every case: the person ding has left, the person yi holds no post."""


@dataclass(frozen=True)
class Case:
    """One check, a record that passes and one that does not.

    Dotted names lead into objects; ``None`` takes a property away.
    """

    code: str
    kind: str
    sound: Data
    """What the passing record has beside the base of its kind."""
    broken: Data
    """What the other one has beside that."""
    at: str
    """Where the finding points."""
    signed: str = ""
    """``approved``, ``in_review``, or nothing for a record that was never submitted."""
    beside: dict[str, tuple[str, Data]] = field(default_factory=dict)
    """Further records, or what is otherwise in those around."""
    unlike: dict[str, tuple[str, Data]] = field(default_factory=dict)
    """The same for the broken case only."""
    says: str = ""
    """What the message must hold."""


HELD = {"follow_up.outcome.held_on": "2021-03-18"}
SPEAKER = {"name": "示例主讲", "external": True, "pledge": {"signed_on": "2021-03-08"},
           "employer_consent": {"issuer": "某某大学", "on": "2021-03-05"}}  # fmt: skip
LIVE = {
    "pub-20210317-aaaa": (
        "publicity",
        {"subject": IDS["event"], "form": "网络直播", "signed": "approved"},
    )
}
HASH, OTHER = "a" * 64, "b" * 64
FILE = [{"name": "照片.jpg", "sha256": HASH}]
PUBLISHED = {"follow_up.published.on": "2021-03-17T10:00:00+08:00"}
ROLES = [
    {"role": "班子成员", "expected": 6, "actual": 6},
    {"role": "支部书记", "expected": 10, "actual": 9},
]
MEETING = {"attendance": {"expected": 16, "actual": 15, "roles": ROLES}}
DONE = {"follow_up.resolutions": [{"number": 1, "done_on": "2021-04-12"}]}
ITEMS = ["场地", "人员", "内容", "规模", "安全", "宣传报道"]
ONSITE = [{"item": item, "unit": "unit-xinxixi"} for item in ITEMS]
CLOSED = {
    "follow_up": {
        "status": "已销号",
        "closed_on": "2021-03-01",
        "checked_by": "person-yi",
        "attachments": FILE,
    }
}
CLOSED_GROUP = {
    "follow_up.closing": {"outcome": "merged", "on": "2021-01-15", "merged_into": "grp-zonghe"}
}
FINDING = {IDS["finding"]: ("finding", {})}
MEASURE = {IDS["measure"]: ("measure", {"owner": "person-bing", **CLOSED})}
ABROAD = {"applies_to.condition": "speakers[?overseas]"}

CASES = [
    Case("JZY320", "unit", {}, {"responsible": None}, "responsible"),
    Case("JZY321", "unit", {}, {"responsible": "person-ding"}, "responsible", says="示例丁"),
    Case("JZY322", "unit", {}, {}, "parent", unlike={"unit-xinxixi": ("unit", {"dissolved": "2021-01-01"})}),
    Case("JZY323", "unit", {"parent": None, "level": 1}, {}, "level", unlike={"unit-anchor": ("unit", {"level": 2})},
         beside={"unit-anchor": ("unit", {})}),
    Case("JZY324", "unit", {}, {}, "title", says="2021年3月31日",
         beside={"ltr-20200408-bbbb": ("letter", {"unit": "unit-ruanjian"})},
         unlike={"ltr-20200408-bbbb": ("letter", {"unit": "unit-ruanjian", "until": "2021-03-31"})}),
    Case("JZY325", "letter", {}, {"signed_on": "2021-01-04", "signer": "person-ding"}, "signer", says="2021年1月4日"),
    Case("JZY327", "policy", {"review_due": "2021-04-16"}, {"review_due": "2021-04-15"}, "review_due"),
    Case("JZY328", "policy", {"follow_up.status": "修订"}, {"follow_up.status": "现行"}, "follow_up.status",
         says="新办法",
         beside={"policy-new": ("policy",
         {"title": "新办法", "supersedes": IDS["policy"], "issued_on": "2021-01-04"})}),
    Case("JZY329", "policy", {"supersedes": "policy-old"}, {"issued_on": "2018-01-01"}, "supersedes",
         beside={"policy-old": ("policy", {"title": "旧办法", "issued_on": "2019-01-01"})}),
    Case("JZY330", "policy", {"number": "院党〔2020〕8号"}, {}, "number", says="管理办法、另一份办法",
         unlike={"policy-other": ("policy", {"title": "另一份办法", "number": "院党〔2020〕8号"})}),
    Case("JZY331", "policy", {"follow_up": {"status": "废止", "since": "2021-01-04"}}, {"follow_up.since": None},
         "follow_up.repealed_on"),
    Case("JZY332", "committee", {"members": [{"role": "组长", "person": "person-jia"}]}, {}, "members.0.person",
         says="2021年2月1日",
         beside={"person-jia": ("person", {"posts": [post("unit-xinxixi", until="2021-03-20")]})},
         unlike={"person-jia": ("person", {"posts": [post("unit-xinxixi", until="2021-02-01")]})}),
    Case("JZY333", "committee", {}, {"members": [{"role": "成员", "person": "person-jia"}]}, "members"),
    Case("JZY345", "workflow", {"changes.by": "head"}, {"changes.by": "told"}, "changes.by", says="told"),
    Case("JZY421", "event", {"headcount.on_campus": 60, "headcount.off_campus": 40}, {"headcount.off_campus": 41},
         "onsite.plan", "in_review", says="预计 101 人"),
    Case("JZY422", "event", {"onsite.items": ONSITE}, {"onsite.items": ONSITE[:4]}, "onsite.items", "in_review",
         says="安全、宣传报道"),
    Case("JZY423", "event", {"onsite.lead_person": "person-jia"}, {"onsite": {}}, "onsite.lead_person", "approved"),
    Case("JZY424", "event", {"speakers": [{**SPEAKER, "overseas": True}]}, {}, "speakers", "in_review",
         says="审批流程",
         beside={"workflow-all": ("workflow", ABROAD)},
         unlike={"workflow-all": ("workflow", {"applies_to.condition": None})}),
    Case("JZY425", "event", {"speakers": [SPEAKER]}, {"speakers": [SPEAKER, {**SPEAKER, "employer_consent": None}]},
         "speakers.1.employer_consent", "in_review"),
    Case("JZY426", "event", {"speakers": [SPEAKER]}, {"speakers": [SPEAKER, {"name": "某人"}]}, "speakers.1.pledge",
         "approved"),
    Case("JZY427", "event", {"speakers": [SPEAKER]},
         {"speakers": [{**SPEAKER, "pledge": {"signed_on": "2021-03-19"}}]}, "speakers.0"),
    Case("JZY428", "event", HELD, {"follow_up.outcome.held_on": "2021-03-25"}, "follow_up.outcome.held_on"),
    Case("JZY428", "event", {"follow_up.outcome.held_on": "2021-03-25", "follow_up.postponement": {
        "on": "2021-03-16", "reason": "天气原因", "new_starts": "2021-03-25T14:30:00+08:00"}},
         {"follow_up.outcome.held_on": "2021-03-18", "follow_up.postponement.new_starts": "2021-04-01T14:30:00+08:00",
          "starts": "2021-03-11T14:30:00+08:00", "ends": "2021-03-11T16:30:00+08:00"}, "follow_up.outcome.held_on"),
    Case("JZY430", "event", {"starts": "2021-03-17T09:00:00+08:00", "ends": "2021-03-17T11:00:00+08:00"},
         {"starts": "2021-03-16T09:00:00+08:00", "ends": "2021-03-16T11:00:00+08:00"}, "follow_up", "approved"),
    Case("JZY431", "event", {**HELD, "follow_up.outcome.actual_headcount": 0},
         {"follow_up.outcome.actual_headcount": None},
         "follow_up.outcome.actual_headcount"),
    Case("JZY432", "event", {"follow_up.number": "〔2021〕1号"}, {}, "follow_up.number",
         unlike={"evt-20210318-bbbb": ("event", {"follow_up.number": "〔2021〕1号"})}),
    Case("JZY433", "event", {**HELD, "follow_up.outcome.incidents": 1}, {"follow_up.outcome.incidents": 2},
         "follow_up.outcome.incidents", beside={IDS["incident"]: ("incident", {"event": IDS["event"]})}),
    Case("JZY434", "event", {**HELD, "livestream": True}, {"starts": "2021-03-11T14:30:00+08:00"}, "livestream",
         beside=LIVE),
    Case("JZY435", "event", {**HELD, "headcount.on_campus": 60, "follow_up.outcome.actual_headcount": 110},
         {"follow_up.outcome.actual_headcount": 111}, "follow_up.outcome.actual_headcount"),
    Case("JZY436", "event", {**HELD, "follow_up.filing.archived_on": "2021-03-18"},
         {"follow_up.filing.archived_on": "2021-03-17"},
         "follow_up.filing.archived_on"),
    Case("JZY440", "publicity", {"text_sha256": HASH, **PUBLISHED, "follow_up.published.text_sha256": HASH},
         {"follow_up.published.text_sha256": OTHER}, "follow_up.published.text_sha256"),
    Case("JZY441", "publicity", {"text_sha256": HASH, **PUBLISHED, "follow_up.published.text_sha256": HASH},
         {"follow_up.published.text_sha256": None}, "follow_up.published.text_sha256"),
    Case("JZY442", "publicity", {**PUBLISHED, "secrecy_checked": True}, {"secrecy_checked": False}, "secrecy_checked"),
    Case("JZY443", "publicity", {**PUBLISHED, "follow_up.withdrawn": {"on": "2021-03-17", "reason": "有误"}},
         {"follow_up.withdrawn.on": "2021-03-16"}, "follow_up.published.on"),
    Case("JZY444", "publicity", {"text_sha256": HASH, "follow_up.withdrawn": {"on": "2021-03-18", "reason": "有误"}},
         {},
         "follow_up.withdrawn", beside={"pub-20210317-bbbb": ("publicity", {"text_sha256": OTHER, **PUBLISHED})},
         unlike={"pub-20210317-bbbb": ("publicity", {"text_sha256": HASH, **PUBLISHED})}, says="公开课推文"),
    Case("JZY445", "meeting", MEETING, {"attendance.roles": ROLES[:1]}, "attendance.roles", says="支部书记"),
    Case("JZY446", "meeting", {"held_on": "2021-04-01"}, {"held_on": "2021-03-31"}, "minutes"),
    Case("JZY447", "meeting", {"resolutions": [{"text": "汇总计划", "due": "2021-04-01"}], **DONE},
         {"resolutions": [{"text": "汇总计划"}, {"text": "另一项", "due": "2021-04-15"}]}, "resolutions.1.due",
         says="第 2 项"),
    Case("JZY448", "meeting", MEETING, {"attendance.actual": 14}, "attendance", says="合计应到 16 人、实到 15 人"),
    Case("JZY448", "meeting", {"attendance": {"actual": 3}}, {"attendance": {"expected": 2, "actual": 3}},
         "attendance"),
    Case("JZY449", "meeting", {"covers": "2020-H2"}, {"covers": "2021-Q2"}, "covers"),
    Case("JZY450", "group", {"created_on": "2020-04-16"}, {"created_on": "2020-04-15"}, "follow_up.checked_on"),
    Case("JZY451", "group", {}, {"responsible": "person-ding"}, "responsible", says="示例丁已不在信息系任职"),
    Case("JZY452", "group", {"administrators": 3}, {"administrators": 0}, "administrators"),
    Case("JZY453", "group", {"owner": "person-yi"}, {"owner": "person-bing"}, "owner",
         unlike={"person-bing": ("person", {"unit": "unit-ruanjian"})}),
    Case("JZY454", "group", {"planned_close": "2021-04-16"}, {"planned_close": "2021-04-15"}, "planned_close"),
    Case("JZY455", "group", CLOSED_GROUP, {"follow_up.closing.merged_into": IDS["group"]},
         "follow_up.closing.merged_into",
         beside={"grp-zonghe": ("group", {})}),
    Case("JZY456", "census", {"merged": 3, "dissolved": 2, "closing": 16}, {"closing": 15}, "closing", says="应为 16"),
    Case("JZY457", "census", {"merged": 1}, {"merged": 2}, "merged",
         beside={"grp-jiu": ("group", {**CLOSED_GROUP, "follow_up.closing.census": IDS["census"]})}),
    Case("JZY460", "account", {}, {"responsible": "person-ding"}, "responsible"),
    Case("JZY461", "account", {"follow_up.reviews": [{"on": "2020-12-15", "result": "通过"}]},
         {"follow_up.reviews": [{"on": "2020-12-15", "result": "注销"}]}, "follow_up.closed_on"),
    Case("JZY462", "media_stat", {"on": "2021-03-31"}, {"on": "2021-03-30"}, "on"),
    Case("JZY463", "media_stat", {}, {}, "covers", beside={"mst-20210402-bbbb": ("media_stat", {"covers": "2020-Q4"})},
         unlike={"mst-20210402-bbbb": ("media_stat", {})}),
    Case("JZY470", "training", {"audience": [{"category": "教师", "actual": 20}, {"category": "学生", "actual": 4}]},
         {"headcount.actual": 25}, "headcount.actual"),
    Case("JZY470", "training", {"audience": [{"category": "教师", "actual": 20}], "headcount.unit_of_count": "人次"},
         {"headcount.actual": 19}, "headcount.actual"),
    Case("JZY471", "training", {"headcount.expected": 24}, {"headcount.expected": 23}, "headcount"),
    Case("JZY472", "team", {}, {"composition": [{"category": "教师", "count": 0}]}, "composition"),
    Case("JZY475", "assessment", {"passed": 24}, {"passed": 25}, "passed"),
    Case("JZY476", "assessment", {"on": "2021-03-01"}, {"on": "2021-02-26"}, "covers"),
    Case("JZY477", "assessment", {"team": "team-yuqing"}, {}, "covers", says="2 次月评",
         unlike={"asm-20210331-bbbb": ("assessment", {"team": "team-yuqing"})}),
    Case("JZY478", "observation", {"observed": False, "remark": "当次课停上。"}, {"remark": None}, "observed"),
    Case("JZY479", "observation", {"observer": "person-jia"}, {"observer": None}, "observer"),
    Case("JZY480", "finding", {}, {}, "problem", beside=MEASURE,
         unlike={IDS["measure"]: ("measure", {"findings": ["fnd-20210108-bbbb"]})}),
    Case("JZY481", "finding", CLOSED, {"follow_up.attachments": None}, "follow_up.attachments"),
    Case("JZY482", "finding", CLOSED, {"follow_up.checked_by": "person-bing"}, "follow_up.checked_by", beside=MEASURE),
    Case("JZY483", "finding", CLOSED, {}, "follow_up.closed_on", beside=MEASURE,
         unlike={IDS["measure"]: ("measure", {})}),
    Case("JZY484", "finding", CLOSED, {"follow_up.closed_on": None}, "follow_up.status"),
    Case("JZY485", "measure", {"due": "2021-04-16"}, {"due": "2021-04-15"}, "due"),
    Case("JZY486", "measure", CLOSED, {"follow_up.attachments": None}, "follow_up.attachments"),
    Case("JZY487", "measure", {"owner": "person-bing", **CLOSED}, {"owner": "person-yi"}, "follow_up.checked_by"),
    Case("JZY488", "measure", CLOSED, {"follow_up.done_on": "2021-03-02"}, "follow_up.status"),
    Case("JZY489", "inspection", {"problems": 1}, {"problems": 2}, "problems",
         beside={IDS["finding"]: ("finding", {"inspection": IDS["inspection"]})}),
    Case("JZY490", "incident", {"on": "2021-01-16"}, {"on": "2021-01-15"}, "follow_up.closed_on"),
    Case("JZY491", "incident", {"handling": "已重申规定。", "follow_up.closed_on": "2021-01-20"}, {"handling": None},
         "handling"),
    Case("JZY492", "measure", {"owner": "person-jia"}, {"owner": None}, "owner"),
    Case("JZY702", "report", {"follow_up": {"sent_to": "市委", "sent_on": "2021-04-16"}}, {"signed": "in_review"},
         "follow_up.sent_on",
         "approved"),
    Case("JZY703", "report", {}, {"period.from": "2020-01-01"}, "period.until"),
]  # fmt: skip
