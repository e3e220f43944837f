"""What is read of models, what is refused, and what is caught."""

import fractions
import threading
import time

import numpy as np
import pytest

import sublevel
from conftest import load_data, load_network
from sublevel import models


def relu_lists(rng, widths, dtype=float):
    return [(rng.normal(size=pair).astype(dtype), rng.normal(size=pair[1]).astype(dtype)) for pair in zip(widths, widths[1:])]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_weights_are_exact_whatever_their_layout(rng):
    (W, b), *_ = layers = relu_lists(rng, [3, 4, 2])
    network = models.read(layers, activation="relu").network
    assert network.exact()[0][0][1][2] == fractions.Fraction(W[1, 2]) and network.exact()[0][1][3] == fractions.Fraction(b[3])
    turned = [(np.asfortranarray(W), b[::-1][::-1]) for W, b in layers]
    assert all((x == y).all() for ours, theirs in zip(network.layers(), models.read(turned, activation="relu").network.layers()) for x, y in zip(ours, theirs))
    single = [(W.astype(np.float32), b.astype(np.float32)) for W, b in layers]
    assert models.read(single, activation="relu").network.exact()[0][0][0][0] == fractions.Fraction(float(single[0][0][0, 0]))


def test_bad_lists_are_refused(rng):
    X = rng.normal(size=(5, 3))
    layers = relu_lists(rng, [3, 4, 2])
    for broken, words in [
        ([(layers[0][0].T, layers[0][1]), layers[1]], "layer 1"),
        ([layers[0], (layers[1][0][:3], layers[1][1])], "layer 2 has 3 inputs"),
        ([(np.full((3, 2), np.nan), np.zeros(2))], "NaN"),
        (["W"], "no pair"),
    ]:
        with pytest.raises(ValueError, match=words):
            sublevel.connect(broken, broken, X, activation="relu")
    with pytest.raises(ValueError, match="activation=… is missing"):
        sublevel.connect(layers, layers, X)
    with pytest.raises(ValueError, match="step"):
        sublevel.connect(layers, layers, X, activation="step")
    with pytest.raises(ValueError, match="4 features a sample, but a takes 3"):
        sublevel.connect(layers, layers, np.zeros((5, 4)), activation="relu")
    with pytest.raises(ValueError, match="3-5-2.*3-4-2"):
        sublevel.connect(layers, relu_lists(rng, [3, 5, 2]), X, activation="relu")
    with pytest.raises(ValueError, match="no model that is known"):
        sublevel.connect(object(), object(), X)


def test_classifiers_end_to_end(classifiers, digits, tmp_path):
    X, y = digits
    a, b = classifiers
    found = sublevel.connect(a, b, X, y, bend=True)
    assert found.check().claim == "connected" and found.at_most >= max(found.start[0], found.end[0])
    assert any("softmax" in note for note in found.read) and any("agree" in note for note in found.read)
    vertices = found.to_models()
    assert len(vertices) == len(found.moves) + 1
    assert (vertices[0].predict(X) == a.predict(X)).all() and (vertices[-1].predict(X) == b.predict(X)).all()
    # Between the ends a model's own loss stays below the certified bound, up to its own rounding.
    from sklearn.metrics import log_loss

    for t in np.linspace(0, len(found.moves), 7):
        assert log_loss(y, found.path(float(t)).predict_proba(X)) <= found.at_most * (1 + 1e-9)
    found.certificate.save(tmp_path / "c.path.jsonl.zst")
    assert sublevel.check(tmp_path / "c.path.jsonl.zst").claim == "connected"


def test_labels_have_the_models_names(digits):
    from sklearn.neural_network import MLPClassifier

    X, y = digits
    names = np.array(["zero", "one", "two"])[y[y < 3]]
    X = X[y < 3]
    model = MLPClassifier((4,), max_iter=400, random_state=0).fit(X, names)
    found = sublevel.barrier(model, model, X, names, tolerance=1e-3)
    from sklearn.metrics import log_loss

    assert abs(log_loss(names, model.predict_proba(X), labels=model.classes_) - found.start[0]) < 1e-6
    with pytest.raises(ValueError, match="three.*none of the model's classes"):
        sublevel.barrier(model, model, X, np.full(len(X), "three"))


def test_two_classes_have_one_output(digits):
    from sklearn.neural_network import MLPClassifier

    X, y = digits
    X, y = X[y < 2], y[y < 2]
    model = MLPClassifier((4,), activation="logistic", max_iter=400, random_state=0).fit(X, y)
    found = sublevel.barrier(model, model, X, y, tolerance=1e-3)
    assert found.loss["name"] == "binary-cross-entropy" and found.widths == [64, 4, 1]


def test_regression_has_the_square_loss(rng):
    from sklearn.neural_network import MLPRegressor

    X = rng.normal(size=(20, 3))
    y = X.sum(axis=1)
    model = MLPRegressor(hidden_layer_sizes=(5,), activation="tanh", max_iter=300, random_state=0).fit(X, y)
    found = sublevel.barrier(model, model, X, y, tolerance=1e-3)
    assert found.loss["name"] == "square" and found.start[0] == pytest.approx(0.5 * ((model.predict(X) - y) ** 2).sum(), rel=1e-6)


def test_a_pipeline_says_what_happens_to_X(digits):
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = digits
    model = make_pipeline(StandardScaler(), MLPClassifier((6,), max_iter=300, random_state=0)).fit(X, y)
    found = sublevel.barrier(model, model, X, y, tolerance=1e-2)
    assert any("went through standardscaler" in note for note in found.read)
    assert found.path(0).score(X, y) == model.score(X, y)
    # The classifier alone computes something else on X as it is than the pipeline does.
    with pytest.raises(ValueError, match="normalised"):
        sublevel.barrier(model[-1], model[-1], X, y, outputs=model.predict_proba(X))


def test_outputs_of_your_own_are_compared(rng):
    layers = relu_lists(rng, [3, 5, 2])
    X = rng.normal(size=(9, 3))

    def outputs(X):
        return np.maximum(X @ layers[0][0] + layers[0][1], 0) @ layers[1][0] + layers[1][1]

    y = rng.integers(0, 2, 9)
    assert any("agree" in note for note in sublevel.barrier(layers, layers, X, y, activation="relu", outputs=outputs(X)).read)
    with pytest.raises(ValueError, match="sample .*, output .*normalised"):
        sublevel.barrier(layers, layers, X, y, activation="relu", outputs=outputs((X - 0.1) / 0.9))
    with pytest.raises(ValueError, match="activation|rounding"):
        sublevel.barrier(layers, layers, X, y, activation="leaky-relu=0.01", outputs=outputs(X))


def test_not_fitted_is_said():
    from sklearn.neural_network import MLPClassifier

    with pytest.raises(ValueError, match="not fitted"):
        sublevel.connect(MLPClassifier(), MLPClassifier(), np.zeros((2, 3)))


def long_question():
    """A barrier that would be bisected for long: each sample is there 20 times."""
    X, y = load_data("digits-64.npz")
    a, b = (load_network(f"narrow-64-{end}.safetensors") for end in "ab")
    wanted = {"activation": "leaky-relu=0.01", "tolerance": 1e-15, "budget": 10**9}
    return lambda **more: sublevel.barrier(a, b, np.tile(X, (20, 1)), np.tile(y, 20), **wanted, **more)


def test_ctrl_c_is_heard():
    """The main thread returns soon after an interrupt, while the work would go on for long."""
    import signal

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        pytest.skip("SIGINT is ignored here, as it is in the background of a script: there is nothing to hear")
    ask = long_question()
    timer = threading.Timer(0.5, lambda: signal.raise_signal(signal.SIGINT))
    started = time.monotonic()
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        ask()
    assert time.monotonic() - started < 20


def test_progress_is_told():
    ask = long_question()
    heard = []

    def enough(message):
        heard.append(message)
        raise RuntimeError("my own")

    with pytest.raises(RuntimeError, match="my own"):
        ask(progress=enough)
    assert "intervals: maximum in" in heard[0]


def test_regions_and_class_paths(rng):
    layers = relu_lists(rng, [2, 6, 2])
    X = rng.normal(size=(30, 2))
    found = sublevel.regions(layers, X, activation="relu", census=True)
    assert found.whole_space and found.check().claim == "census"
    areas = [component["area"] for components in found.classes for component in components if component["bounded"]]
    assert all(isinstance(area, fractions.Fraction) for area in areas)
    assert found.plot() is not None
    leaky = relu_lists(rng, [4, 4, 2])
    X = rng.normal(size=(30, 4))
    outputs = np.where((h := X @ leaky[0][0] + leaky[0][1]) < 0, 0.1 * h, h) @ leaky[1][0] + leaky[1][1]
    first, second = np.flatnonzero(outputs.argmax(axis=1) == outputs[0].argmax())[:2]
    path = sublevel.class_path(leaky, X, int(first), int(second), activation="leaky-relu=0.1")
    assert path.check().claim == "class-path" and path.margin[0] > 0
    assert path.plot(shape=(2, 2)) is not None
    other = int(np.flatnonzero(outputs.argmax(axis=1) != outputs[0].argmax())[0])
    with pytest.raises(sublevel.HypothesisNotMet, match="no path of one class"):
        sublevel.class_path(leaky, X, 0, other, activation="leaky-relu=0.1")
    assert sublevel.regions(relu_lists(rng, [3, 3, 2]), X[:, :3], activation="leaky-relu=0.1", connected=True).check().claim == "connected-regions"


def test_independent_features(rng):
    layers = relu_lists(rng, [3, 8, 2])
    X = rng.normal(size=(6, 3))
    found = sublevel.independent(layers, X, activation="tanh")
    assert found.rank_in_doubles == 6 and found.almost_every_network and found.check().claim == "independent"
    with pytest.raises(sublevel.HypothesisNotMet, match="9 features of 12 samples"):
        sublevel.independent(layers, rng.normal(size=(12, 3)), activation="tanh")


def test_smooth_chains(rng):
    X, y = load_data("digits-64.npz")
    a, b = ([(0.3 * W, c) for W, c in load_network(f"narrow-64-{end}.safetensors")] for end in "ab")
    found = sublevel.connect(a, b, X, y, activation="tanh", bend=True)
    assert found.check().claim == "connected"
    assert len(found.plot().axes) == 2
    with pytest.raises(ValueError, match="not piecewise linear"):
        sublevel.connect(a, b, X, y, activation="tanh")


def test_pictures(tmp_path):
    X, y = load_data("digits-64.npz")
    a, b = (load_network(f"wide-64-{end}.safetensors") for end in "ab")
    found = sublevel.connect(a, b, X, y, activation="leaky-relu=0.01")
    figure = found.plot()
    assert [axis.get_ylabel() for axis in figure.axes] == ["loss", "accuracy"]
    profile = found.profile()
    assert max(loss for _, loss, _ in profile["along"]) <= max(profile["bounds"]) * (1 + 1e-12) and max(profile["bounds"]) == found.at_most
    found.plot(plane=True).savefig(tmp_path / "plane.png")
    a, b = (load_network(f"narrow-64-{end}.safetensors") for end in "ab")
    barrier = sublevel.barrier(a, b, X, y, activation="leaky-relu=0.01", tolerance=1e-2)
    barrier.plot(pieces=32).savefig(tmp_path / "barrier.png")
    assert "connected by" in found._repr_html_() and "<table>" in barrier._repr_html_()


def test_the_module_checks_files(tmp_path, capsys):
    from sublevel.__main__ import main

    X, _ = load_data("digits-64.npz")
    found = sublevel.connect(*(load_network(f"wide-64-{end}.safetensors") for end in "ab"), X, activation="leaky-relu=0.01")
    file = tmp_path / "c.path.jsonl"
    found.certificate.save(file)
    assert main(["check", str(file)]) == 0 and "valid" in capsys.readouterr().out
    file.write_bytes(bytes(found.certificate)[:-20])
    assert main(["check", str(file)]) == 4
    assert main(["check", str(tmp_path / "none")]) == 2
