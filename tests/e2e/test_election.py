"""The Lease, on a real API server."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from controller.adapters.kube.client import Client
from controller.election import ADDRESS, Election, Terms
from tests.lab.cluster import Cluster
from tests.lab.waiting import eventually

QUICK = Terms(duration=2, renew=1.5, retry=0.1)
PATIENT = Terms(duration=600, renew=400.0, retry=0.05)


#: Where the first one listens.
THERE = "http://10.0.0.3:8080"


def a_candidate(
    client: Client,
    holder: str,
    terms: Terms = QUICK,
    clock: Callable[[], float] = time.monotonic,
    address: str = "",
) -> Election:
    return Election(client, holder, clock, lambda: datetime.now(UTC), terms, address)


@asynccontextmanager
async def keeping(election: Election) -> AsyncIterator[asyncio.Task[None]]:
    """Holds the Lease until the end of the block, as a killed process would: without giving it back."""
    await election.acquire()
    task = asyncio.create_task(election.keep())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
def lease(cluster: Cluster, namespace: str) -> Callable[[], dict[str, Any]]:
    def spec() -> dict[str, Any]:
        found: dict[str, Any] = cluster.get("lease", "pomona", "-n", namespace)["spec"]
        return found

    return spec


async def test_the_first_one_holds(client: Client, lease: Callable[[], dict[str, Any]]) -> None:
    first = a_candidate(client, "first")

    await first.acquire()

    assert first.held()
    assert lease()["holderIdentity"] == "first"


async def test_the_second_one_waits_while_the_first_one_renews(client: Client) -> None:
    first, second = a_candidate(client, "first"), a_candidate(client, "second")
    async with keeping(first):
        with suppress(TimeoutError):
            await asyncio.wait_for(second.acquire(), 1.5 * QUICK.duration)

        assert (first.held(), second.held()) == (True, False)


async def test_after_the_death_of_the_holder_another_one_takes_over(
    client: Client, lease: Callable[[], dict[str, Any]]
) -> None:
    first, second = a_candidate(client, "first"), a_candidate(client, "second")
    async with keeping(first):
        waiting = asyncio.create_task(second.acquire())
    both = False
    while not waiting.done():
        both = both or (first.held() and second.held())
        await asyncio.sleep(0)

    assert (both, first.held(), second.held()) == (False, False, True)
    assert (lease()["holderIdentity"], lease()["leaseTransitions"]) == ("second", 2)


async def test_what_is_given_back_is_taken_at_once(client: Client) -> None:
    first, second = a_candidate(client, "first", PATIENT), a_candidate(client, "second", PATIENT)
    await first.acquire()
    waiting = asyncio.create_task(second.acquire())

    await first.release()
    await asyncio.wait_for(waiting, 5)

    assert (first.held(), second.held()) == (False, True)


async def test_two_that_ask_at_once_do_not_both_get_it(client: Client) -> None:
    candidates = [a_candidate(client, f"candidate-{n}", PATIENT) for n in range(5)]
    waiting = [asyncio.create_task(c.acquire()) for c in candidates]

    await eventually(lambda: any(c.held() for c in candidates))
    await asyncio.wait(waiting, timeout=10 * PATIENT.retry)

    assert [c.held() for c in candidates].count(True) == 1
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_it_is_not_held_from_the_renew_deadline_on(client: Client) -> None:
    moments = [100.0]
    candidate = a_candidate(client, "first", clock=lambda: moments[-1])
    await candidate.acquire()

    moments.append(100.0 + QUICK.renew - 0.001)
    before = candidate.held()
    moments.append(100.0 + QUICK.renew)

    assert (before, candidate.held()) == (True, False)


async def test_a_holder_that_cannot_renew_stops_in_time(cluster: Cluster, client: Client) -> None:
    candidate = a_candidate(client, "first")
    async with keeping(candidate) as kept:
        cluster.stop_apiserver()
        try:
            await asyncio.wait_for(kept, 5 * QUICK.renew)
        finally:
            cluster.start_apiserver()

    assert not candidate.held()


async def test_a_lease_that_another_one_took_is_lost(
    cluster: Cluster, namespace: str, client: Client
) -> None:
    candidate = a_candidate(client, "first", PATIENT)
    async with keeping(candidate) as kept:
        patch = '{"spec": {"holderIdentity": "thief"}}'
        cluster.kubectl("patch", "lease", "pomona", "-n", namespace, "--type=merge", "-p", patch)

        await asyncio.wait_for(kept, 5)

    assert not candidate.held()


async def test_someone_s_label_does_not_cost_the_lease(
    cluster: Cluster, namespace: str, client: Client, lease: Callable[[], dict[str, Any]]
) -> None:
    candidate = a_candidate(client, "first", PATIENT)
    async with keeping(candidate):
        cluster.kubectl("label", "lease", "pomona", "team=it", "-n", namespace)
        before = lease()["renewTime"]

        await eventually(lambda: bool(lease()["renewTime"] != before))

        assert candidate.held()
    assert cluster.get("lease", "pomona", "-n", namespace)["metadata"]["labels"] == {"team": "it"}


async def test_a_deleted_lease_is_made_anew(
    cluster: Cluster, namespace: str, client: Client, lease: Callable[[], dict[str, Any]]
) -> None:
    candidate = a_candidate(client, "first", PATIENT)
    async with keeping(candidate):
        cluster.kubectl("delete", "lease", "pomona", "-n", namespace)

        await eventually(lambda: bool(cluster.get("leases", "-n", namespace)["items"]))

        assert (candidate.held(), lease()["holderIdentity"]) == (True, "first")


async def test_one_that_stands_by_knows_where_the_holder_listens(client: Client) -> None:
    first = a_candidate(client, "first", PATIENT, address=THERE)
    second = a_candidate(client, "second", PATIENT, address="http://10.0.0.4:8080")
    before = second.holder_address()
    await first.acquire()
    waiting = asyncio.create_task(second.acquire())

    await eventually(lambda: second.holder_address() == THERE)
    assert (before, first.holder_address()) == ("", "")

    await first.release()
    await waiting
    assert (first.holder_address(), second.holder_address()) == ("", "")


async def test_the_former_holder_learns_where_the_new_one_listens(client: Client) -> None:
    first = a_candidate(client, "first", PATIENT, address=THERE)
    second = a_candidate(client, "second", PATIENT, address="http://10.0.0.4:8080")
    await first.acquire()
    await first.release()
    await second.acquire()
    waiting = asyncio.create_task(first.acquire())

    await eventually(lambda: first.holder_address() == "http://10.0.0.4:8080")
    waiting.cancel()


async def test_the_address_in_the_lease_is_the_holder_s_or_nobody_s(
    cluster: Cluster, namespace: str, client: Client
) -> None:
    def annotations() -> Any:
        return cluster.get("lease", "pomona", "-n", namespace)["metadata"].get("annotations", {})

    first = a_candidate(client, "first", PATIENT, address=THERE)
    await first.acquire()
    held = annotations()
    cluster.kubectl("annotate", "lease", "pomona", "team=it", "-n", namespace)
    await first.release()
    free = annotations()
    await a_candidate(client, "without", PATIENT).acquire()

    assert (held, free, annotations()) == ({ADDRESS: THERE}, {"team": "it"}, {"team": "it"})


async def test_giving_back_what_is_not_held_does_nothing(
    client: Client, lease: Callable[[], dict[str, Any]]
) -> None:
    first, second = a_candidate(client, "first", PATIENT), a_candidate(client, "second", PATIENT)
    await first.acquire()

    await second.release()

    assert lease()["holderIdentity"] == "first"
