"""What would change: each kind of change, the sums, and who is due when."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from controller.domain.catalog import Catalog
from controller.domain.changes import Change
from controller.domain.coverage import Coverage
from controller.domain.decisions import Known
from controller.domain.declarations import Declaration
from controller.domain.fleets import Brake, Fleet
from controller.domain.forecast import Forecast, Subject, forecast
from controller.domain.policies import UpdatePolicy
from controller.domain.selectors import Selector
from controller.domain.shown import Shown
from controller.domain.versions import Platform
from tests.domain.builders import NOW, a_catalog, a_declaration, a_device, a_policy, a_release, facts

NEXT = a_declaration("15.6.1", "2025-09-03T18:00")


def a_subject(
    name: str = "d0",
    current: Declaration | None = None,
    *,
    version: str | None = "15.6",
    reason: str = "Enforced",
    policy: str = "macs",
    **labels: str,
) -> Subject:
    says = facts(version) if version else None
    return Subject(
        replace(a_device(name), labels=frozenset(labels.items())), says, Shown(reason, policy, current)
    )


def expect(
    *subjects: Subject,
    policies: tuple[UpdatePolicy, ...] = (a_policy(),),
    fleet: Fleet = Fleet(),
    catalog: Catalog | None = None,
    allowance: int = 0,
) -> Forecast:
    known = Known(catalog or a_catalog())
    return forecast(fleet, Coverage.of(policies, NOW), known, subjects, allowance)


@pytest.mark.parametrize(
    ("current", "policy", "change"),
    [
        pytest.param(None, {}, Change.ENFORCE, id="nothing is in force"),
        pytest.param(NEXT, {}, None, id="it is in force"),
        pytest.param(NEXT, {"days": 20}, Change.MOVE, id="another deadline"),
        pytest.param(a_declaration("15.6.2"), {}, Change.MOVE, id="another version"),
        pytest.param(NEXT, {"target": None}, Change.WITHDRAW, id="nothing is asked for"),
        pytest.param(NEXT, {"details_url": "https://it.acme.example"}, Change.DETAILS, id="only details"),
        pytest.param(NEXT, {"suspend": True}, None, id="suspended: it stays"),
    ],
)
def test_each_kind_of_change(
    current: Declaration | None, policy: dict[str, Any], change: Change | None
) -> None:
    [row] = expect(a_subject(current=current), policies=(a_policy(**policy),)).rows
    assert row.change is change


def test_before_and_after() -> None:
    made = expect(a_subject(current=NEXT), policies=(a_policy(days=20),))
    [row] = made.changed
    assert (row.before, row.after) == (NEXT, a_declaration("15.6.1", "2025-09-09T18:00"))


def test_devices_come_in_the_order_of_their_names_and_changed_ones_first_in_lists() -> None:
    made = expect(a_subject("c"), a_subject("a", NEXT), a_subject("b"))
    assert [row.decision.device for row in made.rows] == ["a", "b", "c"]
    assert [row.decision.device for row in made.listed()] == ["b", "c", "a"]


def test_what_the_brake_holds_back_is_a_change_that_is_not_made() -> None:
    many = [a_subject(f"d{n}", NEXT) for n in range(3)]
    made = expect(*many, policies=(a_policy(target=None),), fleet=Fleet(brake=Brake(percent=20, devices=2)))
    assert [(row.change, row.braked, row.after) for row in made.rows] == [(Change.WITHDRAW, True, NEXT)] * 3


def test_a_person_can_let_them_through() -> None:
    many = [a_subject(f"d{n}", NEXT) for n in range(3)]
    brake = Fleet(brake=Brake(percent=20, devices=2))
    made = expect(*many, policies=(a_policy(target=None),), fleet=brake, allowance=3)
    assert [(row.braked, row.after) for row in made.rows] == [(False, None)] * 3


def test_where_nothing_is_on_offer_nothing_changes() -> None:
    dates = a_catalog(a_release("15.6", "2025-07-29", signed=False))
    made = expect(a_subject(current=NEXT), a_subject("d1"), catalog=dates)
    assert (made.decided, made.changed) == (False, [])
    assert [row.after for row in made.rows] == [NEXT, None]


def test_a_second_device_of_an_enrollment_changes_nothing() -> None:
    first, second = a_subject("d0", NEXT), a_subject("d1", reason="Duplicate", policy="")
    twin = replace(second, device=replace(a_device("d1", age=1), enrollment=first.device.enrollment))
    assert expect(first, twin).changed == []


def test_sums_before_and_after() -> None:
    ring = a_policy("ring", priority=1, days=2)
    made = expect(
        a_subject("a", NEXT), a_subject("b", reason="", policy=""), a_subject("c", reason="Unenrolled")
    )
    assert made.reasons() == {"Enforced": (1, 3), "Unenrolled": (1, 0)}
    assert made.policies() == {"macs": (2, 3)}
    assert expect(a_subject(), policies=(a_policy(), ring)).policies() == {"ring": (0, 1), "macs": (1, 0)}
    assert made.changes()[Change.ENFORCE] == 2


def test_who_is_due_when() -> None:
    late, now = a_declaration("15.6.1", "2025-08-20T18:00"), frozenset({("ring", "now")})
    at_once = a_policy("ring", selector=Selector(labels=now), priority=1, days=0)
    others = [a_subject("a", NEXT), a_subject("b"), a_subject("d", version="15.6.1")]
    made = expect(a_subject("c", late, ring="now"), *others, policies=(a_policy(), at_once))
    days = [(day.moment, dict(day.devices), day.new, day.passed) for day in made.due()]
    mac = Platform.MACOS
    assert days == [
        (datetime(2025, 8, 20, 18), {mac: 1}, 0, True),
        (datetime(2025, 9, 3, 18), {mac: 2}, 1, False),
    ]
