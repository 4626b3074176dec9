"""Whole worlds for properties: fleets, policies in all of their language, catalogs, proofs, devices."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from controller.domain.calendars import Calendar, Freeze
from controller.domain.catalog import Catalog, Shelf
from controller.domain.decisions import Situation
from controller.domain.declarations import Declaration
from controller.domain.devices import Device, Hold
from controller.domain.exploited import Exploited
from controller.domain.facts import Facts
from controller.domain.fleets import Brake, Fleet
from controller.domain.gates import without_faults
from controller.domain.planning import Loosened, Plan, plan
from controller.domain.policies import Deadline, Fault, Gate, UpdatePolicy
from controller.domain.proofs import Proofs
from controller.domain.releases import Improvement, Release
from controller.domain.selectors import Selector
from controller.domain.targets import Behind, Below, Exact, Latest, OfMajor, SameMajor
from controller.domain.versions import Platform, Version, platform_of
from tests.domain.builders import NOW, a_device, a_release, a_situation, facts, moved, v

MODELS = ("J314sAP", "iPhone15,2")
VERSIONS = ("14.5", "14.7.8", "15.5", "15.6", "15.6.1", "26.0", "26.0.1")
PHONES = ("17.7", "18.6", "18.6.1", "26.0", "26.0.1")

days = st.dates(date(2025, 8, 20), date(2025, 9, 30))
past = st.dates(date(2025, 7, 15), NOW.date())
rarely, sometimes = st.sampled_from([False] * 9 + [True]), st.sampled_from([False, False, True])
minutes = st.integers(0, 60 * 24 * 60).map(lambda m: timedelta(minutes=m))


@dataclass(frozen=True)
class World:
    """Everything that a plan looks at, but what is in force and the clock."""

    fleet: Fleet
    policies: tuple[UpdatePolicy, ...]
    catalog: Catalog
    exploited: Exploited
    proofs: Proofs
    roster: tuple[tuple[Device, Facts | None], ...]

    def plan(self, current: Mapping[str, Declaration], now: datetime = NOW) -> Plan:
        return plan(self.situation(now), self.roster, current, Loosened())

    def situation(self, now: datetime = NOW) -> Situation:
        """What decisions about all of them depend on."""
        devices = tuple(device for device, _ in self.roster)
        return a_situation(
            *self.policies,
            catalog=self.catalog,
            fleet=self.fleet,
            devices=devices,
            now=now,
            exploited=self.exploited,
            proofs=self.proofs,
        )

    def after(self, current: Mapping[str, Declaration], now: datetime = NOW) -> dict[str, Declaration]:
        """What is in force once the plan is carried out."""
        return moved(current, self.plan(current, now))

    def upon(self, promised: date, now: datetime) -> bool:
        """Has the eve of some freeze come, somewhere on earth, that is not over before *promised*?"""
        kiritimati = (now.astimezone(UTC) + timedelta(hours=14)).date()
        freezes = [*self.fleet.freezes, *(f for policy in self.policies for f in policy.freezes)]
        return any(f.eve <= kiritimati and promised <= f.last for f in freezes)


def versions_of(model: str) -> tuple[str, ...]:
    return VERSIONS if platform_of(model) is Platform.MACOS else PHONES


@st.composite
def freezes(draw: st.DrawFn) -> Freeze:
    first = draw(st.dates(date(2025, 8, 24), date(2025, 9, 30)))
    last = first + draw(st.integers(0, 20)) * timedelta(days=1)
    return Freeze(first, last, except_exploited=draw(st.booleans()))


some_freezes = st.lists(freezes(), max_size=2).map(tuple)
calendars = st.builds(
    Calendar,
    st.sampled_from([time(0), time(9, 30), time(23, 59)]),
    st.just(frozenset(range(7))) | st.frozensets(st.integers(0, 6), min_size=1),
    st.none() | st.none() | days,
)
day_counts = st.integers(0, 40)
maybe_days = st.none() | day_counts
deadlines = st.builds(
    Deadline, day_counts, st.integers(0, 10), maybe_days, maybe_days, st.integers(0, 4), calendars
)
targets = st.sampled_from(
    [
        Latest(),
        Latest(),
        SameMajor(),
        SameMajor(),
        OfMajor(15),
        Behind(1),
        Below(v("26.0")),
        Exact(v("15.6")),
        Exact(v("15.6.1"), "15.6.1B1"),
        Latest(),
        None,
    ]
)


@st.composite
def skips(draw: st.DrawFn) -> frozenset[Version]:
    return frozenset({v(draw(st.sampled_from(VERSIONS)))} if draw(rarely) else ())


@st.composite
def selectors(draw: st.DrawFn) -> Selector:
    return Selector(
        frozenset({("ring", draw(st.sampled_from("ab")))}) if draw(rarely) else frozenset(),
        percent=draw(st.integers(0, 100)) if draw(rarely) else None,
    )


@st.composite
def policies(draw: st.DrawFn) -> tuple[UpdatePolicy, ...]:
    listed = [
        UpdatePolicy(
            f"p{n}",
            draw(st.sampled_from([*[Platform.MACOS] * 9, Platform.IOS])),
            draw(selectors()),
            draw(st.integers(0, 2)),
            draw(rarely),
            draw(targets),
            draw(deadlines),
            draw(skips()),
            draw(some_freezes),
            Gate(f"p{1 - n}") if draw(sometimes) else None,
            draw(st.booleans()),
            fault=Fault("InvalidSpec", "what?") if draw(rarely) else None,
        )
        for n in range(draw(st.integers(1, 2)))
    ]
    return tuple(without_faults(listed))


#: How a release can stand, what is usual more often than what is not.
STATES = ("public", "public", "public", "signed", "signed", "past", "withdrawn", "unknown")


@st.composite
def shelves(draw: st.DrawFn, model: str) -> Shelf:
    releases = tuple(
        a_release(
            version,
            draw(past).isoformat(),
            public=state == "public",
            signed=state != "past",
            withdrawn=state == "withdrawn",
        )
        for version in versions_of(model)
        if (state := draw(st.sampled_from(STATES))) != "unknown"
    ) or (a_release("14.4", "2025-06-01"),)
    return Shelf(releases, draw(improvements(releases)))


@st.composite
def improvements(draw: st.DrawFn, releases: tuple[Release, ...]) -> tuple[Improvement, ...]:
    """Up to two on top of one release."""
    base = draw(st.sampled_from(releases)).version
    extras = draw(st.sampled_from(["", "", "a", "b", "ab"]))
    return tuple(Improvement(base, extra, f"{base}B1{extra}", f"{base}B1", draw(past)) for extra in extras)


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    return Catalog({model.lower(): draw(shelves(model)) for model in MODELS})


@st.composite
def reports(draw: st.DrawFn) -> Facts | None:
    """What a device says; sometimes nothing, or of a model that nobody knows."""
    model = draw(st.sampled_from([*["J314sAP"] * 8, "iPhone15,2", "J999AP"]))
    version = draw(st.sampled_from([*versions_of(model), *versions_of(model)[:4], None]))
    if version is None:
        return draw(st.sampled_from([None, facts(None, model=model)]))
    build = draw(st.sampled_from([*[f"{version}B1"] * 8, "24A5279m", ""]))
    extra = draw(st.sampled_from(["", "", "a", "b"]))
    return facts(
        version, model=model, platform="", build=build, supplemental_build=f"{build}{extra}" if extra else ""
    )


@st.composite
def rosters(draw: st.DrawFn, *, held: bool = False) -> tuple[tuple[Device, Facts | None], ...]:
    holds = st.none() | days.map(Hold) if held else st.none()
    roster = [
        (a_device(f"d{n}", ring=draw(st.sampled_from("ab")), hold=draw(holds)), draw(reports()))
        for n in range(draw(st.integers(1, 2)))
    ]
    if draw(rarely):
        roster.append((replace(a_device("twin", age=1), enrollment=roster[0][0].enrollment), facts()))
    return tuple(roster)


@st.composite
def proofs(draw: st.DrawFn, of: tuple[UpdatePolicy, ...]) -> Proofs:
    """What each gate is open for, and since when."""
    return Proofs(
        {
            p.name: draw(st.dictionaries(st.sampled_from(VERSIONS).map(v), past, max_size=3))
            for p in of
            if p.gate
        }
    )


advisories = st.lists(st.sampled_from(VERSIONS), max_size=2, unique=True).map(
    lambda fixed: Exploited({(p, v(f)): frozenset({"CVE-2025-1"}) for f in fixed for p in Platform})
)


@st.composite
def worlds(draw: st.DrawFn, *, held: bool = False) -> World:
    """All that there is. Nothing in it ends by the clock, but for holds where *held*, and no brake holds."""
    listed = draw(policies())
    skipped = frozenset((Platform.MACOS, version) for version in draw(skips()))
    fleet = Fleet(skip=skipped, brake=Brake(100, 1000), freezes=draw(some_freezes))
    return World(
        fleet, listed, draw(catalogs()), draw(advisories), draw(proofs(listed)), draw(rosters(held=held))
    )


@st.composite
def promised(draw: st.DrawFn, world: World) -> dict[str, Declaration]:
    """What may be in force, whoever promised it: near, far and overdue, with and without a build."""
    found = {}
    for device, said in world.roster:
        if said and not draw(sometimes):
            version = draw(st.sampled_from(versions_of(said.model)))
            deadline = datetime.combine(draw(days), draw(st.sampled_from([time(0), time(18), time(23, 59)])))
            build = draw(st.sampled_from(["", "", f"{version}B1", f"{version}B1a", f"{version}B1b"]))
            found[device.enrollment] = Declaration(v(version), deadline, build)
    return found
