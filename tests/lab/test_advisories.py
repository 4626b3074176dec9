"""The feeds of the lab, as a client meets them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.lab.advisories import EXPLOITED, FEEDS, Advisories, feeds
from tests.lab.pki import Authority
from tests.lab.readings import NEW_MACS, WORLD

MACOS, IOS = FEEDS


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Advisories]:
    with Advisories(tmp_path, Authority()) as started:
        yield started


@pytest.fixture
async def client(server: Advisories) -> AsyncIterator[httpx.AsyncClient]:
    async with server.client() as client:
        yield client


def exploited(feed: dict[str, Any]) -> dict[str, list[str]]:
    """What a feed says was exploited, by the version that fixes it."""
    releases = (release for major in feed["OSVersions"] for release in major["SecurityReleases"])
    return {r["ProductVersion"]: r["ActivelyExploitedCVEs"] for r in releases if r["ActivelyExploitedCVEs"]}


async def test_at_first_they_tell_of_the_world(server: Advisories, client: httpx.AsyncClient) -> None:
    told = [exploited((await client.get(url)).json()) for url in server.urls]
    assert [{"26.2", "13.7.8"}, {"26.2", "18.7.3"}] == [set(said) for said in told]
    assert server.requests == 2


def test_the_newest_major_and_its_newest_release_come_first() -> None:
    majors = feeds()[MACOS]["OSVersions"]
    assert [major["OSVersion"] for major in majors] == ["26", "15", "14", "13", "12", "11"]
    assert [release["ProductVersion"] for release in majors[0]["SecurityReleases"]] == [
        "26.2",
        "26.1",
        "26.0.1",
        "26.0",
    ]


def test_another_world_has_other_advisories() -> None:
    world = WORLD.release("26.3", "25D125", WORLD.releases[-1].posted, NEW_MACS)
    told = feeds(world, {**EXPLOITED, ("macOS", "26.3"): ("CVE-2026-0001",)})
    assert exploited(told[MACOS])["26.3"] == ["CVE-2026-0001"]
    assert exploited(told[IOS]) == exploited(feeds()[IOS])


async def test_bad_days_pass(server: Advisories, client: httpx.AsyncClient) -> None:
    [url, _] = server.urls
    server.answer = "error"
    assert (await client.get(url)).status_code == 503
    server.answer = "half"
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get(url)
    server.answer = "empty"
    assert (await client.get(url)).json()["OSVersions"] == []
    server.answer = b"<html>"
    assert (await client.get(url)).content == b"<html>"
    server.answer = feeds()
    assert (await client.get(url)).json() == feeds()[MACOS]
