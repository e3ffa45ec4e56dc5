"""Token ids and texts that a Keras model does not take: one clear message each."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import GradientExplainer, KernelExplainer, PartitionExplainer
from shapviz.errors import InputError
from shapviz.maskers import Text
from shapviz.models import as_predictor
from shapviz.models.keras_text import check_ids, vocabulary_of

keras = pytest.importorskip("keras")
layers = keras.layers

KNOWN = 10
BACKGROUND = np.array([[1, 2, 3, 0, 0]])


@pytest.fixture(scope="module")
def reader():
    """A network of five token ids."""
    embed = layers.Embedding(KNOWN, 4)
    stack = [embed, layers.GlobalAveragePooling1D(), layers.Dense(1)]
    return keras.Sequential([keras.Input((5,), dtype="int64"), *stack])


@pytest.mark.parametrize("explainer", [GradientExplainer, KernelExplainer])
@pytest.mark.parametrize(("strange", "place"), [(KNOWN, 2), (-1, 0), (99, 4)])
def test_an_unknown_token_id_is_named_with_its_place(reader, explainer, strange, place):
    ids = np.array([[1, 2, 3, 0, 0]])
    ids[0, place] = strange
    with pytest.raises(InputError, match=rf"ids from 0 to 9.*got {strange} in place {place}"):
        explainer(reader, BACKGROUND)(ids)


def test_unknown_ids_in_the_background_are_named_too(reader):
    with pytest.raises(InputError, match="got 12 in place 1"):
        GradientExplainer(reader, BACKGROUND + np.array([0, 10, 0, 0, 0]))(BACKGROUND)


def test_words_for_a_model_of_ids_are_refused(reader):
    with pytest.raises(InputError, match="must hold numbers"):
        GradientExplainer(reader, BACKGROUND)(np.array([["a", "b", "c", "d", "e"]]))
    with pytest.raises(InputError, match="`encode` must be given for a model that takes no text"):
        PartitionExplainer(reader, Text())(["a b c"])


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_text_is_refused_by_its_place(text):
    def length(texts):
        return np.array([float(len(str(each))) for each in texts])

    with pytest.raises(InputError, match=r"`X\[1\]` must hold at least one token"):
        PartitionExplainer(length, Text())(["fine", text])


def test_only_an_embedding_of_the_input_itself_says_which_ids_there_are(reader):
    assert vocabulary_of(reader) == KNOWN
    assert as_predictor(reader)._vocabulary == KNOWN
    ids = keras.Input((3,), dtype="int64")
    halved = keras.Model(ids, layers.Embedding(4, 2)(ids // 2)[:, 0])
    assert vocabulary_of(halved) is None
    check_ids(np.array([[99]]), None)
    check_ids(np.array([["word"]], dtype=object), KNOWN)
