"""Options that several commands share, and the kinds of values that they take."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from controller.domain.versions import Version

Decorator = Callable[[Any], Any]

#: A day is judged at this time, in UTC: what Apple posted in the evening before is known everywhere.
NOON = time(12, tzinfo=UTC)


class MomentParam(click.ParamType[datetime]):
    """A day such as 2026-12-01, which is judged at 12:00 UTC."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it, or fail with what is expected."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.combine(date.fromisoformat(value), NOON)
        except ValueError:
            self.fail(f"{value!r} is not a date such as 2026-12-01", param, ctx)


class LabelParam(click.ParamType[tuple[str, str]]):
    """A label such as ring=canary."""

    name = "label"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Read it, or fail with what is expected."""
        key, equals, text = value.partition("=")
        if not key or not equals:
            self.fail(f"{value!r} is not a label such as ring=canary", param, ctx)
        return key, text


class VersionParam(click.ParamType["Version"]):
    """An OS version such as 15.6.1."""

    name = "version"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Version":
        """Read it, or fail with what is expected."""
        from controller.domain.versions import Version

        try:
            return Version.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


#: A file that is there.
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

#: Files and folders that are there.
PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))


def output(*forms: str) -> Decorator:
    """`-o`: how the answer is printed, the first form by default."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help="The form of the answer.",
    )


def cluster(command: Any) -> Any:
    """The options of commands that can read a cluster."""
    for option in (
        click.option("-n", "--namespace", metavar="NAME", help="Default: the context's."),
        click.option("--context", metavar="NAME", help="A context of the kubeconfig."),
        click.option("--kubeconfig", metavar="FILE", help="Default: KUBECONFIG's, else ~/.kube/config."),
    ):
        command = option(command)
    return command


def at(command: Any) -> Any:
    """`--at`: another clock than today's."""
    return click.option(
        "--at", type=MomentParam(), metavar="DATE", help="Judge it on this day; default: now."
    )(command)


def catalog(command: Any) -> Any:
    """`--reading` and `--history`: what Apple offers, from files."""
    for option in (
        click.option("--history", type=FILE, help="Many recorded answers of the lookup service."),
        click.option("--reading", type=FILE, help="One answer of the lookup service, as it came."),
    ):
        command = option(command)
    return command
