"""The day as of which an office is judged."""

from __future__ import annotations

from datetime import date, datetime

from jzy.model.register import Register


def day_by(register: Register) -> date:
    """Today, or the day until which the records of a closed repository are kept.

    Args:
        register: whose institution's time zone and closing day count.
    """
    today = datetime.now(register.time_zone).date()
    until = register.institution.get("records_until")
    return min(today, date.fromisoformat(until)) if until else today
