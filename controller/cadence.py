"""When to ask again: after an answer, and after none."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit

#: Asked once a day at most: Apple's own lookup service, as Apple wishes, and SOFA's feeds, which are a gift.
DAILY = frozenset({"gdmf.apple.com", "sofafeed.macadmins.io"})

#: Apple posts at about 18:00 UTC.
DAY, HOUR_OF_DAY, LATE = timedelta(hours=24), time(20), timedelta(hours=1)
LONGEST_BACK_OFF = timedelta(hours=6)
MIRROR_BACK_OFF = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Cadence:
    """When some URLs are asked, all of them together: daily, or mirrors as often as it is wished."""

    urls: tuple[str, ...]
    interval: timedelta

    @property
    def daily(self) -> bool:
        """Is one of them asked once a day at most?"""
        return any(urlsplit(url).hostname in DAILY for url in self.urls)

    def after_success(self, believed: datetime, chance: random.Random) -> datetime:
        """When to ask again after a believed reading."""
        if not self.daily:
            return believed + self.interval
        earliest = believed + max(DAY, self.interval)
        evening = datetime.combine(earliest.date(), HOUR_OF_DAY, UTC)
        if evening <= earliest < evening + LATE:
            return earliest
        if evening < earliest:
            evening += DAY
        # From any other hour, a few hours closer to the evening each day.
        return min(evening + chance.random() * LATE / 2, earliest + LONGEST_BACK_OFF)

    def after_failure(self, failures: int, wait: float, chance: random.Random) -> timedelta:
        """How long to stay away after so many failures in a row; *wait* is what the other side asked for."""
        longest = LONGEST_BACK_OFF if self.daily else max(self.interval, MIRROR_BACK_OFF)
        first = timedelta(minutes=1) if self.daily else min(self.interval, MIRROR_BACK_OFF)
        back_off = first * 2.0 ** min(failures - 1, 16) * chance.uniform(0.8, 1.2)
        return min(longest, max(back_off, timedelta(seconds=wait)))
