"""A history in the format of recorded ones: many answers of the lookup service in one document."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from tests.lab.readings import WORLD, World

#: The columns of a row; the last one is the index of its device set.
COLUMNS = (
    "ProductVersion",
    "Build",
    "ProductVersionExtra",
    "PrerequisiteBuild",
    "PostingDate",
    "ExpirationDate",
)


def history(answers: Iterable[tuple[datetime, Mapping[str, Any]]]) -> dict[str, Any]:
    """These answers, each with its moment in UTC, as one document."""
    sets: dict[tuple[str, ...], int] = {}
    frames = [
        {"observedAt": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "sections": _sections(answer, sets)}
        for moment, answer in answers
    ]
    shape = f"entry = [{', '.join(COLUMNS)}, deviceSetIndex]"
    return {"format": shape, "source": "", "note": "", "deviceSets": list(map(list, sets)), "frames": frames}


def _sections(answer: Mapping[str, Any], sets: dict[tuple[str, ...], int]) -> dict[str, Any]:
    return {
        name: {platform: [_row(entry, sets) for entry in entries] for platform, entries in section.items()}
        for name, section in answer.items()
    }


def _row(entry: Mapping[str, Any], sets: dict[tuple[str, ...], int]) -> list[Any]:
    models = tuple(sorted(entry["SupportedDevices"]))
    return [*(entry.get(column, "") for column in COLUMNS), sets.setdefault(models, len(sets))]


def autumn(days: int = 100, first: date = date(2025, 9, 20)) -> dict[str, Any]:
    """What the lab's lookup service would have answered at six in the morning, daily, as Apple shipped."""
    mornings = (datetime.combine(first + timedelta(days=n), time(6)) for n in range(days))
    return history((morning, shipped(morning.date()).answer(morning.date())) for morning in mornings)


def shipped(until: date) -> World:
    """The world as it was on that day."""
    world = World()
    for r in sorted(WORLD.releases, key=lambda r: r.posted):
        if r.posted <= until:
            world = world.release(r.version, r.build, r.posted, r.models)
    return world


def example() -> dict[str, Any]:
    """What docs/examples/history.json has: an answer on the evening of each day on which Apple shipped."""
    first = date(2025, 9, 15)
    days = sorted({release.posted for release in WORLD.releases if release.posted >= first})
    evenings = (datetime.combine(day, time(20)) for day in days)
    return history((evening, shipped(evening.date()).answer(evening.date())) for evening in evenings)
