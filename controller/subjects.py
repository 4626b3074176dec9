"""What can be learned: which releases there are, and which of them fix exploited vulnerabilities."""

import hashlib
import json
from importlib.resources import files

from controller.domain import catalog_document, exploited
from controller.domain.catalog import Catalog
from controller.domain.exploited import Advisories, Exploited
from controller.domain.readings import Reading
from controller.knowledge import Subject, Words


def bundled() -> Catalog:
    """The earliest posting dates that the package carries: all releases are known, none is on offer."""
    return catalog_document.from_document(json.loads((files("controller") / "data/posted.json").read_text()))


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


def _advised(advisories: Advisories) -> str:
    """What a reading of the feeds says, without its order."""
    return _digest(sorted((*map(str, key), *sorted(cves)) for key, cves in advisories.fixes.items()))


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
    to_document=catalog_document.to_document,
    from_document=catalog_document.from_document,
)

#: Which releases fix exploited vulnerabilities, from SOFA's feeds or others of their form.
EXPLOITED: Subject[Advisories, Exploited] = Subject(
    note="pomona-exploited",
    entry="exploited",
    words=Words(
        condition="ExploitedFresh",
        believed="the feeds of exploited vulnerabilities answer",
        unasked="no answer of the feeds of exploited vulnerabilities yet",
        stands="the knowledge",
        before="no release counts as the fix of an exploited vulnerability before the first answer",
    ),
    first=Exploited,
    doubt=lambda advisories, known: advisories.doubt(known.listed),
    empty=lambda advisories: not advisories.fixes,
    digest=_advised,
    learn=lambda known, advisories, _: known.learn(advisories),
    to_document=exploited.to_document,
    from_document=exploited.from_document,
)
