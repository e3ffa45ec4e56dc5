"""Making a demo: load its model, explain it, keep it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shapviz.explainers.registry import find
from shapviz.explanation import Explanation
from shapviz.samples.demo import Demo, DemoJob, Loaded
from shapviz.store import Store
from shapviz.types import Cancel, Progress

__all__ = ["build", "build_job", "job_slug"]


def job_slug(demo: Demo, job: DemoJob) -> str:
    """Return a job's name in the queue, e.g. ``diabetes-deep`` or ``diabetes-deep-4``."""
    segments = job.call.get("segments")
    return f"{demo.name}-{job.explainer}{'' if segments is None else f'-{segments}'}"


def build_job(
    demo: Demo,
    job: DemoJob,
    loaded: Loaded,
    store: Store,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    told_key: Callable[[str], None] | None = None,
) -> Explanation:
    """Explain a loaded demo with one explainer, from the store where it is there.

    Parameters
    ----------
    demo, job, loaded
        What, how, and on which model.
    store : Store
    progress : callable (done, total), optional
        Told samples.
    cancel : object with ``is_set()``, optional
    told_key : callable, optional
        Told the explanation's key before it is computed.

    Raises
    ------
    ShapvizError
        As `Store.explain` does.
    """
    loaded = loaded.for_explainer(job.explainer)
    explainer = find(job.explainer)(loaded.model, loaded.background, **loaded.options)
    call: dict[str, Any] = {
        **job.call,
        "truth": loaded.truth,
        "metadata": loaded.metadata,
        "display_data": loaded.display_data,
    }
    if told_key is not None:
        told_key(store.key_of(explainer, loaded.X, name=job.name, about=demo.about, **call))
    return store.explain(
        explainer,
        loaded.X,
        name=job.name,
        progress=progress,
        cancel=cancel,
        demo=demo.name,
        about=demo.about,
        **call,
    )


def build(demo: Demo, store: Store, progress: Progress | None = None) -> list[Explanation]:
    """Train a demo's model and make all its explanations; what is there already is found.

    Parameters
    ----------
    demo : Demo
    store : Store
        Its folder also keeps the trained model.
    progress : callable (done, total), optional
        Told samples, over all explanations.

    Returns
    -------
    list of Explanation
        One a job, in their order.
    """
    loaded = demo.load(store.folder / "models")
    total = demo.samples * len(demo.jobs)
    made = []
    for i, job in enumerate(demo.jobs):
        before = i * demo.samples

        def relay(done: int, _samples: int, before: int = before) -> None:
            if progress is not None:
                progress(before + done, total)

        made.append(build_job(demo, job, loaded, store, progress=relay))
    return made
