"""The lookup service, over real TLS; and its recorded answers."""

import gzip
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from controller.adapters.lookup import LookupService, parse_answer, parse_history, parse_reading
from controller.ports import Unavailable
from tests.data import needs_recordings, recorded
from tests.domain.builders import v
from tests.lab.lookup import Lookup
from tests.lab.pki import Authority
from tests.lab.readings import WORLD

TODAY = date(2026, 1, 12)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Lookup]:
    with Lookup(tmp_path, Authority()) as lookup:
        yield lookup


async def test_reads_an_answer_over_tls(server: Lookup) -> None:
    server.answer = WORLD.answer(TODAY)
    service = LookupService(server.url, server.ca_file)
    reading = await service.read()
    await service.close()
    assert {"iOS", "macOS", "visionOS"} == reading.platforms
    assert any(e.version == v("26.2") and "J314sAP" in e.models for e in reading.public)
    assert reading.doubt(0) == ""


async def test_apples_root_is_pinned_and_no_other_is_trusted(server: Lookup) -> None:
    service = LookupService(server.url)
    with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        await service.read()
    await service.close()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param("error", "answered 503, expected 200", id="an error"),
        pytest.param("half", "does not answer", id="broken off"),
        pytest.param(b'{"PublicAssetSets": {"iOS": [', "is no JSON", id="half a JSON"),
        pytest.param(b"[]", "is not of its form", id="a list"),
        pytest.param(
            b'{"PublicAssetSets": {}}', "is not of its form: KeyError: 'AssetSets'", id="a section is missing"
        ),
    ],
)
async def test_what_is_no_answer_is_unavailable_and_says_what_was_found(
    server: Lookup, answer: Any, message: str
) -> None:
    server.answer = answer
    service = LookupService(server.url, server.ca_file)
    with pytest.raises(Unavailable, match=message):
        await service.read()
    await service.close()


async def test_an_empty_answer_is_read_and_doubted(server: Lookup) -> None:
    server.answer = "empty"
    service = LookupService(server.url, server.ca_file)
    reading = await service.read()
    await service.close()
    assert reading.doubt(0) == "the answer is empty"


def an_answer(**entry: Any) -> dict[str, Any]:
    row = {"ProductVersion": "26.2", "PostingDate": "2025-12-12", "SupportedDevices": ["J314sAP"], **entry}
    return {"PublicAssetSets": {"macOS": [row]}, "AssetSets": {"macOS": [row]}}


def test_a_missing_build_or_expiration_is_none() -> None:
    [entry] = parse_reading(an_answer()).public
    assert (entry.build, entry.expires, entry.live(date(2099, 1, 1))) == ("", None, True)


def test_keys_that_are_not_known_are_left_alone() -> None:
    document = an_answer(Novelty=1) | {"PublicBackgroundSecurityImprovements": {}, "Other": 3}
    assert len(parse_reading(document).public) == 1


@pytest.mark.parametrize(
    "entry", [{"ProductVersion": "x"}, {"PostingDate": "soon"}, {"SupportedDevices": None}]
)
def test_an_entry_that_cannot_be_read_is_named(entry: dict[str, Any]) -> None:
    with pytest.raises(Unavailable, match="not of its form"):
        parse_reading(an_answer(**entry))


@needs_recordings
@pytest.mark.parametrize(
    "name",
    [
        "pmv_2024-06-30",
        "pmv_2024-09-18T0050",
        "pmv_2024-11-01",
        "pmv_2025-05-16",
        "pmv_2025-08-15",
        "pmv_2025-09-20",
    ],
)
def test_real_answers_are_believed(name: str) -> None:
    assert parse_answer(recorded(name)).doubt(0) == ""


@needs_recordings
def test_the_real_empty_answer_is_not() -> None:
    assert parse_answer(recorded("pmv_2024-11-14")).doubt(0) == "the answer is empty"


def a_history(*rows: list[Any]) -> bytes:
    sections = {"PublicAssetSets": {"macOS": rows}}
    frames = [{"observedAt": "2025-12-12T20:00:00Z", "sections": sections}]
    return json.dumps({"deviceSets": [["J314sAP"]], "frames": frames}).encode()


@needs_recordings
def test_a_history_is_read_oldest_first() -> None:
    history = parse_history(recorded("pmv_replay"))
    assert [moment for moment, _ in history] == sorted(moment for moment, _ in history)
    assert len(history) == 679


def test_a_history_may_be_plain() -> None:
    frame = {"observedAt": "2025-12-12T20:00:00Z", "sections": {}}
    [(moment, reading)] = parse_history(json.dumps({"deviceSets": [], "frames": [frame]}).encode())
    assert (moment.hour, reading.doubt(0)) == (20, "the answer is empty")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "truncated", id="nothing"),
        pytest.param(b"[]", "Expected `object`, got `array`", id="another form"),
        pytest.param(b"\x1f\x8b\x08damaged, and not long", "cut short or damaged", id="damaged"),
        pytest.param(gzip.compress(b'{"deviceSets": [], "frames": []}')[:20], "cut short", id="half a file"),
        pytest.param(
            a_history(["26.1", "25B78", "", "", "2025-11-03", "", 1]),
            "there is no device set 1",
            id="no models",
        ),
        pytest.param(a_history(["26.1", 25, "", "", "2025-11-03", "", 0]), "Expected `str`", id="no text"),
        pytest.param(
            a_history(["26", "25B78", "", "", "2025-11-03", "", 0]), "'26' is not an OS", id="version"
        ),
        pytest.param(a_history(["26.1", "25B78", "", "", "soon", "", 0]), "soon", id="no date"),
        pytest.param(a_history(["26.1", "25B78", "", "", "9999-12-31", "", 0]), "this century", id="far"),
    ],
)
def test_what_is_no_history_is_said_so(content: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_history(content)
