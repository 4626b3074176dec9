"""Somebody else's enforcement on a device, put on the same MDM by hand."""

from tests.lab.mdm import Mdm
from tests.lab.protocol import ACTIVATION, ENFORCEMENT

#: How everything of theirs begins.
OWNER = "elsewhere"


def enforce(mdm: Mdm, enrollment: str, version: str, due: str, owner: str = OWNER) -> str:
    """Enforce this version on one device by *due*, on its own clock, and tell it; the identifier."""
    name = f"{owner}-{enrollment}"
    mdm.put(name, ENFORCEMENT, TargetOSVersion=version, TargetLocalDateTime=due)
    mdm.put(f"{name}-active", ACTIVATION, StandardConfigurations=[name])
    mdm.set(name, name, f"{name}-active")
    mdm.assign(name, [enrollment])
    mdm.tell([enrollment])
    return name


def withdraw(mdm: Mdm, enrollment: str, owner: str = OWNER) -> None:
    """Take it away from the device again, and tell it."""
    mdm.unassign(f"{owner}-{enrollment}", enrollment)
    mdm.tell([enrollment])
