"""kill -9 in the middle of something: after the restart all is as if it had never happened."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.e2e.days.story import Story, a_policy, mac, some_devices
from tests.lab.fleet import enrollment_id
from tests.lab.lab import HOME, TENANT
from tests.lab.proxy import Proxy
from tests.lab.waiting import eventually

FIFTY = [mac(number) for number in range(50)]

#: So many Devices are in the commit in the end.
MANY = 300

#: What somebody else has on the same server.
FOREIGN: Mapping[str, Any] = {
    "Identifier": "acme-passcode",
    "Type": "com.apple.configuration.passcode.settings",
    "Payload": {"MinimumLength": 8},
}


def as_it_is(story: Story) -> list[Any]:
    """What the MDM has of what is not ours."""
    with story.lab.nanohub.client() as client:
        sets = [client.get(f"/ddm/enrollment-sets/{enrollment_id(p.serial)}").json() or [] for p in FIFTY]
        return [
            client.get("/ddm/declarations/acme-passcode").json(),
            client.get("/ddm/set-declarations/acme-everybody").json(),
            [name for names in sets for name in names if not name.startswith("pomona-")],
        ]


@pytest.fixture
async def story(story: Story) -> AsyncIterator[Story]:
    """A server on which somebody else is at work already, and what is theirs stays as it was."""
    with story.lab.nanohub.client() as client:
        client.put("/ddm/declarations", json=FOREIGN)
        client.put("/ddm/set-declarations/acme-everybody", params={"declaration": "acme-passcode"})
        for profile in FIFTY[:5]:
            path = f"/ddm/enrollment-sets/{enrollment_id(profile.serial)}"
            client.put(path, params={"set": "acme-everybody", "nonotify": "1"})
    before = as_it_is(story)
    yield story
    assert before == as_it_is(story)
    assert len(before[2]) == 5


def kill_at(story: Story, proxy: Proxy, number: int) -> None:
    """End the operator once it has made so many writes from now on."""
    proxy.at_write(number, lambda: story.lab.operators[-1].kill())


async def restart(story: Story) -> None:
    """Wait until the operator is dead, and start another one."""
    await story.until(lambda: not story.lab.operators[-1].alive(), "it is killed")
    # It would be waited for until it runs out; that is another story.
    story.lab.cluster.kubectl("delete", "lease", "pomona", "-n", HOME)
    story.lab.start_operator()


async def until_nothing_is_left_over(story: Story) -> None:
    """Wait until each device has its one enforcement, and the server one class and the subscription."""
    await until_ours(story, 4)


async def until_ours(story: Story, many: int) -> None:
    """Wait until so many declarations of ours are on the server: two for each class and subscription."""
    await story.until(lambda: len(story.ours()) == many, "nothing of ours is left over")
    await story.until_each_has_its_own(FIFTY)
    assert [len(story.sets(profile)) for profile in FIFTY] == [2] * 50


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(30, id="some devices are subscribed"),
        pytest.param(57, id="a class is half made"),
        pytest.param(80, id="some devices are in it"),
    ],
)
async def test_while_devices_get_their_first_promise(story: Story, proxy: Proxy, number: int) -> None:
    kill_at(story, proxy, number)
    await story.begin(FIFTY, mdm=proxy.url)
    await restart(story)
    await until_nothing_is_left_over(story)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(30, id="some devices are in the new class"),
        pytest.param(104, id="nobody is told"),
        pytest.param(109, id="the old class is half removed"),
    ],
)
async def test_while_devices_move_to_another_class(story: Story, proxy: Proxy, number: int) -> None:
    await story.begin(FIFTY, mdm=proxy.url)
    await story.until_each_has_its_own(FIFTY)

    kill_at(story, proxy, number)
    story.commit({"policy.yaml": a_policy(detailsURL="https://it.acme.example/new")})
    await restart(story)

    await story.until(lambda: details(story) == {"https://it.acme.example/new"}, "all have moved")
    await until_nothing_is_left_over(story)


def details(story: Story) -> set[str]:
    return {e.get("DetailsURL", "") for profile in FIFTY for e in story.enforcements(profile)}


async def test_while_devices_are_let_go(story: Story, proxy: Proxy) -> None:
    await story.begin(FIFTY, mdm=proxy.url)
    await story.until_each_has_its_own(FIFTY)

    kill_at(story, proxy, 20)
    story.commit({"policy.yaml": a_policy(skip=[{"version": "26.2", "reason": "VPN panics"}])})
    await restart(story)

    await story.until_all("progress", "")
    await story.until(lambda: len(story.ours()) == 2, "only the subscription is left")
    assert [len(story.sets(profile)) for profile in FIFTY] == [1] * 50


async def test_while_a_commit_is_published(story: Story) -> None:
    await story.begin(FIFTY)
    await story.until_each_has_its_own(FIFTY)
    before = story.wanted()

    many = {
        "devices.yaml": some_devices(map(mac, range(MANY))),
        "second.yaml": a_policy("second", priority=-1),
    }
    arriving = story.lab.cluster.start_kubectl("get", "devices", "-n", TENANT, "-o", "name", "--watch")
    commit = story.commit(many)
    await eventually(lambda: len(arriving.log.read_text().splitlines()) >= 60, what="the first new Devices")
    story.lab.operators[-1].kill()
    arriving.kill()
    assert 50 < len(story.lab.devices()) < MANY

    await restart(story)
    await story.until(lambda: commit in story.lab.fleet()["status"]["commit"], "the commit is applied")
    published = story.wanted()
    assert len(published) == MANY + 2
    assert {brought for name, (_, _, brought) in published.items() if name not in before} == {
        f"main@sha1:{commit}"
    }
    # Nothing ever enrolled as the others, so nobody knows what they could be asked for.
    await until_ours(story, 6)
