"""What is given and means something else, or nothing: refused, or taken as it is meant."""

import numpy as np
import pytest

import sublevel
from sublevel import models


def networks(widths, count=2, dtype=np.float32):
    rng = np.random.default_rng(1)
    return [
        [(rng.normal(size=pair).astype(dtype), rng.normal(size=pair[1]).astype(dtype)) for pair in zip(widths, widths[1:])]
        for _ in range(count)
    ]


# The models are not trained.
pytestmark = pytest.mark.filterwarnings("ignore")

X = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)
Y = np.arange(12) % 3
RELU = {"activation": "relu", "progress": False}


@pytest.fixture(scope="module")
def connected():
    a, b = networks([4, 24, 3])
    return a, b, sublevel.connect(a, b, X, Y, **RELU)


def test_options_of_another_way_are_refused():
    a, b = networks([4, 24, 3])
    for options, words in [
        ({"bends": 3}, "bends are about bends that are trained"),
        ({"steps": 9, "seed": 1}, "steps and seed are about"),
        ({"bend": 3}, "bend = 3 is neither True nor False"),
        ({"bend": True, "steps": -1}, "steps = -1"),
        ({"bend": True, "bends": 65}, "bends = 65"),
        ({"bend": True, "theorem": "5.1"}, "bend and theorem exclude each other"),
        ({"via": np.zeros(3)}, "expected a list of models"),
    ]:
        with pytest.raises(ValueError, match=words):
            sublevel.connect(a, b, X, Y, **RELU, **options)
    for options, words in [
        ({"below": 5, "tolerance": 1e-3}, "below and tolerance exclude each other"),
        ({"budget": -1}, "budget = -1"),
        ({"class_weights": "123"}, "no list of numbers"),
    ]:
        with pytest.raises(ValueError, match=words):
            sublevel.barrier(a, b, X, Y, **RELU, **options)
    for options, words in [
        ({"connected": True, "plane": [0, 1, 2]}, "connected and plane exclude each other"),
        ({"connected": True, "census": True}, "census and connected exclude each other"),
        ({"features": [0.7]}, "feature = 0.7 is no whole number"),
        ({"disconnected": True}, "disconnected = True is no whole number"),
        ({"plane": [0.0, 1, 2]}, "sample = 0.0 is no whole number"),
        ({"plane": [0, 1, -1]}, "sample = -1 is no whole number"),
        ({"cell_limit": 0}, "cell_limit = 0"),
    ]:
        with pytest.raises(ValueError, match=words):
            sublevel.regions(a, X, **RELU, **options)
    with pytest.raises(ValueError, match="sample = -1"):
        sublevel.class_path(a, X, -1, 0, **RELU)
    with pytest.raises(ValueError, match="precision = -1"):
        sublevel.independent(a, X, precision=-1, **RELU)
    for options in ({"epsilon": 0}, {"epsilon": 0.1, "alpha": -1}):
        with pytest.raises(ValueError, match="is not positive"):
            sublevel.descend(a, X, Y, **RELU, **options)


def test_weights_of_classes_have_their_names():
    a, _ = networks([4, 6, 3])
    listed = sublevel.barrier(a, a, X, Y, class_weights=[1, 1, 10], **RELU)
    named = sublevel.barrier(a, a, X, Y, class_weights={2: 10, 0: 1, 1: 1}, **RELU)
    assert named.start == listed.start != sublevel.barrier(a, a, X, Y, **RELU).start
    with pytest.raises(ValueError, match=r"one weight for each of \[0, 1, 2\]"):
        sublevel.barrier(a, a, X, Y, class_weights={1: 1, 2: 1}, **RELU)


def test_whole_numbers_are_values_for_one_output_and_a_square_loss():
    a, b = networks([4, 6, 1])
    counts = Y + 5
    whole = sublevel.barrier(a, b, X, counts, loss="mean-square", **RELU)
    assert whole.start == sublevel.barrier(a, b, X, counts.astype(float), **RELU | {"loss": "mean-square"}).start
    with pytest.raises(ValueError, match="labels are whole numbers"):
        sublevel.barrier(*networks([4, 6, 3]), X, Y.astype(float), **RELU)
    with pytest.raises(ValueError, match="y has no entries"):
        sublevel.barrier(a, b, X, 3, **RELU)


def test_regressors_have_no_labels():
    sklearn = pytest.importorskip("sklearn.neural_network")
    fit = [sklearn.MLPRegressor(hidden_layer_sizes=(5,), max_iter=5, random_state=seed) for seed in (0, 1)]
    counts = Y.astype(float)
    a, b = [model.fit(X, counts) for model in fit]
    found = sublevel.barrier(a, b, X, Y, progress=False)
    assert found.start == sublevel.barrier(a, b, X, counts, progress=False).start
    assert not any("accuracy" in note for note in found.read)


def test_classes_of_both_ends_are_the_same():
    sklearn = pytest.importorskip("sklearn.neural_network")
    a, b = [sklearn.MLPClassifier(hidden_layer_sizes=(5,), max_iter=5, random_state=seed) for seed in (0, 1)]
    a.fit(X, np.array(["cat", "dog", "eel"])[Y])
    b.fit(X, np.array(["dog", "eel", "fox"])[Y])
    with pytest.raises(ValueError, match="cat.*fox.*stand for other things"):
        sublevel.barrier(a, b, X, None, progress=False)
    b.fit(X, np.array(["cat", "dog", "eel"])[Y])
    column = np.array(["cat", "dog", "eel"])[Y][:, None]
    assert sublevel.barrier(a, b, X, column, progress=False).start
    with pytest.raises(ValueError, match=r"shape \[12, 3\]"):
        sublevel.barrier(a, b, X, np.eye(3)[Y], progress=False)


def test_halves_round_as_halves_do():
    a, b = networks([4, 6, 3], dtype=np.float16)

    def rounded(layers):
        hidden = np.maximum((X.astype(np.float16) @ layers[0][0] + layers[0][1]), 0)
        return (hidden @ layers[1][0] + layers[1][1]).astype(float)

    found = sublevel.barrier(a, b, X, Y, outputs=(rounded(a), rounded(b)), **RELU)
    assert any("agree with the outputs that were given" in note for note in found.read)
    with pytest.raises(ValueError, match="something else than the layers"):
        sublevel.barrier(a, b, X, Y, outputs=(rounded(a), rounded(b) + 1), **RELU)


def test_shares_of_0_and_1_say_little():
    read = models.read(networks([4, 6, 3], 1)[0], activation="relu")
    read.applied, setting = "sigmoid", sublevel._sublevel.Setting("relu", X, None, None, 3, None, None)
    outputs = setting.levels(read.network)[-1]
    assert "says little" not in models.compare(read, setting, X, "relu", 1 / (1 + np.exp(-outputs)))
    large = [(weight * 1000, bias * 1000) for weight, bias in networks([4, 6, 3], 1)[0]]
    read = models.read(large, activation="relu")
    read.applied, outputs = "sigmoid", setting.levels(read.network)[-1]
    assert "says little" in models.compare(read, setting, X, "relu", (outputs > 0).astype(float))
    # Large outputs that are near each other have other shares.
    (hidden, (weight, bias)) = networks([4, 6, 3], 1)[0]
    read = models.read([hidden, (weight, bias + 100)], activation="relu")
    read.applied, outputs = "softmax", setting.levels(read.network)[-1]
    shares = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    assert "says little" not in models.compare(read, setting, X, "relu", shares / shares.sum(axis=1, keepdims=True))


def test_a_check_compares_what_it_is_given(connected):
    a, b, found = connected
    check = lambda **options: sublevel.check(found, progress=False, **options)  # noqa: E731
    assert check(start=a, end=b, activation="relu").claim == "connected"
    with pytest.raises(ValueError, match="y and loss are compared together with X"):
        check(start=a, end=b, y=Y, loss="hinge", activation="relu")
    for options in ({}, {"start": a}):
        with pytest.raises(ValueError, match="activation is tanh, and the certificate is about"):
            check(activation="tanh", **options)
        with pytest.raises(sublevel.InvalidCertificate):
            check(activation="leaky-relu=0.5", **options)
    with pytest.raises(ValueError, match="no dictionary"):
        check(limits=[1])


def test_an_activation_of_a_graph_is_compared_with_a_model():
    (a,) = networks([4, 24, 3], 1)
    for sigma, other in (("tanh", "sigmoid"), ("relu", "tanh")):
        found = sublevel.independent(a, X, activation=sigma, progress=False)
        assert found.check(progress=False).claim
        with pytest.raises(ValueError, match="give start or end"):
            sublevel.check(found, activation=other, progress=False)
        with pytest.raises(ValueError, match="activation=… is missing"):
            sublevel.check(found, start=a, progress=False)
        with pytest.raises(sublevel.InvalidCertificate):
            sublevel.check(found, start=a, X=X, activation=other, progress=False)


def test_an_order_is_checked_for_every_activation():
    a, b = networks([4, 6, 3])
    found = sublevel.align(a, b, X, Y, **RELU)
    assert sublevel.check(found, start=b, end=found.model, activation="relu", progress=False).claim
    with pytest.raises(ValueError, match="nothing in a certificate of this claim"):
        sublevel.check(found, start=b, X=X, y=Y, activation="relu", progress=False)


def test_what_is_no_certificate_is_not_replaced(connected, tmp_path):
    certificate = connected[2].certificate
    other = tmp_path / "network.npz"
    other.write_bytes(b"PK\x03\x04 weights")
    with pytest.raises(ValueError, match="is no certificate: give another name"):
        certificate.save(other)
    assert other.read_bytes() == b"PK\x03\x04 weights"
    own = tmp_path / "path.jsonl"
    certificate.save(own)
    certificate.save(own)
    assert sublevel.check(own, progress=False).claim == "connected"


def test_the_theorem_that_was_asked_for_is_named():
    a, b = networks([4, 6, 3])
    with pytest.raises(sublevel.HypothesisNotMet, match=r"^Theorem 5.1 \(wide first layer\) does not apply:") as refused:
        sublevel.connect(a, b, X, Y, theorem="5.1", **RELU)
    assert refused.value.reasons
