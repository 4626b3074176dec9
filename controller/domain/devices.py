"""A device as its author knows it: identity, labels, and whether to leave it alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

#: Labels as a value: hashable, and the same for all devices that carry the same ones.
Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing is enforced until the day *until* is over everywhere on earth."""

    until: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """One enrollment. *model* is what the author says of a device that cannot say it itself."""

    name: str
    enrollment: str
    created: datetime
    labels: Labels = frozenset()
    serial: str = ""
    model: str = ""
    hold: Hold | None = None

    @classmethod
    def parse(
        cls, name: str, created: datetime, labels: Mapping[str, str], spec: Mapping[str, Any]
    ) -> "Device":
        """Read a Device that the CRD's schema has let through."""
        hold = spec.get("hold")
        return cls(
            name,
            spec["enrollment"],
            created,
            frozenset(labels.items()),
            spec.get("serialNumber", ""),
            spec.get("model", ""),
            Hold(date.fromisoformat(hold["until"]), hold.get("reason", "")) if hold else None,
        )
