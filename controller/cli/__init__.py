"""The command `pomona`; the only floor that prints. Each command imports what it needs when it runs."""

import sys
from collections.abc import Sequence
from pathlib import PurePath

import click

from controller.cli.crds import crds
from controller.cli.evidence import evidence
from controller.cli.explain import explain
from controller.cli.import_ import import_
from controller.cli.lint import lint
from controller.cli.plan import plan
from controller.cli.rehearse import rehearse
from controller.cli.releases import releases
from controller.cli.run import run


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="pomona")
def pomona() -> None:
    """Keep Apple devices up to date, driven from Git.

    \b
    Example:
      pomona crds | kubectl apply --server-side -f -
      pomona run
    """


pomona.add_command(crds)
pomona.add_command(evidence)
pomona.add_command(explain)
pomona.add_command(import_)
pomona.add_command(lint)
pomona.add_command(plan)
pomona.add_command(rehearse)
pomona.add_command(releases)
pomona.add_command(run)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 fine, 1 wrong, bad usage too. Errors are one line on stderr.

    Started as `kubectl-pomona` it is a plugin of kubectl's, and calls itself as its users do.
    """
    name = "kubectl pomona" if PurePath(sys.argv[0]).stem == "kubectl-pomona" else "pomona"
    try:
        code = pomona.main(arguments, prog_name=name, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = 1
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        where = context.command_path if context else name
        click.echo(f"{where}: {error.format_message()}", err=True)
        code = 1
    except (click.Abort, KeyboardInterrupt):
        code = 1
    sys.exit(code or 0)
