"""What in a policy is allowed and yet hardly meant, for its author to look at."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from controller.domain.catalog import Catalog
from controller.domain.deadlines import least_days, over
from controller.domain.overlaps import Reach
from controller.domain.policies import UpdatePolicy, by_precedence
from controller.domain.versions import Platform, Version, platform_of

#: Where clocks are changed, they are changed between these times, and a time may not exist on that day.
CHANGES = (time(1), time(4))


@dataclass(frozen=True, slots=True)
class Advice:
    """Something to look at: in which policy, at which path, what was found, and what is expected."""

    policy: str
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Every version that the catalog has, by platform."""

    versions: Mapping[Platform, frozenset[Version]]

    @classmethod
    def of(cls, catalog: Catalog) -> "Listed":
        """Sum the shelves of all models up."""
        found: defaultdict[Platform, set[Version]] = defaultdict(set)
        for model, shelf in catalog.shelves.items():
            if platform := platform_of(model):
                found[platform].update(release.version for release in shelf.releases)
        return cls({platform: frozenset(versions) for platform, versions in found.items()})


def advise(policy: UpdatePolicy, spec: Mapping[str, Any], listed: Listed, now: datetime) -> Iterator[Advice]:
    """What there is to say about one policy that can be followed; *spec* is what it was read from."""
    yield from _swallowed(policy)
    yield from _past(policy, now)
    yield from _unlisted(policy, spec, listed)
    yield from _unreachable(policy)


def _swallowed(policy: UpdatePolicy) -> Iterator[Advice]:
    at = policy.deadline.calendar.at
    if CHANGES[0] <= at < CHANGES[1]:
        found = (
            f"found {at:%H:%M}, which is skipped, or comes twice, when clocks change to or from summer time"
        )
        yield Advice(policy.name, "spec.deadline.at", f"{found}; expected a time outside of 01:00 to 03:59")


def _past(policy: UpdatePolicy, now: datetime) -> Iterator[Advice]:
    for number, freeze in enumerate(policy.freezes):
        if over(freeze.last, now):
            message = f"found a freeze that was over on {freeze.last}, expected one that is not past"
            yield Advice(policy.name, f"spec.freeze[{number}].until", message)


def _unlisted(policy: UpdatePolicy, spec: Mapping[str, Any], listed: Listed) -> Iterator[Advice]:
    """`below` may name what does not exist yet: that is out of the question anyway."""
    known = listed.versions.get(policy.platform, frozenset())
    expected = f"which no catalog knows of {policy.platform}; expected a release that Apple has listed"
    if known:
        expected += f", of which {max(known)} is the newest known here"
    major = spec["target"].get("latest", {}).get("major")
    if major and major not in {version.major for version in known}:
        yield Advice(policy.name, "spec.target.latest.major", f"found {major}, {expected}")
    for path, version in _named(spec):
        if Version.parse(version) not in known:
            yield Advice(policy.name, path, f"found {version}, {expected}")


def _named(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each version that a policy names, and where."""
    if "exact" in spec["target"]:
        yield "spec.target.exact.version", spec["target"]["exact"]["version"]
    for number, skip in enumerate(spec.get("skip", ())):
        yield f"spec.skip[{number}].version", skip["version"]
    for number, version in enumerate(spec.get("gate", {}).get("proven", ())):
        yield f"spec.gate.proven[{number}]", version


def _unreachable(policy: UpdatePolicy) -> Iterator[Advice]:
    """Learned on the very day it is posted, an exploited fix could still not be due that soon."""
    deadline = policy.deadline
    if deadline.exploited_days is None:
        return
    least = least_days(deadline.notice_days, deadline.calendar.at)
    if deadline.exploited_days < least:
        message = (
            f"found {deadline.exploited_days}, which noticeDays {deadline.notice_days} makes unreachable: the"
            f" notice is counted on the earliest clock; expected {least} or more, or less notice"
        )
        yield Advice(policy.name, "spec.deadline.exploitedDays", message)


def ties(policies: Iterable[UpdatePolicy]) -> Iterator[Advice]:
    """Each policy that another one of the same priority, first by name, can take a device from."""
    equals: defaultdict[tuple[Platform, int], list[tuple[str, Reach]]] = defaultdict(list)
    for policy in by_precedence(policies):
        equals[policy.platform, policy.priority].append((policy.name, Reach.of(policy.selector)))
    for (_, priority), group in equals.items():
        for at, (name, reach) in enumerate(group):
            first = [other for other, others in group[:at] if reach.overlaps(others)]
            if first:
                found = (
                    f"found {priority} as in {_some(first)}, and a device that both can cover gets that one's"
                )
                expected = "expected another priority, or selectors that exclude each other"
                yield Advice(name, "spec.priority", f"{found}, the first by name; {expected}")


def _some(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} (and {len(names) - 1} more)"
