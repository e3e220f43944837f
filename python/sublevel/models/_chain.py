"""What models of all libraries have in common: their layers in order, and the network that these are."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Optional

import numpy as np

from .. import _sublevel

#: The distance from 1 to the next number of half a float.
HALVES = {"float16": 2.0**-10, "bfloat16": 2.0**-7}

#: What is said of layers that are not covered.
COVERED = (
    "covered are linear layers with one activation between them (ReLU, leaky ReLU, abs, hard tanh, sigmoid, tanh, softplus, ELU), "
    "flattening, dropout, one-dimensional batch normalisation, and a softmax or sigmoid at the end"
)


@dataclass
class Read:
    """A model that was read."""

    #: What it is called in sentences.
    name: str
    #: The compiled network, exact.
    network: Any
    #: σ as the library writes it; None where nothing says it.
    activation: Optional[str]
    #: What the model computes with.
    dtype: np.dtype
    #: The model's own forward pass: X as it was given to an array [N, n_L]; None for plain lists.
    forward: Optional[Callable[[Any], np.ndarray]]
    #: A model of the same kind with these weights.
    rebuild: Callable[[Any], Any]
    #: What the model puts behind the last layer: `softmax`, `log-softmax`, `sigmoid`, or nothing.
    applied: str = ""
    #: What was left out or changed, a sentence each.
    notes: list[str] = field(default_factory=list)
    #: What the classes are called, in order (scikit-learn).
    classes: Optional[np.ndarray] = None
    #: The loss where it differs from the usual one.
    loss: Optional[str] = None
    #: What happens to X before the first layer (a pipeline of scikit-learn).
    prepare: Optional[Callable[[Any], Any]] = None
    #: How far the framework's own activation may be from σ, beyond rounding.
    slack: float = 0.0
    #: Whether it is fitted to numbers, so that whole ones are no labels.
    regresses: bool = False
    #: The unit roundoff of its own forward pass, where that is another one than that of `dtype`.
    unit: Optional[float] = None

    @property
    def roundoff(self) -> float:
        return float(np.finfo(self.dtype).eps) if self.unit is None else self.unit

    def holds(self, layers: Any) -> bool:
        """Whether these weights are within the numbers that the model has."""
        dtype = np.dtype("float16") if self.unit == HALVES["float16"] else self.dtype
        # Said by the answer and not by a warning.
        with np.errstate(over="ignore"):
            return all(np.isfinite(part.astype(dtype)).all() for layer in layers for part in layer)


@dataclass
class Linear:
    name: str
    weight: np.ndarray
    bias: np.ndarray


@dataclass
class Sigma:
    name: str
    sigma: str
    slack: float = 0.0


@dataclass
class Norm:
    name: str
    gamma: np.ndarray
    beta: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    epsilon: float


@dataclass
class Applied:
    name: str
    applied: str


def refuse(name: str, layer: str, what: str) -> ValueError:
    return ValueError(f"{name}: its layer `{layer}` is {what}, which is not covered: {COVERED}")


@dataclass
class Chain:
    """The network that layers are."""

    name: str
    network: Any
    activation: Optional[str]
    applied: str
    notes: list[str]
    #: Whether normalisations were folded into linear layers.
    is_folded: bool
    slack: float
    dtype: np.dtype

    def read(self, forward: Callable[[Any], np.ndarray], rebuild: Callable[[Any], Any], dtypes: Iterable[Any]) -> Read:
        """The same as a model that was read, which computes in these kinds of floats."""
        return Read(
            self.name, self.network, self.activation, self.dtype, forward, rebuild, self.applied, self.notes, slack=self.slack,
            unit=unit(dtypes),
        )


def assemble(name: str, steps: list[Any]) -> Chain:
    """The network of the layers in order."""
    notes: list[str] = []
    steps = [step for step in steps if not (isinstance(step, Sigma) and step.sigma == "identity")]
    applied = ""
    if steps and isinstance(steps[-1], Applied):
        applied = steps.pop().applied
    elif len(steps) > 1 and isinstance(steps[-1], Sigma) and steps[-1].sigma == "sigmoid":
        applied = steps.pop() and "sigmoid"
    if applied:
        notes.append(f"the {applied} at the end of {name} was left out: losses are of the outputs in front of it")
    for step in steps:
        if isinstance(step, Applied):
            raise refuse(name, step.name, f"a {step.applied} before the last layer")
    if not steps or not isinstance(steps[0], (Linear,)):
        raise ValueError(f"{name} has to begin with a linear layer; it begins with {_named(steps)}")
    if isinstance(steps[-1], Sigma):
        raise ValueError(
            f"{name} ends with the activation `{steps[-1].name}` ({steps[-1].sigma}): the theorems are about networks whose last layer is "
            "linear; end it with a linear layer"
        )
    sigmas = {step.sigma: step.name for step in steps if isinstance(step, Sigma)}
    if len(sigmas) > 1:
        found = ", ".join(f"{sigma} (`{layer}`)" for sigma, layer in sigmas.items())
        raise ValueError(f"{name} has several activations, {found}: there has to be one for all hidden layers")
    kinds = "".join("LSN"[(Linear, Sigma, Norm).index(type(step))] for step in steps)
    if "LL" in kinds or "LNL" in kinds:
        second = [i for i in range(len(steps)) if kinds[i] == "L" and i and "S" not in kinds[kinds.rindex("L", 0, i) : i]][0]
        raise ValueError(f"{name}: no activation stands before `{steps[second].name}`: multiply it with the layer before it")
    if "SS" in kinds:
        raise ValueError(f"{name}: two activations follow each other at `{steps[kinds.index('SS') + 1].name}`")
    slack = max([step.slack for step in steps if isinstance(step, Sigma)], default=0.0)
    activation = _sublevel.canonical(next(iter(sigmas))) if sigmas else None
    is_folded = "N" in kinds
    if is_folded:
        network = _folded(name, steps, kinds, notes)
    else:
        network = _sublevel.Network([(step.weight, step.bias) for step in steps if isinstance(step, Linear)])
    # Without a hidden layer any activation will do.
    activation = activation or ("identity" if len(network.widths) == 2 else None)
    return Chain(name, network, activation, applied, notes, is_folded, slack, steps[0].weight.dtype)


def _named(steps: list[Any]) -> str:
    return f"`{steps[0].name}`" if steps else "nothing"


def _folded(name: str, steps: list[Any], kinds: str, notes: list[str]) -> Any:
    """The network with its batch normalisations in its linear layers, as the library's import does it."""
    before, after = "LN" in kinds, "SN" in kinds
    if before and after or "NN" in kinds:
        raise ValueError(f"{name}: its batch normalisations stand before and behind activations; they are folded where all stand alike")
    epsilons = {step.epsilon for step in steps if isinstance(step, Norm)}
    if len(epsilons) > 1:
        raise ValueError(f"{name}: its batch normalisations have several epsilons, {sorted(epsilons)}: there has to be one")
    arrays = {}
    for number, step in enumerate(steps):
        if isinstance(step, Linear):
            arrays |= {f"{number}.weight": step.weight.T, f"{number}.bias": step.bias}
        elif isinstance(step, Norm):
            arrays |= {f"{number}.weight": step.gamma, f"{number}.bias": step.beta}
            arrays |= {f"{number}.running_mean": step.mean, f"{number}.running_var": step.variance}
    file = io.BytesIO()
    np.savez(file, **arrays)
    place = "before-activation" if before else "after-activation"
    notes.append(
        f"the normalisations of {name}, {place.replace('-', ' ')}, were folded into its linear layers, rounded to doubles: straight "
        "lines between networks are those between the folded ones"
    )
    return _sublevel.Network.folded(file.getvalue(), place, epsilons.pop())


def floats(array: Any) -> np.ndarray:
    """An array of floats of 32 or 64 bits with the same numbers, without a copy where it is one."""
    array = numpy(array)
    if array.dtype in (np.float32, np.float64):
        return array
    if array.dtype == np.float16 or array.dtype.name == "bfloat16":
        return array.astype(np.float32)
    if array.dtype.kind in "biuf" and array.dtype.itemsize <= 8:
        exact = array.astype(np.float64)
        if array.dtype.kind in "iu" and not np.array_equal(exact.astype(array.dtype), array):
            raise ValueError("there are integers beyond 2**53, which are no doubles")
        return exact
    raise ValueError(f"an array of {array.dtype}, which holds no numbers that are doubles")


def unit(dtypes: Iterable[Any]) -> Optional[float]:
    """The unit roundoff of the coarsest of these, where that is half a float: such arrays are widened when they are read."""
    return max((HALVES[str(dtype)] for dtype in dtypes if str(dtype) in HALVES), default=None)


def numpy(array: Any) -> np.ndarray:
    """A tensor of any library as an array, without a copy where there is none to be made."""
    if hasattr(array, "detach"):
        array = array.detach().cpu()
        if str(array.dtype) == "torch.bfloat16":
            array = array.float()
        return array.numpy()
    return np.asarray(array)

def decimal(number: Any) -> str:
    """The shortest decimal that names a float: what the user wrote."""
    return repr(float(number))


def dense(found: Any, dtype: np.dtype) -> list[tuple[np.ndarray, np.ndarray]]:
    """The layers of a compiled network, in what the model computes with."""
    return [(weight.astype(dtype), bias.astype(dtype)) for weight, bias in found]
