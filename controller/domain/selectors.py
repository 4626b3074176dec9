"""Which devices of a platform a policy covers."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
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

    def __str__(self) -> str:
        """As people write it on a command line."""
        values = f" ({', '.join(sorted(self.values))})" if self.values else ""
        return f"{self.key} {self.operator}{values}"


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
        return self._names(device) and self._takes_part(device) and self._is_new(device, now)

    def _names(self, device: Device) -> bool:
        return self.names is None or device.name in self.names

    def _takes_part(self, device: Device) -> bool:
        return self.percent is None or part_of(device.name, 100) < self.percent

    def _is_new(self, device: Device, now: datetime) -> bool:
        return self.enrolled_days is None or now - device.created < timedelta(days=self.enrolled_days + 1)

    def objections(self, device: Device, now: datetime) -> Iterator[str]:
        """Each key that does not hold for a device, and what was found; none where all of them hold."""
        found = dict(device.labels)
        for key, value in sorted(self.labels - device.labels):
            yield f"matchLabels asks for {key}={value}, and it has {_label(found, key)}"
        for expression in self.expressions:
            if not expression.holds(found):
                yield f"matchExpressions asks for {expression}, and it has {_label(found, expression.key)}"
        if not self._names(device):
            yield "names does not list it"
        if not self._takes_part(device):
            part = part_of(device.name, 100)
            yield f"percent takes the parts below {self.percent}, and it is in part {part} of 100"
        if not self._is_new(device, now):
            enrolled = f"{device.created:%Y-%m-%d}"
            yield f"enrolledDays asks for {self.enrolled_days} days at most, and it is here since {enrolled}"


def _label(labels: Mapping[str, str], key: str) -> str:
    return f"{key}={labels[key]}" if key in labels else f"no {key}"


def _all_hold(expressions: Iterable[Expression], labels: Mapping[str, str]) -> bool:
    return all(expression.holds(labels) for expression in expressions)


def part_of(name: str, parts: int) -> int:
    """The part, from 0 on, that a name belongs to when all names are divided into so many, always alike."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % parts
