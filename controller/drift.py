"""What Git brought and somebody changed in the cluster: what it is, and who that was."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.annotations import COMMIT
from controller.live import Live, Origin, differences
from controller.objects import Manifest

#: So many drifts are named in one line.
TOLD = 5


@dataclass(frozen=True, slots=True)
class Drift:
    """What Git brought and somebody changed: these *fields*, by a field *manager* where one is known.

    Without fields, the object was deleted.
    """

    kind: str
    name: str
    fields: tuple[str, ...]
    manager: str = ""

    def __str__(self) -> str:
        found = f"changed {', '.join(self.fields)} of" if self.fields else "deleted"
        return f"{self.manager or 'somebody'} {found} {self.kind} {self.name}"


def told(drifts: Sequence[Drift]) -> str:
    """Some of them, for people, in one line."""
    more = [f"and {len(drifts) - TOLD} more"] if len(drifts) > TOLD else []
    return "; ".join([*map(str, drifts[:TOLD]), *more])


def drift(manifest: Manifest, origin: Origin, found: Live | None, before: Manifest | None) -> Drift | None:
    """What somebody changed of what the commit on the *manifest* brought; None where a commit changes it.

    After a start, the commit on the object and the one in the Fleet's status say what was brought.
    """
    if before is not None:
        brought = before.document == manifest.document
    else:
        brought = origin.head == origin.known or (
            found is not None and found.annotations.get(COMMIT) == origin.head
        )
    if not brought:
        return None
    if found is None:
        return Drift(manifest.kind, manifest.name, ())
    fields = tuple(differences(manifest, found))
    return Drift(manifest.kind, manifest.name, fields) if fields else None
