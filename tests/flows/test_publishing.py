"""When the repository is asked, and what the Fleet's status says of it."""

from collections.abc import Callable
from typing import Any

import pytest

from controller.drift import Drift
from controller.ports import Unavailable
from controller.publishing import CALM, NEVER, Publishing
from controller.specs import read_fleet
from tests.flows.fleets import GIT, NAME, Site
from tests.flows.publishing import OWNER, Remote, device, policy
from tests.flows.tenants import NOW

SECRET = {"secretRef": {"name": "git"}}


@pytest.fixture
async def site() -> Site:
    """What the first commit says is applied."""
    site = Site(**SECRET)
    site.remote.commit("a1", policy("canary"))
    assert await site.turn() == 1
    return site


def push(site: Site) -> None:
    reception = site.reception()
    assert reception
    assert reception.put(b"", NOW) == "push"


async def test_nobody_asks_before_the_interval_is_over(site: Site) -> None:
    site.remote.commit("b2", policy("canary", days=7))
    assert (await site.turn(), await site.wake()) == (0, 0)
    assert site.fleet["status"]["commit"] == "main@sha1:a1"


class TestPush:
    async def test_what_was_pushed_is_looked_for_once_it_may(self, site: Site) -> None:
        clock = Clock(site)
        await clock.turn()
        site.remote.commit("b2", policy("canary", days=7))
        clock.publishing.push()
        clock.now += CALM
        assert (clock.left(), await clock.turn()) == (0, 1)
        assert clock.revision() == "main@sha1:b2"

    async def test_a_push_wakes_the_tenant(self, site: Site) -> None:
        site.tenant.bell.clear()
        push(site)
        assert site.tenant.bell.is_set()
        assert await site.tenant.turn() <= CALM

    async def test_the_first_push_is_answered_at_once(self, site: Site) -> None:
        clock = Clock(site)
        await clock.turn()
        clock.now += CALM
        clock.publishing.push()
        assert (clock.left(), clock.rung) == (0, 1)

    async def test_a_burst_of_pushes_is_two_questions(self, site: Site) -> None:
        clock, asked = Clock(site), 0
        await clock.turn()
        clock.now += 60
        for _ in range(100):
            clock.publishing.push()
            asked += await clock.turn()
            clock.now += CALM / 200
        assert (asked, clock.left() > 0) == (1, True)
        clock.now += CALM
        assert (await clock.turn(), await clock.turn(), clock.left() > CALM) == (1, 0, True)

    async def test_one_that_comes_while_the_repository_is_asked_is_not_lost(self, site: Site) -> None:
        clock = Clock(site)
        site.backends.origin = Pushed(site.remote, clock.publishing.push)
        await clock.turn()
        assert clock.publishing.until_pushed() == CALM

    async def test_one_that_met_a_server_that_is_away_is_not_lost(self, site: Site) -> None:
        clock = Clock(site)
        await clock.turn()
        clock.publishing.push()
        clock.now += CALM
        site.cluster.down = True
        with pytest.raises(Unavailable):
            await clock.publishing.turn(clock.mine, clock.fleet)
        site.cluster.down = False
        assert await clock.turn() == 1

    async def test_without_a_secret_nobody_is_let_in(self) -> None:
        site = Site()
        site.remote.commit("a1", policy("canary"))
        await site.turn()
        assert site.condition("GitSynced")["reason"] == "Applied"
        assert (site.reception(), site.reception("")) == (None, None)

    async def test_without_a_token_nobody_is_let_in(self, site: Site) -> None:
        site.cluster.secrets[NAME, "git"] = {"username": "it", "password": "secret"}
        await site.turn()
        assert (site.reception(), site.reception("")) == (None, None)

    async def test_a_token_that_changes_is_another_one_with_the_next_turn(self, site: Site) -> None:
        site.cluster.secrets[NAME, "git"] = {"pushToken": "another"}
        await site.turn()
        assert (site.reception(), site.reception("another") is not None) == (None, True)

    async def test_it_works_after_a_restart(self, site: Site) -> None:
        site.restart()
        assert site.reception() is None
        await site.turn()
        push(site)

    async def test_a_fleet_that_stands_still_is_not_looked_at_again_and_again(self, site: Site) -> None:
        site.fleet["spec"]["parole"] = True
        await site.turn()
        push(site)
        await site.turn()
        assert await site.tenant.turn() > CALM


class Clock:
    """The publish flow alone, at a time that a test sets."""

    def __init__(self, site: Site) -> None:
        self.site, self.now, self.rung = site, 1000.0, 0
        self.put_back: list[Drift] = []
        self.publishing = Publishing(site.around, self._ring, self.put_back.extend, lambda: self.now)

    async def turn(self) -> int:
        """How often the repository was asked."""
        [self.mine] = await self.site.cluster.fleets(NAME)
        self.fleet, before = read_fleet(self.mine), self.site.remote.asked
        await self.publishing.turn(self.mine, self.fleet)
        return self.site.remote.asked - before

    def left(self) -> float:
        return self.publishing.until(self.mine)

    def revision(self) -> str | None:
        return self.publishing.handled(self.mine, used=False)["commit"]

    def _ring(self) -> None:
        self.rung += 1


class Pushed(Remote):
    """While it is asked for its head, something is pushed."""

    def __init__(self, like: Remote, push: Callable[[], None]) -> None:
        super().__init__(like.revision, like.files)
        self._push = push

    async def head(self) -> str:
        self._push()
        return await super().head()


class TestWishes:
    """What a person changes is not left until the interval is over."""

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param({"ref": {"branch": "next"}}, id="another branch"),
            pytest.param({"path": "policies"}, id="another path"),
            pytest.param({"prune": False}, id="prune"),
            pytest.param({"url": "https://git.acme.example/other.git"}, id="another URL"),
        ],
    )
    async def test_another_spec_is_followed_at_once(self, site: Site, change: dict[str, Any]) -> None:
        site.change(**change)
        assert (await site.turn(), await site.turn()) == (1, 0)

    async def test_an_allowance_is_used_at_once(self, site: Site) -> None:
        devices = [device(f"d{n}") for n in range(20)]
        site.remote.commit("b2", policy("canary"), *devices)
        site.annotate("reconcile.pomona.dev/requestedAt", "1")
        await site.turn()
        site.remote.commit("c3", policy("canary"))
        site.annotate("reconcile.pomona.dev/requestedAt", "2")
        await site.turn()
        assert site.condition("GitSynced")["reason"] == "Brake"
        site.annotate("pomona.dev/allow-withdrawals", "20")
        await site.turn()
        assert site.condition("GitSynced")["reason"] == "Applied"
        assert site.fleet["status"]["lastHandledAllowance"] == "20"
        assert site.cluster.names(NAME, "Device") == []

    async def test_a_secret_that_appears_is_used_with_the_next_turn(self) -> None:
        site = Site(**SECRET)
        site.remote.commit("a1", policy("canary"))
        secret = site.cluster.secrets.pop((NAME, "git"))
        await site.turn()
        assert site.condition("GitSynced")["message"] == "the Secret git is missing in namespace acme"
        site.cluster.secrets[NAME, "git"] = secret
        assert await site.turn() == 1
        assert site.condition("GitSynced")["reason"] == "Applied"


class TestNow:
    """The annotation that means: now."""

    async def test_the_repository_is_asked_once(self, site: Site) -> None:
        site.remote.commit("b2", policy("canary", days=7))
        site.annotate("reconcile.pomona.dev/requestedAt", "now")
        assert "lastHandledReconcileAt" not in site.fleet["status"]
        assert (await site.turn(), await site.turn()) == (1, 0)
        status = site.fleet["status"]
        assert (status["commit"], status["lastHandledReconcileAt"]) == ("main@sha1:b2", "now")

    async def test_that_it_failed_is_an_answer(self, site: Site) -> None:
        site.remote.error = Unavailable("no route")
        site.annotate("reconcile.pomona.dev/requestedAt", "now")
        await site.turn()
        assert site.condition("GitSynced")["reason"] == "Unreachable"
        assert site.fleet["status"]["lastHandledReconcileAt"] == "now"

    async def test_so_is_that_the_fleet_cannot_be_followed(self, site: Site) -> None:
        site.fleet["spec"]["parole"] = True
        site.annotate("reconcile.pomona.dev/requestedAt", "now")
        await site.turn()
        assert site.condition("Ready")["reason"] == "InvalidSpec"
        assert site.fleet["status"]["lastHandledReconcileAt"] == "now"

    async def test_it_is_not_answered_before_it_was_tried(self, site: Site) -> None:
        site.annotate("reconcile.pomona.dev/requestedAt", "now")
        site.cluster.down = True
        with pytest.raises(Unavailable):
            await site.turn()
        site.cluster.down = False
        assert "lastHandledReconcileAt" not in site.fleet["status"]
        assert await site.wake() == 1
        assert site.fleet["status"]["lastHandledReconcileAt"] == "now"


class TestWithoutGit:
    """A Fleet that gives up its repository keeps what that brought."""

    @pytest.fixture
    async def left(self, site: Site) -> Site:
        del site.fleet["spec"]["git"]
        await site.turn()
        return site

    async def test_objects_stay_as_they_are(self, left: Site) -> None:
        metadata = left.cluster.find(NAME, "UpdatePolicy", "canary")["metadata"]
        assert metadata["labels"] == {OWNER: NAME}

    async def test_the_status_names_no_commit_any_more(self, left: Site) -> None:
        assert "commit" not in left.fleet["status"]
        assert (left.condition("GitSynced"), left.condition("Ready")["status"]) == ({}, "True")

    async def test_nobody_is_let_in(self, left: Site) -> None:
        assert left.reception() is None

    async def test_what_is_edited_stays_edited(self, left: Site) -> None:
        left.cluster.find(NAME, "UpdatePolicy", "canary")["spec"]["deadline"]["days"] = 99
        assert await left.turn() == 0
        assert left.cluster.find(NAME, "UpdatePolicy", "canary")["spec"]["deadline"]["days"] == 99

    async def test_a_repository_that_comes_back_is_asked_at_once(self, left: Site) -> None:
        left.fleet["spec"]["git"] = GIT | SECRET | {"path": ".", "prune": True}
        assert await left.turn() == 1
        assert left.fleet["status"]["commit"] == "main@sha1:a1"


async def test_without_a_repository_there_is_no_time_for_it(site: Site) -> None:
    del site.fleet["spec"]["git"]
    clock = Clock(site)
    assert (await clock.turn(), clock.left()) == (0, NEVER)
