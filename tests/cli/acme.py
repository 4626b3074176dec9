"""A tenant as a cluster holds it: manifests, statuses, and what the operator knows."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from controller import crds
from controller.adapters.kube.wire import RawDevice
from controller.cli.sources import Seen, members_of
from controller.domain.decisions import Known
from controller.domain.proofs import Proofs
from controller.knowledge import Knowledge, to_entries
from controller.objects import Resource
from controller.subjects import CATALOG
from tests.domain.builders import a_catalog

Document = dict[str, Any]

NOW = datetime(2025, 8, 25, 12, tzinfo=UTC)
COMMIT = {"annotations": {"pomona.dev/commit": "main@sha1:a1"}}


def an_object(kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> Document:
    return {
        "apiVersion": "pomona.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, **metadata},
        "spec": spec,
    }


def a_device(name: str, status: Document, ring: str = "broad", **spec: Any) -> Document:
    known = {"enrollment": f"E-{name}", "serialNumber": name.upper()} | spec
    return an_object("Device", name, known, labels={"ring": ring}) | {"status": status}


def reported(version: str, build: str = "24G84", **said: Any) -> Document:
    known = {"platform": "macOS", "version": version, "build": build, "model": "J314sAP"}
    return {"reported": known | {"lastReport": "2025-08-25T09:00:00Z"} | said}


FLEET = an_object(
    "Fleet", "acme", {"mdm": {"nanohub": {"url": "https://mdm.example", "secretRef": {"name": "nanohub"}}}}
)

POLICIES = [
    an_object(
        "UpdatePolicy",
        "macs",
        {
            "platform": "macOS",
            "selector": {},
            "target": {"latest": {}},
            "gate": {"after": "macs-canary", "minDevices": 1},
            "deadline": {"days": 28, "weekdays": ["Mon", "Tue", "Wed", "Thu"]},
        },
        **COMMIT,
    ),
    an_object(
        "UpdatePolicy",
        "macs-canary",
        {
            "platform": "macOS",
            "selector": {"matchLabels": {"ring": "canary"}},
            "priority": 10,
            "target": {"latest": {}},
            "deadline": {"days": 14},
            "freeze": [{"from": "2025-08-30", "until": "2025-09-07", "reason": "Fair"}],
        },
        **COMMIT,
    ),
    an_object("UpdatePolicy", "phones", {"platform": "iOS", "selector": {}, "target": {"sameMajor": {}}}),
]

ENDED = [
    {
        "version": "15.6",
        "posted": "2025-07-29",
        "declared": "2025-07-30",
        "deadline": "2025-08-12T18:00:00",
        "installed": "2025-08-03",
        "policy": "macs-canary",
        "commit": "main@sha1:00",
    },
    {
        "version": "15.5",
        "posted": "2025-05-12",
        "declared": "2025-05-14",
        "deadline": "2025-05-26T18:00:00",
        "policy": "macs-canary",
    },
]

STANDS = {
    "version": "15.6.1",
    "posted": "2025-08-20",
    "declared": "2025-08-21",
    "deadline": "2025-08-29T18:00:00",
    "policy": "macs-canary",
    "commit": "main@sha1:a1",
}

DEVICES = [
    a_device(
        "canary",
        reported("15.6", versionSince="2025-08-03", installState="downloading")
        | {
            "reason": "Enforced",
            "message": "15.6.1 by 2025-08-29T18:00",
            "policy": "macs-canary",
            "target": {"version": "15.6.1", "build": ""},
            "deadline": "2025-08-29T18:00:00",
            "progress": "Downloading",
            "attention": {"reason": "Silent", "message": "no report since; see that it is on and online"},
            "enforcement": STANDS,
            "history": ENDED,
        },
        ring="canary",
    ),
    a_device("broad", reported("15.6", failure={"count": 2, "reason": "battery", "at": ""})),
    a_device(
        "shown",
        reported("15.5")
        | {
            "target": {"version": "15.6", "build": ""},
            "deadline": "2025-08-27T18:00:00",
            "policy": "macs",
            "progress": "Prepared",
        },
    ),
    a_device("fresh", {}, model="J314sAP"),
    a_device("twin", {}, enrollment="E-broad"),
]

#: What the operator keeps of the catalog.
CATALOG_NOTE = to_entries(CATALOG, Knowledge(CATALOG.words, a_catalog(), NOW))


def seen(
    devices: Sequence[Document] = tuple(DEVICES), fleet: Document | None = FLEET, known: Known | None = None
) -> Seen:
    """What `look` would find."""
    raws = [msgspec.json.decode(json.dumps(device).encode(), type=RawDevice) for device in devices]
    return Seen(
        "acme",
        _resource(fleet) if fleet else None,
        [_resource(policy) for policy in POLICIES],
        members_of(raws, NOW),
        known or Known(a_catalog(), proofs=Proofs()),
    )


def _resource(document: Document) -> Resource:
    filled = crds.with_defaults(document["kind"], document)
    meta = filled["metadata"]
    return Resource(
        document["kind"],
        "acme",
        meta["name"],
        "",
        1,
        NOW,
        {},
        meta.get("annotations", {}),
        filled["spec"],
        {},
    )
