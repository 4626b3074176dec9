"""The clock of a run."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.lab.clock import BEGAN, Clock, Stretch

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("real", "passed"),
    [
        pytest.param(90.0, -10.0, id="before it, time passes as it does"),
        pytest.param(104.0, 400.0, id="while it lasts, it is fast"),
        pytest.param(110.0, 1000.0, id="until it ends"),
        pytest.param(113.0, 1003.0, id="then it passes as it does"),
    ],
)
def test_a_stretch_of_time_is_fast_for_its_length(real: float, passed: float) -> None:
    assert Stretch(100.0, 0.0, 100.0, 10.0).at(real) == pytest.approx(passed)


def test_a_moment_that_has_passed_stays_what_it_was(tmp_path: Path) -> None:
    clock = Clock.begin(tmp_path / "clock")
    clock.hurry(1e9, HOUR)
    moment = time.time()
    then = clock.at(moment)
    clock.hurry(1e9, HOUR)
    assert clock.at(moment) == then


def test_time_is_let_pass_so_far_and_no_further(tmp_path: Path) -> None:
    clock = Clock.begin(tmp_path / "clock")
    clock.hurry(1e9, HOUR)
    assert clock.at(time.time() + 1) - BEGAN == pytest.approx(HOUR, abs=timedelta(seconds=60))


def test_who_reads_the_same_file_has_the_same_time(tmp_path: Path) -> None:
    clock = Clock.begin(tmp_path / "clock")
    other = Clock(clock.path)
    before = other.at(0)
    clock.hurry(1000, HOUR)
    real = clock.at(1e10)
    assert (before, other.at(1e10)) == (clock.at(0), real)
