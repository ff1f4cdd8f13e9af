"""Templates are not trusted: what they may not reach, and that they come to an end."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest

from jzy.model.errors import JzyError
from jzy.render.budget import Limits
from jzy.render.templates import render_text
from jzy.render.trace import Figure, RecordView

from .conftest import Run, record

NEST = (
    "{% set ns = namespace(x=(1,), y=(1,)) %}{% for i in range(60) %}"
    "{% set ns.x = (ns.x, ns.x) %}{% set ns.y = (ns.y, ns.y) %}{% endfor %}"
)
GROW = "{% set ns = namespace(x='aaaa', l=[1]) %}{% for i in range(99) %}"
EASY = "{% for i in range(9999) %}{% for j in range(9999) %}"
ENDLESS = {
    "loops": EASY + "{% endfor %}{% endfor %}",
    "loops that print": EASY + "十个字十个字十个字。{% endfor %}{% endfor %}",
    "loops over nothing": EASY.replace("(9999) %}{%", "(9999) %}{%", 1)
    + "{% for k in range(9999) if false %}{% endfor %}{% endfor %}{% endfor %}",
    "sums": "{% for i in range(9999) %}{{ range(9999)|sum }}{% endfor %}",
    "searches": "{% for i in range(9999) %}{{ 1 if -1 in range(9999)|list else 2 }}{% endfor %}",
    "macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "macro that forks": (
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}"
    ),
    "include of itself": "{% include 'try.md.j2' %}",
    "import of itself": "{% import 'try.md.j2' as x %}",
    "extends itself": "{% extends 'try.md.j2' %}",
    "text that doubles": GROW + "{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "text added to itself": GROW + "{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "block that doubles": GROW
    + "{% set y %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = y %}{% endfor %}",
    "list that doubles": GROW + "{% set ns.l = ns.l + ns.l %}{% endfor %}",
    "copies": "{% for i in range(9999) %}{% set y = [big[1:], big[1:], big[1:]] %}{% endfor %}",
    "power": "{{ 10 ** 10 ** 9 }}",
    "power at compile time": "{% if 10 ** 10 ** 9 %}{% endif %}",
    "repetition": "{{ 'a' * 10000000000 }}",
    "repeated list": "{{ [1] * 10000000000 }}",
    "wide number": "{{ '%9999999999d' % 1 }}",
    "wide number as a test": "{{ 1 if '%9999999999d' is even else 2 }}",
    "wide format": "{{ '{:>9999999999}'.format(1) }}",
    "wide format filter": "{{ '%9999999999d'|format(1) }}",
    "padding": "{{ 'a'.ljust(10000000000) }}",
    "centring": "{{ 'a'|center(10000000000) }}",
    "lipsum": "{{ lipsum(100000) }}",
    "wide date": "{{ day.strftime('%9999999999d') }}",
    "nested compared": NEST + "{{ 1 if ns.x == ns.y else 2 }}",
    "nested searched": NEST + "{{ 1 if ns.x in [ns.y] else 2 }}",
    "nested as a key": NEST + "{{ {'a': 1}[ns.x] }}",
    "nested in a dictionary": NEST + "{{ {ns.x: 1}|length }}",
    "nested unique": NEST + "{{ [ns.x]|unique|length }}",
    "nested as text": NEST + "{{ ns.x|string }}",
    "nested upper": NEST + "{{ ns.x|upper }}",
    "nested joined": NEST + "{{ [ns.x]|join }}",
    "nested printed": NEST + "{{ ns.x }}",
    "nested changed": NEST + "{% for i in [0] %}{{ loop.changed(ns.x) }}{% endfor %}",
    "nested handed over": NEST + "{{ host(ns.x) }}",
    "nested selected": NEST + "{{ [ns.x]|select('eq', ns.y)|list|length }}",
    "brackets": "{{ " + "(" * 9999 + "1" + ")" * 9999 + " }}",
    "dots": "{{ a" + ".b" * 20000 + " }}",
    "sums in a row": "{{ " + "1+" * 20000 + "1 }}",
    "digits": "{{ " + "9" * 60000 + " }}",
    "long file": "a" * 70000,
}


def host(value: object) -> int:
    return len(str(value))


@pytest.mark.parametrize("name", ENDLESS)
def test_what_has_no_end_is_stopped(run: Run, name: str) -> None:
    started = time.process_time()
    with pytest.raises(JzyError) as stopped:
        run(ENDLESS[name], big="字" * 150_000, host=host, day=date(2021, 4, 16))
    assert time.process_time() - started < 2
    assert stopped.value.where.startswith("templates/try.md.j2")
    assert stopped.value.what


REACHING = [
    "{{ ''.__class__.__mro__ }}",
    "{{ ''['__class__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ host.__globals__ }}",
    "{{ people.__class__ }}",
    "{{ people._tracer }}",
    "{{ people.records[0].__class__ }}",
    "{{ view._data }}",
    "{{ self.__init__.__globals__ }}",
    "{{ range.__self__ }}",
    "{{ namespace.mro() }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ ['']|map(attribute='__class__')|list|first|string }}",
    "{% for x in [1] %}{{ loop._iterator }}{% endfor %}",
    "{{ (1).bit_length() }}",
    "{{ open('/etc/passwd') }}",
    "{% include '/etc/passwd' %}",
    "{% include '../secret.j2' %}",
    "{% include 'a/../../secret.j2' %}",
    "{% include '..\\\\secret.j2' %}",
    "{% include 'link.j2' %}",
    "{% include ['/etc/passwd', 'try.md.j2'] ignore missing %}",
    "{% include '' %}",
    "{% include 'C:secret.j2' %}",
    "{{ '\U0010f000\U0010f010\U0010f001' }}",
]


@pytest.mark.parametrize("source", REACHING)
def test_nothing_beyond_the_list_is_reached(
    run: Run, tmp_path: Path, people: Figure, source: str
) -> None:
    (tmp_path / "secret.j2").write_text("秘密", "utf-8")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "link.j2").symlink_to(tmp_path / "secret.j2")
    view = RecordView(record(1), {"a": 1})
    with pytest.raises(JzyError) as refused:
        run(source, host=host, people=people, view=view)
    assert refused.value.where == "templates/try.md.j2:1"
    assert "秘密" not in refused.value.what


@pytest.mark.parametrize(
    ("source", "line", "named"),
    [
        ("甲\n乙\n{{ nix }}", 3, "nix"),
        ("{{ view.nix }}", 1, "nix"),
        ("\n{% if nix > 3 %}{% endif %}", 2, "nix"),
        ("{{ nix ~ '甲' }}", 1, "nix"),
        ("{{ nix|upper }}", 1, "nix"),
        ("{{ host(nix) }}", 1, "nix"),
        ("{{ view.a.b.c }}", 1, "b"),
        ("\n\n{{ none }}", 3, "空值"),
        ("{{ [1] }}", 1, "列表"),
        ("{{ true }}", 1, "bool"),
        ("{{ 1.5 }}", 1, "float"),
        ("{{ 1 / 2 }}", 1, "/"),
        ("\n{% if %}", 2, "语法"),
        ("{{ 1|nix }}", 1, "nix"),
        ("{{ host(1, 2) }}", 1, "host"),
        ("\n{{ fails() }}", 2, "没有这个指标"),
    ],
)
def test_a_mistake_names_file_and_line(run: Run, source: str, line: int, named: str) -> None:
    def fails() -> None:
        raise JzyError("没有这个指标")

    with pytest.raises(JzyError) as told:
        run(source, view=RecordView(record(1), {"a": {"x": 1}}), host=host, fails=fails)
    assert told.value.where == f"templates/try.md.j2:{line}"
    assert named in told.value.what


def test_a_mistake_in_an_included_file_names_that_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "part.j2").write_text("\n{{ nix }}", "utf-8")
    with pytest.raises(JzyError) as told:
        run("{% include 'part.j2' %}")
    assert told.value.where == "templates/part.j2:2"


def test_a_fault_of_jzys_own_is_not_blamed_on_the_template(run: Run) -> None:
    def broken() -> None:
        raise KeyError("fault")

    with pytest.raises(KeyError, match="fault"):
        run("{{ broken() }}", broken=broken)


def test_the_clock_stands_still_while_figures_are_computed(tmp_path: Path) -> None:
    def slow() -> int:
        time.sleep(0.3)
        return 1

    (tmp_path / "a.j2").write_text("{{ slow() }}{{ slow() }}", "utf-8")
    assert render_text("a.j2", [tmp_path], {"slow": slow}, limits=Limits(seconds=0.2)) == "11"
    with pytest.raises(JzyError, match="计算模板所需的数据"):
        render_text("a.j2", [tmp_path], {"slow": slow}, limits=Limits(host_seconds=0.1))


def test_the_first_folder_wins(tmp_path: Path) -> None:
    for name in ("own", "shipped"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.j2").write_text(name, "utf-8")
    (tmp_path / "shipped" / "b.j2").write_text("{% include 'a.j2' %}", "utf-8")
    assert render_text("b.j2", [tmp_path / "own", tmp_path / "shipped"], {}) == "own"


def test_a_missing_template_tells_which_there_are(tmp_path: Path) -> None:
    (tmp_path / "a.md.j2").write_text("", "utf-8")
    with pytest.raises(JzyError) as told:
        render_text("nix.md.j2", [tmp_path], {})
    assert "nix.md.j2" in told.value.what
    assert "a.md.j2" in told.value.advice


def test_ordinary_templates_still_work(run: Run) -> None:
    view = RecordView(record(1), {"items": [{"x": 3}, {"x": 1}], "name": "甲"})
    assert run(
        "{{ view['items']|sort(attribute='x')|map(attribute='x')|join('-') }}", view=view
    ) == ("1&#45;3")
    assert run("{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% endfor %}") == "a1"
    assert run("{{ 7 // 2 }},{{ 7 % 2 }},{{ -7 + 2 * 3 }}") == "3,1,-1"
    assert run("{{ '是' if 1 < 2 <= 2 and '甲' in '甲乙' else '否' }}") == "是"
    assert run("{% if false %}x{% endif %}{{ '甲' if false }}|") == "|"
    assert run("{{ 'abcdef'[1:3] }}{{ [3, 1, 3]|unique|sort|join }}") == "bc13"
