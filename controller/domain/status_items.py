"""The status items that are read: which of them a device is asked for, and what each says in our words."""

from collections.abc import Callable, Mapping
from typing import Any

from controller.domain.facts import Failure, Pending
from controller.domain.versions import Platform, Version, platform_of

#: The fields of `Facts` that a status item says.
Said = dict[str, Any]


def asked(supported: frozenset[str]) -> frozenset[str] | None:
    """What a device that says it supports these is asked for; None where it has not said so."""
    return ITEMS & supported or None


def said(items: Mapping[str, Any]) -> Said:
    """The fields of `Facts` that Apple's `StatusItems` name."""
    fields: Said = {}
    for path, read in _READERS.items():
        value = value_at(items, path)
        if value is not None:
            fields.update(read(value))
    return fields


def value_at(items: Mapping[str, Any], path: str) -> Any:
    """What stands at a path such as softwareupdate.install-state; None where nothing does."""
    value: Any = items
    for key in path.split("."):
        if not isinstance(value, Mapping) or key not in value:
            return None
        value = value[key]
    return value


def _version(value: Any) -> Said:
    try:
        return {"version": Version.parse(str(value))}
    except ValueError:
        return {"version": None}


def _identifier(value: Any) -> Said:
    """A Mac's model identifier (Mac14,2) is not the id that the lookup service uses."""
    return {} if platform_of(str(value)) in (Platform.MACOS, None) else {"model": str(value)}


def _failure(value: Any) -> Said:
    if not isinstance(value, Mapping):
        return {}
    count, reason, at = value.get("count"), value.get("reason"), value.get("timestamp")
    return {
        "failure": Failure(count if isinstance(count, int) else 0, str(reason or ""), str(at or "")),
    }


def _pending(value: Any) -> Said:
    if not isinstance(value, Mapping):
        return {}
    return {"pending": Pending(str(value.get("os-version") or ""), str(value.get("build-version") or ""))}


def _reasons(value: Any) -> Said:
    reasons = value.get("reason") if isinstance(value, Mapping) else None
    return {"install_reasons": tuple(map(str, reasons or ()))}


def _capabilities(value: Any) -> Said:
    listed = value_at(value, "supported-payloads.status-items") if isinstance(value, Mapping) else None
    known = map(str, listed) if isinstance(listed, list) else ()
    # Ten thousand devices support few different things: each is kept once.
    supports = ITEMS.intersection(known)
    return {"supports": _SHARED.setdefault(supports, supports)}


_SHARED: dict[frozenset[str], frozenset[str]] = {}

#: What each status item says. `softwareupdate.device-id` stands behind the model identifier, so that it wins
#: where a device reports both.
_READERS: Mapping[str, Callable[[Any], Said]] = {
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
    "management.client-capabilities": _capabilities,
}

#: All that is read, where a device supports it.
ITEMS = frozenset(_READERS) | {"device.identifier.serial-number", "management.declarations"}

#: What every OS that speaks declarative management reports: asked before a device said what it supports.
BASE = frozenset(
    {
        "device.identifier.serial-number",
        "device.model.identifier",
        "device.operating-system.build-version",
        "device.operating-system.family",
        "device.operating-system.version",
        "management.client-capabilities",
        "management.declarations",
    }
)
