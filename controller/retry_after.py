"""For how long a server asks to be left alone: the header `Retry-After`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def asked_to_wait(headers: Mapping[str, str], now: datetime) -> float:
    """So many seconds, or until a date on the server's own clock; 0 where it is neither."""
    asked = headers.get("Retry-After", "")
    if asked.isdecimal():
        return float(asked)
    until = _date(asked)
    if until is None:
        return 0.0
    said = _date(headers.get("Date", "")) or now
    return max(0.0, (until - said).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
