"""The checkers of notebook 04: right answers pass, each wrong one is told what is wrong with it."""

import numpy as np
import pytest
import torch
from checker_cases import assert_right, assert_told, right_cases, verdict, wrong_cases
from scipy.stats import norm
from skimage.metrics import peak_signal_noise_ratio
from torch.distributions import Categorical, MixtureSameFamily, Normal
from torch.nn import functional as F

from course_utils.exercises import (
    check_denoising_loss,
    check_mask,
    check_matrix_row,
    check_posterior_mean,
    check_psnr,
    check_score,
)

pytestmark = pytest.mark.slow  # every answer on twenty draws


def mask_in_numpy(x, u, fraction):
    x, lost = x.numpy().copy(), u.numpy() < fraction
    x[lost] = 0
    return x


def squared(a, b):
    return ((a - b) ** 2).sum() / len(a)


def example_by_example(model, x, corrupt):
    pairs = zip(model(corrupt(x)), x, strict=True)
    return sum(torch.dot(a - b, a - b) for a, b in pairs) / len(x)


def damaged_one_by_one(model, x, corrupt):
    return sum(squared(model(corrupt(row[None])), row[None]) for row in x) / len(x)


def noisy_target(model, x, corrupt):
    noisy = corrupt(x)
    return squared(noisy, model(noisy))


def psnr_by_library(x_hat, x):
    pairs = zip(x.double().numpy(), x_hat.double().numpy())
    return np.mean([peak_signal_noise_ratio(a, b, data_range=1) for a, b in pairs])


def per_pixel(a, b):
    return ((a - b) ** 2).numpy()


def decibels(a, b, peak):
    return (20 * torch.log10(peak / ((a - b) ** 2).mean(1).sqrt())).mean()


def wiener(x, mean, s, noise):
    a, m, s = x.numpy(), mean.numpy(), s.numpy()
    return m + (s @ np.linalg.inv(s + noise * np.eye(len(s))) @ (a - m).T).T


def by_precision(x, mean, s, sigma):
    """From the precision form: (Σ⁻¹ + I/σ²)⁻¹ (Σ⁻¹μ + x̃/σ²)."""
    p = np.linalg.inv(s.numpy())
    right = p @ mean.numpy()[:, None] + x.numpy().T / sigma**2
    return np.linalg.solve(p + np.eye(len(p)) / sigma**2, right).T


def entry_by_entry(x, m, s, noise):
    return m + (x - m) @ (s / (s + noise))


def gaussian_row(v, a, b, gain=None, signal=2, noise=2, scale=2):
    """Loop over the directions and the test noises, in plain numbers."""
    row = []
    for s in b.tolist():
        g = [(gain or (lambda v, a, s: v / (v + a * a)))(x, a, s) for x in v.tolist()]
        lost = sum(abs(1 - k) ** signal * x for k, x in zip(g, v.tolist()))
        row.append(lost + sum(k**noise * s**scale for k in g))
    return np.array(row)


def row_by_traces(v, a, b):
    s = np.diag(v.numpy())
    gain = s @ np.linalg.inv(s + a**2 * np.eye(len(s)))
    rest = np.eye(len(s)) - gain
    return [np.trace(rest @ s @ rest.T + t**2 * gain @ gain.T) for t in b.numpy()]


def gains(v, a):
    return v / (v + a**2)


def noisy_mixture(y, w, m, v, s):
    """log p_σ by torch's own mixture of Gaussians."""
    parts = Normal(m, (v + s**2).sqrt())
    return MixtureSameFamily(Categorical(w), parts).log_prob(y)


def slope_of(function, y):
    y = y.clone().requires_grad_()
    return torch.autograd.grad(function(y).sum(), y)[0]


def score_by_autograd(y, w, m, v, s):
    return slope_of(lambda y: noisy_mixture(y, w, m, v, s), y)


def score_by_posterior_mean(y, w, m, v, s):
    """Tweedie's formula, read backwards; every component's posterior mean by its gain."""
    y, w, m, v = (a.numpy() for a in (y, w, m, v))
    p = np.array([k * norm.pdf(y, c, np.sqrt(z + s * s)) for k, c, z in zip(w, m, v)])
    means = np.array([c + z / (z + s * s) * (y - c) for c, z in zip(m, v)])
    return ((p * means).sum(0) / p.sum(0) - y) / s**2


def nearest_component(y, w, m, v, s):
    j = torch.stack([k.log() + Normal(c, (z + s * s) ** 0.5).log_prob(y)
                     for k, c, z in zip(w, m, v)]).argmax(0)  # fmt: skip
    return (m[j] - y) / (v[j] + s**2)


ZERO, EYE = torch.zeros(6, dtype=torch.float64), torch.eye(6, dtype=torch.float64)

RIGHT = {
    check_mask: [
        mask_in_numpy,
        lambda x, u, p: torch.where(u <= p, torch.zeros_like(x), x),
        lambda x, u, p: x.masked_fill(u < p, 0),
    ],
    check_denoising_loss: [
        lambda model, x, c: F.mse_loss(model(c(x)), x, reduction="sum") / len(x),
        example_by_example,
        damaged_one_by_one,
    ],
    check_psnr: [psnr_by_library, lambda a, b: decibels(a, b, 1)],
    check_posterior_mean: [by_precision, lambda x, m, s, t: wiener(x, m, s, t**2)],
    check_matrix_row: [row_by_traces, gaussian_row],
    check_score: [score_by_autograd, score_by_posterior_mean],
}

WRONG = {
    check_mask: {
        "shared by the whole batch": lambda x, u, p: x * (u[:1] >= p),
        "shared by all pixels": lambda x, u, p: torch.where(u[:, :1] < p, 0, x),
        "comparison is turned": lambda x, u, p: torch.where(u < p, x, 0),
        "u < 1 − fraction": lambda x, u, p: x.masked_fill(u < 1 - p, 0),
        "share is right, but": lambda x, u, p: x.masked_fill(u > 1 - p, 0),
        "as dropout does": lambda x, u, p: x.masked_fill(u < p, 0) / (1 - p),
        "set to 1;": lambda x, u, p: x.masked_fill(u < p, 1),
        "set to ½": lambda x, u, p: x.masked_fill(u < p, 0.5),
        "set to u;": lambda x, u, p: torch.where(u < p, u, x),
        "salt and pepper": lambda x, u, p: x.masked_fill(u < p, 0).masked_fill(u < p / 2, 1),
        "the bright pixels": lambda x, u, p: x.masked_fill(x > p, 0),
        "the dark pixels": lambda x, u, p: x.masked_fill(x < p, 0),
        "nothing is damaged": lambda x, u, p: x,
        "returns the mask": lambda x, u, p: (u > p).float(),
        "1 where a pixel is lost": lambda x, u, p: (u < p).int(),
        "darker, not masked": lambda x, u, p: x - p * x,
        "u is added to every pixel;": lambda x, u, p: u + x,
        "times `fraction`": lambda x, u, p: x + p * u,
        "multiplied with u itself": lambda x, u, p: x * u,
        "Draw nothing inside": lambda x, u, p: x * (torch.rand_like(x) >= p),
    },
    check_denoising_loss: {
        "copying the noise": noisy_target,
        "Noise2Noise": lambda r, x, c: squared(r(c(x)), c(x)),
        "Damage its input": lambda r, x, c: squared(x, r(x)),
        "damaged target": lambda r, x, c: squared(c(x), r(x)),
        "output is damaged": lambda r, x, c: squared(c(r(x)), x),
        "output for the clean x": lambda r, x, c: squared(r(x), r(c(x))),
        "network is missing": lambda r, x, c: squared(c(x), x),
        "mean over the features": lambda r, x, c: F.mse_loss(r(c(x)), x),
        "sum over the batch": lambda r, x, c: ((r(c(x)) - x) ** 2).sum(),
        "one number per example": lambda r, x, c: ((r(c(x)) - x) ** 2).sum(1),
        "damaged twice": lambda r, x, c: squared(r(c(c(x))), x),
        "norm is not squared": lambda r, x, c: ((r(c(x)) - x) ** 2).sum(1).sqrt().mean(),
        "absolute values": lambda r, x, c: F.l1_loss(r(c(x)), x) * x.shape[1],
        "it has no gradient": lambda r, x, c: squared(r(c(x)), x).item(),
    },
    check_psnr: {
        "summed squared error": lambda a, b: -10 * np.log10(per_pixel(a, b).sum(1)).mean(),
        "takes one logarithm": lambda a, b: -10 * np.log10(per_pixel(a, b).mean()),
        "sign is turned": lambda a, b: 10 * np.log10(per_pixel(a, b).mean(1)).mean(),
        "natural logarithm": lambda a, b: -10 * np.log(per_pixel(a, b).mean(1)).mean(),
        "10 for squared values": lambda a, b: -20 * np.log10(per_pixel(a, b).mean(1)).mean(),
        "absolute values": lambda a, b: -10 * np.log10((a - b).abs().mean(1).numpy()).mean(),
        "the root of the MSE goes": lambda a, b: (
            -10 * np.log10(np.sqrt(per_pixel(a, b).mean(1))).mean()
        ),
        "sum over the images": lambda a, b: -10 * np.log10(per_pixel(a, b).mean(1)).sum(),
        "255": lambda a, b: decibels(a, b, 255),
        "brightest pixel of the batch": lambda a, b: decibels(a, b, b.max()),
        "brightest pixel of each image": lambda a, b: decibels(a, b, b.max(1).values),
        "x.max() − x.min()": lambda a, b: decibels(a, b, b.max() - b.min()),
        "number per image": lambda a, b: -10 * np.log10(per_pixel(a, b).mean(1)),
        "bel, not decibel": lambda a, b: decibels(a, b, 1) / 10,
        "over the examples, per pixel": lambda a, b: decibels(a.T, b.T, 1),
    },
    check_posterior_mean: {
        "σ was added to the covariance": wiener,
        "not added back": lambda x, m, s, t: wiener(x, m, s, t**2) - m.numpy(),
        "not subtracted before": lambda x, m, s, t: wiener(x, ZERO, s, t**2) + m.numpy(),
        "neither subtracted nor": lambda x, m, s, t: wiener(x, ZERO, s, t**2),
        "x̃ again": lambda x, m, s, t: m + (x - m) @ s @ torch.linalg.inv(s),
        "returns the noise": lambda x, m, s, t: x.numpy() - wiener(x, m, s, t**2) + m.numpy(),
        "multiply with Σ": lambda x, m, s, t: m + torch.linalg.solve(s + t**2 * EYE, (x - m).T).T,
        "on the wrong factor": lambda x, m, s, t: (
            m + (x - m) @ (s + t**2 * EYE) @ torch.linalg.inv(s)
        ),
        "2σ²": lambda x, m, s, t: wiener(x, m, s, 2 * t**2),
        "mean of the batch": lambda x, m, s, t: wiener(x, x.mean(dim=0), s, t**2),
        "Σ / (Σ + σ²I)": lambda x, m, s, t: entry_by_entry(x, m, s, t**2 * EYE),
        "Σ / (Σ + σ²) ": lambda x, m, s, t: entry_by_entry(x, m, s, t**2),
        "only the diagonal": lambda x, m, s, t: wiener(x, m, torch.diag(torch.diag(s)), t**2),
        "every entry of Σ": lambda x, m, s, t: m + (x - m) @ torch.linalg.inv(s + t**2) @ s,
    },
    check_matrix_row: {
        "σ was added": lambda v, a, b: gaussian_row(v, a, b, lambda v, a, s: v / (v + a)),
        "diagonal of the matrix": lambda v, a, b: gaussian_row(
            v, a, b, lambda v, a, s: v / (v + s * s)
        ),
        "rows and columns are swapped": lambda v, a, b: np.array(
            [gaussian_row(v, s, torch.tensor([a]).double())[0] for s in b.tolist()]
        ),
        "only the noise": lambda v, a, b: gains(v, a).square().sum() * b**2,
        "only what is lost": lambda v, a, b: gaussian_row(v, a, 0 * b),
        "at its own noise": lambda v, a, b: gaussian_row(v, a, 0 * b + a),
        "gain of the noise is not squared": lambda v, a, b: gaussian_row(v, a, b, noise=1),
        "what is lost of the signal is not": lambda v, a, b: gaussian_row(v, a, b, signal=1),
        "1 − g² stands where": lambda v, a, b: sum(
            (1 - g * g) * x + (g * b) ** 2 for g, x in zip(gains(v, a), v)
        ),
        "neither g nor": lambda v, a, b: gaussian_row(v, a, b, signal=1, noise=1),
        "squares of deviations": lambda v, a, b: gaussian_row(v * v, a, b),
        "squared in g": lambda v, a, b: gaussian_row(
            v, a, b, lambda v, a, s: v * v / (v * v + a * a)
        ),
        "squared in what is lost": lambda v, a, b: (
            ((1 - gains(v, a)) * v).square().sum() + gains(v, a).square().sum() * b**2
        ),
        "full variance": lambda v, a, b: gaussian_row(v, a, 0 * b) + len(v) * b.numpy() ** 2,
        "with its standard deviation": lambda v, a, b: gaussian_row(v, a, b, scale=1),
        "mean over the directions": lambda v, a, b: gaussian_row(v, a, b) / len(v),
        "exchanged": lambda v, a, b: gaussian_row(v, a, b, lambda v, a, s: a * a / (v + a * a)),
        "one direction only": lambda v, a, b: (
            gaussian_row(v, a, 0 * b) + (gains(v, a).max() * b).square().numpy()
        ),
    },
    check_score: {
        "score of the clean data": lambda y, w, m, v, s: score_by_autograd(y, w, m, v, 0),
        "σ was added": lambda y, w, m, v, s: score_by_autograd(y, w, m, v, s**0.5),
        "a width of their own": lambda y, w, m, v, s: score_by_autograd(y, w, m, 0 * v, s),
        "variances were squared": lambda y, w, m, v, s: score_by_autograd(y, w, m, v * v, s),
        "sign is turned": lambda y, w, m, v, s: -score_by_posterior_mean(y, w, m, v, s),
        "derivative of the density": lambda y, w, m, v, s: slope_of(
            lambda y: noisy_mixture(y, w, m, v, s).exp(), y
        ),
        "this is the density": lambda *a: noisy_mixture(*a).exp(),
        "logarithm of the density; take": noisy_mixture,
        "wherever y is": lambda y, w, m, v, s: (w * (m - y[:, None]) / (v + s**2)).sum(1),
        "weights of the components are missing": lambda y, w, m, v, s: score_by_autograd(
            y, torch.ones(3).double() / 3, m, v, s
        ),
        "wide components": lambda y, w, m, v, s: score_by_autograd(
            y, w * (v + s**2).sqrt(), m, v, s
        ),
        "only the likeliest": nearest_component,
        "by σ² alone": lambda y, w, m, v, s: (
            (
                torch.softmax(w.log() + Normal(m, (v + s**2).sqrt()).log_prob(y[:, None]), dim=1)
                * (m - y[:, None])
            ).sum(1)
            / s**2
        ),
        "the arrow r − y": lambda y, w, m, v, s: s * s * score_by_autograd(y, w, m, v, s),
        "this is the posterior mean": lambda y, w, m, v, s: (
            y + s * s * score_by_autograd(y, w, m, v, s)
        ),
        "sum over the points": lambda *a: score_by_autograd(*a).sum(),
    },
}


@pytest.mark.parametrize("checker, answer", right_cases(RIGHT))
def test_right_answers_pass(checker, answer, capsys):
    assert_right(checker, answer, capsys)


@pytest.mark.parametrize("checker, part, answer", wrong_cases(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong_with_it(checker, part, answer, capsys):
    assert_told(checker, part, answer, capsys)


@pytest.mark.parametrize(
    "cut",
    [
        lambda loss: loss.detach(),
        lambda loss: loss.detach().numpy(),
        lambda loss: np.float32(loss.item()),
        lambda loss: loss.detach().requires_grad_(),
        lambda loss: torch.tensor(loss.item(), requires_grad=True),
    ],
)
def test_a_denoising_loss_that_cannot_train_is_refused(cut, capsys):
    def answer(model, x, corrupt):
        return cut(example_by_example(model, x, corrupt))

    assert "it has no gradient" in verdict(check_denoising_loss, answer, capsys)


def test_a_matrix_row_agrees_with_a_simulation():
    """The formula itself, against random data: the checker's solution is not its own witness."""
    torch.manual_seed(0)
    v, a, b = torch.tensor([2.0, 0.5, 0.1]), 0.6, torch.tensor([0.2, 1.0])
    x = v.sqrt() * torch.randn(400_000, 3)
    errors = [(((x + s * torch.randn_like(x)) * v / (v + a**2) - x) ** 2).sum(1).mean() for s in b]
    np.testing.assert_allclose(errors, gaussian_row(v, a, b), rtol=0.01)
