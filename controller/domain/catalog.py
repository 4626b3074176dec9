"""Every release that Apple ever listed, by model."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from controller.domain.majors import Majors
from controller.domain.readings import Entry, Reading
from controller.domain.releases import Improvement, Release
from controller.domain.versions import Platform, Version, platform_of


@dataclass(frozen=True)
class Shelf:
    """One model's part of the catalog: its releases, the oldest version first.

    *improvements* are the background security improvements on offer now.
    """

    releases: tuple[Release, ...]
    improvements: tuple[Improvement, ...] = ()

    @cached_property
    def _by_version(self) -> Mapping[Version, Release]:
        return {release.version: release for release in self.releases}

    def find(self, version: Version) -> Release | None:
        """The release of exactly this version."""
        return self._by_version.get(version)

    @cached_property
    def signed(self) -> bool:
        """Can a device be asked for any of it? Not where the last answer did not list the model at all."""
        return any(release.signed for release in self.releases)

    def lists(self, build: str) -> bool:
        """Was this build ever listed for the model?"""
        return any(release.lists(build) for release in self.releases)

    @property
    def newest(self) -> Version:
        """The highest version ever listed."""
        return self.releases[-1].version

    def signs(self, version: Version, build: str) -> bool:
        """Can a device still be asked for it: for just this build, or for any where *build* is empty?"""
        release = self.find(version)
        if release is None or not release.installable:
            return False
        return (
            build == ""
            or build in release.signed
            or any(i.build == build and i.version == version for i in self.improvements)
        )


@dataclass(frozen=True)
class Catalog:
    """The shelves, by model id in lower case. Compared as a value: dates that only moved do not differ."""

    shelves: Mapping[str, Shelf] = field(default_factory=dict)

    def shelf(self, model: str) -> Shelf | None:
        """The shelf of a model, in any case; None if it was never listed."""
        return self.shelves.get(model.lower())

    def alike(self, model: str) -> int:
        """A number for each kind of shelf: models with the same one have equal shelves. 0 without a shelf."""
        return self._kinds.get(model.lower(), 0)

    @cached_property
    def _kinds(self) -> Mapping[str, int]:
        numbers: dict[Shelf, int] = {}
        return {m: numbers.setdefault(shelf, len(numbers) + 1) for m, shelf in self.shelves.items()}

    def majors(self, platform: Platform) -> Majors:
        """The majors that any model of the platform was ever offered."""
        return self._majors.get(platform, Majors())

    @cached_property
    def _majors(self) -> Mapping[Platform, Majors]:
        began: dict[Platform, dict[int, date]] = defaultdict(dict)
        for model, shelf in self.shelves.items():
            platform = platform_of(model)
            if platform is None:
                continue
            for release in shelf.releases:
                first = began[platform].get(release.version.major, release.posted)
                began[platform][release.version.major] = min(first, release.posted)
        return {platform: Majors(tuple(sorted(days.items()))) for platform, days in began.items()}

    def public_pairs(self) -> int:
        """How many pairs of model and version are on offer."""
        return sum(bool(release.public) for shelf in self.shelves.values() for release in shelf.releases)

    def learn(self, reading: Reading, today: date) -> "Catalog":
        """The catalog after one more believed reading; what expired before *today* is not on offer.

        Source of the rules: two years of recorded answers; withdrawal flags exactly the two real ones there.
        """
        listed, improving = _by_model(reading), _improving(reading)
        same: dict[Release, Release] = {}
        shelves = {}
        for model in sorted(self.shelves.keys() | listed.keys()):
            known = self.shelves.get(model, Shelf(()))
            releases = tuple(_shelve(known, listed.get(model, {}), today))
            shelves[model] = Shelf(
                tuple(same.setdefault(r, r) for r in releases),
                tuple(_improve(known, improving.get(model, ()), today)),
            )
        return Catalog(shelves)


@dataclass(slots=True)
class _Listed:
    """What one reading says of one version for one model."""

    public: list[Entry] = field(default_factory=list)
    signed: list[Entry] = field(default_factory=list)


def _by_model(reading: Reading) -> dict[str, dict[Version, _Listed]]:
    listed: dict[str, dict[Version, _Listed]] = defaultdict(lambda: defaultdict(_Listed))
    for entry in reading.public:
        for model in entry.models:
            listed[model.lower()][entry.version].public.append(entry)
    for entry in reading.signed:
        for model in entry.models:
            listed[model.lower()][entry.version].signed.append(entry)
    return listed


def _improving(reading: Reading) -> dict[str, list[Entry]]:
    improving: dict[str, list[Entry]] = defaultdict(list)
    for entry in reading.improvements:
        for model in entry.models:
            improving[model.lower()].append(entry)
    return improving


def _improve(known: Shelf, listed: Iterable[Entry], today: date) -> Iterable[Improvement]:
    """One model's background security improvements after the reading, each as old as its first posting."""
    first = {improvement.build: improvement.posted for improvement in known.improvements}
    for entry in sorted(listed, key=lambda entry: (entry.version, entry.extra, entry.build)):
        if entry.live(today):
            posted = min(entry.posted, first.get(entry.build, entry.posted))
            yield Improvement(entry.version, entry.extra, entry.build, entry.prerequisite, posted)


def _shelve(known: Shelf, listed: Mapping[Version, _Listed], today: date) -> Iterable[Release]:
    """One model's releases after the reading, the oldest version first."""
    blank = _Listed()
    merged = [
        _merge(known.find(version), version, listed.get(version, blank), today)
        for version in sorted({r.version for r in known.releases} | listed.keys())
    ]
    offered = [r.version for r in merged if r.public]
    for release in merged:
        yield replace(release, withdrawn=True) if _taken_back(release, offered) else release


def _merge(known: Release | None, version: Version, listed: _Listed, today: date) -> Release:
    entries = listed.public + listed.signed
    dates = [entry.posted for entry in entries] + ([known.posted] if known else [])
    signed = _builds(entries, today)
    before = {*known.signed, *known.past} if known else set()
    past = sorted((before | {entry.build for entry in entries if entry.build}) - set(signed))
    return Release(
        version,
        min(dates),
        _builds(listed.public, today),
        signed,
        tuple(past),
        known.withdrawn if known else False,
    )


def _builds(entries: Iterable[Entry], today: date) -> tuple[str, ...]:
    return tuple(sorted({entry.build for entry in entries if entry.live(today)}))


def _taken_back(release: Release, offered: list[Version]) -> bool:
    """Still signed but not on offer, and not because something newer took its place.

    Either all that is on offer of its major is lower, or none is and it is above everything on offer.
    """
    if not release.signed or release.public or not offered:
        return False
    rivals = [v for v in offered if v.major == release.version.major] or offered
    return max(rivals) < release.version
