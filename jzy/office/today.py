"""The day as of which an office is judged."""

from __future__ import annotations

from datetime import date

from jzy.office.context import Office


def day_of_judgement(office: Office) -> date:
    """Today, or the day until which the records of a closed repository are kept."""
    today = office.now().date()
    until = office.register.institution.get("records_until")
    return min(today, date.fromisoformat(until)) if until else today
