"""Is the webhook connected? By what was heard, by whom, and what was missed."""

from datetime import UTC, datetime, timedelta

import pytest

from controller.domain.hearing import webhook_heard

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
MOMENT, LATER = NOW - timedelta(seconds=30), NOW - timedelta(minutes=2)


@pytest.mark.parametrize(
    ("heard", "before", "missed", "reason"),
    [
        pytest.param(None, "", None, "Never", id="nothing came yet"),
        pytest.param(None, "Never", None, "Never", id="nothing came to an earlier process"),
        pytest.param(NOW, "Never", None, "Heard", id="an event came"),
        pytest.param(None, "Heard", None, "Heard", id="events came to an earlier process"),
        pytest.param(None, "Silent", None, "Heard", id="and perhaps come again"),
        pytest.param(NOW, "Heard", MOMENT, "Heard", id="an event may be on its way"),
        pytest.param(LATER, "Heard", LATER, "Silent", id="it did not come"),
        pytest.param(None, "Heard", LATER, "Silent", id="nor to this process"),
        pytest.param(None, "", LATER, "Never", id="none ever came"),
    ],
)
def test_the_condition(heard: datetime | None, before: str, missed: datetime | None, reason: str) -> None:
    found = webhook_heard(heard, before, missed, NOW, timedelta(minutes=10))
    assert (found.type, found.status, found.reason) == ("WebhookHeard", reason == "Heard", reason)


def test_where_reports_are_asked_for_often_it_is_known_sooner() -> None:
    assert webhook_heard(NOW, "Heard", MOMENT, NOW, timedelta(seconds=1)).reason == "Silent"
