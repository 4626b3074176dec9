"""What the reconcile flow does with an adapter, and the devices it does it for."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from controller.domain.declarations import Declaration
from controller.domain.status_items import ITEMS
from controller.domain.versions import Version
from controller.ports import Mdm, Unavailable

DAY = datetime(2026, 12, 1, 12)

SOON = Declaration(Version.parse("26.1"), DAY, details_url="https://acme.example/update")
LATE = Declaration(Version.parse("26.2"), DAY + timedelta(days=3), build="25C56")

A, B, C = (f"00008112-000A1234ABCD001{letter}" for letter in "ABC")

#: More requests than any cycle of these tests needs.
ENOUGH = 100


async def cycle(mdm: Mdm, wanted: Mapping[str, Declaration | None]) -> None:
    """What the reconcile flow does with an adapter, for devices that shall have this or nothing."""
    promises = await mdm.promises(wanted.keys())
    current = {enrollment: promise.declaration for enrollment, promise in promises.items()}
    failures = dict(await mdm.subscribe(dict.fromkeys(wanted, ITEMS)))
    for declaration in {d for d in wanted.values() if d}:
        group = [e for e, d in wanted.items() if d == declaration != current.get(e)]
        failures |= await mdm.enforce(declaration, group) if group else {}
    failures |= await mdm.withdraw([e for e in current if wanted.get(e) is None])
    assert not failures
    await mdm.clear([d for d in wanted.values() if d], wanted.keys())


def ours(mdm: Mdm, everything: Mapping[str, object]) -> set[str]:
    """The names of the fleet's own things."""
    return {name for name in everything if name.startswith(mdm.ours[:-1])}


async def try_cycle(mdm: Mdm, wanted: Mapping[str, Declaration | None]) -> None:
    """A cycle that may end anywhere."""
    try:
        await cycle(mdm, wanted)
    except (Unavailable, AssertionError):
        return
