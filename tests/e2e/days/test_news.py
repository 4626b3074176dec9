"""What people hear of bad days and their ends: by Events and in Slack, each thing once, over restarts too."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from tests.e2e.days.story import Story, a_policy, mac, telling
from tests.lab.clock import Clock
from tests.lab.lab import TENANT, Lab
from tests.lab.proxy import Proxy
from tests.lab.receiver import Receiver

pytestmark = pytest.mark.asyncio(loop_scope="module")

MACS = [mac(1), mac(2)]
SLACK = {"type": "slack", "secretRef": {"name": "slack"}}
BAD = a_policy("bad", deadline={"days": 999})


@pytest.fixture(scope="module")
def slack() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def clock(shared_lab: Lab) -> Clock:
    """The operator's: it begins as it is now, and can be hurried."""
    return Clock.begin(shared_lab.folder / "news-clock", datetime.now(UTC))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(shared_lab: Lab, proxy: Proxy, slack: Receiver, clock: Clock) -> AsyncIterator[Story]:
    """Two Macs with a promise each, and a team that listens in Slack."""
    shared_lab.reset()
    secret = {"apiVersion": "v1", "kind": "Secret", "stringData": {"url": slack.url}}
    shared_lab.cluster.apply(secret | {"metadata": {"name": "slack", "namespace": TENANT}})
    program, shared_lab.program = (
        shared_lab.program,
        (sys.executable, "-m", "tests.lab.operator", str(clock.path)),
    )
    try:
        async with telling(shared_lab) as story:
            await story.begin(MACS, mdm=proxy.url, notify=[SLACK])
            await story.until_each_has_its_own(MACS)
            yield story
            logs = "".join(operator.log.read_text() for operator in shared_lab.operators)
            assert "B0SECRET" not in logs + json.dumps(shared_lab.cluster.get("events", "-n", TENANT))
    finally:
        shared_lab.program = program


def events(story: Story) -> Counter[tuple[str, str, str, str]]:
    """How often each thing was recorded, by type, reason, kind and name."""
    found: Counter[tuple[str, str, str, str]] = Counter()
    for event in story.lab.cluster.get("events", "-n", TENANT)["items"]:
        about = event["involvedObject"]
        found[event["type"], event["reason"], about["kind"], about["name"]] += event["count"]
    return found


def heard(slack: Receiver, reason: str) -> list[str]:
    """What Slack was told with this reason."""
    texts = [json.loads(received.body)["text"] for received in slack.received]
    return [text for text in texts if f" *{reason}* " in text]


async def until_told(story: Story, slack: Receiver, reason: str, times: int, kind: str = "Fleet") -> None:
    """Wait until it was told so often: by Events, and in Slack."""

    def told() -> bool:
        recorded = sum(n for (_, r, k, _), n in events(story).items() if (r, k) == (reason, kind))
        return (recorded, len(heard(slack, reason))) == (times, times)

    await story.until(told, f"{reason} is told {times} times, found {events(story)}")


async def restart(story: Story) -> None:
    """End the operator and start another one, which looks at everything."""
    story.lab.operators[-1].stop()
    story.lab.start_operator()
    await story.until_logged("holding the Lease")


async def test_a_bad_commit_and_a_good_one_with_a_restart_in_between(story: Story, slack: Receiver) -> None:
    bad = story.commit({"bad.yaml": BAD})
    await until_told(story, slack, "CommitRefused", 1)
    [text] = heard(slack, "CommitRefused")
    assert text.startswith(f":warning: *CommitRefused* in fleet {TENANT}/{TENANT} at main@sha1:")
    assert f"main@sha1:{bad} is refused: InvalidManifests: policies/bad.yaml:" in text

    await restart(story)
    before = story.lab.condition("GitSynced")
    story.commit({"bad.yaml": None})
    await until_told(story, slack, "CommitRefusedRecovered", 1)
    await until_told(story, slack, "CommitApplied", 1)

    assert before["reason"] == "InvalidManifests"
    found = events(story)
    assert found["Warning", "CommitRefused", "Fleet", TENANT] == 1
    assert found["Normal", "CommitRefusedRecovered", "Fleet", TENANT] == 1
    assert len(heard(slack, "CommitRefused")) == 1


async def test_the_mdm_is_away_and_comes_back(
    story: Story, slack: Receiver, proxy: Proxy, clock: Clock
) -> None:
    proxy.fails = {"/": 502}
    await story.until_condition("MDMReachable", "False", "Unreachable")
    assert not heard(slack, "MDMUnreachable")
    clock.hurry(120, timedelta(minutes=6))
    await until_told(story, slack, "MDMUnreachable", 1)

    await restart(story)
    proxy.fails = {}
    await until_told(story, slack, "MDMUnreachableRecovered", 1)
    assert len(heard(slack, "MDMUnreachable")) == 1
    shown = story.lab.cluster.kubectl("describe", "fleet", TENANT, "-n", TENANT)
    assert "MDMUnreachableRecovered" in shown


async def applied(story: Story, details: str) -> str:
    """A commit that is applied."""
    commit = story.commit({"policy.yaml": a_policy(detailsURL=f"https://it.acme.example/{details}")})
    await story.until(lambda: commit in story.lab.fleet()["status"]["commit"], "it is applied")
    return commit


async def test_a_receiver_that_hangs_delays_nothing(story: Story, slack: Receiver) -> None:
    slack.hangs = True
    many = len(slack.received)
    await applied(story, "one")
    commit = await applied(story, "two")
    await story.until(lambda: len(slack.received) > many, "Slack was asked")
    assert not [text for text in heard(slack, "CommitApplied") if commit in text]
    slack.hangs = False
    slack.let_go()
    await story.until(lambda: any(commit in text for text in heard(slack, "CommitApplied")), "it is told")


async def test_devices_that_are_late(story: Story, slack: Receiver, clock: Clock) -> None:
    clock.hurry(20_000, timedelta(hours=60))
    await until_told(story, slack, "DevicesOverdue", 1, "UpdatePolicy")
    assert events(story)["Warning", "DevicesOverdue", "UpdatePolicy", "macs"] == 1
    [text] = heard(slack, "DevicesOverdue")
    assert "2 devices of macs are overdue" in text
    await asyncio.to_thread(story.lab.operators[-1].stop)
