"""Five other colleges work their own way with records alone: no line of Python knows of any.

What each shows stands in ``colleges/README.md``; the last test holds that table against the records.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from jzy.git.keys import make_throwaway_key
from jzy.model.record import Record
from jzy.model.register import Register
from jzy.model.workdays import WorkCalendar, shortfalls
from jzy.model.workflow import Workflow
from jzy.store.places import search_path, shipped
from jzy.store.records import load
from jzy.store.schemas import load_kinds

from .conftest import Ran, Repo
from .test_prompts import Terminal

HERE = Path(__file__).parent / "colleges"
NAMES = ("jia", "yi", "bing", "ding", "wu")
CLERK, REGISTRAR = "person-clerk", "person-registrar"
LECTURER = {"name": "示例主讲", "pledge": {"signed_on": "2021-05-06"}}
FOREIGNER = {
    **LECTURER, "external": True, "overseas": True,
    "employer_consent": {"issuer": "示例境外大学", "on": "2021-04-01"},
}  # fmt: skip
UNHEARD = {"name": "示例主讲", "external": True}
"""From outside, with neither a consent nor a pledge."""
FAR = {"starts": "2098-05-20 14:30", "ends": "2098-05-20 16:00"}
"""So far ahead that whatever a college asks for is kept."""
PAST = {"starts": "2021-05-20 14:30", "ends": "2021-05-20 16:00"}
"""So long ago that whatever a college asks for is missed."""


def lecture(host: str, **more: Any) -> dict[str, Any]:
    """What an event of any college is made of."""
    items = ("场地", "人员", "内容", "规模", "安全", "宣传报道")
    return {
        "title": "读书与写作", "event_type": "讲座", "host": host, "venue": "报告厅", **FAR,
        "speakers": [LECTURER], "headcount": {"on_campus": 60}, "abstract": "介绍读书的方法",
        "audience": "学生",
        "onsite": {
            "lead_person": CLERK, "plan": "应急预案（示例）",
            "items": [{"item": item, "unit": host} for item in items],
        },
        **more,
    }  # fmt: skip


@dataclass(frozen=True)
class College(Repo):
    """A college's own repository, and what its people do there."""

    def new(self, kind: str, who: str = CLERK, **values: Any) -> str:
        """Create a record and give its id."""
        ran = self.tried_new(kind, who, **values)
        assert ran.code == 0, ran.err
        return Path(ran.out.strip()).stem

    def tried_new(self, kind: str, who: str = CLERK, **values: Any) -> Ran:
        """Try to create a record."""
        return self.run(kind, "new", *options(values), who=who)

    def submit(self, record: str, who: str = CLERK) -> list[str]:
        """Submit a record and give the lead times that it misses."""
        ran = self.run("submit", record, "--yes", "--json", who=who)
        assert ran.code == 0, ran.out
        return [str(words).split("（")[0] for words in json.loads(ran.out)["warnings"]]

    def pass_on(self, record: str, *people: str) -> list[str]:
        """Let people sign in turn, and give the stages at which they did.

        The last of them is refused before the others have signed, and only the last approves.
        """
        stages = []
        if people[-1] != people[0]:
            self.refused("approve", record, who=people[-1])
        for number, who in enumerate(people, 1):
            ran = self.run("approve", record, "--yes", "--json", who=who)
            assert ran.code == 0, ran.out
            said = json.loads(ran.out)
            stages.append(said["stage"])
            assert (said["state"] == "approved") is (number == len(people)), said
        return stages

    def refused(self, decision: str, record: str, who: str = CLERK) -> str:
        """A decision that must be refused and must leave everything as it was."""
        before = self.git("rev-parse", "HEAD")
        ran = self.run(decision, record, "--yes", who=who)
        assert (ran.code, self.git("rev-parse", "HEAD")) == (1, before), ran.out
        assert ran.err.startswith("✗")
        return ran.err

    def after_change(self, kind: str, record: str, change: str) -> str:
        """Change an approved record, and give what the college wants to happen next."""
        ran = self.run(kind, "edit", record, "--set", change, "--json", who=CLERK)
        assert ran.code == 0, ran.out
        needed: str = json.loads(ran.out)["standing"]["needed"]
        return needed

    def prove(self, sign_offs: int) -> None:
        """Everything is sound, and history proves every sign-off."""
        ran = self.run("validate")
        assert ran.code == 0, ran.out
        ran = self.run("verify", "--json")
        said = json.loads(ran.out)
        assert (ran.code, said["ok"], said["pinned"]) == (0, True, True), said
        assert [proof["verdict"] for proof in said["sign_offs"]] == ["proven"] * sign_offs


def options(values: Mapping[str, Any]) -> list[str]:
    """Values as the options that a command takes."""
    said = {k: v if isinstance(v, str) else json.dumps(v) for k, v in values.items()}
    return [word for name, value in said.items() for word in ("--set", f"{name}={value}")]


@pytest.fixture
def found(tmp_path: Path) -> Callable[[str], College]:
    """Found a college: its files as they are, a key for each person, one signed commit."""

    def make(name: str) -> College:
        root = tmp_path / name
        shutil.copytree(HERE / name, root)
        subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
        college = College(root)
        for path in sorted((root / "records/people").iterdir()):
            key = make_throwaway_key(root / ".git/jzy/demo-keys" / path.stem, path.stem)
            with path.open("a", encoding="utf-8") as file:
                file.write(f"\nkeys:\n  - key: {key.line}\n    from: 2015-09-01\n")
            if path.stem == REGISTRAR:
                college.git("config", "jzy.root", key.fingerprint)
                college.git("config", "user.signingkey", key.location)
        college.git("add", "-A")
        college.git("-c", "gpg.format=ssh", "commit", "-q", "-S", "-m", "建立记录仓库")
        ran = college.run("validate", "--strict")
        assert ran.code == 0, ran.out
        return college

    return make


# --- 示例甲职业学院: a leader before the competent unit, which looks twice ------------------------


def test_jia_every_change_starts_the_chain_again(found: Callable[[str], College]) -> None:
    college = found("jia")
    event = college.new("event", **lecture("unit-jixie"))
    assert college.submit(event) == []
    college.refused("approve", event, "person-foreign")  # no guest from abroad: not asked
    chain = ("person-reviewer", "person-dean", "person-vice", "person-propaganda")
    assert college.pass_on(event, *chain) == ["first-look", "dean", "leader", "competent"]
    assert college.after_change("event", event, "venue=礼堂") == "reapprove"
    college.submit(event)
    assert college.pass_on(event, *chain)[-1] == "competent"
    college.prove(10)


def test_jia_guests_from_abroad_and_large_audiences_ask_for_more(
    found: Callable[[str], College],
) -> None:
    college = found("jia")
    crowd = {"on_campus": 190, "off_campus": 11}
    event = college.new("event", **lecture("unit-jixie", speakers=[UNHEARD], **PAST))
    assert "校外主讲人经所在单位同意" in college.refused("submit", event)
    change = options({"speakers": [FOREIGNER], "headcount": crowd})
    assert college.run("event", "edit", event, *change, who=CLERK).code == 0
    assert college.submit(event) == ["应至少提前 5 个工作日", "应至少提前 2 个月"]
    chain = ("person-reviewer", "person-dean", "person-foreign", "person-vice", "person-propaganda",
             "person-guard")  # fmt: skip
    stages = ["first-look", "dean", "foreign", "leader", "competent", "guard"]
    assert college.pass_on(event, *chain) == stages
    shown = json.loads(college.run("event", "show", event, "--json").out)["record"]["sign_offs"]
    assert [entry["decision"] for entry in shown[-2:]] == ["approve", "note"]
    college.prove(7)


# --- 示例乙职业技术学院: a form with two more fields, stages of several units -----------------------


def test_yi_a_field_of_its_own_calls_the_treasurer(
    found: Callable[[str], College], tmp_path: Path
) -> None:
    college = found("yi")
    own = {"room_booking": "BG0012", "lecture_fee": 2500}
    values = lecture("unit-shangxue", event_type="论坛", **own, **PAST)
    ran = college.tried_new("event", **{**values, "room_booking": "12"})
    assert (ran.code, "场地预约号" in ran.err) == (1, True)
    event = college.new("event", **values)
    assert college.submit(event) == ["应至少提前 72 小时", "应至少提前 10 天"]
    chain = (
        "person-business",
        "person-finance",
        "person-research",
        "person-deputy",
        "person-leader",
    )
    stages = ["host-head", "finance", "research", "competent", "leader"]
    assert college.pass_on(event, *chain) == stages
    assert college.after_change("event", event, "lecture_fee=1500") == "reapprove"
    college.submit(event)
    less = [who for who in chain if who != "person-finance"]
    assert college.pass_on(event, *less) == [key for key in stages if key != "finance"]
    college.prove(11)

    assert re.search("讲课费 *│ 1500", college.run("event", "show", event).out)
    assert "BG0012" in college.run("event", "list").out
    assert event not in college.run("event", "list", "--match", "lecture_fee > `2000`").out
    ledger = tmp_path / "ledger.xlsx"
    assert college.run("ledger", "event", "-o", str(ledger)).code == 0
    rows = [[cell.value for cell in row] for row in load_workbook(ledger).worksheets[0].rows]
    assert any({"场地预约号", "讲课费（元）"} <= set(row) for row in rows)
    assert any({"BG0012", 1500} <= set(row) for row in rows)


def test_yi_a_clerk_is_asked_for_the_fields_of_its_own(found: Callable[[str], College]) -> None:
    college = found("yi")
    values = lecture("unit-shangxue")
    del values["venue"]
    terminal = Terminal(college, CLERK, "event", "new", *options(values))
    terminal.answer("系列", "\r")
    terminal.answer("地点", "报告厅\r")
    terminal.answer("讲课费", "500\r")
    terminal.answer("场地预约号", "12\r")
    terminal.until("场地预约号”的写法不对")
    terminal.answer("场地预约号", "\x15BG0012\r")
    terminal.until("下一步")
    assert terminal.end() == 0
    (path,) = (college.root / "records/events/2098").iterdir()
    assert "lecture_fee: 500" in path.read_text()
    assert "room_booking: BG0012" in path.read_text()


def test_yi_all_sign_for_a_large_audience_and_the_office_consents_to_another_room(
    found: Callable[[str], College],
) -> None:
    college = found("yi")
    own = {"room_booking": "BG0012", "headcount": {"on_campus": 301}}
    event = college.new("event", **lecture("unit-shangxue", **own))
    assert college.submit(event) == []
    for who in ("person-business", "person-logistics"):  # the second of two, and first to sign
        assert college.run("approve", event, "--yes", who=who).code == 0
    assert "安全会签" in college.refused("approve", event, "person-office")
    chain = ("person-guard", "person-office", "person-leader")
    assert college.pass_on(event, *chain) == ["joint", "competent", "leader"]
    assert college.after_change("event", event, "room_booking=BG0013") == "consent"
    college.refused("approve", event, "person-leader")
    assert college.run("approve", event, "--yes", who="person-deputy").code == 0
    college.prove(7)


def test_yi_a_policy_is_drafted_looked_through_and_issued(found: Callable[[str], College]) -> None:
    college = found("yi")
    policy = college.new(
        "policy", title="讲座管理办法（示例）", unit="unit-shangxue", issued_on="2021-05-20",
        body="第一条 先审批，后举办。", action="制定",
    )  # fmt: skip
    college.submit(policy)
    chain = ("person-business", "person-office", "person-leader", "person-principal")
    assert college.pass_on(policy, *chain) == ["drafting", "legality", "leader", "committee"]
    assert college.after_change("policy", policy, "action=修订") == "reapprove"


# --- 示例丙高等专科学校: students go another way, groups are registered ----------------------------


def test_bing_students_go_another_way_and_no_employer_is_asked(
    found: Callable[[str], College],
) -> None:
    college = found("bing")
    staff = college.new("event", **lecture("unit-huli", speakers=[UNHEARD | LECTURER], **PAST))
    assert college.submit(staff) == ["应至少提前 1 周"]
    chain = ("person-nursing", "person-students")
    assert college.pass_on(staff, *chain) == ["host", "competent"]
    assert college.after_change("event", staff, "starts=2021-05-20 15:00") == "nothing"

    values = lecture("unit-huliban", host_type="学生", **PAST)
    students = college.new("event", "person-class", **values)
    assert college.submit(students, "person-class") == ["应至少提前 3 天"]
    college.refused("approve", students, "person-nursing")
    # One person holds two posts here, and may sign and then take note.
    chain = ("person-counsellor", "person-students", "person-students")
    assert college.pass_on(students, *chain) == ["counsellor", "league", "noted"]
    college.prove(7)


def test_bing_a_group_is_registered_before_it_counts(found: Callable[[str], College]) -> None:
    college = found("bing")
    values = {"name": "护理一班通知群", "platform": "微信", "category": "学生班级", "unit": "unit-huliban",
              "owner": "person-counsellor", "responsible": "person-counsellor", "purpose": "班级通知",
              "created_on": "2021-03-01", "administrators": 4}  # fmt: skip
    group = college.run("group", "new", "--no-commit", *options(values), who="person-class")
    record = Path(group.out.strip()).stem
    assert "管理员一至三名" in college.refused("submit", record, "person-class")
    ran = college.run("group", "edit", record, "--set", "administrators=2", who="person-class")
    assert ran.code == 0, ran.err
    college.submit(record, "person-class")
    chain = ("person-counsellor", "person-students")
    assert college.pass_on(record, *chain) == ["counsellor", "competent"]
    assert college.after_change("group", record, "purpose=班级通知和安全提醒") == "nothing"
    college.prove(3)


# --- 示例丁师范学院: hosts sign together, either of two principals decides --------------------------


def test_ding_all_hosts_sign_and_either_principal_where_it_matters(
    found: Callable[[str], College],
) -> None:
    college = found("ding")
    both = {"co_hosts": ["unit-lishi", "unit-tushuguan"], "scope": "面向社会"}
    event = college.new("event", **lecture("unit-wenxue", speakers=[FOREIGNER], **both, **PAST))
    missed = ["应至少提前 3 个工作日", "应至少提前 2 周", "应至少提前 1 个月"]
    assert college.submit(event) == missed
    chain = (
        "person-library",
        "person-letters",
        "person-history",
        "person-ideology",
        "person-president",
    )
    assert college.pass_on(event, *chain) == ["hosts"] * 3 + ["competent", "principals"]

    small = college.new("event", **lecture("unit-wenxue"))
    assert college.submit(small) == []
    assert college.pass_on(small, "person-letters", "person-ideology") == ["hosts", "competent"]
    assert college.after_change("event", small, "outline=第一讲") == "nothing"
    assert college.after_change("event", small, "venue=礼堂") == "consent"
    assert college.run("approve", small, "--yes", who="person-ideology").code == 0
    # Consent cannot stand for a principal who would have had to be asked.
    assert college.after_change("event", small, "headcount.on_campus=501") == "reapprove"
    college.run("event", "edit", small, "--set", "headcount.on_campus=60", who=CLERK)
    college.prove(10)


def test_ding_what_is_published_is_read_first_by_one_of_two(
    found: Callable[[str], College],
) -> None:
    college = found("ding")
    planned = {"planned_on": "2021-05-20 18:00", "secrecy_checked": True, "channels": ["公众号"]}
    post = college.new("publicity", title="讲坛预告", unit="unit-wenxue", form="推文", **planned)
    assert college.submit(post) == ["应至少提前 4 小时"]
    assert college.pass_on(post, "person-letters", "person-editor") == ["unit", "editor"]
    college.prove(3)


# --- 示例戊开放大学: a form cut down, events that are only put on file ------------------------------


def test_wu_another_form_and_events_that_are_only_noted(found: Callable[[str], College]) -> None:
    college = found("wu")
    values = lecture("unit-fenxiao", speakers=[UNHEARD])
    del values["venue"]  # this college does not ask for one
    for wrong in ({"event_type": "论坛"}, {"subject_class": "自然科学"}):
        assert college.tried_new("event", **{**values, **wrong}).code in (1, 2)
    club = college.new("event", **{**values, "event_type": "市民课堂"})
    assert college.submit(club) == []
    assert college.pass_on(club, "person-support") == ["filed"]

    event = college.new("event", **{**values, **PAST, "online": True})
    assert "确定是否留存回放" in college.refused("submit", event)
    ran = college.run("event", "edit", event, "--set", "replay_days=30", who=CLERK)
    assert ran.code == 0, ran.err
    assert college.submit(event) == ["应至少提前 24 小时"]
    assert college.pass_on(event, "person-east", "person-principal") == ["branch", "principal"]
    assert college.after_change("event", event, "replay_days=60") == "consent"
    assert college.run("approve", event, "--yes", who="person-principal").code == 0
    college.prove(6)


# --- the sample year's own ------------------------------------------------------------------------


def test_the_sample_year_has_chains_for_groups_policies_and_guests_from_abroad(demo: Repo) -> None:
    sample, clerk, head, leader = College(demo.root), "person-chen", "person-ji", "person-ding"
    members = {"category": "内部工作", "owner": clerk, "responsible": head, "administrators": 2}
    group = sample.new(
        "group", clerk, name="检索课通知群", platform="企业微信", unit="unit-xinxixi",
        created_on="2021-04-01", purpose="课程通知", **members,
    )  # fmt: skip
    assert sample.submit(group, clerk) == []
    chain = ["unit-head", "competent-head"]
    assert sample.pass_on(group, head, "person-bing") == chain
    policy = sample.new(
        "policy", clerk, title="机房管理办法（示例）", unit="unit-xinxixi", issued_on="2021-04-12",
        body="第一条 机房由专人管理。",
    )  # fmt: skip
    sample.submit(policy, clerk)
    chain = ["drafting-head", "drafting-leader", "principal-leader"]
    assert sample.pass_on(policy, head, leader, "person-wu") == chain
    guest = lecture("unit-xinxixi", speakers=[FOREIGNER], **PAST)
    event = sample.new("event", clerk, **guest | {"onsite": {"lead_person": head}})
    assert sample.submit(event, clerk) == ["应至少提前 1 个月"]
    sample.run("approve", event, "--yes", who=head)
    sample.run("approve", event, "--yes", who=leader)
    assert "党政办公室（外事）" in sample.refused("approve", event, "person-bing")
    assert sample.run("approve", event, "--yes", who="person-gui").code == 0


# --- which forms count -------------------------------------------------------------------------

OVERLAY = "schemas/event.overlay.json"
NO_FEE = {"properties": {"lecture_fee": None}}


def commit_overlay(college: College, patch: object, who: str) -> None:
    """Commit an overlay with plain git, signed by somebody."""
    (college.root / OVERLAY).write_text(json.dumps(patch), "utf-8")
    key = college.root / ".git/jzy/demo-keys" / who
    college.git("add", OVERLAY)
    signed = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}", "commit", "-q", "-S")
    college.git(*signed, "-m", "修改表格")


def test_verify_goes_by_the_forms_that_are_committed(found: Callable[[str], College]) -> None:
    college = found("yi")
    own = {"room_booking": "BG0012", "lecture_fee": 500}
    event = college.new("event", **lecture("unit-shangxue", **own))
    college.submit(event)
    college.prove(1)
    path = college.root / OVERLAY
    mine = path.read_text("utf-8")
    path.write_text(json.dumps(NO_FEE | {"x-jzy-columns": []}), "utf-8")
    (college.root / ".git/info").mkdir(exist_ok=True)
    (college.root / ".git/info/exclude").write_text("person.*\n")
    # Hidden from git's status: a schema by which people would lie elsewhere.
    schema = json.loads((shipped("schemas") / "person.schema.json").read_text("utf-8"))
    hidden = college.root / "schemas/person.schema.json"
    hidden.write_text(json.dumps(schema | {"x-jzy-folder": "staff"}), "utf-8")
    said = json.loads(college.run("verify", "--json").out)
    assert (said["ok"], said["unsaved"]) == (True, [OVERLAY])
    hidden.unlink()
    # Committed they count, and what was found out by the earlier ones is not believed any more.
    commit_overlay(college, NO_FEE, REGISTRAR)
    ran = college.run("verify")
    assert (ran.code, event in ran.out) == (1, True)
    commit_overlay(college, json.loads(mine), REGISTRAR)
    college.prove(1)


def test_a_server_goes_by_the_forms_that_come_with_a_push_and_takes_them_from_registrars_alone(
    found: Callable[[str], College], tmp_path: Path
) -> None:
    college, server = found("yi"), tmp_path / "server.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(server)], check=True)
    root = college.git("config", "jzy.root").strip()
    assert college.run("hook", "install", str(server), "--root", root).code == 0

    def push() -> tuple[int, str]:
        command = ["git", "push", "-q", str(server), "main"]
        done = subprocess.run(command, cwd=college.root, capture_output=True, check=False)
        return done.returncode, done.stderr.decode()

    own = {"room_booking": "BG0012", "lecture_fee": 500}
    college.new("event", **lecture("unit-shangxue", **own))
    assert push()[0] == 0
    before = college.git("rev-parse", "HEAD").strip()
    mine = json.loads((college.root / OVERLAY).read_text("utf-8"))
    for patch, who, why in (
        (mine | {"title": "讲坛"}, CLERK, "不是登记管理员"),
        ({"properties": "{"}, REGISTRAR, "event.overlay.json"),
    ):
        commit_overlay(college, patch, who)
        code, said = push()
        assert (code, why in said) == (1, True), said
        college.git("reset", "-q", "--hard", before)
    commit_overlay(college, mine | {"title": "讲坛"}, REGISTRAR)
    assert push()[0] == 0


# --- lead times, to the minute ------------------------------------------------------------------

MINUTE = timedelta(minutes=1)
GUEST = {"speakers": [FOREIGNER]}


@pytest.mark.parametrize(
    ("name", "workflow", "more", "latest"),
    [
        # 1, 2 and 5 May 2098 are free and 4 May, a Sunday, is not: so this college's calendar says.
        ("jia", "workflow-event", {"starts": "2098-05-08T14:30:00+08:00"}, "2098-04-29T23:59"),
        ("jia", "workflow-event", GUEST, "2098-03-20T23:59"),
        ("yi", "workflow-event", {}, "2098-05-17T14:30"),
        ("yi", "workflow-event", {"event_type": "论坛"}, "2098-05-10T23:59"),
        ("bing", "workflow-event", {}, "2098-05-13T23:59"),
        ("bing", "workflow-event-students", {}, "2098-05-17T23:59"),
        ("ding", "workflow-event", {}, "2098-05-15T23:59"),
        ("ding", "workflow-event", {"scope": "面向社会"}, "2098-05-06T23:59"),
        ("ding", "workflow-event", GUEST, "2098-04-20T23:59"),
        ("ding", "workflow-publicity", {"planned_on": "2098-05-20T18:00:00+08:00"}, "2098-05-20T14:00"),
        ("wu", "workflow-event", {}, "2098-05-19T14:30"),
    ],
)  # fmt: skip
def test_the_last_minute_at_which_a_lead_time_is_kept(
    name: str, workflow: str, more: dict[str, Any], latest: str
) -> None:
    register = registered(name)
    flow = register.get(workflow)
    assert flow is not None
    data = {"starts": "2098-05-20T14:30:00+08:00", "speakers": [LECTURER], **more}
    record = Record("event", "evt-20980520-aaaa", "", data, "")

    def missed(moment: datetime) -> list[str]:
        return shortfalls(register, WorkCalendar(register), Workflow.of(flow), record, moment)

    last = datetime.fromisoformat(latest).replace(tzinfo=register.time_zone)
    assert missed(last) == []
    assert len(missed(last + MINUTE)) == 1


# --- the table ----------------------------------------------------------------------------------


def registered(name: str) -> Register:
    """The records of a college as they lie here."""
    kinds = load_kinds(search_path(HERE / name, "schemas"))
    return Register(kinds, load(HERE / name, kinds).records)


@dataclass(frozen=True)
class Ways:
    """What the records of a college say, by which the table is judged."""

    register: Register
    overlays: Mapping[str, Any]

    @classmethod
    def of(cls, name: str) -> Ways:
        """Read a college."""
        folder = HERE / name / "schemas"
        files = folder.glob("*.overlay.json") if folder.is_dir() else ()
        return cls(
            registered(name), {path.name: json.loads(path.read_text("utf-8")) for path in files}
        )

    @property
    def flows(self) -> list[Mapping[str, Any]]:
        return [record.data for record in self.register.of("workflow")]

    @property
    def stages(self) -> list[Mapping[str, Any]]:
        return [stage for flow in self.flows for stage in flow["stages"]]

    def flows_for(self, kind: str) -> list[Mapping[str, Any]]:
        return [flow for flow in self.flows if kind in flow["applies_to"]["kinds"]]

    def stage_if(self, words: str) -> bool:
        return any(words in stage.get("condition", "") for stage in self.stages)

    def lead(self, unit: str, words: str = "") -> bool:
        times = [time for flow in self.flows for time in flow.get("lead_times", ())]
        return any(t["unit"] == unit and words in t.get("condition", "") for t in times)

    def several(self, require: str) -> bool:
        return any(s["require"] == require and len(s["signers"]) > 1 for s in self.stages)

    @property
    def fields(self) -> set[str]:
        known = load_kinds([shipped("schemas")])["event"].properties
        return set(self.register.kinds["event"].properties) - set(known)

    @property
    def leader_first(self) -> bool:
        """A stage of a leader comes before the last one of the competent unit's own."""
        office = self.register.institution["competent_unit"]
        leaders = {
            key
            for key, title in self.register.posts.items()
            if re.search("领导|书记|院长|校长", title)
        }
        for flow in self.flows_for("event"):
            own = [
                (line.get("post") in leaders, line.get("unit"))
                for stage in flow["stages"] if stage["action"] == "approve"
                for line in stage["signers"]
            ]  # fmt: skip
            if (True, office) in own and (False, office) in own[own.index((True, office)) :]:
                return True
        return False

    @property
    def unit_twice(self) -> bool:
        named = [
            [{line.get("unit") for line in stage["signers"]} - {None} for stage in flow["stages"]]
            for flow in self.flows
        ]
        return any(a & b for units in named for i, a in enumerate(units) for b in units[i + 1 :])

    def changes(self, meaning: str) -> bool:
        said = [flow["changes"] for flow in self.flows_for("event")]
        return any(meaning in one or one.get("otherwise") == meaning for one in said)


SAMPLE = Register(
    load_kinds([shipped("schemas")]),
    load(shipped("records").parent, load_kinds([shipped("schemas")])).records,
)
FEATURES: Mapping[str, Callable[[Ways], bool]] = {
    "a stage only with a speaker from abroad": lambda w: w.stage_if("overseas"),
    "a stage only above a number of people": lambda w: w.stage_if("headcount"),
    "a stage only for some kinds of event": lambda w: w.stage_if("event_type"),
    "a stage of several units, all must sign": lambda w: w.several("all"),
    "a stage where any of several may sign": lambda w: w.several("any"),
    "a leader before the competent unit": lambda w: w.leader_first,
    "the same unit twice in a chain": lambda w: w.unit_twice,
    "a stage that takes note and does not approve": lambda w: any(s["action"] == "note" for s in w.stages),
    "a chain of its own for students' events": lambda w: any(
        "学生" in flow["applies_to"].get("condition", "") for flow in w.flows_for("event")
    ),
    "a lead time in hours": lambda w: w.lead("hours"),
    "a lead time in days": lambda w: w.lead("days"),
    "a lead time in working days": lambda w: w.lead("working_days"),
    "a lead time in weeks": lambda w: w.lead("weeks"),
    "a longer lead time, in months, with a speaker from abroad": lambda w: w.lead("months", "overseas"),
    "every change asks for approval again": lambda w: any(
        flow["changes"] == {"otherwise": "reapprove"} for flow in w.flows_for("event")
    ),
    "some changes ask for consent": lambda w: w.changes("consent"),
    "consent by another stage than the last": lambda w: any("by" in f["changes"] for f in w.flows),
    "some changes need only be told": lambda w: w.changes("notify"),
    "two more fields in a form": lambda w: len(w.fields) == 2,
    "a field of its own in a condition": lambda w: any(w.stage_if(name) for name in w.fields),
    "a form without a field that ships with jzy": lambda w: any(
        None in one.get("properties", {}).values() for one in w.overlays.values()
    ),
    "a check switched off, or with another number": lambda w: any(
        "x-jzy-checks" in one for one in w.overlays.values()
    ),
    "posts of its own": lambda w: not set(w.register.posts) <= set(SAMPLE.posts),
    "another competent unit": lambda w: w.register.institution["competent_unit"]
    != SAMPLE.institution["competent_unit"],
    "no consent of a speaker's employer": lambda w: not any(
        "employer_consent" in p["check"] for flow in w.flows for p in flow.get("preconditions", ())
    ),
    "one person may sign two stages running": lambda w: any(
        flow.get("consecutive") == "allow" for flow in w.flows
    ),
    "groups are registered by approval": lambda w: bool(w.flows_for("group")),
    "policies go through a chain": lambda w: bool(w.flows_for("policy")),
    "publicity goes through a chain": lambda w: bool(w.flows_for("publicity")),
}  # fmt: skip


def test_the_table_says_what_the_records_say() -> None:
    text = (HERE / "README.md").read_text("utf-8")
    table = text.partition("What each shows")[2]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()
            if line.startswith("|")]  # fmt: skip
    assert tuple(rows[0][1:]) == NAMES
    told = {row[0]: tuple(cell == "yes" for cell in row[1:]) for row in rows[2:]}
    ways = [Ways.of(name) for name in NAMES]
    assert told == {words: tuple(map(shows, ways)) for words, shows in FEATURES.items()}
    assert all(any(where) for where in told.values())


@pytest.mark.parametrize("name", NAMES)
def test_every_record_says_that_it_is_made_up(name: str) -> None:
    register = registered(name)
    assert {record.id for record in register if record.data.get("synthetic") is not True} == set()
    assert str(register.institution["name"]).startswith("示例")
