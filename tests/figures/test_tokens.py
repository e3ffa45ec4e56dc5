"""Where a text's pieces stand, and what its figure draws of them."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapviz import figures, views
from shapviz.figures.text import width
from shapviz.figures.tokens_placing import MIRROR, is_right_to_left, placed
from shapviz.views.text_chips import Chip
from tests.views.examples import HOSTILE_TEXT, texts, token_ids

WIDE, SIZE = 400, 20


def chips(text):
    words = [word for word in text.split(" ") if word.strip()]
    return [Chip(word, " ", 0.0) for word in words]


def lines(text, wide=WIDE):
    found = placed(made := chips(text), wide, SIZE, [0.0] * len(made))
    return {k: list(line) for k, line in groupby(found, lambda segment: segment.line)}


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=120))
def test_every_sign_stands_once_within_its_line(text):
    made = chips(text)
    found = placed(made, WIDE, SIZE, [0.0] * len(made))
    by_chip: dict[int, str] = {}
    for segment in sorted(found, key=lambda s: s.line):
        by_chip[segment.chip] = by_chip.get(segment.chip, "") + segment.text
        assert segment.x >= 0
        assert segment.x + segment.width <= WIDE + 1e-6 or len(segment.text) == 1
        assert width(segment.text, SIZE) <= segment.width + 1e-6
    for k, chip in enumerate(made):
        # Signs of a text that is read from right to left are turned round.
        drawn, given = by_chip[k].replace(" ", ""), "".join(chip.text.split())
        assert drawn == given or sorted(drawn.translate(MIRROR)) == sorted(given)


@given(
    st.lists(st.sampled_from(["a", "word", "\u05e9\u05dc\u05d5\u05dd", "!", "x" * 40]), max_size=30)
)
def test_pieces_of_a_line_do_not_lie_on_each_other(words):
    for line in lines(" ".join(words)).values():
        edges = sorted((s.x, s.x + s.width) for s in line)
        assert all(a[1] <= b[0] + 1e-6 for a, b in pairwise(edges))


def test_what_is_read_from_right_to_left_stands_so():
    assert is_right_to_left("1 \u05e9\u05dc\u05d5\u05dd")
    assert not is_right_to_left("no \u05e9\u05dc\u05d5\u05dd")
    assert not is_right_to_left("123 !")
    (line,) = lines("\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd").values()
    assert line[0].x > line[1].x
    assert line[0].x + line[0].width == WIDE


def test_brackets_of_such_a_text_are_turned_round():
    texts = ["\u05e9\u05dc\u05d5\u05dd", "(", "2024", ")."]
    found = placed([Chip(text, "", 0.0) for text in texts], WIDE, SIZE, [0.0] * 4)
    assert [segment.text for segment in found][1:] == [")", "2024", ".("]


def test_a_run_of_the_other_direction_is_turned_within_its_line():
    (line,) = lines("say \u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd now").values()
    at = {segment.chip: segment.x for segment in line}
    assert at[0] < at[2] < at[1] < at[3]


def test_signs_stay_with_their_word():
    made = [Chip("word" * 5, "", 0.0), Chip(",", " ", 0.0), Chip("next", "", 0.0)]
    found = placed(made, width("word" * 5, SIZE) + 20, SIZE, [0.0] * 3)
    assert [segment.line for segment in found] == [0, 0, 1]


def test_a_number_has_room_under_its_word():
    (segment,) = placed([Chip("a", "", 1.0)], WIDE, SIZE, [40.0])
    assert segment.width == 40


def test_ends_of_lines_are_kept():
    made = [Chip("one", "\n", 0.0), Chip("two", "", 0.0)]
    assert [segment.line for segment in placed(made, WIDE, SIZE, [0.0] * 2)] == [0, 1]


def test_hostile_words_are_drawn_as_they_stand():
    drawn = figures.text(texts(), sample=0).to_json()
    assert "<script" not in drawn
    assert "%{x}</b>" not in drawn
    assert "&lt;" in drawn
    assert views.text(texts(), 0).text == HOSTILE_TEXT


def test_bars_carry_the_values_and_the_colours_end_at_the_largest():
    explanation = token_ids(free=True)
    bars = figures.text(explanation, sample=0).data[0]
    assert np.allclose(bars.marker.color, [2.0, -0.5, 0.75])
    assert (bars.marker.cmin, bars.marker.cmax) == (-2.0, 2.0)
    assert bars.text[-1] == "[padding]"


def test_numbers_are_written_under_the_large_ones_alone():
    numbers = figures.text(token_ids(free=False), sample=0).data[2]
    assert list(numbers.text) == ["+2.00"]


def test_other_widths_break_elsewhere_and_a_scale_may_be_left_out():
    explanation = texts()
    wide, slim = (figures.text(explanation, sample=4, wide=w) for w in (900, 200))
    assert slim.layout.height > wide.layout.height
    bare = figures.text(explanation, sample=4, wide=200, key=False)
    assert bare.layout.height < slim.layout.height
    assert not bare.layout.shapes


def test_parts_that_a_click_opens_or_closes_carry_their_position():
    explanation = texts()
    plain = figures.text(explanation, sample=4, level="sentences", opened=[(0, 4)])
    assert plain.data[0].customdata is None
    bars = figures.text(explanation, sample=4, level="sentences", opened=[(0, 4)], clicks=True).data
    # Four words of the opened sentence, and two whole ones, of which one may fill two lines.
    # What is uncertain is a trace of its own.
    carried = [k for trace in bars if trace.type == "bar" for k in trace.customdata]
    assert sorted(set(carried)) == list(range(6))
    assert all(type(k) is int for k in carried)
    words = figures.text(explanation, sample=4, clicks=True).data[0]
    assert set(words.customdata) == {-1}
    # A click on one of them leaves the others as they are.
    assert bars[0].unselected.marker.opacity == 1
    assert all(trace.unselected.textfont.color == trace.textfont.color for trace in bars[1:])


def test_what_cannot_be_told_from_zero_has_no_colour_and_a_dotted_line():
    clear = token_ids(free=False)
    errors = np.full(clear.values.shape, 0.01)
    errors[:, 1] = 0.5
    sure, unsure, *_, line = figures.text(clear.replace(standard_errors=errors), sample=0).data
    assert (list(sure.text), list(unsure.text)) == (["good"], ["film"])
    assert all(colour.endswith(",0)") for _, colour in unsure.marker.colorscale)
    assert not all(colour.endswith(",0)") for _, colour in sure.marker.colorscale)
    assert unsure.hovertext[0].endswith("not told from zero")
    assert line.line.dash
    assert len(line.x) == 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_five_thousand_words_are_one_small_figure(theme):
    from shapviz import Explanation

    rng = np.random.default_rng(0)
    words = np.array([f"w{k}" + "o" * int(rng.integers(8)) + " " for k in range(5000)], object)
    long = Explanation(
        values=rng.normal(size=(1, 5000)),
        base_values=0.0,
        data=words[None],
        provenance={"modality": "text"},
    )
    figure = figures.text(long, theme=theme)
    assert len(figure.data) == 2
    assert len(figure.data[0].text) == 5000
    assert len(figure.to_json()) < 600_000
