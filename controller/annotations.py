"""What people ask of a Fleet by annotation."""

from controller.ports import Resource

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
