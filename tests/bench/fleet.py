"""A fleet as a large company has it: many models, a few releases behind, rings, departments and sites."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, product

from controller.domain.calendars import Freeze
from controller.domain.catalog import Catalog
from controller.domain.coverage import Coverage
from controller.domain.decisions import Known, Situation
from controller.domain.declarations import Declaration, Promise
from controller.domain.devices import Device, Hold, Labels
from controller.domain.exploited import Exploited
from controller.domain.facts import Facts
from controller.domain.fleets import Fleet
from controller.domain.gates import without_faults
from controller.domain.policies import UpdatePolicy
from controller.domain.proofs import Proofs
from controller.domain.releases import Release
from controller.domain.versions import ENFORCEABLE, Platform, platform_of
from tests.bench.history import AGE, History
from tests.bench.policies import DEPARTMENTS, RINGS, SITES, fifty

#: Percent of the devices by platform, and by how many releases they are behind.
PLATFORMS = {
    Platform.MACOS: 45,
    Platform.IOS: 28,
    Platform.IPADOS: 20,
    Platform.TVOS: 6,
    Platform.VISIONOS: 1,
}
BEHIND = (14, 36, 18, 10, 7, 5, 4, 3, 2, 1)

#: How many days ago promises were made; the older ones before the newest release was listed.
MADE = (2, 5, 9, 13, 17, 21, 25, 29, 33)

#: The part of those that were asked which has a promise in force, and of these which has installed since.
PROMISED, INSTALLED = 0.9, 0.1

#: Two weeks around the new year are frozen.
_FLEET = Fleet(freezes=(Freeze(date(2025, 12, 22), date(2026, 1, 4), "Holidays", except_exploited=True),))


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a plan is made from. *promises* and *current* say the same of what is in force."""

    fleet: Fleet
    policies: Sequence[UpdatePolicy]
    known: Known
    roster: Sequence[tuple[Device, Facts | None]]
    promises: dict[str, Promise]
    current: dict[str, Declaration]
    now: datetime

    def coverage(self) -> Coverage:
        """The policies in the order in which they are asked."""
        return Coverage.of(self.policies, self.now)


def a_fleet(number: int, history: History) -> Inputs:
    """So many devices, the same ones each time; about half of them have a promise in force."""
    chance = random.Random(1)
    policies = without_faults(UpdatePolicy.parse(name, spec, ()) for name, spec in fifty(history.catalog))
    earlier = [_situation(policies, history, timedelta(days=days)) for days in MADE]
    said = _facts(number, history, chance)
    roster: list[tuple[Device, Facts | None]] = []
    current: dict[str, Declaration] = {}
    for device, facts in zip(_devices(number, history.now, chance), said, strict=True):
        asked = chance.choice(earlier).decide(device, facts, None).verdict.declaration
        if facts and asked and chance.random() < PROMISED:
            current[device.enrollment] = asked
            if chance.random() < INSTALLED:
                roster.append((device, replace(facts, version=asked.version)))
                continue
        roster.append((device, facts))
    known = _known(policies, history.catalog, history.now)
    promises = {e: Promise(d, f"pomona-e{d.version}", str(d.deadline)) for e, d in current.items()}
    return Inputs(_FLEET, policies, known, roster, promises, current, history.now)


def _exploited(catalog: Catalog) -> Exploited:
    """Every other release of each platform fixes something that was exploited."""
    fixes = {}
    for model, shelf in catalog.shelves.items():
        platform = platform_of(model)
        for release in shelf.releases[::2] if platform else ():
            fixes[platform, release.version] = frozenset({"CVE-2025-0001"})
    return Exploited({(of, version): cves for (of, version), cves in fixes.items() if of})


def _situation(policies: Sequence[UpdatePolicy], history: History, ago: timedelta) -> Situation:
    catalog = history.before if ago >= AGE else history.catalog
    now = history.now - ago
    return Situation.of(_FLEET, Coverage.of(policies, now), _known(policies, catalog, now), ())


def _known(policies: Sequence[UpdatePolicy], catalog: Catalog, now: datetime) -> Known:
    """Every gate has opened ten days after a release, up to now."""
    proofs = Proofs()
    for model, shelf in catalog.shelves.items():
        opened = [(r.version, r.posted + timedelta(days=10)) for r in shelf.releases]
        for policy in policies:
            if policy.gate and policy.platform is platform_of(model):
                for version, day in opened:
                    proofs = proofs.adding(policy.name, [version] if day <= now.date() else [], day)
    return Known(catalog, _exploited(catalog), proofs)


def _devices(number: int, now: datetime, chance: random.Random) -> Iterator[Device]:
    """One in a hundred is held."""
    created = datetime(2024, 1, 1, tzinfo=UTC)
    hold = Hold((now + timedelta(days=10)).date(), "on stage")
    labels = _labels(number, chance)
    for index in range(number):
        yield Device(
            f"device-{index:07}",
            f"{index:08X}-000A1234ABCD001E",
            created + timedelta(minutes=index % 500_000),
            labels[index],
            f"C02{index:07}",
            hold=hold if chance.random() < 0.01 else None,
        )


def _labels(number: int, chance: random.Random) -> list[Labels]:
    places = list(product(RINGS, DEPARTMENTS, SITES))
    sets = [frozenset({("ring", r), ("department", d), ("site", s)}) for r, d, s in places]
    return chance.choices(sets, [RINGS[ring] for ring, _, _ in places], k=number)


def _facts(number: int, history: History, chance: random.Random) -> Iterator[Facts | None]:
    """What each device reported; one in a hundred has not reported yet."""
    hours = [(history.now - timedelta(hours=hour)) for hour in range(48)]
    kinds, weights = _kinds(history.catalog, chance)
    for platform, model, release in chance.choices(kinds, cum_weights=list(accumulate(weights)), k=number):
        if chance.random() < 0.01:
            yield None
            continue
        yield Facts(
            chance.choice(hours),
            str(platform),
            release.version,
            date(2025, 1, 1) + timedelta(days=chance.randrange(300)),
            (release.public or release.signed or release.past or ("",))[0],
            model=model,
            install_state="none",
        )


def _kinds(
    catalog: Catalog, chance: random.Random
) -> tuple[list[tuple[Platform, str, Release]], list[float]]:
    """What a device may be and run, with how common that is: the n-th model is 1/n as common as the first."""
    kinds, weights = [], []
    for platform, share in PLATFORMS.items():
        models = [
            model
            for model, shelf in catalog.shelves.items()
            if platform_of(model) is platform and shelf.newest >= ENFORCEABLE[platform]
        ]
        chance.shuffle(models)
        total = sum(1 / place for place in range(1, len(models) + 1))
        for place, model in enumerate(models, 1):
            newest_first = [r for r in reversed(catalog.shelves[model].releases) if not r.withdrawn]
            for release, percent in zip(newest_first, BEHIND, strict=False):
                kinds.append((platform, model, release))
                weights.append(share * percent / place / total)
    return kinds, weights
