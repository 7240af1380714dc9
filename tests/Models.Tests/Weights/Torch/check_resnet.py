"""Loads an exported ResNet into torchvision's, strictly, and saves what that computes and its whole state dict as .pth files.

    check_resnet.py resnet50|resnet18 WEIGHTS.safetensors FOLDER SIZE

resnet18 becomes one for small images: a 3x3 convolution and no pooling before three layers.
"""
import os
import sys

import torch
import torchvision

from safetensors_file import read_safetensors


def build(arch):
    network = getattr(torchvision.models, arch)()
    if arch == "resnet18":
        network.conv1 = torch.nn.Conv2d(3, 64, kernel_size=3, stride=2, padding=1, bias=False)
        network.maxpool = torch.nn.Identity()
        network.layer4 = torch.nn.Identity()
        network.fc = torch.nn.Linear(256, 1000)
    return network


def main():
    arch, path, folder, size = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    torch.set_num_threads(1)
    weights = read_safetensors(path)
    backbone = build(arch)
    backbone.fc = torch.nn.Identity()
    backbone.load_state_dict(weights, strict=True)
    pixels = torch.linspace(-2, 2, 3 * size * size).reshape(1, 3, size, size)
    with torch.no_grad():
        torch.save({"features": backbone.eval()(pixels)}, os.path.join(folder, "features.pth"))

    classifier = build(arch)  # as torchvision publishes it: with fc, and counters of batches
    classifier.load_state_dict(weights, strict=False)
    torch.save(classifier.state_dict(), os.path.join(folder, "whole.pth"))
    print("torchvision", torchvision.__version__)


main()
