"""What a device's status and the audit log remember of an update, over a restart of the operator."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.days.story import Story, mac

MAC = mac(0)


async def test_after_installing_history_tells_when_it_was_declared_due_and_installed(story: Story) -> None:
    operator = await story.begin([MAC])
    await story.until_each_has_its_own([MAC])
    standing = story.lab.devices()[MAC.name]
    assert standing["enforcement"]["version"] == "26.2"
    assert "history" not in standing

    operator.stop()
    story.fleet.advance(timedelta(days=7))
    await story.until(lambda: story.fleet.device(MAC.name).version == "26.2", "it installs")
    story.lab.start_operator()
    await story.until_all("progress", "")

    status = story.lab.devices()[MAC.name]
    [ended] = status["history"]
    installed = ended.pop("installed")
    assert "enforcement" not in status
    assert ended == standing["enforcement"]
    assert ended["deadline"] == standing["deadline"]
    assert installed == status["reported"]["versionSince"]
    assert ended["declared"] == datetime.now(UTC).date().isoformat()
    assert ended["commit"] == story.wanted()["UpdatePolicy/macs"][2]
    assert [line["change"] for line in audited(story)] == ["enforce", "withdraw"]
    assert {(line["device"], line["commit"]) for line in audited(story)} == {(MAC.name, ended["commit"])}


def audited(story: Story) -> Iterator[dict[str, Any]]:
    """The lines of the audit log, over all operators."""
    for operator in story.lab.operators:
        for line in operator.log.read_text().splitlines():
            _, found, said = line.partition("pomona.audit: ")
            if found:
                yield json.loads(said)
