"""Stored status reports, read back from the server."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from controller.adapters.nanohub.client import Client
from controller.domain.reports import Report
from controller.ports import Unavailable

#: What the server's storages say where there is no report of that number; the status is 500.
_NONE = ("key not found", "out of range", "no rows", "index")


async def read_reports(
    client: Client, enrollment: str, after: str, now: Callable[[], datetime]
) -> list[Report]:
    """The reports after the one with id *after*, or from the newest full one on; oldest first.

    The newest has number 0, so numbers shift when one comes in meanwhile; ids do not.
    """
    newest_first: dict[str, Report] = {}
    index = 0
    while (report := await _read(client, enrollment, index, now)) is not None:
        if report.id == after:
            break
        newest_first.setdefault(report.id, report)
        if report.full:
            break
        index += 1
    return list(reversed(newest_first.values()))


async def _read(client: Client, enrollment: str, index: int, now: Callable[[], datetime]) -> Report | None:
    try:
        answer = await client.get(f"/ddm/status-report/{enrollment}", {"index": str(index)})
    except Unavailable as error:
        if _says(str(error), _NONE):
            return None
        raise
    return parse_report(answer, now)


def _says(text: str, signs: Iterable[str]) -> bool:
    return any(sign in text for sign in signs)


def parse_report(answer: httpx.Response, now: Callable[[], datetime]) -> Report:
    """Translate one stored report; `Unavailable` where it is none. Without a date it was received now."""
    try:
        document = json.loads(answer.content)
        items, full = document.get("StatusItems") or {}, document.get("FullReport") is True
    except (AttributeError, ValueError) as error:
        raise Unavailable(f"a stored status report is no JSON object: {error}") from error
    modified = answer.headers.get("Last-Modified")
    received = parsedate_to_datetime(modified) if modified else now()
    return Report(answer.headers["X-Status-Report-Id"], received.astimezone(UTC), full, items)
