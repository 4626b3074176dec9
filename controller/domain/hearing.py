"""Is the MDM's webhook connected at all? The condition that says so."""

from datetime import datetime, timedelta

from controller.domain.conditions import Condition

#: An event may come this much later than the report that it announces.
GRACE = timedelta(minutes=1)


def webhook_heard(
    heard: datetime | None, before: str, missed: datetime | None, now: datetime, interval: timedelta
) -> Condition:
    """The condition WebhookHeard.

    *heard* is when the last event came to this process, *before* the condition's reason until now: what came
    to an earlier process counts. *missed* is when the first report was stored that no event announced since.
    """
    if missed and now - missed > min(GRACE, interval):
        since = f"since {heard:%Y-%m-%d %H}:00 UTC" if heard else "so far"
        found = f"devices report, and no event says so {since}; see that the MDM's webhook URL is this one"
        return Condition("WebhookHeard", False, "Silent" if heard or _once(before) else "Never", found)
    if heard or _once(before):
        return Condition("WebhookHeard", True, "Heard", "the MDM's events arrive")
    found = "no event came yet; have the MDM send them to /webhook/NAMESPACE/FLEET/TOKEN"
    return Condition("WebhookHeard", False, "Never", found)


def _once(before: str) -> bool:
    return before in ("Heard", "Silent")
