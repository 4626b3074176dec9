"""NanoHUB is down, refuses, fails, or has forgotten everything: all is right again without a hand."""

import re
from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from tests.e2e.days.story import Story, a_policy, mac, telling
from tests.lab.lab import Lab
from tests.lab.proxy import Proxy

pytestmark = pytest.mark.asyncio(loop_scope="module")

MACS = [mac(1), mac(2), mac(3)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet_at_work(shared_lab: Lab, proxy: Proxy) -> AsyncIterator[Story]:
    """Three Macs with a promise each: every one of these days ends as it began."""
    shared_lab.reset()
    async with telling(shared_lab) as story:
        await story.begin(MACS, mdm=proxy.url)
        yield story


@pytest_asyncio.fixture(loop_scope="module")
async def story(fleet_at_work: Story) -> AsyncIterator[Story]:
    await fleet_at_work.until_each_has_its_own(MACS)
    yield fleet_at_work
    await fleet_at_work.until_condition("MDMReachable", "True", "Answered")
    await fleet_at_work.until_condition("Ready", "True", "Reconciled")
    await fleet_at_work.until_each_has_its_own(MACS)
    assert len(fleet_at_work.ours()) == 4
    assert fleet_at_work.tracebacks() == ""


@pytest.mark.parametrize(
    ("fails", "reason", "ready"),
    [
        pytest.param({"/": 0}, "Unreachable", "MDMUnavailable", id="no answer"),
        pytest.param({"/": 502}, "Unreachable", "MDMUnavailable", id="a gateway without a server"),
        pytest.param({"/": 429}, "Throttled", "MDMUnavailable", id="too many requests"),
        pytest.param({"/": 401}, "Unauthorized", "MDMRefused", id="unauthorized"),
    ],
)
async def test_what_is_in_force_stays_until_it_answers_again(
    story: Story, proxy: Proxy, fails: Mapping[str, int], reason: str, ready: str
) -> None:
    before = story.lab.column("deadline")

    proxy.fails = fails
    await story.until_condition("MDMReachable", "False", reason)
    await story.until_condition("Ready", "False", ready)

    assert set(story.lab.column("reason").values()) == {"Enforced"}
    assert before == story.lab.column("deadline")
    proxy.fails = {}


@pytest.mark.parametrize(
    ("status", "reason"),
    [pytest.param(503, "Unreachable", id="an error"), pytest.param(429, "Throttled", id="too many requests")],
)
async def test_each_notify_fails(story: Story, proxy: Proxy, status: int, reason: str) -> None:
    proxy.fails = {"/api/v1/ddm/notify": status}
    story.commit({"policy.yaml": a_policy(detailsURL=f"https://it.acme.example/{status}")})

    message = await story.until_condition("MDMReachable", "False", reason)

    # A cycle that comes while the server is left alone, as it asked for, does not even try.
    untold = r"(3 of 3 devices could not be told|the MDM is left alone for 1 s more): the MDM answered"
    assert re.match(untold, message)
    await story.until_condition("Ready", "False", "MDMUnavailable")
    proxy.fails = {}


async def test_a_wrong_key_and_the_right_one_without_a_restart(story: Story) -> None:
    story.lab.set_key("wrong-key-wrong-key")
    message = await story.until_condition("MDMReachable", "False", "Unauthorized")
    await story.until_condition("Ready", "False", "MDMRefused")
    assert "wrong-key" not in message + story.lab.operators[0].log.read_text()
    story.lab.set_key(story.lab.nanohub.api_key)


async def test_restarted_empty(story: Story) -> None:
    story.lab.nanohub.stop()
    await story.until_condition("MDMReachable", "False", "Unreachable")
    assert set(story.lab.column("reason").values()) == {"Enforced"}

    story.lab.nanohub.start()
    await story.fleet.enroll(MACS)


async def test_restarted_empty_between_two_cycles(story: Story) -> None:
    story.lab.nanohub.restart()
    await story.fleet.enroll(MACS)
    await story.until(lambda: len(story.ours()) == 4, "what was lost is there again")
