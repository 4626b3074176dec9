"""How a deadline is reckoned, step by step."""

from controller.domain.explaining import Explanation
from tests.domain.builders import (
    a_declaration,
    a_freeze,
    a_policy,
)
from tests.domain.explained import explained

LATE = a_declaration("15.6", "2025-08-27T18:00")


def reckoned(found: Explanation) -> list[tuple[str, str, str]]:
    return [(step.rule, step.at.isoformat(), step.why) for step in found.steps]


def test_every_step_of_a_deadline_is_there() -> None:
    policy = a_policy(
        days=28, weekdays="Mon Tue Wed Thu", not_before="2025-09-05", deadline={"spread_days": 4}
    )
    found = explained(policy)
    assert reckoned(found) == [
        ("missed", "2025-08-26", "28 days after 2025-07-29, when 15.6 was posted"),
        ("missed", "2025-09-17", "28 days after 2025-08-20, when 15.6.1 was posted"),
        ("due", "2025-08-26", "the first of them: 15.6"),
        ("spreadDays", "2025-08-22", "4 days earlier, by its name"),
        ("notBefore", "2025-09-05", "no deadline is before this day"),
        ("noticeDays", "2025-08-29T18:00:00", "3 days from now on the clock of UTC+14, then the next 18:00"),
        ("deadline", "2025-09-08T18:00:00", "the first permitted moment that leaves the notice"),
    ]


def test_what_is_permitted_says_what_is_in_the_way() -> None:
    frozen = a_policy(days=45, freezes=(a_freeze("2025-09-10", "2025-09-20"),))
    assert reckoned(explained(frozen))[-2:] == [
        ("permitted", "2025-09-09T18:00:00", "the last permitted day before the freeze Holidays"),
        ("deadline", "2025-09-09T18:00:00", "leaves the notice"),
    ]
    weekdays = a_policy(days=46, weekdays="Mon Tue Wed Thu")
    assert reckoned(explained(weekdays))[-2][2] == "the last permitted day; a Sat is not"


def test_a_promise_that_is_near_is_kept_and_says_why() -> None:
    assert reckoned(explained(current=LATE))[-2:] == [
        (
            "near",
            "2025-08-27T18:00:00",
            "is promised, and the whole notice reaches beyond it: it is too near to be changed "
            "(3 days from now on the clock of UTC+14, then the next 18:00)",
        ),
        ("deadline", "2025-08-27T18:00:00", "the promise, as it stands"),
    ]


def test_a_promise_that_its_author_moves_says_so() -> None:
    later = explained(a_policy(at="20:00"), current=LATE)
    assert reckoned(later)[-1] == (
        "deadline",
        "2025-08-27T20:00:00",
        "the promise, moved by the policy as it is now, or by a freeze",
    )
