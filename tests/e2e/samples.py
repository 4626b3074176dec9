"""Good manifests, which have every field between them."""

import copy
from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]


def a(kind: str, spec: Mapping[str, Any], **metadata: Any) -> Document:
    return {
        "apiVersion": "pomona.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": "sample", **metadata},
        "spec": copy.deepcopy(dict(spec)),
    }


_FREEZE = {"from": "2026-12-19", "until": "2027-01-06", "reason": "Holidays", "exceptExploited": True}
_POLICY = {
    "platform": "macOS",
    "selector": {
        "matchLabels": {"ring": "canary"},
        "matchExpressions": [
            {"key": "it.acme.example/owner", "operator": "NotIn", "values": ["lab", ""]},
            {"key": "ring", "operator": "Exists"},
        ],
        "names": ["c02xk1abcd"],
        "percent": 10,
        "enrolledDays": 14,
    },
    "priority": 10,
    "suspend": False,
    "target": {"exact": {"version": "15.6.1", "build": "24G90"}},
    "backgroundSecurity": "Leave",
    "skip": [{"version": "15.6", "reason": "VPN panics"}],
    "deadline": {
        "days": 14,
        "at": "18:00",
        "noticeDays": 3,
        "exploitedDays": 5,
        "majorDays": 60,
        "notBefore": "2026-12-01",
        "weekdays": ["Mon", "Tue"],
        "spreadDays": 4,
    },
    "freeze": [_FREEZE],
    "gate": {
        "after": "canary",
        "healthyPercent": 95,
        "minDevices": 5,
        "soakDays": 3,
        "exploitedSoakDays": 1,
        "proven": ["15.6.1"],
    },
    "detailsURL": "https://it.acme.example/updates",
}
_TARGETS: tuple[Document, ...] = (
    {"sameMajor": {}},
    {"latest": {"major": 15}},
    {"latest": {"behind": 1}},
    {"below": {"version": "26"}},
    {"none": {}},
)
DEVICE = {
    "enrollment": "00008112-000A1234ABCD001E",
    "serialNumber": "C02XK1ABCD",
    "model": "J314sAP",
    "hold": {"until": "2026-10-14", "reason": "Board roadshow"},
}
_REFS: tuple[Document, ...] = (
    {"branch": "main"},
    {"tag": "v1.2.3"},
    {"semver": ">=1.0.0 <2.0.0"},
    {"commit": "9f2c1e7d0b6a48357e1f9d0c2b3a4958677f8e9d"},
)
_FLEET: Document = {
    "suspend": True,
    "retire": False,
    "mdm": {"nanohub": {"url": "https://mdm.acme.example", "secretRef": {"name": "nanohub"}}},
    "git": {
        "url": "https://git.acme.example/it/updates.git",
        "ref": {"branch": "main"},
        "path": "policies",
        "interval": "1m",
        "secretRef": {"name": "git"},
        "verify": {"secretRef": {"name": "signers"}},
        "prune": True,
    },
    "skip": [{"platform": "macOS", "version": "15.6.1", "reason": "VPN panics"}],
    "freeze": [_FREEZE],
    "brake": {"percent": 20, "devices": 10},
    "notify": [
        {"type": "slack", "secretRef": {"name": "slack"}, "severity": "warning", "reasons": ["Gate*"]}
    ],
    "register": {"enabled": True, "labels": {"ring": "new"}},
}
_SAID = {
    "labels": {"ring": "canary", "it.acme.example/team": "a"},
    "annotations": {"it.acme.example/Why": "so"},
}

GOOD: tuple[Document, ...] = (
    a("UpdatePolicy", _POLICY, **_SAID),
    *(a("UpdatePolicy", {"platform": "iOS", "selector": {}, "target": target}) for target in _TARGETS),
    a("Device", DEVICE, **_SAID),
    *(a("Fleet", _FLEET | {"git": _FLEET["git"] | {"ref": ref}}) for ref in _REFS),
)
