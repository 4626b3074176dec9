"""News: each thing is told once, whoever looks how often, and what is over is told once, too."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.news import (
    Item,
    Look,
    Stand,
    Subject,
    Told,
    area,
    drift_reverted,
    from_entries,
    tell,
    to_entries,
)
from controller.domain.news_reasons import NewsReason, Severity

TODAY = date(2025, 8, 25)
FLEET = Subject("Fleet", "acme")
NEVER: Mapping[Subject, Stand] | None = None


def told_in(reason: NewsReason, *looks: Mapping[Subject, Stand] | None) -> list[list[str]]:
    """What is told in each of these looks at one reason; None where nothing can be said of it."""
    told, found = Told(), []
    for stands in looks:
        items, told = tell(told, {} if stands is None else {area(reason): stands}, TODAY)
        found.append([item.reason for item in items])
    return found


HERE = {FLEET: Stand("here")}
OTHER = {FLEET: Stand("here", "another")}
REWORDED = {FLEET: Stand("still here")}


@pytest.mark.parametrize(
    ("reason", "looks", "found"),
    [
        pytest.param("Brake", [HERE, HERE, {}, {}], [["Brake"], [], ["BrakeRecovered"], []], id="a state"),
        pytest.param("Brake", [{}, HERE, REWORDED], [[], ["Brake"], []], id="another wording is not news"),
        pytest.param(
            "CommitRefused",
            [HERE, OTHER, OTHER, {}],
            [["CommitRefused"], ["CommitRefused"], [], ["CommitRefusedRecovered"]],
            id="another thing of the same kind is, and nothing is over in between",
        ),
        pytest.param(
            "Brake",
            [HERE, NEVER, HERE, NEVER, {}],
            [["Brake"], [], [], [], ["BrakeRecovered"]],
            id="not known",
        ),
        pytest.param(
            "GateOpened", [HERE, HERE, {}], [[], [], []], id="what had happened before anybody looked"
        ),
        pytest.param(
            "GateOpened", [{}, HERE, HERE, {}], [[], ["GateOpened"], [], []], id="what happens is never over"
        ),
        pytest.param("GateOpened", [NEVER, HERE], [[], []], id="the first look is the first at its area"),
        pytest.param(
            "CommitApplied", [HERE, OTHER, HERE], [[], ["CommitApplied"], ["CommitApplied"]], id="back"
        ),
        pytest.param(
            "ReleaseSkipped",
            [{}, HERE, {}, HERE],
            [[], ["ReleaseSkipped"], [], ["ReleaseSkipped"]],
            id="again",
        ),
        pytest.param(
            "ExploitedAccelerated",
            [{}, HERE, {}, HERE],
            [[], ["ExploitedAccelerated"], [], []],
            id="one device more that is hurried is no news",
        ),
    ],
)
def test_each_thing_is_told_once(
    reason: str, looks: Sequence[Mapping[Subject, Stand] | None], found: list[list[str]]
) -> None:
    assert found == told_in(NewsReason(reason), *looks)


def test_after_a_month_it_is_news_again() -> None:
    name = area(NewsReason.EXPLOITED_ACCELERATED)
    _, told = tell(Told({name: {}}), {name: HERE}, TODAY)
    _, told = tell(told, {name: {}}, TODAY + timedelta(days=30))
    items, _ = tell(told, {name: HERE}, TODAY + timedelta(days=31))
    assert [item.reason for item in items] == ["ExploitedAccelerated"]


@pytest.mark.parametrize("reason", NewsReason)
def test_warnings_are_what_somebody_may_have_to_look_at(reason: NewsReason) -> None:
    quiet = {"ReleaseSeen", "ReleaseSkipped", "CommitApplied", "GateOpened", "ExploitedAccelerated"}
    assert (reason.severity is Severity.INFO) is (reason.value in quiet)
    if reason.lasts:
        assert reason.over("macs", "15.6.1")


def test_what_is_over_is_told_of_the_same_object() -> None:
    subject = Subject("UpdatePolicy", "macs", "15.6.1")
    name = area(NewsReason.FREEZE_HOLDS_EXPLOITED)
    _, told = tell(Told(), {name: {subject: Stand("held")}}, TODAY)
    [item], _ = tell(told, {name: {}}, TODAY)
    over = "no freeze keeps devices of macs from 15.6.1 any more"
    assert item == Item("FreezeHoldsExploitedRecovered", Severity.INFO, "UpdatePolicy", "macs", over)


@pytest.mark.parametrize(
    ("fields", "manager", "message"),
    [
        pytest.param(
            ["spec.deadline.days"],
            "kubectl-edit",
            "UpdatePolicy macs: kubectl-edit changed spec.deadline.days, and it is put back as Git has it",
            id="one field",
        ),
        pytest.param(
            [f"spec.f{n}" for n in range(7)],
            "",
            "UpdatePolicy macs: somebody changed spec.f0, spec.f1, spec.f2, spec.f3, spec.f4 and 2 more, "
            "and it is put back as Git has it",
            id="many fields of nobody",
        ),
        pytest.param(
            [],
            "",
            "UpdatePolicy macs: somebody deleted it, and it is put back as Git has it",
            id="deleted",
        ),
    ],
)
def test_drift_is_told_by_field_and_manager(fields: Sequence[str], manager: str, message: str) -> None:
    item = drift_reverted("UpdatePolicy", "macs", fields, manager)
    advice = "; change it in Git, or annotate it with pomona.dev/reconcile=disabled"
    assert item == Item("DriftReverted", Severity.WARNING, "UpdatePolicy", "macs", message + advice)


subjects = st.builds(
    Subject, st.sampled_from(["Fleet", "UpdatePolicy"]), st.sampled_from("ab"), st.sampled_from(["", "15.6"])
)
stands = st.builds(Stand, st.sampled_from("xy"), st.sampled_from(["", "m", "n"]))
reasons = (
    NewsReason.BRAKE,
    NewsReason.COMMIT_APPLIED,
    NewsReason.DEVICES_OVERDUE,
    NewsReason.EXPLOITED_ACCELERATED,
    NewsReason.RELEASE_SEEN,
)
areas = st.sampled_from([area(reason) for reason in reasons] + [area(NewsReason.RELEASE_SEEN, "macOS")])
looks = st.lists(
    st.dictionaries(areas, st.dictionaries(subjects, stands, max_size=4), max_size=4), max_size=6
)


@given(looks)
def test_told_twice_is_told_once(many: list[Look]) -> None:
    told = Told()
    for day, look in enumerate(many):
        _, told = tell(told, look, TODAY + timedelta(day))
        assert tell(told, look, TODAY + timedelta(day)) == ([], told)


@given(looks)
def test_a_restart_is_no_restart(many: list[Look]) -> None:
    told = kept = Told()
    for day, look in enumerate(many):
        items, told = tell(told, look, TODAY + timedelta(day))
        again, after = tell(from_entries(to_entries(kept)), look, TODAY + timedelta(day))
        assert (items, told) == (again, after)
        kept = after


@given(looks)
def test_what_was_told_and_is_over_is_told_exactly_once(many: list[Look]) -> None:
    told, open_ = Told(), set[tuple[str, Subject]]()
    for look in many:
        before = {(name, s) for name, found in told.areas.items() for s in found}
        items, told = tell(told, look, TODAY)
        lasting = {
            (a, s) for a, found in look.items() for s in found if NewsReason(a.partition(".")[0]).lasts
        }
        over = {(a, s) for a, s in open_ if a in look and s not in look[a]}
        assert sum(item.reason.endswith("Recovered") for item in items) == len(over)
        assert over <= before
        open_ = (open_ - over) | lasting


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param({"Brake": "no JSON"}, id="no JSON"),
        pytest.param({"Brake": "[[1]]"}, id="another form"),
        pytest.param({"Brake": '[["Fleet", "acme", "", "", "some day"]]'}, id="no day"),
        pytest.param({"Brake": "5"}, id="a number"),
    ],
)
def test_notes_that_somebody_else_wrote_say_so(entries: Mapping[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_entries(entries)
