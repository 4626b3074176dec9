"""What can happen to one device in the month."""

from datetime import timedelta
from typing import Any

from tests.lab import foreign
from tests.lab.device import Behaviour
from tests.lab.ground import Ground
from tests.lab.mdm import Mdm
from tests.soak.kinds import Happening

#: What a Mac gives the MDM as its bootstrap token, in the middle of the month.
SECRET = b"a secret of the lab"


def behaves(**behaviour: Any) -> Happening:
    """From then on it behaves like this."""
    return lambda ground, name: ground.fleet.behave(name, Behaviour(**behaviour))


def restored(version: str, build: str) -> Happening:
    """It is restored to this."""
    return lambda ground, name: ground.restore(name, version, build)


def repaired(model: str) -> Happening:
    """It gets another logic board."""
    return lambda ground, name: ground.fleet.repair(name, model)


async def is_wiped(ground: Ground, name: str) -> None:
    """It is erased and enrolls again."""
    await ground.fleet.wipe(name)


async def is_replaced(ground: Ground, name: str) -> None:
    """It enrolls under another id."""
    await ground.fleet.replace(name)


async def checks_out(ground: Ground, name: str) -> None:
    """It leaves the MDM."""
    ground.left[name] = ground.fleet.device(name)
    await ground.fleet.check_out(name)


async def is_escrowed(ground: Ground, name: str) -> None:
    """The MDM gets its bootstrap token."""
    await ground.fleet.escrow(name)


async def gets_a_user(ground: Ground, name: str) -> None:
    """A user of it enrolls, too."""
    await ground.fleet.sign_in(name, f"user-of-{name}")


def gets_a_foreign_one(ground: Ground, name: str) -> None:
    """Somebody else enforces what it runs already."""
    due = (ground.clock() + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%S")
    with ground.lab.nanohub.client() as client:
        foreign.enforce(Mdm(client), ground.fleet.enrollment(name), "26.2", due)


def loses_the_foreign_one(ground: Ground, name: str) -> None:
    """They take it away again."""
    with ground.lab.nanohub.client() as client:
        foreign.withdraw(Mdm(client), ground.fleet.enrollment(name))
