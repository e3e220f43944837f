"""Two convolutional networks on Fashion-MNIST, trained in PyTorch from two seeds, as ONNX files with data, for `sublevel barrier`.

    apt install python3-torch dataset-fashion-mnist; pip install onnx
    python3 examples/convolutional.py --network lenet --samples 100 --out lenet     # trains and exports: seconds
    python3 examples/convolutional.py --network lenet --samples 100 --out lenet --points 1001      # reads them again

The first writes lenet-a.onnx, lenet-b.onnx, lenet-a.pt, lenet-b.pt and lenet.npz (the first images and labels, normalised as the
networks were trained, and the outputs of the first network). For a residual network (`resnet8`) the ONNX files keep their batch
normalisation, and resnet8-middle.onnx is the mean of both networks with the statistics of its normalisation taken anew from the
first images: `--via resnet8-middle.onnx`. With --points PyTorch's own loss, in doubles, is printed for so many equally spaced
points of the straight line between both, all parameters and statistics interpolated (`--batch-norm separate`) or the folded ones
(`--folded`).
"""

import argparse
import copy
import gzip

import numpy as np
import torch
from torch import nn
from torch.nn import functional

FOLDER = "/usr/share/datasets/fashion-mnist"


def read(kind, dimensions, start):
    with gzip.open(f"{FOLDER}/train-{kind}-idx{dimensions}-ubyte.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=start)


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )


class Block(nn.Module):
    def __init__(self, before, after, stride):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after)
        self.conv2, self.norm2 = nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after)
        self.way = nn.Sequential()
        if stride != 1:
            self.way = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x):
        branch = self.norm2(self.conv2(functional.relu(self.norm1(self.conv1(x)))))
        return functional.relu(branch + self.way(x))


def resnet8(width=8):
    return nn.Sequential(
        nn.Conv2d(1, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
        Block(width, width, 1), Block(width, 2 * width, 2), Block(2 * width, 4 * width, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * width, 10),
    )


NETWORKS = {"lenet": lenet, "resnet8": resnet8}


def train(build, images, labels, seed, steps):
    torch.manual_seed(seed)
    network = build()
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3)
    for _ in range(steps):
        batch = torch.randint(len(labels), (128,))
        optimiser.zero_grad()
        functional.cross_entropy(network(images[batch]), labels[batch]).backward()
        optimiser.step()
    return network.eval()


def export(network, example, path):
    # PRESERVE keeps batch normalisation, which the exporter else folds into the convolutions. Its statistics stay: eval mode.
    torch.onnx.export(network, example, path, input_names=["input"], dynamic_axes={"input": {0: "N"}},
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)


def folded(network):
    """The network without batch normalisation: in the convolutions before it."""
    network = copy.deepcopy(network)
    for module in [network, *network.modules()]:
        names = [name for name, _ in module.named_children()]
        for before, name in zip(names, names[1:]):
            convolution, norm = getattr(module, before), getattr(module, name)
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(module, before, nn.utils.fusion.fuse_conv_bn_eval(convolution, norm))
                setattr(module, name, nn.Identity())
    return network


def middle(networks, images):
    """The mean of two networks, with its own statistics on these images."""
    states = [network.state_dict() for network in networks]
    mean = copy.deepcopy(networks[0])
    mean.load_state_dict({key: (a + states[1][key]) / 2 if a.is_floating_point() else a for key, a in states[0].items()})
    for module in mean.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # the mean of all batches
    mean.train()
    with torch.no_grad():
        for batch in images.split(500):
            mean(batch)
    return mean.eval()


def losses(networks, images, labels, points):
    """PyTorch's loss on the line, in doubles."""
    states = [network.double().state_dict() for network in networks]
    between = copy.deepcopy(networks[0])
    images = images.double()
    for i in range(points):
        t = i / (points - 1)
        line = {key: (1 - t) * a + t * states[1][key] if a.is_floating_point() else a for key, a in states[0].items()}
        between.load_state_dict(line)
        with torch.no_grad():
            yield t, functional.cross_entropy(between(images), labels).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--network", choices=NETWORKS, default="lenet")
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--out", default="lenet")
    parser.add_argument("--points", type=int)
    parser.add_argument("--folded", action="store_true")
    arguments = parser.parse_args()
    pixels = read("images", 3, 16).reshape(-1, 1, 28, 28)[:10000]
    images = (torch.tensor(pixels.astype(np.float32)) / 255 - 0.286) / 0.353
    labels = torch.tensor(read("labels", 1, 8)[:10000].astype(np.int64))
    first, named = images[: arguments.samples], labels[: arguments.samples]
    build = NETWORKS[arguments.network]
    if arguments.points:
        networks = [build().eval() for _ in "ab"]
        for network, end in zip(networks, "ab"):
            network.load_state_dict(torch.load(f"{arguments.out}-{end}.pt"))
        if arguments.folded:
            networks = [folded(network.double()) for network in networks]
        line = list(losses(networks, first, named, arguments.points))
        at, highest = max(line, key=lambda point: point[1])
        print(f"largest of {arguments.points} losses: {highest:.10f} at t = {at}; at the ends {line[0][1]:.10f}, {line[-1][1]:.10f}")
        return
    networks = []
    for end, seed in [("a", 1), ("b", 2)]:
        network = train(build, images, labels, seed, arguments.steps)
        export(network, first[:1], f"{arguments.out}-{end}.onnx")
        torch.save(network.state_dict(), f"{arguments.out}-{end}.pt")
        networks.append(network)
    if arguments.network == "resnet8":
        export(middle(networks, images), first[:1], f"{arguments.out}-middle.onnx")
    with torch.no_grad():
        outputs = networks[0](first).numpy()
    np.savez(f"{arguments.out}.npz", inputs=first.flatten(1).numpy(), labels=named.numpy(), outputs=outputs)


if __name__ == "__main__":
    main()
