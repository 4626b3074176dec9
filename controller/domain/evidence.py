"""Evidence: one row for each enforcement that ended, or that stands."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from controller.domain.devices import Device
from controller.domain.enforcements import Enforcement, ended, in_force
from controller.domain.facts import Facts

#: The columns of a row, in their order.
COLUMNS = (
    "device",
    "serialNumber",
    "model",
    "version",
    "posted",
    "declared",
    "promised",
    "installed",
    "policy",
    "commit",
    "state",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One enforcement of one device. *state* is the progress of one that stands, else how it ended."""

    device: Device
    model: str
    enforcement: Enforcement
    state: str

    def document(self) -> dict[str, str]:
        """Its columns, in their order. A value that is not known is empty."""
        one = self.enforcement
        build = f" ({one.asked.build})" if one.asked.build else ""
        values = (
            self.device.name,
            self.device.serial,
            self.model,
            f"{one.asked.version}{build}",
            _day(one.posted),
            _day(one.declared),
            one.asked.deadline.isoformat(),
            _day(one.installed),
            one.policy,
            one.commit,
            self.state,
        )
        return dict(zip(COLUMNS, values, strict=True))


def rows(
    devices: Iterable[tuple[Device, Facts | None, Mapping[str, Any]]], first: date | None, last: date | None
) -> list[Row]:
    """The rows of these devices with their statuses, by device and day.

    Only what was promised for a day from *first* to *last*, both included.
    """
    found = [row for device in devices for row in _rows(*device) if _between(row.enforcement, first, last)]
    return sorted(found, key=lambda row: (row.device.name, row.enforcement.asked.deadline, row.state))


def _rows(device: Device, facts: Facts | None, status: Mapping[str, Any]) -> Iterator[Row]:
    model = (facts.model if facts else "") or device.model
    for one in reversed(ended(status)):
        yield Row(device, model, one, "Installed" if one.installed else "Withdrawn")
    standing = in_force(status)
    if standing:
        progress = str(status.get("progress") or "")
        yield Row(device, model, standing, "Declared" if progress in ("", "Planned") else progress)


def _between(one: Enforcement, first: date | None, last: date | None) -> bool:
    day = one.asked.deadline.date()
    return (first is None or first <= day) and (last is None or day <= last)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
