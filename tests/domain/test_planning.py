"""One plan: the changes that it needs, the brake, and what must hold for every plan."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.calendars import Calendar
from controller.domain.catalog import Catalog, Shelf
from controller.domain.declarations import Declaration
from controller.domain.devices import Device
from controller.domain.fleets import Brake, Fleet
from controller.domain.planning import Loosened, Plan, plan
from controller.domain.policies import Deadline, UpdatePolicy
from controller.domain.reports import Facts
from controller.domain.selectors import Selector
from controller.domain.targets import Exact, Latest, OfMajor, SameMajor
from tests.domain.builders import (
    NOW,
    SHELF,
    a_catalog,
    a_declaration,
    a_device,
    a_policy,
    a_release,
    a_situation,
    facts,
    moved,
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


VERSIONS = ["14.5", "14.7.8", "15.5", "15.6", "15.6.1", "26.0", "26.0.1"]
releases = st.lists(
    st.builds(
        a_release,
        st.sampled_from(VERSIONS),
        st.dates(date(2025, 5, 1), date(2025, 8, 25)).map(lambda d: d.isoformat()),
        public=st.booleans(),
        signed=st.booleans(),
        withdrawn=st.booleans(),
    ),
    min_size=1,
    unique_by=lambda release: release.version,
)
catalogs = releases.map(lambda listed: a_catalog(*listed))
targets = st.sampled_from([Latest(), OfMajor(14), OfMajor(15), SameMajor(), Exact(v("15.6")), None])
calendars = st.builds(Calendar, st.sampled_from([time(0), time(9, 30), time(23, 59)]))
deadline_specs = st.builds(Deadline, st.integers(0, 40), st.integers(0, 10), calendar=calendars)


@st.composite
def policies(draw: st.DrawFn) -> list[UpdatePolicy]:
    return [
        replace(
            a_policy(f"p{n}", target=draw(targets)),
            deadline=draw(deadline_specs),
            suspend=draw(st.booleans()) and n == 0,
            priority=draw(st.integers(0, 2)),
            skip=frozenset(map(v, draw(st.lists(st.sampled_from(VERSIONS), max_size=1)))),
            selector=Selector(
                frozenset({("ring", draw(st.sampled_from("ab")))}) if draw(st.booleans()) else frozenset()
            ),
        )
        for n in range(draw(st.integers(1, 3)))
    ]


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    return [
        (a_device(f"d{n}", ring=draw(st.sampled_from("ab"))), facts(draw(st.sampled_from([*VERSIONS, None]))))
        for n in range(draw(st.integers(0, 5)))
    ]


minutes = st.integers(0, 60 * 24 * 120).map(lambda m: timedelta(minutes=m))
UNBRAKED = Fleet(brake=Brake(100, 1000))


@given(policies(), catalogs, rosters(), minutes)
def test_a_plan_carried_out_leaves_nothing_to_do_at_any_later_moment(
    asked: list[UpdatePolicy], catalog: Catalog, roster: Roster, later: timedelta
) -> None:
    first = a_plan(roster, *asked, catalog=catalog, fleet=UNBRAKED)
    current = moved({}, first)

    again = a_plan(roster, *asked, catalog=catalog, fleet=UNBRAKED, current=current, now=NOW + later)

    assert again.empty


@given(policies(), catalogs, rosters(), st.randoms())
def test_the_order_of_what_comes_in_never_matters(
    asked: list[UpdatePolicy], catalog: Catalog, roster: Roster, chance: object
) -> None:
    expected = a_plan(roster, *asked, catalog=catalog)
    shuffled, shuffled_policies = list(roster), list(asked)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    chance.shuffle(shuffled_policies)  # type: ignore[attr-defined]

    assert expected == a_plan(shuffled, *shuffled_policies, catalog=catalog)


@given(policies(), catalogs, rosters(), minutes)
def test_nobody_is_asked_for_an_older_version_or_given_less_than_the_notice(
    asked: list[UpdatePolicy], catalog: Catalog, roster: Roster, later: timedelta
) -> None:
    now = NOW + later
    made = a_plan(roster, *asked, catalog=catalog, now=now)
    runs = {device.enrollment: said.version for device, said in roster if said}
    notice = {policy.name: policy.deadline.notice_days for policy in asked}
    policy_of = {d.enrollment: d.policy for d in made.decisions.values()}
    kiritimati = (now.astimezone(UTC) + timedelta(hours=14)).replace(tzinfo=None)
    for declaration, enrollments in made.enforce.items():
        for enrollment in enrollments:
            assert declaration.version > (runs[enrollment] or v("0.0"))
            assert declaration.deadline - kiritimati >= timedelta(days=notice[policy_of[enrollment]])


@given(policies(), catalogs, rosters(), minutes, st.sampled_from(VERSIONS))
def test_a_newer_release_never_moves_a_deadline_later(
    asked: list[UpdatePolicy], catalog: Catalog, roster: Roster, later: timedelta, shipped: str
) -> None:
    [shelf] = (
        set(catalog.shelves.values()) if len(set(map(id, catalog.shelves.values()))) == 1 else [Shelf(SHELF)]
    )
    if shelf.newest >= v(shipped):
        return
    current = moved({}, a_plan(roster, *asked, catalog=catalog))
    now = NOW + later
    more = a_catalog(*shelf.releases, a_release(shipped, now.date().isoformat(), public=True))

    after = moved(current, a_plan(roster, *asked, catalog=more, current=current, now=now, fleet=UNBRAKED))

    for enrollment, declaration in current.items():
        if enrollment in after and after[enrollment].version >= declaration.version:
            assert after[enrollment].deadline <= declaration.deadline
