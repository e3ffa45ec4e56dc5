"""What there is to choose from right now, and what the choices mean: read from the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shapviz.samples import Demo
from shapviz.settings import Settings
from shapviz.ui import read
from shapviz.ui.explain_draft import Draft
from shapviz.ui.explain_sources import (
    DEMO_DATA,
    ModelSource,
    TableSource,
    demo_models,
    demo_table,
    folder_models,
    stored_models,
    stored_tables,
)
from shapviz.ui.explain_spec import Chosen
from shapviz.uploads.registered import registered_models

__all__ = ["chosen", "models", "tables"]


def models(demos: Sequence[Demo]) -> list[ModelSource]:
    """Return the registered models, newest first, the server's folder, then the demos."""
    stored = stored_models(read.store().materials.models())
    return [*stored, *folder_models(registered_models(Settings())), *demo_models(demos)]


def tables() -> list[TableSource]:
    """Return the registered tables, newest first."""
    return stored_tables(read.store().materials.tables())


def chosen(
    draft: Draft,
    models: Sequence[ModelSource],
    tables: Sequence[TableSource],
    demos: Sequence[Demo],
) -> Chosen:
    """Return what the draft's choices mean."""
    model = next((each for each in models if each.id == draft.model), None)
    if model is not None and model.is_demo and draft.data == DEMO_DATA:
        demo = next(each for each in demos if each.name == model.address)
        return Chosen(model, demo_table(demo))
    named = {table.id: table for table in tables}
    return Chosen(model, *(_looked_at(named.get(name)) for name in (draft.data, draft.background)))


def _looked_at(table: TableSource | None) -> TableSource | None:
    """A table or an array with what of it is missing."""
    if table is None:
        return None
    if table.is_table:
        return replace(table, missing=read.missing(table.address))
    return replace(table, gaps=read.gaps(table.address))
