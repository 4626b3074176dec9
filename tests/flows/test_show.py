"""Show: statuses, each written only where it differs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.attention import Circumstances
from controller.domain.calendars import DAY
from controller.domain.enforcements import remember
from controller.domain.status import outcome
from controller.patches import merge_patch
from controller.show import Display
from tests.domain.builders import a_declaration, a_device, decide, facts
from tests.lab.fake_cluster import FakeCluster
from tests.lab.fake_mdm import a_promise

NOW = datetime(2025, 8, 25, 12, tzinfo=UTC)
TODAY = NOW.date()
values = st.recursive(
    st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(st.sampled_from("abc"), values, max_size=3)


def patched(document: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 7396, as the API server does it."""
    after = dict(document)
    for key, value in patch.items():
        if value is None:
            after.pop(key, None)
        elif isinstance(value, Mapping):
            before = after.get(key)
            after[key] = patched(before if isinstance(before, Mapping) else {}, value)
        else:
            after[key] = value
    return after


@given(documents, documents)
def test_a_merge_patch_turns_one_document_into_the_other(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    patch = merge_patch(before, after)
    assert after == patched(before, patch)
    assert bool(patch) is (before != after)


@pytest.fixture
def cluster() -> FakeCluster:
    cluster = FakeCluster()
    cluster.put("acme", "Device", "c02xk1abcd", {"enrollment": "E-c02xk1abcd"})
    return cluster


async def test_a_status_is_written_once(cluster: FakeCluster) -> None:
    display = Display(cluster, "acme")
    decision = decide(says=facts("15.6"), device=a_device())
    shown = outcome(decision, facts("15.6"), Circumstances(), NOW, braked=False)

    first = await display.devices([shown], cluster.devices("acme"), {}, TODAY)
    again = await display.devices([shown], cluster.devices("acme"), {}, TODAY)

    assert (first, again) == (1, 0)
    assert cluster.find("acme", "Device", "c02xk1abcd")["status"]["reason"] == "Enforced"


async def test_what_is_over_goes_from_the_status(cluster: FakeCluster) -> None:
    display = Display(cluster, "acme")
    for version in ("15.6", "15.6.1"):
        decision = decide(says=facts(version), device=a_device())
        shown = outcome(decision, facts(version), Circumstances(), NOW, braked=False)
        await display.devices([shown], cluster.devices("acme"), {}, TODAY)
    status = cluster.find("acme", "Device", "c02xk1abcd")["status"]
    assert (status["reason"], "target" in status, "deadline" in status) == ("UpToDate", False, False)


async def test_a_device_that_went_meanwhile_has_no_status(cluster: FakeCluster) -> None:
    decision = decide(says=facts("15.6"), device=a_device("gone"))
    shown = outcome(decision, facts("15.6"), Circumstances(), NOW, braked=False)
    assert await Display(cluster, "acme").devices([shown], cluster.devices("acme"), {}, TODAY) == 0


async def test_what_somebody_else_wrote_is_put_back(cluster: FakeCluster) -> None:
    display = Display(cluster, "acme")
    shown = outcome(
        decide(says=facts("15.6"), device=a_device()), facts("15.6"), Circumstances(), NOW, braked=False
    )
    await display.devices([shown], cluster.devices("acme"), {}, TODAY)
    cluster.find("acme", "Device", "c02xk1abcd")["status"]["reason"] = "Nonsense"

    assert await display.devices([shown], cluster.devices("acme"), {}, TODAY) == 1


async def test_history_goes_on_from_what_the_status_says_so_a_restart_forgets_nothing(
    cluster: FakeCluster,
) -> None:
    says, promise = facts("15.6"), a_promise(a_declaration())
    decision = decide(says=says, device=a_device(), current=promise.declaration)
    stands = outcome(decision, says, Circumstances(promise), NOW, braked=False)
    await Display(cluster, "acme").devices([stands], cluster.devices("acme"), {"macs": "main@sha1:a1"}, TODAY)

    done = facts("15.6.1", version_since=TODAY)
    ended = outcome(decide(says=done, device=a_device()), done, Circumstances(), NOW, braked=False)
    restarted, later = Display(cluster, "acme"), TODAY + timedelta(days=9)
    writes = [
        await restarted.devices([ended], cluster.devices("acme"), {}, day) for day in (later, later + DAY)
    ]

    [entry] = cluster.find("acme", "Device", "c02xk1abcd")["status"]["history"]
    assert (entry["version"], entry["installed"], entry["commit"]) == (
        "15.6.1",
        "2025-08-25",
        "main@sha1:a1",
    )
    assert writes == [1, 0]


async def test_a_duplicate_has_no_enforcement_of_its_own(cluster: FakeCluster) -> None:
    older, younger = a_device(), replace(a_device("b", age=1), enrollment=a_device().enrollment)
    decision = decide(says=facts(), device=younger, devices=(older, younger))
    shown = outcome(decision, facts(), Circumstances(a_promise(a_declaration())), NOW, braked=False)
    assert remember({}, shown, "", TODAY) == {}
