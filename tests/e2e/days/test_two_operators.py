"""Two operators at once: one acts, the other takes over."""

import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from tests.e2e.days.story import Story, a_policy, mac
from tests.lab.lab import Operator
from tests.lab.processes import free_port

MACS = [mac(1), mac(2), mac(3)]

#: Seconds within which another one must have taken over.
TAKEOVER = 30.0


@dataclass(frozen=True)
class Candidate:
    """One of the operators, and where it shows its metrics."""

    process: Operator
    port: int

    def metric(self, name: str) -> float:
        """The sum of a metric's samples."""
        lines = httpx.get(f"http://127.0.0.1:{self.port}/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

    def leads(self) -> bool:
        return self.metric("pomona_leader") == 1

    def requests(self) -> float:
        """How often it has asked the MDM for something."""
        return self.metric("pomona_mdm_requests_total")


@pytest.fixture
async def pair(story: Story) -> AsyncIterator[tuple[Candidate, Candidate]]:
    """The one that acts, and the one that stands by. In the end just one must act, as ever."""
    ports = free_port(), free_port()
    first = await story.begin(MACS, "--metrics-listen", f"127.0.0.1:{ports[0]}")
    await story.until_each_has_its_own(MACS)
    second = story.lab.start_operator("--metrics-listen", f"127.0.0.1:{ports[1]}")
    pair = Candidate(first, ports[0]), Candidate(second, ports[1])
    await story.until(lambda: ready(pair[1]), "the second is ready")
    yield pair
    story.commit({"policy.yaml": a_policy(detailsURL="https://it.acme.example")})
    await story.until(lambda: all("DetailsURL" in str(story.enforcements(p)) for p in MACS), "it acts")
    await story.until_each_has_its_own(MACS)
    await story.until(lambda: len(story.ours()) == 4, "what the commit replaced is gone")


def ready(candidate: Candidate) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{candidate.port}/readyz").is_success
    except httpx.TransportError:
        return False


async def test_only_one_of_them_acts(story: Story, pair: tuple[Candidate, Candidate]) -> None:
    first, second = pair
    asked = first.requests()
    story.commit({"policy.yaml": a_policy(detailsURL="https://it.acme.example/one")})
    await story.until(lambda: all("/one" in str(story.enforcements(p)) for p in MACS), "the first acts")
    assert (first.leads(), second.leads(), second.requests()) == (True, False, 0)
    assert first.requests() > asked


async def test_what_the_other_hears_is_for_the_first_to_judge(
    story: Story, pair: tuple[Candidate, Candidate]
) -> None:
    first, second = pair
    url = story.lab.webhook_url(second.process, "guessed")
    await story.until(lambda: httpx.post(url, content=b"{}").status_code == 404, "it is passed on")
    assert first.metric('pomona_webhook_events_total{fleet="",topic="refused"}') == 1


async def test_the_other_takes_over_when_the_first_is_killed(
    story: Story, pair: tuple[Candidate, Candidate]
) -> None:
    first, second = pair
    first.process.kill()
    await story.until(second.leads, "the second takes over", TAKEOVER)


async def test_the_other_takes_over_at_once_when_the_first_ends(
    story: Story, pair: tuple[Candidate, Candidate]
) -> None:
    first, second = pair
    assert first.process.stop() == 0
    await story.until(second.leads, "the second takes over", TAKEOVER)


async def test_one_that_was_frozen_does_not_act_any_more(
    story: Story, pair: tuple[Candidate, Candidate]
) -> None:
    first, second = pair
    first.process.signal(signal.SIGSTOP)
    await story.until(second.leads, "the second takes over", TAKEOVER)
    first.process.signal(signal.SIGCONT)
    await story.until(lambda: not first.leads(), "the first stands by")
    await story.until(lambda: second.metric("pomona_devices{") == len(MACS), "the second says how all are")
    assert first.metric("pomona_devices") == 0
    asked = first.requests()
    story.commit({"policy.yaml": a_policy(detailsURL="https://it.acme.example/two")})
    await story.until(lambda: all("/two" in str(story.enforcements(p)) for p in MACS), "the second acts")
    assert (first.requests(), second.leads()) == (asked, True)
