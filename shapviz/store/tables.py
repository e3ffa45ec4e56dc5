"""The catalogue's tables; plain types only, so that any SQL database can hold them."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = [
    "SCHEMA_VERSION",
    "datasets",
    "explanations",
    "metadata",
    "models",
    "parts",
    "queue",
    "schema",
]

SCHEMA_VERSION = 3

metadata = sa.MetaData()

schema = sa.Table("schema", metadata, sa.Column("version", sa.Integer, primary_key=True))

# Moments are seconds since 1970, UTC: no database agrees with another about time zones.
explanations = sa.Table(
    "explanations",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("demo", sa.Text),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("message", sa.Text, nullable=False, default=""),
    sa.Column("question", sa.JSON),
    sa.Column("rows_digest", sa.String(64)),
    sa.Column("call", sa.JSON),
    # Question, rows and call as one; None where the model has no digest: never found again.
    sa.Column("values_key", sa.String(64), index=True),
    # Question and call without rows: whose rows answer each other. None as for values_key.
    sa.Column("asked", sa.String(64), index=True),
    # Digest of what is stored, for `put`; None until complete.
    sa.Column("content", sa.String(64), index=True),
    sa.Column("samples", sa.Integer, nullable=False),
    sa.Column("features", sa.Integer, nullable=False, default=0),
    sa.Column("outputs", sa.Integer, nullable=False, default=0),
    sa.Column("output_names", sa.JSON),
    sa.Column("explainer", sa.Text, nullable=False, default=""),
    sa.Column("model", sa.Text, nullable=False, default=""),
    sa.Column("data", sa.Text, nullable=False, default=""),
    sa.Column("sample_noun", sa.Text, nullable=False, default="sample"),
    sa.Column("done", sa.Integer, nullable=False, default=0),
    sa.Column("running", sa.Float, nullable=False, default=0.0),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("started", sa.Float),
    sa.Column("started_done", sa.Integer, nullable=False, default=0),
    sa.Column("updated", sa.Float, nullable=False),
    # The folder of its parts while computing, of its arrays when complete.
    sa.Column("location", sa.Text, nullable=False),
    sa.Column("document", sa.JSON),
    sa.Column("manifest", sa.JSON),
    sa.Column("provenance", sa.JSON),
    sa.Column("facts", sa.JSON),
)

parts = sa.Table(
    "parts",
    metadata,
    sa.Column("explanation", sa.String(64), primary_key=True),
    sa.Column("index", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("stop", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    # Where its arrays lie: each attempt has a place of its own, so that one that was given up
    # and goes on writing somewhere harms nothing.
    sa.Column("location", sa.Text),
    sa.Column("message", sa.Text, nullable=False, default=""),
    sa.Column("checksum", sa.String(64)),
    sa.Column("document", sa.JSON),
    sa.Column("manifest", sa.JSON),
    sa.Column("seconds", sa.Float),
)

queue = sa.Table(
    "queue",
    metadata,
    # Digest of what is asked; owner and name play no part.
    sa.Column("id", sa.String(64), primary_key=True),
    # What a demo's job is called in links, whatever recipe it has.
    sa.Column("slug", sa.String(64), index=True),
    sa.Column("kind", sa.String(16), nullable=False, default="explain"),
    sa.Column("spec", sa.JSON, nullable=False),
    sa.Column("owner", sa.Text, nullable=False, default=""),
    # Order of work among one owner's jobs; then whoever waits longest.
    sa.Column("rank", sa.Integer, nullable=False, default=0),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("demo", sa.Text),
    sa.Column("explainer", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False, default=""),
    sa.Column("data", sa.Text, nullable=False, default=""),
    sa.Column("sample_noun", sa.Text, nullable=False, default="sample"),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("message", sa.Text, nullable=False, default=""),
    # Why this explainer was picked.
    sa.Column("why", sa.Text, nullable=False, default=""),
    # The explanation it becomes, once its key is known.
    sa.Column("key", sa.String(64), index=True),
    # What an earlier recipe of a demo made, shown until this one is complete.
    sa.Column("old_key", sa.String(64)),
    sa.Column("samples", sa.Integer, nullable=False, default=0),
    sa.Column("done", sa.Integer, nullable=False, default=0),
    sa.Column("rate", sa.Float),
    sa.Column("eta", sa.Float),
    # What was found out on the way: a preview's answer, parts that failed.
    sa.Column("answer", sa.JSON),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("started", sa.Float),
    sa.Column("ended", sa.Float),
    sa.Column("updated", sa.Float, nullable=False),
)

models = sa.Table(
    "models",
    metadata,
    # SHA-256 of its bytes.
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("format", sa.String(16), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("trusted", sa.Boolean, nullable=False),
    # What it said of itself when it was first opened; None where nobody has looked.
    sa.Column("facts", sa.JSON),
    sa.Column("created", sa.Float, nullable=False),
)

datasets = sa.Table(
    "datasets",
    metadata,
    # Of the content, whatever file it came from.
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("shape", sa.JSON, nullable=False),
    sa.Column("columns", sa.JSON),
    sa.Column("dtypes", sa.JSON, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    # SHA-256 of the file, for copies on other machines.
    sa.Column("checksum", sa.String(64), nullable=False),
    sa.Column("created", sa.Float, nullable=False),
)
