"""The demos: good models, raw units, the same model when loaded again."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pytest

from shapviz.explainers.auto import Explainer
from shapviz.models import as_predictor
from shapviz.samples import DEMOS, DemoJob, Loaded, build, job_slug
from shapviz.samples.training import cached_keras_model
from shapviz.store import Store
from tests.jobs import fakes

BY_NAME = {demo.name: demo for demo in DEMOS}
BEST = {"diabetes": 0.35, "breast_cancer": 0.95, "digits": 0.97, "wine": 0.95}


@cache
def folder() -> Path:
    return Path(mkdtemp())


@cache
def loaded(name: str) -> Loaded:
    return BY_NAME[name].load(folder())


@pytest.mark.parametrize("name", BEST)
def test_the_model_is_good_on_rows_it_has_not_seen(name: str) -> None:
    assert loaded(name).score > BEST[name]


@pytest.mark.parametrize("name", BEST)
def test_all_rows_are_there_with_labels(name: str) -> None:
    demo, made = BY_NAME[name], loaded(name)
    assert len(made.X) == len(made.truth) == len(made.metadata) == demo.samples
    assert made.display_data.shape == made.X.shape
    assert set(made.metadata["split"]) == {"train", "test"}
    assert (made.metadata["split"] == "train").mean() == pytest.approx(0.75, abs=0.01)
    assert len(made.background) == (20 if name == "wine" else 100)
    assert np.isfinite(made.X).all()


@pytest.mark.parametrize("name", ["diabetes", "breast_cancer", "digits"])
def test_loaded_again_it_is_the_same_model(name: str, monkeypatch: Any) -> None:
    import keras

    first = loaded(name)
    monkeypatch.setattr(keras.Model, "fit", None)
    again = BY_NAME[name].load(folder())
    assert as_predictor(again.model).digest == as_predictor(first.model).digest
    np.testing.assert_array_equal(
        np.asarray(again.model(again.X)), np.asarray(first.model(first.X))
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", [demo.name for demo in DEMOS])
def test_whoever_trains_a_demo_and_whoever_loads_it_ask_the_same(name: str) -> None:
    """Workers compare the questions that they answer together."""
    asked = []
    for made in (loaded(name), BY_NAME[name].load(folder())):
        by_name = {job.explainer: made.for_explainer(job.explainer) for job in BY_NAME[name].jobs}
        asked.append(
            [
                Explainer(each.model, each.background, explainer, **each.options).question()
                for explainer, each in by_name.items()
            ]
        )
    assert asked[0] == asked[1]


def test_the_forest_grows_the_same_twice(tmp_path: Path) -> None:
    again = BY_NAME["wine"].load(tmp_path)
    assert as_predictor(again.model).digest == as_predictor(loaded("wine").model).digest


def test_diabetes_speaks_in_its_own_units() -> None:
    made = loaded("diabetes")
    names = dict(zip(made.options["feature_names"], made.options["feature_units"], strict=True))
    assert names["Age"] == "years"
    assert names["Body mass index"] == "kg/m²"
    assert names["Mean blood pressure"] == "mm Hg"
    assert made.display_data[:, 0].min() >= 19
    assert made.display_data[:, 0].max() <= 79
    answers = np.asarray(made.model(made.X))[:, 0]
    assert abs(answers.mean() - made.truth.mean()) < 0.1 * made.truth.std()


def test_a_malignant_biopsy_has_a_high_probability_of_being_malignant() -> None:
    made = loaded("breast_cancer")
    answers = np.asarray(made.model(made.X))[:, 0]
    assert answers[made.truth == "malignant"].mean() > 0.8
    assert answers[made.truth == "benign"].mean() < 0.2
    # Log-odds of every answer exist.
    assert answers.min() > 0
    assert answers.max() < 1
    assert made.options["output_names"] == ["malignant"]
    assert made.options["link"] == "logit"
    units = dict(zip(made.options["feature_names"], made.options["feature_units"], strict=True))
    assert units["Worst area"] == "px²"
    assert units["Mean smoothness"] == ""


def test_digits_are_pictures_of_one_channel() -> None:
    made = loaded("digits")
    assert made.X.shape == (1797, 8, 8, 1)
    assert made.X.max() == 1.0
    assert made.display_data.max() == 16.0
    assert set(made.truth) == set(made.options["output_names"])


def test_wine_truth_is_one_of_the_outputs() -> None:
    made = loaded("wine")
    assert set(made.truth) == set(as_predictor(made.model).output_names)


def test_a_recipe_changes_with_the_call_and_only_then() -> None:
    wine = BY_NAME["wine"]
    job = wine.jobs[0]
    assert wine.recipe(job) == wine.recipe(job)
    assert wine.recipe(job) != wine.recipe(wine.jobs[1])
    assert wine.recipe(job) != wine.recipe(DemoJob(job.explainer, job.name, 0, {"budget": 9}))


def test_an_unfinished_model_file_is_never_loaded(tmp_path: Path, monkeypatch: Any) -> None:
    import keras

    def train() -> Any:
        return keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])

    save = keras.Sequential.save

    def cut_off(model: Any, path: Path) -> None:
        save(model, path)
        path.write_bytes(path.read_bytes()[:100])
        raise KeyboardInterrupt

    monkeypatch.setattr(keras.Sequential, "save", cut_off)
    with pytest.raises(KeyboardInterrupt):
        cached_keras_model("tiny", __name__, tmp_path, train)
    monkeypatch.undo()
    first = cached_keras_model("tiny", __name__, tmp_path, train)
    found = cached_keras_model("tiny", __name__, tmp_path, lambda: pytest.fail("trained again"))
    assert as_predictor(found).digest == as_predictor(first).digest


def test_build_makes_all_jobs_and_finds_them_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    seen: list[tuple[int, int]] = []
    made = build(fakes.QUICK, store, lambda done, total: seen.append((done, total)))
    assert len(made) == 2
    assert seen == sorted(seen)
    assert seen[-1] == (80, 80)
    assert build(fakes.QUICK, store)[0].equals(made[0])
    assert {record.demo for record in store.list()} == {"quick"}
    assert len(store.list()) == 2


def test_slugs_are_unique() -> None:
    slugs = [job_slug(demo, job) for demo in DEMOS for job in demo.jobs]
    assert len(set(slugs)) == len(slugs)


@pytest.mark.parametrize("name", ["diabetes", "breast_cancer"])
def test_a_ladder_ends_with_one_segment_a_feature(name: str) -> None:
    demo = BY_NAME[name]
    segments = [job.call["segments"] for job in demo.jobs if "segments" in job.call]
    assert segments == sorted(segments)
    assert segments[-1] == loaded(name).X.shape[1]
    # From two orders on there are standard errors.
    assert all(job.call["orders"] >= 2 for job in demo.jobs if "segments" in job.call)
