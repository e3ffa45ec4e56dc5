"""Inputs that cannot be differentiated: ids, text and bins, explained by Deep and Gradient."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shapviz.errors import InputError, UnsupportedOpError
from shapviz.explainers import Explainer
from shapviz.explainers.deep import DeepExplainer
from shapviz.explainers.gradient import GradientExplainer
from tests.oracles import agree, shapley

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
layers = keras.layers

rng = np.random.default_rng(0)
IDS = rng.integers(1, 10, (12, 6))
IDS[:, 4:] *= rng.integers(0, 2, (12, 2))
WORDS = rng.choice(list("abcdz"), (12, 6)).astype(object)
REALS = rng.normal(size=(12, 6))
LETTERS = list("abcdefgz")
TEXT = np.array(
    [[" ".join(rng.choice(LETTERS, rng.integers(1, 7)))] for _ in range(12)], dtype=object
)
BOTH = [DeepExplainer, GradientExplainer]


def net(shape, dtype, *stack, outputs=2, last="softmax"):
    keras.utils.set_random_seed(1)
    inputs = keras.Input(shape, dtype=dtype)
    x = inputs
    for layer in stack:
        x = layer(x)
    return keras.Model(inputs, layers.Dense(outputs, last)(x))


def vectorizer(**options):
    layer = layers.TextVectorization(max_tokens=20, **options)
    layer.adapt(TEXT[:, 0])
    return layer


class Mixed(layers.Layer):
    """A table of floats whose first column is cut into bins."""

    def __init__(self):
        super().__init__()
        self.bins = layers.Discretization([-0.5, 0.0, 0.5], output_mode="one_hot")
        self.rest = layers.Dense(3, "tanh")

    def call(self, x):
        return tf.concat([self.rest(x[:, 1:]), self.bins(x[:, :1])], -1)


def one_hot():
    return layers.Lambda(lambda x: keras.ops.one_hot(x, 10), output_shape=(6, 10))


MODELS = {
    "embedding, mean": lambda: (
        net(
            (6,),
            "int32",
            layers.Embedding(10, 4, mask_zero=True),
            layers.GlobalAveragePooling1D(),
            layers.Dense(8, "tanh"),
        ),
        IDS,
    ),
    "embedding, flat": lambda: (
        net((6,), "int64", layers.Embedding(10, 4), layers.Flatten(), layers.Dense(5, "relu")),
        IDS,
    ),
    "embedding, conv": lambda: (
        net(
            (6,),
            "int32",
            layers.Embedding(10, 4),
            layers.Conv1D(5, 3, activation="tanh"),
            layers.GlobalAveragePooling1D(),
        ),
        IDS,
    ),
    "embedding, lstm": lambda: (
        net((6,), "int32", layers.Embedding(10, 4), layers.LSTM(3)),
        IDS,
    ),
    "one-hot": lambda: (net((6,), "int32", one_hot(), layers.Flatten()), IDS),
    "multi-hot": lambda: (net((6,), "int32", layers.CategoryEncoding(10)), IDS),
    "counts": lambda: (
        net((6,), "int32", layers.CategoryEncoding(10, output_mode="count")),
        IDS,
    ),
    "text lookup": lambda: (
        net(
            (6,),
            "string",
            layers.StringLookup(vocabulary=list("abcd")),
            layers.Embedding(6, 4),
            layers.Flatten(),
        ),
        WORDS,
    ),
    "text counts": lambda: (
        net((6,), "string", layers.StringLookup(vocabulary=list("abcd"), output_mode="count")),
        WORDS,
    ),
    "hashing": lambda: (
        net((6,), "string", layers.Hashing(7), layers.Embedding(7, 4), layers.Flatten()),
        WORDS,
    ),
    "id lookup": lambda: (
        net(
            (6,),
            "int64",
            layers.IntegerLookup(vocabulary=[1, 2, 3, 4]),
            layers.Embedding(6, 4),
            layers.Flatten(),
        ),
        IDS,
    ),
    "bins, embedding": lambda: (
        net(
            (6,),
            "float32",
            layers.Discretization([-0.5, 0.0, 0.5]),
            layers.Embedding(5, 4),
            layers.Flatten(),
        ),
        REALS,
    ),
    "bins beside floats": lambda: (net((6,), "float32", Mixed()), REALS),
    "words of a text": lambda: (
        net(
            (1,),
            "string",
            vectorizer(output_sequence_length=6),
            layers.Embedding(20, 4),
            layers.GlobalAveragePooling1D(),
        ),
        TEXT,
    ),
    "words of a text, counted": lambda: (
        net((1,), "string", vectorizer(output_mode="count"), layers.Dense(4, "tanh")),
        TEXT,
    ),
    "words of a text, weighted": lambda: (
        net((1,), "string", vectorizer(output_mode="tf_idf"), layers.Dense(4, "tanh")),
        TEXT,
    ),
}


def relative_gap(explanation) -> float:
    raw = explanation.raw_additivity_gap
    gap = explanation.additivity_gap if raw is None else raw
    return float(
        np.abs(gap).max() / np.abs(explanation.predictions - explanation.base_values).max()
    )


@pytest.mark.parametrize("kind", MODELS)
def test_values_are_per_position_and_add_up(kind):
    model, rows = MODELS[kind]()
    deep = DeepExplainer(model, rows[:5])(rows[5:])
    gradient = GradientExplainer(model, rows[:5])(rows[5:], budget=400)
    assert deep.values.shape == gradient.values.shape == (*rows[5:].shape, 2)
    assert relative_gap(deep) <= 1e-4
    assert relative_gap(gradient) <= 0.02
    assert np.abs(gradient.additivity_gap).max() <= 1e-6
    same = (rows[5:, None] == rows[None, :5]).all(1)
    for e in (deep, gradient):
        assert (e.values[same] == 0).all()
        assert np.array_equal(e.data, rows[5:])
    if kind != "words of a text":
        assert np.corrcoef(deep.values.ravel(), gradient.values.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("explainer", BOTH)
def test_a_linear_model_of_embeddings_has_its_closed_form(explainer):
    model = net((6,), "int32", layers.Embedding(10, 4), layers.Flatten(), outputs=1, last=None)
    e = explainer(model, IDS[:5])(IDS[5:])
    table, weights = model.layers[1].get_weights()[0], model.layers[-1].get_weights()[0]
    worth = np.einsum("vk,tk->vt", table, weights.reshape(6, 4)).astype(float)
    at = worth[IDS, np.arange(6)]
    assert agree(e.values, at[5:] - at[:5].mean(0), 1e-5)


@pytest.mark.parametrize("explainer", BOTH)
def test_a_linear_model_of_counts_has_its_closed_form(explainer):
    encoding = layers.CategoryEncoding(10, output_mode="count")
    model = net((6,), "int32", encoding, outputs=1, last=None)
    e = explainer(model, IDS[:5])(IDS[5:])
    worth = model.layers[-1].get_weights()[0][:, 0].astype(float)
    assert agree(e.values, worth[IDS[5:]] - worth[IDS[:5]].mean(0), 1e-5)


def test_tokens_are_near_their_shapley_values():
    model, rows = MODELS["embedding, flat"]()
    exact = shapley(lambda r: model.predict_on_batch(r.astype(int)), rows[5:8], rows[:5])
    values = DeepExplainer(model, rows[:5])(rows[5:8]).values
    assert np.sqrt(np.mean((values - exact) ** 2) / np.mean(exact**2)) < 0.3


def test_refined_deep_reaches_shapley_values():
    model, rows = MODELS["embedding, mean"]()
    exact = shapley(lambda r: model.predict_on_batch(r.astype(int)), rows[5:7], rows[:4])
    values = DeepExplainer(model, rows[:4])(rows[5:7], segments=6, orders=30).values
    assert np.sqrt(np.mean((values - exact) ** 2) / np.mean(exact**2)) < 0.1


def test_text_of_one_word_more_is_worth_that_word():
    model = net((1,), "string", vectorizer(output_mode="count"), outputs=1, last=None)
    e = DeepExplainer(model, np.array([["a b"]], dtype=object))(np.array([["a b c"]], dtype=object))
    vocabulary = model.layers[1].get_vocabulary()
    worth = model.layers[-1].get_weights()[0][vocabulary.index("c"), 0]
    assert agree(e.values[0, 0], worth, 1e-5)


def test_a_table_of_text_columns_is_taken():
    model, rows = MODELS["hashing"]()
    frame = pd.DataFrame(rows, columns=list("uvwxyz"))
    e = DeepExplainer(model, frame[:5])(frame[5:])
    assert e.feature_names == tuple("uvwxyz")
    assert agree(e.values, DeepExplainer(model, rows[:5])(rows[5:]).values, 1e-6)


def test_a_subclassed_model_takes_ids_and_text():
    class Reader(keras.Model):
        def __init__(self, first):
            super().__init__()
            self.first, self.table = first, layers.Embedding(12, 3)
            self.last = layers.Dense(1)

        def call(self, x):
            return self.last(tf.reduce_sum(self.table(self.first(x) if self.first else x), 1))

    for first, rows in ((None, IDS), (layers.StringLookup(vocabulary=list("abcd")), WORDS)):
        keras.utils.set_random_seed(0)
        model = Reader(first)
        model(tf.constant(rows))
        for explainer in BOTH:
            assert relative_gap(explainer(model, rows[:5], model_id="reader")(rows[5:])) <= 1e-4


def test_one_trace_serves_every_call():
    model, rows = MODELS["embedding, mean"]()
    deep, gradient = DeepExplainer(model, rows[:5]), GradientExplainer(model, rows[:5])
    for explainer in (deep, gradient):
        for n, outputs in ((3, None), (1, [1]), (7, [0, 1])):
            explainer(rows[5 : 5 + n], outputs=outputs)
    deep(rows[5:]), deep(rows[5:6]), gradient(rows[5:]), gradient(rows[5:6], budget=9)
    assert deep._steps[None].experimental_get_tracing_count() == 1
    assert gradient._step.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("kind", ["embedding, flat", "text lookup", "bins beside floats"])
def test_auto_picks_deep(kind):
    model, rows = MODELS[kind]()
    explainer = Explainer(model, rows[:5])
    assert type(explainer) is DeepExplainer
    assert explainer.why.startswith("Deep")


# What is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize("explainer", BOTH)
def test_text_split_beneath_its_column_is_credited_to_it(explainer):
    class Lengths(layers.Layer):
        def call(self, x):
            parts = tf.strings.split(tf.reshape(x, [-1])).to_tensor()
            return tf.reshape(tf.cast(tf.strings.length(parts), tf.float32), [-1, 4])

        def compute_output_spec(self, x):
            return keras.KerasTensor((None, 4))

    model = net((2,), "string", Lengths(name="cutting"))
    rows = np.array([["a b", "c d"], ["e ff", "c d"]], dtype=object)
    e = explainer(model, rows[:1])(rows[1:])
    assert relative_gap(e) <= 0.02
    assert (e.values[0, 1] == 0).all()
    assert np.abs(e.values[0, 0]).min() > 0


@pytest.mark.parametrize("explainer", BOTH)
def test_an_op_that_loses_positions_is_refused_by_layer(explainer):
    class Sorted(layers.Layer):
        def call(self, x):
            return tf.cast(tf.sort(x), tf.float32)

    model = net((6,), "int32", Sorted(name="sorter"))
    with pytest.raises(UnsupportedOpError, match=r"at .*sorter.*position"):
        explainer(model, IDS)


@pytest.mark.parametrize("explainer", BOTH)
def test_wrong_entries_are_refused(explainer):
    model, rows = MODELS["embedding, flat"]()
    with pytest.raises(InputError, match="whole numbers"):
        explainer(model, rows[:5])(rows[5:] + 0.5)
    model, rows = MODELS["text lookup"]()
    with pytest.raises(InputError, match="`X` must hold text"):
        explainer(model, rows[:5])(IDS)


def test_noise_is_refused_for_tokens():
    model, rows = MODELS["embedding, flat"]()
    with pytest.raises(InputError, match=r"`local_smoothing` must be 0"):
        GradientExplainer(model, rows[:5], local_smoothing=0.1)
