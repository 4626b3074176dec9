"""The words of a forecast, for people: the same in a table and in a comment."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from controller.cli.printing import printable
from controller.cli.proposal import Proposal
from controller.domain.cautions import devices
from controller.domain.changes import Change
from controller.domain.declarations import Declaration
from controller.domain.forecast import DueDay, Forecast, Row
from controller.domain.versions import Platform

_NOUNS: Mapping[Platform | None, tuple[str, str]] = {
    Platform.MACOS: ("Mac", "Macs"),
    Platform.IOS: ("iPhone", "iPhones"),
    Platform.IPADOS: ("iPad", "iPads"),
    Platform.TVOS: ("Apple TV", "Apple TVs"),
    Platform.VISIONOS: ("Vision Pro", "Vision Pros"),
}

#: What each change means, for people.
MEANINGS = {
    Change.ENFORCE: "something new is enforced",
    Change.MOVE: "another version or deadline",
    Change.DETAILS: "only another detailsURL",
    Change.WITHDRAW: "what is enforced is taken back",
}


def headline(forecast: Forecast) -> str:
    """The outcome in one line."""
    total, changed = len(forecast.rows), len(forecast.changed)
    if not forecast.decided:
        return f"Nothing is decided about {devices(total)}"
    if not changed:
        return f"Nothing would change on {devices(total)}"
    return f"{changed:,} of {devices(total)} would change"


def setting(proposal: Proposal) -> str:
    """What it is against, and when."""
    return f"Against {proposal.against}, on {_day(proposal.forecast.situation.now)} {_time(proposal)} UTC"


def changes(forecast: Forecast) -> Sequence[tuple[Change, int, str]]:
    """Each kind of change that there is, how often, and what it means."""
    held = len(forecast.plan.braked)
    rows = []
    for change, count in forecast.changes().items():
        more = f", {held:,} of them held back by the brake" if held and change is Change.WITHDRAW else ""
        if count:
            rows.append((change, count, MEANINGS[change] + more))
    return rows


def difference(counts: tuple[int, int]) -> str:
    """How much more or less it becomes; empty where it stays."""
    more = counts[1] - counts[0]
    return f"{more:+,}" if more else ""


def due(day: DueDay, now: datetime) -> str:
    """One line of the count by days: Tue 14 Oct 18:00: 412 Macs."""
    counted = ", ".join(_counted(platform, count) for platform, count in day.devices.items())
    year = "" if day.moment.year == now.year else f" {day.moment.year}"
    notes = [f"{day.new:,} new"] if day.new else []
    notes += ["passed"] if day.passed else []
    more = f" ({', '.join(notes)})" if notes else ""
    return f"{day.moment:%a} {day.moment.day} {day.moment:%b}{year} {day.moment:%H:%M}: {counted}{more}"


def _counted(platform: Platform | None, count: int) -> str:
    one, many = _NOUNS.get(platform, ("device", "devices"))
    return f"{count:,} {one if count == 1 else many}"


def listed(forecast: Forecast, most: int) -> tuple[Sequence[Row], str]:
    """The first so many devices, those that change before the others; and what is left out, in words."""
    rows = forecast.listed()
    left = len(rows) - most
    return rows[:most], f"and {left:,} more: --all lists them, -o json has everything" if left > 0 else ""


def cells(row: Row) -> Sequence[str]:
    """Device, change, what is in force now, reason, policy, message."""
    change = str(row.change) if row.change else ""
    held = " (held back)" if row.braked else ""
    decision = row.decision
    values = (decision.device, change + held, _stands(row.before), str(decision.verdict.reason))
    return tuple(map(printable, (*values, decision.policy, decision.verdict.message)))


#: The heads of these columns.
COLUMNS: Mapping[str, str] = {
    "device": "Device",
    "change": "Change",
    "before": "In force now",
    "reason": "Reason",
    "policy": "Policy",
    "message": "Message",
}


def _stands(declaration: Declaration | None) -> str:
    return f"{declaration.version} by {declaration.deadline:%Y-%m-%dT%H:%M}" if declaration else ""


def _day(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b %Y}"


def _time(proposal: Proposal) -> str:
    return f"{proposal.forecast.situation.now:%H:%M}"
