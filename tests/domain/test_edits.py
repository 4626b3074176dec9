"""What an author's edit in the middle of a promise does to it: far, near, overdue.

It is the 25th of August, noon in UTC. Three devices run 15.6 and are asked for 15.6.1 by 14 days after it
was posted; with three days of notice, the soonest new moment is the 29th at 18:00.
"""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from controller.domain.declarations import Declaration
from controller.domain.devices import Hold
from controller.domain.fleets import Fleet
from controller.domain.policies import Gate, UpdatePolicy
from controller.domain.proofs import Proofs
from controller.domain.reasons import Reason
from controller.domain.selectors import Selector
from controller.domain.targets import Behind, Below, Exact, Latest, OfMajor, SameMajor
from controller.domain.versions import Platform
from tests.domain.builders import (
    a_catalog,
    a_declaration,
    a_device,
    a_freeze,
    a_policy,
    a_release,
    decide,
    facts,
    v,
)

#: When 15.6.1 was posted, and so by when it is promised.
POSTED = {"far": "2025-08-20", "near": "2025-08-13", "overdue": "2025-08-08"}
PROMISED = {
    "far": a_declaration("15.6.1", "2025-09-03T18:00"),
    "near": a_declaration("15.6.1", "2025-08-27T18:00"),
    "overdue": a_declaration("15.6.1", "2025-08-22T18:00"),
}


def a_mac_policy(name: str = "macs", **fields: Any) -> UpdatePolicy:
    return a_policy(name, **({"target": SameMajor()} | fields))


def shown(declaration: Declaration | None) -> str:
    if declaration is None:
        return "nothing"
    build = f" ({declaration.build})" if declaration.build else ""
    return f"{declaration.version}{build} by {declaration.deadline:%m-%d %H:%M}"


def after(kind: str, *policies: UpdatePolicy, **given: Any) -> str:
    catalog = a_catalog(
        a_release("15.6", "2025-07-29"),
        a_release("15.6.1", POSTED[kind], public=True),
        a_release("26.0", "2025-08-20", public=True),
    )
    known: dict[str, Any] = {"catalog": catalog, "current": PROMISED[kind]} | given
    return shown(decide(*policies, **known).verdict.declaration)


STAYS = ("15.6.1 by 09-03 18:00", "15.6.1 by 08-27 18:00", "15.6.1 by 08-22 18:00")


@pytest.mark.parametrize(
    ("policy", "far", "near", "overdue"),
    [
        pytest.param(a_mac_policy(), *STAYS, id="nothing"),
        # The hour, the days, the notice.
        pytest.param(
            a_mac_policy(at="12:00"),
            "15.6.1 by 09-03 12:00",
            "15.6.1 by 08-28 12:00",
            "15.6.1 by 08-23 12:00",
            id="at, earlier",
        ),
        pytest.param(
            a_mac_policy(at="20:00"),
            "15.6.1 by 09-03 20:00",
            "15.6.1 by 08-27 20:00",
            "15.6.1 by 08-22 20:00",
            id="at, later",
        ),
        pytest.param(
            a_mac_policy(days=15),
            "15.6.1 by 09-04 18:00",
            "15.6.1 by 08-28 18:00",
            "15.6.1 by 08-23 18:00",
            id="days, one more",
        ),
        pytest.param(
            a_mac_policy(days=28),
            "15.6.1 by 09-17 18:00",
            "15.6.1 by 09-10 18:00",
            "15.6.1 by 09-05 18:00",
            id="days, twice as many",
        ),
        pytest.param(a_mac_policy(days=0), "15.6.1 by 08-29 18:00", *STAYS[1:], id="days, none"),
        pytest.param(a_mac_policy(notice=0), *STAYS, id="noticeDays, none"),
        pytest.param(a_mac_policy(notice=30), *STAYS, id="noticeDays, more"),
        # The calendar.
        pytest.param(
            a_mac_policy(weekdays="Mon"),
            "15.6.1 by 09-01 18:00",
            "15.6.1 by 09-01 18:00",
            "15.6.1 by 08-25 18:00",
            id="weekdays: from Wednesdays and a Friday to Mondays",
        ),
        pytest.param(a_mac_policy(weekdays="Wed Fri"), *STAYS, id="weekdays that permit it"),
        pytest.param(a_mac_policy(not_before="2025-09-10"), *["15.6.1 by 09-10 18:00"] * 3, id="notBefore"),
        pytest.param(a_mac_policy(not_before="2025-08-01"), *STAYS, id="notBefore, long over"),
        pytest.param(
            a_mac_policy(freezes=(a_freeze("2025-08-20", "2025-09-08"),)),
            *["15.6.1 by 09-09 18:00"] * 3,
            id="freeze, today",
        ),
        pytest.param(
            a_mac_policy(freezes=(a_freeze("2025-09-01", "2025-09-08"),)),
            "15.6.1 by 08-31 18:00",
            *STAYS[1:],
            id="freeze, over the far one",
        ),
        pytest.param(
            a_mac_policy(freezes=(a_freeze("2025-08-27", "2025-08-31"),)),
            STAYS[0],
            "15.6.1 by 09-01 18:00",
            "15.6.1 by 09-01 18:00",
            id="freeze, over the near one, on its eve somewhere",
        ),
        pytest.param(
            a_mac_policy(freezes=(a_freeze("2025-08-28", "2025-08-31"),)), *STAYS, id="freeze, in two days"
        ),
        # The target.
        pytest.param(
            a_mac_policy(target=Latest()),
            "26.0 by 09-03 18:00",
            *STAYS[1:],
            id="latest: accepts it, and more",
        ),
        pytest.param(a_mac_policy(target=Below(v("26.0"))), *STAYS, id="below: accepts it"),
        pytest.param(a_mac_policy(target=OfMajor(15)), *STAYS, id="latest of the major: accepts it"),
        pytest.param(
            a_mac_policy(target=Behind(1)),
            *["15.6.1 by 09-03 18:00"] * 3,
            id="one behind: accepts it since the newer major came",
        ),
        pytest.param(a_mac_policy(target=Exact(v("15.6.1"))), *STAYS, id="exact: accepts it"),
        pytest.param(
            a_mac_policy(target=Exact(v("15.6.1"), "15.6.1B1")),
            "15.6.1 (15.6.1B1) by 09-03 18:00",
            "15.6.1 (15.6.1B1) by 08-29 18:00",
            "15.6.1 (15.6.1B1) by 08-29 18:00",
            id="exact with a build: made anew",
        ),
        pytest.param(
            a_mac_policy(target=Exact(v("26.0"))),
            *["26.0 by 09-03 18:00"] * 3,
            id="exact, another: made anew",
        ),
        pytest.param(
            a_mac_policy(target=OfMajor(26), days=0),
            *["26.0 by 08-29 18:00"] * 3,
            id="another major: made anew with full notice",
        ),
        pytest.param(a_mac_policy(target=Exact(v("15.6"))), *["nothing"] * 3, id="exact, what it runs"),
        pytest.param(a_mac_policy(target=Exact(v("15.5"))), *["nothing"] * 3, id="exact, below what it runs"),
        pytest.param(a_mac_policy(target=None), *["nothing"] * 3, id="none"),
        # What else there is.
        pytest.param(a_mac_policy(skip=frozenset({v("15.6.1")})), *["nothing"] * 3, id="skip"),
        pytest.param(a_mac_policy(skip=frozenset({v("26.0")})), *STAYS, id="skip, another release"),
        pytest.param(a_mac_policy(suspend=True, days=28), *STAYS, id="suspend"),
        pytest.param(a_mac_policy(gate=Gate("ring")), *STAYS, id="gate: what is in force stays"),
        pytest.param(a_mac_policy(background_security=True), *STAYS, id="backgroundSecurity"),
        pytest.param(a_mac_policy(deadline={"exploited_days": 1}), *STAYS, id="exploitedDays: nothing is"),
        pytest.param(a_mac_policy(deadline={"major_days": 60}), *STAYS, id="majorDays: no upgrade"),
        pytest.param(a_policy("pads", platform=Platform.IPADOS), *["nothing"] * 3, id="no policy any more"),
    ],
)
def test_an_edit_of_the_policy(policy: UpdatePolicy, far: str, near: str, overdue: str) -> None:
    assert (far, near, overdue) == (after("far", policy), after("near", policy), after("overdue", policy))


EARLY = a_mac_policy("early", at="12:00", days=15, selector=Selector(frozenset({("ring", "early")})))
LATER = ("15.6.1 by 09-04 12:00", "15.6.1 by 08-28 12:00", "15.6.1 by 08-23 12:00")


@pytest.mark.parametrize(
    ("policies", "given", "expected"),
    [
        pytest.param((a_mac_policy(), EARLY), {}, STAYS, id="another policy that does not cover it"),
        pytest.param(
            (a_mac_policy(), a_mac_policy("early", at="12:00", days=15, priority=1)),
            {},
            LATER,
            id="another policy by priority",
        ),
        pytest.param((EARLY,), {"device": a_device(ring="early")}, LATER, id="another policy by label"),
        pytest.param(
            (a_mac_policy(),), {"device": a_device(hold=Hold(date(2025, 8, 27)))}, ["nothing"] * 3, id="hold"
        ),
        pytest.param(
            (a_mac_policy(),),
            {"fleet": Fleet(skip=frozenset({(Platform.MACOS, v("15.6.1"))}))},
            ["nothing"] * 3,
            id="skip by the fleet",
        ),
        pytest.param(
            (a_mac_policy(),),
            {"fleet": Fleet(freezes=(a_freeze("2025-08-20", "2025-09-08"),))},
            ["15.6.1 by 09-09 18:00"] * 3,
            id="freeze of the fleet",
        ),
        pytest.param(
            (a_mac_policy(skip=frozenset({v("15.6.1")}), target=Latest()),),
            {},
            ["26.0 by 09-03 18:00"] * 3,
            id="skip: the next best, with full notice",
        ),
    ],
)
def test_an_edit_elsewhere(policies: Any, given: dict[str, Any], expected: Any) -> None:
    assert tuple(expected) == tuple(after(kind, *policies, **given) for kind in PROMISED)


@pytest.mark.parametrize("kind", PROMISED)
def test_the_details_follow_at_once_and_move_nothing(kind: str) -> None:
    catalog = a_catalog(a_release("15.6.1", POSTED[kind], public=True))
    verdict = decide(a_policy(details_url="https://x"), catalog=catalog, current=PROMISED[kind]).verdict
    expected = Declaration(v("15.6.1"), PROMISED[kind].deadline, details_url="https://x")
    assert expected == verdict.declaration


@pytest.mark.parametrize("kind", PROMISED)
def test_what_was_suspended_goes_on_where_it_was(kind: str) -> None:
    assert after(kind, a_mac_policy(suspend=True)) == after(kind, a_mac_policy())


@pytest.mark.parametrize(
    ("kind", "soonest"),
    [
        pytest.param("far", "15.6.1 by 09-03 18:00", id="far: on the day due"),
        pytest.param("near", "15.6.1 by 09-01 18:00", id="near: full notice"),
        pytest.param("overdue", "15.6.1 by 09-01 18:00", id="overdue: full notice"),
    ],
)
def test_after_a_hold_there_is_fresh_notice(kind: str, soonest: str) -> None:
    device, now = a_device(hold=Hold(date(2025, 8, 27))), datetime(2025, 8, 28, 12, tzinfo=UTC)
    assert soonest == after(kind, a_mac_policy(), device=device, current=None, now=now)


@pytest.mark.parametrize(
    ("kind", "sooner"),
    [
        pytest.param("far", "15.6.1 by 09-03 18:00", id="far: on the day due"),
        pytest.param("near", "15.6.1 by 08-29 18:00", id="near: as soon as the notice allows"),
        pytest.param("overdue", "15.6.1 by 08-29 18:00", id="overdue: as soon as the notice allows"),
    ],
)
def test_a_freeze_that_is_taken_back_lets_them_come_sooner_again(kind: str, sooner: str) -> None:
    stepped = a_declaration("15.6.1", "2025-09-09T18:00")
    assert sooner == after(kind, a_mac_policy(), current=stepped)


@pytest.mark.parametrize(
    ("deadline", "stays"),
    [
        pytest.param("2025-08-27T18:00", "15.6.1 (15.6.1B1) by 08-27 18:00", id="near: stays as it is"),
        pytest.param("2025-08-22T18:00", "15.6.1 (15.6.1B1) by 08-22 18:00", id="overdue: stays as it is"),
        pytest.param("2025-09-03T18:00", "15.6.1 by 08-29 18:00", id="far: any build will do"),
    ],
)
def test_from_exact_with_a_build_to_a_target_that_accepts_it(deadline: str, stays: str) -> None:
    pinned = a_declaration("15.6.1", deadline, build="15.6.1B1")
    assert stays == after("overdue", a_mac_policy(), current=pinned)


class TestGateAdded:
    """A gate asks for nothing new until it opens; it takes nothing back."""

    GATED = a_mac_policy(gate=Gate("ring"))

    @pytest.mark.parametrize("kind", PROMISED)
    def test_what_the_device_runs_is_proven_and_what_is_in_force_is_not(self, kind: str) -> None:
        proofs = Proofs({"macs": {v("15.6"): date(2025, 8, 25)}})
        catalog = a_catalog(a_release("15.6", "2025-07-29"), a_release("15.6.1", POSTED[kind], public=True))
        verdict = decide(self.GATED, proofs=proofs, catalog=catalog, current=PROMISED[kind]).verdict
        assert (Reason.GATED, PROMISED[kind]) == (verdict.reason, verdict.declaration)

    def test_a_device_without_a_promise_is_up_to_date_with_what_is_proven(self) -> None:
        proofs = Proofs({"macs": {v("15.6"): date(2025, 8, 25)}})
        verdict = decide(self.GATED, proofs=proofs).verdict
        assert (
            verdict.reason,
            verdict.message,
        ) == (Reason.UP_TO_DATE, "runs 15.6; 15.6.1 waits until ring has proved it")


def test_a_near_promise_that_comes_to_have_time_follows_the_newest_at_once() -> None:
    """Not first to its new day, and then, with the next plan, to the newer release."""
    promised = a_declaration("15.6", "2025-08-27T18:00")
    verdict = decide(a_policy(days=60), says=facts("15.5"), current=promised).verdict
    assert a_declaration("15.6.1", "2025-09-27T18:00") == verdict.declaration
