"""From rows to a complete explanation: whole shards, summaries, one statement that shows it all."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shapviz.digests import digest_of_json
from shapviz.explanation import Explanation
from shapviz.labels import several
from shapviz.store.array_writing import content_checksum, content_entry
from shapviz.store.arrays import ArrayFiles, Manifest
from shapviz.store.catalogue import Catalogue
from shapviz.store.codec import pack
from shapviz.store.layout import SHARD_SAMPLES
from shapviz.store.parcel import BY_FEATURE, VOLATILE
from shapviz.store.shards import in_background
from shapviz.store.sources import Source
from shapviz.store.stored_summary import Picked, write_summary
from shapviz.summaries import Summary, SummarySums
from shapviz.summaries.summing import is_numeric

__all__ = ["ROW_DIGESTS", "commit", "content_of", "described_explanation"]

ROW_DIGESTS = "rows/digests"
"""Where the digests of explained rows lie."""

SLAB_BYTES = 2**29
"""Rows of all arrays that are worked on together."""


@dataclass(frozen=True)
class _Shape:
    """What the arrays of a source say of the explanation."""

    samples: int
    features: tuple[int, ...]
    outputs: int | None

    @property
    def axes(self) -> dict[str, int]:
        """How many axes of each by-feature array are features."""
        return {**dict.fromkeys(BY_FEATURE, len(self.features)), "interactions": 1}


def _shape_of(source: Source) -> _Shape:
    shape = source.streamed["values"].shape
    base = source.streamed["base_values"].shape
    outputs = base[1] if len(base) == 2 else None
    return _Shape(shape[0], shape[1:] if outputs is None else shape[1:-1], outputs)


def content_of(source: Source) -> str:
    """Return a digest of everything to be stored but timings and versions; nothing is written."""
    axes = _shape_of(source).axes
    entries = {}
    for name, array in source.held.items():
        entries[name] = content_entry(array.shape, array.dtype, axes.get(name, 0), array)
    for name, about in source.streamed.items():
        rows = source.rows(name, 0, about.shape[0])
        entries[name] = content_entry(about.shape, about.dtype, axes.get(name, 0), rows)
    return _content(source, entries)


def _content(source: Source, entries: Mapping[str, Mapping[str, Any]]) -> str:
    provenance = source.provenance
    lasting = {name: value for name, value in provenance.items() if name not in VOLATILE}
    kept = {name: node for name, node in source.document.items() if name != "provenance"}
    sums = {name: content_checksum(entry) for name, entry in entries.items()}
    return digest_of_json([kept, pack(lasting, "provenance", {}), sums])


def commit(
    key: str,
    source: Source,
    files: ArrayFiles,
    catalogue: Catalogue,
    *,
    replaces: Sequence[str] = (),
    row_digests: np.ndarray[Any, Any] | None = None,
) -> None:
    """Write whole arrays and summaries, then switch the catalogue to complete.

    The row must exist. Until the last statement nothing of this can be seen by a reader; if it
    stops half-way, what was written is named by no row and the next sweep removes it. The rows in
    `replaces` go in that same statement's transaction; their files are the caller's to remove.

    Raises
    ------
    DamagedPartError
        A staged part is not what was written.
    StoreError
        Something cannot be stored.
    """
    shape = _shape_of(source)
    location = f"arrays/{key}-{uuid.uuid4().hex[:8]}"
    manifest, summary, gap = _write_rows(source, files, location, shape)
    extra = {} if row_digests is None else {ROW_DIGESTS: row_digests}
    manifest |= files.write(location, {**source.held, **extra}, shape.axes)
    own = {name: entry for name, entry in manifest.items() if name not in extra}
    manifest |= write_summary(files, location, summary)
    importance = summary.importance
    names = _names_of(source)
    catalogue.complete(
        key,
        replaces=replaces,
        **_described(shape, names, source.provenance),
        done=shape.samples,
        content=_content(source, own),
        location=location,
        document=dict(source.document),
        manifest=manifest,
        provenance=_plain(dict(source.provenance)),
        facts={
            # Without the model's own predictions there is nothing to compare the sums with.
            "gap": None if source.provenance.get("predictions") == "unknown" else gap,
            "sparkline": [float(x) for x in importance.total()[importance.top(5)]],
            "model_rows": _number(source.provenance.get("model_rows")),
            "seconds": _number(source.provenance.get("seconds")),
        },
    )


def _described(shape: _Shape, output_names: Any, provenance: Mapping[str, Any]) -> dict[str, Any]:
    noun = str(provenance.get("sample_noun", "sample"))
    return {
        "samples": shape.samples,
        "features": int(np.prod(shape.features)),
        "outputs": 1 if shape.outputs is None else int(shape.outputs),
        "output_names": list(output_names) if np.ndim(output_names) == 1 else [],
        "explainer": str(provenance.get("explainer", "imported")),
        "model": str(provenance.get("model_name", "")),
        "data": str(provenance.get("data_name", several(shape.samples, noun))),
        "sample_noun": noun,
    }


def described_explanation(explanation: Explanation) -> dict[str, Any]:
    """Return the catalogue's columns that an explanation says of itself."""
    outputs = explanation.base_values.shape[-1] if explanation.has_outputs else None
    shape = _Shape(len(explanation), explanation.feature_shape, outputs)
    return _described(shape, explanation.output_names, explanation.provenance)


def _write_rows(
    source: Source, files: ArrayFiles, location: str, shape: _Shape
) -> tuple[Manifest, Summary, float]:
    """Write the streamed arrays slab by slab, and sum them up on the way."""
    writers = {
        name: files.writer(location, name, about.shape, about.dtype, shape.axes.get(name, 0))
        for name, about in source.streamed.items()
    }
    tail = () if shape.outputs is None else (shape.outputs,)
    sums = SummarySums(shape.samples, int(np.prod(shape.features)), tail)
    few = Picked(source, sums.shown) if len(sums.shown) < shape.samples else None
    adding = {"values": sums.add_values, "interactions": sums.add_interactions}
    if "data" in source.streamed and is_numeric(source.streamed["data"].dtype):
        adding["data"] = sums.add_data
    gap = 0.0
    step = _slab(source)
    for start in range(0, shape.samples, step):
        stop = min(shape.samples, start + step)
        summed = []
        for name, writer in writers.items():
            rows = source.rows(name, start, stop)
            if few is not None:
                few.add(name, start, rows)
            add = adding.get(name)
            if add is not None:
                # Beside the writing; the rows stay until the next slab.
                summed.append(in_background(add, start, rows))
            if name == "additivity_gap":
                gap += float(np.abs(rows).sum(dtype=np.float64))
            writer.append(rows)
        for each in summed:
            each.result()
    manifest = {name: writer.close() for name, writer in writers.items()}
    size = int(np.prod(source.streamed["additivity_gap"].shape))
    summary = sums.result()
    if few is not None:
        summary = replace(summary, sample=few.explanation())
    return manifest, summary, gap / size


def _slab(source: Source) -> int:
    """Rows to work on at once: a power of two, which shards of every array go into or divide."""
    per_row = sum(
        about.dtype.itemsize * int(np.prod(about.shape[1:])) for about in source.streamed.values()
    )
    fitting = max(1, SLAB_BYTES // max(1, per_row))
    return min(SHARD_SAMPLES, 1 << (fitting.bit_length() - 1))


def _names_of(source: Source) -> Any:
    """Output names where they are the same for all samples."""
    node = source.document.get("output_names", {})
    return node["items"] if node.get("is") in ("plain tuple", "plain list") else np.empty((0, 0))


def _number(value: object) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _plain(value: Any) -> Any:
    """Provenance for people who query the catalogue; the exact one is in the document."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
