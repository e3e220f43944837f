import os
import pathlib
import subprocess

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

REPOSITORY = pathlib.Path(__file__).parents[2]
DIGITS = REPOSITORY / "tests" / "data" / "digits"


def load_data(name):
    """(X, y) of one of the carried data sets."""
    data = np.load(DIGITS / name)
    return data["inputs"], data["labels"]


def load_network(name):
    """A carried network as a list of (W, b)."""
    arrays = safetensors(DIGITS / name)
    numbers = sorted({key.rpartition(".")[0] for key in arrays}, key=lambda key: int("".join(filter(str.isdigit, key)) or 0))
    return [(arrays[f"{number}.weight"].T, arrays[f"{number}.bias"]) for number in numbers]


def safetensors(file):
    import json

    content = file.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header, body = json.loads(content[8 : 8 + length]), content[8 + length :]
    header.pop("__metadata__", None)
    kinds = {"F32": np.float32, "F64": np.float64}
    return {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], dtype=kinds[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
    }


@pytest.fixture(scope="session")
def command():
    """Runs the command line and returns its JSON; skipped where the program is not built."""
    import json

    built = [REPOSITORY / "target" / profile / "sublevel" for profile in ("release", "debug")]
    program = next((program for program in [os.environ.get("SUBLEVEL"), *built] if program and pathlib.Path(program).exists()), None)
    if program is None:
        pytest.skip("the command line is not built: cargo build --release, or SUBLEVEL=…")

    def run(*arguments, code=0):
        done = subprocess.run([program, *map(str, arguments), "--json"], capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def digits():
    """(X, y) of 200 digits of scikit-learn, in [0, 1]."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return X[:200] / 16, y[:200]


@pytest.fixture(scope="session")
def classifiers(digits):
    """Two small classifiers that were trained alike."""
    import warnings

    from sklearn.neural_network import MLPClassifier

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [MLPClassifier((24,), max_iter=40, learning_rate_init=0.01, random_state=seed).fit(*digits) for seed in (0, 1)]
