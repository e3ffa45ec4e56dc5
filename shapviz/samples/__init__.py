"""The demos: models trained in seconds on data that ships with scikit-learn, each explained twice.

Some are explained by Deep in more and more segments as well, for the dashboard's exactness dial.

Adding one is a file here and a line in `DEMOS`. Nothing heavy is imported until a demo is loaded.
"""

from __future__ import annotations

from shapviz.samples import breast_cancer, diabetes, digits, wine
from shapviz.samples.build import build, build_job, job_slug
from shapviz.samples.demo import Demo, DemoJob, Loaded

__all__ = ["DEMOS", "Demo", "DemoJob", "Loaded", "build", "build_job", "job_slug"]

DEMOS: tuple[Demo, ...] = (diabetes.DEMO, breast_cancer.DEMO, digits.DEMO, wine.DEMO)
