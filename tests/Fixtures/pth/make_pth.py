"""Makes the .pth files of this folder with a real PyTorch:

    cd tests/Fixtures/pth && /usr/bin/python3 make_pth.py

They were made with Debian 12's python3-torch 1.13.1 (torch.__version__ says 1.13.0a0) under Python 3.11. Value i of tensor
number t is ((37 i + 101 t) mod 61 - 30) / 4, which every type but the unsigned ones holds exactly; integers leave out the / 4,
unsigned ones the - 30.
"""
import argparse
import os
import pathlib
import sys

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Models.Tests", "Weights", "Torch"))
from vit import Distributed, Head, Network, VisionTransformer  # noqa: E402


def values(count, number, dtype=torch.float32):
    ramp = (torch.arange(count) * 37 + number * 101) % 61
    if dtype == torch.bool:
        return ramp % 2 == 0
    if dtype == torch.uint8:
        return ramp.to(dtype)
    return ((ramp - 30) / 4).to(dtype) if dtype.is_floating_point else (ramp - 30).to(dtype)


def fill(module):
    with torch.no_grad():
        for number, tensor in enumerate(module.state_dict().values()):
            tensor.copy_(values(tensor.numel(), number).reshape(tensor.shape))
    return module


def vit():
    return VisionTransformer(image=8, patch=4, dim=12, depth=2, heads=3)


def network():
    return Network(vit(), Head(dim=12, hidden=8, bottleneck=4, prototypes=6))


# Like dino_*_pretrain.pth: a flat backbone.
torch.save(fill(vit()).state_dict(), "pretrain.pth")

# Like dino_*_full_checkpoint.pth, as main_dino.py saves it; a run under submitit has a path among its arguments.
student, teacher = fill(Distributed(network())), fill(network())
optimizer = torch.optim.AdamW([p for p in student.parameters() if p.dim() == 1], lr=1e-3)
for parameter in student.parameters():
    parameter.grad = torch.ones_like(parameter)
optimizer.step()
fill(student)
checkpoint = {
    "student": student.state_dict(),
    "teacher": teacher.state_dict(),
    "optimizer": optimizer.state_dict(),
    "epoch": 7,
    "args": argparse.Namespace(arch="vit_small", lr=5e-4, global_crops_scale=(0.4, 1.0), use_fp16=True, output_dir=pathlib.PosixPath("/x"), gpu=None, seed=2**70),
    "dino_loss": {"center": values(6, 3).reshape(1, 6)},
    "fp16_scaler": {"scale": 65536.0, "growth_interval": 2000},
}
torch.save(checkpoint, "full_checkpoint.pth")

# Every type, and views of one storage, in every pickle protocol.
whole = values(60, 40)
tensors = {
    **{str(d).removeprefix("torch."): values(24, n, d).reshape(2, 3, 4) for n, d in enumerate([
        torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool])},
    "scalar": values(1, 20)[0],
    "empty": torch.empty(0, 3),
    "parameter": torch.nn.Parameter(values(5, 21)),
    "whole": whole,
    "transposed": whole.reshape(6, 10).t(),
    "permuted": whole.reshape(3, 4, 5).permute(2, 0, 1),
    "sliced": whole.reshape(6, 10)[1:5, 2:9:3],
    "narrow": whole[7:19],
    "half_transposed": values(12, 22, torch.float16).reshape(3, 4).t(),
    "channels_last": values(48, 23).reshape(1, 3, 4, 4).contiguous(memory_format=torch.channels_last),
    "complex": torch.zeros(2, dtype=torch.complex64),
    "size": whole.reshape(6, 10).size(),
}
for protocol in (2, 3, 4, 5):
    torch.save(tensors, f"types{protocol}.pth", pickle_protocol=protocol)

torch.save({"weight": values(4, 0)}, "legacy.pth", _use_new_zipfile_serialization=False)
