"""Apple's lookup service does not answer, or not as it should: the catalog stands, nothing is withdrawn."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.e2e.days.story import Story, mac, telling
from tests.lab.lab import Lab
from tests.lab.lookup import Lookup
from tests.lab.pki import Authority

MACS = [mac(1), mac(2)]


@pytest.fixture
async def story(one_slate: Lab) -> AsyncIterator[Story]:
    async with telling(one_slate) as story:
        if not story.lab.operators:
            await story.begin(MACS)
            await story.until_each_has_its_own(MACS)
        await story.until_condition("CatalogFresh", "True", "Believed")
        yield story


@pytest.fixture(scope="module")
def impostor(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Lookup(tmp_path_factory.mktemp("impostor"), Authority("Another")) as impostor:
        yield impostor


async def stands(story: Story, reason: str, said: str) -> None:
    """The lookup service is not believed, and all is as if it had said nothing."""
    before = story.ours()
    message = await story.until_condition("CatalogFresh", "False", reason)
    assert said in message
    assert "the catalog of 20" in message
    await story.until_condition("Ready", "True", "Reconciled")
    assert before == story.ours()
    assert [len(story.enforcements(profile)) for profile in MACS] == [1, 1]
    assert set(story.lab.column("reason").values()) == {"Enforced"}


@pytest.mark.parametrize(
    ("answer", "reason", "said"),
    [
        pytest.param("empty", "Unbelievable", "the answer is empty", id="an empty 200"),
        pytest.param(b"", "Unreachable", "is no JSON", id="no body"),
        pytest.param(b'{"PublicAssetSets": {"iOS": [', "Unreachable", "is no JSON", id="half a JSON"),
        pytest.param("half", "Unreachable", "does not answer", id="a connection that breaks"),
        pytest.param("error", "Unreachable", "answered 503", id="an error"),
        pytest.param("hang", "Unreachable", "does not answer", id="it hangs"),
    ],
)
async def test_the_catalog_stands_until_it_answers_again(
    story: Story, answer: Any, reason: str, said: str
) -> None:
    story.lab.lookup.answer = answer
    await stands(story, reason, said)
    story.lab.ship(story.lab.world)


async def test_a_server_that_apple_did_not_certify_is_not_believed(story: Story, impostor: Lookup) -> None:
    story.lab.operators[-1].stop()
    changed = story.lab.start_operator("--lookup-url", impostor.url)
    await stands(story, "Unreachable", "CERTIFICATE_VERIFY_FAILED")
    changed.stop()
    story.lab.start_operator()


async def test_a_fresh_install_that_it_does_not_answer_decides_nothing(lab: Lab, impostor: Lookup) -> None:
    async with telling(lab) as story:
        await story.begin(MACS, "--lookup-url", impostor.url)
        await story.until_condition("Ready", "False", "CatalogMissing")
        assert story.ours() == []
