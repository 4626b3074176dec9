"""What a timeline is drawn with: bars and marks at days, words beside them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from matplotlib.axes import Axes

#: The texts of a column begin or end so far from the chart, in inches.
GAP = 0.16


def x_of(when: date) -> int:
    """Where a day begins."""
    return when.toordinal()


class Pen:
    """Draws into a chart that is so many inches wide."""

    def __init__(self, axes: Axes, width: float) -> None:
        self._axes = axes
        self._chart = width

    def bar(self, y: float, start: date, end: date, height: float, **style: Any) -> None:
        """A bar from one day to another."""
        width = x_of(end) - x_of(start)
        self._axes.barh(y, width, height, x_of(start), zorder=2, **({"linewidth": 0.8} | style))

    def mark(self, when: date, y: float, marker: str, color: str, size: float) -> None:
        """A mark at the begin of a day."""
        self._axes.plot(
            [x_of(when)],
            [y],
            marker=marker,
            markersize=size,
            color=color,
            markeredgecolor="white",
            markeredgewidth=0.7,
            zorder=4,
            clip_on=False,
        )

    def side(self, y: float, told: str, *, left: bool, at: float = GAP, **style: Any) -> None:
        """A text beside the chart, so many inches from it."""
        x = -at / self._chart if left else 1 + at / self._chart
        align = "right" if left and at == GAP else "left"
        self._axes.text(
            x, y, told, transform=self._axes.get_yaxis_transform(), ha=align, va="center", **style
        )

    def say(self, y: int, when: date, words: Iterable[tuple[str, str]], *, right: bool) -> None:
        """Words in their colours, one after the other, away from a day to the right or to the left."""
        beside: Any = "data"
        at: tuple[float, float] = (x_of(when), y)
        gap = 9
        for told, color in words:
            beside = self._axes.annotate(
                told,
                at,
                xycoords=beside,
                xytext=(gap if right else -gap, 0),
                textcoords="offset points",
                ha="left" if right else "right",
                va="center",
                color=color,
                fontsize=8,
            )
            at, gap = (1.0 if right else 0.0, 0.5), 3
