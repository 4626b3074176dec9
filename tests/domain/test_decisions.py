"""`decide`, as a table: who, what is found, which reason, what is in force afterwards."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from controller.domain.devices import Hold
from controller.domain.enrollments import Enrollment
from controller.domain.facts import Facts
from controller.domain.fleets import Fleet
from controller.domain.policies import Fault
from controller.domain.reasons import Reason
from controller.domain.selectors import Expression, Selector
from controller.domain.status_items import BASE, ITEMS
from controller.domain.targets import Exact, Latest, OfMajor, SameMajor
from controller.domain.versions import Platform
from tests.domain.builders import (
    MODEL,
    NOW,
    SHELF,
    a_catalog,
    a_declaration,
    a_device,
    a_policy,
    a_release,
    decide,
    facts,
    v,
)

LEFT = facts("15.6", enrollment=Enrollment(ended=NOW))
FAR = a_declaration("15.6.1", "2025-09-03T18:00")
NEAR = a_declaration("15.6.1", "2025-08-27T18:00")


@pytest.mark.parametrize(
    ("given", "reason", "declaration"),
    [
        pytest.param({"silent": True}, Reason.NO_REPORT, None, id="never reported"),
        pytest.param({"silent": True, "current": FAR}, Reason.NO_REPORT, FAR, id="never reported: stays"),
        pytest.param(
            {"says": facts("15.6", model="", supports=ITEMS), "current": FAR},
            Reason.NO_REPORT,
            FAR,
            id="has not said its model yet: stays",
        ),
        pytest.param(
            {"says": facts("15.6", model="", supports=ITEMS), "device": replace(a_device(), model=MODEL)},
            Reason.ENFORCED,
            FAR,
            id="its author said it",
        ),
        pytest.param(
            {"says": facts("14.5", model="", supports=BASE), "current": FAR},
            Reason.UNKNOWN_MODEL,
            FAR,
            id="cannot say its model: stays",
        ),
        pytest.param({"says": LEFT, "current": FAR}, Reason.UNENROLLED, None, id="checked out"),
        pytest.param(
            {"says": Facts(None, enrollment=LEFT.enrollment), "current": FAR},
            Reason.UNENROLLED,
            None,
            id="checked out before it reported",
        ),
        pytest.param(
            {"says": facts("15.6", enrollment=Enrollment(user=True)), "current": FAR},
            Reason.UNSUPPORTED,
            None,
            id="a User Enrollment",
        ),
        pytest.param(
            {"says": facts("15.6", model="", platform="", enrollment=Enrollment(user=True))},
            Reason.UNSUPPORTED,
            None,
            id="a User Enrollment of an unknown kind",
        ),
        pytest.param({"says": facts("13.6")}, Reason.UNSUPPORTED, None, id="macOS 13"),
        pytest.param({"says": facts("16.7", model="iPhone10,1")}, Reason.UNSUPPORTED, None, id="iOS 16"),
        pytest.param({"says": facts("18.3", model="AppleTV14,1")}, Reason.UNSUPPORTED, None, id="tvOS 18.3"),
        pytest.param(
            {"says": facts("2.3", model="RealityDevice14,1")}, Reason.UNSUPPORTED, None, id="visionOS 2"
        ),
        pytest.param({"says": facts("11.6", model="Watch7,1")}, Reason.UNSUPPORTED, None, id="a watch"),
        pytest.param(
            {"says": facts("18.6", model="iPhone15,2")}, Reason.NO_POLICY, None, id="no policy for iOS"
        ),
        pytest.param({"policy": a_policy(target=None)}, Reason.NO_POLICY, None, id="target none"),
        pytest.param(
            {"policy": a_policy(target=None, fault=Fault("InvalidSpec", "what?")), "current": FAR},
            Reason.INVALID_POLICY,
            FAR,
            id="a policy that cannot be followed: stays",
        ),
        pytest.param(
            {"device": a_device(hold=Hold(date(2025, 8, 25)))}, Reason.HELD, None, id="held until today"
        ),
        pytest.param(
            {"device": a_device(hold=Hold(date(2025, 8, 23)))}, Reason.ENFORCED, FAR, id="a hold that is over"
        ),
        pytest.param(
            {"policy": a_policy(suspend=True), "current": FAR}, Reason.SUSPENDED, FAR, id="suspended: stays"
        ),
        pytest.param(
            {"says": facts("15.6", model="J999AP"), "current": FAR},
            Reason.UNKNOWN_MODEL,
            FAR,
            id="a model never listed: stays",
        ),
        pytest.param({"says": facts("15.7", build="25A5279m")}, Reason.BETA, None, id="a seed"),
        pytest.param({"says": facts("26.0")}, Reason.AHEAD, None, id="above everything ever listed"),
        pytest.param(
            {"policy": a_policy(target=Exact(v("15.5")))}, Reason.ABOVE_TARGET, None, id="above exact"
        ),
        pytest.param({"says": facts("15.6.1"), "current": FAR}, Reason.UP_TO_DATE, None, id="there: let go"),
        pytest.param(
            {"policy": a_policy(target=OfMajor(26))}, Reason.NO_RELEASE, None, id="a major it never had"
        ),
        pytest.param(
            {"policy": a_policy(target=Exact(v("15.5"))), "says": facts("15.4")},
            Reason.NO_RELEASE,
            None,
            id="exact, signed no more",
        ),
        pytest.param({}, Reason.ENFORCED, FAR, id="behind"),
    ],
)
def test_gives_the_reason_and_what_is_in_force(
    given: dict[str, Any], reason: Reason, declaration: Any
) -> None:
    policy = given.pop("policy", a_policy())
    verdict = decide(policy, **given).verdict
    assert (reason, declaration) == (verdict.reason, verdict.declaration)


@pytest.mark.parametrize(
    ("policy", "installed", "asked"),
    [
        pytest.param(a_policy(target=SameMajor()), "14.5", "14.7.8", id="sameMajor stays in its major"),
        pytest.param(a_policy(target=Latest()), "14.5", "15.6.1", id="latest crosses majors"),
        pytest.param(a_policy(target=OfMajor(14)), "14.5", "14.7.8", id="latest of one major"),
        pytest.param(a_policy(target=OfMajor(14)), "15.5", "15.6.1", id="already on a newer major: its own"),
        pytest.param(a_policy(target=Exact(v("15.6"))), "14.5", "15.6", id="exact takes what is only signed"),
        pytest.param(a_policy(skip=frozenset({v("15.6.1")})), "15.5", "15.6", id="the skipped one is out"),
    ],
)
def test_chooses_the_release(policy: Any, installed: str, asked: str) -> None:
    declaration = decide(policy, says=facts(installed)).verdict.declaration
    assert declaration is not None
    assert asked == str(declaration.version)


def test_what_is_on_offer_comes_before_what_is_higher_and_only_signed() -> None:
    ghost = a_release("15.7", "2025-08-21", withdrawn=True)
    declaration = decide(catalog=a_catalog(*SHELF, ghost)).verdict.declaration
    assert declaration is not None
    assert v("15.6.1") == declaration.version


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({}, "15.6.1 by 2025-09-03T18:00: 14 days after 15.6.1 was posted", id="due"),
        pytest.param(
            {"says": facts("15.5")},
            "15.6.1 by 2025-08-29T18:00: 14 days after 15.6 was posted is 2025-08-12, "
            "moved to leave 3 days of notice",
            id="overdue when first seen",
        ),
        pytest.param(
            {"says": facts("15.6", model="J999AP")}, "the lookup service has never listed J999AP", id="new"
        ),
        pytest.param(
            {"says": facts("14.5", model="")},
            "reports no model id that the lookup service uses; set spec.model, such as J314sAP",
            id="macOS 14",
        ),
        pytest.param({"says": facts("13.6")}, "runs macOS 13.6; enforcement begins with 14.0", id="old"),
        pytest.param(
            {"device": a_device(hold=Hold(date(2025, 9, 1), "Board roadshow"))},
            "held until 2025-09-01 is over: Board roadshow",
            id="held",
        ),
    ],
)
def test_the_message_is_for_a_person(given: dict[str, Any], message: str) -> None:
    assert message == decide(**given).verdict.message


def test_a_promise_carries_what_makes_it_due() -> None:
    due = decide(says=facts("15.5")).verdict.due
    assert due is not None
    assert (due.oldest.name, due.oldest.since, due.day) == ("15.6", date(2025, 7, 29), date(2025, 8, 12))
    assert decide(says=facts("15.6.1")).verdict.due is None


class TestPromises:
    """What is in force, and what a decision makes of it."""

    def test_a_far_promise_follows_the_newer_release_under_the_same_day(self) -> None:
        promised = a_declaration("15.6", "2025-08-31T18:00")
        verdict = decide(a_policy(days=33), says=facts("15.5"), current=promised).verdict
        assert a_declaration("15.6.1", "2025-08-31T18:00") == verdict.declaration

    def test_a_near_promise_keeps_its_version(self) -> None:
        promised = a_declaration("15.6", "2025-08-27T18:00")
        verdict = decide(says=facts("15.5"), current=promised).verdict
        assert promised == verdict.declaration
        assert "15.6.1 came too late for the notice and follows" in verdict.message

    def test_details_always_follow(self) -> None:
        verdict = decide(a_policy(details_url="https://it.acme.example"), current=NEAR).verdict
        assert (
            a_declaration("15.6.1", "2025-09-03T18:00", details_url="https://it.acme.example")
            == verdict.declaration
        )

    @pytest.mark.parametrize(
        ("policy", "fleet", "shelf"),
        [
            pytest.param(a_policy(skip=frozenset({v("15.6")})), Fleet(), SHELF, id="skipped by the policy"),
            pytest.param(
                a_policy(),
                Fleet(skip=frozenset({(Platform.MACOS, v("15.6"))})),
                SHELF,
                id="skipped by the fleet",
            ),
            pytest.param(
                a_policy(),
                Fleet(),
                (
                    a_release("15.6", "2025-07-29", withdrawn=True),
                    a_release("15.6.1", "2025-08-20", public=True),
                ),
                id="taken back",
            ),
            pytest.param(
                a_policy(),
                Fleet(),
                (
                    a_release("15.6", "2025-07-29", signed=False),
                    a_release("15.6.1", "2025-08-20", public=True),
                ),
                id="signed no more",
            ),
            pytest.param(a_policy(target=Exact(v("15.6.1"))), Fleet(), SHELF, id="accepted no more"),
        ],
    )
    def test_a_near_promise_that_cannot_stand_is_made_anew_with_full_notice(
        self, policy: Any, fleet: Fleet, shelf: Any
    ) -> None:
        promised = a_declaration("15.6", "2025-08-27T18:00")
        verdict = decide(
            policy, fleet=fleet, catalog=a_catalog(*shelf), says=facts("15.5"), current=promised
        ).verdict
        assert verdict.declaration is not None
        assert v("15.6.1") == verdict.declaration.version
        assert datetime(2025, 8, 29, 18) <= verdict.declaration.deadline

    def test_a_suspended_policy_still_lets_go_of_what_is_void(self) -> None:
        policy = a_policy(suspend=True, skip=frozenset({v("15.6.1")}))
        assert decide(policy, current=FAR).verdict.declaration is None

    def test_an_overdue_promise_is_not_promised_anew(self) -> None:
        promised = a_declaration("15.6.1", "2025-08-22T18:00")
        assert decide(a_policy(days=0), says=facts("15.6"), current=promised).verdict.declaration == promised

    @pytest.mark.parametrize(
        ("given", "unfinished"),
        [
            pytest.param({"policy": a_policy(target=None)}, True, id="target none"),
            pytest.param({"policy": a_policy(target=Exact(v("15.5")))}, True, id="a typo far below"),
            pytest.param({"says": facts("15.6.1")}, False, id="installed"),
            pytest.param({"device": a_device(hold=Hold(date(2025, 9, 1)))}, False, id="held"),
            pytest.param(
                {"policy": a_policy(target=None, skip=frozenset({v("15.6.1")}))}, False, id="skipped"
            ),
        ],
    )
    def test_knows_what_is_let_go_unfinished(self, given: dict[str, Any], unfinished: bool) -> None:
        policy = given.pop("policy", a_policy())
        verdict = decide(policy, current=FAR, **given).verdict
        assert (None, unfinished) == (verdict.declaration, verdict.unfinished)


class TestCoverage:
    """Which policy covers a device."""

    def test_the_highest_priority_wins_then_the_first_by_name(self) -> None:
        policies = [a_policy("b"), a_policy("z", priority=10), a_policy("a", priority=10)]
        assert decide(*policies).policy == "a"

    @pytest.mark.parametrize(
        ("selector", "covered"),
        [
            pytest.param(Selector(), True, id="empty takes all"),
            pytest.param(Selector(frozenset({("ring", "canary")})), True, id="label"),
            pytest.param(Selector(frozenset({("ring", "early")})), False, id="another value"),
            pytest.param(
                Selector(expressions=(Expression("owner", "NotIn", frozenset({"lab"})),)), True, id="absent"
            ),
            pytest.param(
                Selector(expressions=(Expression("ring", "In", frozenset({"canary"})),)), True, id="in"
            ),
            pytest.param(
                Selector(expressions=(Expression("ring", "DoesNotExist"),)), False, id="must not exist"
            ),
            pytest.param(Selector(expressions=(Expression("owner", "Exists"),)), False, id="must exist"),
            pytest.param(Selector(names=frozenset({"c02xk1abcd"})), True, id="by name"),
            pytest.param(Selector(names=frozenset()), False, id="no name at all"),
            pytest.param(
                Selector(frozenset({("ring", "canary")}), names=frozenset({"other"})),
                False,
                id="every key must hold",
            ),
        ],
    )
    def test_the_selector(self, selector: Selector, covered: bool) -> None:
        decision = decide(a_policy(selector=selector), device=a_device(ring="canary"))
        assert covered is (decision.policy == "macs")

    def test_the_older_of_two_devices_has_the_enrollment(self) -> None:
        older, younger = a_device("older"), a_device("younger", age=1)
        twin = type(younger)(younger.name, older.enrollment, younger.created)
        decision = decide(device=twin, devices=(twin, older))
        assert (
            decision.verdict.reason,
            decision.verdict.message,
        ) == (Reason.DUPLICATE, "older, which is older, has the same enrollment")

    def test_a_model_is_found_in_any_case(self) -> None:
        assert decide(says=facts("15.6", model=MODEL.upper())).verdict.reason is Reason.ENFORCED

    def test_without_a_model_the_author_may_say_it(self) -> None:
        device = a_device()
        said = type(device)(device.name, device.enrollment, device.created, model=MODEL)
        assert decide(device=said, says=facts("14.5", model="")).verdict.reason is Reason.ENFORCED


def test_a_hold_is_over_when_its_day_is_over_everywhere() -> None:
    device = a_device(hold=Hold(date(2025, 8, 24)))
    assert decide(device=device, now=datetime(2025, 8, 25, 11, tzinfo=UTC)).verdict.reason is Reason.HELD
    assert decide(device=device, now=datetime(2025, 8, 25, 13, tzinfo=UTC)).verdict.reason is Reason.ENFORCED
