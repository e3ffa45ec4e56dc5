from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shapviz
from shapviz import Explanation
from shapviz.errors import InputError

rng = np.random.default_rng(0)


def tabular(n: int = 5, d: int = 3, outputs: int = 0, **fields) -> Explanation:
    tail = (outputs,) if outputs else ()
    values = rng.normal(size=(n, d, *tail))
    defaults = {
        "base_values": rng.normal(size=(n, *tail)),
        "predictions": rng.normal(size=(n, *tail)),
        "standard_errors": np.abs(rng.normal(size=(n, d, *tail))),
        "data": rng.normal(size=(n, d)),
        "feature_names": [f"f{i}" for i in range(d)],
        "truth": np.arange(n),
        "metadata": pd.DataFrame({"row": np.arange(n)}),
        "provenance": {"explainer": "test"},
    }
    if outputs:
        defaults["output_names"] = [f"o{k}" for k in range(outputs)]
    return Explanation(values=values, **{**defaults, **fields})


def image(n: int = 4, outputs: int = 3) -> Explanation:
    return Explanation(
        values=rng.normal(size=(n, 2, 3, 1, outputs)),
        base_values=np.zeros(outputs),
        data=rng.normal(size=(n, 2, 3, 1)),
        output_names=[str(k) for k in range(outputs)],
    )


def test_the_gap_is_prediction_minus_base_minus_sum():
    e = tabular(outputs=2)
    expected = e.predictions - e.base_values - e.values.sum(axis=1)
    np.testing.assert_allclose(e.additivity_gap, expected, rtol=0, atol=1e-15)


def test_without_predictions_the_gap_is_zero_up_to_rounding():
    e = Explanation(values=[[1.0, 2.0]], base_values=0.5)
    assert e.predictions.tolist() == [3.5]
    assert e.additivity_gap.tolist() == [0.0]


@pytest.mark.parametrize(
    "name", ["values", "base_values", "predictions", "data", "standard_errors", "additivity_gap"]
)
def test_arrays_are_read_only_and_inputs_are_copied(name):
    e = tabular()
    with pytest.raises(ValueError, match="read-only"):
        getattr(e, name)[0] = 1.0


def test_later_changes_to_the_callers_array_do_not_reach_it():
    mine = np.ones((2, 2))
    e = Explanation(values=mine, base_values=0.0)
    mine[:] = 7
    assert e.values.max() == 1


def test_dataset_is_a_copy():
    e = tabular()
    e.dataset["values"][:] = 0
    assert np.abs(e.values).max() > 0


def test_int_keeps_the_sample_axis():
    e = tabular()[3]
    assert e.values.shape == (1, 3)
    assert e.sample_names == ("3",)
    assert e.truth.tolist() == [3]
    assert e.metadata["row"].tolist() == [3]


def test_iterating_yields_each_sample_and_ends():
    e = tabular(outputs=2)
    one_by_one = list(e)
    assert [one.sample_names for one in one_by_one] == [(str(i),) for i in range(5)]
    assert shapviz.concat(one_by_one).equals(e)


def test_feature_by_name_keeps_its_axis_and_the_whole_gap():
    e = tabular()
    picked = e[:, "f1"]
    assert picked.values.shape == (5, 1)
    np.testing.assert_array_equal(picked.values[:, 0], e.values[:, 1])
    np.testing.assert_array_equal(picked.additivity_gap, e.additivity_gap)


def test_output_by_name_drops_its_axis_and_keeps_its_name():
    e = tabular(outputs=2)
    one = e[..., "o1"]
    assert one.values.shape == (5, 3)
    assert not one.has_outputs
    assert one.output_names == ("o1",)
    np.testing.assert_array_equal(one.base_values, e.base_values[:, 1])
    assert e[..., ["o1"]].values.shape == (5, 3, 1)


def test_selection_of_images():
    e = image()
    assert e.feature_names[4] == "y1 x1"
    row = e[1:3, 0, :, :, "2"]
    assert row.values.shape == (2, 1, 3, 1)
    assert row.feature_names == ("y0 x0", "y0 x1", "y0 x2")
    np.testing.assert_array_equal(row.values[:, 0], e.values[1:3, 0, :, :, 2])


def test_flat_keeps_numbers_in_c_order():
    e = image()
    flat = e.flat()
    assert flat.values.shape == (4, 6, 3)
    np.testing.assert_array_equal(flat.values[2, 4], e.values[2, 1, 1, 0])
    np.testing.assert_array_equal(flat[:, "y1 x1"].data[:, 0], e.data[:, 1, 1, 0])


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (9, "from 0 to 4"),
        ((slice(None), "f9"), "Did you mean"),
        ((..., "o5"), "output names"),
        (slice(0, 0), "at least one"),
        ((0, 0, 0, 0), "at most 3 parts"),
        (np.array([True, False]), "mask of 5"),
        ((0, 1.5), "position, a name"),
    ],
)
def test_wrong_selections_say_what_is_there(key, words):
    with pytest.raises(InputError, match=words):
        tabular(outputs=2)[key]


def test_boolean_mask_and_names_select_samples():
    e = tabular(sample_names=list("abcde"))
    assert e[np.array([True, False, True, False, False])].sample_names == ("a", "c")
    assert e[["e", "a"]].sample_names == ("e", "a")


def test_concat_puts_back_what_was_cut():
    e = tabular(outputs=2)
    assert shapviz.concat([e[:2], e[2:]]).equals(e)


def test_concat_keeps_differing_provenance():
    a, b = tabular(), tabular(provenance={"explainer": "other"})
    both = shapviz.concat([a, b])
    assert [p["explainer"] for p in both.provenance["parts"]] == ["test", "other"]
    assert "explainer" not in both.provenance
    assert len(both) == 10


def test_concat_keeps_what_all_provenances_agree_on():
    seeds = [tabular(provenance={"modality": "text", "seed": k}) for k in (1, 2)]
    found = dict(shapviz.concat(seeds).provenance)
    assert found["modality"] == "text"
    assert "seed" not in found


def test_concat_refuses_other_features():
    with pytest.raises(InputError, match="same feature_names"):
        shapviz.concat([tabular(), tabular(feature_names=["x", "y", "z"])])
    with pytest.raises(InputError, match="at least one"):
        shapviz.concat([])


def test_sum_groups_sums_values_and_keeps_the_gap():
    e = tabular()
    g = e.sum_groups({"both": ["f2", "f0"]})
    assert g.feature_names == ("both", "f1")
    np.testing.assert_allclose(g.values[:, 0], e.values[:, 0] + e.values[:, 2])
    np.testing.assert_array_equal(g.additivity_gap, e.additivity_gap)
    assert g.standard_errors[0, 0] == pytest.approx(e.standard_errors[0, [0, 2]].sum())
    assert g.display_data[0, 0].startswith("f0=")


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ({"a": ["nope"]}, "existing features"),
        ({"a": ["f0"], "b": ["f0"]}, "once"),
        ({"a": []}, "list of feature names"),
        ({"a": "f0"}, "list of feature names"),
    ],
)
def test_sum_groups_refuses(groups, words):
    with pytest.raises(InputError, match=words):
        tabular().sum_groups(groups)


def test_to_frame_has_sums_beside_values():
    frame = tabular(outputs=2).to_frame()
    assert frame.shape == (10, 6)
    assert frame.index.names == ["sample", "output"]
    assert list(frame.loc["3"].index) == ["o0", "o1"]
    row = frame.loc[("3", "o1")]
    assert row["prediction"] - row["base_value"] - row[["f0", "f1", "f2"]].sum() == pytest.approx(
        row["additivity_gap"]
    )


def test_data_frames_give_names_and_keep_text():
    table = pd.DataFrame({"age": [1.0, 2.0], "sex": ["f", None]}, index=["a", "b"])
    e = Explanation(values=np.ones((2, 2)), base_values=0.0, data=table)
    assert e.feature_names == ("age", "sex")
    assert e.sample_names == ("a", "b")
    assert e.data[0, 1] == "f"


def test_base_values_per_output():
    e = Explanation(values=np.zeros((4, 2, 3)), base_values=[1.0, 2.0, 3.0], data=np.zeros((4, 2)))
    assert e.base_values.tolist() == [[1.0, 2.0, 3.0]] * 4


def test_outputs_of_their_own_per_sample():
    names = np.array([["a", "b"], ["c", "a"]], dtype=object)
    e = Explanation(values=np.zeros((2, 3, 2)), base_values=np.zeros((2, 2)), output_names=names)
    assert e[1].output_names.tolist() == [["c", "a"]]
    first = e[..., 0]
    assert first.values.shape == (2, 3)
    assert first[1:].output_names.tolist() == [["c"]]
    with pytest.raises(InputError, match="position"):
        e[..., "a"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"values": [[np.nan, 1.0]]}, r"finite.*position \(0, 0\)"),
        ({"values": [1.0]}, "shape"),
        ({"values": [["a"]]}, "numbers"),
        ({"feature_names": ["a"]}, "`feature_names` must hold 2"),
        ({"data": np.zeros((1, 3))}, "`data` must have shape"),
        ({"predictions": [1.0, 2.0]}, "`predictions` must have shape"),
        ({"metadata": pd.DataFrame({"a": [1, 2]})}, "1 rows"),
        ({"truth": [1, 2]}, "`truth`"),
        ({"standard_errors": np.zeros((2, 2))}, "`standard_errors`"),
    ],
)
def test_bad_fields_name_the_argument(fields, words):
    with pytest.raises(InputError, match=words):
        Explanation(**{"values": [[1.0, 2.0]], "base_values": 0.0, **fields})


def test_replace_checks_and_changes():
    e = tabular()
    assert e.replace(units="€").units == "€"
    assert e.replace().equals(e)
    with pytest.raises(InputError, match="colour"):
        e.replace(colour="red")


def test_equals_can_fail():
    e = tabular()
    assert not e.equals(e.replace(values=e.values + 1e-9))
    assert not e.equals(e.replace(units="x"))
    assert not e.equals(e.replace(metadata=None))
    assert not e.equals(e.replace(provenance={}))
    assert not e.equals("e")


@given(
    n=st.integers(1, 4),
    shape=st.lists(st.integers(1, 3), min_size=1, max_size=4),
    outputs=st.integers(0, 3),
    names=st.data(),
)
def test_any_shape_round_trips_through_its_fields(n, shape, outputs, names):
    count = int(np.prod(shape))
    labels = names.draw(st.lists(st.text(), min_size=count, max_size=count))
    tail = (outputs,) if outputs else ()
    e = Explanation(
        values=np.zeros((n, *shape, *tail)),
        base_values=np.zeros((n, *tail)),
        data=np.zeros((n, *shape)),
        feature_names=labels,
    )
    assert e.feature_shape == tuple(shape)
    assert e.has_outputs == bool(outputs)
    assert Explanation(**e.fields()).equals(e)
    assert e.flat().feature_names == tuple(labels)


# Interactions --------------------------------------------------------------------------------


def with_pairs(outputs=0, seed=0):
    e = tabular(outputs=outputs)
    draw = np.random.default_rng(seed)
    halves = draw.normal(size=(5, 3, 3, *((outputs,) if outputs else ())))
    halves = halves + np.swapaxes(halves, 1, 2)
    at = np.arange(3)
    halves[:, at, at] += e.values - halves.sum(axis=2)
    return halves, e.replace(interactions=halves)


@pytest.mark.parametrize("outputs", [0, 2])
def test_interactions_go_with_their_samples_and_outputs(outputs):
    halves, e = with_pairs(outputs)
    np.testing.assert_array_equal(e.interactions, halves)
    assert Explanation(**e.fields()).equals(e)
    assert not e.equals(e.replace(interactions=None))
    np.testing.assert_array_equal(e[[3, 1]].interactions, halves[[3, 1]])
    assert shapviz.concat([e[:2], e[2:]]).equals(e)
    assert shapviz.concat([e[:2], e[2:].replace(interactions=None)]).interactions is None
    assert e[:, 1:].interactions is None
    assert e[:, [1, 0, 2]].interactions is None
    assert e.to_frame().equals(e.replace(interactions=None).to_frame())
    if outputs:
        np.testing.assert_array_equal(e[..., "o1"].interactions, halves[..., 1])
        np.testing.assert_array_equal(e[..., ["o1"]].interactions, halves[..., [1]])
    with pytest.raises(ValueError, match="read-only"):
        e.interactions[:] = 0


def test_groups_sum_their_interactions():
    halves, e = with_pairs(outputs=2)
    grouped = e.sum_groups({"both": ["f2", "f0"]})
    found = grouped.interactions
    np.testing.assert_allclose(found[:, 0, 0], halves[:, [0, 2]][:, :, [0, 2]].sum(axis=(1, 2)))
    np.testing.assert_allclose(found[:, 0, 1], halves[:, 0, 1] + halves[:, 2, 1])
    np.testing.assert_allclose(found.sum(axis=2), grouped.values)


def test_interactions_that_do_not_fit_are_refused():
    halves, e = with_pairs()
    lopsided, off = halves.copy(), halves.copy()
    lopsided[2, 0, 1] += 0.5
    off[2, 0, 0] += 0.5
    for wrong, words in (
        (lopsided, "be symmetric.*got a difference of 0.5"),
        (off, "rows that sum to `values`; got a gap of 0.5"),
        (halves[:, :2, :2], r"`interactions` must have shape \(5, 3, 3\)"),
    ):
        with pytest.raises(InputError, match=words):
            e.replace(interactions=wrong)
    with pytest.raises(InputError, match="left out with several feature axes"):
        image().replace(interactions=np.zeros((4, 6, 6, 3)))


# Several inputs ------------------------------------------------------------------------------

SHAPES = {"age": (1,), "scan": (2, 2), "dose": ()}


def by_input(n=3, outputs=()):
    rng = np.random.default_rng(0)
    values = {name: rng.normal(size=(n, *shape, *outputs)) for name, shape in SHAPES.items()}
    data = {name: rng.normal(size=(n, *shape)) for name, shape in SHAPES.items()}
    base = np.zeros((n, *outputs))
    return values, Explanation(values=values, base_values=base, data=data)


@pytest.mark.parametrize("outputs", [(), (2,)])
def test_several_inputs_are_shown_by_name_and_held_flat(outputs):
    values, e = by_input(outputs=outputs)
    assert dict(e.inputs) == SHAPES
    for name, part in values.items():
        np.testing.assert_array_equal(e.values[name], part)
        assert e.data[name].shape == (3, *SHAPES[name])
        rest = tuple(range(1, part.ndim - len(outputs)))
        np.testing.assert_allclose(e.input_shares[name], part.sum(axis=rest))
    assert e.feature_shape == (6,)
    assert e.feature_names == (
        "age",
        *(f"scan: time {t}, feature {f}" for t in range(2) for f in range(2)),
        "dose",
    )
    assert repr(e).startswith("Explanation(3 samples, 6 features of 3 inputs")
    np.testing.assert_allclose(e.additivity_gap, 0, atol=1e-12)
    assert Explanation(**e.fields()).equals(e)
    assert not e.flat().equals(e)


def test_selecting_samples_and_outputs_keeps_inputs_and_selecting_features_drops_them():
    _, e = by_input(outputs=(2,))
    assert e[1:, ..., 0].values["scan"].shape == (2, 2, 2)
    assert e[..., [1]].inputs == e.inputs
    assert e[:, "age"].values.shape == (3, 1, 2)
    assert e[:, 1:].inputs is None
    flat = e.flat()
    assert flat.inputs is None
    assert flat.values.shape == (3, 6, 2)
    np.testing.assert_array_equal(flat.additivity_gap, e.additivity_gap)
    joined = shapviz.concat([e[:1], e[1:]])
    np.testing.assert_array_equal(joined.values["scan"], e.values["scan"])
    assert joined.inputs == e.inputs
    with pytest.raises(InputError, match="have the same inputs"):
        shapviz.concat([e, flat])
    grouped = e.sum_groups({"rest": ["age", "dose"]})
    assert (grouped.inputs, grouped.values.shape) == (None, (3, 5, 2))
    changed = e.replace(values={name: 2 * part for name, part in e.values.items()})
    np.testing.assert_array_equal(changed.values["dose"], 2 * e.values["dose"])
    assert list(e.to_frame().columns[:2]) == ["age", "scan: time 0, feature 0"]


def test_inputs_that_do_not_fit_are_refused():
    values, e = by_input()
    with pytest.raises(InputError, match="`values` must hold the input 'dose'"):
        e.replace(values={"age": values["age"], "scan": values["scan"]})
    with pytest.raises(InputError, match=r"`data\['scan'\]` must have shape \(3, 2, 2\)"):
        e.replace(data={**e.data, "scan": np.zeros((3, 2))})
    with pytest.raises(InputError, match=r"have shape \(n, 6\) or \(n, 6, outputs\)"):
        e.replace(values=np.zeros((3, 5)))
    with pytest.raises(InputError, match="map input names to the shapes"):
        e.replace(inputs=["age"])
    with pytest.raises(InputError, match="be known for shares by input"):
        _ = e.flat().input_shares
