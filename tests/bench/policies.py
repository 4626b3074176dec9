"""Fifty policies, ten for each platform, as the API server keeps their specs."""

from collections.abc import Iterator
from typing import Any

from controller import crds
from controller.domain.catalog import Catalog
from controller.domain.versions import ENFORCEABLE, Platform, Version, platform_of

#: Percent of the devices in each ring.
RINGS = {"canary": 1, "early": 9, "broad": 90}

DEPARTMENTS = ("board", "design", "finance", "health", "lab", "legal", "sales", "school", "shop", "support")

SITES = tuple(f"site-{number:02}" for number in range(40))


def fifty(catalog: Catalog) -> Iterator[tuple[str, dict[str, Any]]]:
    """By name: a floor for everything, the rings, and the departments that want something else."""
    for platform in ENFORCEABLE:
        major, older = _versions(catalog, platform)
        for name, priority, selector, target, days, more in _ten(major, older):
            yield f"{platform.lower()}-{name}", _spec(platform, priority, selector, target, days, more)


def _ten(
    major: int, older: Version
) -> Iterator[tuple[str, int, dict[str, Any], dict[str, Any], int, dict[str, Any]]]:
    latest: dict[str, Any] = {"latest": {}}
    same: dict[str, Any] = {"sameMajor": {}}
    yield "all", 0, {}, latest, 30, {"deadline": {"majorDays": 60, "spreadDays": 4}}
    yield "canary", 10, {"matchLabels": {"ring": "canary"}}, latest, 2, {"deadline": {"exploitedDays": 1}}
    frozen = {"freeze": [{"from": "2025-12-29", "until": "2026-01-09"}]}
    early, broad = {"gate": {"after": "canary"}}, {"gate": {"after": "early", "soakDays": 5}}
    yield "early", 10, {"matchLabels": {"ring": "early"}}, latest, 7, early
    yield "broad", 10, {"matchExpressions": [_one_of("ring", "broad")]}, same, 14, broad
    yield "finance", 20, {"matchExpressions": [_one_of("department", "finance", "legal")]}, same, 21, frozen
    yield "lab", 20, {"matchLabels": {"department": "lab"}}, {"latest": {"major": major}}, 5, {}
    yield "school", 20, {"matchLabels": {"department": "school"}}, {"exact": {"version": str(older)}}, 10, {}
    yield "shop", 30, {"matchLabels": {"department": "shop", "ring": "broad"}}, same, 14, {"suspend": True}
    yield "site", 30, {"matchLabels": {"site": "site-07"}}, {"none": {}}, 14, {}
    names = [f"device-{index:07}" for index in range(0, 10_000, 500)]
    yield "board", 90, {"names": names}, latest, 30, {"detailsURL": "https://it.acme.example/updates"}


def _one_of(key: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": list(values)}


def _spec(
    platform: Platform,
    priority: int,
    selector: dict[str, Any],
    target: dict[str, Any],
    days: int,
    more: dict[str, Any],
) -> dict[str, Any]:
    spec = {
        "platform": str(platform),
        "selector": selector,
        "priority": priority,
        "target": target,
        **more,
        "deadline": {"days": days, "weekdays": ["Mon", "Tue", "Wed", "Thu"], **more.get("deadline", {})},
    }
    if "gate" in more:
        spec["gate"] = {**more["gate"], "after": f"{platform.lower()}-{more['gate']['after']}"}
    filled: dict[str, Any] = crds.with_defaults("UpdatePolicy", {"spec": spec})["spec"]
    return filled


def _versions(catalog: Catalog, platform: Platform) -> tuple[int, Version]:
    """The newest major of a platform, and the version before the newest, where there is one."""
    shelves = [shelf for model, shelf in catalog.shelves.items() if platform_of(model) is platform]
    versions = sorted({release.version for shelf in shelves for release in shelf.releases})
    return versions[-1].major, versions[-2:][0]


def to_policy(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    """A policy as its author writes it."""
    return {
        "apiVersion": "pomona.dev/v1alpha1",
        "kind": "UpdatePolicy",
        "metadata": {"name": name},
        "spec": spec,
    }
