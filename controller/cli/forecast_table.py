"""A forecast for a terminal, coloured; plain where it is piped."""

import io
import sys
from collections.abc import Iterable, Mapping, Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from controller.cli import forecast_words as words
from controller.cli.printing import printable
from controller.cli.proposal import Proposal
from controller.domain.cautions import Caution
from controller.domain.changes import Change
from controller.domain.forecast import Forecast

_COLOURS = {
    Change.ENFORCE: "green",
    Change.MOVE: "yellow",
    Change.DETAILS: "dim",
    Change.WITHDRAW: "red",
}

#: Wider than any line: what is piped is not broken.
_ENDLESS = 100_000


def table(proposal: Proposal, most: int) -> None:
    """Print it."""
    if sys.stdout.isatty():
        _draw(Console(highlight=False), proposal, most)
        return
    paper = io.StringIO()
    _draw(Console(file=paper, width=_ENDLESS, color_system=None, force_terminal=False), proposal, most)
    click.echo("\n".join(line.rstrip() for line in paper.getvalue().splitlines()))


def _draw(console: Console, proposal: Proposal, most: int) -> None:
    forecast = proposal.forecast
    console.print(Text(words.headline(forecast), "bold"))
    console.print(Text(printable(words.setting(proposal)), "dim"))
    _warn(console, proposal.cautions)
    _section(console, "Changes", _changes(forecast))
    _section(console, "Reasons", _counts(("Reason", *_AMOUNTS), forecast.reasons()))
    _section(console, "Policies", _counts(("Policy", *_AMOUNTS), forecast.policies()))
    _dues(console, forecast)
    _section(console, "Devices", _devices(forecast, most))
    left = words.listed(forecast, most)[1]
    if left:
        console.print(Text(left, "dim"))


_AMOUNTS = ("Before", "After", "")


def _warn(console: Console, cautions: Iterable[Caution]) -> None:
    for caution in cautions:
        console.print(Text.assemble((f"{caution.reason}: ", "bold yellow"), printable(caution.message)))


def _section(console: Console, title: str, table: Table) -> None:
    if table.row_count:
        console.print()
        console.print(Text(title, "bold underline"))
        console.print(table)


def _grid(heads: Sequence[str], right: Sequence[str] = ()) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for head in heads:
        last = head == heads[-1]
        grid.add_column(head.upper(), justify="right" if head in right else "left", no_wrap=not last)
    return grid


def _changes(forecast: Forecast) -> Table:
    grid = _grid(("Change", "Devices", ""), ("Devices",))
    for change, count, meaning in words.changes(forecast):
        grid.add_row(Text(str(change), _COLOURS[change]), f"{count:,}", meaning)
    return grid


def _counts(heads: Sequence[str], counts: Mapping[str, tuple[int, int]]) -> Table:
    grid = _grid(heads, _AMOUNTS)
    for name, (before, after) in counts.items():
        style = "" if before == after else "bold"
        amounts = (f"{before:,}", f"{after:,}", words.difference((before, after)))
        grid.add_row(Text(printable(name), style), *amounts)
    return grid


def _dues(console: Console, forecast: Forecast) -> None:
    days = forecast.due()
    if days:
        console.print()
        console.print(Text("Deadlines", "bold underline"))
    for day in days:
        console.print(Text(words.due(day, forecast.situation.now), "red" if day.passed else ""))


def _devices(forecast: Forecast, most: int) -> Table:
    grid = _grid(tuple(words.COLUMNS.values()))
    for row in words.listed(forecast, most)[0]:
        device, change, *others = words.cells(row)
        style = _COLOURS[row.change] if row.change else ""
        grid.add_row(device, Text(change, style), *map(Text, others))
    return grid
