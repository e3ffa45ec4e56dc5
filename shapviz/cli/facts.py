"""What a model's file takes and answers: known in the store, else told by a trial in a child."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapviz.cli.common import open_store
from shapviz.cli.material import NO_LIMIT
from shapviz.errors import JobCancelled, ShapvizError, StoreError

if TYPE_CHECKING:
    from shapviz.jobs.model_facts import ModelFacts
    from shapviz.types import Cancel

__all__ = ["Told", "told_by"]


@dataclass(frozen=True)
class Told:
    """What is known of a model.

    Attributes
    ----------
    format : str
        Its file's ending without the dot.
    facts : mapping or None
        As `Materials.describe` keeps them; None where nobody has seen it at work.
    """

    format: str
    facts: Mapping[str, Any] | None = field(default=None)

    @property
    def of_model(self) -> ModelFacts:
        """The same as rules for columns and calls take it."""
        from shapviz.jobs.model_facts import facts_of

        return facts_of(self)


def told_by(
    model: Path,
    *,
    trusted: bool,
    store: str | None,
    say: Callable[[str], None],
    cancel: Cancel | None = None,
) -> Told:
    """Return what is known of a model's file; it is not opened in this process.

    Parameters
    ----------
    model : Path
    trusted : bool
        Whether the file may run code of its own. What only such a file can do is not tried.
    store : str or None
        Where the same model may have been looked at before; not made.
    say : callable
        Hears that it takes a moment.
    cancel : Cancel, optional

    Raises
    ------
    ShapvizError
        Nobody vouched for it, and it is no model or cannot be opened: a job on it would fail.
    JobCancelled
        `cancel` was set.
    """
    from shapviz.settings import Settings
    from shapviz.uploads import child_limits
    from shapviz.uploads.admit import try_model
    from shapviz.uploads.kinds import recognise
    from shapviz.uploads.policy import MODELS, check_model, clean_name

    ending = "saved_model" if model.is_dir() else model.suffix.lower().lstrip(".")
    known = _known(model, store)
    kind = recognise(model)
    rule = MODELS.get(kind.name)
    if known is not None:
        return Told(ending, known)
    if rule is None or rule.refused:
        if not trusted:
            # Raises: it says what the file is, and what to do instead.
            check_model(model, clean_name(model.name), limit=NO_LIMIT)
        return Told(ending)
    say(f"Looking at {model.name} …")
    try:
        found = try_model(
            model, kind, clean_name(model.name), child_limits(Settings()), cancel=cancel
        )
    except JobCancelled:
        raise
    except ShapvizError:
        if not trusted:
            raise
        say("It does not open without trust: what it takes is not known beforehand.")
        return Told(ending)
    return Told(ending, asdict(found))


def _known(model: Path, store: str | None) -> Mapping[str, Any] | None:
    from shapviz.store.material_files import file_digest

    try:
        return open_store(store).materials.model(file_digest(model)[0]).facts
    except StoreError:
        # No store yet, or it has not met this model.
        return None
