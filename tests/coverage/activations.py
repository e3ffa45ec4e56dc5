"""Every public name of keras.activations."""

from __future__ import annotations

from keras import activations

from tests.coverage.probe import NO_FLOAT, SUPPORTED, Entry, entries, functions

TABLE: dict[str, Entry] = functions(
    entries(
        SUPPORTED,
        {
            name: getattr(activations, name)
            for name in (
                "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish "
                "hard_tanh leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid "
                "silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid sparsemax "
                "squareplus swish tanh tanh_shrink threshold"
            ).split()
        }
        | {"threshold": lambda x: activations.threshold(x, 0.1, -1.0)},
    )
    | entries(NO_FLOAT, dict.fromkeys(("deserialize", "get", "serialize"), "takes no tensor"))
)
