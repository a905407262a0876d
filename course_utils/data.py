"""The data of the course: digits and clothes from inside the package, and a curve in the plane.

Images come as rows of a tensor with values in [0, 1]; here, too, is how small deformations move
them. Nothing here trains, measures or draws.
"""

import hashlib
import io
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from course_utils import checks

# The files of images inside the package, and their SHA-256.
CHECKSUMS = {
    "mnist.npz": "06af5dfe73b70e3bc1c36439982b18a8d76803db9b544f6fdf838a37fbb01b64",
    "fashion_mnist.npz": "26182b3be57f66685d04177d38d1f8ee2ba1f64f90704c27704a892916708e8f",
}


@dataclass(frozen=True)
class ImageData:
    """Images in three parts: one to train on, one to choose with, one to report.

    Images: float32 of shape (n, height · width), values in [0, 1]. Labels: int64 of shape (n,).
    """

    train: Tensor
    train_labels: Tensor
    validation: Tensor
    validation_labels: Tensor
    test: Tensor
    test_labels: Tensor
    image_shape: tuple[int, int]


@checks.arguments(
    train_size=checks.whole(1, 50_000),
    validation_size=checks.whole(1, 10_000),
    test_size=checks.whole(1, 10_000),
)
def load_mnist(
    train_size: int = 50_000, validation_size: int = 10_000, test_size: int = 10_000
) -> ImageData:
    """Load the MNIST digits, 28 × 28 grey values, from the file inside the package.

    The last 10,000 of the original training images are the validation part. A smaller size gives a
    stratified subset: every class in the full part's proportion within one image, each subset
    contained in the larger ones, the same on every call, machine and COURSE_SEED.

    Raises: TypeError or ValueError for a size that is not a whole number from 1 to the full part's;
    FileNotFoundError or ValueError when the data file is missing or damaged.
    Source: LeCun, Bottou, Bengio and Haffner (1998); see MNIST.md beside the file.
    """
    sizes = train_size, validation_size, test_size
    return _load("mnist.npz", lambda labels: np.arange(len(labels)) >= 50_000, *sizes)


@checks.arguments(n=checks.whole(), noise=checks.number("[0, inf)"))
def bent_curve(n: int, noise: float = 0.05) -> tuple[Tensor, Tensor]:
    """Draw n points near an open, mildly bent curve in the plane.

    The curve is c(t) = (t, t² − 1/3) for t uniform in [−1, 1]; `noise` is the standard deviation of
    the Gaussian noise added to both coordinates. Drawn from torch's global generator.

    Returns: points of shape (n, 2) and the positions t of shape (n,), both float32.
    """
    t = 2 * torch.rand(n) - 1
    return torch.stack([t, t**2 - 1 / 3], dim=1) + noise * torch.randn(n, 2), t


@checks.arguments(x=checks.square_images())
def tangent_vectors(x: Tensor) -> dict[str, Tensor]:
    """Return the directions in which small deformations move images: name → (n, features).

    "rotate" (counter-clockwise), "shift right", "shift down", by central differences of SciPy's
    cubic spline interpolation over ± 1° or ± ½ pixel, and "thicken", half of dilation minus
    erosion by 3 × 3 pixels. Every direction has length 1 (0 where the deformation changes nothing).
    x: square images (n, side²). Source: Simard, LeCun, Denker and Victorri (1998).
    """
    side = math.isqrt(x.shape[1])
    images = x.detach().cpu().double().numpy().reshape(-1, side, side)
    moves = {
        "rotate": lambda t: ndimage.rotate(images, 2 * t, axes=(2, 1), reshape=False),
        "shift right": lambda t: ndimage.shift(images, (0, 0, t)),
        "shift down": lambda t: ndimage.shift(images, (0, t, 0)),
    }
    found = {name: move(0.5) - move(-0.5) for name, move in moves.items()}
    found["thicken"] = ndimage.morphological_gradient(images, size=(1, 3, 3)) / 2
    flat = {name: torch.from_numpy(v).flatten(1) for name, v in found.items()}
    return {
        name: (v / v.norm(dim=1, keepdim=True).clamp_min(1e-12)).to(x.dtype)
        for name, v in flat.items()
    }


# 09: clothes


@checks.arguments(
    train_size=checks.whole(1, 10_000),
    validation_size=checks.whole(1, 2_000),
    test_size=checks.whole(1, 4_000),
)
def load_fashion_mnist(
    train_size: int = 10_000, validation_size: int = 2_000, test_size: int = 4_000
) -> ImageData:
    """Load a part of Fashion-MNIST, 28 × 28 grey values, from the file inside the package.

    Ten classes in equal numbers in every part. The last 200 training images of each class are the
    validation part. A smaller size gives a stratified subset, as `load_mnist` does.

    Raises: as `load_mnist`. Source: Xiao, Rasul and Vollgraf (2017); see FASHION_MNIST.md beside
    the file, which names the classes.
    """
    sizes = train_size, validation_size, test_size
    return _load("fashion_mnist.npz", _last_200_of_each_class, *sizes)


def _last_200_of_each_class(labels: np.ndarray) -> np.ndarray:
    """Tell for each example whether it is one of the last 200 with its label."""
    held_back = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        held_back[np.flatnonzero(labels == label)[-200:]] = True
    return held_back


def _load(name: str, held_back: Callable[[np.ndarray], np.ndarray], *sizes: int) -> ImageData:
    """Cut the images of a file into three parts, and take a stratified subset of each.

    held_back: labels of the file's training images → which of them are the validation part. sizes:
    of the training, the validation and the test part.
    """
    path = resources.files("course_utils") / name
    with np.load(io.BytesIO(_verified_bytes(path)), allow_pickle=False) as arrays:
        x, y, x_test, y_test = (arrays[f"{a}_{part}"] for part in ("train", "test") for a in "xy")
    last = held_back(y)
    parts = (x[~last], y[~last]), (x[last], y[last]), (x_test, y_test)
    subsets = [_subset(*part, size) for part, size in zip(parts, sizes, strict=True)]
    return ImageData(*itertools.chain(*subsets), image_shape=x.shape[1:])


def _verified_bytes(path) -> bytes:
    """Read the data file and compare its checksum with the known one."""
    advice = f"Restore it: `git checkout -- course_utils/{path.name}`, or clone the course again."
    if not path.is_file():
        raise FileNotFoundError(f"The data file {path} is missing. {advice}")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != CHECKSUMS[path.name]:
        raise ValueError(
            f"The data file {path} is damaged: its {len(content):,} bytes do not have the expected "
            f"SHA-256. {advice}"
        )
    return content


def _subset(images, labels, size: int) -> tuple[Tensor, Tensor]:
    """Take `size` stratified images, in their original order, as tensors."""
    chosen = np.sort(_stratified_order(labels)[:size])
    x = torch.from_numpy(images[chosen]).flatten(start_dim=1).float().div_(255)
    return x, torch.from_numpy(labels[chosen].astype(np.int64))


def _stratified_order(labels: np.ndarray) -> np.ndarray:
    """Order the examples so that every beginning of the list has the proportions of the whole.

    Within its class each example has a random rank r = 0, 1, …; sorted by (r + ½) / class size, the
    classes take turns in proportion. RandomState is used because NumPy has frozen its streams.
    """
    random = np.random.RandomState(0)
    position = np.empty(len(labels))
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        position[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.argsort(position, kind="stable")
