"""The alerts: promtool agrees with them, what sets each off is tried, and each has its page."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.domain.attention import AttentionReason
from tests.chart.monitoring.tools import RULES, RUNBOOKS, TARGET, Promtool, alerts, grouped_by, uses
from tests.measured import labels_by_name

HERE = Path(__file__).parent
TRIALS = sorted(HERE.glob("alerts_*.yaml"))

ALERTS = alerts(yaml.safe_load(RULES.read_text()))
NAMES = [alert["alert"] for alert in ALERTS]

each_alert = pytest.mark.parametrize("alert", ALERTS, ids=NAMES)


def test_promtool_takes_the_rules(promtool: Promtool) -> None:
    promtool.run("check", "rules", "--lint=all", "--lint-fatal", RULES)


@pytest.mark.parametrize("trials", TRIALS, ids=lambda path: path.stem)
def test_they_fire_when_they_shall_and_not_otherwise(trials: Path, promtool: Promtool) -> None:
    promtool.run("test", "rules", trials)


def tried() -> Counter[str]:
    """How many series set each alert off."""
    fired: Counter[str] = Counter()
    for test in (test for path in TRIALS for test in yaml.safe_load(path.read_text())["tests"]):
        for case in test.get("alert_rule_test", ()):
            fired[case["alertname"]] += len(case["exp_alerts"])
        for case in test.get("promql_expr_test", ()):
            [name] = re.findall(r'alertname="(\w+)"', case["expr"])
            fired[name] += len(case["exp_samples"])
    return fired


def test_each_is_tried() -> None:
    assert sorted(name for name, count in tried().items() if count) == sorted(NAMES)


def test_their_names_are_ours_and_each_is_there_once() -> None:
    assert all(name.startswith("Pomona") for name in NAMES)
    assert len(set(NAMES)) == len(NAMES)


@each_alert
def test_each_says_how_bad_it_is_what_is_wrong_and_where_to_read_on(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("critical", "warning", "info")
    assert alert["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert alert["annotations"]["runbook_url"] == f"docs/runbooks/{alert['alert']}.md"


def test_each_has_its_page_and_each_page_its_alert() -> None:
    pages = {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"}
    assert pages == set(NAMES)


@each_alert
def test_a_page_says_all_that_a_woken_person_asks(alert: dict[str, Any]) -> None:
    page = (RUNBOOKS / f"{alert['alert']}.md").read_text()
    headings = re.findall(r"^#+ .*$", page, re.MULTILINE)
    assert headings == [
        f"# {alert['alert']}",
        "## What it means",
        "## What users see",
        "## How to look",
        "## What to do",
        "## When to escalate",
    ]


@each_alert
def test_what_an_alert_asks_for_exists(alert: dict[str, Any]) -> None:
    known = labels_by_name()
    for name, labels in uses(alert["expr"]):
        assert name == "up" or name in known, name
        assert labels <= known.get(name, frozenset()) | TARGET, name
    assert grouped_by(alert["expr"]) <= frozenset().union(*known.values()) | TARGET


@each_alert
def test_each_looks_at_one_release_alone(alert: dict[str, Any]) -> None:
    assert all("job" in labels for _, labels in uses(alert["expr"]))


def reasons_of(name: str) -> set[str]:
    [alert] = [alert for alert in ALERTS if alert["alert"] == name]
    return {
        reason for found in re.findall(r'reason=~"([^"]*)"', alert["expr"]) for reason in found.split("|")
    }


def test_every_kind_of_attention_sets_something_off() -> None:
    failures = {str(reason) for reason in AttentionReason if reason.failure}
    assert reasons_of("PomonaDevicesFailed") == failures
    others = {str(reason) for reason in AttentionReason} - failures - {AttentionReason.OVERDUE}
    assert reasons_of("PomonaDevicesAttention") == others
