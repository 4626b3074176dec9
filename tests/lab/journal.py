"""What tests ask of the journal of a device. Pure."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby

from tests.lab.device import Device, Event, numbers


def arrivals(device: Device, owner: str = "") -> list[Event]:
    """Every enforcement that the device came to hold; *owner* is how their identifiers begin."""
    return [event for event in _of(device, owner) if event.what == "held"]


def needless(device: Device, owner: str = "") -> list[Event]:
    """The arrivals that asked for no more than the device ran."""
    return [e for e in arrivals(device, owner) if numbers(e.version) <= numbers(e.running)]


def least_notice(device: Device, owner: str = "") -> timedelta:
    """The shortest time that an arrival left until its deadline; no arrival leaves all the time there is."""
    return min((event.notice for event in arrivals(device, owner)), default=timedelta.max)


def longest_overlap(device: Device, owner: str = "") -> int:
    """Over how many syncs in a row the device held two enforcements or more: 0 never, 1 until the next."""
    held: set[str] = set()
    since, longest = 0, 0
    changes = (event for event in _of(device, owner) if event.what in ("held", "dropped"))
    for sync, events in groupby(changes, key=lambda event: event.sync):
        if since:
            longest = max(longest, sync - since)
        for event in events:
            (held.add if event.what == "held" else held.discard)(event.identifier)
        since = (since or sync) if len(held) > 1 else 0
    return max(longest, device.syncs + 1 - since) if since else longest


def _of(device: Device, owner: str) -> Iterator[Event]:
    return (event for event in device.journal if event.identifier.startswith(owner))
