"""Every public name of keras.layers."""

from __future__ import annotations

import keras
from keras import layers

from tests.coverage.probe import (
    FOREIGN,
    NO_FLOAT,
    RANDOM,
    SUPPORTED,
    Build,
    Entry,
    Probe,
    entries,
    halves,
    refused,
)

LINE, IMAGE, VOLUME = (6, 2), (5, 6, 2), (4, 4, 4, 1)
BY_DIMENSION = {1: LINE, 2: IMAGE, 3: VOLUME}
STEPS = (4, 3)
COLOUR = (8, 8, 3)


def _of(name: str, *arguments, **options) -> Build:
    """The layer of this name, made anew for each model."""
    return lambda x: getattr(layers, name)(*arguments, **options)(x)


def _family(pattern: str, dimensions, *arguments, **options) -> dict[str, Probe]:
    """One probe for each number of spatial dimensions."""
    return {
        pattern.format(n): Probe(_of(pattern.format(n), *arguments, **options), BY_DIMENSION[n])
        for n in dimensions
    }


def _two(name: str, **options) -> Build:
    """A merging layer on two branches of one input."""
    return halves(
        lambda a, b: getattr(layers, name)(**options)(
            [layers.Dense(3)(a), layers.Dense(3, "tanh")(b)]
        )
    )


def _words(layer: str, vocabulary, **options) -> Build:
    """A look-up followed by an embedding of what it found."""
    return lambda x: layers.Embedding(12, 3)(
        getattr(layers, layer)(vocabulary=vocabulary, **options)(x)
    )


ALL = (1, 2, 3)
LAYERS = entries(
    SUPPORTED,
    {
        "Activation": _of("Activation", "tanh"),
        "ActivityRegularization": _of("ActivityRegularization", 0.1),
        "BatchNormalization": _of("BatchNormalization"),
        "Dense": _of("Dense", 3, "relu"),
        "ELU": _of("ELU"),
        "EinsumDense": Probe(_of("EinsumDense", "abc,cd->abd", (4, 2), bias_axes="d"), STEPS),
        "Flatten": Probe(_of("Flatten"), STEPS),
        "GroupNormalization": Probe(_of("GroupNormalization", 2), (3, 4)),
        "Identity": _of("Identity"),
        "Lambda": _of("Lambda", keras.ops.sin),
        "LayerNormalization": _of("LayerNormalization"),
        "LeakyReLU": _of("LeakyReLU"),
        "Masking": Probe(_of("Masking"), STEPS),
        "Normalization": lambda x: layers.Normalization(
            mean=[0.1, 0.2, 0.3, 0.4], variance=[1.0, 2.0, 0.5, 1.5]
        )(x),
        "PReLU": _of("PReLU"),
        "Permute": Probe(_of("Permute", (2, 1)), STEPS),
        "Pipeline": _of("Pipeline", [layers.Rescaling(0.5, 0.1), layers.Activation("tanh")]),
        "RMSNormalization": _of("RMSNormalization"),
        "ReLU": _of("ReLU", 1.5, 0.1),
        "RepeatVector": _of("RepeatVector", 3),
        "Rescaling": _of("Rescaling", 0.5, 0.1),
        "Reshape": _of("Reshape", (2, 2)),
        "Softmax": _of("Softmax"),
        "SpectralNormalization": lambda x: layers.SpectralNormalization(layers.Dense(3))(x),
        "UnitNormalization": _of("UnitNormalization"),
        "Wrapper": lambda x: _Wrapped(layers.Dense(3))(x),
        "Layer": lambda x: _Squared()(x),
        "InputLayer": lambda x: keras.Sequential([layers.InputLayer((4,)), layers.Dense(3)])(x),
        "Input": lambda x: keras.Model(i := layers.Input((4,)), layers.Dense(3)(i))(x),
        "TimeDistributed": Probe(lambda x: layers.TimeDistributed(layers.Dense(2))(x), STEPS),
        # Two branches of one input.
        **{name: _two(name) for name in "Add Average Concatenate Maximum Minimum Multiply".split()},
        "Subtract": _two("Subtract"),
        "Dot": _two("Dot", axes=1),
        **{
            name: (
                lambda f: halves(lambda a, b: f([layers.Dense(3)(a), layers.Dense(3, "tanh")(b)]))
            )(getattr(layers, name))
            for name in "add average concatenate maximum minimum multiply subtract".split()
        },
        "dot": halves(lambda a, b: layers.dot([a, layers.Dense(2)(b)], axes=1)),
        "Attention": Probe(lambda x: layers.Attention()([x, layers.Dense(3)(x)]), STEPS),
        "AdditiveAttention": Probe(
            lambda x: layers.AdditiveAttention()([x, layers.Dense(3)(x)]), STEPS
        ),
        "MultiHeadAttention": Probe(lambda x: layers.MultiHeadAttention(2, 2)(x, x), STEPS),
        "GroupQueryAttention": Probe(lambda x: layers.GroupQueryAttention(2, 4, 2)(x, x), STEPS),
        # Recurrent.
        "GRU": Probe(_of("GRU", 3), STEPS),
        "LSTM": Probe(_of("LSTM", 3), STEPS),
        "SimpleRNN": Probe(_of("SimpleRNN", 3), STEPS),
        "Bidirectional": Probe(lambda x: layers.Bidirectional(layers.GRU(2))(x), STEPS),
        "RNN": Probe(lambda x: layers.RNN(layers.LSTMCell(3))(x), STEPS),
        "GRUCell": Probe(lambda x: layers.RNN(layers.GRUCell(3))(x), STEPS),
        "LSTMCell": Probe(
            lambda x: layers.RNN(layers.LSTMCell(3), return_sequences=True)(x), STEPS
        ),
        "SimpleRNNCell": Probe(lambda x: layers.RNN(layers.SimpleRNNCell(3))(x), STEPS),
        "StackedRNNCells": Probe(
            lambda x: layers.RNN(layers.StackedRNNCells([layers.GRUCell(2), layers.LSTMCell(2)]))(
                x
            ),
            STEPS,
        ),
        "ConvLSTM1D": Probe(_of("ConvLSTM1D", 2, 2), (3, 5, 1)),
        "ConvLSTM2D": Probe(_of("ConvLSTM2D", 2, 2), (3, 4, 4, 1)),
        "ConvLSTM3D": Probe(_of("ConvLSTM3D", 2, 2), (2, 3, 3, 3, 1)),
        # Space.
        **_family("Conv{}D", ALL, 3, 2, activation="relu"),
        **_family("Convolution{}D", ALL, 3, 2, padding="same", dilation_rate=2),
        **_family("Conv{}DTranspose", ALL, 2, 2),
        **_family("Convolution{}DTranspose", ALL, 2, 3, strides=2, padding="same"),
        **_family("DepthwiseConv{}D", (1, 2), 2, depth_multiplier=2),
        **_family("SeparableConv{}D", (1, 2), 3, 2),
        **_family("SeparableConvolution{}D", (1, 2), 3, 2, padding="same"),
        **_family("AveragePooling{}D", ALL, 2),
        **_family("AvgPool{}D", ALL, 2, padding="same"),
        **_family("MaxPooling{}D", ALL, 2),
        **_family("MaxPool{}D", ALL, 3, strides=2, padding="same"),
        **_family("GlobalAveragePooling{}D", ALL),
        **_family("GlobalAvgPool{}D", ALL, keepdims=True),
        **_family("GlobalMaxPooling{}D", ALL),
        **_family("GlobalMaxPool{}D", ALL, keepdims=True),
        **_family("AdaptiveAveragePooling{}D", ALL, 3),
        **_family("AdaptiveMaxPooling{}D", ALL, 3),
        **_family("Cropping{}D", ALL, 1),
        **_family("UpSampling{}D", ALL, 2),
        **_family("ZeroPadding{}D", ALL, 1),
        "CenterCrop": Probe(_of("CenterCrop", 4, 4), COLOUR),
        "Resizing": Probe(_of("Resizing", 5, 3), COLOUR),
        # Pictures, made other ones without chance.
        "AutoContrast": Probe(
            _of("AutoContrast", value_range=(0, 1)), (3, 3, 3), 0.05, 0.95, smooth=False
        ),
        "Solarization": Probe(
            _of("Solarization", 0.1, 0.6, value_range=(0, 1)), (3, 3, 3), 0.0, 1.0, smooth=False
        ),
        "STFTSpectrogram": Probe(
            lambda x: layers.STFTSpectrogram("log", 8, 4, 8)(x), (24, 1), smooth=False
        ),
        "MelSpectrogram": Probe(
            # In decibels it cuts off below the loudest of all samples: they depend on each other.
            lambda x: layers.MelSpectrogram(
                16, 8, 16, sampling_rate=100, num_mel_bins=4, power_to_db=False
            )(x),
            (48,),
            smooth=False,
        ),
        # Token ids, words and categories: contributions stay on their positions.
        "Embedding": Probe(_of("Embedding", 12, 3), (5,), 0, 12, smooth=False, dtype="int32"),
        "ReversibleEmbedding": Probe(
            _of("ReversibleEmbedding", 12, 3), (5,), 0, 12, smooth=False, dtype="int32"
        ),
        "IntegerLookup": Probe(
            _words("IntegerLookup", list(range(3, 9))), (5,), 0, 12, smooth=False, dtype="int32"
        ),
        "StringLookup": Probe(
            _words("StringLookup", list("abcdef")), (5,), 0, 8, smooth=False, dtype="string"
        ),
        "TextVectorization": Probe(
            _words("TextVectorization", list("abcdef"), output_sequence_length=4),
            (1,),
            0,
            8,
            smooth=False,
            dtype="string",
        ),
        "Hashing": Probe(
            lambda x: layers.Embedding(12, 3)(layers.Hashing(12)(x)),
            (5,),
            0,
            12,
            smooth=False,
            dtype="int32",
        ),
        "CategoryEncoding": Probe(
            _of("CategoryEncoding", 12, "multi_hot"), (5,), 0, 12, smooth=False, dtype="int32"
        ),
        "Discretization": Probe(
            lambda x: layers.Embedding(4, 3)(layers.Discretization([-1.0, 0.0, 1.0])(x)),
            smooth=False,
        ),
        "HashedCrossing": Probe(
            halves(lambda a, b: layers.Embedding(12, 3)(layers.HashedCrossing(12)((a, b)))),
            (2,),
            0,
            12,
            smooth=False,
            dtype="int32",
        ),
    },
)
HISTOGRAMS = entries(
    SUPPORTED,
    {
        "Equalization": _of("Equalization", value_range=(0, 255), bins=8),
        "ContrastLimitedAdaptiveHistogramEqualization": _of(
            "ContrastLimitedAdaptiveHistogramEqualization", tile_grid_size=(2, 2)
        ),
    },
    shape=COLOUR,
    low=0.0,
    high=255.0,
    smooth=False,
)
PASSING = entries(
    RANDOM,
    {
        "AlphaDropout": _of("AlphaDropout", 0.5),
        "Dropout": _of("Dropout", 0.5),
        "GaussianDropout": _of("GaussianDropout", 0.5),
        "GaussianNoise": _of("GaussianNoise", 0.5),
        "SpatialDropout1D": Probe(_of("SpatialDropout1D", 0.5), LINE),
        "SpatialDropout2D": Probe(_of("SpatialDropout2D", 0.5), IMAGE),
        # Pictures stay uncropped here, though Keras tells their size as if they were cropped.
        "RandomCrop": Probe(
            lambda x: layers.GlobalAveragePooling2D()(layers.RandomCrop(4, 4)(x)), COLOUR
        ),
        "SpatialDropout3D": Probe(_of("SpatialDropout3D", 0.5), VOLUME),
        **{
            name: Probe(_of(name, *arguments), COLOUR, 0.0, 255.0)
            for name, arguments in {
                "AugMix": (),
                "CutMix": (),
                "MixUp": (),
                "RandAugment": (),
                "RandomBrightness": (0.2,),
                "RandomColorDegeneration": (0.2,),
                "RandomColorJitter": (),
                "RandomContrast": (0.2,),
                "RandomElasticTransform": (),
                "RandomErasing": (),
                "RandomFlip": (),
                "RandomGaussianBlur": (),
                "RandomGrayscale": (),
                "RandomHue": (0.2,),
                "RandomInvert": (),
                "RandomPerspective": (),
                "RandomPosterization": (4,),
                "RandomRotation": (0.2,),
                "RandomSaturation": (0.2,),
                "RandomSharpness": (0.2,),
                "RandomShear": (0.2,),
                "RandomTranslation": (0.2, 0.2),
                "RandomZoom": (0.2,),
            }.items()
        },
    },
)


class _Wrapped(layers.Wrapper):
    def call(self, x):
        return self.layer(x)


class _Squared(layers.Layer):
    def call(self, x):
        return x * x


REFUSED_TODAY: dict[str, str] = {}
"""Name → the op that no rule covers yet."""

PROBES = (
    LAYERS
    | HISTOGRAMS
    | PASSING
    | entries(
        NO_FLOAT,
        dict.fromkeys(("InputSpec", "deserialize", "serialize"), "takes no tensor")
        | {"MaxNumBoundingBoxes": "takes a dictionary of boxes, and leaves pictures alone"},
    )
    | entries(
        FOREIGN,
        dict.fromkeys(
            "FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper".split(),
            "wraps a model of another framework, or one that only its saved graph knows",
        ),
    )
)

TABLE: dict[str, Entry] = refused(PROBES, REFUSED_TODAY)
