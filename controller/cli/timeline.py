"""A rehearsal as a picture that explains itself. It needs matplotlib."""

import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from controller.cli.printing import printable
from controller.cli.timeline_pen import GAP, Pen, x_of
from controller.cli.timeline_rows import Row, day, rows, runs
from controller.domain.calendars import Freeze
from controller.domain.rehearsal import Rehearsed

#: Okabe and Ito's colours, which the colour-blind tell apart; each thing has a shape of its own, too.
PROMISE, INSTALL, GATE, TROUBLE = "#56B4E9", "#00794F", "#E69F00", "#D55E00"
INK, QUIET, FAINT, FREEZE = "#1B1F24", "#5F6B7A", "#D9DEE4", "#E9EDF4"

#: The same for words, dark enough to be read.
PROMISE_WORDS, GATE_WORDS = "#0B69A3", "#935F00"

_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "pomona",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Helvetica", "Arial"],
    "font.size": 9,
    "hatch.linewidth": 0.8,
    # A dollar sign is one.
    "text.parse_math": False,
}

#: Inches: the picture's width, the columns beside the chart, a row, and what stands above and below the rows.
WIDTH, LEFT, RIGHT, ROW, ABOVE, BELOW = 12.0, 1.75, 2.45, 0.32, 1.05, 0.55


def draw(lived: Rehearsed) -> str:
    """The picture as SVG: the same rehearsal gives the same text."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    shown = rows(lived)
    text = io.StringIO()
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        # Letters that matplotlib's font lacks are letters of the SVG all the same.
        warnings.simplefilter("ignore")
        figure = Figure(figsize=(WIDTH, ABOVE + BELOW + ROW * (len(shown) + 2)))
        FigureCanvasSVG(figure)
        _Timeline(figure, lived, shown).draw()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": "pomona rehearse"})
    return text.getvalue()


class _Timeline:
    """The chart: time runs to the right, a row is a release, the lowest row is what the device runs."""

    def __init__(self, figure: Figure, lived: Rehearsed, shown: Sequence[Row]) -> None:
        self._lived = lived
        self._shown = shown
        self._height = figure.get_figheight()
        self._chart = WIDTH - LEFT - RIGHT
        self._last = len(shown) + 0.35
        box = (LEFT / WIDTH, BELOW / self._height, self._chart / WIDTH, 1 - (ABOVE + BELOW) / self._height)
        self._axes: Axes = figure.add_axes(box)
        self._pen = Pen(self._axes, self._chart)
        self._figure = figure

    def draw(self) -> None:
        """All of it, what lies behind first."""
        self._frame()
        self._titles()
        for freeze in self._lived.policies[-1].freezes:
            self._freeze(freeze)
        for y, row in enumerate(self._shown):
            self._row(y, row)
        self._explain()
        self._runs()

    def _frame(self) -> None:
        axes, lived = self._axes, self._lived
        axes.set_xlim(x_of(lived.first), x_of(lived.last + timedelta(days=1)))
        axes.set_ylim(self._last + 0.65, -0.75)
        axes.spines[:].set_visible(False)
        axes.yaxis.set_visible(False)
        ticks = list(_ticks(lived.first, lived.last))
        axes.set_xticks([x_of(when) for when, _ in ticks], [label for _, label in ticks])
        axes.tick_params(axis="x", length=0, labelcolor=QUIET, pad=6)
        axes.grid(axis="x", color=FAINT, linewidth=0.7, zorder=0)
        axes.set_axisbelow(True)

    def _titles(self) -> None:
        lived, life = self._lived, self._lived.life
        names = " and ".join(policy.name for policy in lived.policies)
        title = f"{lived.model} with {lived.installed}, never updating by itself, under the policy {names}"
        found = f"{len(life.installs)} installs"
        if life.installs:
            found += f", at worst {life.worst} days behind, {life.mean:.1f} on average"
        if life.least_notice is not None:
            found += f"; at least {life.least_notice:.1f} days of notice"
        if lived.policies[-1].gate:
            found += "; days behind count from the proof"
        self._heading(0.34, title, fontsize=13, fontweight="bold", color=INK)
        self._heading(0.62, found, fontsize=10, color=QUIET)

    def _heading(self, below: float, told: str, **style: Any) -> None:
        self._figure.text(GAP / WIDTH, 1 - below / self._height, told, va="baseline", **style)

    def _freeze(self, freeze: Freeze) -> None:
        first, end = max(freeze.first, self._lived.first), min(freeze.last, self._lived.last)
        if first > end:
            return
        left, right = x_of(first), x_of(end + timedelta(days=1))
        self._axes.axvspan(left, right, color=FREEZE, linewidth=0, zorder=0.5)
        told = f"freeze: {printable(freeze.reason)}" if freeze.reason else "freeze"
        self._axes.text((left + right) / 2, -0.8, told, ha="center", va="bottom", color=QUIET, fontsize=8)

    def _row(self, y: int, row: Row) -> None:
        begin = max(row.posted, self._lived.first)
        quiet = row.installed is None
        posted = f"{day(row.posted)}" if row.posted.year == begin.year else f"{row.posted:%b %Y}"
        self._pen.side(y, f"posted {posted}", left=True, color=QUIET)
        self._pen.side(y, str(row.version), left=True, at=LEFT - GAP, color=INK, fontweight="bold")
        self._axes.axhline(y + 0.5, color=FAINT, linewidth=0.5, zorder=0.6)
        if row.proven and row.proven > begin:
            self._pen.bar(y, begin, row.proven, 0.26, facecolor="white", edgecolor=GATE, hatch="/////")
        if row.asked and row.deadline and row.ended:
            kept = min(row.ended, row.deadline)
            self._pen.bar(y, row.asked, kept, 0.46, facecolor=PROMISE, alpha=0.35 if quiet else 0.9)
            if kept < row.deadline:
                self._axes.plot([x_of(kept), x_of(row.deadline)], [y, y], color=PROMISE, linestyle=":")
        marker = "X" if row.taken_back else "o"
        self._pen.mark(begin, y, marker, TROUBLE if row.taken_back else INK, 6 if row.taken_back else 4.5)
        if row.installed:
            self._pen.mark(row.installed, y, "D", INSTALL, 6)
        color = INSTALL if row.installed else TROUBLE if row.taken_back else QUIET
        self._pen.side(y, row.story, left=False, color=color)

    def _explain(self) -> None:
        """Say what the parts of a row mean, in their colours, beside the first one that has them all."""
        asked = [(y, row) for y, row in enumerate(self._shown) if row.asked and row.installed]
        if not asked:
            return
        y, row = next(((y, row) for y, row in asked if row.proven), asked[0])
        words = [("posted,", INK)]
        gate = self._lived.policies[-1].gate
        if row.proven and gate:
            words.append((f"waits for {gate.after} until {day(row.proven)},", GATE_WORDS))
        if row.deadline:
            words.append((f"is asked for by {day(row.deadline)},", PROMISE_WORDS))
        words.append(("and installed", INSTALL))
        begin, end = max(row.posted, self._lived.first), row.installed or row.posted
        right = end - self._lived.first < self._lived.last - begin
        self._pen.say(y, end if right else begin, words if right else words[::-1], right=right)

    def _runs(self) -> None:
        """What the device runs, from day to day."""
        y = self._last
        self._pen.side(y, "the device runs", left=True, color=INK)
        for number, (start, end, version) in enumerate(runs(self._lived)):
            self._pen.bar(y, start, end, 0.62, facecolor=("#C9D3DE", "#E3E9EF")[number % 2])
            room = self._chart * (end - start) / max(self._lived.last - self._lived.first, timedelta(days=1))
            if room > 0.085 * len(str(version)):
                middle = (x_of(start) + x_of(end)) / 2
                self._axes.text(middle, y, str(version), ha="center", va="center", color=INK, fontsize=8)


def _ticks(first: date, last: date) -> Iterator[tuple[date, str]]:
    """The first of each month, or each Monday of a short time; the year with the first and each January."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    short = (last - first).days < 75
    year = None
    for when in days:
        if when.weekday() == 0 if short else when.day == 1:
            label = day(when) if short else f"{when:%b}"
            yield when, f"{label}\n{when.year if year != when.year else ''}"
            year = when.year
