"""What a `Metrics` shows, as Prometheus reads it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from controller.domain.attention import Attention, AttentionReason
from controller.domain.cases import Verdict
from controller.domain.decisions import Decision
from controller.domain.reasons import Reason
from controller.domain.status import Outcome
from controller.domain.tallies import Tallies
from controller.metrics import Metrics

#: By name of the sample, and by its labels.
Samples = Mapping[str, Mapping[frozenset[tuple[str, str]], float]]


def samples(metrics: Metrics) -> Samples:
    """All of them."""
    found: dict[str, dict[frozenset[tuple[str, str]], float]] = {}
    for family in text_string_to_metric_families(generate_latest(metrics.registry).decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def eventful() -> Metrics:
    """One to which everything has happened that can be measured."""
    metrics, fleet, now = Metrics(), "acme/acme", datetime(2026, 11, 25, tzinfo=UTC)
    decision = Decision("a", "E-a", "macs", Verdict(Reason.ENFORCED, "", None))
    attention = Attention(AttentionReason.SPACE, "")
    metrics.devices(fleet, Tallies.of([Outcome(decision, None, None, "Failed", attention)]))
    metrics.gates(fleet, {"macs": True})
    metrics.changes(fleet, {"enforce": 1})
    metrics.request(fleet, 200, 0.1)
    metrics.webhook(fleet, "mdm.Connect")
    metrics.webhook("", "refused")
    metrics.cycle(fleet, 0.1)
    for side in ("git", "mdm"):
        metrics.answered(side, now, fleet)
    metrics.leads(True)
    metrics.answered("catalog", now)
    return metrics


def labels_by_name() -> Mapping[str, frozenset[str]]:
    """Every sample that there can be, with the names of its labels."""
    return {
        name: frozenset(name for labels in found for name, _ in labels)
        for name, found in samples(eventful()).items()
    }
