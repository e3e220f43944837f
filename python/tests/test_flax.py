"""flax, nnx and linen: skipped where it is not installed, or older than 0.12 (which needs Python 3.11)."""

import numpy as np
import pytest

import sublevel
from sublevel import models

pytest.importorskip("flax", "0.12")
jax = pytest.importorskip("jax")
from flax import linen, nnx  # noqa: E402

nn, jnp = jax.nn, jax.numpy
# Labels are drawn, and networks not trained on them.
pytestmark = pytest.mark.filterwarnings("ignore:.*is it the network that was trained")


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(40, 6)).astype(np.float32), rng.integers(0, 3, 40)


class Net(nnx.Module):
    """A chain with one place to fill."""

    def __init__(self, middle=nn.relu, end=lambda x: x, seed=0, bias=True):
        rngs = nnx.Rngs(seed)
        self.hidden, self.head = nnx.Linear(6, 8, rngs=rngs, use_bias=bias), nnx.Linear(8, 3, rngs=rngs)
        self.drop, self.middle, self.end = nnx.Dropout(0.5, rngs=rngs), middle, end

    def __call__(self, x):
        x = x.reshape(len(x), -1)
        return self.end(self.head(self.drop(self.middle(self.hidden(x)))))


def outputs(model, X):
    if isinstance(model, tuple):
        return np.asarray(model[0].apply(model[1], X))
    evaluated = nnx.clone(model)
    evaluated.eval()
    return np.asarray(evaluated(X))


def agrees(model, X, y, *, exactly=True):
    """The model against itself: the comparison of outputs, and the way back."""
    found = sublevel.barrier(model, model, X, y, tolerance=1e-2, progress=False)
    assert any("agree" in note for note in found.read)
    again, ours = (outputs(one, X) for one in (found.path(0), model))
    assert np.array_equal(again, ours) if exactly else np.allclose(again, ours, atol=1e-5)
    return found


ACTIVATIONS = {
    "relu": [nn.relu, lambda x: jnp.maximum(x, 0), lambda x: jnp.maximum(0, x), jax.jit(nn.relu), jax.checkpoint(nn.relu)],
    "leaky-relu=0.01": [nn.leaky_relu], "leaky-relu=0.3": [lambda x: nn.leaky_relu(x, 0.3)], "elu": [nn.elu],
    "elu=0.5": [lambda x: nn.elu(x, alpha=0.5)], "hard-tanh": [nn.hard_tanh], "softplus": [nn.softplus], "sigmoid": [nn.sigmoid],
    "tanh": [jnp.tanh, nnx.tanh], "abs": [jnp.abs],
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_agrees_with_the_forward_pass(data, name):
    for function in ACTIVATIONS[name]:
        model = Net(function)
        agrees(model, *data)
        # Without X the shape is found.
        assert models.read(model).activation == models._sublevel.canonical(name) and not model.drop.deterministic


def trained(model, X, y):
    import optax

    optimizer = nnx.Optimizer(model, optax.adam(0.02), wrt=nnx.Param)

    def loss(model):
        return optax.softmax_cross_entropy_with_integer_labels(model(X), y).mean()

    for _ in range(30):
        optimizer.update(model, nnx.grad(loss)(model))
    return model


def test_two_trained_modules_end_to_end(data):
    pytest.importorskip("optax")
    X = data[0]
    y = X[:, :3].argmax(axis=1)
    a, b = (trained(Net(seed=seed), X, y) for seed in (1, 2))
    found = sublevel.connect(a, b, X, y, bend=True)
    assert found.check().claim == "connected"
    vertices = found.to_models()
    assert all(isinstance(vertex, Net) for vertex in vertices)
    for vertex, end in ((vertices[0], a), (vertices[-1], b)):
        assert np.array_equal(outputs(vertex, X), outputs(end, X)) and vertex is not end
    # A model's own loss stays below the certified bound, up to its own rounding.
    for t in np.linspace(0, len(found.moves), 7):
        logs = np.asarray(nn.log_softmax(outputs(found.path(float(t)), X)))
        assert -logs[np.arange(40), y].mean() <= found.at_most * (1 + 1e-5)
    assert len(found.plot().axes) == 2


def test_a_sequential_and_what_stands_at_the_end(data):
    X, y = data
    rngs = nnx.Rngs(0)
    agrees(nnx.Sequential(nnx.Linear(6, 8, rngs=rngs), nn.relu, nnx.Dropout(0.5, rngs=rngs), nnx.Linear(8, 3, rngs=rngs)), X, y)
    agrees(Net(), X.reshape(40, 2, 3), y)
    for end, name in ((nn.softmax, "softmax"), (nn.log_softmax, "log-softmax")):
        assert any(f"the {name} at the end" in note for note in agrees(Net(end=end), X, y).read)


def test_a_layer_without_a_bias(data):
    X, y = data
    a, b = (Net(seed=seed, bias=False) for seed in (1, 2))
    assert sublevel.barrier(a, b, X, y, tolerance=1e-2).path(0.5)(X).shape == (40, 3)
    read = models.read(a)
    network = read.network.layers()
    network[0][1][0] = 1.0
    with pytest.raises(ValueError, match="`hidden`.* has no bias"):
        read.rebuild(network)


def test_weights_of_ones_own(data):
    class Own(nnx.Module):
        def __init__(self, seed):
            draw = np.random.default_rng(seed).normal
            self.w, self.b = nnx.Param(jnp.asarray(draw(size=(6, 8)))), nnx.Param(jnp.asarray(draw(size=8)))
            self.head = nnx.Param(jnp.asarray(draw(size=(3, 8))))

        def __call__(self, x):
            return jnp.tanh(x @ self.w + self.b) @ self.head.T

    X, y = data
    # The matrix of the last layer is turned on the way: there is no module of this class with other weights.
    found = sublevel.barrier(Own(1), Own(2), X, y, tolerance=1e-2)
    assert isinstance(found.path(0.5), nnx.Sequential)
    assert np.allclose(found.path(0)(X), Own(1)(X), atol=1e-5)


def perturbed(norm):
    rng = np.random.default_rng(1)
    for array in (norm.scale, norm.bias, norm.mean, norm.var):
        array[...] = jnp.asarray(rng.uniform(0.5, 2, 8), jnp.float32)
    return norm


@pytest.mark.parametrize("order", ["before", "after"])
def test_batch_normalisation_is_folded(data, order):
    rngs = nnx.Rngs(0)
    norm = perturbed(nnx.BatchNorm(8, rngs=rngs))
    middle = (norm, nn.relu) if order == "before" else (nn.relu, norm)
    found = agrees(nnx.Sequential(nnx.Linear(6, 8, rngs=rngs), *middle, nnx.Linear(8, 3, rngs=rngs)), *data, exactly=False)
    assert any(f"{order} activation, were folded" in note for note in found.read)
    # As is what is scaled: SELU is an ELU.
    agrees(Net(nn.selu), *data, exactly=False)


class Compact(linen.Module):
    """As flax writes them: with an argument for training."""

    norm: bool = False

    @linen.compact
    def __call__(self, x, train: bool):
        x = linen.Dense(8)(x)
        x = linen.BatchNorm(use_running_average=not train)(x) if self.norm else x
        x = linen.Dropout(0.5, deterministic=not train)(linen.relu(x))
        return linen.Dense(3)(x)


def test_linen(data):
    X, y = data
    module = linen.Sequential([linen.Dense(8), linen.tanh, linen.Dense(3)])
    a, b = ((module, module.init(jax.random.key(seed), X)) for seed in (1, 2))
    found = sublevel.barrier(a, b, X, y, tolerance=1e-2)
    assert found.check().claim == "barrier" and np.array_equal(outputs(found.path(1), X), outputs(b, X))
    # The parameters alone will do.
    sublevel.barrier((module, a[1]["params"]), b, X, y, tolerance=1e-2)
    with pytest.raises(ValueError, match=r"pair \(module, variables\)"):
        sublevel.barrier(module, module, X, y)


@pytest.mark.parametrize("norm", [False, True])
def test_a_compact_module(data, norm):
    X, y = data
    module = Compact(norm=norm)
    a, b = ((module, module.init(jax.random.key(seed), X, train=False)) for seed in (1, 2))
    found = sublevel.barrier(a, b, X, y, tolerance=1e-2)
    again, variables = found.path(0)
    options = {} if norm else {"train": False}
    assert isinstance(again, linen.Sequential if norm else Compact)
    assert np.allclose(again.apply(variables, X, **options), module.apply(a[1], X, train=False), atol=1e-5)


class Fill(nnx.Module):
    """Modules, and how they are called."""

    def __init__(self, call, **parts):
        self.call = call
        for name, part in parts.items():
            setattr(self, name, part)

    def __call__(self, x):
        return self.call(self, x)


class Two(Net):
    def __call__(self, x, z):
        return self.head(nn.relu(self.hidden(x) + z))


def test_what_is_not_covered_is_refused_by_name(data):
    X, y = data
    rngs = nnx.Rngs(0)

    def filled(call):
        return Fill(call, first=nnx.Linear(6, 6, rngs=rngs), head=nnx.Linear(6, 3, rngs=rngs))

    conv = Fill(
        lambda model, x: model.head(nn.relu(model.conv(x)).reshape(len(x), -1)), conv=nnx.Conv(1, 2, (3, 3), rngs=rngs),
        head=nnx.Linear(128, 3, rngs=rngs),
    )
    for model, words in [
        (Net(nn.gelu), "its layer `gelu`"), (Net(nn.silu), "`silu` takes more"), (Net(nn.relu6), "`relu6`"),
        (Net(nnx.LayerNorm(8, rngs=rngs)), "its layer `LayerNorm`"), (Net(lambda x: x * x), "a call of `mul`"),
        (Net(lambda x: nn.relu(jnp.sort(x))), "a call of `sort`"), (conv, "its layer `conv` is a call of `conv_general_dilated`"),
        (filled(lambda model, x: model.head(x + nn.relu(model.first(x)))), "takes more than the output"),
        (filled(lambda model, x: model.head(nn.relu(model.first(nn.relu(model.first(x)))))), "`first` is used twice"),
        (filled(lambda model, x: model.head(nn.relu(model.first((x - 0.5) / 0.25)))), "a call of `sub`"),
        (filled(lambda model, x: (model.head(nn.relu(model.first(x))), x)), "returns more"),
        (filled(lambda model, x: model.head(x if x.sum() > 0 else -x)), "jax cannot follow its call"),
        (filled(lambda model, x: model.head(model.first(x))), "no activation stands before `head`"),
        (filled(lambda model, x: model.head(nn.relu(model.first(x) + jnp.ones((len(x), 1)).cumsum(0)))), "another number for each sample"),
        (Two(), "of which `z` is one"),
    ]:
        with pytest.raises(ValueError, match=words):
            sublevel.barrier(model, model, np.zeros((40, 8, 8, 1), np.float32) if model is conv else X, y)


def test_what_depends_on_the_numbers_is_caught(data):
    X, y = data
    seen = []

    def middle(x):
        # Traced it is one function, called on numbers another.
        seen.append(x)
        return nn.relu(x) if isinstance(x, jax.core.Tracer) else nn.relu(2 * x)

    with pytest.raises(ValueError, match="computes something else than the layers that were read"):
        sublevel.barrier(Net(middle), Net(middle), X, y)
    assert seen
