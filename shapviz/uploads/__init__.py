"""Files of unknown source: told by their content, checked, and opened in a child process only.

`kinds` says what a file is, `policy` what is accepted and what is done about the rest, `sandbox`
keeps the child, `admit` puts what passed into the store. The process that asks never opens a
model, never parses a table and never unpickles anything.
"""

from __future__ import annotations

from shapviz.uploads.admit import Admitted, Pictures, admit_model, admit_table, read_pictures
from shapviz.uploads.limits import ChildLimits, DataLimits
from shapviz.uploads.policy import check_data, check_model
from shapviz.uploads.registered import (
    admit_registered,
    child_limits,
    registered_models,
    upload_limits,
)
from shapviz.uploads.sandbox import Child

__all__ = [
    "Admitted",
    "Child",
    "ChildLimits",
    "DataLimits",
    "Pictures",
    "admit_model",
    "admit_registered",
    "admit_table",
    "check_data",
    "check_model",
    "child_limits",
    "read_pictures",
    "registered_models",
    "upload_limits",
]
