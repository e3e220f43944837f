"""Networks with two inputs, for `sublevel regions`: two moons, the toy problem of the thesis's section 5.3.4, and digits on their
first two principal components.

    apt install python3-torch python3-sklearn; pip install safetensors
    python3 examples/regions.py --problem digits --widths 2 32 32 10 --out digits

writes OUT.safetensors and OUT.npz.
"""

import argparse

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn


def moons():
    from sklearn.datasets import make_moons

    points, labels = make_moons(400, noise=0.1, random_state=0)
    return np.round(points * 64) / 64, labels


def toy():
    """Class 1 in two discs of a square, class 0 elsewhere."""
    points = np.random.default_rng(0).uniform(-4, 4, (600, 2))
    discs = [((points - centre) ** 2).sum(1) < 2.5 for centre in ([-2, -2], [2, 2])]
    return np.round(points * 64) / 64, (discs[0] | discs[1]).astype(np.int64)


def digits():
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    pixels = pixels / 16 - (pixels / 16).mean(0)
    components = np.linalg.svd(pixels, full_matrices=False)[2][:2]
    return np.round(pixels @ components.T * 256) / 256, labels


def train(widths, slope, inputs, labels, seed, steps):
    torch.manual_seed(seed)
    layers = []
    for before, after in zip(widths, widths[1:]):
        layers += [nn.Linear(before, after), nn.LeakyReLU(slope) if slope else nn.ReLU()]
    network = nn.Sequential(*layers[:-1])
    optimiser = torch.optim.Adam(network.parameters(), lr=5e-3)
    for step in range(steps):
        if step == 2 * steps // 3:
            optimiser.param_groups[0]["lr"] = 5e-4
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(inputs), labels).backward()
        optimiser.step()
    return network


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--problem", choices=["moons", "toy", "digits"], default="moons")
    parser.add_argument("--widths", type=int, nargs="+", default=[2, 16, 16, 2])
    parser.add_argument("--slope", type=float, default=0.0)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default="regions")
    arguments = parser.parse_args()
    inputs, labels = {"moons": moons, "toy": toy, "digits": digits}[arguments.problem]()
    inputs, labels = torch.tensor(inputs, dtype=torch.float32), torch.tensor(labels)
    network = train(arguments.widths, arguments.slope, inputs, labels, arguments.seed, arguments.steps)
    errors = int((network(inputs).argmax(1) != labels).sum())
    print(f"{errors} of {len(labels)} samples are misclassified")
    save_file(network.state_dict(), f"{arguments.out}.safetensors")
    np.savez(f"{arguments.out}.npz", inputs=inputs.numpy(), labels=labels.numpy())


if __name__ == "__main__":
    main()
