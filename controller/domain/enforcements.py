"""What became of a device's enforcements: the one that stands, and the last ones that ended.

For people only; no decision reads it. An enforcement ends when the device has reached it, or when it is in
force no more: it was withdrawn, or another version or build took its place. A deadline that moves does not
end it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from controller.domain.declarations import Declaration
from controller.domain.facts import Facts
from controller.domain.status import KEPT as BRAKED
from controller.domain.status import Outcome
from controller.domain.versions import Version

#: So many of those that ended are kept.
KEPT = 5


@dataclass(frozen=True, slots=True)
class Enforcement:
    """One enforcement over time. *declared* is the day on which this version was first seen in force.

    *policy* and *commit* are those by which its deadline was set last. *installed* is the day on which the
    device first reported the version, or a newer one; None when it has not.
    """

    asked: Declaration
    declared: date | None
    posted: date | None = None
    policy: str = ""
    commit: str = ""
    installed: date | None = None

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> "Enforcement":
        """What `document` made. A ValueError, KeyError or TypeError for anything else."""
        asked = Declaration(
            Version.parse(document["version"]),
            datetime.fromisoformat(document["deadline"]),
            document.get("build", ""),
        )
        declared, posted, installed = (_day(document, key) for key in ("declared", "posted", "installed"))
        return cls(asked, declared, posted, document.get("policy", ""), document.get("commit", ""), installed)

    def document(self) -> dict[str, Any]:
        """As it stands in a status. Keys without a value are absent."""
        known = {
            "version": str(self.asked.version),
            "build": self.asked.build,
            "posted": self.posted.isoformat() if self.posted else "",
            "declared": self.declared.isoformat() if self.declared else "",
            "deadline": self.asked.deadline.isoformat(),
            "installed": self.installed.isoformat() if self.installed else "",
            "policy": self.policy,
            "commit": self.commit,
        }
        return {key: value for key, value in known.items() if value}

    def is_for(self, asked: Declaration | None) -> bool:
        """Is it the same enforcement, whatever its deadline?"""
        return asked is not None and (asked.version, asked.build) == (self.asked.version, self.asked.build)

    def ended(self, facts: Facts | None) -> "Enforcement":
        """As history keeps it."""
        return replace(self, installed=self._installed(facts)) if _satisfied(self.asked, facts) else self

    def _installed(self, facts: Facts | None) -> date | None:
        """The day on which the version changed; where that is no answer, the day of the report."""
        if facts is None:
            return None
        since = facts.version_since
        changed = facts.version != self.asked.version or not self.asked.build
        counts = changed and since and (self.declared is None or since >= self.declared)
        if counts:
            return since
        return facts.last_report.date() if facts.last_report else None


def remember(before: Mapping[str, Any], outcome: Outcome, commit: str, today: date) -> dict[str, Any]:
    """`enforcement` and `history` of a status that was *before*; *commit* is the policy's."""
    was, facts = standing(before), outcome.facts
    stands = None if _satisfied(outcome.in_force, facts) else outcome.in_force
    history = list(before.get("history") or ())
    if was and not was.is_for(stands):
        history, was = [was.ended(facts).document(), *history][:KEPT], None
    document: dict[str, Any] = {"history": history} if history else {}
    if stands:
        document["enforcement"] = _as_it_stands(was, stands, outcome, commit, today).document()
    return document


def _as_it_stands(
    was: Enforcement | None, asked: Declaration, outcome: Outcome, commit: str, today: date
) -> Enforcement:
    if was and was.asked.deadline == asked.deadline:
        return was
    decision = outcome.decision
    release = decision.verdict.release
    posted = release.posted if release and release.version == asked.version else None
    if was:
        return replace(was, asked=asked, policy=decision.policy, commit=commit)
    return Enforcement(asked, today, posted, decision.policy, commit)


def standing(status: Mapping[str, Any]) -> Enforcement | None:
    """The enforcement that a status says stands; None also for what nobody of ours wrote."""
    try:
        return Enforcement.parse(status["enforcement"])
    except (ValueError, KeyError, TypeError):
        return None


def in_force(status: Mapping[str, Any]) -> Enforcement | None:
    """What a status says is in force; None also for what nobody of ours wrote."""
    try:
        return read_in_force(status)
    except (ValueError, KeyError, TypeError):
        return None


def read_in_force(status: Mapping[str, Any]) -> Enforcement | None:
    """What a status says is in force: for commands, which have no access to the MDM.

    A status without `enforcement` shows target and deadline; a ValueError, KeyError or TypeError where they
    cannot be read. What is Planned is not in force, unless the brake keeps it; what it shall replace is.
    """
    found = standing(status)
    if found or _is_planned(status) or not status.get("target") or "deadline" not in status:
        return found
    told = {**status["target"], "deadline": status["deadline"], "policy": status.get("policy", "")}
    return Enforcement.parse(told)


def _is_planned(status: Mapping[str, Any]) -> bool:
    """Is what a status shows only planned? What the brake keeps is in force, though it shows Planned."""
    return status.get("progress") == "Planned" and not str(status.get("message", "")).endswith(BRAKED)


def ended(status: Mapping[str, Any]) -> Sequence[Enforcement]:
    """What a status says of those that ended, the newest first; what nobody of ours wrote is left out."""
    listed = status.get("history")
    found = [standing({"enforcement": one}) for one in listed] if isinstance(listed, list) else []
    return [one for one in found if one]


def _satisfied(asked: Declaration | None, facts: Facts | None) -> bool:
    """Does the device run what is asked, or something newer?"""
    if asked is None or facts is None or facts.version is None:
        return False
    return asked.satisfied_by(facts.version, facts.build, facts.supplemental_build)


def _day(document: Mapping[str, Any], key: str) -> date | None:
    return date.fromisoformat(document[key]) if document.get(key) else None
