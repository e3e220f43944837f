"""Keras, with whatever backend it has here: skipped where it is not installed."""

import os

import numpy as np
import pytest

import sublevel
from sublevel import models

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")
# Labels are drawn, and networks not trained on them.
pytestmark = pytest.mark.filterwarnings("ignore:.*is it the network that was trained")
layers, ops = keras.layers, keras.ops


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(40, 6)).astype(np.float32), rng.integers(0, 3, 40)


def sequential(*middle, seed=0, end=None, bias=True):
    keras.utils.set_random_seed(seed)
    return keras.Sequential([keras.Input((6,)), layers.Dense(8, use_bias=bias), *middle, layers.Dense(3, activation=end)])


def functional(function):
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(3)(layers.Dropout(0.5)(function(layers.Dense(8)(x)))))


class Own(keras.Model):
    """A class with a call of its own."""

    def __init__(self, call):
        super().__init__()
        self.hidden, self.drop, self.head, self.how = layers.Dense(8), layers.Dropout(0.5), layers.Dense(3), call

    def call(self, x, training=False):
        return self.how(self, x)


def own(call, X):
    model = Own(call)
    model(X)
    return model


def agrees(model, X, y, *, exactly=True):
    """The model against itself: the comparison of outputs, and the way back."""
    found = sublevel.barrier(model, model, X, y, tolerance=1e-2, progress=False)
    assert any("agree" in note for note in found.read)
    again, ours = (keras.ops.convert_to_numpy(one(X, training=False)) for one in (found.path(0), model))
    assert np.array_equal(again, ours) if exactly else np.allclose(again, ours, atol=1e-5)
    return found


ACTIVATIONS = [
    (layers.ReLU(), "relu"), (layers.ReLU(negative_slope=0.1), "leaky-relu=0.1"), (layers.LeakyReLU(negative_slope=0.3), "leaky-relu=0.3"),
    (layers.ELU(alpha=0.5), "elu=0.5"), ("elu", "elu"), ("leaky_relu", "leaky-relu=0.2"), ("hard_tanh", "hard-tanh"), ("sigmoid", "sigmoid"),
    ("tanh", "tanh"), ("softplus", "softplus"),
]


@pytest.mark.parametrize("given, name", ACTIVATIONS, ids=lambda one: one if isinstance(one, str) else type(one).__name__)
def test_every_activation_agrees_with_the_forward_pass(data, given, name):
    layer = layers.Activation(given) if isinstance(given, str) else given
    model = sequential(layer, layers.Dropout(0.5))
    agrees(model, *data)
    assert models.read(model).activation == models._sublevel.canonical(name)


@pytest.mark.parametrize("function, name", [
    (ops.relu, "relu"), (lambda x: ops.leaky_relu(x, 0.1), "leaky-relu=0.1"), (lambda x: ops.elu(x, 0.5), "elu=0.5"), (ops.abs, "abs"),
    (ops.hard_tanh, "hard-tanh"), (ops.softplus, "softplus"), (ops.sigmoid, "sigmoid"), (ops.tanh, "tanh"),
], ids=lambda one: one if isinstance(one, str) else "")
def test_operations_of_a_functional_model(data, function, name):
    model = functional(function)
    found = agrees(model, *data)
    assert models.read(model).activation == models._sublevel.canonical(name)
    assert type(found.path(0)) is type(model)


def test_two_trained_models_end_to_end(data):
    X = data[0]
    y = X[:, :3].argmax(axis=1)

    def trained(seed):
        model = sequential(layers.ReLU(), seed=seed, end="softmax")
        model.compile(optimizer=keras.optimizers.Adam(0.02), loss="sparse_categorical_crossentropy")
        model.fit(X, y, epochs=20, verbose=0)
        return model

    a, b = trained(1), trained(2)
    found = sublevel.connect(a, b, X, y, bend=True)
    assert found.check().claim == "connected" and any("softmax" in note for note in found.read)
    vertices = found.to_models()
    for vertex, end in ((vertices[0], a), (vertices[-1], b)):
        assert all((x == y).all() for x, y in zip(vertex.get_weights(), end.get_weights()))
    # A model's own loss stays below the certified bound, up to its own rounding.
    loss = keras.losses.SparseCategoricalCrossentropy()
    for t in np.linspace(0, len(found.moves), 7):
        assert float(loss(y, found.path(float(t))(X))) <= found.at_most * (1 + 1e-5)
    assert len(found.plot().axes) == 2


@pytest.mark.parametrize("middle", [(layers.BatchNormalization(), layers.ReLU()), (layers.ReLU(), layers.BatchNormalization())], ids=["before", "after"])
def test_batch_normalisation_is_folded(data, middle):
    model = sequential(*middle)
    norm = next(layer for layer in model.layers if isinstance(layer, layers.BatchNormalization))
    rng = np.random.default_rng(1)
    norm.set_weights([rng.uniform(0.5, 2, 8) for _ in range(4)])
    found = agrees(model, *data, exactly=False)
    assert any("folded" in note for note in found.read)


def test_chains_of_other_shapes(data):
    X, y = data
    nested = keras.Sequential([keras.Input((6,)), sequential(layers.ReLU()), layers.ReLU(), layers.Dense(3)])
    assert agrees(nested, X, y).widths == [6, 8, 3, 3]
    agrees(keras.Sequential([keras.Input((6,)), layers.Dense(8, activation=layers.LeakyReLU(negative_slope=0.1)), layers.Dense(3)]), X, y)
    found = agrees(own(lambda model, x: model.head(model.drop(ops.relu(model.hidden(x)))), X), X, y)
    assert isinstance(found.path(0.5), keras.Sequential)
    rows = keras.Sequential([keras.Input((2, 3)), layers.Flatten(), layers.Dense(8, activation="tanh"), layers.Dense(3)])
    agrees(rows, X.reshape(40, 2, 3), y)


def test_a_layer_without_a_bias(data):
    X, y = data
    a, b = (sequential(layers.ReLU(), seed=seed, bias=False) for seed in (1, 2))
    assert sublevel.barrier(a, b, X, y, tolerance=1e-2).path(0.5)(X).shape == (40, 3)
    read = models.read(a)
    network = read.network.layers()
    network[0][1][0] = 1.0
    with pytest.raises(ValueError, match="layer `dense.* has no bias"):
        read.rebuild(network)


def test_what_is_not_covered_is_refused_by_name(data):
    X, y = data
    image = keras.Input((8, 8, 1))
    x, z = keras.Input((6,)), keras.Input((6,))
    twice = layers.Dense(6, activation="relu")

    class Norm(layers.Layer):
        def call(self, x):
            return x

    def branch(model, x):
        return model.head(x if x.sum() > 0 else -x)

    unbuilt = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(3)])
    for model, words in [
        (sequential(layers.LayerNormalization()), "a LayerNormalization"), (sequential(layers.Activation("gelu")), "the activation `gelu`"),
        (sequential(layers.Activation(lambda x: x)), "the activation `<lambda>`"), (sequential(layers.PReLU()), "a PReLU"),
        (sequential(Norm()), "a Norm"), (sequential(layers.ReLU(max_value=6.0)), "a ReLU"), (functional(ops.gelu), "a call of `Gelu`"),
        (functional(lambda x: ops.relu(x) + x), "`add.*` takes more"), (functional(lambda x: ops.relu(x - 1.0)), "a call of `Subtract`"),
        (keras.Model(image, layers.Dense(3)(layers.Flatten()(layers.Conv2D(2, 3)(image)))), "a Conv2D"),
        (keras.Model([x, z], layers.Dense(3)(layers.Concatenate()([x, z]))), "2 inputs"),
        (keras.Model(x, [layers.Dense(3)(x), layers.Dense(2)(x)]), "2 outputs"),
        (keras.Model(x, layers.Dense(3)(twice(twice(x)))), "is used twice"), (unbuilt, "call it on X once"),
        (sequential(layers.ReLU(), layers.Dense(8), layers.Activation("tanh")), "several activations"),
        (own(lambda model, x: (model.hidden(x), x), X), "more than the output"), (own(branch, X), "cannot be followed"),
        (own(lambda model, x: model.head(ops.relu(model.hidden(x)) + model.hidden(x)), X), "takes more"),
    ]:
        with pytest.raises(ValueError, match=words):
            sublevel.barrier(model, model, np.zeros((40, 8, 8, 1)) if words == "a Conv2D" else X, y)


def test_what_a_call_does_beside_its_layers_is_caught(data):
    X, y = data
    model = sequential(layers.ReLU())
    plain, model.call = model.call, lambda x, **options: plain(2 * x, **options)
    with pytest.raises(ValueError, match="computes something else than the layers that were read"):
        sublevel.barrier(model, model, X, y)
