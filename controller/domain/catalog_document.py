"""The catalog as a document, to be kept over restarts."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from controller.domain.catalog import Catalog, Shelf
from controller.domain.releases import Improvement, Release
from controller.domain.versions import Version


def to_document(catalog: Catalog) -> dict[str, Any]:
    """The catalog as JSON: each distinct release once, with the models that share it by index."""
    models = sorted(catalog.shelves)
    rows: dict[Release, list[int]] = defaultdict(list)
    for index, model in enumerate(models):
        for release in catalog.shelves[model].releases:
            rows[release].append(index)
    return {
        "models": models,
        "releases": [
            [str(r.version), r.posted.isoformat(), r.public, r.signed, r.past, r.withdrawn, of]
            for r, of in sorted(rows.items(), key=lambda row: (row[0].version, row[1]))
        ],
        "improvements": [
            [str(i.version), i.extra, i.build, i.prerequisite, i.posted.isoformat(), index]
            for index, model in enumerate(models)
            for i in catalog.shelves[model].improvements
        ],
    }


def from_document(document: Mapping[str, Any]) -> Catalog:
    """What `to_document` wrote."""
    models = document["models"]
    releases: dict[str, list[Release]] = {model: [] for model in models}
    for version, posted, public, signed, past, withdrawn, of in document["releases"]:
        release = Release(
            Version.parse(version),
            date.fromisoformat(posted),
            tuple(public),
            tuple(signed),
            tuple(past),
            withdrawn,
        )
        for index in of:
            releases[models[index]].append(release)
    improvements: dict[str, list[Improvement]] = {model: [] for model in models}
    for version, extra, build, prerequisite, posted, index in document["improvements"]:
        improvement = Improvement(
            Version.parse(version), extra, build, prerequisite, date.fromisoformat(posted)
        )
        improvements[models[index]].append(improvement)
    return Catalog(
        {
            model: Shelf(tuple(sorted(found, key=lambda r: r.version)), tuple(improvements[model]))
            for model, found in releases.items()
        }
    )
