"""A rehearsal as people and programs want it: a table, JSON."""

from typing import Any

import click

from controller.cli import printing
from controller.domain.lives import Action, Event
from controller.domain.rehearsal import Rehearsed


def show(lived: Rehearsed, form: str) -> None:
    """Print it as `table` or `json`."""
    if form == "json":
        printing.document(document(lived), form)
    else:
        _show(lived)


def document(lived: Rehearsed) -> dict[str, Any]:
    """The one object of `-o json`."""
    life = lived.life
    return {
        "model": lived.model,
        "from": lived.first.isoformat(),
        "to": lived.last.isoformat(),
        "forced": len(life.installs),
        "worstDaysBehind": life.worst,
        "meanDaysBehind": round(life.mean, 1),
        "leastNoticeDays": None if life.least_notice is None else round(life.least_notice, 1),
        "writes": len(life.written),
        "final": str(life.version),
        "events": [_event(event) for event in life.events],
    }


def _event(event: Event) -> dict[str, str]:
    said = {"at": event.at.isoformat(), "action": str(event.action), "version": str(event.version)}
    return said | ({"deadline": f"{event.deadline:%Y-%m-%dT%H:%M:%S}"} if event.deadline else {})


def _show(lived: Rehearsed) -> None:
    life, names = lived.life, " and ".join(policy.name for policy in lived.policies)
    click.echo(f"{lived.model} with {lived.installed} under {names}, {lived.first} to {lived.last}\n")
    if life.events:
        behind = {(install.on, install.version): str(install.behind) for install in life.installs}
        rows = [
            (
                event.at.isoformat(),
                str(event.action),
                str(event.version),
                f"{event.deadline:%Y-%m-%dT%H:%M}" if event.deadline else "",
                behind[event.at, event.version] if event.action is Action.INSTALLED else "",
            )
            for event in life.events
        ]
        printing.table(("DAY", "EVENT", "VERSION", "DEADLINE", "DAYS BEHIND"), rows)
        click.echo()
    click.echo(_summed_up(lived))


def _summed_up(lived: Rehearsed) -> str:
    life = lived.life
    parts = [printing.count(len(life.installs), "install")]
    if life.installs:
        parts.append(f"at worst {printing.count(life.worst, 'day')} behind, {life.mean:.1f} on average")
    if life.least_notice is not None:
        parts.append(f"at least {life.least_notice:.1f} days of notice")
    parts += [printing.count(len(life.written), "write"), f"runs {life.version} in the end"]
    return "; ".join(parts)
