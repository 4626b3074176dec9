"""What others have fallen into, each trap by name, and what happens here instead."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from controller.domain import deadlines
from controller.domain.attention import AttentionReason, Circumstances, attention
from controller.domain.catalog import Catalog, Shelf
from controller.domain.declarations import Declaration, Promise
from controller.domain.facts import Failure, Pending
from controller.domain.gates import Trial, Witness
from controller.domain.policies import Gate
from controller.domain.readings import Entry, Reading
from controller.domain.reasons import Reason
from controller.domain.releases import Release
from controller.domain.reports import Ours, Report, merge
from controller.domain.targets import Exact, OfMajor, SameMajor
from controller.domain.versions import Platform
from tests.domain.builders import (
    MODEL,
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

EXPIRES = date(2025, 12, 1)
FAR, NEAR = a_declaration("15.6.1", "2025-09-03T18:00"), a_declaration("15.6", "2025-08-27T18:00")


def asked(*policies: Any, **given: Any) -> Declaration | None:
    return decide(*policies, **given).verdict.declaration


def version_asked(*policies: Any, **given: Any) -> str:
    declaration = asked(*policies, **given)
    return str(declaration.version) if declaration else ""


def an_entry(version: str, posted: str, build: str = "24G90", *models: str) -> Entry:
    return Entry(v(version), build, date.fromisoformat(posted), EXPIRES, frozenset(models or (MODEL,)))


Answer = tuple[list[Entry], list[Entry]]


def learned(*readings: Answer) -> Catalog:
    """The catalog after these: what is offered, and what is only still signed."""
    catalog = Catalog()
    for public, signed in readings:
        reading = Reading(frozenset({"iOS", "macOS"}), tuple(public), tuple(public + signed))
        catalog = catalog.learn(reading, NOW.date())
    return catalog


class TestVersions:
    """Comparing, choosing, pinning."""

    def test_versions_compared_as_text_or_as_decimals(self) -> None:
        catalog = a_catalog(
            a_release("18.7.9", "2025-08-01", public=True), a_release("18.7.10", "2025-08-20", public=True)
        )
        assert version_asked(says=facts("18.7.8"), catalog=catalog) == "18.7.10"
        assert v("26.10") > v("26.9")

    def test_a_target_that_is_not_above_what_is_installed(self) -> None:
        assert asked(a_policy(target=Exact(v("15.6"))), says=facts("15.6")) is None
        assert asked(a_policy(target=Exact(v("15.5"))), says=facts("15.6")) is None

    def test_the_build_is_never_named_unless_the_author_pins_it(self) -> None:
        forks = Release(v("15.1"), date(2025, 8, 20), ("24B2083", "24B83"), ("24B2083", "24B83"))
        declaration = asked(says=facts("15.0"), catalog=a_catalog(forks))
        assert declaration
        assert declaration.build == ""

    def test_a_rebuild_of_the_same_version_is_no_update(self) -> None:
        rebuilt = Release(v("26.0"), date(2025, 9, 15), ("23A345",), ("23A341", "23A345"))
        verdict = decide(says=facts("26.0", build="23A341"), catalog=a_catalog(rebuilt)).verdict
        assert verdict.reason is Reason.UP_TO_DATE

    def test_a_fork_of_the_hardware_does_not_hide_the_others_build(self) -> None:
        entries = [
            an_entry("15.1", "2025-08-20", "24B2083", "J604AP"),
            an_entry("15.1", "2025-08-20", "24B83"),
        ]
        catalog = learned((entries, []))
        for model in (MODEL, "J604AP"):
            assert version_asked(says=facts("15.0", model=model), catalog=catalog) == "15.1"

    def test_majors_jump_so_the_one_before_26_is_not_25(self) -> None:
        catalog = a_catalog(*SHELF, a_release("26.0", "2025-08-21", public=True))
        assert catalog.majors(Platform.MACOS).behind(1) == 15

    @pytest.mark.parametrize("hold", [OfMajor(26), Exact(v("26.0"))])
    def test_hardware_at_the_end_of_its_line_keeps_what_is_in_force(self, hold: Any) -> None:
        verdict = decide(a_policy(target=hold), current=FAR).verdict
        assert (verdict.reason, verdict.declaration) == (Reason.NO_RELEASE, FAR)


class TestFeed:
    """What the lookup service does."""

    def test_posting_dates_that_move(self) -> None:
        first: Answer = ([an_entry("15.6.1", "2025-08-20")], [])
        moved: Answer = ([an_entry("15.6.1", "2025-08-27")], [])
        assert asked(catalog=learned(first)) == asked(catalog=learned(first, moved)) == FAR

    def test_an_answer_in_another_order_changes_nothing(self) -> None:
        entries = [an_entry("15.6.1", "2025-08-20"), an_entry("14.7.8", "2025-08-20", "23H730")]
        assert learned((entries, [])) == learned((entries, []), (entries[::-1], []))

    def test_an_empty_answer(self) -> None:
        assert Reading(frozenset(), (), ()).doubt(known=100) == "the answer is empty"

    def test_a_release_that_leaves_the_offer_was_superseded_and_is_kept(self) -> None:
        catalog = learned(([an_entry("15.6.1", "2025-08-20")], [an_entry("15.6", "2025-07-29", "24G84")]))
        assert asked(a_policy(days=0), says=facts("15.5"), catalog=catalog, current=NEAR) == NEAR

    def test_a_release_that_is_signed_no_more_is_replaced(self) -> None:
        catalog = learned(([an_entry("15.6.1", "2025-08-20")], []))
        assert version_asked(says=facts("15.5"), catalog=catalog, current=NEAR) == "15.6.1"

    def test_the_highest_signed_release_is_one_that_apple_took_back(self) -> None:
        ghost: Answer = (
            [an_entry("17.7", "2025-08-20", "21H16")],
            [an_entry("18.0", "2025-08-22", "22A3354")],
        )
        catalog = learned(ghost)
        assert version_asked(says=facts("17.6.1"), catalog=catalog) == "17.7"
        standing = a_declaration("18.0", "2025-08-27T18:00")
        verdict = decide(says=facts("17.7"), catalog=catalog, current=standing).verdict
        assert (verdict.declaration, verdict.unfinished) == (None, False)

    def test_after_a_withdrawal_the_successor_comes_with_full_notice_and_the_old_day(self) -> None:
        back = a_release("15.6.1", "2025-07-29", withdrawn=True)
        successor = a_release("15.6.2", "2025-08-24", public=True)
        current = a_declaration("15.6.1", "2025-08-27T18:00")
        found = asked(a_policy(days=0), catalog=a_catalog(back, successor), current=current)
        assert found == a_declaration("15.6.2", "2025-08-29T18:00")

    def test_a_version_that_others_of_the_same_key_are_offered(self) -> None:
        catalog = Catalog(
            {
                "appletv14,1": Shelf((a_release("26.6", "2025-08-20", public=True),)),
                "iphone15,2": Shelf((a_release("26.5", "2025-07-01", public=True),)),
            }
        )
        policy = a_policy(platform=Platform.IOS)
        assert version_asked(policy, says=facts("26.4", model="iPhone15,2"), catalog=catalog) == "26.5"

    def test_model_ids_differ_in_case(self) -> None:
        assert asked(says=facts("15.6", model="j314SAP")) == FAR

    @pytest.mark.parametrize("model", ["J999AP", ""])
    def test_new_hardware_is_neither_unsupported_nor_up_to_date(self, model: str) -> None:
        verdict = decide(says=facts("15.6", model=model), current=FAR).verdict
        assert (verdict.reason, verdict.declaration) == (Reason.UNKNOWN_MODEL, FAR)

    @pytest.mark.parametrize("model", ["", "Gadget1,1"])
    def test_nor_is_a_device_that_says_no_platform(self, model: str) -> None:
        verdict = decide(says=facts("15.6", model=model, platform=""), current=FAR).verdict
        assert (verdict.reason, verdict.declaration) == (Reason.UNKNOWN_MODEL, FAR)

    @pytest.mark.parametrize("target", [SameMajor(), Exact(v("15.6"))], ids=["accepts it", "does not"])
    def test_a_model_that_one_answer_forgets(self, target: Any) -> None:
        forgotten = a_catalog(*(replace(r, public=(), signed=(), past=r.signed) for r in SHELF))
        verdict = decide(a_policy(target=target), catalog=forgotten, current=FAR).verdict
        assert (verdict.reason, verdict.declaration) == (Reason.NO_RELEASE, FAR)

    @pytest.mark.parametrize(
        ("says", "reason"),
        [
            (facts("27.0", build="26A5279m"), Reason.BETA),
            (facts("27.0", build="26A342"), Reason.AHEAD),
            (facts("15.6.1"), Reason.UP_TO_DATE),
        ],
    )
    def test_a_device_above_all_that_is_listed_is_left_alone(self, says: Any, reason: Reason) -> None:
        verdict = decide(says=says).verdict
        assert (reason, None) == (verdict.reason, verdict.declaration)

    @pytest.mark.parametrize(
        ("version", "model"),
        [
            ("13.6", MODEL),
            ("16.7", "iPhone10,1"),
            ("18.3", "AppleTV14,1"),
            ("2.4", "RealityDevice14,1"),
            ("26.0", "Watch7,1"),
            ("26.0", "AudioAccessory5,1"),
        ],
    )
    def test_platforms_that_take_no_enforcement(self, version: str, model: str) -> None:
        assert decide(says=facts(version, model=model)).verdict.reason is Reason.UNSUPPORTED


class TestDeadlines:
    """Clocks, notice, and what must not slide."""

    def test_a_deadline_that_every_newer_release_pushes_back(self) -> None:
        more = a_catalog(*SHELF, a_release("15.6.2", "2025-08-25", public=True))
        assert asked(catalog=more, current=FAR) == a_declaration("15.6.2", "2025-09-03T18:00")

    def test_the_first_policy_meets_releases_that_are_long_due(self) -> None:
        old = a_catalog(a_release("15.6.1", "2024-08-20", public=True))
        assert asked(catalog=old) == a_declaration("15.6.1", "2025-08-29T18:00")

    def test_on_the_day_of_a_release_asia_is_a_day_ahead(self) -> None:
        now = datetime(2025, 8, 20, 19, tzinfo=UTC)
        declaration = asked(a_policy(days=0), now=now)
        assert declaration
        assert declaration.deadline - datetime(2025, 8, 21, 9) >= timedelta(days=3)

    def test_days_are_calendar_days_also_where_a_clock_is_turned_back(self) -> None:
        """In the night of the 26th of October 2025, in Europe."""
        catalog = a_catalog(a_release("15.6.1", "2025-10-20", public=True))
        now = datetime(2025, 10, 20, 12, tzinfo=UTC)
        assert asked(catalog=catalog, now=now) == a_declaration("15.6.1", "2025-11-03T18:00")

    def test_a_deadline_that_has_passed_is_not_set_anew(self) -> None:
        overdue = a_declaration("15.6.1", "2025-08-22T18:00")
        for day in range(60):
            assert asked(a_policy(days=0), current=overdue, now=NOW + timedelta(day)) == overdue

    def test_nobody_is_overdue_while_it_is_not_yet_the_hour_in_some_time_zone(self) -> None:
        moment = datetime(2025, 8, 25, 18)
        assert not deadlines.passed(moment, datetime(2025, 8, 26, 5, 59, tzinfo=UTC))
        assert deadlines.passed(moment, datetime(2025, 8, 26, 6, 1, tzinfo=UTC))

    def test_an_exploited_fix_that_the_target_carries_on_from_a_release_in_between(self) -> None:
        policy = a_policy(days=60, deadline={"exploited_days": 35})
        found = asked(policy, says=facts("15.5"), exploited=exploited("15.6"))
        assert found == a_declaration("15.6.1", "2025-09-02T18:00")

    def test_that_a_fix_is_exploited_becomes_known_late(self) -> None:
        policy = a_policy(deadline={"exploited_days": 5})
        assert asked(policy, current=FAR) == FAR
        sooner = a_declaration("15.6.1", "2025-08-29T18:00")
        assert asked(policy, current=FAR, exploited=exploited("15.6.1")) == sooner

    def test_a_freeze_that_the_device_knows_nothing_of(self) -> None:
        policy = a_policy(days=0, freezes=(a_freeze("2025-08-26", "2025-09-05"),))
        assert asked(policy, current=a_declaration()) == a_declaration("15.6.1", "2025-09-06T18:00")

    def test_a_pause_leaves_what_the_device_already_holds(self) -> None:
        assert asked(a_policy(suspend=True), current=FAR) == FAR

    def test_two_policies_for_one_device(self) -> None:
        policies = [a_policy("b", days=1), a_policy("a", days=20)]
        assert decide(*policies).policy == decide(*policies[::-1]).policy == "a"


def merged(*said: dict[str, Any], full: bool = False) -> Any:
    known = None
    for n, items in enumerate(said):
        known = merge(known, Report(str(n), NOW, full or n == 0, items), Ours("pomona-", "pomona-u"))
    return known


VERSION = {
    "device": {"operating-system": {"version": "15.6", "family": "macOS"}, "model": {"identifier": "x"}}
}


class TestReports:
    """What devices say, and leave out."""

    def test_what_an_incremental_report_does_not_name_has_not_changed(self) -> None:
        heard = merged(VERSION, {"softwareupdate": {"install-state": "waiting"}})
        assert (heard.version, heard.install_state) == (v("15.6"), "waiting")

    @pytest.mark.parametrize("state", ["none", "prepared", "installing", ""])
    def test_success_is_the_version_and_never_an_install_state(self, state: str) -> None:
        assert asked(says=facts("15.6", install_state=state), current=FAR) == FAR
        assert asked(says=facts("15.6.1", install_state=state), current=FAR) is None

    @pytest.mark.parametrize(
        ("failure", "pending", "reason"),
        [
            pytest.param(Failure(0, "x"), Pending("15.6.1"), None, id="a reason with a count of 0"),
            pytest.param(Failure(2, "x"), Pending("15.6"), None, id="the counter of another version"),
            pytest.param(Failure(2, "x"), Pending("15.6.1"), AttentionReason.FAILED, id="a failure"),
        ],
    )
    def test_what_is_no_failure(
        self, failure: Failure, pending: Pending, reason: AttentionReason | None
    ) -> None:
        says = facts("15.6", failure=failure, pending=pending)
        found = attention(says, Circumstances(Promise(FAR, "", "")), NOW)
        assert reason is (found.reason if found else None)

    def test_a_device_that_was_off_at_its_deadline_has_not_failed(self) -> None:
        overdue = Promise(a_declaration("15.6.1", "2025-08-22T18:00"), "", "")
        found = attention(facts("15.6"), Circumstances(overdue), NOW)
        assert found
        assert not found.reason.failure


class TestCanaries:
    """What fools a gate."""

    @pytest.mark.parametrize(
        "says",
        [
            pytest.param(facts("15.6"), id="silence about the release"),
            pytest.param(facts("15.6.1"), id="a device that came with it"),
            pytest.param(
                facts("15.6.1", version_since=date(2025, 8, 1), last_report=NOW - timedelta(80)), id="silence"
            ),
        ],
    )
    def test_silence_and_a_ring_that_was_there_already(self, says: Any) -> None:
        assert says.version
        witness = Witness.of(MODEL, says.version, says, None, NOW)
        trial = Trial.of({witness: 100}, a_catalog(), v("15.6.1"), 3, NOW.date())
        assert (trial.healthy, trial.opens(Gate("ring"))) == (0, False)

    def test_one_healthy_device_of_many(self) -> None:
        says = facts("15.6.1", version_since=date(2025, 8, 1))
        ring = {
            Witness.of(MODEL, v("15.6.1"), says, None, NOW): 1,
            Witness.of(MODEL, v("15.6"), facts(), None, NOW): 99,
        }
        assert not Trial.of(ring, a_catalog(), v("15.6.1"), 3, NOW.date()).opens(Gate("ring"))


def test_a_renewed_enrollment_is_promised_anew_with_full_notice() -> None:
    """Its membership and its facts are gone; then it reports."""
    assert asked(a_policy(days=0), device=a_device(), current=None) == a_declaration(
        "15.6.1", "2025-08-29T18:00"
    )


def test_same_major_has_nothing_left_and_that_is_no_downgrade() -> None:
    """The device runs what Apple took back; below it is what is offered."""
    catalog = a_catalog(
        a_release("17.7", "2025-08-20", public=True), a_release("18.0", "2025-08-22", withdrawn=True)
    )
    for policy in (a_policy(), a_policy(target=SameMajor())):
        assert asked(policy, says=facts("18.0"), catalog=catalog) is None
