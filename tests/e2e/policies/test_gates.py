"""What happens in the middle of a gated rollout: each of these days begins with the next release."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.days.story import Story, a_policy, mac, telling
from tests.e2e.policies.showing import (
    DAY,
    build_of,
    devices_in,
    let_install,
    status,
    today,
    until_gate,
    until_said,
    until_shown,
    with_release,
)
from tests.lab.device import Behaviour
from tests.lab.lab import TENANT, Lab
from tests.lab.readings import NEW_MACS

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST, SECOND = CANARIES = [mac(1, "26.2", "25C56"), mac(2, "26.2", "25C56")]
OTHER = mac(3, "26.2", "25C56")


def canary(**spec: Any) -> str:
    return a_policy("canary", priority=20, selector={"matchLabels": {"ring": "canary"}}, **spec)


def others(**spec: Any) -> str:
    gate = {"after": "canary", "minDevices": 1, "soakDays": 0} | spec.pop("gate", {})
    return a_policy("others", gate=gate, **spec)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rollout(shared_lab: Lab) -> AsyncIterator[Story]:
    """Two canaries, and one Mac that waits for them."""
    shared_lab.reset()
    async with telling(shared_lab) as story:
        devices = devices_in("canary", CANARIES) + "---\n" + devices_in("last", [OTHER])
        files = {"devices.yaml": devices, "canary.yaml": canary(), "others.yaml": others()}
        await story.begin_with(files, [*CANARIES, OTHER])
        yield story


@pytest_asyncio.fixture(loop_scope="module")
async def story(rollout: Story) -> AsyncIterator[Story]:
    yield rollout
    assert rollout.tracebacks() == ""


async def ships(story: Story, version: str) -> None:
    """Apple ships, the canaries are asked, and the other one waits."""
    story.lab.ship(with_release(version))
    for profile in CANARIES:
        await until_shown(story, profile, "Enforced", version, "Prepared")
    await until_gate(story, "others", open=False, version=version, healthy=0, failing=0, pending=2)
    assert not story.holds(OTHER)


async def test_apple_takes_it_back(story: Story) -> None:
    await ships(story, "26.3")
    story.lab.ship(with_release("26.3").withdraw("26.3", NEW_MACS, today()))
    for profile in CANARIES:
        await until_shown(story, profile, "UpToDate")
        assert not story.holds(profile)
    await until_gate(story, "others", open=True, version="", pending=0, message="no release waits for it")

    story.lab.ship(with_release("26.3.1", world=story.lab.world))
    for profile in CANARIES:
        await until_shown(story, profile, "Enforced", "26.3.1", "Prepared")
    await until_gate(story, "others", open=False, version="26.3.1", pending=2)


async def test_one_commit_skips_it_for_those_who_have_not_installed_it(story: Story) -> None:
    await ships(story, "26.4")
    await let_install(story, *CANARIES)
    await until_gate(story, "others", open=True, version="26.4", healthy=2)
    await until_shown(story, OTHER, "Enforced", "26.4", "Prepared")

    skip = [{"version": "26.4", "reason": "VPN panics"}]
    story.commit({"canary.yaml": canary(skip=skip), "others.yaml": others(skip=skip)})

    await until_shown(story, OTHER, "UpToDate")
    assert not story.holds(OTHER)
    assert story.fleet.device(OTHER.name).version == "26.2"
    await until_gate(story, "others", open=True, version="", message="no release waits for it")
    story.commit({"canary.yaml": canary(), "others.yaml": others()})
    await until_shown(story, OTHER, "Enforced", "26.4", "Prepared")
    await let_install(story, OTHER)


async def test_a_person_vouches_for_it(story: Story) -> None:
    await ships(story, "26.5")
    story.commit({"others.yaml": others(gate={"proven": ["26.5"]})})
    shown = await until_shown(story, OTHER, "Enforced", "26.5", "Prepared")
    assert "after a person vouched for 26.5" in shown["message"]
    message = await until_gate(story, "others", open=True, version="26.5", healthy=0, pending=2)
    assert message == f"open for 26.5 since {today()}"
    await let_install(story, OTHER, *CANARIES)
    story.commit({"others.yaml": others()})


async def test_a_canary_that_fails_keeps_it_closed_until_it_recovers(story: Story) -> None:
    await ships(story, "26.6")
    story.fleet.behave(FIRST.name, Behaviour(failure="BatteryTooLow", failures=99))
    await let_install(story, SECOND)

    message = await until_gate(story, "others", open=False, healthy=1, needed=1, failing=1, pending=0)
    assert message == (
        "26.6 waits for canary: 1 of 1 healthy, 1 failing, 0 pending; 50 % of 2 are healthy, expected 95 %"
    )
    assert status(story, "device", FIRST.name)["attention"]["reason"] == "Power"
    assert not story.holds(OTHER)

    story.fleet.behave(FIRST.name, Behaviour())
    story.fleet.advance(DAY)
    await until_gate(story, "others", open=True, version="26.6", healthy=2, failing=0)
    await until_shown(story, OTHER, "Enforced", "26.6", "Prepared")
    await let_install(story, OTHER)


async def test_a_gate_that_nobody_can_open_says_so(story: Story) -> None:
    """A Mac that came with the release on it has not come to it from anything older."""
    story.lab.ship(with_release("26.7"))
    brand_new = mac(4, "26.7", build_of("26.7"))
    await story.fleet.enroll([brand_new])
    files = {
        "new.yaml": devices_in("new", [brand_new]),
        "new-ring.yaml": a_policy("new", priority=30, selector={"matchLabels": {"ring": "new"}}),
        "others.yaml": others(gate={"after": "new"}),
    }
    story.commit(files)
    await until_shown(story, brand_new, "UpToDate")
    message = await until_gate(story, "others", open=False, version="26.7", healthy=0, needed=1, pending=1)
    assert message == (
        "26.7 waits for new: 0 of 1 healthy, 0 failing, 1 pending; it can never open, "
        "since only 0 can still come to it from something older: "
        "lower spec.gate.minDevices, or vouch for it in spec.gate.proven"
    )


def by_hand(story: Story, *texts: str) -> None:
    """What no repository would be let through with: Git leaves the fleet, and kubectl takes its place."""
    story.lab.make_fleet(git=None)
    command = ("apply", "--server-side", "--force-conflicts", "-n", TENANT, "-f", "-")
    story.lab.cluster.kubectl(*command, stdin="---\n".join(texts))


WAITS_FOR_THE_OTHERS = canary(gate={"after": "others", "minDevices": 1, "soakDays": 0})


def conditions_of(story: Story, policy: str) -> dict[str, Any]:
    """The conditions of a policy, by type."""
    return {c["type"]: c for c in status(story, "updatepolicy", policy).get("conditions", [])}


@pytest.mark.parametrize(
    ("ring", "after", "found"),
    [
        pytest.param(
            WAITS_FOR_THE_OTHERS,
            "canary",
            "others waits for canary waits for others, expected no circle",
            id="a cycle",
        ),
        pytest.param(
            canary(), "kanary", "there is no UpdatePolicy kanary, expected one", id="a name that is not there"
        ),
    ],
)
async def test_a_gate_that_leads_nowhere_is_named_and_its_devices_keep_what_they_have(
    story: Story, ring: str, after: str, found: str
) -> None:
    story.lab.make_fleet()
    story.commit({"canary.yaml": canary(), "others.yaml": others(gate={"proven": ["26.7"]})})
    await until_shown(story, OTHER, "Enforced", "26.7", "Prepared")
    before = story.enforcements(OTHER)

    by_hand(story, ring, others(gate={"after": after}))

    shown = await until_said(story, OTHER, found)
    assert shown["reason"] == "InvalidPolicy"
    # Policies are shown after their devices.
    await story.until(lambda: "Stalled" in conditions_of(story, "others"), "the policy is shown, too")
    conditions = conditions_of(story, "others")
    assert (conditions["Ready"]["status"], conditions["Ready"]["reason"]) == ("False", "InvalidGate")
    assert conditions["Ready"]["message"] == f"spec.gate.after: {found}"
    assert conditions["Stalled"]["status"] == "True"
    assert before == story.enforcements(OTHER)
    assert story.holds(OTHER)
