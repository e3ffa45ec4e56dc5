"""Windows of signals that do not fit are told, whichever explainer is asked; names by signal."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz.errors import InputError
from shapviz.explainers import DeepExplainer, GradientExplainer, KernelExplainer
from shapviz.maskers import Composite, Image, Sequence

keras = pytest.importorskip("keras")
layers = keras.layers
rng = np.random.default_rng(0)
STEPS, SIGNALS = 6, 2
GROUND = rng.normal(size=(3, STEPS, SIGNALS))


@pytest.fixture(scope="module")
def net():
    keras.utils.set_random_seed(0)
    return keras.Sequential([layers.Input((STEPS, SIGNALS)), layers.GRU(3), layers.Dense(1)])


@pytest.fixture(scope="module")
def open_net():
    """A network that takes windows of any length."""
    keras.utils.set_random_seed(0)
    return keras.Sequential([layers.Input((None, SIGNALS)), layers.GRU(3), layers.Dense(1)])


@pytest.fixture(scope="module")
def pictured():
    keras.utils.set_random_seed(0)
    picture, table = keras.Input((4, 4, 1), name="picture"), keras.Input((2,), name="table")
    both = layers.Concatenate()([layers.Flatten()(picture), table])
    return keras.Model({"picture": picture, "table": table}, layers.Dense(1)(both))


def pairs(pictures, rows):
    return {"picture": rng.random((pictures, 4, 4, 1)), "table": rng.normal(size=(rows, 2))}


@pytest.mark.parametrize("explainer", [DeepExplainer, GradientExplainer, KernelExplainer])
@pytest.mark.parametrize("steps", [1, STEPS - 1, STEPS + 1])
def test_a_window_of_another_length_is_told_with_the_right_one(net, explainer, steps):
    with pytest.raises(InputError, match=rf"`X` must .*{STEPS}, {SIGNALS}"):
        explainer(net, GROUND)(np.zeros((2, steps, SIGNALS)))


def test_a_window_without_its_sample_axis_is_told(net):
    for ground in (GROUND, Sequence(GROUND)):
        with pytest.raises(InputError, match="`X` must"):
            KernelExplainer(net, ground)(GROUND[0])


def test_one_step_can_be_explained_by_signal_and_not_by_time(open_net):
    X, ground = np.ones((2, 1, SIGNALS)), np.zeros((3, 1, SIGNALS))
    with pytest.raises(InputError, match=r"at least two players along time.*one step"):
        KernelExplainer(open_net, Sequence(ground, players="time"))(X)
    e = KernelExplainer(open_net, Sequence(ground))(X)
    assert e.values.shape == (2, 1, SIGNALS)
    assert np.abs(e.additivity_gap).max() < 1e-6
    deep = DeepExplainer(open_net, ground, feature_names=["speed", "heat"])(X)
    assert deep.feature_names == ("speed", "heat")


@pytest.mark.parametrize("pictures", [1, 3])
def test_as_many_pictures_as_rows(pictured, pictures):
    ground = pairs(3, 3)
    masker = Composite({"picture": Image(fill=0.0), "table": ground["table"]})
    said = r"`X\['table'\]` must have a row for each sample.*'picture' has \d rows"
    for given in (ground, masker):
        with pytest.raises(InputError, match=said):
            KernelExplainer(pictured, given)(pairs(pictures, 2))
    with pytest.raises(InputError, match=r"`background\['table'\]` must have a row for each"):
        DeepExplainer(pictured, pairs(3, 2))
    with pytest.raises(InputError, match=r"background rows and weights of the other inputs"):
        Composite({"picture": Image(ground["picture"][:2]), "table": ground["table"]})


def test_a_name_and_a_unit_a_signal_will_do(net):
    named = {"feature_names": ["speed", "heat"], "feature_units": ["m/s", "K"]}
    e = DeepExplainer(net, GROUND, **named)(GROUND[:1])
    assert e.feature_names[:3] == ("speed, t = 0", "heat, t = 0", "speed, t = 1")
    assert e.feature_units == ("m/s", "K") * STEPS
    with pytest.raises(InputError, match="name the 12 features"):
        DeepExplainer(net, GROUND, feature_names=["a", "b", "c"])
    masker = Sequence(GROUND, players=3, feature_names=["speed", "heat"])
    blocks = KernelExplainer(net, masker)(GROUND[:1])
    assert blocks.feature_names == ("time 0–2", "time 3–5")
    assert blocks.provenance["signals"] == ["speed", "heat"]
    entries = KernelExplainer(net, Sequence(GROUND, feature_names=["speed", "heat"]))(GROUND[:1])
    assert entries.feature_names == e.feature_names
