"""Models of Keras: the layers on the way from the output back to the input, whatever backend computes them."""

from __future__ import annotations

import inspect
from fractions import Fraction
from typing import Any, Optional

import numpy as np

from ._chain import COVERED, Applied, Chain, Linear, Norm, Read, Sigma, assemble, decimal, dense, floats, numpy, refuse

#: Layers that change nothing, as they are in evaluation.
SILENT = (
    "InputLayer", "Flatten", "Identity", "Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization",
)

#: Functions of keras.ops and keras.activations, by their names.
FUNCTIONS = ("relu", "sigmoid", "tanh", "softplus", "elu", "leaky_relu", "hard_tanh", "linear", "softmax", "log_softmax")


def from_keras(model: Any, name: str, shape: Optional[tuple[int, ...]]) -> Read:
    """`keras.Sequential`, a functional model, or a `keras.Model` of one's own, whose call is a chain of layers.

    `shape` is that of a sample, for a call of one's own; without it, it is what the model was built for.
    """
    import keras

    shape = _shape(model, shape)
    layers = _walk(keras, model, name, shape)
    steps = [step for layer in layers for step in _steps(keras, layer, name)]
    chain = assemble(name, steps)

    def forward(inputs: Any) -> np.ndarray:
        options = {"training": False} if "training" in inspect.signature(model.call).parameters else {}
        return keras.ops.convert_to_numpy(model(numpy(inputs).astype(chain.dtype), **options))

    def rebuild(found: Any) -> Any:
        found = dense(found, chain.dtype)
        # Only Keras' own classes are sure to be made again from their layers.
        if chain.is_folded or not type(model).__module__.startswith("keras."):
            return _plain(keras, found, chain, shape)
        return _copy(keras, model, layers, name, found)

    return chain.read(forward, rebuild, (getattr(layer, "compute_dtype", None) for layer in layers))


def _is_own(model: Any) -> bool:
    """Whether the call is not that of Keras, which follows its layers."""
    return not type(model).call.__module__.startswith("keras.")


def _walk(keras: Any, model: Any, name: str, shape: Any) -> list[Any]:
    """The layers and operations, in order; those of the models among them, too."""
    if not model.built:
        raise ValueError(f"{name}, a {type(model).__name__}, has no weights yet: call it on X once")
    if _is_own(model):
        inputs, outputs = _called(keras, model, name, shape)
    else:
        inputs, outputs = model.inputs, model.outputs
    if len(inputs) != 1 or len(outputs) != 1:
        raise ValueError(f"{name}: its `{model.name}` has {len(inputs)} inputs and {len(outputs)} outputs; a chain has one of each")
    tensor, found = outputs[0], []
    while tensor is not inputs[0]:
        layer, node, _ = tensor._keras_history
        above = layer._inbound_nodes[node].input_tensors
        if len(above) != 1:
            raise ValueError(f"{name}: `{layer.name}` takes more than the output of the layer before it: its call is no chain, and {COVERED}")
        found[:0] = _walk(keras, layer, name, above[0].shape[1:]) if isinstance(layer, keras.Model) else [layer]
        tensor = above[0]
    for layer in found:
        if isinstance(layer, keras.Layer) and layer.weights and sum(other is layer for other in found) > 1:
            raise ValueError(f"{name}: its layer `{layer.name}` is used twice")
    return found


def _shape(model: Any, given: Any) -> Any:
    """The shape of a sample; None where nothing says it, or there are several inputs."""
    if not _is_own(model):
        shape = getattr(model, "input_shape", None)
    elif given is not None:
        return given
    else:
        shape = (model.get_build_config() or {}).get("input_shape")
    return tuple(shape[1:]) if isinstance(shape, (tuple, list)) else None


def _called(keras: Any, model: Any, name: str, shape: Any) -> tuple[list[Any], list[Any]]:
    """Input and output of a call that is followed with a symbol for X."""
    if shape is None:
        raise ValueError(f"{name}: nothing says the shape of what {type(model).__name__} takes: give X")
    symbol = keras.Input(shape)
    options = {"training": False} if "training" in inspect.signature(model.call).parameters else {}
    try:
        found = model.call(symbol, **options)
    except Exception as error:  # whatever a call does with a tensor that holds no numbers
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(f"{name}: the call of {type(model).__name__} cannot be followed: {reason}") from error
    if not isinstance(found, keras.KerasTensor):
        raise ValueError(f"{name}: the call of {type(model).__name__} returns more than the output of its last layer")
    return [symbol], [found]


def _steps(keras: Any, layer: Any, name: str) -> list[Any]:
    kind = type(layer).__name__
    if not isinstance(layer, keras.Layer):
        return _operation(layer, kind, name)
    if kind in SILENT or (kind == "Reshape" and len(layer.target_shape) == 1):
        return []
    if kind == "Dense":
        weights = [floats(keras.ops.convert_to_numpy(weight)) for weight in layer.weights]
        bias = weights[1] if layer.use_bias else np.zeros(weights[0].shape[1], weights[0].dtype)
        return [Linear(layer.name, weights[0], bias), *_activation(keras, layer.activation, layer.name, name)]
    if kind == "Activation":
        return _activation(keras, layer.activation, layer.name, name)
    if kind == "ReLU" and layer.max_value is None and not layer.threshold:
        return [Sigma(layer.name, f"leaky-relu={decimal(layer.negative_slope)}" if layer.negative_slope else "relu")]
    if kind == "LeakyReLU":
        return [Sigma(layer.name, f"leaky-relu={decimal(layer.negative_slope)}")]
    if kind == "ELU":
        return [Sigma(layer.name, f"elu={decimal(layer.alpha)}")]
    if kind == "Softmax" and layer.axis == -1:
        return [Applied(layer.name, "softmax")]
    if kind == "BatchNormalization" and layer.axis in (-1, 1):
        return [_norm(keras, layer)]
    raise refuse(name, layer.name, f"a {kind}")


def _norm(keras: Any, layer: Any) -> Norm:
    mean, variance = (floats(keras.ops.convert_to_numpy(array)) for array in (layer.moving_mean, layer.moving_variance))
    gamma = floats(keras.ops.convert_to_numpy(layer.gamma)) if layer.scale else np.ones_like(mean)
    beta = floats(keras.ops.convert_to_numpy(layer.beta)) if layer.center else np.zeros_like(mean)
    return Norm(layer.name, gamma, beta, mean, variance, float(layer.epsilon))


def _activation(keras: Any, function: Any, layer: str, name: str) -> list[Any]:
    """The step of the activation of a layer: a layer itself, or a function of Keras, with its default slope."""
    if isinstance(function, keras.Layer):
        return _steps(keras, function, name)
    called = getattr(function, "__name__", str(function))
    # A function of one's own may have any name.
    if called not in FUNCTIONS or function is not getattr(keras.activations, called):
        raise refuse(name, layer, f"the activation `{called}`")
    slope = {"leaky_relu": 0.2, "elu": 1.0}.get(called)
    return _function(called, layer, slope)


def _function(called: str, layer: str, slope: Any) -> list[Any]:
    if called == "linear":
        return []
    if called in ("softmax", "log_softmax"):
        return [Applied(layer, called.replace("_", "-"))]
    sigma = called.replace("_", "-")
    return [Sigma(layer, sigma if slope is None else f"{sigma}={decimal(slope)}")]


def _operation(layer: Any, kind: str, name: str) -> list[Any]:
    """The step of a function of keras.ops, as a functional model remembers it."""
    if kind in ("Relu", "Sigmoid", "Tanh", "Softplus"):
        return [Sigma(layer.name, kind.lower())]
    if kind in ("Absolute", "Abs", "HardTanh"):
        return [Sigma(layer.name, "hard-tanh" if kind == "HardTanh" else "abs")]
    if kind == "LeakyRelu":
        return [Sigma(layer.name, f"leaky-relu={decimal(layer.negative_slope)}")]
    if kind == "Elu":
        return [Sigma(layer.name, f"elu={decimal(layer.alpha)}")]
    if kind in ("Softmax", "LogSoftmax") and layer.axis == -1:
        return [Applied(layer.name, "softmax" if kind == "Softmax" else "log-softmax")]
    if kind == "Reshape" and len(layer.newshape) == 2 and layer.newshape[0] == -1:
        return []
    raise refuse(name, layer.name, f"a call of `{kind}`")


def _copy(keras: Any, model: Any, layers: list[Any], name: str, found: Any) -> Any:
    """The same model with other weights in its dense layers."""
    other = keras.models.clone_model(model)
    arrays = model.get_weights()
    places = {id(weight): place for place, weight in enumerate(model.weights)}
    linear = [layer for layer in layers if type(layer).__name__ == "Dense"]
    for layer, (weight, bias) in zip(linear, found):
        arrays[places[id(layer.weights[0])]] = weight
        if layer.use_bias:
            arrays[places[id(layer.weights[1])]] = bias
        elif bias.any():
            raise ValueError(f"{name}: its layer `{layer.name}` has no bias, and this network has one there")
    if not other.built:
        other.build(model.input_shape)
    other.set_weights(arrays)
    return other


def _plain(keras: Any, found: Any, chain: Chain, shape: Any) -> Any:
    """Where normalisations were folded, or the layers are called by a class of one's own: linear layers and activations alone."""
    kind, _, parameter = (chain.activation or "identity").partition("=")
    number = float(Fraction(parameter or 1))
    layers = keras.layers
    make = {
        "leaky-relu": lambda: layers.LeakyReLU(negative_slope=number), "elu": lambda: layers.ELU(alpha=number), "identity": layers.Identity,
        "abs": lambda: layers.Activation(keras.ops.absolute),
    }.get(kind, lambda: layers.Activation(kind.replace("-", "_")))
    model = keras.Sequential([keras.Input(shape), layers.Flatten()])
    for number_of, (weight, bias) in enumerate(found):
        if number_of:
            model.add(make())
        model.add(layers.Dense(len(bias), dtype=chain.dtype.name))
        model.layers[-1].set_weights([weight, bias])
    if chain.applied:
        model.add(layers.Activation(chain.applied.replace("-", "_")))
    return model
