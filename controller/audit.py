"""Audit: one JSON line for each change that is made in the MDM, whatever the log level.

A change of a few devices is one line for each. One of more is one line for the class, with their names;
no line grows past what log pipelines carry whole.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from controller.domain.decisions import Decision
from controller.domain.declarations import Declaration
from controller.domain.planning import Plan
from controller.domain.reasons import Reason
from controller.ports import Failures

log = logging.getLogger("pomona.audit")
log.setLevel(logging.INFO)

#: Up to so many devices of one change have a line each.
LINES = 20

#: So many characters of names are in one line: container runtimes cut lines at 16 KiB.
NAMES = 8_000


class Line(dict[str, Any]):
    """One line. In JSON logs its fields are the record's own; elsewhere it is printed as JSON."""

    def __str__(self) -> str:
        return json.dumps(self, ensure_ascii=False)


class _Change(NamedTuple):
    """What is the same for all devices of one change; *failed* is why it was not made."""

    kind: str
    declaration: Declaration
    reason: str
    message: str
    policy: str
    failed: str


@dataclass
class Audit:
    """The audit log of one fleet. It remembers what failed, so that a failure that lasts is one line."""

    namespace: str = ""
    fleet: str = ""
    _failed: dict[str, _Change] = field(default_factory=dict)

    def of(
        self, plan: Plan, current: Mapping[str, Declaration], commits: Mapping[str, str], now: datetime
    ) -> "Trail":
        """The part of one plan; *current* was in force before, by enrollment, *commits* are by policy."""
        changed = plan.decisions.values() if not plan.empty else ()
        # An enrollment that several Devices claim belongs to the one that is decided about.
        decisions = {d.enrollment: d for d in changed if d.verdict.reason is not Reason.DUPLICATE}
        return Trail(self, decisions, current, commits, now)

    def is_new(self, enrollment: str, change: _Change) -> bool:
        """Is it worth a line? Every change that was made is; a failure when it is not the last one again."""
        if not change.failed:
            self._failed.pop(enrollment, None)
            return True
        before, self._failed[enrollment] = self._failed.get(enrollment), change
        return before != change


@dataclass(frozen=True, slots=True)
class Trail:
    """What one plan changes, written down as it is carried out."""

    audit: Audit
    decisions: Mapping[str, Decision]
    current: Mapping[str, Declaration]
    commits: Mapping[str, str]
    now: datetime

    def note(self, asked: Declaration | None, enrollments: Collection[str], failures: Failures) -> None:
        """These enrollments were asked for *asked*, or let go where it is None, but for the *failures*."""
        changes = defaultdict(list)
        for enrollment in enrollments:
            decision, failure = self.decisions.get(enrollment), failures.get(enrollment)
            change = self._change(asked, enrollment, decision, str(failure) if failure else "")
            if change and self.audit.is_new(enrollment, change):
                changes[change].append(decision.device if decision else enrollment)
        for change, names in changes.items():
            level = logging.WARNING if change.failed else logging.INFO
            for devices in _portions(sorted(names)):
                log.log(level, self._line(change, devices))

    def _change(
        self, asked: Declaration | None, enrollment: str, decision: Decision | None, failed: str
    ) -> _Change | None:
        before = self.current.get(enrollment)
        declaration = asked or before
        if declaration is None:
            return None
        kind = "withdraw" if asked is None else "move" if before else "enforce"
        if decision is None:
            return _Change(kind, declaration, "", "its Device is gone", "", failed)
        verdict = decision.verdict
        return _Change(kind, declaration, str(verdict.reason), verdict.message, decision.policy, failed)

    def _line(self, change: _Change, devices: list[str]) -> Line:
        whom: dict[str, Any] = {"device": devices[0]} if len(devices) == 1 else {"devices": devices}
        known = {
            "ts": f"{self.now:%Y-%m-%dT%H:%M:%SZ}",
            "namespace": self.audit.namespace,
            "fleet": self.audit.fleet,
            "change": change.kind,
            **whom,
            "version": str(change.declaration.version),
            "build": change.declaration.build,
            "deadline": change.declaration.deadline.isoformat(),
            "reason": change.reason,
            "message": change.message,
            "policy": change.policy,
            "commit": self.commits.get(change.policy, ""),
        }
        return Line(known | ({"failed": change.failed} if change.failed else {}))


def _portions(names: list[str]) -> Iterator[list[str]]:
    """The devices of each line."""
    if len(names) <= LINES:
        yield from ([name] for name in names)
        return
    portion: list[str] = []
    size = 0
    for name in names:
        if portion and size + len(name) > NAMES:
            yield portion
            portion, size = [], 0
        portion.append(name)
        size += len(name) + 4
    yield portion
