"""The VAE, its two losses and what is measured on it, against independent sources."""

import math

import numpy as np
import pytest
import scipy.linalg
import torch
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from course_utils.losses import bernoulli_nll, gaussian_kl
from course_utils.metrics import (
    frechet_distance,
    importance_weighted_bound,
    log_importance_weights,
    psnr,
    ssim,
)
from course_utils.models import VAE, reparameterize


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def test_bernoulli_nll_is_the_negative_log_likelihood_of_binary_images():
    logits, x = 3 * torch.randn(5, 7), torch.rand(5, 7).round()
    expected = -Independent(Bernoulli(logits=logits), 1).log_prob(x).mean()
    torch.testing.assert_close(bernoulli_nll(logits, x), expected)


def test_bernoulli_nll_of_grey_pixels_is_the_formula():
    logits, x = torch.randn(5, 7).double(), torch.rand(5, 7).double()
    p = 1 / (1 + np.exp(-logits.numpy()))
    expected = -(x.numpy() * np.log(p) + (1 - x.numpy()) * np.log(1 - p)).sum(1).mean()
    assert bernoulli_nll(logits, x).item() == pytest.approx(expected, rel=1e-12)


def test_bernoulli_nll_stays_finite_where_the_probability_rounds():
    x = torch.tensor([[0.0, 1.0]])
    assert bernoulli_nll(torch.tensor([[200.0, -200.0]]), x).item() == 400


def test_grey_pixels_cost_at_least_their_entropy():
    x = torch.rand(4, 6).double()
    entropy = torch.special.entr(x) + torch.special.entr(1 - x)
    at_best = bernoulli_nll(x.logit(), x)
    torch.testing.assert_close(at_best, entropy.sum(1).mean())
    assert bernoulli_nll(x.logit() + 0.1, x) > at_best


@pytest.mark.parametrize("log_var", [-30.0, -8.0, -1e-3, 0.0, 1e-9, 2.0, 8.0, 30.0])
def test_gaussian_kl_agrees_with_torch_distributions(log_var):
    mu = torch.randn(5, 3, dtype=torch.float64)
    v = torch.full_like(mu, log_var)
    expected = kl_divergence(Normal(mu, (v / 2).exp()), Normal(0.0, 1.0)).sum(1).mean()
    assert gaussian_kl(mu, v).item() == pytest.approx(expected.item(), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("log_var", [-30.0, 30.0])
def test_gaussian_kl_is_finite_in_float32_with_a_finite_gradient(log_var):
    mu, v = torch.zeros(2, 3, requires_grad=True), torch.full((2, 3), log_var).requires_grad_()
    value = gaussian_kl(mu, v)
    value.backward()
    assert value.isfinite() and mu.grad.isfinite().all() and v.grad.isfinite().all()


def test_gaussian_kl_is_zero_for_the_prior_and_positive_elsewhere():
    assert gaussian_kl(torch.zeros(4, 2), torch.zeros(4, 2)) == 0
    assert gaussian_kl(torch.full((4, 2), 1e-3), torch.zeros(4, 2)) > 0


def test_gaussian_kl_meets_its_monte_carlo_estimate():
    mu, v = torch.tensor([[0.7, -1.1]]).double(), torch.tensor([[-1.0, 0.4]]).double()
    q, p = Normal(mu, (v / 2).exp()), Normal(0.0, 1.0)
    z = q.sample((200_000,))
    draws = (q.log_prob(z) - p.log_prob(z)).sum((1, 2))
    assert abs(draws.mean() - gaussian_kl(mu, v)) < 4 * draws.std() / len(draws) ** 0.5


@pytest.mark.parametrize("loss", [bernoulli_nll, gaussian_kl])
def test_losses_mean_the_same_at_every_batch_size(loss):
    a, b = torch.rand(6, 4).double(), torch.rand(6, 4).double()
    torch.testing.assert_close(loss(a.repeat(3, 1), b.repeat(3, 1)), loss(a, b), rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    "call, match",
    [
        (lambda: bernoulli_nll(torch.zeros(2, 3), torch.full((2, 3), 1.1)), r"\[0, 1\]"),
        (lambda: bernoulli_nll(torch.zeros(2, 3), torch.full((2, 3), -0.1)), r"\[0, 1\]"),
        (lambda: bernoulli_nll(torch.zeros(2, 3), torch.full((2, 3), math.nan)), r"\[0, 1\]"),
        (lambda: bernoulli_nll(torch.zeros(2, 3), torch.zeros(2, 4)), "one shape"),
        (lambda: gaussian_kl(torch.zeros(2, 3), torch.zeros(3)), "log_var"),
        (lambda: reparameterize(torch.zeros(2, 3), torch.zeros(3)), "mu and log_var"),
        (lambda: VAE((784,)), "sizes"),
        (lambda: VAE((784, 0)), "sizes"),
        (lambda: log_importance_weights(VAE((6, 5, 2)), torch.zeros(2, 6), 0), "samples"),
        (lambda: importance_weighted_bound(torch.zeros(3), 1), "log_weights"),
        (lambda: frechet_distance(torch.zeros(3, 2), torch.zeros(3, 4)), "a and b"),
    ],
)
def test_wrong_arguments_are_named(call, match):
    with pytest.raises(ValueError, match=match):
        call()


def test_reparameterised_codes_have_mean_and_deviation_asked_for():
    mu, v = torch.tensor([1.0, -2]).repeat(50_000, 1), torch.tensor([-2.0, 1]).repeat(50_000, 1)
    z = reparameterize(mu, v)
    np.testing.assert_allclose(z.mean(0), mu[0], atol=0.04)
    np.testing.assert_allclose(z.std(0), (v[0] / 2).exp(), rtol=0.02)


def test_gradients_reach_mean_and_log_variance():
    mu, v = torch.zeros(3, 2, requires_grad=True), torch.zeros(3, 2, requires_grad=True)
    z = reparameterize(mu, v)
    z.sum().backward()
    assert torch.equal(mu.grad, torch.ones(3, 2))
    torch.testing.assert_close(v.grad, z.detach() / 2)


def test_vae_returns_logits_code_and_its_distribution():
    model = VAE((12, 8, 3))
    x = torch.rand(5, 12)
    output = model(x)
    assert output.logits.shape == (5, 12) and output.code.shape == (5, 3)
    torch.testing.assert_close(output.x_hat, model.decode(output.code))
    assert torch.equal(model.encode(x), output.mu)
    assert torch.equal(torch.stack(model.posterior(x)), torch.stack(output[1:3]))
    assert not torch.equal(model(x).code, output.code)


def test_vae_has_the_layers_of_its_sizes():
    shapes = [tuple(p.shape) for p in VAE((784, 400, 20)).parameters() if p.dim() == 2]
    assert shapes == [(400, 784), (40, 400), (400, 20), (784, 400)]


class LinearVAE(torch.nn.Module):
    """Two binary pixels that do not depend on the code: log p(x) = −2 log 2, known exactly."""

    def posterior(self, x):
        return torch.full((len(x), 2), 0.5), torch.full((len(x), 2), -0.5)

    def decoder(self, z):
        return torch.zeros(len(z), 2)


def test_importance_weights_average_to_the_known_likelihood():
    log_w = log_importance_weights(LinearVAE(), torch.ones(20, 2), 4000)
    bound = importance_weighted_bound(log_w, 4000)
    assert bound.mean().item() == pytest.approx(-2 * math.log(2), abs=0.02)
    kl = gaussian_kl(torch.full((1, 2), 0.5), torch.full((1, 2), -0.5)).item()
    elbo = importance_weighted_bound(log_w, 1).mean().item()
    assert elbo == pytest.approx(-2 * math.log(2) - kl, abs=0.02)


def test_importance_weights_are_the_densities_of_torch_distributions():
    model, x = VAE((6, 5, 2)), torch.rand(3, 6).round()
    torch.manual_seed(1)
    found = log_importance_weights(model, x, 1)[:, 0]
    torch.manual_seed(1)
    mu, v = model.posterior(x)
    q = Normal(mu, (v / 2).exp())
    z = mu + q.stddev * torch.randn(3, 2)
    likelihood = Bernoulli(logits=model.decoder(z)).log_prob(x).sum(1)
    expected = likelihood + (Normal(0.0, 1.0).log_prob(z) - q.log_prob(z)).sum(1)
    torch.testing.assert_close(found, expected.detach(), rtol=1e-5, atol=1e-4)


def test_importance_weighted_bound_never_falls_on_nested_groups():
    log_w = 3 * torch.randn(50, 12)
    bounds = [importance_weighted_bound(log_w, k) for k in (1, 2, 4, 12)]
    assert all((b >= a - 1e-12).all() for a, b in zip(bounds, bounds[1:]))
    with pytest.raises(ValueError, match="divisor"):
        importance_weighted_bound(log_w, 5)


def test_frechet_distance_agrees_with_the_matrix_square_root_of_scipy():
    a, b = torch.randn(60, 4).double(), 1 + torch.randn(70, 4).double() * 2
    a[:, 0] += a[:, 1]
    cov_a, cov_b = np.cov(a.T.numpy()), np.cov(b.T.numpy())
    gap = ((a.mean(0) - b.mean(0)) ** 2).sum().item()
    root = scipy.linalg.sqrtm(cov_a @ cov_b).real
    expected = gap + np.trace(cov_a + cov_b - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-8)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-10)


def test_frechet_distance_of_one_feature_is_that_of_two_normal_distributions():
    """(m − n)² + (σ − τ)² in one dimension; and it is never negative."""
    torch.manual_seed(0)
    a, b = torch.randn(50, 1).double(), 2 * torch.randn(70, 1).double() + 1
    expected = (a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2
    assert frechet_distance(a, b) == pytest.approx(expected.item(), rel=1e-8)
    wide = torch.randn(30, 200)
    assert 0 <= frechet_distance(wide, wide) < 1e-3
    with pytest.raises(ValueError, match="^b holds nan"):
        frechet_distance(a, b * torch.nan)


def test_psnr_is_that_of_the_formula_averaged_per_image():
    x_hat, x = torch.rand(4, 9), torch.rand(4, 9)
    mse = ((x_hat - x) ** 2).numpy().mean(1)
    assert psnr(x_hat, x) == pytest.approx((10 * np.log10(1 / mse)).mean(), rel=1e-5)
    with pytest.raises(ValueError, match="clamp"):
        psnr(x_hat + 1, x)


def test_ssim_is_one_for_equal_images_and_less_for_others():
    x = torch.rand(3, 784)
    assert ssim(x, x) == pytest.approx(1)
    assert ssim(x.flip(1), x) < 0.5
