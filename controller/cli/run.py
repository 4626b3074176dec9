"""`pomona run`: the operator."""

import asyncio
import logging
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from controller.durations import parse_duration

if TYPE_CHECKING:
    from controller.operator import Operator
    from controller.settings import Address


#: Apple's own lookup service.
APPLE = "https://gdmf.apple.com/v2/pmv"

#: SOFA's feeds, of macOS and of iOS with iPadOS.
SOFA = (
    "https://sofafeed.macadmins.io/v2/macos_data_feed.json",
    "https://sofafeed.macadmins.io/v2/ios_data_feed.json",
)


class DurationParam(click.ParamType[timedelta]):
    """A duration such as 10m, of at least one second."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read it, or fail with what is expected."""
        try:
            duration = parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if duration < timedelta(seconds=1):
            self.fail(f"{value!r} is less than 1s", param, ctx)
        return duration


class URLParam(click.ParamType[str]):
    """A URL that can be asked: `http://…` or `https://…`."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it, or fail with what is expected."""
        from urllib.parse import urlsplit

        try:
            parts = urlsplit(value)
            asked = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            asked = False
        if not asked:
            self.fail(f"{value!r} is not a URL such as https://mirror.example/feed.json", param, ctx)
        return str(value)


class AddressParam(click.ParamType["Address"]):
    """`:PORT` or `HOST:PORT`."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Address":
        """Read it, or fail with what is expected."""
        from controller.settings import Address

        host, colon, port = value.rpartition(":")
        if not colon or not port.isdecimal() or int(port) > 65535:
            self.fail(f"{value!r} is not :PORT or HOST:PORT", param, ctx)
        return Address(host.strip("[]"), int(port))


def setting(name: str, *names: str, **options: Any) -> Callable[[Any], Any]:
    """A flag, and the variable `POMONA_…` of the same name."""
    variable = "POMONA_" + name.removeprefix("--").replace("-", "_").upper()
    return click.option(name, *names, envvar=variable, show_envvar=True, show_default=True, **options)


@click.command()
@setting("--kubeconfig", metavar="FILE", help="Default: KUBECONFIG's, else ~/.kube/config, else the pod's.")
@setting("--context", metavar="NAME", help="A context of the kubeconfig.")
@setting("--namespace", "namespaces", multiple=True, metavar="NAME", help="Repeatable; default: all.")
@setting("--lookup-url", type=URLParam(), default=APPLE, help="Apple's, or a mirror.")
@setting(
    "--lookup-ca-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Replaces Apple's root certificate.",
)
@setting("--lookup-interval", type=DurationParam(), default="24h", help="Apple and SOFA: daily at most.")
@setting(
    "--exploited-url",
    "exploited_urls",
    multiple=True,
    type=URLParam(),
    default=SOFA,
    help="Which releases fix exploited vulnerabilities, in SOFA's form. Repeatable; asked only while needed.",
)
@setting("--report-interval", type=DurationParam(), default="10m", help="How often reports are asked for.")
@setting("--listen", type=AddressParam(), default=":8080", help="The MDMs' webhooks.")
@setting("--metrics-listen", type=AddressParam(), default=":9090", help="/healthz, /readyz, /metrics.")
@setting("--allow-file-urls", is_flag=True, help="Let Fleets read repositories of this machine.")
@setting("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info")
@setting("--log-format", type=click.Choice(["json", "text"]), help="Default: text on a terminal, else json.")
def run(log_level: str, log_format: str | None, **flags: Any) -> None:
    """Run the operator.

    \b
    Example:
      pomona run --namespace acme --report-interval 5m
    """
    from controller import logs
    from controller.operator import Operator
    from controller.ports import Rejected
    from controller.settings import Settings

    logs.set_up(log_level, log_format or "")
    try:
        asyncio.run(run_until_stopped(Operator(Settings(**flags))))
    except Rejected as error:
        raise click.ClickException(str(error)) from error


async def run_until_stopped(operator: "Operator") -> None:
    """Run it until a signal asks to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await operator.run(stop)
    logging.getLogger(__name__).info("stopped")
