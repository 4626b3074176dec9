"""What Apple offers a model, and what a device of it would be asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from controller.domain.cases import Case, Standing, Verdict
from controller.domain.catalog import Catalog, Shelf
from controller.domain.choices import choose
from controller.domain.coverage import Coverage
from controller.domain.decisions import Known, Situation
from controller.domain.devices import Device
from controller.domain.facts import Facts
from controller.domain.fleets import Fleet
from controller.domain.majors import Majors
from controller.domain.policies import UpdatePolicy
from controller.domain.releases import Improvement, Release
from controller.domain.targets import Latest, SameMajor, Target, parse_target
from controller.domain.versions import Platform, Version, platform_of

#: `spec.target` as its author writes it.
Spec = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a catalog holds for one model, at one moment.

    *installed*, *build* and *supplemental* are what a device of it runs; None and empty where that is open.
    """

    catalog: Catalog
    now: datetime
    model: str
    installed: Version | None = None
    build: str = ""
    supplemental: str = ""

    @property
    def platform(self) -> Platform | None:
        """The platform of the model."""
        return platform_of(self.model)

    @property
    def shelf(self) -> Shelf:
        """The model's part of the catalog; empty if it was never listed."""
        return self.catalog.shelf(self.model) or Shelf(())

    @property
    def listed(self) -> bool:
        """Was the model ever listed?"""
        return self.catalog.shelf(self.model) is not None

    @property
    def public(self) -> Sequence[Release]:
        """All that is offered, the newest first."""
        return [release for release in reversed(self.shelf.releases) if release.public]

    @property
    def latest(self) -> Release | None:
        """What is newest for the device; for no certain one, the newest that is offered."""
        return self._newest(Latest())

    @property
    def same_major(self) -> Release | None:
        """The newest of the device's own major; for no certain one, the newest that is offered."""
        return self._newest(SameMajor())

    def _newest(self, target: Target) -> Release | None:
        if self.installed is None:
            return next((release for release in self.public if not release.withdrawn), None)
        runs = (self.installed, self.build)
        return choose(target, self.shelf, runs, self.majors, (), None).newest()

    @property
    def majors(self) -> Majors:
        """The majors of the model's platform."""
        return self.catalog.majors(self.platform) if self.platform else Majors()

    @property
    def improvement(self) -> Improvement | None:
        """The background security improvement that the device lacks, where no newer release is offered."""
        if self.installed is None or any(release.version > self.installed for release in self.public):
            return None
        stands = Standing(
            self.model, self.platform, self.installed, self.build, self.supplemental, "", declaration=None
        )
        lacking = Case(stands, None, self.catalog.shelf(self.model), (), self.now).improvements()
        return lacking[-1] if lacking else None

    def verdict(self, target: Target | None = None) -> Verdict | None:
        """What a policy with this target, by default `latest`, would make of the device; None for none."""
        if self.installed is None:
            return None
        policies = (
            [UpdatePolicy("the policy", self.platform, target=target or Latest())] if self.platform else []
        )
        device = Device("the device", "", self.now)
        facts = Facts(
            self.now,
            self.platform or "",
            self.installed,
            build=self.build,
            supplemental_build=self.supplemental,
            model=self.model,
        )
        situation = Situation.of(Fleet(), Coverage.of(policies, self.now), Known(self.catalog), ())
        return situation.decide(device, facts, None).verdict

    def chosen(self) -> Iterator[tuple[Spec, Release | None, str]]:
        """What each kind of target would choose: the newer release, or None and why."""
        for spec in self._specs():
            target = parse_target(spec)
            verdict = self.verdict(target) if target else None
            if verdict and verdict.declaration:
                yield spec, verdict.release, ""
            elif verdict:
                yield spec, None, verdict.message
            elif target:
                found = choose(target, self.shelf, (Version(0), ""), self.majors, (), None).newest()
                yield spec, found, "" if found else f"{target}: none of that is on offer"

    def _specs(self) -> Iterator[Spec]:
        if self.installed is not None:
            yield {"sameMajor": {}}
        yield {"latest": {}}
        own = self.installed.major if self.installed else 0
        for major in sorted({r.version.major for r in self.public if r.version.major >= own}, reverse=True):
            yield {"latest": {"major": major}}
        yield {"latest": {"behind": 1}}
        if self.majors.began:
            yield {"below": {"version": str(self.majors.began[-1][0])}}

    def passed_over(self) -> Iterator[tuple[Release, str]]:
        """What else is known for the model, the newest first, and why `latest` does not choose it.

        Old releases that are not signed are left out.
        """
        latest = self.latest
        for release in reversed(self.shelf.releases):
            newer = self.installed is not None and release.version > self.installed
            if release != latest and (release.signed or release.withdrawn or newer):
                yield release, self._why_not(release, latest)

    def _why_not(self, release: Release, latest: Release | None) -> str:
        if release.withdrawn:
            return "Apple took it back" + (
                "; it is still signed, but never asked for" if release.signed else ""
            )
        if not release.signed:
            return "not listed now: signed no more"
        if release.version == self.installed:
            return "the device runs it"
        if self.installed and release.version < self.installed:
            return f"older than {self.installed}, which the device runs"
        newer = latest.version if latest else "another one"
        if release.public:
            return f"offered, but {newer} is newer"
        return "still signed, but offered no more: something newer took its place"
