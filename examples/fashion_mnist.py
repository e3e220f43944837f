"""Two networks on the first images of Fashion-MNIST, trained in PyTorch from two seeds, and the data, for `sublevel connect`.

    apt install python3-torch dataset-fashion-mnist; pip install safetensors
    python3 examples/fashion_mnist.py --widths 784 128 10 --samples 1000 --steps 300 --out pair

writes pair-a.safetensors, pair-b.safetensors and pair.npz. ReLU; minibatches of 256 and Adam; pixels are byte/256, exactly.
"""

import argparse
import gzip

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

FOLDER = "/usr/share/datasets/fashion-mnist"


def read(kind, dimensions, start):
    with gzip.open(f"{FOLDER}/train-{kind}-idx{dimensions}-ubyte.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=start)


def train(widths, inputs, labels, seed, steps):
    torch.manual_seed(seed)
    layers = []
    for before, after in zip(widths, widths[1:]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    network = nn.Sequential(*layers[:-1])
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(steps):
        batch = torch.randint(len(labels), (min(len(labels), 256),))
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(inputs[batch]), labels[batch]).backward()
        optimiser.step()
    return network


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--widths", type=int, nargs="+", default=[784, 128, 10])
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--out", default="pair")
    arguments = parser.parse_args()
    pixels = read("images", 3, 16).reshape(-1, 784)[: arguments.samples]
    labels = read("labels", 1, 8)[: arguments.samples].astype(np.int64)
    inputs = pixels.astype(np.float32) / np.float32(256)
    np.savez(f"{arguments.out}.npz", inputs=inputs, labels=labels)
    for end, seed in [("a", 1), ("b", 2)]:
        network = train(arguments.widths, torch.tensor(inputs), torch.tensor(labels), seed, arguments.steps)
        save_file(network.state_dict(), f"{arguments.out}-{end}.safetensors")


if __name__ == "__main__":
    main()
