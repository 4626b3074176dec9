"""What is learned of a subject, how sure of it this process is, and how both survive a restart."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from controller.domain.conditions import Condition

Read = TypeVar("Read")
Known = TypeVar("Known")


@dataclass(frozen=True, slots=True)
class Words:
    """How a subject is told to people: the type of its condition, and the sentences of its messages."""

    condition: str
    believed: str
    unasked: str
    stands: str
    before: str


@dataclass(frozen=True, slots=True)
class Subject(Generic[Read, Known]):
    """What can be learned: readings, and what becomes of them. One description each for all that learns.

    *note* is the ConfigMap that keeps it over restarts, *entry* the key in there. *first* is what is known
    before any reading. *doubt* says why a reading cannot be believed, *empty* whether it never can; two
    readings that say the same have the same *digest*.
    """

    note: str
    entry: str
    words: Words
    first: Callable[[], Known]
    doubt: Callable[[Read, Known], str]
    empty: Callable[[Read], bool]
    digest: Callable[[Read], str]
    learn: Callable[[Known, Read, date], Known]
    to_document: Callable[[Known], Mapping[str, Any]]
    from_document: Callable[[Mapping[str, Any]], Known]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Readings that could not be believed: a digest of what they say, and the days on which they said it."""

    digest: str = ""
    days: tuple[date, ...] = ()

    def again(self, digest: str, today: date) -> "Doubt":
        """The doubt after one more such reading."""
        if digest != self.digest:
            return Doubt(digest, (today,))
        return self if today in self.days else replace(self, days=(*self.days, today))


@dataclass(frozen=True, slots=True)
class Knowledge(Generic[Known]):
    """What is known now. *believed* is the moment of the last believed reading; None before the first one."""

    words: Words
    known: Known
    believed: datetime | None = None
    doubt: Doubt = Doubt()
    trouble: str = ""
    reason: str = "Believed"

    @property
    def fresh(self) -> Condition:
        """The condition of the subject; its message tells since when, not how long."""
        words = self.words
        if self.trouble:
            since = f"{self.believed:%Y-%m-%dT%H:%M:%SZ}" if self.believed else ""
            rest = f"{words.stands} of {since} stands" if since else words.before
            return Condition(words.condition, False, self.reason, f"{self.trouble}; {rest}")
        if not self.believed:
            return Condition(words.condition, False, "Unreachable", words.unasked)
        return Condition(words.condition, True, "Believed", words.believed)


def to_entries(subject: Subject[Read, Known], knowledge: Knowledge[Known]) -> Mapping[str, str]:
    """The texts that keep what is known over restarts."""
    doubt = knowledge.doubt
    return {
        subject.entry: json.dumps(subject.to_document(knowledge.known), separators=(",", ":")),
        "believed": knowledge.believed.isoformat() if knowledge.believed else "",
        "doubt": json.dumps([doubt.digest, [day.isoformat() for day in doubt.days]]),
    }


def from_entries(subject: Subject[Read, Known], entries: Mapping[str, str]) -> Knowledge[Known]:
    """What an earlier process kept; else what is known before any reading."""
    if subject.entry not in entries:
        return Knowledge(subject.words, subject.first())
    digest, days = json.loads(entries["doubt"])
    return Knowledge(
        subject.words,
        subject.from_document(json.loads(entries[subject.entry])),
        datetime.fromisoformat(entries["believed"]) if entries["believed"] else None,
        Doubt(digest, tuple(map(date.fromisoformat, days))),
    )
