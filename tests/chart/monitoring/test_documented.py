"""docs/monitoring.md says what there is: every metric with its labels, every alert with its severity."""

import re

import pytest
import yaml

from tests.chart.monitoring.tools import ROOT, RULES, TARGET, alerts
from tests.measured import eventful, labels_by_name

PAGE = (ROOT / "docs" / "monitoring.md").read_text()


def exported() -> dict[str, frozenset[str]]:
    """Our metrics as people name them, without what a histogram is made of."""
    made = re.compile(r"^pomona_\w+?(?=_bucket$)|^pomona_\w+(?<!_sum)(?<!_count)(?<!_created)$")
    found = {made.match(name): labels - {"le"} for name, labels in labels_by_name().items()}
    return {match[0]: labels for match, labels in found.items() if match}


def test_every_metric_is_in_the_table_with_its_labels() -> None:
    rows = re.findall(r"^\| `(pomona_\w+)` \|([^|]*)\|", PAGE, re.MULTILINE)
    assert {name: frozenset(re.findall(r"`(\w+)`", labels)) for name, labels in rows} == exported()


@pytest.mark.parametrize(
    ("metric", "labels"),
    [
        ("pomona_devices", {"fleet", "policy", "reason"}),
        ("pomona_devices_attention", {"fleet", "reason"}),
        ("pomona_devices_overdue", {"fleet"}),
        ("pomona_gate_open", {"fleet", "policy"}),
        ("pomona_brake_held_devices", {"fleet"}),
        ("pomona_catalog_last_success_timestamp_seconds", set()),
        ("pomona_git_last_success_timestamp_seconds", {"fleet"}),
        ("pomona_mdm_last_success_timestamp_seconds", {"fleet"}),
        ("pomona_mdm_requests_total", {"fleet", "code"}),
        ("pomona_changes_total", {"fleet", "change"}),
        ("pomona_cycle_duration_seconds", {"fleet"}),
        ("pomona_webhook_events_total", {"fleet", "topic"}),
        ("pomona_leader", set()),
        ("pomona_build_info", {"version"}),
    ],
)
def test_what_people_rely_on_keeps_its_name_and_labels(metric: str, labels: set[str]) -> None:
    assert exported()[metric] == labels


def test_no_label_clashes_with_those_of_prometheus() -> None:
    assert not frozenset().union(*labels_by_name().values()) & TARGET


def test_every_metric_says_what_it_is() -> None:
    families = eventful().registry.collect()
    assert all(f.documentation.endswith(".") for f in families if f.name.startswith("pomona_"))


def test_every_alert_is_in_the_table_with_its_severity() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\(runbooks/(\w+)\.md\) \| (\w+) \|", PAGE, re.MULTILINE)
    expected = [
        (a["alert"], a["alert"], a["labels"]["severity"]) for a in alerts(yaml.safe_load(RULES.read_text()))
    ]
    assert sorted(rows) == sorted(expected)


def test_links_lead_somewhere() -> None:
    pages = [ROOT / "docs" / "monitoring.md", *(ROOT / "docs" / "runbooks").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
