"""Texts: how they are cut, what stands for hidden tokens, values as wide as the longest."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import (
    ExactExplainer,
    Explainer,
    Explanation,
    KernelExplainer,
    PartitionExplainer,
    SamplingExplainer,
    concat,
)
from shapviz.errors import InputError
from shapviz.maskers import Text
from shapviz.maskers.tokens import phrase_tree, words
from tests.oracles import agree, brute_force

TEXTS = [
    "A good film, really good.",
    "Not good!",
    "I  do not like it; not at all. Never again",
]


def mood(texts):
    """Good words, each turned by a "not" before it."""
    found = []
    for text in texts:
        score, sign = 0.0, 1.0
        for token in str(text).lower().replace(",", " ").replace(".", " ").split():
            sign = -1.0 if token == "not" else sign
            if token.startswith(("good", "like")):
                score, sign = score + sign, 1.0
        found.append(score + 0.01 * len(str(text)))
    return np.array(found)


@pytest.mark.parametrize("mask", ["…", ""])
@pytest.mark.parametrize(
    "method", [ExactExplainer, KernelExplainer, SamplingExplainer], ids=lambda m: m.name
)
def test_tokens_have_the_shapley_values_of_their_game(method, mask):
    masker = Text(mask_token=mask)
    texts = TEXTS[:2]
    budget = {"kernel": {"budget": 2**8}, "sampling": {"budget": 4000}}.get(method.name, {})
    found = method(mood, masker)(texts, **budget)
    assert found.values.shape == (2, 7)
    for i, (record, text) in enumerate(zip(masker.check(texts), texts, strict=True)):
        d = record.players
        every = np.array([[code >> k & 1 for k in range(d)] for code in range(2**d)], bool)
        table = mood(masker.rows(np.array([record], object), every))[:, None]
        assert table[-1, 0] == mood([text])[0]
        exact = brute_force(table)[:, 0]
        if method is SamplingExplainer:
            assert np.abs(found.values[i, :d] - exact).max() < 0.2
        else:
            assert agree(found.values[i, :d], exact, 1e-9)
        assert found.data[i, :d].tolist() == record.tokens
        assert "".join(found.display_data[i]) == text
    assert (found.values[1, 3:] == 0).all()
    assert found.data[1, 3:].tolist() == [""] * 4


def test_a_text_s_values_do_not_depend_on_its_companions():
    explainer = PartitionExplainer(mood, Text())
    whole, alone = explainer(TEXTS), explainer(TEXTS[1:2])
    assert whole.values.shape[1] > alone.values.shape[1] == 3
    np.testing.assert_array_equal(whole.values[1, :3], alone.values[0])
    assert whole.base_values[1] == alone.base_values[0]
    assert whole.hierarchy_of(1)[0] == alone.hierarchy_of(0)[0]


def test_explanations_of_texts_are_joined_whatever_their_length():
    explainer = PartitionExplainer(mood, Text())
    whole = explainer(TEXTS)
    parts = [explainer(TEXTS[:2]), explainer(TEXTS[2:])]
    found = concat(parts)
    labels = {"provenance": dict(found.provenance), "sample_names": found.sample_names}
    assert found.equals(whole.replace(**labels))
    assert found.hierarchy_of(1)[0] == whole.hierarchy_of(1)[0]
    assert Explanation(**whole.fields()).equals(whole)
    assert whole[1:].data[0, 0] == "Not"


@pytest.mark.parametrize(
    ("text", "kept", "mask", "expected"),
    [
        ("Not a good film.", "10011", "…", "Not … film."),
        ("Not a good film.", "00110", "…", "… good film …"),
        ("Not a good film.", "00000", "…", "…"),
        ("Not a good film.", "11110", "", "Not a good film"),
        ("Not a good film.", "01101", "", "a good ."),
        ("and/or", "101", "", "and or"),
        ("and/or", "101", "…", "and … or"),
        ("good!", "01", "…", "… !"),
        ("  so,  yes ", "101", "", "so yes"),
        ("  so,  yes ", "111", "", "  so,  yes "),
        ("x", "0", "", ""),
    ],
)
def test_what_is_hidden_reads_as_expected(text, kept, mask, expected):
    masker = Text(mask_token=mask)
    record = masker.check([text])
    flags = np.array([[sign == "1" for sign in kept]])
    assert masker.rows(record, flags).tolist() == [expected]


def test_without_collapsing_every_token_has_its_mask():
    masker = Text(mask_token="[MASK]", collapse=False)
    rows = masker.rows(masker.check(["a b c"]), np.array([[False, False, True]]))
    assert rows.tolist() == ["[MASK] [MASK] c"]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't stop -- it's well-known!!", ["Don't", "stop", "--", "it's", "well-known", "!!"]),
        (
            "<script>alert(1)</script>",
            ["<", "script", ">", "alert", "(", "1", ")</", "script", ">"],
        ),
        ("שלום עולם", ["שלום", "עולם"]),
        ("नमस्ते दुनिया।", ["नमस्ते", "दुनिया", "।"]),
        ("ok 👩‍👩‍👧 done", ["ok", "👩‍👩‍👧", "done"]),
    ],
)
def test_words_of_any_script(text, tokens):
    assert [text[a:b] for a, b in words(text)] == tokens


def test_sentences_and_phrases_stay_together():
    text = "One two, three four. Five six\nseven"
    spans = words(text)
    tree = phrase_tree(text, spans)
    groups = [[text[spans[k][0] : spans[k][1]] for k in tree.members(n)] for n in tree.cut(3)]
    assert groups == [["One", "two", ",", "three", "four", "."], ["Five", "six"], ["seven"]]
    groups = [[text[spans[k][0] : spans[k][1]] for k in tree.members(n)] for n in tree.cut(4)]
    assert groups[:2] == [["One", "two", ","], ["three", "four", "."]]


def test_ways_to_cut():
    def tokens(tokenizer, text="ab, cd"):
        return Text(tokenizer).check([text])[0].tokens

    assert tokens(r"\w") == ["a", "b", "c", "d"]
    assert tokens(str.split) == ["ab,", "cd"]
    assert tokens(lambda text: [(0, 0), (0, 2), (4, 6), (0, 0)]) == ["ab", "cd"]
    assert tokens(lambda text: {"offset_mapping": [(0, 3)], "input_ids": [5]}) == ["ab,"]


def test_functions_are_never_taken_for_one_another():
    # The store would hand out the values of the other.
    def masker():
        return Text(lambda text: text.split()), Text(encode=lambda texts: texts)

    for one, other in zip(masker(), masker(), strict=True):
        assert one.digest == one.digest != other.digest
    assert Text("words").digest == Text().digest != Text(mask_token="").digest


def test_pipelines_of_words_are_explained():
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(CountVectorizer(), LogisticRegression())
    model.fit(["good film", "bad film", "good", "bad"], [1, 0, 1, 0])
    explainer = Explainer(model, Text(mask_token=""), link="logit")
    assert explainer.name == "partition"
    assert "words of a text belong together" in explainer.why
    found = explainer(["a good but bad film"])[..., 1]
    weights = dict(zip(model[0].get_feature_names_out(), model[1].coef_[0], strict=True))
    # Log-odds of counts add up: a word's value is its weight.
    expected = [weights.get(word, 0.0) for word in found.data[0]]
    assert agree(found.values[0], np.array(expected), 1e-9)


def test_keras_models_of_text_and_of_ids_agree():
    import keras

    keras.utils.set_random_seed(0)
    cut = keras.layers.TextVectorization(output_sequence_length=10)
    cut.adapt(TEXTS)
    ids = keras.Input((10,), dtype="int64")
    tensor = keras.layers.Embedding(cut.vocabulary_size(), 4)(ids)
    tensor = keras.layers.GlobalAveragePooling1D()(tensor)
    of_ids = keras.Model(ids, keras.layers.Dense(2)(tensor))
    text = keras.Input((1,), dtype="string")
    of_text = keras.Model(text, of_ids(cut(text)))
    plain = PartitionExplainer(of_text, Text(cut))(TEXTS)
    coded = PartitionExplainer(of_ids, Text(cut, encode=lambda texts: np.asarray(cut(texts))))(
        TEXTS
    )
    assert plain.data[0].tolist()[:5] == TEXTS[0].split()
    assert agree(coded.values, plain.values, 1e-5)
    with pytest.raises(InputError, match="takes no text"):
        PartitionExplainer(of_ids, Text(cut))


def test_the_store_keeps_texts_of_all_lengths(tmp_path):
    from shapviz import Store

    store = Store(str(tmp_path))
    texts = [*["good"] * 9, *TEXTS]
    explainer = PartitionExplainer(mood, Text(), model_id="mood")
    found = store.explain(explainer, texts, name="moods")
    direct = explainer(texts)
    np.testing.assert_array_equal(found.values, direct.values)
    np.testing.assert_array_equal(found.trees, direct.trees)
    assert store.get(store.list()[0].key).equals(found)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Text("("), "regular expression"),
        (lambda: Text(3), "say how a text is cut"),
        (lambda: Text(mask_token=None), "be text"),
        (lambda: Text(tree="forest"), "'sentences' or 'halves'"),
        (lambda: Text(encode="ids"), "a function"),
        (lambda: Text().check("one text"), "[text]"),
        (lambda: Text().check([]), "at least one text"),
        (lambda: Text().check(["fine", "  "]), "X[1]` must hold at least one token"),
        (lambda: Text().check(["fine", None]), "X[1]` must be text"),
        (lambda: Text().check(np.array([["a", "b"]])), "one text a sample"),
        (lambda: Text(lambda text: ["##ing"]).check(["going"]), "'##ing'"),
        (lambda: Text(lambda text: [(0, 99)]).check(["going"]), "within the text"),
        (lambda: Text(lambda text: "going").check(["going"]), "offset_mapping"),
        (
            lambda: KernelExplainer(mood, Text(encode=lambda texts: [1.0]))(TEXTS),
            "a row for each of 2 texts",
        ),
    ],
)
def test_bad_input_is_told(make, words):
    with pytest.raises(InputError) as error:
        make()
    assert words in str(error.value)


def reader(split="whitespace"):
    """A network of texts that begins with TextVectorization."""
    import keras

    cut = keras.layers.TextVectorization(split=split, output_sequence_length=6)
    cut.adapt(TEXTS)
    text = keras.Input((1,), dtype="string")
    inside = keras.layers.Embedding(40, 3)(cut(text))
    out = keras.layers.Dense(1)(keras.layers.GlobalAveragePooling1D()(inside))
    return keras.Model(text, out), cut


def test_a_keras_model_of_texts_says_how_it_cuts_them():
    from shapviz.models import as_predictor

    model, cut = reader()
    assert as_predictor(model).tokenizer is cut
    assert as_predictor(mood).tokenizer is None
    text = "Not good, at all!"
    own = PartitionExplainer(model, Text())([text], budget=16)
    assert own.data[0].tolist() == ["Not", "good,", "at", "all!"]
    chosen = PartitionExplainer(model, Text("words"))([text], budget=16)
    assert chosen.data[0].tolist() == ["Not", "good", ",", "at", "all", "!"]
    masker = Text()
    plain = masker.digest
    assert masker.cut_by(cut).digest == Text(cut).digest != plain
    letters, _ = reader("character")
    assert PartitionExplainer(letters, Text())(["ab c"], budget=16).data[0].tolist() == list("abc")


def test_a_model_that_cuts_by_a_function_leaves_it_to_the_words():
    import tensorflow as tf

    from shapviz.models import as_predictor

    model, _ = reader(lambda text: tf.strings.split(text, "-"))
    assert as_predictor(model).tokenizer is None
    assert PartitionExplainer(model, Text())(["a, b"], budget=16).data[0].tolist() == [
        "a",
        ",",
        "b",
    ]


def test_a_model_that_takes_texts_cuts_and_explains_unknown_words():
    model, _ = reader()
    found = PartitionExplainer(model, Text())(["zyx good wvu"], budget=16)
    assert found.values.shape == (1, 3)
    assert np.abs(found.additivity_gap).max() < 1e-6
