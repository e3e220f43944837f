"""Models of flax: what jax traces of their call, an equation each."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Callable, Optional

import numpy as np

from ._chain import COVERED, Applied, Chain, Linear, Norm, Read, Sigma, assemble, decimal, dense, floats, numpy, refuse

#: What a call may be told, and what evaluation is.
EVALUATION = {"train": False, "training": False, "is_training": False, "deterministic": True, "use_running_average": True}

#: Functions of jax through which its others are called; before Python 3.11 their names do not say that they are inner ones.
MACHINERY = ("op", "meth", "reraise_with_filtered_traceback", "cache_miss")

#: Samples that are traced.
TRACED = 2


def is_flax(model: Any) -> bool:
    """Whether it is a module of flax, or one of flax.linen with its variables."""
    from flax import linen, nnx

    pair = isinstance(model, tuple) and len(model) == 2 and isinstance(model[0], linen.Module)
    return pair or isinstance(model, (linen.Module, nnx.Module))


def from_flax(model: Any, name: str, shape: Optional[tuple[int, ...]]) -> Read:
    """A `flax.nnx.Module`, or a pair of a `flax.linen.Module` and its variables, whose call is a chain of layers, as it is in evaluation.

    `shape` is that of a sample; without it a row is traced of as many numbers as some kernel takes.
    """
    import jax
    from flax import linen, nnx

    if isinstance(model, linen.Module):
        raise ValueError(f"{name}: a module of flax.linen does not hold its weights; give the pair (module, variables)")
    call, tree, again = _of_linen(model, name) if isinstance(model, tuple) else _of_nnx(nnx, model, name)
    paths, structure = jax.tree_util.tree_flatten_with_path(tree)
    leaves = [_Known(leaf, number, _named(path)) for number, (path, leaf) in enumerate(paths)]
    walk, chain = _follow(jax, name, call, structure, leaves, shape)

    def forward(inputs: Any) -> np.ndarray:
        return np.asarray(call(tree, numpy(inputs).astype(chain.dtype)))

    def rebuild(found: Any) -> Any:
        found = dense(found, chain.dtype)
        if chain.is_folded or any(place.kernel is None or (place.has_bias and place.bias is None) for place in walk.places):
            return _plain(linen if isinstance(model, tuple) else nnx, found, chain)
        return again(structure.unflatten(walk.with_weights([leaf.value for leaf in leaves], found)))

    return chain.read(forward, rebuild, (getattr(leaf.value, "dtype", None) for leaf in leaves))


# ---------------------------------------------------------------------------------------------------------------------
# (call of a tree of arrays and X, that tree, a model of a tree)


def _of_nnx(nnx: Any, model: Any, name: str) -> tuple[Callable[[Any, Any], Any], Any, Callable[[Any], Any]]:
    options = _evaluation(model, name)
    evaluated = nnx.clone(model)
    evaluated.eval()
    (own, _), (graph, tree) = nnx.split(model), nnx.split(evaluated)
    return lambda tree, inputs: nnx.merge(graph, tree)(inputs, **options), tree, lambda tree: nnx.merge(own, tree)


def _of_linen(model: Any, name: str) -> tuple[Callable[[Any, Any], Any], Any, Callable[[Any], Any]]:
    module, variables = model
    options = _evaluation(module, name)
    tree = variables if "params" in variables else {"params": variables}
    return lambda tree, inputs: module.apply(tree, inputs, **options), tree, lambda tree: (module, tree)


def _evaluation(model: Any, name: str) -> dict[str, bool]:
    """What a call is told besides X."""
    options = {}
    for argument in list(inspect.signature(model.__call__).parameters.values())[1:]:
        if argument.name in EVALUATION:
            options[argument.name] = EVALUATION[argument.name]
        elif argument.default is argument.empty and argument.kind not in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD):
            raise ValueError(f"{name}: its call takes several inputs, of which `{argument.name}` is one: {COVERED}")
    return options


def _named(path: Any) -> str:
    """layers/0/kernel: where an array is in its tree."""
    parts = [str(getattr(part, "key", getattr(part, "name", getattr(part, "idx", part)))) for part in path]
    return "/".join(part for part in parts if part not in ("params", "value", "raw_value"))


# ---------------------------------------------------------------------------------------------------------------------
# The walk


@dataclass
class _Known:
    """An array that does not depend on X."""

    value: Any
    #: Which leaf of the tree it is, up to its shape.
    leaf: Optional[int] = None
    name: str = ""

    @property
    def layer(self) -> str:
        """What holds it, or its own name."""
        return self.name.rpartition("/")[0] or self.name


@dataclass
class _Place:
    """The leaves that the weights of a linear layer are; None where they are computed from some, or missing."""

    kernel: Optional[int]
    bias: Optional[int] = None
    has_bias: bool = False


def _follow(
    jax: Any, name: str, call: Callable[[Any, Any], Any], structure: Any, leaves: list[_Known], shape: Optional[tuple[int, ...]]
) -> tuple[_Walk, Chain]:
    """The walk through the call on samples of this shape; without one, on rows that some kernel takes."""
    arrays = [leaf.value for leaf in leaves]
    kernels = [array for array in arrays if np.ndim(array) == 2]
    if not kernels:
        raise ValueError(f"{name} has no linear layer: {COVERED}")
    problem = None
    for shape in [shape] if shape is not None else [(len(kernel),) for kernel in kernels]:
        inputs = jax.ShapeDtypeStruct((TRACED, *shape), kernels[0].dtype)
        try:
            traced = jax.make_jaxpr(lambda arrays, inputs: call(structure.unflatten(arrays), inputs))(arrays, inputs)
        except Exception as error:  # whatever a call does with samples of another shape, or with a tracer
            problem = problem or error
            continue
        walk = _Walk(jax, name)
        walk.run(traced.jaxpr, traced.consts, [*leaves, None])
        return walk, assemble(name, walk.steps)
    raise ValueError(f"{name}: jax cannot follow its call: {str(problem).splitlines()[0]}") from problem


class _Walk:
    """The layers that equations are, in order."""

    def __init__(self, jax: Any, name: str) -> None:
        import flax

        self.jax, self.name = jax, name
        self.steps: list[Any] = []
        self.places: list[_Place] = []
        self.libraries = tuple(library.__file__.rpartition("__init__")[0] for library in (jax, flax))

    def run(self, jaxpr: Any, consts: Any, given: list[Optional[_Known]]) -> None:
        """Follows the one variable that depends on X, which is given as None."""
        known = {variable: _Known(const) for variable, const in zip(jaxpr.constvars, consts)}
        known |= {variable: value for variable, value in zip(jaxpr.invars, given) if value is not None}
        current = next(variable for variable, value in zip(jaxpr.invars, given) if value is None)
        number = 0
        while number < len(jaxpr.eqns):
            equation, count = jaxpr.eqns[number], 1
            free = [operand for operand in equation.invars if not _is_literal(operand) and operand not in known]
            if not free:
                self.evaluate(equation, known)
            elif any(operand is not current for operand in free):
                label = self.label(equation, known)
                raise ValueError(
                    f"{self.name}: `{label}` takes more than the output of the layer before it: its call is no chain, and {COVERED}"
                )
            else:
                count = self.function(jaxpr, number, current) or self.equation(equation, current, known)
                current = jaxpr.eqns[number + count - 1].outvars[0]
            number += count
        if list(jaxpr.outvars) != [current]:
            raise ValueError(f"{self.name}: its call returns more, or something else, than the output of its last layer")

    def evaluate(self, equation: Any, known: dict[Any, _Known]) -> None:
        """An equation that X is not in."""
        from jax.extend.core import ClosedJaxpr, jaxpr_as_fun

        variables = list(dict.fromkeys(operand for operand in equation.invars if not _is_literal(operand)))
        given = [known[variable] for variable in variables]
        # A trace of as many inputs and outputs, in whose place the equation is put.
        place = self.jax.make_jaxpr(lambda *arrays: [0] * len(equation.outvars))(*[one.value for one in given]).jaxpr
        alone = place.replace(constvars=[], invars=variables, eqns=[equation], outvars=equation.outvars)
        found = jaxpr_as_fun(ClosedJaxpr(alone, ()))(*[one.value for one in given])
        is_view = equation.primitive.name in ("reshape", "broadcast_in_dim", "squeeze") and len(given) == 1
        for variable, value in zip(equation.outvars, found):
            same = is_view and np.size(value) == np.size(given[0].value)
            known[variable] = _Known(value, given[0].leaf, given[0].name) if same else _Known(value)

    def function(self, jaxpr: Any, number: int, current: Any) -> int:
        """How many equations from here are those of a known function of `current`: they read as it does alone."""
        for step, function in self.functions(jaxpr.eqns[number]):
            alone = self.jax.make_jaxpr(function)(current.aval).jaxpr
            run = jaxpr.eqns[number : number + len(alone.eqns)]
            if str(alone.replace(constvars=[], invars=[current], eqns=run, outvars=run[-1].outvars)) == str(alone):
                self.steps.append(step)
                return len(run)
        return 0

    def functions(self, equation: Any) -> list[tuple[Any, Callable[[Any], Any]]]:
        """The functions that may begin with this equation, and their steps."""
        nn, jnp, called = self.jax.nn, self.jax.numpy, equation.params.get("name")
        found: list[tuple[Any, Callable[[Any], Any]]] = [
            (Sigma("relu", "relu"), nn.relu), (Sigma("maximum", "relu"), lambda x: jnp.maximum(x, 0)),
            (Sigma("maximum", "relu"), lambda x: jnp.maximum(0, x)), (Sigma("leaky_relu", "leaky-relu=0.01"), nn.leaky_relu),
            (Sigma("elu", "elu"), nn.elu), (Sigma("sigmoid", "sigmoid"), nn.sigmoid), (Sigma("tanh", "tanh"), jnp.tanh), (Sigma("softplus", "softplus"), nn.softplus),
            (Sigma("hard_tanh", "hard-tanh"), nn.hard_tanh), (Sigma("abs", "abs"), jnp.abs),
            (Applied("softmax", "softmax"), nn.softmax), (Applied("log_softmax", "log-softmax"), nn.log_softmax),
        ]
        if called in ("leaky_relu", "elu") and _is_literal(equation.invars[-1]):
            number = float(equation.invars[-1].val)
            step = Sigma(called, f"{called.replace('_', '-')}={decimal(number)}")
            found.append((step, lambda x: getattr(nn, called)(x, number)))
        return found

    def equation(self, equation: Any, current: Any, known: dict[Any, _Known]) -> int:
        """A linear layer, a part of a normalisation, a call, or nothing that changes numbers."""
        kind, params = equation.primitive.name, equation.params
        inner = params.get("jaxpr", params.get("call_jaxpr"))
        if kind in ("jit", "pjit", "closed_call", "custom_jvp_call", "custom_vjp_call", "checkpoint", "remat2") and inner is not None:
            given = [None if operand is current else _value(operand, known) for operand in equation.invars]
            self.run(getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), given)
        elif kind == "dot_general" and self.is_linear(equation, current):
            self.linear(known[equation.invars[1]])
        elif kind in ("add", "sub", "mul", "div") and self.steps and current.aval.ndim == 2:
            self.affine(equation, current, known)
        elif kind == "reshape" and params["new_sizes"][0] == TRACED and len(params["new_sizes"]) == 2:
            # Before the first layer X is laid out as rows; behind it there are only rows.
            pass
        elif kind not in ("convert_element_type", "copy", "copy_p", "stop_gradient"):
            raise refuse(self.name, self.label(equation, known), f"a call of `{kind}`")
        return 1

    def is_linear(self, equation: Any, current: Any) -> bool:
        """X W of a matrix W."""
        left, right = equation.invars
        contracted = equation.params["dimension_numbers"]
        return left is current and right is not current and left.aval.ndim == right.aval.ndim == 2 and contracted == (((1,), (0,)), ((), ()))

    def linear(self, kernel: _Known) -> None:
        if kernel.leaf is not None and any(place.kernel == kernel.leaf for place in self.places):
            raise ValueError(f"{self.name}: its layer `{kernel.layer}` is used twice")
        weight = floats(kernel.value)
        layer = kernel.layer or "dot_general"
        self.steps.append(Linear(layer, weight, np.zeros(weight.shape[1], weight.dtype)))
        self.places.append(_Place(kernel.leaf))

    def affine(self, equation: Any, current: Any, known: dict[Any, _Known]) -> None:
        """The bias of the linear layer before, or a part of (x − mean) gamma + beta."""
        kind, last = equation.primitive.name, self.steps[-1]
        left, right = equation.invars
        other = right if left is current else left
        if other is current or (other is left and kind in ("sub", "div")):
            raise refuse(self.name, self.label(equation, known), f"a call of `{kind}`")
        constant = _value(other, known)
        rows = np.broadcast_to(floats(constant.value), current.aval.shape)
        if not (rows == rows[0]).all():
            raise refuse(self.name, self.label(equation, known), f"a call of `{kind}` with another number for each sample")
        if kind == "add" and isinstance(last, Linear) and not self.places[-1].has_bias:
            last.bias = rows[0].copy()
            self.places[-1].bias, self.places[-1].has_bias = constant.leaf, True
            return
        if not isinstance(last, Norm):
            last = Norm(self.label(equation, known), *(fill(rows.shape[1]) for fill in (np.ones, np.zeros, np.zeros, np.ones)), 0.0)
            self.steps.append(last)
        row = rows[0].astype(np.float64)
        if kind in ("mul", "div"):
            factor = row if kind == "mul" else 1 / row
            last.gamma, last.beta = last.gamma * factor, last.beta * factor
        else:
            last.beta = last.beta + (row if kind == "add" else -row)

    def label(self, equation: Any, known: dict[Any, _Known]) -> str:
        """What the model calls an equation: the layer of its weights, its module, the function of a library that it called, or itself."""
        layers = [known[operand].layer for operand in equation.invars if not _is_literal(operand) and operand in known]
        if any(layers):
            return next(filter(None, layers))
        stack = str(equation.source_info.name_stack).split("/")
        if len(stack) > 1:
            return stack[-1]
        label = ""
        for frame in getattr(equation.source_info.traceback, "frames", []):
            if not frame.file_name.startswith(self.libraries):
                break
            called = frame.function_name.partition(".")[0]
            if "<locals>" in frame.function_name or called.startswith("_") or called in MACHINERY:
                label = ""
            elif called != "Sequential":
                label = called
        return label or equation.primitive.name

    def with_weights(self, arrays: list[Any], found: Any) -> list[Any]:
        """The leaves with the weights of a network."""
        linears = [step for step in self.steps if isinstance(step, Linear)]
        for place, linear, (weight, bias) in zip(self.places, linears, found):
            arrays[place.kernel] = self.like(weight, arrays[place.kernel])
            if place.has_bias:
                arrays[place.bias] = self.like(bias, arrays[place.bias])
            elif bias.any():
                raise ValueError(f"{self.name}: its layer `{linear.name}` has no bias, and this network has one there")
        return arrays

    def like(self, array: np.ndarray, leaf: Any) -> Any:
        return self.jax.numpy.asarray(array.reshape(leaf.shape), dtype=leaf.dtype)


def _is_literal(operand: Any) -> bool:
    return hasattr(operand, "val")


def _value(operand: Any, known: dict[Any, _Known]) -> _Known:
    return _Known(np.asarray(operand.val)) if _is_literal(operand) else known[operand]


# ---------------------------------------------------------------------------------------------------------------------
# Models of linear layers and activations alone


def _plain(library: Any, found: Any, chain: Chain) -> Any:
    """Where normalisations were folded, or weights are computed: a `Sequential` of the library, with variables for flax.linen."""
    import jax

    kind, _, parameter = (chain.activation or "identity").partition("=")
    number = float(Fraction(parameter or 1))
    sigma = {
        "leaky-relu": lambda x: jax.nn.leaky_relu(x, number), "elu": lambda x: jax.nn.elu(x, number), "abs": jax.numpy.abs,
        "tanh": jax.numpy.tanh,
    }.get(kind) or getattr(jax.nn, kind.replace("-", "_"))
    layers: list[Any] = [lambda x: x.reshape(len(x), -1)]
    params: dict[str, Any] = {}
    for number_of, (weight, bias) in enumerate(found):
        layers += [sigma] * (number_of > 0)
        params[f"layers_{len(layers)}"] = {"kernel": jax.numpy.asarray(weight), "bias": jax.numpy.asarray(bias)}
        layers.append(_linear(library, weight, bias))
    layers += [getattr(jax.nn, chain.applied.replace("-", "_"))] if chain.applied else []
    model = library.Sequential(*layers) if hasattr(library, "Linear") else library.Sequential(layers)
    return model if hasattr(library, "Linear") else (model, {"params": params})


def _linear(library: Any, weight: np.ndarray, bias: np.ndarray) -> Any:
    import jax

    if not hasattr(library, "Linear"):
        return library.Dense(len(bias))
    layer = library.Linear(*weight.shape, param_dtype=weight.dtype, rngs=library.Rngs(0))
    layer.kernel, layer.bias = library.Param(jax.numpy.asarray(weight)), library.Param(jax.numpy.asarray(bias))
    return layer
