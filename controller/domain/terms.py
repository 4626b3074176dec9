"""A policy's terms: what its fleet, its gate, and what is known of releases make of it."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from controller.domain.calendars import Calendar
from controller.domain.deadlines import Missed
from controller.domain.majors import Majors
from controller.domain.policies import UpdatePolicy
from controller.domain.releases import Release
from controller.domain.targets import Target
from controller.domain.versions import Version

#: No version has such a number.
_ENDLESS = 10**9


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all devices of a policy that has a target.

    *calendar* has the fleet's freezes, too; *fixes* are the exploited CVEs that releases fix; *proven* is
    what the gate is open for and since when, None without a gate.
    """

    policy: UpdatePolicy
    target: Target
    calendar: Calendar
    majors: Majors
    fixes: Mapping[Version, frozenset[str]]
    proven: Mapping[Version, date] | None

    def calendar_of(self, missed: Iterable[Missed]) -> Calendar:
        """The calendar for what is missed: some freezes let fixes of exploited vulnerabilities through."""
        return self.calendar.for_exploited() if any(one.exploited for one in missed) else self.calendar

    def missed(self, releases: Sequence[Release], installed: Version, asked: Version) -> list[Missed]:
        """What a device that runs *installed* misses, each as it makes *asked* due; *releases* by version.

        With `majorDays` a device misses first only what belongs to its own major; once it is asked for a
        newer one, only what is newer. Under a gate, what it has not let through is not missed, unless it
        fixes what is exploited.
        """
        apart = self.policy.deadline.major_days is not None and asked.major > installed.major
        # Above all versions of its major, or just above its own.
        above = Version(installed.major, _ENDLESS) if apart else installed
        first, end = (bisect_right(releases, version, key=_version) for version in (above, asked))
        between = releases[first:end]
        return [one for release in between for one in self._missed(release, apart=apart)]

    def _missed(self, release: Release, *, apart: bool) -> Iterable[Missed]:
        """One release: by `days` or `majorDays`, and by `exploitedDays` where it fixes what is exploited."""
        name, deadline = str(release.version), self.policy.deadline
        cves = self.fixes.get(release.version, frozenset())
        exploited = bool(cves)
        since = self.target.accepted_since(release, self.majors)
        event = (
            f"{name} was posted" if since == release.posted else f"{self.policy.name} began to accept {name}"
        )
        days = deadline.days if deadline.major_days is None or not apart else deadline.major_days
        if exploited and deadline.exploited_days is not None and not apart:
            fixes = f"{event}, which fixes the exploited {min(cves)}"
            yield Missed(name, since, deadline.exploited_days, fixes, exploited, hurried=True)
        if self.proven is not None and not exploited:
            if release.version not in self.proven:
                return
            proven = self.proven[release.version]
            gate = self.policy.gate
            if proven >= since and gate:
                who = "a person vouched for" if release.version in gate.proven else f"{gate.after} proved"
                since, event = proven, f"{who} {name}"
        yield Missed(name, since, days, event, exploited)


def _version(release: Release) -> Version:
    return release.version
