"""A forecast as people and programs want it: a table, JSON, YAML, a comment in Markdown."""

import sys
from collections.abc import Mapping

import click

from controller.cli import printing
from controller.cli.forecast_markdown import markdown
from controller.cli.forecast_table import table
from controller.cli.proposal import Proposal
from controller.domain.forecast_document import forecast_document

#: So many devices are named in a table or a comment, unless all are asked for.
NAMED = 50


def show(proposal: Proposal, form: str, *, everything: bool) -> None:
    """Print it in one of these forms: table, json, yaml, markdown."""
    most = sys.maxsize if everything else NAMED
    if form == "table":
        table(proposal, most)
    elif form == "markdown":
        click.echo(markdown(proposal, most), nl=False)
    else:
        printing.document(_document(proposal), form)


def _document(proposal: Proposal) -> Mapping[str, object]:
    document = forecast_document(proposal.forecast, proposal.cautions)
    return {"against": proposal.against, **document}
