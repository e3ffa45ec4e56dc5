"""Texts: what is coloured as one, padding, several outputs, and words over all texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapviz import Explanation, views
from shapviz.errors import InputError
from shapviz.maskers import Text
from shapviz.views.text_chips import (
    LEVELS,
    level_shown,
    levels_of,
    pieces_of,
    plain_text,
    quoted_word,
)
from shapviz.views.text_opening import toggled
from shapviz.views.words import alt_text, effect_text
from tests.views.examples import HOSTILE_TEXT, texts, token_ids

SAID = "The plot was not dull, it was fine. I left early."


def passage(text):
    X = Text().check([text])
    return X[0]


def test_words_joined_are_the_text():
    explanation = texts()
    for i in range(len(explanation)):
        view = views.text(explanation, i)
        assert "".join(chip.text + chip.after for chip in view.chips).strip() == view.text
        assert sum(chip.value for chip in view.chips) == pytest.approx(
            float(explanation.values[i].sum())
        )


def test_hostile_text_comes_through_unchanged():
    view = views.text(texts(), 0)
    assert view.text == HOSTILE_TEXT


@pytest.mark.parametrize(("level", "count"), [("words", 14), ("phrases", 3), ("sentences", 2)])
def test_groups_sum_what_they_hold(level, count):
    record = passage(SAID)
    values = np.arange(1.0, record.players + 1)[None]
    explanation = Explanation(
        values=values,
        base_values=0.0,
        data=np.array([record.tokens], dtype=object),
        display_data=np.array([record.pieces], dtype=object),
        trees=np.array([record.tree.to_list()]),
        provenance={"modality": "text"},
    )
    view = views.text(explanation, level=level)
    assert view.levels == ("words", "phrases", "sentences")
    assert len(view.chips) == count
    assert sum(chip.value for chip in view.chips) == values.sum()
    assert sum(chip.tokens for chip in view.chips) == record.players
    assert view.chips[-1].text.endswith("." if level == "words" else "I left early.")


def test_the_tree_of_a_text_keeps_its_phrases_together():
    record = passage(SAID)
    found = levels_of(record.pieces, record.tree)
    assert found == levels_of(record.pieces, None)
    assert [plain_text(record.pieces[a:b]) for a, b in found["phrases"]] == [
        "The plot was not dull,", "it was fine.", "I left early.",
    ]  # fmt: skip


def test_a_tree_of_halves_offers_its_own_groups():
    record = Text(tree="halves").check([SAID])[0]
    found = levels_of(record.pieces, record.tree)
    assert list(found) == ["words", "groups"]
    assert found["groups"][0][0] == 0
    assert found["groups"][-1][1] == record.players
    assert all(a[1] == b[0] for a, b in zip(found["groups"], found["groups"][1:], strict=False))


def test_one_sentence_asked_for_sentences_shows_what_it_has():
    explanation = texts()
    assert views.text(explanation, 2, level="sentences").level == "words"


def test_padding_without_a_value_is_not_shown():
    view = views.text(token_ids(free=False), 0)
    assert [chip.text for chip in view.chips] == ["good", "film"]
    assert "Padding is worth nothing" in view.footnote


def test_padding_that_carries_something_is_one_chip():
    view = views.text(token_ids(free=True), 0)
    last = view.chips[-1]
    assert last.is_padding
    assert last.text == "[padding]"
    assert view.chips[-2].after == " "
    assert last.value == pytest.approx(0.25 + 0.5)
    assert "what its length is worth" in view.footnote
    whole = token_ids(free=True)
    assert sum(c.value for c in view.chips) == pytest.approx(float(whole.values[0].sum()))


def test_words_without_spaces_after_them_get_one():
    assert pieces_of(token_ids(free=False), 0) == ["good ", "film ", "", ""]


def test_the_sentence_says_what_outweighs_what():
    explanation = token_ids(free=False)
    assert alt_text(views.text(explanation, 0).sentence) == (
        "The model reads it as 81.8% positive: “good” (+2.00) outweighs “film” (−0.50)."
    )


def test_every_output_has_its_own_values():
    explanation = texts(outputs=3)
    each = [views.text(explanation, 1, output=name) for name in explanation.output_names]
    assert len({view.chips[0].value for view in each}) == 3
    assert [view.output for view in each] == list(explanation.output_names)


def test_a_long_text_is_set_small():
    words = [f"word{k} " for k in range(5000)]
    long = Explanation(
        values=np.linspace(-1, 1, 5000)[None],
        base_values=0.0,
        data=np.array([words], dtype=object),
        provenance={"modality": "text"},
    )
    view = views.text(long)
    assert view.is_small
    assert "Numbers are written" not in view.footnote
    assert len(view.chips) == 5000


@pytest.mark.parametrize("wrong", [{"level": "chapters"}, {"output": "nonsense"}, {"sample": 99}])
def test_what_is_not_there_is_refused_by_name(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        views.text(texts(), **wrong)


def test_what_is_no_text_is_refused():
    pixels = Explanation(values=np.zeros((1, 4, 4)), base_values=0.0, data=np.zeros((1, 4, 4)))
    with pytest.raises(InputError, match="hold texts"):
        views.text(pixels)
    with pytest.raises(InputError, match="hold texts"):
        views.text(Explanation(values=np.zeros((1, 4)), base_values=0.0))


def test_words_over_all_texts_are_counted_and_averaged():
    rows = [["Good, ", "good ", "film."], ["bad ", "film!", ""]]
    explanation = Explanation(
        values=[[1.0, 3.0, 0.5], [-2.0, 0.1, 0.0]],
        base_values=0.0,
        data=np.array(rows, dtype=object),
        units="log-odds",
        output_names=["positive"],
        provenance={"modality": "text", "sample_noun": "review"},
    )
    view = views.text_tokens(explanation)
    table = view.to_frame().set_index("word")
    assert list(table.index) == ["good", "bad", "film"]
    assert table.loc["good"].tolist() == [2.0, 4.0, 4.0, 2, 1]
    assert table.loc["film", "texts"] == 2
    assert view.rows[0].samples.tolist() == [0, 0]
    assert alt_text(view.sentence) == (
        "“good” moves the output most: by 4.0 log-odds altogether, in 2 places. "
        "“good” pushes up most (+4.00 altogether), “bad” pushes down most (−2.00 altogether)."
    )
    assert "3 of 3 different words" in view.footnote


def test_the_words_follow_the_order():
    explanation = texts(n=30)
    for order, said in (("total", "altogether"), ("average", "on average")):
        view = views.text_tokens(explanation, order=order)
        first, sentence = view.rows[0], alt_text(view.sentence)
        assert sentence.startswith(f"“{first.word}” moves the output most")
        assert said in sentence
        signed = [row.total if order == "total" else row.mean for row in view.rows]
        assert f"({effect_text(max(signed))} {said})" in sentence
        assert f"({effect_text(min(signed))} {said})" in sentence


def test_a_word_within_its_interval_is_said_to_be_uncertain():
    clear = token_ids(free=False)
    errors = np.full(clear.values.shape, 0.01)
    errors[:, 1] = 0.5
    view = views.text(clear.replace(standard_errors=errors), 0)
    assert [chip.is_unclear for chip in view.chips] == [False, True]
    assert view.has_unclear
    assert "uncertain" in view.footnote
    # It is nothing that others could outweigh.
    assert "film" not in alt_text(view.sentence)
    assert not views.text(clear, 0).has_unclear


def test_the_order_by_average_leaves_out_what_is_seldom():
    explanation = texts(n=30)
    view = views.text_tokens(explanation, order="average")
    assert min(row.places for row in view.rows) >= 3
    sizes = [np.abs(row.x).mean() for row in view.rows]
    assert sizes == sorted(sizes, reverse=True)


def test_texts_without_a_word_are_refused():
    empty = Explanation(
        values=np.zeros((1, 2)),
        base_values=0.0,
        data=np.zeros((1, 2), dtype=int),
        display_data=np.array([["", ""]], dtype=object),
        provenance={"modality": "text"},
    )
    with pytest.raises(InputError, match="at least one word"):
        views.text_tokens(empty)
    assert views.text(empty).chips == ()


def test_regions_are_no_words():
    told = {"values": np.zeros((1, 2)), "base_values": 0.0}
    parts = Explanation(**told, regions=np.array([[[0, 1]]]), wholes=np.ones((1, 1, 2)))
    with pytest.raises(InputError, match="be of texts"):
        views.text(parts, sample=0)


def test_a_long_phrase_is_quoted_in_whole_words():
    said = quoted_word("but the music was great and I love the cast.", 28)
    assert said == "\u201cbut the music was great \u2026\u201d"
    assert len(quoted_word("x" * 60)) <= 30


def long_passage(tree, seed=0):
    """A text of five sentences with phrases, and values of its own; with the tree of a masker."""
    said = f"{SAID} The music, I say, was fine! Well, good. And so it went on and on."
    record = Text(tree=tree).check([said])[0]
    return Explanation(
        values=np.random.default_rng(seed).normal(size=(1, record.players)),
        base_values=0.0,
        data=np.array([record.tokens], dtype=object),
        display_data=np.array([record.pieces], dtype=object),
        trees=np.array([record.tree.to_list()]),
        provenance={"modality": "text"},
    )


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_parts_of_what_is_opened_sum_to_it(data):
    explanation = long_passage(data.draw(st.sampled_from(["sentences", "halves"])))
    level = data.draw(st.sampled_from(LEVELS))
    opened = ()
    for _ in range(data.draw(st.integers(1, 6))):
        before = views.text(explanation, level=level, opened=opened)
        chip = before.chips[data.draw(st.integers(0, len(before.chips) - 1))]
        now = views.text(explanation, level=level, opened=(opened := toggled(opened, chip)))
        assert now.opened == opened
        assert "".join(c.text + c.after for c in now.chips).strip() == now.text
        starts = {c.start: c for c in now.chips}
        held = range(chip.start, chip.start + chip.tokens)
        parts = [c for c in now.chips if c.start in held]
        if chip.opens:
            assert len(parts) > 1
            assert sum(c.value for c in parts) == pytest.approx(chip.value)
            assert all(c.inside[-1] == (held.start, held.stop) for c in parts)
            assert [c for c in now.chips if c.start not in held] == [
                c for c in before.chips if c.start not in held
            ]
        elif chip.inside:
            whole = starts[chip.inside[-1][0]]
            assert whole.start + whole.tokens == chip.inside[-1][1]
            assert whole.opens
        else:
            assert now.chips == before.chips


def test_one_sentence_opens_into_its_phrases_and_they_into_words():
    explanation = long_passage("sentences")
    whole = views.text(explanation, level="sentences")
    first = whole.chips[0]
    assert (first.opens, first.inside, whole.opened) == (True, (), ())
    phrases = views.text(explanation, level="sentences", opened=toggled((), first))
    assert [c.text for c in phrases.chips[:3]] == [
        "The plot was not dull,", "it was fine.", "I left early.",
    ]  # fmt: skip
    assert [c.level for c in phrases.chips[:3]] == ["phrases", "phrases", "sentences"]
    words = views.text(
        explanation, level="sentences", opened=toggled(phrases.opened, phrases.chips[0])
    )
    assert [c.text for c in words.chips[:2]] == ["The", "plot"]
    assert "4 sentences, 1 phrase and" in words.footnote
    assert (
        views.text(explanation, level="sentences", opened=words.opened[:1]).chips == phrases.chips
    )


@pytest.mark.parametrize("wrong", [(0, 1), (2, 5), (-1, 3), (0, 10**9), (5, 2), (7, 7)])
def test_what_is_no_part_opens_nothing(wrong):
    explanation = long_passage("sentences")
    for level in LEVELS:
        view = views.text(explanation, level=level, opened=[wrong])
        assert view.opened == ()
        assert view.chips == views.text(explanation, level=level).chips


def test_a_group_opens_into_the_two_that_its_tree_joined():
    explanation = long_passage("halves")
    view = views.text(explanation, level="groups")
    chip = next(c for c in view.chips if c.tokens > 2)
    inside = [
        c
        for c in views.text(explanation, level="groups", opened=toggled((), chip)).chips
        if c.inside
    ]
    assert len(inside) == 2
    assert [c.level for c in inside] == ["groups" if c.tokens > 1 else "words" for c in inside]


def test_sentences_without_commas_are_not_called_phrases():
    record = passage("It was fine. I left early.")
    found = levels_of(record.pieces, record.tree)
    assert list(found) == ["words", "sentences"]
    assert level_shown("phrases", record.pieces, found) == "sentences"
    one = passage("Fine, I left.")
    found = levels_of(one.pieces, one.tree)
    assert list(found) == ["words", "phrases"]
    assert level_shown("sentences", one.pieces, found) == "phrases"
    assert level_shown("groups", one.pieces, {"words": found["words"]}) == "words"


def test_another_output_than_the_answer_says_what_the_answer_is():
    explanation = texts(outputs=3).replace(units="probability")
    best = int(np.argmax(explanation.predictions[0]))
    assert "its answer" not in alt_text(views.text(explanation, 0, output=best).sentence)
    said = alt_text(views.text(explanation, 0, output=(best + 1) % 3).sentence)
    assert said.startswith("The model gives ")
    assert f"{explanation.output_names[best]})" in said
