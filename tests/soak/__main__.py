"""`make soak`: the compressed month, and its claims as a table. Exit 1 where one does not hold."""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.lab.ground import parts
from tests.lab.parts import BuildFailed
from tests.lab.waiting import StillNot
from tests.soak.claims import Verdict, judge
from tests.soak.evidence import Evidence
from tests.soak.run import FULL, SHORT, Size, Tell, play

#: So many examples of what is broken are shown for each claim.
EXAMPLES = 5


def main() -> int:
    """Run it; 0 when everything that is claimed is true."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--short", action="store_true", help="one device of each kind, in two minutes")
    parser.add_argument("--keep", type=Path, help="copy the logs into this folder")
    options = parser.parse_args()
    console, began = Console(), time.monotonic()

    def tell(text: str) -> None:
        console.print(f"[bright_black]{time.monotonic() - began:6.1f} s[/]  {text}", highlight=False)
        sys.stdout.flush()

    tell("etcd, kube-apiserver, NanoHUB and a lookup service are started")
    try:
        verdicts = judge(_evidence(SHORT if options.short else FULL, tell, options.keep))
    except (BuildFailed, StillNot) as error:
        console.print(f"the month did not come to its end: {error}", style="red")
        return 1
    show(console, verdicts)
    return any(verdict.broken for verdict in verdicts)


def _evidence(size: Size, tell: Tell, keep: Path | None) -> Evidence:
    with parts() as (lab, events):
        try:
            return asyncio.run(play(lab, events, size, tell))
        finally:
            _keep(lab.folder, keep)


def show(console: Console, verdicts: list[Verdict]) -> None:
    """The claims as a table, then examples of what is broken."""
    table = Table("claim", title="A month in the life of a fleet", title_justify="left")
    table.add_column("tried", justify="right")
    table.add_column("verdict")
    for verdict in verdicts:
        holds = "[green]holds" if not verdict.broken else f"[red]broken {len(verdict.broken)} times"
        table.add_row(verdict.claim, f"{verdict.tried:,}", holds)
    console.print(table)
    for verdict in verdicts:
        for example in verdict.broken[:EXAMPLES]:
            console.print(f"{verdict.claim}: {example}", style="red", markup=False, highlight=False)


def _keep(folder: Path, into: Path | None) -> None:
    if into:
        into.mkdir(parents=True, exist_ok=True)
        for log in folder.glob("*.log"):
            (into / log.name).write_bytes(log.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
