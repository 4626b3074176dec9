"""When a promise is due, field by field of `spec.deadline`, and the sentence that says why.

It is Monday, the 25th of August 2025, noon in UTC; with three days of notice, the soonest moment is the 29th.
"""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from controller.domain.declarations import Declaration
from controller.domain.fleets import Fleet
from controller.domain.policies import Gate
from controller.domain.proofs import Proofs
from controller.domain.reasons import Reason
from controller.domain.targets import Behind, Exact, SameMajor
from tests.domain.builders import (
    NOW,
    SHELF,
    a_catalog,
    a_declaration,
    a_device,
    a_freeze,
    a_policy,
    a_release,
    decide,
    exploited,
    facts,
    v,
)

MAJOR = a_release("26.0", "2025-08-21", public=True)
HOLIDAYS = a_freeze("2025-09-01", "2025-09-08")
POROUS = a_freeze("2025-09-01", "2025-09-08", except_exploited=True)


def told(policy: Any, **given: Any) -> str:
    return decide(policy, **given).verdict.message


@pytest.mark.parametrize(
    ("policy", "given", "message"),
    [
        pytest.param(
            a_policy(), {}, "15.6.1 by 2025-09-03T18:00: 14 days after 15.6.1 was posted", id="days"
        ),
        pytest.param(
            a_policy(days=30),
            {"says": facts("15.5")},
            "15.6.1 by 2025-08-29T18:00: 30 days after 15.6 was posted is 2025-08-28, moved to leave 3 "
            "days of notice",
            id="days, of the oldest release missed",
        ),
        pytest.param(
            a_policy(days=1),
            {},
            "15.6.1 by 2025-08-29T18:00: 1 day after 15.6.1 was posted is 2025-08-21, moved to leave 3 "
            "days of notice",
            id="days, fewer than the notice",
        ),
        pytest.param(
            a_policy(days=1, notice=0),
            {},
            "15.6.1 by 2025-08-26T18:00: 1 day after 15.6.1 was posted is 2025-08-21, moved, since that has "
            "passed",
            id="days that have passed, without a notice",
        ),
        pytest.param(
            a_policy(days=60, skip=frozenset({v("15.6")})),
            {"says": facts("15.5")},
            "15.6.1 by 2025-10-19T18:00: 60 days after 15.6.1 was posted",
            id="what is skipped is not missed",
        ),
        pytest.param(
            a_policy(days=60),
            {
                "says": facts("15.5"),
                "catalog": a_catalog(
                    a_release("15.6", "2025-07-29", withdrawn=True),
                    a_release("15.6.1", "2025-08-20", public=True),
                ),
            },
            "15.6.1 by 2025-10-19T18:00: 60 days after 15.6.1 was posted",
            id="what Apple took back is not missed",
        ),
        pytest.param(
            a_policy(days=60),
            {
                "says": facts("15.5"),
                "catalog": a_catalog(
                    a_release("15.6", "2025-07-29", signed=False),
                    a_release("15.6.1", "2025-08-20", public=True),
                ),
            },
            "15.6.1 by 2025-09-27T18:00: 60 days after 15.6 was posted",
            id="what is signed no more is missed all the same",
        ),
        # exploitedDays
        pytest.param(
            a_policy(deadline={"exploited_days": 12}),
            {"exploited": exploited("15.6.1")},
            "15.6.1 by 2025-09-01T18:00: 12 days after 15.6.1 was posted, which fixes the exploited "
            "CVE-2025-15.6.1",
            id="exploitedDays",
        ),
        pytest.param(
            a_policy(deadline={"exploited_days": 12}),
            {},
            "15.6.1 by 2025-09-03T18:00: 14 days after 15.6.1 was posted",
            id="exploitedDays, and nothing is",
        ),
        pytest.param(
            a_policy(deadline={"exploited_days": 20}),
            {"exploited": exploited("15.6.1")},
            "15.6.1 by 2025-09-03T18:00: 14 days after 15.6.1 was posted",
            id="exploitedDays, where sooner than days",
        ),
        pytest.param(
            a_policy(deadline={"exploited_days": 0}),
            {"exploited": exploited("15.6.1")},
            "15.6.1 by 2025-08-29T18:00: 0 days after 15.6.1 was posted, which fixes the exploited "
            "CVE-2025-15.6.1 "
            "is 2025-08-20, moved to leave 3 days of notice",
            id="exploitedDays never shorten the notice",
        ),
        pytest.param(
            a_policy(days=60, deadline={"exploited_days": 35}),
            {"says": facts("15.5"), "exploited": exploited("15.6")},
            "15.6.1 by 2025-09-02T18:00: 35 days after 15.6 was posted, which fixes the exploited "
            "CVE-2025-15.6",
            id="exploitedDays, of a release in between",
        ),
        pytest.param(
            a_policy(deadline={"exploited_days": 0}),
            {"exploited": exploited("15.6", "14.7.8")},
            "15.6.1 by 2025-09-03T18:00: 14 days after 15.6.1 was posted",
            id="exploitedDays, of what it runs, or is older, does not count",
        ),
        # majorDays
        pytest.param(
            a_policy(deadline={"major_days": 60}),
            {"says": facts("15.6.1", build="24G90"), "catalog": a_catalog(*SHELF, MAJOR)},
            "26.0 by 2025-10-20T18:00: 60 days after 26.0 was posted",
            id="majorDays",
        ),
        pytest.param(
            a_policy(deadline={"major_days": 60}),
            {"catalog": a_catalog(*SHELF, MAJOR)},
            "15.6.1 by 2025-09-03T18:00: 14 days after 15.6.1 was posted",
            id="majorDays: first the newest of its own major",
        ),
        pytest.param(
            a_policy(deadline={"major_days": 60}),
            {"catalog": a_catalog(*SHELF, MAJOR), "current": a_declaration("15.6.1", "2025-08-27T18:00")},
            "15.6.1 by 2025-09-03T18:00: 14 days after 15.6.1 was posted",
            id="majorDays: and the newer major is not late for the notice",
        ),
        pytest.param(
            a_policy(),
            {"catalog": a_catalog(*SHELF, MAJOR)},
            "26.0 by 2025-09-03T18:00: 14 days after 15.6.1 was posted",
            id="without majorDays an upgrade is an update",
        ),
        pytest.param(
            a_policy(target=SameMajor(), deadline={"major_days": 1}),
            {"catalog": a_catalog(*SHELF, MAJOR)},
            "15.6.1 by 2025-09-03T18:00: 14 days after 15.6.1 was posted",
            id="majorDays and sameMajor have nothing to do with each other",
        ),
        pytest.param(
            a_policy(target=Exact(v("26.0")), deadline={"major_days": 30}),
            {"catalog": a_catalog(*SHELF, MAJOR)},
            "26.0 by 2025-09-20T18:00: 30 days after 26.0 was posted",
            id="majorDays: where nothing of its own major is accepted, at once",
        ),
        # notBefore, weekdays, spreadDays
        pytest.param(
            a_policy(not_before="2025-12-01"),
            {},
            "15.6.1 by 2025-12-01T18:00: 14 days after 15.6.1 was posted is 2025-09-03, moved by "
            "notBefore 2025-12-01",
            id="notBefore",
        ),
        pytest.param(
            a_policy(not_before="2025-12-06", weekdays="Mon"),
            {},
            "15.6.1 by 2025-12-08T18:00: 14 days after 15.6.1 was posted is 2025-09-03, moved by "
            "notBefore 2025-12-06",
            id="notBefore, a Saturday",
        ),
        pytest.param(
            a_policy(not_before="2025-09-03", weekdays="Mon"),
            {},
            "15.6.1 by 2025-09-08T18:00: 14 days after 15.6.1 was posted is 2025-09-03, moved to a Mon",
            id="notBefore, the due day itself, which is no Monday",
        ),
        pytest.param(
            a_policy(weekdays="Mon Tue"),
            {},
            "15.6.1 by 2025-09-02T18:00: 14 days after 15.6.1 was posted is 2025-09-03, moved to a Tue",
            id="weekdays: the last one that is not after it",
        ),
        pytest.param(
            a_policy(days=11, weekdays="Mon"),
            {},
            "15.6.1 by 2025-09-01T18:00: 11 days after 15.6.1 was posted is 2025-08-31, moved to a Mon",
            id="weekdays: where that breaks the notice, the next one",
        ),
        # Freezes
        pytest.param(
            a_policy(freezes=(HOLIDAYS,)),
            {},
            "15.6.1 by 2025-08-31T18:00: 14 days after 15.6.1 was posted is 2025-09-03, "
            "moved before the freeze Holidays",
            id="freeze: before it, where that leaves the notice",
        ),
        pytest.param(
            a_policy(),
            {"fleet": Fleet(freezes=(HOLIDAYS,))},
            "15.6.1 by 2025-08-31T18:00: 14 days after 15.6.1 was posted is 2025-09-03, "
            "moved before the freeze Holidays",
            id="freeze of the fleet",
        ),
        pytest.param(
            a_policy(freezes=(a_freeze("2025-08-29", "2025-09-08"),)),
            {},
            "15.6.1 by 2025-09-09T18:00: 14 days after 15.6.1 was posted is 2025-09-03, "
            "moved after the freeze Holidays",
            id="freeze: after it, where before it is too soon",
        ),
        pytest.param(
            a_policy(freezes=(a_freeze("2025-08-29", "2025-09-08", ""),)),
            {},
            "15.6.1 by 2025-09-09T18:00: 14 days after 15.6.1 was posted is 2025-09-03, "
            "moved after the freeze from 2025-08-29 to 2025-09-08",
            id="a freeze without a reason",
        ),
        pytest.param(
            a_policy(freezes=(POROUS,)),
            {"exploited": exploited("15.6.1")},
            "15.6.1 by 2025-09-03T18:00: 14 days after 15.6.1 was posted; "
            "the freeze Holidays lets fixes of exploited vulnerabilities through",
            id="exceptExploited: no freeze for an exploited fix",
        ),
        pytest.param(
            a_policy(freezes=(HOLIDAYS,)),
            {"exploited": exploited("15.6.1")},
            "15.6.1 by 2025-08-31T18:00: 14 days after 15.6.1 was posted is 2025-09-03, "
            "moved before the freeze Holidays",
            id="a freeze without exceptExploited holds for all",
        ),
        pytest.param(
            a_policy(freezes=(POROUS,)),
            {"fleet": Fleet(freezes=(HOLIDAYS,)), "exploited": exploited("15.6.1")},
            "15.6.1 by 2025-08-31T18:00: 14 days after 15.6.1 was posted is 2025-09-03, "
            "moved before the freeze Holidays",
            id="the fleet's freeze holds whatever the policy's lets through",
        ),
        # Since when a release counts as posted
        pytest.param(
            a_policy(target=Behind(1)),
            {"catalog": a_catalog(*SHELF, MAJOR)},
            "15.6.1 by 2025-09-04T18:00: 14 days after macs began to accept 15.6.1",
            id="behind: since the newer major came",
        ),
        pytest.param(
            a_policy(gate=Gate("ring")),
            {"proofs": Proofs({"macs": {v("15.6.1"): date(2025, 8, 24)}})},
            "15.6.1 by 2025-09-07T18:00: 14 days after ring proved 15.6.1",
            id="gate: since the day on which it opened",
        ),
        pytest.param(
            a_policy(gate=Gate("ring")),
            {"proofs": Proofs({"macs": {v("15.6.1"): date(2025, 8, 24)}}), "exploited": exploited("15.6.1")},
            "15.6.1 by 2025-09-03T18:00: 14 days after 15.6.1 was posted",
            id="gate: an exploited fix counts from its posting",
        ),
        pytest.param(
            a_policy(gate=Gate("ring"), days=30),
            {
                "says": facts("15.5"),
                "proofs": Proofs({"macs": {v("15.6.1"): date(2025, 8, 24), v("15.6"): date(2025, 8, 10)}}),
            },
            "15.6.1 by 2025-09-09T18:00: 30 days after ring proved 15.6",
            id="gate: what was proven first is due first",
        ),
    ],
)
def test_says_by_when_and_why(policy: Any, given: dict[str, Any], message: str) -> None:
    assert message == told(policy, **given)


class TestSpread:
    """`spreadDays: 4`: each device is due 0 to 4 days earlier, always the same."""

    POLICY = a_policy(days=30, deadline={"spread_days": 4})

    def due(self, name: str, **given: Any) -> datetime:
        declaration = decide(self.POLICY, device=a_device(name), **given).verdict.declaration
        assert declaration is not None
        return declaration.deadline

    def test_takes_all_five_days_about_equally(self) -> None:
        counts = Counter(self.due(f"mac-{n}") for n in range(500))
        assert sorted(counts) == [datetime(2025, 9, day, 18) for day in range(15, 20)]
        assert min(counts.values()) > 60

    def test_the_day_of_a_device_does_not_depend_on_its_ring(self) -> None:
        lagging = next(f"mac-{n}" for n in range(99) if self.due(f"mac-{n}") == datetime(2025, 9, 17, 18))
        assert told(self.POLICY, device=a_device(lagging, ring="x")) == (
            "15.6.1 by 2025-09-17T18:00: 30 days after 15.6.1 was posted, 2 days earlier by spreadDays"
        )

    def test_keeps_the_notice_and_not_before(self) -> None:
        soon = a_policy(days=11, deadline={"spread_days": 4})
        late = a_policy(not_before="2025-12-01", deadline={"spread_days": 4})
        names = [f"mac-{n}" for n in range(50)]

        def moments(policy: Any) -> set[datetime]:
            declared = [decide(policy, device=a_device(name)).verdict.declaration for name in names]
            return {declaration.deadline for declaration in declared if declaration}

        assert moments(soon) == {datetime(2025, 8, day, 18) for day in (29, 30, 31)}
        assert moments(late) == {datetime(2025, 12, 1, 18)}


def later(
    promised: Declaration, policy: Any, now: str, *, says: Any = None, **given: Any
) -> Declaration | None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    return decide(policy, says=says, current=promised, now=at, **given).verdict.declaration


class TestFreezeComesUponPromises:
    """From the day before it, what is due before its end moves to the first permitted day after it."""

    @pytest.mark.parametrize(
        ("promised", "now", "moment"),
        [
            pytest.param("2025-08-29T18:00", "2025-08-30T09:59", None, id="overdue, and two days to go"),
            pytest.param(
                "2025-08-29T18:00", "2025-08-30T10:00", "2025-09-09T18:00", id="overdue, on its eve"
            ),
            pytest.param(
                "2025-08-31T18:00", "2025-08-31T12:00", None, id="due on the eve: it may still happen"
            ),
            pytest.param(
                "2025-08-31T18:00", "2025-09-01T06:01", "2025-09-09T18:00", id="and when it did not"
            ),
            pytest.param("2025-08-29T18:00", "2025-09-09T12:01", None, id="overdue, and it is over"),
        ],
    )
    def test_when(self, promised: str, now: str, moment: str | None) -> None:
        policy = a_policy(days=0, freezes=(HOLIDAYS,))
        expected = a_declaration("15.6.1", moment or promised)
        assert expected == later(a_declaration("15.6.1", promised), policy, now)

    def test_with_other_weekdays_it_is_the_first_of_those(self) -> None:
        policy = a_policy(days=0, weekdays="Fri", freezes=(HOLIDAYS,))
        moved = later(a_declaration("15.6.1", "2025-08-29T18:00"), policy, "2025-08-30T10:00")
        assert a_declaration("15.6.1", "2025-09-12T18:00") == moved

    @pytest.mark.parametrize(
        ("known", "moment"),
        [
            pytest.param(exploited("15.6.1"), "2025-08-29T18:00", id="an exploited fix stays"),
            pytest.param(exploited("15.6"), "2025-09-09T18:00", id="anything else steps out"),
        ],
    )
    def test_but_for_exploited_fixes_where_the_freeze_says_so(self, known: Any, moment: str) -> None:
        policy = a_policy(days=0, freezes=(POROUS,))
        moved = later(
            a_declaration("15.6.1", "2025-08-29T18:00"), policy, "2025-08-30T10:00", exploited=known
        )
        assert a_declaration("15.6.1", moment) == moved

    def test_it_steps_out_to_the_newest_release_when_that_leaves_the_notice(self) -> None:
        policy = a_policy(days=0, freezes=(HOLIDAYS,))
        moved = later(
            a_declaration("15.6", "2025-08-29T18:00"), policy, "2025-08-30T10:00", says=facts("15.5")
        )
        assert a_declaration("15.6.1", "2025-09-09T18:00") == moved


@pytest.mark.parametrize("now", ["2025-08-25T12:00", "2025-08-30T12:00"], ids=["far", "near"])
def test_what_stands_before_a_freeze_stays_there_when_its_fix_turns_out_to_be_exploited(now: str) -> None:
    """Without the freeze it would be due on the 3rd of September: knowing more makes nothing later."""
    promised, policy = a_declaration("15.6.1", "2025-08-31T18:00"), a_policy(freezes=(POROUS,))
    assert promised == later(promised, policy, now)
    assert promised == later(promised, policy, now, exploited=exploited("15.6.1"))


@pytest.mark.parametrize(
    ("major_days", "current", "asked"),
    [
        pytest.param(60, None, "15.6.1 by 2025-09-03", id="nothing is promised: its own major first"),
        pytest.param(
            60,
            a_declaration("26.0", "2025-10-20T18:00"),
            "15.6.1 by 2025-09-03",
            id="the newer major, due later",
        ),
        pytest.param(
            12,
            a_declaration("26.0", "2025-09-02T18:00"),
            "26.0 by 2025-09-02",
            id="the newer major, due sooner",
        ),
        pytest.param(
            60, a_declaration("26.0", "2025-09-02T18:00"), "15.6.1 by 2025-09-03", id="and due sooner no more"
        ),
    ],
)
def test_with_major_days_the_own_major_comes_first_unless_that_is_later(
    major_days: int, current: Any, asked: str
) -> None:
    policy, catalog = a_policy(deadline={"major_days": major_days}), a_catalog(*SHELF, MAJOR)
    declaration = decide(policy, catalog=catalog, current=current).verdict.declaration
    assert declaration is not None
    assert asked == f"{declaration.version} by {declaration.deadline:%Y-%m-%d}"


def test_a_deadline_that_only_time_changes_says_the_same_every_day() -> None:
    policy, promised = a_policy(days=0), a_declaration("15.6.1", "2025-08-29T18:00")
    said = {told(policy, current=promised, now=datetime(2025, 9, day, tzinfo=UTC)) for day in range(1, 30)}
    assert said == {
        "15.6.1 by 2025-08-29T18:00: 0 days after 15.6.1 was posted is 2025-08-20, moved to leave 3 days "
        "of notice"
    }
    assert decide(policy, current=promised).verdict.reason is Reason.ENFORCED


def test_a_fix_that_is_due_inside_a_freeze_says_that_the_freeze_lets_it_through() -> None:
    porous = Fleet(freezes=(a_freeze("2025-08-24", "2025-09-30", except_exploited=True),))
    assert decide(fleet=porous, exploited=exploited("15.6.1")).verdict.message == (
        "15.6.1 by 2025-09-03T18:00: 14 days after 15.6.1 was posted; "
        "the freeze Holidays lets fixes of exploited vulnerabilities through"
    )


def test_a_freeze_that_it_does_not_fall_into_is_not_mentioned() -> None:
    porous = Fleet(freezes=(a_freeze("2025-12-24", "2025-12-30", except_exploited=True),))
    assert "freeze" not in decide(fleet=porous, exploited=exploited("15.6.1")).verdict.message


def test_what_a_person_vouched_for_was_not_proved() -> None:
    policy = a_policy(gate=Gate("canary", proven=frozenset({v("15.6.1")})))
    proofs = Proofs({policy.name: {v("15.6.1"): NOW.date()}})
    assert decide(policy, proofs=proofs).verdict.message == (
        "15.6.1 by 2025-09-08T18:00: 14 days after a person vouched for 15.6.1"
    )
