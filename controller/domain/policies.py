"""An author's policy: which devices, what target, by when."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from controller.domain.devices import Device, Labels
from controller.domain.targets import Target, parse_target
from controller.domain.versions import Platform, Version

#: Kubernetes' operators of a label expression: does a label with this value (None: absent) satisfy it?
OPERATORS: Mapping[str, Callable[[str | None, frozenset[str]], bool]] = {
    "In": lambda value, values: value in values,
    "NotIn": lambda value, values: value not in values,
    "Exists": lambda value, _: value is not None,
    "DoesNotExist": lambda value, _: value is None,
}


@dataclass(frozen=True, slots=True)
class Expression:
    """One of `matchExpressions`."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Do these labels satisfy it?"""
        return OPERATORS[self.operator](labels.get(self.key), self.values)


@dataclass(frozen=True, slots=True)
class Selector:
    """Which devices of the platform; every key that is given must hold. *names* is None when not given."""

    labels: Labels = frozenset()
    expressions: tuple[Expression, ...] = ()
    names: frozenset[str] | None = None

    @classmethod
    def parse(cls, spec: Mapping[str, Any]) -> "Selector":
        """Read `spec.selector`."""
        names = spec.get("names")
        return cls(
            frozenset(spec.get("matchLabels", {}).items()),
            tuple(
                Expression(e["key"], e["operator"], frozenset(e.get("values", ())))
                for e in spec.get("matchExpressions", ())
            ),
            None if names is None else frozenset(names),
        )

    def matches_labels(self, labels: Labels) -> bool:
        """Do the labels alone let a device through?"""
        if not self.labels <= labels:
            return False
        return not self.expressions or _all_hold(self.expressions, dict(labels))

    def matches_name(self, device: Device) -> bool:
        """Does the rest let this very device through?"""
        return self.names is None or device.name in self.names


def _all_hold(expressions: Iterable[Expression], labels: Mapping[str, str]) -> bool:
    return all(expression.holds(labels) for expression in expressions)


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when. *days* from the posting of the oldest release missed; *at* on the device's clock."""

    days: int = 14
    at: time = time(18)
    notice_days: int = 3

    @classmethod
    def parse(cls, spec: Mapping[str, Any]) -> "Deadline":
        """Read `spec.deadline`, its defaults filled in."""
        return cls(spec["days"], time.fromisoformat(spec["at"]), spec["noticeDays"])


@dataclass(frozen=True, slots=True)
class UpdatePolicy:
    """One UpdatePolicy. *target* is None for `none: {}`; *problem* says why it cannot be followed."""

    name: str
    platform: Platform
    selector: Selector = Selector()
    priority: int = 0
    suspend: bool = False
    target: Target | None = None
    deadline: Deadline = Deadline()
    skip: frozenset[Version] = frozenset()
    details_url: str = ""
    problem: str = field(default="")

    @classmethod
    def parse(cls, name: str, spec: Mapping[str, Any]) -> "UpdatePolicy":
        """Read a policy that the CRD's schema has let through.

        One that this version cannot follow still covers its devices: it carries the *problem*, and they
        keep what they have.
        """
        covers = (
            name,
            Platform(spec["platform"]),
            Selector.parse(spec["selector"]),
            spec["priority"],
            spec["suspend"],
        )
        try:
            return cls(
                *covers,
                parse_target(spec["target"]),
                Deadline.parse(spec["deadline"]),
                frozenset(Version.parse(skip["version"]) for skip in spec.get("skip", ())),
                spec.get("detailsURL", ""),
            )
        except ValueError as error:
            return cls(*covers, problem=str(error))

    def covers(self, device: Device, platform: Platform) -> bool:
        """Is this device one of the policy's?"""
        return (
            platform is self.platform
            and self.selector.matches_labels(device.labels)
            and self.selector.matches_name(device)
        )


def by_precedence(policies: Iterable[UpdatePolicy]) -> tuple[UpdatePolicy, ...]:
    """The order in which policies are asked for a device: highest priority, then first by name."""
    return tuple(sorted(policies, key=lambda policy: (-policy.priority, policy.name)))
