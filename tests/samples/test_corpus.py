"""The reviews: what is known of them, and that models and explanations find it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapviz import DeepExplainer, GradientExplainer, KernelExplainer, PartitionExplainer
from shapviz.errors import OfflineError
from shapviz.samples import imdb, sentiment, transformer
from shapviz.samples.corpus import CAUSES, HIDDEN, bare, hidden, reviews, score
from shapviz.samples.reviewing import LONGEST
from tests.planted.causes import pointing
from tests.samples.test_samples import loaded


def test_reviews_are_the_same_for_the_same_seed_and_all_different():
    made = reviews(300)
    assert made == reviews(300)
    assert made != reviews(300, seed=1)
    assert len({review.text for review in made}) == 300
    assert max(len(review.words) for review in made) <= LONGEST
    assert 0.4 < np.mean([review.is_positive for review in made]) < 0.6
    assert all(abs(review.score) >= 0.5 for review in made)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("The plot was clever.", 1.0),
        ("The plot was not clever.", -1.0),
        ("The plot was utterly dull, and the cast felt warm.", -1.0),
        ("The plot was never really dull; it was a rainy evening.", 1.5),
        ("The cast felt warm. At least that is what the poster pretends.", -1.0),
        ("It was a rainy evening.", 0.0),
    ],
)
def test_the_score_is_what_the_words_say(text, value):
    assert score(text.split()) == value


def test_causes_are_the_words_that_the_score_depends_on():
    for review in reviews(100):
        assert {bare(review.words[i]) for i in review.causes} <= CAUSES
        others = [w for i, w in enumerate(review.words) if i not in review.causes]
        assert score(others) == 0
        only = [w if i in review.causes else HIDDEN for i, w in enumerate(review.words)]
        assert score(only) == review.score


def test_hidden_words_leave_what_the_others_say():
    made = reviews(200)
    found = hidden(made)
    assert found == hidden(made)
    assert all(len(a.words) == len(b.words) for a, b in zip(made, found, strict=True))
    assert all(review.score == score(review.words) for review in found)
    share = np.mean([word == HIDDEN for review in found for word in review.words])
    assert 0.4 < share < 0.6


def exact_values(words):
    """Shapley values of the score's own game, where a hidden word says nothing."""
    causes = [i for i, word in enumerate(words) if bare(word) in CAUSES]
    k = len(causes)
    table = np.zeros(2**k)
    for code in range(2**k):
        kept = {causes[j] for j in range(k) if code >> j & 1}
        table[code] = score(
            [w if i in kept or i not in causes else HIDDEN for i, w in enumerate(words)]
        )
    from tests.oracles import brute_force

    values = np.zeros(len(words))
    values[causes] = brute_force(table[:, None])[:, 0]
    return values


def test_partition_finds_the_causes_and_what_they_are_worth():
    made = loaded("sentiment").for_explainer("partition")
    fresh = reviews(3100)[3000:3040]
    assert [review.text for review in fresh] == made.X[:40].tolist()
    explainer = PartitionExplainer(made.model, made.background, **made.options)
    found = explainer(made.X[:40], budget=256).values
    planted = np.zeros(found.shape, bool)
    truth = np.zeros(found.shape)
    for i, review in enumerate(fresh):
        planted[i, list(review.causes)] = True
        truth[i, : len(review.words)] = exact_values(review.words)
    hits, _ = pointing(np.abs(found), planted)
    assert hits >= 0.95
    assert np.corrcoef(found[planted], truth[planted])[0, 1] > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("method", ["deep", "gradient", "kernel"])
def test_every_method_finds_the_causes(method):
    made = loaded("sentiment").for_explainer("partition" if method == "kernel" else method)
    fresh = reviews(3100)[3000:3060]
    kind = {"deep": DeepExplainer, "gradient": GradientExplainer, "kernel": KernelExplainer}
    call: dict[str, Any] = {"kernel": {"budget": 512}, "gradient": {"budget": 50}}.get(method, {})
    explainer = kind[method](made.model, made.background, **made.options)
    found = explainer(made.X[:60], **call).values
    planted = np.zeros(found.shape, bool)
    for i, review in enumerate(fresh):
        planted[i, list(review.causes)] = True
    hits, rank = pointing(np.abs(found), planted)
    assert hits >= 0.95, f"{method} points at {hits:.0%}, mean rank {rank:.2f}"


def test_a_negated_word_of_praise_pushes_down_with_its_phrase():
    from shapviz import views

    made = loaded("sentiment").for_explainer("partition")
    explainer = PartitionExplainer(made.model, made.background, **made.options)
    text = "The plot was not clever, and the music felt warm."
    explanation = explainer([text], budget=256)
    phrases = views.text(explanation, level="phrases").chips
    assert [chip.text for chip in phrases] == [
        "The plot was not clever,",
        "and the music felt warm.",
    ]
    assert phrases[0].value < 0 < phrases[1].value


def test_words_on_show_are_those_the_network_reads():
    made = loaded("sentiment")
    texts = made.for_explainer("partition").X
    assert ["".join(row) for row in made.display_data] == texts.tolist()
    assert ((made.display_data != "") == (made.X != 0)).all()


class FakeReviews:
    """What Keras gives of IMDB, in small."""

    words: dict[str, int] = {f"word{k}": k for k in range(1, 40)} | {"good": 40, "bad": 41}

    @staticmethod
    def load_data():
        rng = np.random.default_rng(0)

        def half(n):
            labels = rng.integers(0, 2, n)
            rows = [[1, *rng.integers(4, 43, 8).tolist(), 43 if label else 44] for label in labels]
            return np.array(rows, dtype=object), labels

        return half(300), half(40)

    @classmethod
    def get_word_index(cls):
        return cls.words


@pytest.mark.slow
def test_imdb_is_explained_like_any_text(monkeypatch, tmp_path: Path):
    import keras

    monkeypatch.setattr(keras.datasets, "imdb", FakeReviews)
    made = imdb.load(tmp_path, shown=20, epochs=6)
    assert made.X.shape == (20, imdb.LONGEST)
    assert made.score > 0.7
    assert set(made.truth) == {"positive", "negative"}
    whole = made.for_explainer("partition")
    explainer = PartitionExplainer(whole.model, whole.background, **whole.options)
    found = explainer(whole.X[:2], budget=64)
    assert found.display_data[0, 0].startswith("word")


def test_without_a_connection_imdb_says_what_to_do(monkeypatch, tmp_path: Path):
    import keras

    def offline(*args: Any, **more: Any) -> None:
        raise Exception("URL fetch failure on https://storage.example/imdb.npz")

    monkeypatch.setattr(keras.datasets.imdb, "load_data", offline)
    with pytest.raises(OfflineError, match=r"cannot be fetched.*imdb.npz and .* ~/.keras"):
        imdb.load(tmp_path)


def test_the_demo_shows_texts():
    assert sentiment.DEMO.modality == "text"
    assert "generated" in sentiment.DEMO.subtitle
    assert "generated" in transformer.DEMO.subtitle
