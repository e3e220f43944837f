"""Models of scikit-learn."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from .. import _sublevel
from ._chain import Read, refuse


def from_sklearn(model: Any, name: str) -> Read:
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
        raise refuse(name, "out_activation_", f"`{model.out_activation_}`")
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
        None if many else classes, "binary-cross-entropy" if many else None, prepare, regresses=classes is None,
    )
