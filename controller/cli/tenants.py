"""One tenant of a cluster, as its operator decides about it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import click

from controller.cli.sources import Seen, fleet_of
from controller.domain.coverage import Coverage
from controller.domain.declarations import Promise
from controller.domain.devices import Device
from controller.domain.enforcements import in_force
from controller.domain.explaining import Explanation, explain
from controller.domain.fleets import Fleet
from controller.domain.proving import Proving
from controller.objects import Member
from controller.specs import read_policies


@dataclass(frozen=True, slots=True)
class Told:
    """An explanation, what the Device's status says, and why less is known or done than usual."""

    explanation: Explanation
    status: Mapping[str, Any]
    remarks: tuple[str, ...]


def status_of(member: Member) -> Mapping[str, Any]:
    """A Device's status; empty where nothing that can be read is there."""
    status = json.loads(member.status or b"{}")
    return status if isinstance(status, dict) else {}


def tell(seen: Seen, name: str, labels: Mapping[str, str], now: datetime) -> Told:
    """Explain the Device of this name, with these *labels* in the place of its own of the same keys."""
    member = seen.members.get(name)
    if member is None:
        raise click.ClickException(f"there is no Device {name} in namespace {seen.namespace}")
    fleet = _fleet(seen)
    device = _with_labels(member.device, labels)
    roster = [(m.device if m is not member else device, m.facts) for m in seen.members.values()]
    promises = _promises(seen)
    coverage = Coverage.of(read_policies(seen.policies), now)
    situation, gates = Proving(fleet, coverage, seen.known).situation(roster, promises)
    promise = promises.get(device.enrollment)
    explanation = explain(situation, device, member.facts, promise.declaration if promise else None, gates)
    return Told(explanation, status_of(member), tuple(_remarks(seen, fleet)))


def _fleet(seen: Seen) -> Fleet:
    if seen.fleet is None:
        raise click.ClickException(
            f"there is no Fleet in namespace {seen.namespace}: nothing is decided there"
        )
    return fleet_of(seen.fleet)


def _promises(seen: Seen) -> Mapping[str, Promise]:
    """What statuses say is in force, by enrollment."""
    promises = {}
    for member in seen.members.values():
        found = in_force(status_of(member))
        if found:
            promises[member.device.enrollment] = Promise(found.asked, "", "")
    return promises


def _with_labels(device: Device, labels: Mapping[str, str]) -> Device:
    return replace(device, labels=frozenset({**dict(device.labels), **labels}.items()))


def _remarks(seen: Seen, fleet: Fleet) -> Iterator[str]:
    if not seen.known.catalog.public_pairs():
        yield "no reading of the lookup service is known yet: the operator decides nothing"
    if fleet.suspend:
        yield "the Fleet is suspended: nothing is written to the MDM"
    if fleet.retire:
        yield "the Fleet is retired: nothing is enforced"
