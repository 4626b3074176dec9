"""Who is in the fleet of a run: so many devices, all kinds among them; and what Git has of them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.lab.device import Profile
from tests.lab.fleet import enrollment_id
from tests.lab.lab import manifest
from tests.soak.kinds import Kind
from tests.soak.table import KINDS

#: Those of whose enrollment there are two Devices.
TWICE = "mac-twice"


@dataclass(frozen=True, slots=True)
class Recruit:
    """One device as it enlists."""

    kind: Kind
    profile: Profile

    @property
    def name(self) -> str:
        """How the simulated fleet calls it."""
        return self.profile.name

    @property
    def enrollment(self) -> str:
        """How NanoHUB calls it in the beginning."""
        return enrollment_id(self.profile.serial)

    @property
    def device(self) -> str:
        """How its Device is called: one that its user enrolled has no serial number."""
        return self.enrollment.lower() if self.profile.user_enrolled else self.name

    def manifest(self, name: str = "", **labels: str) -> str:
        """What Git has of it."""
        spec: dict[str, Any] = {
            "enrollment": self.enrollment,
            "serialNumber": self.profile.serial,
        }
        return manifest("Device", name or self.name, spec | dict(self.kind.spec), **labels)


def enlisted(count: int) -> list[Recruit]:
    """So many devices: one of each kind, and the more of those that have a greater share."""
    numbers = {kind.name: 1 for kind in KINDS}
    while sum(numbers.values()) < count:
        most = max(KINDS, key=lambda kind: kind.share / numbers[kind.name])
        numbers[most.name] += 1
    return [Recruit(kind, kind.profile(number)) for kind in KINDS for number in range(numbers[kind.name])]


def path_of(name: str) -> str:
    """Where Git has a Device."""
    return f"policies/devices/{name}.yaml"


def files(recruits: Iterable[Recruit]) -> Mapping[str, str]:
    """What Git has in the beginning; of those who are there twice, too."""
    found = {}
    for recruit in recruits:
        if recruit.kind.git:
            found[path_of(recruit.name)] = recruit.manifest(**recruit.kind.labels)
        if recruit.kind.name == TWICE:
            found[path_of(twin(recruit.name))] = recruit.manifest(twin(recruit.name))
    return found


def twin(name: str) -> str:
    """What the second Device of an enrollment is called."""
    return f"{name}-twin"
