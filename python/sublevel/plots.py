"""Pictures by matplotlib, which is imported when the first one is drawn. Every function returns the figure."""

from __future__ import annotations

import math
from typing import Any, Optional

import numpy as np

#: Colours: the path, the straight line, what is certified.
PATH, LINE, BOUND = "#1f5fa8", "#b3541e", "#2e7d32"


def _pyplot() -> Any:
    try:
        import matplotlib.pyplot as pyplot
    except ImportError as error:
        raise ImportError("pictures need matplotlib: pip install matplotlib") from error
    return pyplot


def _axes(axes: Any, count: int, height: float = 3.2) -> tuple[Any, list[Any]]:
    return _figure(axes, count, 1, (7, height * count), sharex=True)


def _figure(axes: Any, rows: int, columns: int, size: tuple[float, float], **shared: Any) -> tuple[Any, list[Any]]:
    """The figure of these axes, and they; a new one belongs to whoever gets it."""
    if axes is not None:
        given = list(np.atleast_1d(axes))
        return given[0].figure, given
    pyplot = _pyplot()
    figure, made = pyplot.subplots(rows, columns, squeeze=False, figsize=size, layout="constrained", **shared)
    # A notebook would show what pyplot keeps a second time, at the end of the cell.
    if "inline" in pyplot.get_backend():
        pyplot.close(figure)
    return figure, list(made.ravel())


def profile(found: dict[str, Any], title: str, axes: Any = None) -> Any:
    """Loss and accuracy along a path and along the straight line between its ends, and what is certified."""
    along = np.array(found["along"], dtype=float)
    line = np.array(found["line"], dtype=float).reshape(-1, 3)
    has_accuracy = bool(np.isfinite(along[:, 2]).all())
    figure, given = _axes(axes, 1 + has_accuracy)
    moves = max(len(found["bounds"]), 1)
    loss = given[0]
    for move, bound in enumerate(found["bounds"]):
        if bound is not None:
            # The first band alone has a name.
            label = "certified: the loss is in here" if move == next(i for i, b in enumerate(found["bounds"]) if b is not None) else None
            loss.fill_between([move, move + 1], 0, bound, color=BOUND, alpha=0.15, linewidth=0, label=label)
            loss.plot([move, move + 1], [bound, bound], color=BOUND, linewidth=1)
    for place, name in ((1, "loss"), (2, "accuracy"))[: 1 + has_accuracy]:
        if place - 1 >= len(given):
            break
        given[place - 1].plot(along[:, 0], along[:, place], color=PATH, label="path")
        if len(line):
            given[place - 1].plot(line[:, 0] * moves, line[:, place], color=LINE, linestyle="--", label="straight line (sampled)")
        given[place - 1].set_ylabel(name)
    loss.set_ylim(bottom=0)
    loss.legend(frameon=False)
    loss.set_title(title)
    given[-1].set_xlabel("moves of the path")
    return figure


def barrier(found: dict[str, Any], maximum: Optional[tuple[float, float]], loss: str, title: str, axes: Any = None) -> Any:
    """The loss along a path, sampled; a curve that is proved to be above it; the enclosure of the maximum."""
    figure, (given, *_) = _axes(axes, 1)
    along = np.array(found["along"], dtype=float)
    pieces = np.array(found["envelope"], dtype=float)
    # An endless bound is drawn as none.
    xs, ys = pieces[:, :2].ravel(), np.where(np.isfinite(pieces[:, 2:]), pieces[:, 2:], np.nan).ravel()
    given.fill_between(xs, 0, ys, color=BOUND, alpha=0.15, linewidth=0, label="certified: the loss is in here")
    given.plot(xs, ys, color=BOUND, linewidth=1)
    given.plot(along[:, 0], along[:, 1], color=LINE, label="loss (sampled)")
    if maximum is not None and math.isfinite(maximum[1]):
        given.axhspan(*maximum, color="black", alpha=0.4, linewidth=0.8, label=f"maximum in [{maximum[0]:.6g}, {maximum[1]:.6g}]")
    given.set(xlabel="λ along the path", ylabel=f"{loss} loss", title=title)
    given.set_ylim(bottom=0)
    given.legend(frameon=False)
    return figure


def plane(found: dict[str, Any], axes: Any = None) -> Any:
    """The loss on a plane through three networks of a path, and the path projected onto it; floats."""
    figure, (given, *_) = _axes(axes, 1, 5)
    values = np.array(found["log10_loss"], dtype=float)
    mesh = given.pcolormesh(found["xs"], found["ys"], np.ma.masked_invalid(values), shading="nearest", cmap="viridis")
    figure.colorbar(mesh, ax=given, label="log₁₀ of the loss (sampled)")
    for move in found["moves"]:
        given.plot(*np.array(move, dtype=float).T, color="white", linewidth=1.5)
    vertices = np.array(found["vertices"], dtype=float)
    inside = np.array(found["distances"]) == 0
    given.scatter(*vertices[inside].T, color="white", edgecolor="black", zorder=3, s=20, label="vertices")
    if not inside.all():
        given.scatter(*vertices[~inside].T, color="none", edgecolor="white", zorder=3, s=20, label="vertices outside of the plane, projected")
    given.set(xlabel="from the first network to the last", ylabel="across", aspect="equal")
    given.legend(loc="best", fontsize="small")
    return figure


def film(vertices: np.ndarray, shape: Any, frames: int, axes: Any = None) -> Any:
    """Inputs along a chain, evenly spaced in length, as images."""
    side = math.isqrt(vertices.shape[1])
    shape = shape or ((side, side) if side * side == vertices.shape[1] else (1, vertices.shape[1]))
    steps = np.linalg.norm(np.diff(vertices, axis=0), axis=1)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    figure, given = _figure(axes, 1, frames, (1.3 * frames, 1.6))
    low, high = vertices.min(), vertices.max()
    for axis, at in zip(given, np.linspace(0, length[-1], len(given))):
        image = np.array([np.interp(at, length, column) for column in vertices.T])
        axis.imshow(image.reshape(shape), cmap="gray", vmin=low, vmax=high)
        axis.set(xticks=[], yticks=[], xlabel=f"{at / (length[-1] or 1):.2f}")
    return figure


def regions(found: dict[str, Any], window: Any = None, axes: Any = None) -> Any:
    """The cells of an arrangement, one colour a class."""
    _pyplot()
    from matplotlib.collections import PolyCollection

    figure, (given, *_) = _axes(axes, 1, 5)
    corners = np.array(found["corners"], dtype=float).reshape(-1, 3)
    finite = corners[:, 2] > 0
    points = np.full((len(corners), 2), np.nan)
    points[finite] = corners[finite, :2] / corners[finite, 2:]
    if window is None:
        low, high = (points[finite].min(axis=0), points[finite].max(axis=0)) if finite.any() else (np.zeros(2) - 1, np.ones(2))
        room = 0.25 * np.maximum(high - low, 1e-9)
        window = (low[0] - room[0], high[0] + room[0], low[1] - room[1], high[1] + room[1])
    # A corner that is a direction is drawn far outside of the window.
    far = 1e3 * max(abs(end) for end in window) + 1.0
    colours, flat = _pyplot().get_cmap("tab10"), found["dimension"] == 1
    ties, polygons, shades = set(found["ties"]), [], []
    for number, (label, cell) in enumerate(found["cells"]):
        shape = _polygon(corners[cell], far)
        if flat:
            (left, right) = (shape[0][0], shape[-1][0])
            shape = np.array([[left, 0], [right, 0], [right, 1], [left, 1]])
        polygons.append(shape)
        shades.append("lightgray" if number in ties else colours(label % 10))
    given.add_collection(PolyCollection(polygons, facecolors=shades, edgecolors="white", linewidths=0.2))
    given.set_xlim(window[0], window[1])
    given.set_ylim(*((0, 1) if flat else (window[2], window[3])))
    for label in sorted({label for label, _ in found["cells"]}):
        given.plot([], [], marker="s", linestyle="", color=colours(label % 10), label=f"class {label}")
    given.legend(fontsize="small")
    return figure


def _polygon(corners: np.ndarray, far: float) -> np.ndarray:
    """The corners of a cell in order; a direction becomes a far point from each of its neighbours."""
    shape, count = [], len(corners)
    for i, (x, y, w) in enumerate(corners):
        if w > 0:
            shape.append((x / w, y / w))
            continue
        size = math.hypot(x, y)
        for neighbour in (corners[i - 1], corners[(i + 1) % count]):
            base = neighbour[:2] / neighbour[2] if neighbour[2] > 0 else np.zeros(2)
            shape.append((base[0] + far * x / size, base[1] + far * y / size))
    return np.array(shape)
