"""The exact kernel against FLINT, on identical files, one thread, interleaved runs; medians and ratios.

    python3 -m venv /tmp/flint && /tmp/flint/bin/pip install python-flint
    cargo build --release --example kernel_times
    /tmp/flint/bin/python benches/against_flint.py [--sizes 16 32 64 128 256] [--seconds 3]

Entries are integers of 40 bits, as trained weights are after clearing row denominators. "rank N/2" is a product of
[N, N/2] and [N/2, N] matrices of 20 bits, so its entries are of the same size. Pivots are compared with `fmpz_mat.rank`,
and with `fmpz_mat.rref` where the rank is N/2 (FLINT has no rank profile alone). Our solutions are integers over a
common denominator; FLINT's, as python-flint offers them, rationals in lowest terms: the lines marked Q compare the
same form on both sides, and the others compare ours with FLINT's `fmpz_mat_solve` called in the library itself, which
gives a common denominator too. Every result is compared before it is timed.
"""

import argparse
import ctypes
import glob
import os
import random
import statistics
import subprocess
import tempfile
import time

import flint

CHECK = 2147483647
PROGRAM = os.path.join(os.path.dirname(__file__), "..", "target", "release", "examples", "kernel_times")


class Program:
    """Our side: one process, one thread, answering one line a run."""

    def __init__(self, program):
        environment = dict(os.environ, RAYON_NUM_THREADS="1")
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def run(self, operation, *files):
        print(operation, *files, file=self.process.stdin, flush=True)
        seconds, residue = self.process.stdout.readline().split()
        return float(seconds), int(residue)


class Matrix(ctypes.Structure):
    """fmpz_mat_struct of FLINT 3.6."""

    _fields_ = [
        ("entries", ctypes.c_void_p),
        ("rows", ctypes.c_long),
        ("columns", ctypes.c_long),
        ("stride", ctypes.c_long),
    ]


class Library:
    """FLINT's own functions, from the library in the wheel."""

    def __init__(self):
        folder = os.path.join(os.path.dirname(os.path.dirname(flint.__file__)), "python_flint.libs")
        # Already loaded by python-flint: the same library, not a second copy.
        self.flint = ctypes.CDLL(glob.glob(os.path.join(folder, "libflint*"))[0])

    def matrix(self, rows, columns, entries=None):
        matrix = Matrix()
        self.flint.fmpz_mat_init(ctypes.byref(matrix), ctypes.c_long(rows), ctypes.c_long(columns))
        for index, entry in enumerate(entries or []):
            address = ctypes.c_void_p(matrix.entries + 8 * index)
            self.flint.fmpz_set_si(address, ctypes.c_long(entry))
        return matrix

    def solve(self, a, b):
        x, denominator = self.matrix(a.rows, b.columns), ctypes.c_long(0)
        start = time.perf_counter()
        solved = self.flint.fmpz_mat_solve(
            ctypes.byref(x), ctypes.byref(denominator), ctypes.byref(a), ctypes.byref(b)
        )
        seconds = time.perf_counter() - start
        assert solved
        self.flint.fmpz_mat_clear(ctypes.byref(x))
        self.flint.fmpz_clear(ctypes.byref(denominator))
        return seconds


def write(folder, name, rows, columns, entries):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        print(rows, columns, *entries, file=file)
    return path


def residue(matrix):
    total = 0
    for index, entry in enumerate(matrix.entries()):
        value = int(entry.p) % CHECK + 3 * (int(entry.q) % CHECK)
        total = (total + value % CHECK * (index + 1)) % CHECK
    return total


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(ours, theirs, seconds):
    """Medians of interleaved runs of both, for about that many seconds; three of each at least, if they take under 20."""
    left, right, start = [], [], time.perf_counter()
    elapsed = lambda: time.perf_counter() - start
    while not left or (len(left) < 3 and elapsed() < 20) or (elapsed() < seconds and len(left) < 1000):
        left.append(ours())
        right.append(theirs())
    return statistics.median(left), statistics.median(right)


def cases(size, folder, program, library):
    draw = lambda bits: random.randrange(-(2**bits) + 1, 2**bits)
    numbers = lambda count, bits: [draw(bits) for _ in range(count)]
    half = size // 2
    full, sides, side = numbers(size * size, 40), numbers(size * size, 40), numbers(size, 40)
    identity = [int(row == column) for row in range(size) for column in range(size)]
    product = flint.fmpz_mat(size, half, numbers(size * half, 20)) * flint.fmpz_mat(half, size, numbers(size * half, 20))
    deficient = [int(entry) for entry in product.entries()]
    matrix = lambda entries, columns=size: flint.fmpz_mat(size, columns, entries)
    files = {
        name: write(folder, f"{name}-{size}.txt", size, len(entries) // size, entries)
        for name, entries in [("full", full), ("half", deficient), ("sides", sides), ("side", side)]
    }
    left, low = matrix(full), matrix(deficient)
    raw = {name: library.matrix(size, len(entries) // size, entries)
           for name, entries in [("full", full), ("sides", sides), ("side", side), ("identity", identity)]}

    assert program.run("rank", files["full"])[1] == left.rank()
    assert program.run("rank", files["half"])[1] == low.rank()
    assert program.run("solve", files["full"], files["side"])[1] == residue(left.solve(matrix(side, 1)))
    if size <= 128:
        assert program.run("solve_q", files["full"], files["sides"])[1] == residue(left.solve(matrix(sides)))
        assert program.run("inverse", files["full"])[1] == residue(left.inv())

    ours = lambda *words: lambda: program.run(*words)[0]
    rational = flint.fmpq_mat(left)
    yield "full rank, pivots", ours("rank", files["full"]), lambda: timed(left.rank)
    yield "full rank, pivots, Q", ours("rank_q", files["full"]), lambda: timed(rational.rank)
    yield "rank N/2, pivots (rank)", ours("rank", files["half"]), lambda: timed(low.rank)
    yield "rank N/2, pivots (rref)", ours("rank", files["half"]), lambda: timed(low.rref)
    yield "solve, one side", ours("solve", files["full"], files["side"]), lambda: library.solve(raw["full"], raw["side"])
    yield "solve, one side, Q", ours("solve_q", files["full"], files["side"]), lambda: timed(lambda: left.solve(matrix(side, 1)))
    yield "solve, N sides", ours("solve", files["full"], files["sides"]), lambda: library.solve(raw["full"], raw["sides"])
    yield "inverse", ours("inverse", files["full"]), lambda: library.solve(raw["full"], raw["identity"])
    if size <= 128:
        yield "solve, N sides, Q", ours("solve_q", files["full"], files["sides"]), lambda: timed(lambda: left.solve(matrix(sides)))
        yield "inverse, Q", ours("inverse_q", files["full"]), lambda: timed(left.inv)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[16, 32, 64, 128, 256])
    parser.add_argument("--seconds", type=float, default=2.0, help="for each line of the table")
    parser.add_argument("--only", default="", help="lines whose name contains this")
    parser.add_argument("--program", default=PROGRAM)
    arguments = parser.parse_args()
    random.seed(1)
    flint.ctx.threads = 1
    program, library = Program(arguments.program), Library()
    print(f"FLINT {flint.__FLINT_VERSION__}; milliseconds, medians of interleaved runs, one thread")
    print("| N | operation | ours | FLINT | ratio |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for size in arguments.sizes:
            for name, ours, theirs in cases(size, folder, program, library):
                if arguments.only in name:
                    left, right = compare(ours, theirs, arguments.seconds)
                    print(f"| {size} | {name} | {left * 1e3:.3f} | {right * 1e3:.3f} | {left / right:.2f} |", flush=True)


if __name__ == "__main__":
    main()
