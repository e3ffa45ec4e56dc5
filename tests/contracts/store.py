"""What every store must do, wherever it keeps its arrays; subclass and give `open_store`."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from typing import Any

import numpy as np
import pytest

from shapviz.errors import InputError, JobCancelled, StoreError
from shapviz.explanation import Explanation
from shapviz.store import Store
from tests.store.fakes import FakeExplainer, rich_explanation, table


class StoreContract:
    @abstractmethod
    def open_store(self, tmp_path: Any) -> Store:
        """A store on something new and empty."""

    @pytest.fixture
    def store(self, tmp_path: Any) -> Store:
        return self.open_store(tmp_path)

    # put and get

    @pytest.mark.parametrize("outputs", [0, 3])
    def test_what_is_put_comes_back_equal(self, store: Store, outputs: int) -> None:
        explanation = rich_explanation(outputs=outputs)
        back = store.get(store.put(explanation, name="rich"))
        assert back.equals(explanation)
        assert back.metadata.dtypes.equals(explanation.metadata.dtypes)
        assert back.data[2, 0] != back.data[2, 0]
        assert back.data[1, 0] is None
        assert back.data[3, 0] == 7
        assert back.data[4, 0] is True
        assert dict(back.provenance) == dict(explanation.provenance)

    def test_a_changed_number_does_not_come_back_equal(self, store: Store) -> None:
        explanation = rich_explanation()
        values = explanation.values.copy()
        values[0, 0] = np.nextafter(values[0, 0], 9)
        assert not store.get(store.put(explanation, name="e")).equals(
            explanation.replace(values=values)
        )

    def test_images_and_outputs_per_sample_come_back_equal(self, store: Store) -> None:
        rng = np.random.default_rng(0)
        image = Explanation(
            values=rng.normal(size=(5, 4, 4, 1, 2)).astype(np.float32),
            base_values=np.zeros((5, 2)),
            data=rng.integers(0, 17, size=(5, 4, 4, 1)),
            output_names=np.array([["a", "b"], ["b", "c"]] * 2 + [["c", "a"]]),
        )
        back = store.get(store.put(image, name="image"))
        assert back.equals(image)
        assert back.values.dtype == np.float32
        assert back.data.dtype == image.data.dtype

    def test_a_selection_keeps_the_gap_of_the_whole(self, store: Store) -> None:
        part = rich_explanation()[:, "bmi"]
        back = store.get(store.put(part, name="part"))
        np.testing.assert_array_equal(back.additivity_gap, part.additivity_gap)

    def test_putting_twice_is_putting_once(self, store: Store) -> None:
        first = store.put(rich_explanation(), name="a")
        assert store.put(rich_explanation(), name="a") == first
        assert [record.name for record in store.list()] == ["a"]

    def test_another_name_is_another_record(self, store: Store) -> None:
        first = store.put(rich_explanation(), name="a")
        second = store.put(rich_explanation(), name="b")
        assert first != second
        assert {record.key: record.name for record in store.list()} == {first: "a", second: "b"}
        explainer, X = FakeExplainer(), table(10)
        store.explain(explainer, X, name="c")
        store.explain(explainer, X, name="d")
        assert explainer.rows_explained == 10
        assert {record.name for record in store.list()} == {"a", "b", "c", "d"}

    def test_what_is_no_explanation_is_refused(self, store: Store) -> None:
        with pytest.raises(InputError, match="`explanation` must be an Explanation; got an array"):
            store.put(np.zeros((2, 3)), name="a")
        assert store.list() == []

    def test_its_repr_counts(self, store: Store) -> None:
        assert repr(store).endswith(", 0 explanations)")
        store.put(rich_explanation(), name="a")
        assert repr(store) == f"Store({store.url!r}, 1 explanation)"

    def test_other_labels_are_another_key(self, store: Store) -> None:
        explanation = rich_explanation()
        other = explanation.replace(feature_names=["x", "y", "z"])
        assert store.put(explanation, name="a") != store.put(other, name="a")

    def test_timings_do_not_change_the_key(self, store: Store) -> None:
        explanation = rich_explanation()
        slower = explanation.replace(provenance={**explanation.provenance, "seconds": 99.0})
        assert store.put(explanation, name="a") == store.put(slower, name="a")

    def test_names_in_any_script_survive(self, store: Store) -> None:
        name = "Größe ../../<script> 時間 🙂"
        key = store.put(rich_explanation(), name=name)
        assert store.record(key).name == name
        assert store.get(key).feature_names == ("Größe <b>", "bmi", "時間")

    def test_what_cannot_be_stored_is_refused_by_name(self, store: Store) -> None:
        data = np.array([[object(), 1, 2]], dtype=object)
        bad = Explanation(values=[[1.0, 2.0, 3.0]], base_values=0.0, data=data)
        with pytest.raises(StoreError, match="`data` must hold numbers, text"):
            store.put(bad, name="bad")
        assert store.list() == []

    # the record

    def test_the_record_sums_it_up(self, store: Store) -> None:
        explanation = rich_explanation(outputs=3)
        record = store.record(store.put(explanation, name="rich", demo="d"))
        assert (record.state, record.done, record.samples) == ("complete", 6, 6)
        assert (record.features, record.outputs, record.demo) == (3, 3, "d")
        assert record.output_names == ("class 0", "class 1", "class 2")
        assert record.data == "6 patients"
        assert record.gap == pytest.approx(1e-7, rel=1e-6)
        sizes = np.abs(explanation.values).mean(axis=0).sum(axis=1)
        np.testing.assert_allclose(record.sparkline, np.sort(sizes)[::-1])

    def test_importance_is_read_without_the_values(self, store: Store) -> None:
        from shapviz.summaries import importance

        explanation = rich_explanation(outputs=3)
        stored = store.importance(store.put(explanation, name="rich"))
        fresh = importance(explanation)
        for field in ("mean_abs", "low", "high", "order"):
            np.testing.assert_array_equal(getattr(stored, field), getattr(fresh, field))

    # explain

    def test_asked_twice_the_model_is_not_called_again(self, store: Store) -> None:
        explainer, X = FakeExplainer(), table(100)
        first = store.explain(explainer, X, name="a", budget=7)
        assert explainer.rows_explained == 100
        second = store.explain(explainer, X, name="a", budget=7)
        assert explainer.rows_explained == 100
        assert second.equals(first)
        np.testing.assert_array_equal(first.values, X)
        assert first.provenance["model_rows"] == 1000
        assert first.sample_names[-1] == "99"

    def test_a_default_spelled_out_is_the_same_question(self, store: Store) -> None:
        explainer, X = FakeExplainer(), table(10)
        store.explain(explainer, X, name="a")
        store.explain(explainer, X, name="a", seed=0, budget=None)
        assert explainer.rows_explained == 10

    @pytest.mark.parametrize(
        "changed",
        [{"budget": 8}, {"seed": 1}, {"rows": table(10, seed=1)}, {"weight": 1.0 + 1e-12}],
    )
    def test_anything_that_changes_numbers_computes(
        self, store: Store, changed: dict[str, Any]
    ) -> None:
        store.explain(FakeExplainer(), table(10), name="a", budget=7)
        call = {"budget": 7, "weight": 1.0, "rows": table(10), **changed}
        explainer = FakeExplainer(weight=call.pop("weight"))
        store.explain(explainer, call.pop("rows"), name="b", **call)
        assert explainer.rows_explained == 10
        assert len(store.list()) == 2

    def test_new_labels_on_stored_numbers_cost_nothing(self, store: Store) -> None:
        explainer, X = FakeExplainer(), table(10)
        store.explain(explainer, X, name="a", about={"sample_noun": "wine"})
        truth = np.arange(10.0)
        told = store.explain(explainer, X, name="b", truth=truth)
        assert explainer.rows_explained == 10
        np.testing.assert_array_equal(told.truth, truth)
        assert "sample_noun" not in told.provenance
        assert {record.name for record in store.list()} == {"a", "b"}

    def test_more_labels_under_the_same_name_replace_the_record(self, store: Store) -> None:
        explainer, X, truth = FakeExplainer(), table(10), np.arange(10.0)
        store.explain(explainer, X, name="a", demo="d")
        store.explain(explainer, X, name="other")
        old = store.key_of(explainer, X, name="a")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            told = store.explain(explainer, X, name="a", truth=truth)
        assert explainer.rows_explained == 10
        np.testing.assert_array_equal(told.truth, truth)
        key = store.key_of(explainer, X, name="a", truth=truth)
        assert {(r.key, r.name, r.demo) for r in store.list()} == {
            (key, "a", "d"),
            (store.key_of(explainer, X, name="other"), "other", None),
        }
        assert store.get(key).equals(told)
        with pytest.raises(StoreError, match="must be stored in"):
            store.get(old)
        assert len(store._files.children("arrays")) == 2

    def test_labels_that_go_with_a_replaced_record_are_told(self, store: Store) -> None:
        explainer, X = FakeExplainer(), table(3)
        store.explain(
            explainer,
            X,
            name="a",
            truth=X[:, 0],
            sample_names=["x", "y", "z"],
            about={"sample_noun": "wine"},
        )
        lost = "'a' was replaced by one without the truth, sample_names, sample_noun"
        with pytest.warns(UserWarning, match=lost):
            told = store.explain(explainer, X, name="a")
        assert told.truth is None
        assert len(store.list()) == 1

    def test_unfinished_work_under_other_labels_goes_when_replaced(self, store: Store) -> None:
        def fail(row: Any) -> None:
            if row[0] == 50:
                raise InputError("row 50 is bad")

        X = table(100)
        with pytest.raises(InputError):
            store.explain(FakeExplainer(at_row=fail), X, name="a")
        store.explain(FakeExplainer(), X, name="a", truth=X[:, 0])
        assert [record.state for record in store.list()] == ["complete"]
        assert store._files.children("staged") == []

    def test_a_failure_leaves_the_record_it_would_replace(self, store: Store) -> None:
        X = table(10)
        store.explain(FakeExplainer(), X, name="a")
        before = store.get(store.key_of(FakeExplainer(), X, name="a"))
        wrong = np.zeros((10, 2))
        with pytest.raises(InputError, match="display_data"):
            store.explain(FakeExplainer(), X, name="a", display_data=wrong)
        assert store.get(store.key_of(FakeExplainer(), X, name="a")).equals(before)

    def test_a_model_without_digest_is_stored_and_never_reused(self, store: Store) -> None:
        explainer, X = FakeExplainer(model=None), table(10)
        for _ in range(2):
            with pytest.warns(UserWarning, match="has no digest.*model_id") as said:
                store.explain(explainer, X, name="a")
            assert len(said) == 1
        assert explainer.rows_explained == 20
        assert [record.reusable for record in store.list()] == [False, False]

    def test_labels_are_cut_with_their_rows(self, store: Store) -> None:
        import pandas as pd

        X = table(60)
        metadata = pd.DataFrame({"row": np.arange(60), "kind": pd.Categorical(["a", "b"] * 30)})
        told = store.explain(
            FakeExplainer(), X, name="a", truth=X[:, 0], metadata=metadata, display_data=X * 2
        )
        np.testing.assert_array_equal(told.truth, X[:, 0])
        np.testing.assert_array_equal(told.display_data, X * 2)
        assert told.metadata.equals(metadata)

    def test_labels_of_another_length_are_refused_before_computing(self, store: Store) -> None:
        explainer = FakeExplainer()
        with pytest.raises(InputError, match="`truth` must have 10 entries"):
            store.explain(explainer, table(10), name="a", truth=np.zeros(9))
        assert explainer.rows_explained == 0
        assert store.list() == []

    def test_progress_rises_to_the_whole(self, store: Store) -> None:
        seen: list[tuple[int, int]] = []
        store.explain(
            FakeExplainer(), table(100), name="a", progress=lambda d, t: seen.append((d, t))
        )
        assert seen == sorted(seen)
        assert seen[-1] == (100, 100)

    def test_cancelled_work_is_kept_and_gone_on_with(self, store: Store) -> None:
        import threading

        cancel = threading.Event()
        explainer, X = FakeExplainer(), table(100)
        with pytest.raises(JobCancelled):
            store.explain(explainer, X, name="a", cancel=cancel, progress=lambda *_: cancel.set())
        (record,) = store.list()
        assert (record.state, record.done) == ("queued", explainer.rows_explained)
        assert 0 < record.done < 100
        assert "are kept" in record.message
        told = store.explain(explainer, X, name="a")
        assert explainer.rows_explained == 100
        np.testing.assert_array_equal(told.values, X)

    def test_a_failure_says_why_and_can_be_tried_again(self, store: Store) -> None:
        def fail(row: Any) -> None:
            if row[0] == 50:
                raise InputError("row 50 is bad")

        with pytest.raises(InputError, match="row 50"):
            store.explain(FakeExplainer(at_row=fail), table(100), name="a")
        (record,) = store.list()
        assert (record.state, record.message) == ("failed", "row 50 is bad")
        with pytest.raises(StoreError, match=r"It is failed, \d+ of 100 samples done: row 50"):
            store.get(record.key)
        store.explain(FakeExplainer(), table(100), name="a")
        assert [record.state for record in store.list()] == ["complete"]

    # the rest

    def test_an_unknown_key_names_close_ones(self, store: Store) -> None:
        key = store.put(rich_explanation(), name="rich")
        for call in (store.get, store.record, store.delete, store.importance):
            with pytest.raises(StoreError, match=f"Did you mean '{key}'"):
                call(key[:-1] + "?")
        with pytest.raises(StoreError, match="There are 1; list them"):
            store.get("nothing like it")

    def test_deleted_is_gone_with_its_files(self, store: Store) -> None:
        key = store.put(rich_explanation(), name="rich")
        store.delete(key)
        assert store.list() == []
        assert store._files.children("arrays") == []
        with pytest.raises(StoreError):
            store.get(key)

    def test_everything_verifies(self, store: Store) -> None:
        key = store.put(rich_explanation(), name="rich")
        assert list(store.verify()) == [(key, None)]

    def test_nothing_staged_is_left(self, store: Store) -> None:
        store.explain(FakeExplainer(), table(100), name="a")
        assert store._files.children("staged") == []
        assert store.sweep() == []
