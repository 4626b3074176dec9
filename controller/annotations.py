"""What annotations say: what people ask of a Fleet, and which commit an object came from."""

from collections.abc import Iterable, Mapping

from controller.objects import Resource

#: The commit that last changed the object, where Git brought it.
COMMIT = "pomona.dev/commit"

#: A person lets so many devices go: "<number>" or "<number>@<anything>".
ALLOWANCE = "pomona.dev/allow-withdrawals"

#: Any new value means: reconcile now.
REQUESTED = "reconcile.pomona.dev/requestedAt"


def allowance(fleet: Resource) -> int:
    """How many devices a person lets go, once: 0 when nobody does, or when it was used."""
    said = fleet.annotations.get(ALLOWANCE, "")
    if said == fleet.status.get("lastHandledAllowance", ""):
        return 0
    number = said.partition("@")[0]
    return int(number) if number.isdecimal() else 0


def commits_of(resources: Iterable[Resource]) -> Mapping[str, str]:
    """The commits that objects came from, by name."""
    return {r.name: r.annotations[COMMIT] for r in resources if COMMIT in r.annotations}
