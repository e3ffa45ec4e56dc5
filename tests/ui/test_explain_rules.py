"""What follows from what on the Explain page: tables and values, nothing drawn."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from shapviz.explainers.options import names_of
from shapviz.explainers.registry import REGISTRY, find
from shapviz.jobs import JobSpec
from shapviz.jobs.columns import Columns, Roles, checked, proposed
from shapviz.labels import NARROW_SPACE
from shapviz.samples import DEMOS
from shapviz.store import Store
from shapviz.ui import explain_jobs, explain_words
from shapviz.ui.explain_blame import step_of
from shapviz.ui.explain_draft import Draft, changed
from shapviz.ui.explain_fits import lone, warning
from shapviz.ui.explain_methods import METHODS, call_of, measures
from shapviz.ui.explain_sources import (
    ModelFacts,
    ModelSource,
    TableSource,
    demo_models,
    demo_table,
    facts_of,
    stored_tables,
)
from shapviz.ui.explain_spec import Chosen, pair_of, problems, roles_of, spec_of
from shapviz.uploads.gaps import Gaps

KERAS = ModelSource("model:m", "m", "net.keras", facts=ModelFacts("keras", shape=(2,)))
TABLE = TableSource("table:t", "t", "t.csv", 50, (50, 3), ("a", "b", "y"), ("float64",) * 3)
ARRAY = TableSource("table:x", "x", "x.npy", 50, (50, 8, 8, 1))
BYTES = replace(ARRAY, id="table:p", dtype="|u1")
WINDOWS = TableSource("table:w", "w", "w.npy", 50, (50, 20, 3), dtype="<f4")
NOTES = TableSource("table:n", "n", "n.csv", 9, (9, 1), ("text",), ("str",))
LINES = TableSource("table:l", "l", "l.npy", 9, (9, 1), dtype="<U40")
READER = ModelSource("model:r", "r", "r.keras", facts=ModelFacts("keras", shape=(1,), texts=True))
PAINTER = ModelSource("model:c", "c", "c.keras", facts=ModelFacts("keras", shape=(8, 8, 1)))
WATCHER = ModelSource("model:s", "s", "s.keras", facts=ModelFacts("keras", shape=(20, 3)))
COUNTER = replace(PAINTER, facts=replace(PAINTER.facts, numbers=True))
BOOSTER = ModelSource("model:b", "b", "b.ubj", facts=ModelFacts("xgboost", shape=(2,)))
FILMS = TableSource("table:v", "v", "v.npy", 50, (50, 4, 8, 8, 1))
READY = Draft(model="model:m", data="table:t")


def test_the_methods_are_those_of_the_registry_with_what_each_takes():
    assert set(METHODS) == {"auto", *REGISTRY}
    for name in REGISTRY:
        method, explainer = METHODS[name], find(name)
        options = names_of(explainer.options)
        taken = set(method.measures)
        assert ("budget" in taken) == explainer.takes_budget, name
        assert ("tolerance" in taken) == ("tolerance" in options), name
        assert ("segments" in taken) == ("segments" in options), name


@pytest.mark.parametrize("name", METHODS)
def test_what_is_asked_of_a_method_is_what_it_takes(name):
    for measure in measures(name):
        call = call_of(name, measure, None)
        if name != "auto":
            known = {*names_of(find(name).options), "budget"}
            assert set(call) <= known
    assert call_of(name, "segments", 3) == ({"segments": 3} if name == "deep" else {})


@pytest.mark.parametrize(
    ("columns", "roles", "says"),
    [
        (
            Columns(("b", "a", "id", "target"), ("float64",) * 2 + ("str", "int64"), ("a", "b")),
            Roles(("a", "b"), "target", "id"),
            "found by name",
        ),
        (
            Columns(("a", "b", "y"), ("float64",) * 3, width=2),
            Roles(("a", "b"), "y"),
            "does not name them",
        ),
        (
            Columns(("x1", "x2", "note", "price"), ("int64",) * 2 + ("str", "int64"), ("x1", "x2")),
            Roles(("x1", "x2"), "price", None, ("note",)),
            "found by name",
        ),
        (
            Columns(("a", "label", "town"), ("float64", "str", "str")),
            Roles(("a",), "label", None, ("town",)),
            "guessed",
        ),
        (
            Columns(("a", "b", "churn"), ("float64",) * 3, width=2),
            Roles(("a", "b"), "churn"),
            "without the last, “churn”",
        ),
        (
            Columns(("review", "stars"), ("str", "int64"), width=1),
            Roles(("review",), "stars"),
            "the text in “review”",
        ),
        # A model that names its columns is not said to name none.
        (Columns(("x", "z"), ("float64",) * 2, ("a", "b"), 2), Roles(("x", "z")), ""),
        # Words that only begin like one that means truth are features.
        (Columns(("yield", "idle"), ("float64",) * 2, width=2), Roles(("yield", "idle")), "name"),
    ],
)
def test_what_columns_are_for(columns, roles, says):
    found, said = proposed(columns)
    assert found == roles
    assert says in said
    assert "does not name" not in said or not columns.wanted
    assert checked(found, columns) == "" or not set(columns.wanted) <= set(columns.names)


@pytest.mark.parametrize(
    ("roles", "columns", "says"),
    [
        (Roles(()), Columns(("a",), ("float64",)), "No column"),
        (Roles(("a",)), Columns(("a",), ("float64",), ("A", "b")), "“A” and “b”, which are not"),
        (Roles(("a",)), Columns(("a", "b"), ("float64",) * 2, ("a", "b")), "add “b”"),
        (Roles(("a", "c")), Columns(("a", "c"), ("float64",) * 2, ("a",)), "leave out “c”"),
        (Roles(("a",)), Columns(("a",), ("float64",), width=3), "takes 3 features; 1 is chosen"),
        (Roles(("a",)), Columns(("a",), ("str",), width=1, numbers=True), "“a” is text"),
        (
            Roles(("a", "b")),
            Columns(
                ("a", "b"), ("float64", "datetime64[us]"), ("a", "b"), 2, True, nothing_else=True
            ),
            "“b” holds dates, and the model takes numbers. Write them as numbers, or explain",
        ),
    ],
)
def test_a_mismatch_says_what_to_do(roles, columns, says):
    assert says in checked(roles, columns)


def test_categories_are_left_to_a_booster_that_knows_them():
    columns = Columns(("a",), ("category",), ("a",), numbers=True, nothing_else=True)
    assert checked(Roles(("a",)), columns) == ""


def test_choices_that_depended_on_an_old_one_go():
    draft = replace(READY, roles=Roles(("a",)), first=9, outputs=("1",), method="deep")
    other = changed(draft, model="model:other")
    assert (other.roles, other.outputs, other.method) == (None, (), "auto")
    assert (other.data, other.first) == ("table:t", 9)
    assert changed(draft, data="table:u").first is None
    assert changed(draft, model="demo:wine").data == "demo"
    assert changed(changed(draft, model="demo:wine"), model="model:m").data == ""
    kernel = changed(draft, method="kernel", measure="budget", amount=64.0)
    assert changed(kernel, measure="tolerance").amount is None
    assert changed(kernel, method="gradient").amount == 64.0


@pytest.mark.parametrize(
    ("draft", "chosen", "step", "says"),
    [
        (Draft(), Chosen(), "model", ""),
        (READY, Chosen(KERAS), "data", ""),
        (replace(READY, roles=Roles(("a",))), Chosen(KERAS, TABLE), "data", "takes 2 features"),
        (READY, Chosen(KERAS, ARRAY), "data", "samples of 2 features; these are of 8 × 8 × 1"),
        (replace(READY, method="tree"), Chosen(KERAS, TABLE), "method", "Tree cannot"),
        (replace(READY, how="kmeans"), Chosen(None, FILMS), "background", "tables of numbers"),
        (replace(READY, background="table:z"), Chosen(KERAS, TABLE), "background", "no longer"),
        (Draft(how="all"), Chosen(PAINTER, BYTES, TABLE), "background", "is a table, and the data"),
        (
            replace(READY, background="table:z"),
            Chosen(KERAS, TABLE, replace(TABLE, columns=("a", "z"), dtypes=("float64",) * 2)),
            "background",
            "lacks “b”",
        ),
    ],
)
def test_a_problem_belongs_to_its_step(draft, chosen, step, says):
    found = problems(draft, chosen)
    assert says in found[step]


GAPPED = Gaps(2, 0, 3000, (7, 1, 2))


@pytest.mark.parametrize(
    ("draft", "chosen", "says"),
    [
        (
            Draft(),
            Chosen(PAINTER, NOTES),
            "“n.csv” is a table of 1 column. Choose images in a zip, or an array (.npy) of shape "
            "(n, 8, 8, 1).",
        ),
        (
            Draft(),
            Chosen(WATCHER, TABLE),
            "takes samples of 20 × 3; “t.csv” is a table of 3 columns. Choose an array (.npy) of",
        ),
        (Draft(), Chosen(COUNTER, replace(ARRAY, dtype="<U9")), "“x.npy” holds texts, and the"),
        (Draft(), Chosen(READER, ARRAY), "reads one text a sample; “x.npy” holds 8 × 8 × 1 num"),
        (Draft(how="hold"), Chosen(WATCHER, replace(WINDOWS, gaps=GAPPED)), "rest of the window"),
        (
            Draft(),
            Chosen(PAINTER, replace(ARRAY, gaps=GAPPED)),
            f"“x.npy” has gaps: 2 of 3{NARROW_SPACE}000 numbers are missing (NaN), the first in "
            "sample 7, at (1, 2). What is hidden is filled in from the rest of the picture",
        ),
    ],
)
def test_what_a_model_cannot_take_is_said_where_it_is_chosen(draft, chosen, says):
    assert says in problems(draft, chosen)["data"]


def test_texts_in_an_array_are_texts_whatever_shape_the_model_says():
    for shape in ((1,), (), None):
        reader = replace(READER, facts=replace(READER.facts, shape=shape))
        assert problems(Draft(), Chosen(reader, LINES)) == {}


def test_gaps_are_a_question_to_the_model_where_nothing_is_filled_in_from_them():
    chosen = Chosen(WATCHER, replace(WINDOWS, gaps=GAPPED))
    assert problems(Draft(how="all"), chosen) == {}
    assert problems(Draft(how="level"), Chosen(WATCHER, WINDOWS)) == {}


def test_a_job_is_asked_for_by_content():
    draft = replace(READY, method="kernel", measure="budget", amount=64, first=10, seed=3)
    chosen = Chosen(KERAS, TABLE)
    assert problems(draft, chosen) == {}
    spec = spec_of(draft, chosen, "me")
    assert spec.model == {"kind": "stored", "digest": "m"}
    assert spec.data == {"digest": "t", "features": ["a", "b"], "target": "y", "rows": [0, 10]}
    assert spec.background == {"digest": "t", "how": "sample", "size": 100, "seed": 3}
    assert spec.call == {"budget": 64, "seed": 3}
    assert (spec.name, spec.owner) == ("net on t, Kernel", "me")
    assert JobSpec.from_json(spec.to_json()) == spec


def test_roles_that_are_those_proposed_are_told_as_such():
    chosen = Chosen(KERAS, TABLE)
    roles, said = roles_of(READY, chosen)
    assert said
    assert roles_of(replace(READY, roles=roles), chosen) == (roles, said)
    assert roles_of(replace(READY, roles=Roles(("b", "a"))), chosen) == (Roles(("b", "a")), "")


def test_no_two_questions_get_one_name_unless_somebody_gives_it():
    chosen, names, found = Chosen(KERAS, TABLE), {}, []
    kernel = replace(READY, method="kernel")
    for draft in (READY, replace(READY, how="all"), kernel, replace(kernel, seed=1), READY):
        spec = spec_of(draft, chosen, "me", names)
        names[spec.id] = spec.name
        found.append(spec.name)
    ways = ["net on t", "net on t (2)", "net on t, Kernel", "net on t, Kernel (2)", "net on t"]
    assert found == ways
    assert spec_of(replace(READY, name="net on t (2)", seed=9), chosen, "", names).name == ways[1]
    # A copy of a job gets a proposed name again, not that of what it is a copy of.
    numbered = spec_of(replace(kernel, seed=2), chosen, "me", names)
    assert numbered.name == "net on t, Kernel (3)"
    assert explain_jobs.draft_of(numbered).name == ""
    assert explain_jobs.draft_of(replace(numbered, name="Q3")).name == "Q3"


def test_a_demo_brings_everything():
    (wine,) = [m for m in demo_models(DEMOS) if m.address == "wine"]
    demo = next(each for each in DEMOS if each.name == "wine")
    draft = changed(Draft(), model=wine.id)
    chosen = Chosen(wine, demo_table(demo))
    assert problems(draft, chosen) == {}
    spec = spec_of(draft, chosen, "")
    assert (spec.data, spec.background) == ({"kind": "demo"}, {"kind": "demo"})
    assert spec.about == demo.about


@pytest.mark.parametrize(
    "draft",
    [
        READY,
        replace(READY, method="kernel", measure="tolerance", amount=0.1, how="all", link="logit"),
        replace(READY, outputs=("2",), first=5, seed=4, size=7, how="kmeans"),
        changed(Draft(), model="demo:wine"),
    ],
)
def test_choices_come_back_from_their_job(draft):
    models = {model.id: model for model in demo_models(DEMOS)} | {KERAS.id: KERAS}
    data = TABLE if draft.data == TABLE.id else demo_table(DEMOS[0])
    chosen = Chosen(models[draft.model], data)
    spec = spec_of(draft, chosen, "")
    again = explain_jobs.draft_of(spec)
    assert spec_of(again, chosen, "") == spec
    assert roles_of(again, chosen)[0] == roles_of(draft, chosen)[0]


@pytest.mark.parametrize(
    ("model", "data", "choices", "background"),
    [
        (
            PAINTER,
            BYTES,
            {},
            {"masker": "image", "fill": "blur", "superpixels": 50, "method": "slic"},
        ),
        (PAINTER, BYTES, {"how": "mean", "regions": None}, {"masker": "image", "fill": "mean"}),
        (READER, NOTES, {}, {"masker": "text", "mask_token": ""}),
        (READER, LINES, {}, {"masker": "text", "mask_token": ""}),
        (
            READER,
            NOTES,
            {"how": "replace", "word": "x", "together": False},
            {"masker": "text", "mask_token": "x", "collapse": False},
        ),
        (
            KERAS,
            WINDOWS,
            {"how": "level", "players": "feature"},
            {"masker": "sequence", "fill": "mean", "players": "feature"},
        ),
        (KERAS, WINDOWS, {}, {"digest": "w", "how": "sample", "size": 100, "seed": 0}),
        (PAINTER, BYTES, {"how": "all"}, {"digest": "p", "how": "all"}),
    ],
)
def test_what_stands_for_absence_goes_with_the_data_and_comes_back(
    model, data, choices, background
):
    draft = Draft(model=model.id, data=data.id, **choices)
    chosen = Chosen(model, data)
    spec = spec_of(draft, chosen, "")
    assert spec.background == background
    assert spec_of(explain_jobs.draft_of(spec), chosen, "") == spec


def test_bytes_are_divided_unless_the_model_does_it_or_somebody_says_so():
    scaling = replace(PAINTER, facts=replace(PAINTER.facts, scales=True))
    draft = Draft(model=PAINTER.id, data=BYTES.id)
    found = [
        spec_of(some, Chosen(model, data), "").data.get("scale")
        for some, model, data in (
            (draft, PAINTER, BYTES),
            (draft, scaling, BYTES),
            (replace(draft, scale="own"), PAINTER, BYTES),
            (draft, PAINTER, ARRAY),
        )
    ]
    assert found == [255, None, None, None]


@pytest.mark.parametrize(
    ("missing", "model", "says"),
    [
        ({"y": 9}, KERAS, ""),
        ({"a": 9}, BOOSTER, ""),
        ({"a": 9}, KERAS, "“a” has no value in 9 of 50 rows. Gaps are given to the model"),
        ({"a": 9, "b": 2}, KERAS, "“a” and “b” have no value in up to 9 of 50 rows."),
        ({"a": 9, "b": 50}, BOOSTER, "“b” has no value in any row."),
    ],
)
def test_missing_values_of_features_are_told(missing, model, says):
    gapped = replace(TABLE, missing=missing)
    chosen = Chosen(model, gapped)
    assert problems(READY, chosen) == {}
    assert warning(pair_of(READY, chosen, gapped), ("a", "b")).startswith(says)
    assert bool(says) == bool(warning(pair_of(READY, chosen, gapped), ("a", "b")))


def test_rows_without_a_text_are_told_before_a_worker_meets_them():
    gapped = replace(NOTES, missing={"text": 2})
    assert "“text” is empty in 2 of 9 rows." in problems(Draft(), Chosen(READER, gapped))["data"]


def test_one_row_is_not_compared_with_itself_unnoticed():
    one = replace(TABLE, rows=1, shape=(1, 3))
    pair = pair_of(READY, Chosen(KERAS, one), one)
    assert "every value is 0" in lone(pair, "auto")
    assert lone(replace(pair, data=TABLE), "auto") == ""
    assert lone(pair_of(READY, Chosen(BOOSTER, one), one), "auto") == ""
    assert lone(pair_of(READY, Chosen(BOOSTER, one), one), "kernel") != ""


def test_another_size_of_pictures_says_how_to_bring_them_to_it():
    small = replace(PAINTER, facts=replace(PAINTER.facts, shape=(4, 4, 1)))
    said = {
        name: problems(Draft(), Chosen(small, replace(BYTES, name=name)))["data"]
        for name in ("x.npy", "x.zip")
    }
    assert "zip" not in said["x.npy"]
    assert "Scale them to that size in the array" in said["x.npy"]
    assert "Upload the zip of images again while this model is chosen" in said["x.zip"]


def test_a_model_is_told_in_one_line(tmp_path):
    (tmp_path / "m.ubj").write_bytes(b"{")
    materials = Store(tmp_path / "store").materials
    record = materials.add_model(tmp_path / "m.ubj", name="m.ubj")
    assert facts_of(record).line == "XGBoost model."
    told = {"library": "xgboost", "shape": [5], "outputs": 3, "feature_names": list("abcde")}
    materials.describe(record.digest, told)
    facts = facts_of(materials.model(record.digest))
    assert facts.line == "XGBoost model: 5 features in, 3 numbers out."
    assert facts.width == 5


def test_only_the_first_rows_are_read_for_a_preview(tmp_path):
    import pandas as pd

    materials = Store(tmp_path).materials
    table = pd.DataFrame({"a": range(9), "b": pd.Categorical(list("xyzxyzxyz"))})
    record = materials.add_table(table, name="t.csv")
    pd.testing.assert_frame_equal(materials.head(record.digest, 3), table[:3])
    array = materials.add_table(table[["a"]].to_numpy(), name="t.npy")
    assert materials.head(array.digest, 3).tolist() == [[0], [1], [2]]
    assert [source.line for source in stored_tables([record, array])] == [
        "9 rows, 2 columns.",
        "9 rows, 1 feature.",
    ]


@pytest.mark.parametrize(
    ("message", "step"),
    [
        ("`budget` must be at least 11; got 5.", "method"),
        ("`background` must have rows; got none.", "background"),
        ("`data` must name columns of the table; got 'z'.", "data"),
        ("`rows` must have the shape the model takes; got (2,).", "data"),
        ("`model` must accept the rows it is asked about; got ValueError.", "data"),
        ("`SHAP values` must be finite numbers; got nan.", "data"),
        ("`model` must be a model; got None.", "model"),
        ("Something nobody foresaw.", "method"),
    ],
)
def test_an_error_belongs_to_the_step_of_its_argument(message, step):
    assert step_of(message) == step


@pytest.mark.parametrize("state", ["queued", "computing", "cancelled", "failed", "complete"])
def test_every_state_has_words_and_something_to_do(state, tmp_path):
    from shapviz import jobs

    store = Store(tmp_path)
    job = jobs.submit(store, spec_of(READY, Chosen(KERAS, TABLE), ""))
    found = replace(jobs.find(store, job), state=state, done=20, samples=50, rate=4.0, eta=7.5)
    assert explain_words.told(found).endswith(".")
    assert explain_words.actions(found, all_rows=True)[0] in explain_words.ACTIONS
    if state in ("cancelled", "failed"):
        assert "20 of 50 samples are finished and kept." in explain_words.told(found)
        assert "at 40%" in explain_words.facts_line(found)
    assert ("more" in explain_words.actions(found, all_rows=False)) == (state == "complete")


def test_a_job_is_extended_by_rows_or_by_what_it_may_cost(tmp_path, monkeypatch):
    from shapviz import jobs

    asked = []
    monkeypatch.setattr(explain_jobs, "start", asked.append)
    monkeypatch.setattr(explain_jobs, "names", lambda: {spec.id: spec.name})
    draft = replace(READY, method="kernel", measure="budget", amount=64, first=10)
    store = Store(tmp_path)
    spec = spec_of(draft, Chosen(KERAS, TABLE), "me")
    job = jobs.find(store, jobs.submit(store, spec))
    assert not explain_jobs.has_all_rows(job, {"t": 50})
    for action in ("more", "finer", "again"):
        explain_jobs.run(action, job)
    more, finer, again = asked
    assert "rows" not in more.data
    assert finer.call == {"budget": 256}
    assert again == spec
    # Other questions, which the history must tell from the first one.
    assert [each.name for each in asked] == [f"{spec.name} (2)", f"{spec.name} (2)", spec.name]


def test_a_column_that_one_cell_made_text_is_named_and_not_replaced_by_the_truth() -> None:
    columns = Columns(
        ("area", "mean", "outcome"), ("str", "float64", "int64"), width=2, numbers=True
    )
    roles, said = proposed(columns)
    assert (roles.features, roles.truth) == (("area", "mean"), "outcome")
    assert said.endswith("Look at “area”.")
    assert checked(roles, columns).startswith("“area” is text, and the model takes numbers.")


@pytest.mark.parametrize("index", ["__index_level_0__", "Unnamed: 0"])
def test_the_index_that_pandas_wrote_is_names_and_hides_no_truth(index: str) -> None:
    columns = Columns(
        ("a", "b", "benign", index), ("float64", "float64", "int64", "int64"), ("a", "b")
    )
    roles, _ = proposed(columns)
    assert (roles.features, roles.truth, roles.names) == (("a", "b"), "benign", index)
    unnamed = Columns(("a", "b", index), ("float64", "float64", "int64"), width=2)
    assert proposed(unnamed)[0].features == ("a", "b")


def test_names_of_whatever_is_stored_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = SimpleNamespace(key="k1", name="cancer on cancer")
    monkeypatch.setattr(explain_jobs.read, "records", lambda: [stored])
    taken = explain_jobs.names([SimpleNamespace(id="j1", name="wine")])  # type: ignore[list-item]
    assert taken == {"k1": "cancer on cancer", "j1": "wine"}
    own = {"kind": "demo"}
    spec = JobSpec({**own, "demo": "wine"}, own, own, name=stored.name)
    assert explain_jobs.told_apart(spec, taken).name == "cancer on cancer (2)"
