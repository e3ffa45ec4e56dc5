"""The child process of `benchmarks.peers`: reads what is asked from a folder, answers there."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

Explain = Callable[[Any], np.ndarray]


def _ours(name: str) -> Callable[..., Explain]:
    def make(net: Any, background: Any, call: Any = None, **options: Any) -> Explain:
        import shapviz

        explainer = getattr(shapviz, name)(net, background, **options)
        return lambda samples: np.asarray(explainer(samples, **(call or {})).values)

    return make


def _shap_deep(net: Any, background: Any) -> Explain:
    import shap

    return shap.DeepExplainer(net, background).shap_values


def _shap_gradient(net: Any, background: Any, nsamples: int) -> Explain:
    import shap

    explainer = shap.GradientExplainer(net, background)
    return lambda samples: np.asarray(explainer.shap_values(samples, nsamples=nsamples, rseed=0))


def _shap_kernel(
    net: Any, background: Any, nsamples: Any, l1_reg: Any, predict: bool = False
) -> Explain:
    import shap

    def called(rows: Any) -> Any:
        return net.predict(rows, verbose=0) if predict else net(rows, training=False).numpy()

    explainer = shap.KernelExplainer(called, background)
    asked = {"nsamples": nsamples, "l1_reg": l1_reg, "silent": True}
    return lambda samples: np.asarray(explainer.shap_values(samples, **asked))


METHODS: dict[str, Callable[..., Explain]] = {
    "Deep": _ours("DeepExplainer"),
    "Gradient": _ours("GradientExplainer"),
    "Kernel": _ours("KernelExplainer"),
    "shap Deep": _shap_deep,
    "shap Gradient": _shap_gradient,
    "shap Kernel": _shap_kernel,
}


def _told(make: Callable[[], Explain], samples: Any, repeats: int) -> tuple[Any, dict[str, Any]]:
    """The values, and the rest of an `Answer`."""
    started = perf_counter()
    try:
        explain = make()
        values = np.asarray(explain(samples), np.float64)
    except Exception as error:
        why = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
        return None, {"failure": why, "first": 0.0, "warm": 0.0, "busy": 0.0}
    first = perf_counter() - started
    started, busy = perf_counter(), process_time()
    for _ in range(repeats):
        explain(samples)
    each = max(repeats, 1)
    return values, {
        "failure": None,
        "first": first,
        "warm": (perf_counter() - started) / each,
        "busy": (process_time() - busy) / each,
    }


def main(folder: str) -> None:
    """Answer what the folder asks."""
    import keras

    place = Path(folder)
    asked = json.loads((place / "asked.json").read_text())
    net = keras.models.load_model(place / "net.keras", compile=False)
    rows = np.load(place / "rows.npz")
    background, samples = rows["background"], rows["samples"]
    # What a process pays once for TensorFlow is nobody's.
    net(samples[:1])
    values, told = {}, []
    for i, (name, options) in enumerate(asked["methods"]):
        answer, rest = _told(
            lambda name=name, options=options: METHODS[name](net, background, **options),
            samples,
            asked["repeats"],
        )
        told.append(rest)
        if answer is not None:
            values[str(i)] = answer
    np.savez(place / "values.npz", **values)
    (place / "told.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
