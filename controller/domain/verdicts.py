"""The rules that decide: `judge`, in the order of `Reason`, for all devices that stand alike."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from controller.domain import deadlines
from controller.domain.catalog import Shelf
from controller.domain.declarations import Declaration
from controller.domain.devices import Hold
from controller.domain.policies import UpdatePolicy
from controller.domain.reasons import Reason
from controller.domain.releases import Release
from controller.domain.targets import Target, choose
from controller.domain.versions import ENFORCEABLE, Platform, Version, is_seed


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided.

    *declaration* is what shall be in force, None for nothing. *unfinished*: what is in force now is let go
    although it was neither installed nor made void; these count for the brake. *release* is what is asked
    for, or what the device has reached.
    """

    reason: Reason
    message: str
    declaration: Declaration | None = None
    unfinished: bool = False
    release: Release | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a device stands: what it is, what it runs, and what is in force on it.

    Devices that stand alike share a verdict. *hold* is absent once it is over.
    """

    model: str
    platform: Platform | None
    version: Version
    build: str
    declaration: Declaration | None
    hold: Hold | None = None

    def satisfied(self) -> bool:
        """Does it run what is in force, or newer?"""
        asked = self.declaration
        if asked is None:
            return False
        return self.version > asked.version or (
            self.version == asked.version and asked.build in ("", self.build)
        )


@dataclass(frozen=True, slots=True)
class Case:
    """One standing under one policy: what the rules look at. *stays* is what is in force and not void."""

    standing: Standing
    policy: UpdatePolicy | None
    shelf: Shelf | None
    skipped: Collection[Version]
    now: datetime

    @property
    def stays(self) -> Declaration | None:
        """What is in force, unless it was installed, taken back, is signed no more, or is skipped.

        Where the catalog does not know the model, it cannot say that something is signed no more.
        """
        current = self.standing.declaration
        if current is None or self.standing.satisfied() or current.version in self.skipped:
            return None
        if self.shelf is None:
            return current
        release = self.shelf.find(current.version)
        return current if release is not None and release.installable else None

    def nothing(self, reason: Reason, message: str) -> Verdict:
        """Nothing shall be in force. Only a hold lets go without counting for the brake."""
        return Verdict(reason, message, unfinished=reason is not Reason.HELD and self.stays is not None)

    def unchanged(self, reason: Reason, message: str) -> Verdict:
        """What is in force stays, unless it is void."""
        return Verdict(reason, message, self.stays)


def judge(case: Case) -> Verdict:
    """Who is asked at all: the guards from Unsupported to Suspended."""
    standing, policy = case.standing, case.policy
    first = ENFORCEABLE.get(standing.platform) if standing.platform else None
    if first is None or standing.version < first:
        return case.nothing(Reason.UNSUPPORTED, _unsupported(standing, first))
    if policy is None:
        return case.nothing(Reason.NO_POLICY, "no policy covers it")
    if policy.problem:
        found = f"{policy.name} cannot be followed: {policy.problem}"
        return case.unchanged(Reason.INVALID_POLICY, found)
    if policy.target is None:
        return case.nothing(Reason.NO_POLICY, f"{policy.name} has target none")
    if standing.hold:
        return case.nothing(Reason.HELD, _held(standing.hold))
    if policy.suspend:
        return case.unchanged(Reason.SUSPENDED, f"{policy.name} is suspended")
    if case.shelf is None:
        return case.unchanged(Reason.UNKNOWN_MODEL, _unknown(standing.model))
    return _aim(case, policy, policy.target, case.shelf)


def _aim(case: Case, policy: UpdatePolicy, target: Target, shelf: Shelf) -> Verdict:
    """What they are asked for: the guards from Beta to Enforced."""
    version, build = case.standing.version, case.standing.build
    if is_seed(build) and not shelf.lists(build):
        return case.nothing(Reason.BETA, f"runs the seed {build}")
    if version > shelf.newest:
        found = f"runs {version}; the newest ever listed for its model is {shelf.newest}"
        return case.nothing(Reason.AHEAD, found)
    if target.exceeded_by(version):
        return case.nothing(Reason.ABOVE_TARGET, f"runs {version}; {policy.name} asks for {target}")
    choice = choose(target, shelf, version, case.skipped)
    if choice.release:
        return _declare(case, policy, choice.accepted, choice.release)
    reached = [release for release in choice.accepted if release.version <= version]
    if reached:
        found = f"runs {version}; nothing newer of what {policy.name} accepts is on offer"
        return replace(case.nothing(Reason.UP_TO_DATE, found), release=reached[-1])
    found = f"{policy.name} asks for {target}, and none of that is on offer for its model"
    return case.unchanged(Reason.NO_RELEASE, found)


def _declare(case: Case, policy: UpdatePolicy, accepted: Sequence[Release], newest: Release) -> Verdict:
    """Which version and when: a near promise is kept, any other follows the newest release."""
    deadline, stays = policy.deadline, case.stays
    kept = next((r for r in accepted if stays and r.version == stays.version), None)
    if stays and kept and deadlines.near(stays.deadline, deadline, case.now):
        release = kept
        due = deadlines.due(_missed(case, accepted, kept), deadline)
        moment = deadlines.kept(stays.deadline, due.day, deadline)
    else:
        release = newest
        due = deadlines.due(_missed(case, accepted, newest), deadline)
        moment = deadlines.fresh(due.day, deadline, case.now)
    declaration = Declaration(release.version, moment, details_url=policy.details_url)
    message = _promise(policy, declaration, due)
    if release is not newest:
        message += f"; {newest.version} came too late for the notice and follows"
    return Verdict(Reason.ENFORCED, message, declaration, release=release)


def _missed(case: Case, accepted: Sequence[Release], asked: Release) -> list[Release]:
    return [r for r in accepted if case.standing.version < r.version <= asked.version]


def _promise(policy: UpdatePolicy, declaration: Declaration, due: deadlines.Due) -> str:
    """Say which version, by when, and why then. It depends on no clock, so it changes only with the facts."""
    why = f"{_days(policy.deadline.days)} after {due.release.version} was posted"
    if declaration.deadline.date() != due.day:
        why += f" is {due.day}, moved to leave {_days(policy.deadline.notice_days)} of notice"
    return f"{declaration.version} by {declaration.deadline:%Y-%m-%dT%H:%M}: {why}"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _held(hold: Hold) -> str:
    until = f"held until {hold.until} is over"
    return f"{until}: {hold.reason}" if hold.reason else until


def _unsupported(standing: Standing, first: Version | None) -> str:
    if standing.platform is None:
        return "reports neither a model nor a platform that takes enforcements"
    if first is None:
        return f"{standing.platform} takes no software-update enforcement"
    return f"runs {standing.platform} {standing.version}; enforcement begins with {first}"


def _unknown(model: str) -> str:
    if not model:
        return "reports no model id that the lookup service uses; set spec.model, such as J314sAP"
    return f"the lookup service has never listed {model}"
