"""Feeds of exploited vulnerabilities on loopback, in the exact shape of SOFA's version 2, and their bad days.

Which release fixes which CVE is a fact of the end of 2025; what else happens is ours to play with.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from tests.lab.device import numbers
from tests.lab.documents import Documents
from tests.lab.pki import Authority
from tests.lab.readings import MACS, PADS, PHONES, WORLD, World

#: The paths, each with its product and that product's models.
FEEDS = {
    "/v2/macos_data_feed.json": ("macOS", MACS),
    "/v2/ios_data_feed.json": ("iOS and iPadOS", (*PHONES, *PADS)),
}

#: What was exploited before it was fixed, by the feed's product and the version that fixes it.
Exploited = Mapping[tuple[str, str], tuple[str, ...]]

EXPLOITED: Exploited = {
    ("macOS", "13.7.8"): ("CVE-2025-43300",),
    ("macOS", "26.2"): ("CVE-2025-43529", "CVE-2025-14174"),
    ("iOS and iPadOS", "18.7.3"): ("CVE-2025-43529", "CVE-2025-14174"),
    ("iOS and iPadOS", "26.2"): ("CVE-2025-43529", "CVE-2025-14174"),
}

#: What they answer on a day that is not bad.
Answer = Mapping[str, Any] | bytes | Literal["empty"]


def feeds(world: World = WORLD, exploited: Exploited = EXPLOITED) -> dict[str, Any]:
    """What the feeds say of a world: by path, the releases of each major, the newest first."""
    return {path: _feed(world, product, models, exploited) for path, (product, models) in FEEDS.items()}


def _feed(world: World, product: str, models: Iterable[str], exploited: Exploited) -> dict[str, Any]:
    versions = {r.version: r for r in world.releases if set(r.models) & set(models)}
    newest_first = sorted(versions, key=numbers, reverse=True)
    majors: dict[str, list[dict[str, Any]]] = {}
    for version in newest_first:
        entry = {
            "UpdateName": f"{product} {version}",
            "ProductName": product,
            "ProductVersion": version,
            "Build": versions[version].build,
            "ReleaseDate": f"{versions[version].posted}T00:00:00Z",
            "ActivelyExploitedCVEs": list(exploited.get((product, version), ())),
            "CVEs": {cve: {} for cve in exploited.get((product, version), ())},
        }
        majors.setdefault(version.partition(".")[0], []).append(entry)
    lines = [{"OSVersion": m, "Latest": found[0], "SecurityReleases": found} for m, found in majors.items()]
    return {"Version": "2.0", "UpdateHash": "", "OSVersions": lines}


class Advisories(Documents[Answer]):
    """Serves both feeds. At first they tell of `WORLD`; *answer* may change at any time."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        super().__init__(folder, authority, "advisories")
        self.answer = feeds()

    @property
    def urls(self) -> tuple[str, ...]:
        """Where they answer."""
        return tuple(self.origin + path for path in FEEDS)

    def bodies(self, answer: Answer) -> Mapping[str, bytes]:
        """Documents by path, one body for all paths, or no release in any feed."""
        if isinstance(answer, bytes):
            return dict.fromkeys(FEEDS, answer)
        documents = feeds(World()) if answer == "empty" else answer
        return {path: json.dumps(document).encode() for path, document in documents.items()}
