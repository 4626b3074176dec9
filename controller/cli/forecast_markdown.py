"""A forecast as a comment on a pull request: the outcome first, the devices folded away."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from controller.cli import forecast_words as words
from controller.cli.printing import printable
from controller.cli.proposal import Proposal
from controller.domain.cautions import Caution
from controller.domain.forecast import Forecast


def markdown(proposal: Proposal, most: int) -> str:
    """All of it, as GitHub and GitLab render it."""
    forecast = proposal.forecast
    return "\n".join(
        (
            f"### Pomona: {words.headline(forecast)}",
            "",
            f"{_escaped(words.setting(proposal))}.",
            *_warnings(proposal.cautions),
            *_changes(forecast),
            *_deadlines(forecast),
            *_counts("Reasons", "reason", forecast.reasons()),
            *_counts("Policies", "policy", forecast.policies()),
            *_devices(forecast, most),
            "",
        )
    )


def _warnings(cautions: Sequence[Caution]) -> Iterator[str]:
    if cautions:
        yield from ("", "> [!WARNING]")
    for caution in cautions:
        yield f"> - **{caution.reason}**: {_escaped(caution.message)}"


def _changes(forecast: Forecast) -> Iterator[str]:
    rows = [(str(change), f"{count:,}", meaning) for change, count, meaning in words.changes(forecast)]
    if rows:
        yield ""
        yield from _table(("change", "devices", ""), rows)


def _deadlines(forecast: Forecast) -> Iterator[str]:
    days = forecast.due()
    if days:
        yield from ("", "**Deadlines**", "")
    yield from (f"- {words.due(day, forecast.situation.now)}" for day in days)


def _counts(title: str, head: str, counts: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    rows = [(name, f"{of[0]:,}", f"{of[1]:,}", words.difference(of)) for name, of in counts.items()]
    if rows:
        yield from _folded(title, _table((head, "before", "after", ""), rows))


def _devices(forecast: Forecast, most: int) -> Iterator[str]:
    rows, left = words.listed(forecast, most)
    if rows:
        table = _table(tuple(head.lower() for head in words.COLUMNS.values()), map(words.cells, rows))
        title = f"Devices: {len(forecast.changed):,} that would change, {len(forecast.rows):,} in all"
        yield from _folded(title, (*table, *(("", left) if left else ())))


def _folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ("", f"<details><summary>{title}</summary>", "")
    yield from lines
    yield from ("", "</details>")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    yield from (f"| {' | '.join(map(_escaped, row))} |" for row in rows)


def _escaped(text: str) -> str:
    """Text that stays text in Markdown, and in one cell."""
    plain = printable(text).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{char}" if char in r"\`*_|[]" else char for char in plain)
