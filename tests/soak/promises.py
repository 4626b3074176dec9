"""What was promised, by the operator's audit log and the devices' journals. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from tests.lab import journal
from tests.lab.clock import BEGAN
from tests.lab.device import Device, numbers
from tests.soak.events import SKIP, WITHDRAWAL
from tests.soak.evidence import OURS, Evidence, Written
from tests.soak.month import SKIPPED, WITHDRAWN
from tests.soak.policies import POLICIES
from tests.soak.recruits import Recruit

#: The clock that is furthest ahead.
AHEAD = timedelta(hours=14)

#: Real seconds that news from Apple or of a device may take until every decision knows of it.
NEWS = 4.0


def overlaps(evidence: Evidence) -> Iterator[str]:
    """Two of ours at the same time: while they change places."""
    for name, life in evidence.lives.items():
        longest = journal.longest_overlap(life, OURS)
        yield f"{name}: held two over {longest} fetches" if longest > 1 else ""


def below(evidence: Evidence) -> Iterator[str]:
    """One of ours that asks for less than the device runs: until it next fetches."""
    for name, life in evidence.lives.items():
        longest = _longest_below(life)
        yield f"{name}: held less than it ran over {longest} fetches" if longest > 1 else ""


def _longest_below(life: Device) -> int:
    held: dict[str, str] = {}
    since: int | None = None
    longest = 0
    for event in life.journal:
        if not event.identifier.startswith(OURS):
            continue
        if event.what == "held":
            held[event.identifier] = event.version
        if event.what == "dropped":
            held.pop(event.identifier, None)
        running = event.version if event.what == "installed" else event.running
        if any(numbers(version) < numbers(running) for version in held.values()):
            since = event.sync if since is None else since
        elif since is not None:
            longest, since = max(longest, event.sync - since), None
    return longest if since is None else max(longest, life.syncs + 1 - since)


def notices(evidence: Evidence) -> Iterator[str]:
    """Each new version, and each deadline that is not only kept or later for the same one."""
    for changes in evidence.written.values():
        for before, after in pairwise([None, *changes]):
            if after is None or after.change == "withdraw" or _is_kept(before, after):
                continue
            left = after.deadline - (after.at.replace(tzinfo=None) + AHEAD)
            notice = timedelta(days=POLICIES[after.policy]["deadline"]["noticeDays"])
            yield f"{after}: leaves {left}, not {notice}" if left < notice else ""


def _is_kept(before: Written | None, after: Written) -> bool:
    if before is None or before.change == "withdraw":
        return False
    same = (before.version, before.build) == (after.version, after.build)
    return same and after.deadline >= before.deadline


def arrivals(evidence: Evidence) -> Iterator[str]:
    """A device holds what the audit log has for it."""
    for recruit in evidence.recruits:
        promised = {(w.version, w.deadline) for w in evidence.written[recruit.device]}
        for event in journal.arrivals(evidence.lives[recruit.name], OURS):
            found = (event.version, event.deadline)
            yield "" if found in promised else f"{recruit.name}: held {found}, promised {sorted(promised)}"


def later(evidence: Evidence) -> Iterator[str]:
    """Its author, a freeze, a withdrawal or skip, or the device's own progress."""
    for recruit in evidence.recruits:
        for before, after in pairwise(evidence.written[recruit.device]):
            if after.change == "move" and after.deadline > before.deadline:
                yield "" if _explained(evidence, recruit, before, after) else f"{before}, then {after}"


def _explained(evidence: Evidence, recruit: Recruit, before: Written, after: Written) -> bool:
    by_author = (before.policy, before.commit) != (after.policy, after.commit)
    taken_back = any(
        before.version == version and after.at >= evidence.happened[event]
        for version, event in ((WITHDRAWN, WITHDRAWAL), (SKIPPED, SKIP))
    )
    frozen = "freeze" in after.message
    # A cycle has the time of its beginning, and knows what devices reported while it went on.
    came_further = _ran(evidence, recruit, before.at) != _ran(evidence, recruit, after.at + _news(evidence))
    return by_author or taken_back or frozen or came_further


def _ran(evidence: Evidence, recruit: Recruit, at: datetime) -> str:
    """What a device ran at a moment."""
    offset = timedelta(hours=recruit.profile.utc_offset)
    journal_ = evidence.lives[recruit.name].journal
    came = [
        (e.clock.replace(tzinfo=at.tzinfo) - offset, e.version) for e in journal_ if e.what == "installed"
    ]
    changes = [(BEGAN, recruit.profile.version), *came, *evidence.restored.get(recruit.name, [])]
    return max((change for change in changes if change[0] <= at), default=(at, recruit.profile.version))[1]


def taken_back(evidence: Evidence) -> Iterator[str]:
    """After it was withdrawn from iPads, or skipped on Macs and iPhones."""
    for recruit in evidence.recruits:
        version, event = _forbidden(recruit)
        for written in evidence.written[recruit.device]:
            if written.change != "withdraw" and written.at > evidence.happened[event] + _news(evidence):
                yield f"{written}" if written.version == version else ""


def _news(evidence: Evidence) -> timedelta:
    return timedelta(seconds=NEWS * evidence.speed)


def _forbidden(recruit: Recruit) -> tuple[str, str]:
    return (WITHDRAWN, WITHDRAWAL) if recruit.profile.family == "iPadOS" else (SKIPPED, SKIP)


def installs(evidence: Evidence) -> Iterator[str]:
    """By an enforcement of ours, not before its deadline unless the user did it."""
    for recruit in evidence.recruits:
        for event in evidence.lives[recruit.name].journal:
            if event.what == "installed":
                by_user = recruit.profile.behaviour.installs == "prepared"
                asked = event.identifier.startswith(OURS) and (by_user or event.clock >= event.deadline)
                yield "" if asked else f"{recruit.name}: {event}"
