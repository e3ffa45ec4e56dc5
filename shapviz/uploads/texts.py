"""Text files: encoding, separator and first line, told from bytes without a parser's guess."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from shapviz.errors import UploadError, Words, complaint
from shapviz.uploads.limits import DataLimits

__all__ = ["DIRECTIONS", "Layout", "check_names", "check_text", "clean_column", "layout_of"]

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that change the direction of writing."""

SEPARATORS = (",", ";", "\t", "|")
BLOCK = 2**22
SAMPLE_LINES = 50
SAMPLE_BYTES = 2**20
DECIMAL_COMMA = re.compile(r"-?\d+,\d+(?:[eE][-+]?\d+)?")
DECIMAL_POINT = re.compile(r"-?\d+\.\d+(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Layout:
    """How a text file is a table.

    Attributes
    ----------
    encoding : str
    separator : str
        Empty for one text a line.
    decimal : str
        "." or ",".
    """

    encoding: str
    separator: str
    decimal: str = "."


def encoding_of(head: bytes) -> str:
    """Encoding as the first bytes state it; UTF-8 where they state none."""
    return next((name for mark, name in MARKS if head.startswith(mark)), "utf-8")


def check_text(path: Path, name: str) -> None:
    """UploadError for a text in another encoding, with NUL bytes, or with a line without end.

    Parameters
    ----------
    path : Path
    name : str
        What to call it in the message.
    """
    with path.open("rb") as stream:
        encoding = encoding_of(stream.read(4))
        stream.seek(0)
        if encoding == "utf-32":
            raise _wrong_encoding(name, "UTF-32")
        decoder = codecs.getincrementaldecoder(encoding)()
        line = 1
        while True:
            block = stream.read(BLOCK)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                line += block[: error.start].count(b"\n")
                byte = error.object[error.start : error.start + 1].hex()
                raise _wrong_encoding(name, f"byte 0x{byte} in line {line:,}") from error
            if "\0" in text:
                line += text[: text.index("\0")].count("\n")
                raise UploadError(
                    complaint(
                        name,
                        "be plain text",
                        Words(f"a NUL byte in line {line:,}"),
                        "Save it as CSV again; if it is UTF-16, with its byte order mark.",
                    )
                )
            line += text.count("\n")
            if not block:
                return


def _wrong_encoding(name: str, got: str) -> UploadError:
    return UploadError(
        complaint(
            name,
            "be text in UTF-8 (or UTF-16 with its mark)",
            Words(got),
            "Save it again as UTF-8; in Excel: 'CSV UTF-8'. In pandas: "
            "frame.to_csv(path, encoding='utf-8').",
        )
    )


def layout_of(path: Path, name: str, limits: DataLimits, lines: bool | None = None) -> Layout:
    """Return how a text file is a table, and check what can be counted before it is parsed.

    Parameters
    ----------
    path : Path
    name : str
    limits : DataLimits
    lines : bool, optional
        Whether it is one text a line; None to tell by whether any separator occurs as often in
        every line, or, without any, whether the first line looks like a column's name.

    Raises
    ------
    UploadError
        Too many columns or rows, or a first line that cannot hold names.
    """
    with path.open("rb") as stream:
        head = stream.read(SAMPLE_BYTES)
    encoding = encoding_of(head)
    text = head.decode(encoding, errors="ignore")
    found = "" if lines else _separator(text)
    if lines is None and not found:
        first = text.split("\n", 1)[0].strip().strip('"')
        lines = not re.fullmatch(r"[\w.\-()%\[\]/]{1,64}", first)
    rows = _count_lines(path)
    if rows > limits.rows + 1:
        rule = f"have at most {limits.rows:,} rows"
        raise UploadError(complaint(name, rule, Words(f"{rows:,} lines"), "Upload a sample of it."))
    if lines:
        return Layout(encoding, "")
    found = found or ","
    names = header_names(text, found)
    _check_header(names, name, limits, whole=len(head) < SAMPLE_BYTES or "\n" in text)
    if len(names) * rows > limits.cells:
        got = Words(f"{len(names):,} columns in {rows:,} lines")
        rule = f"have at most {limits.cells:,} cells"
        raise UploadError(complaint(name, rule, got, "Upload a sample of it."))
    return Layout(encoding, found, _decimal(text, found))


def clean_column(name: str) -> str:
    """A column's name on one line, without marks that change the direction of writing.

    Markup stays the text it is: the pages escape it.

    Examples
    --------
    >>> clean_column("net\\nincome\\u202e"), clean_column("<b>age</b>")
    ('net income', '<b>age</b>')
    """
    kept = "".join(c for c in name if c not in DIRECTIONS)
    if kept.isprintable():
        return kept
    return " ".join("".join(c if c.isprintable() else " " for c in kept).split())


def header_names(text: str, separator: str) -> list[str]:
    """The cells of the first record, quotes taken off."""
    import csv
    import io

    csv.field_size_limit(SAMPLE_BYTES)
    return next(csv.reader(io.StringIO(text), delimiter=separator), [])


def _separator(text: str) -> str:
    """The separator that parts the lines into as many cells each, at least two; "" if none."""
    import csv
    import io

    csv.field_size_limit(SAMPLE_BYTES)
    kept = text if len(text) < SAMPLE_BYTES // 4 else text[: text.rfind("\n") + 1] or text
    best, most = "", (0.0, 0)
    for separator in SEPARATORS:
        reader = csv.reader(io.StringIO(kept), delimiter=separator)
        try:
            widths = [len(cells) for cells, _ in zip(reader, range(SAMPLE_LINES), strict=False)]
        except csv.Error:
            continue
        widths = [width for width in widths if width]
        if not widths:
            continue
        width, count = Counter(widths).most_common(1)[0]
        score = (count / len(widths), width)
        if width > 1 and width == widths[0] and score[0] > 0.5 and score > most:
            best, most = separator, score
    return best


def _decimal(text: str, separator: str) -> str:
    """A comma where numbers of the first lines are written with one, and none with a point."""
    if separator == ",":
        return "."
    cells = [cell.strip(' "') for cell in re.split(r"[\r\n]|" + re.escape(separator), text)]
    commas = any(DECIMAL_COMMA.fullmatch(cell) for cell in cells)
    return "," if commas and not any(DECIMAL_POINT.fullmatch(cell) for cell in cells) else "."


def _count_lines(path: Path) -> int:
    count = 0
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            count += block.count(b"\n")
    # In UTF-16 other characters hold such a byte too: at most so many, then.
    return count + 1


def _check_header(names: list[str], name: str, limits: DataLimits, whole: bool) -> None:
    if len(names) > limits.columns or not whole:
        got = f"{len(names):,}" if whole else f"a first line of more than {SAMPLE_BYTES:,} bytes"
        rule = f"have at most {limits.columns:,} columns"
        fix = "Leave out columns the model does not take, or upload an array (.npy)."
        raise UploadError(complaint(name, rule, Words(got), fix))
    check_names(names, name, limits)
    if len(names) > 1 and all(_is_number(each) for each in names):
        counted = [each.strip() for each in names] == [str(i) for i in range(len(names))]
        if not counted:
            fix = "Add a first line with one name a column."
            got = Words(f"numbers: {', '.join(names[:3])} …")
            raise UploadError(complaint(name, "name its columns in the first line", got, fix))


def check_names(names: list[str], name: str, limits: DataLimits) -> None:
    """UploadError for columns of one name, or of names too long to be any."""
    again = [each for each, count in Counter(names).items() if count > 1]
    if again:
        fix = "Give each column a name of its own."
        got = Words(f"{again[0][:80]!r} more than once")
        raise UploadError(complaint(name, "have columns of different names", got, fix))
    longest = max(names, key=len, default="")
    if len(longest) > limits.name_length:
        rule = f"have column names of at most {limits.name_length} characters"
        raise UploadError(complaint(name, rule, Words(f"{len(longest):,}"), "Shorten it."))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
