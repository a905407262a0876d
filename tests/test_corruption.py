"""The corruptions: what they do to pixels, and that every pixel takes its own chance."""

import numpy as np
import pytest
import torch
from skimage.measure import block_reduce

from course_utils.corruption import (
    gaussian_noise,
    low_resolution,
    masking_noise,
    salt_and_pepper,
)

X = 0.2 + 0.6 * torch.rand(400, 300, generator=torch.Generator().manual_seed(0))
NOISY = [gaussian_noise, masking_noise, salt_and_pepper]


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def test_gaussian_noise_has_the_mean_and_variance_that_it_says():
    noise = gaussian_noise(X, 0.5) - X
    assert abs(noise.mean()) < 4 * 0.5 / X.numel() ** 0.5
    assert abs(noise.var() / 0.25 - 1) < 4 * (2 / X.numel()) ** 0.5


def test_gaussian_noise_is_not_clipped():
    damaged = gaussian_noise(X, 1.0)
    assert damaged.min() < 0 and damaged.max() > 1


def test_masking_sets_the_fraction_to_zero_and_keeps_the_rest():
    damaged = masking_noise(X, 0.3)
    assert abs((damaged == 0).float().mean() - 0.3) < 4 * (0.21 / X.numel()) ** 0.5
    assert torch.equal(damaged[damaged != 0], X[damaged != 0])


def test_salt_and_pepper_replaces_the_fraction_by_zeros_and_ones_equally():
    damaged = salt_and_pepper(X, 0.4)
    assert abs((damaged == 0).float().mean() - 0.2) < 4 * (0.16 / X.numel()) ** 0.5
    assert abs((damaged == 1).float().mean() - 0.2) < 4 * (0.16 / X.numel()) ** 0.5
    kept = (damaged != 0) & (damaged != 1)
    assert torch.equal(damaged[kept], X[kept])


@pytest.mark.parametrize("corrupt", NOISY)
def test_every_pixel_of_every_image_takes_its_own_chance(corrupt):
    hit = (corrupt(X, 0.5) - X).abs()
    correlation = np.corrcoef(hit.numpy())
    off = correlation[~np.eye(len(X), dtype=bool)]
    assert np.abs(off).max() < 6 / X.shape[1] ** 0.5
    assert not torch.equal(corrupt(X, 0.5), corrupt(X, 0.5))


@pytest.mark.parametrize("corrupt", NOISY)
def test_no_noise_gives_x_and_x_is_left_alone(corrupt):
    before = X.clone()
    assert torch.equal(corrupt(X, 0.0), X)
    corrupt(X, 0.5)
    assert torch.equal(X, before)


@pytest.mark.parametrize("corrupt", [masking_noise, salt_and_pepper])
def test_a_fraction_of_one_leaves_nothing(corrupt):
    assert set(corrupt(X, 1.0).unique().tolist()) <= {0.0, 1.0}


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_low_resolution_holds_the_block_means_of_scikit_image(factor):
    images = torch.rand(3, 8 * 12)
    small = block_reduce(images.reshape(3, 8, 12).numpy(), (1, factor, factor), np.mean)
    expected = np.kron(small, np.ones((1, factor, factor))).reshape(3, -1)
    np.testing.assert_allclose(low_resolution(images, factor, (8, 12)), expected, atol=1e-6)


@pytest.mark.parametrize(
    "call, error, match",
    [
        (lambda: gaussian_noise(X, -1), ValueError, "sigma"),
        (lambda: gaussian_noise(X, float("nan")), ValueError, "sigma"),
        (lambda: masking_noise(X, 1.5), ValueError, "fraction"),
        (lambda: salt_and_pepper(X, -0.1), ValueError, "fraction"),
        (lambda: masking_noise(X[0], 0.5), ValueError, "x must have the shape"),
        (lambda: masking_noise(X.long(), 0.5), TypeError, "x must be"),
        (lambda: gaussian_noise([0.0], 0.5), TypeError, "x must be"),
        (lambda: low_resolution(X, 2), ValueError, "784 columns"),
        (lambda: low_resolution(torch.rand(2, 784), 3), ValueError, "divide"),
        (lambda: low_resolution(torch.rand(2, 784), 2.0), TypeError, "whole number"),
    ],
)
def test_wrong_arguments_are_named(call, error, match):
    with pytest.raises(error, match=match):
        call()
