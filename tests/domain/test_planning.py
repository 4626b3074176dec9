"""One plan: the changes that it needs, and the brake."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

import pytest

from controller.domain.catalog import Catalog
from controller.domain.declarations import Declaration
from controller.domain.devices import Device
from controller.domain.facts import Facts
from controller.domain.fleets import Brake, Fleet
from controller.domain.planning import Loosened, Plan, plan
from controller.domain.policies import UpdatePolicy
from controller.domain.selectors import Selector
from controller.domain.targets import Exact
from tests.domain.builders import (
    NOW,
    a_catalog,
    a_declaration,
    a_device,
    a_policy,
    a_release,
    a_situation,
    facts,
    v,
)

Roster = list[tuple[Device, Facts | None]]


def a_roster(*versions: str | None) -> Roster:
    return [(a_device(f"d{n:03}"), facts(version) if version else None) for n, version in enumerate(versions)]


def a_plan(
    roster: Roster,
    *policies: UpdatePolicy,
    current: Mapping[str, Declaration] | None = None,
    fleet: Fleet | None = None,
    catalog: Catalog | None = None,
    loosened: Loosened = Loosened(),
    now: datetime = NOW,
) -> Plan:
    devices = tuple(device for device, _ in roster)
    situation = a_situation(*policies, fleet=fleet, catalog=catalog, devices=devices, now=now)
    return plan(situation, roster, current or {}, loosened)


def test_devices_that_are_asked_for_the_same_are_one_class() -> None:
    made = a_plan(a_roster("15.6", "15.6", "15.6.1"))
    assert {a_declaration(): ("E-d000", "E-d001")} == made.enforce


def test_what_is_in_force_and_wanted_needs_no_change() -> None:
    assert a_plan(a_roster("15.6"), current={"E-d000": a_declaration()}).empty


def test_what_is_installed_is_withdrawn() -> None:
    assert a_plan(a_roster("15.6.1"), current={"E-d000": a_declaration()}).withdraw == ("E-d000",)


def test_a_deleted_device_is_let_go() -> None:
    assert a_plan([], current={"E-gone": a_declaration()}).withdraw == ("E-gone",)


def test_a_duplicate_touches_nothing_of_its_twin() -> None:
    older, younger = a_device("older"), replace(a_device("younger", age=1), enrollment="E-older")
    made = a_plan([(older, facts()), (younger, facts())], current={"E-older": a_declaration()})
    assert made.empty


class TestBrake:
    """Too many at once are not let go unfinished."""

    MANY = 20
    CURRENT: ClassVar = {f"E-d{n:03}": a_declaration() for n in range(MANY)}
    BEHIND = a_roster(*["15.6"] * MANY)

    def test_holds_when_the_last_policy_goes(self) -> None:
        made = a_plan(self.BEHIND, a_policy(target=None), current=self.CURRENT)
        assert (made.withdraw, len(made.braked)) == ((), self.MANY)

    def test_holds_a_typo_far_below(self) -> None:
        made = a_plan(self.BEHIND, a_policy(target=Exact(v("1.5"))), current=self.CURRENT)
        assert len(made.braked) == self.MANY

    def test_holds_when_the_devices_are_deleted(self) -> None:
        assert len(a_plan([], current=self.CURRENT).braked) == self.MANY

    def test_carries_out_everything_else(self) -> None:
        done = (a_device("done"), facts("15.6.1"))
        new = (a_device("new", ring="new"), facts("15.6"))
        made = a_plan(
            [*self.BEHIND, done, new],
            a_policy(target=None),
            a_policy("new", selector=Selector(frozenset({("ring", "new")})), priority=1),
            current=self.CURRENT | {"E-done": a_declaration()},
        )
        assert (("E-done",), {a_declaration(): ("E-new",)}) == (made.withdraw, made.enforce)

    @pytest.mark.parametrize(
        ("brake", "loosened", "held"),
        [
            pytest.param(Brake(20, 10), Loosened(), True, id="more than both"),
            pytest.param(Brake(20, 20), Loosened(), False, id="not more than the devices"),
            pytest.param(Brake(100, 10), Loosened(), False, id="not more than the percent"),
            pytest.param(Brake(20, 10), Loosened(allowance=20), False, id="a person allows so many"),
            pytest.param(Brake(20, 10), Loosened(allowance=19), True, id="a person allows fewer"),
            pytest.param(Brake(20, 20), Loosened(recent=1), True, id="one was let go within the hour"),
        ],
    )
    def test_arithmetic(self, brake: Brake, loosened: Loosened, held: bool) -> None:
        made = a_plan(
            self.BEHIND,
            a_policy(target=None),
            current=self.CURRENT,
            fleet=Fleet(brake=brake),
            loosened=loosened,
        )
        assert held is bool(made.braked)

    @pytest.mark.parametrize(
        ("policy", "catalog"),
        [
            pytest.param(a_policy(skip=frozenset({v("15.6.1")})), a_catalog(), id="skip"),
            pytest.param(
                a_policy(),
                a_catalog(
                    a_release("15.6", "2025-07-29", public=True),
                    a_release("15.6.1", "2025-08-20", withdrawn=True),
                ),
                id="taken back by Apple",
            ),
            pytest.param(
                a_policy(),
                a_catalog(
                    a_release("15.6", "2025-07-29", public=True),
                    a_release("15.6.1", "2025-08-20", signed=False),
                ),
                id="signed no more",
            ),
        ],
    )
    def test_never_counts(self, policy: UpdatePolicy, catalog: Catalog) -> None:
        made = a_plan(self.BEHIND, policy, current=self.CURRENT, catalog=catalog)
        assert (self.MANY, frozenset()) == (len(made.withdraw), made.braked)

    def test_never_counts_a_change_of_target(self) -> None:
        made = a_plan(self.BEHIND, a_policy(at="12:00"), current=self.CURRENT)
        assert [len(enrollments) for enrollments in made.enforce.values()] == [self.MANY]

    def test_after_a_week_away_what_is_done_is_withdrawn(self) -> None:
        made = a_plan(a_roster(*["15.6.1"] * self.MANY), current=self.CURRENT)
        assert len(made.withdraw) == self.MANY
