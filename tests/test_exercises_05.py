"""The checkers of notebook 05: right answers pass, each wrong one is told what is wrong with it."""

import numpy as np
import pytest
import torch
from checker_cases import assert_right, assert_told, right_cases, verdict, wrong_cases
from torch.distributions import Normal, kl_divergence

from course_utils.exercises import (
    check_beta_of_sigma,
    check_gaussian_kl,
    check_interpolate,
    check_sample_code,
)

pytestmark = pytest.mark.slow  # every answer on twenty draws


def divergence(mu, std):
    return kl_divergence(Normal(mu, std), Normal(0.0, 1.0))


def kl(mean_part, var, log, half=0.5, one=1):
    return (half * (mean_part + var - one - log)).sum(1).mean()


def path(a, b, weights):
    return torch.stack([a + float(t) * (b - a) for t in weights])


def backwards(a, b, n):
    return np.linspace(b.numpy(), a.numpy(), n)[::-1]


def slerp(a, b, n):
    angle = torch.arccos(torch.dot(a / a.norm(), b / b.norm()))
    t = torch.linspace(0, 1, n).reshape(-1, 1)
    return torch.sin((1 - t) * angle) / angle.sin() * a + torch.sin(t * angle) / angle.sin() * b


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
    check_interpolate: [
        lambda a, b, n: [torch.lerp(a, b, i / (n - 1)).tolist() for i in range(n)],
        backwards,
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
    check_interpolate: {
        "from b to a": lambda a, b, n: path(b, a, np.linspace(0, 1, n)),
        "end is not reached": lambda a, b, n: path(a, b, np.linspace(0, 1, n, endpoint=False)),
        "the start is left out": lambda a, b, n: path(a, b, np.linspace(0, 1, n + 1)[1:]),
        "start and end": lambda a, b, n: path(a, b, np.linspace(0, 1, n + 2)[1:-1]),
        "add up to 1": lambda a, b, n: path(a, a + b, np.linspace(0, 1, n)),
        "axes are turned": lambda a, b, n: path(a, b, np.linspace(0, 1, n)).T,
        "differences from a": lambda a, b, n: path(a, b, np.linspace(0, 1, n)) - a,
        "this is the middle": lambda a, b, n: path(a, b, np.full(n, 0.5)),
        "spherical": slerp,
        "as in [:, None]": lambda a, b, n: a + torch.linspace(0, 1, n) * (b - a),
        "torch.stack": lambda a, b, n: list(path(a, b, np.linspace(0, 1, n))),
        "Draw nothing inside": lambda a, b, n: path(a, b, torch.rand(n).sort().values),
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
