"""How many requests at once, and when none: signs of trouble, and what follows from them."""

from collections.abc import Callable

import pytest

from controller.adapters.nanohub.pace import FIRST, LONGEST_ASKED, MOST, SEVERAL, Breaker, Failure, Pace
from controller.ports import Unavailable

#: The time between two requests.
BREATH = 0.001

DOWN = Failure("the MDM answered 502")


class Paced:
    """A pace, and requests that go by it, one window after the other."""

    def __init__(self) -> None:
        self.pace = Pace()
        self.now = 0.0

    def window(self, *took: float, under_way: int = MOST) -> None:
        """As many requests as may be begin together; the last time is that of all that are left."""
        began, size = self.now + BREATH, self.pace.limit
        times = [*took, *[took[-1]] * size][:size]
        for seconds in sorted(times):
            self.now = began + seconds
            self.pace.answered(began, self.now, under_way)

    def trouble(self, together: int = 1) -> None:
        """Requests that began together fail together."""
        began = self.now + BREATH
        self.now = began + BREATH
        for _ in range(together):
            self.pace.slow_down(began, self.now)


def windows(count: int, *took: float, under_way: int = MOST) -> Callable[[Paced], None]:
    def live(paced: Paced) -> None:
        for _ in range(count):
            paced.window(*took, under_way=under_way)

    return live


def troubles(count: int, together: int = 1) -> Callable[[Paced], None]:
    def live(paced: Paced) -> None:
        for _ in range(count):
            paced.trouble(together)

    return live


@pytest.mark.parametrize(
    ("lived", "limit"),
    [
        pytest.param([], FIRST, id="the beginning"),
        pytest.param([windows(1, 0.01)], 9, id="a window goes well"),
        pytest.param([windows(20, 0.01)], MOST, id="many windows go well"),
        pytest.param([windows(20, 0.01, under_way=8)], 9, id="nobody wants more at once"),
        pytest.param([troubles(1)], 4, id="trouble"),
        pytest.param([troubles(1, together=8)], 4, id="trouble of eight at once"),
        pytest.param([troubles(2)], 2, id="trouble again"),
        pytest.param([troubles(9)], 1, id="trouble without end"),
        pytest.param([troubles(9), windows(3, 0.01)], 4, id="well again"),
        pytest.param([windows(1, 0.3), windows(1, 1.3)], 4, id="far slower than usual"),
        pytest.param([windows(1, 0.3), windows(1, 1.1)], 10, id="slower, but not far"),
        pytest.param([windows(1, 0.01), windows(1, 0.9)], 10, id="far slower, but not slow"),
        pytest.param([windows(1, 0.01), windows(1, 5, 5, 5, 5, 0.01)], 10, id="a few are slow"),
        pytest.param([windows(3, 5.0)], 11, id="slow from the beginning"),
        pytest.param([windows(1, 0.01), windows(4, 5.0)], 1, id="slow for long"),
        pytest.param([windows(1, 0.01), windows(7, 5.0)], 4, id="slow for good"),
        pytest.param([windows(1, 0.01), windows(7, 5.0), windows(1, 0.01), windows(1, 5.0)], 2, id="relapse"),
    ],
)
def test_how_many_requests_are_under_way_at_once(lived: list[Callable[[Paced], None]], limit: int) -> None:
    paced = Paced()

    for live in lived:
        live(paced)

    assert paced.pace.limit == limit


class Broken:
    """A breaker that is not jittered, and requests that go by it, one after the other."""

    def __init__(self) -> None:
        self.breaker = Breaker(lambda: 1.0)
        self.now = 0.0

    def ask(self, failure: Failure | None = DOWN) -> float:
        """One request, as soon as it may be; for how long the server is left alone after it."""
        began = self.now = self.now + self.breaker.rest(self.now) + BREATH
        self.now += BREATH
        if failure is None:
            self.breaker.worked(began)
        else:
            self.breaker.failed(failure, began, self.now)
        return self.breaker.rest(self.now)


WORKS = None


def asked(seconds: float) -> Failure:
    return Failure("the MDM answered 429", True, seconds)


@pytest.mark.parametrize(
    ("asks", "rests"),
    [
        pytest.param([DOWN] * 12, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60], id="down"),
        pytest.param([DOWN, DOWN, DOWN, DOWN, WORKS, DOWN], [0] * 6, id="down now and then"),
        pytest.param([DOWN] * 6 + [WORKS] + [DOWN] * 5, [0] * 4 + [1, 2, 0] + [0] * 4 + [1], id="again"),
        pytest.param([asked(7), WORKS, DOWN], [7, 0, 0], id="it asks for time"),
        pytest.param([asked(7), asked(7), asked(300)], [7, 7, 300], id="it asks for time again"),
        pytest.param([asked(7), DOWN, DOWN], [7, 1, 2], id="it asks for time and is down"),
        pytest.param([*[DOWN] * 6, asked(0.5)], [0] * 4 + [1, 2, 0.5], id="it is down and asks for less"),
        pytest.param([asked(1e9)], [LONGEST_ASKED], id="it asks for years"),
        pytest.param([asked(0), asked(0)], [0, 0], id="it asks for nothing"),
    ],
)
def test_for_how_long_a_server_is_left_alone(asks: list[Failure | None], rests: list[float]) -> None:
    broken = Broken()

    found = [broken.ask(failure) for failure in asks]

    assert found == pytest.approx(rests)


def test_requests_that_were_under_way_when_it_failed_count_no_more() -> None:
    breaker = Breaker(lambda: 1.0)

    for _ in range(3 * SEVERAL):
        breaker.failed(DOWN, 1.0, 2.0)
    breaker.worked(1.0)

    assert breaker.rest(2.0) == 1
    breaker.failed(DOWN, 3.5, 3.5)
    assert breaker.rest(3.5) == 2


def test_what_it_asks_for_is_heeded_though_others_were_under_way() -> None:
    breaker = Breaker(lambda: 1.0)

    for seconds in (30, 60, 30):
        breaker.failed(asked(seconds), 1.0, 2.0)

    assert breaker.rest(2.0) == 60


def test_says_for_how_long_and_why() -> None:
    breaker = Breaker(lambda: 1.0)
    breaker.failed(asked(7), 1.0, 2.0)

    with pytest.raises(Unavailable) as caught:
        breaker.check(2.5)

    assert str(caught.value) == "the MDM is left alone for 7 s more: the MDM answered 429"
    assert (caught.value.wait, caught.value.throttled) == (6.5, True)
    breaker.check(9.0)


def test_pauses_are_jittered_and_never_longer() -> None:
    pauses = set()
    for _ in range(20):
        breaker = Breaker()
        for i in range(20):
            breaker.failed(DOWN, 100.0 * i + 1, 100.0 * i + 2)
        pauses.add(breaker.rest(1902.0))

    assert len(pauses) > 1
    assert all(48 <= pause <= 60 for pause in pauses)
