"""What a `Metrics` shows, as Prometheus reads it."""

from collections.abc import Mapping

from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

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
