"""The day as of which an office is judged."""

from __future__ import annotations

from datetime import date, datetime

from jzy.model.register import Register
from jzy.office.context import Office


def day_of_judgement(office: Office) -> date:
    """Today, or the day until which the records of a closed repository are kept."""
    return day_by(office.register)


def day_by(register: Register) -> date:
    """The same, by the institution of a register."""
    today = datetime.now(register.time_zone).date()
    until = register.institution.get("records_until")
    return min(today, date.fromisoformat(until)) if until else today
