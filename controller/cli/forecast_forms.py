"""A forecast as people and programs want it: a table, JSON, YAML, a comment in Markdown."""

import sys
from collections.abc import Callable, Mapping

import click
import msgspec
import yaml

from controller.cli.forecast_markdown import markdown
from controller.cli.forecast_table import table
from controller.cli.proposal import Proposal
from controller.domain.forecast_document import forecast_document

#: So many devices are named in a table or a comment, unless all are asked for.
NAMED = 50


def show(proposal: Proposal, form: str, *, everything: bool) -> None:
    """Print it in one of these forms: table, json, yaml, markdown."""
    _FORMS[form](proposal, sys.maxsize if everything else NAMED)


def _table(proposal: Proposal, most: int) -> None:
    table(proposal, most)


def _markdown(proposal: Proposal, most: int) -> None:
    click.echo(markdown(proposal, most), nl=False)


def _json(proposal: Proposal, _most: int) -> None:
    encoded = msgspec.json.encode(_document(proposal))
    click.echo(msgspec.json.format(encoded, indent=2).decode())


def _yaml(proposal: Proposal, _most: int) -> None:
    text = yaml.dump(_document(proposal), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    click.echo(text, nl=False)


class _Dumper(yaml.CSafeDumper):
    """The fast one, without anchors."""

    def ignore_aliases(self, _value: object) -> bool:
        """Say everything again where it stands."""
        return True


def _document(proposal: Proposal) -> Mapping[str, object]:
    document = forecast_document(proposal.forecast, proposal.cautions)
    return {"against": proposal.against, **document}


_FORMS: Mapping[str, Callable[[Proposal, int], None]] = {
    "table": _table,
    "json": _json,
    "yaml": _yaml,
    "markdown": _markdown,
}
