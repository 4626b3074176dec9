"""The rules that decide: `judge`, in the order of `Reason`, for all devices that stand alike."""

from dataclasses import replace

from controller.domain.cases import Case, Standing, Verdict
from controller.domain.catalog import Shelf
from controller.domain.choices import Choice, choose, installed
from controller.domain.devices import Hold
from controller.domain.policies import UpdatePolicy
from controller.domain.promising import improve, keep_improvement, promise
from controller.domain.reasons import Reason
from controller.domain.terms import Terms
from controller.domain.versions import ENFORCEABLE, Version, is_seed

#: What there is to say of a device that left.
CHECKED_OUT = "checked out of the MDM"


def judge(case: Case, policy: UpdatePolicy | None) -> Verdict:
    """Who is asked at all: the guards from Unenrolled to UnknownModel."""
    standing = case.standing
    if standing.left:
        return case.nothing(Reason.UNENROLLED, CHECKED_OUT)
    if standing.platform is None and not standing.user:
        return _unrecognised(case)
    unsupported = _unsupported(standing)
    if unsupported:
        return case.nothing(Reason.UNSUPPORTED, unsupported)
    if policy is None:
        return case.nothing(Reason.NO_POLICY, "no policy covers it")
    if policy.fault:
        found = f"{policy.name} cannot be followed: {policy.fault.message}"
        return case.unchanged(Reason.INVALID_POLICY, found)
    if case.terms is None:
        return case.nothing(Reason.NO_POLICY, f"{policy.name} has target none")
    if standing.hold:
        return case.nothing(Reason.HELD, _held(standing.hold))
    if policy.suspend:
        return case.unchanged(Reason.SUSPENDED, f"{policy.name} is suspended")
    if case.shelf is None:
        return case.unchanged(Reason.UNKNOWN_MODEL, _unknown(standing.model))
    return _aim(case, case.terms, case.shelf)


def _unrecognised(case: Case) -> Verdict:
    """Neither its model nor its OS says which platform it is: that is no reason to let go of anything."""
    standing = case.standing
    if standing.hold:
        return case.nothing(Reason.HELD, _held(standing.hold))
    return case.unchanged(Reason.UNKNOWN_MODEL, _unknown(standing.model))


def _aim(case: Case, terms: Terms, shelf: Shelf) -> Verdict:
    """What they are asked for: the guards from Beta to AboveTarget."""
    version, build = case.standing.runs
    name, target = terms.policy.name, terms.target
    if is_seed(build) and not shelf.lists(build):
        return case.nothing(Reason.BETA, f"runs the seed {build}")
    if version > shelf.newest:
        found = f"runs {version}; the newest ever listed for its model is {shelf.newest}"
        return case.nothing(Reason.AHEAD, found)
    if target.exceeded_by(version, terms.majors):
        return case.nothing(Reason.ABOVE_TARGET, f"runs {version}; {name} asks for {target}")
    choice = choose(target, shelf, case.standing.runs, terms.majors, case.skipped, terms.proven)
    newest = choice.newest()
    if newest and newest.version == version and not build:
        found = f"has not reported its build yet, and {name} asks for {target}"
        return case.unchanged(Reason.NO_REPORT, found)
    return promise(case, terms, choice, newest) if newest else _rest(case, terms, shelf, choice)


def _rest(case: Case, terms: Terms, shelf: Shelf, choice: Choice) -> Verdict:
    """Those that are not behind: the guards from UpToDate to Gated."""
    version, build = case.standing.runs
    name, target = terms.policy.name, terms.target
    improved = keep_improvement(case, terms)
    if improved is None and not _offers_newer(shelf, version) and version not in case.skipped:
        improved = improve(case, terms)
    if improved:
        return improved
    let_through = [r for r in choice.accepted if terms.proven is None or r.version in terms.proven]
    reached = installed(let_through if choice.waiting else choice.accepted, (version, build), target.pinned())
    if reached and not _awaited(case, shelf, choice):
        found = f"runs {version}; nothing newer of what {name} accepts is on offer"
        if choice.waiting and terms.policy.gate:
            waits = choice.waiting[-1].version
            found = f"runs {version}; {waits} waits until {terms.policy.gate.after} has proved it"
        return replace(case.nothing(Reason.UP_TO_DATE, found), release=reached)
    if choice.waiting and terms.policy.gate:
        waits = choice.waiting[-1].version
        found = f"{waits} waits until {terms.policy.gate.after} has proved it"
        return case.unchanged(Reason.GATED, found)
    found = f"{name} asks for {target}, and none of that is on offer for its model"
    return case.unchanged(Reason.NO_RELEASE, found)


def _awaited(case: Case, shelf: Shelf, choice: Choice) -> bool:
    """Is something in force that only cannot be asked for anew now?

    The policy accepts it and the gate is closed, or Apple's last answer did not list the model at all.
    """
    stays = case.stays
    if stays is None or not shelf.signed:
        return stays is not None
    newer = stays.version > case.standing.version
    return newer and any(release.version == stays.version for release in choice.accepted)


def _offers_newer(shelf: Shelf, version: Version) -> bool:
    return any(release.public and release.version > version for release in shelf.releases)


def _held(hold: Hold) -> str:
    until = f"held until {hold.until} is over"
    return f"{until}: {hold.reason}" if hold.reason else until


def _unsupported(standing: Standing) -> str:
    """Why its OS or its enrollment cannot take an enforcement; empty when they can."""
    if standing.user:
        return "a User Enrollment takes no software-update enforcement"
    first = ENFORCEABLE.get(standing.platform) if standing.platform else None
    if first and standing.version >= first:
        return ""
    if first is None:
        return f"{standing.platform} takes no software-update enforcement"
    return f"runs {standing.platform} {standing.version}; enforcement begins with {first}"


def _unknown(model: str) -> str:
    if not model:
        return "reports no model id that the lookup service uses; set spec.model, such as J314sAP"
    return f"the lookup service has never listed {model}"
