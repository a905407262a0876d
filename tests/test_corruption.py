"""04: what the corruptions do to pixels, and that every pixel takes its own chance."""

import numpy as np
import pytest
import torch
from scipy.stats import binomtest, kstest
from skimage.measure import block_reduce

from course_utils.corruption import (
    diffuse,
    gaussian_noise,
    low_resolution,
    masking_noise,
    noise_schedule,
    salt_and_pepper,
)

RANDOM = [gaussian_noise, masking_noise, salt_and_pepper]


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.fixture
def x():
    """Grey images without a pixel of 0 or 1."""
    return 0.2 + 0.6 * torch.rand(400, 300)


def agrees(hit, share):
    """Whether as many entries are True as chances of `share` each would give."""
    return binomtest(int(hit.sum()), hit.numel(), share).pvalue > 1e-4


# 04: noise


@pytest.mark.parametrize("sigma", [0.5, 2.0])
def test_gaussian_noise_is_normal_around_x_with_the_deviation_that_it_says(x, sigma):
    noise = (gaussian_noise(x.double(), sigma) - x).flatten().numpy()
    assert kstest(noise, "norm", (0, sigma)).pvalue > 1e-4


def test_gaussian_noise_is_not_clipped(x):
    damaged = gaussian_noise(x, 1.0)
    assert damaged.min() < 0 and damaged.max() > 1


def test_masking_sets_the_fraction_to_zero_and_keeps_the_rest(x):
    damaged = masking_noise(x, 0.3)
    assert agrees(damaged == 0, 0.3)
    assert torch.equal(damaged[damaged != 0], x[damaged != 0])


def test_salt_and_pepper_replaces_the_fraction_by_zeros_and_ones_equally_often(x):
    damaged = salt_and_pepper(x, 0.4)
    assert agrees(damaged == 0, 0.2) and agrees(damaged == 1, 0.2)
    kept = (damaged != 0) & (damaged != 1)
    assert torch.equal(damaged[kept], x[kept])


@pytest.mark.parametrize("corrupt", RANDOM)
def test_every_pixel_of_every_image_takes_its_own_chance(corrupt, x):
    hit = (corrupt(x, 0.5) - x).abs().numpy()
    for many, few in ((hit, 300), (hit.T, 400)):
        off = np.corrcoef(many) - np.eye(len(many))
        assert np.abs(off).max() < 6 / few**0.5


@pytest.mark.parametrize("corrupt", RANDOM)
def test_every_call_draws_anew_from_the_global_generator(corrupt, x):
    damaged = corrupt(x, 0.5)
    assert not torch.equal(corrupt(x, 0.5), damaged)
    torch.manual_seed(1)
    again = corrupt(x, 0.5)
    torch.manual_seed(1)
    assert torch.equal(corrupt(x, 0.5), again)


@pytest.mark.parametrize("corrupt", RANDOM)
def test_no_noise_gives_x_and_x_is_left_alone(corrupt, x):
    before = x.clone()
    assert torch.equal(corrupt(x, 0.0), x)
    corrupt(x, 0.5)
    assert torch.equal(x, before)


def test_a_fraction_of_one_leaves_nothing(x):
    assert (masking_noise(x, 1.0) == 0).all()
    assert set(salt_and_pepper(x, 1.0).unique().tolist()) == {0.0, 1.0}


@pytest.mark.parametrize("corrupt", RANDOM)
def test_noise_keeps_the_dtype(corrupt, x):
    for dtype in (torch.float32, torch.float64):
        assert corrupt(x.to(dtype), 0.5).dtype == dtype


# 04: resolution


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_low_resolution_holds_the_block_means_of_scikit_image(factor):
    images = torch.rand(3, 8 * 8)
    small = block_reduce(images.reshape(3, 8, 8).numpy(), (1, factor, factor), np.mean)
    expected = np.kron(small, np.ones((1, factor, factor))).reshape(3, -1)
    np.testing.assert_allclose(low_resolution(images, factor), expected, atol=1e-6)


def test_low_resolution_takes_images_of_28_by_28_pixels():
    images = torch.rand(2, 784)
    small = block_reduce(images.reshape(2, 28, 28).numpy(), (1, 7, 7), np.mean)
    expected = np.kron(small, np.ones((1, 7, 7))).reshape(2, -1)
    np.testing.assert_allclose(low_resolution(images, 7), expected, atol=1e-6)


# 11: noise of every level


def test_the_schedule_goes_from_all_data_to_a_thousandth_by_even_angles():
    levels = noise_schedule(200).double().numpy()
    assert len(levels) == 201 and levels[0] == 1
    np.testing.assert_allclose(levels[[1, -1]], [0.999, 0.001], rtol=1e-4)
    turns = np.diff(np.arccos(np.sqrt(levels[1:])))
    np.testing.assert_allclose(turns, turns.mean(), rtol=1e-2)
    assert (turns > 0).all()


def test_a_schedule_of_one_step_takes_nearly_all_of_the_data():
    np.testing.assert_allclose(noise_schedule(1).numpy(), [1, 0.001], rtol=1e-4)


def test_noise_of_one_level_is_what_many_small_steps_add_up_to():
    levels = noise_schedule(50).double()
    x0 = torch.full((20_000, 1), 1.5, dtype=torch.float64)
    x = x0
    for share in levels[1:31] / levels[:30]:
        x = share.sqrt() * x + (1 - share).sqrt() * torch.randn_like(x)
    assert kstest(
        x.flatten().numpy(), diffuse(x0, levels[30], torch.randn_like(x0)).flatten().numpy()
    ).pvalue > 1e-4  # fmt: skip


def test_every_example_gets_the_noise_of_its_own_level():
    x0, noise, levels = torch.rand(3, 2, 5), torch.rand(3, 2, 5), torch.tensor([1.0, 0.0, 0.36])
    x = diffuse(x0, levels, noise)
    assert torch.equal(x[0], x0[0]) and torch.equal(x[1], noise[1])
    torch.testing.assert_close(x[2], 0.6 * x0[2] + 0.8 * noise[2])
    torch.testing.assert_close(diffuse(x0, 0.36, noise), 0.6 * x0 + 0.8 * noise)


def test_data_of_variance_1_keep_it_at_every_level():
    x0 = torch.randn(20_000, 1)
    for level in (0.9, 0.5, 0.1):
        assert abs(diffuse(x0, level, torch.randn_like(x0)).var() - 1) < 0.05
