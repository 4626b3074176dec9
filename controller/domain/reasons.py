"""Why a device has, or has no, enforcement."""

from enum import StrEnum


class Reason(StrEnum):
    """One word for each outcome, in the order in which they are decided."""

    DUPLICATE = "Duplicate"
    UNENROLLED = "Unenrolled"
    NO_REPORT = "NoReport"
    UNSUPPORTED = "Unsupported"
    NO_POLICY = "NoPolicy"
    INVALID_POLICY = "InvalidPolicy"
    HELD = "Held"
    SUSPENDED = "Suspended"
    UNKNOWN_MODEL = "UnknownModel"
    BETA = "Beta"
    AHEAD = "Ahead"
    ABOVE_TARGET = "AboveTarget"
    UP_TO_DATE = "UpToDate"
    NO_RELEASE = "NoRelease"
    GATED = "Gated"
    ENFORCED = "Enforced"

    @property
    def tally(self) -> str:
        """The count of `status.devices` that it belongs to."""
        return _TALLIES.get(self, "excluded")


_TALLIES = {
    Reason.UP_TO_DATE: "upToDate",
    Reason.ENFORCED: "enforced",
    Reason.SUSPENDED: "waiting",
    Reason.HELD: "waiting",
    Reason.NO_RELEASE: "waiting",
    Reason.GATED: "waiting",
    Reason.NO_REPORT: "unknown",
    Reason.UNKNOWN_MODEL: "unknown",
    Reason.INVALID_POLICY: "unknown",
    Reason.DUPLICATE: "unknown",
}
