"""Advice: what in a policy is allowed and yet hardly meant."""

from datetime import UTC, datetime
from typing import Any

import pytest

from controller import crds
from controller.domain.advice import Advice, Listed, advise, ties
from controller.domain.policies import UpdatePolicy
from tests.domain.builders import a_catalog

LISTED = Listed.of(a_catalog())
NOW = datetime(2027, 1, 7, 12, tzinfo=UTC)
BASE = {"platform": "macOS", "selector": {}, "target": {"latest": {}}}


def parsed(name: str = "macs", **given: Any) -> tuple[UpdatePolicy, Any]:
    spec = crds.with_defaults("UpdatePolicy", {"spec": {**BASE, **given}})["spec"]
    return UpdatePolicy.parse(name, spec, ()), spec


def advice(now: datetime = NOW, **given: Any) -> list[Advice]:
    return list(advise(*parsed(**given), LISTED, now))


def found(**given: Any) -> list[tuple[str, str]]:
    """The paths, and the beginning of what is said."""
    return [(a.path, a.message.partition(",")[0]) for a in advice(**given)]


def test_there_is_nothing_to_say_about_most_policies() -> None:
    assert not found()


@pytest.mark.parametrize("at", ["01:00", "02:30", "03:59"])
def test_a_time_that_summer_time_can_swallow(at: str) -> None:
    assert found(deadline={"at": at}) == [("spec.deadline.at", f"found {at}")]


@pytest.mark.parametrize("at", ["00:00", "00:59", "04:00", "18:00"])
def test_a_time_that_every_day_has(at: str) -> None:
    assert not found(deadline={"at": at})


def frozen(*untils: str) -> dict[str, Any]:
    return {"freeze": [{"from": "2026-12-19", "until": until} for until in untils]}


def test_a_freeze_in_the_past() -> None:
    [said] = advice(**frozen("2027-02-01", "2027-01-05"))
    assert said.path == "spec.freeze[1].until"
    assert said.message == "found a freeze that was over on 2027-01-05, expected one that is not past"


def test_a_freeze_is_past_only_once_it_is_so_everywhere_on_earth() -> None:
    days = frozen("2027-01-06")
    assert not advice(datetime(2027, 1, 7, 11, tzinfo=UTC), **days)
    assert advice(datetime(2027, 1, 7, 12, tzinfo=UTC), **days)


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        pytest.param({"target": {"exact": {"version": "15.9"}}}, "spec.target.exact.version", id="exact"),
        pytest.param({"target": {"latest": {"major": 16}}}, "spec.target.latest.major", id="major"),
        pytest.param({"skip": [{"version": "15.6"}, {"version": "15.9"}]}, "spec.skip[1].version", id="skip"),
        pytest.param(
            {"gate": {"after": "b", "proven": ["15.6.1", "15.9"]}}, "spec.gate.proven[1]", id="proven"
        ),
        pytest.param(
            {"platform": "tvOS", "target": {"exact": {"version": "15.6"}}},
            "spec.target.exact.version",
            id="of another platform",
        ),
    ],
)
def test_a_version_that_no_catalog_knows(spec: dict[str, Any], path: str) -> None:
    assert [a.path for a in advice(**spec)] == [path]


def test_what_is_known_is_said_with_it() -> None:
    [said] = advice(target={"exact": {"version": "15.9"}})
    assert said.message == (
        "found 15.9, which no catalog knows of macOS; expected a release that Apple has listed, of which"
        " 15.6.1 is the newest known here"
    )


@pytest.mark.parametrize(
    "target",
    [
        pytest.param({"exact": {"version": "15.5"}}, id="not signed any more"),
        pytest.param({"latest": {"major": 14}}, id="an older major"),
        pytest.param({"below": {"version": "99"}}, id="a limit that does not exist yet"),
    ],
)
def test_a_version_that_is_known_or_need_not_be(target: dict[str, Any]) -> None:
    assert not advice(target=target)


@pytest.mark.parametrize(
    ("deadline", "reachable"),
    [
        pytest.param({"exploitedDays": 5}, True, id="five days and the usual notice"),
        pytest.param({"exploitedDays": 4}, True, id="a day more than the notice"),
        pytest.param({"exploitedDays": 3}, False, id="the notice counts on the clock that is furthest ahead"),
        pytest.param({"exploitedDays": 3, "at": "22:00"}, True, id="late enough on that very day"),
        pytest.param({"exploitedDays": 1}, False, id="less than the notice"),
        pytest.param({"exploitedDays": 1, "noticeDays": 0}, True, id="without notice"),
        pytest.param({"exploitedDays": 0, "noticeDays": 0}, False, id="at once"),
        pytest.param({}, True, id="none"),
    ],
)
def test_exploited_days_that_the_notice_makes_unreachable(deadline: dict[str, Any], reachable: bool) -> None:
    assert [a.path for a in advice(deadline=deadline)] == (
        [] if reachable else ["spec.deadline.exploitedDays"]
    )


def tied(*selectors: dict[str, Any], **others: Any) -> list[str]:
    """Which of these policies, a, b and so on, are beside another one."""
    named = zip("abcdef", selectors, strict=False)
    return [a.policy for a in ties(parsed(name, selector=s, **others)[0] for name, s in named)]


def labels(**values: str) -> dict[str, Any]:
    return {"matchLabels": values}


def where(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


#: Its part of a hundred is 10.
NAMED = {"names": ["a"]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({}, {}, id="all and all"),
        pytest.param({}, labels(ring="canary"), id="all and some"),
        pytest.param(labels(ring="canary"), labels(ring="canary"), id="the same"),
        pytest.param(labels(ring="canary"), labels(owner="lab"), id="other labels"),
        pytest.param(labels(ring="a"), where("ring", "In", "a", "b"), id="one of several"),
        pytest.param(labels(ring="a"), where("ring", "Exists"), id="a value, and any"),
        pytest.param(where("ring", "NotIn", "a"), where("ring", "NotIn", "b"), id="neither"),
        pytest.param(where("ring", "NotIn", "a"), where("ring", "DoesNotExist"), id="without the label"),
        pytest.param(where("ring", "NotIn", "a"), where("ring", "Exists"), id="any other value"),
        pytest.param(where("ring", "In", "a", "b"), where("ring", "NotIn", "a"), id="one is left"),
        pytest.param(NAMED, {"names": ["a", "b"]}, id="the same name"),
        pytest.param(NAMED, labels(ring="canary"), id="a name may carry any label"),
        pytest.param({"percent": 1}, {"percent": 2}, id="percents"),
        pytest.param(NAMED, {"percent": 11}, id="a name within the percent"),
        pytest.param({"enrolledDays": 0}, {"enrolledDays": 30}, id="new ones"),
    ],
)
def test_selectors_that_can_take_the_same_device(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (tied(one, other), tied(other, one)) == (["b"], ["b"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(labels(ring="a"), labels(ring="b"), id="other values"),
        pytest.param(labels(ring="a", owner="x"), labels(ring="a", owner="y"), id="one of two"),
        pytest.param(labels(ring="a"), where("ring", "In", "b", "c"), id="none of several"),
        pytest.param(labels(ring="a"), where("ring", "NotIn", "a"), id="just not that"),
        pytest.param(labels(ring="a"), where("ring", "DoesNotExist"), id="with and without"),
        pytest.param(where("ring", "Exists"), where("ring", "DoesNotExist"), id="there or not"),
        pytest.param(where("ring", "In", "a", "b"), where("ring", "NotIn", "a", "b"), id="none is left"),
        pytest.param({**labels(ring="a"), **where("ring", "NotIn", "a")}, {}, id="one that takes nothing"),
        pytest.param(NAMED, {"names": ["b"]}, id="other names"),
        pytest.param({"percent": 0}, {}, id="no percent"),
        pytest.param(NAMED, {"percent": 10}, id="a name outside of the percent"),
    ],
)
def test_selectors_that_provably_cannot(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (tied(one, other), tied(other, one)) == ([], [])


def test_a_tie_needs_the_same_priority_and_platform() -> None:
    policies = [parsed("a")[0], parsed("b", priority=1)[0], parsed("c", platform="iOS")[0]]
    assert not list(ties(policies))


def test_the_one_that_loses_is_told_of_the_others() -> None:
    said = list(ties(parsed(name, priority=7)[0] for name in "cab"))
    assert [(a.policy, a.path, a.message.partition(",")[0]) for a in said] == [
        ("b", "spec.priority", "found 7 as in a"),
        ("c", "spec.priority", "found 7 as in a (and 1 more)"),
    ]
