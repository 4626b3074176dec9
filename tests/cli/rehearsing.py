"""Policies to rehearse, and the lab's autumn to live through."""

from pathlib import Path
from typing import Any

import yaml

MAC = ("--model", "J314sAP", "--installed", "26.0")

Document = dict[str, Any]


def a_policy(name: str = "macs", **spec: Any) -> Document:
    whole = {"platform": "macOS", "selector": {}, "target": {"latest": {}}} | spec
    metadata = {"name": name}
    return {"apiVersion": "pomona.dev/v1alpha1", "kind": "UpdatePolicy", "metadata": metadata, "spec": whole}


RINGS = (
    a_policy("canary", selector={"matchLabels": {"ring": "canary"}}, priority=10, deadline={"days": 3}),
    a_policy("early", selector={"percent": 1}, priority=5, gate={"after": "canary"}, deadline={"days": 7}),
    a_policy(
        gate={"after": "early", "minDevices": 2, "soakDays": 1},
        deadline={"days": 7},
        freeze=[{"from": "2025-12-01", "until": "2025-12-05", "reason": "Inventory, $5 < $6"}],
    ),
)


def written(folder: Path, *documents: Document) -> Path:
    file = folder / "policies.yaml"
    file.write_text(yaml.safe_dump_all(documents))
    return file
