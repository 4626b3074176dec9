"""A suspended fleet shows what each policy would do, and writes nothing to the MDM."""

import hashlib
from typing import Any

from controller.domain.calendars import WEEKDAYS
from tests.e2e.days.story import Story, a_policy, mac, some_devices
from tests.e2e.policies.showing import DAY, build_of, status, today, with_release
from tests.lab.device import Profile

#: 26.3 was posted two days ago: this is when it is due by default here.
DUE = today() + 18 * DAY


def part(text: str, parts: int) -> int:
    """The part that a name belongs to when all names are divided into so many."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % parts


MACS = [mac(number, "26.2", "25C56") for number in range(40)]
IN = next(m for m in MACS if part(m.name, 100) < 10)
OUT = next(m for m in MACS if part(m.name, 100) >= 10)
SPREAD = next(m for m in MACS if m not in (IN, OUT) and part(f"{m.name} is spread", 5) == 3)
NEW, LATER, WEEKLY, PINNED = [m for m in MACS if m not in (IN, OUT, SPREAD)][:4]
BEHIND, BELOW = mac(90, "15.7.2", "24G325"), mac(91, "15.7.1", "24G231")
WEEKDAY = WEEKDAYS[(DUE - 2 * DAY).weekday()]


def only(*profiles: Profile) -> dict[str, Any]:
    return {"names": [profile.name for profile in profiles]}


#: By name, what each policy says beside its days: 20, and 3 of notice.
POLICIES: dict[str, dict[str, Any]] = {
    "tenth": {"selector": only(IN, OUT) | {"percent": 10}},
    "newcomers": {"selector": only(NEW) | {"enrolledDays": 0}},
    "later": {"selector": only(LATER), "deadline": {"notBefore": f"{today() + 30 * DAY}"}},
    "weekly": {"selector": only(WEEKLY), "deadline": {"weekdays": [WEEKDAY]}},
    "spread": {"selector": only(SPREAD), "deadline": {"spreadDays": 4}},
    "pinned": {
        "selector": only(PINNED),
        "target": {"exact": {"version": "26.3", "build": build_of("26.3")}},
    },
    "behind": {"selector": only(BEHIND), "target": {"latest": {"behind": 1}}},
    "below": {"selector": only(BELOW), "target": {"below": {"version": "26"}}},
    "rest": {"selector": {}, "priority": -1, "target": {"none": {}}},
}

PLANS = (
    (IN, "tenth", "26.3", DUE, "20 days after 26.3 was posted"),
    (NEW, "newcomers", "26.3", DUE, "20 days after 26.3 was posted"),
    (LATER, "later", "26.3", today() + 30 * DAY, f"is {DUE}, moved by notBefore {today() + 30 * DAY}"),
    (WEEKLY, "weekly", "26.3", DUE - 2 * DAY, f"is {DUE}, moved to a {WEEKDAY}"),
    (SPREAD, "spread", "26.3", DUE - 3 * DAY, "20 days after 26.3 was posted, 3 days earlier by spreadDays"),
    (PINNED, "pinned", "26.3", DUE, "20 days after 26.3 was posted"),
    (
        BEHIND,
        "behind",
        "15.7.3",
        None,
        "20 days after 15.7.3 was posted is 2026-01-01, moved to leave 3 days",
    ),
    (BELOW, "below", "15.7.3", None, "moved to leave 3 days of notice"),
)


async def test_a_suspended_fleet_shows_what_each_policy_would_do(story: Story) -> None:
    everybody = [*(plan[0] for plan in PLANS), OUT]
    story.lab.ship(with_release("26.3", days_ago=2))
    await story.begin_with(
        {"nothing.yaml": a_policy(target={"none": {}}), "devices.yaml": some_devices(everybody)}, everybody
    )
    await story.until(lambda: reported(story) == len(everybody), "each has reported")
    before = story.ours()

    story.lab.make_fleet(suspend=True)
    await story.until_condition("Ready", "True", "Suspended")
    defaults = {"days": 20, "noticeDays": 3}
    texts = {
        f"{name}.yaml": a_policy(name, **spec | {"deadline": defaults | spec.get("deadline", {})})
        for name, spec in POLICIES.items()
    }
    story.commit({**texts, "nothing.yaml": None})
    await story.until(lambda: planned(story) == len(PLANS), "each has its plan")

    shown = story.lab.devices()
    for profile, policy, version, day, said in PLANS:
        found = shown[profile.name]
        assert (found["reason"], found["policy"], found["target"]["version"]) == ("Enforced", policy, version)
        assert said in found["message"]
        assert day is None or found["deadline"] == f"{day}T18:00:00"
    assert shown[PINNED.name]["target"]["build"] == build_of("26.3")
    assert (shown[OUT.name]["reason"], shown[OUT.name]["policy"]) == ("NoPolicy", "rest")
    assert status(story, "updatepolicy", "spread")["devices"]["enforced"] == 1
    assert before == story.ours()
    assert not any(story.holds(profile) for profile in everybody)


def reported(story: Story) -> int:
    return sum("version" in shown.get("reported", {}) for shown in story.lab.devices().values())


def planned(story: Story) -> int:
    return list(story.lab.column("progress").values()).count("Planned")
