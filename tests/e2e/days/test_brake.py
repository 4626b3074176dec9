"""Too many devices would be let go unfinished: the brake keeps what they have, until a person says so."""

import signal

from tests.e2e.days.story import Story, a_policy, mac
from tests.lab.lab import TENANT

MANY = [mac(number) for number in range(12)]


async def begin(story: Story) -> None:
    await story.begin(MANY)
    await story.until_each_has_its_own(MANY)


async def until_braked(story: Story) -> None:
    message = await story.until_condition("Ready", "False", "Brake")
    assert "12 of 12 devices would be let go unfinished" in message
    assert all(len(story.enforcements(profile)) == 1 for profile in MANY)


async def allow(story: Story, said: str) -> None:
    story.lab.cluster.kubectl(
        "annotate", "fleet", TENANT, "-n", TENANT, f"pomona.dev/allow-withdrawals={said}"
    )
    await story.until(lambda: story.lab.fleet()["status"].get("lastHandledAllowance") == said, "it is used")


async def test_all_policies_deleted_at_once(story: Story) -> None:
    await begin(story)
    story.commit({"policy.yaml": None})
    await until_braked(story)
    assert set(story.lab.column("progress").values()) == {"Planned"}

    await allow(story, "12@monday")
    await story.until_all("progress", "")
    await story.until_condition("Ready", "True", "Reconciled")


async def test_an_exact_typed_far_below(story: Story) -> None:
    await begin(story)
    story.commit({"policy.yaml": a_policy(target={"exact": {"version": "2.6"}})})
    await until_braked(story)
    assert set(story.lab.column("reason").values()) == {"AboveTarget"}

    story.commit({"policy.yaml": a_policy()})
    await story.until_condition("Ready", "True", "Reconciled")
    await story.until_each_has_its_own(MANY)


async def test_all_devices_leave_git_at_once(story: Story) -> None:
    await begin(story)
    story.commit({"devices.yaml": None})
    message = await story.until_condition("GitSynced", "False", "Brake")
    assert "would remove 12 of 12 Devices" in message
    assert len(story.lab.devices()) == len(MANY)


async def test_all_devices_are_deleted_between_two_cycles(story: Story) -> None:
    await story.begin_without_git(MANY)
    await story.until_each_has_its_own(MANY)
    story.lab.operators[0].signal(signal.SIGSTOP)
    story.lab.cluster.kubectl("delete", "devices", "--all", "-n", TENANT)
    story.lab.operators[0].signal(signal.SIGCONT)
    await until_braked(story)

    await allow(story, "12")
    await story.until(lambda: not any(story.enforcements(p) for p in MANY), "all are let go")
