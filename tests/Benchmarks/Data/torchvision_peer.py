"""DINO's multi-crop by torchvision and PIL, timed by stage: what `data` of tests/Benchmarks compares with.

Reads numbers of seconds from standard input, a line each; works so long and answers with a line of JSON.
"""
import io
import json
import os
import random
import sys
import time

try:
    import PIL
    import torch
    import torchvision
    from PIL import Image, ImageFilter, ImageOps
    from torchvision import transforms
except ImportError:
    sys.exit(1)  # the caller does without a peer

STAGES = ["read", "decode", "crop", "jitter", "greyscale", "blur", "solarise", "normalise"]
BICUBIC = transforms.InterpolationMode.BICUBIC
jitter = transforms.ColorJitter(0.4, 0.4, 0.2, 0.1)
flip = transforms.RandomHorizontalFlip(0.5)
normalise = transforms.Compose([
    transforms.ToTensor(),
    transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
])
large = transforms.RandomResizedCrop(224, scale=(0.4, 1.0), interpolation=BICUBIC)
small = transforms.RandomResizedCrop(96, scale=(0.05, 0.4), interpolation=BICUBIC)
VIEWS = [(large, 1.0, 0.0), (large, 0.1, 0.2)] + 8 * [(small, 0.5, 0.0)]  # crop, blur and solarise probabilities


def multi_crop(path, seconds):
    mark = time.thread_time()

    def lap(stage):
        nonlocal mark
        now = time.thread_time()
        seconds[stage] += now - mark
        mark = now

    with open(path, "rb") as file:
        data = file.read()
    lap(0)
    image = Image.open(io.BytesIO(data)).convert("RGB")
    lap(1)
    outputs = []
    for crop, blur, solarise in VIEWS:
        view = flip(crop(image))
        lap(2)
        if random.random() < 0.8:
            view = jitter(view)
            lap(3)
        if random.random() < 0.2:
            view = ImageOps.grayscale(view).convert("RGB")
            lap(4)
        if random.random() < blur:
            view = view.filter(ImageFilter.GaussianBlur(radius=random.uniform(0.1, 2.0)))
            lap(5)
        if random.random() < solarise:
            view = ImageOps.solarize(view)
            lap(6)
        outputs.append(normalise(view))
        lap(7)
    return outputs


def main():
    folder, core = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(1)
    torch.manual_seed(core)
    random.seed(core)
    files = sorted(
        os.path.join(place, name)
        for place, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith((".jpg", ".jpeg", ".png"))
    )
    print(f"torchvision {torchvision.__version__}, Pillow {PIL.__version__}, torch {torch.__version__}", flush=True)
    at = core * len(files) // 7
    for line in sys.stdin:
        limit, seconds, images = float(line), [0.0] * len(STAGES), 0
        started, cpu = time.perf_counter(), time.process_time()
        while time.perf_counter() - started < limit:
            multi_crop(files[at % len(files)], seconds)
            at += 1
            images += 1
        print(json.dumps({
            "Images": images,
            "CoreSeconds": time.perf_counter() - started,
            "CpuSeconds": time.process_time() - cpu,
            "StageSeconds": seconds,
        }), flush=True)


main()
