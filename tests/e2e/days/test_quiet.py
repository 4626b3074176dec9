"""Nothing changes: nothing is written anywhere."""

import httpx
import pytest

from tests.e2e.days.story import Story, a_policy, mac
from tests.lab.processes import free_port
from tests.lab.proxy import Proxy

DONE, BEHIND = mac(0, "26.2", "25C56"), [mac(1), mac(2)]


@pytest.fixture
async def port(story: Story, proxy: Proxy) -> int:
    """Where the operator of a fleet in which nothing is left to do shows its metrics."""
    port = free_port()
    await story.begin([DONE, *BEHIND], "--metrics-listen", f"127.0.0.1:{port}", mdm=proxy.url)
    await story.until(
        lambda: sorted(story.lab.column("progress").values()) == ["", "Prepared", "Prepared"], "all is done"
    )
    await cycles(story, port, 2)
    return port


async def cycles(story: Story, port: int, count: int) -> None:
    """Wait until so many full cycles have been made from now on."""
    reached = made(port) + count + 1
    await story.until(lambda: made(port) >= reached, f"{count} full cycles")


def made(port: int) -> float:
    """How many cycles the operator has made."""
    lines = httpx.get(f"http://127.0.0.1:{port}/metrics").text.splitlines()
    return sum(
        float(line.split()[-1]) for line in lines if line.startswith("pomona_cycle_duration_seconds_count")
    )


async def test_cycles_with_nothing_new_write_nothing(story: Story, proxy: Proxy, port: int) -> None:
    before, writes = story.versions(), len(proxy.writes)
    await cycles(story, port, 3)
    assert proxy.writes[writes:] == []
    assert before == story.versions()


async def test_the_same_answer_in_another_order_with_moved_dates_changes_nothing(
    story: Story, proxy: Proxy, port: int
) -> None:
    before, writes, asked = story.versions(), len(proxy.writes), story.lab.lookup.requests
    story.lab.ship(story.lab.world.shuffled(7).reposted(7))
    await story.until(lambda: story.lab.lookup.requests >= asked + 3, "the new answer is read")
    await cycles(story, port, 1)
    assert proxy.writes[writes:] == []
    assert before == story.versions()


async def test_a_commit_that_changes_nothing_moves_only_what_says_so(
    story: Story, proxy: Proxy, port: int
) -> None:
    before, writes = story.versions(), len(proxy.writes)
    commit = story.commit({"policy.yaml": "# a comment\n" + a_policy()})
    await story.until(lambda: commit in story.lab.fleet()["status"]["commit"], "the commit is applied")
    await cycles(story, port, 1)
    assert proxy.writes[writes:] == []
    moved = dict(before.items() ^ story.versions().items())
    assert set(moved) == {"Fleet/acme", "ConfigMap/pomona-told"}
