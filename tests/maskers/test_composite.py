"""Several inputs, each hidden in its own way; a tree that comes with a table."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import ExactExplainer, Explanation, KernelExplainer, PartitionExplainer, Store
from shapviz.background import Background
from shapviz.errors import InputError
from shapviz.maskers import Composite, Fixed, Image, Partition, Text
from tests.oracles import agree, brute_force

rng = np.random.default_rng(0)
GROUND = rng.normal(size=(3, 2))
TEXTS = np.array([["good film"], ["not a good film"], ["bad"]], dtype=object)
SAMPLES = {
    "picture": rng.random((3, 4, 4, 1)),
    "table": rng.normal(size=(3, 2)),
    "note": TEXTS,
}


@pytest.fixture(scope="module")
def net():
    import keras

    keras.utils.set_random_seed(0)
    cut = keras.layers.TextVectorization(output_sequence_length=5)
    cut.adapt(TEXTS[:, 0].tolist())
    layers = keras.layers
    picture = keras.Input((4, 4, 1), name="picture")
    table = keras.Input((2,), name="table")
    note = keras.Input((1,), dtype="string", name="note")
    read = layers.GlobalAveragePooling1D()(layers.Embedding(cut.vocabulary_size(), 4)(cut(note)))
    joined = layers.Concatenate()([layers.Flatten()(picture), table, read])
    hidden = layers.Dense(6, activation="tanh")(joined)
    return keras.Model({"picture": picture, "table": table, "note": note}, layers.Dense(2)(hidden))


def maskers():
    return {
        "picture": Image(fill=0.0, superpixels=4, method="grid"),
        "note": Text(mask_token=""),
        "table": GROUND,
    }


def answers(net, picture, table, note):
    import tensorflow as tf

    numbers = {"picture": picture, "table": table}
    parts = {name: tf.constant(each, tf.float32) for name, each in numbers.items()}
    return np.asarray(net({**parts, "note": tf.constant([[each] for each in note])}))


def test_values_are_those_of_the_joint_game(net):
    found = ExactExplainer(net, Composite(maskers()))(
        {name: rows[:1] for name, rows in SAMPLES.items()}
    )
    picture, row, words = SAMPLES["picture"][0], SAMPLES["table"][0], ["good", "film"]
    cells = (np.arange(4)[:, None] // 2 * 2 + np.arange(4)[None] // 2)[..., None]
    order = {name: found.values[name].shape[1] for name in found.values}
    assert order == {"note": 2, "picture": 4, "table": 2}
    table = []
    for code in range(2**8):
        kept = np.array([code >> i & 1 for i in range(8)], bool)
        note = " ".join(w for w, keep in zip(words, kept[:2], strict=True) if keep)
        shown = np.where(kept[2:6][cells], picture, 0.0)
        rows = np.where(kept[6:], row, GROUND)
        table.append(answers(net, np.repeat(shown[None], 3, 0), rows, [note] * 3).mean(axis=0))
    exact = brute_force(np.array(table))
    values = np.concatenate([found.values[name][0] for name in ("note", "picture", "table")])
    assert agree(values, exact, 1e-4)


@pytest.mark.parametrize("method", [PartitionExplainer, KernelExplainer], ids=lambda m: m.name)
def test_both_inputs_sum_to_the_prediction(net, method, tmp_path):
    explainer = method(net, Composite(maskers()), model_id="net")
    found = explainer(SAMPLES, budget=80)
    shares = found.input_shares
    assert agree(found.base_values + sum(shares.values()), found.predictions, 1e-6)
    note, table = SAMPLES["note"][:, 0], SAMPLES["table"]
    assert agree(found.predictions, answers(net, SAMPLES["picture"], table, note), 1e-5)
    assert found.values["note"].shape == (3, 4, 2)
    assert (found.values["note"][2, 1:] == 0).all()
    assert found.data["note"][1].tolist() == ["not", "a", "good", "film"]
    assert found.on_regions()["picture"].shape == (3, 4, 4, 2)
    np.testing.assert_array_equal(found.wholes["picture"], SAMPLES["picture"])
    alone = explainer({name: rows[2:] for name, rows in SAMPLES.items()}, budget=80)
    assert agree(alone.values["table"], found.values["table"][2:], 1e-5)
    assert Explanation(**found.fields()).equals(found)
    kept = Store(str(tmp_path)).explain(explainer, SAMPLES, name="mixed", budget=80)
    assert agree(kept.values["picture"], found.values["picture"], 1e-6)
    assert found[1:].regions["picture"].shape == (2, 4, 4)


def test_a_fixed_input_gets_exactly_nothing(net):
    hidden = {**maskers(), "picture": Fixed()}
    found = KernelExplainer(net, Composite(hidden))(SAMPLES)
    assert (found.values["picture"] == 0).all()
    assert found.values["picture"].shape == (3, 4, 4, 1, 2)
    # Nothing hidden: the base still sees each sample's picture.
    empty = [
        answers(net, SAMPLES["picture"][[i] * 3], GROUND, [""] * 3).mean(axis=0) for i in range(3)
    ]
    assert agree(found.base_values, np.array(empty), 1e-5)
    assert found.additivity_gap.max() < 1e-6


def test_the_masker_of_a_table_brings_its_tree():
    rows = rng.normal(size=(8, 3))

    def model(rows):
        return rows[:, 0] * rows[:, 1] + rows[:, 2]

    tree = [["f0", "f2"], "f1"]
    names = ["f0", "f1", "f2"]
    masker = Partition(rows, names, clustering=tree)
    found = PartitionExplainer(model, masker)(rows)
    given = PartitionExplainer(model, rows, feature_names=names, hierarchy=tree)(rows)
    np.testing.assert_array_equal(found.values, given.values)
    near = Partition(
        np.column_stack([rows[:, 0], rows[:, 1], rows[:, 0] + 0.01]), names, clustering="cosine"
    )
    assert near.tree.nested(names) in ([["f0", "f2"], "f1"], ["f1", ["f0", "f2"]])
    assert PartitionExplainer(model, Partition(rows)).hierarchy.d == 3


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda net: Composite({}), "every input"),
        (lambda net: Composite([Fixed()]), "every input"),
        (
            lambda net: Composite({"a": np.zeros((2, 1)), "b": np.zeros((3, 1))}),
            "background rows and weights",
        ),
        (
            lambda net: Composite(
                {"a": np.zeros((2, 1)), "b": Background(np.zeros((2, 1)), weights=[1, 3])}
            ),
            "background rows and weights",
        ),
        (lambda net: KernelExplainer(net, Composite({"picture": Image()})), "'note'"),
        (lambda net: KernelExplainer(lambda X: X, Composite({"a": Fixed()})), "several inputs"),
        (
            lambda net: KernelExplainer(net, Composite({**maskers(), "table": np.zeros((3, 5))})),
            "shape the input takes",
        ),
        (
            lambda net: KernelExplainer(net, Composite(maskers()))(
                {**SAMPLES, "table": SAMPLES["table"][:2]}
            ),
            "a row for each sample",
        ),
        (
            lambda net: KernelExplainer(net, Composite(dict.fromkeys(maskers(), Fixed())))(SAMPLES),
            "have a player",
        ),
        (lambda net: Partition(np.zeros((3, 2)), clustering="near"), "metric that scipy knows"),
    ],
)
def test_bad_input_is_told(net, make, words):
    with pytest.raises(InputError) as error:
        make(net)
    assert words in str(error.value)
