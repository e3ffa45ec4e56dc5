"""Every error shapviz raises, and the one maker of their messages.

::

    ShapvizError
    ├── InputError (also a ValueError)   an argument breaks a rule
    ├── ModelError                       the model cannot be called, or answers nonsense
    ├── UnsupportedOpError               Deep or Gradient meets an op without a rule
    ├── EstimationError                  an estimate cannot be made from what was evaluated
    ├── AdditivityError                  values do not add up (strict mode only)
    ├── StoreError                       the store cannot find, read or write something
    ├── JobError                         a job cannot start or go on
    │   └── JobCancelled                 a caller asked it to stop
    ├── UploadError                      a file is refused, or was stopped while it was looked at
    ├── OfflineError                     data or weights must be fetched and cannot be
    └── MissingExtraError                an optional package is not installed
"""

from __future__ import annotations

__all__ = [
    "AdditivityError",
    "EstimationError",
    "InputError",
    "JobCancelled",
    "JobError",
    "MissingExtraError",
    "ModelError",
    "OfflineError",
    "ShapvizError",
    "StoreError",
    "UnsupportedOpError",
    "UploadError",
    "Words",
    "complaint",
    "describe",
]

_LONGEST_VALUE = 80


class ShapvizError(Exception):
    """The root: catch it to catch everything that shapviz raises on purpose."""


class InputError(ShapvizError, ValueError):
    """An argument breaks a rule that can be checked before computing."""


class ModelError(ShapvizError):
    """The model cannot be called, or what it returns cannot be explained."""


class UnsupportedOpError(ShapvizError):
    """An operation inside the model has no rule; nothing was computed."""


class EstimationError(ShapvizError):
    """The evaluations made do not determine the values."""


class AdditivityError(ShapvizError):
    """The values miss the prediction by more than strict mode allows."""


class StoreError(ShapvizError):
    """The store cannot find, read or write an explanation."""


class JobError(ShapvizError):
    """A job cannot start or go on."""


class JobCancelled(JobError):
    """The caller's cancel token was set; finished work is kept where there is a store."""


class UploadError(ShapvizError):
    """A file of unknown source is refused, or was stopped while it was looked at or run."""


class OfflineError(ShapvizError):
    """Data or weights have to be fetched, and there is no connection; the message says what."""


class MissingExtraError(ShapvizError):
    """An optional package is needed and not installed; the message names the extra."""


class Words(str):
    """What `errors.complaint` shows as it stands, without the quotes of a string value.

    Examples
    --------
    >>> complaint("model", "have one input", Words("2 inputs"), "Pick one.")
    '`model` must have one input; got 2 inputs. Pick one.'
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def describe(value: object) -> str:
    """Return a value with its type or shape, short enough for a message.

    Parameters
    ----------
    value : object
        Anything; arrays and frames are described by shape and dtype, never printed.

    Returns
    -------
    str
        For example ``5``, ``'abc'`` or ``an array of shape (3, 2), float64``.

    Examples
    --------
    >>> describe(5)
    '5'
    """
    shape = getattr(value, "shape", None)
    if shape is not None and shape != ():
        kind = type(value).__name__
        dtype = getattr(value, "dtype", None)
        suffix = f", {dtype}" if dtype is not None else ""
        return f"{'an array' if kind == 'ndarray' else kind} of shape {tuple(shape)}{suffix}"
    text = repr(value)
    if len(text) > _LONGEST_VALUE:
        text = f"{text[: _LONGEST_VALUE - 1]}…"
    return text


def complaint(name: str, rule: str, got: object, fix: str) -> str:
    """Return an error message: the argument, its rule, what came, what to do next.

    Parameters
    ----------
    name : str
        The argument, as the caller writes it.
    rule : str
        What it must do, to be read after "must".
    got : object
        The offending value, shown by `describe`.
    fix : str
        One or more whole sentences saying what to do next.

    Returns
    -------
    str

    Examples
    --------
    >>> complaint("budget", "be at least 11", 5, "Use 20 for one antithetic permutation.")
    '`budget` must be at least 11; got 5. Use 20 for one antithetic permutation.'
    """
    return f"`{name}` must {rule}; got {describe(got)}. {fix}"
