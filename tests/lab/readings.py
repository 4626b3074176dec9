"""Answers in the exact shape of Apple's lookup service, composed from facts of the end of 2025.

Releases, builds, models and days of first posting are Apple's; what is on offer is ours to play with.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from controller.domain.versions import Version, platform_of

#: Apple's answer lists releases for so many days after something newer took their place.
SIGNED_DAYS = 90

MACS = ("J314sAP", "J413AP")
OLD_MACS = ("J132AP", *MACS)
PHONES = ("iPhone15,2", "iPhone17,1")
PADS = ("iPad13,1", "iPad16,3")
OLD_PHONES = ("iPhone11,2",)
MODELS = (
    *OLD_MACS,
    *PHONES,
    *OLD_PHONES,
    *PADS,
    "AppleTV14,1",
    "AudioAccessory5,1",
    "RealityDevice14,1",
    "Watch7,1",
)

#: How the service files a platform.
_KEYS = {"macOS": "macOS", "visionOS": "visionOS"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A build of a version for some models. *until* is None while it is on offer, else its last day."""

    version: str
    build: str
    posted: date
    models: tuple[str, ...]
    until: date | None = None


@dataclass(frozen=True, slots=True)
class World:
    """What Apple lists. Each method gives another world."""

    listed: tuple[Listed, ...]
    shift: int = 0

    def release(self, version: str, build: str, posted: date, models: Iterable[str]) -> "World":
        """Apple ships: older versions of the same major leave the offer for these models."""
        wanted = tuple(models)
        major = Version.parse(version).major
        older: list[Listed] = []
        for row in self.listed:
            taken = tuple(m for m in row.models if m in wanted) if row.until is None else ()
            if not taken or Version.parse(row.version).major != major or row.version == version:
                older.append(row)
                continue
            older.append(replace(row, models=taken, until=posted + timedelta(days=SIGNED_DAYS)))
            left = tuple(m for m in row.models if m not in wanted)
            if left:
                older.append(replace(row, models=left))
        return replace(self, listed=(*older, Listed(version, build, posted, wanted)))

    def withdraw(self, version: str, models: Iterable[str], today: date) -> "World":
        """Apple takes it back from these models: off the offer, still signed; what it replaced is back."""
        taken = set(models)
        rows: list[Listed] = []
        for row in self.listed:
            gone = tuple(m for m in row.models if m in taken)
            if row.version != version or not gone:
                rows.append(row)
                continue
            left = tuple(m for m in row.models if m not in taken)
            rows += [replace(row, models=left)] if left else []
            rows.append(replace(row, models=gone, until=today + timedelta(days=SIGNED_DAYS)))
        return replace(self, listed=tuple(self._back(rows, version, taken)))

    def unsign(self, version: str) -> "World":
        """Apple signs it no more: it is listed nowhere."""
        return replace(self, listed=tuple(row for row in self.listed if row.version != version))

    def reposted(self, days: int) -> "World":
        """The same, posted again: every posting date so many days later."""
        return replace(self, shift=self.shift + days)

    def shuffled(self, seed: int) -> "World":
        """The same in another order."""
        rows = list(self.listed)
        random.Random(seed).shuffle(rows)
        return replace(self, listed=tuple(rows))

    def offered(self, model: str) -> Mapping[str, str]:
        """What this model can install, by version: the builds."""
        return {row.version: row.build for row in self.listed if model in row.models}

    def answer(self, today: date) -> dict[str, Any]:
        """The service's answer on that day."""
        public = [row for row in self.listed if row.until is None]
        signed = [row for row in self.listed if row.until is None or row.until >= today]
        return {
            "PublicAssetSets": self._section(public, today),
            "AssetSets": self._section(signed, today),
            "PublicBackgroundSecurityImprovements": {},
        }

    def _back(self, rows: list[Listed], version: str, models: set[str]) -> Iterable[Listed]:
        """Put the newest older release of the major on offer again, as Apple does."""
        major = Version.parse(version).major
        older = [
            Version.parse(r.version)
            for r in rows
            if models & set(r.models)
            and Version.parse(r.version).major == major
            and Version.parse(r.version) < Version.parse(version)
        ]
        for row in rows:
            back = older and Version.parse(row.version) == max(older) and models >= set(row.models)
            yield replace(row, until=None) if back else row

    def _section(self, rows: Iterable[Listed], today: date) -> dict[str, list[dict[str, Any]]]:
        section: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            platform = platform_of(row.models[0]) or "iOS"
            section[_KEYS.get(platform, "iOS")].append(
                {
                    "ProductVersion": row.version,
                    "Build": row.build,
                    "PostingDate": (row.posted + timedelta(days=self.shift)).isoformat(),
                    "ExpirationDate": (row.until or today + timedelta(days=SIGNED_DAYS)).isoformat(),
                    "SupportedDevices": list(row.models),
                }
            )
        return dict(section)


def _world() -> World:
    """The world after 2025-12-12."""
    world = World(())
    for version, build, posted, models in (
        ("11.7.10", "20G1427", "2024-03-25", ("J132AP",)),
        ("12.7.6", "21H1320", "2024-07-29", OLD_MACS),
        ("13.7.8", "22H730", "2025-08-20", OLD_MACS),
        ("11.6.1", "22U90", "2025-08-14", ("Watch7,1",)),
        ("14.8.1", "23J30", "2025-09-29", OLD_MACS),
        ("15.7.1", "24G231", "2025-09-29", OLD_MACS),
        ("18.7.1", "22H31", "2025-09-29", (*PHONES, *OLD_PHONES, *PADS)),
        ("26.0.1", "23A355", "2025-09-29", (*PHONES, *PADS)),
        ("26.0.1", "25A362", "2025-09-29", MACS),
        ("26.0.1", "23J362", "2025-09-29", ("AppleTV14,1", "AudioAccessory5,1")),
        ("26.0.1", "23M341", "2025-09-29", ("RealityDevice14,1",)),
        ("26.0.2", "23R362", "2025-09-29", ("Watch7,1",)),
        ("14.8.2", "23J126", "2025-11-03", OLD_MACS),
        ("15.7.2", "24G325", "2025-11-03", OLD_MACS),
        ("18.7.2", "22H124", "2025-11-05", (*PHONES, *OLD_PHONES, *PADS)),
        ("26.1", "23B85", "2025-11-03", (*PHONES, *PADS)),
        ("26.1", "25B78", "2025-11-03", MACS),
        ("26.1", "23J582", "2025-11-03", ("AppleTV14,1", "AudioAccessory5,1")),
        ("26.1", "23N49", "2025-11-03", ("RealityDevice14,1",)),
        ("26.1", "23S37", "2025-11-03", ("Watch7,1",)),
        ("14.8.3", "23J220", "2025-12-12", OLD_MACS),
        ("15.7.3", "24G419", "2025-12-12", OLD_MACS),
        ("18.7.3", "22H217", "2025-12-12", (*OLD_PHONES, *PADS)),
        ("26.2", "23C55", "2025-12-12", (*PHONES, *PADS)),
        ("26.2", "25C56", "2025-12-12", MACS),
        ("26.2", "23K54", "2025-12-12", ("AppleTV14,1", "AudioAccessory5,1")),
        ("26.2", "23N301", "2025-12-12", ("RealityDevice14,1",)),
        ("26.2", "23S303", "2025-12-12", ("Watch7,1",)),
    ):
        world = world.release(version, build, date.fromisoformat(posted), models)
    return replace(world, listed=tuple(_still_signed(row) for row in world.listed))


def _still_signed(row: Listed) -> Listed:
    """The lab's day is today, not the end of 2025: what was signed then still is."""
    return replace(row, until=row.until and date(9999, 12, 31))


WORLD = _world()
