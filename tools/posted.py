"""Derives the bundled table of earliest posting dates from a recorded history of the lookup service.

python tools/posted.py HISTORY.json.gz > controller/data/posted.json
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from controller.adapters.lookup import parse_history
from controller.domain.catalog import Catalog, Shelf
from controller.domain.catalog_document import to_document


def main() -> int:
    """Print the table: every release with its models and its earliest date, nothing on offer."""
    catalog = Catalog()
    for observed, reading in parse_history(Path(sys.argv[1]).read_bytes()):
        if not reading.doubt(catalog.public_pairs()):
            catalog = catalog.learn(reading, observed.date())
    document = to_document(Catalog({model: _dates_only(shelf) for model, shelf in catalog.shelves.items()}))
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in document["releases"])
    models = ",\n".join(
        ",".join(map(json.dumps, document["models"][at : at + 6]))
        for at in range(0, len(document["models"]), 6)
    )
    sys.stdout.write(f'{{"models":[\n{models}\n],"releases":[\n{rows}\n],"improvements":[]}}\n')
    return 0


def _dates_only(shelf: Shelf) -> Shelf:
    return Shelf(
        tuple(
            replace(r, public=(), signed=(), past=tuple(sorted({*r.signed, *r.past}))) for r in shelf.releases
        )
    )


if __name__ == "__main__":
    sys.exit(main())
