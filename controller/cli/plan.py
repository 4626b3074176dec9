"""`pomona plan`: what policies would change."""

from datetime import UTC, datetime
from pathlib import Path

import click

from controller.cli import options


@click.command()
@options.PATHS
@click.option(
    "--devices",
    type=options.FILE,
    metavar="FILE",
    help="Compare with these Devices (kubectl get devices -o yaml or json) and with no cluster.",
)
@options.catalog
@options.at
@click.option("--all", "everything", is_flag=True, help="List every device, also in a table and in markdown.")
@options.cluster
@options.output("table", "json", "yaml", "markdown")
@click.pass_context
def plan(
    ctx: click.Context,
    paths: tuple[Path, ...],
    devices: Path | None,
    reading: Path | None,
    history: Path | None,
    at: datetime | None,
    everything: bool,
    kubeconfig: str | None,
    context: str | None,
    namespace: str | None,
    output: str,
) -> None:
    """Show what the policies in these files and folders would change.

    They take the place of those of the same name in the cluster. Nothing is written.
    Exits with 2 when something would change, with 0 when nothing would.

    \b
    Example:
      pomona plan policies/ -n acme
      pomona plan policies/ --devices devices.json --reading pmv.json -o markdown
    """
    from controller.cli.forecast_forms import show
    from controller.cli.ground import Origin
    from controller.cli.proposal import Wrong, propose

    origin = Origin(devices, reading, history, kubeconfig, context, namespace, at or datetime.now(UTC))
    try:
        proposal = propose(paths, origin)
    except Wrong as wrong:
        click.echo(wrong.format_message(), err=True)
        ctx.exit(1)
    show(proposal, output, everything=everything)
    ctx.exit(2 if proposal.forecast.changed else 0)
