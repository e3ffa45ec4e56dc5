"""Every argument of every maker of HTML is escaped, and nothing else makes HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some

from shapviz.ui import markup
from tests.ui.stores import HOSTILE


@dataclass(frozen=True)
class Piece:
    text: str
    role: str = "plain"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    bodies: list[str] = []
    monkeypatch.setattr(st, "html", lambda body, **_: bodies.append(body))
    return bodies


MAKERS: dict[str, Any] = {
    "page_title": lambda text: markup.page_title(text),
    "card_title": lambda text: markup.card_title(text),
    "small_title": lambda text: markup.small_title(text, text),
    "sentence": lambda text: markup.sentence(text),
    "sentence of pieces": lambda text: markup.sentence(
        [Piece(text, role) for role in ("plain", "strong", "up", "down", "<unknown>")]
    ),
    "footnote": lambda text: markup.footnote(text),
    "brief": lambda text: markup.brief(text),
    "metric_title": lambda text: markup.metric_title(text, text),
    "message": lambda text: markup.message(f"{text} `{text}`"),
    "picture": lambda text: markup.picture(text, text),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())
def test_hostile_text_stays_text(make, drawn):
    make(HOSTILE + '" onload="alert(2)')
    (body,) = drawn
    assert "<script" not in body
    assert '" onload="' not in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body


def test_an_unescaped_body_would_be_seen(drawn):
    st.html(f"<p>{HOSTILE}</p>")
    assert "<script" in drawn[0]


def test_a_sentence_keeps_its_spaces_and_colours_its_numbers(drawn):
    markup.sentence(
        [Piece("moves it by "), Piece("+1.40", "up"), Piece(" or "), Piece("−1", "down")]
    )
    (body,) = drawn
    assert "moves it by <span" in body
    assert body.index("#A94008") < body.index("+1.40") < body.index("#0C60A3") < body.index("−1")


def test_narrow_spaces_between_thousands_are_kept(drawn):
    markup.footnote("1\u202f797 of 1\u202f797 images")
    assert "1\u202f797 of" in drawn[0]
    assert markup.plain_markdown("1\u202f797\nimages") == "1\u202f797 images"


def test_nothing_is_drawn_for_an_empty_footnote_or_sentence(drawn):
    markup.footnote("")
    markup.sentence(())
    assert drawn == []


def test_names_in_messages_are_set_as_code(drawn):
    markup.message("`budget` must be at least 11; got 5.")
    assert ">budget</code>" in drawn[0]
    assert "`" not in drawn[0]


@given(some.text(alphabet=some.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))))
def test_markdown_is_escaped_character_by_character(text):
    escaped = markup.plain_markdown(text)
    assert escaped.replace("\\", "") == text.replace("\\", "")
    for special in "*_[]()`<>#$:":
        for at in (i for i, char in enumerate(escaped) if char == special):
            assert escaped[at - 1] == "\\"
