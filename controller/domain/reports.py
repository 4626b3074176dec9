"""What a device says of itself: one status report, and how it becomes facts."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from controller.domain.facts import Facts, Held
from controller.domain.status_items import said, value_at
from controller.domain.versions import platform_of


@dataclass(frozen=True, slots=True)
class Report:
    """One status report as the MDM stored it.

    *items* is Apple's `StatusItems`: nested dictionaries by status item. *full*: it replaces all that was
    said before (Apple's `FullReport`); otherwise what is absent has not changed. *received* is in UTC.
    """

    id: str
    received: datetime
    full: bool
    items: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ours:
    """How the identifiers of our own configurations begin: of enforcements, and of subscriptions."""

    enforcement: str
    subscription: str


def merge(facts: Facts | None, report: Report, ours: Ours, foreign: Collection[str] = ()) -> Facts:
    """The facts after one more report.

    A full report replaces everything that was known but the day on which the version changed and what events
    said; another one replaces the status items that it names, each as a whole. One from before the device
    enrolled says nothing any more. *foreign* are those of the report's other configurations that enforce.
    """
    if facts and _of_another_life(facts, report):
        return facts
    hour = report.received.replace(minute=0, second=0, microsecond=0)
    before = facts or Facts(hour)
    if report.full:
        before = Facts(hour, enrollment=before.enrollment)
    last = max(hour, before.last_report or hour)
    merged = replace(before, last_report=last, **said(report.items), **_holds(report, ours, foreign))
    merged = replace(merged, platform=platform_of(merged.model) or merged.platform)
    return replace(merged, version_since=_since(facts, merged, report.received.date()))


def others(report: Report, ours: Ours) -> Iterator[tuple[str, str]]:
    """Identifier and server token of the configurations in a report that are not ours."""
    for configuration in _configurations(report) or ():
        identifier = str(configuration["identifier"])
        if not identifier.startswith((ours.enforcement, ours.subscription)):
            yield identifier, str(configuration.get("server-token", ""))


def _of_another_life(facts: Facts, report: Report) -> bool:
    # The MDM stores reports to the second.
    began = facts.enrollment.began
    return began is not None and report.received < began.replace(microsecond=0)


def _holds(report: Report, ours: Ours, foreign: Collection[str]) -> dict[str, Any]:
    """The fields of `Facts` that the device's list of configurations says; none where it has none."""
    listed = _configurations(report)
    if listed is None:
        return {}
    identifiers = [str(configuration["identifier"]) for configuration in listed]
    subscriptions = sorted(i for i in identifiers if i.startswith(ours.subscription))
    return {
        "held": _held(listed, ours.enforcement),
        "foreign": tuple(sorted(i for i in identifiers if i in foreign)),
        "subscription": " ".join(subscriptions),
    }


def _configurations(report: Report) -> list[Mapping[str, Any]] | None:
    """The configurations that the device holds; None where the report does not speak of declarations."""
    declarations = value_at(report.items, "management.declarations")
    if declarations is None:
        return None
    listed = value_at(report.items, "management.declarations.configurations") or ()
    if not isinstance(listed, Iterable):
        return []
    return [c for c in listed if isinstance(c, Mapping) and "identifier" in c]


def _held(configurations: Iterable[Mapping[str, Any]], ours: str) -> Held | None:
    """Ours among the configurations that the device holds; while two change places, the active one."""
    held = [
        Held(
            str(c["identifier"]),
            str(c.get("server-token", "")),
            bool(c.get("active")),
            str(c.get("valid", "unknown")),
            tuple(_codes(c.get("reasons"))),
        )
        for c in configurations
        if str(c["identifier"]).startswith(ours)
    ]
    return max(held, key=lambda h: (h.active, h.valid == "valid"), default=None)


def _codes(reasons: Any) -> Iterator[str]:
    for reason in reasons if isinstance(reasons, list) else ():
        if isinstance(reason, Mapping) and reason.get("code"):
            yield str(reason["code"])


def _since(before: Facts | None, after: Facts, today: date) -> date | None:
    if before is None or before.version is None or after.version is None:
        return None
    if after.version == before.version:
        return before.version_since
    return today if after.version > before.version else None
