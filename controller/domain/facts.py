"""What is known of a device: what all of its reports and events say, merged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from controller.domain.enrollments import BootstrapToken, Enrollment
from controller.domain.versions import Version

#: A device that says nothing for so long is silent. Apple promises a full report every 24 hours.
SILENCE = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Held:
    """Our enforcement as the device holds it. *valid* is Apple's word: valid, invalid or unknown.

    *reasons* are the codes that the device gives for that, such as Error.ConfigurationCannotBeApplied.
    """

    identifier: str
    token: str
    active: bool
    valid: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Apple's failure counter of the update that is pending: 0 means that nothing failed."""

    count: int = 0
    reason: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """The update that the device works on; both are empty when there is none."""

    version: str = ""
    build: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What all of a device's reports and events say, merged. An empty value was never reported.

    *last_report* is the moment of the last report in UTC, cut to the hour; None before the first one.
    *model* is the id that the lookup service uses. *version_since* is the day on which this version was first
    reported after an older one. *foreign* are identifiers of enforcements that are not ours. *supports* are
    the status items, of those that we read, that the device says it supports; *subscription* is the
    identifier of our subscription to them that it holds, None where it has not said: both are not kept over
    restarts, since its next full report says them again.
    """

    last_report: datetime | None
    platform: str = ""
    version: Version | None = None
    version_since: date | None = None
    build: str = ""
    supplemental_build: str = ""
    supplemental_extra: str = ""
    model: str = ""
    install_state: str = ""
    install_reasons: tuple[str, ...] = ()
    pending: Pending = Pending()
    failure: Failure = Failure()
    held: Held | None = None
    beta: str = ""
    foreign: tuple[str, ...] = ()
    enrollment: Enrollment = Enrollment()
    supports: frozenset[str] = frozenset()
    subscription: str | None = None

    def owes_model(self, known: str) -> bool:
        """Can it say its model, and has not yet? Not where its author says it: *known*."""
        return not (self.model or known) and "softwareupdate.device-id" in self.supports

    def silent(self, now: datetime) -> bool:
        """Has it said nothing for too long? One that never reported is not silent: it is unknown."""
        return self.last_report is not None and now - self.last_report > SILENCE

    def failed_at(self, version: Version) -> bool:
        """Is the failure counter about this version, and above 0?"""
        if not self.failure.count:
            return False
        try:
            return Version.parse(self.pending.version) == version
        except ValueError:
            return False


def facts_document(facts: Facts) -> dict[str, Any]:
    """`Device.status.reported`."""
    enrollment = facts.enrollment
    document: dict[str, Any] = {
        "platform": facts.platform,
        "version": str(facts.version or ""),
        "build": facts.build,
        "supplementalBuild": facts.supplemental_build,
        "supplementalExtra": facts.supplemental_extra,
        "model": facts.model,
        "installState": facts.install_state,
        "installReasons": list(facts.install_reasons),
        "pending": {"version": facts.pending.version, "build": facts.pending.build},
        "failure": {"count": facts.failure.count, "reason": facts.failure.reason, "at": facts.failure.at},
        "foreign": list(facts.foreign),
        "beta": facts.beta,
        "bootstrapToken": str(enrollment.bootstrap_token),
    }
    if facts.last_report:
        document["lastReport"] = f"{facts.last_report:%Y-%m-%dT%H}:00:00Z"
    if facts.version_since:
        document["versionSince"] = facts.version_since.isoformat()
    if facts.held:
        document["declaration"] = _held_document(facts.held)
    if enrollment.began:
        document["enrolled"] = _moment(enrollment.began)
    if enrollment.ended:
        document["checkedOut"] = _moment(enrollment.ended)
    if enrollment.user:
        document["userEnrollment"] = True
    return document


def _held_document(held: Held) -> dict[str, Any]:
    document = {
        "identifier": held.identifier,
        "serverToken": held.token,
        "active": held.active,
        "valid": held.valid,
    }
    return document | ({"reasons": list(held.reasons)} if held.reasons else {})


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_facts(reported: Mapping[str, Any]) -> Facts | None:
    """The facts that `facts_document` wrote; None when nothing was ever heard."""
    if not reported:
        return None
    version, since, held = reported.get("version"), reported.get("versionSince"), reported.get("declaration")
    pending, failure = reported.get("pending", {}), reported.get("failure", {})
    return Facts(
        _parse_moment(reported.get("lastReport")),
        reported.get("platform", ""),
        Version.parse(version) if version else None,
        date.fromisoformat(since) if since else None,
        reported.get("build", ""),
        reported.get("supplementalBuild", ""),
        reported.get("supplementalExtra", ""),
        reported.get("model", ""),
        reported.get("installState", ""),
        tuple(reported.get("installReasons", ())),
        Pending(pending.get("version", ""), pending.get("build", "")),
        Failure(failure.get("count", 0), failure.get("reason", ""), failure.get("at", "")),
        _parse_held(held) if held else None,
        reported.get("beta", ""),
        tuple(reported.get("foreign", ())),
        _parse_enrollment(reported),
    )


def _parse_held(held: Mapping[str, Any]) -> Held:
    return Held(
        held["identifier"],
        held.get("serverToken", ""),
        held.get("active", False),
        held.get("valid", ""),
        tuple(held.get("reasons", ())),
    )


def _parse_enrollment(reported: Mapping[str, Any]) -> Enrollment:
    found = Enrollment(
        _parse_moment(reported.get("enrolled")),
        _parse_moment(reported.get("checkedOut")),
        reported.get("userEnrollment", False),
        BootstrapToken(reported.get("bootstrapToken", BootstrapToken.UNKNOWN)),
    )
    return Enrollment() if found == Enrollment() else found


def _parse_moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
