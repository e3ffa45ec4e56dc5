"""The inputs of a model that takes several: packed into one flat array, and unpacked again.

Everything between the caller and the model (background, masker, game, explanation) sees one array
with an entry of all inputs in each row. Calls no model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.errors import InputError, Words, complaint
from shapviz.input_parts import check_names, entry_names, flattened, split

__all__ = ["InputLayout", "as_dtype", "is_text", "layout_of", "learnt_layout"]

MOST_EXACT = 2**53
"""Whole numbers up to here are kept exactly among floats."""


@dataclass(frozen=True)
class InputLayout:
    """Which inputs a model takes, in which order and structure.

    Attributes
    ----------
    names : tuple of str
    shapes : tuple of tuples
        Of one sample; None for a size that the model leaves open.
    dtypes : tuple of str
        "float32", "int64", "string" …
    template : dict, list or tuple
        The structure that the model is called with, a position in place of each input.
    """

    names: tuple[str, ...]
    shapes: tuple[tuple[int | None, ...], ...]
    dtypes: tuple[str, ...]
    template: Any

    @property
    def is_open(self) -> bool:
        """Whether a size is still left open."""
        return any(None in shape for shape in self.shapes)

    @property
    def by_name(self) -> dict[str, tuple[int, ...]]:
        """Input name → shape; InputError while one is open."""
        for name, shape in zip(self.names, self.shapes, strict=True):
            if None in shape:
                raise InputError(
                    complaint(
                        "background",
                        f"tell the size of the input {name!r}, which the model leaves open",
                        Words(f"shape {shape}"),
                        "Pass a mapping of input names to arrays.",
                    )
                )
        return dict(zip(self.names, self.shapes, strict=True))  # type: ignore[arg-type]

    @property
    def width(self) -> int:
        """Entries of one row, p."""
        return sum(prod(shape) for shape in self.by_name.values())

    @property
    def feature_names(self) -> tuple[str, ...]:
        """A name per entry."""
        return entry_names(self.by_name)

    @property
    def has_text(self) -> bool:
        """Whether an input takes text."""
        return "string" in self.dtypes

    def structured(self, parts: Sequence[Any]) -> Any:
        """The inputs (tensors or arrays, in order) as the model's call takes them."""
        return _filled(self.template, parts)

    def of_size(self, extent: int) -> InputLayout:
        """The layout with this in place of every size left open."""
        shapes = tuple(tuple(size or extent for size in shape) for shape in self.shapes)
        return replace(self, shapes=shapes)

    def closed(self, rows: Any, name: str) -> InputLayout:
        """The layout with the sizes of these rows where the model leaves them open."""
        if not self.is_open or isinstance(rows, np.ndarray):
            return self
        shapes = []
        for part, each, shape in zip(self._parts(rows, name), self.names, self.shapes, strict=True):
            array = _dense(part)
            if array.ndim != len(shape) + 1:
                wanted = ", ".join("any" if size is None else str(size) for size in shape)
                fix = "Give the model what it was trained on."
                rule = f"have shape (n, {wanted})"
                raise InputError(complaint(f"{name}[{each!r}]", rule, array, fix))
            seen = zip(shape, array.shape[1:], strict=True)
            shapes.append(tuple(size if own is None else own for own, size in seen))
        return replace(self, shapes=tuple(shapes))

    def pack(self, rows: Any, name: str = "X") -> NDArray[Any]:
        """Return the inputs' rows as one array.

        Parameters
        ----------
        rows : mapping, list, tuple, DataFrame or array
            {input name: array (n, \\*shape)}; the arrays in the model's order; a table with a
            column for each input of one entry; or rows (n, p) that are packed already.
        name : str
            What messages call them.

        Returns
        -------
        array (n, p)
            float64, or objects where an input takes text.

        Raises
        ------
        InputError
            A missing or unknown input, another number of rows than the input before, another
            shape, fractions for whole numbers, text for numbers, or no rows.
        """
        parts, n = [], None
        for part, each, (given, shape), dtype in zip(
            self._parts(rows, name), self.names, self.by_name.items(), self.dtypes, strict=True
        ):
            said = f"{name}[{given!r}]"
            array = _dense(part)
            n = array.shape[0] if n is None and array.ndim else n
            if not array.ndim or array.shape[0] != n:
                fix = f"{self.names[0]!r} has {n} rows. Give every input the same samples."
                raise InputError(complaint(said, "have a row for each sample", array, fix))
            if array.shape[1:] != shape and not array.size == n * prod(shape) == n:
                wanted = ", ".join(map(str, ("n", *shape)))
                fix = "Give the model what it was trained on."
                raise InputError(complaint(said, f"have shape ({wanted})", array, fix))
            if n == 0:
                raise InputError(complaint(name, "hold at least one row", array, "Pass some rows."))
            if dtype != "string" and is_text(array):
                raise _not_numbers(said, dtype, array)
            kept = as_dtype(array, dtype, said)
            if kept.dtype.kind in "iu" and (np.abs(kept.astype(np.float64)) > MOST_EXACT).any():
                rule = "hold whole numbers up to 2**53, which are kept exactly"
                raise InputError(complaint(said, rule, array, f"Renumber {each!r}."))
            parts.append(array.astype(np.float64) if kept.dtype.kind == "f" else kept)
        flat = flattened(parts)
        return flat if flat.dtype.kind == "O" else flat.astype(np.float64)

    def unpack(self, flat: Any, name: str = "rows") -> tuple[NDArray[Any], ...]:
        """Return rows (n, p) as one array an input, each of its own shape and dtype."""
        parts = split(flat, self.by_name)
        return tuple(
            as_dtype(part, dtype, f"{name}[{each!r}]")
            for (each, part), dtype in zip(parts.items(), self.dtypes, strict=True)
        )

    def _parts(self, rows: Any, name: str) -> list[Any]:
        """One array an input, however they were given."""
        if isinstance(rows, pd.DataFrame):
            check_names(name, {str(column): None for column in rows.columns}, self.names)
            columns = [str(column) for column in rows.columns]
            return [rows.iloc[:, columns.index(each)] for each in self.names]
        if isinstance(rows, Mapping):
            check_names(name, rows, self.names)
            return [rows[each] for each in self.names]
        if isinstance(rows, list | tuple) and not isinstance(self.template, dict):
            if len(rows) == len(self.names):
                return list(rows)
        elif isinstance(rows, np.ndarray) and rows.ndim == 2 and rows.shape[1] == self.width:
            return list(split(rows, self.by_name).values())
        raise InputError(
            complaint(
                name,
                f"give the model's {len(self.names)} inputs",
                Words(f"{len(rows)} values in a {type(rows).__name__}")
                if isinstance(rows, list | tuple)
                else rows,
                f"Pass a mapping with {', '.join(map(repr, self.names))}.",
            )
        )


def _filled(template: Any, parts: Sequence[Any]) -> Any:
    if isinstance(template, int):
        return parts[template]
    if isinstance(template, dict):
        return {key: _filled(part, parts) for key, part in template.items()}
    return type(template)(_filled(part, parts) for part in template)


def _dense(part: Any) -> NDArray[Any]:
    return np.asarray(part.toarray() if hasattr(part, "toarray") else part)


def layout_of(model: Any) -> InputLayout | None:
    """The inputs of a Functional model that has several; None for one, or where it does not say."""
    inputs = getattr(model, "inputs", None) or []
    if len(inputs) < 2:
        return None
    positions = {id(tensor): i for i, tensor in enumerate(inputs)}

    def numbered(structure: Any) -> Any:
        if isinstance(structure, Mapping):
            return {key: numbered(part) for key, part in structure.items()}
        if isinstance(structure, list | tuple):
            return type(structure)(numbered(part) for part in structure)
        return positions[id(structure)]

    template = numbered(model.input)
    names = [str(tensor.name) for tensor in inputs]
    if isinstance(template, dict):
        for key, position in template.items():
            if isinstance(position, int):
                names[position] = str(key)
    return InputLayout(
        names=tuple(names),
        shapes=tuple(tuple(tensor.shape[1:]) for tensor in inputs),
        dtypes=tuple(str(tensor.dtype) for tensor in inputs),
        template=template,
    )


def learnt_layout(rows: Any, floats: str) -> InputLayout | None:
    """The inputs of a model that does not say, as these rows show them.

    Parameters
    ----------
    rows : mapping, list or tuple
        One array an input. Numbers with fractions are taken for `floats`.
    floats : str
        The model's own dtype.
    """
    named = isinstance(rows, Mapping)
    arrays = [_dense(part) for part in (rows.values() if named else rows)]
    if not arrays or not all(array.ndim for array in arrays):
        return None
    names = [str(name) for name in rows] if named else [f"input {i}" for i in range(len(arrays))]
    return InputLayout(
        names=tuple(names),
        shapes=tuple(array.shape[1:] for array in arrays),
        dtypes=tuple(_dtype_of(array, floats) for array in arrays),
        template={name: i for i, name in enumerate(names)} if named else list(range(len(names))),
    )


def _dtype_of(array: NDArray[Any], floats: str) -> str:
    if is_text(array):
        return "string"
    return str(array.dtype) if array.dtype.kind in "iub" else floats


def is_text(array: NDArray[Any]) -> bool:
    """Whether the rows hold text alone."""
    if array.dtype.kind == "O":
        return array.size > 0 and all(isinstance(cell, str | bytes) for cell in array.flat)
    return array.dtype.kind in "US"


def as_dtype(array: NDArray[Any], dtype: str, name: str = "rows") -> NDArray[Any]:
    """The array in a tensor's dtype; InputError where that would change what it says."""
    if dtype == "string":
        return _text_only(array, name)
    try:
        with np.errstate(invalid="ignore"):
            converted = array.astype(_storage(dtype), copy=False)
            # Numbers kept as objects beside text may be fractions too.
            loose = array.astype(np.float64) if array.dtype.kind == "O" else array
    except (TypeError, ValueError) as error:
        raise _not_numbers(name, dtype, array) from error
    if converted.dtype.kind in "iub" and loose.dtype.kind == "f" and (converted != loose).any():
        raise InputError(
            complaint(
                name,
                f"hold whole numbers, as the model takes {dtype}",
                array,
                "Round them as for training, in the background too.",
            )
        )
    return converted


def _not_numbers(name: str, dtype: str, array: NDArray[Any]) -> InputError:
    return InputError(
        complaint(
            name,
            f"be numbers, as the model takes {dtype}",
            array,
            "Encode text columns as they were for training.",
        )
    )


def _text_only(array: NDArray[Any], name: str) -> NDArray[Any]:
    """The array as objects; InputError where an entry is not text."""
    objects = array.astype(object)
    strange = next((cell for cell in objects.flat if not isinstance(cell, str | bytes)), None)
    if strange is not None:
        raise InputError(
            complaint(
                name, "hold text, as the model takes it", strange, "Write missing entries as ''."
            )
        )
    return objects


def _storage(dtype: str) -> str:
    """The NumPy dtype that carries a tensor dtype exactly enough to be cast on the way in."""
    return "float32" if dtype == "bfloat16" else dtype
