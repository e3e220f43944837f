"""What results, refusals and `python -m sublevel` are like, on small lists of (W, b)."""

import io
import pathlib
import pydoc
import typing
import warnings
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

import sublevel
from sublevel import results
from sublevel.__main__ import main

CERTIFICATES = pathlib.Path(__file__).parents[2] / "crates" / "checker" / "tests" / "data" / "certificates"
RESULTS = [kind for name, kind in vars(sublevel).items() if name.endswith("Result")] + [sublevel.Verdict]

# Networks of random weights are no better than a constant, which is said.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def network(seed, *widths, dtype=float):
    numbers = np.random.default_rng(seed)
    return [(numbers.normal(size=shape).astype(dtype), numbers.normal(size=shape[1]).astype(dtype)) for shape in zip(widths, widths[1:])]


@pytest.fixture(scope="module")
def data():
    numbers = np.random.default_rng(0)
    return numbers.normal(size=(12, 4)), np.arange(12) % 3


@pytest.fixture(scope="module")
def chain(data):
    a, middle, b = (network(seed, 4, 6, 3) for seed in range(3))
    return sublevel.barrier(a, b, *data, activation="relu", via=[middle], tolerance=1e-2)


@pytest.fixture(scope="module")
def curve(data):
    a, middle, b = (network(seed, 4, 6, 3) for seed in range(3))
    return sublevel.barrier(a, b, *data, activation="relu", bezier=middle, tolerance=1e-1)


@pytest.fixture(scope="module")
def ray(data):
    return sublevel.escape(network(0, 4, 24, 3, dtype=np.float32), *data, activation="relu")


# ---------------------------------------------------------------------------------------------------------------------
# Fields


@pytest.mark.parametrize("value", [np.int64(0), np.str_("a"), np.zeros(2), np.zeros((2, 2))])
def test_arrays_and_their_numbers_are_shown(value):
    job = SimpleNamespace(notes=[], reads=[SimpleNamespace(classes=[value])])
    found = results.ClassPathResult({"class": 0, "margin": [0, 1], "range": [0, 1]}, np.zeros((2, 4)), b"", job)
    assert "label" in found._repr_html_() and "unmet" not in found._repr_html_()


@pytest.mark.parametrize("kind", RESULTS)
def test_fields_are_in_the_docstring_and_have_types(kind):
    told = pydoc.render_doc(kind, renderer=pydoc.plaintext)
    types = typing.get_type_hints(kind)
    for name in kind._kinds():
        assert f" {name} (" in told and types[name] is not None, name
        assert not hasattr(kind, name), name


def test_what_is_said_of_a_field():
    assert "maximum (Optional[Pair]): max over the path." in sublevel.BarrierResult.__doc__
    assert "certificate (Optional[Certificate]): The proof; None" in sublevel.BarrierResult.__doc__
    assert sublevel.BarrierResult.__doc__.startswith("The largest loss on a path")
    assert typing.get_type_hints(sublevel.BarrierResult)["maximum"] == typing.Optional[tuple[float, float]]


def optional(kind):
    hints = typing.get_type_hints(kind)
    return {name for name, hint in hints.items() if type(None) in typing.get_args(hint)}


def test_what_may_be_none_is_optional(data, chain, curve, ray):
    X, y = data
    a, b = network(0, 4, 6, 3), network(2, 4, 6, 3)
    plane = network(0, 2, 3, 2)
    found = [
        chain, curve, ray,
        sublevel.barrier(a, b, X, y, activation="relu", below=1000),
        sublevel.align(a, b, X, activation="relu"),
        sublevel.regions(plane, X[:, :2], activation="relu"),
        sublevel.regions([(np.eye(2), np.zeros(2))], X[:, :2], activation="identity", connected=True),
        sublevel.assume("relu"),
    ]
    found += [result.check() for result in found if result.certificate is not None]
    for result in found:
        missing = {name for name, value in result.to_dict().items() if value is None}
        assert missing <= optional(type(result)), type(result)


# ---------------------------------------------------------------------------------------------------------------------
# Checking


def test_progress_is_handed_on(monkeypatch, data):
    aligned = sublevel.align(network(0, 4, 6, 3), network(2, 4, 6, 3), data[0], activation="relu")
    assumed = sublevel.assume("leaky-relu=0.5", [1, 2])
    heard, original = [], results._sublevel.check
    monkeypatch.setattr(results._sublevel, "check", lambda *given: heard.append(given[-1]) or original(*given))
    assert aligned.check(progress=print).claim == "same-function" and assumed.check(progress=print).claim == "refuted"
    assert heard == [print, print]
    aligned.check(progress=False)
    assert heard[2] is None


def test_compared_is_true_or_false(chain, ray, data):
    for verdict in (chain.check(), ray.check()):
        assert set(map(type, verdict.compared.values())) == {bool}
    alone = sublevel.check(chain.certificate)
    assert alone.fields["compared"]["inputs"] == "not compared" and alone.compared["inputs"] is False
    assert chain.check().compared["inputs"] is True and chain.check().fields["compared"]["inputs"] == "compared"
    aligned = sublevel.align(network(0, 4, 6, 3), network(2, 4, 6, 3), data[0], activation="relu")
    assert aligned.check().compared == {"from": True, "to": True}


# ---------------------------------------------------------------------------------------------------------------------
# Refusals


def test_what_is_documented_is_an_attribute(data):
    X, y = data
    with pytest.raises(sublevel.HypothesisNotMet) as few:
        sublevel.independent(network(0, 4, 6, 3), X, activation="relu")
    assert few.value.reasons == [] and few.value.layer is None and few.value.result is None
    with pytest.raises(sublevel.HypothesisNotMet) as narrow:
        sublevel.connect(network(0, 4, 6, 3), network(1, 4, 6, 3), X, y, activation="relu")
    first = next(reason["numbers"] for reason in narrow.value.reasons if "numbers" in reason)
    assert all(getattr(narrow.value, name) == value for name, value in first.items())
    with pytest.raises(sublevel.Incomplete) as cut:
        sublevel.check((CERTIFICATES / "incomplete-no-end.path.jsonl").read_bytes())
    assert cut.value.result is None and cut.value.maximum is None
    with pytest.raises(sublevel.InvalidCertificate) as refused:
        sublevel.check(CERTIFICATES / "invalid-ray-relu-turns-on.path.jsonl")
    assert refused.value.record == 3 and refused.value.rule == "ray" and refused.value.witness is None
    with pytest.raises(AttributeError):
        refused.value.something


# ---------------------------------------------------------------------------------------------------------------------
# Paths


def test_a_barrier_is_a_path_of_networks(chain):
    assert chain.moves == ["bounded", "bounded"] and len(chain.to_models()) == 3
    (weight, _), *_ = chain.exact(Fraction(1, 2))
    ends = [model[0][0] for model in chain.to_models()[:2]]
    assert weight[0][0] == (Fraction(ends[0][0, 0]) + Fraction(ends[1][0, 0])) / 2
    assert len(chain.profile()["bounds"]) == 2 and len(chain.plane(8)["vertices"]) == 3


def test_a_curve_is_none(curve):
    assert curve.certificate is None and curve.bound is None
    with pytest.raises(ValueError, match="Bézier"):
        curve.to_models()


class Half:
    def __float__(self):
        return 0.5


@pytest.mark.parametrize(
    "half",
    [0.5, np.float32(0.5), np.float16(0.5), np.array(0.5), Fraction(1, 2), Decimal("0.5"), Half()],
    ids=lambda half: type(half).__name__,
)
def test_positions_are_numbers_of_any_kind(chain, half):
    assert chain.exact(half) == chain.exact("1/2")
    assert np.array_equal(chain.path(half)[0][0], chain.path(0.5)[0][0])


def test_positions_are_whole_numbers_of_any_kind(chain):
    for one in (1, True, np.int64(1), np.uint8(1), np.array(1)):
        assert chain.exact(one) == chain.exact(1.0)
    with pytest.raises(TypeError, match="expected a number"):
        chain.path(None)


def test_no_weight_is_infinite(ray):
    for t in (0, len(ray.moves), 1e30):
        assert all(np.isfinite(part).all() for layer in ray.path(t) for part in layer)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(OverflowError, match="beyond the numbers.*`exact`"):
            ray.path(1e300)
    assert ray.exact(1e300)


# ---------------------------------------------------------------------------------------------------------------------
# Pictures


def test_pyplot_keeps_no_figure_in_a_notebook(chain, data, monkeypatch):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.setattr(pyplot, "get_backend", lambda: "module://matplotlib_inline.backend_inline")
    before = pyplot.get_fignums()
    regions = sublevel.regions(network(0, 2, 3, 2), data[0][:, :2], activation="relu")
    for figure in (chain.plot(pieces=8), chain.plot(plane=True), regions.plot(), results.plots.film(np.zeros((2, 4)), None, 3)):
        figure.savefig(io.BytesIO())
    assert pyplot.get_fignums() == before
    own = pyplot.figure()
    assert chain.plot(axes=own.subplots(), pieces=8) is own and own.number in pyplot.get_fignums()
    pyplot.close(own)


# ---------------------------------------------------------------------------------------------------------------------
# python -m sublevel


@pytest.mark.parametrize(
    "content, code, words",
    [
        (b"", 2, "this is no certificate: it is empty"),
        (b"hello\n", 2, "this is no certificate: it does not begin as one does"),
        (b"\x00\xff\x00", 2, "this is no certificate"),
        (None, 2, "cannot read: No such file"),
        (b'{"format": 1}\n', 1, "invalid"),
        (CERTIFICATES / "invalid-ray-relu-turns-on.path.jsonl", 1, "invalid"),
        (CERTIFICATES / "incomplete-no-end.path.jsonl", 4, "stops here"),
    ],
)
def test_exit_codes(tmp_path, capsys, content, code, words):
    file = content if isinstance(content, pathlib.Path) else tmp_path / "given"
    if isinstance(content, bytes):
        file.write_bytes(content)
    assert main(["check", str(file)]) == code
    said = capsys.readouterr().err
    assert said.startswith(f"error: {file}: ") and words in said


def test_a_valid_certificate_exits_with_0(capsys, chain, tmp_path):
    for name in ("c.path.jsonl", "c.path.jsonl.zst"):
        chain.certificate.save(tmp_path / name)
        assert main(["check", str(tmp_path / name), "--limit", "numbers=1000000"]) == 0
        said = capsys.readouterr().out.splitlines()
        assert said[0].startswith("valid       ") and said[1].startswith("network     4-6-3")


@pytest.mark.parametrize("limit", ["numbers", "numbers=", "numbers=many", "something=3"])
def test_a_limit_says_what_is_expected(capsys, limit):
    assert main(["check", str(CERTIFICATES / "valid-lines-hard-tanh.path.jsonl"), "--limit", limit]) == 2
    assert "is not NAME=N with a whole number N and one of these names: line-bytes" in capsys.readouterr().err
