"""`shapviz serve`: the dashboard."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from shapviz.cli.common import StoreOption, told

__all__ = ["serve"]


def serve(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Default $SHAPVIZ_PORT or 8501.")
    ] = None,
    address: Annotated[
        str, typer.Option(help="To listen on; 0.0.0.0 lets other machines in.")
    ] = "127.0.0.1",
    store: StoreOption = None,
    demos: Annotated[bool, typer.Option(help="Make the demo explanations.")] = True,
) -> None:
    """Start the dashboard, and the workers that explain."""
    from shapviz.jobs.serving import serve as run
    from shapviz.settings import Settings

    console = Console()
    with told():
        settings = Settings()
        status = run(
            store or settings.store,
            settings.port if port is None else port,
            address=address,
            demos=demos,
            say=lambda line: console.print(Text(line)),
        )
    raise typer.Exit(status)
