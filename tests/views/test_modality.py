"""What a sample is to the eye: told by the masker, else by its shape."""

from __future__ import annotations

import numpy as np

from shapviz import Explanation, PartitionExplainer
from shapviz.maskers import Image, Sequence, Text
from shapviz.views import modality


def test_maskers_say_it():
    for masker, X, kind in (
        (
            Image(fill=0, superpixels=np.arange(16).reshape(4, 4) // 4),
            np.ones((1, 4, 4, 1)),
            "image",
        ),
        (Text(), ["One two three"], "text"),
        (Sequence(np.zeros((1, 6, 2)), players="time"), np.ones((1, 6, 2)), "sequence"),
    ):
        found = PartitionExplainer(lambda rows: np.full(len(rows), 1.0), masker)(X, budget=20)
        assert modality(found) == kind


def test_ids_with_words_beside_them_are_a_text():
    ids, words = np.array([[3, 4, 0]]), np.array([["not", "good", ""]], dtype=object)
    told = {"values": np.zeros((1, 3)), "base_values": 0.0}
    assert modality(Explanation(**told, data=ids, display_data=words)) == "text"
    assert modality(Explanation(**told, data=words, display_data=words)) == "table"
    assert modality(Explanation(**told, data=ids)) == "table"


def test_several_inputs_are_mixed():
    inputs = {"picture": (2, 2), "table": (3,)}
    assert modality(Explanation(values=np.zeros((1, 7)), base_values=0.0, inputs=inputs)) == "mixed"
