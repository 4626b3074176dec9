"""What a simulated device reports: the status items it was asked for, as far as they changed. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.lab.device import Device, Phase, numbers
from tests.lab.enforcing import ENFORCES, is_met, takes_enforcements
from tests.lab.protocol import ACTIVATION, ENFORCEMENT, SUBSCRIPTION, Declaration, status_report

#: Everything is reported again after this time.
FULL = timedelta(hours=24)

#: Two items are newer than the rest of softwareupdate, which is as old as enforcements are.
_NEW_ITEMS = {"softwareupdate.device-id", "softwareupdate.beta-enrollment"}
_KNOWS_NEW_ITEMS = {**ENFORCES, "iOS": (18, 0), "iPadOS": (18, 0), "macOS": (15, 0)}

#: What an MDM does not learn of a device that its user enrolled.
_NOT_FOR_USERS = ("softwareupdate.", "device.identifier.")

_SECTIONS = {
    "activations": "activation",
    "assets": "asset",
    "configurations": "configuration",
    "management": "management",
}


def report(device: Device, now: datetime) -> tuple[Device, dict[str, Any] | None]:
    """The device after its report, and the report: None when nobody asked, or nothing changed."""
    asked = _asked(device)
    if not asked:
        return replace(device, reported={}, last_full=None), None
    if device.phase is Phase.RESTARTING:
        return device, None
    full = device.last_full is None or now >= device.last_full + FULL
    before = {} if full or device.profile.behaviour.chatters else device.reported
    values = {name: _value(device, name) for name in sorted(asked)}
    changed = {name: value for name, value in values.items() if name not in before or before[name] != value}
    if not changed:
        return device, None
    last_full = now if full else device.last_full
    known = {name: value for name, value in changed.items() if value is not None}
    document = status_report(known, changed.keys() - known.keys(), full=full)
    return replace(device, reported=values, last_full=last_full), document


def _asked(device: Device) -> set[str]:
    """The items of all subscriptions that are active."""
    return {
        item["Name"]
        for subscription in device.active(SUBSCRIPTION)
        for item in subscription.payload.get("StatusItems", ())
    }


def _value(device: Device, name: str) -> Any:
    """The item's value; None when this OS does not know the item."""
    read = _ITEMS.get(name)
    if read is None or not _knows(device, name):
        return None
    return read(device)


def _knows(device: Device, name: str) -> bool:
    if device.profile.user_enrolled and name.startswith(_NOT_FOR_USERS):
        return False
    if not name.startswith("softwareupdate."):
        return True
    since = _KNOWS_NEW_ITEMS if name in _NEW_ITEMS else ENFORCES
    first = since.get(device.profile.family)
    return first is not None and numbers(device.version) >= first


def _declarations(device: Device) -> dict[str, list[dict[str, Any]]]:
    return {
        section: [
            _standing(device, held)
            for key, held in sorted(device.held.items(), key=lambda entry: entry[0])
            if key.kind == kind
        ]
        for section, kind in _SECTIONS.items()
    }


def _standing(device: Device, held: Declaration) -> dict[str, Any]:
    """How a declaration fares, in Apple's words."""
    active, code = _verdict(device, held)
    standing: dict[str, Any] = {
        "identifier": held.key.identifier,
        "server-token": held.token,
        "active": active,
        "valid": "invalid" if code.startswith("Error.") else "valid",
    }
    if code:
        standing["reasons"] = [{"code": code, "description": f"{code} {held.key.identifier}"}]
    return standing


def _verdict(device: Device, held: Declaration) -> tuple[bool, str]:
    """Is it active, and the code of what there is to say."""
    if held.type == ACTIVATION:
        there = {key.identifier for key in device.held if key.kind == "configuration"}
        missing = set(held.payload.get("StandardConfigurations", ())) - there
        return (False, "Error.MissingConfigurations") if missing else (True, "")
    if held not in device.active(held.type):
        return False, "Info.NotReferencedByActivation"
    if held.type != ENFORCEMENT:
        return True, ""
    if not takes_enforcements(device):
        return False, "Error.ConfigurationNotSupported"
    if device.profile.behaviour.rejects:
        return False, "Error.ConfigurationCannotBeApplied"
    return True, "Error.ConfigurationCannotBeApplied" if is_met(device, held) else ""


def _capabilities(device: Device) -> dict[str, Any]:
    configurations = [SUBSCRIPTION, *([ENFORCEMENT] if takes_enforcements(device) else [])]
    return {
        "supported-versions": ["1.0.0"],
        "supported-features": {},
        "supported-payloads": {
            "declarations": {
                "activations": [ACTIVATION],
                "assets": [],
                "configurations": configurations,
                "management": [],
            },
            "status-items": sorted(name for name in _ITEMS if _knows(device, name)),
        },
    }


def _install_reason(device: Device) -> dict[str, Any]:
    if device.target is None:
        return {"reason": []}
    return {"reason": ["declaration"], "declaration-id": device.target.enforcement.key.identifier}


def _pending(device: Device) -> dict[str, str]:
    if device.target is None:
        return {"os-version": "", "build-version": ""}
    return {"os-version": device.target.version, "build-version": device.target.build}


def _failure(device: Device) -> dict[str, Any]:
    target = device.target
    if target is None or target.failed_at is None:
        return {"count": 0}
    at = target.failed_at - timedelta(hours=device.profile.utc_offset)
    return {
        "count": target.failures,
        "reason": target.failure,
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _install_state(device: Device) -> str:
    if device.phase is Phase.UNDOCUMENTED:
        return device.profile.behaviour.undocumented
    return device.phase.value


#: Every status item that a device may know.
_ITEMS: Mapping[str, Callable[[Device], Any]] = {
    "device.identifier.serial-number": lambda d: d.profile.serial,
    "device.model.family": lambda d: d.profile.model_identifier.rstrip("0123456789,"),
    "device.model.identifier": lambda d: d.profile.model_identifier,
    "device.operating-system.build-version": lambda d: d.build,
    "device.operating-system.family": lambda d: d.profile.family,
    "device.operating-system.supplemental.build-version": lambda d: d.supplement or d.build,
    "device.operating-system.supplemental.extra-version": lambda d: d.extra,
    "device.operating-system.version": lambda d: d.version,
    "management.client-capabilities": _capabilities,
    "management.declarations": _declarations,
    "softwareupdate.beta-enrollment": lambda d: d.profile.beta,
    "softwareupdate.device-id": lambda d: d.profile.model,
    "softwareupdate.failure-reason": _failure,
    "softwareupdate.install-reason": _install_reason,
    "softwareupdate.install-state": _install_state,
    "softwareupdate.pending-version": _pending,
}
