"""Why people are told something."""

from datetime import timedelta
from enum import StrEnum


class Severity(StrEnum):
    """Does somebody have to look?"""

    INFO = "info"
    WARNING = "warning"


class NewsReason(StrEnum):
    """All reasons; one that lasts has a second one with `Recovered` behind it, told when it is over."""

    RELEASE_SEEN = "ReleaseSeen"
    RELEASE_WITHDRAWN = "ReleaseWithdrawn"
    RELEASE_SKIPPED = "ReleaseSkipped"
    COMMIT_APPLIED = "CommitApplied"
    COMMIT_REFUSED = "CommitRefused"
    DRIFT_REVERTED = "DriftReverted"
    GATE_OPENED = "GateOpened"
    GATE_STUCK = "GateStuck"
    BRAKE = "Brake"
    EXPLOITED_ACCELERATED = "ExploitedAccelerated"
    FREEZE_HOLDS_EXPLOITED = "FreezeHoldsExploited"
    DEVICES_OVERDUE = "DevicesOverdue"
    DEVICES_FAILED = "DevicesFailed"
    CATALOG_STALE = "CatalogStale"
    MDM_UNREACHABLE = "MDMUnreachable"

    @property
    def severity(self) -> Severity:
        """The severity of its news."""
        return Severity.INFO if self in _INFO else Severity.WARNING

    @property
    def lasts(self) -> bool:
        """Is it a state, which ends, and not something that happened?"""
        return self in _OVER

    @property
    def remembered(self) -> timedelta:
        """How long it is remembered though it stands no more: devices come and go."""
        return _REMEMBERED.get(self, timedelta())

    def over(self, name: str, what: str) -> str:
        """What is said when it is over, of the object of this name and of what about it."""
        return _OVER[self].format(name=name, what=what)


_INFO = frozenset(
    {
        NewsReason.RELEASE_SEEN,
        NewsReason.RELEASE_SKIPPED,
        NewsReason.COMMIT_APPLIED,
        NewsReason.GATE_OPENED,
        NewsReason.EXPLOITED_ACCELERATED,
    }
)

#: What lasts, and what is said when it is over.
_OVER = {
    NewsReason.COMMIT_REFUSED: "what the repository says is applied again",
    NewsReason.GATE_STUCK: "the gate of {name} keeps nothing waiting for that long any more",
    NewsReason.BRAKE: "the brake holds nothing back any more",
    NewsReason.FREEZE_HOLDS_EXPLOITED: "no freeze keeps devices of {name} from {what} any more",
    NewsReason.DEVICES_OVERDUE: "no device of {name} is overdue any more",
    NewsReason.DEVICES_FAILED: "no device of {name} fails to update any more",
    NewsReason.CATALOG_STALE: "the lookup service is believed again",
    NewsReason.MDM_UNREACHABLE: "the MDM answers again",
}

_REMEMBERED = {NewsReason.EXPLOITED_ACCELERATED: timedelta(days=30)}
