"""What manifests make of a cluster, or of a file of Devices."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import click
import msgspec

from controller.adapters.manifests import ManifestReader
from controller.cli.files import read_files
from controller.cli.ground import Ground, Origin, from_cluster, from_file
from controller.cli.progress import working
from controller.domain.cautions import Caution, CautionReason, cautions, in_order
from controller.domain.coverage import Coverage
from controller.domain.declarations import Declaration
from controller.domain.devices import Device
from controller.domain.exploited import is_used
from controller.domain.forecast import Forecast, Subject, forecast
from controller.domain.gates import without_faults
from controller.domain.shown import Shown, parse_shown
from controller.live import OWNER
from controller.objects import Manifest, Member, Problem
from controller.specs import POLICY, read_policy, spec_of


class Wrong(click.ClickException):
    """Manifests that cannot be: each problem on a line of its own."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would change, what a person should know of it, and what it is *against*."""

    against: str
    forecast: Forecast
    cautions: Sequence[Caution]


def propose(paths: Sequence[Path], origin: Origin) -> Proposal:
    """Read everything and compare."""
    files, unread = read_files(paths)
    if unread:
        raise Wrong(unread)
    with working("reading"):
        ground = from_file(origin, origin.devices) if origin.devices else from_cluster(origin)
        manifests = _manifests(files, ground)
    with working(f"deciding about {len(ground.members):,} devices"):
        return _compare(ground, manifests, origin.now)


def _manifests(files: Mapping[str, bytes], ground: Ground) -> Sequence[Manifest]:
    """The manifests, if nothing is wrong with them."""
    manifests, problems = ManifestReader().read(files, ground.namespace)
    wrong = [*problems, *_reenrolled(manifests, ground)]
    if wrong:
        raise Wrong(sorted(wrong))
    if not manifests:
        raise click.ClickException("found no manifest, expected an UpdatePolicy or a Device")
    return manifests


def _reenrolled(manifests: Iterable[Manifest], ground: Ground) -> Iterable[Problem]:
    """Devices whose enrollment differs from the one that they have: it cannot be changed."""
    for manifest in manifests:
        member = ground.members.get(manifest.name) if manifest.kind == "Device" else None
        found = manifest.document["spec"].get("enrollment")
        if member and found != member.device.enrollment:
            line = manifest.lines.get("spec.enrollment", manifest.line)
            told = f"found {found!r}, expected {member.device.enrollment!r}: it cannot be changed"
            yield Problem(manifest.file, line, "spec.enrollment", told)


def _compare(ground: Ground, manifests: Sequence[Manifest], now: datetime) -> Proposal:
    specs = {manifest.name: spec_of(manifest) for manifest in manifests if manifest.kind == POLICY}
    before = [read_policy(resource.name, resource.spec) for resource in ground.policies]
    new = [read_policy(name, spec) for name, spec in specs.items()]
    policies = without_faults([*(p for p in before if p.name not in specs), *new])
    details = {policy.name: policy.details_url for policy in (before or policies)}
    subjects = _subjects(ground, manifests, details, now)
    made = forecast(ground.fleet, Coverage.of(policies, now), ground.known, subjects, ground.allowance)
    live = {r.name: r.spec for r in ground.policies} | specs
    told = [*ground.cautions, *_unknown(ground, made, list(live.values())), *_not_given(ground, specs)]
    return Proposal(ground.against, made, in_order([*told, *cautions(made)]))


def _subjects(
    ground: Ground, manifests: Sequence[Manifest], details: Mapping[str, str], now: datetime
) -> list[Subject]:
    """Every device, those of the manifests in the place of those that are there."""
    devices = {name: member.device for name, member in ground.members.items()}
    for manifest in manifests:
        if manifest.kind == "Device":
            devices[manifest.name] = _replaced(manifest, devices.get(manifest.name), now)
    shared: dict[Declaration, Declaration] = {}
    return [_subject(d, ground.members.get(name), details, shared) for name, d in devices.items()]


def _replaced(manifest: Manifest, there: Device | None, now: datetime) -> Device:
    """The Device as it will be: what registration set on it stays."""
    labels = dict(manifest.document["metadata"].get("labels") or {})
    kept = {key: value for key, value in there.labels if key.startswith("pomona.dev/")} if there else {}
    created = there.created if there else now
    return Device.parse(manifest.name, created, {**kept, **labels}, manifest.document["spec"])


def _subject(
    device: Device,
    member: Member | None,
    details: Mapping[str, str],
    shared: dict[Declaration, Declaration],
) -> Subject:
    """One device; equal declarations are one and the same, since verdicts are shared by them."""
    if member is None:
        return Subject(device, None, Shown())
    try:
        shown = parse_shown(msgspec.json.decode(member.status or b"{}"), details)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        found = f"{type(error).__name__}: {error}"
        raise click.ClickException(f"the status of Device {device.name} cannot be read: {found}") from error
    if shown.declaration:
        shown = replace(shown, declaration=shared.setdefault(shown.declaration, shown.declaration))
    return Subject(device, member.facts, shown)


def _unknown(ground: Ground, made: Forecast, specs: Sequence[Mapping[str, object]]) -> Iterable[Caution]:
    """What only the operator knows, where it would matter."""
    if not made.decided:
        told = (
            "no release is on offer by what is known here, so nothing can be enforced, moved or withdrawn: "
            "give --reading FILE (an answer of https://gdmf.apple.com/v2/pmv) or --history FILE"
        )
        yield Caution(CautionReason.NOTHING_OFFERED, told)
    if is_used({}, specs) and not ground.known.exploited.fixes:
        told = "which releases fix exploited vulnerabilities is not known here: no release counts as one"
        yield Caution(CautionReason.EXPLOITED_UNKNOWN, told)
    if made.gates and not ground.policies:
        told = "which gates have opened before is not known here: what waits for one here may be let through"
        yield Caution(CautionReason.PROOFS_UNKNOWN, told)


def _not_given(ground: Ground, specs: Mapping[str, object]) -> Iterable[Caution]:
    """Policies that Git brought and that are not among the manifests: they may have been removed."""
    left = sorted(r.name for r in ground.policies if OWNER in r.labels and r.name not in specs)
    if left:
        told = f"came from Git, are not in PATH, and count as they are: {', '.join(left)}"
        yield Caution(CautionReason.NOT_GIVEN, f"{len(left)} policies {told}")
