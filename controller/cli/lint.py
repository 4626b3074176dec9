"""`pomona lint`: what is wrong with manifests, before they are merged."""

from collections.abc import Sequence
from pathlib import Path

import click

from controller.cli.options import PATHS, output


@click.command()
@PATHS
@click.option("-n", "--namespace", metavar="NAME", help="The Fleet's. Default: what the files say.")
@click.option("--strict", is_flag=True, help="Warnings count as errors do.")
@output("table", "json", "github")
@click.pass_context
def lint(
    context: click.Context, paths: Sequence[Path], namespace: str | None, strict: bool, output: str
) -> None:
    """Judge the manifests in files and folders as publish would, and warn of what is hardly meant.

    Exits with 2 when there are errors: what publish refuses to apply.

    \b
    Example:
      pomona lint policies/
      pomona lint --strict -n acme -o github policies/
    """
    from datetime import UTC, datetime

    from controller.cli.files import read_files
    from controller.cli.findings import judge
    from controller.cli.forms import FORMS

    files, unread = read_files(paths)
    findings = judge(files, unread, namespace, datetime.now(UTC))
    for line in FORMS[output](findings):
        click.echo(line)
    if findings.errors or (strict and findings.warnings):
        context.exit(2)
