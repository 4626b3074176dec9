"""Apple's software lookup service, or a mirror of it."""

import gzip
import json
import ssl
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec

from controller.domain.readings import Entry, Reading
from controller.domain.versions import Version
from controller.fetch import Limits, fetch
from controller.ports import Unavailable

#: Real answers have 38 to 206 KB; more than this is something else.
_LIMITS = Limits(size=8 * 2**20, seconds=120.0)

#: The section of background security improvements; Apple renamed it in October 2025.
IMPROVEMENTS = ("PublicBackgroundSecurityImprovements", "PublicRapidSecurityResponses")

_TIMEOUT = httpx.Timeout(30.0)


class LookupService:
    """Asks one URL. TLS must end at Apple's root, which no public store has, or at the given one."""

    def __init__(self, url: str, ca_file: Path | None = None) -> None:
        authority = (
            ca_file.read_text() if ca_file else (files("controller") / "data/AppleRootCA.pem").read_text()
        )
        self._url = url
        self._http = httpx.AsyncClient(
            verify=ssl.create_default_context(cadata=authority),
            timeout=_TIMEOUT,
            headers={"User-Agent": f"pomona/{version('pomona')}", "Accept": "application/json"},
        )

    async def read(self) -> Reading:
        """Ask once. `Unavailable` when no answer came or it is none of the service's form."""
        return parse_answer(await fetch(self._http, self._url, "the lookup service", _LIMITS))

    async def close(self) -> None:
        """Leave no connection open."""
        await self._http.aclose()


def parse_answer(body: bytes) -> Reading:
    """Read an answer as it came; `Unavailable` says what is wrong with it."""
    try:
        document = json.loads(body)
    except ValueError as error:
        raise Unavailable(f"the lookup service's answer is no JSON: {error}") from error
    return parse_reading(document)


def parse_reading(document: Any) -> Reading:
    """Translate one answer. Unknown keys are left alone: Apple adds and renames them unannounced."""
    try:
        public, signed = document["PublicAssetSets"], document["AssetSets"]
        return Reading(
            frozenset(platform for platform, rows in public.items() if rows),
            tuple(_entries(public)),
            tuple(_entries(signed)),
            tuple(entry for name in IMPROVEMENTS for entry in _entries(document.get(name, {}))),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        found = f"{type(error).__name__}: {error}"
        raise Unavailable(f"the lookup service's answer is not of its form: {found}") from error


def _entries(section: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Entry]:
    for rows in section.values():
        for row in rows:
            yield Entry(
                Version.parse(row["ProductVersion"]),
                _text(row.get("Build", "")),
                _posted(row["PostingDate"]),
                date.fromisoformat(row["ExpirationDate"]) if row.get("ExpirationDate") else None,
                frozenset(map(_text, row["SupportedDevices"])),
                # Written with brackets, too.
                _text(row.get("ProductVersionExtra", "")).strip("()"),
                _text(row.get("PrerequisiteBuild", "")),
            )


def _posted(text: str) -> date:
    """A day to which days can be added."""
    day = date.fromisoformat(text)
    if not 2000 <= day.year < 2100:
        raise ValueError(f"{text!r} is not a day of this century")
    return day


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"found {value!r}, expected text")
    return value


#: [ProductVersion, Build, ProductVersionExtra, PrerequisiteBuild, PostingDate, ExpirationDate, device set]
Row = tuple[str, str, str, str, str, str, Annotated[int, msgspec.Meta(ge=0)]]


class _Frame(msgspec.Struct, rename="camel"):
    observed_at: datetime
    sections: dict[str, dict[str, list[Row]]]


class _History(msgspec.Struct, rename="camel"):
    device_sets: list[frozenset[str]]
    frames: list[_Frame]


def parse_history(content: bytes) -> list[tuple[datetime, Reading]]:
    """Read a recorded history, gzip or plain: the moment and the reading, the oldest first.

    ValueError says what is wrong with it.
    """
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"it is cut short or damaged: {error}") from error
    history = msgspec.json.decode(content, type=_History)
    rows = _Rows(history.device_sets)
    made = [(_in_utc(frame.observed_at), rows.reading(frame.sections)) for frame in history.frames]
    return sorted(made, key=lambda one: one[0])


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class _Rows:
    """The rows of one history, each read once, however often it stands there."""

    def __init__(self, models: Sequence[frozenset[str]]) -> None:
        self._models = models
        self._version = cache(Version.parse)
        self._date = cache(date.fromisoformat)
        self._posted = cache(_posted)
        self._entries: dict[Row, Entry] = {}

    def reading(self, sections: Mapping[str, Mapping[str, Sequence[Row]]]) -> Reading:
        """One frame."""
        public = sections.get("PublicAssetSets", {})
        return Reading(
            frozenset(platform for platform, rows in public.items() if rows),
            tuple(self._read(public)),
            tuple(self._read(sections.get("AssetSets", {}))),
            tuple(entry for name in IMPROVEMENTS for entry in self._read(sections.get(name, {}))),
        )

    def _read(self, section: Mapping[str, Sequence[Row]]) -> Iterator[Entry]:
        for rows in section.values():
            for row in rows:
                known = self._entries.get(row)
                if known is None:
                    known = self._entries[row] = self._entry(row)
                yield known

    def _entry(self, row: Row) -> Entry:
        product, build, extra, prerequisite, posted, expires, index = row
        if index >= len(self._models):
            raise ValueError(f"there is no device set {index}")
        return Entry(
            self._version(product),
            build,
            self._posted(posted),
            self._date(expires) if expires else None,
            self._models[index],
            extra.strip("()"),
            prerequisite,
        )
