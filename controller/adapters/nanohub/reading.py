"""Stored status reports, read back from the server."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import httpx

from controller.adapters.nanohub.client import Client
from controller.domain.reports import Report
from controller.ports import Unavailable

#: What the server's storages say where there is no report of that number; the status is 500.
_NONE = ("key not found", "out of range", "no rows", "report not found")


async def read_reports(
    client: Client, enrollment: str, after: str, now: Callable[[], datetime]
) -> list[Report]:
    """The reports after the one with id *after*, oldest first.

    Where *after* is empty, or not stored any more: from the newest full one on. The newest has index 0, so
    indexes shift when one comes in meanwhile; ids do not.
    """
    newest_first: dict[str, Report] = {}
    index = 0
    while (answer := await client.report(quote(enrollment, safe=""), index, _NONE)) is not None:
        report = parse_report(answer, now)
        if _trace(report.id) == _trace(after):
            return list(reversed(newest_first.values()))
        if index == 0 and _number(report.id) == _number(after) + 1:
            # Most often there is one more; that costs no second request.
            return [report]
        newest_first.setdefault(_trace(report.id), report)
        if report.full and not after:
            break
        index += 1
    return _from_full(list(newest_first.values()))


def _trace(id: str) -> str:  # noqa: A002
    """What the server calls a report by; its number among all comes before that."""
    return id.rpartition(" ")[2]


def _number(id: str) -> int:  # noqa: A002
    """The number of a report among all of a device's; far below 0 where that is not known."""
    number = id.rpartition(" ")[0]
    return int(number) if number.isdecimal() else -9


def _from_full(newest_first: list[Report]) -> list[Report]:
    full = next((i for i, report in enumerate(newest_first) if report.full), len(newest_first))
    return list(reversed(newest_first[: full + 1]))


def parse_report(answer: httpx.Response, now: Callable[[], datetime]) -> Report:
    """Translate one stored report. What is no report of Apple's form says nothing but that the device spoke.

    Without a date it was received now. `Unavailable` where the answer is not a stored report at all.
    """
    found = answer.headers.get("X-Status-Report-Id", "")
    if not found:
        url, text = answer.request.url.path, answer.text[:200]
        raise Unavailable(f"the MDM answered to GET {url}: {text}; expected the header X-Status-Report-Id")
    document = _object(answer.content)
    items = document.get("StatusItems")
    received = (
        parsedate_to_datetime(answer.headers["Last-Modified"]) if "Last-Modified" in answer.headers else now()
    )
    # On MySQL it is the index that was asked for, and so no two reports follow one another.
    number = answer.headers.get("X-Status-Report-Index", "")
    return Report(
        f"{number} {found}",
        received.astimezone(UTC),
        document.get("FullReport") is True and isinstance(items, Mapping),
        items if isinstance(items, Mapping) else {},
    )


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(content)
    except ValueError:
        return {}
    return document if isinstance(document, Mapping) else {}
