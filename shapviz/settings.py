"""Settings from the environment: ``SHAPVIZ_STORE``, ``SHAPVIZ_PORT``."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings"]


class Settings(BaseSettings):
    """Where the store is and where the dashboard listens.

    Attributes
    ----------
    store : str, default ".store"
        Folder or fsspec URL of the explanations.
    port : int, default 8501
        Of the dashboard.
    """

    model_config = SettingsConfigDict(env_prefix="SHAPVIZ_", extra="ignore")

    store: str = Field(default=".store", min_length=1)
    port: int = Field(default=8501, ge=1, le=65535)
