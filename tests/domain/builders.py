"""Values for tests, each with defaults: a test shows only what matters."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from controller.domain.calendars import WEEKDAYS, Calendar, Freeze
from controller.domain.catalog import Catalog, Shelf
from controller.domain.coverage import Coverage
from controller.domain.decisions import Decision, Known, Situation
from controller.domain.declarations import Declaration
from controller.domain.devices import Device, Hold
from controller.domain.exploited import Exploited
from controller.domain.facts import Facts
from controller.domain.fleets import Brake, Fleet
from controller.domain.policies import Deadline, UpdatePolicy
from controller.domain.proofs import Proofs
from controller.domain.releases import Improvement, Release
from controller.domain.selectors import Selector
from controller.domain.targets import Latest, Target
from controller.domain.versions import Platform, Version

NOW = datetime(2025, 8, 25, 12, tzinfo=UTC)
MODEL = "J314sAP"


def v(text: str) -> Version:
    return Version.parse(text)


def a_release(
    version: str, posted: str, *, public: bool = False, signed: bool = True, withdrawn: bool = False
) -> Release:
    build = (f"{version}B1",)
    return Release(
        v(version),
        date.fromisoformat(posted),
        build if public else (),
        build if signed or public else (),
        () if signed or public else build,
        withdrawn,
    )


#: What a Mac could choose from at the end of August 2025, and what it could not any more.
SHELF = (
    a_release("14.7.8", "2025-08-20", public=True),
    a_release("15.5", "2025-05-12", signed=False),
    a_release("15.6", "2025-07-29"),
    a_release("15.6.1", "2025-08-20", public=True),
)


def a_catalog(
    *releases: Release, models: tuple[str, ...] = (MODEL,), improvements: tuple[Improvement, ...] = ()
) -> Catalog:
    shelf = Shelf(tuple(sorted(releases or SHELF, key=lambda release: release.version)), improvements)
    return Catalog({model.lower(): shelf for model in models})


def a_device(name: str = "c02xk1abcd", *, hold: Hold | None = None, age: int = 0, **labels: str) -> Device:
    created = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=age)
    return Device(name, f"E-{name}", created, frozenset(labels.items()), hold=hold)


def facts(version: str | None = "15.6", **said: Any) -> Facts:
    known: dict[str, Any] = {"model": MODEL, "platform": "macOS", "build": "24G84", "last_report": NOW} | said
    return Facts(version=v(version) if version else None, **known)


def a_policy(
    name: str = "macs",
    *,
    target: Target | None = Latest(),
    days: int = 14,
    notice: int = 3,
    deadline: Mapping[str, Any] | None = None,
    at: str = "18:00",
    weekdays: str = "Mon Tue Wed Thu Fri Sat Sun",
    not_before: str = "",
    **fields: Any,
) -> UpdatePolicy:
    """*deadline* has the fields of `Deadline` that have no argument of their own."""
    calendar = Calendar(
        time.fromisoformat(at),
        frozenset(map(WEEKDAYS.index, weekdays.split())),
        date.fromisoformat(not_before) if not_before else None,
    )
    known: dict[str, Any] = {"platform": Platform.MACOS, "selector": Selector()} | fields
    return UpdatePolicy(
        name, target=target, deadline=Deadline(days, notice, calendar=calendar, **(deadline or {})), **known
    )


def a_freeze(first: str, last: str, reason: str = "Holidays", *, except_exploited: bool = False) -> Freeze:
    return Freeze(date.fromisoformat(first), date.fromisoformat(last), reason, except_exploited)


def exploited(*versions: str, platform: Platform = Platform.MACOS) -> Exploited:
    """These versions fix an exploited vulnerability each."""
    return Exploited({(platform, v(version)): frozenset({f"CVE-2025-{version}"}) for version in versions})


def a_declaration(version: str = "15.6.1", deadline: str = "2025-09-03T18:00", **fields: Any) -> Declaration:
    return Declaration(v(version), datetime.fromisoformat(deadline), **fields)


def a_situation(
    *policies: UpdatePolicy,
    catalog: Catalog | None = None,
    fleet: Fleet | None = None,
    devices: tuple[Device, ...] = (),
    now: datetime = NOW,
    exploited: Exploited = Exploited(),
    proofs: Proofs = Proofs(),
) -> Situation:
    coverage = Coverage.of(policies or (a_policy(),), now)
    known = Known(catalog or a_catalog(), exploited, proofs)
    return Situation.of(fleet or Fleet(brake=Brake()), coverage, known, devices)


def decide(
    *policies: UpdatePolicy,
    device: Device | None = None,
    says: Facts | None = None,
    current: Declaration | None = None,
    silent: bool = False,
    **situation: Any,
) -> Decision:
    """Decide about one device, by default a Mac one release behind; a *silent* one has never reported."""
    heard = None if silent else says or facts()
    return a_situation(*policies, **situation).decide(device or a_device(), heard, current)


def moved(current: Mapping[str, Declaration], plan: Any) -> dict[str, Declaration]:
    """What is in force after a plan was carried out."""
    after = {e: d for e, d in current.items() if e not in plan.withdraw}
    for declaration, enrollments in plan.enforce.items():
        after |= dict.fromkeys(enrollments, declaration)
    return after
