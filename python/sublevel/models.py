"""Models of other libraries as fully connected networks, and back.

A network is a list of pairs (W, b), W of shape [inputs, neurons] and b of shape [neurons], with one activation between the
layers. Whatever else a model does is refused by its name: nothing is guessed. What the walk through the model found is then
compared with the model's own forward pass (`compare`).
"""

from __future__ import annotations

import copy
import io
import math
import sys
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Callable, Optional, Sequence

import numpy as np

from . import _sublevel

__all__ = ["Read", "read", "from_lists", "from_torch", "from_sklearn", "from_keras", "from_flax"]

Layers = "list[tuple[np.ndarray, np.ndarray]]"

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


def read(model: Any, name: str = "the model", activation: Optional[str] = None) -> Read:
    """Reads a model of any kind that is known; `activation` is needed for plain lists and compared for the others."""
    found = _reader(model)(model, name, activation)
    if activation is not None and found.activation is not None:
        asked = _sublevel.canonical(activation)
        if asked != found.activation:
            raise ValueError(f"{name} has the activation {found.activation}, but activation={asked!r} is asked for")
    return found


def _reader(model: Any) -> Callable[[Any, str, Optional[str]], Read]:
    torch, keras, flax = (sys.modules.get(library) for library in ("torch", "keras", "flax"))
    if torch is not None and isinstance(model, torch.nn.Module):
        return from_torch
    if hasattr(model, "coefs_") or hasattr(model, "hidden_layer_sizes") or hasattr(model, "named_steps"):
        return from_sklearn
    if keras is not None and isinstance(model, keras.Model):
        return from_keras
    if flax is not None and _is_flax(model):
        return from_flax
    if isinstance(model, (list, tuple)):
        return from_lists
    raise ValueError(
        f"a {type(model).__module__}.{type(model).__qualname__} is no model that is known: torch.nn.Module, MLPClassifier, "
        "MLPRegressor, keras.Sequential, flax.nnx.Sequential, (flax.linen.Sequential, variables) or a list of (W, b)"
    )


# ---------------------------------------------------------------------------------------------------------------------
# Layers in order


@dataclass
class _Linear:
    name: str
    weight: np.ndarray
    bias: np.ndarray


@dataclass
class _Sigma:
    name: str
    sigma: str
    slack: float = 0.0


@dataclass
class _Norm:
    name: str
    gamma: np.ndarray
    beta: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    epsilon: float


@dataclass
class _Applied:
    name: str
    applied: str


def _refuse(name: str, layer: str, what: str) -> ValueError:
    return ValueError(f"{name}: its layer `{layer}` is {what}, which is not covered: {COVERED}")


def _assemble(name: str, steps: list[Any]) -> tuple[Any, Optional[str], str, list[str], bool, float]:
    """(network, activation, applied, notes, whether normalisations were folded, slack) of the layers in order."""
    notes: list[str] = []
    steps = [step for step in steps if not (isinstance(step, _Sigma) and step.sigma == "identity")]
    applied = ""
    if steps and isinstance(steps[-1], _Applied):
        applied = steps.pop().applied
    elif len(steps) > 1 and isinstance(steps[-1], _Sigma) and steps[-1].sigma == "sigmoid":
        applied = steps.pop() and "sigmoid"
    if applied:
        notes.append(f"the {applied} at the end of {name} was left out: losses are of the outputs in front of it")
    for step in steps:
        if isinstance(step, _Applied):
            raise _refuse(name, step.name, f"a {step.applied} before the last layer")
    if not steps or not isinstance(steps[0], (_Linear,)):
        raise ValueError(f"{name} has to begin with a linear layer; it begins with {_named(steps)}")
    if isinstance(steps[-1], _Sigma):
        raise ValueError(
            f"{name} ends with the activation `{steps[-1].name}` ({steps[-1].sigma}): the theorems are about networks whose last layer is "
            "linear; end it with a linear layer"
        )
    sigmas = {step.sigma: step.name for step in steps if isinstance(step, _Sigma)}
    if len(sigmas) > 1:
        found = ", ".join(f"{sigma} (`{layer}`)" for sigma, layer in sigmas.items())
        raise ValueError(f"{name} has several activations, {found}: there has to be one for all hidden layers")
    kinds = "".join("LSN"[(_Linear, _Sigma, _Norm).index(type(step))] for step in steps)
    if "LL" in kinds or "LNL" in kinds:
        second = [i for i in range(len(steps)) if kinds[i] == "L" and i and "S" not in kinds[kinds.rindex("L", 0, i) : i]][0]
        raise ValueError(f"{name}: no activation stands before `{steps[second].name}`: multiply it with the layer before it")
    if "SS" in kinds:
        raise ValueError(f"{name}: two activations follow each other at `{steps[kinds.index('SS') + 1].name}`")
    slack = max([step.slack for step in steps if isinstance(step, _Sigma)], default=0.0)
    activation = _sublevel.canonical(next(iter(sigmas))) if sigmas else None
    if "N" in kinds:
        return _folded(name, steps, kinds, notes), activation, applied, notes, True, slack
    network = _sublevel.Network([(step.weight, step.bias) for step in steps if isinstance(step, _Linear)])
    # Without a hidden layer any activation will do.
    return network, activation or ("identity" if len(network.widths) == 2 else None), applied, notes, False, slack


def _named(steps: list[Any]) -> str:
    return f"`{steps[0].name}`" if steps else "nothing"


def _folded(name: str, steps: list[Any], kinds: str, notes: list[str]) -> Any:
    """The network with its batch normalisations in its linear layers, as the library's import does it."""
    before, after = "LN" in kinds, "SN" in kinds
    if before and after or "NN" in kinds:
        raise ValueError(f"{name}: its batch normalisations stand before and behind activations; they are folded where all stand alike")
    epsilons = {step.epsilon for step in steps if isinstance(step, _Norm)}
    if len(epsilons) > 1:
        raise ValueError(f"{name}: its batch normalisations have several epsilons, {sorted(epsilons)}: there has to be one")
    arrays = {}
    for number, step in enumerate(steps):
        if isinstance(step, _Linear):
            arrays |= {f"{number}.weight": step.weight.T, f"{number}.bias": step.bias}
        elif isinstance(step, _Norm):
            arrays |= {f"{number}.weight": step.gamma, f"{number}.bias": step.beta}
            arrays |= {f"{number}.running_mean": step.mean, f"{number}.running_var": step.variance}
    file = io.BytesIO()
    np.savez(file, **arrays)
    place = "before-activation" if before else "after-activation"
    notes.append(
        f"the batch normalisations of {name}, {place.replace('-', ' ')}, were folded into its linear layers, rounded to doubles: straight "
        "lines between networks are those between the folded ones"
    )
    return _sublevel.Network.folded(file.getvalue(), place, epsilons.pop())


# ---------------------------------------------------------------------------------------------------------------------
# Plain lists


def from_lists(model: Any, name: str = "the model", activation: Optional[str] = None) -> Read:
    """Pairs (W, b), W [inputs, neurons] and b [neurons], as arrays; nothing says the activation, so that it has to be given."""
    layers = []
    for number, pair in enumerate(model, 1):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise ValueError(f"{name}: layer {number} is no pair (W, b)")
        weight, bias = (floats(part) for part in pair)
        if weight.ndim != 2 or bias.ndim != 1:
            raise ValueError(f"{name}: layer {number} has arrays of {weight.ndim} and {bias.ndim} axes; W has two and b has one")
        layers.append((weight, bias))
    dtype = np.result_type(*[part.dtype for pair in layers for part in pair]) if layers else np.dtype(float)

    def rebuild(found: Any) -> Any:
        return [(weight.astype(dtype), bias.astype(dtype)) for weight, bias in found]

    network = _sublevel.Network(layers)
    activation = _sublevel.canonical(activation) if activation is not None else ("identity" if len(layers) == 1 else None)
    return Read(name, network, activation, dtype, None, rebuild)


def floats(array: Any) -> np.ndarray:
    """An array of floats of 32 or 64 bits with the same numbers, without a copy where it is one."""
    array = numpy(array)
    if array.dtype in (np.float32, np.float64):
        return array
    if array.dtype == np.float16:
        return array.astype(np.float32)
    if array.dtype.kind in "biuf" and array.dtype.itemsize <= 8:
        exact = array.astype(np.float64)
        if array.dtype.kind in "iu" and not np.array_equal(exact.astype(array.dtype), array):
            raise ValueError("there are integers beyond 2**53, which are no doubles")
        return exact
    raise ValueError(f"an array of {array.dtype}, which holds no numbers that are doubles")


def numpy(array: Any) -> np.ndarray:
    """A tensor of any library as an array, without a copy where there is none to be made."""
    if hasattr(array, "detach"):
        array = array.detach().cpu()
        if str(array.dtype) == "torch.bfloat16":
            array = array.float()
        return array.numpy()
    return np.asarray(array)


# ---------------------------------------------------------------------------------------------------------------------
# scikit-learn


def from_sklearn(model: Any, name: str = "the model", activation: Optional[str] = None) -> Read:
    """`MLPClassifier`, `MLPRegressor`, or a pipeline that ends with one: X goes through the steps before it first."""
    prepare, notes, whole = None, [], model
    if hasattr(model, "named_steps"):
        steps, model = model[:-1], model.steps[-1][1]
        prepare = steps.transform
        notes.append(f"X went through {', '.join(step for step, _ in steps.steps)} first: what is proved is about what comes out")
    if not hasattr(model, "hidden_layer_sizes"):
        raise ValueError(f"{name} is a {type(model).__name__}: of scikit-learn MLPClassifier and MLPRegressor are covered")
    if not hasattr(model, "coefs_"):
        raise ValueError(f"{name}, a {type(model).__name__}, is not fitted yet: call fit first")
    sigma = {"logistic": "sigmoid"}.get(model.activation, model.activation)
    applied = {"identity": "", "softmax": "softmax", "logistic": "sigmoid"}.get(model.out_activation_)
    if applied is None:
        raise _refuse(name, "out_activation_", f"`{model.out_activation_}`")
    if applied:
        notes.append(f"the {applied} at the end of {name} was left out: losses are of the outputs in front of it")
    classes = getattr(model, "classes_", None)
    outputs = model.coefs_[-1].shape[1]
    many = applied == "sigmoid" and outputs > 1

    def forward(inputs: Any) -> np.ndarray:
        if not applied:
            return np.asarray(whole.predict(inputs)).reshape(len(inputs), outputs)
        shares = np.asarray(whole.predict_proba(inputs))
        return shares[:, 1:] if outputs == 1 and shares.shape[1] == 2 else shares

    def rebuild(found: Any) -> Any:
        other = copy.deepcopy(model)
        other.coefs_ = [weight.astype(old.dtype) for (weight, _), old in zip(found, model.coefs_)]
        other.intercepts_ = [bias.astype(old.dtype) for (_, bias), old in zip(found, model.intercepts_)]
        if whole is model:
            return other
        pipeline = copy.copy(whole)
        pipeline.steps = [*whole.steps[:-1], (whole.steps[-1][0], other)]
        return pipeline

    network = _sublevel.Network(list(zip(model.coefs_, model.intercepts_)))
    return Read(
        name, network, _sublevel.canonical(sigma), model.coefs_[0].dtype, forward, rebuild, applied, notes,
        None if many else classes, "binary-cross-entropy" if many else None, prepare,
    )


# ---------------------------------------------------------------------------------------------------------------------
# PyTorch


def _decimal(number: Any) -> str:
    """The shortest decimal that names a float: what the user wrote."""
    return repr(float(number))


def from_torch(model: Any, name: str = "the model", activation: Optional[str] = None) -> Read:
    """`torch.nn.Module` whose forward is a chain of layers, as it is in evaluation; walked by `torch.fx`."""
    import torch

    training = {module: module.training for module in model.modules()}
    model.eval()
    try:
        steps, linears = _walk_torch(torch, model, name)
    finally:
        for module, was in training.items():
            module.training = was
    network, sigma, applied, notes, folded, slack = _assemble(name, steps)
    like = next(model.parameters())

    def forward(inputs: Any) -> np.ndarray:
        was = {module: module.training for module in model.modules()}
        model.eval()
        try:
            with torch.no_grad():
                given = inputs if isinstance(inputs, torch.Tensor) else torch.as_tensor(np.ascontiguousarray(inputs))
                return numpy(model(given.to(dtype=like.dtype, device=like.device)))
        finally:
            for module, mode in was.items():
                module.training = mode

    def rebuild(found: Any) -> Any:
        return _plain_torch(torch, found, sigma, applied, like) if folded else _copy_torch(torch, model, linears, found)

    return Read(name, network, sigma, numpy(like).dtype, forward, rebuild, applied, notes, slack=slack)


def _copy_torch(torch: Any, model: Any, linears: list[str], found: Any) -> Any:
    other = copy.deepcopy(model)
    with torch.no_grad():
        for target, (weight, bias) in zip(linears, found):
            module = other.get_submodule(target)
            module.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight.T)))
            if module.bias is None:
                module.bias = torch.nn.Parameter(torch.empty_like(module.weight[:, 0]))
            module.bias.copy_(torch.from_numpy(np.ascontiguousarray(bias)))
    return other


def _plain_torch(torch: Any, found: Any, sigma: str, applied: str, like: Any) -> Any:
    """Where normalisations were folded: linear layers and activations alone."""
    nn = torch.nn
    modules: list[Any] = [nn.Flatten()]
    kind, _, parameter = (sigma or "identity").partition("=")
    make = {
        "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "identity": nn.Identity, "hard-tanh": nn.Hardtanh,
        "leaky-relu": lambda: nn.LeakyReLU(float(Fraction(parameter))), "softplus": lambda: nn.Softplus(float(Fraction(parameter or 1))),
        "elu": lambda: nn.ELU(float(Fraction(parameter or 1))),
    }.get(kind)
    if make is None:
        raise ValueError(f"there is no module of torch.nn for the activation {sigma}")
    for number, (weight, bias) in enumerate(found):
        linear = nn.Linear(*weight.shape).to(dtype=like.dtype, device=like.device)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight.T)))
            linear.bias.copy_(torch.from_numpy(np.ascontiguousarray(bias)))
        modules += [make()] * (number > 0) + [linear]
    modules += {"softmax": [nn.Softmax(1)], "log-softmax": [nn.LogSoftmax(1)], "sigmoid": [nn.Sigmoid()]}.get(applied, [])
    return nn.Sequential(*modules).eval()


def _walk_torch(torch: Any, model: Any, name: str) -> tuple[list[Any], list[str]]:
    """The layers in order, and where the linear ones are."""
    try:
        graph = torch.fx.symbolic_trace(model).graph
    except Exception as error:  # whatever forward does with a tensor that is none
        raise ValueError(f"{name}: torch.fx cannot follow the forward of {type(model).__name__}: {error}") from error
    modules = dict(model.named_modules())
    steps: list[Any] = []
    linears: list[str] = []
    current = None
    shapes = set()
    for node in graph.nodes:
        if node.op == "placeholder":
            if current is not None:
                raise ValueError(f"{name}: its forward takes several inputs, of which `{node.target}` is one: {COVERED}")
            current = node
            continue
        if _is_shape(node):
            shapes.add(node)
            continue
        inputs = [one for one in node.all_input_nodes if one not in shapes]
        layer = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
        if node.op == "output":
            if inputs != [current] or node.args[0] is not current:
                raise ValueError(f"{name}: its forward returns more than the output of its last layer")
            break
        if inputs != [current]:
            raise ValueError(f"{name}: `{layer}` takes more than the output of the layer before it: its forward is no chain, and {COVERED}")
        if node.op == "call_module":
            step = _torch_module(torch, modules[node.target], name, node.target)
            if isinstance(step, _Linear):
                if node.target in linears:
                    raise ValueError(f"{name}: its layer `{node.target}` is used twice")
                linears.append(node.target)
        else:
            step = _torch_function(node, name, layer, bool(steps))
        if step is not None:
            steps.append(step)
        current = node
    return steps, linears


def _is_shape(node: Any) -> bool:
    """x.size(…), x.shape and what is picked out of it: no numbers of the network."""
    if node.op == "call_method":
        return node.target == "size"
    picked = getattr(node.target, "__name__", "")
    if node.op != "call_function":
        return False
    return (picked == "getattr" and node.args[1] == "shape") or (picked == "getitem" and _is_shape(node.args[0]))


def _softplus(beta: Any, threshold: Any) -> _Sigma:
    # Beyond the threshold PyTorch takes x itself, which is further off than rounding.
    beta, threshold = float(beta), float(threshold)
    return _Sigma("", f"softplus={_decimal(beta)}", math.log1p(math.exp(-threshold)) / beta)


def _torch_module(torch: Any, module: Any, name: str, target: str) -> Any:
    nn = torch.nn
    kind = type(module)
    if kind is nn.Linear:
        weight = floats(module.weight).T
        bias = floats(module.bias) if module.bias is not None else np.zeros(weight.shape[1], weight.dtype)
        return _Linear(target, weight, bias)
    if kind in (nn.Identity, nn.Dropout, nn.AlphaDropout) or (kind is nn.Flatten and module.start_dim == 1):
        return None
    if kind is nn.BatchNorm1d:
        if module.running_mean is None:
            raise _refuse(name, target, "a BatchNorm1d without running statistics")
        mean, variance = floats(module.running_mean), floats(module.running_var)
        affine = (module.weight, module.bias) if module.affine else (np.ones_like(mean), np.zeros_like(mean))
        return _Norm(target, floats(affine[0]), floats(affine[1]), mean, variance, float(module.eps))
    if kind is nn.Hardtanh and (module.min_val, module.max_val) != (-1.0, 1.0):
        raise _refuse(name, target, f"a Hardtanh from {module.min_val} to {module.max_val}")
    sigma = {
        nn.ReLU: lambda: "relu", nn.LeakyReLU: lambda: f"leaky-relu={_decimal(module.negative_slope)}", nn.Hardtanh: lambda: "hard-tanh",
        nn.Sigmoid: lambda: "sigmoid", nn.Tanh: lambda: "tanh", nn.ELU: lambda: f"elu={_decimal(module.alpha)}",
    }.get(kind)
    if sigma is not None:
        return _Sigma(target, sigma())
    if kind is nn.Softplus:
        step = _softplus(module.beta, module.threshold)
        step.name = target
        return step
    if kind in (nn.Softmax, nn.LogSoftmax):
        return _Applied(target, "softmax" if kind is nn.Softmax else "log-softmax")
    raise _refuse(name, target, f"a {kind.__name__}")


def _torch_function(node: Any, name: str, layer: str, began: bool) -> Any:
    given, options = node.args[1:], dict(node.kwargs)

    def option(place: int, key: str, default: Any) -> Any:
        return given[place] if len(given) > place else options.get(key, default)

    if layer in ("relu", "sigmoid", "tanh", "abs"):
        return _Sigma(layer, layer)
    if layer == "leaky_relu":
        return _Sigma(layer, f"leaky-relu={_decimal(option(0, 'negative_slope', 0.01))}")
    if layer == "elu":
        return _Sigma(layer, f"elu={_decimal(option(0, 'alpha', 1.0))}")
    if layer == "softplus":
        step = _softplus(option(0, "beta", 1), option(1, "threshold", 20))
        step.name = layer
        return step
    if layer == "hardtanh" and (option(0, "min_val", -1.0), option(1, "max_val", 1.0)) == (-1.0, 1.0):
        return _Sigma(layer, "hard-tanh")
    if layer in ("softmax", "log_softmax"):
        return _Applied(layer, layer.replace("_", "-"))
    if layer == "dropout" and not option(1, "training", True):
        return None
    if layer == "flatten" and option(0, "start_dim", 0) == 1:
        return None
    # Before the first layer X is laid out as rows; the comparison of outputs sees whether in another order.
    if layer in ("view", "reshape", "flatten") and not began:
        return None
    raise _refuse(name, layer, f"a call of `{layer}` in forward")


# ---------------------------------------------------------------------------------------------------------------------
# Keras


def _by_name(name: str, layer: str, function: str, slope: float) -> Any:
    """The step of an activation function of Keras or jax.nn, by its name; `slope` is its leaky ReLU's."""
    if function in ("linear", "identity"):
        return None
    if function in ("relu", "sigmoid", "tanh", "softplus", "elu"):
        return _Sigma(layer, function)
    if function == "leaky_relu":
        return _Sigma(layer, f"leaky-relu={_decimal(slope)}")
    if function in ("hard_tanh", "abs"):
        return _Sigma(layer, function.replace("_", "-"))
    if function in ("softmax", "log_softmax"):
        return _Applied(layer, function.replace("_", "-"))
    raise _refuse(name, layer, f"the activation `{function}`")


def from_keras(model: Any, name: str = "the model", activation: Optional[str] = None) -> Read:
    """`keras.Sequential`."""
    import keras

    if not isinstance(model, keras.Sequential):
        raise ValueError(f"{name} is a {type(model).__name__}: of Keras models `keras.Sequential` is covered, whose layers are a chain")
    steps: list[Any] = []
    dense: list[int] = []
    for number, layer in enumerate(model.layers):
        steps += _keras_layer(layer, name)
        if type(layer).__name__ == "Dense":
            dense.append(number)
    network, sigma, applied, notes, folded, slack = _assemble(name, [step for step in steps if step is not None])
    dtype = steps[next(i for i, step in enumerate(steps) if isinstance(step, _Linear))].weight.dtype

    def forward(inputs: Any) -> np.ndarray:
        return numpy(model(numpy(inputs).astype(dtype), training=False))

    def rebuild(found: Any) -> Any:
        if folded:
            raise ValueError(f"{name} has batch normalisations, which were folded: there is no model of the same layers")
        other = keras.models.clone_model(model)
        other.build(model.input_shape)
        for number, (weight, bias) in zip(dense, found):
            if not model.layers[number].use_bias and bias.any():
                raise ValueError(f"{name}: its layer `{model.layers[number].name}` has no bias, and this network has one there")
            other.layers[number].set_weights([weight, bias][: 1 + model.layers[number].use_bias])
        return other

    return Read(name, network, sigma, dtype, forward, rebuild, applied, notes, slack=slack)


def _keras_layer(layer: Any, name: str) -> list[Any]:
    kind, config = type(layer).__name__, layer.get_config()
    if kind in ("InputLayer", "Flatten", "Dropout"):
        return []
    if kind == "Dense":
        weights = [floats(array) for array in layer.get_weights()]
        bias = weights[1] if layer.use_bias else np.zeros(weights[0].shape[1], weights[0].dtype)
        function = getattr(layer.activation, "__name__", str(layer.activation))
        return [_Linear(layer.name, weights[0], bias), _by_name(name, layer.name, function, 0.2)]
    if kind == "Activation":
        return [_by_name(name, layer.name, getattr(layer.activation, "__name__", str(layer.activation)), 0.2)]
    if kind == "ReLU" and config.get("max_value") is None and not config.get("threshold"):
        slope = config.get("negative_slope") or 0.0
        return [_Sigma(layer.name, f"leaky-relu={_decimal(slope)}" if slope else "relu")]
    if kind == "LeakyReLU":
        return [_Sigma(layer.name, f"leaky-relu={_decimal(config['negative_slope'])}")]
    if kind == "ELU":
        return [_Sigma(layer.name, f"elu={_decimal(config['alpha'])}")]
    if kind == "Softmax":
        return [_Applied(layer.name, "softmax")]
    if kind == "BatchNormalization":
        mean = floats(layer.moving_mean)
        gamma = floats(layer.gamma) if layer.scale else np.ones_like(mean)
        beta = floats(layer.beta) if layer.center else np.zeros_like(mean)
        return [_Norm(layer.name, gamma, beta, mean, floats(layer.moving_variance), float(layer.epsilon))]
    raise _refuse(name, layer.name, f"a {kind}")


# ---------------------------------------------------------------------------------------------------------------------
# flax


def _is_flax(model: Any) -> bool:
    from flax import linen, nnx

    pair = isinstance(model, tuple) and len(model) == 2 and isinstance(model[0], linen.Module)
    return pair or isinstance(model, (linen.Module, nnx.Module))


def from_flax(model: Any, name: str = "the model", activation: Optional[str] = None) -> Read:
    """`flax.nnx.Sequential`, or a pair of `flax.linen.Sequential` and its variables."""
    from flax import linen, nnx

    if isinstance(model, linen.Module):
        raise ValueError(f"{name}: a module of flax.linen does not hold its weights; give the pair (module, variables)")
    if isinstance(model, tuple):
        return _from_linen(linen, model, name)
    if not isinstance(model, nnx.Sequential):
        raise ValueError(f"{name} is a {type(model).__name__}: of flax.nnx `Sequential` is covered, whose layers are a chain")
    steps: list[Any] = []
    places: list[int] = []
    for number, layer in enumerate(model.layers):
        if isinstance(layer, nnx.Linear):
            places.append(number)
            weight = floats(layer.kernel[...])
            bias = floats(layer.bias[...]) if layer.use_bias else np.zeros(weight.shape[1], weight.dtype)
            steps.append(_Linear(f"layers[{number}]", weight, bias))
        elif not isinstance(layer, nnx.Dropout):
            steps.append(_jax_function(name, f"layers[{number}]", layer))
    network, sigma, applied, notes, _, slack = _assemble(name, [step for step in steps if step is not None])

    def rebuild(found: Any) -> Any:
        other = nnx.clone(model)
        for place, (weight, bias) in zip(places, found):
            layer = other.layers[place]
            layer.kernel[...] = weight.astype(layer.kernel.dtype)
            if layer.use_bias:
                layer.bias[...] = bias.astype(layer.bias.dtype)
            elif bias.any():
                raise ValueError(f"{name}: layers[{place}] has no bias, and this network has one there")
        return other

    def forward(inputs: Any) -> np.ndarray:
        return np.asarray(model(numpy(inputs).astype(dtype)))

    dtype = next(step.weight.dtype for step in steps if isinstance(step, _Linear))
    return Read(name, network, sigma, dtype, forward, rebuild, applied, notes, slack=slack)


def _from_linen(linen: Any, model: Any, name: str) -> Read:
    module, variables = model
    if not isinstance(module, linen.Sequential):
        raise ValueError(f"{name} is a {type(module).__name__}: of flax.linen `Sequential` is covered, whose layers are a chain")
    weights = variables.get("params", variables)
    steps: list[Any] = []
    keys: list[str] = []
    for number, layer in enumerate(module.layers):
        key = f"layers_{number}"
        if isinstance(layer, linen.Dense):
            keys.append(key)
            weight = floats(weights[key]["kernel"])
            bias = floats(weights[key]["bias"]) if layer.use_bias else np.zeros(weight.shape[1], weight.dtype)
            steps.append(_Linear(key, weight, bias))
        elif not isinstance(layer, linen.Dropout):
            steps.append(_jax_function(name, key, layer))
    network, sigma, applied, notes, _, slack = _assemble(name, [step for step in steps if step is not None])
    dtype = next(step.weight.dtype for step in steps if isinstance(step, _Linear))

    def rebuild(found: Any) -> Any:
        layers = {}
        for key, (weight, bias) in zip(keys, found):
            layers[key] = {"kernel": weight.astype(dtype), "bias": bias.astype(dtype)}
            if "bias" not in weights[key]:
                if bias.any():
                    raise ValueError(f"{name}: {key} has no bias, and this network has one there")
                del layers[key]["bias"]
        return module, {"params": {**dict(weights), **layers}}

    def forward(inputs: Any) -> np.ndarray:
        return np.asarray(module.apply({"params": weights}, numpy(inputs).astype(dtype)))

    return Read(name, network, sigma, dtype, forward, rebuild, applied, notes, slack=slack)


def _jax_function(name: str, layer: str, function: Any) -> Any:
    called = getattr(function, "__name__", "")
    if not called:
        raise _refuse(name, layer, f"a {type(function).__name__}")
    # The default slope of jax.nn.leaky_relu.
    return _by_name(name, layer, called, 0.01)


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
    unit = float(np.finfo(read_.dtype).eps)
    error = unit * np.abs(levels[0])
    layers, slope = read_.network.layers(), _slope(activation)
    for number, (weight, bias) in enumerate(layers, 1):
        size, below = np.abs(weight), np.abs(levels[number - 1])
        error = error @ size + (len(weight) + 2) * unit * (below @ size + np.abs(bias))
        if number < len(layers):
            error = slope * error + 4 * unit * (np.abs(levels[number]) + 1) + read_.slack
    # Second orders, and the doubles that it is computed in here.
    return 2 * error


def compare(read_: Read, setting: Any, given: Any, activation: str, theirs: Any = None) -> str:
    """Compares the outputs on X with the model's own forward pass; a sentence, or a `ValueError` that says where they differ.

    `given` is X as the user gave it; `theirs` are outputs that the user computed.
    """
    if theirs is None:
        if read_.forward is None:
            return f"{read_.name}: plain arrays have no forward pass of their own to compare with"
        theirs = read_.forward(given)
    theirs = np.asarray(numpy(theirs), dtype=float)
    levels = setting.levels(read_.network)
    outputs = levels[-1]
    if theirs.shape != outputs.shape:
        raise ValueError(f"{read_.name}: its own forward pass gives an array of shape {theirs.shape}, but here it is {outputs.shape}")
    what, theirs, ours, error = _behind(read_, theirs, outputs, rounding(read_, levels, activation))
    difference = np.abs(ours - theirs)
    off = ~(difference <= error)
    if off.any():
        worst = np.where(off, np.where(np.isnan(difference), np.inf, difference / error), 0)
        place = tuple(int(index) for index in np.unravel_index(np.argmax(worst), worst.shape))
        raise ValueError(
            f"{read_.name} computes something else than the layers that were read: at sample {place[0]}, output {place[1]} (counted from 0) "
            f"{what} is {theirs[place]:.9g}, here {ours[place]:.9g}, and rounding explains {error[place]:.1e} at most "
            f"({int(off.any(axis=1).sum())} of {len(off)} samples differ); is X normalised in the model, or not as it was for training?"
        )
    return f"{read_.name}: outputs on X agree with its own forward pass, largest difference {difference.max(initial=0):.1e}"


def _behind(read_: Read, theirs: np.ndarray, ours: np.ndarray, error: np.ndarray) -> tuple[str, np.ndarray, np.ndarray, np.ndarray]:
    """What is compared behind a softmax or a sigmoid: its name, theirs, ours, and how far rounding may put them apart."""
    unit = float(np.finfo(read_.dtype).eps)
    if read_.applied == "sigmoid":
        return "its share", theirs, 0.5 * (1 + np.tanh(ours / 2)), error / 4 + 8 * unit
    if read_.applied not in ("softmax", "log-softmax"):
        return "it", theirs, ours, error
    shifted = ours - ours.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    size = np.abs(ours).max(axis=1, keepdims=True)
    error = 2 * error.max(axis=1, keepdims=True) + (ours.shape[1] + 8) * unit * (1 + 2 * size) + np.zeros_like(logs)
    if read_.applied == "log-softmax":
        return "the log of its share", theirs, logs, error
    # Shares of confident networks are all nearly 0 or 1: their logarithms tell networks apart, down to where they underflow.
    least = float(np.log(np.finfo(read_.dtype).tiny / unit))
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
