"""Golden numbers of evaluation, by PyTorch 1.13 and NumPy 1.24 (Debian 12: python3-torch, python3-numpy), float32 on a CPU:
cd tests/Fixtures && /usr/bin/python3 make_evaluation.py"""
import gzip
import json
import struct

import numpy as np
import torch

torch.set_num_threads(1)
torch.manual_seed(7)
tensors = {}


def keep(name, value):
    tensors[name] = np.ascontiguousarray(np.asarray(value.detach() if torch.is_tensor(value) else value, dtype=np.float32))


# Linear probes: two learning rates, 3 epochs of 40 features in batches of 16, 16, 8, cosine to 0 stepped once an epoch.
features, labels = torch.randn(40, 6) * 2, torch.randint(0, 7, (40,))
weights = torch.randn(7, 6) * 0.01
keep("linear.features", features)
keep("linear.labels", labels)
keep("linear.weights", weights)
for name, rate in (("small", 0.05), ("large", 0.5)):
    probe = torch.nn.Linear(6, 7)
    with torch.no_grad():
        probe.weight.copy_(weights)
        probe.bias.zero_()
    optimizer = torch.optim.SGD(probe.parameters(), rate, momentum=0.9, weight_decay=0)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 3, eta_min=0)
    losses, accuracies = [], []
    for epoch in range(3):
        for start in range(0, 40, 16):
            loss = torch.nn.functional.cross_entropy(probe(features[start:start + 16]), labels[start:start + 16])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        first_five = probe(features).topk(5).indices == labels[:, None]
        accuracies.append([first_five[:, :1].sum().item() / 40, first_five.sum().item() / 40])
        scheduler.step()
    keep(f"linear.{name}.loss", losses)
    keep(f"linear.{name}.top1_top5", accuracies)
    keep(f"linear.{name}.weight", probe.weight)
    keep(f"linear.{name}.bias", probe.bias)

# Principal components; an axis is turned so that its largest number is positive.
rows = np.random.RandomState(3).randn(50, 7) @ np.random.RandomState(4).randn(7, 7) + 5
rows = rows.astype(np.float32)
centred = rows.astype(np.float64) - rows.astype(np.float64).mean(0)
values, vectors = np.linalg.eigh(centred.T @ centred / 50)
axes = vectors[:, ::-1][:, :3]
axes = axes * np.sign(axes[np.abs(axes).argmax(0), np.arange(3)])
keep("pca.rows", rows)
keep("pca.places", centred @ axes)
keep("pca.shares", values[::-1][:3] / values.sum())

# The patches that hold a share of the attention: cumulative sums of the sorted weights above 1 - share.
attention = torch.softmax(torch.randn(3, 36) * 2, 1)
keep("attention.maps", attention)
for share in (0.6, 0.25):
    sorted_weights, order = attention.sort(1)
    kept = torch.cumsum(sorted_weights / sorted_weights.sum(1, keepdim=True), 1) > 1 - share
    keep(f"attention.keep.{share}", kept.gather(1, order.argsort(1)))

header, data = {}, b""
for name, value in sorted(tensors.items()):
    header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + value.nbytes]}
    data += value.tobytes()
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open("evaluation.safetensors.gz", "wb") as file:
    file.write(gzip.compress(struct.pack("<Q", len(text)) + text + data, mtime=0))
