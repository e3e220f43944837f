"""Linear regions counted by relucent and by us, on random ReLU networks with two inputs, ten shapes.

    pip install --target DIRECTORY relucent
    cargo build --release --example region_counts
    python3 benches/against_relucent.py DIRECTORY

relucent 1.0 (any number of inputs, floats, generic ReLU networks) walks from cell to cell by linear programs; ours counts
cells of one activation pattern once, as it does. Weights are integers over 2^20, so that both have the same network. Prints
a line a shape, with the wall time of both, and ends with an error if a count differs. Without relucent it says so and ends.
"""

import ast
import os
import random
import subprocess
import sys
import time

PROGRAM = os.path.join(os.path.dirname(__file__), "..", "target", "release", "examples", "region_counts")
SHAPES = [
    (2, 3, 3), (2, 8, 3), (2, 16, 10), (2, 4, 4, 3), (2, 8, 8, 3),
    (2, 12, 6, 2), (2, 2, 8, 3), (2, 16, 16, 10), (2, 6, 6, 6, 3), (2, 10, 8, 6, 4),
]
SCALE = 1 << 20


def network(draw, widths):
    """Stacked layers of integers: the bias is the last row."""
    entry = lambda: draw.randint(-2 * SCALE, 2 * SCALE)
    return [[[entry() for _ in range(b)] for _ in range(a + 1)] for a, b in zip(widths, widths[1:])]


def ours(program, widths, layers):
    """Linear regions after the last hidden layer, and seconds."""
    entries = " ".join(str(entry) for layer in layers for row in layer for entry in row)
    text = "relu %s\n%s\n" % (" ".join(map(str, widths)), entries)
    answer = subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout
    regions = ast.literal_eval(answer[: answer.index("]") + 1])
    return regions[-1], float(answer.split()[-1])


def theirs(relucent, numpy, layers):
    """The same by relucent: the cells of the hidden layers."""
    from relucent.model.model import LinearLayer, ReLULayer, ReLUNetwork

    parts = []
    for layer in layers[:-1]:
        stacked = numpy.array(layer, dtype=float) / SCALE
        parts += [LinearLayer(stacked[:-1].T, stacked[-1]), ReLULayer()]
    started = time.perf_counter()
    cells = relucent.Complex(ReLUNetwork(parts))
    cells.bfs(start=numpy.array([0.1, 0.2]), nworkers=1, verbose=0)
    return len(cells), time.perf_counter() - started


def main():
    if len(sys.argv) > 1:
        sys.path.insert(0, sys.argv[1])
    sys.modules.setdefault("torch", None)  # relucent does without it
    try:
        import numpy
        import relucent
    except ImportError as why:
        print("skipped: relucent cannot be used:", why)
        return
    draw, different = random.Random(1), 0
    for widths in SHAPES:
        layers = network(draw, widths)
        mine, seconds = ours(PROGRAM, widths, layers)
        other, other_seconds = theirs(relucent, numpy, layers)
        different += mine != other
        name = "-".join(map(str, widths))
        print(f"{name:14} ours {mine:5} in {seconds:.4f} s   relucent {other:5} in {other_seconds:.2f} s", flush=True)
    if different:
        sys.exit(f"{different} counts differ")


if __name__ == "__main__":
    main()
