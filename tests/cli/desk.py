"""A folder as somebody has it who tries a change: policies, what kubectl printed, what Apple answered."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from tests.lab.lab import manifest
from tests.lab.readings import WORLD

#: The day on which everything is judged.
TODAY = date(2025, 12, 15)

POLICIES: dict[str, dict[str, Any]] = {
    "macs": {"platform": "macOS", "selector": {}, "target": {"latest": {}}, "deadline": {"days": 10}},
    "macs-lab": {
        "platform": "macOS",
        "selector": {"matchLabels": {"owner": "lab"}},
        "priority": 10,
        "target": {"none": {}},
    },
    "phones": {"platform": "iOS", "selector": {}, "target": {"sameMajor": {}}, "deadline": {"days": 5}},
    "phones-rest": {
        "platform": "iOS",
        "selector": {"matchLabels": {"ring": "rest"}},
        "priority": 10,
        "target": {"latest": {}},
        "deadline": {"days": 5, "exploitedDays": 1},
        "gate": {"after": "phones"},
    },
    "tvs": {"platform": "tvOS", "selector": {}, "target": {"latest": {}}},
}


def a_device(
    name: str,
    model: str,
    version: str,
    asked: tuple[str, str] | None = None,
    labels: dict[str, str] | None = None,
    **status: str,
) -> dict[str, Any]:
    """A Device as kubectl prints it; *asked* is the version and deadline that its status shows."""
    reported = {
        "platform": "macOS" if model.endswith("AP") else "iOS",
        "version": version,
        "build": "24G84",
        "model": model,
        "lastReport": "2025-12-15T09:00:00Z",
    }
    shown: dict[str, Any] = {"reason": "UpToDate", "policy": "macs", "reported": reported} | status
    if asked:
        shown |= {"reason": "Enforced", "progress": "Acknowledged", "deadline": asked[1]}
        shown["target"] = {"version": asked[0], "build": ""}
    return {
        "apiVersion": "pomona.dev/v1alpha1",
        "kind": "Device",
        "metadata": {
            "name": name,
            "namespace": "acme",
            "labels": labels or {},
            "creationTimestamp": "2025-01-01T00:00:00Z",
        },
        "spec": {"enrollment": f"E-{name}"},
        "status": shown,
    }


DEVICES = [
    a_device("mac-behind", "J314sAP", "26.1"),
    a_device("mac-kept", "J314sAP", "26.1", ("26.2", "2025-12-22T18:00:00")),
    a_device("mac-lab", "J314sAP", "26.1", ("26.2", "2025-12-26T18:00:00"), {"owner": "lab"}),
    a_device("mac-moved", "J413AP", "26.1", ("26.2", "2025-12-26T18:00:00")),
    a_device("mac-new", "J413AP", "26.2"),
    a_device("phone-behind", "iPhone17,1", "26.1", policy="phones"),
    a_device("phone-rest", "iPhone17,1", "26.1", None, {"ring": "rest"}, policy="phones"),
]


def make(folder: Path, policies: dict[str, dict[str, Any]] | None = None) -> None:
    """Write `policies/`, `devices.json`, `devices.yaml` and `reading.json` there."""
    (folder / "policies").mkdir()
    texts = [manifest("UpdatePolicy", name, spec) for name, spec in (policies or POLICIES).items()]
    (folder / "policies" / "all.yaml").write_text("---\n".join(texts))
    listed = {"apiVersion": "v1", "kind": "List", "items": DEVICES}
    (folder / "devices.json").write_text(json.dumps(listed, indent=2))
    (folder / "devices.yaml").write_text(yaml.safe_dump(listed))
    (folder / "reading.json").write_text(json.dumps(WORLD.answer(TODAY)))
