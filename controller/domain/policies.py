"""An author's policy: which devices, what target, by when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any

from controller.domain.calendars import WEEKDAYS, Calendar, Freeze
from controller.domain.selectors import Selector
from controller.domain.targets import Target, parse_target
from controller.domain.versions import Platform, Version


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when. *days* from the day on which the oldest release missed counts as posted.

    *exploited_days* for one that fixes an exploited vulnerability, where that is sooner; *major_days* for
    those of a newer major. Devices are spread over the *spread_days* before the due day.
    """

    days: int = 14
    notice_days: int = 3
    exploited_days: int | None = None
    major_days: int | None = None
    spread_days: int = 0
    calendar: Calendar = Calendar()

    @classmethod
    def parse(cls, spec: Mapping[str, Any]) -> "Deadline":
        """Read `spec.deadline`, its defaults filled in."""
        not_before = spec.get("notBefore")
        return cls(
            spec["days"],
            spec["noticeDays"],
            spec.get("exploitedDays"),
            spec.get("majorDays"),
            spec.get("spreadDays", 0),
            Calendar(
                time.fromisoformat(spec["at"]),
                frozenset(map(WEEKDAYS.index, spec.get("weekdays", WEEKDAYS))),
                date.fromisoformat(not_before) if not_before else None,
            ),
        )


@dataclass(frozen=True, slots=True)
class Gate:
    """A release waits until the devices of the policy *after* have proved it.

    *proven* are versions that a person vouches for.
    """

    after: str
    healthy_percent: int = 95
    min_devices: int = 5
    soak_days: int = 3
    exploited_soak_days: int | None = None
    proven: frozenset[Version] = frozenset()

    @classmethod
    def parse(cls, spec: Mapping[str, Any]) -> "Gate":
        """Read `spec.gate`, its defaults filled in."""
        return cls(
            spec["after"],
            spec["healthyPercent"],
            spec["minDevices"],
            spec["soakDays"],
            spec.get("exploitedSoakDays"),
            frozenset(map(Version.parse, spec.get("proven", ()))),
        )

    def soak(self, *, exploited: bool) -> int:
        """How many days a device must have run a release."""
        return (
            self.exploited_soak_days if exploited and self.exploited_soak_days is not None else self.soak_days
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a policy cannot be followed: the reason of its Ready condition, and a sentence."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class UpdatePolicy:
    """One UpdatePolicy. *target* is None for `none: {}`; *fault* says why it cannot be followed."""

    name: str
    platform: Platform
    selector: Selector = Selector()
    priority: int = 0
    suspend: bool = False
    target: Target | None = None
    deadline: Deadline = Deadline()
    skip: frozenset[Version] = frozenset()
    freezes: tuple[Freeze, ...] = ()
    gate: Gate | None = None
    background_security: bool = False
    details_url: str = ""
    fault: Fault | None = None

    @classmethod
    def parse(cls, name: str, spec: Mapping[str, Any], unknown: Iterable[str]) -> "UpdatePolicy":
        """Read a policy that the CRD's schema has let through; *unknown* are fields that we do not know.

        One that this version cannot follow still covers its devices: it carries the *fault*, and they keep
        what they have.
        """
        covers = cls(
            name,
            Platform(spec["platform"]),
            Selector.parse(spec["selector"]),
            spec["priority"],
            spec["suspend"],
        )
        for path in unknown:
            return covers.faulty("InvalidSpec", f"{path} is not a field that this version of Pomona knows")
        try:
            return covers._with_rest(spec)
        except ValueError as error:
            return covers.faulty("InvalidSpec", str(error))

    def _with_rest(self, spec: Mapping[str, Any]) -> "UpdatePolicy":
        return replace(
            self,
            target=parse_target(spec["target"]),
            deadline=Deadline.parse(spec["deadline"]),
            skip=frozenset(Version.parse(skip["version"]) for skip in spec.get("skip", ())),
            freezes=tuple(map(Freeze.parse, spec.get("freeze", ()))),
            gate=Gate.parse(spec["gate"]) if "gate" in spec else None,
            background_security=spec["backgroundSecurity"] == "Enforce",
            details_url=spec.get("detailsURL", ""),
        )

    def faulty(self, reason: str, message: str) -> "UpdatePolicy":
        """The same policy, not to be followed."""
        return replace(self, fault=Fault(reason, message))


def by_precedence(policies: Iterable[UpdatePolicy]) -> tuple[UpdatePolicy, ...]:
    """The order in which policies are asked for a device: highest priority, then first by name."""
    return tuple(sorted(policies, key=lambda policy: (-policy.priority, policy.name)))
