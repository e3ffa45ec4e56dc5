"""Explanations whose players are regions of a sample, with trees of their own."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import DeepExplainer, Explanation, PartitionExplainer, concat
from shapviz.errors import InputError
from shapviz.hierarchy import Hierarchy
from shapviz.maskers import Image

VALUES = np.array([[1.0, 2.0, 0.0], [3.0, 4.0, 5.0]])
REGIONS = np.array([[[0, 0], [1, -1]], [[2, 1], [0, 0]]])
TREES = np.full((2, 2, 3), np.nan)
TREES[0, 0] = 0, 1, 1.5
TREES[1] = [[1, 2, 1.0], [0, 3, 2.0]]


def made(**fields):
    known = {"values": VALUES, "base_values": 0.0, "regions": REGIONS, "trees": TREES}
    wholes = np.arange(8.0).reshape(2, 2, 2)
    return Explanation(**{**known, "wholes": wholes, **fields})


def test_values_are_laid_over_the_samples():
    assert made().on_regions().tolist() == [[[1, 1], [2, 0]], [[5, 4], [3, 3]]]
    several = made(values=np.stack([VALUES, -VALUES], axis=2), base_values=np.zeros((2, 2)))
    np.testing.assert_array_equal(several.on_regions()[..., 1], -made().on_regions())


def test_every_sample_has_its_tree():
    e = made()
    tree, places = e.hierarchy_of(0)
    assert (tree, places.tolist()) == (Hierarchy(((0, 1),), (1.5,)), [0, 1])
    tree, places = e.hierarchy_of(1)
    assert (tree, places.tolist()) == (Hierarchy(((1, 2), (0, 3)), (1.0, 2.0)), [0, 1, 2])


def test_regions_survive_what_is_done_to_an_explanation():
    e = made()
    assert Explanation(**e.fields()).equals(e)
    assert e.replace(units="m").regions.tolist() == REGIONS.tolist()
    assert not e.replace(regions=np.zeros_like(REGIONS)).equals(e)
    assert not e.replace(trees=None).equals(e)
    assert e[1:].regions.tolist() == REGIONS[1:].tolist()
    assert e[1:].hierarchy_of(0)[0] == e.hierarchy_of(1)[0]
    assert concat([e[:1], e[1:]]).regions.tolist() == REGIONS.tolist()
    part = e[:, "feature 1"]
    assert [part.regions, part.trees, part.wholes] == [None] * 3
    assert e.sum_groups({"both": ["feature 0", "feature 1"]}).regions is None
    with pytest.raises(ValueError, match="read-only"):
        e.regions[0, 0, 0] = 1


def test_samples_with_fewer_players_are_joined_to_those_with_more():
    names = ["region 0", "region 1", "region 2"]
    long = made(feature_names=names)
    short = made(
        values=VALUES[:, :2],
        regions=np.minimum(REGIONS, 1),
        trees=np.array([[[0, 1, 1.0]]] * 2),
        feature_names=names[:2],
    )
    found = concat([short, long])
    assert found.feature_names == tuple(names)
    assert found.values[:2].tolist() == [[1, 2, 0], [3, 4, 0]]
    assert found.hierarchy_of(0)[0] == short.hierarchy_of(0)[0]
    assert found.hierarchy_of(3)[0] == long.hierarchy_of(1)[0]
    with pytest.raises(InputError, match="feature_names"):
        concat([short.replace(feature_names=["a", "b"]), long])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"regions": REGIONS + 1}, "from -1 to 2"),
        ({"regions": REGIONS[:1]}, "each of 2 samples"),
        ({"regions": REGIONS * 0.5}, "whole numbers"),
        ({"regions": {"picture": REGIONS}}, "by input"),
        ({"wholes": np.zeros((2, 3, 2))}, "axes of `regions` first"),
        ({"regions": None}, "axes of `regions` first"),
        ({"trees": TREES[:, :1]}, "left, right and height"),
    ],
)
def test_what_does_not_fit_is_told(fields, words):
    with pytest.raises(InputError) as error:
        made(**fields)
    assert words in str(error.value)


def test_without_regions_or_trees_the_message_says_so():
    plain = Explanation(values=VALUES, base_values=0.0)
    with pytest.raises(InputError, match="every entry has its own"):
        plain.on_regions()
    with pytest.raises(InputError, match="PartitionExplainer"):
        plain.hierarchy_of(0)


def test_a_tree_that_all_samples_share_is_found_too():
    e = PartitionExplainer(lambda X: X.prod(axis=1), np.zeros((1, 3)))(np.ones((2, 3)))
    tree, places = e.hierarchy_of(1)
    assert tree.d == 3
    assert places.tolist() == [0, 1, 2]


def test_methods_that_need_rows_say_so():
    import keras

    net = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    with pytest.raises(InputError, match="must be rows for this method; got a masker, Image"):
        DeepExplainer(net, Image())
