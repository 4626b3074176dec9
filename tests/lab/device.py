"""One simulated device: what it is, how it behaves, and what it holds. Pure.

What Apple documents of declarative management, for software updates alone. A device is a value; the verbs
(`sync` and others in the module `lifecycle`, `advance` and `wake` in `installing`, `report` in `status`)
return the next one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from tests.lab.protocol import ACTIVATION, Declaration, Key


class Phase(StrEnum):
    """Apple's install states, one that nobody documented, and the moment in which the device is off."""

    NONE = "none"
    WAITING = "waiting"
    DOWNLOADING = "downloading"
    PREPARED = "prepared"
    UNDOCUMENTED = "undocumented"
    INSTALLING = "installing"
    FAILED = "failed"
    RESTARTING = "restarting"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a device deviates from the ideal. Times are UTC.

    Of updates. *installs*: at the deadline, as soon as it is prepared (its user did), or never. The first
    *failures* attempts at a target fail *while* it downloads or installs, for the reason *failure*.
    *skips_states*: it goes from none to prepared, and from prepared to the restart. *undocumented* is a state
    of its own between prepared and installing. The first *relapses* times that a target is prepared, it is
    lost and downloaded again. *stuck_in* is the state that it never leaves. *rejects*: it calls every
    enforcement invalid. *withholds_token*: a Mac that does not escrow its bootstrap token as it enrolls.

    Of talking. From *silent_after* on it is switched off. The first *not_now* commands are put off, and all
    until *not_now_until*. *deaf*: it acknowledges that declarations changed, and takes none over.
    *repeats_reports*: each comes twice. *chatters*: it reports in each step, whatever changed.
    """

    installs: Literal["deadline", "prepared", "never"] = "deadline"
    failure: str = ""
    failures: int = 0
    fails_while: Literal[Phase.DOWNLOADING, Phase.INSTALLING] = Phase.INSTALLING
    silent_after: datetime | None = None
    skips_states: bool = False
    not_now: int = 0
    undocumented: str = ""
    relapses: int = 0
    stuck_in: Phase | None = None
    rejects: bool = False
    withholds_token: bool = False
    not_now_until: datetime | None = None
    deaf: bool = False
    repeats_reports: bool = False
    chatters: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """What a device is when it enrolls. *model* is the lookup service's id, *family* its OS.

    *utc_offset*: by how many hours its clock is ahead of UTC. *beta*: the program that it gets seeds from.
    *user_enrolled*: its user enrolled it; such an MDM learns no serial number, and cannot update it.
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
    beta: str = ""
    user_enrolled: bool = False

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
    """An update that the device works on, since when it knows of it, and how often it failed and got lost.

    *failure* is why it failed last. *improvement* is the background security improvement that comes with it,
    such as 26.2 (a), or empty.
    """

    enforcement: Declaration
    version: str
    build: str
    since: datetime
    improvement: str = ""
    failures: int = 0
    failed_at: datetime | None = None
    failure: str = ""
    relapses: int = 0


@dataclass(frozen=True, slots=True)
class Device:
    """The state of one device. *reported* is what the server was told, by status item;
    None where the OS does not know the item.

    *supplement* and *extra* are build and letter of its background security improvement, such as (a).
    *escrowed*: the MDM has its bootstrap token.
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
    escrowed: bool = True

    @classmethod
    def of(cls, profile: Profile) -> "Device":
        """A device as it enrolls: it holds nothing."""
        escrowed = not profile.behaviour.withholds_token
        return cls(profile, profile.version, profile.build, {}, escrowed=escrowed)

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
