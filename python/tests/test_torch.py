"""PyTorch: skipped where it is not installed."""

import numpy as np
import pytest

import sublevel
from sublevel import models

torch = pytest.importorskip("torch")
nn = torch.nn


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(40, 6)).astype(np.float32), rng.integers(0, 3, 40)


def sequential(*middle, inputs=6):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(inputs, 8), *middle, nn.Linear(8, 3))


ACTIVATIONS = [
    (nn.ReLU(), "relu"), (nn.LeakyReLU(0.2), "leaky-relu=0.2"), (nn.Hardtanh(), "hard-tanh"), (nn.Sigmoid(), "sigmoid"), (nn.Tanh(), "tanh"),
    (nn.Softplus(beta=2), "softplus=2"), (nn.ELU(0.5), "elu=0.5"), (nn.Identity(), None),
]


@pytest.mark.parametrize("module, name", ACTIVATIONS, ids=str)
def test_every_activation_agrees_with_the_forward_pass(data, module, name):
    X, y = data
    if name is None:
        with pytest.raises(ValueError, match="no activation stands before `2`"):
            sublevel.barrier(sequential(module), sequential(module), X, y)
        return
    model = sequential(module, nn.Dropout(0.5))
    found = sublevel.barrier(model, model, X, y, tolerance=1e-3)
    assert models.read(model).activation == models._sublevel.canonical(name)
    assert any("agree" in note for note in found.read) and model.training


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_two_sequentials_end_to_end(data, dtype):
    X = data[0]
    y = X[:, :3].argmax(axis=1)
    a, b = (train(nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 3)).to(dtype), X, y, seed) for seed in (1, 2))
    found = sublevel.connect(a, b, torch.from_numpy(X), torch.from_numpy(y), bend=True)
    assert found.check().claim == "connected"
    vertices = found.to_models()
    assert all(isinstance(vertex, nn.Sequential) and vertex[0].weight.dtype == dtype for vertex in vertices)
    for end, model in ((0, a), (-1, b)):
        assert all(torch.equal(x, y) for x, y in zip(vertices[end].parameters(), model.parameters()))
    loss = nn.CrossEntropyLoss()
    with torch.no_grad():
        for t in np.linspace(0, len(found.moves), 9):
            assert loss(found.path(float(t))(torch.from_numpy(X).to(dtype)), torch.from_numpy(y)) <= found.at_most * (1 + 1e-5)
    assert len(found.plot().axes) == 2


def train(model, X, y, seed):
    torch.manual_seed(seed)
    for layer in model:
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()
    dtype = model[0].weight.dtype
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(30):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(torch.from_numpy(X).to(dtype)), torch.from_numpy(y)).backward()
        optimizer.step()
    return model


def test_a_module_of_ones_own(data):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden, self.head = nn.Linear(6, 8, bias=False), nn.Linear(8, 3)

        def forward(self, x):
            x = x.view(x.size(0), -1)
            return nn.functional.log_softmax(self.head(torch.relu(self.hidden(x))), dim=1)

    X, y = data
    found = sublevel.barrier(Net(), Net(), X.reshape(40, 2, 3), y, tolerance=1e-2)
    assert any("log-softmax" in note for note in found.read)
    assert found.path(0.5)(torch.from_numpy(X)).shape == (40, 3)


def test_what_is_not_covered_is_refused_by_name(data):
    X, y = data

    class Skip(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(6, 6), nn.Linear(6, 3)

        def forward(self, x):
            return self.second(x + torch.relu(self.first(x)))

    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.same, self.head = nn.Linear(6, 6), nn.Linear(6, 3)

        def forward(self, x):
            return self.head(torch.relu(self.same(torch.relu(self.same(x)))))

    class Branch(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    for model, words in [
        (sequential(nn.GELU()), "`1` is a GELU"),
        (sequential(nn.LayerNorm(8), nn.ReLU()), "`1` is a LayerNorm"),
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3)), "`0` is a Conv2d"),
        (nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 3)), "several activations"),
        (nn.Sequential(nn.Linear(6, 3), nn.ReLU()), "ends with the activation"),
        (sequential(nn.Softmax(1)), "softmax before the last layer"),
        (Skip(), "`add` takes more"),
        (Twice(), "`same` is used twice"),
        (Branch(), "torch.fx cannot follow the forward of Branch"),
    ]:
        with pytest.raises(ValueError, match=words):
            sublevel.barrier(model, model, X, y)


def test_a_wrong_normalisation_is_caught(data):
    X, y = data
    model = sequential(nn.ReLU())
    assert any("agree" in note for note in sublevel.barrier(model, model, X, y, tolerance=1e-2).read)
    # The walk sees layers; what a hook does to X it does not see, and the outputs do.
    model.register_forward_pre_hook(lambda module, given: ((given[0] - 0.1307) / 0.3081,))
    with pytest.raises(ValueError, match=r"sample \d+, output \d+ .*normalised"):
        sublevel.barrier(model, model, X, y)


def test_a_normalisation_in_forward_is_refused_by_name(data):
    class Normalised(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = sequential(nn.ReLU())

        def forward(self, x):
            return self.net((x - 0.5) / 0.25)

    with pytest.raises(ValueError, match="`sub`"):
        sublevel.barrier(Normalised(), Normalised(), *data)


@pytest.mark.parametrize("middle", [(nn.BatchNorm1d(8), nn.ReLU()), (nn.ReLU(), nn.BatchNorm1d(8))], ids=["before", "after"])
def test_batch_normalisation_is_folded(data, middle):
    X, y = data
    model = sequential(*middle).double()
    norm = next(module for module in model if isinstance(module, nn.BatchNorm1d))
    with torch.no_grad():
        for array in (norm.weight, norm.running_mean, norm.running_var):
            array.uniform_(0.5, 2.0)
        norm.bias.uniform_(-1, 1)
    found = sublevel.barrier(model, model, X, y, tolerance=1e-2)
    assert any("folded" in note for note in found.read) and any("agree" in note for note in found.read)
    folded = found.path(0)
    with torch.no_grad():
        assert torch.allclose(folded(torch.from_numpy(X).double()), model.eval()(torch.from_numpy(X).double()), atol=1e-12)


def test_weights_that_are_computed_come_back_as_plain_layers(data):
    from torch.nn.utils import prune, weight_norm

    X, y = data

    def pruned(model):
        prune.l1_unstructured(model[0], "weight", amount=0.3)
        return model

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second, self.last = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 3)
            self.second.weight = self.first.weight

        def forward(self, x):
            return self.last(torch.relu(self.second(torch.relu(self.first(x)))))

    def normed():
        return nn.Sequential(weight_norm(nn.Linear(6, 8)), nn.ReLU(), nn.Linear(8, 3))

    plain = lambda: nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))  # noqa: E731
    for a, b in ([pruned(plain()), pruned(plain())], [normed(), normed()], [Tied(), Tied()]):
        found = sublevel.barrier(a, b, X, y, tolerance=1e-2)
        middle = found.path(0.5)
        weights = [(one + other) / 2 for pair in zip(models.read(a).network.layers(), models.read(b).network.layers()) for one, other in zip(*pair)]
        linears = [module for module in middle.modules() if isinstance(module, nn.Linear)]
        held = [part for module in linears for part in (module.weight.T, module.bias)]
        assert all(np.allclose(part.detach().numpy(), weight, atol=1e-6) for part, weight in zip(held, weights))
        with torch.no_grad():
            assert torch.allclose(found.path(1)(torch.from_numpy(X)), b(torch.from_numpy(X)), atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_halves_are_compared_as_halves(data, dtype):
    X, y = data
    a, b = [sequential(nn.ReLU()).to(dtype) for _ in range(2)]
    found = sublevel.barrier(a, b, X, y, tolerance=1e-2)
    assert any("agree with its own forward pass" in note for note in found.read)
    assert found.path(0.5)[0].weight.dtype == dtype


def test_a_forward_pass_that_fails_says_on_what(data):
    X, y = data
    with pytest.raises(ValueError, match=r"of the shape \[40, 1, 2, 3\], fails"):
        sublevel.barrier(sequential(nn.ReLU()), sequential(nn.ReLU()), X.reshape(40, 1, 2, 3), y)
