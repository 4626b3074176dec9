"""A device that never updates by itself, under some policies, through recorded readings, a day at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from controller.adapters.lookup import parse_history
from controller.domain.cases import Verdict
from controller.domain.catalog import Catalog
from controller.domain.coverage import Coverage
from controller.domain.decisions import Known, Situation
from controller.domain.declarations import Declaration, Promise
from controller.domain.devices import Device
from controller.domain.fleets import Brake, Fleet
from controller.domain.policies import UpdatePolicy
from controller.domain.proofs import Proofs
from controller.domain.proving import Proving
from controller.domain.readings import Entry, Reading
from controller.domain.reasons import Reason
from controller.domain.reports import Facts
from controller.domain.versions import Version, platform_of
from tests.data import recorded

#: The models that are rehearsed; a catalog of these alone is learned in a moment.
MODELS = (
    "J314sAP",
    "J132AP",
    "iPhone15,2",
    "iPhone11,2",
    "iPad16,3",
    "iPad7,1",
    "AppleTV14,1",
    "RealityDevice14,1",
)

FIRST, LAST = date(2024, 7, 1), date(2025, 12, 30)
NOON = time(12)

#: The catalog of each day at noon, and the newest release of each model with its date as listed that day.
Day = tuple[datetime, Catalog, Mapping[str, tuple[Version, date]]]
Days = Sequence[Day]


@cache
def recorded_days() -> Days:
    """What was known on each day, by the last believed reading before noon."""
    return tuple(days(parse_history(recorded("pmv_replay")), FIRST, LAST))


def days(readings: Iterable[tuple[datetime, Reading]], first: date, last: date) -> Iterator[Day]:
    """What was known on each day at noon, as these readings make it."""
    left, catalog, pairs = list(readings), Catalog(), 0
    newest: Mapping[str, tuple[Version, date]] = {}
    day = first
    while day <= last:
        noon = datetime.combine(day, NOON, UTC)
        while left and left[0][0] <= noon:
            moment, reading = left.pop(0)
            if not reading.doubt(pairs):
                pairs, newest = len(reading.pairs()), _newest(reading)
                learned = catalog.learn(_of_ours(reading), moment.date())
                catalog = catalog if learned == catalog else learned
        yield noon, catalog, newest
        day += timedelta(days=1)


def _newest(reading: Reading) -> Mapping[str, tuple[Version, date]]:
    """The newest public release of each model, with the date that this reading gives it."""
    listed = ((m, (e.version, e.posted)) for e in reading.public for m in e.models if m in MODELS)
    newest: dict[str, tuple[Version, date]] = {}
    for model, release in listed:
        newest[model] = max(newest.get(model, release), release)
    return newest


def _of_ours(reading: Reading) -> Reading:
    """The part of a reading that is about the models of this file."""
    ours = frozenset(MODELS)

    def part(entries: Iterable[Entry]) -> tuple[Entry, ...]:
        return tuple(replace(e, models=e.models & ours) for e in entries if e.models & ours)

    return replace(reading, public=part(reading.public), signed=part(reading.signed))


@dataclass(frozen=True, slots=True)
class Install:
    """One installation. *behind* are calendar days since the first posting of the oldest release missed."""

    version: Version
    on: date
    behind: int
    promised: str


@dataclass
class Rehearsed:
    """What became of one device.

    *notices* are days between the first writing of a promise and its deadline, *written* the days on which
    what is in force changed, *gated* for how many days in a row a gate was closed for it.
    """

    installs: list[Install] = field(default_factory=list)
    notices: list[float] = field(default_factory=list)
    written: list[date] = field(default_factory=list)
    gated: list[int] = field(default_factory=lambda: [0])

    @property
    def worst(self) -> int:
        """The most days that it was behind when it installed."""
        return max((install.behind for install in self.installs), default=0)

    @property
    def mean(self) -> float:
        """Days behind, on average over the installs."""
        return sum(install.behind for install in self.installs) / len(self.installs)


class Rehearsal:
    """Devices of one model under some policies; each reports daily and installs on its deadline's day."""

    def __init__(
        self, policies: Sequence[UpdatePolicy], model: str, installed: str, devices: Sequence[Device]
    ) -> None:
        never = datetime.min.replace(tzinfo=UTC)
        said = Facts(never, str(platform_of(model)), Version.parse(installed), model=model)
        self.by_device = {device.name: Rehearsed() for device in devices}
        self._policies = policies
        self._devices = devices
        self._facts = dict.fromkeys(self.by_device, said)
        self._current: dict[str, Declaration] = {}
        self._proofs = Proofs()

    def through(self, listed: Days) -> "Rehearsal":
        """Live through these days."""
        for noon, catalog, _ in listed:
            self._live(noon, catalog)
        return self

    def _live(self, now: datetime, catalog: Catalog) -> None:
        roster = [(d, replace(self._facts[d.name], last_report=now)) for d in self._devices]
        coverage, fleet = Coverage.of(self._policies, now), Fleet(brake=Brake(100, 10_000))
        known = Known(catalog, proofs=self._proofs)
        promises = {e: Promise(declaration, "", "") for e, declaration in self._current.items()}
        self._proofs, _ = Proving(fleet, coverage, known).judge(roster, promises)
        situation = Situation.of(fleet, coverage, replace(known, proofs=self._proofs), self._devices)
        for device, facts in roster:
            decision = situation.decide(device, facts, self._current.get(device.enrollment))
            self._follow(device, facts, decision.verdict, now, catalog)

    def _follow(
        self, device: Device, facts: Facts, verdict: Verdict, now: datetime, catalog: Catalog
    ) -> None:
        seen, wanted = self.by_device[device.name], verdict.declaration
        seen.gated.append(seen.gated[-1] + 1 if verdict.reason is Reason.GATED else 0)
        if wanted != self._current.pop(device.enrollment, None):
            seen.written.append(now.date())
            if wanted:
                seen.notices.append((wanted.deadline - now.replace(tzinfo=None)) / timedelta(days=1))
        if wanted is None:
            return
        self._current[device.enrollment] = wanted
        if wanted.deadline.date() <= now.date():
            behind = (now.date() - _oldest(facts, wanted.version, catalog)).days
            seen.installs.append(Install(wanted.version, now.date(), behind, verdict.message))
            self._facts[device.name] = replace(facts, version=wanted.version, version_since=now.date())


def _oldest(facts: Facts, asked: Version, catalog: Catalog) -> date:
    """The first posting of the oldest release that a device missed, up to the one that it was asked for."""
    shelf = catalog.shelf(facts.model)
    runs = facts.version
    assert shelf
    assert runs
    return min(r.posted for r in shelf.releases if runs < r.version <= asked and not r.withdrawn)


def naive(listed: Days, model: str, installed: str, after: int) -> Rehearsed:
    """The same device under the rule of other tools: the newest release, so many days after its date."""
    seen, facts = Rehearsed(), Facts(listed[0][0], version=Version.parse(installed), model=model)
    for noon, catalog, newest in listed:
        version, posted = newest.get(model, (Version(0), noon.date()))
        if version > (facts.version or version) and posted + timedelta(days=after) <= noon.date():
            behind = (noon.date() - _oldest(facts, version, catalog)).days
            seen.installs.append(Install(version, noon.date(), behind, "latest"))
            facts = replace(facts, version=version)
    return seen
