"""Several inputs and outputs of a Keras model: one row of all entries, names for the columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shapviz.errors import InputError, ModelError
from shapviz.models import ExpandingPredictor, as_predictor
from shapviz.models.inputs import InputLayout

keras = pytest.importorskip("keras")
L = keras.layers
RNG = np.random.default_rng(0)

LAYOUT = InputLayout(
    names=("ids", "image", "age", "word"),
    shapes=((3,), (2, 2, 1), (), (1,)),
    dtypes=("int32", "float32", "float32", "string"),
    template={"ids": 0, "image": 1, "age": 2, "word": 3},
)
ROWS = {
    "ids": RNG.integers(0, 9, (4, 3)),
    "image": RNG.normal(size=(4, 2, 2, 1)),
    "age": np.array([30.5, 41.0, 12.25, 7.0]),
    "word": np.array([["a"], ["b"], ["ü"], [""]]),
}
NUMBERS = InputLayout(("a", "b"), ((2,), (1,)), ("float32", "int64"), [0, 1])


def test_packing_and_unpacking_give_the_inputs_back_in_the_models_types():
    flat = LAYOUT.pack(ROWS)
    assert flat.shape == (4, LAYOUT.width) == (4, 9)
    assert flat.dtype == object
    for part, (name, given), dtype in zip(
        LAYOUT.unpack(flat), ROWS.items(), ("i4", "f4", "f4", "O"), strict=True
    ):
        assert part.shape == given.shape, name
        assert part.dtype == np.dtype(dtype)
        np.testing.assert_array_equal(part, given.astype(dtype))
    np.testing.assert_array_equal(LAYOUT.pack(flat), flat)


def test_numbers_alone_are_packed_as_floats_in_any_form():
    a, b = RNG.normal(size=(5, 2)), RNG.integers(0, 9, 5)
    flat = NUMBERS.pack([a, b])
    assert flat.dtype == np.float64
    for rows in ((a, b[:, None]), {"b": b, "a": pd.DataFrame(a)}, flat):
        np.testing.assert_array_equal(NUMBERS.pack(rows), flat)
    single = InputLayout(("a", "b"), ((), (1,)), ("float32", "bool"), [0, 1])
    table = pd.DataFrame({"b": [True, False], "a": [0.5, 2.0]})
    np.testing.assert_array_equal(single.pack(table), [[0.5, 1.0], [2.0, 0.0]])


def test_entries_are_named_by_input_and_position():
    assert LAYOUT.feature_names == (
        *(f"ids: feature {i}" for i in range(3)),
        *(f"image: row {y}, column {x}" for y in range(2) for x in range(2)),
        "age",
        "word",
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ids": None}, "`X` must hold the input 'ids'; got 'image', 'age', 'word'"),
        ({"other": np.zeros(4)}, "`X` must hold only the model's inputs; got 'other'"),
        ({"age": np.zeros(3)}, r"`X\['age'\]` must have a row for each sample.*'ids' has 4 rows"),
        ({"image": np.zeros((4, 2, 2))}, r"`X\['image'\]` must have shape \(n, 2, 2, 1\)"),
        ({"ids": ROWS["ids"] + 0.5}, r"`X\['ids'\]` must hold whole numbers, .* takes int32"),
        ({"ids": np.full((4, 3), np.nan)}, r"`X\['ids'\]` must hold whole numbers"),
        ({"age": np.array(list("1234"))}, r"`X\['age'\]` must be numbers, .* takes float32"),
        ({"word": np.zeros((4, 1))}, r"`X\['word'\]` must hold text, as the model takes it"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(change, said):
    rows = {name: part for name, part in {**ROWS, **change}.items() if part is not None}
    with pytest.raises(InputError, match=said):
        LAYOUT.pack(rows)


def test_other_forms_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match=r"give the model's 4 inputs.*Pass a mapping with 'ids'"):
        LAYOUT.pack(list(ROWS.values()))
    with pytest.raises(InputError, match="give the model's 2 inputs; got 3 values in a tuple"):
        NUMBERS.pack((np.zeros(2),) * 3)
    with pytest.raises(InputError, match=r"give the model's 2 inputs; got an array of shape"):
        NUMBERS.pack(np.zeros((3, 4)))
    with pytest.raises(InputError, match="hold at least one row"):
        NUMBERS.pack([np.zeros((0, 2)), np.zeros((0, 1))])
    with pytest.raises(InputError, match=r"whole numbers up to 2\*\*53"):
        NUMBERS.pack([np.zeros((1, 2)), np.array([2**60])])


def test_open_sizes_are_the_backgrounds():
    layout = InputLayout(("a", "b"), ((None, 2), (3,)), ("float32",) * 2, [0, 1])
    with pytest.raises(InputError, match="tell the size of the input 'a'"):
        _ = layout.by_name
    closed = layout.closed([np.zeros((5, 4, 2)), np.zeros((5, 3))], "background")
    assert closed.by_name == {"a": (4, 2), "b": (3,)}
    with pytest.raises(InputError, match=r"`background\['a'\]` must have shape \(n, any, 2\)"):
        layout.closed([np.zeros((5, 4)), np.zeros((5, 3))], "background")


def two_in(outputs):
    keras.utils.set_random_seed(0)
    a, b = keras.Input((2,), name="a"), keras.Input((1,), dtype="int64", name="b")
    x = L.Concatenate()([a, L.Flatten()(L.Embedding(5, 3)(b))])
    return keras.Model({"a": a, "b": b}, outputs(x))


def test_a_model_of_several_inputs_is_asked_about_packed_rows():
    model = two_in(lambda x: L.Dense(2)(x))
    predictor = as_predictor(model)
    rows = {"a": RNG.normal(size=(5, 2)), "b": RNG.integers(0, 5, (5, 1))}
    expected = model.predict(rows, verbose=0)
    np.testing.assert_allclose(predictor(rows), expected, rtol=1e-5)
    np.testing.assert_allclose(predictor(predictor.inputs.pack(rows)), expected, rtol=1e-5)
    lone = {name: part[:1] for name, part in rows.items()}
    np.testing.assert_array_equal(predictor(lone)[0], predictor(rows)[0])
    assert not isinstance(predictor, ExpandingPredictor)
    assert predictor.feature_names == ("a: feature 0", "a: feature 1", "b")


@pytest.mark.parametrize("struct", [list, dict])
def test_several_outputs_stand_side_by_side_under_their_names(struct):
    def outputs(x):
        kind, price = L.Dense(3, "softmax", name="k")(x), L.Dense(1, name="p")(x)
        return [kind, price] if struct is list else {"price": price, "kind": kind}

    model = two_in(outputs)
    predictor = as_predictor(model)
    names = ("k", "p") if struct is list else ("kind", "price")
    assert predictor.output_names == (*(f"{names[0]} {i}" for i in range(3)), names[1])
    assert (predictor.n_outputs, predictor.single_output, predictor.units) == (4, False, "")
    rows = {"a": RNG.normal(size=(3, 2)), "b": RNG.integers(0, 5, (3, 1))}
    answers = model.predict(rows, verbose=0)
    parts = answers if struct is list else [answers["kind"], answers["price"]]
    np.testing.assert_allclose(predictor(rows), np.concatenate(parts, 1), rtol=1e-5)


def test_an_output_of_higher_rank_beside_others_says_how_to_choose():
    a = keras.Input((3, 2))
    model = keras.Model(a, [L.Dense(1)(a), L.Dense(1)(L.Flatten()(a))])
    with pytest.raises(ModelError, match=r"\(model.inputs, model.outputs\[0\]\).*output_step"):
        as_predictor(model)
    assert as_predictor((model.inputs, model.outputs[1])).n_outputs == 1
