"""Small models of many kinds of layers at once, with random weights, each with its input shape."""

from __future__ import annotations

from typing import Any


def _sequential(shape: tuple[int, ...], *layers: Any) -> Any:
    import keras

    return keras.Sequential([keras.Input(shape), *layers])


def _recurrent(name: str, *, unroll: bool = False, both_ways: bool = False, **options: Any) -> Any:
    from keras import layers

    cell = getattr(layers, name)(4, unroll=unroll, **options)
    if both_ways:
        cell = layers.Bidirectional(cell)
    return _sequential((5, 3), cell, layers.Dense(2))


def _masked(name: str) -> Any:
    from keras import layers

    return _sequential(
        (5, 3), layers.Masking(0.25), getattr(layers, name)(4), layers.Dense(2, "softmax")
    )


def _stacked() -> Any:
    from keras import layers

    return _sequential(
        (5, 3),
        layers.LSTM(4, return_sequences=True, go_backwards=True),
        layers.TimeDistributed(layers.Dense(3, "tanh")),
        layers.GRU(3, reset_after=False),
        layers.Dense(2, "sigmoid"),
    )


def _conv_lstm(unroll: bool) -> Any:
    from keras import layers

    return _sequential(
        (3, 4, 4, 2),
        layers.ConvLSTM2D(2, 3, padding="same", unroll=unroll),
        layers.Flatten(),
        layers.Dense(2),
    )


def _transformer() -> Any:
    import keras
    from keras import layers

    rows = keras.Input((5, 4))
    seen = layers.MultiHeadAttention(2, 3)(rows, rows, use_causal_mask=True)
    x = layers.LayerNormalization()(rows + seen)
    x = layers.LayerNormalization()(x + layers.Dense(4)(layers.Dense(8, "gelu")(x)))
    return keras.Model(rows, layers.Dense(3, "softmax")(layers.GlobalAveragePooling1D()(x)))


def _encoder_decoder() -> Any:
    import keras
    from keras import layers

    rows = keras.Input((5, 3))
    coded, *state = layers.LSTM(4, return_sequences=True, return_state=True)(rows)
    decoded = layers.LSTM(4, return_sequences=True)(layers.Dense(2)(rows), initial_state=state)
    context = layers.Attention()([decoded, coded])
    x = layers.Flatten()(layers.Concatenate()([decoded, context]))
    return keras.Model(rows, layers.Dense(2)(x))


def _squeeze_excite() -> Any:
    import keras
    from keras import layers

    image = keras.Input((6, 6, 3))
    x = layers.SeparableConv2D(4, 3, padding="same", activation="swish")(image)
    x = layers.DepthwiseConv2D(3, padding="same", activation="swish")(
        layers.BatchNormalization()(x)
    )
    scale = layers.GlobalAveragePooling2D(keepdims=True)(x)
    scale = layers.Dense(4, "sigmoid")(layers.Dense(2, "relu")(scale))
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(x * scale)))


def _gated() -> Any:
    import keras
    from keras import layers

    rows = keras.Input((6,))
    x = layers.Dense(8, "tanh")(rows) * layers.Dense(8, "sigmoid")(rows)
    return keras.Model(rows, layers.Dense(3, "softmax")(keras.ops.glu(layers.Dense(8)(x))))


def _temporal() -> Any:
    from keras import layers

    return _sequential(
        (12, 3),
        layers.Conv1D(4, 2, padding="causal", dilation_rate=2, activation="relu"),
        layers.Conv1D(4, 3, padding="same", dilation_rate=4, activation="elu"),
        layers.GlobalMaxPooling1D(),
        layers.Dense(2),
    )


def _u_net() -> Any:
    import keras
    from keras import layers

    image = keras.Input((8, 8, 1))
    down = layers.Conv2D(3, 3, padding="same", activation="relu")(image)
    low = layers.Conv2D(4, 3, padding="same", activation="relu")(layers.MaxPooling2D()(down))
    up = layers.Conv2DTranspose(3, 2, strides=2, padding="same")(low)
    x = layers.Concatenate()([up, down, layers.UpSampling2D(interpolation="bilinear")(low)])
    x = layers.Conv2D(1, 1, activation="sigmoid")(x)
    return keras.Model(image, layers.Flatten()(layers.AveragePooling2D(4)(x)))


COMPOSITES = {
    "LSTM": ((5, 3), lambda: _recurrent("LSTM")),
    "GRU": ((5, 3), lambda: _recurrent("GRU")),
    "SimpleRNN": ((5, 3), lambda: _recurrent("SimpleRNN")),
    "GRU, unrolled": ((5, 3), lambda: _recurrent("GRU", unroll=True)),
    "LSTM, both ways": ((5, 3), lambda: _recurrent("LSTM", both_ways=True)),
    "LSTM, masked": ((5, 3), lambda: _masked("LSTM")),
    "GRU, masked": ((5, 3), lambda: _masked("GRU")),
    "recurrent, stacked": ((5, 3), _stacked),
    "ConvLSTM": ((3, 4, 4, 2), lambda: _conv_lstm(False)),
    "ConvLSTM, unrolled": ((3, 4, 4, 2), lambda: _conv_lstm(True)),
    "transformer": ((5, 4), _transformer),
    "encoder and decoder": ((5, 3), _encoder_decoder),
    "squeeze and excite": ((6, 6, 3), _squeeze_excite),
    "gated": ((6,), _gated),
    "temporal": ((12, 3), _temporal),
    "U-Net": ((8, 8, 1), _u_net),
}
"""Name → shape of one row, and the maker of the model."""


def _siamese() -> Any:
    import keras
    from keras import layers

    left, right = keras.Input((5, 3), name="left"), keras.Input((5, 3), name="right")
    coder = keras.Sequential([layers.GRU(4), layers.Dense(3, "tanh")])
    one, other = coder(left), coder(right)
    near = layers.Dot(1, normalize=True)([one, other])
    return keras.Model([left, right], layers.Dense(1)(keras.ops.abs(one - other)) + near)


def _wide_and_deep() -> Any:
    import keras
    from keras import layers

    colour = keras.Input((1,), dtype="string", name="colour")
    shop = keras.Input((1,), dtype="int32", name="shop")
    numbers = keras.Input((3,), name="numbers")
    wide = layers.StringLookup(vocabulary=["red", "green", "blue"], output_mode="one_hot")(colour)
    scaled = layers.Normalization(mean=[0.0, 1.0, 2.0], variance=[1.0, 2.0, 3.0])(numbers)
    deep = layers.Concatenate()([layers.Flatten()(layers.Embedding(6, 3)(shop)), scaled])
    deep = layers.Dense(4, "relu")(layers.Dense(8, "gelu")(deep))
    both = layers.Concatenate()([wide, deep])
    inputs = {"colour": colour, "shop": shop, "numbers": numbers}
    return keras.Model(inputs, layers.Dense(1, "sigmoid")(both))


def _two_outputs() -> Any:
    import keras
    from keras import layers

    image, table = keras.Input((6, 6, 1), name="image"), keras.Input((3,), name="table")
    x = layers.Flatten()(layers.Conv2D(2, 3, activation="relu")(image))
    x = layers.Dense(6, "tanh")(layers.Concatenate()([x, table]))
    kind = layers.Dense(3, "softmax", name="class")(x)
    return keras.Model([image, table], {"kind": kind, "price": layers.Dense(1)(x)})


def _floats(shapes: dict[str, tuple[int, ...]]) -> Any:
    return lambda rng, n: {
        name: rng.normal(size=(n, *shape)).astype("float32") for name, shape in shapes.items()
    }


def _shopping(rng: Any, n: int) -> dict[str, Any]:
    return {
        "colour": rng.choice(["red", "green", "blue", "odd"], size=(n, 1)),
        "shop": rng.integers(0, 6, (n, 1)),
        "numbers": rng.normal(size=(n, 3)),
    }


SEVERAL = {
    "siamese": (_floats({"left": (5, 3), "right": (5, 3)}), _siamese),
    "wide and deep with preprocessing": (_shopping, _wide_and_deep),
    "two outputs": (_floats({"image": (6, 6, 1), "table": (3,)}), _two_outputs),
}
"""Models of several inputs or outputs: name → what draws (generator, n) rows, and the maker."""
