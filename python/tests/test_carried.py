"""The carried pairs: what Python says is what the command line says, number by number."""

import pytest

import sublevel
from conftest import DIGITS, load_data, load_network


LEAKY = "leaky-relu=0.01"


def pair(name):
    return [load_network(f"{name}-{end}.safetensors") for end in "ab"]


def files(name):
    return [DIGITS / f"{name}-{end}.safetensors" for end in "ab"]


THEOREMS = [("wide-64", LEAKY, "digits-64.npz"), ("independent-32", LEAKY, "digits-32.npz"), ("relu-deep-32", "relu", "digits-32.npz")]


@pytest.mark.parametrize("name, activation, data", THEOREMS)
def test_connect_by_a_theorem(command, tmp_path, name, activation, data):
    X, y = load_data(data)
    found = sublevel.connect(*pair(name), X, y, activation=activation)
    out = tmp_path / "c.path.jsonl"
    theirs = command("connect", *files(name), "--data", DIGITS / data, "--activation", activation, "--out", out)
    for field in ("statement", "theorem", "hypotheses", "does_not_apply", "widths", "samples", "distinct_inputs", "lines", "follows", "largest_integer_bits"):
        assert getattr(found, field) == theirs[field], field
    assert len(found.moves) == theirs["moves"]
    assert list(found.start) == theirs["loss"]["start"] and list(found.end) == theirs["loss"]["end"]
    assert found.at_most == theirs["loss"]["path_maximum"][1]
    assert found.straight_line_sampled_maximum == theirs["loss"]["straight_line_sampled_maximum"]
    found.certificate.save(tmp_path / "p.path.jsonl")
    assert (tmp_path / "p.path.jsonl").read_bytes() == out.read_bytes()
    verdict = found.check()
    assert verdict.every_convex_loss and verdict.claim == "connected" and verdict.losses is not None


def test_a_certificate_without_a_loss_is_for_every_convex_one():
    X, _ = load_data("digits-64.npz")
    found = sublevel.connect(*pair("wide-64"), X, activation=LEAKY)
    assert found.loss is None and found.at_most is None
    assert found.check().every_convex_loss


def test_barrier(command, tmp_path):
    X, y = load_data("digits-64.npz")
    found = sublevel.barrier(*pair("narrow-64"), X, y, activation=LEAKY)
    out = tmp_path / "b.path.jsonl"
    theirs = command("barrier", *files("narrow-64"), "--data", DIGITS / "digits-64.npz", "--activation", LEAKY, "--out", out)
    for field in ("maximum", "start", "end", "above_linear_interpolation", "above_larger_end"):
        assert list(getattr(found, field)) == theirs[field], field
    for field in ("evaluations", "regions", "witness", "sampled_maximum", "sampled_points", "segments", "decided"):
        assert getattr(found, field) == theirs[field], field
    assert bytes(found.certificate) == out.read_bytes()
    assert float(found.bound) == found.maximum[1]
    assert found.check().bound == found.bound


def test_bend(command, tmp_path):
    X, y = load_data("digits-64.npz")
    found = sublevel.connect(*pair("narrow-64"), X, y, activation=LEAKY, bend=True)
    out = tmp_path / "c.path.jsonl"
    theirs = command("connect", *files("narrow-64"), "--data", DIGITS / "digits-64.npz", "--activation", LEAKY, "--bend", "--out", out)
    for field in ("claim", "construction", "bends", "steps", "sampled_maximum", "at_most", "chain_at_most"):
        assert getattr(found, field) == theirs[field], field
    for field in ("start", "end", "start_with_margin", "end_with_margin"):
        assert list(getattr(found, field)) == theirs[field], field
    assert bytes(found.certificate) == out.read_bytes()
    assert found.check().claim == "connected"


def test_align(command, tmp_path):
    X, y = load_data("digits-64.npz")
    found = sublevel.align(*pair("narrow-64"), X, y, activation=LEAKY)
    out = tmp_path / "b.safetensors"
    theirs = command("align", *files("narrow-64"), "--data", DIGITS / "digits-64.npz", "--activation", LEAKY, "--out", out)
    assert (found.moved, found.orders) == (theirs["moved"], theirs["orders"])
    for field in ("straight", "aligned", "larger_end"):
        assert list(getattr(found, field)) == theirs[field], field
    assert found.check().claim == "same-function"


def test_descend(command, tmp_path):
    X, y = load_data("digits-64.npz")
    found = sublevel.descend(pair("wide-64")[0], X, y, activation=LEAKY, epsilon="1/1000")
    out = tmp_path / "d.path.jsonl"
    theirs = command(
        "descend", files("wide-64")[0], "--data", DIGITS / "digits-64.npz", "--activation", LEAKY, "--epsilon", "1/1000", "--out", out
    )
    for field in ("statement", "wide_layer", "strictly", "not_strictly", "does_not_apply", "largest_integer_bits"):
        assert getattr(found, field) == theirs[field], field
    assert list(found.start) == theirs["start"] and list(found.end) == theirs["end"]
    assert bytes(found.certificate) == out.read_bytes()
    assert found.end[1] <= 1e-3 and found.check().claim == theirs_claim(found)


def theirs_claim(found):
    return "strictly-descends" if found.strictly else "descends"


def test_escape(command, tmp_path):
    X, y = load_data("digits-64.npz")
    found = sublevel.escape(pair("wide-64")[0], X, y, activation=LEAKY)
    out = tmp_path / "e.path.jsonl"
    theirs = command("escape", files("wide-64")[0], "--data", DIGITS / "digits-64.npz", "--activation", LEAKY, "--out", out)
    assert (found.statement, found.construction, len(found.moves)) == (theirs["statement"], theirs["construction"], theirs["moves"])
    assert bytes(found.certificate) == out.read_bytes()
    assert found.check().claim == "unbounded"
    # A ray goes on for ever, at the same outputs.
    far = found.path(len(found.moves) + 10)
    assert len(far) == len(pair("wide-64")[0])


def test_assume(command):
    found = sublevel.assume("leaky-relu=0.5", [1, 2])
    theirs = command("assume", "--activation", "leaky-relu=0.5", "--shifts", "1,2")
    assert found.findings == theirs
    assert found.check().claim == "refuted"


def test_check(command, tmp_path):
    X, y = load_data("digits-64.npz")
    a, b = pair("wide-64")
    found = sublevel.connect(a, b, X, y, activation=LEAKY)
    out = tmp_path / "c.path.jsonl"
    found.certificate.save(out)
    theirs = command("check", out, "--from", files("wide-64")[0], "--to", files("wide-64")[1], "--data", DIGITS / "digits-64.npz", "--activation", LEAKY)
    ours = sublevel.check(out, start=a, end=b, X=X, y=y, activation=LEAKY)
    drop = ("seconds", "arithmetic", "read", "compared")
    assert {k: v for k, v in ours.fields.items() if k not in drop} == {k: v for k, v in theirs.items() if k not in drop}
    for part in ("from", "to", "activation", "inputs", "targets"):
        assert ours.compared[part] is (theirs["compared"][part] == "compared"), part


def test_another_end_is_refused(tmp_path):
    X, y = load_data("digits-64.npz")
    a, b = pair("wide-64")
    found = sublevel.connect(a, b, X, y, activation=LEAKY)
    with pytest.raises(sublevel.InvalidCertificate) as error:
        sublevel.check(found, start=b, activation=LEAKY)
    assert error.value.record >= 1 and error.value.rule
    with pytest.raises(sublevel.Incomplete):
        sublevel.check(bytes(found.certificate)[: len(found.certificate) // 2])
    with pytest.raises(ValueError, match="no-such-file"):
        sublevel.check(tmp_path / "no-such-file.path.jsonl")


def test_the_numbers_of_a_hypothesis():
    X, y = load_data("digits-128.npz")
    with pytest.raises(sublevel.HypothesisNotMet, match="too narrow") as error:
        sublevel.connect(*pair("narrow-64"), X, y, activation=LEAKY)
    reasons = error.value.reasons
    narrow = next(reason for reason in reasons if reason.get("hypothesis") == "TooNarrow")
    assert narrow["numbers"]["samples"] == 128 and narrow["numbers"]["width"] < 128
    assert "bend=True" in str(error.value)


def test_below_is_proved_or_refuted():
    X, y = load_data("digits-64.npz")
    a, b = pair("narrow-64")
    largest = sublevel.barrier(a, b, X, y, activation=LEAKY, tolerance=1e-3).maximum
    found = sublevel.barrier(a, b, X, y, activation=LEAKY, below=largest[1] * 1.01)
    assert found.upper < found.alpha and found.check().bound == found.bound
    with pytest.raises(sublevel.InvalidCertificate, match="refuted") as error:
        sublevel.barrier(a, b, X, y, activation=LEAKY, below=largest[0] * 0.99)
    low, high = error.value.loss_at_witness
    assert 0 <= error.value.witness["lambda"] <= 1 and largest[0] * 0.99 <= low <= high and error.value.answer == "refuted"


def test_undecided_comes_with_what_is_proved():
    X, y = load_data("digits-64.npz")
    with pytest.raises(sublevel.Incomplete, match=r"\(a larger budget\)") as error:
        sublevel.barrier(*pair("narrow-64"), X, y, activation=LEAKY, budget=3, tolerance=1e-12)
    assert error.value.result.maximum[0] <= error.value.result.maximum[1] and not error.value.result.decided


def test_a_chain_that_does_not_connect_comes_with_its_bound():
    X, y = load_data("digits-64.npz")
    a, b = pair("narrow-64")
    far = [(-W, c) for W, c in a]
    with pytest.raises(sublevel.Incomplete, match="not below the larger end") as error:
        sublevel.connect(a, b, X, y, activation=LEAKY, via=[far])
    assert error.value.result.claim == "barrier" and error.value.result.check().claim == "barrier"
