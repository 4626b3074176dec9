"""Where commands read Devices from, and what is known about them: a file, a cluster.

What cannot be read ends the command: one line says who, what was found, and what is expected.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec
import yaml

from controller.adapters.kube.access import read_access
from controller.adapters.kube.client import Client, Refused
from controller.adapters.kube.cluster import Kube
from controller.adapters.kube.listing import list_all
from controller.adapters.kube.members import Reader
from controller.adapters.kube.paths import core
from controller.adapters.kube.wire import Page, RawDevice, Texts
from controller.cli.printing import one_line
from controller.domain.catalog import Catalog
from controller.domain.decisions import Known
from controller.domain.exploited import Exploited
from controller.domain.fleets import Fleet
from controller.domain.proofs import from_entries as read_proofs
from controller.knowledge import Subject, from_entries
from controller.objects import Member, Resource
from controller.ports import Rejected, Unavailable
from controller.prove import NAME as PROOFS
from controller.specs import read_fleet
from controller.subjects import CATALOG, EXPLOITED, bundled

Learned = TypeVar("Learned")

#: Where the charts' pages put the operator.
HOME = "pomona-system"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a cluster holds of one tenant, and what its operator knows."""

    namespace: str
    fleet: Resource | None
    policies: Sequence[Resource]
    members: Mapping[str, Member]
    known: Known = field(default_factory=Known)


def read_raws(file: Path) -> list[RawDevice]:
    """Devices: what `kubectl get devices` printed as YAML or JSON, or their manifests."""
    try:
        content = file.read_bytes()
        texts = [content] if content.lstrip()[:1] == b"{" else _as_json(content)
        return [raw for text in texts for raw in _raws(text)]
    except (OSError, yaml.YAMLError, msgspec.MsgspecError, ValueError, TypeError, RecursionError) as error:
        found = f"{file}: {one_line(error)}"
        raise click.ClickException(f"{found}; expected Devices as kubectl prints them") from error


def _as_json(content: bytes) -> list[bytes]:
    documents = yaml.load_all(content, yaml.CSafeLoader)
    return [msgspec.json.encode(document) for document in documents if document]


def _raws(text: bytes) -> list[RawDevice]:
    """The Devices of one document: a list of them, or one."""
    listed = msgspec.json.decode(text, type=_Listing)
    return [msgspec.json.decode(text, type=RawDevice)] if listed.items is None else listed.items


class _Listing(msgspec.Struct):
    items: list[RawDevice] | None = None


def members_of(raws: Collection[RawDevice], now: datetime) -> Mapping[str, Member]:
    """Devices as the operator reads them, by name. One that was never in a cluster counts as made *now*."""
    reader = Reader()
    for raw in raws:
        raw.metadata.creation_timestamp = raw.metadata.creation_timestamp or now
    members = (reader.read(raw) for raw in raws)
    return {member.device.name: member for member in members if member}


def fleet_of(resource: Resource) -> Fleet:
    """What a Fleet of the cluster asks for."""
    try:
        return read_fleet(resource)
    except ValueError as error:
        raise click.ClickException(f"the Fleet {resource.name} cannot be followed: {error}") from error


async def look(kubeconfig: str | None, context: str | None, namespace: str | None, now: datetime) -> Seen:
    """One tenant of a cluster. Nothing is written."""
    async with _asking(kubeconfig, context) as (client, home):
        return await _look(client, namespace or home, now)


async def look_up(kubeconfig: str | None, context: str | None, namespace: str | None) -> Catalog:
    """The catalog of a cluster's operator."""
    async with _asking(kubeconfig, context) as (client, home):
        catalog = await _noted(client, namespace or home, CATALOG)
    if catalog is None:
        found = f"there is no readable ConfigMap {CATALOG.note} in {HOME} or {namespace or home}"
        raise click.ClickException(f"{found}; expected what the operator has learned")
    return catalog


@asynccontextmanager
async def _asking(kubeconfig: str | None, context: str | None) -> AsyncIterator[tuple[Client, str]]:
    """A client of a cluster, and the namespace of its context."""
    try:
        access = read_access(kubeconfig, context)
        client = Client(access)
        try:
            yield client, access.namespace
        finally:
            await client.close()
    except (Unavailable, Rejected) as error:
        raise click.ClickException(str(error)) from error
    except msgspec.MsgspecError as error:
        raise click.ClickException(f"the API server does not answer as one does: {error}") from error


async def _look(client: Client, namespace: str, now: datetime) -> Seen:
    kube = Kube(client, [namespace], lambda _: None)
    fleets, policies = await kube.fleets(namespace), await kube.policies(namespace)
    raws = await list_all(client, "Device", namespace, Page[RawDevice])
    catalog = await _noted(client, namespace, CATALOG)
    exploited = await _noted(client, namespace, EXPLOITED)
    proofs = read_proofs(await kube.notes(namespace, None).recall(PROOFS))
    known = Known(catalog or bundled(), exploited or Exploited(), proofs)
    return Seen(namespace, fleets[0] if fleets else None, policies, members_of(raws, now), known)


async def _noted(client: Client, namespace: str, subject: Subject[Any, Learned]) -> Learned | None:
    """What the operator knows, from its own namespace; None where that is not to be found or read."""
    for home in (HOME, client.home, namespace):
        try:
            answer = await client.get(core("configmaps", home, subject.note))
        except Refused:
            continue
        entries = msgspec.json.decode(answer, type=Texts).data
        if subject.entry in entries:
            return from_entries(subject, entries).known
    return None
