"""Which columns of a table are features, truth, names and labels: proposed by rules, checked.

Pure: names and kinds of columns in, names and sentences out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shapviz.labels import count, several, shorten
from shapviz.selection import nearest

__all__ = [
    "Columns",
    "Roles",
    "beside",
    "checked",
    "is_number",
    "labelled",
    "listed",
    "proposed",
]

TRUTHS = ("target", "label", "y", "class", "truth", "outcome", "response", "actual")
NAMES = ("id", "name", "key", "index", "sample", "case")
TEXTS = ("text", "review", "comment", "message", "body", "sentence", "document")
LABELS = (*TRUTHS, *NAMES)
INDEX = re.compile(r"__index_level_\d+__|Unnamed: \d+")
"""What pandas calls an index without a name in a Parquet file, and reads one in a CSV as."""
NUMBERS = re.compile(r"(u?int\d*|float\d*|double|bool(ean)?)$", re.IGNORECASE)
SHOWN, LONGEST = 4, 60


@dataclass(frozen=True)
class Columns:
    """A table's columns, and what the model says it takes.

    Attributes
    ----------
    names, dtypes : tuple of str
        Of the table.
    wanted : tuple of str
        Columns the model was trained on; empty where it does not say.
    width : int or None
        Features the model takes; None where it does not say.
    numbers : bool
        Whether it is known to take numbers.
    texts : bool
        Whether it is known to take texts, one a sample.
    nothing_else : bool
        Whether its kind takes nothing but numbers, whatever a column is called.
    """

    names: tuple[str, ...]
    dtypes: tuple[str, ...]
    wanted: tuple[str, ...] = ()
    width: int | None = None
    numbers: bool = False
    texts: bool = False
    nothing_else: bool = False

    def kind(self, name: str) -> str:
        """Return the type of a column."""
        return self.dtypes[self.names.index(name)]

    @property
    def numeric(self) -> tuple[str, ...]:
        """Columns of numbers."""
        return tuple(n for n, t in zip(self.names, self.dtypes, strict=True) if is_number(t))


@dataclass(frozen=True)
class Roles:
    """What each column is for.

    Attributes
    ----------
    features : tuple of str
        In the model's order.
    truth, names : str or None
        The column of true outcomes, and that of the samples' names.
    metadata : tuple of str
        Kept beside the samples, not shown to the model.
    """

    features: tuple[str, ...] = ()
    truth: str | None = None
    names: str | None = None
    metadata: tuple[str, ...] = ()


Rule = Callable[[Columns], tuple[tuple[str, ...], str] | None]


def proposed(columns: Columns) -> tuple[Roles, str]:
    """Return what each column is most likely for, and how that was told.

    Examples
    --------
    >>> columns = Columns(("id", "b", "a", "y"), ("str", "float64", "float64", "int64"), ("a", "b"))
    >>> roles, said = proposed(columns)
    >>> roles.features, roles.truth, roles.names
    (('a', 'b'), 'y', 'id')
    >>> said
    'The model’s 2 columns were found by name.'
    """
    for rule in RULES:
        found = rule(columns)
        if found is not None:
            features, said = found
            break
    return beside(columns, features), said


def beside(columns: Columns, features: Sequence[str]) -> Roles:
    """Return what the other columns are most likely for, where the features are known.

    Examples
    --------
    >>> columns = Columns(("review", "label", "stars"), ("str", "int64", "int64"), texts=True)
    >>> beside(columns, ["review"])
    Roles(features=('review',), truth='label', names=None, metadata=('stars',))
    """
    left = [name for name in columns.names if name not in features]
    truth = _truth(columns, left)
    names = next((name for name in left if name != truth and _like(name, NAMES)), None)
    metadata = tuple(name for name in left if name not in (truth, names))
    return Roles(tuple(features), truth, names, metadata)


def labelled(name: str) -> bool:
    """Return whether a column is called as true outcomes or names are: not as a feature is."""
    return _like(name, LABELS)


def checked(roles: Roles, columns: Columns) -> str:
    """Return what keeps the model from taking these columns, and what to do; empty when nothing.

    Examples
    --------
    >>> columns = Columns(("Age", "bmi"), ("int64", "float64"), ("age", "bmi"))
    >>> print(checked(Roles(("Age", "bmi")), columns))
    The model was trained on “age”, which is not a column of this table. Did you mean 'Age'? \
Rename the column in the file.
    """
    if not roles.features:
        return "No column is chosen as a feature. Choose those that the model was trained on."
    text = [name for name in roles.features if name not in columns.numeric]
    missing = [name for name in columns.wanted if name not in columns.names]
    if missing:
        is_one = len(missing) == 1
        return (
            f"The model was trained on {listed(missing)}, which {'is' if is_one else 'are'} not "
            f"{'a column' if is_one else 'columns'} of this table. "
            f"{nearest(missing[0], columns.names)} Rename the column{'' if is_one else 's'} in the "
            "file."
        )
    if columns.wanted and set(roles.features) != set(columns.wanted):
        left = [name for name in columns.wanted if name not in roles.features]
        more = [name for name in roles.features if name not in columns.wanted]
        parts = [f"add {listed(left)}"] if left else []
        parts += [f"leave out {listed(more)}"] if more else []
        return (
            f"The model takes the {several(len(columns.wanted), 'column')} it was trained on: "
            f"{' and '.join(parts)}."
        )
    chosen = len(roles.features)
    if columns.width is not None and chosen != columns.width:
        return (
            f"The model takes {several(columns.width, 'feature')}; {count(chosen)} "
            f"{'is' if chosen == 1 else 'are'} chosen. Choose those that it was trained on, in its "
            "order."
        )
    if columns.texts and (len(roles.features) > 1 or not text):
        return "The model reads one text a sample. Choose the one column that holds it."
    if columns.numbers and (columns.nothing_else or not columns.wanted):
        return _no_numbers([name for name in text if columns.kind(name) != "category"], columns)
    return ""


def _no_numbers(names: Sequence[str], columns: Columns) -> str:
    """What is wrong with columns of text or dates for a model that takes numbers."""
    if not names:
        return ""
    dates = [name for name in names if columns.kind(name).startswith("datetime")]
    held, verbs = ("dates", ("holds", "hold")) if dates else ("text", ("is", "are"))
    told = dates or names
    do = "Write them as numbers" if columns.wanted else "Leave them out"
    return (
        f"{listed(told)} {verbs[len(told) > 1]} {held}, and the model takes numbers. {do}, or "
        f"explain a model that includes the step that turns {held} into numbers."
    )


# Rules ----------------------------------------------------------------------------------------


def _by_name(columns: Columns) -> tuple[tuple[str, ...], str] | None:
    if not columns.wanted or any(name not in columns.names for name in columns.wanted):
        return None
    found = several(len(columns.wanted), "column")
    return columns.wanted, f"The model’s {found} {_were(columns.wanted)} found by name."


def _by_text(columns: Columns) -> tuple[tuple[str, ...], str] | None:
    """The column of text, for a model that takes one thing and would not take numbers."""
    texts = [n for n in columns.names if n not in columns.numeric and not _like(n, LABELS)]
    if columns.texts and texts:
        # Of several the one that is called so; else the first, which can be changed.
        first = next((n for n in texts if _like(n, TEXTS)), texts[0])
        return (first,), f"The model reads the text in “{first}”."
    if columns.numbers or columns.width != 1 or len(texts) != 1:
        return None
    return tuple(texts), f"The model takes one feature: the text in “{texts[0]}”."


def _by_width(columns: Columns) -> tuple[tuple[str, ...], str] | None:
    if columns.width is None or columns.wanted:
        return None
    start = f"The model takes {several(columns.width, 'feature')} and does not name them:"
    likely = _likely(columns)
    unmarked = tuple(n for n in columns.names if not _like(n, LABELS))
    if len(likely) < len(unmarked) == columns.width:
        # A cell that is no number makes a column text: better said of it than moved to the truth.
        text = [name for name in unmarked if name not in columns.numeric]
        return unmarked, f"{start} all columns but truth and names. Look at {listed(text)}."
    for some in (likely, columns.numeric):
        if len(some) == columns.width:
            found = several(len(some), "column")
            return some, f"{start} the {found} of numbers, in the table’s order."
    if len(likely) == columns.width + 1:
        # Where one is too many, the last is by custom what the model predicts.
        return likely[:-1], f"{start} the columns of numbers without the last, “{likely[-1]}”."
    return None


def _numbers(columns: Columns) -> tuple[tuple[str, ...], str] | None:
    some = _likely(columns) or columns.numeric or columns.names
    # Where the model names its columns, what is missing is said by `checked`.
    return some, "" if columns.wanted else "Check which columns are features; these were guessed."


RULES: tuple[Rule, ...] = (_by_name, _by_text, _by_width, _numbers)
"""Each answers with features and a sentence, or leaves it to the next."""


def _likely(columns: Columns) -> tuple[str, ...]:
    """Columns of numbers that do not look like the truth or like names."""
    return tuple(n for n in columns.numeric if not _like(n, LABELS))


def _truth(columns: Columns, left: Sequence[str]) -> str | None:
    named = next((name for name in left if _like(name, TRUTHS)), None)
    if named is not None:
        return named
    # The one column of numbers that a model does not take, in a table made for it: what it
    # predicts.
    only = [name for name in left if name in columns.numeric and not _like(name, NAMES)]
    known = columns.wanted or columns.width is not None
    return only[0] if known and len(only) == 1 else None


def _like(name: str, words: Sequence[str]) -> bool:
    if INDEX.fullmatch(name):
        return "index" in words
    parts = [part for part in re.split(r"[^a-z0-9]+", name.lower()) if part]
    return bool(parts) and parts[-1] in words


def is_number(dtype: str) -> bool:
    """Return whether a column of this type holds numbers."""
    return NUMBERS.match(dtype) is not None


def _were(names: Sequence[str]) -> str:
    return "was" if len(names) == 1 else "were"


def listed(names: Sequence[str]) -> str:
    """Return names in quotes, the first few of many.

    Examples
    --------
    >>> listed(["age", "bmi"]), listed(list("abcdef"))
    ('“age” and “bmi”', '“a”, “b”, “c”, “d” and 2 more')
    """
    shown = [f"“{shorten(name, LONGEST)}”" for name in names[:SHOWN]]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {count(more)} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
