"""Reports, merged into facts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from controller.domain.enrollments import BootstrapToken, Enrollment
from controller.domain.facts import Facts, Failure, Held, Pending, facts_document, parse_facts
from controller.domain.reports import Ours, Report, merge, others
from controller.domain.status_items import BASE, ITEMS, asked
from tests.domain.builders import v

OURS = Ours("pomona-0123456789ab-e", "pomona-0123456789ab-u")
AT = datetime(2025, 8, 25, 9, 41, tzinfo=UTC)


def a_report(items: dict[str, Any], *, full: bool = False, at: datetime = AT, id: str = "r1") -> Report:  # noqa: A002
    return Report(id, at, full, items)


def os_version(version: str, build: str = "24G84") -> dict[str, Any]:
    return {"device": {"operating-system": {"family": "macOS", "version": version, "build-version": build}}}


def configuration(identifier: str, token: str = "t1", **fields: Any) -> dict[str, Any]:
    return {"identifier": identifier, "server-token": token, "active": True, "valid": "valid", **fields}


def held(*configurations: dict[str, Any]) -> dict[str, Any]:
    return {"management": {"declarations": {"activations": [], "configurations": list(configurations)}}}


FULL = {
    "device": {
        "model": {"identifier": "Mac14,2"},
        "operating-system": {
            "family": "macOS",
            "version": "15.6",
            "build-version": "24G84",
            "supplemental": {"build-version": "24G84", "extra-version": "(a)"},
        },
    },
    "softwareupdate": {
        "device-id": "J413AP",
        "install-state": "downloading",
        "install-reason": {"reason": ["declaration"], "declaration-id": f"{OURS.enforcement}1"},
        "pending-version": {"os-version": "15.6.1", "build-version": "24G90"},
        "failure-reason": {"count": 2, "reason": "BatteryTooLow", "timestamp": "2025-08-24T10:00:00Z"},
        "beta-enrollment": "",
    },
    "management": {
        **held(
            configuration("other"),
            configuration(f"{OURS.enforcement}1"),
            configuration(f"{OURS.subscription}1"),
        )["management"],
        "client-capabilities": {
            "supported-payloads": {
                "status-items": [
                    "softwareupdate.device-id",
                    "device.operating-system.version",
                    "device.power.battery-health",
                ]
            }
        },
    },
}


def test_reads_all_that_a_full_report_says() -> None:
    assert merge(None, a_report(FULL, full=True), OURS) == Facts(
        last_report=datetime(2025, 8, 25, 9, tzinfo=UTC),
        platform="macOS",
        version=v("15.6"),
        build="24G84",
        supplemental_build="24G84",
        supplemental_extra="a",
        model="J413AP",
        install_state="downloading",
        install_reasons=("declaration",),
        pending=Pending("15.6.1", "24G90"),
        failure=Failure(2, "BatteryTooLow", "2025-08-24T10:00:00Z"),
        held=Held(f"{OURS.enforcement}1", "t1", True, "valid"),
        supports=frozenset({"softwareupdate.device-id", "device.operating-system.version"}),
        subscription=f"{OURS.subscription}1",
    )


def test_what_an_incremental_report_leaves_out_has_not_changed() -> None:
    before = merge(None, a_report(FULL, full=True), OURS)
    after = merge(before, a_report({"softwareupdate": {"install-state": "prepared"}}), OURS)
    assert ("prepared", before.pending, before.held) == (after.install_state, after.pending, after.held)


def test_a_full_report_replaces_what_it_leaves_out() -> None:
    before = merge(None, a_report(FULL, full=True), OURS)
    after = merge(before, a_report(os_version("15.6"), full=True), OURS)
    assert ("", Pending(), None) == (after.install_state, after.pending, after.held)


def test_declarations_replace_as_a_whole() -> None:
    before = merge(None, a_report(FULL, full=True), OURS)
    assert merge(before, a_report(held(configuration("other"))), OURS).held is None


def test_while_two_of_ours_change_places_the_active_one_counts() -> None:
    old, new = (
        configuration(f"{OURS.enforcement}1", "old", active=False),
        configuration(f"{OURS.enforcement}2", "new"),
    )
    facts = merge(None, a_report(held(new, old)), OURS)
    assert facts.held is not None
    assert facts.held.token == "new"


def test_a_macs_model_identifier_is_not_its_model() -> None:
    device = {"model": {"identifier": "Mac14,2"}, "operating-system": {"family": "macOS"}}
    facts = merge(None, a_report({"device": device}), OURS)
    assert (facts.model, facts.platform) == ("", "macOS")


def test_a_phones_model_identifier_is() -> None:
    facts = merge(None, a_report({"device": {"model": {"identifier": "iPhone15,2"}}}), OURS)
    assert (facts.model, facts.platform) == ("iPhone15,2", "iOS")


@pytest.mark.parametrize(
    ("versions", "since"),
    [
        pytest.param(["15.6"], None, id="the first version is not since any day"),
        pytest.param(["15.5", "15.6"], date(2025, 8, 25), id="came to it from an older one"),
        pytest.param(["15.5", "15.6", "15.6"], date(2025, 8, 25), id="and it stays"),
        pytest.param(["15.6", "15.5"], None, id="restored to an older one"),
    ],
)
def test_knows_since_when_a_version_runs(versions: list[str], since: date | None) -> None:
    facts = None
    for version in versions:
        facts = merge(facts, a_report(os_version(version), full=True), OURS)
    assert facts is not None
    assert since == facts.version_since


@pytest.mark.parametrize("state", ["none", "waiting", "a-state-of-tomorrow"])
def test_any_install_state_is_kept_as_it_is(state: str) -> None:
    assert merge(None, a_report({"softwareupdate": {"install-state": state}}), OURS).install_state == state


def test_a_version_that_is_none_leaves_the_version_unknown() -> None:
    assert merge(None, a_report(os_version("Sequoia")), OURS).version is None


def test_facts_survive_being_shown() -> None:
    facts = merge(None, a_report(FULL, full=True), OURS, ["other"])
    escrowed = Enrollment(AT, AT + timedelta(hours=1), True, BootstrapToken.ESCROWED)
    held = Held(f"{OURS.enforcement}1", "t1", True, "invalid", ("Error.Odd",))
    facts = replace(facts, enrollment=escrowed, held=held)

    assert facts.foreign == ("other",)
    assert parse_facts(facts_document(facts)) == replace(facts, supports=frozenset(), subscription=None)


def test_what_only_events_said_survives_being_shown() -> None:
    facts = Facts(None, enrollment=Enrollment(AT, bootstrap_token=BootstrapToken.MISSING))
    assert parse_facts(facts_document(facts)) == facts


def test_no_report_is_no_facts() -> None:
    assert parse_facts({}) is None


class TestAnotherLife:
    """A device that was wiped: what it reported before says nothing about it any more."""

    BEGAN = Facts(None, enrollment=Enrollment(AT.replace(microsecond=500_000)))

    def test_a_report_from_before_is_none(self) -> None:
        before = a_report(FULL, full=True, at=AT - timedelta(seconds=1))
        assert merge(self.BEGAN, before, OURS) == self.BEGAN

    def test_one_from_after_is_the_first(self) -> None:
        facts = merge(self.BEGAN, a_report(os_version("15.6"), full=True, at=AT), OURS)
        assert (facts.version, facts.version_since) == (v("15.6"), None)
        assert facts.enrollment == self.BEGAN.enrollment

    def test_what_events_said_outlives_full_reports(self) -> None:
        known = Facts(AT, enrollment=Enrollment(bootstrap_token=BootstrapToken.ESCROWED))
        assert merge(known, a_report(FULL, full=True), OURS).enrollment == known.enrollment


class TestConfigurations:
    """What a device says of the declarations that it holds, ours and others'."""

    def test_others_are_told_with_their_tokens(self) -> None:
        assert list(others(a_report(FULL), OURS)) == [("other", "t1")]

    def test_foreign_are_those_that_enforce(self) -> None:
        report = a_report(held(configuration("passcode"), configuration("theirs")))
        assert merge(None, report, OURS, {"theirs", "elsewhere"}).foreign == ("theirs",)

    def test_they_go_with_the_list(self) -> None:
        before = merge(None, a_report(held(configuration("theirs"))), OURS, {"theirs"})
        assert merge(before, a_report(held()), OURS).foreign == ()

    def test_another_item_says_nothing_of_them(self) -> None:
        before = merge(None, a_report(FULL, full=True), OURS, {"other"})
        after = merge(before, a_report(os_version("15.6")), OURS)
        assert (after.foreign, after.subscription) == (before.foreign, before.subscription)

    def test_none_held_is_known(self) -> None:
        assert merge(None, a_report(held()), OURS).subscription == ""

    def test_reasons_are_kept_by_their_codes(self) -> None:
        code = "Error.ConfigurationCannotBeApplied"
        entry = configuration(f"{OURS.enforcement}1") | {"reasons": [{"code": code}, {"code": ""}, "odd"]}
        facts = merge(None, a_report(held(entry)), OURS)
        assert facts.held
        assert facts.held.reasons == (code,)

    @pytest.mark.parametrize(
        "declarations",
        [
            pytest.param("all", id="a text"),
            pytest.param({"configurations": 1}, id="a number"),
            pytest.param({"configurations": [None, "a", {}]}, id="no identifiers"),
        ],
    )
    def test_another_form_is_none(self, declarations: Any) -> None:
        facts = merge(None, a_report({"management": {"declarations": declarations}}), OURS)
        assert (facts.held, facts.foreign) == (None, ())


@pytest.mark.parametrize(
    ("supports", "items"),
    [
        pytest.param([], None, id="has not said it"),
        pytest.param(["device.power.battery-health"], None, id="nothing that we read"),
        pytest.param(
            ["softwareupdate.install-state", "device.power.battery-health", "management.declarations"],
            {"softwareupdate.install-state", "management.declarations"},
            id="some",
        ),
        pytest.param([*ITEMS, "app.managed.list"], ITEMS, id="all"),
    ],
)
def test_a_device_is_asked_for_what_it_supports(supports: list[str], items: set[str] | None) -> None:
    said = {"management": {"client-capabilities": {"supported-payloads": {"status-items": supports}}}}
    assert asked(merge(None, a_report(said), OURS).supports) == items


def test_the_base_is_part_of_all() -> None:
    assert BASE < ITEMS


@pytest.mark.parametrize(
    "item",
    [
        pytest.param({"failure-reason": {"count": "many"}}, id="a count that is none"),
        pytest.param({"failure-reason": 3}, id="a failure of another form"),
        pytest.param({"pending-version": []}, id="a version of another form"),
        pytest.param({"install-reason": "declaration"}, id="a reason of another form"),
    ],
)
def test_an_item_of_another_form_says_nothing(item: dict[str, Any]) -> None:
    assert merge(None, a_report({"softwareupdate": item}), OURS) == Facts(AT.replace(minute=0))
