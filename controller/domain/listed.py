"""Which releases Apple lists for whole platforms, as people talk of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from controller.domain.catalog import Catalog
from controller.domain.versions import Platform, Version, platform_of


@dataclass(frozen=True, slots=True)
class Listed:
    """A release on a platform: when it was posted, for how many models it is listed and was taken back."""

    posted: date
    models: int = 0
    withdrawn: int = 0


#: By platform and version.
Listing = Mapping[tuple[Platform, Version], Listed]


def listing(catalog: Catalog, platforms: Collection[Platform]) -> Listing:
    """Every release of these platforms."""
    found: dict[tuple[Platform, Version], Listed] = {}
    for model, shelf in catalog.shelves.items():
        platform = platform_of(model)
        if platform is None or platform not in platforms:
            continue
        for release in shelf.releases:
            key = platform, release.version
            known = found.get(key, Listed(release.posted))
            found[key] = replace(
                known,
                posted=min(known.posted, release.posted),
                models=known.models + 1,
                withdrawn=known.withdrawn + release.withdrawn,
            )
    return found
