"""Pictures: what stands for hidden pixels, regions as players, and trees of them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from shapviz import (
    ExactExplainer,
    GradientExplainer,
    KernelExplainer,
    PartitionExplainer,
    PermutationExplainer,
)
from shapviz.errors import InputError, ModelError
from shapviz.maskers import Image
from shapviz.maskers.fills import inpainted
from shapviz.maskers.superpixels import as_labels, by_grid, by_slic, region_tree
from tests.oracles import agree, brute_force, owen

rng = np.random.default_rng(0)
PICTURES = rng.random((4, 6, 6, 3))
GROUND = rng.random((3, 6, 6, 3))
WEIGHTS = rng.normal(size=(2, 6, 6, 3))


def model(rows):
    """Two outputs in which far pixels interact."""
    rows = np.asarray(rows, float)
    a, b = (np.tensordot(rows, each, 3) for each in WEIGHTS)
    return np.stack([a * b, np.tanh(a) + rows[:, 0, 0, 0] * rows[:, 5, 5, 2]], axis=1)


def game(picture, labels, absent):
    """v(S) of one picture over its regions, (2^d, K): the model's mean on mixed pictures."""
    d = labels.max() + 1
    table = []
    for code in range(2**d):
        kept = np.array([code >> i & 1 for i in range(d)], bool)[labels]
        table.append(model(np.where(kept[..., None], picture, absent)).mean(axis=0))
    return np.array(table)


@pytest.mark.parametrize(
    "method", [ExactExplainer, KernelExplainer, PermutationExplainer], ids=lambda m: m.name
)
def test_regions_have_the_shapley_values_of_their_game(method):
    masker = Image(GROUND, superpixels=6, method="grid")
    found = method(lambda rows: model(rows)[:, 0], masker)(PICTURES)
    assert found.values.shape == (4, 6)
    for picture, labels, values in zip(PICTURES, found.regions, found.values, strict=True):
        exact = brute_force(game(picture, labels, GROUND))[:, 0]
        # One product of two sums: permutations both ways are exact too.
        assert agree(values, exact, 1e-9)


@pytest.mark.parametrize("fill", ["mean", "blur", 0.25, (0.1, 0.2, 0.3)], ids=str)
def test_partition_walks_each_picture_s_own_tree(fill):
    masker = Image(fill=fill, superpixels=5)
    found = PartitionExplainer(model, masker)(PICTURES, budget=2**12)
    records = masker.check(PICTURES)
    assert len({found.trees[i].tobytes() for i in range(4)}) > 1
    for i, (picture, record) in enumerate(zip(PICTURES, records, strict=True)):
        tree, places = found.hierarchy_of(i)
        assert tree == record.tree

        def nested(node, tree=tree):
            if node < tree.d:
                return node
            return tuple(nested(side) for side in tree.merges[node - tree.d])

        table = game(picture, found.regions[i], record.absent)
        assert agree(found.values[i][places], owen(table, nested(tree.root)), 1e-9)
    assert agree(found.base_values, model(np.stack([r.absent[0] for r in records])), 1e-9)


@pytest.mark.parametrize(
    "options",
    [
        {"interactions": True},
        {"tolerance": 0.1},
        {"estimator": "gp", "budget": 20},
        {"l1_reg": "num_features(3)"},
        {"outputs": "top2"},
    ],
    ids=str,
)
def test_kernel_takes_all_its_options_over_superpixels(options):
    found = KernelExplainer(model, Image(superpixels=6))(PICTURES, **options)
    assert found.values.shape == (4, found.regions.max() + 1, 2)
    assert np.abs(found.additivity_gap).max() < 1e-9
    if found.interactions is not None:
        assert agree(found.interactions.sum(axis=2), found.values, 1e-9)


def test_shap_values_of_regions():
    explainer = KernelExplainer(model, Image(superpixels=6, shape=(6, 6, 3)))
    values = explainer.shap_values(PICTURES)
    np.testing.assert_array_equal(values, explainer(PICTURES).values)
    assert explainer.shap_values(PICTURES[0]).shape[1:] == (2,)


def test_pixels_are_players_without_superpixels():
    found = PartitionExplainer(model, Image(GROUND))(PICTURES[:1], budget=40)
    table = PartitionExplainer(model, GROUND)(PICTURES[:1], budget=40)
    np.testing.assert_array_equal(found.values, table.values)
    assert found.feature_names == table.feature_names
    assert found.regions is None
    assert found.provenance["hierarchy"] == table.provenance["hierarchy"]


def test_a_picture_s_values_do_not_depend_on_its_companions():
    # A flat picture has fewer regions than a busy one.
    busy = rng.random((12, 12))
    flat = np.zeros((12, 12))
    flat[3:7, 2:9] = 1.0
    labels = {0: np.zeros((12, 12), int), 1: by_grid((12, 12), 9)}

    def cut(picture):
        return labels[1] if picture.std() < 0.45 and picture.max() < 1 else (picture > 0.5) * 1

    pictures = np.stack([busy, flat])
    explainer = KernelExplainer(
        lambda rows: np.tanh(rows.sum(axis=(1, 2)) / 9), Image(superpixels=cut, fill=0)
    )
    both, alone = explainer(pictures), explainer(pictures[1:])
    assert both.values.shape == (2, 9)
    assert alone.values.shape == (1, 2)
    np.testing.assert_array_equal(both.values[1, :2], alone.values[0])
    assert (both.values[1, 2:] == 0).all()
    assert np.isnan(both.data[1, 2:]).all()


def test_inpainting_fills_from_what_is_left():
    picture = np.tile(np.linspace(0, 1, 8)[:, None, None], (1, 8, 1))
    kept = np.ones((2, 8, 8, 1), bool)
    kept[0, 3:5] = False
    kept[1] = False
    part, nothing = inpainted(picture, kept)
    assert np.abs(part - picture).max() < 0.1
    np.testing.assert_array_equal(part[kept[0]], picture[kept[0]])
    np.testing.assert_allclose(nothing, 0.5)
    masker = Image(fill="inpaint", superpixels=4, method="grid")
    X = masker.check(picture[None])
    rows = masker.bound(X).rows(X, np.array([[True, True, False, True], [True] * 4, [False] * 4]))
    np.testing.assert_array_equal(rows[1], picture)
    np.testing.assert_allclose(rows[2], 0.5)


def test_whole_numbers_stay_what_they_are():
    pictures = rng.integers(0, 256, (1, 6, 6, 3)).astype(np.uint8)
    masker = Image(superpixels=4)
    X = masker.check(pictures)
    rows = masker.bound(X).rows(X, np.zeros((1, int(X[0].players)), bool))
    assert rows.dtype == np.uint8


def test_the_tree_joins_what_is_alike_first():
    picture = np.zeros((4, 8))
    picture[:, 4:] = 1.0
    labels = by_grid((4, 8), 8)
    tree = region_tree(picture, labels)
    left = {int(labels[y, x]) for y in range(4) for x in range(4)}
    a, b = tree.merges[-1]
    assert {frozenset(tree.members(a)), frozenset(tree.members(b))} == {
        frozenset(left),
        frozenset(range(8)) - left,
    }
    assert list(tree.heights) == sorted(tree.heights)


def test_labels_are_renumbered_in_reading_order_and_may_fall_apart():
    labels = as_labels(np.array([[7, 7, 2], [2, 9, 7]]), (2, 3))
    assert labels.tolist() == [[0, 0, 1], [1, 2, 0]]
    assert region_tree(np.zeros((2, 3)), labels).d == 3
    assert region_tree(np.zeros((1, 2)), np.zeros((1, 2), int)).d == 1


def test_a_masker_for_all_pictures_does_not_change_with_them():
    masker = Image(superpixels=4)
    before = masker.digest
    explainer = PartitionExplainer(model, masker)
    explainer(PICTURES[:2], budget=20)
    assert explainer.masker.n_players == 0
    assert masker.digest == before == explainer.masker.digest
    assert Image(superpixels=5).digest != before
    assert Image(superpixels=4, fill="mean").digest != before


def broken(pictures, at, value):
    """A copy with one entry that is no number."""
    twin = pictures.copy()
    twin[at] = value
    return twin


@pytest.mark.parametrize("side", [8, 16, 32])
@pytest.mark.parametrize("asked", [4, 10, 17, 25, 50])
def test_small_and_noisy_pictures_are_cut_into_about_as_many_regions_as_asked(side, asked):
    y, x = np.mgrid[:side, :side] / side
    smooth = np.stack([y, x, np.sin(9 * x * y)], axis=2)
    for picture in (smooth, smooth[..., 2], rng.random((side, side, 3)), rng.random((side, side))):
        found = by_slic(picture, asked).max() + 1
        assert 2 / 3 * asked <= found <= asked


def test_a_grid_of_a_narrow_picture_has_about_as_many_rectangles_as_asked():
    for height, width, asked in [(100, 2, 150), (1, 64, 9), (8, 8, 3), (5, 3, 7), (96, 3, 100)]:
        found = by_grid((height, width), asked).max() + 1
        assert 2 / 3 * asked < found <= asked


def test_far_fewer_regions_than_asked_are_told_once_a_masker(monkeypatch):
    cut = "shapviz.maskers.image.by_slic"
    monkeypatch.setattr(cut, lambda picture, asked: by_grid(picture.shape[:2], 4))
    masker = Image(superpixels=9)
    with pytest.warns(UserWarning, match="near 9; got 4 in the picture with the fewest.*grid"):
        masker.bound(masker.check(PICTURES)).check(PICTURES[:1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        masker.check(PICTURES)
        Image(superpixels=6).check(PICTURES)


def test_a_gradient_that_is_no_number_names_the_picture_it_came_from():
    import keras

    layers = [keras.layers.Conv2D(2, 3, activation="relu"), keras.layers.GlobalMaxPooling2D()]
    net = keras.Sequential([keras.Input((6, 6, 3)), *layers, keras.layers.Dense(1)])
    with pytest.raises(
        ModelError, match=r"(?s)`X` holds nan in sample 2, at \(3, 1, 0\).*isfinite"
    ):
        GradientExplainer(net, GROUND)(broken(PICTURES, (2, 3, 1, 0), np.nan))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: KernelExplainer(model, Image())(broken(PICTURES, (2, 3, 1, 0), np.nan)),
            "`X` must hold finite numbers, a number for each pixel; got nan in sample 2, at (3, 1",
        ),
        (lambda: Image(broken(GROUND, (1, 0, 0, 2), np.inf)), "`background` must hold finite"),
        (
            lambda: KernelExplainer(model, Image(superpixels=37))(PICTURES),
            "no more regions than a picture has pixels; got 37 of pictures with 36 pixels",
        ),
        (lambda: Image(fill="fog"), "'blur"),
        (lambda: Image(GROUND, fill="blur"), "left out where background"),
        (lambda: Image(superpixels=1), "at least 2"),
        (lambda: Image(superpixels=4, method="cut"), "'slic' or 'grid'"),
        (lambda: Image(np.zeros((2, 5))), "pictures"),
        (lambda: KernelExplainer(model, Image(GROUND))(PICTURES[:, :5]), "(n, 6, 6, 3)"),
        (lambda: KernelExplainer(model, Image(GROUND))(PICTURES[0]), "X[None]"),
        (lambda: KernelExplainer(model, Image())(PICTURES[0, 0]), "(n, y, x)"),
        (
            lambda: KernelExplainer(model, Image(superpixels=np.zeros((3, 3), int)))(PICTURES),
            "shape (6, 6)",
        ),
        (lambda: KernelExplainer(model, Image(fill=(1, 2)))(PICTURES), "3 channels"),
        (lambda: KernelExplainer(model, Image()).expected_value, "explanation.base_values"),
        (lambda: KernelExplainer(model, Image(), feature_names=["a"]), "names the players itself"),
        (lambda: PartitionExplainer(model, Image()).hierarchy, "hierarchy_of"),
        (lambda: PartitionExplainer(model, Image(), hierarchy=[[0, 1], 2]), "trees of its own"),
    ],
)
def test_bad_input_is_told(make, words):
    with pytest.raises(InputError) as error:
        make()
    assert words in str(error.value)


def test_a_keras_model_says_which_size_it_takes():
    import keras

    net = keras.Sequential([keras.Input((6, 6, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    explainer = PartitionExplainer(net, Image(superpixels=4))
    with pytest.raises(InputError, match=r"\(n, 6, 6, 3\)"):
        explainer(np.zeros((2, 8, 8, 3)))
    with pytest.raises(InputError, match="shape the model takes"):
        PartitionExplainer(net, Image(np.zeros((2, 8, 8, 3))))
