"""Durations as Go writes them: 90s, 10m, 1h30m."""

import re
from datetime import timedelta

_UNITS = {
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_PART = r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)"
_DURATION = re.compile(f"(?:{_PART})+")


def parse_duration(text: str) -> timedelta:
    """Read a duration; anything else is a ValueError that says so."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration such as 90s, 10m or 24h")
    return sum((float(number) * _UNITS[unit] for number, unit in re.findall(_PART, text)), timedelta())
