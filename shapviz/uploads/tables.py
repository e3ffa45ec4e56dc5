"""Tables and texts read: in the child alone, where Arrow meets hostile bytes.

Cells stay what they are: text that a spreadsheet would take for a formula is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from shapviz.errors import UploadError, Words, complaint
from shapviz.labels import several
from shapviz.uploads.limits import DataLimits
from shapviz.uploads.parcels import write_parcel
from shapviz.uploads.texts import Layout, check_names, clean_column

__all__ = ["read_table"]

MISSING = ("", "NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL", "None")
"""What stands for no number in a column of numbers. In a column of text only "" does."""

BLOCK = 2**22
LARGEST_BLOCK = 2**27


def read_table(
    path: str,
    name: str,
    folder: str,
    limits: dict[str, Any],
    layout: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Read a table, write its columns into a folder and say what they are.

    Parameters
    ----------
    path : str
    name : str
        What to call it in messages.
    folder : str
        Where the columns go.
    limits : dict
        `DataLimits.to_json()`.
    layout : dict, optional
        `Layout` of a text file, as a dict; without it the file is Parquet.

    Returns
    -------
    dict
        ``columns`` as `write_parcel` gives them, ``notes`` for people.

    Raises
    ------
    UploadError
        It breaks a limit, or cannot be read; the message says where.
    """
    import pyarrow as pa

    bounds = DataLimits(**limits)
    notes: list[str] = []
    try:
        if layout is None:
            table = _parquet(Path(path), name, bounds)
        else:
            told = Layout(**layout)
            table = _csv(path, told) if told.separator else _lines(Path(path), name, told)
            notes += _told(told)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError, OSError) as error:
        said = " ".join(str(error).split())[:200]
        fix = "Write it anew: frame.to_parquet(path), or frame.to_csv(path, index=False)."
        raise _refused(name, "be a table that can be read", said, fix) from error
    names = [clean_column(each) for each in table.column_names]
    if names != table.column_names:
        changed = sum(a != b for a, b in zip(names, table.column_names, strict=True))
        notes.append(
            f"Line ends and marks of direction were taken out of {several(changed, 'name')}."
        )
    check_names(names, name, bounds)
    _check_size(table.num_rows, table.num_columns, name, bounds)
    columns = {each: _plain(table.column(i), each, name) for i, each in enumerate(names)}
    return {"columns": write_parcel(columns, Path(folder)), "notes": notes}


def _refused(name: str, rule: str, got: str, fix: str) -> UploadError:
    return UploadError(complaint(name, rule, Words(got), fix))


def _check_size(rows: int, columns: int, name: str, limits: DataLimits) -> None:
    checks = (
        (columns, limits.columns, "columns"),
        (rows, limits.rows, "rows"),
        (rows * columns, limits.cells, "cells"),
    )
    for found, most, what in checks:
        if found > most:
            fix = "Leave out columns the model does not take, or upload a sample of the rows."
            raise _refused(name, f"have at most {most:,} {what}", f"{found:,}", fix)
    if rows == 0 or columns == 0:
        got = f"{rows:,} rows of {columns:,} columns"
        raise _refused(name, "have at least one row", got, "Upload a table with samples.")


def _told(layout: Layout) -> list[str]:
    if not layout.separator:
        return ["Read as one text a line."]
    notes = []
    if layout.separator != ",":
        shown = {"\t": "tab", ";": "semicolon", "|": "bar"}[layout.separator]
        notes.append(f"Columns are separated by {shown}.")
    if layout.decimal == ",":
        notes.append("Numbers are written with a decimal comma.")
    return notes


def _lines(path: Path, name: str, layout: Layout) -> Any:
    import pyarrow as pa

    text = path.read_bytes().decode(layout.encoding)
    lines = re.split(r"\r\n|\r|\n", text)
    if lines and not lines[-1]:
        lines.pop()
    if not any(line.strip() for line in lines):
        got = several(len(lines), "blank line")
        raise _refused(name, "hold something", got, "Upload a table with samples, or texts.")
    return pa.table({"text": pa.array(lines, pa.large_string())})


def _csv(path: str, layout: Layout) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    block = BLOCK
    while True:
        try:
            return csv.read_csv(
                path,
                read_options=csv.ReadOptions(
                    use_threads=False,
                    block_size=block,
                    encoding="utf8" if layout.encoding.startswith("utf-8") else layout.encoding,
                ),
                parse_options=csv.ParseOptions(delimiter=layout.separator, newlines_in_values=True),
                convert_options=csv.ConvertOptions(
                    null_values=list(MISSING),
                    strings_can_be_null=False,
                    decimal_point=layout.decimal,
                ),
            )
        except pa.ArrowInvalid as error:
            # One record longer than a block: a larger one, to a point.
            if "straddl" not in str(error) or block >= LARGEST_BLOCK:
                raise
            block *= 8


def _parquet(path: Path, name: str, limits: DataLimits) -> Any:
    import pyarrow.parquet as pq

    with pq.ParquetFile(
        path, thrift_string_size_limit=2**26, thrift_container_size_limit=2**22
    ) as file:
        about = file.metadata
        _check_size(about.num_rows, about.num_columns, name, limits)
        promised = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
        if promised > 16 * limits.bytes:
            rule = f"unpack to at most {16 * limits.bytes:,} bytes"
            raise _refused(name, rule, f"{promised:,} bytes", "Upload a sample of it.")
        table = file.read(use_threads=False)
    # What pandas wrote about itself is not followed: indexes are columns.
    return table.replace_schema_metadata(None)


# Columns ----------------------------------------------------------------------------------------


def _plain(column: Any, called: str, name: str) -> Any:
    """A column as one of the parcel's types; UploadError for one that holds no plain cells."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as types

    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kept = column.type
    for matches, convert in CONVERSIONS:
        if matches(types, kept):
            return convert(column, pa, pc)
    fix = "Leave the column out, or turn it into numbers or text."
    got = f"column {called[:80]!r} of {kept}"
    raise _refused(name, "hold numbers, text, dates and yes or no", str(got)[:200], fix)


def _to_text(column: Any, pa: Any, pc: Any) -> Any:
    whole = pa.concat_arrays(
        [chunk.cast(pa.large_string()) for chunk in column.chunks]
        or [pa.array([], pa.large_string())]
    )
    return pc.if_else(pc.equal(whole, ""), pa.scalar(None, pa.large_string()), whole)


def _to_numbers(kind: str) -> Callable[[Any, Any, Any], Any]:
    def convert(column: Any, pa: Any, pc: Any) -> Any:
        # A missing number has no place among integers or yes and no.
        if column.null_count and kind != "float32":
            return np.asarray(pc.cast(column, pa.float64()).to_numpy(), dtype=np.float64)
        return np.asarray(column.to_numpy()).astype(kind)

    return convert


def _to_float(column: Any, pa: Any, pc: Any) -> Any:
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


def _to_yes_or_no(column: Any, pa: Any, pc: Any) -> Any:
    if column.null_count:
        return _to_float(column.cast(pa.int8()), pa, pc)
    return np.asarray(column.to_numpy()).astype(bool)


def _to_dates(column: Any, pa: Any, pc: Any) -> Any:
    return np.asarray(column.cast(pa.timestamp("us")).to_numpy()).astype("datetime64[us]")


def _to_missing(column: Any, pa: Any, pc: Any) -> Any:
    return np.full(len(column), np.nan)


CONVERSIONS: tuple[tuple[Callable[[Any, Any], bool], Callable[[Any, Any, Any], Any]], ...] = (
    (lambda t, kind: t.is_null(kind), _to_missing),
    (lambda t, kind: t.is_boolean(kind), _to_yes_or_no),
    (lambda t, kind: t.is_unsigned_integer(kind), _to_numbers("uint64")),
    (lambda t, kind: t.is_integer(kind), _to_numbers("int64")),
    (lambda t, kind: t.is_float32(kind), _to_numbers("float32")),
    (lambda t, kind: t.is_floating(kind) or t.is_decimal(kind), _to_float),
    (lambda t, kind: t.is_string(kind) or t.is_large_string(kind), _to_text),
    (lambda t, kind: t.is_timestamp(kind) or t.is_date(kind), _to_dates),
)
"""Arrow's type → how a column becomes one of the parcel's."""
