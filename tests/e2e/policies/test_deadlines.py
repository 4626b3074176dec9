"""By when: freezes, fixes of what is exploited, holds, majors apart from updates, improvements."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.days.story import Story, a_device, a_policy, mac
from tests.e2e.policies.showing import (
    DAY,
    let_install,
    today,
    until_said,
    until_shown,
    with_release,
)
from tests.lab.advisories import EXPLOITED, Exploited
from tests.lab.fleet import enrollment_id
from tests.lab.lab import manifest
from tests.lab.readings import NEW_MACS, WORLD

MAC = mac(1, "26.2", "25C56")


@pytest.fixture
async def story(story: Story) -> Story:
    """A Mac that lacks nothing."""
    await story.begin([MAC])
    return story


def freeze(first: int, last: int, **more: Any) -> list[dict[str, Any]]:
    """A freeze between two days, counted from today."""
    days = {"from": f"{today() + first * DAY}", "until": f"{today() + last * DAY}"}
    return [days | {"reason": "Holidays"} | more]


def fixing(version: str, cve: str) -> Exploited:
    """What was exploited, and a release for Macs that fixes one more."""
    return {**EXPLOITED, ("macOS", version): (cve,)}


def day_of(shown: dict[str, Any]) -> date:
    """The day of the deadline."""
    return datetime.fromisoformat(shown["deadline"]).date()


def notice_of(shown: dict[str, Any]) -> int:
    """How many whole days it is until then on the clock that is furthest ahead."""
    furthest = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=14)
    return (datetime.fromisoformat(shown["deadline"]) - furthest).days


async def test_a_freeze_that_a_commit_brings_moves_a_promise_out_and_lets_it_come_back(story: Story) -> None:
    deadline = {"days": 7, "noticeDays": 3}
    story.lab.ship(with_release("26.3", days_ago=2))
    story.commit({"policy.yaml": a_policy(deadline=deadline)})
    before = await until_said(story, MAC, "7 days after 26.3 was posted")
    assert day_of(before) == today() + 5 * DAY

    story.commit({"policy.yaml": a_policy(deadline=deadline, freeze=freeze(2, 9))})
    frozen = await until_said(story, MAC, "moved after the freeze Holidays")
    assert day_of(frozen) == today() + 10 * DAY

    story.commit({"policy.yaml": a_policy(deadline=deadline)})
    await story.until(lambda: story.lab.column("deadline")[MAC.name] == before["deadline"], "it is back")
    assert story.lab.column("message")[MAC.name] == before["message"]
    assert notice_of(before) >= 3


async def test_a_fix_of_what_is_exploited_is_due_inside_a_freeze(story: Story) -> None:
    """That it is one comes to be known a while after it was promised."""
    story.lab.make_fleet(freeze=freeze(-2, 20, exceptExploited=True))
    story.commit({"policy.yaml": a_policy(deadline={"days": 4, "noticeDays": 1, "exploitedDays": 3})})
    story.lab.ship(with_release("26.4"))
    shown = await until_said(story, MAC, "moved after the freeze Holidays")
    assert shown["message"].startswith(f"26.4 by {today() + 21 * DAY}T18:00: 4 days after 26.4 was posted is")
    await story.until_condition("ExploitedFresh", "True", "Believed")

    story.lab.ship(story.lab.world, fixing("26.4", "CVE-2026-1234"))
    shown = await until_said(
        story, MAC, "3 days after 26.4 was posted, which fixes the exploited CVE-2026-1234"
    )
    assert day_of(shown) == today() + 3 * DAY
    assert story.enforcements(MAC)[0]["TargetLocalDateTime"] == shown["deadline"]


async def test_a_freeze_lets_a_fix_through_and_the_message_says_why(story: Story) -> None:
    story.lab.make_fleet(freeze=freeze(-2, 20, exceptExploited=True))
    story.commit({"policy.yaml": a_policy(deadline={"days": 4, "noticeDays": 1})})
    story.lab.ship(with_release("26.5"), fixing("26.5", "CVE-2026-2345"))
    shown = await until_said(
        story, MAC, "the freeze Holidays lets fixes of exploited vulnerabilities through"
    )
    assert day_of(shown) == today() + 4 * DAY


async def test_a_device_on_hold_is_let_go_until_the_hold_is_taken_back(story: Story) -> None:
    story.lab.ship(with_release("26.6"))
    await until_shown(story, MAC, "Enforced", "26.6", "Prepared")

    hold = {"until": f"{today() + 3 * DAY}", "reason": "Board roadshow"}
    spec = {"enrollment": enrollment_id(MAC.serial), "serialNumber": MAC.serial}
    story.commit({"devices.yaml": manifest("Device", MAC.name, spec | {"hold": hold})})
    shown = await until_shown(story, MAC, "Held")
    assert shown["message"] == f"held until {hold['until']} is over: Board roadshow"
    assert not story.holds(MAC)
    await story.until_condition("Ready", "True", "Reconciled")

    story.commit({"devices.yaml": a_device(MAC)})
    await until_shown(story, MAC, "Enforced", "26.6", "Prepared")


async def test_an_improvement_is_asked_for_by_its_build_and_done_when_it_is_reported(story: Story) -> None:
    story.commit({"policy.yaml": a_policy(backgroundSecurity="Enforce")})
    story.lab.ship(WORLD.improve("26.2", "(a)", "25C990a", today(), NEW_MACS))
    shown = await until_shown(story, MAC, "Enforced", "26.2", "Prepared")
    assert shown["message"].startswith("26.2 (a) by ")
    assert shown["target"] == {"version": "26.2", "build": "25C990a"}
    [asked] = story.enforcements(MAC)
    assert (asked["TargetOSVersion"], asked["TargetBuildVersion"]) == ("26.2", "25C990a")

    await let_install(story, MAC)
    shown = await until_shown(story, MAC, "UpToDate")
    reported = shown["reported"]
    assert (reported["build"], reported["supplementalBuild"], reported["supplementalExtra"]) == (
        "25C56",
        "25C990a",
        "a",
    )
