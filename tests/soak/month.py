"""What Apple does in the month: releases, one of them withdrawn, a rebuild, an improvement. Pure."""

from datetime import date

from tests.lab.clock import on
from tests.lab.readings import MACS, NEW_MACS, NEW_PHONES, PADS, TV, VISION, World

#: Versions that devices shall come to in the end.
NEWEST, NEWEST_PAD, NEWEST_T2, NEWEST_OLD_PHONE = "26.3.2", "26.3", "15.7.4", "18.7.4"

#: Withdrawn from iPads; skipped on Macs and iPhones.
WITHDRAWN, SKIPPED = "26.2.1", "26.3.1"

#: The second build of 26.3 for Macs, and what comes on top of 26.3 on iPads.
REBUILD, IMPROVEMENT, LETTER = "25D130", "23D990a", "a"


def quick_fix(world: World, day: float) -> World:
    """A small release for all that is new."""
    world = world.release("26.2.1", "25C70", _posted(day), NEW_MACS)
    return world.release("26.2.1", "23C71", _posted(day), (*NEW_PHONES, *PADS))


def withdrawal(world: World, day: float) -> World:
    """It is not offered to iPads any more, and still signed."""
    return world.withdraw(WITHDRAWN, PADS, _posted(day))


def great_release(world: World, day: float) -> World:
    """Every platform and every major that Apple still looks after."""
    for version, build, models in (
        ("14.8.4", "23J319", MACS),
        ("15.7.4", "24G508", MACS),
        ("18.7.4", "22H310", ("iPhone11,2", *PADS)),
        ("26.3", "25D125", NEW_MACS),
        ("26.3", "23D127", (*NEW_PHONES, *PADS)),
        ("26.3", "23K620", TV),
        ("26.3", "23N620", VISION),
    ):
        world = world.release(version, build, _posted(day), models)
    return world


def rebuild(world: World, day: float) -> World:
    """The same version of macOS in another build."""
    return world.release("26.3", REBUILD, _posted(day), NEW_MACS)


def improvement(world: World, day: float) -> World:
    """A background security improvement for iPads."""
    return world.improve("26.3", f"({LETTER})", IMPROVEMENT, _posted(day), PADS)


def bad_release(world: World, day: float) -> World:
    """One that everybody is told to skip."""
    world = world.release(SKIPPED, "25D2125", _posted(day), NEW_MACS)
    return world.release(SKIPPED, "23D2127", _posted(day), NEW_PHONES)


def last_release(world: World, day: float) -> World:
    """The one that all shall come to."""
    world = world.release(NEWEST, "25D3125", _posted(day), NEW_MACS)
    return world.release(NEWEST, "23D3127", _posted(day), NEW_PHONES)


def _posted(day: float) -> date:
    return on(day).date()
