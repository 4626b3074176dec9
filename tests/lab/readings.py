"""Answers in the exact shape of Apple's lookup service, composed from facts of the end of 2025.

Versions, builds, models and days of first posting are Apple's; what else happens is ours to play with.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from tests.lab.device import numbers

#: So long after something newer took its place Apple still signs a release.
SIGNED = timedelta(days=90)

NEW_MACS = ("J314sAP", "J413AP")
MACS = ("J132AP", *NEW_MACS)
NEW_PHONES = ("iPhone15,2", "iPhone17,1")
PHONES = ("iPhone11,2", *NEW_PHONES)
PADS = ("iPad13,1", "iPad16,3")
TV = ("AppleTV14,1", "AudioAccessory5,1")
VISION = ("RealityDevice14,1",)
WATCH = ("Watch7,1",)
MODELS = (*MACS, *PHONES, *PADS, *TV, *VISION, *WATCH)


@dataclass(frozen=True, slots=True)
class Release:
    """A build of a version for some models. *until*: the last day for those to which it is signed only."""

    version: str
    build: str
    posted: date
    models: tuple[str, ...]
    until: Mapping[str, date] = field(default_factory=dict)

    @property
    def age(self) -> tuple[tuple[int, ...], date]:
        """To compare by. A version may have two builds of one day, which Apple offers both."""
        return numbers(self.version), self.posted

    def is_followed_by(self, other: "Release") -> bool:
        """Does *other* take its place for the models that they share?"""
        return numbers(self.version)[0] == numbers(other.version)[0] and self.age < other.age

    def retired(self, models: Iterable[str], until: date) -> "Release":
        """The same; these models are not offered it any more."""
        gone = {model: until for model in models if model in self.models and model not in self.until}
        return replace(self, until={**self.until, **gone})

    def revived(self, models: Iterable[str]) -> "Release":
        """The same; these models are offered it again."""
        return replace(self, until={m: day for m, day in self.until.items() if m not in models})

    def is_signed(self, model: str, on: date) -> bool:
        """Can this model install it on that day?"""
        return model in self.models and self.until.get(model, on) >= on


@dataclass(frozen=True, slots=True)
class Improvement:
    """A background security improvement such as `(a)`, for devices that run just one build of a version."""

    version: str
    extra: str
    build: str
    prerequisite: str
    posted: date
    models: tuple[str, ...]

    @property
    def name(self) -> str:
        """How people call it, such as 26.2 (a)."""
        return f"{self.version} {self.extra}"


@dataclass(frozen=True, slots=True)
class World:
    """What Apple lists. Each verb gives another world."""

    releases: tuple[Release, ...] = ()
    shift: timedelta = timedelta()
    improvements: tuple[Improvement, ...] = ()

    def release(self, version: str, build: str, posted: date, models: Iterable[str]) -> "World":
        """Apple ships: what it follows in its major is no longer offered to these models."""
        new = Release(version, build, posted, tuple(models))
        older = (
            r.retired(new.models, posted + SIGNED) if r.is_followed_by(new) else r for r in self.releases
        )
        return replace(self, releases=(*older, new))

    def withdraw(self, version: str, models: Iterable[str], on: date) -> "World":
        """Apple takes it back from these models on that day.

        It stays signed for them as long as what is replaced does, and what it followed is offered again.
        """
        taken = set(models)
        bad = [r for r in self.releases if r.version == version and taken & {*r.models}]
        releases = [r.retired(taken, on + SIGNED) if r in bad else r for r in self.releases]
        for model in taken:
            older = [r for r in releases if model in r.models and any(r.is_followed_by(b) for b in bad)]
            last = max((r.age for r in older), default=None)
            releases = [r.revived({model}) if r in older and r.age == last else r for r in releases]
        return replace(self, releases=tuple(releases))

    def improve(self, version: str, extra: str, build: str, posted: date, models: Iterable[str]) -> "World":
        """Apple ships a background security improvement on top of the build that these models run."""
        listed = tuple(models)
        prerequisite = self.offered(listed[0])[version]
        new = Improvement(version, extra, build, prerequisite, posted, listed)
        return replace(self, improvements=(*self.improvements, new))

    def unsign(self, version: str) -> "World":
        """Apple signs it no more: it is listed nowhere."""
        return replace(self, releases=tuple(r for r in self.releases if r.version != version))

    def reposted(self, days: int) -> "World":
        """The same, posted again: every posting date is so many days later."""
        return replace(self, shift=self.shift + timedelta(days=days))

    def shuffled(self, seed: int) -> "World":
        """The same in another order of everything."""
        chance = random.Random(seed)
        mixed = [replace(r, models=tuple(chance.sample(r.models, len(r.models)))) for r in self.releases]
        return replace(self, releases=tuple(chance.sample(mixed, len(mixed))))

    def offered(self, model: str, on: date = date.min) -> dict[str, str]:
        """The build of every version that this model can install on that day; by default, ever could.

        A background security improvement is among them under its name.
        """
        found = [r for r in self.releases if r.is_signed(model, on)]
        releases = {r.version: r.build for r in sorted(found, key=lambda r: (r.posted, -len(r.build)))}
        return releases | {i.name: i.build for i in self.improvements if model in i.models}

    def answer(self, today: date) -> dict[str, Any]:
        """The service's answer on that day."""
        rolling = today + SIGNED
        public: dict[str, list[dict[str, Any]]] = defaultdict(list)
        signed: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for release in self.releases:
            key = _platform_key(release.models[0])
            for until, models in _by_last_day(release).items():
                entry = self._entry(release, until or rolling, models)
                if until is None:
                    public[key].append(entry)
                if until is None or until >= today:
                    signed[key].append(entry)
        improving: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for improvement in self.improvements:
            extra = {
                "ProductVersionExtra": improvement.extra,
                "PrerequisiteBuild": improvement.prerequisite,
            }
            entry = self._entry(improvement, rolling, list(improvement.models)) | extra
            improving[_platform_key(improvement.models[0])].append(entry)
        return {
            "PublicAssetSets": dict(public),
            "AssetSets": dict(signed),
            "PublicBackgroundSecurityImprovements": dict(improving),
        }

    def _entry(self, release: Release | Improvement, expires: date, models: list[str]) -> dict[str, Any]:
        return {
            "ProductVersion": release.version,
            "Build": release.build,
            "PostingDate": (release.posted + self.shift).isoformat(),
            "ExpirationDate": expires.isoformat(),
            "SupportedDevices": models,
        }


def _by_last_day(release: Release) -> dict[date | None, list[str]]:
    """The models of a release by the last day on which they can install it; None: it is offered."""
    days: dict[date | None, list[str]] = defaultdict(list)
    for model in release.models:
        days[release.until.get(model)].append(model)
    return days


def _platform_key(model: str) -> str:
    """Where the service files a model: television, watch and loudspeaker stand under iOS, too."""
    if model.startswith("RealityDevice"):
        return "visionOS"
    return "macOS" if model.endswith("AP") or model.startswith("Mac-") else "iOS"


def _world() -> World:
    world = World()
    for version, build, posted, models in _RELEASES:
        world = world.release(version, build, date.fromisoformat(posted), models)
    return world


_RELEASES = (
    ("11.7.10", "20G1427", "2024-03-25", ("J132AP",)),
    ("12.7.6", "21H1320", "2024-07-29", MACS),
    ("11.6.1", "22U90", "2025-08-14", WATCH),
    ("13.7.8", "22H730", "2025-08-20", MACS),
    ("26.0", "25A354", "2025-09-15", NEW_MACS),
    ("26.0", "23A341", "2025-09-15", (*NEW_PHONES, *PADS)),
    ("14.8.1", "23J30", "2025-09-29", MACS),
    ("15.7.1", "24G231", "2025-09-29", MACS),
    ("18.7.1", "22H31", "2025-09-29", (*PHONES, *PADS)),
    ("26.0.1", "23A355", "2025-09-29", (*NEW_PHONES, *PADS)),
    ("26.0.1", "25A362", "2025-09-29", NEW_MACS),
    ("26.0.1", "23J362", "2025-09-29", TV),
    ("26.0.1", "23M341", "2025-09-29", VISION),
    ("26.0.2", "23R362", "2025-09-29", WATCH),
    ("14.8.2", "23J126", "2025-11-03", MACS),
    ("15.7.2", "24G325", "2025-11-03", MACS),
    ("26.1", "23B85", "2025-11-03", (*NEW_PHONES, *PADS)),
    ("26.1", "25B78", "2025-11-03", NEW_MACS),
    ("26.1", "23J582", "2025-11-03", TV),
    ("26.1", "23N49", "2025-11-03", VISION),
    ("26.1", "23S37", "2025-11-03", WATCH),
    ("18.7.2", "22H124", "2025-11-05", (*PHONES, *PADS)),
    ("14.8.3", "23J220", "2025-12-12", MACS),
    ("15.7.3", "24G419", "2025-12-12", MACS),
    ("18.7.3", "22H217", "2025-12-12", ("iPhone11,2", *PADS)),
    ("26.2", "23C55", "2025-12-12", (*NEW_PHONES, *PADS)),
    ("26.2", "23C6055", "2025-12-12", (*NEW_PHONES, *PADS)),
    ("26.2", "25C56", "2025-12-12", NEW_MACS),
    ("26.2", "23K54", "2025-12-12", TV),
    ("26.2", "23N301", "2025-12-12", VISION),
    ("26.2", "23S303", "2025-12-12", WATCH),
)

WORLD = _world()
