"""Keras and flax: skipped where they are not installed."""

import os

import numpy as np
import pytest

import sublevel

os.environ.setdefault("KERAS_BACKEND", "jax")


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(40, 6)).astype(np.float32), rng.integers(0, 3, 40)


def test_keras(data):
    keras = pytest.importorskip("keras")
    X, y = data

    def model(seed, *middle):
        keras.utils.set_random_seed(seed)
        return keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, activation="relu"), *middle, keras.layers.Dense(3, activation="softmax")])

    a, b = model(1), model(2)
    found = sublevel.connect(a, b, X, y, bend=True)
    assert found.check().claim == "connected" and any("agree" in note for note in found.read)
    assert all((x == y).all() for x, y in zip(found.to_models()[-1].get_weights(), b.get_weights()))
    with pytest.raises(ValueError, match="LayerNormalization"):
        sublevel.barrier(*[model(1, keras.layers.LayerNormalization())] * 2, X, y)


def test_keras_batch_normalisation(data):
    keras = pytest.importorskip("keras")
    X, y = data
    layers = [keras.Input((6,)), keras.layers.Dense(8), keras.layers.BatchNormalization(), keras.layers.ReLU(), keras.layers.Dense(3)]
    model = keras.Sequential(layers)
    found = sublevel.barrier(model, model, X, y, tolerance=1e-2)
    assert any("folded" in note for note in found.read)


def test_flax_nnx(data):
    pytest.importorskip("flax")
    import jax
    from flax import nnx

    X, y = data

    def model(seed, activation=jax.nn.relu):
        rngs = nnx.Rngs(seed)
        return nnx.Sequential(nnx.Linear(6, 8, rngs=rngs), activation, nnx.Linear(8, 3, rngs=rngs))

    a, b = model(1), model(2)
    found = sublevel.connect(a, b, X, y, bend=True)
    assert found.check().claim == "connected"
    assert np.array_equal(np.asarray(found.to_models()[-1](X)), np.asarray(b(X)))
    with pytest.raises(ValueError, match="gelu"):
        sublevel.barrier(model(1, jax.nn.gelu), model(1, jax.nn.gelu), X, y)


def test_flax_linen(data):
    pytest.importorskip("flax")
    import jax
    from flax import linen

    X, y = data
    module = linen.Sequential([linen.Dense(8), linen.tanh, linen.Dense(3)])
    a, b = ((module, module.init(jax.random.key(seed), X)) for seed in (1, 2))
    found = sublevel.barrier(a, b, X, y, tolerance=1e-2)
    assert found.check().claim == "barrier"
    again, variables = found.path(1)
    assert np.array_equal(again.apply(variables, X), b[0].apply(b[1], X))
    with pytest.raises(ValueError, match=r"pair \(module, variables\)"):
        sublevel.barrier(module, module, X, y)
