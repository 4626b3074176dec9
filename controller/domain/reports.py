"""What a device says of itself: one status report, and the facts merged from all of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from controller.domain.versions import Platform, Version, platform_of


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
class Held:
    """Our enforcement as the device holds it. *valid* is Apple's word: valid, invalid or unknown."""

    identifier: str
    token: str
    active: bool
    valid: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Apple's failure counter of the update that is pending: 0 means that nothing failed."""

    count: int = 0
    reason: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """The update that the device works on; both are empty when there is none."""

    version: str = ""
    build: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What all of a device's reports say, merged. An empty value was never reported.

    *model* is the id that the lookup service uses. *version_since* is the day on which this version was first
    reported after an older one. *last_report* is the moment of the last report in UTC, cut to the hour.
    """

    last_report: datetime
    platform: str = ""
    version: Version | None = None
    version_since: date | None = None
    build: str = ""
    supplemental_build: str = ""
    supplemental_extra: str = ""
    model: str = ""
    install_state: str = ""
    install_reasons: tuple[str, ...] = ()
    pending: Pending = Pending()
    failure: Failure = Failure()
    held: Held | None = None
    beta: str = ""


def merge(facts: Facts | None, report: Report, ours: str) -> Facts:
    """The facts after one more report. *ours* is how the identifiers of our enforcements begin.

    A full report replaces everything that was known but the day on which the version changed; another one
    replaces the status items that it names, each as a whole.
    """
    hour = report.received.replace(minute=0, second=0, microsecond=0)
    before = Facts(hour) if facts is None or report.full else facts
    said = _changes(report.items, ours)
    merged = replace(before, last_report=max(hour, before.last_report), **said)
    merged = replace(merged, platform=_platform(merged))
    return replace(merged, version_since=_since(facts, merged, report.received.date()))


def _changes(items: Mapping[str, Any], ours: str) -> dict[str, Any]:
    """The fields of `Facts` that these status items name."""
    said: dict[str, Any] = {}
    for path, read in _ITEMS.items():
        value = _at(items, path)
        if value is not None:
            said.update(read(value))
    configurations = _at(items, "management.declarations.configurations")
    if configurations is not None or _at(items, "management.declarations") is not None:
        said["held"] = _held(configurations or (), ours)
    return said


def _at(items: Mapping[str, Any], path: str) -> Any:
    value: Any = items
    for key in path.split("."):
        if not isinstance(value, Mapping) or key not in value:
            return None
        value = value[key]
    return value


def _version(value: Any) -> dict[str, Any]:
    try:
        return {"version": Version.parse(str(value))}
    except ValueError:
        return {"version": None}


def _identifier(value: Any) -> dict[str, Any]:
    """A Mac's model identifier (Mac14,2) is not the id that the lookup service uses."""
    return {} if platform_of(str(value)) in (Platform.MACOS, None) else {"model": str(value)}


def _failure(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        return {}
    return {
        "failure": Failure(
            int(value.get("count") or 0), str(value.get("reason") or ""), str(value.get("timestamp") or "")
        )
    }


def _pending(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        return {}
    return {"pending": Pending(str(value.get("os-version") or ""), str(value.get("build-version") or ""))}


def _reasons(value: Any) -> dict[str, Any]:
    reasons = value.get("reason") if isinstance(value, Mapping) else None
    return {"install_reasons": tuple(map(str, reasons or ()))}


#: Apple's status items, and what each says in our words. `softwareupdate.device-id` stands behind the model
#: identifier, so that it wins where a device reports both.
_ITEMS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "device.operating-system.family": lambda v: {"platform": str(v)},
    "device.operating-system.version": _version,
    "device.operating-system.build-version": lambda v: {"build": str(v)},
    "device.operating-system.supplemental.build-version": lambda v: {"supplemental_build": str(v)},
    "device.operating-system.supplemental.extra-version": lambda v: {
        "supplemental_extra": str(v).strip("()")
    },
    "device.model.identifier": _identifier,
    "softwareupdate.device-id": lambda v: {"model": str(v)} if v else {},
    "softwareupdate.install-state": lambda v: {"install_state": str(v)},
    "softwareupdate.install-reason": _reasons,
    "softwareupdate.pending-version": _pending,
    "softwareupdate.failure-reason": _failure,
    "softwareupdate.beta-enrollment": lambda v: {"beta": str(v)},
}


def _held(configurations: Iterable[Any], ours: str) -> Held | None:
    """Ours among the configurations that the device holds; while two change places, the active one."""
    held = [
        Held(
            str(c["identifier"]),
            str(c.get("server-token", "")),
            bool(c.get("active")),
            str(c.get("valid", "unknown")),
        )
        for c in configurations
        if isinstance(c, Mapping) and str(c.get("identifier", "")).startswith(ours)
    ]
    return max(held, key=lambda h: (h.active, h.valid == "valid"), default=None)


def _platform(facts: Facts) -> str:
    return platform_of(facts.model) or facts.platform


def _since(before: Facts | None, after: Facts, today: date) -> date | None:
    if before is None or before.version is None or after.version is None:
        return None
    if after.version == before.version:
        return before.version_since
    return today if after.version > before.version else None
