"""The day on which each gate opened for each release. It is the only thing about gates that is stored."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from controller.domain.versions import Version


@dataclass(frozen=True, slots=True)
class Proofs:
    """By the policy that has the gate, and by release. A gate that opened stays open."""

    opened: Mapping[str, Mapping[Version, date]] = field(default_factory=dict)

    def of(self, policy: str) -> Mapping[Version, date]:
        """What the gate of this policy is open for, and since when."""
        return self.opened.get(policy, {})

    def adding(self, policy: str, versions: Iterable[Version], today: date) -> "Proofs":
        """The proofs with these, too; what was proven before keeps its day."""
        more = dict.fromkeys(versions, today)
        return Proofs({**self.opened, policy: more | dict(self.of(policy))}) if more else self


def to_entries(proofs: Proofs) -> dict[str, str]:
    """The proofs as texts, one for each policy."""
    return {
        policy: json.dumps({str(version): day.isoformat() for version, day in sorted(days.items())})
        for policy, days in sorted(proofs.opened.items())
    }


def from_entries(entries: Mapping[str, str]) -> Proofs:
    """What `to_entries` wrote."""
    return Proofs(
        {
            policy: {Version.parse(v): date.fromisoformat(day) for v, day in json.loads(text).items()}
            for policy, text in entries.items()
        }
    )
