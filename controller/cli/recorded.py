"""Recorded answers of the lookup service: one reading, or a history of many."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import click

from controller.adapters.lookup import parse_answer, parse_history
from controller.cli.printing import one_line
from controller.domain.catalog import Catalog, Shelf
from controller.domain.history import Learning
from controller.domain.readings import Reading
from controller.ports import Unavailable
from controller.subjects import bundled


def read_history(file: Path) -> Sequence[tuple[datetime, Reading]]:
    """A recorded history: the moment and the reading, the oldest first."""
    try:
        return parse_history(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise click.ClickException(f"{file}: {one_line(error)}; expected a recorded history") from error


def read_reading(file: Path) -> Reading:
    """One answer as it came, which can be believed."""
    try:
        reading = parse_answer(file.read_bytes())
    except (OSError, Unavailable, RecursionError) as error:
        raise click.ClickException(f"{file}: {one_line(error)}") from error
    trouble = reading.doubt(0)
    if trouble:
        raise click.ClickException(f"{file}: {trouble}; expected an answer that can be believed")
    return reading


def one_source(reading: Path | None, history: Path | None) -> None:
    """Refuse both."""
    if reading and history:
        raise click.UsageError("--reading and --history say the same thing in two ways, expected one of them")


def catalog_at(reading: Path | None, history: Path | None, now: datetime) -> Catalog:
    """The catalog on that day: by one reading, by a history, or the bundled dates, which offer nothing."""
    one_source(reading, history)
    if reading:
        return catalog_by(reading, now)
    if history:
        catalog = Catalog()
        for moment, read in read_history(history):
            if moment <= now and not read.doubt(catalog.public_pairs()):
                catalog = catalog.learn(read, moment.date())
        return catalog
    return bundled()


def catalog_by(reading: Path, now: datetime) -> Catalog:
    """What one reading says at that moment, beside the bundled dates of what had been posted by then."""
    known = Catalog({model: _dates(shelf, now.date()) for model, shelf in bundled().shelves.items()})
    listed = Catalog({model: shelf for model, shelf in known.shelves.items() if shelf.releases})
    return listed.learn(read_reading(reading), now.date())


def _dates(shelf: Shelf, today: date) -> Shelf:
    """The dates alone: what was taken back later was not yet."""
    return Shelf(tuple(replace(r, withdrawn=False) for r in shelf.releases if r.posted <= today))


def catalog_of(model: str, history: Path, now: datetime) -> Catalog:
    """What a history says of one model at that moment."""
    learning, believed = Learning(frozenset({model.lower()})), False
    trouble = "no reading is that old"
    for moment, reading in read_history(history):
        if moment <= now:
            doubt = learning.hear(reading)
            trouble, believed = doubt or trouble, believed or not doubt
            learning.learn(moment.date())
    if not believed:
        raise click.ClickException(f"{history}: {trouble}; expected one of {now.date()} or before")
    learning.learn(now.date())
    return learning.catalog
