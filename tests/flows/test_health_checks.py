"""What Flux and Argo CD make of the statuses that a tenant writes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from lupa.lua51 import LuaRuntime

from controller.domain.health import OUTLOOKS, Outlook
from controller.ports import Rejected, Unauthorized, Unavailable
from tests.flows.fleets import NAME, Site
from tests.flows.publishing import policy
from tests.lab.kstatus import Verdict, verdict

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "gitops.md"

SEEN = {"generation": 1}


def scripts() -> Mapping[str, str]:
    """Argo CD's health scripts by kind, out of the page."""
    blocks = [yaml.safe_load(block.split("```")[0]) for block in PAGE.read_text().split("```yaml\n")[1:]]
    [data] = [block["data"] for block in blocks if block.get("kind") == "ConfigMap"]
    return {key.rpartition("_")[2]: script for key, script in data.items()}


def argo(kind: str, document: Mapping[str, Any]) -> str:
    """The health that Argo CD shows."""
    lua = LuaRuntime(unpack_returned_tuples=False)
    judge: Any = lua.execute(f"return function(obj) {scripts()[kind]} end")
    answer = judge(lua.table_from(document, recursive=True))
    assert answer["message"]
    return str(answer["status"])


class World(Site):
    """A Fleet whose repository brings one policy."""

    def shown(self, kind: str = "Fleet", name: str = NAME) -> dict[str, Any]:
        """The object as a health check finds it."""
        found = self.cluster.find(NAME, kind, name)
        return {"metadata": SEEN, "spec": found["spec"], "status": found["status"]}


@pytest.fixture
async def world() -> World:
    world = World()
    world.remote.commit("a1", policy("canary"))
    await world.turn()
    return world


FLEETS = [
    pytest.param(lambda _: None, Verdict.CURRENT, "Healthy", id="reconciled"),
    pytest.param(lambda w: w.fleet["spec"].update(suspend=True), Verdict.CURRENT, "Healthy", id="suspended"),
    pytest.param(lambda w: setattr(w.mdm, "down", True), Verdict.IN_PROGRESS, "Progressing", id="no MDM"),
    pytest.param(
        lambda w: setattr(w.remote, "error", Unavailable("x")),
        Verdict.IN_PROGRESS,
        "Progressing",
        id="no Git",
    ),
    pytest.param(
        lambda w: setattr(w.remote, "error", Unauthorized("x")),
        Verdict.IN_PROGRESS,
        "Degraded",
        id="not let in",
    ),
    pytest.param(
        lambda w: setattr(w.remote, "error", Rejected("x")), Verdict.IN_PROGRESS, "Degraded", id="no branch"
    ),
    pytest.param(
        lambda w: w.remote.commit("b2", policy("canary", days=999)),
        Verdict.IN_PROGRESS,
        "Degraded",
        id="a bad commit",
    ),
    pytest.param(
        lambda w: w.fleet["spec"].update(parole=True), Verdict.FAILED, "Degraded", id="a field of tomorrow"
    ),
]


@pytest.mark.parametrize(("happens", "kstatus", "health"), FLEETS)
async def test_a_fleet(world: World, happens: Any, kstatus: Verdict, health: str) -> None:
    happens(world)
    world.annotate("reconcile.pomona.dev/requestedAt", "now")
    await world.turn()
    assert (verdict(world.shown()), argo("Fleet", world.shown())) == (kstatus, health)


async def test_a_second_fleet() -> None:
    world = World()
    world.cluster.put(NAME, "Fleet", "aaa", dict(world.fleet["spec"]))
    await world.turn()
    assert (verdict(world.shown()), argo("Fleet", world.shown())) == (Verdict.FAILED, "Degraded")


@pytest.mark.parametrize("kind", ["Fleet", "UpdatePolicy"])
@pytest.mark.parametrize(
    "status",
    [
        {"observedGeneration": -1},
        {"observedGeneration": 0, "conditions": [{"type": "Ready", "status": "True"}]},
    ],
)
def test_what_nobody_has_looked_at_is_not_done(kind: str, status: Mapping[str, Any]) -> None:
    document = {"metadata": SEEN, "status": status}
    assert (verdict(document), argo(kind, document)) == (Verdict.IN_PROGRESS, "Progressing")


async def test_what_was_just_made_says_that_nobody_has_looked() -> None:
    world = World()
    assert (verdict(world.shown()), argo("Fleet", world.shown())) == (Verdict.IN_PROGRESS, "Progressing")


async def test_a_policy_that_is_followed(world: World) -> None:
    shown = world.shown("UpdatePolicy", "canary")
    assert (verdict(shown), argo("UpdatePolicy", shown)) == (Verdict.CURRENT, "Healthy")


async def test_a_policy_whose_mdm_is_away(world: World) -> None:
    world.mdm.down = True
    await world.turn()
    shown = world.shown("UpdatePolicy", "canary")
    assert (verdict(shown), argo("UpdatePolicy", shown)) == (Verdict.IN_PROGRESS, "Progressing")


async def test_a_policy_that_cannot_be_followed(world: World) -> None:
    world.cluster.find(NAME, "UpdatePolicy", "canary")["spec"]["typo"] = True
    await world.turn()
    shown = world.shown("UpdatePolicy", "canary")
    assert (verdict(shown), argo("UpdatePolicy", shown)) == (Verdict.FAILED, "Degraded")


def test_a_device_is_done_once_it_exists() -> None:
    assert verdict({"metadata": SEEN, "status": {"reason": "NoReport"}}) is Verdict.CURRENT


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([{"type": "Ready", "status": "Unknown"}], Verdict.IN_PROGRESS),
        ([{"type": "Stalled", "status": "False"}, {"type": "Ready", "status": "True"}], Verdict.CURRENT),
        (
            [{"type": "Reconciling", "status": "True"}, {"type": "Ready", "status": "True"}],
            Verdict.IN_PROGRESS,
        ),
        ([{"type": "Ready", "status": "True"}, {"type": "Stalled", "status": "True"}], Verdict.FAILED),
        ([{"type": "Available", "status": "False"}], Verdict.CURRENT),
        ([], Verdict.CURRENT),
    ],
)
def test_the_words_of_kstatus(conditions: list[Any], expected: Verdict) -> None:
    assert verdict({"metadata": SEEN, "status": {"conditions": conditions}}) is expected


def test_what_is_being_deleted_is_not_judged() -> None:
    assert verdict({"metadata": SEEN | {"deletionTimestamp": "2026-01-01T00:00:00Z"}}) is Verdict.TERMINATING


def test_every_reason_is_documented_with_how_it_ends() -> None:
    page = PAGE.read_text()
    table = page[page.index("| `Ready=False` because of") : page.index("Ready does not wait")]
    rows = {Outlook.STALLED: "`Stalled` |", Outlook.RETRIED: "`Reconciling` |"}
    for reason, ends in OUTLOOKS.items():
        [row] = [line for line in table.splitlines() if f"`{reason}`" in line]
        assert [end for end, text in rows.items() if row.endswith(text)] == ([ends] if ends in rows else [])
