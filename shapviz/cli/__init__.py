"""The command line: serve the dashboard, and look after what is stored.

One group of commands a file. Imports nothing heavy: Streamlit and TensorFlow run in processes of
their own, and listing loads the catalogue alone. Only `serve`, `explain` and `import` make a
store; the other commands ask for one that is there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from shapviz.cli.doctor import doctor
from shapviz.cli.explain import explain
from shapviz.cli.export import export, import_
from shapviz.cli.keep import delete, list_, verify
from shapviz.cli.serve import serve
from shapviz.cli.show import show

__all__ = ["app"]

COMMANDS: dict[str, Callable[..., None]] = {
    "serve": serve,
    "explain": explain,
    "list": list_,
    "show": show,
    "export": export,
    "import": import_,
    "delete": delete,
    "verify": verify,
    "doctor": doctor,
}
"""In the order that --help lists them."""

app = typer.Typer(
    help="Why did my model predict this? SHAP values, kept and shown.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _say_version(asked: bool) -> None:
    if asked:
        from shapviz import __version__

        typer.echo(f"shapviz {__version__}")
        raise typer.Exit


@app.callback()
def _before(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say which version this is.", callback=_say_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass


for _name, _command in COMMANDS.items():
    app.command(_name)(_command)
