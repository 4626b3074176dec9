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
from controller.domain.versions import Version


def promise(case: Case, terms: Terms, choice: Choice, newest: Release) -> Verdict:
    """The promise for a device that is behind; *newest* is the newest release that it can be asked for."""
    aimed, stays = _own_major_first(case, terms, choice, newest), case.stays
    standing = next((r for r in choice.accepted if stays and _names(stays, r, case, terms)), None)
    if stays and standing:
        due = _due(case, terms, choice, standing)
        moment = kept(case, terms, stays, due)
        if moment:
            late = f"; {aimed.version} came too late for the notice and follows"
            asked = Declaration(standing.version, moment, stays.build, terms.policy.details_url)
            more = late if standing.version < aimed.version else ""
            return _verdict(str(asked.version), asked, due, terms, standing, more)
    improved = keep_improvement(case, terms)
    if improved:
        return improved
    due = _due(case, terms, choice, aimed)
    asked = Declaration(
        aimed.version, fresh(case, terms, due), terms.target.pinned(), terms.policy.details_url
    )
    return _verdict(str(asked.version), asked, due, terms, aimed)


def keep_improvement(case: Case, terms: Terms) -> Verdict | None:
    """The background security improvement that is promised and near, whatever came after it."""
    stays, lacking = case.stays, _lacking(case, terms)
    named = [n for n, one in enumerate(lacking) if stays and (one.version, one.build) == _asks(stays)]
    if stays is None or not named:
        return None
    due = _due_of(lacking[: named[-1] + 1], case, terms)
    moment = kept(case, terms, stays, due)
    return _improve(case, terms, lacking[named[-1]], moment, due) if moment else None


def improve(case: Case, terms: Terms) -> Verdict | None:
    """A new promise of the newest background security improvement that a device lacks."""
    lacking = _lacking(case, terms)
    if not lacking:
        return None
    due = _due_of(lacking, case, terms)
    return _improve(case, terms, lacking[-1], fresh(case, terms, due), due)


def _improve(case: Case, terms: Terms, asked: Improvement, moment: datetime, due: Due) -> Verdict | None:
    release = case.shelf.find(asked.version) if case.shelf else None
    declaration = Declaration(asked.version, moment, asked.build, terms.policy.details_url)
    return _verdict(str(asked), declaration, due, terms, release)


def _asks(declaration: Declaration) -> tuple[Version, str]:
    return declaration.version, declaration.build


def _verdict(
    what: str, asked: Declaration, due: Due, terms: Terms, release: Release | None, more: str = ""
) -> Verdict:
    return Verdict(
        Reason.ENFORCED,
        sentence(what, asked, due, terms.policy.deadline.notice_days) + more,
        asked,
        release=release,
        due=due,
        accelerated=due.accelerated,
        frozen=due.frozen(asked.deadline),
    )


def _names(declaration: Declaration, release: Release, case: Case, terms: Terms) -> bool:
    """Does what is in force ask for this release, and for a build that the policy accepts?"""
    if release.version != declaration.version:
        return False
    pinned, newer = terms.target.pinned(), release.version > case.standing.version
    return declaration.build == pinned or (not pinned and newer and declaration.build in release.signed)


def kept(case: Case, terms: Terms, stays: Declaration, due: Due) -> datetime | None:
    """The moment of the promise that stands, if it is near; None where it is made anew.

    So is one that its author or a freeze moves so far that there is time for the notice again.
    """
    notice = terms.policy.deadline.notice_days
    if not deadlines.near(stays.deadline, notice, due.calendar, case.now):
        return None
    moment = deadlines.kept(stays.deadline, due.day, due.calendar, case.now)
    return moment if deadlines.near(moment, notice, due.calendar, case.now) else None


def fresh(case: Case, terms: Terms, due: Due) -> datetime:
    """The moment of a promise that is made now."""
    return deadlines.fresh(due.day, terms.policy.deadline.notice_days, due.calendar, case.now)


def _own_major_first(case: Case, terms: Terms, choice: Choice, newest: Release) -> Release:
    """With `majorDays`, the newest of the device's own major comes first.

    Unless a newer major is promised, and due sooner: a deadline never moves later because Apple ships again.
    """
    own_major = case.standing.version.major
    own = choice.newest(lambda release: release.version.major == own_major)
    if terms.policy.deadline.major_days is None or own is None or newest.version.major == own_major:
        return newest
    stays = case.stays
    if stays and stays.version.major > own_major:
        sooner = _moment(case, terms, choice, newest) < _moment(case, terms, choice, own)
        return newest if sooner else own
    return own


def _moment(case: Case, terms: Terms, choice: Choice, asked: Release) -> datetime:
    return fresh(case, terms, _due(case, terms, choice, asked))


def _due(case: Case, terms: Terms, choice: Choice, asked: Release) -> Due:
    """When a release is due that a device misses, the same version in another build among them."""
    missed: Sequence[Missed] = terms.missed(choice.accepted, case.standing.version, asked.version)
    if not missed:
        deadline, name = terms.policy.deadline, str(asked.version)
        missed = [Missed(name, asked.posted, deadline.days, f"{name} was posted")]
    if asked.version > case.standing.version:
        missed = [*missed, *(_as_missed(one, terms) for one in _lacking(case, terms))]
    return Due.of(missed, terms, case.standing.lag, _promised(case))


def _due_of(lacking: Sequence[Improvement], case: Case, terms: Terms) -> Due:
    return Due.of([_as_missed(one, terms) for one in lacking], terms, case.standing.lag, _promised(case))


def _promised(case: Case) -> datetime | None:
    return case.stays.deadline if case.stays else None


def _lacking(case: Case, terms: Terms) -> Sequence[Improvement]:
    return case.improvements() if terms.policy.background_security else ()


def _as_missed(improvement: Improvement, terms: Terms) -> Missed:
    name = str(improvement)
    return Missed(name, improvement.posted, terms.policy.deadline.days, f"{name} was posted")
