"""Selectors: every key that is given must hold."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from controller.domain.selectors import Selector
from tests.domain.builders import NOW, a_device, a_policy, decide

NAMES = [f"mac-{n}" for n in range(200)]


def takes(
    spec: dict[str, Any], name: str = "c02xk1abcd", *, age: timedelta = timedelta(), **labels: str
) -> bool:
    """Is a device with these labels, first seen so long ago, covered by a policy with this selector?"""
    device = replace(a_device(name), labels=frozenset(labels.items()), created=NOW - age)
    return bool(decide(a_policy(selector=Selector.parse(spec)), device=device).policy)


@pytest.mark.parametrize("percent", [0, 1, 10, 50, 99, 100])
def test_percent_takes_just_those_whose_hash_says_so(percent: int) -> None:
    expected = [n for n in NAMES if int(hashlib.sha256(n.encode()).hexdigest()[:8], 16) % 100 < percent]
    assert expected == [name for name in NAMES if takes({"percent": percent}, name)]


@pytest.mark.parametrize(
    ("days", "age", "covered"),
    [
        pytest.param(14, timedelta(), True, id="seen just now"),
        pytest.param(14, timedelta(14), True, id="14 days ago"),
        pytest.param(14, timedelta(15), False, id="15 days ago"),
        pytest.param(0, timedelta(hours=23), True, id="0: on its first day"),
        pytest.param(0, timedelta(1), False, id="0: and not after"),
    ],
)
def test_enrolled_days_take_those_first_seen_at_most_so_many_days_ago(
    days: int, age: timedelta, covered: bool
) -> None:
    assert covered is takes({"enrolledDays": days}, age=age)


def test_enrolled_days_end_by_the_clock_and_the_next_policy_takes_over() -> None:
    policies = [a_policy("new", priority=1, selector=Selector(enrolled_days=14)), a_policy("rest")]
    device = replace(a_device(), created=datetime(2025, 8, 20, tzinfo=UTC))
    covering = [decide(*policies, device=device, now=NOW + timedelta(n)).policy for n in (0, 9, 10)]
    assert covering == ["new", "new", "rest"]


@pytest.mark.parametrize(
    ("spec", "covered"),
    [
        pytest.param({}, True, id="empty takes all"),
        pytest.param({"matchLabels": {"ring": "canary"}}, True, id="a label"),
        pytest.param({"matchLabels": {"ring": "canary", "owner": "it"}}, False, id="each label"),
        pytest.param({"names": ["c02xk1abcd", "other"]}, True, id="by name"),
        pytest.param({"names": []}, False, id="no name"),
        pytest.param({"matchLabels": {"ring": "canary"}, "names": ["other"]}, False, id="label and name"),
        pytest.param({"names": ["c02xk1abcd"], "percent": 0}, False, id="name and percent"),
        pytest.param({"percent": 100, "enrolledDays": 14}, True, id="percent and days"),
        pytest.param(
            {"matchExpressions": [{"key": "owner", "operator": "NotIn", "values": ["lab"]}]},
            True,
            id="not in, where the label is absent",
        ),
        pytest.param(
            {"matchExpressions": [{"key": "ring", "operator": "In", "values": ["early"]}]},
            False,
            id="not one of",
        ),
        pytest.param({"matchExpressions": [{"key": "ring", "operator": "Exists"}]}, True, id="exists"),
        pytest.param(
            {"matchExpressions": [{"key": "ring", "operator": "DoesNotExist"}]}, False, id="does not exist"
        ),
    ],
)
def test_every_key_must_hold(spec: dict[str, Any], covered: bool) -> None:
    assert covered is takes(spec, ring="canary")
