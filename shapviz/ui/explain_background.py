"""The third step of the Explain page: what samples are compared with, or hidden behind."""

from __future__ import annotations

from collections.abc import Sequence

from shapviz.jobs.hiding import cuts
from shapviz.ui import cards, markup, messages
from shapviz.ui import explain_fields as fields
from shapviz.ui.explain_draft import SAME, Draft
from shapviz.ui.explain_fits import lone
from shapviz.ui.explain_hiding import PICTURES, TEXTS, WAYS, WINDOWS, way_of, ways_for
from shapviz.ui.explain_layout import MIDDLE, NARROW, SLIM, SMALL, TITLE, Problems, row, said_of
from shapviz.ui.explain_sources import TableSource
from shapviz.ui.explain_spec import BACKGROUND, Chosen, form, pair_of

__all__ = ["background_card"]

MOST_REGIONS = 1000
CUTS = {"slic": "Along edges", "grid": "In squares"}
NO_EDGES = "Regions along edges need scikit-image: pip install 'shapviz[images]'."
LABELS = {PICTURES: "Hidden parts", TEXTS: "Hidden words", WINDOWS: "What is hidden"}
"""Form of the data → what the select is called."""


def background_card(
    draft: Draft, chosen: Chosen, tables: Sequence[TableSource], said: Problems
) -> None:
    """Draw step 3: the rows that stand in for a feature’s absence."""
    with cards.card("3. Compared with what?"):
        if chosen.is_demo:
            markup.sentence("The demo’s own: a sample of the rows it was trained on.")
            said_of(said, BACKGROUND)
            return
        there = form(draft, chosen)
        way = way_of(draft, there)
        with row():
            hiding = WAYS[way].is_hiding
            label, width = LABELS.get(there, "Background"), TITLE if hiding else MIDDLE
            fields.select(label, "how", ways_for(there), way, width=width)
            if hiding:
                DETAILS[WAYS[way].form](draft, way)
            else:
                _drawn(draft, way, tables)
        markup.footnote(WAYS[way].about)
        said_of(said, BACKGROUND)
        if chosen.data is not None and not hiding and draft.background in (SAME, draft.data):
            alone = lone(pair_of(draft, chosen, chosen.data), draft.method)
            if alone:
                messages.beside(alone, icon="warning")


def _drawn(draft: Draft, way: str, tables: Sequence[TableSource]) -> None:
    """Draw how many background rows are taken, and from which table."""
    if way != "all":
        fields.number("Rows", "size", draft.size, least=1, most=10_000, step=10, width=SLIM)
    if tables:
        others = {table.id: table.label for table in tables if table.id != draft.data}
        chosen = SAME if draft.background == draft.data else draft.background
        fields.select("From", "background", {SAME: "The same data", **others}, chosen, width=NARROW)


def _regions(draft: Draft, way: str) -> None:
    """Draw into how many parts a picture is cut, and how."""
    fields.number(
        "Regions",
        "regions",
        draft.regions,
        least=2,
        most=MOST_REGIONS,
        step=10,
        placeholder="Pixels",
        help="At most so many parts of each picture. Empty it to hide single pixels.",
        width=NARROW,
    )
    if draft.regions is not None:
        # What a job was copied from may have been made elsewhere.
        offered = {name: CUTS[name] for name in (*cuts(), draft.cut)}
        missing = "" if "slic" in cuts() else NO_EDGES
        fields.select("Cut", "cut", offered, draft.cut, help=missing or None, width=SMALL)


def _word(draft: Draft, way: str) -> None:
    """Draw what stands for hidden words."""
    if way != "replace":
        return
    fields.text("By", "word", draft.word, placeholder="…", width=SLIM)
    one_each = {"one": "One for several", "each": "One for each"}
    fields.select(
        "Neighbours",
        "together",
        one_each,
        "one" if draft.together else "each",
        write=lambda value: {"together": value == "one"},
        width=TITLE,
    )


def _together(draft: Draft, way: str) -> None:
    """Draw what of a window is hidden together."""
    kinds = {"time": "Each step", "feature": "Each signal", "entries": "Each number"}
    fields.select("Hidden at a time", "players", kinds, draft.players, width=TITLE)


DETAILS = {PICTURES: _regions, TEXTS: _word, WINDOWS: _together}
"""Form of a way that hides → what else is asked of it."""
