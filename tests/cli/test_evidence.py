"""`pomona evidence`: one row for each enforcement that ended or stands."""

from datetime import date

import pytest

from controller.cli.tenants import status_of
from controller.domain.evidence import COLUMNS, Row, rows
from tests.cli.acme import DEVICES, a_device, reported, seen
from tests.domain.builders import v


def found(first: str = "", last: str = "", devices: list[dict[str, object]] | None = None) -> list[Row]:
    members = seen(devices or DEVICES).members.values()
    days = [date.fromisoformat(day) if day else None for day in (first, last)]
    return rows(((m.device, m.facts, status_of(m)) for m in members), *days)


def test_what_ended_and_what_stands_by_device_and_deadline() -> None:
    assert [(r.device.name, r.enforcement.asked.version, r.state) for r in found()] == [
        ("canary", v("15.5"), "Withdrawn"),
        ("canary", v("15.6"), "Installed"),
        ("canary", v("15.6.1"), "Downloading"),
        ("shown", v("15.6"), "Prepared"),
    ]


def test_a_row_has_every_column() -> None:
    [row] = found("2025-08-12", "2025-08-12")
    assert row.document() == {
        "device": "canary",
        "serialNumber": "CANARY",
        "model": "J314sAP",
        "version": "15.6",
        "posted": "2025-07-29",
        "declared": "2025-07-30",
        "promised": "2025-08-12T18:00:00",
        "installed": "2025-08-03",
        "policy": "macs-canary",
        "commit": "main@sha1:00",
        "state": "Installed",
    }
    assert tuple(row.document()) == COLUMNS


@pytest.mark.parametrize(
    ("first", "last", "versions"),
    [
        pytest.param("2025-08-12", "2025-08-27", ["15.6", "15.6"], id="both days are included"),
        pytest.param("2025-08-13", "2025-08-26", [], id="nothing was due"),
        pytest.param("2025-08-28", "", ["15.6.1"], id="no end"),
        pytest.param("", "2025-08-11", ["15.5"], id="no beginning"),
    ],
)
def test_the_day_that_was_promised_chooses(first: str, last: str, versions: list[str]) -> None:
    assert [str(row.enforcement.asked.version) for row in found(first, last)] == versions


def test_a_build_that_was_pinned_stands_beside_its_version() -> None:
    stands = {"version": "15.6.1", "build": "24G90a", "deadline": "2025-09-03T18:00:00"}
    device = a_device("mac", reported("15.6.1") | {"enforcement": stands, "progress": "Planned"})
    [row] = found(devices=[device])
    assert (row.document()["version"], row.state) == ("15.6.1 (24G90a)", "Declared")
