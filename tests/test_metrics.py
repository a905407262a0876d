"""Every measure against an independent source, in the order of the lessons."""

import io
import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import integrate, linalg, ndimage, optimize
from scipy.stats import mannwhitneyu, ortho_group
from torch import nn
from torch.distributions import Bernoulli, Normal, kl_divergence

from course_utils.metrics import (
    active_units,
    alive_units,
    auroc,
    auroc_interval,
    effective_units,
    encode,
    false_alarm_threshold,
    frechet_distance,
    importance_weighted_bound,
    label_probe,
    largest_principal_angle,
    lifetime_sparseness,
    log_importance_weights,
    matched_cosines,
    noise_sensitivity,
    population_sparseness,
    psnr,
    reconstruction_error,
    sensitivity,
    ssim,
    through_file,
)
from course_utils.models import VAE, Autoencoder, pca_autoencoder


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


# 01: errors, codes and angles


def test_the_reconstruction_error_is_the_mean_over_the_examples_of_the_squared_distance():
    model, x = Autoencoder((5, 3, 2)).double(), torch.rand(2003, 5).double()  # three parts
    distance = np.linalg.norm((model(x).x_hat - x).detach().numpy(), axis=1)
    assert reconstruction_error(model, x) == pytest.approx(np.mean(distance**2))


def test_encode_gives_the_codes_of_the_model_and_records_no_gradient():
    model, x = Autoencoder((9, 4), code_activation=nn.ReLU), torch.rand(2003, 9)
    codes, few = encode(model, x), x[:6]
    torch.testing.assert_close(codes, model.encode(x))  # parts may round otherwise than the whole
    assert torch.equal(encode(model, few), model.encode(few)) and not codes.requires_grad


def test_the_largest_angle_is_the_one_that_was_built_in_whatever_the_bases():
    """Two planes of ℝ⁵ that share nothing: the angles between them are 10° and 40°."""
    turn = torch.from_numpy(ortho_group.rvs(5, random_state=0))
    small, large = math.radians(10), math.radians(40)
    plane = torch.eye(5)[:, :2].double()
    other = torch.zeros(5, 2).double()
    other[[0, 2], 0] = torch.tensor([math.cos(small), math.sin(small)]).double()
    other[[1, 3], 1] = torch.tensor([math.cos(large), math.sin(large)]).double()
    mix = torch.randn(2, 2).double()
    assert largest_principal_angle(turn @ plane, turn @ other @ mix) == pytest.approx(40)


def test_the_largest_angle_agrees_with_the_singular_values_of_numpy():
    a, b = torch.randn(9, 3), torch.randn(9, 4)
    cosines = np.linalg.svd(np.linalg.qr(a)[0].T @ np.linalg.qr(b)[0], compute_uv=False)
    expected = np.degrees(np.arccos(cosines.min()))
    assert largest_principal_angle(a, b) == pytest.approx(expected, rel=1e-4)


def test_the_largest_angle_is_0_within_a_space_and_90_at_a_new_direction():
    a = torch.randn(6, 3)
    assert largest_principal_angle(a, a[:, :1] + 2 * a[:, 1:2]) == pytest.approx(0, abs=1e-4)
    assert largest_principal_angle(torch.eye(6)[:, :2], torch.eye(6)[:, 1:3]) == 90


# 02: active units

CODES = torch.tensor([[0.0, 2.0, 0.0, 0.5], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.7]])


def test_active_units_counts_per_example_and_alive_units_over_all():
    assert active_units(CODES) == pytest.approx(4 / 3)
    assert alive_units(CODES) == 2


def test_without_a_threshold_every_unit_that_is_not_0_is_active_however_little():
    assert active_units(1e-6 * CODES) == pytest.approx(4 / 3)
    assert alive_units(-1e-6 * CODES) == 2


def test_units_are_active_above_the_threshold_only_and_by_size():
    for codes in (CODES, -CODES):
        assert active_units(codes, 0.5) == 1 and alive_units(codes, 0.5) == 2
        assert active_units(codes, 1.0) == pytest.approx(1 / 3) and alive_units(codes, 1.0) == 1


# 03: sparseness


def vinje_gallant(values):
    """S = (1 − (Σ r/n)² / (Σ r²/n)) / (1 − 1/n), as written in Vinje and Gallant (2000)."""
    n = len(values)
    ratio = (sum(values) / n) ** 2 / (sum(v * v for v in values) / n)
    return (1 - ratio) / (1 - 1 / n)


def test_lifetime_sparseness_is_that_of_each_unit_and_population_sparseness_of_each_example():
    h = torch.rand(7, 5) ** 3
    per_unit = [vinje_gallant(column) for column in h.double().numpy().T]
    per_example = [vinje_gallant(row) for row in h.double().numpy()]
    np.testing.assert_allclose(lifetime_sparseness(h), per_unit, rtol=1e-9)
    np.testing.assert_allclose(population_sparseness(h), per_example, rtol=1e-9)


def test_the_two_kinds_of_sparseness_are_told_apart():
    busy_moment = torch.zeros(10, 4)
    busy_moment[0] = 1  # every unit answers to the first example, and to nothing else
    torch.testing.assert_close(lifetime_sparseness(busy_moment), torch.ones(4).double())
    assert population_sparseness(busy_moment)[0].item() == pytest.approx(0)


@pytest.mark.parametrize("measure", [lifetime_sparseness, population_sparseness])
def test_sparseness_is_0_for_a_constant_and_1_for_a_single_response(measure):
    torch.testing.assert_close(measure(torch.full((6, 6), 0.05)), torch.zeros(6).double())
    torch.testing.assert_close(measure(torch.eye(6)), torch.ones(6).double())


@pytest.mark.parametrize("scale", [1e-30, 1e6, -1.0])
def test_sparseness_does_not_depend_on_the_scale_or_the_sign(scale):
    h = torch.randn(7, 5).abs() * torch.tensor([1.0, 1, -1, 1, 1])
    torch.testing.assert_close(lifetime_sparseness(scale * h), lifetime_sparseness(h.abs()))
    torch.testing.assert_close(population_sparseness(scale * h), population_sparseness(h.abs()))


def test_the_sparseness_of_silence_is_not_defined():
    h = torch.rand(4, 3)
    h[:, 1] = 0
    assert lifetime_sparseness(h).isnan().tolist() == [False, True, False]
    assert population_sparseness(h.T).isnan().tolist() == [False, True, False]


# 04: the quality of images


def test_psnr_is_the_formula_per_image_then_averaged():
    x_hat, x = torch.rand(4, 9), torch.rand(4, 9)
    mse = np.mean((x_hat - x).numpy() ** 2, axis=1)
    assert psnr(x_hat, x) == pytest.approx(np.mean(10 * np.log10(1 / mse)), rel=1e-5)


def test_psnr_of_one_grey_level_of_256_everywhere_is_48_dB():
    x = torch.full((2, 9), 0.5)
    assert psnr(x + 1 / 255, x) == pytest.approx(20 * math.log10(255), abs=1e-4)


def ssim_of_wang(a, b):
    """Wang and others (2004) for grey values from 0 to 1, with windows of 7 × 7 pixels."""

    def mean(image):
        return ndimage.uniform_filter(image, 7)[3:-3, 3:-3]

    def cov(u, v):
        return (mean(u * v) - mean(u) * mean(v)) * 49 / 48

    c1, c2 = 0.01**2, 0.03**2
    brightness = (2 * mean(a) * mean(b) + c1) / (mean(a) ** 2 + mean(b) ** 2 + c1)
    structure = (2 * cov(a, b) + c2) / (cov(a, a) + cov(b, b) + c2)
    return np.mean(brightness * structure)


def test_ssim_is_that_of_wang_per_image_then_averaged():
    x = torch.rand(3, 12 * 12).double()
    x_hat = (x + torch.tensor([[0.02], [0.1], [0.3]]) * torch.randn(x.shape)).clamp(0, 1)
    pairs = zip(x_hat.reshape(3, 12, 12).numpy(), x.reshape(3, 12, 12).numpy())
    expected = np.mean([ssim_of_wang(*pair) for pair in pairs])
    assert ssim(x_hat, x) == pytest.approx(expected, abs=1e-9)


def test_ssim_is_1_for_equal_images_of_28_by_28_pixels():
    x = torch.rand(3, 784)
    assert ssim(x, x) == pytest.approx(1)


# 05: samples and likelihoods


def test_frechet_distance_agrees_with_the_matrix_square_root_of_scipy():
    a, b = torch.randn(60, 4).double(), 1 + 2 * torch.randn(70, 4).double()
    a[:, 0] += a[:, 1]
    b[:, 0] -= 2 * b[:, 3]
    cov_a, cov_b = np.cov(a.T.numpy()), np.cov(b.T.numpy())
    gap = np.sum((a.numpy().mean(0) - b.numpy().mean(0)) ** 2)
    expected = gap + np.trace(cov_a + cov_b - 2 * linalg.sqrtm(cov_a @ cov_b).real)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-8)


def test_frechet_distance_of_one_feature_is_that_of_two_normal_distributions():
    a, b = torch.randn(50, 1).double(), 2 * torch.randn(70, 1).double() + 1
    expected = (a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2
    assert frechet_distance(a, b) == pytest.approx(expected.item(), rel=1e-8)


def test_frechet_distance_sees_a_correlation_that_means_and_variances_do_not_show():
    u = torch.randn(400, 1).double()
    equal, opposite = torch.cat([u, u], 1), torch.cat([u, -u], 1)
    equal, opposite = (v - v.mean(0) for v in (equal, opposite))
    # Covariances s²·[[1, ±1], [±1, 1]]: their product is 0, so the distance is both traces.
    assert frechet_distance(equal, opposite) == pytest.approx(4 * u.var().item())


def test_frechet_distance_of_a_sample_to_itself_is_0_and_never_negative():
    for wide in (torch.randn(60, 4), torch.randn(30, 200)):
        assert 0 <= frechet_distance(wide, wide) < 1e-3


class OneNumberVAE(nn.Module):
    """Three binary pixels and one code unit, so that log p(x) is an integral over a line."""

    def posterior(self, x):
        return torch.full((len(x), 1), 0.3), torch.full((len(x), 1), 0.6)

    def decoder(self, z):
        return torch.cat([2 * z, 0.5 - z, z**2 - 1], dim=1)


def test_importance_weights_lead_to_the_likelihood_and_the_elbo_found_by_quadrature():
    model, x = OneNumberVAE(), torch.tensor([[1.0, 0.0, 1.0]])
    z = torch.linspace(-12, 12, 20_001).double()
    q, p = Normal(0.3, math.exp(0.3)), Normal(0.0, 1.0)
    log_likelihood = Bernoulli(logits=model.decoder(z[:, None])).log_prob(x.double()).sum(1)
    evidence = integrate.trapezoid((log_likelihood + p.log_prob(z)).exp(), z)
    expected = integrate.trapezoid(log_likelihood * q.log_prob(z).exp(), z)
    elbo = expected - kl_divergence(q, p).item()
    log_w = log_importance_weights(model, x.repeat(400, 1), 100).reshape(1, 40_000)
    bound = importance_weighted_bound(log_w, 40_000)
    assert bound.item() == pytest.approx(math.log(evidence), abs=0.02)
    assert importance_weighted_bound(log_w, 1).item() == pytest.approx(elbo, abs=0.03)
    assert math.log(evidence) - elbo > 0.3


def test_importance_weights_are_drawn_for_every_example_without_gradients():
    log_w = log_importance_weights(VAE((6, 5, 2)), torch.rand(3, 6).round(), 4)
    assert log_w.shape == (3, 4) and not log_w.requires_grad
    assert len(log_w.unique()) == 12


def test_the_bound_is_the_mean_over_groups_of_the_log_of_the_mean_weight():
    log_w = torch.randn(5, 12).double()
    for k in (1, 3, 12):
        groups = np.exp(log_w.numpy()).reshape(5, 12 // k, k)
        expected = np.log(groups.mean(axis=2)).mean(axis=1)
        np.testing.assert_allclose(importance_weighted_bound(log_w, k), expected, rtol=1e-12)


def test_the_bound_of_equal_weights_is_that_weight_however_small():
    bound = importance_weighted_bound(torch.full((2, 8), -2000.0), 4)
    torch.testing.assert_close(bound, torch.full((2,), -2000.0).double())


def test_the_bound_never_falls_on_nested_groups():
    log_w = 3 * torch.randn(50, 12)
    bounds = [importance_weighted_bound(log_w, k) for k in (1, 2, 4, 12)]
    assert all((b >= a - 1e-12).all() for a, b in zip(bounds, bounds[1:]))


# 06: sensitivity and the label probe


def sigmoid_code():
    return Autoencoder((5, 3), code_activation=nn.Sigmoid).double()


def test_sensitivity_is_the_squared_jacobian_per_variance_of_the_code():
    model, x = sigmoid_code(), torch.rand(20, 5).double()
    J = [torch.autograd.functional.jacobian(model.encode, row) for row in x]
    penalty = np.mean([np.linalg.norm(j) ** 2 for j in J])
    variance = np.trace(np.cov(model.encode(x).detach().numpy().T))
    assert sensitivity(model, x) == pytest.approx(penalty / variance)


def test_sensitivity_ignores_the_scale_the_origin_and_a_rotation_of_the_code():
    model, x = sigmoid_code(), torch.rand(20, 5).double()
    turn = torch.from_numpy(ortho_group.rvs(3, random_state=0))
    other = SimpleNamespace(encode=lambda a: 0.01 * model.encode(a) @ turn + 7)
    assert sensitivity(other, x) == pytest.approx(sensitivity(model, x))
    torch.manual_seed(1)
    expected = noise_sensitivity(model, x, 0.5)
    torch.manual_seed(1)
    assert noise_sensitivity(other, x, 0.5) == pytest.approx(expected)


def test_noise_sensitivity_of_a_linear_code_is_sigma_squared_times_its_sensitivity():
    model, x = Autoencoder((5, 3)).double(), torch.rand(40_000, 5).double()
    weight = model.encoder[0].weight
    variance = np.trace(np.cov(model.encode(x).detach().numpy().T))
    expected = 0.7**2 * weight.square().sum().item() / variance
    assert noise_sensitivity(model, x, 0.7) == pytest.approx(expected, rel=0.02)


def test_noise_sensitivity_is_2_when_the_noisy_code_has_nothing_to_do_with_the_clean_one():
    frantic = SimpleNamespace(encode=lambda x: torch.sin(1000 * x))
    assert noise_sensitivity(frantic, torch.rand(20_000, 2), 0.5) == pytest.approx(2, rel=0.03)


@pytest.mark.parametrize("measure", [sensitivity, lambda m, x: noise_sensitivity(m, x, 0.1)])
def test_a_code_that_is_the_same_for_all_examples_has_no_sensitivity(measure):
    with pytest.raises(ValueError, match="variance is 0"):
        measure(sigmoid_code(), torch.rand(1, 5).double().repeat(4, 1))


def clusters(n=60, m=3000):
    """Twelve code units on very different scales, the first three tell three classes apart."""
    labels = torch.arange(n + m) % 3
    h = torch.randn(n + m, 12).double() + 1.5 * torch.eye(12).double()[labels]
    h = 5 + h * torch.tensor([0.1, 100.0] + 10 * [1.0])
    return h[:n], labels[:n], h[n:], labels[n:]


def accuracy_at_the_minimum(h, labels, h_test, labels_test):
    """Minimise Σ cross-entropy + ½‖W‖² by SciPy, the gradient by autograd."""

    def logits(parameters, h):
        W, b = parameters.split([36, 3])
        return h @ W.reshape(12, 3) + b

    def objective(values):
        p = torch.from_numpy(values).requires_grad_()
        cross_entropy = nn.functional.cross_entropy(logits(p, h), labels, reduction="sum")
        value = cross_entropy + p[:36].square().sum() / 2
        value.backward()
        return value.item(), p.grad.numpy()

    found = optimize.minimize(objective, np.zeros(39), jac=True, options={"maxiter": 10_000})
    guesses = logits(torch.from_numpy(found.x), h_test).argmax(1)
    return (guesses == labels_test).double().mean().item()


def test_the_probe_is_a_logistic_regression_with_an_L2_penalty_on_standardised_codes():
    h, labels, h_test, labels_test = clusters()
    mean, std = h.mean(0), h.std(0, correction=0)
    expected = accuracy_at_the_minimum((h - mean) / std, labels, (h_test - mean) / std, labels_test)
    found = label_probe(h, labels, h_test, labels_test)
    assert found == pytest.approx(expected, abs=0.001)


def test_the_probe_reads_codes_as_they_are_on_demand_and_takes_the_steps_that_it_needs():
    h, labels, h_test, labels_test = clusters()
    expected = accuracy_at_the_minimum(h, labels, h_test, labels_test)
    found = label_probe(h, labels, h_test, labels_test, standardise=False)
    assert found == pytest.approx(expected, abs=0.001)


# 07: anomalies


def scores(normal=40, anomalies=30, shift=1.0):
    return torch.randn(normal), shift + torch.randn(anomalies)


@pytest.mark.parametrize("decimals", [0, 1, 5])
def test_auroc_is_the_share_of_pairs_in_the_right_order_ties_counted_half(decimals):
    normal, anomalies = (x.double().round(decimals=decimals) for x in scores())
    expected = mannwhitneyu(anomalies, normal).statistic / (40 * 30)
    assert auroc(normal, anomalies) == pytest.approx(expected, abs=1e-12)
    assert auroc(-normal, -anomalies) == pytest.approx(1 - expected, abs=1e-12)


def test_auroc_knows_nothing_from_equal_scores_and_all_from_separated_ones():
    assert auroc(torch.zeros(3), torch.zeros(4)) == 0.5
    assert auroc(torch.zeros(3), torch.ones(4)) == 1
    assert auroc(torch.ones(3), torch.zeros(4)) == 0


def resampled_areas(normal, anomalies, draws=5000):
    """The AUROC after both groups have been drawn again, with replacement, `draws` times."""
    random = np.random.default_rng(0)
    wins = (anomalies[:, None] > normal).double() + (anomalies[:, None] == normal).double() / 2
    a = random.integers(len(anomalies), size=(draws, len(anomalies), 1))
    b = random.integers(len(normal), size=(draws, 1, len(normal)))
    return wins.numpy()[a, b].mean(axis=(1, 2))


@pytest.mark.parametrize("sizes", [(40, 30, 1.0), (15, 12, 2.0)])
@pytest.mark.parametrize("options, level", [({}, 0.95), ({"level": 0.6}, 0.6)])
def test_the_interval_is_the_middle_of_the_areas_of_both_groups_drawn_again(sizes, options, level):
    normal, anomalies = scores(*sizes)
    ends = np.quantile(resampled_areas(normal, anomalies), [(1 - level) / 2, (1 + level) / 2])
    found = auroc_interval(normal, anomalies, draws=2000, **options)
    assert found == pytest.approx(ends, abs=0.012)


def test_the_interval_is_drawn_from_the_global_generator_of_torch():
    normal, anomalies = scores()
    intervals = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        intervals.append(auroc_interval(normal, anomalies, draws=100))
    assert intervals[0] == intervals[1] != intervals[2]


def test_an_interval_of_many_draws_is_steadier_than_one_of_few():
    normal, anomalies = scores()
    ends = {draws: [auroc_interval(normal, anomalies, draws)[0] for _ in range(12)]
            for draws in (10, 500)}  # fmt: skip
    assert np.std(ends[10]) > 2 * np.std(ends[500])


def test_the_interval_of_scores_that_are_all_equal_or_fully_apart_is_one_point():
    assert auroc_interval(torch.zeros(5), torch.zeros(6)) == (0.5, 0.5)
    apart = auroc_interval(torch.zeros(5), torch.ones(6, dtype=torch.float64))
    assert apart == pytest.approx((1, 1)) and max(apart) <= 1


@pytest.mark.parametrize("n", [9, 19, 99])
def test_the_threshold_leaves_the_largest_share_of_gaps_above_it_that_the_rate_allows(n):
    """A new score of the same law is equally likely in each of the n + 1 gaps between n scores."""
    ranks = torch.randperm(n).float() + 1  # the scores are 1 … n
    for above in range(1, n + 1):
        assert false_alarm_threshold(ranks, above / (n + 1)) == n + 1 - above
        assert false_alarm_threshold(ranks, (above + 0.9) / (n + 1)) == max(1, n + 1 - above)


def test_the_threshold_keeps_its_promise_on_average():
    rates = [
        (torch.rand(300) > false_alarm_threshold(torch.rand(49), 0.1)).double().mean().item()
        for _ in range(1000)
    ]
    spread = (0.1 * 0.9 / 50) ** 0.5  # of a Beta distribution, nearly
    assert np.mean(rates) == pytest.approx(0.1, abs=4 * spread / 1000**0.5)


# 07 and 08: what a code of few numbers holds, and what a file holds


class Copy(nn.Module):
    """Code units are the inputs themselves: h = x · scale, decoded exactly."""

    def __init__(self, scale=1.0):
        super().__init__()
        self.scale = scale

    def encode(self, x):
        return x * self.scale

    def decode(self, h):
        return h / self.scale


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_a_unit_at_its_mean_is_not_counted_though_it_is_far_from_0(scale):
    """Images that differ in the first two of six pixels only: two units, on any scale."""
    x = torch.cat([torch.randn(50, 2), torch.full((50, 4), 3.0)], dim=1)
    assert effective_units(Copy(scale), x, allowed=0.0) == 2


def test_every_image_keeps_the_units_that_it_needs_itself():
    """In eye(6) one pixel of an image is 5/6 from its mean, the others are 1/6 from theirs."""
    x = torch.eye(6).double()
    assert effective_units(Copy(), x, allowed=5 / 36 + 1e-9) == 1
    assert effective_units(Copy(), x, allowed=5 / 36 - 1e-3) == 2
    assert effective_units(Copy(), x, allowed=30 / 36 - 1e-3) == 1
    assert effective_units(Copy(), x, allowed=30 / 36 + 1e-9) == 0


def test_effective_units_of_orthogonal_columns_are_found_by_sorting():
    """With orthonormal columns each unit saves (h − mean)²: the best m are the m largest."""
    x = 7 + torch.randn(150, 12).double() * torch.linspace(3, 0.1, 12)
    model = pca_autoencoder(x, 9)
    nn.init.constant_(model.encoder[0].bias, 0.0)  # so that codes have other means than 0
    model.decoder[0].bias -= model.decode(model.encode(x).mean(0)) - x.mean(0)
    h = model.encode(x)
    saved = (h - h.mean(0)).square().sort(1, descending=True).values
    full = (x - model(x).x_hat).square().sum(1).mean()
    # The residual is orthogonal to the columns: the error with m units is a plain sum.
    errors = [full + saved[:, m:].sum(1).mean() for m in range(10)]
    for m in range(1, 10):
        between = (errors[m - 1] + errors[m]) / 2 - full
        assert effective_units(model, x, between.item()) == m


def test_effective_units_serve_every_model_of_the_course():
    x = torch.rand(20, 12)
    assert 0 <= effective_units(Autoencoder((12, 9, 5)), x, 0.1) <= 5
    assert 0 <= effective_units(VAE((12, 9, 4)), x, 0.1) <= 4


def test_a_code_that_carries_nothing_needs_no_units():
    model = pca_autoencoder(torch.randn(50, 6), 3)
    nn.init.zeros_(model.decoder[0].weight)
    assert effective_units(model, torch.randn(20, 6), allowed=0.0) == 0


def images(n=7, height=28, width=28):
    ramps = torch.linspace(0, 1, height)[:, None], torch.linspace(0, 1, width)
    return torch.stack([(ramps[0] * ramps[1].roll(i)).flatten() for i in range(n)])


def test_png_returns_the_images_as_8_bits_write_them():
    for x in (images(), images(5, 10, 10)):
        back, _ = through_file(x, "PNG")
        assert torch.equal(back, (255 * x).round() / 255)


@pytest.mark.parametrize("kind, quality", [("PNG", None), ("JPEG", None), ("JPEG", 30)])
def test_one_image_is_that_of_the_file_that_pillow_writes_with_fields_of_8_pixels(kind, quality):
    options = {} if quality is None else {"quality": quality}
    field = np.zeros((16, 16), np.uint8)
    field[:10, :10] = (255 * images(1, 10, 10)).round().reshape(10, 10)
    file = io.BytesIO()
    Image.fromarray(field).save(file, kind, optimize=True, **{"quality": 75, **options})
    back, bits = through_file(images(1, 10, 10), kind, **options)
    assert bits == 8 * file.tell() / 100
    np.testing.assert_array_equal(255 * back.reshape(10, 10), np.array(Image.open(file))[:10, :10])


def test_no_block_of_a_jpeg_holds_pixels_of_two_images():
    x = images(7, 10, 10)
    together, bits = through_file(x, "JPEG")
    alone = [through_file(image[None], "JPEG") for image in x]
    assert torch.equal(together, torch.cat([back for back, _ in alone]))
    assert bits < 0.6 * min(b for _, b in alone), "the header is paid once"


def test_a_jpeg_gets_better_and_larger_with_its_quality():
    x = images(9)
    results = [through_file(x, "JPEG", quality=q) for q in (5, 30, 90)]
    decibels = [psnr(back, x) for back, _ in results]
    bits = [b for _, b in results]
    assert decibels == sorted(decibels) and bits == sorted(bits) and decibels[-1] > 35


# 10: columns against the true ones


def test_matched_cosines_are_those_of_the_best_of_all_permutations():
    torch.manual_seed(0)
    for p, q in ((4, 4), (5, 3)):
        columns, truth = torch.randn(6, p).double(), torch.randn(6, q).double()
        cosines = np.abs(
            (truth.T @ columns).numpy()
            / np.outer(np.linalg.norm(truth, axis=0), np.linalg.norm(columns, axis=0))
        )
        pairs = itertools.permutations(range(p), q)
        best = max((cosines[range(q), places] for places in pairs), key=sum)
        np.testing.assert_allclose(matched_cosines(columns, truth), best)


def test_order_sign_and_length_of_the_columns_do_not_count():
    torch.manual_seed(0)
    truth = torch.randn(6, 4)
    changed = truth[:, [2, 0, 3, 1]] * torch.tensor([1.0, -2.0, 0.1, -5.0])
    torch.testing.assert_close(matched_cosines(changed, truth), torch.ones(4).double())


def test_a_column_that_is_found_twice_counts_once():
    found = torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    torch.testing.assert_close(matched_cosines(found, torch.eye(2)).sum().item(), 1.0)


def test_true_columns_without_a_partner_have_the_cosine_0_as_have_columns_of_zeros():
    assert matched_cosines(torch.eye(3)[:, :2], torch.eye(3)).tolist() == [1, 1, 0]
    assert matched_cosines(torch.zeros(3, 2), torch.eye(3)).tolist() == [0, 0, 0]
