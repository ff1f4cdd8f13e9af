"""The documentation says what the code does."""

from pathlib import Path

from jzy.office.validate import rule_texts
from jzy.render.handbook import rules_page

ROOT = Path(__file__).parents[2]


def test_the_page_of_rules_is_that_of_the_rules() -> None:
    """After a change of a rule: ``make docs``."""
    assert (ROOT / "docs/rules.md").read_text("utf-8") == rules_page(rule_texts())
