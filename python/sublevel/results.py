"""What comes out: objects with named fields, a certificate, pictures, and models of the kind that came in.

Numbers that are exact are `fractions.Fraction`; enclosures are pairs of floats, rounded outward.
"""

from __future__ import annotations

import html
import inspect
import json
import operator
import os
from fractions import Fraction
from typing import Any, Optional, SupportsFloat, SupportsIndex, Union

import numpy as np

from . import _sublevel, plots
from ._progress import listener

#: An enclosure.
Pair = tuple[float, float]

#: A place on a path; a number of any library.
Position = Union[SupportsIndex, SupportsFloat]


def exact(text: Optional[str]) -> Optional[Fraction]:
    """A number as the library writes it, p/q or a decimal."""
    if text is None:
        return None
    numerator, _, denominator = text.partition("/")
    try:
        return Fraction(text)
    except ValueError:
        # Python reads no decimals of many thousand digits.
        return Fraction(_integer(numerator), _integer(denominator or "1"))


def _integer(digits: str) -> int:
    if digits.startswith("-"):
        return -_integer(digits[1:])
    if len(digits) < 4000:
        return int(digits)
    half = len(digits) // 2
    return _integer(digits[:half]) * 10 ** (len(digits) - half) + _integer(digits[half:])


class Certificate(bytes):
    """A certificate in the format of `docs/certificate.md`, uncompressed."""

    def save(self, path: Union[str, os.PathLike[str]]) -> None:
        """Writes it, whole or not at all, for `sublevel check` or `python -m sublevel check`; compressed where the name ends with `.zst`
        or it is large."""
        _sublevel.save(bytes(self), os.fspath(path))

    def __repr__(self) -> str:
        return f"<certificate, {len(self)} bytes>"


def _field(text: str) -> Any:
    """What is said of a field, for the docstring of its class."""
    return text


class _Fields:
    """Named fields, which a class lists as annotations."""

    _texts: dict[str, str] = {}

    def __init_subclass__(cls) -> None:
        """Lists the fields in the docstring; the class itself has no values of them."""
        kinds = cls._kinds()
        own = {name: vars(cls)[name] for name in kinds if isinstance(vars(cls).get(name), str)}
        cls._texts = {**cls._texts, **own}
        for name in own:
            delattr(cls, name)
        told = {name: f": {text}" for name, text in cls._texts.items()}
        lines = [f"    {name} ({kind}){told.get(name, '')}" for name, kind in kinds.items()]
        cls.__doc__ = "\n".join([inspect.cleandoc(cls.__doc__ or ""), "", "Attributes:", *lines])

    def __init__(self, fields: dict[str, Any]) -> None:
        for name in self._kinds():
            setattr(self, name, fields.get(name))

    @classmethod
    def _kinds(cls) -> dict[str, str]:
        """The types of all fields, as they are written."""
        kinds: dict[str, str] = {}
        for base in reversed(cls.__mro__):
            kinds.update(getattr(base, "__annotations__", {}))
        return {name: kind for name, kind in kinds.items() if not name.startswith("_")}

    def to_dict(self) -> dict[str, Any]:
        """The fields by their names."""
        return {name: getattr(self, name) for name in self._kinds()}

    def _headline(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        return f"<{self._headline()}>"

    def _rows(self) -> list[tuple[str, Any]]:
        skipped = ("certificate", "verdict", "text", "vertices")
        return [(name, value) for name, value in self.to_dict().items() if name not in skipped and not _is_blank(value)]

    def _repr_html_(self) -> str:
        cell = "<tr><th style='text-align:left'>{}</th><td style='text-align:left'>{}</td></tr>"
        rows = "".join(cell.format(html.escape(name), html.escape(_short(value))) for name, value in self._rows())
        return f"<p><b>{html.escape(self._headline())}</b></p><table>{rows}</table>"


def _short(value: Any) -> str:
    text = "[" + ", ".join(f"{end:.9g}" for end in value) + "]" if _is_pair(value) else str(value)
    return text if len(text) <= 200 else text[:200] + "…"


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, (list, dict)) and not value)


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(isinstance(end, float) for end in value)


def _pair(value: Any) -> Any:
    """A pair of floats; None, an infinity."""
    if value is None:
        return None
    lower, upper = value
    return (float("-inf") if lower is None else float(lower), float("inf") if upper is None else float(upper))


def _position(t: Any) -> str:
    """A position for the library: the number that it is, exactly."""
    for number in (operator.index, Fraction, float):
        try:
            return str(Fraction(number(t)))
        except TypeError:
            continue
    raise TypeError(f"{t!r} is no position: expected a number")


def _rebuilt(job: Any, network: Any, which: int = 0) -> Any:
    """A model of the kind that came in; of weights beyond what it computes with there is none."""
    read = job.reads[which]
    layers = network.layers()
    if not read.holds(layers):
        raise OverflowError("the weights here are beyond the numbers that the model computes with; `exact` has them")
    return read.rebuild(layers)


def _checked(certificate: bytes, ends: tuple[Any, Any], progress: Any) -> Verdict:
    """What the checker says of a claim that holds for every activation and all data."""
    with listener(progress, "checking") as hear:
        fields, text = _sublevel.check(bytes(certificate), None, None, *ends, [], True, hear)
    return Verdict(json.loads(fields), text)


class Verdict(_Fields):
    """What a certificate proves, by the independent checker."""

    claim: str = _field("What is claimed: connected, barrier, descends, unbounded, same-function, ….")
    text: str = _field("What is proved, in words.")
    bound: Optional[Fraction] = _field("The number below which the loss stays, where the claim names one.")
    losses: Optional[list[Pair]] = _field("The losses at both ends, enclosed.")
    scope: Optional[str] = _field("For which losses it holds.")
    every_convex_loss: Optional[bool]
    widths: Optional[list[int]]
    samples: Union[int, list[bool], None] = _field("How many; of a path of one class, which of its ends are given samples.")
    compared: Optional[dict[str, bool]] = _field(
        "Whether a part is equal to what was given, number by number; if not, `fields` says why: not compared, substituted, absent."
    )
    statement: str = _field("The author's name for the statement; nothing follows from it.")
    seconds: float
    fields: dict[str, Any] = _field("Everything that the checker says, as the command line prints it with --json.")

    def __init__(self, fields: dict[str, Any], text: str) -> None:
        super().__init__({**fields, "text": text, "bound": exact(fields.get("bound")), "fields": fields})
        if self.losses is not None:
            self.losses = [_pair(loss) for loss in self.losses]
        if self.compared is not None:
            # Of a path the checker says more than whether: a word, which would be true in any case.
            self.compared = {part: standing in (True, "compared") for part, standing in fields["compared"].items()}

    def __str__(self) -> str:
        return self.text

    def _headline(self) -> str:
        return f"valid: {self.claim}"

    def _repr_html_(self) -> str:
        return f"<p><b>{html.escape(self._headline())}</b></p><pre>{html.escape(self.text)}</pre>"


class Result(_Fields):
    """Something that was proved."""

    certificate: Optional[Certificate] = _field("The proof; None of a Bézier curve, and of regions where none was asked for.")
    read: list[str] = _field("What was read: of models and data, a sentence each.")
    seconds: Optional[float] = _field("For all of it but the reading, where that is measured.")
    verdict: Optional[Verdict] = _field("What the checker said, after `check`.")

    def __init__(self, fields: dict[str, Any], certificate: Optional[bytes], job: Any) -> None:
        super().__init__({**fields, "read": job.notes})
        self.certificate = Certificate(certificate) if certificate is not None else None
        self._job = job

    def check(self, *, progress: Any = True) -> Verdict:
        """Has the independent checker prove the certificate, compared number by number with the models and the data.

        Raises `InvalidCertificate` or `Incomplete`.
        """
        if self.certificate is None:
            raise ValueError("there is no certificate of this: only chains of straight lines have one")
        self.verdict = self._job.check(self.certificate, self._ends(), progress)
        return self.verdict

    def _ends(self) -> tuple[Any, Any]:
        """The networks that the certificate is about."""
        networks = self._job.networks
        return networks[0], networks[-1] if len(networks) > 1 else None


class _Drawn:
    """A path of networks that can be drawn and walked."""

    #: None of a Bézier curve.
    _path: Optional[_sublevel.Path]
    _job: Any

    @property
    def _way(self) -> _sublevel.Path:
        if self._path is None:
            raise ValueError("a Bézier curve is no chain of straight lines: its networks are not built here")
        return self._path

    @property
    def moves(self) -> list[str]:
        """What each move is: line, follow, bounded, ray, rescale."""
        return self._way.moves

    @property
    def bound(self) -> Optional[Fraction]:
        """The largest bound that a move of the certificate claims, exactly; None where all moves are proved by their ends."""
        return None if self._path is None else self._path.bound

    def to_models(self) -> list[Any]:
        """The networks after each move, the start included, as models of the kind that came in.

        Their weights are rounded to what these models compute with; the certificate is about the exact ones, `exact(k)`.
        """
        return [_rebuilt(self._job, vertex) for vertex in self._way.vertices()]

    def path(self, t: Position) -> Any:
        """The model at a position t from 0 to the number of moves (rounded as `to_models` says); a ray goes on for ever.

        Raises `OverflowError` where weights are beyond the numbers that the model computes with.
        """
        return _rebuilt(self._job, self._way.point(_position(t)))

    def exact(self, t: Position) -> Any:
        """The network at a position: for each layer W (a list of rows) and b, of `fractions.Fraction`."""
        return self._way.point(_position(t)).exact()

    def profile(self) -> dict[str, Any]:
        """What is drawn: `along` and `line` with (position, loss, accuracy), floats; `bounds` of the loss on each move, proved."""
        return json.loads(self._way.profile())

    def plane(self, columns: int = 56) -> Optional[dict[str, Any]]:
        """The loss on the plane through both ends and the vertex farthest from their line: `xs`, `ys`, `log10_loss`, and in these
        coordinates `moves` and `vertices`; floats. None where all vertices are on one line."""
        return json.loads(self._way.plane(columns))

    def plot(self, *, plane: bool = False, axes: Any = None) -> Any:
        """A matplotlib figure: loss and accuracy along the path and along the straight line, and the certified band; with
        `plane=True` the loss on the plane of `plane()`.

        `axes` are your own to draw into: one for the loss, and a second one for the accuracy.
        """
        if plane:
            found = self.plane()
            if found is None:
                raise ValueError("no plane goes through this path: its vertices are on one straight line, or it ends where it starts")
            return plots.plane(found, axes)
        return plots.profile(self.profile(), self._title(), axes)

    def _title(self) -> str:
        widths = "-".join(map(str, getattr(self, "widths", []) or []))
        return f"{widths}, N = {getattr(self, 'samples', '?')}"


class ConnectResult(_Drawn, Result):
    """A certified path between two networks.

    Source: Nguyen, *On Connected Sublevel Sets in Deep Learning* (ICML 2019), Theorems 3.2, 5.1, 6.1; chains: `docs/chains.md`.
    """

    claim: str = _field("`connected`, or `barrier` where the chain is not below the larger end (then it comes with `Incomplete`).")
    theorem: Optional[str] = _field("The theorem, where one built the path: then it holds for every convex loss at once.")
    hypotheses: Optional[list[str]]
    does_not_apply: Optional[list[str]]
    construction: Optional[str] = _field("`chain` or `short`, where the path is for one loss.")
    statement: Optional[str] = _field("The label of the certificate.")
    widths: list[int]
    samples: int
    distinct_inputs: Optional[int]
    loss: Optional[dict[str, str]] = _field("Its name and definition.")
    start: Optional[Pair] = _field("The loss at the start, enclosed.")
    end: Optional[Pair] = _field("The loss at the end.")
    at_most: Optional[float] = _field("The loss is at most this on the whole path: for `connected` an upper bound of the larger end.")
    straight_line_sampled_maximum: Optional[float] = _field("The largest of evenly spaced losses on the straight line: floats, no proof.")
    start_with_margin: Optional[Pair]
    end_with_margin: Optional[Pair]
    bends: Optional[int]
    steps: Optional[int]
    sampled_maximum: Optional[float] = _field("The largest loss at points of a trained chain: floats, no proof.")
    chain_at_most: Optional[float]
    lines: Optional[int]
    follows: Optional[int]
    largest_integer_bits: int
    aligned: Optional[Any] = _field("Where b was aligned first, what was found.")

    def __init__(self, summary: dict[str, Any], way: Any, certificate: bytes, job: Any, aligned: Any = None) -> None:
        losses = summary.get("loss") or {}
        fields = {**summary, **losses, "aligned": aligned}
        fields["loss"] = {"name": losses["name"], "definition": losses["definition"]} if losses else None
        if "path_maximum" in losses:
            fields["at_most"] = _pair(losses["path_maximum"])[1]
        for name in ("start", "end", "start_with_margin", "end_with_margin"):
            fields[name] = _pair(fields.get(name))
        super().__init__(fields, certificate, job)
        self._path = way

    def _headline(self) -> str:
        by = self.theorem or {"short": "lines"}.get(self.construction or "", "a chain")
        how = "connected" if self.claim == "connected" else "bounded, not connected,"
        return f"{how} by {by}, {self._title()}, {len(self.moves)} moves"


class BarrierResult(_Drawn, Result):
    """The largest loss on a path, enclosed: lower ≤ max ≤ upper over every point (`docs/barrier.md`).

    With `below` the answer is `alpha` and `upper`; what that did not need, such as `maximum`, is None.
    """

    widths: list[int]
    samples: int
    loss: dict[str, str] = _field("Its name and definition.")
    segments: Optional[int]
    curve: Optional[str]
    tolerance: Optional[float]
    maximum: Optional[Pair] = _field("max over the path.")
    decided: bool = _field("Whether that is as narrow as was asked.")
    regions: Optional[list[dict[str, float]]] = _field("Where the maximum is attained: segment, from, to.")
    witness: Optional[dict[str, float]] = _field("Where it was proved that the loss is at least `maximum[0]`.")
    start: Optional[Pair] = _field("The loss at the start.")
    end: Optional[Pair] = _field("The loss at the end.")
    above_linear_interpolation: Optional[Pair] = _field("Above that of the end losses (Frankle et al. 2020).")
    above_larger_end: Optional[Pair] = _field("Above the larger end (Garipov et al. 2018).")
    sampled_maximum: Optional[float] = _field("The largest of evenly spaced samples: floats, no proof.")
    sampled_points: Optional[int]
    sampling_seconds: Optional[float]
    evaluations: Optional[int] = _field("How many intervals and points were bounded.")
    alpha: Optional[Fraction] = _field("Of `below`: the number.")
    upper: Optional[float] = _field("Of `below`: the bound that shows it.")

    def __init__(self, summary: dict[str, Any], found: Any, job: Any, bezier: bool) -> None:
        loss = {"name": summary["loss"], "definition": summary["loss_definition"]}
        fields = {**summary, "loss": loss, "alpha": exact(summary.get("alpha"))}
        for name in ("maximum", "start", "end", "above_linear_interpolation", "above_larger_end"):
            fields[name] = _pair(fields.get(name))
        way, certificate = found if found is not None else (None, None)
        super().__init__(fields, certificate, job)
        self._path, self._bezier = way, bezier

    def plot(self, *, plane: bool = False, axes: Any = None, pieces: int = 256) -> Any:
        """A matplotlib figure: the loss (sampled), a curve that is proved to be above it, and the enclosure of the maximum; with
        `plane=True` the loss on the plane of `plane()`."""
        if plane:
            return super().plot(plane=True, axes=axes)
        job = self._job
        picture = json.loads(_sublevel.envelope(job.setting, job.networks, self._bezier, pieces))
        return plots.barrier(picture, self.maximum, self.loss["name"], self._title(), axes)

    def _headline(self) -> str:
        if self.alpha is not None:
            return f"the loss is below {self.alpha} on the whole path"
        return f"largest loss in {_short(self.maximum)}, {_short(self.above_larger_end)} above the larger end"


class AlignResult(Result):
    """One network in the order of another one's neurons: the same function, exactly.

    Source: Entezari et al. 2022; Ainsworth et al. 2023 (`docs/chains.md`).
    """

    by: str
    widths: list[int]
    moved: list[int] = _field("Neurons of each hidden layer that have another place than before.")
    orders: list[list[int]] = _field("For each hidden layer: neuron i was neuron `orders[i]`, from 0.")
    loss: Optional[dict[str, str]]
    straight: Optional[Pair] = _field("The largest loss on the straight line, certified.")
    aligned: Optional[Pair] = _field("The same after b was aligned.")
    larger_end: Optional[Pair] = _field("The larger loss of both ends.")

    def __init__(self, summary: dict[str, Any], network: Any, certificate: bytes, job: Any) -> None:
        fields = {**summary, **{name: _pair(summary[name]) for name in ("straight", "aligned", "larger_end")}}
        super().__init__(fields, certificate, job)
        self._network = network

    @property
    def model(self) -> Any:
        """The second model in its new order, of the kind that it was."""
        return _rebuilt(self._job, self._network, -1)

    def _ends(self) -> tuple[Any, Any]:
        return self._job.networks[-1], self._network

    def check(self, *, progress: Any = True) -> Verdict:
        """Has the independent checker prove that both are the same function of every input."""
        assert self.certificate is not None
        self.verdict = _checked(self.certificate, self._ends(), progress)
        return self.verdict

    def _headline(self) -> str:
        return f"aligned by {self.by}: {self.moved} neurons have another place"


class DescendResult(_Drawn, Result):
    """A path on which the loss falls strictly, or never rises, and ends at ε or below.

    Source: ICML 2019, Theorem 4.2 and section 4; strictly: `docs/statements.md`.
    """

    statement: str
    wide_layer: int = _field("The layer whose features have rank N; 0 for the data.")
    strictly: bool = _field("Whether the loss falls strictly.")
    not_strictly: Optional[str] = _field("Why it does not.")
    stays_below: Optional[Fraction] = _field("The loss may rise to this; where it is None it never rises.")
    does_not_apply: list[str]
    widths: list[int]
    samples: int
    loss: dict[str, str]
    start: Pair
    end: Pair
    largest_integer_bits: int

    def __init__(self, summary: dict[str, Any], way: Any, certificate: bytes, job: Any) -> None:
        fields = {**summary, "stays_below": exact(summary["stays_below"])}
        fields |= {name: _pair(summary[name]) for name in ("start", "end")}
        super().__init__(fields, certificate, job)
        self._path = way

    def _headline(self) -> str:
        way = "strictly" if self.strictly else "never rising" if self.stays_below is None else f"never above {self.stays_below}"
        return f"descends {way} from {_short(self.start)} to {_short(self.end)}, {len(self.moves)} moves"


class EscapeResult(_Drawn, Result):
    """An unbounded path of constant loss: the last move runs to infinity. Source: ICML 2019, Theorems 3.2 (2) and 4.2 (2)."""

    statement: str
    construction: str
    widths: list[int]
    samples: int
    loss: Optional[dict[str, str]]
    largest_integer_bits: int

    def __init__(self, summary: dict[str, Any], way: Any, certificate: bytes, job: Any) -> None:
        super().__init__(summary, certificate, job)
        self._path = way

    def _headline(self) -> str:
        return f"escapes to infinity: {self.construction}"


class IndependentResult(Result):
    """The features of the last hidden layer, with ones, have rank N.

    Source: Nguyen, Mukkamala, Hein, *On the loss landscape of a class of deep neural networks with no bad local valleys* (ICLR
    2019), Lemma 3.2.
    """

    widths: list[int]
    activation: str
    samples: int
    features: int = _field("Features, the ones counted.")
    rank_in_doubles: int = _field("What doubles see: a count, no proof.")
    precision: int
    bits: int
    almost_every_network: bool = _field("Whether almost every network of this architecture has rank N, too.")

    def _headline(self) -> str:
        return f"{self.features} features have rank {self.samples} on the {self.samples} samples"


class ClassPathResult(Result):
    """A path of inputs on which the network gives one class.

    Source: Nguyen, Mukkamala, Hein, *Neural Networks Should Be Wide Enough to Learn Disconnected Decision Regions* (ICML 2018),
    and the thesis (Nguyen 2019), Theorem 5.2.3.
    """

    widths: list[int]
    activation: str
    label: Any = _field("The class, as the model calls it.")
    output: int = _field("Its place among the outputs, from 0.")
    given: list[int] = _field("Which vertices are the given samples.")
    method: str
    legs: list[dict[str, Any]]
    segments: int
    pieces: int = _field("Affine pieces of all segments.")
    margin: Pair = _field("The least lead over another class on the whole path, enclosed.")
    margin_segment: int = _field("Where that is: the segment, from 0.")
    margin_lambda: float = _field("Where on it, from 0 to 1.")
    margin_against: int = _field("Over which output.")
    range: Pair = _field("The smallest and the largest coordinate.")
    promised: bool = _field("Whether Theorem 5.2.3 promises a path between any two inputs of one class.")
    unmet: list[str] = _field("What is missing for that.")
    vertices: np.ndarray = _field("[m, d], rounded to doubles.")

    def __init__(self, summary: dict[str, Any], vertices: Any, certificate: bytes, job: Any) -> None:
        classes = job.reads[0].classes
        output = summary["class"]
        fields = {**summary, "output": output, "label": output if classes is None else classes[output]}
        fields |= {name: _pair(summary[name]) for name in ("margin", "range")}
        super().__init__(fields, certificate, job)
        self.vertices = vertices

    def check(self, *, progress: Any = True) -> Verdict:
        """Has the independent checker prove the class on every segment, for the model's own weights."""
        assert self.certificate is not None
        self.verdict = self._job.check(self.certificate, (self._job.networks[0], None), progress, with_data=False)
        return self.verdict

    def plot(self, *, shape: Any = None, frames: int = 9, axes: Any = None) -> Any:
        """A matplotlib figure: inputs along the path, evenly spaced in length, as images of this shape (a square by default)."""
        return plots.film(self.vertices, shape, frames, axes)

    def _headline(self) -> str:
        return f"class {self.label} at every point of {self.segments} segments: {self.method}"


class RegionsResult(Result):
    """The decision regions of a network in a plane or on a line, counted exactly.

    Source: the thesis (Nguyen 2019), chapter 5 (`docs/regions.md`). With connected=True no region is looked at, and nothing counted.
    """

    widths: list[int]
    activation: str
    whole_space: Optional[bool] = _field("Whether what was counted holds in the whole input space.")
    connected: Optional[bool] = _field("With connected=True: the regions of all classes are connected, in the whole space.")
    classes: Optional[list[list[dict[str, Any]]]] = _field(
        "For each class its components: `cells`, `bounded`, and `area` (a length on a line), exact, if it is bounded."
    )
    tie_cells: Optional[int] = _field("Cells on which no class wins.")
    cells: Optional[int]
    linear_regions: Optional[list[int]] = _field("Linear regions after each hidden layer.")
    unbounded_cells: Optional[int]
    corners: Optional[int]
    float_components: Optional[list[int]] = _field("The components of each class as double precision counts them.")
    proved: Optional[str] = _field("What the certificate proves, in words.")

    def __init__(self, summary: dict[str, Any], certificate: Optional[bytes], picture: Optional[str], job: Any) -> None:
        for components in summary.get("classes") or []:
            for component in components:
                component["area"] = exact(component["area"])
        super().__init__(summary, certificate, job)
        self._picture = picture

    def check(self, *, progress: Any = True) -> Verdict:
        """Has the independent checker prove the certificate for the model's own weights."""
        if self.certificate is None:
            raise ValueError("nothing was asked to be proved: pass disconnected=C, census=True or connected=True")
        self.verdict = self._job.check(self.certificate, (self._job.networks[0], None), progress, with_data=False)
        return self.verdict

    def plot(self, *, window: Any = None, axes: Any = None) -> Any:
        """A matplotlib figure of the regions, one colour a class; `window` is (x0, x1, y0, y1)."""
        if self._picture is None:
            raise ValueError("connected=True looks at no region: there is nothing to draw")
        return plots.regions(json.loads(self._picture), window, axes)

    def _headline(self) -> str:
        if self.connected:
            return "the regions of all classes are connected"
        return "components of each class: " + ", ".join(str(len(components)) for components in self.classes or [])


class AssumeResult(_Fields):
    """Assumptions 2.1 and 2.2 of ICML 2019 for an activation, with the witness or the reason."""

    activation: str
    lines: list[str] = _field("The same in words, a line each.")
    findings: dict[str, Any] = _field("All that was decided, with the witnesses: what the command line prints with --json.")
    certificate: Optional[Certificate] = _field("That there is no relation among the given shifts.")

    def __init__(self, lines: list[str], findings: dict[str, Any], certificate: Optional[bytes]) -> None:
        made = Certificate(certificate) if certificate is not None else None
        super().__init__({"activation": findings["activation"], "lines": lines, "findings": findings, "certificate": made})

    def check(self, *, progress: Any = True) -> Verdict:
        """Has the independent checker prove the certificate."""
        if self.certificate is None:
            raise ValueError("there is no certificate: give shifts among which there is no relation")
        return _checked(self.certificate, (None, None), progress)

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def _headline(self) -> str:
        return " | ".join(self.lines)
