"""What the operator was started with. Read once, by the command line."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; an empty host is every interface."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of `pomona run`, checked. *namespaces* is empty for all of them."""

    kubeconfig: str | None
    context: str | None
    namespaces: tuple[str, ...]
    lookup_url: str
    lookup_ca_file: Path | None
    lookup_interval: timedelta
    exploited_urls: tuple[str, ...]
    report_interval: timedelta
    listen: Address
    metrics_listen: Address
    allow_file_urls: bool
