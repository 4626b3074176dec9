"""`pomona import`: Device manifests from a list."""

from pathlib import Path

import click

from controller.cli import options


@click.command(name="import")
@click.argument("file", type=options.FILE)
@click.option("-n", "--namespace", metavar="NAME", help="Written into every manifest; default: into none.")
@click.pass_context
def import_(ctx: click.Context, file: Path, namespace: str | None) -> None:
    """Print Device manifests for the rows of a CSV file.

    Columns: enrollment, serialNumber, model; every other one becomes a label. Empty cells are left out.
    Where anything is wrong, every problem is told with its line, and no manifest is printed.

    \b
    Example:
      pomona import devices.csv > policies/devices.yaml
      pomona import devices.csv -n acme | kubectl apply --server-side -f -
    """
    from controller.cli.inventory import read_inventory

    try:
        content = file.read_bytes()
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror or error}") from error
    rows, problems = read_inventory(str(file), content)
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        ctx.exit(1)
    click.echo("---\n".join(row.manifest(namespace) for row in rows), nl=False)
