"""MNIST and Fashion-MNIST in their parts and subsets, the curve in the plane, and the tangents."""

import functools
import hashlib
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage
from scipy.stats import kstest

from course_utils import data
from course_utils.data import bent_curve, load_fashion_mnist, load_mnist, tangent_vectors

NPZ = Path(data.__file__).with_name("mnist.npz")
PARTS = ("train", "validation", "test")
FULL = {"train": 50_000, "validation": 10_000, "test": 10_000}
SIZES = [(7, 10, 1), (10, 999, 9), (999, 101, 9_999)]


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.fixture(scope="module")
def load():
    """load_mnist that reads the file once for each choice of sizes."""
    return functools.cache(load_mnist)


def part(images, name):
    return getattr(images, name), getattr(images, f"{name}_labels")


def as_bytes(x):
    """The images as they stand in the file, one row of bytes each."""
    return [row.tobytes() for row in (x * 255).round().byte().numpy()]


def digest(images):
    pieces = [tensor.numpy().tobytes() for name in PARTS for tensor in part(images, name)]
    return hashlib.sha256(b"".join(pieces)).hexdigest()


def arrays_of(path):
    """What stands in a file of images, read here and not by the package."""
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def raw():
    return arrays_of(NPZ)


@pytest.fixture(scope="module")
def original(raw):
    """The three full parts as bytes and labels, cut here and not by the package."""
    x, y = raw["x_train"].reshape(60_000, 784), raw["y_train"]
    return {
        "train": (x[:50_000], y[:50_000]),
        "validation": (x[50_000:], y[50_000:]),
        "test": (raw["x_test"].reshape(10_000, 784), raw["y_test"]),
    }


# 01: MNIST, the full parts


@pytest.mark.slow
@pytest.mark.parametrize("name", PARTS)
def test_parts_are_the_original_images_over_255_and_their_labels_in_order(name, original, load):
    x, labels = part(load(), name)
    images, digits = original[name]
    assert x.dtype == torch.float32 and labels.dtype == torch.int64
    assert np.array_equal(x.numpy(), images / np.float32(255))
    assert np.array_equal(labels.numpy(), digits)


def test_image_shape_is_28_by_28(load):
    assert load(*SIZES[0]).image_shape == (28, 28)


# 01: MNIST, subsets


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_every_class_is_within_one_image_of_its_proportion(sizes, name, original, load):
    size = sizes[PARTS.index(name)]
    x, labels = part(load(*sizes), name)
    assert x.shape == (size, 784) and labels.shape == (size,)
    proportion = np.bincount(original[name][1], minlength=10) / FULL[name]
    difference = np.bincount(labels.numpy(), minlength=10) - size * proportion
    assert np.abs(difference).max() <= 1 + 1e-9


@pytest.mark.parametrize("name", PARTS)
def test_images_of_a_subset_keep_their_labels_and_their_order(name, original, load):
    x, labels = part(load(*SIZES[-1]), name)
    images, digits = original[name]
    place = {row.tobytes(): i for i, row in enumerate(images)}
    places = [place[row] for row in as_bytes(x)]
    assert places == sorted(places)
    assert digits[places].tolist() == labels.tolist()


@pytest.mark.parametrize("name", PARTS)
def test_smaller_subsets_are_contained_in_larger_ones(name, load):
    parts = sorted((part(load(*sizes), name)[0] for sizes in SIZES), key=len)
    counts = [Counter(as_bytes(x)) for x in parts]
    assert counts[0] <= counts[1] <= counts[2]


def test_a_subset_neither_depends_on_seeds_and_generators_nor_moves_them(load, monkeypatch):
    expected = digest(load(*SIZES[0]))
    monkeypatch.setenv("COURSE_SEED", "7")
    torch.manual_seed(3)
    np.random.seed(3)
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    assert digest(load_mnist(*SIZES[0])) == expected
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)


def test_a_subset_is_the_same_on_every_machine(load):
    labels = load(*SIZES[-1]).train_labels.numpy().astype("<i8")
    known = "bbce21f316aa4f4b63006548685eec379431982eaf7310545cbeed74a13e6bbd"
    assert hashlib.sha256(labels.tobytes()).hexdigest() == known


# 01: MNIST, the file


@pytest.fixture
def package_folder(monkeypatch, tmp_path):
    """Let the package find its files in an empty folder."""
    monkeypatch.setattr("importlib.resources.files", lambda package: tmp_path)
    return tmp_path


def assert_gives_checksums(note, path, arrays):
    """A note has the checksum of its file, and that of every array in a row of its table."""
    assert hashlib.sha256(path.read_bytes()).hexdigest() in note
    for name in ("x_train", "y_train", "x_test", "y_test"):
        (written,) = re.findall(rf"\| {name} \|.*\| ([0-9a-f]{{64}}) \|", note)
        assert written == hashlib.sha256(arrays[name].tobytes()).hexdigest()


def test_the_note_beside_the_file_gives_its_checksum_and_that_of_every_array(raw):
    note = NPZ.with_name("MNIST.md").read_text(encoding="utf-8")
    assert_gives_checksums(note, NPZ, raw)


def test_a_missing_file_is_named_with_what_to_do(package_folder):
    with pytest.raises(FileNotFoundError, match="git checkout") as caught:
        load_mnist(1, 1, 1)
    assert str(package_folder / "mnist.npz") in str(caught.value)


def flip_one_bit(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGES = {
    "one bit": flip_one_bit,
    "cut short": lambda content: content[:1000],
    "empty": lambda content: b"",
    "a page": lambda content: b"<html>403 Forbidden</html>",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_named_with_what_to_do(package_folder, damage):
    (package_folder / "mnist.npz").write_bytes(damage(NPZ.read_bytes()))
    with pytest.raises(ValueError, match="damaged.*git checkout") as caught:
        load_mnist(1, 1, 1)
    assert str(package_folder / "mnist.npz") in str(caught.value)


# 01: the curve in the plane


def test_without_noise_the_points_lie_on_the_curve_at_their_positions():
    points, t = bent_curve(1000, noise=0)
    assert points.dtype == t.dtype == torch.float32
    assert points.shape == (1000, 2) and t.shape == (1000,)
    torch.testing.assert_close(points, torch.stack([t, t**2 - 1 / 3], dim=1))


def test_positions_are_uniform_from_minus_1_to_1():
    assert kstest(bent_curve(20_000)[1].numpy(), "uniform", (-1, 2)).pvalue > 1e-4


@pytest.mark.parametrize("options, deviation", [({}, 0.05), ({"noise": 0.5}, 0.5)])
def test_noise_is_gaussian_and_independent_in_both_coordinates(options, deviation):
    points, t = bent_curve(20_000, **options)
    error = (points - torch.stack([t, t**2 - 1 / 3], dim=1)).double().numpy()
    for column in error.T:
        assert kstest(column, "norm", (0, deviation)).pvalue > 1e-4
    assert np.abs(np.corrcoef([*error.T, t]) - np.eye(3)).max() < 0.03


def test_the_curve_is_centred():
    assert bent_curve(20_000, noise=0)[0].mean(dim=0).abs().max() < 0.01


def test_the_same_seed_draws_the_same_points_and_another_seed_others():
    draws = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        draws.append(bent_curve(50)[0])
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


# 06: the tangents of images


def blob(cx, cy, width=2.0):
    """A Gaussian blob on 28 × 28 pixels, its two derivatives, and the coordinates: each (784,)."""
    y, x = (c.double() for c in torch.meshgrid(torch.arange(28), torch.arange(28), indexing="ij"))
    image = torch.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * width**2))
    parts = image, -(x - cx) / width**2 * image, -(y - cy) / width**2 * image, x, y
    return [part.flatten() for part in parts]


def test_tangents_are_the_derivatives_of_the_deformations():
    image, dx, dy, x, y = blob(18.0, 11.0)
    expected = {
        "shift right": -dx,  # x(· − t): what was to the left comes here
        "shift down": -dy,
        # counter-clockwise on the screen, y downwards: velocity (y − c, −(x − c))
        "rotate": -((y - 13.5) * dx - (x - 13.5) * dy),
        "thicken": (dx.square() + dy.square()).sqrt(),
    }
    found = tangent_vectors(image[None])
    assert found.keys() == expected.keys()
    for name, direction in expected.items():
        cosine = torch.cosine_similarity(found[name][0], direction, dim=0)
        assert cosine > (0.98 if name == "thicken" else 0.999), name


def test_tangents_predict_a_small_deformation_of_a_digit(load):
    x = load(*SIZES[1]).test.double()
    t, images = tangent_vectors(x), x.reshape(-1, 28, 28).numpy()
    for name, moved in {
        "rotate": ndimage.rotate(images, 2, axes=(2, 1), reshape=False),
        "shift right": ndimage.shift(images, (0, 0, 0.2)),
        "shift down": ndimage.shift(images, (0, 0.2, 0)),
        "thicken": ndimage.grey_dilation(images, size=(1, 3, 3)),
    }.items():
        change = torch.from_numpy(moved).flatten(1) - x
        assert torch.cosine_similarity(change, t[name]).min() > (0.5 if name == "thicken" else 0.9)


def test_tangents_have_length_1_and_keep_shape_and_dtype(load):
    x = load(*SIZES[1]).test
    for v in tangent_vectors(x).values():
        assert v.shape == x.shape and v.dtype == x.dtype
        torch.testing.assert_close(v.norm(dim=1), torch.ones(len(x)))


def test_tangents_know_rows_from_columns():
    ramp = torch.linspace(0, 1, 12).repeat(12, 1).flatten()[None]  # brighter to the right
    t = tangent_vectors(ramp)
    inside = t["shift right"].reshape(12, 12)[:, 1:-1]
    assert (inside < 0).all() and (inside.std() < 0.1 * inside.mean().abs())
    assert t["shift down"].reshape(12, 12)[2:-2].abs().max() < 1e-6


def test_a_deformation_that_changes_nothing_has_the_tangent_0():
    for v in tangent_vectors(torch.zeros(1, 784)).values():
        assert torch.equal(v, torch.zeros(1, 784))


# 09: Fashion-MNIST

CLOTHES = NPZ.with_name("fashion_mnist.npz")
ALL_CLOTHES = {"train": 10_000, "validation": 2_000, "test": 4_000}
FEW_CLOTHES = [(7, 10, 1), (99, 1_001, 9), (4_321, 1_999, 3_999)]


@pytest.fixture(scope="module")
def dress():
    """load_fashion_mnist that reads the file once for each choice of sizes."""
    return functools.cache(load_fashion_mnist)


@pytest.fixture(scope="module")
def raw_clothes():
    return arrays_of(CLOTHES)


@pytest.fixture(scope="module")
def original_clothes(raw_clothes):
    """The three full parts as bytes and labels: 1,000 and 200 of each class, one by one."""
    seen, places = Counter(), {"train": [], "validation": []}
    for i, label in enumerate(raw_clothes["y_train"].tolist()):
        places["train" if seen[label] < 1000 else "validation"].append(i)
        seen[label] += 1
    x, y = raw_clothes["x_train"].reshape(-1, 784), raw_clothes["y_train"]
    parts = {name: (x[at], y[at]) for name, at in places.items()}
    return parts | {"test": (raw_clothes["x_test"].reshape(-1, 784), raw_clothes["y_test"])}


@pytest.mark.parametrize("name", PARTS)
def test_clothes_are_the_original_images_over_255_with_every_class_alike(
    name, original_clothes, dress
):
    x, labels = part(dress(), name)
    images, kinds = original_clothes[name]
    assert x.dtype == torch.float32 and labels.dtype == torch.int64
    assert len(x) == ALL_CLOTHES[name] and dress().image_shape == (28, 28)
    assert np.array_equal(x.numpy(), images / np.float32(255))
    assert np.array_equal(labels.numpy(), kinds)
    assert np.bincount(kinds).tolist() == [len(x) // 10] * 10


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("sizes", FEW_CLOTHES, ids=str)
def test_a_part_of_the_clothes_has_every_class_alike_within_one_image(sizes, name, dress):
    x, labels = part(dress(*sizes), name)
    size = sizes[PARTS.index(name)]
    assert x.shape == (size, 784) and labels.shape == (size,)
    assert np.abs(np.bincount(labels.numpy(), minlength=10) - size / 10).max() <= 1


@pytest.mark.parametrize("name", PARTS)
def test_smaller_parts_of_the_clothes_are_contained_in_larger_ones(name, dress):
    parts = sorted((part(dress(*sizes), name)[0] for sizes in FEW_CLOTHES), key=len)
    counts = [Counter(as_bytes(x)) for x in parts]
    assert counts[0] <= counts[1] <= counts[2]


def test_a_part_of_the_clothes_is_the_same_on_every_machine_and_seed(dress, monkeypatch):
    monkeypatch.setenv("COURSE_SEED", "7")
    torch.manual_seed(3)
    labels = load_fashion_mnist(*FEW_CLOTHES[-1]).train_labels.numpy().astype("<i8")
    known = "b0f48fc873eaa0b5ad5af9eaf3f2c6c6285a20efd8a8ab1562a3de2a9d74c479"
    assert hashlib.sha256(labels.tobytes()).hexdigest() == known


def test_the_note_beside_the_clothes_gives_the_checksums_and_the_licence(raw_clothes):
    note = NPZ.with_name("FASHION_MNIST.md").read_text(encoding="utf-8")
    assert "MIT License" in note and "Permission is hereby granted" in note
    assert_gives_checksums(note, CLOTHES, raw_clothes)


def test_a_missing_file_of_clothes_is_named_with_what_to_do(package_folder):
    with pytest.raises(FileNotFoundError, match="git checkout -- course_utils/fashion") as caught:
        load_fashion_mnist(1, 1, 1)
    assert str(package_folder / "fashion_mnist.npz") in str(caught.value)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_of_clothes_is_named_with_what_to_do(package_folder, damage):
    (package_folder / "fashion_mnist.npz").write_bytes(damage(CLOTHES.read_bytes()))
    with pytest.raises(ValueError, match="damaged.*git checkout") as caught:
        load_fashion_mnist(1, 1, 1)
    assert str(package_folder / "fashion_mnist.npz") in str(caught.value)


def test_digits_in_the_place_of_clothes_are_refused(package_folder):
    (package_folder / "fashion_mnist.npz").write_bytes(NPZ.read_bytes())
    with pytest.raises(ValueError, match="damaged"):
        load_fashion_mnist(1, 1, 1)
