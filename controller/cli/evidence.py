"""`pomona evidence`: what was enforced, by when, and when it was installed."""

import asyncio
import csv
import sys
from datetime import UTC, datetime

import click

from controller.cli import options


@click.command()
@click.option(
    "--from", "first", type=options.MomentParam(), metavar="DATE", help="Promised on this day or later."
)
@click.option(
    "--to", "last", type=options.MomentParam(), metavar="DATE", help="Promised on this day or earlier."
)
@options.cluster
@options.output("csv", "json")
def evidence(
    first: datetime | None,
    last: datetime | None,
    kubeconfig: str | None,
    context: str | None,
    namespace: str | None,
    output: str,
) -> None:
    """Print one row for each enforcement that ended or stands.

    From the statuses of all Devices of the namespace, which keep the last five that ended. --from and --to
    choose by the day that was promised, the deadline: a quarter's evidence is what was due in it. Rows are
    in the order of device and deadline. A state of Installed or Withdrawn has ended; any other stands.

    \b
    Example:
      pomona evidence -n acme --from 2026-07-01 --to 2026-09-30 > q3.csv
    """
    from controller.cli import printing
    from controller.cli.sources import look
    from controller.cli.tenants import status_of
    from controller.domain.evidence import COLUMNS, rows

    if first and last and last < first:
        raise click.UsageError(f"--to {last.date()} is before --from {first.date()}")
    seen = asyncio.run(look(kubeconfig, context, namespace, datetime.now(UTC)))
    devices = ((m.device, m.facts, status_of(m)) for m in seen.members.values())
    chosen = rows(devices, first.date() if first else None, last.date() if last else None)
    found_rows = [row.document() for row in chosen]
    if output == "json":
        printing.document([{key: value or None for key, value in row.items()} for row in found_rows], output)
    else:
        writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found_rows)
