"""Models of PyTorch."""

from __future__ import annotations

import copy
import math
from fractions import Fraction
from typing import Any, Optional

import numpy as np

from ._chain import COVERED, Applied, Chain, Linear, Norm, Read, Sigma, assemble, decimal, floats, numpy, refuse


def from_torch(model: Any, name: str) -> Read:
    """`torch.nn.Module` whose forward is a chain of layers, as it is in evaluation; walked by `torch.fx`."""
    import torch

    training = {module: module.training for module in model.modules()}
    model.eval()
    try:
        steps, linears = _walk_torch(torch, model, name)
    finally:
        for module, was in training.items():
            module.training = was
    chain = assemble(name, steps)
    like = next(model.parameters())

    def forward(inputs: Any) -> np.ndarray:
        was = {module: module.training for module in model.modules()}
        model.eval()
        try:
            with torch.no_grad():
                given = inputs if isinstance(inputs, torch.Tensor) else torch.as_tensor(np.ascontiguousarray(inputs))
                # PyTorch does not have all products of halves on a processor: there the same weights as floats.
                computes = copy.deepcopy(model).float() if like.dtype == torch.float16 and like.device.type == "cpu" else model
                dtype = next(computes.parameters()).dtype
                return numpy(computes(given.to(dtype=dtype, device=like.device)))
        except RuntimeError as error:
            raise ValueError(f"{name}: its own forward pass on X, of the shape {list(np.shape(inputs))}, fails: {error}") from error
        finally:
            for module, mode in was.items():
                module.training = mode

    is_plain = not chain.is_folded and _owns_weights(model, linears)

    def rebuild(found: Any) -> Any:
        return _copy_torch(torch, model, linears, found) if is_plain else _plain_torch(torch, found, chain, like)

    return chain.read(forward, rebuild, [str(like.dtype).removeprefix("torch.")])


def _owns_weights(model: Any, linears: list[str]) -> bool:
    """Whether each layer's weights are parameters of its own: not computed from others in a hook (pruning, normalised weights), and
    no other layer's, so that a copy of the model can be given other ones."""
    parameters = [id(one) for module in model.modules() for one in module._parameters.values() if one is not None]
    layers = [model.get_submodule(target) for target in linears]
    own = [layer._parameters.get(part) for layer in layers for part in ("weight", "bias") if getattr(layer, part) is not None]
    hooked = any(layer._forward_pre_hooks for layer in layers)
    return not hooked and all(one is not None and parameters.count(id(one)) == 1 for one in own)


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


def _plain_torch(torch: Any, found: Any, chain: Chain, like: Any) -> Any:
    """Where normalisations were folded: linear layers and activations alone."""
    nn = torch.nn
    modules: list[Any] = [nn.Flatten()]
    kind, _, parameter = (chain.activation or "identity").partition("=")
    make = {
        "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "identity": nn.Identity, "hard-tanh": nn.Hardtanh,
        "leaky-relu": lambda: nn.LeakyReLU(float(Fraction(parameter))), "softplus": lambda: nn.Softplus(float(Fraction(parameter or 1))),
        "elu": lambda: nn.ELU(float(Fraction(parameter or 1))),
    }.get(kind)
    if make is None:
        raise ValueError(f"there is no module of torch.nn for the activation {chain.activation}")
    for number, (weight, bias) in enumerate(found):
        linear = nn.Linear(*weight.shape).to(dtype=like.dtype, device=like.device)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight.T)))
            linear.bias.copy_(torch.from_numpy(np.ascontiguousarray(bias)))
        modules += [make()] * (number > 0) + [linear]
    modules += {"softmax": [nn.Softmax(1)], "log-softmax": [nn.LogSoftmax(1)], "sigmoid": [nn.Sigmoid()]}.get(chain.applied, [])
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
            if isinstance(step, Linear):
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


def _softplus(beta: Any, threshold: Any) -> Sigma:
    # Beyond the threshold PyTorch takes x itself, which is further off than rounding.
    beta, threshold = float(beta), float(threshold)
    return Sigma("", f"softplus={decimal(beta)}", math.log1p(math.exp(-threshold)) / beta)


def _torch_module(torch: Any, module: Any, name: str, target: str) -> Any:
    nn = torch.nn
    kind = type(module)
    if kind is nn.Linear:
        weight = floats(module.weight).T
        bias = floats(module.bias) if module.bias is not None else np.zeros(weight.shape[1], weight.dtype)
        return Linear(target, weight, bias)
    if kind in (nn.Identity, nn.Dropout, nn.AlphaDropout) or (kind is nn.Flatten and module.start_dim == 1):
        return None
    if kind is nn.BatchNorm1d:
        if module.running_mean is None:
            raise refuse(name, target, "a BatchNorm1d without running statistics")
        mean, variance = floats(module.running_mean), floats(module.running_var)
        affine = (module.weight, module.bias) if module.affine else (np.ones_like(mean), np.zeros_like(mean))
        return Norm(target, floats(affine[0]), floats(affine[1]), mean, variance, float(module.eps))
    if kind is nn.Hardtanh and (module.min_val, module.max_val) != (-1.0, 1.0):
        raise refuse(name, target, f"a Hardtanh from {module.min_val} to {module.max_val}")
    sigma = {
        nn.ReLU: lambda: "relu", nn.LeakyReLU: lambda: f"leaky-relu={decimal(module.negative_slope)}", nn.Hardtanh: lambda: "hard-tanh",
        nn.Sigmoid: lambda: "sigmoid", nn.Tanh: lambda: "tanh", nn.ELU: lambda: f"elu={decimal(module.alpha)}",
    }.get(kind)
    if sigma is not None:
        return Sigma(target, sigma())
    if kind is nn.Softplus:
        step = _softplus(module.beta, module.threshold)
        step.name = target
        return step
    if kind in (nn.Softmax, nn.LogSoftmax):
        return Applied(target, "softmax" if kind is nn.Softmax else "log-softmax")
    raise refuse(name, target, f"a {kind.__name__}")


def _torch_function(node: Any, name: str, layer: str, began: bool) -> Any:
    given, options = node.args[1:], dict(node.kwargs)

    def option(place: int, key: str, default: Any) -> Any:
        return given[place] if len(given) > place else options.get(key, default)

    if layer in ("relu", "sigmoid", "tanh", "abs"):
        return Sigma(layer, layer)
    if layer == "leaky_relu":
        return Sigma(layer, f"leaky-relu={decimal(option(0, 'negative_slope', 0.01))}")
    if layer == "elu":
        return Sigma(layer, f"elu={decimal(option(0, 'alpha', 1.0))}")
    if layer == "softplus":
        step = _softplus(option(0, "beta", 1), option(1, "threshold", 20))
        step.name = layer
        return step
    if layer == "hardtanh" and (option(0, "min_val", -1.0), option(1, "max_val", 1.0)) == (-1.0, 1.0):
        return Sigma(layer, "hard-tanh")
    if layer in ("softmax", "log_softmax"):
        return Applied(layer, layer.replace("_", "-"))
    if layer == "dropout" and not option(1, "training", True):
        return None
    if layer == "flatten" and option(0, "start_dim", 0) == 1:
        return None
    # Before the first layer X is laid out as rows; the comparison of outputs sees whether in another order.
    if layer in ("view", "reshape", "flatten") and not began:
        return None
    raise refuse(name, layer, f"a call of `{layer}` in forward")
