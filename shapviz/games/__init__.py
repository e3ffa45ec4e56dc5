"""The game: coalitions of features in, the model's background-averaged answers out."""

from __future__ import annotations

from shapviz.games.game import DEFAULT_MAX_BYTES, Game, Known

__all__ = ["DEFAULT_MAX_BYTES", "Game", "Known"]
