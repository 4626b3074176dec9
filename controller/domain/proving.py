"""Which gates open now, and how far the others are."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from controller.domain.choices import choose
from controller.domain.coverage import Coverage
from controller.domain.decisions import Known, Situation, owners
from controller.domain.declarations import Promise
from controller.domain.devices import Device
from controller.domain.facts import Facts
from controller.domain.fleets import Fleet
from controller.domain.gates import Trial, Witness
from controller.domain.policies import Gate, UpdatePolicy
from controller.domain.proofs import Proofs
from controller.domain.targets import Target
from controller.domain.versions import Version

#: Devices as far as a target looks at them: model, version and build.
Kind = tuple[str, Version, str]


@dataclass(frozen=True, slots=True)
class GateStatus:
    """How far a gate is for the newest release that a covered device waits for; None when none does.

    *closed_for* are all that it is not open for and some device waits for, with the days on which they were
    posted; *opened* is what it is open for, and since when.
    """

    open: bool
    version: Version | None
    message: str
    trial: Trial
    needed: int
    closed_for: Mapping[Version, date] = field(default_factory=dict)
    opened: Mapping[Version, date] = field(default_factory=dict)


@dataclass(slots=True)
class _Seen:
    """Rings by policy, and the kinds of devices that each gated policy covers.

    *unheard* is how many devices of each ring have never reported.
    """

    rings: dict[str, Counter[Witness]] = field(default_factory=dict)
    unheard: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, set[Kind]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proving:
    """The gates of one fleet at one moment."""

    fleet: Fleet
    coverage: Coverage
    known: Known

    def judge(
        self, roster: Collection[tuple[Device, Facts | None]], promises: Mapping[str, Promise]
    ) -> tuple[Proofs, Mapping[str, GateStatus]]:
        """The proofs with those of today, and the status of each gate by policy.

        *promises* are in force, by enrollment.
        """
        gated = [(p, p.gate, p.target) for p in self.coverage.policies if p.gate and p.target and not p.fault]
        if not gated:
            return self.known.proofs, {}
        seen = self._look(gated, roster, promises)
        proofs, statuses = self.known.proofs, {}
        for policy, gate, target in gated:
            waiting = self._waiting(policy, target, seen.kinds[policy.name])
            opened = {v for v in waiting if self._opens(policy, gate, v, waiting[v], seen)}
            proofs = proofs.adding(policy.name, opened, self._today)
            statuses[policy.name] = self._status(policy, gate, proofs, waiting, seen)
        return proofs, statuses

    def situation(
        self, roster: Collection[tuple[Device, Facts | None]], promises: Mapping[str, Promise]
    ) -> tuple[Situation, Mapping[str, GateStatus]]:
        """The situation in which this roster is decided, with the proofs of today; how each gate is."""
        proofs, statuses = self.judge(roster, promises)
        known, devices = replace(self.known, proofs=proofs), (device for device, _ in roster)
        return Situation.of(self.fleet, self.coverage, known, devices), statuses

    @property
    def _today(self) -> date:
        return self.coverage.now.date()

    def _look(
        self,
        gated: Iterable[tuple[UpdatePolicy, Gate, Target]],
        roster: Collection[tuple[Device, Facts | None]],
        promises: Mapping[str, Promise],
    ) -> _Seen:
        seen = _Seen()
        for policy, gate, _ in gated:
            seen.rings[gate.after] = Counter()
            seen.kinds[policy.name] = set()
        owned = owners(device for device, _ in roster)
        for device, facts in roster:
            if owned.get(device.enrollment, device.name) != device.name:
                continue
            if facts is None or facts.version is None or facts.owes_model(device.model):
                seen.unheard.update(self._rings_of(device, gated))
                continue
            _, policy_ = self.coverage.covering(device, facts)
            if policy_ is None:
                continue
            model = facts.model or device.model
            if policy_.name in seen.rings:
                promise = promises.get(device.enrollment)
                witness = Witness.of(model, facts.version, facts, promise, self.coverage.now)
                seen.rings[policy_.name][witness] += 1
            if policy_.name in seen.kinds:
                seen.kinds[policy_.name].add((model, facts.version, facts.build))
        return seen

    def _rings_of(self, device: Device, gated: Iterable[tuple[UpdatePolicy, Gate, Target]]) -> set[str]:
        """The rings that a device is in which has not said yet what it is."""
        covering = {
            policy.platform: self.coverage.policy_for(device, policy.platform) for policy, _, _ in gated
        }
        names = {policy.name for policy in covering.values() if policy}
        return names & {gate.after for _, gate, _ in gated}

    def _waiting(self, policy: UpdatePolicy, target: Target, kinds: Iterable[Kind]) -> Mapping[Version, date]:
        """What the gate is not open for and some device could be asked for, with its earliest posting."""
        majors = self.known.catalog.majors(policy.platform)
        skipped = self.fleet.skipped(policy.platform) | policy.skip
        proven = self.known.proofs.of(policy.name)
        waiting: dict[Version, date] = {}
        for model, version, build in kinds:
            shelf = self.known.catalog.shelf(model)
            if shelf is None or target.exceeded_by(version, majors):
                continue
            for release in choose(target, shelf, (version, build), majors, skipped, proven).waiting:
                posted = waiting.get(release.version, release.posted)
                waiting[release.version] = min(posted, release.posted)
        return waiting

    def _trial(self, policy: UpdatePolicy, gate: Gate, version: Version, seen: _Seen) -> Trial:
        ring, soak_days = seen.rings[gate.after], self._soak(policy, gate, version)
        trial = Trial.of(ring, self.known.catalog, version, soak_days, self._today)
        return trial.joined_by(seen.unheard[gate.after])

    def _soak(self, policy: UpdatePolicy, gate: Gate, version: Version) -> int:
        return gate.soak(exploited=bool(self.known.exploited.cves(policy.platform, version)))

    def _opens(self, policy: UpdatePolicy, gate: Gate, version: Version, posted: date, seen: _Seen) -> bool:
        trial = self._trial(policy, gate, version, seen)
        if version in gate.proven or trial.opens(gate):
            return True
        soak = timedelta(days=self._soak(policy, gate, version))
        return trial.offered_to_none and posted + soak <= self._today

    def _status(
        self, policy: UpdatePolicy, gate: Gate, proofs: Proofs, waiting: Mapping[Version, date], seen: _Seen
    ) -> GateStatus:
        opened = proofs.of(policy.name)
        closed = waiting.keys() - opened.keys()
        shown = closed or opened.keys() - self.fleet.skipped(policy.platform) - policy.skip
        if not shown:
            return GateStatus(True, None, "no release waits for it", Trial(), 0, opened=opened)
        version = max(shown)
        trial = self._trial(policy, gate, version, seen)
        if closed:
            opens_on = waiting[version] + timedelta(days=self._soak(policy, gate, version))
            found = _told(gate, version, trial, opens_on) + self._never_asked(gate.after, version)
        else:
            found = f"open for {version} since {opened[version]}"
        closed_for = {version: waiting[version] for version in closed}
        return GateStatus(not closed, version, found, trial, trial.needed(gate), closed_for, opened)

    def _never_asked(self, ring: str, version: Version) -> str:
        """What keeps the ring from being asked for it at all; empty where nothing does."""
        policy = next(p for p in self.coverage.policies if p.name == ring)
        if policy.target is None:
            return f"; {ring} has target none, so only its users can prove it"
        return f"; {ring} skips it, so only its users can prove it" if version in policy.skip else ""


def _told(gate: Gate, version: Version, trial: Trial, opens_on: date) -> str:
    """How far a closed gate is, and what a person can do when it can never open."""
    ring = gate.after
    if trial.offered_to_none:
        return f"{version} is offered to no device of {ring}: the gate opens by itself on {opens_on}"
    if not trial.offered:
        those = "1 of its devices is" if trial.unheard == 1 else f"{trial.unheard} of its devices are"
        return (
            f"{version} waits for {ring}: what {those} offered is not known yet, "
            "and it is offered to none of the others"
        )
    needed = trial.needed(gate)
    told = (
        f"{version} waits for {ring}: {trial.healthy} of {needed} healthy, "
        f"{trial.failing} failing, {trial.pending} pending"
    )
    if trial.healthy >= needed:
        counted = trial.healthy + trial.failing
        share = 100 * trial.healthy // counted
        told += f"; {share} % of {counted} are healthy, expected {gate.healthy_percent} %"
    if trial.possible < needed:
        told += (
            f"; it can never open, since only {trial.possible} can still come to it from something older: "
            f"lower spec.gate.minDevices, or vouch for it in spec.gate.proven"
        )
    return told
