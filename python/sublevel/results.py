"""What comes out: objects with named fields, a certificate, pictures, and models of the kind that came in.

Numbers that are exact are `fractions.Fraction`; enclosures are pairs of floats, rounded outward.
"""

from __future__ import annotations

import html
import json
import os
from fractions import Fraction
from typing import Any, Optional, Union

from . import _sublevel, plots

Pair = "tuple[float, float]"


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


class _Fields:
    """Named fields, which a class lists as annotations."""

    def __init__(self, fields: dict[str, Any]) -> None:
        for name in self._names():
            setattr(self, name, fields.get(name))

    @classmethod
    def _names(cls) -> list[str]:
        names: list[str] = []
        for kind in reversed(cls.__mro__):
            names += [name for name in getattr(kind, "__annotations__", {}) if not name.startswith("_") and name not in names]
        return names

    def to_dict(self) -> dict[str, Any]:
        """The fields by their names."""
        return {name: getattr(self, name) for name in self._names()}

    def _headline(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        return f"<{self._headline()}>"

    def _rows(self) -> list[tuple[str, Any]]:
        skipped = ("certificate", "verdict", "text")
        return [(name, value) for name, value in self.to_dict().items() if name not in skipped and value not in (None, [], {})]

    def _repr_html_(self) -> str:
        cell = "<tr><th style='text-align:left'>{}</th><td style='text-align:left'>{}</td></tr>"
        rows = "".join(cell.format(html.escape(name), html.escape(_short(value))) for name, value in self._rows())
        return f"<p><b>{html.escape(self._headline())}</b></p><table>{rows}</table>"


def _short(value: Any) -> str:
    text = "[" + ", ".join(f"{end:.9g}" for end in value) + "]" if _is_pair(value) else str(value)
    return text if len(text) <= 200 else text[:200] + "…"


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(isinstance(end, float) for end in value)


def _pair(value: Any) -> Any:
    """A pair of floats; None, an infinity."""
    if value is None:
        return None
    lower, upper = value
    return (float("-inf") if lower is None else float(lower), float("inf") if upper is None else float(upper))


class Verdict(_Fields):
    """What a certificate proves, by the independent checker."""

    #: What is claimed: connected, barrier, descends, unbounded, same-function, ….
    claim: str
    #: What is proved, in words.
    text: str
    #: The number below which the loss stays, where the claim names one.
    bound: Optional[Fraction]
    #: The losses at both ends, enclosed.
    losses: Optional[list[Pair]]
    #: For which losses it holds.
    scope: Optional[str]
    every_convex_loss: Optional[bool]
    widths: Optional[list[int]]
    samples: Optional[int]
    #: What was compared number by number with what was given.
    compared: Optional[dict[str, Any]]
    #: The author's name for the statement; nothing follows from it.
    statement: str
    seconds: float

    def __init__(self, fields: dict[str, Any], text: str) -> None:
        super().__init__({**fields, "text": text, "bound": exact(fields.get("bound"))})
        if self.losses is not None:
            self.losses = [_pair(loss) for loss in self.losses]
        #: Everything that the checker says, as the command line prints it with --json.
        self.fields = fields

    def __str__(self) -> str:
        return self.text

    def _headline(self) -> str:
        return f"valid: {self.claim}"

    def _repr_html_(self) -> str:
        return f"<p><b>{html.escape(self._headline())}</b></p><pre>{html.escape(self.text)}</pre>"


class Result(_Fields):
    """Something that was proved."""

    #: The proof; None where there is none to be had (a Bézier curve).
    certificate: Optional[Certificate]
    #: What was read: of models and data, a sentence each.
    read: list[str]
    #: Seconds for all of it but the reading.
    seconds: float

    def __init__(self, fields: dict[str, Any], certificate: Optional[bytes], job: Any) -> None:
        super().__init__({**fields, "read": job.notes})
        self.certificate = Certificate(certificate) if certificate is not None else None
        #: What the checker said, after `check`.
        self.verdict: Optional[Verdict] = None
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

    _way: Any
    _job: Any

    @property
    def moves(self) -> list[str]:
        """What each move is: line, follow, bounded, ray, rescale."""
        return self._way.moves

    @property
    def bound(self) -> Optional[Fraction]:
        """The largest bound that a move of the certificate claims, exactly; None where all moves are proved by their ends."""
        return self._way.bound

    def to_models(self) -> list[Any]:
        """The networks after each move, the start included, as models of the kind that came in.

        Their weights are rounded to what these models compute with; the certificate is about the exact ones, `exact(k)`.
        """
        return [self._job.rebuild(vertex) for vertex in self._way.vertices()]

    def path(self, t: Union[int, float, Fraction]) -> Any:
        """The model at a position t from 0 to the number of moves (rounded as `to_models` says); a ray goes on for ever."""
        return self._job.rebuild(self._way.point(str(Fraction(t))))

    def exact(self, t: Union[int, float, Fraction]) -> Any:
        """The network at a position: for each layer W (a list of rows) and b, of `fractions.Fraction`."""
        return self._way.point(str(Fraction(t))).exact()

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

    #: `connected`, or `barrier` where the chain is not below the larger end (then it comes with `Incomplete`).
    claim: str
    #: The theorem, where one built the path: then it holds for every convex loss at once.
    theorem: Optional[str]
    hypotheses: Optional[list[str]]
    does_not_apply: Optional[list[str]]
    #: `chain` or `short`, where the path is for one loss.
    construction: Optional[str]
    #: The label of the certificate.
    statement: Optional[str]
    widths: list[int]
    samples: int
    distinct_inputs: Optional[int]
    #: The loss: name and definition.
    loss: Optional[dict[str, str]]
    #: The losses at both ends, enclosed.
    start: Optional[Pair]
    end: Optional[Pair]
    #: The loss is certified to be at most this on the whole path: for `connected` an upper bound of the larger end.
    at_most: Optional[float]
    #: The largest loss at evenly spaced points of the straight line: floats, no proof.
    straight_line_sampled_maximum: Optional[float]
    start_with_margin: Optional[Pair]
    end_with_margin: Optional[Pair]
    bends: Optional[int]
    steps: Optional[int]
    #: The largest loss at points of a trained chain: floats, no proof.
    sampled_maximum: Optional[float]
    chain_at_most: Optional[float]
    lines: Optional[int]
    follows: Optional[int]
    largest_integer_bits: int
    #: Where b was aligned first, what was found.
    aligned: Optional[Any]

    def __init__(self, summary: dict[str, Any], way: Any, certificate: bytes, job: Any, aligned: Any = None) -> None:
        losses = summary.get("loss") or {}
        fields = {**summary, **losses, "aligned": aligned}
        fields["loss"] = {"name": losses["name"], "definition": losses["definition"]} if losses else None
        if "path_maximum" in losses:
            fields["at_most"] = _pair(losses["path_maximum"])[1]
        for name in ("start", "end", "start_with_margin", "end_with_margin"):
            fields[name] = _pair(fields.get(name))
        super().__init__(fields, certificate, job)
        self._way = way

    def _headline(self) -> str:
        by = self.theorem or {"short": "lines"}.get(self.construction or "", "a chain")
        how = "connected" if self.claim == "connected" else "bounded, not connected,"
        return f"{how} by {by}, {self._title()}, {len(self.moves)} moves"


class BarrierResult(Result):
    """The largest loss on a path, enclosed: lower ≤ max ≤ upper over every point (`docs/barrier.md`)."""

    widths: list[int]
    samples: int
    loss: dict[str, str]
    segments: int
    curve: str
    tolerance: Optional[float]
    #: max over the path.
    maximum: Optional[Pair]
    #: Whether that is as narrow as was asked.
    decided: bool
    #: Where the maximum is attained: segment, from, to.
    regions: list[dict[str, float]]
    #: Where it was proved that the loss is at least `maximum[0]`.
    witness: dict[str, float]
    start: Pair
    end: Pair
    #: Above the linear interpolation of the end losses (Frankle et al. 2020).
    above_linear_interpolation: Pair
    #: Above the larger end (Garipov et al. 2018).
    above_larger_end: Pair
    #: The largest of evenly spaced samples: floats, no proof.
    sampled_maximum: float
    sampled_points: int
    sampling_seconds: Optional[float]
    evaluations: int
    #: Of `below`: the number, and the bound that shows it.
    alpha: Optional[Fraction]
    upper: Optional[float]

    def __init__(self, summary: dict[str, Any], found: Any, job: Any, bezier: bool) -> None:
        loss = {"name": summary["loss"], "definition": summary["loss_definition"]}
        fields = {**summary, "loss": loss, "alpha": exact(summary.get("alpha"))}
        for name in ("maximum", "start", "end", "above_linear_interpolation", "above_larger_end"):
            fields[name] = _pair(fields.get(name))
        way, certificate = found if found is not None else (None, None)
        super().__init__(fields, certificate, job)
        self._way, self._bezier = way, bezier

    @property
    def bound(self) -> Optional[Fraction]:
        """The bound that the certificate proves, exactly."""
        return self._way.bound if self._way is not None else None

    def path(self, t: Union[int, float, Fraction]) -> Any:
        """The model at a position t, from 0 to the number of segments."""
        if self._way is None:
            raise ValueError("points of a Bézier curve are not built here")
        return self._job.rebuild(self._way.point(str(Fraction(t))))

    def plot(self, *, axes: Any = None, pieces: int = 256) -> Any:
        """A matplotlib figure: the loss (sampled), a curve that is proved to be above it, and the enclosure of the maximum."""
        job = self._job
        picture = json.loads(_sublevel.envelope(job.setting, job.networks, self._bezier, pieces))
        title = f"{'-'.join(map(str, self.widths))}, N = {self.samples}"
        return plots.barrier(picture, self.maximum, self.loss["name"], title, axes)

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
    #: Neurons of each hidden layer that have another place than before.
    moved: list[int]
    #: For each hidden layer: neuron i was neuron `orders[i]`, from 0.
    orders: list[list[int]]
    loss: Optional[dict[str, str]]
    #: The largest loss on the straight line, certified: before, and after.
    straight: Optional[Pair]
    aligned: Optional[Pair]
    larger_end: Optional[Pair]

    def __init__(self, summary: dict[str, Any], network: Any, certificate: bytes, job: Any) -> None:
        fields = {**summary, **{name: _pair(summary[name]) for name in ("straight", "aligned", "larger_end")}}
        super().__init__(fields, certificate, job)
        self._network = network

    @property
    def model(self) -> Any:
        """The second model in its new order, of the kind that it was."""
        return self._job.rebuild(self._network, -1)

    def _ends(self) -> tuple[Any, Any]:
        return self._job.networks[-1], self._network

    def check(self, *, progress: Any = True) -> Verdict:
        """Has the independent checker prove that both are the same function of every input."""
        assert self.certificate is not None
        # The claim holds for every σ: neither an activation nor data are compared.
        fields, text = _sublevel.check(bytes(self.certificate), None, None, *self._ends(), [], True, None)
        self.verdict = Verdict(json.loads(fields), text)
        return self.verdict

    def _headline(self) -> str:
        return f"aligned by {self.by}: {self.moved} neurons have another place"


class DescendResult(_Drawn, Result):
    """A path on which the loss falls strictly, or never rises, and ends at ε or below.

    Source: ICML 2019, Theorem 4.2 and section 4; strictly: `docs/statements.md`.
    """

    statement: str
    #: The layer whose features have rank N; 0 for the data.
    wide_layer: int
    #: Whether the loss falls strictly, and why not.
    strictly: bool
    not_strictly: Optional[str]
    #: The loss may rise to this; where it is None it never rises.
    stays_below: Optional[Fraction]
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
        self._way = way

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
        self._way = way

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
    #: Features, the ones counted.
    features: int
    #: What doubles see: a count, no proof.
    rank_in_doubles: int
    precision: int
    bits: int
    #: Whether almost every network of this architecture has rank N, too.
    almost_every_network: bool

    def _headline(self) -> str:
        return f"{self.features} features have rank {self.samples} on the {self.samples} samples"


class ClassPathResult(Result):
    """A path of inputs on which the network gives one class.

    Source: Nguyen, Mukkamala, Hein, *Neural Networks Should Be Wide Enough to Learn Disconnected Decision Regions* (ICML 2018),
    and the thesis (Nguyen 2019), Theorem 5.2.3.
    """

    widths: list[int]
    activation: str
    #: The class, as the model calls it, and its place among the outputs, from 0.
    label: Any
    output: int
    #: Which vertices are the given samples.
    given: list[int]
    method: str
    legs: list[dict[str, Any]]
    segments: int
    #: Affine pieces of all segments.
    pieces: int
    #: The least lead over another class on the whole path, enclosed; where, and over which output.
    margin: Pair
    margin_segment: int
    margin_lambda: float
    margin_against: int
    #: The smallest and the largest coordinate.
    range: Pair
    #: Whether Theorem 5.2.3 promises a path between any two inputs of one class, and what is missing.
    promised: bool
    unmet: list[str]

    def __init__(self, summary: dict[str, Any], vertices: Any, certificate: bytes, job: Any) -> None:
        classes = job.reads[0].classes
        output = summary["class"]
        fields = {**summary, "output": output, "label": output if classes is None else classes[output]}
        fields |= {name: _pair(summary[name]) for name in ("margin", "range")}
        super().__init__(fields, certificate, job)
        #: The vertices, an array [m, d], rounded to doubles.
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

    Source: the thesis (Nguyen 2019), chapter 5 (`docs/regions.md`).
    """

    widths: list[int]
    activation: str
    #: Whether what was counted holds in the whole input space.
    whole_space: bool
    #: With connected=True: the regions of all classes are connected, in the whole space.
    connected: Optional[bool]
    #: For each class its components: `cells`, `bounded`, and `area` (a length on a line), exact, if it is bounded.
    classes: list[list[dict[str, Any]]]
    #: Cells on which no class wins.
    tie_cells: int
    cells: int
    #: Linear regions after each hidden layer.
    linear_regions: list[int]
    unbounded_cells: int
    corners: int
    #: The components of each class as double precision counts them.
    float_components: Optional[list[int]]
    #: What the certificate proves, in words.
    proved: Optional[str]

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
        return "components of each class: " + ", ".join(str(len(components)) for components in self.classes)


class AssumeResult(_Fields):
    """Assumptions 2.1 and 2.2 of ICML 2019 for an activation, with the witness or the reason."""

    activation: str
    #: The same in words, a line each.
    lines: list[str]
    #: All that was decided, with the witnesses: what the command line prints with --json.
    findings: dict[str, Any]
    #: That there is no relation among the given shifts.
    certificate: Optional[Certificate]

    def __init__(self, lines: list[str], findings: dict[str, Any], certificate: Optional[bytes]) -> None:
        made = Certificate(certificate) if certificate is not None else None
        super().__init__({"activation": findings["activation"], "lines": lines, "findings": findings, "certificate": made})

    def check(self, *, progress: Any = True) -> Verdict:
        """Has the independent checker prove the certificate."""
        if self.certificate is None:
            raise ValueError("there is no certificate: give shifts among which there is no relation")
        fields, text = _sublevel.check(bytes(self.certificate), None, None, None, None, [], True, None)
        return Verdict(json.loads(fields), text)

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def _headline(self) -> str:
        return " | ".join(self.lines)
