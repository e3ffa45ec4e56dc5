"""Settings from the environment: ``SHAPVIZ_STORE``, ``SHAPVIZ_PORT`` and others by field."""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shapviz.errors import InputError, complaint

__all__ = ["Settings"]

PREFIX = "SHAPVIZ_"


class Settings(BaseSettings):
    """Where the store is and where the dashboard listens.

    Attributes
    ----------
    store : str, default ".store"
        Folder or fsspec URL of the explanations.
    catalogue : str, default ""
        SQLAlchemy URL of the store's catalogue, for example ``postgresql://user@host/database``;
        an SQLite file beside the arrays where empty.
    port : int, default 8501
        Of the dashboard.
    scheduler : str, optional
        ``tcp://…`` of a running Dask scheduler; without one, workers start on this machine.
    workers : int, default 0
        Processes to start on this machine; 0 means one a processor.
    demos : bool, default True
        Whether the dashboard offers demos that nobody has made yet; ``serve --no-demos`` unsets it.
    uploads : bool, default True
        Whether the dashboard takes files.
    upload_mb : int, default 200
        Size an uploaded file may have.
    child_mb : int, default 4096
        Memory that loading and running an uploaded model may take.
    models : str, default ""
        Folder of models that an administrator offers to everyone; none where empty.
    trust_models : bool, default False
        Whether models in that folder may be of kinds that run code when opened (pickles,
        SavedModels …), and run without a child process. Never of use for uploads.

    Raises
    ------
    InputError
        A variable breaks its rule; the message names it. An empty one counts as not set.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore")

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            first = error.errors()[0]
            rule = first["msg"].removeprefix("Input should ")
            field = "_".join(str(step) for step in first["loc"])
            raise InputError(
                complaint(f"{PREFIX}{field.upper()}", rule, first["input"], "Change or unset it.")
            ) from error

    store: str = Field(default=".store", min_length=1)
    catalogue: str = Field(default="")
    port: int = Field(default=8501, ge=1, le=65535)
    scheduler: str | None = Field(default=None, pattern=r"^(tcp|tls)://.+:\d+$")
    workers: int = Field(default=0, ge=0, le=256)
    demos: bool = Field(default=True)
    uploads: bool = Field(default=True)
    upload_mb: int = Field(default=200, ge=1, le=100_000)
    child_mb: int = Field(default=4096, ge=256, le=10_000_000)
    models: str = Field(default="")
    trust_models: bool = Field(default=False)
