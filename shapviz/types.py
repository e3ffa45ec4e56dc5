"""The few types that several rooms share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
FloatArray = NDArray[np.floating[Any]]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.integer[Any]]

Progress = Callable[[int, int], None]
"""Called as ``progress(done, total)``, both in model rows; `done` never falls."""


class Cancel(Protocol):
    """Anything that can be asked whether to stop; a `threading.Event` is one."""

    def is_set(self) -> bool:
        """Return True once the caller wants the work to stop."""
        ...
