"""`pomona explain`: why a device has what it has."""

import asyncio
from datetime import UTC, datetime

import click

from controller.cli import options


@click.command()
@click.argument("device")
@options.at
@click.option(
    "--labels",
    type=options.LabelParam(),
    multiple=True,
    metavar="KEY=VALUE",
    help="What if it had this label? Repeatable; its other labels stay.",
)
@options.cluster
@options.output("table", "json", "yaml")
def explain(
    device: str,
    at: datetime | None,
    labels: tuple[tuple[str, str], ...],
    kubeconfig: str | None,
    context: str | None,
    namespace: str | None,
    output: str,
) -> None:
    """Say why DEVICE has what it has, in the order of the rules.

    With another clock or other labels: what it would have. What is in force is read from statuses.

    \b
    Example:
      pomona explain c02xk1abcd -n acme
      pomona explain c02xk1abcd -n acme --at 2026-12-20 --labels ring=canary
    """
    from controller.cli import printing
    from controller.cli.explanations import document, prose
    from controller.cli.sources import look
    from controller.cli.tenants import tell

    now = at or datetime.now(UTC)
    seen = asyncio.run(look(kubeconfig, context, namespace, now))
    told = tell(seen, device, dict(labels), now)
    if output == "table":
        click.echo("\n".join(prose(told, now)))
    else:
        printing.document(document(told, seen.namespace, now), output)
