"""The checkers of notebook 05: right answers pass, each wrong one is told what is wrong with it."""

import numpy as np
import pytest
import torch
from checker_cases import assert_right, assert_told, right_cases, verdict, wrong_cases
from torch.distributions import Normal, kl_divergence

from course_utils.exercises import (
    check_beta_of_sigma,
    check_gaussian_kl,
    check_importance_bound,
    check_sample_code,
)

pytestmark = pytest.mark.slow  # every answer on twenty draws


def divergence(mu, std):
    return kl_divergence(Normal(mu, std), Normal(0.0, 1.0))


def kl(mean_part, var, log, half=0.5, one=1):
    return (half * (mean_part + var - one - log)).sum(1).mean()


def log_mean(w, axis, count):
    """log(Σ exp(w) / count) by NumPy, the largest weight taken out first."""
    w = w.double().numpy()
    top = w.max(axis=axis, keepdims=True)
    return np.log(np.exp(w - top).sum(axis=axis) / count) + top.squeeze(axis)


def beta_from_density(sigma):
    """How much −log N falls when the squared error falls by 1, inverted."""
    density = Normal(torch.zeros(()).double(), sigma)
    return 1 / (density.log_prob(torch.tensor(0.0)) - density.log_prob(torch.tensor(1.0)))


RIGHT = {
    check_gaussian_kl: [
        lambda m, v: divergence(m, torch.exp(v / 2)).sum(1).mean(),
        lambda m, v: -0.5 * torch.sum(1 + v - m.pow(2) - v.exp()) / len(m),
    ],
    check_sample_code: [
        lambda m, v, e: m + v.exp().sqrt() * e,
        lambda m, v, e: torch.addcmul(m, e, (0.5 * v).exp()),
    ],
    check_importance_bound: [
        lambda w: log_mean(w, 1, w.shape[1]).mean(),
        lambda w: w.double().exp().mean(1).log().mean(),
    ],
    check_beta_of_sigma: [beta_from_density, lambda s: 2 * s * s],
}

WRONG = {
    check_gaussian_kl: {
        "taken for log σ": lambda m, v: divergence(m, v.exp()).sum(1).mean(),
        "two readings": lambda m, v: kl(m**2, v.exp() ** 2, v),
        "exp(log_var / 2) is σ": lambda m, v: kl(m**2, v.exp().sqrt(), v),
        "taken for σ:": lambda m, v: divergence(m, v.abs()).sum(1).mean(),
        "log_var is squared": lambda m, v: kl(m**2, v**2, v),
        "log_var stands where": lambda m, v: kl(m**2, v, v),
        "½ is missing": lambda m, v: kl(m**2, v.exp(), v, half=1),
        "averages over the code": lambda m, v: divergence(m, (v / 2).exp()).mean(),
        "axes are exchanged": lambda m, v: divergence(m, (v / 2).exp()).sum(0).mean(),
        "sums over the batch": lambda m, v: divergence(m, (v / 2).exp()).sum(),
        "one number per example": lambda m, v: divergence(m, (v / 2).exp()).sum(1),
        "sign is turned": lambda m, v: kl(m**2, v.exp(), v, half=-0.5),
        "μ is not squared": lambda m, v: kl(m, v.exp(), v),
        "−1 is missing": lambda m, v: kl(m**2, v.exp(), v, one=0),
        "sign of log σ²": lambda m, v: kl(m**2, v.exp(), -v),
        "other way round": lambda m, v: (
            kl_divergence(Normal(0.0, 1.0), Normal(m, (v / 2).exp())).sum(1).mean()
        ),
        "it has no gradient": lambda m, v: kl(m**2, v.exp(), v).item(),
        "ignore a part": lambda m, v: kl(m.detach() ** 2, v.exp(), v),
    },
    check_sample_code: {
        "with σ² = exp(log_var)": lambda m, v, e: m + v.exp() * e,
        "exp(2·log_var)": lambda m, v, e: m + v.exp() ** 2 * e,
        "exp(log_var / 4)": lambda m, v, e: m + v.exp() ** 0.25 * e,
        "1 / σ": lambda m, v, e: m + e / v.exp().sqrt(),
        "not multiplied with σ": lambda m, v, e: m + e,
        "log_var itself": lambda m, v, e: m + v * e,
        "its exponential": lambda m, v, e: m + 0.5 * v * e,
        "the half belongs inside": lambda m, v, e: m + 0.5 * v.exp() * e,
        "has no root": lambda m, v, e: m + v**0.5 * e,
        "sign of the noise": lambda m, v, e: m - (v / 2).exp() * e,
        "shared by the whole batch": lambda m, v, e: m + (v / 2).exp() * e[:1],
        "shared by all units": lambda m, v, e: m + (v / 2).exp() * e[:, [0]],
        "this is μ.": lambda m, v, e: m.clone(),
        "this is μ + σ.": lambda m, v, e: m + (v / 2).exp(),
        "μ is not added": lambda m, v, e: (v / 2).exp() * e,
        "μ is multiplied with σ": lambda m, v, e: (m + e) * (v / 2).exp(),
        "noise itself": lambda m, v, e: e,
        "Draw nothing inside": lambda m, v, e: Normal(m, (v / 2).exp()).rsample(),
        "it has no gradient": lambda m, v, e: (m + (v / 2).exp() * e).detach(),
        "ignore a part": lambda m, v, e: m + (v / 2).detach().exp() * e,
    },
    check_importance_bound: {
        "stay with logarithms": lambda w: torch.log(torch.exp(w).mean(1)).mean(),
        "mean of the logarithms": lambda w: w.mean(1).mean(),
        "log K is missing": lambda w: log_mean(w, 1, 1).mean(),
        "log K is added": lambda w: log_mean(w, 1, 1 / w.shape[1]).mean(),
        "outside of the logarithm": lambda w: (log_mean(w, 1, 1) / w.shape[1]).mean(),
        "K is taken away, not log K": lambda w: log_mean(w, 1, 1).mean() - w.shape[1],
        "number of examples": lambda w: log_mean(w, 1, len(w)).mean(),
        "axes are exchanged": lambda w: log_mean(w, 0, len(w)).mean(),
        "thrown together": lambda w: w.double().exp().mean().log(),
        "one number per example": lambda w: log_mean(w, 1, w.shape[1]),
        "sums over the examples": lambda w: log_mean(w, 1, w.shape[1]).sum(),
        "sign is turned": lambda w: -log_mean(w, 1, w.shape[1]).mean(),
        "best draw alone": lambda w: w.max(dim=1).values.mean(),
        "large ones count more": lambda w: (torch.softmax(w, 1) * w).sum() / len(w),
    },
    check_beta_of_sigma: {
        "the ½ of": lambda s: s * s,
        "beside the KL": lambda s: 0.5 * s**-2,
        "a 2 is lost": lambda s: s**-2,
        "not squared": lambda s: s + s,
        "divided by 2": lambda s: s * s / 2,
        "by its letter": lambda s: s,
        "squared both": lambda s: 4 * s * s,
        "as for Bernoulli": lambda s: 1,
        "does not enter": lambda s: s * s / 392,
        "a mean over the pixels": lambda s: 1568 * s * s,
    },
}


@pytest.mark.parametrize("checker, answer", right_cases(RIGHT))
def test_right_answers_pass(checker, answer, capsys):
    assert_right(checker, answer, capsys)


@pytest.mark.parametrize("checker, part, answer", wrong_cases(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong_with_it(checker, part, answer, capsys):
    assert_told(checker, part, answer, capsys)


def test_log_sigma_for_log_variance_is_refused_on_every_draw(capsys):
    """exp(2v) − 2v > exp(v) − v for every v ≠ 0: no draw can hide it."""
    mistake = WRONG[check_gaussian_kl]["taken for log σ"]
    for seed in range(200):
        assert "taken for log σ" in verdict(check_gaussian_kl, mistake, capsys, seed)


def test_a_notebook_without_gradients_does_not_change_the_verdict(capsys):
    with torch.no_grad():
        assert_right(check_sample_code, RIGHT[check_sample_code][0], capsys)
        cut = verdict(check_sample_code, WRONG[check_sample_code]["it has no gradient"], capsys)
    assert "it has no gradient" in cut
