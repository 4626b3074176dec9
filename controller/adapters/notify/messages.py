"""What a receiver is sent, by its type."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from controller.domain.news_reasons import Severity
from controller.objects import Notification

#: How a message begins in Slack, and what colour its title has in Teams.
_EMOJI = {Severity.INFO: ":information_source:", Severity.WARNING: ":warning:"}
_COLOUR = {Severity.INFO: "Good", Severity.WARNING: "Attention"}

#: Slack reads these as markup: `<!channel>` would wake everybody.
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def generic(notification: Notification) -> Mapping[str, Any]:
    """The form of our own."""
    item = notification.item
    return {
        "reason": item.reason,
        "severity": item.severity.value,
        "fleet": notification.fleet,
        "namespace": notification.namespace,
        "message": notification.message,
        "commit": notification.commit,
        "at": f"{notification.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }


def slack(notification: Notification) -> Mapping[str, Any]:
    """The form of Slack's incoming webhooks. What is only text is taken by all that speak like Slack."""
    item = notification.item
    title = f"{_EMOJI[item.severity]} *{item.reason}* in {_where(notification)}".translate(_MARKUP)
    return {"text": f"{title}\n{notification.message.translate(_MARKUP)}"}


def teams(notification: Notification) -> Mapping[str, Any]:
    """The form that the Workflows of Teams take: a message with an Adaptive Card.

    Runs of text know no markup, so nothing in a name or a message can be taken for some.
    """
    item = notification.item
    title = {
        "type": "TextRun",
        "text": item.reason,
        "weight": "Bolder",
        "size": "Medium",
        "color": _COLOUR[item.severity],
    }
    where = {"type": "TextRun", "text": _where(notification), "isSubtle": True}
    said = {"type": "TextRun", "text": notification.message}
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [{"type": "RichTextBlock", "inlines": [run]} for run in (title, where, said)],
    }
    content_type = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": content_type, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


#: The types of `spec.notify`.
MESSAGES: Mapping[str, Callable[[Notification], Mapping[str, Any]]] = {
    "generic": generic,
    "slack": slack,
    "msteams": teams,
}


def body(type_: str, notification: Notification) -> bytes:
    """The body of the request."""
    return json.dumps(MESSAGES[type_](notification), ensure_ascii=False).encode()


def _where(notification: Notification) -> str:
    at = notification.commit.partition("@")
    commit = f" at {at[0]}@{at[2][:12]}" if at[2] else ""
    return f"fleet {notification.namespace}/{notification.fleet}{commit}"
