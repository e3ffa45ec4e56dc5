"""Views of windows and of several inputs by their arrays and words."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import Explanation, KernelExplainer, figures, views
from shapviz.entry_names import by_signal, signals_of
from shapviz.errors import InputError
from shapviz.maskers import Sequence
from shapviz.views.sequence import busiest
from shapviz.views.words import alt_text
from tests.views.examples import images, table
from tests.views.examples_windows import STEPS, blocks, mixed, signals, windows


def test_one_name_and_unit_a_signal_name_every_entry():
    e = windows()
    assert e.feature_names[:4] == (
        "Signal A, t = 0",
        "Signal B, t = 0",
        "Signal C, t = 0",
        "Signal A, t = 1",
    )
    assert e.feature_units == ("bar", "", "") * STEPS
    assert views.sequence(e).signals == ("Signal A", "Signal B", "Signal C")
    assert views.sequence(e).units_of_signals == ("bar", "", "")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (by_signal(["a, t = 1", "b"], 2), ("a, t = 1", "b")),
        (("time 0, a", "time 0, b", "time 1, a", "time 1, b"), ("a", "b")),
        (("p", "q", "r", "s"), ("feature 0", "feature 1")),
        (("a, t = 0", "b, t = 0", "a, t = 0", "b, t = 0"), ("feature 0", "feature 1")),
        (("a, t = 0", "b, t = 0", "b, t = 1", "a, t = 1"), ("feature 0", "feature 1")),
    ],
)
def test_signals_are_read_only_from_names_that_tell_all_of_them(names, found):
    assert signals_of(names, (2, 2)) == found


def test_a_window_sums_up_by_step_and_by_signal():
    e = windows()
    view = views.sequence(e, 3, output="class 0")
    own = e.values[3, ..., 0]
    np.testing.assert_allclose(view.block_values, own.sum(axis=1))
    np.testing.assert_allclose(view.signal_values, own.sum(axis=0))
    np.testing.assert_array_equal(view.values, own)
    assert view.whole_entries
    moved = e.predictions[3, 0] - e.base_values[3, 0]
    assert view.block_values.sum() == pytest.approx(moved)
    said = alt_text(view.sentence)
    assert said.startswith("Signal B moves the prediction by +")
    assert said.endswith("80% of that push comes from steps 4 to 6.")


def test_most_signals_are_left_out_by_size_and_said():
    e = windows(features=30)
    view = views.sequence(e, max_display=4)
    assert "Signal B" in view.signals
    assert list(view.positions) == sorted(view.positions)
    assert view.footnote.startswith("4 of 30 signals")
    # Sums by step are of all of them.
    k = int(np.argmax(e.predictions[0]))
    np.testing.assert_allclose(view.block_values, e.values[0, ..., k].sum(axis=1))


def test_blocks_hold_all_signals_of_some_steps():
    view = views.sequence(blocks(), 1)
    assert (list(view.block_starts), list(view.block_stops)) == ([0, 5, 10], [4, 9, 11])
    assert view.signal_values is None
    assert view.signals == ("speed", "heat")
    np.testing.assert_array_equal(view.values[5:10], np.ones((5, 2)))
    assert not view.whole_entries
    assert alt_text(view.sentence).startswith("Steps 5 to 9 move the prediction by +1.00")


def test_signals_as_players_have_no_sums_by_step():
    e = signals()
    view = views.sequence(e, 2)
    assert view.block_values is None
    np.testing.assert_array_equal(view.signal_values, e.values[2])
    steps = views.sequence_steps(e)
    assert steps.mean.shape == (3, 1)
    np.testing.assert_allclose(steps.by_signal, np.abs(e.values).mean(axis=0))


def test_signals_of_blocks_keep_their_units():
    masker = Sequence(players=4, feature_names=["speed", "heat"], feature_units=["m/s", "K"])
    X = np.random.default_rng(0).normal(size=(2, 12, 2))
    e = KernelExplainer(lambda rows: rows.sum(axis=(1, 2)), masker)(X)
    assert views.sequence(e).units_of_signals == ("m/s", "K")
    assert any("K" in (note.text or "") for note in figures.sequence(e).layout.annotations)


def test_blocks_are_one_band_beside_lanes():
    steps = blocks(
        every=4, base_values=[0.5, 0.5], values=np.ones((5, 3, 2)), output_names=["a", "b"]
    )
    entries = windows(features=2, outputs=2).replace(units="")
    view = views.sequence_grid({"entries": entries, "blocks": steps})
    assert view.is_band == (False, True)
    assert views.sequence(steps, 0).is_band
    lanes = [len(trace.z) for trace in figures.sequence_grid(view).data]
    assert lanes == [2, 2, 1, 1]
    written = [note.text for note in figures.sequence_grid(view).layout.annotations]
    assert sum("All signals" in text for text in written) == 1


def test_nothing_is_measured_at_steps_of_several_signals():
    assert views.waterfall(blocks(data=np.ones((5, 3)))).value_texts[0] == ""
    assert views.waterfall(signals().replace(data=np.ones((5, 3)))).value_texts[0] == "1"


def test_a_window_among_several_inputs_is_pointed_to():
    with pytest.raises(InputError, match=r"3 inputs.*explanation.of_input\('pulse'\)"):
        views.sequence(mixed())
    with pytest.raises(InputError, match=r"3 inputs.*explanation.of_input\('scan'\)"):
        views.image(mixed())


@pytest.mark.parametrize(
    ("push", "found"),
    [
        ([0, 1, 1, 0], (1, 2)),
        ([5, 0, 0, 1], (0, 0)),
        ([1, 1, 1, 1], (0, 3)),
        ([0, 0, 0], (0, 0)),
        ([3.0], (0, 0)),
        ([0, 4, 0.1, 4, 0], (1, 3)),
    ],
)
def test_the_busiest_run_is_the_shortest_with_most_of_the_push(push, found):
    assert busiest(np.array(push, dtype=float)) == found


def test_means_over_windows_and_where_each_is_largest():
    e = windows(n=8)
    view = views.sequence_steps(e, output="class 0")
    np.testing.assert_allclose(view.mean, np.abs(e.values[..., 0]).mean(axis=0).T)
    np.testing.assert_allclose(view.by_block, view.mean.sum(axis=0))
    assert set(view.at_block) <= {4, 5, 6}
    assert set(view.at_lane) == {1}
    i = 5
    assert view.largest[i] == e.values[i, view.at_block[i], 1, 0]
    assert view.to_frame()["mean_abs_shap_value"].sum() == pytest.approx(view.by_signal.sum())


def test_players_that_differ_by_window_have_no_means():
    e = blocks()
    shifted = np.array(e.regions)
    shifted[1] = shifted[1][::-1]
    with pytest.raises(InputError, match="same players in every window"):
        views.sequence_steps(e.replace(regions=shifted))


@pytest.mark.parametrize("e", [table(), images()])
def test_what_is_no_window_is_told(e):
    with pytest.raises(InputError, match="must hold windows"):
        views.sequence(e)


def test_shares_of_the_inputs_lead_from_the_base_value_to_the_prediction():
    e = mixed()
    view = views.multi_input(e, 2, output="ill")
    shares = {panel.name: panel.share for panel in view.panels}
    for name, share in shares.items():
        assert share == pytest.approx(e.input_shares[name][2, 0])
    assert view.sum.base + sum(shares.values()) == pytest.approx(e.predictions[2, 0])
    assert view.sum.prediction == pytest.approx(e.predictions[2, 0])
    assert sum(panel.part for panel in view.panels) == pytest.approx(1)
    scan, record, _ = view.panels
    assert scan.part == pytest.approx(0.4 / 0.7, rel=0.1)
    assert record.heading.startswith("record: \u2212")
    assert "of the movement" in record.heading
    said = alt_text(view.sentence)
    assert said.index("scan") < said.index("record") < said.index("pulse")
    assert view.to_frame()["input"].tolist() == ["scan", "record", "pulse"]


def test_columns_sum_to_their_share_however_few_are_shown():
    view = views.multi_input(mixed(), 0, output=0, max_display=3)
    record = view.panels[1]
    assert record.view.names[-1] == "8 others"
    assert record.view.values.sum() == pytest.approx(record.share)
    assert record.view.names[0] == "feature 2"


def test_several_inputs_with_outputs_by_sample():
    e = mixed()
    named = np.array([["ill", "well"]] * 3 + [["well", "ill"]], dtype=object)
    view = views.multi_input(e.replace(output_names=named), 3, output=1)
    assert view.output == "ill"
    assert view.panels[0].share == pytest.approx(e.input_shares["scan"][3, 1])


def test_inputs_are_ranked_by_the_size_of_their_sums():
    e = mixed(n=9)
    view = views.input_importance(e, output="ill")
    sizes = {name: np.abs(share[:, 0]).mean() for name, share in e.input_shares.items()}
    assert view.bars.names == ("scan", "record", "pulse")
    assert dict(zip(view.bars.names, view.bars.sizes, strict=True)) == pytest.approx(sizes)
    part = sizes["scan"] / sum(sizes.values())
    assert alt_text(view.sentence) == f"scan makes up {100 * part:.0f}% of the movement."


@pytest.mark.parametrize("view", [views.multi_input, views.input_importance])
def test_one_input_has_no_shares(view):
    with pytest.raises(InputError, match="several inputs"):
        view(table())


def test_an_input_is_an_explanation_of_its_own():
    e = mixed()
    scan = e.of_input("scan")
    assert scan.feature_shape == (6, 6, 1)
    np.testing.assert_array_equal(scan.values, e.values["scan"])
    np.testing.assert_array_equal(scan.data, e.data["scan"])
    np.testing.assert_array_equal(scan.predictions, e.predictions)
    np.testing.assert_array_equal(scan.additivity_gap, e.additivity_gap)
    assert scan.inputs is None
    assert e.feature_names[0] == "scan: row 0, column 0"
    assert scan.feature_names[0] == "row 0, column 0"
    kinds = {name: views.modality(e.of_input(name)) for name in e.inputs}
    assert kinds == {"scan": "image", "record": "table", "pulse": "sequence"}
    with pytest.raises(InputError, match="one of 'scan', 'record', 'pulse'"):
        e.of_input("table")
    with pytest.raises(InputError, match="one input"):
        scan.of_input("scan")


def test_an_input_keeps_its_regions_and_numbers_beside_text():
    e = Explanation(
        values={"pulse": np.ones((2, 3)), "word": np.zeros((2, 2)), "age": np.ones((2,))},
        base_values=0.0,
        data={
            "pulse": np.arange(6.0).reshape(2, 3),
            "word": np.array([["a", "b"]] * 2, dtype=object),
            "age": np.array([30.0, 40.0]),
        },
        inputs={"pulse": (3,), "word": (2,), "age": ()},
        regions={"pulse": np.tile(np.arange(6) // 2, (2, 1))},
        wholes={"pulse": np.zeros((2, 6, 4))},
        provenance={"modality": "mixed", "told_by_input": {"pulse": {"modality": "sequence"}}},
    )
    pulse, age = e.of_input("pulse"), e.of_input("age")
    assert views.modality(pulse) == "sequence"
    assert views.modality(e) == "mixed"
    assert views.sequence(pulse, 1).block_values.tolist() == [1, 1, 1]
    assert pulse.data.dtype == np.float64
    assert age.values.shape == (2, 1)
    assert age.data.tolist() == [[30.0], [40.0]]
    assert e.of_input("word").data[0].tolist() == ["a", "b"]
    assert "modality" not in age.provenance
