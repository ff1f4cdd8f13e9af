"""Templates and conditions that came with a repository: what they may not reach, and that they end."""

from __future__ import annotations

import resource

import pytest

from tests.acceptance.conftest import Ran, Repo

SECONDS = 2.0
"""Of the machine's own time, program start included, whatever else it does meanwhile."""


def spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def stopped(repo: Repo, *arguments: str) -> Ran:
    """Run jzy, which must refuse in time and say where."""
    before = spent()
    ran = repo.run(*arguments)
    assert spent() - before < SECONDS
    assert ran.code == 1, ran.out[:500]
    assert "Traceback" not in ran.err
    assert "→" in ran.err
    return ran


def template(repo: Repo, body: str) -> None:
    folder = repo.root / "templates"
    folder.mkdir()
    (folder / "self-check.md.j2").write_text(f"# 题\n\n{body}\n", "utf-8")


@pytest.mark.parametrize(
    "body",
    [
        "{{ claim.__wrapped__.__globals__ }}", "{{ problems.__self__ }}", "{{ figure.__closure__ }}",
        "{{ claim('claim-no-incident').evidence.__class__.__mro__ }}",
        "{{ claim('claim-no-incident').state._tracer }}",
        "{{ claim('claim-no-incident', before=claim) }}",
        "{{ claim('claim-no-incident').parts[0].__init__ }}",
        "{% include '../records/institution.yaml' %}", "{% include '/etc/hostname' %}",
        "{% import 'os' as os %}", "{{ open('/etc/hostname') }}", "{{ records('../../etc') }}",
    ],
)  # fmt: skip
def test_reach_out_of_a_template_by_what_a_report_offers(demo: Repo, body: str) -> None:
    template(demo, body)
    assert "self-check.md.j2:3" in stopped(demo, "report").err


MULTIPLIED = "records('unit')" + "[].records('unit')" * 6
DOUBLED = "'ab' | join('', [@, @])" + " | join('', [@, @])" * 18
NESTED = "[@, @]" + " | [@, @]" * 60 + " | to_string(@)"


@pytest.mark.parametrize(
    "body",
    [
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        '{{ records("event", match="' + MULTIPLIED + '")|length }}',
        '{% for a in range(9999) %}{{ records("event", match="' + DOUBLED + '")|length }}{% endfor %}',
        '{{ records("event", match="' + NESTED + '")|length }}',
        "{% for a in range(9999) %}{{ records('event', match='records(_kind)[?_id == `1`]')|length }}{% endfor %}",
    ],
)  # fmt: skip
def test_compute_for_ever_by_a_template(demo: Repo, body: str) -> None:
    template(demo, body)
    assert "self-check.md.j2:3" in stopped(demo, "report").err


@pytest.mark.parametrize("condition", [MULTIPLIED, NESTED])
def test_compute_for_ever_by_a_claim_or_an_indicator(demo: Repo, condition: str) -> None:
    claim = demo.root / "records/claims/claim-no-incident.yaml"
    text = claim.read_text("utf-8")
    claim.write_text(text + f'when: "{condition}"\n', "utf-8")
    assert "claim-no-incident" in stopped(demo, "report").err
    claim.write_text(text, "utf-8")
    indicator = demo.root / "records/indicators/indicator-events-held.yaml"
    old = indicator.read_text("utf-8")
    indicator.write_text(
        old.replace("  kind: event\n", f'  kind: event\n  match: "{condition}"\n'), "utf-8"
    )
    assert "indicator-events-held" in stopped(demo, "report").err


def test_have_claims_ask_one_another_for_ever(demo: Repo) -> None:
    claim = demo.root / "records/claims/claim-no-incident.yaml"
    text = claim.read_text("utf-8")
    claim.write_text(text.replace("claim-events-approved", "claim-no-incident"), "utf-8")
    assert "又引用了自己" in stopped(demo, "report").err


def test_act_on_the_terminal_by_a_claim(demo: Repo) -> None:
    claim = demo.root / "records/claims/claim-no-incident.yaml"
    text = claim.read_text("utf-8")
    claim.write_text(text.replace("title: 没有违规情况", 'title: "没有\u202e违规"'), "utf-8")
    for arguments in (("report", "--explain"), ("report", "--strict"), ("validate",)):
        ran = demo.run(*arguments)
        assert not set(ran.out + ran.err) & {"\x1b", "\u202e"}
