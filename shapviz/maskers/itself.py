"""Maskers that need no background: what stands for absence follows from the sample alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shapviz.maskers.own import OwnPlayers

__all__ = ["FromItself"]


class FromItself(OwnPlayers):
    """A masker that makes one row of each coalition, since there is only one way to mask.

    The empty coalition's row depends on the sample, so there are no base rows either.
    """

    @property
    def weights(self) -> NDArray[np.float64]:
        """Of the one way a sample is masked."""
        return np.ones(1)

    @property
    def base_rows(self) -> Any:
        """None: what the empty coalition shows depends on the sample."""
        return None
