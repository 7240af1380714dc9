"""Loads safetensors that Lockstep exported into PyTorch modules with the reference's names, strictly, and saves what it has
loaded, and what it computes, as .pth files.

    check_export.py BACKBONE.safetensors FULL.safetensors FOLDER IMAGE PATCH DIM DEPTH HEADS HIDDEN BOTTLENECK PROTOTYPES
"""
import collections
import os
import sys

import torch

from safetensors_file import read_safetensors
from vit import Distributed, Head, Network, VisionTransformer


def main():
    backbone_path, full_path, folder = sys.argv[1:4]
    image, patch, dim, depth, heads, hidden, bottleneck, prototypes = map(int, sys.argv[4:])
    torch.set_num_threads(1)

    def vit():
        return VisionTransformer(image, patch, dim, depth, heads)

    def head():
        return Head(dim, hidden, bottleneck, prototypes)

    backbone = vit()
    backbone.load_state_dict(read_safetensors(backbone_path), strict=True)
    torch.save(backbone.state_dict(), os.path.join(folder, "backbone.pth"))
    pixels = torch.linspace(-2, 2, 3 * image * image).reshape(1, 3, image, image)
    with torch.no_grad():
        torch.save({"features": backbone(pixels)}, os.path.join(folder, "features.pth"))

    parts = collections.defaultdict(collections.OrderedDict)
    for name, tensor in read_safetensors(full_path).items():
        part, key = name.split(".", 1)
        parts[part][key] = tensor
    student, teacher = Distributed(Network(vit(), head())), Network(vit(), head())
    student.load_state_dict(parts["student"], strict=True)
    teacher.load_state_dict(parts["teacher"], strict=True)
    checkpoint = {"student": student.state_dict(), "teacher": teacher.state_dict(), "dino_loss": parts["dino_loss"], "epoch": 3}
    torch.save(checkpoint, os.path.join(folder, "full.pth"))
    print("torch", torch.__version__)


main()
