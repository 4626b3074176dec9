"""What the counts of a policy's devices tell people."""

from collections.abc import Callable, Iterator, Mapping

from controller.domain.attention import AttentionReason
from controller.domain.news import Look, Stand, Subject, area
from controller.domain.news_reasons import NewsReason
from controller.domain.tallies import Tally, devices


def counted(tallies: Mapping[str, Tally]) -> Look:
    """What stands of these policies; *tallies* are by name."""
    return {
        area(reason): {
            Subject("UpdatePolicy", name, what): Stand(message)
            for name, tally in tallies.items()
            for what, message in found(name, tally)
        }
        for reason, found in _COUNTED.items()
    }


def _overdue(name: str, tally: Tally) -> Iterator[tuple[str, str]]:
    if tally.late:
        found = f"{devices(tally.late)} of {name} {'is' if tally.late == 1 else 'are'} overdue"
        advice = "kubectl get devices --field-selector status.progress=Overdue names them"
        yield "", f"{found}; {advice}; see that they are on and online"


def _failed(name: str, tally: Tally) -> Iterator[tuple[str, str]]:
    if tally.failed:
        kinds = (kind for kind in AttentionReason if kind.failure and tally.attention[kind])
        why = ", ".join(f"{kind} {tally.attention[kind]}" for kind in kinds)
        found = f"{devices(tally.failed)} of {name} failed to update: {why}"
        yield "", f"{found}; status.attention of the UpdatePolicy says which, and what to do"


def _accelerated(name: str, tally: Tally) -> Iterator[tuple[str, str]]:
    for release, count in tally.accelerated.items():
        if count:
            found = f"{release} fixes what is exploited, and makes {devices(count)} of {name} due sooner"
            yield release, f"{found} (deadline.exploitedDays)"


def _held(name: str, tally: Tally) -> Iterator[tuple[str, str]]:
    for (release, freeze), count in tally.frozen.items():
        if count:
            found = f"{freeze} keeps {devices(count)} of {name} from {release}, which fixes what is exploited"
            yield release, f"{found}; set exceptExploited on it to let such fixes through"


_COUNTED: Mapping[NewsReason, Callable[[str, Tally], Iterator[tuple[str, str]]]] = {
    NewsReason.DEVICES_OVERDUE: _overdue,
    NewsReason.DEVICES_FAILED: _failed,
    NewsReason.EXPLOITED_ACCELERATED: _accelerated,
    NewsReason.FREEZE_HOLDS_EXPLOITED: _held,
}
