"""What a device is promised: which release, by when.

A promise that is near is kept. Before that it follows the newest release under the same due day.
"""

from collections.abc import Sequence
from datetime import datetime

from controller.domain import deadlines
from controller.domain.cases import Case, Verdict
from controller.domain.choices import Choice
from controller.domain.deadlines import Missed
from controller.domain.declarations import Declaration
from controller.domain.due import Due, sentence
from controller.domain.reasons import Reason
from controller.domain.releases import Improvement, Release
from controller.domain.terms import Terms


def promise(case: Case, terms: Terms, choice: Choice, newest: Release) -> Verdict:
    """The promise for a device that is behind; *newest* is the newest release that it can be asked for."""
    stays = case.stays
    standing = next((r for r in choice.accepted if stays and _names(stays, r, terms)), None)
    if stays and standing:
        due = _due(case, terms, choice, standing)
        moment = _kept(case, terms, stays, due)
        if moment:
            follows = f"; {newest.version} came too late for the notice and follows"
            asked = Declaration(standing.version, moment, stays.build, terms.policy.details_url)
            return _verdict(asked, due, terms, standing, follows if standing.version < newest.version else "")
    improvement = _lacking(case, terms)
    if stays and improvement and stays.build == improvement.build:
        due = Due.of([_as_missed(improvement, terms)], terms, case.standing.lag)
        if _kept(case, terms, stays, due) and (under := case.shelf and case.shelf.find(stays.version)):
            return improve(case, terms, under, improvement)
    aimed = _own_major_first(case, terms, choice, newest)
    due = _due(case, terms, choice, aimed)
    asked = Declaration(
        aimed.version, _fresh(case, terms, due), terms.target.pinned(), terms.policy.details_url
    )
    return _verdict(asked, due, terms, aimed)


def improve(case: Case, terms: Terms, release: Release, improvement: Improvement) -> Verdict:
    """The promise of a background security improvement on top of the release that a device runs."""
    stays = case.stays
    due = Due.of([_as_missed(improvement, terms)], terms, case.standing.lag)
    kept = _kept(case, terms, stays, due) if stays and stays.build == improvement.build else None
    moment = kept or _fresh(case, terms, due)
    asked = Declaration(release.version, moment, improvement.build, terms.policy.details_url)
    return _verdict(asked, due, terms, release)


def _verdict(asked: Declaration, due: Due, terms: Terms, release: Release, more: str = "") -> Verdict:
    message = sentence(asked, due, terms.policy.deadline.notice_days) + more
    return Verdict(Reason.ENFORCED, message, asked, release=release)


def _names(declaration: Declaration, release: Release, terms: Terms) -> bool:
    """Does what is in force ask for this release as the policy would ask for it now?"""
    return release.version == declaration.version and declaration.build == terms.target.pinned()


def _kept(case: Case, terms: Terms, stays: Declaration, due: Due) -> datetime | None:
    """The moment of the promise that stands, if it is near; None where it is made anew."""
    if not deadlines.near(stays.deadline, terms.policy.deadline.notice_days, due.calendar, case.now):
        return None
    return deadlines.kept(stays.deadline, due.day, due.calendar, case.now)


def _fresh(case: Case, terms: Terms, due: Due) -> datetime:
    return deadlines.fresh(due.day, terms.policy.deadline.notice_days, due.calendar, case.now)


def _own_major_first(case: Case, terms: Terms, choice: Choice, newest: Release) -> Release:
    """With `majorDays`, the newest of the device's own major comes first.

    Unless a newer major is promised, and that would make the device wait longer: a deadline never moves later
    because Apple ships again.
    """
    own_major = case.standing.version.major
    own = choice.newest(lambda release: release.version.major == own_major)
    if terms.policy.deadline.major_days is None or own is None or newest.version.major == own_major:
        return newest
    stays = case.stays
    if stays and stays.version.major > own_major:
        moment = _fresh(case, terms, _due(case, terms, choice, own))
        return newest if moment > stays.deadline else own
    return own


def _due(case: Case, terms: Terms, choice: Choice, asked: Release) -> Due:
    """When a release is due that a device misses, the same version in another build among them."""
    missed: Sequence[Missed] = terms.missed(choice.accepted, case.standing.version, asked.version)
    improvement = _lacking(case, terms)
    if not missed:
        deadline, name = terms.policy.deadline, str(asked.version)
        missed = [Missed(name, asked.posted, deadline.days, f"{name} was posted")]
    if improvement and asked.version > improvement.version:
        missed = [*missed, _as_missed(improvement, terms)]
    return Due.of(missed, terms, case.standing.lag)


def _lacking(case: Case, terms: Terms) -> Improvement | None:
    return case.improvement() if terms.policy.background_security else None


def _as_missed(improvement: Improvement, terms: Terms) -> Missed:
    name = str(improvement)
    return Missed(name, improvement.posted, terms.policy.deadline.days, f"{name} was posted")
