"""`pomona releases`: what Apple offers a model, and what each kind of target would choose."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from controller.cli import options

if TYPE_CHECKING:
    from controller.domain.catalog import Catalog
    from controller.domain.offers import Offer
    from controller.domain.releases import Release
    from controller.domain.versions import Version


@click.command()
@click.option("--model", required=True, metavar="ID", help="As the lookup service names it, such as J314sAP.")
@click.option("--installed", type=options.VersionParam(), metavar="V", help="The version that a device runs.")
@click.option("--build", default="", metavar="B", help="And its build.")
@click.option("--supplemental", default="", metavar="B", help="The build of its background improvement.")
@options.catalog
@options.cluster
@options.at
@click.option("--explain", is_flag=True, help="Also what is passed over, and what each target would choose.")
@options.output("table", "json", "yaml")
def releases(
    model: str,
    installed: "Version | None",
    build: str,
    supplemental: str,
    at: datetime | None,
    explain: bool,
    output: str,
    **source: Any,
) -> None:
    """Show what Apple offers a model, and what a policy would make of a device.

    Reads a reading or a history of the lookup service, or what the operator in a cluster has learned.

    \b
    Example:
      pomona releases --model J314sAP --installed 15.6 --reading pmv.json --explain
    """
    from controller.cli import printing
    from controller.domain.offers import Offer

    now = at or datetime.now(UTC)
    offer = Offer(_catalog(model, now, **source), now, model, installed, build, supplemental)
    if not offer.listed:
        click.echo(f"pomona releases: the lookup service has never listed {model}", err=True)
    if output == "table":
        _show(offer, explain=explain)
    else:
        printing.document(_document(offer) | (_explained(offer) if explain else {}), output)


def _catalog(
    model: str,
    now: datetime,
    reading: Path | None,
    history: Path | None,
    kubeconfig: str | None,
    context: str | None,
    namespace: str | None,
) -> "Catalog":
    from controller.cli import recorded

    recorded.one_source(reading, history)
    if (reading or history) and (kubeconfig or context or namespace):
        raise click.UsageError("a file and a cluster are two sources, expected one of them")
    if reading:
        return recorded.catalog_by(reading, now)
    if history:
        return recorded.catalog_of(model, history, now)
    import asyncio

    from controller.cli.sources import look_up

    try:
        return asyncio.run(look_up(kubeconfig, context, namespace))
    except click.ClickException as error:
        said = f"{error.format_message()}; expected a cluster, --reading or --history"
        raise click.ClickException(said) from error


def _document(offer: "Offer") -> dict[str, Any]:
    verdict, improvement = offer.verdict(), offer.improvement
    return {
        "model": offer.model,
        "platform": str(offer.platform) if offer.platform else None,
        "reason": str(verdict.reason) if verdict else None,
        "latest": _release(offer.latest),
        "sameMajor": _release(offer.same_major),
        "backgroundSecurity": improvement
        and {
            "extra": improvement.extra,
            "build": improvement.build,
            "version": str(improvement.version),
        },
        "offered": [_release(release) for release in offer.public],
    }


def _release(release: "Release | None") -> dict[str, Any] | None:
    if release is None:
        return None
    return {
        "version": str(release.version),
        "builds": list(release.public or release.signed),
        "posted": release.posted.isoformat(),
    }


def _explained(offer: "Offer") -> dict[str, Any]:
    return {
        "targets": [
            {"target": dict(spec), "chosen": _release(chosen), "message": message}
            for spec, chosen, message in offer.chosen()
        ],
        "passedOver": [
            {"version": str(release.version), "posted": release.posted.isoformat(), "why": why}
            for release, why in offer.passed_over()
        ],
    }


def _show(offer: "Offer", *, explain: bool) -> None:
    from controller.cli import printing

    verdict = offer.verdict()
    if verdict:
        behind = f"behind {offer.latest.version}" if offer.latest else ""
        click.echo(f"{verdict.reason}: {behind if verdict.declaration else verdict.message}\n")
    marks = {id(offer.latest): "latest"}
    if offer.installed:
        marks[id(offer.same_major)] = (
            "latest, same major" if offer.same_major is offer.latest else "same major"
        )
    shown = list(offer.public)
    if offer.latest and not offer.latest.public:
        shown.insert(0, offer.latest)
    rows = [_row(release, marks.get(id(release), "")) for release in shown]
    printing.table(("VERSION", "BUILDS", "POSTED", "CHOSEN"), rows)
    if offer.improvement:
        click.echo(f"\nbackground security improvement: {offer.improvement}, build {offer.improvement.build}")
    if explain:
        _show_explained(offer)


def _row(release: "Release", mark: str) -> tuple[str, ...]:
    builds = ", ".join(release.public or release.signed)
    return str(release.version), builds, release.posted.isoformat(), mark


def _show_explained(offer: "Offer") -> None:
    from controller.cli import printing

    click.echo()
    chosen = ((_target(spec), str(r.version) if r else "-", message) for spec, r, message in offer.chosen())
    printing.table(("TARGET", "CHOOSES", "WHY"), chosen)
    click.echo()
    others = ((str(r.version), r.posted.isoformat(), why) for r, why in offer.passed_over())
    printing.table(("PASSED OVER", "POSTED", "WHY"), others)


def _target(spec: Any) -> str:
    """`spec.target` in one line of YAML."""
    [(key, given)] = spec.items()
    inner = ", ".join(f"{name}: {value}" for name, value in given.items())
    return f"{key}: {{{inner}}}"
