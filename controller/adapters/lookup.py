"""Apple's software lookup service, or a mirror of it."""

import gzip
import json
import ssl
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx

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
                row.get("Build", ""),
                date.fromisoformat(row["PostingDate"]),
                date.fromisoformat(row["ExpirationDate"]) if row.get("ExpirationDate") else None,
                frozenset(row["SupportedDevices"]),
                # Written with brackets, too.
                row.get("ProductVersionExtra", "").strip("()"),
                row.get("PrerequisiteBuild", ""),
            )


def parse_history(content: bytes) -> list[tuple[datetime, Reading]]:
    """Read a recorded history, gzip or plain: the moment and the reading, the oldest first."""
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    document = json.loads(content)
    frames = Frames([frozenset(models) for models in document["deviceSets"]])
    made = [
        (datetime.fromisoformat(frame["observedAt"]), frames.read(frame["sections"]))
        for frame in document["frames"]
    ]
    return sorted(made, key=lambda one: one[0])


class Frames:
    """Reads the frames of one history, in which the same rows stand again and again."""

    def __init__(self, models: Sequence[frozenset[str]]) -> None:
        self._models = models
        self._version = cache(Version.parse)
        self._date = cache(date.fromisoformat)
        self._entries: dict[tuple[Any, ...], Entry] = {}

    def read(self, sections: Mapping[str, Any]) -> Reading:
        """One frame."""
        public = sections.get("PublicAssetSets", {})
        return Reading(
            frozenset(platform for platform, rows in public.items() if rows),
            tuple(self._section(public)),
            tuple(self._section(sections.get("AssetSets", {}))),
            tuple(entry for name in IMPROVEMENTS for entry in self._section(sections.get(name, {}))),
        )

    def _section(self, section: Mapping[str, Sequence[Sequence[Any]]]) -> Iterator[Entry]:
        for rows in section.values():
            for row in rows:
                known = self._entries.get(key := tuple(row))
                if known is None:
                    known = self._entries[key] = self._entry(*key)
                yield known

    def _entry(
        self, product: str, build: str, extra: str, prerequisite: str, posted: str, expires: str, index: int
    ) -> Entry:
        return Entry(
            self._version(product),
            build,
            self._date(posted),
            self._date(expires) if expires else None,
            self._models[index],
            extra.strip("()"),
            prerequisite,
        )
