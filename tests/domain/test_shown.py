"""What a Device's status shows, read back."""

from typing import Any

import pytest

from controller.domain.attention import Circumstances
from controller.domain.cases import Verdict
from controller.domain.decisions import Decision
from controller.domain.declarations import Promise
from controller.domain.reasons import Reason
from controller.domain.shown import Shown, parse_shown
from controller.domain.status import device_status, outcome
from tests.domain.builders import NOW, a_declaration, facts

ASKED = a_declaration(build="24G90")

HELD: dict[str, Any] = {
    "reason": "Enforced",
    "message": "15.6.1 by 2025-09-03T18:00",
    "policy": "macs",
    "target": {"version": "15.6.1", "build": "24G90"},
    "deadline": "2025-09-03T18:00:00",
    "progress": "Declared",
}


def test_what_is_in_force_is_read_from_target_and_deadline() -> None:
    assert Shown("Enforced", "macs", ASKED) == parse_shown(HELD, {})


def test_a_device_that_was_never_decided_shows_nothing() -> None:
    assert Shown() == parse_shown({}, {})


def test_what_is_planned_is_not_in_force() -> None:
    assert Shown("Enforced", "macs") == parse_shown(HELD | {"progress": "Planned"}, {})


def test_what_the_brake_keeps_is_in_force_though_it_shows_planned() -> None:
    decision = Decision("d", "E-d", "", Verdict(Reason.NO_POLICY, "no policy covers it", unfinished=True))
    promise = Circumstances(Promise(ASKED, "pomona-e", "t"))
    status = device_status(outcome(decision, facts(), promise, NOW, braked=True))
    assert status["progress"] == "Planned"
    assert Shown("NoPolicy", "", ASKED) == parse_shown(status, {})


def test_what_is_planned_to_take_the_place_of_another_leaves_that_one_in_force() -> None:
    """A suspended fleet moves nothing, nor does an MDM that refuses."""
    stands = {"version": "15.6", "deadline": "2025-08-28T18:00:00", "declared": "2025-08-20"}
    shown = parse_shown(HELD | {"progress": "Planned", "enforcement": stands}, {})
    assert shown.declaration == a_declaration("15.6", "2025-08-28T18:00")


def test_the_details_are_those_of_the_policy_that_it_shows() -> None:
    shown = parse_shown(HELD, {"macs": "https://it.acme.example"})
    assert shown.declaration == a_declaration(build="24G90", details_url="https://it.acme.example")


@pytest.mark.parametrize(
    "broken", [{"target": {"version": "new"}}, {"deadline": "soon"}], ids=["version", "deadline"]
)
def test_what_cannot_be_read_is_said(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"new|soon"):
        parse_shown(HELD | broken, {})
