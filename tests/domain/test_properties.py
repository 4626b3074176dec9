"""What holds for every plan, whatever the policies, the releases, the devices and the clock.

What may change a promise without an edit and without new knowledge is just this: a freeze whose eve comes
upon it moves it out; a hold or a policy's `selector.enrolledDays` that ends by the clock. Nothing else does.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.domain.catalog import Catalog, Shelf
from controller.domain.declarations import Declaration, Promise
from controller.domain.exploited import Exploited
from controller.domain.fleets import Brake
from controller.domain.planning import Loosened, plan, replan
from controller.domain.policies import Fault
from controller.domain.proofs import Proofs
from controller.domain.proving import Proving
from controller.domain.selectors import Selector
from controller.domain.versions import Version
from tests.domain.builders import NOW, a_device, a_release, a_situation, moved, v
from tests.domain.strategies import VERSIONS, World, advisories, minutes, promised, reports, worlds


def assert_moved_by_freezes_alone(
    world: World, before: Mapping[str, Declaration], after: Mapping[str, Declaration], later: timedelta
) -> None:
    assert before.keys() == after.keys()
    for enrollment, old in before.items():
        new = after[enrollment]
        stepped = new.deadline > old.deadline and world.upon(old.deadline.date(), NOW + later)
        assert old == new or stepped, (old, new)


@settings(max_examples=250)
@given(worlds(), minutes)
def test_a_plan_carried_out_leaves_nothing_to_do_at_any_later_moment(world: World, later: timedelta) -> None:
    current = world.after({})

    after = world.after(current, NOW + later)

    assert_moved_by_freezes_alone(world, current, after, later)


@settings(max_examples=250)
@given(st.data(), worlds(), minutes)
def test_nor_does_it_when_others_had_promised_something(
    data: st.DataObject, world: World, later: timedelta
) -> None:
    current = world.after(data.draw(promised(world)))

    assert world.plan(current).empty
    assert_moved_by_freezes_alone(world, current, world.after(current, NOW + later), later)


@settings(max_examples=200)
@given(worlds(held=True), minutes)
def test_what_ends_by_the_clock_is_done_with_in_one_plan(world: World, later: timedelta) -> None:
    current = world.after(world.after({}), NOW + later)

    assert world.plan(current, NOW + later).empty


@given(st.data(), worlds(held=True), st.randoms(use_true_random=False))
def test_the_order_of_what_comes_in_never_matters(data: st.DataObject, world: World, chance: Random) -> None:
    current = data.draw(promised(world))

    def shuffled(listed: tuple) -> tuple:  # type: ignore[type-arg]
        return tuple(chance.sample(listed, len(listed)))

    other = replace(
        world,
        fleet=replace(world.fleet, freezes=shuffled(world.fleet.freezes)),
        policies=shuffled(world.policies),
        catalog=Catalog(dict(reversed(list(world.catalog.shelves.items())))),
        roster=shuffled(world.roster),
    )

    assert world.plan(current) == other.plan(dict(reversed(list(current.items()))))


@given(st.data(), worlds(held=True), minutes)
def test_nobody_is_asked_for_an_older_version(data: st.DataObject, world: World, later: timedelta) -> None:
    made = world.plan(data.draw(promised(world)), NOW + later)

    runs = {device.enrollment: said for device, said in reversed(world.roster) if said and said.version}
    for declaration, enrollments in made.enforce.items():
        for enrollment in enrollments:
            said = runs[enrollment]
            assert said.version
            assert declaration.version >= said.version
            assert not declaration.satisfied_by(said.version, said.build, said.supplemental_build)


@settings(max_examples=250)
@given(st.data(), worlds(held=True), minutes)
def test_nobody_on_earth_gets_less_than_the_notice_for_anything_new(
    data: st.DataObject, world: World, later: timedelta
) -> None:
    current, now = data.draw(promised(world)), NOW + later
    made = world.plan(current, now)

    kiritimati = (now.astimezone(UTC) + timedelta(hours=14)).replace(tzinfo=None)
    notice = {policy.name: timedelta(policy.deadline.notice_days) for policy in world.policies}
    asked_by = {d.enrollment: d.policy for d in made.decisions.values() if d.policy}
    for declaration, enrollments in made.enforce.items():
        for enrollment in enrollments:
            old = current.get(enrollment)
            if old and asks_the_same_later(old, declaration):
                continue
            assert declaration.deadline - kiritimati >= notice[asked_by[enrollment]]


def asks_the_same_later(old: Declaration, new: Declaration) -> bool:
    """It was promised before, by then or sooner."""
    return (old.version, old.build) == (new.version, new.build) and new.deadline >= old.deadline


def shipped(catalog: Catalog, version: str, today: date) -> Catalog:
    """The catalog after Apple released one more version, above all others of each model."""
    release = a_release(version, today.isoformat(), public=True)
    return Catalog(
        {
            model: Shelf((*shelf.releases, release), shelf.improvements)
            for model, shelf in catalog.shelves.items()
        }
    )


def more_proofs(world: World, versions: frozenset[Version], today: date) -> Proofs:
    proofs = world.proofs
    for policy in world.policies:
        if policy.gate:
            proofs = proofs.adding(policy.name, versions, today)
    return proofs


@settings(max_examples=400)
@given(
    st.data(),
    worlds(),
    minutes,
    st.sampled_from([None, "26.0.2", "27.0"]),
    advisories,
    st.frozensets(st.sampled_from(VERSIONS).map(v), max_size=2),
)
def test_no_deadline_moves_later_because_of_what_becomes_known(
    data: st.DataObject,
    world: World,
    later: timedelta,
    version: str | None,
    learned: Exploited,
    proven: frozenset[Version],
) -> None:
    """Neither a newer release, nor that a fix is exploited, nor a proof; the clock least of all.

    What was promised before its author put a gate before it counts from the day on which that opens.
    """
    current, now = world.after(data.draw(promised(world))), NOW + later
    after = replace(
        world,
        catalog=shipped(world.catalog, version, now.date()) if version else world.catalog,
        exploited=Exploited({**world.exploited.fixes, **learned.fixes}),
        proofs=more_proofs(world, proven, now.date()),
    ).after(current, now)

    for enrollment, old in current.items():
        improving = version and old.build and old.build[-1] in "ab"
        assert improving or enrollment in after
        if enrollment in after and after[enrollment].deadline > old.deadline:
            gated_since = old.version in proven and not opened_before(world, old.version)
            assert gated_since or world.upon(old.deadline.date(), now), (old, after[enrollment])


def opened_before(world: World, version: Version) -> bool:
    """Had every gate let this version through before?"""
    return all(version in world.proofs.of(policy.name) for policy in world.policies if policy.gate)


def nothing_signed(catalog: Catalog) -> Catalog:
    """The catalog after an answer that did not list these models at all."""
    return Catalog(
        {
            model: Shelf(
                tuple(replace(r, public=(), signed=(), past=r.signed + r.past) for r in shelf.releases)
            )
            for model, shelf in catalog.shelves.items()
        }
    )


WANTS = {
    "models that Apple lists no more": lambda w: replace(w, catalog=nothing_signed(w.catalog)),
    "models that Apple never listed": lambda w: replace(w, catalog=Catalog()),
    "nothing of exploited": lambda w: replace(w, exploited=Exploited()),
    "no proofs": lambda w: replace(w, proofs=Proofs()),
    "no facts": lambda w: replace(w, roster=tuple((device, None) for device, _ in w.roster)),
    "no model": lambda w: replace(
        w, roster=tuple((device, said and replace(said, model="")) for device, said in w.roster)
    ),
    "policies that cannot be read": lambda w: replace(
        w,
        policies=tuple(
            replace(p, target=None, gate=None, fault=Fault("InvalidSpec", "?")) for p in w.policies
        ),
    ),
}


@pytest.mark.parametrize("want", WANTS)
@settings(max_examples=60)
@given(data=st.data(), world=worlds(), later=minutes)
def test_nothing_is_let_go_for_want_of_knowledge(
    want: str, data: st.DataObject, world: World, later: timedelta
) -> None:
    current = world.after(data.draw(promised(world)))
    assert WANTS[want](world).plan(current, NOW + later).withdraw == ()


names = st.text(st.characters(codec="ascii"), min_size=1, max_size=12)


@given(names, st.integers(0, 100), st.integers(0, 100))
def test_raising_the_percent_only_adds(name: str, one: int, other: int) -> None:
    device = a_device(name)
    few, many = Selector(percent=min(one, other)), Selector(percent=max(one, other))
    assert few.matches_device(device, NOW) <= many.matches_device(device, NOW)
    assert Selector(percent=100).matches_device(device, NOW)
    assert not Selector(percent=0).matches_device(device, NOW)


@given(st.data(), worlds(), minutes)
def test_a_gate_that_opened_stays_open(data: st.DataObject, world: World, later: timedelta) -> None:
    situation = a_situation(*world.policies, now=NOW + later)
    known = replace(situation.known, catalog=world.catalog, exploited=world.exploited, proofs=world.proofs)
    promises = {e: Promise(d, "", "") for e, d in data.draw(promised(world)).items()}

    proofs, _ = Proving(world.fleet, situation.coverage, known).judge(world.roster, promises)

    for policy in world.policies:
        assert world.proofs.of(policy.name).items() <= proofs.of(policy.name).items()


@given(st.data(), worlds(), minutes)
def test_deciding_the_one_device_that_changed_is_deciding_all(
    data: st.DataObject, world: World, later: timedelta
) -> None:
    current, now = data.draw(promised(world)), NOW + later
    device, _ = changed = world.roster[0][0], data.draw(reports())
    rest = world.roster[1:]

    everything = replace(world, roster=(changed, *rest)).plan(current, now)
    before = world.plan(current, now)
    alone = a_situation(
        *world.policies,
        catalog=world.catalog,
        fleet=world.fleet,
        devices=tuple(d for d, _ in world.roster),
        now=now,
        exploited=world.exploited,
        proofs=world.proofs,
    ).decide(*changed, current.get(device.enrollment))

    assert everything.decisions == {**before.decisions, device.name: alone}


@settings(max_examples=300)
@given(st.data(), worlds(), st.integers(0, 3), st.integers(0, 100))
def test_a_reaction_is_what_a_whole_plan_would_be(
    data: st.DataObject, world: World, devices: int, percent: int
) -> None:
    """Whatever some devices report, and whatever the brake holds.

    Why the others have what they have may be said otherwise by the next cycle.
    """
    world = replace(world, fleet=replace(world.fleet, brake=Brake(percent, devices)))
    in_force = data.draw(promised(world))
    roster, situation = list(world.roster), world.situation()
    before = plan(situation, roster, in_force, Loosened())
    current, loosened = moved(in_force, before), Loosened(len(before.loose))
    changed = []
    for place, (device, _) in enumerate(roster):
        if data.draw(st.booleans()):
            roster[place] = (device, data.draw(reports()))
            changed.append(roster[place])

    after = replan(before, situation, changed, current, loosened)

    whole = plan(situation, roster, current, loosened)
    assert replace(after, decisions={}) == replace(whole, decisions={})
    for name, decision in whole.decisions.items():
        found = after.decisions[name].verdict
        assert (found.reason, found.declaration) == (decision.verdict.reason, decision.verdict.declaration)
    assert all(after.decisions[d.name] == whole.decisions[d.name] for d, _ in changed)
