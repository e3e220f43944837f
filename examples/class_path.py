"""A small pyramid of layers trained on handwritten digits, and a digit that it mistakes, for `sublevel class-path`.

    apt install python3-torch python3-sklearn; pip install safetensors
    python3 examples/class_path.py --out tests/data/class-path/digits

writes OUT.safetensors and OUT.npz: two images of the class between which the straight line leaves it, an image of each
digit, and as the last one an image of another class that was changed, a 256th a step along the signs of the gradient,
until the network gives it the class with a margin above one half.
"""

import argparse

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.datasets import load_digits
from torch import nn


def train(widths, slope, inputs, labels, steps):
    torch.manual_seed(1)
    layers = []
    for before, after in zip(widths, widths[1:]):
        layers += [nn.Linear(before, after), nn.LeakyReLU(slope)]
    network = nn.Sequential(*layers[:-1])
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    for step in range(steps):
        if step == 2 * steps // 3:
            optimiser.param_groups[0]["lr"] = 1e-3
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(inputs), labels).backward()
        optimiser.step()
    return network


def runner_up(outputs, wanted):
    others = outputs.detach().clone()
    others[wanted] = -torch.inf
    return others.argmax()


def attack(network, image, wanted, margin=0.5, step=1 / 256):
    """Changes an image until the network gives it the wanted class with this margin; all pixels stay in [0, 1]."""
    image = image.clone()
    while True:
        image.requires_grad_(True)
        outputs = network(image)
        gap = outputs[wanted] - outputs[runner_up(outputs, wanted)]
        if gap > margin:
            return image.detach()
        (gradient,) = torch.autograd.grad(gap, image)
        image = (image.detach() + step * gradient.sign()).clamp(0, 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--widths", type=int, nargs="+", default=[64, 32, 16, 12, 10])
    parser.add_argument("--slope", type=float, default=0.05)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--class", type=int, default=1, dest="wanted")
    parser.add_argument("--mistaken", type=int, default=8)
    parser.add_argument("--images", type=int, nargs="+", default=[387, 606, *range(10)])
    parser.add_argument("--out", default="digits")
    arguments = parser.parse_args()
    digits = load_digits()
    inputs = torch.tensor(digits.data[: arguments.samples] / 16, dtype=torch.float32)
    labels = torch.tensor(digits.target[: arguments.samples])
    network = train(arguments.widths, arguments.slope, inputs, labels, arguments.steps)
    wrong = int((network(inputs).argmax(1) != labels).sum())
    victim = next(i for i in range(len(labels)) if labels[i] == arguments.mistaken)
    changed = attack(network, inputs[victim], arguments.wanted)
    print(f"{wrong} of {len(labels)} are mistaken; image {victim} changed by {float((changed - inputs[victim]).abs().max())}")
    images = np.concatenate([inputs[arguments.images].numpy(), changed[None].numpy()])
    names = np.append(labels[arguments.images].numpy(), arguments.mistaken)
    np.savez_compressed(f"{arguments.out}.npz", inputs=images, labels=names)
    save_file(network.state_dict(), f"{arguments.out}.safetensors")


if __name__ == "__main__":
    main()
