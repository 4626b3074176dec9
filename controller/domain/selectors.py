"""Which devices of a platform a policy covers."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from controller.domain.devices import Device, Labels

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
    """Which devices of the platform; every key that is given must hold, and None is one that is not given."""

    labels: Labels = frozenset()
    expressions: tuple[Expression, ...] = ()
    names: frozenset[str] | None = None
    percent: int | None = None
    enrolled_days: int | None = None

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
            spec.get("percent"),
            spec.get("enrolledDays"),
        )

    @property
    def takes_all(self) -> bool:
        """Do the labels alone decide?"""
        return self.names is None and self.percent is None and self.enrolled_days is None

    def matches_labels(self, labels: Labels) -> bool:
        """Do the labels alone let a device through?"""
        if not self.labels <= labels:
            return False
        return not self.expressions or _all_hold(self.expressions, dict(labels))

    def matches_device(self, device: Device, now: datetime) -> bool:
        """Does the rest let this very device through?"""
        if self.names is not None and device.name not in self.names:
            return False
        if self.percent is not None and part_of(device.name, 100) >= self.percent:
            return False
        return self.enrolled_days is None or now - device.created < timedelta(days=self.enrolled_days + 1)


def _all_hold(expressions: Iterable[Expression], labels: Mapping[str, str]) -> bool:
    return all(expression.holds(labels) for expression in expressions)


def part_of(name: str, parts: int) -> int:
    """The part, from 0 on, that a name belongs to when all names are divided into so many, always alike."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % parts
