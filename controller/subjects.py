"""What can be learned: which releases there are."""

import hashlib
import json
from importlib.resources import files

from controller.domain.catalog import Catalog
from controller.domain.catalog_document import from_document, to_document
from controller.domain.readings import Reading
from controller.knowledge import Subject, Words


def bundled() -> Catalog:
    """The earliest posting dates that the package carries: all releases are known, none is on offer."""
    return from_document(json.loads((files("controller") / "data/posted.json").read_text()))


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _listed(reading: Reading) -> str:
    """What a reading lists, without its dates and its order."""
    return _digest(
        sorted(
            {
                (str(entry.version), entry.build, section, *sorted(entry.models))
                for section, entries in (("public", reading.public), ("signed", reading.signed))
                for entry in entries
            }
        )
    )


#: Which releases there are, from Apple's lookup service or a mirror of it.
CATALOG: Subject[Reading, Catalog] = Subject(
    note="pomona-catalog",
    entry="catalog",
    words=Words(
        condition="CatalogFresh",
        believed="the lookup service answers",
        unasked="no answer of the lookup service yet",
        stands="the catalog",
        before="nothing is decided before the first answer",
    ),
    first=bundled,
    doubt=lambda reading, catalog: reading.doubt(catalog.public_pairs()),
    empty=lambda reading: not reading.public,
    digest=_listed,
    learn=Catalog.learn,
    to_document=to_document,
    from_document=from_document,
)
