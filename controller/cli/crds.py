"""`pomona crds`: the custom resource definitions of this version."""

import click


@click.command()
def crds() -> None:
    """Print the CRDs.

    \b
    Example:
      pomona crds | kubectl apply --server-side -f -
    """
    from controller.crds import texts

    click.echo("---\n".join(texts()), nl=False)
