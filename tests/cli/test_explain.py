"""`pomona explain`: what it prints of a tenant. The same is printed of a real cluster in tests/e2e."""

import json
from datetime import datetime, timedelta
from typing import Any

import click
import pytest

from controller.cli.explanations import document, prose
from controller.cli.tenants import tell
from controller.domain.decisions import Known
from tests.cli.acme import DEVICES, FLEET, NOW, a_device, reported, seen
from tests.cli.golden import is_golden

UNKNOWN = FLEET | {"spec": FLEET["spec"] | {"parole": 1}}


def explained(name: str, labels: dict[str, str] | None = None, now: datetime = NOW, **cluster: Any) -> str:
    return "\n".join(prose(tell(seen(**cluster), name, labels or {}, now), now)) + "\n"


@pytest.mark.parametrize("name", ["canary", "broad", "shown", "fresh"])
def test_a_person_reads_the_answer_first_and_then_what_it_was_made_of(name: str) -> None:
    assert is_golden(f"explain-{name}.txt", explained(name))


def test_another_label_is_another_ring() -> None:
    assert is_golden("explain-broad-as-canary.txt", explained("broad", {"ring": "canary"}))


def test_another_clock_is_another_answer() -> None:
    assert is_golden("explain-shown-later.txt", explained("shown", now=NOW + timedelta(days=30)))


@pytest.mark.parametrize("name", ["canary", "fresh"])
def test_a_program_reads_the_same(name: str) -> None:
    told = document(tell(seen(), name, {}, NOW), "acme", NOW)
    assert is_golden(f"explain-{name}.json", json.dumps(told, indent=2, ensure_ascii=False) + "\n")


def test_a_fleet_that_is_suspended_or_knows_nothing_says_so() -> None:
    suspended = FLEET | {"spec": FLEET["spec"] | {"suspend": True}}
    found = tell(seen(fleet=suspended, known=Known()), "broad", {}, NOW)
    assert found.remarks == (
        "no reading of the lookup service is known yet: the operator decides nothing",
        "the Fleet is suspended: nothing is written to the MDM",
    )


@pytest.mark.parametrize(
    ("given", "name", "said"),
    [
        pytest.param({}, "absent", "there is no Device absent in namespace acme", id="no Device"),
        pytest.param(
            {"fleet": None}, "broad", "there is no Fleet in namespace acme: nothing is", id="no Fleet"
        ),
        pytest.param(
            {"fleet": FLEET | {"spec": FLEET["spec"] | {"parole": 1}}},
            "broad",
            "cannot be followed",
            id="Fleet",
        ),
    ],
)
def test_what_cannot_be_explained_says_why(given: dict[str, Any], name: str, said: str) -> None:
    with pytest.raises(click.ClickException, match=said):
        tell(seen(**given), name, {}, NOW)


@pytest.mark.parametrize(
    "status",
    [
        pytest.param({"enforcement": {"version": "x"}, "history": [{"version": 1}]}, id="no versions"),
        pytest.param({"target": {"version": "15.6.1"}}, id="no deadline"),
        pytest.param({"deadline": "soon", "target": {"version": "15.6.1"}}, id="no moment"),
        pytest.param({"attention": {}, "progress": ""}, id="empty"),
    ],
)
def test_what_somebody_else_wrote_into_a_status_is_passed_over(status: dict[str, Any]) -> None:
    strange = a_device("strange", reported("15.6") | status)
    assert "What is in force, by its status\n  nothing\n" in explained("strange", devices=[*DEVICES, strange])
