"""At a terminal: a clerk is asked for what is needed, an approver sees before signing."""

from __future__ import annotations

import os
import sys
import time

import pexpect
import pyte
import pytest

from jzy.model.display import width

from .conftest import CLERK, Repo


class Terminal:
    """jzy in a terminal of 80 columns, and what stands on its screen."""

    def __init__(self, repo: Repo, who: str, *args: str) -> None:
        self._screen = pyte.HistoryScreen(80, 40, history=1000)
        self._stream = pyte.ByteStream(self._screen)
        key = str(repo.root / ".git/jzy/demo-keys" / who)
        env = {**os.environ, "TERM": "xterm-256color", "JZY_SIGNING_KEY": key}
        self.child = pexpect.spawn(
            sys.executable, ["-m", "jzy", *args], cwd=str(repo.root), env=env, dimensions=(40, 80)
        )

    def until(self, words: str, seconds: float = 20) -> None:
        """Read until some words stand on the screen."""
        end = time.monotonic() + seconds
        while words not in self.text():
            if time.monotonic() > end:
                raise AssertionError(f"no {words!r} on the screen:\n{self.text()}")
            try:
                self._stream.feed(self.child.read_nonblocking(10_000, timeout=0.2))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                end = 0

    def text(self) -> str:
        """Everything shown so far."""
        rows = ["".join(row[x].data for x in range(80)) for row in self._screen.history.top]
        return "\n".join(line.rstrip() for line in [*rows, *self._screen.display])

    def answer(self, question: str, keys: str) -> None:
        """Wait for a question and type."""
        self.until(question)
        time.sleep(0.15)
        self.child.send(keys)

    def end(self) -> int:
        """Wait for the end and give the exit code."""
        self.child.expect(pexpect.EOF, timeout=20)
        self._stream.feed(self.child.before or b"")
        self.child.close()
        return int(self.child.exitstatus or 0)


def test_a_clerk_answers_questions_and_has_a_meeting_on_record(demo: Repo) -> None:
    terminal = Terminal(demo, CLERK, "meeting", "new")
    terminal.answer("名称", "协调会\r")
    terminal.answer("系列", "协调会\r")
    terminal.answer("所属期间", "春天\r")
    terminal.until("所属期间”的写法不对")
    terminal.answer("所属期间", "\x15\r")
    terminal.answer("召开日期", "2021-04-12\r")
    terminal.answer("地点", "会议室\r")
    terminal.answer("主持人", "\r")
    terminal.answer("填写“参会情况”吗", "n")
    terminal.answer("填写“议题”吗", "y")
    terminal.answer("议题 1", "工作安排\r")
    terminal.answer("再填一项“议题”吗", "n")
    terminal.until("下一步")
    assert terminal.end() == 0
    assert all(width(line) <= 80 for line in terminal.text().splitlines())
    (path,) = (demo.root / "records/meetings/2021").glob("mtg-20210412-*.yaml")
    assert "chair: person-chen" in path.read_text()
    assert demo.git("log", "-1", "--format=%an").strip() == "示例辰"


def test_an_approver_sees_the_form_and_what_changed_and_may_still_say_no(demo: Repo) -> None:
    event = demo.new_event()
    demo.run("submit", event, "--yes", who=CLERK)
    demo.run("return", event, "--yes", "-m", "请更换场地", who="person-ji")
    demo.run("event", "edit", event, "--set", "venue=礼堂", who=CLERK)
    demo.run("submit", event, "--yes", who=CLERK)
    before = demo.state()
    terminal = Terminal(demo, "person-ji", "approve", event)
    terminal.until("地点：图书馆报告厅 → 礼堂")
    terminal.answer("以示例己的名义同意吗", "n")
    assert terminal.end() == 1
    assert demo.state() == before
    terminal = Terminal(demo, "person-ji", "approve", event)
    terminal.answer("以示例己的名义同意吗", "y")
    terminal.until("等待信息技术系分管领导签批")
    assert terminal.end() == 0


def test_giving_up_writes_nothing(demo: Repo) -> None:
    before = demo.state()
    terminal = Terminal(demo, CLERK, "meeting", "new")
    terminal.answer("名称", "\x03")
    terminal.until("未完成的操作没有留下改动")
    assert terminal.end() == 130
    assert demo.state() == before


@pytest.mark.parametrize(
    "args", [["--help"], ["event", "new", "--help"], ["inbox"], ["event", "list"], ["explain"]]
)
def test_every_screen_fits(demo: Repo, args: list[str]) -> None:
    terminal = Terminal(demo, CLERK, *args)
    assert terminal.end() == 0
    assert all(width(line) <= 80 for line in terminal.text().splitlines())
