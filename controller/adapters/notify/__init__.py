"""Takes notifications to people: webhooks of their own, of Slack, of Microsoft Teams."""

from controller.adapters.notify.messages import MESSAGES
from controller.adapters.notify.messenger import WebhookMessenger, connect

__all__ = ["MESSAGES", "WebhookMessenger", "connect"]
