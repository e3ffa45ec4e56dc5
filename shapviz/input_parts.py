"""Several inputs side by side: the entries of all on one flat axis, and each input's own array.

What an Explanation of a model with several inputs needs: it holds flat arrays and shows one array
an input. Knows nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np

from shapviz.errors import InputError, Words, complaint
from shapviz.explanation_fields import default_names, plain
from shapviz.types import Array

__all__ = [
    "Shapes",
    "as_shapes",
    "check_names",
    "checked",
    "entry_name",
    "entry_names",
    "flattened",
    "found",
    "joined",
    "part",
    "side_by_side",
    "split",
]

_PIXEL = re.compile(r"^y(\d+) x(\d+)(?: c(\d+))?$")
"""How `default_names` writes the place of a pixel."""

Shapes = Mapping[str, tuple[int, ...]]
"""Input name → shape of one sample, in the order in which their entries stand."""


def as_shapes(inputs: Any) -> Shapes:
    """`inputs` as a read-only mapping of names to shapes; InputError for anything else."""
    rule = "map input names to the shapes of one sample"
    fix = "Pass {'image': (28, 28, 1), 'age': (1,)}."
    if not isinstance(inputs, Mapping) or not inputs:
        raise InputError(complaint("inputs", rule, inputs, fix))
    try:
        shapes = {str(name): tuple(int(size) for size in inputs[name]) for name in inputs}
    except (TypeError, ValueError) as error:
        raise InputError(complaint("inputs", rule, dict(inputs), fix)) from error
    if any(size < 1 for shape in shapes.values() for size in shape):
        raise InputError(complaint("inputs", rule, shapes, fix))
    return MappingProxyType(shapes)


def entry_names(inputs: Shapes) -> tuple[str, ...]:
    """A name per entry, flat: the input's own where it holds one, else its position too.

    Examples
    --------
    >>> entry_names({"age": (1,), "history": (2,)})
    ('age', 'history: feature 0', 'history: feature 1')
    """
    return tuple(
        name if prod(shape) == 1 else entry_name(name, entry)
        for name, shape in inputs.items()
        for entry in default_names(shape or (1,))
    )


def entry_name(name: str, entry: str) -> str:
    """A name for one of several entries of an input; a pixel's place in words.

    Examples
    --------
    >>> entry_name("scan", "y3 x4"), entry_name("table", "age")
    ('scan: row 3, column 4', 'table: age')
    """
    return f"{name}: {_PIXEL.sub(_in_words, entry)}"


def _in_words(pixel: re.Match[str]) -> str:
    row, column, channel = pixel.groups()
    return f"row {row}, column {column}" + (f", channel {channel}" if channel else "")


def split(array: Array, inputs: Shapes) -> dict[str, Array]:
    """An array (n, p, \\*rest) as {name: array of shape (n, \\*shape, \\*rest)}: views of it."""
    ends = np.cumsum([prod(shape) for shape in inputs.values()])
    parts = np.split(array, ends[:-1], axis=1)
    n, rest = array.shape[:1], array.shape[2:]
    return {
        name: part.reshape(*n, *shape, *rest)
        for (name, shape), part in zip(inputs.items(), parts, strict=True)
    }


def flattened(arrays: Sequence[Array], rest: tuple[int, ...] = ()) -> Array:
    """One array (n, \\*shape, \\*rest) an input as one (n, p, \\*rest); of objects beside text."""
    n = len(arrays[0])
    flat = [plain(array).reshape(n, -1, *rest) for array in arrays]
    if any(array.dtype.kind == "O" for array in flat):
        flat = [array.astype(object) for array in flat]
    return np.concatenate(flat, axis=1)


def joined(name: str, given: Any, inputs: Shapes, outputs: tuple[int, ...] = ()) -> Any:
    """A field given by input as one flat array; what is no mapping is returned as it is.

    Raises
    ------
    InputError
        An input is missing, unknown, of another shape, or of another number of samples.
    """
    if not isinstance(given, Mapping):
        return given
    check_names(name, given, tuple(inputs))
    arrays = {each: np.asarray(given[each]) for each in inputs}
    n = None
    for each, shape in inputs.items():
        array = arrays[each]
        n = array.shape[0] if n is None and array.ndim else n
        if array.shape != (n, *shape, *outputs):
            wanted = ", ".join(map(str, ("n" if n is None else n, *shape, *outputs)))
            raise InputError(
                complaint(
                    f"{name}[{each!r}]",
                    f"have shape ({wanted})",
                    array,
                    "Give every input the same samples.",
                )
            )
    return flattened(list(arrays.values()), outputs)


def part(fields: Mapping[str, Any], inputs: Shapes, name: str) -> dict[str, Any]:
    """The fields of an explanation that are one input's, in the input's own shape."""
    sizes = [prod(shape) for shape in inputs.values()]
    at = list(inputs).index(name)
    start, stop = sum(sizes[:at]), sum(sizes[: at + 1])

    def own(field: str) -> Any:
        array = fields[field]
        return None if array is None else _plain_again(split(array, inputs)[name], inputs[name])

    def by_input(field: str) -> Any:
        return fields[field].get(name) if isinstance(fields[field], Mapping) else None

    told = dict(fields["provenance"])
    told.pop("modality", None)
    each = told.pop("told_by_input", {})
    return {
        **fields,
        **{field: own(field) for field in ("values", "standard_errors", "data", "display_data")},
        "feature_units": fields["feature_units"][start:stop],
        **{field: by_input(field) for field in ("regions", "wholes")},
        "feature_names": without(name, fields["feature_names"][start:stop]),
        "provenance": {**told, **each.get(name, {}), "input": name},
        "inputs": None,
        "interactions": None,
        "trees": None,
    }


def without(name: str, names: Sequence[str]) -> tuple[str, ...]:
    """Names of an input's entries without the input's own before them."""
    before = f"{name}: "
    return tuple(each.removeprefix(before) for each in names)


def _plain_again(array: Array, shape: tuple[int, ...]) -> Array:
    """An input's own array: at least one axis of features, numbers that stood beside text again."""
    array = array if shape else array[:, None]
    if array.dtype.kind != "O":
        return array
    cells = array.ravel().tolist()
    if all(isinstance(cell, int | float | np.number) for cell in cells):
        return array.astype(np.float64)
    return array


def check_names(name: str, given: Mapping[Any, Any], names: Sequence[str]) -> None:
    """InputError unless the mapping has exactly these names."""
    known = f"It takes {', '.join(map(repr, names))}."
    for each in names:
        if each not in given:
            got = Words(", ".join(map(repr, given)) or "nothing")
            raise InputError(complaint(name, f"hold the input {each!r}", got, known))
    for each in given:
        if each not in names:
            raise InputError(complaint(name, "hold only the model's inputs", each, known))


def found(
    inputs: Any, values: Any, data: Any, base: Any, predictions: Any, output_names: Any
) -> Shapes | None:
    """The inputs of an explanation: as given, else those of values given as a mapping, else None.

    Whether such values end in an output axis is told by what came with them, as for plain ones.
    """
    if inputs is not None:
        return as_shapes(inputs)
    if not isinstance(values, Mapping):
        return None
    arrays = {str(name): np.asarray(array) for name, array in values.items()}
    if isinstance(data, Mapping):
        outputs = all(
            array.ndim > np.ndim(data[name]) for name, array in arrays.items() if name in data
        )
    else:
        named = () if output_names is None else np.shape(output_names)[-1:]
        ends = {array.shape[-1:] for array in arrays.values() if array.ndim > 1}
        twofold = 2 in (np.ndim(base), 0 if predictions is None else np.ndim(predictions))
        outputs = twofold or ends == {named}
    shapes = {name: array.shape[1 : array.ndim - outputs] for name, array in arrays.items()}
    return as_shapes(shapes)


def side_by_side(inputs: Shapes, values: Any, errors: Any, data: Any, shown: Any) -> list[Any]:
    """Values, standard errors, data and display data, flat where they were given by input."""
    outputs: tuple[int, ...] = ()
    if isinstance(values, Mapping):
        check_names("values", values, tuple(inputs))
        name, shape = next(iter(inputs.items()))
        outputs = np.shape(values[name])[1 + len(shape) :]
    return [
        joined("values", values, inputs, outputs),
        joined("standard_errors", errors, inputs, outputs),
        joined("data", data, inputs),
        joined("display_data", shown, inputs),
    ]


def checked(inputs: Shapes, values: Array) -> bool:
    """Whether flat values (n, p) or (n, p, outputs) have outputs; InputError for another shape."""
    p = sum(prod(shape) for shape in inputs.values())
    if values.ndim not in (2, 3) or values.shape[1] != p:
        raise InputError(
            complaint(
                "values",
                f"have shape (n, {p}) or (n, {p}, outputs), the inputs' entries side by side",
                values,
                "Pass a mapping of input names to arrays.",
            )
        )
    return values.ndim == 3
