"""The operator's metrics. No label holds a device."""

from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from controller.domain.tallies import Tallies


class Metrics:
    """Counters and gauges in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._devices = Gauge("pomona_devices", "Devices.", ["fleet", "policy", "reason"], registry=registry)
        self._attention = Gauge(
            "pomona_devices_attention", "Devices that need a person.", ["fleet", "reason"], registry=registry
        )
        self._overdue = Gauge(
            "pomona_devices_overdue", "Devices past their deadline.", ["fleet"], registry=registry
        )
        self._braked = Gauge(
            "pomona_brake_held_devices",
            "Devices that the brake does not let go.",
            ["fleet"],
            registry=registry,
        )
        self._catalog = Gauge(
            "pomona_catalog_last_success_timestamp_seconds",
            "When the lookup service was last believed.",
            registry=registry,
        )
        self._git = Gauge(
            "pomona_git_last_success_timestamp_seconds",
            "When the repository last answered.",
            ["fleet"],
            registry=registry,
        )
        self._mdm = Gauge(
            "pomona_mdm_last_success_timestamp_seconds",
            "When the MDM last answered.",
            ["fleet"],
            registry=registry,
        )
        self._requests = Counter(
            "pomona_mdm_requests", "Requests to the MDM.", ["fleet", "code"], registry=registry
        )
        self._changes = Counter(
            "pomona_changes", "Changes made in the MDM.", ["fleet", "change"], registry=registry
        )
        self._webhook = Counter(
            "pomona_webhook_events", "Events of MDMs and Git servers.", ["fleet", "topic"], registry=registry
        )
        self._duration = Histogram(
            "pomona_cycle_duration_seconds", "How long a cycle took.", ["fleet"], registry=registry
        )
        self._leader = Gauge("pomona_leader", "1 while this process holds the Lease.", registry=registry)
        build = Gauge("pomona_build_info", "The running version.", ["version"], registry=registry)
        build.labels(version("pomona")).set(1)

    def devices(self, fleet: str, tallies: Tallies) -> None:
        """Count a fleet's devices anew; counts that nobody has any more go."""
        whole = tallies.whole()
        self._forget(self._devices, fleet)
        self._forget(self._attention, fleet)
        for policy, tally in tallies.by_policy.items():
            for reason, count in tally.reasons.items():
                if count:
                    self._devices.labels(fleet, policy, reason).set(count)
        for kind, count in whole.attention.items():
            if count:
                self._attention.labels(fleet, kind).set(count)
        self._overdue.labels(fleet).set(whole.late)
        self._braked.labels(fleet).set(whole.braked)

    def changes(self, fleet: str, changes: Mapping[str, int]) -> None:
        """Count changes by kind."""
        for change, count in changes.items():
            self._changes.labels(fleet, change).inc(count)

    def request(self, fleet: str, code: int) -> None:
        """Count one answer of the MDM."""
        self._requests.labels(fleet, str(code)).inc()

    def webhook(self, fleet: str, topic: str) -> None:
        """Count one event. *topic* is one of a few; no fleet, and `refused`, for what was not taken."""
        self._webhook.labels(fleet, topic).inc()

    def cycle(self, fleet: str, seconds: float) -> None:
        """One cycle took so long."""
        self._duration.labels(fleet).observe(seconds)

    def answered(self, side: str, at: datetime, fleet: str = "") -> None:
        """One of *catalog*, *git* and *mdm* answered well."""
        gauge = {"catalog": self._catalog, "git": self._git, "mdm": self._mdm}[side]
        (gauge.labels(fleet) if fleet else gauge).set(at.timestamp())

    def leads(self, held: bool) -> None:
        """Does this process hold the Lease?"""
        self._leader.set(held)

    def forget(self, fleet: str) -> None:
        """A fleet is gone."""
        for gauge in (self._devices, self._attention, self._overdue, self._braked, self._git, self._mdm):
            self._forget(gauge, fleet)

    def forget_git(self, fleet: str) -> None:
        """A fleet has no repository any more."""
        self._forget(self._git, fleet)

    @staticmethod
    def _forget(gauge: Gauge, fleet: str) -> None:
        gauge.remove_by_labels({"fleet": fleet})
