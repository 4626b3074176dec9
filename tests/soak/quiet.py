"""What an operator must not do: fail, tell too often, tell secrets, write for nothing. Pure."""

from base64 import b64encode
from collections.abc import Iterator

from tests.soak.events import DAYS
from tests.soak.evidence import Evidence
from tests.soak.happenings import SECRET

#: How often a device may be pushed at first, for each change, and on each day that it does not answer.
FIRST, EACH, DAILY = 12, 6, 3


def pushes(evidence: Evidence) -> Iterator[str]:
    """By all enrollments that it had."""
    for recruit in evidence.recruits:
        pushed = evidence.pushes.get(evidence.enrollments[recruit.name], 0)
        answers = recruit.kind.answers and recruit.name not in evidence.lost
        most = FIRST + EACH * len(evidence.written[recruit.device]) + (0 if answers else DAILY * DAYS)
        yield f"{recruit.name}: pushed {pushed} times, at most {most} expected" if pushed > most else ""


def errors(evidence: Evidence) -> Iterator[str]:
    """Each line of each log."""
    for record in evidence.records:
        level = record.get("level", "")
        wrong = "stray" in record or level in ("ERROR", "CRITICAL") or "exc_info" in record
        yield str(record) if wrong else ""


def secrets(evidence: Evidence) -> Iterator[str]:
    """Neither in a log nor in the cluster, in none of its forms."""
    tokens = [b64encode(recruit.profile.serial.encode()).decode() for recruit in evidence.recruits]
    forms = [SECRET.decode(), b64encode(SECRET).decode(), *tokens]
    places = {**evidence.logs, "the cluster": evidence.everything}
    for place, text in places.items():
        yield ", ".join(f"{form} is in {place}" for form in forms if form in text)


def writes(evidence: Evidence) -> Iterator[str]:
    """Nothing in the cluster but the Lease, and nothing of ours in the MDM."""
    before, after = evidence.pictures
    for known, now in ((before.objects, after.objects), (before.mdm, after.mdm)):
        for key in known.keys() | now.keys():
            same = known.get(key) == now.get(key)
            yield "" if same else f"{key}: {known.get(key)} became {now.get(key)}"
