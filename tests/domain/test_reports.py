"""Reports, merged into facts."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from controller.domain.reports import Facts, Failure, Held, Pending, Report, merge
from controller.domain.status import facts_document, parse_facts
from tests.domain.builders import v

OURS = "pomona-0123456789ab-e"
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
        "install-reason": {"reason": ["declaration"], "declaration-id": f"{OURS}1"},
        "pending-version": {"os-version": "15.6.1", "build-version": "24G90"},
        "failure-reason": {"count": 2, "reason": "BatteryTooLow", "timestamp": "2025-08-24T10:00:00Z"},
        "beta-enrollment": "",
    },
    **held(configuration("other"), configuration(f"{OURS}1")),
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
        held=Held(f"{OURS}1", "t1", True, "valid"),
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
    old, new = configuration(f"{OURS}1", "old", active=False), configuration(f"{OURS}2", "new")
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
    facts = merge(None, a_report(FULL, full=True), OURS)
    assert facts == parse_facts(facts_document(facts))


def test_no_report_is_no_facts() -> None:
    assert parse_facts({}) is None
