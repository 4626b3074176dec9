"""News: what people are told of a fleet, once each.

What *stands* is looked at anew each time, by *area*: all that can be said of one reason at once. What is told
is the difference to what was told before. An area that a look can say nothing of stays as it was told: not
knowing is not over.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from controller.domain.news_reasons import NewsReason, Severity

#: So many fields of an object are named.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that people are told: about the object of this kind and name, with what to do about it."""

    reason: str
    severity: Severity
    kind: str
    name: str
    message: str


class Subject(NamedTuple):
    """What an item is about: an object, and *what* about it, such as a version."""

    kind: str
    name: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Stand:
    """Something that stands. With another *mark* it is another thing, and told anew."""

    message: str
    mark: str = ""


#: What stands, by area.
Look = Mapping[str, Mapping[Subject, Stand]]


class Memory(NamedTuple):
    """What is remembered of what was told: its mark, and the day."""

    mark: str
    day: date


@dataclass(frozen=True, slots=True)
class Told:
    """What people were told, by area; an area that is absent was never looked at."""

    areas: Mapping[str, Mapping[Subject, Memory]] = field(default_factory=dict)


def area(reason: NewsReason, part: str = "") -> str:
    """The name of an area: the whole of a reason, or a part of it."""
    return f"{reason}.{part}" if part else reason.value


def tell(told: Told, look: Look, today: date) -> tuple[list[Item], Told]:
    """What is new, and what was told then.

    What happened before anybody looked at its area is no news; what lasts is.
    """
    items: list[Item] = []
    areas = dict(told.areas)
    for name, stands in look.items():
        reason, before = NewsReason(name.partition(".")[0]), told.areas.get(name)
        if before is not None or reason.lasts:
            items += _begun(reason, before or {}, stands)
        if reason.lasts:
            items += _over(reason, before or {}, stands)
        areas[name] = dict(_remembered(reason, before or {}, stands, today))
    return items, Told(areas)


def drift_reverted(kind: str, name: str, fields: Sequence[str], manager: str) -> Item:
    """The item that tells that *manager* changed these fields of an object, and that Git's stand again.

    Without fields, somebody deleted it.
    """
    many = len(fields) - _NAMED
    named = ", ".join(fields[:_NAMED]) + (f" and {many} more" if many > 0 else "")
    did = f"changed {named}" if fields else "deleted it"
    found = f"{kind} {name}: {manager or 'somebody'} {did}, and it is put back as Git has it"
    advice = "change it in Git, or annotate it with pomona.dev/reconcile=disabled"
    return an_item(NewsReason.DRIFT_REVERTED, Subject(kind, name), f"{found}; {advice}")


def an_item(reason: NewsReason, subject: Subject, message: str) -> Item:
    """The item that tells of something."""
    return Item(reason.value, reason.severity, subject.kind, subject.name, message)


def _begun(
    reason: NewsReason, before: Mapping[Subject, Memory], stands: Mapping[Subject, Stand]
) -> Iterator[Item]:
    for subject, stand in sorted(stands.items()):
        if subject not in before or before[subject].mark != stand.mark:
            yield an_item(reason, subject, stand.message)


def _over(
    reason: NewsReason, before: Mapping[Subject, Memory], stands: Mapping[Subject, Stand]
) -> Iterator[Item]:
    for subject in sorted(before.keys() - stands.keys()):
        message = reason.over(subject.name, subject.what)
        yield Item(f"{reason}Recovered", Severity.INFO, subject.kind, subject.name, message)


def _remembered(
    reason: NewsReason, before: Mapping[Subject, Memory], stands: Mapping[Subject, Stand], today: date
) -> Iterator[tuple[Subject, Memory]]:
    """What stands, with the day on which it was told; and for a while, what does not."""
    for subject, stand in stands.items():
        known = before.get(subject)
        yield subject, known if known and known.mark == stand.mark else Memory(stand.mark, today)
    for subject in before.keys() - stands.keys():
        if today - before[subject].day < reason.remembered:
            yield subject, before[subject]


def to_entries(told: Told) -> dict[str, str]:
    """What was told, as texts, one for each area."""
    return {
        name: json.dumps(
            [[*subject, mark, day.isoformat()] for subject, (mark, day) in sorted(subjects.items())]
        )
        for name, subjects in sorted(told.areas.items())
    }


def from_entries(entries: Mapping[str, str]) -> Told:
    """What `to_entries` wrote; ValueError where it is something else."""
    try:
        return Told({name: dict(map(_read, json.loads(text))) for name, text in entries.items()})
    except TypeError as error:
        raise ValueError(str(error)) from error


def _read(entry: tuple[str, str, str, str, str]) -> tuple[Subject, Memory]:
    kind, name, what, mark, day = entry
    return Subject(kind, name, what), Memory(mark, date.fromisoformat(day))
