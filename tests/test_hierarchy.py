"""The tree over players: what it holds, how it is made, what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import linkage

from shapviz import Explanation
from shapviz.errors import InputError
from shapviz.hierarchy import Hierarchy
from shapviz.hierarchy_makers import as_hierarchy, grid

NAMES = ["a", "b", "c", "d", "e"]
TREE = as_hierarchy([["a", "b"], ["c", ["d", "e"]]], NAMES)


def test_a_hierarchy_says_who_is_below_and_how_deep():
    assert TREE.d == 5
    assert TREE.nested(NAMES) == [["a", "b"], ["c", ["d", "e"]]]
    assert TREE.sizes[TREE.root] == 5
    assert TREE.depths[:5].tolist() == [2, 2, 2, 3, 3]
    assert TREE.members(TREE.root) == [0, 1, 2, 3, 4]


def test_a_part_of_a_hierarchy_keeps_its_shape():
    part = TREE.restricted([0, 3, 4])
    assert part.nested(["a", "d", "e"]) == ["a", ["d", "e"]]
    assert TREE.restricted([2]).d == 1
    assert TREE.restricted(range(5)) == TREE


def test_json_and_back():
    assert Hierarchy.from_list(json.loads(json.dumps(TREE.to_list()))) == TREE


def test_a_linkage_matrix_is_scipy_s():
    matrix = linkage(np.array([[0.0], [0.1], [5.0], [5.2], [5.25]]), "average")
    tree = as_hierarchy(matrix, NAMES)
    assert tree.heights == tuple(matrix[:, 2])
    groups = tree.groups(2, NAMES)
    assert sorted(map(sorted, groups.values())) == [["a", "b"], ["c", "d", "e"]]


def test_groups_are_what_sum_groups_takes():
    e = Explanation(values=np.arange(5.0)[None], base_values=1.0, feature_names=NAMES)
    summed = e.sum_groups(TREE.groups(3, NAMES))
    assert summed.feature_names == ("a, b", "c", "d, e")
    assert summed.values.tolist() == [[1.0, 2.0, 7.0]]
    assert list(TREE.groups(99, NAMES).values()) == [[name] for name in NAMES]


def test_lists_of_many_are_halved():
    assert as_hierarchy(NAMES, NAMES).nested(NAMES) == [[["a", "b"], "c"], ["d", "e"]]
    assert as_hierarchy([[0, 2], 1], ["x", "y", "z"]).members(4) == [0, 2, 1]


def test_a_grid_is_cut_into_quarters_and_a_place_keeps_its_channels():
    tree = grid((4, 4))
    quarters = tree.cut(4)
    assert tree.members(quarters[0]) == [0, 1, 4, 5]
    assert set(tree.depths[:16]) == {4}
    colours = grid((2, 2, 3))
    assert sorted(colours.members(node) for node in colours.cut(4)) == [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, 8],
        [9, 10, 11],
    ]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=3))
@settings(max_examples=25, deadline=None)
def test_every_grid_holds_every_entry_once(shape):
    tree = grid(shape)
    assert sorted(tree.members(tree.root)) == list(range(int(np.prod(shape))))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ([["a", "b"], "c"], "without 'd'"),
        ([["a", "b"], ["a", "c", "d", "e"]], "name each feature once; got 'a'"),
        ([["a", "b", "x"], "c", "d", "e"], "name each feature once; got 'x'"),
        ([[], "a", "b", "c", "d", "e"], "no empty list"),
        (np.zeros((4, 3)), r"linkage matrix of shape \(d−1, 4\)"),
        (np.full((4, 4), 0.5), "whole node numbers"),
        (np.zeros((4, 4)), "join nodes made before, each once; got node 0 in merge 0"),
        (linkage(np.arange(3.0)[:, None]), "over the 5 features; got one over 3"),
        ("correlation", "nested lists of names"),
    ],
)
def test_what_is_no_tree_over_the_features_is_refused(bad, words):
    with pytest.raises(InputError, match=words):
        as_hierarchy(bad, NAMES)


def test_heights_go_with_merges_and_names_with_lists():
    with pytest.raises(InputError, match="`heights` must be 1, one a merge; got 2 heights"):
        Hierarchy(((0, 1),), (1.0, 2.0))
    with pytest.raises(InputError, match="linkage matrix where names repeat"):
        as_hierarchy([["a", "a"], "b"], ["a", "a", "b"])
    with pytest.raises(InputError, match="at least one entry along each axis"):
        grid((3, 0))
