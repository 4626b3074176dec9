"""What happens to a simulated device from outside: declarations, an erasure, a restore, a repair. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from tests.lab.device import Device, Event, Phase, deadline
from tests.lab.protocol import ENFORCEMENT, Declaration, Key


def sync(device: Device, declarations: Mapping[Key, Declaration], now: datetime) -> Device:
    """The device holds exactly these; the journal says which enforcements came and went."""
    clock = device.profile.clock(now)
    device = replace(device, syncs=device.syncs + 1)
    gone = [held for key, held in device.held.items() if declarations.get(key) != held]
    came = [new for key, new in declarations.items() if device.held.get(key) != new]
    events = [
        *(event_of(device, clock, "dropped", held) for held in gone if held.type == ENFORCEMENT),
        *(event_of(device, clock, "held", new) for new in came if new.type == ENFORCEMENT),
    ]
    return replace(device, held=dict(declarations), journal=(*device.journal, *events))


def erased(device: Device, now: datetime) -> Device:
    """The device as it enrolls again: of all that it had, its OS is left, and our journal of it."""
    emptied = sync(device, {}, now)
    profile = replace(device.profile, version=device.version, build=device.build)
    return replace(
        Device.of(profile),
        supplement=device.supplement,
        extra=device.extra,
        syncs=emptied.syncs,
        journal=emptied.journal,
    )


def restored(device: Device, version: str, build: str) -> Device:
    """The device on another OS, an older one as a rule, still enrolled; it reports everything anew."""
    return replace(
        device,
        version=version,
        build=build,
        supplement="",
        extra="",
        phase=Phase.NONE,
        target=None,
        reported={},
        last_full=None,
    )


def repaired(device: Device, model: str) -> Device:
    """The device with another logic board: the lookup service knows it by this model."""
    return replace(device, profile=replace(device.profile, model=model))


def event_of(
    device: Device,
    clock: datetime,
    what: Literal["held", "dropped", "installed", "failed"],
    enforcement: Declaration,
) -> Event:
    """The entry of the journal that says so."""
    return Event(
        clock,
        what,
        enforcement.key.identifier,
        enforcement.token,
        enforcement.payload["TargetOSVersion"],
        deadline(enforcement),
        device.version,
        device.syncs,
    )
