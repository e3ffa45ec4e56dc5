"""Options of a call that only one method takes: a frozen table of names and defaults each.

A method declares a subclass of `Options` with a default for every field and checks the values in
``__post_init__``. Nothing here calls a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from inspect import Parameter, signature
from numbers import Real
from typing import Any, TypeVar

import numpy as np

from shapviz.errors import InputError, complaint

__all__ = [
    "COMMON",
    "Options",
    "check_constructor",
    "checked_tolerance",
    "make_options",
    "names_of",
]

COMMON = (
    "budget",
    "seed",
    "outputs",
    "truth",
    "metadata",
    "display_data",
    "sample_names",
    "progress",
    "cancel",
)
"""What every explainer's call takes."""

OF_A_CALL: dict[str, tuple[str, str]] = {
    name: ("a call", f"Write explainer(X, {name}=…).")
    for name in (
        *COMMON,
        "estimator",
        "interactions",
        "orders",
        "segments",
        "tolerance",
    )
} | {
    name: ("`shap_values`", f"Write KernelExplainer(…).shap_values(X, {name}=…).")
    for name in ("nsamples", "l1_reg")
}
"""What a call takes and a constructor does not: where it belongs, and how to write it."""


@dataclass(frozen=True)
class Options:
    """No options; methods that take some add fields, each with a default."""

    def asked(self) -> dict[str, Any]:
        """The options that differ from their defaults, JSON-able: they identify the question."""
        default = asdict(type(self)())
        return {name: value for name, value in asdict(self).items() if value != default[name]}


Kind = TypeVar("Kind", bound=Options)


def names_of(kind: type[Options]) -> tuple[str, ...]:
    """The names of a table of options."""
    return tuple(field.name for field in fields(kind))


def make_options(
    kind: type[Kind], given: Mapping[str, Any], method: str, why: str | None = None
) -> Kind:
    """The options of one call, checked.

    `why` says why this method was picked, where somebody else did that.

    Raises
    ------
    InputError
        A name the method does not take, with those it does; or a value its table refuses.
    """
    known = names_of(kind)
    for name, value in given.items():
        if name not in known:
            raise InputError(
                complaint(
                    name,
                    f"be an option of the {method} explainer",
                    value,
                    f"{f'{why} ' if why else ''}A call takes {', '.join((*known, *COMMON))}.",
                )
            )
    return kind(**given)


def check_constructor(unknown: Mapping[str, Any], kind: type) -> None:
    """InputError for the first argument that no constructor of this class takes.

    It says where the argument belongs, where that is known.
    """
    for name, value in unknown.items():
        if name in OF_A_CALL:
            where, fix = OF_A_CALL[name]
            raise InputError(complaint(name, f"be given to {where}, not here", value, fix))
        known = [
            each.name
            for owner in kind.__mro__
            if "__init__" in vars(owner)
            for each in signature(vars(owner)["__init__"]).parameters.values()
            if each.kind is Parameter.KEYWORD_ONLY
        ]
        rule = f"be an argument of {kind.__name__}"
        fix = f"It takes {', '.join(dict.fromkeys(known))}."
        raise InputError(complaint(name, rule, value, fix))


def checked_tolerance(value: Any) -> float | None:
    """`value` as a float above 0, or None; InputError otherwise."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) < np.inf:
        raise InputError(
            complaint(
                "tolerance",
                "be a number above 0: standard errors as a part of the values' range",
                value,
                "Use 0.05, or leave it out.",
            )
        )
    return float(value)
