"""Loads an exported ResNet-50 into torchvision's, strictly, and saves what that computes and its whole state dict as .pth files.

    check_resnet.py RESNET50.safetensors FOLDER SIZE
"""
import os
import sys

import torch
import torchvision

from safetensors_file import read_safetensors


def main():
    path, folder, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
    torch.set_num_threads(1)
    weights = read_safetensors(path)
    backbone = torchvision.models.resnet50()
    backbone.fc = torch.nn.Identity()
    backbone.load_state_dict(weights, strict=True)
    pixels = torch.linspace(-2, 2, 3 * size * size).reshape(1, 3, size, size)
    with torch.no_grad():
        torch.save({"features": backbone.eval()(pixels)}, os.path.join(folder, "features.pth"))

    classifier = torchvision.models.resnet50()  # as torchvision publishes it: with fc, and counters of batches
    classifier.load_state_dict(weights, strict=False)
    torch.save(classifier.state_dict(), os.path.join(folder, "resnet50.pth"))
    print("torchvision", torchvision.__version__)


main()
