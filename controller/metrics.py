"""The operator's metrics. No label holds a device.

How fleets are is said by the process that holds the Lease, and by nobody else: who loses it forgets.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.metrics import MetricWrapperBase

from controller.domain.tallies import Tallies
from controller.inbox import DROPPED

#: Seconds: of a fleet at rest, up to one whose MDM answers late.
_CYCLE = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)

#: Seconds: a notify pushes to each device before it answers, and may take two minutes.
_REQUEST = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60, 120)


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
        self._gates = Gauge(
            "pomona_gate_open",
            "1 while no release that a device could be asked for waits at the policy's gate.",
            ["fleet", "policy"],
            registry=registry,
        )
        self._braked = Gauge(
            "pomona_brake_held_devices",
            "Devices that the brake does not let go.",
            ["fleet"],
            registry=registry,
        )
        self._catalog = Gauge(
            "pomona_catalog_last_success_timestamp_seconds",
            "When the lookup service was last believed; 0 before, and while standing by.",
            registry=registry,
        )
        self._git = Gauge(
            "pomona_git_last_success_timestamp_seconds",
            "When the repository was last applied; 0 before.",
            ["fleet"],
            registry=registry,
        )
        self._mdm = Gauge(
            "pomona_mdm_last_success_timestamp_seconds",
            "When a cycle last came to its end in the MDM; 0 before.",
            ["fleet"],
            registry=registry,
        )
        self._requests = Counter(
            "pomona_mdm_requests",
            "Requests to the MDM, by the status of the answer; 0 where none came.",
            ["fleet", "code"],
            registry=registry,
        )
        self._latency = Histogram(
            "pomona_mdm_request_duration_seconds",
            "How long a request to the MDM took, answered or not.",
            ["fleet"],
            registry=registry,
            buckets=_REQUEST,
        )
        self._changes = Counter(
            "pomona_changes", "Changes made in the MDM.", ["fleet", "change"], registry=registry
        )
        self._webhook = Counter(
            "pomona_webhook_events", "Events of MDMs and Git servers.", ["fleet", "topic"], registry=registry
        )
        self._duration = Histogram(
            "pomona_cycle_duration_seconds",
            "How long a cycle took.",
            ["fleet"],
            registry=registry,
            buckets=_CYCLE,
        )
        self._leader = Gauge("pomona_leader", "1 while this process holds the Lease.", registry=registry)
        build = Gauge("pomona_build_info", "The running version.", ["version"], registry=registry)
        build.labels(version("pomona")).set(1)
        ProcessCollector(registry=registry)

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

    def gates(self, fleet: str, opened: Mapping[str, bool]) -> None:
        """Which policies' gates are open; a policy that has none any more goes."""
        self._forget(self._gates, fleet)
        for policy, is_open in opened.items():
            self._gates.labels(fleet, policy).set(is_open)

    def changes(self, fleet: str, changes: Mapping[str, int]) -> None:
        """Count changes by kind."""
        for change, count in changes.items():
            self._changes.labels(fleet, change).inc(count)

    def request(self, fleet: str, code: int, seconds: float) -> None:
        """Count one request to the MDM: the status of its answer, 0 where none came, and how long it took."""
        self._requests.labels(fleet, str(code)).inc()
        self._latency.labels(fleet).observe(seconds)

    def listens(self, fleet: str, *, opened: bool) -> None:
        """Are this fleet's events let in? If so one count is there from the first: silence is seen, too."""
        if opened:
            self._webhook.labels(fleet, DROPPED)
        else:
            self._webhook.remove_by_labels({"fleet": fleet, "topic": DROPPED})

    def webhook(self, fleet: str, topic: str) -> None:
        """Count one event. *topic* is one of a few; no fleet, and `refused`, for what was not taken."""
        self._webhook.labels(fleet, topic).inc()

    def cycle(self, fleet: str, seconds: float) -> None:
        """One cycle took so long."""
        self._duration.labels(fleet).observe(seconds)

    def asks(self, side: str, fleet: str, *, asked: bool = True) -> None:
        """Does this fleet ask *git* or *mdm*? If so there is a time of the last answer, 0 before the first.

        What never answered is stale then, too, and not merely unknown.
        """
        gauge = self._sides[side]
        if asked:
            gauge.labels(fleet)
        else:
            self._forget(gauge, fleet)

    def answered(self, side: str, at: datetime, fleet: str = "") -> None:
        """One of *catalog*, *git* and *mdm* answered well."""
        gauge = self._sides[side]
        (gauge.labels(fleet) if fleet else gauge).set(at.timestamp())

    def leads(self, held: bool) -> None:
        """Does this process hold the Lease? If not, how fleets are is for another one to say."""
        self._leader.set(held)
        if not held:
            self._catalog.set(0)
            for gauge in self._of_fleets:
                gauge.clear()

    def forget(self, fleet: str) -> None:
        """A fleet is gone."""
        counted = (self._requests, self._latency, self._changes, self._webhook, self._duration)
        for metric in (*self._of_fleets, *counted):
            self._forget(metric, fleet)

    @property
    def _sides(self) -> Mapping[str, Gauge]:
        return {"catalog": self._catalog, "git": self._git, "mdm": self._mdm}

    @property
    def _of_fleets(self) -> Sequence[Gauge]:
        """What says how fleets are at the moment. What was counted of them stays counted."""
        counts = (self._devices, self._attention, self._overdue, self._gates, self._braked)
        return (*counts, self._git, self._mdm)

    @staticmethod
    def _forget(metric: MetricWrapperBase, fleet: str) -> None:
        metric.remove_by_labels({"fleet": fleet})
