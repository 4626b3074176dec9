"""`pomona rehearse`: the time machine."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from controller.cli import options

if TYPE_CHECKING:
    from controller.domain.devices import Device
    from controller.domain.policies import UpdatePolicy
    from controller.domain.readings import Reading
    from controller.domain.rehearsal import Rehearsed
    from controller.domain.versions import Version

#: The longest time to live through.
LONGEST = timedelta(days=3660)


@click.command()
@options.PATHS
@click.option("--history", required=True, type=options.FILE, help="Recorded answers of the lookup service.")
@click.option("--model", required=True, metavar="ID", help="As the lookup service names it, such as J314sAP.")
@click.option(
    "--installed", required=True, type=options.VersionParam(), metavar="V", help="What it runs at first."
)
@click.option(
    "--from", "first", type=options.MomentParam(), metavar="DATE", help="Default: the first reading's day."
)
@click.option(
    "--to", "last", type=options.MomentParam(), metavar="DATE", help="Default: the last reading's day."
)
@click.option(
    "--labels", type=options.LabelParam(), multiple=True, metavar="K=V", help="The device's; repeatable."
)
@click.option("--name", default="device", show_default=True, help="The device's, for percent and spreadDays.")
@options.output("table", "json", "svg")
@click.pass_context
def rehearse(
    context: click.Context,
    paths: Sequence[Path],
    history: Path,
    model: str,
    installed: "Version",
    first: datetime | None,
    last: datetime | None,
    labels: Sequence[tuple[str, str]],
    name: str,
    output: str,
) -> None:
    """Live through recorded readings with a device that never updates by itself.

    It follows the policies in these files and folders. Devices of the rings before its gate come along.

    \b
    Example:
      pomona rehearse policies --history pmv.json.gz --model J314sAP --installed 15.5
      pomona rehearse policies --history pmv.json.gz --model J314sAP --installed 15.5 -o svg > year.svg
    """
    from controller.cli import rehearsal_forms as forms
    from controller.cli.policies import read_policies
    from controller.cli.recorded import read_history
    from controller.domain.devices import Device
    from controller.domain.history import noon

    if not name or " " in name:
        raise click.UsageError(f"{name!r} is not a name such as c02xk1abcd")
    draw = _drawing() if output == "svg" else None
    written = read_policies(paths)
    if written.problems:
        click.echo("\n".join(map(str, written.problems)), err=True)
        context.exit(1)
    readings = read_history(history)
    if not readings:
        raise click.ClickException(f"{history}: found no reading, expected one at least")
    begin, end = _range(readings, first, last)
    device = Device(name, name, noon(begin), frozenset(labels))
    lived = _live(written.policies, readings, device, model, installed, (begin, end))
    if draw:
        click.echo(draw(lived), nl=False)
    else:
        forms.show(lived, output)


def _range(
    readings: Sequence[tuple[datetime, "Reading"]], first: datetime | None, last: datetime | None
) -> tuple[date, date]:
    """The days to live through: from the first one on which something is known."""
    from controller.domain.history import noon

    begin, end = readings[0][0], readings[-1][0].date()
    begin_day = begin.date() if begin <= noon(begin.date()) else begin.date() + timedelta(days=1)
    days = first.date() if first else begin_day, last.date() if last else max(end, begin_day)
    if days[0] > days[1]:
        raise click.UsageError(f"there is no day from {days[0]} to {days[1]}")
    if days[1] - days[0] > LONGEST:
        raise click.UsageError(f"found {(days[1] - days[0]).days} days, expected at most {LONGEST.days}")
    return days


def _live(
    policies: Sequence["UpdatePolicy"],
    readings: Sequence[tuple[datetime, "Reading"]],
    device: "Device",
    model: str,
    installed: "Version",
    span: tuple[date, date],
) -> "Rehearsed":
    from controller.cli.progress import stepped
    from controller.domain.companions import Companions, covering
    from controller.domain.history import days, noon
    from controller.domain.rehearsal import Rehearsal, Rehearsed

    first, last = span
    moments = [noon(first + timedelta(days=n)) for n in range((last - first).days + 1)]
    ours = covering(policies, device, model, moments)
    if not ours:
        labels = ", ".join(f"{key}={value}" for key, value in sorted(device.labels)) or "no labels"
        raise click.ClickException(f"no policy covers {device.name}, {model} with {labels}")
    along = Companions.of(policies, ours, device.created)
    rehearsal = Rehearsal(policies, model, installed, [device, *along.devices], along.parts)
    known = days(readings, [model], first, last)
    rehearsal.through(stepped(known, len(moments), "living through"))
    life = rehearsal.lives[device.name]
    return Rehearsed(model, installed, first, last, ours, life, rehearsal.proofs, rehearsal.catalog)


def _drawing() -> Callable[["Rehearsed"], str]:
    """What draws the timeline, if it is there."""
    try:
        from controller.cli.timeline import draw
    except ImportError as error:
        found = f"-o svg needs matplotlib ({error}); install it with: pip install 'pomona[charts]'"
        raise click.ClickException(found) from error
    return draw
