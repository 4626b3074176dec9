"""What `pomona plan` compares with: a cluster, or a file of Devices."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import click

from controller.adapters.kube.wire import RawDevice
from controller.annotations import allowance
from controller.cli import sources
from controller.cli.recorded import catalog_at
from controller.domain.cautions import Caution, CautionReason
from controller.domain.cautions import devices as many
from controller.domain.decisions import Known
from controller.domain.fleets import Fleet
from controller.objects import Member, Resource


@dataclass(frozen=True, slots=True)
class Origin:
    """Where to look: a cluster, or *devices* where that is a file."""

    devices: Path | None
    reading: Path | None
    history: Path | None
    kubeconfig: str | None
    context: str | None
    namespace: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Ground:
    """What is there before: as a cluster or a file says. *against* names it to people.

    *namespace* is None where it does not say which one that is: then the manifests do.
    """

    against: str
    namespace: str | None
    known: Known
    members: Mapping[str, Member]
    fleet: Fleet = field(default_factory=Fleet)
    policies: Sequence[Resource] = ()
    allowance: int = 0
    cautions: Sequence[Caution] = ()


def from_cluster(origin: Origin) -> Ground:
    """The ground as the cluster holds it."""
    seen = asyncio.run(sources.look(origin.kubeconfig, origin.context, origin.namespace, origin.now))
    known = _with_catalog(seen.known, origin)
    against = f"namespace {seen.namespace}"
    if seen.fleet is None:
        told = f"there is no Fleet in {against}: its freezes and skips are unknown, its brake is the default"
        cautions = [Caution(CautionReason.NO_FLEET, told)]
        return Ground(against, seen.namespace, known, seen.members, policies=seen.policies, cautions=cautions)
    fleet, lets = sources.fleet_of(seen.fleet), allowance(seen.fleet)
    return Ground(against, seen.namespace, known, seen.members, fleet, seen.policies, lets)


def _with_catalog(known: Known, origin: Origin) -> Known:
    if not origin.reading and not origin.history:
        return known
    return replace(known, catalog=catalog_at(origin.reading, origin.history, origin.now))


def from_file(origin: Origin, devices: Path) -> Ground:
    """The ground as a file of Devices and a catalog have it."""
    if origin.kubeconfig or origin.context:
        raise click.UsageError("--devices and a cluster are two sources, expected one of them")
    raws = sources.read_raws(devices)
    spaces = sorted({raw.metadata.namespace for raw in raws} - {""})
    if len(spaces) > 1 and not origin.namespace:
        found = f"{devices}: found Devices of the namespaces {', '.join(spaces)}"
        raise click.UsageError(f"{found}; choose one with --namespace")
    namespace = origin.namespace or next(iter(spaces), None)
    mine = [raw for raw in raws if raw.metadata.namespace in ("", namespace)]
    members = sources.members_of(mine, origin.now)
    catalog = catalog_at(origin.reading, origin.history, origin.now)
    return Ground(str(devices), namespace, Known(catalog), members, cautions=list(_left_out(mine, members)))


def _left_out(raws: Iterable[RawDevice], members: Mapping[str, Member]) -> Iterator[Caution]:
    names = sorted({raw.metadata.name for raw in raws} - members.keys())
    if names:
        told = f"{many(len(names))} cannot be read and {'is' if len(names) == 1 else 'are'} left out"
        yield Caution(CautionReason.UNREADABLE, f"{told}: {', '.join(names[:10])}", devices=len(names))
