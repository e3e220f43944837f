"""Theorems about the loss landscape of neural networks as exact, checkable objects, for models in memory.

Two models in, a proof and a picture out::

    import sublevel
    found = sublevel.connect(a, b, X, y, bend=True)   # or a theorem, for every convex loss at once
    found.check()                                      # by the independent checker
    found.plot()
    found.certificate.save("a-to-b.path.jsonl")

`a` and `b` are `torch.nn.Module`, `keras.Model`, `flax.nnx.Module` or `(flax.linen.Module, variables)` whose call is a chain of layers,
`MLPClassifier` or `MLPRegressor` (or pipelines that end with one), or lists of (W, b) with W of shape [inputs, neurons]. X is
[N, …], one sample a row; y is N labels, or targets [N, outputs]. Weights and data are taken as the exact numbers that they are.
"""

from __future__ import annotations

import json
import operator
import os
import warnings
from fractions import Fraction
from typing import Any, Mapping, Optional, Sequence, Union

import numpy as np

from . import _sublevel, models
from ._progress import listener
from .errors import HypothesisNotMet, Incomplete, InvalidCertificate, SublevelError
from .results import (
    AlignResult,
    AssumeResult,
    BarrierResult,
    Certificate,
    ClassPathResult,
    ConnectResult,
    DescendResult,
    EscapeResult,
    IndependentResult,
    RegionsResult,
    Verdict,
)

__version__: str = _sublevel.__version__

__all__ = [
    "connect", "barrier", "align", "descend", "escape", "independent", "class_path", "regions", "check", "assume",
    "SublevelError", "HypothesisNotMet", "InvalidCertificate", "Incomplete", "Certificate", "Verdict",
    "ConnectResult", "BarrierResult", "AlignResult", "DescendResult", "EscapeResult", "IndependentResult", "ClassPathResult",
    "RegionsResult", "AssumeResult",
]

Number = Union[int, float, str, Fraction]


def _number(number: Number) -> str:
    """A number for the library: a float stands for the decimal that names it, as on the command line."""
    return repr(float(number)) if isinstance(number, (float, np.floating)) else str(number)


def _count(what: str, number: Any, least: int = 0) -> int:
    """A whole number of at least `least`."""
    try:
        count = operator.index(number)
    except TypeError:
        count = None
    if count is None or count < least or isinstance(number, bool):
        raise ValueError(f"{what} = {number!r} is no whole number from {least} on")
    return count


def _exclude(words: str, *choices: tuple[str, bool]) -> None:
    """Says which of these were given, if more than one was."""
    given = [name for name, is_given in choices if is_given]
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)} exclude each other: {words}")


class _Job:
    """Models and data, read and compared."""

    def __init__(
        self,
        given: Sequence[Any],
        X: Any,
        y: Any = None,
        *,
        activation: Optional[str] = None,
        loss: Optional[str] = None,
        class_weights: Optional[Sequence[Number]] = None,
        outputs: Any = None,
        names: Optional[Sequence[str]] = None,
    ) -> None:
        names = names or (("a", "b") if len(given) == 2 else ("the model",))
        shape = tuple(X.shape if hasattr(X, "shape") else np.shape(X))[1:]
        self.reads = [models.read(model, name, activation, shape) for model, name in zip(given, names)]
        self.networks = [read.network for read in self.reads]
        self.activation = models.together(self.reads, activation)
        first = self.reads[0]
        widths = self.networks[0].widths
        rows = _rows(first.prepare(X) if first.prepare is not None else X)
        if rows.shape[1] != widths[0]:
            raise ValueError(f"X has {rows.shape[1]} features a sample, but {first.name} takes {widths[0]}")
        classes = _classes(self.reads)
        kind = loss if loss is not None else (first.loss if y is not None else None)
        # Of one output and a square loss whole numbers are values, as for a regressor.
        values = first.regresses or (kind in ("square", "mean-square") and widths[-1] == 1 and classes is None)
        labels, targets = _targets(y, classes, len(rows), values)
        if targets is not None and targets.shape[1] == 1 < widths[-1] and np.array_equal(targets, np.floor(targets)):
            raise ValueError(
                f"y is one column of floats, targets of one output, and {first.name} has {widths[-1]}: labels are whole numbers, y.astype(int)"
            )
        weights = _weights(class_weights, classes, widths[-1])
        self.setting = _sublevel.Setting(self.activation, rows, labels, targets, widths[-1], kind, weights)
        self.notes = [note for read in self.reads for note in read.notes]
        self._compare(X, outputs)
        self._assess()

    def _compare(self, X: Any, outputs: Any) -> None:
        """The outputs on X against each model's own, before anything else; the same widths, too."""
        widths = self.networks[0].widths
        for read in self.reads:
            if read.network.widths != widths:
                found = "-".join(map(str, read.network.widths))
                expected = "-".join(map(str, widths))
                raise ValueError(
                    f"{read.name} has the widths {found}, but {self.reads[0].name} has {expected}: a path joins networks of one architecture"
                )
            self.notes.append(models.compare(read, self.setting, X, self.activation))
        if outputs is not None:
            theirs = list(outputs) if isinstance(outputs, (list, tuple)) and len(outputs) == len(self.reads) else [outputs]
            for read, own in zip(self.reads, theirs):
                self.notes.append(models.compare(read, self.setting, X, self.activation, own))

    def _assess(self) -> None:
        """Loss and accuracy of the ends in floats, and a warning where a model does no better than a constant."""
        for read in dict.fromkeys((0, len(self.reads) - 1)):
            found = json.loads(self.setting.assess(self.networks[read], self.reads[read].name))
            if found is None:
                return
            accuracy = "" if found["accuracy"] is None else f", accuracy {100 * found['accuracy']:.1f} %"
            self.notes.append(f"{self.reads[read].name}: loss {found['loss']:.6f}{accuracy} (floats)")
            if found["warning"]:
                self.notes.append(found["warning"])
                warnings.warn(found["warning"], stacklevel=4)

    def check(self, certificate: bytes, ends: tuple[Any, Any], progress: Any, with_data: bool = True) -> Verdict:
        setting = self.setting if with_data else None
        with listener(progress, "checking") as hear:
            fields, text = _sublevel.check(bytes(certificate), setting, self.activation, *ends, [], True, hear)
        return Verdict(json.loads(fields), text)


def _rows(X: Any) -> np.ndarray:
    """X as [N, d], with the numbers that it has: bytes, floats or doubles, copied only where it is neither."""
    array = models.numpy(X.toarray() if hasattr(X, "toarray") else X)
    if array.ndim < 2:
        raise ValueError(f"X has {array.ndim} axes; expected [N, features], one sample a row")
    if len(array) == 0:
        raise ValueError("X has no samples")
    array = array.reshape(len(array), -1)
    return array if array.dtype == np.uint8 else models.floats(array)


def _classes(reads: Sequence[models.Read]) -> Optional[np.ndarray]:
    """What the classes are called, in the one order that all models have them in which say so."""
    named = [read for read in reads if read.classes is not None]
    for read in named[1:]:
        if not np.array_equal(named[0].classes, read.classes):
            raise ValueError(
                f"{named[0].name} has the classes {list(named[0].classes)}, but {read.name} has {list(read.classes)}: their outputs stand for "
                "other things"
            )
    return named[0].classes if named else None


def _weights(given: Any, classes: Optional[np.ndarray], outputs: int) -> Optional[list[str]]:
    """The weight of each class, in their order; of a mapping by what the classes are called, or by their numbers."""
    if given is None:
        return None
    if isinstance(given, Mapping):
        names = list(range(outputs)) if classes is None else list(classes)
        if set(given) != set(names):
            raise ValueError(f"class_weights has the classes {list(given)}, expected one weight for each of {names}")
        given = [given[name] for name in names]
    if isinstance(given, (str, bytes)) or not hasattr(given, "__len__"):
        raise ValueError(f"class_weights = {given!r} is no list of numbers, one for each class")
    return [_number(weight) for weight in given]


def _targets(
    y: Any, classes: Optional[np.ndarray], samples: int, values: bool
) -> tuple[Optional[list[int]], Optional[np.ndarray]]:
    """(labels, targets) of y: N classes, counted from 0 in the order of the model's own; or a row of numbers a sample, where these are
    no whole numbers or `values` are asked for."""
    if y is None:
        return None, None
    array = models.numpy(y)
    if array.ndim == 0 or len(array) != samples:
        raise ValueError(f"y has {'no' if array.ndim == 0 else len(array)} entries for {samples} samples")
    if values:
        return None, models.floats(array.reshape(len(array), -1))
    if classes is not None:
        if array.ndim != 1 and array.size != len(array):
            raise ValueError(f"y has the shape {list(array.shape)}; expected [N], one of the classes {list(classes)} a sample")
        array = array.reshape(len(array))
        places = np.searchsorted(classes, array)
        known = (places < len(classes)) & (np.asarray(classes)[np.minimum(places, len(classes) - 1)] == array)
        if not known.all():
            raise ValueError(f"y has {array[~known][0]!r}, which is none of the model's classes {list(classes)}")
        return places.tolist(), None
    if array.ndim == 2 and array.shape[1] == 1 and array.dtype.kind in "biu":
        array = array[:, 0]
    if array.ndim == 1 and array.dtype.kind in "biu":
        if (array < 0).any():
            raise ValueError(f"y has the label {array.min()}; labels are counted from 0")
        return [int(label) for label in array], None
    return None, models.floats(array.reshape(len(array), -1))


def connect(
    a: Any,
    b: Any,
    X: Any,
    y: Any = None,
    *,
    activation: Optional[str] = None,
    loss: Optional[str] = None,
    class_weights: Optional[Sequence[Number]] = None,
    theorem: Optional[str] = None,
    bend: bool = False,
    bends: Optional[int] = None,
    steps: Optional[int] = None,
    seed: Optional[int] = None,
    short: bool = False,
    via: Optional[Sequence[Any]] = None,
    align: bool = False,
    outputs: Any = None,
    progress: Any = True,
) -> ConnectResult:
    """A certified path between two networks, at every point of which the loss is at most the larger of their losses.

    By default by a theorem of ICML 2019 (3.2, 5.1 or 6.1; `theorem="5.1"` forces one), for every convex loss at once; they need
    wide layers. With `bend=True` a chain of `bends` bends (1, if you do not say) is trained for the one loss, for any widths, in `steps`
    steps (400) from `seed` (0); `via` takes yours; `short=True` looks for lines through refits on parts of the neurons.

    Args:
        a, b: two models of one architecture.
        X: [N, …], one sample a row. y: N labels, or targets [N, outputs]; may be left out for a theorem.
        activation: needed for plain lists: relu, leaky-relu=SLOPE, abs, hard-tanh, identity, sigmoid, tanh, softplus=GAMMA, elu=ALPHA, ….
        loss: square, mean-square, cross-entropy, binary-cross-entropy or hinge (`docs/statements.md`); the usual one for y by default.
        align: first put b's neurons into the order of a's.
        outputs: what your own code computes on X (a pair, or one array for a), to be compared.

    Raises:
        HypothesisNotMet: no theorem applies, with the reasons and their numbers.
        Incomplete: the chain is not below the larger end; its `result` proves its largest loss.
        ValueError: a model that is not covered, or that computes something else than the layers that were read.
    """
    between = _between(via)
    if not isinstance(bend, (bool, np.bool_)):
        raise ValueError(f"bend = {bend!r} is neither True nor False; how many bends are trained is said by `bends`")
    ways = ("bend", bool(bend)), ("short", short), ("via", bool(between)), ("theorem", theorem is not None)
    _exclude("each is a way of its own to connect", *ways)
    if align and between:
        raise ValueError("align puts b's neurons into another order, and the chain of `via` belongs to the old one")
    trained, steps, seed = _training(bend, bends, steps, seed)
    names = ["a", *(f"via[{number}]" for number in range(len(between))), "b"]
    job = _Job(
        [a, *between, b], X, y, activation=activation, loss=loss, class_weights=class_weights,
        outputs=None if outputs is None else _of_ends(outputs, len(between)), names=names,
    )
    aligned = None
    with listener(progress, "connecting") as hear:
        if align:
            summary, network, certificate = _sublevel.align(job.setting, *job.networks, "weights", False, hear)
            aligned = AlignResult(json.loads(summary), network, certificate, job)
            job.networks = [job.networks[0], network]
        if not (bend or short or between):
            summary, way, certificate = _sublevel.connect(job.setting, *job.networks, theorem, hear)
            return ConnectResult(json.loads(summary), way, certificate, job, aligned)
        (summary, way, certificate), missing = _sublevel.chain(job.setting, job.networks, short, trained, steps, seed, hear)
    found = ConnectResult(json.loads(summary), way, certificate, job, aligned)
    if missing is not None:
        error = Incomplete(missing)
        error.result = found
        raise error
    return found


def _between(via: Any) -> list[Any]:
    """The networks on the way: a list of them."""
    if via is not None and not isinstance(via, (list, tuple)):
        raise ValueError(f"via is a {type(via).__name__}; expected a list of models")
    return list(via or [])


def _training(bend: bool, bends: Optional[int], steps: Optional[int], seed: Optional[int]) -> tuple[Optional[int], int, int]:
    """How many bends are trained, in how many steps, and the seed."""
    given = [name for name, value in (("bends", bends), ("steps", steps), ("seed", seed)) if value is not None]
    if given and not bend:
        raise ValueError(f"{' and '.join(given)} are about bends that are trained: give bend=True, too")
    count = _count("bends", 1 if bends is None else bends, 1)
    if count > 64:
        raise ValueError(f"bends = {count} is not a number from 1 to 64")
    steps = _count("steps", 400 if steps is None else steps, 1)
    return (count if bend else None), steps, _count("seed", 0 if seed is None else seed)


def _of_ends(outputs: Any, between: int) -> Any:
    if not isinstance(outputs, (list, tuple)) or len(outputs) != 2:
        return outputs
    if between:
        raise ValueError("outputs: with `via` give one array, for a")
    return outputs


def barrier(
    a: Any,
    b: Any,
    X: Any,
    y: Any,
    *,
    via: Optional[Sequence[Any]] = None,
    bezier: Any = None,
    tolerance: Optional[float] = None,
    below: Optional[Number] = None,
    budget: int = 200_000,
    activation: Optional[str] = None,
    loss: Optional[str] = None,
    class_weights: Optional[Sequence[Number]] = None,
    outputs: Any = None,
    progress: Any = True,
) -> BarrierResult:
    """The largest loss on the straight line from a to b, or on the chain through `via`, or on the Bézier curve with the control point
    `bezier`: an enclosure no wider than `tolerance` (1e-6, if you do not say), certified over every point.

    With `below` it is only proved that the loss stays below that number: refuted, that is `InvalidCertificate` with the witness.

    Raises:
        Incomplete: the budget does not suffice; its `result` has the enclosures that are proved.
    """
    between = [bezier] if bezier is not None else _between(via)
    _exclude("a curve has one control point", ("via", via is not None), ("bezier", bezier is not None))
    _exclude("below asks no enclosure", ("below", below is not None), ("tolerance", tolerance is not None))
    budget = _count("budget", budget, 1)
    names = ["a", *(f"via[{number}]" if bezier is None else "bezier" for number in range(len(between))), "b"]
    job = _Job(
        [a, *between, b], X, y, activation=activation, loss=loss, class_weights=class_weights,
        outputs=None if outputs is None else _of_ends(outputs, len(between)), names=names,
    )
    curved = bezier is not None
    with listener(progress, "bounding") as hear:
        if below is not None:
            summary, found = _sublevel.below(job.setting, job.networks, curved, _number(below), budget, hear)
            return BarrierResult({"decided": True, **json.loads(summary)}, found, job, curved)
        summary, found = _sublevel.barrier(job.setting, job.networks, curved, 1e-6 if tolerance is None else float(tolerance), budget, hear)
    fields = json.loads(summary)
    result = BarrierResult(fields, found, job, curved)
    if not result.decided:
        error = Incomplete(fields["undecided"])
        error.result = result
        raise error
    return result


def align(
    a: Any,
    b: Any,
    X: Any,
    y: Any = None,
    *,
    by: str = "weights",
    activation: Optional[str] = None,
    loss: Optional[str] = None,
    class_weights: Optional[Sequence[Number]] = None,
    outputs: Any = None,
    progress: Any = True,
) -> AlignResult:
    """b with its hidden neurons in the order of a's (`by` "weights" or "activations"): `result.model`, the same function exactly.

    With y: the largest loss on the straight line, certified, before and after.
    """
    job = _Job([a, b], X, y, activation=activation, loss=loss, class_weights=class_weights, outputs=outputs)
    with listener(progress, "aligning") as hear:
        summary, network, certificate = _sublevel.align(job.setting, *job.networks, by, True, hear)
    return AlignResult(json.loads(summary), network, certificate, job)


def descend(
    model: Any,
    X: Any,
    y: Any,
    *,
    epsilon: Number = "1/1000000",
    alpha: Optional[Number] = None,
    strict: bool = False,
    activation: Optional[str] = None,
    loss: Optional[str] = None,
    class_weights: Optional[Sequence[Number]] = None,
    outputs: Any = None,
    progress: Any = True,
) -> DescendResult:
    """A path from the model on which the loss falls strictly, or never rises, to at most `epsilon`; with `alpha` it may rise to that
    on the way where samples coincide. `strict=True` refuses a start where it cannot fall strictly.

    Source: ICML 2019, Theorem 4.2. Needs a hidden layer of at least N − 1 neurons, or independent data.
    """
    job = _Job([model], X, y, activation=activation, loss=loss, class_weights=class_weights, outputs=outputs)
    allowed = None if alpha is None else _number(alpha)
    with listener(progress, "descending") as hear:
        found = _sublevel.descend(job.setting, job.networks[0], _number(epsilon), allowed, strict, hear)
    summary, way, certificate = found
    result = DescendResult(json.loads(summary), way, certificate, job)
    job.networks = [job.networks[0], way.vertices()[-1]]
    return result


def escape(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    kernel: bool = False,
    activation: Optional[str] = None,
    loss: Optional[str] = None,
    class_weights: Optional[Sequence[Number]] = None,
    outputs: Any = None,
    progress: Any = True,
) -> EscapeResult:
    """A path from the model to infinity on which every loss stays what it is. `kernel=True` forces the construction of Theorem
    3.2 (2), through the left kernel of W_2."""
    job = _Job([model], X, y, activation=activation, loss=loss, class_weights=class_weights, outputs=outputs)
    with listener(progress, "escaping") as hear:
        summary, way, certificate = _sublevel.escape(job.setting, job.networks[0], kernel, hear)
    return EscapeResult(json.loads(summary), way, certificate, job)


def independent(
    model: Any,
    X: Any,
    *,
    precision: Optional[int] = None,
    activation: Optional[str] = None,
    outputs: Any = None,
    progress: Any = True,
) -> IndependentResult:
    """That the features of the last hidden layer [N, n_{L−1}], with a column of ones, have rank N, certified in at most `precision` bits.

    Source: ICLR 2019, Lemma 3.2: then the training loss has no bad local valley seen from this network.
    """
    precision = None if precision is None else _count("precision", precision, 1)
    job = _Job([model], X, activation=activation, outputs=outputs)
    with listener(progress, "computing the features") as hear:
        summary, certificate = _sublevel.independent(job.setting, job.networks[0], precision, hear)
    return IndependentResult(json.loads(summary), certificate, job)


def class_path(
    model: Any,
    X: Any,
    start: int,
    end: int,
    *,
    via: Sequence[int] = (),
    way: str = "shortest",
    activation: Optional[str] = None,
    outputs: Any = None,
    progress: Any = True,
) -> ClassPathResult:
    """A path of inputs from sample `start` of X to sample `end`, through the samples `via`, on which the network gives one class.

    `way`: "shortest" (the straight line or a bent one where it does, else Theorem 5.2.3's), "theorem", or "exact" (the theorem's in
    exact numbers).
    """
    job = _Job([model], X, activation=activation, outputs=outputs)
    if start == end:
        raise ValueError(f"start and end are both sample {start}")
    samples = [_count("sample", sample) for sample in (start, *via, end)]
    with listener(progress, "looking for a path") as hear:
        found = _sublevel.class_path(job.setting, job.networks[0], samples, way, hear)
    summary, vertices, certificate = found
    return ClassPathResult(json.loads(summary), vertices, certificate, job)


def regions(
    model: Any,
    X: Any,
    *,
    plane: Optional[Sequence[int]] = None,
    line: Optional[Sequence[int]] = None,
    features: Optional[Sequence[int]] = None,
    at: int = 0,
    connected: bool = False,
    disconnected: Optional[int] = None,
    census: bool = False,
    cell_limit: int = 2_000_000,
    activation: Optional[str] = None,
    outputs: Any = None,
    progress: Any = True,
) -> RegionsResult:
    """The decision regions of a network, counted exactly: of all inputs where it has two or looks at them in two directions; on the
    `plane` through three samples of X or the `line` through two (coordinates 0 and 1 are samples); or along one or two `features`
    through sample `at`.

    To be proved: `connected=True`, that all regions are connected in the whole space (thesis, Theorems 5.2.3 and 5.2.4; no region is
    looked at); `disconnected=C`, that the region of output C has as many components as were counted, at least; `census=True`, that no
    region has more.
    """
    job = _Job([model], X, activation=activation, outputs=outputs)
    places = [(name, choice is not None) for name, choice in (("plane", plane), ("line", line), ("features", features))]
    _exclude("one place is looked at", *places)
    proofs = ("disconnected", disconnected is not None), ("census", census), ("connected", connected)
    _exclude("a certificate proves one of them", *proofs)
    for place in places:
        _exclude("connected=True is about the whole space", ("connected", connected), place)
    disconnected = None if disconnected is None else _count("disconnected", disconnected)
    cell_limit = _count("cell_limit", cell_limit, 1)
    if connected:
        summary, certificate = _sublevel.connected(job.networks[0], job.activation)
        return RegionsResult(json.loads(summary), certificate, None, job)
    points = _points(job, X, plane, line, features, at)
    chosen = [_count("feature", feature) for feature in ([] if features is None else features)]
    with listener(progress, "looking for cells") as hear:
        found = _sublevel.regions(job.networks[0], job.activation, points, chosen, disconnected, census, cell_limit, hear)
    summary, certificate, picture = found
    return RegionsResult(json.loads(summary), certificate, picture, job)


def _points(job: _Job, X: Any, plane: Any, line: Any, features: Any, at: int) -> Optional[np.ndarray]:
    """The samples that say where to look."""
    prepare = job.reads[0].prepare
    rows = _rows(prepare(X) if prepare is not None else X)
    for what, chosen, count in (("plane", plane, 3), ("line", line, 2)):
        if chosen is not None:
            if len(chosen) != count:
                raise ValueError(f"{what} takes {count} samples, not {len(chosen)}")
            return models.floats(_samples(rows, chosen))
    return models.floats(_samples(rows, [at])) if features is not None else None


def _samples(rows: np.ndarray, chosen: Sequence[int]) -> np.ndarray:
    samples = [_count("sample", sample) for sample in chosen]
    for sample in samples:
        if sample >= len(rows):
            raise ValueError(f"there is no sample {sample}: X has {len(rows)}, from 0")
    return rows[samples]


def check(
    certificate: Union[bytes, str, os.PathLike[str], Any],
    *,
    start: Any = None,
    end: Any = None,
    X: Any = None,
    y: Any = None,
    activation: Optional[str] = None,
    loss: Optional[str] = None,
    class_weights: Optional[Sequence[Number]] = None,
    limits: Optional[dict[str, int]] = None,
    progress: Any = True,
) -> Verdict:
    """Has the independent checker prove a certificate (a file, bytes, or a result that has one) for every point of its path.

    What is given is compared number by number: the models that the path has to start and end at, and with `start` the data and
    the loss that it has to be about. `limits` raise what a certificate may ask for, such as {"numbers": 1 << 26}.

    Raises:
        InvalidCertificate: refused, with `record`, `rule` and `reason`.
        Incomplete: it stops early, or the checker cannot decide.
    """
    source = getattr(certificate, "certificate", certificate)
    source = bytes(source) if isinstance(source, (bytes, bytearray)) else os.fspath(source)
    setting, ends, sigma = None, [None, None], activation
    if X is not None and start is None:
        raise ValueError("X is compared for a model that reads it: give start, too")
    without = [name for name, value in (("y", y), ("loss", loss), ("class_weights", class_weights)) if value is not None]
    if without and X is None:
        raise ValueError(f"{' and '.join(without)} are compared together with X: give start and X, too")
    if start is not None and X is not None:
        job = _Job(
            [start] if end is None else [start, end], X, y, activation=activation, loss=loss, class_weights=class_weights,
            names=["start"] if end is None else ["start", "end"],
        )
        setting, sigma = job.setting, job.activation
        ends = [job.networks[0], job.networks[1] if end is not None else None]
    else:
        given = [(model, name) for model, name in ((start, "start"), (end, "end")) if model is not None]
        reads = {name: models.read(model, name, activation) for model, name in given}
        ends = [reads[name].network if name in reads else None for name in ("start", "end")]
        if any(read.activation for read in reads.values()):
            sigma = models.together(list(reads.values()), activation)
    if limits is not None and not isinstance(limits, Mapping):
        raise ValueError("limits is no dictionary of numbers by their names, such as {\"numbers\": 1 << 26}")
    raised = [f"{name}={value}" for name, value in (limits or {}).items()]
    with listener(progress, "checking") as hear:
        fields, text = _sublevel.check(source, setting, sigma, *ends, raised, False, hear)
    return Verdict(json.loads(fields), text)


def assume(activation: str, shifts: Sequence[Number] = ()) -> AssumeResult:
    """Decides Assumptions 2.1 and 2.2 of ICML 2019 for an activation, with the witness or the reason; for `shifts` a_1, …, a_p (not 0,
    distinct) whether Σ λ_i σ(x − a_i) = σ(x) has a solution."""
    lines, findings, certificate = _sublevel.assume(activation, [_number(shift) for shift in shifts])
    return AssumeResult(lines, json.loads(findings), certificate)
