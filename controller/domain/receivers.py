"""Who is told news outside of the cluster: webhooks for people, `spec.notify`."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from controller.domain.news import Item
from controller.domain.news_reasons import Severity


@dataclass(frozen=True, slots=True)
class Receiver:
    """One webhook: of which form, and in which Secret its URL is. Empty *reasons* are all of them."""

    type: str
    secret: str
    severity: Severity = Severity.INFO
    reasons: tuple[str, ...] = ()

    @classmethod
    def parse(cls, spec: Mapping[str, Any]) -> "Receiver":
        """Read one entry of `notify`, its defaults filled in."""
        severity, reasons = Severity(spec["severity"]), tuple(spec.get("reasons", ()))
        return cls(spec["type"], spec["secretRef"]["name"], severity, reasons)

    @property
    def key(self) -> str:
        """What people call it."""
        return f"{self.type} by Secret {self.secret}"

    def wants(self, item: Item) -> bool:
        """Is it told this?"""
        if self.severity is Severity.WARNING and item.severity is not Severity.WARNING:
            return False
        return not self.reasons or any(fnmatchcase(item.reason, pattern) for pattern in self.reasons)
