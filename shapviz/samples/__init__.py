"""The demos: models trained in seconds on data that ships with scikit-learn, each explained twice.

Some are explained by Deep in more and more segments as well, for the dashboard's exactness dial.

Adding one is a file here and a line in `DEMOS`. Nothing heavy is imported until a demo is loaded.
"""

from __future__ import annotations

from shapviz.errors import InputError, complaint
from shapviz.samples import (
    breast_cancer,
    diabetes,
    digits,
    photographs,
    picture_and_table,
    sensors,
    sentiment,
    transformer,
    wine,
)
from shapviz.samples.build import build, build_job, job_slug
from shapviz.samples.demo import Demo, DemoJob, Loaded

__all__ = ["DEMOS", "Demo", "DemoJob", "Loaded", "build", "build_job", "demo_named", "job_slug"]

DEMOS: tuple[Demo, ...] = (
    diabetes.DEMO,
    breast_cancer.DEMO,
    digits.DEMO,
    wine.DEMO,
    photographs.DEMO,
    sentiment.DEMO,
    transformer.DEMO,
    sensors.DEMO,
    picture_and_table.DEMO,
)


def demo_named(name: str) -> Demo:
    """Return the demo of that name.

    Raises
    ------
    InputError
        There is none.
    """
    for demo in DEMOS:
        if demo.name == name:
            return demo
    rule = f"be one of {', '.join(demo.name for demo in DEMOS)}"
    raise InputError(complaint("demo", rule, name, "Name one of them."))
