"""The loss on the straight line between two LeNets, bounded by auto_LiRPA and by us.

    pip install --target DIRECTORY --no-deps auto_LiRPA tqdm appdirs graphviz sympy mpmath
    python3 examples/convolutional.py --network lenet --samples 100 --out lenet
    cargo build --release
    python3 benches/against_auto_lirpa.py DIRECTORY lenet --samples 4 --tolerance 0.01 --seconds 60

auto_LiRPA bounds what a network computes when its input is perturbed. Here the one perturbed input is s in [0, 1], and the
layers are W(s) x + b(s) with W(s) = (1 - s) A + s B written out as W x + s D x; images are inputs of width zero. Upper bounds of
the margins z_j - z_y bound the cross-entropy. Around it is the bisection of `sublevel barrier`: the interval with the largest
bound is halved until that bound is within the tolerance of a loss that was seen. Prints, for each method, the excess of its bound
over the larger end on intervals of length 2^-k, and what the bisection comes to. In floats: theirs rounds to nearest, and is no
proof. Without auto_LiRPA it says so and ends.
"""

import argparse
import heapq
import os
import re
import subprocess
import sys
import time

PROGRAM = os.path.join(os.path.dirname(__file__), "..", "target", "release", "sublevel")


def along_line(torch, states):
    """LeNet on the line as a network whose inputs are (s, image)."""
    functional = torch.nn.functional
    # As parameters: some of its methods ask them for the type of numbers.
    parameters = lambda arrays: {key: torch.nn.Parameter(array, requires_grad=False) for key, array in arrays.items()}
    start = parameters(states[0])
    change = parameters({key: states[1][key] - start[key] for key in start})
    layer = lambda at, name: (at[f"{name}.weight"], at[f"{name}.bias"])

    class Line(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.all = torch.nn.ParameterList([*start.values(), *change.values()])

        def forward(self, x):
            s, h = x[:, :1], x[:, 1:].view(-1, 1, 28, 28)
            wide = s.view(-1, 1, 1, 1)
            for name, padding in [("0", 2), ("3", 0)]:
                apply = lambda at: functional.conv2d(h, *layer(at, name), padding=padding)
                h = functional.max_pool2d(functional.relu(apply(start) + wide * apply(change)), 2)
            h = h.flatten(1)
            for name in ["7", "9", "11"]:
                h = functional.linear(h, *layer(start, name)) + s * functional.linear(h, *layer(change, name))
                h = h if name == "11" else functional.relu(h)
            return h

    return Line()


class Theirs:
    def __init__(self, torch, lirpa, states, inputs, labels):
        self.torch, self.lirpa, self.inputs = torch, lirpa, inputs
        self.network = along_line(torch, states)
        point = torch.cat([torch.zeros(len(inputs), 1).double(), inputs], 1)
        # Convolutions as matrices: its patches do not pass every operation of this network.
        self.model = lirpa.BoundedModule(self.network, point[:1], device="cpu", bound_opts={"conv_mode": "matrix"})
        self.margins = torch.eye(10).double()[None] - torch.nn.functional.one_hot(labels, 10).double()[:, None]

    def loss(self, s):
        x = self.torch.cat([self.torch.full((len(self.inputs), 1), s).double(), self.inputs], 1)
        with self.torch.no_grad():
            outputs = self.network(x)
            return self.torch.logsumexp((self.margins @ outputs[:, :, None])[:, :, 0], 1).mean().item()

    def upper(self, s, t, method):
        """One sample after the other: their backward bounds hold a row for every unit of a layer."""
        total = 0.0
        for i in range(len(self.inputs)):
            ends = [self.torch.cat([self.torch.full((1, 1), r).double(), self.inputs[i : i + 1]], 1) for r in (s, t)]
            ball = self.lirpa.PerturbationLpNorm(norm=float("inf"), x_L=ends[0], x_U=ends[1])
            x = self.lirpa.BoundedTensor((ends[0] + ends[1]) / 2, ball)
            with self.torch.no_grad():
                bound = self.model.compute_bounds(x=(x,), C=self.margins[i : i + 1], method=method, bound_lower=False)[1]
            total += self.torch.logsumexp(bound, 1).mean().item()
        return total / len(self.inputs)


def bisect(theirs, method, tolerance, seconds):
    """(seconds, intervals, lower, upper) of the maximum."""
    started = time.perf_counter()
    lower = max(theirs.loss(0.0), theirs.loss(1.0))
    heap = [(-theirs.upper(0.0, 1.0, method), 0.0, 1.0)]
    intervals = 1
    while -heap[0][0] > lower + tolerance and time.perf_counter() - started < seconds:
        _, s, t = heapq.heappop(heap)
        lower = max(lower, theirs.loss((s + t) / 2))
        for half in [(s, (s + t) / 2), ((s + t) / 2, t)]:
            heapq.heappush(heap, (-theirs.upper(*half, method), *half))
            intervals += 1
    return time.perf_counter() - started, intervals, lower, -heap[0][0]


def ours(stem, samples, tolerance):
    files = [f"{stem}-a.onnx", f"{stem}-b.onnx", "--data", f"{stem}.npz", "--samples", str(samples)]
    command = [PROGRAM, "barrier", *files, "--tolerance", str(tolerance)]
    started = time.perf_counter()
    text = subprocess.run(command, capture_output=True, text=True).stdout
    lower, upper = re.search(r"maximum +\[([0-9.e-]+), ([0-9.e-]+)\]", text).groups()
    return time.perf_counter() - started, int(re.search(r"(\d+) intervals", text)[1]), float(lower), float(upper)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("stem")
    parser.add_argument("--samples", type=int, default=4, help="the first so many")
    parser.add_argument("--tolerance", type=float, default=0.1)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--methods", nargs="+", default=["IBP", "CROWN-IBP", "CROWN"])
    arguments = parser.parse_args()
    sys.path.insert(0, arguments.directory)
    try:
        import numpy
        import torch
        import auto_LiRPA
    except ImportError as missing:
        print(f"skipped: {missing}")
        return
    torch.set_default_dtype(torch.float64)
    states = [{k: v.double() for k, v in torch.load(f"{arguments.stem}-{end}.pt").items()} for end in "ab"]
    data = numpy.load(f"{arguments.stem}.npz")
    count = arguments.samples
    inputs, labels = torch.tensor(data["inputs"][:count]).double(), torch.tensor(data["labels"][:count])
    theirs = Theirs(torch, auto_LiRPA, states, inputs, labels)
    for method in arguments.methods:
        for k in [4, 6, 8, 10, 12]:
            s, started = 0.5, time.perf_counter()
            excess = theirs.upper(s, s + 2.0**-k, method) - max(theirs.loss(s), theirs.loss(s + 2.0**-k))
            taken = time.perf_counter() - started
            print(f"{method}: {count} samples, length 2^-{k}: excess {excess:.1e}, {taken:.2f} s", flush=True)
    for method in arguments.methods:
        taken, intervals, lower, upper = bisect(theirs, method, arguments.tolerance, arguments.seconds)
        print(f"{method}: maximum in [{lower:.4f}, {upper:.4g}], {intervals} intervals, {taken:.1f} s", flush=True)
    taken, intervals, lower, upper = ours(arguments.stem, count, arguments.tolerance)
    print(f"sublevel: maximum in [{lower:.4f}, {upper:.4f}], {intervals} intervals or points, {taken:.1f} s")


if __name__ == "__main__":
    main()
