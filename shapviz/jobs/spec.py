"""What is asked of a job, as one value that fits in JSON: nothing loaded, nothing computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from shapviz.digests import digest_of_json
from shapviz.errors import InputError, complaint
from shapviz.jobs.hiding import check_hiding, is_hiding

__all__ = ["DEMOS_OWNER", "JobSpec"]

DEMOS_OWNER = "demos"
"""Whose jobs have their turn only when nobody else waits."""

NOT_ASKED = ("owner", "name")
"""Fields that say who asks and what it is called, not what is asked."""

ID_LENGTH = 20

Json = Mapping[str, Any]


@dataclass(frozen=True)
class JobSpec:
    """A model, rows, and how to explain them, by content; equal questions have equal ids.

    Attributes
    ----------
    model : mapping
        ``{"kind": "stored", "digest": …}``, a model of `store.materials`, or
        ``{"kind": "demo", "demo": "diabetes", "recipe": …}``.
    data : mapping
        ``{"digest": …}`` of `store.materials`, with optional ``features`` (column names),
        ``target`` and ``names`` (a column name each), ``metadata`` (column names), ``rows``
        ([start, stop]) and ``scale`` (a number that an array is divided by, 255 for pictures of
        bytes); or ``{"kind": "demo"}``: the demo's own, with optional ``rows``.
    background : mapping
        ``{"digest": …, "how": "all" | "sample" | "kmeans", "size": 100, "seed": 0}``, where a
        missing digest means the rows of `data`; or ``{"kind": "demo"}``; or a masker, which hides
        samples behind themselves, with options of its own (`hiding.FORMS`):
        ``{"masker": "image", "fill": "blur", "superpixels": 50, "method": "slic"}``,
        ``{"masker": "text", "mask_token": "", "collapse": true, "tree": …, "tokenizer": …}`` (of
        one column, of text) or ``{"masker": "sequence", "players": "time", "fill": "hold"}``.
    explainer : str
        Registry name, or "auto".
    options : mapping
        Of the explainer: link, feature_names, output_names, units …
    call : mapping
        Of its call: budget, tolerance, seed, outputs, segments …
    name : str
        For people.
    about : mapping
        ``sample_noun``, ``model_name``, ``data_name``: words kept in the provenance.
    owner : str
        Who asks; owners take turns.
    ranges : list of [start, stop], optional
        The parts to compute it in; None leaves that to a timed first part.

    Raises
    ------
    InputError
        `name` or `explainer` is empty, or `background` asks for a masker or an option of one that
        there is not, or `data` for a scale that is no positive number.

    Examples
    --------
    >>> demo = {"kind": "demo", "demo": "wine"}
    >>> ask = dict(model=demo, data={"kind": "demo"}, background={"kind": "demo"})
    >>> a, b = (JobSpec(**ask, explainer="kernel", name=name) for name in ("one", "two"))
    >>> a.id == b.id
    True
    """

    model: Json
    data: Json
    background: Json
    explainer: str = "auto"
    options: Json = field(default_factory=dict)
    call: Json = field(default_factory=dict)
    name: str = ""
    about: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    ranges: Any = None

    def __post_init__(self) -> None:
        for word in ("name", "explainer"):
            if not getattr(self, word):
                fix = "Say what people should read." if word == "name" else 'Pass "auto".'
                raise InputError(complaint(word, "not be empty", getattr(self, word), fix))
        check_hiding(self.background)
        _check_scale(self.data.get("scale"))

    @property
    def id(self) -> str:
        """Digest of everything but `owner` and `name`."""
        asked = {name: value for name, value in self.to_json().items() if name not in NOT_ASKED}
        return digest_of_json(asked)[:ID_LENGTH]

    @property
    def source(self) -> str:
        """Digest of what an explainer is made of: jobs that share it share a loaded one."""
        parts = [self.model, self.background, self.data.get("features"), self.options]
        # Background rows are divided like those that are explained.
        parts += [self.data["scale"]] if "scale" in self.data else []
        # Without rows of its own the background is drawn from those that are explained.
        own = "digest" in self.background or self.background.get("kind") == "demo"
        own = own or is_hiding(self.background)
        return digest_of_json([*parts, self.explainer, None if own else self.data])[:ID_LENGTH]

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            name: dict(value) if isinstance(value, Mapping) else value
            for name, value in plain.items()
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> JobSpec:
        """Return the spec that `to_json` wrote."""
        return cls(**value)


def _check_scale(scale: Any) -> None:
    is_number = isinstance(scale, int | float) and not isinstance(scale, bool)
    if scale is not None and not (is_number and 0 < scale < float("inf")):
        rule, fix = "be a positive number", "255 brings bytes to 0 to 1."
        raise InputError(complaint("scale", rule, scale, fix))
