"""What became of a device's enforcements, as its status keeps it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.declarations import Declaration
from controller.domain.enforcements import KEPT, Enforcement, ended, in_force, remember, standing
from controller.domain.facts import Facts
from controller.domain.status import KEPT as BRAKED
from controller.domain.status import Outcome
from tests.domain.builders import a_declaration, a_device, a_policy, decide, facts

DECLARED, LATER = date(2025, 8, 20), date(2025, 8, 25)
ASKED = a_declaration("15.6.1", "2025-09-03T18:00")
STANDS = {
    "version": "15.6.1",
    "posted": "2025-08-20",
    "declared": "2025-08-20",
    "deadline": "2025-09-03T18:00:00",
    "policy": "macs",
    "commit": "main@sha1:a1",
}


def after(
    before: dict[str, Any],
    in_force: Declaration | None,
    says: Facts | None = None,
    *,
    commit: str = "main@sha1:a1",
    today: date = LATER,
) -> dict[str, Any]:
    """`enforcement` and `history` after one more cycle."""
    says = says or facts("15.6")
    decision = decide(a_policy("macs"), device=a_device(), says=says, current=in_force)
    outcome = Outcome(decision, says, in_force, "", None, in_force=in_force)
    return before | {"enforcement": None, "history": []} | remember(before, outcome, commit, today)


def declared() -> dict[str, Any]:
    return after({}, ASKED, today=DECLARED)


def test_an_enforcement_is_noted_on_the_day_on_which_it_is_first_in_force() -> None:
    assert declared() == {"enforcement": STANDS, "history": []}


def test_another_cycle_with_nothing_new_changes_nothing_whatever_day_or_commit_it_is() -> None:
    assert declared() == after(declared(), ASKED, commit="main@sha1:b2")


def test_a_deadline_that_moves_ends_nothing_and_is_its_last_authors() -> None:
    moved = after(declared(), replace(ASKED, deadline=ASKED.deadline.replace(day=10)), commit="main@sha1:b2")
    assert moved["enforcement"] == STANDS | {"deadline": "2025-09-10T18:00:00", "commit": "main@sha1:b2"}
    assert moved["history"] == []


@pytest.mark.parametrize(
    ("in_force", "says", "installed"),
    [
        pytest.param(
            None, facts("15.6.1", version_since=date(2025, 8, 23)), "2025-08-23", id="on the day it changed"
        ),
        pytest.param(ASKED, facts("15.6.1", version_since=date(2025, 8, 23)), "2025-08-23", id="still held"),
        pytest.param(None, facts("15.7", version_since=date(2025, 8, 24)), "2025-08-24", id="a newer one"),
        pytest.param(None, facts("15.6.1"), "2025-08-25", id="nobody saw it change: the report's day"),
        pytest.param(
            None,
            facts("15.6.1", version_since=date(2025, 8, 2)),
            "2025-08-25",
            id="it cannot have changed before it was asked",
        ),
        pytest.param(None, facts("15.6"), None, id="withdrawn"),
        pytest.param(a_declaration("15.6.2"), facts("15.6"), None, id="another version in its place"),
        pytest.param(a_declaration(build="24G90"), facts("15.6"), None, id="another build in its place"),
    ],
)
def test_it_ends_when_it_is_reached_or_in_force_no_more(
    in_force: Declaration | None, says: Facts, installed: str | None
) -> None:
    [ended] = after(declared(), in_force, says)["history"]
    assert ended == STANDS | ({"installed": installed} if installed else {})


def test_what_takes_its_place_begins_on_its_own_day() -> None:
    begun = after(declared(), a_declaration("15.6.2"))["enforcement"]
    assert (begun["version"], begun["declared"], "posted" in begun) == ("15.6.2", "2025-08-25", False)


def test_an_improvement_ends_on_the_day_of_the_report_since_the_version_does_not_change() -> None:
    before = after({}, a_declaration(build="24G90a"), today=DECLARED)
    says = facts("15.6.1", supplemental_build="24G90a", version_since=date(2025, 8, 21))
    [ended] = after(before, None, says)["history"]
    assert (ended["build"], ended["installed"]) == ("24G90a", "2025-08-25")


def test_what_is_reached_while_nothing_may_be_written_is_not_noted_again() -> None:
    reached = after(declared(), ASKED, facts("15.6.1"))
    assert reached == after(reached, ASKED, facts("15.6.1"))


def test_the_last_five_are_kept_the_newest_first() -> None:
    status: dict[str, Any] = {}
    for number in range(8):
        status = after(status, a_declaration(f"15.{number}"), facts("15.0"))
    assert [ended["version"] for ended in status["history"]] == ["15.6", "15.5", "15.4", "15.3", "15.2"]
    assert len(status["history"]) == KEPT


@pytest.mark.parametrize(
    "written",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"enforcement": {"version": "x", "deadline": "2025-09-03T18:00:00"}}, id="no version"),
        pytest.param({"enforcement": {"version": "15.6.1"}}, id="no deadline"),
        pytest.param({"enforcement": "15.6.1"}, id="a text"),
    ],
)
def test_what_nobody_of_ours_wrote_is_no_enforcement(written: dict[str, Any]) -> None:
    assert standing(written) is None


days = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(days, st.none() | days, st.none() | days, st.sampled_from(["", "macs"]), st.sampled_from(["", "a"]))
def test_an_enforcement_can_be_read_again(
    declared: date, posted: date | None, installed: date | None, policy: str, commit: str
) -> None:
    enforcement = Enforcement(ASKED, declared, posted, policy, commit, installed)
    assert enforcement == Enforcement.parse(enforcement.document())


SHOWN = {"target": {"version": "15.6.1", "build": ""}, "deadline": "2025-09-03T18:00:00", "policy": "macs"}


@pytest.mark.parametrize(
    ("status", "found"),
    [
        pytest.param(
            {"enforcement": STANDS} | SHOWN | {"progress": "Planned"}, "2025-08-20", id="as remembered"
        ),
        pytest.param(SHOWN | {"progress": "Declared"}, "", id="as shown"),
        pytest.param(SHOWN | {"progress": "Planned"}, None, id="only planned"),
        pytest.param(
            SHOWN | {"progress": "Planned", "message": f"no policy covers it{BRAKED}"}, "", id="braked"
        ),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_what_is_in_force_is_read_from_a_status(status: dict[str, Any], found: str | None) -> None:
    read = in_force(status)
    assert found == (str(read.declared or "") if read else None)
    assert read is None or read.asked == ASKED


def test_what_ended_is_read_as_far_as_it_can_be() -> None:
    assert [one.asked for one in ended({"history": [STANDS, {"version": "x"}, "?"]})] == [ASKED]
    assert ended({}) == ended({"history": "?"}) == []
