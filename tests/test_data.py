import functools
import hashlib
import math
import os
import re
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from course_utils import data
from course_utils.data import bent_curve, load_mnist, load_torchvision

NPZ = Path(data.__file__).with_name("mnist.npz")
PARTS = ("train", "validation", "test")
FULL_SIZES = {"train": 50_000, "validation": 10_000, "test": 10_000}
SIZES = [(1, 1, 1), (7, 7, 7), (10, 999, 9), (999, 100, 9_999), (49_999, 9_999, 999)]


@pytest.fixture(scope="module")
def load():
    """load_mnist that reads the file once for each choice of sizes."""
    return functools.cache(load_mnist)


def part(images, name):
    return getattr(images, name), getattr(images, f"{name}_labels")


def rows(tensor):
    """Count every image by its bytes."""
    return Counter(row.tobytes() for row in (tensor * 255).round().byte().numpy())


def digest(images):
    pieces = [tensor.numpy().tobytes() for name in PARTS for tensor in part(images, name)]
    return hashlib.sha256(b"".join(pieces)).hexdigest()


@pytest.fixture(scope="module")
def raw():
    with np.load(NPZ, allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def original(raw):
    """The three full parts as bytes and labels, cut here and not by the package."""
    x, y = raw["x_train"].reshape(60_000, 784), raw["y_train"]
    return {
        "train": (x[:50_000], y[:50_000]),
        "validation": (x[50_000:], y[50_000:]),
        "test": (raw["x_test"].reshape(10_000, 784), raw["y_test"]),
    }


# The full parts


@pytest.mark.parametrize("name", PARTS)
def test_images_are_float32_rows_of_784_values_from_0_to_1(name, load):
    x, labels = part(load(), name)
    assert x.dtype == torch.float32 and x.shape == (FULL_SIZES[name], 784)
    assert (x.min(), x.max()) == (0, 1)
    assert labels.dtype == torch.int64 and labels.shape == (FULL_SIZES[name],)
    assert set(labels.tolist()) == set(range(10))


def test_image_shape_is_28_by_28(load):
    assert load().image_shape == (28, 28)


@pytest.mark.parametrize("name", PARTS)
def test_parts_are_the_original_images_and_labels_in_the_original_order(name, original, load):
    x, labels = part(load(), name)
    images, digits = original[name]
    assert torch.equal(x, torch.from_numpy(images / np.float32(255)))
    assert np.array_equal(labels.numpy(), digits)


# Subsets


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_every_class_is_within_one_image_of_its_proportion(sizes, name, original, load):
    size = sizes[PARTS.index(name)]
    x, labels = part(load(*sizes), name)
    assert len(x) == len(labels) == size
    proportion = np.bincount(original[name][1], minlength=10) / FULL_SIZES[name]
    difference = np.bincount(labels.numpy(), minlength=10) - size * proportion
    assert np.abs(difference).max() <= 1 + 1e-9


@pytest.mark.parametrize("name", PARTS)
def test_every_size_up_to_300_is_stratified(name, original):
    # The order that the subsets are beginnings of, so that many sizes cost one computation.
    labels = original[name][1]
    ordered = labels[data._stratified_order(labels)[:300]]
    counts = np.cumsum(np.eye(10)[ordered], axis=0)
    expected = np.outer(np.arange(1, 301), np.bincount(labels) / len(labels))
    assert np.abs(counts - expected).max() <= 1 + 1e-9


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_images_of_a_subset_keep_their_labels(sizes, name, original, load):
    x, labels = part(load(*sizes), name)
    label_of = {row.tobytes(): label for row, label in zip(*original[name], strict=True)}
    found = [label_of[row.tobytes()] for row in (x * 255).round().byte().numpy()]
    assert found == labels.tolist()


@pytest.mark.parametrize("name", PARTS)
def test_smaller_subsets_are_contained_in_larger_ones(name, load):
    order = PARTS.index(name)
    by_size = sorted(SIZES, key=lambda sizes: sizes[order])
    subsets = [rows(part(load(*sizes), name)[0]) for sizes in [*by_size, ()]]
    for smaller, larger in zip(subsets, subsets[1:], strict=False):
        assert smaller <= larger


def test_a_subset_is_the_same_on_every_call_whatever_the_generators_hold():
    torch.manual_seed(3)
    np.random.seed(3)
    assert digest(load_mnist(999, 100, 9)) == digest(load_mnist(999, 100, 9))


def test_a_subset_is_the_same_in_another_process_with_another_course_seed():
    script = (
        "import hashlib; from course_utils.data import load_mnist; d = load_mnist(999, 100, 9);"
        "parts = d.train, d.train_labels, d.validation, d.validation_labels, d.test, d.test_labels;"
        "print(hashlib.sha256(b''.join(t.numpy().tobytes() for t in parts)).hexdigest())"
    )
    environment = {**os.environ, "COURSE_SEED": "7", "PYTHONHASHSEED": "5"}
    printed = subprocess.check_output([sys.executable, "-c", script], env=environment, text=True)
    assert printed.strip() == digest(load_mnist(999, 100, 9))


def test_a_subset_is_the_same_on_every_machine(load):
    labels = load(999, 100, 9_999).train_labels.numpy().astype("<i8")
    known = "bbce21f316aa4f4b63006548685eec379431982eaf7310545cbeed74a13e6bbd"
    assert hashlib.sha256(labels.tobytes()).hexdigest() == known


def test_loading_leaves_the_random_generators_alone():
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    load_mnist(7, 7, 7)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)


WRONG_SIZES = [("train_size", size) for size in (0, -1, 50_001, True, 2.5, "3", None, 3.0)] + [
    (name, size) for name in ("validation_size", "test_size") for size in (10_001, 2.5)
]


@pytest.mark.parametrize(("name", "size"), WRONG_SIZES, ids=str)
def test_a_wrong_size_is_refused_by_name(name, size):
    sizes = {"train_size": 1, "validation_size": 1, "test_size": 1, name: size}
    whole_number = isinstance(size, int) and size is not True
    with pytest.raises(ValueError if whole_number else TypeError, match=f"{name}.*{size}"):
        load_mnist(**sizes)


def test_numpy_whole_numbers_are_sizes():
    assert load_mnist(np.int64(3), 1, 1).train.shape == (3, 784)


# The file


@pytest.fixture
def package_folder(monkeypatch, tmp_path):
    """Let the package find its files in an empty folder."""
    monkeypatch.setattr(data, "resources", SimpleNamespace(files=lambda package: tmp_path))
    return tmp_path


def test_the_known_checksum_is_that_of_the_file_and_stands_in_its_note():
    assert hashlib.sha256(NPZ.read_bytes()).hexdigest() == data.MNIST_SHA256
    assert data.MNIST_SHA256 in NPZ.with_name("MNIST.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["x_train", "y_train", "x_test", "y_test"])
def test_the_note_gives_the_checksum_of_every_array(name, raw):
    note = NPZ.with_name("MNIST.md").read_text(encoding="utf-8")
    (written,) = re.findall(rf"\| {name} \|.*\| ([0-9a-f]{{64}}) \|", note)
    assert written == hashlib.sha256(raw[name].tobytes()).hexdigest()


def test_a_missing_file_is_named_with_what_to_do(package_folder):
    with pytest.raises(FileNotFoundError) as caught:
        load_mnist(1, 1, 1)
    assert str(package_folder / "mnist.npz") in str(caught.value)
    assert "git checkout" in str(caught.value)


def flip_one_bit(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGES = {
    "one bit": flip_one_bit,
    "cut short": lambda content: content[:1000],
    "empty": lambda content: b"",
    "a page": lambda content: b"<html>403 Forbidden</html>",
    "longer": lambda content: content + b"\0",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_named_with_what_to_do(package_folder, damage):
    (package_folder / "mnist.npz").write_bytes(damage(NPZ.read_bytes()))
    with pytest.raises(ValueError, match="damaged") as caught:
        load_mnist(1, 1, 1)
    assert str(package_folder / "mnist.npz") in str(caught.value)
    assert "git checkout" in str(caught.value)


# The look-alikes


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("the network is unplugged")

    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)


def write_idx(path, array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
    path.write_bytes(header + array.tobytes())


def fake_cache(folder, name):
    """Write a data set as torchvision keeps it, with 20 images to train on and 30 to test on."""
    random = np.random.default_rng(0)
    arrays = {}
    (folder / name / "raw").mkdir(parents=True)
    for prefix, n in (("train", 10_020), ("t10k", 30)):
        arrays[prefix] = random.integers(0, 256, (n, 28, 28), dtype=np.uint8), np.arange(n) % 10
        write_idx(folder / name / "raw" / f"{prefix}-images-idx3-ubyte", arrays[prefix][0])
        labels = arrays[prefix][1].astype(np.uint8)
        write_idx(folder / name / "raw" / f"{prefix}-labels-idx1-ubyte", labels)
    return arrays


@pytest.mark.parametrize("name", ["FashionMNIST", "KMNIST"])
def test_a_cached_look_alike_is_split_as_mnist_is_and_needs_no_network(name, tmp_path, no_network):
    arrays = fake_cache(tmp_path, name)
    images = load_torchvision(name, 20, 10_000, 30, cache=tmp_path)
    x, labels = arrays["train"]
    expected = torch.from_numpy(x.reshape(-1, 784) / np.float32(255))
    assert torch.equal(images.train, expected[:20])
    assert torch.equal(images.validation, expected[20:])
    assert images.train_labels.tolist() == labels[:20].tolist()
    assert images.test_labels.tolist() == arrays["t10k"][1].tolist()
    assert images.test.shape == (30, 784) and images.image_shape == (28, 28)


@pytest.mark.parametrize("name", ["FashionMNIST", "KMNIST"])
def test_without_network_the_message_says_where_it_looked_and_what_to_do(
    name, tmp_path, no_network
):
    with pytest.raises(ConnectionError) as caught:
        load_torchvision(name, cache=tmp_path)
    for words in (name, str(tmp_path), "network", "load_mnist()"):
        assert words in str(caught.value)


def test_another_data_set_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match="name must be .*got \"?'CIFAR10"):
        load_torchvision("CIFAR10", cache=tmp_path)


def test_a_wrong_size_of_a_look_alike_is_refused_by_name(tmp_path, no_network):
    fake_cache(tmp_path, "KMNIST")
    with pytest.raises(ValueError, match="train_size must be from 1 to 20, got 21"):
        load_torchvision("KMNIST", 21, 1, 1, cache=tmp_path)


# The curve in the plane


def test_without_noise_the_points_lie_on_the_curve_at_their_positions():
    points, t = bent_curve(1000, noise=0)
    assert points.dtype == t.dtype == torch.float32
    assert points.shape == (1000, 2) and t.shape == (1000,)
    assert torch.equal(points[:, 0], t)
    torch.testing.assert_close(points[:, 1], t**2 - 1 / 3)


def test_positions_are_uniform_from_minus_1_to_1():
    torch.manual_seed(0)
    t = bent_curve(20_000)[1].sort().values
    assert (t - torch.linspace(-1, 1, 20_000)).abs().max() < 0.03


@pytest.mark.parametrize("noise", [0.01, 0.05, 0.5])
def test_noise_is_gaussian_with_the_given_deviation_in_both_coordinates(noise):
    torch.manual_seed(0)
    points, t = bent_curve(20_000, noise)
    error = (points - torch.stack([t, t**2 - 1 / 3], dim=1)).double().numpy() / noise
    np.testing.assert_allclose(np.cov(error.T), np.eye(2), atol=0.05)
    assert np.mean(np.abs(error) < 1) == pytest.approx(math.erf(2**-0.5), abs=0.01)


def test_the_distance_to_the_curve_is_about_the_noise():
    torch.manual_seed(0)
    points, _ = bent_curve(2000, noise=0.02)
    t = torch.linspace(-1.5, 1.5, 4001)
    distance = torch.cdist(points, torch.stack([t, t**2 - 1 / 3], dim=1)).amin(dim=1)
    assert distance.square().mean().sqrt().item() == pytest.approx(0.02, rel=0.05)


def test_the_curve_is_centred():
    torch.manual_seed(0)
    assert bent_curve(20_000, noise=0)[0].mean(dim=0).abs().max() < 0.01


def test_the_same_seed_draws_the_same_points_and_another_seed_others():
    draws = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        draws.append(torch.cat([bent_curve(50)[0].flatten(), bent_curve(50)[1]]))
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


@pytest.mark.parametrize("n", [0, -1, 2.5, "3", None, True], ids=repr)
def test_a_wrong_number_of_points_is_refused_by_name(n):
    with pytest.raises((TypeError, ValueError), match=r"\bn must"):
        bent_curve(n)


@pytest.mark.parametrize("noise", [-0.1, math.nan, math.inf, "0.1", None], ids=repr)
def test_a_wrong_noise_is_refused_by_name(noise):
    with pytest.raises((TypeError, ValueError), match="noise must"):
        bent_curve(3, noise)
