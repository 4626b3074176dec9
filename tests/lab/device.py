"""One simulated device: how it takes declarations and installs updates. Pure.

What Apple documents of declarative management, for software updates alone. A device is a value; the three
verbs (`sync` and `advance` here, `report` in the module `status`) return the next one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from tests.lab.protocol import ACTIVATION, ENFORCEMENT, Declaration, Key

#: A device that gets an enforcement too late, or whose installation failed, tries after this.
RETRY = timedelta(hours=1)

#: The first version of each OS that takes an enforcement.
ENFORCES = {"iOS": (17, 0), "iPadOS": (17, 0), "macOS": (14, 0), "tvOS": (18, 4), "visionOS": (26, 0)}


class Phase(StrEnum):
    """Apple's install states, and the moment in which the device is off."""

    NONE = "none"
    WAITING = "waiting"
    DOWNLOADING = "downloading"
    PREPARED = "prepared"
    INSTALLING = "installing"
    FAILED = "failed"
    RESTARTING = "restarting"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a device deviates from the ideal.

    *installs*: at the deadline, as soon as it is prepared (its user did), or never. The first *failures*
    installations of a target fail for the reason *failure*. From *silent_after* on (UTC) it is switched off.
    *skips_states*: it goes from none to prepared, and from prepared to the restart. The first *not_now*
    commands are put off.
    """

    installs: Literal["deadline", "prepared", "never"] = "deadline"
    failure: str = ""
    failures: int = 0
    silent_after: datetime | None = None
    skips_states: bool = False
    not_now: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """What a device is when it enrolls. *model* is the lookup service's id, *family* its OS.

    *utc_offset*: by how many hours its clock is ahead of UTC.
    """

    name: str
    serial: str
    model: str
    model_identifier: str
    family: str
    version: str
    build: str
    utc_offset: float = 0
    behaviour: Behaviour = Behaviour()

    def clock(self, now: datetime) -> datetime:
        """The time on its wall at the moment *now*."""
        return now.replace(tzinfo=None) + timedelta(hours=self.utc_offset)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to an enforcement: held, dropped, installed or failed. Both times are the device's."""

    clock: datetime
    what: Literal["held", "dropped", "installed", "failed"]
    identifier: str
    token: str
    version: str
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """An update that the device works on, since when, and how often it failed."""

    enforcement: Declaration
    version: str
    build: str
    since: datetime
    failures: int = 0
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """The state of one device. *reported* is what the server was told, by status item;
    None where the OS does not know the item."""

    profile: Profile
    version: str
    build: str
    held: Mapping[Key, Declaration]
    phase: Phase = Phase.NONE
    target: Target | None = None
    reported: Mapping[str, Any] = field(default_factory=dict)
    last_full: datetime | None = None
    journal: tuple[Event, ...] = ()

    @classmethod
    def of(cls, profile: Profile) -> "Device":
        """A device as it enrolls: it holds nothing."""
        return cls(profile, profile.version, profile.build, {})

    def active(self, of_type: str) -> list[Declaration]:
        """The configurations of this type that an activation names, by identifier."""
        named = {
            identifier
            for held in self.held.values()
            if held.type == ACTIVATION
            for identifier in held.payload.get("StandardConfigurations", ())
        }
        found = [held for held in self.held.values() if held.type == of_type and held.key.identifier in named]
        return sorted(found, key=lambda held: held.key)


def numbers(version: str) -> tuple[int, ...]:
    """A version to compare by: 26.0 is 26.0.0."""
    parts = [int(part) for part in version.split(".")]
    return (*parts, 0, 0)[:3]


def deadline(enforcement: Declaration) -> datetime:
    """When it is due, on the device's clock."""
    return datetime.fromisoformat(enforcement.payload["TargetLocalDateTime"])


def takes_enforcements(device: Device) -> bool:
    """Does this OS know enforcements?"""
    first = ENFORCES.get(device.profile.family)
    return first is not None and numbers(device.version) >= first


def is_met(device: Device, enforcement: Declaration) -> bool:
    """Is the target installed, or something newer?"""
    return numbers(enforcement.payload["TargetOSVersion"]) <= numbers(device.version)


def sync(device: Device, declarations: Mapping[Key, Declaration], now: datetime) -> Device:
    """The device holds exactly these; the journal says which enforcements came and went."""
    clock = device.profile.clock(now)
    gone = [held for key, held in device.held.items() if declarations.get(key) != held]
    came = [new for key, new in declarations.items() if device.held.get(key) != new]
    events = [
        *(_event(clock, "dropped", held) for held in gone if held.type == ENFORCEMENT),
        *(_event(clock, "held", new) for new in came if new.type == ENFORCEMENT),
    ]
    return replace(device, held=dict(declarations), journal=(*device.journal, *events))


def advance(device: Device, offered: Mapping[str, str], now: datetime) -> Device:
    """The device one state further, where its clock allows. *offered*: the build of each version for it."""
    clock = device.profile.clock(now)
    if device.phase is Phase.RESTARTING:
        return _restarted(device, clock)
    device = _aimed(device, offered, clock)
    target, skips = device.target, device.profile.behaviour.skips_states
    match device.phase:
        case _ if target is None:
            return device
        case Phase.NONE:
            return replace(device, phase=Phase.PREPARED if skips else Phase.WAITING)
        case Phase.WAITING:
            return replace(device, phase=Phase.DOWNLOADING)
        case Phase.DOWNLOADING:
            return replace(device, phase=Phase.PREPARED)
        case Phase.PREPARED if _is_due(device, target, clock):
            return replace(device, phase=Phase.INSTALLING) if not skips else _installed(device, target, clock)
        case Phase.INSTALLING:
            return _installed(device, target, clock)
        case Phase.FAILED if target.failed_at and clock >= target.failed_at + RETRY:
            return replace(device, phase=Phase.WAITING)
    return device


def _aimed(device: Device, offered: Mapping[str, str], clock: datetime) -> Device:
    """The device with its target: of what can be installed, the enforcement that is due first."""
    wanted = [
        e for e in device.active(ENFORCEMENT) if takes_enforcements(device) and _can(device, e, offered)
    ]
    if not wanted:
        return replace(device, phase=Phase.NONE, target=None)
    first = min(wanted, key=lambda e: (deadline(e), e.key))
    version = first.payload["TargetOSVersion"]
    if device.target and (device.target.version, device.target.build) == (version, offered[version]):
        return replace(device, target=replace(device.target, enforcement=first))
    return replace(device, phase=Phase.NONE, target=Target(first, version, offered[version], clock))


def _can(device: Device, enforcement: Declaration, offered: Mapping[str, str]) -> bool:
    build = offered.get(enforcement.payload["TargetOSVersion"])
    fits = build is not None and enforcement.payload.get("TargetBuildVersion", build) == build
    return fits and takes_enforcements(device) and not is_met(device, enforcement)


def _is_due(device: Device, target: Target, clock: datetime) -> bool:
    """Has the time come? An enforcement that came after its deadline leaves the user an hour."""
    match device.profile.behaviour.installs:
        case "never":
            return False
        case "prepared":
            return True
    due = deadline(target.enforcement)
    return clock >= (due if target.since <= due else target.since + RETRY)


def _installed(device: Device, target: Target, clock: datetime) -> Device:
    """The end of an attempt: a failure that is counted, or the restart."""
    if target.failures >= device.profile.behaviour.failures:
        return replace(device, phase=Phase.RESTARTING)
    failed = replace(target, failures=target.failures + 1, failed_at=clock)
    event = _event(clock, "failed", target.enforcement)
    return replace(device, phase=Phase.FAILED, target=failed, journal=(*device.journal, event))


def _restarted(device: Device, clock: datetime) -> Device:
    """The device on its new version; it will say that nothing failed, even if it said so before."""
    assert device.target
    reported = {k: v for k, v in device.reported.items() if k != "softwareupdate.failure-reason"}
    return replace(
        device,
        version=device.target.version,
        build=device.target.build,
        phase=Phase.NONE,
        target=None,
        reported=reported,
        journal=(*device.journal, _event(clock, "installed", device.target.enforcement)),
    )


def _event(
    clock: datetime, what: Literal["held", "dropped", "installed", "failed"], enforcement: Declaration
) -> Event:
    key, payload = enforcement.key, enforcement.payload
    return Event(
        clock, what, key.identifier, enforcement.token, payload["TargetOSVersion"], deadline(enforcement)
    )
