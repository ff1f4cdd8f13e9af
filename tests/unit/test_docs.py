"""The documentation says what the code does."""

from pathlib import Path

from jzy.model.findings import RuleText
from jzy.office.validate import rule_texts
from jzy.render.handbook import rules_page
from jzy.store.schemas import load_kinds

ROOT = Path(__file__).parents[2]
KINDS = load_kinds([ROOT / "schemas"])


def test_the_page_of_rules_is_that_of_the_rules() -> None:
    """After a change of a rule: ``make docs``."""
    assert (ROOT / "docs/rules.md").read_text("utf-8") == rules_page(rule_texts(KINDS))


def test_an_offices_own_checks_come_last_and_cannot_steer_a_terminal() -> None:
    own = RuleText("AB101", "标题\x1b[2J", "第一行\n# 第二行", "请改正。", kind="loan")
    page = rules_page({"AB101": own, "JZY701": rule_texts(KINDS)["JZY701"]})
    assert page.index("## 报告") < page.index("## 本单位的检查（AB）")
    assert "### AB101 标题\\x1b[2J（错误）" in page
    assert "第一行\\n# 第二行（类别：`loan`）" in page
