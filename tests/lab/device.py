"""One simulated device: what it is, and how it takes declarations. Pure.

What Apple documents of declarative management, for software updates alone. A device is a value; the verbs
(`sync` here, `advance` and `wake` in the module `installing`, `report` in `status`) return the next one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from tests.lab.protocol import ACTIVATION, ENFORCEMENT, Declaration, Key

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
    """What happened to an enforcement: held, dropped, installed or failed. Both times are the device's.

    *running*: the version that the device ran then. *sync*: how often the device had taken declarations over.
    """

    clock: datetime
    what: Literal["held", "dropped", "installed", "failed"]
    identifier: str
    token: str
    version: str
    deadline: datetime
    running: str
    sync: int

    @property
    def notice(self) -> timedelta:
        """How long it is until the deadline."""
        return self.deadline - self.clock


@dataclass(frozen=True, slots=True)
class Target:
    """An update that the device works on, since when it knows of it, and how often it failed.

    *improvement* is the background security improvement that comes with it, such as 26.2 (a), or empty.
    """

    enforcement: Declaration
    version: str
    build: str
    since: datetime
    improvement: str = ""
    failures: int = 0
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """The state of one device. *reported* is what the server was told, by status item;
    None where the OS does not know the item.

    *supplement* and *extra* are build and letter of its background security improvement, such as (a).
    """

    profile: Profile
    version: str
    build: str
    held: Mapping[Key, Declaration]
    phase: Phase = Phase.NONE
    target: Target | None = None
    reported: Mapping[str, Any] = field(default_factory=dict)
    last_full: datetime | None = None
    syncs: int = 0
    journal: tuple[Event, ...] = ()
    supplement: str = ""
    extra: str = ""

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
    asked, runs = numbers(enforcement.payload["TargetOSVersion"]), numbers(device.version)
    build = enforcement.payload.get("TargetBuildVersion", "")
    if asked == runs and build[-1:].islower():
        return build in (device.build, device.supplement)
    return asked <= runs


def sync(device: Device, declarations: Mapping[Key, Declaration], now: datetime) -> Device:
    """The device holds exactly these; the journal says which enforcements came and went."""
    clock = device.profile.clock(now)
    device = replace(device, syncs=device.syncs + 1)
    gone = [held for key, held in device.held.items() if declarations.get(key) != held]
    came = [new for key, new in declarations.items() if device.held.get(key) != new]
    events = [
        *(event_of(device, clock, "dropped", held) for held in gone if held.type == ENFORCEMENT),
        *(event_of(device, clock, "held", new) for new in came if new.type == ENFORCEMENT),
    ]
    return replace(device, held=dict(declarations), journal=(*device.journal, *events))


def event_of(
    device: Device,
    clock: datetime,
    what: Literal["held", "dropped", "installed", "failed"],
    enforcement: Declaration,
) -> Event:
    """The entry of the journal that says so."""
    return Event(
        clock,
        what,
        enforcement.key.identifier,
        enforcement.token,
        enforcement.payload["TargetOSVersion"],
        deadline(enforcement),
        device.version,
        device.syncs,
    )
