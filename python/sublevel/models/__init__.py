"""Models of other libraries as fully connected networks, and back.

A network is a list of pairs (W, b), W of shape [inputs, neurons] and b of shape [neurons], with one activation between the
layers. Whatever else a model does is refused by its name: nothing is guessed. What the walk through the model found is then
compared with the model's own forward pass (`compare`).
"""

from __future__ import annotations

import sys
import threading
from fractions import Fraction
from typing import Any, Optional, Sequence

import numpy as np

from .. import _sublevel
from ._chain import HALVES, Read, dense, floats, numpy, unit

__all__ = ["Read", "read", "compare", "together", "floats", "numpy"]


#: Reading traces a model, which patches its library, and has it in evaluation for so long: one thread at a time.
_READING = threading.RLock()


def read(
    model: Any, name: str = "the model", activation: Optional[str] = None, shape: Optional[tuple[int, ...]] = None
) -> Read:
    """Reads a model of any kind that is known; `activation` is needed for plain lists and compared for the others. `shape` is that of a
    sample, for models that only a call of theirs tells apart."""
    with _READING:
        found = _known(model, name, activation, shape)
    if activation is not None and found.activation is not None:
        asked = _sublevel.canonical(activation)
        if asked != found.activation:
            raise ValueError(f"{name} has the activation {found.activation}, but activation={asked!r} is asked for")
    return found


def _known(model: Any, name: str, activation: Optional[str], shape: Optional[tuple[int, ...]]) -> Read:
    # A library whose model this is has been imported.
    torch, keras, flax = (sys.modules.get(library) for library in ("torch", "keras", "flax"))
    if torch is not None and isinstance(model, torch.nn.Module):
        from ._torch import from_torch

        return from_torch(model, name)
    if hasattr(model, "coefs_") or hasattr(model, "hidden_layer_sizes") or hasattr(model, "named_steps"):
        from ._sklearn import from_sklearn

        return from_sklearn(model, name)
    if keras is not None and isinstance(model, keras.Model):
        from ._keras import from_keras

        return from_keras(model, name, shape)
    if flax is not None:
        from ._flax import from_flax, is_flax

        if is_flax(model):
            return from_flax(model, name, shape)
    if isinstance(model, (list, tuple)):
        return from_lists(model, name, activation)
    raise ValueError(
        f"a {type(model).__module__}.{type(model).__qualname__} is no model that is known: torch.nn.Module, MLPClassifier, "
        "MLPRegressor, keras.Model, flax.nnx.Module, (flax.linen.Module, variables) or a list of (W, b)"
    )


def from_lists(model: Any, name: str = "the model", activation: Optional[str] = None) -> Read:
    """Pairs (W, b), W [inputs, neurons] and b [neurons], as arrays; nothing says the activation, so that it has to be given."""
    layers, dtypes = [], []
    for number, pair in enumerate(model, 1):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise ValueError(f"{name}: layer {number} is no pair (W, b)")
        weight, bias = (floats(part) for part in pair)
        if weight.ndim != 2 or bias.ndim != 1:
            raise ValueError(f"{name}: layer {number} has arrays of {weight.ndim} and {bias.ndim} axes; W has two and b has one")
        layers.append((weight, bias))
        dtypes += [str(getattr(part, "dtype", "")).removeprefix("torch.") for part in pair]
    dtype = np.result_type(*[part.dtype for pair in layers for part in pair]) if layers else np.dtype(float)

    network = _sublevel.Network(layers)
    activation = _sublevel.canonical(activation) if activation is not None else ("identity" if len(layers) == 1 else None)
    return Read(name, network, activation, dtype, None, lambda found: dense(found, dtype), unit=unit(dtypes))


# ---------------------------------------------------------------------------------------------------------------------
# The comparison of outputs


def _slope(activation: str) -> float:
    """S with |σ(x) − σ(y)| ≤ S |x − y|."""
    kind, _, rest = activation.partition("=")
    if kind == "sigmoid":
        return 0.25
    if kind in ("leaky-relu", "elu"):
        return max(1.0, abs(float(Fraction(rest or "1"))))
    if kind.startswith("pl:"):
        slopes = activation.split("slopes=")[1].split(";")[0]
        return max(abs(float(Fraction(slope))) for slope in slopes.split(","))
    return 1.0


def rounding(read_: Read, levels: list[np.ndarray], activation: str) -> np.ndarray:
    """[N, n_L]: how far rounding may put the outputs from the exact ones, in any order of summation; `levels` are X, F_1, …, F_L.

    The usual a-priori bound, layer by layer: a sum of n products is off by (n + 2) u Σ |x_i w_i|, u the unit roundoff.
    """
    roundoff = read_.roundoff
    error = roundoff * np.abs(levels[0])
    layers, slope = read_.network.layers(), _slope(activation)
    for number, (weight, bias) in enumerate(layers, 1):
        size, below = np.abs(weight), np.abs(levels[number - 1])
        error = error @ size + (len(weight) + 2) * roundoff * (below @ size + np.abs(bias))
        if number < len(layers):
            error = slope * error + 4 * roundoff * (np.abs(levels[number]) + 1) + read_.slack
    # Second orders, and the doubles that it is computed in here.
    return 2 * error


def compare(read_: Read, setting: Any, given: Any, activation: str, theirs: Any = None) -> str:
    """Compares the outputs on X with the model's own forward pass; a sentence, or a `ValueError` that says where they differ.

    `given` is X as the user gave it; `theirs` are outputs that the user computed.
    """
    whose = "the outputs that were given" if theirs is not None else "its own forward pass"
    if theirs is None:
        if read_.forward is None:
            return f"{read_.name}: plain arrays have no forward pass of their own to compare with"
        with _READING:
            theirs = read_.forward(given)
    theirs = np.asarray(numpy(theirs), dtype=float)
    levels = setting.levels(read_.network)
    outputs = levels[-1]
    if theirs.shape != outputs.shape:
        raise ValueError(f"{read_.name}: the shape of {whose} is {theirs.shape}, but here it is {outputs.shape}")
    what, theirs, ours, error = _behind(read_, theirs, outputs, rounding(read_, levels, activation))
    difference = np.abs(ours - theirs)
    off = ~(difference <= error)
    if off.any():
        worst = np.where(off, np.where(np.isnan(difference), np.inf, difference / error), 0)
        place = tuple(int(index) for index in np.unravel_index(np.argmax(worst), worst.shape))
        raise ValueError(
            f"{read_.name} computes something else than the layers that were read: at sample {place[0]}, output {place[1]} (counted from 0) "
            f"{what} is {theirs[place]:.9g}, here {ours[place]:.9g}, and rounding explains {error[place]:.1e} at most "
            f"({int(off.any(axis=1).sum())} of {len(off)} samples differ); is X normalised in the model, or not as it was for training, or does "
            "it compute in less precision than its weights have?"
        )
    # Beyond that a share is 0 or 1 in the model's numbers, whatever the output is; of a softmax logarithms are compared.
    saturated = read_.applied == "sigmoid" and bool((np.abs(outputs) > -np.log(read_.roundoff)).all())
    little = "; every sigmoid is 0 or 1 up to rounding, so that this says little" if saturated else ""
    return f"{read_.name}: outputs on X agree with {whose}, largest difference {difference.max(initial=0):.1e}{little}"


def _behind(read_: Read, theirs: np.ndarray, ours: np.ndarray, error: np.ndarray) -> tuple[str, np.ndarray, np.ndarray, np.ndarray]:
    """What is compared behind a softmax or a sigmoid: its name, theirs, ours, and how far rounding may put them apart."""
    roundoff = read_.roundoff
    if read_.applied == "sigmoid":
        return "its share", theirs, 0.5 * (1 + np.tanh(ours / 2)), error / 4 + 8 * roundoff
    if read_.applied not in ("softmax", "log-softmax"):
        return "it", theirs, ours, error
    shifted = ours - ours.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    size = np.abs(ours).max(axis=1, keepdims=True)
    error = 2 * error.max(axis=1, keepdims=True) + (ours.shape[1] + 8) * roundoff * (1 + 2 * size) + np.zeros_like(logs)
    if read_.applied == "log-softmax":
        return "the log of its share", theirs, logs, error
    # Shares of confident networks are all nearly 0 or 1: their logarithms tell networks apart, down to where they underflow.
    tiny = 2.0**-14 if roundoff == HALVES["float16"] else np.finfo(read_.dtype).tiny
    least = float(np.log(tiny / roundoff))
    with np.errstate(divide="ignore"):
        return "the log of its share", np.maximum(np.log(theirs), least), np.maximum(logs, least), error


def together(reads: Sequence[Read], activation: Optional[str]) -> str:
    """The one activation of all models."""
    found = {read_.activation: read_.name for read_ in reads if read_.activation is not None}
    if len(found) > 1:
        raise ValueError("the models have several activations: " + ", ".join(f"{name} has {sigma}" for sigma, name in found.items()))
    if not found:
        raise ValueError("activation=… is missing: plain arrays do not say it (relu, leaky-relu=0.01, sigmoid, tanh, softplus, elu, …)")
    return next(iter(found))
