"""Every release that Apple ever listed, by model."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from controller.domain.readings import Entry, Reading
from controller.domain.versions import Version


@dataclass(frozen=True, slots=True)
class Release:
    """One version, as it stands for some models.

    *posted* is the earliest posting date ever seen: Apple posts the same release again, with later dates.
    *public* are the builds on offer now, *signed* those that can still be installed, *past* the others ever
    listed. *withdrawn*: Apple took it back; that is remembered for good.
    """

    version: Version
    posted: date
    public: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    withdrawn: bool = False

    @property
    def installable(self) -> bool:
        """Can a device be asked for it?"""
        return bool(self.signed) and not self.withdrawn

    def lists(self, build: str) -> bool:
        """Was this build ever listed?"""
        return build in self.signed or build in self.past


@dataclass(frozen=True)
class Shelf:
    """One model's part of the catalog: its releases, the oldest version first."""

    releases: tuple[Release, ...]

    @cached_property
    def _by_version(self) -> Mapping[Version, Release]:
        return {release.version: release for release in self.releases}

    def find(self, version: Version) -> Release | None:
        """The release of exactly this version."""
        return self._by_version.get(version)

    def lists(self, build: str) -> bool:
        """Was this build ever listed for the model?"""
        return any(release.lists(build) for release in self.releases)

    @property
    def newest(self) -> Version:
        """The highest version ever listed."""
        return self.releases[-1].version


@dataclass(frozen=True, slots=True)
class Catalog:
    """The shelves, by model id in lower case. Compared as a value: dates that only moved do not differ."""

    shelves: Mapping[str, Shelf] = field(default_factory=dict)

    def shelf(self, model: str) -> Shelf | None:
        """The shelf of a model, in any case; None if it was never listed."""
        return self.shelves.get(model.lower())

    def public_pairs(self) -> int:
        """How many pairs of model and version are on offer."""
        return sum(bool(release.public) for shelf in self.shelves.values() for release in shelf.releases)

    def learn(self, reading: Reading, today: date) -> "Catalog":
        """The catalog after one more believed reading; what expired before *today* is not on offer.

        Source of the rules: two years of recorded answers; withdrawal flags exactly the two real ones there.
        """
        listed = _by_model(reading)
        same: dict[Release, Release] = {}
        shelves = {}
        for model in sorted(self.shelves.keys() | listed.keys()):
            known = self.shelves.get(model, Shelf(()))
            releases = tuple(_shelve(known, listed.get(model, {}), today))
            shelves[model] = Shelf(tuple(same.setdefault(r, r) for r in releases))
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


def to_document(catalog: Catalog) -> dict[str, Any]:
    """The catalog as JSON: each distinct release once, with the models that share it by index."""
    models = sorted(catalog.shelves)
    rows: dict[Release, list[int]] = defaultdict(list)
    for index, model in enumerate(models):
        for release in catalog.shelves[model].releases:
            rows[release].append(index)
    return {
        "models": models,
        "releases": [
            [str(r.version), r.posted.isoformat(), r.public, r.signed, r.past, r.withdrawn, of]
            for r, of in sorted(rows.items(), key=lambda row: (row[0].version, row[1]))
        ],
    }


def from_document(document: Mapping[str, Any]) -> Catalog:
    """What `to_document` wrote."""
    models = document["models"]
    shelves: dict[str, list[Release]] = {model: [] for model in models}
    for version, posted, public, signed, past, withdrawn, of in document["releases"]:
        release = Release(
            Version.parse(version),
            date.fromisoformat(posted),
            tuple(public),
            tuple(signed),
            tuple(past),
            withdrawn,
        )
        for index in of:
            shelves[models[index]].append(release)
    return Catalog(
        {
            model: Shelf(tuple(sorted(releases, key=lambda r: r.version)))
            for model, releases in shelves.items()
        }
    )
