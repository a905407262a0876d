"""What notebook 07 measures with: AUROC and its interval, thresholds, effective units, files."""

import io
import math

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.stats import binom, mannwhitneyu
from torch import nn

from course_utils.metrics import (
    auroc,
    auroc_interval,
    effective_units,
    false_alarm_threshold,
    psnr,
    through_file,
)
from course_utils.models import VAE, Autoencoder, pca_autoencoder


def draws(seed, normal=40, anomalies=30, shift=1.0):
    torch.manual_seed(seed)
    return torch.randn(normal), shift + torch.randn(anomalies)


@pytest.mark.parametrize("seed", range(5))
def test_auroc_is_the_share_of_pairs_in_the_right_order(seed):
    normal, anomalies = (x.round(decimals=1) for x in draws(seed))
    expected = mannwhitneyu(anomalies.double(), normal.double()).statistic / (
        len(normal) * len(anomalies)
    )
    assert auroc(normal, anomalies) == pytest.approx(expected, abs=1e-12)
    assert auroc(-normal, -anomalies) == pytest.approx(1 - expected, abs=1e-12)


def test_auroc_knows_nothing_from_equal_scores_and_all_from_separated_ones():
    assert auroc(torch.zeros(3), torch.zeros(4)) == 0.5
    assert auroc(torch.zeros(3), torch.ones(4)) == 1
    assert auroc(torch.ones(3), torch.zeros(4)) == 0


@pytest.mark.parametrize("scores", [torch.tensor([]), torch.zeros(2, 2), torch.tensor([math.nan])])
def test_auroc_refuses_what_is_not_a_list_of_scores(scores):
    with pytest.raises(ValueError, match="anomalies"):
        auroc(torch.zeros(3), scores)
    with pytest.raises(TypeError, match="normal"):
        auroc([0.0, 1.0], torch.zeros(3))


def test_the_bootstrap_is_that_of_drawing_both_groups_again():
    normal, anomalies = draws(0)
    low, high = auroc_interval(normal, anomalies, draws=4000)
    random = np.random.default_rng(0)
    again = []
    for _ in range(2000):
        a = random.choice(anomalies.numpy(), len(anomalies))
        b = random.choice(normal.numpy(), len(normal))
        again.append(mannwhitneyu(a, b).statistic / (len(a) * len(b)))
    assert (low, high) == pytest.approx(np.quantile(again, [0.025, 0.975]), abs=0.01)
    assert low < auroc(normal, anomalies) < high


def test_the_bootstrap_counts_ties_as_one_half_and_narrows_with_the_level():
    torch.manual_seed(0)
    assert auroc_interval(torch.zeros(5), torch.zeros(6)) == (0.5, 0.5)
    wide = auroc_interval(*draws(1), level=0.99)
    narrow = auroc_interval(*draws(1), level=0.5)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@pytest.mark.parametrize("options", [{"draws": 0}, {"level": 0.0}, {"level": 1.0}])
def test_the_bootstrap_refuses_impossible_options(options):
    with pytest.raises(ValueError, match="draws must be"):
        auroc_interval(*draws(0), **options)


@pytest.mark.parametrize(("n", "rate"), [(19, 0.05), (99, 0.1), (170, 0.1), (1009, 0.01)])
def test_the_threshold_is_an_order_statistic_with_the_promised_rate(n, rate):
    scores = torch.randperm(n).float() + 1  # 1 … n
    rank = false_alarm_threshold(scores, rate)
    # A new score of the same law is equally likely in each of the n + 1 gaps.
    assert (n + 1 - rank) / (n + 1) <= rate < (n + 2 - rank) / (n + 1)


def test_the_threshold_keeps_its_promise_on_average():
    torch.manual_seed(0)
    rates = [
        (torch.rand(300) > false_alarm_threshold(torch.rand(49), 0.1)).double().mean().item()
        for _ in range(2000)
    ]
    spread = binom(49, 0.1).std() / 49
    assert np.mean(rates) == pytest.approx(0.1, abs=4 * spread / 2000**0.5)


@pytest.mark.parametrize(("n", "rate"), [(10, 0.05), (10, 0.0), (10, 1.0), (10, -0.1)])
def test_a_rate_that_the_scores_cannot_give_is_refused(n, rate):
    with pytest.raises(ValueError, match="rate"):
        false_alarm_threshold(torch.rand(n), rate)


class Copy(nn.Module):
    """Code units are the inputs themselves: h = x · scale, decoded exactly."""

    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def encode(self, x):
        return x * self.scale

    def decode(self, h):
        return h / self.scale


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_a_unit_at_its_mean_is_not_counted(scale):
    """Images that differ in the first two of six pixels only: two units, on any scale."""
    torch.manual_seed(0)
    x = torch.cat([torch.randn(50, 2), torch.full((50, 4), 3.0)], dim=1)
    assert effective_units(Copy(scale), x, allowed=0.0) == 2


def test_effective_units_count_the_units_an_image_needs_whatever_their_scale():
    """Three of eight components carry nearly all variance; PCA's error is the rest."""
    torch.manual_seed(0)
    x = torch.randn(200, 20) * torch.tensor([9.0] * 3 + [0.03] * 5 + [1.0] * 12)
    model = pca_autoencoder(x, 8)
    full = (x - model(x).x_hat).square().sum(1).mean().item()
    found = effective_units(model, x, 0.1 * full)
    assert 3 <= found <= 8
    scaled = pca_autoencoder(x, 8)
    with torch.no_grad():
        for parameter in scaled.encoder.parameters():
            parameter *= 100
        scaled.decoder[0].weight /= 100
    assert effective_units(scaled, x, 0.1 * full) == found


def test_effective_units_of_orthogonal_columns_are_found_by_sorting():
    """With orthonormal columns each unit saves (h − mean)²: the best m are the m largest."""
    torch.manual_seed(1)
    x = torch.randn(150, 12) * torch.linspace(3, 0.1, 12)
    model = pca_autoencoder(x, 9)
    with torch.no_grad():
        h = model.encode(x)
        saved = (h - h.mean(0)).square().sort(1, descending=True).values
        full = (x - model(x).x_hat).square().sum(1).mean()
        # The residual is orthogonal to the columns: the error with m units is a plain sum.
        errors = [full + saved[:, m:].sum(1).mean() for m in range(10)]
    expected = next(m for m, e in enumerate(errors) if e <= 1.5 * full)
    assert effective_units(model, x, 0.5 * full.item()) == expected


def test_effective_units_serve_every_model_of_the_course():
    x = torch.rand(20, 12)
    torch.manual_seed(0)
    assert 0 <= effective_units(Autoencoder((12, 9, 5)), x, 0.1) <= 5
    assert 0 <= effective_units(VAE((12, 9, 4)), x, 0.1) <= 4
    with pytest.raises(ValueError, match="allowed"):
        effective_units(Autoencoder((12, 5)), x, allowed=-0.1)


def test_a_code_that_carries_nothing_needs_no_units():
    model = pca_autoencoder(torch.randn(50, 6), 3)
    with torch.no_grad():
        model.decoder[0].weight.zero_()
    assert effective_units(model, torch.randn(20, 6), allowed=0.0) == 0


def test_effective_units_refuse_other_models_and_images_by_name():
    with pytest.raises(TypeError, match="^model must have a method encode"):
        effective_units(object(), torch.rand(4, 3), 0.1)
    with pytest.raises(ValueError, match="^x must have the shape"):
        effective_units(pca_autoencoder(torch.randn(9, 3), 2), torch.rand(3), 0.1)


def images(n=7, side=28):
    ramp = torch.linspace(0, 1, side)
    return torch.stack([(ramp[:, None] * ramp.roll(i)).flatten() for i in range(n)])


def test_png_returns_the_images_as_8_bits_write_them():
    x = images()
    back, _ = through_file(x, "PNG")
    assert torch.equal(back, (255 * x).round() / 255)


def test_bits_per_pixel_are_those_of_the_file_over_the_pixels_of_the_images():
    x = images(1, side=16)
    _, bits = through_file(x, "PNG", image_shape=(16, 16))
    file = io.BytesIO()
    pixels = (255 * x.reshape(16, 16)).round().to(torch.uint8).numpy()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    assert bits == 8 * file.tell() / 256


def test_jpeg_gets_better_and_larger_with_quality_and_keeps_the_images_apart():
    x = images(9)
    results = [through_file(x, "JPEG", quality=q) for q in (5, 30, 90)]
    decibels = [psnr(back, x) for back, _ in results]
    bits = [b for _, b in results]
    assert decibels == sorted(decibels) and bits == sorted(bits)
    assert decibels[-1] > 35
    assert results[0][0].shape == x.shape


def test_images_that_are_not_square_come_back_in_place():
    x = images(5, side=20)[:, :200]
    back, _ = through_file(x, "PNG", image_shape=(10, 20))
    assert (back - x).abs().max() <= 0.5 / 255 + 1e-6


@pytest.mark.parametrize(
    "x, kind, options, error, name",
    [
        (images(2) - 0.5, "PNG", {}, ValueError, "x must be in"),
        (images(2) * torch.nan, "PNG", {}, ValueError, "x holds nan"),
        ((255 * images(2)).to(torch.uint8), "PNG", {}, TypeError, "x must be"),
        (images(2)[:0], "PNG", {}, ValueError, "x must have"),
        (images(2), "GIF", {}, ValueError, "kind must be"),
        (images(2), "JPEG", {"quality": 0}, ValueError, "quality must be"),
        (images(2), "JPEG", {"quality": "high"}, ValueError, "quality must be"),
    ],
)
def test_what_no_file_can_hold_is_refused_by_name(x, kind, options, error, name):
    with pytest.raises(error, match=f"^{name}"):
        through_file(x, kind, **options)


def test_a_wrong_image_shape_is_refused():
    with pytest.raises(ValueError, match="must be"):
        through_file(images(2), "PNG", image_shape=(10, 10))


def test_the_bootstrap_stays_in_0_to_1_and_takes_scores_of_two_dtypes():
    for n in range(3, 40):
        low, high = auroc_interval(torch.zeros(n), torch.ones(n + 1, dtype=torch.float64), draws=20)
        assert low == pytest.approx(1) and low <= high <= 1


def test_infinite_scores_are_refused_by_name():
    with pytest.raises(ValueError, match="^anomalies must be one score per example"):
        auroc(torch.zeros(3), torch.tensor([1.0, math.inf]))


@pytest.mark.parametrize("rate", [math.nan, math.inf, None, 0.0, 1.0, -0.1], ids=repr)
def test_a_rate_that_is_no_share_is_refused_by_name(rate):
    with pytest.raises(ValueError, match="^rate must be in"):
        false_alarm_threshold(torch.rand(100), rate)


def test_a_rate_next_to_1_gives_the_smallest_score():
    assert false_alarm_threshold(torch.arange(99.0), 1 - 1e-12) == 0
