"""What was measured, as a table for people and as a page of the documentation."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.figures import Figure
from tests.bench.history import source

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"

_PAGE = """\
# Benchmarks

Speed and memory, beside the raw ceiling or another way to the same end.
What is compared is measured in turns, in the same run; a ratio is the median of its rounds' ratios.
Where others are at work on the machine, rates fall and ratios come closer to 1.
A missed target fails nothing, and is shown.

```
make bench                                     # all of them
.venv/bin/python -m tests.bench idle_memory    # some of them
.venv/bin/python -m tests.bench --record       # and write this page
```

API server, etcd and NanoHUB (in memory) are the real ones, on the same cores as what is measured.
For requests to the MDM alone it has no certificate to push with: commands are queued, and wake nobody.
Plans are made from {source}.
The fleet is invented: many models of all platforms, up to ten releases behind, three rings, ten departments,
forty sites, and a promise in force on about half of the devices.
Where it is at rest, its devices have enrolled in NanoHUB, hold what they are promised, and have said so.

{table}

## Raw

```json
{lines}
```
"""


def show(figures: Sequence[Figure], values: Mapping[str, float]) -> None:
    """Print the table."""
    table = Table("figure", "value", "target", "", "what it is", caption=f"plans are made from {source()}")
    for figure in figures:
        table.add_row(*_cells(figure, values[figure.name]))
    Console().print(table)


def record(figures: Sequence[Figure], values: Mapping[str, float], machine: str) -> None:
    """Write the page; figures that were not measured now stay as they were."""
    known = _recorded() | {name: (value, machine) for name, value in values.items()}
    there = [figure for figure in figures if figure.name in known]
    rows = ["| figure | value | target | | what it is |", "|---|---|---|---|---|"]
    rows += [f"| {' | '.join(_cells(figure, known[figure.name][0]))} |" for figure in there]
    lines = [_line(figure, *known[figure.name]) for figure in there]
    page = _PAGE.format(source=source(), table="\n".join(rows), lines="\n".join(lines))
    PAGE.write_text(page)


def _recorded() -> dict[str, tuple[float, str]]:
    if not PAGE.is_file():
        return {}
    found = [json.loads(line) for line in PAGE.read_text().splitlines() if line.startswith('{"name"')]
    return {line["name"]: (line["value"], line["machine"]) for line in found}


def _line(figure: Figure, value: float, machine: str) -> str:
    return json.dumps(
        {"name": figure.name, "value": _rounded(value), "unit": figure.unit, "machine": machine}
    )


def _cells(figure: Figure, value: float) -> tuple[str, str, str, str, str]:
    target = figure.target
    verdict = "" if target is None else "met" if target.met(value) else "missed"
    return (
        figure.name,
        f"{_rounded(value):,} {figure.unit}".strip(),
        str(target or ""),
        verdict,
        figure.meaning,
    )


def _rounded(value: float) -> float:
    """Three digits that count; the machine is too noisy for more."""
    rounded = float(f"{value:.3g}")
    return int(rounded) if rounded >= 100 else rounded
