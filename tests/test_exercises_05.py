"""The checkers of notebook 05: right answers pass, each wrong one is told what is wrong with it."""

import numpy as np
import torch
from checker_cases import assert_right, assert_told_apart, verdict
from torch.distributions import Normal, kl_divergence

from course_utils.exercises import (
    check_beta_of_sigma,
    check_gaussian_kl,
    check_interpolate,
    check_sample_code,
)


def divergence(mu, std):
    return kl_divergence(Normal(mu, std), Normal(0.0, 1.0))


def test_gaussian_kl_right_answer_by_torch_passes(capsys):
    assert_right(
        check_gaussian_kl, lambda m, v: divergence(m, torch.exp(v / 2)).sum(1).mean(), capsys
    )


def test_gaussian_kl_wrong_answers_are_told_apart(capsys):
    def f(m, var, v, half=0.5, one=1):
        return (half * (m + var - one - v)).sum(1).mean()

    wrong = {
        "log σ for log σ²": lambda m, v: divergence(m, v.exp()).sum(1).mean(),
        "two readings": lambda m, v: f(m**2, v.exp() ** 2, v),
        "σ for σ²": lambda m, v: f(m**2, v.exp().sqrt(), v),
        "no half": lambda m, v: f(m**2, v.exp(), v, half=1),
        "mean over the code": lambda m, v: divergence(m, (v / 2).exp()).mean(),
        "axes exchanged": lambda m, v: divergence(m, (v / 2).exp()).sum(0).mean(),
        "sum over the batch": lambda m, v: divergence(m, (v / 2).exp()).sum(),
        "per example": lambda m, v: divergence(m, (v / 2).exp()).sum(1),
        "sign": lambda m, v: f(m**2, v.exp(), v, half=-0.5),
        "μ not squared": lambda m, v: f(m, v.exp(), v),
        "no one": lambda m, v: f(m**2, v.exp(), v, one=0),
        "sign of the logarithm": lambda m, v: f(m**2, v.exp(), -v),
        "other way round": lambda m, v: (
            kl_divergence(Normal(0.0, 1.0), Normal(m, (v / 2).exp())).sum(1).mean()
        ),
    }
    assert_told_apart(check_gaussian_kl, wrong, capsys)


def test_sample_code_right_answers_pass(capsys):
    assert_right(check_sample_code, lambda m, v: Normal(m, v.exp().sqrt()).rsample(), capsys)
    assert_right(check_sample_code, lambda m, v: m - v.exp() ** 0.5 * torch.randn(m.shape), capsys)


def test_sample_code_wrong_answers_are_told_apart(capsys):
    def draw(m, std, noise=None):
        return m + std * (torch.randn_like(m) if noise is None else noise)

    wrong = {
        "σ² for σ": lambda m, v: draw(m, v.exp()),
        "squared twice": lambda m, v: draw(m, v.exp() ** 2),
        "half too much": lambda m, v: draw(m, v.exp() ** 0.25),
        "inverse": lambda m, v: draw(m, (-v / 2).exp()),
        "no σ": lambda m, v: draw(m, 1),
        "log_var": lambda m, v: draw(m, v),
        "shared by the batch": lambda m, v: draw(m, (v / 2).exp(), torch.randn(m.shape[1])),
        "shared by the units": lambda m, v: draw(m, (v / 2).exp(), torch.randn(len(m), 1)),
        "uniform": lambda m, v: draw(m, (v / 2).exp(), torch.rand(m.shape)),
        "μ": lambda m, v: draw(m, 0 * v),
        "no gradient": lambda m, v: Normal(m, (v / 2).exp()).sample(),
        "μ not added": lambda m, v: draw(0, (v / 2).exp(), torch.randn_like(m)),
        "no gradient to log_var": lambda m, v: draw(m, v.detach().exp() ** 0.5),
        "no gradient to mu": lambda m, v: draw(m.detach(), v.exp() ** 0.5),
        "twice σ": lambda m, v: draw(m, 2 * v.exp() ** 0.5),
        "root of log_var": lambda m, v: draw(m, v.sqrt()),
        "noise alone": lambda m, v: torch.randn_like(m),
        "one example": lambda m, v: draw(m, v.exp() ** 0.5)[0],
        "no noise": lambda m, v: m + (v / 2).exp(),
        "uniform of variance 1": lambda m, v: draw(
            m, (v / 2).exp(), 12**0.5 * (torch.rand_like(m) - 0.5)
        ),
        "two mistakes": lambda m, v: draw(-m, v.exp(), torch.rand(m.shape)).detach(),
    }
    assert_told_apart(check_sample_code, wrong, capsys)


def test_a_sample_of_other_rows_or_from_a_seed_is_refused(capsys):
    def seeded(m, v):
        torch.manual_seed(0)
        return draw_of(m, v)

    def means(m, v):
        return m.mean(0) + (v.mean(0) / 2).exp() * torch.randn_like(m)

    for seed in range(20):
        told = verdict(check_sample_code, seeded, capsys, seed)
        assert "two calls return the same numbers" in told
        for answer in (means, lambda m, v: m[0] + (v / 2).exp() * torch.randn_like(m)):
            assert verdict(check_sample_code, answer, capsys, seed).startswith("✗")


def test_a_notebook_without_gradients_does_not_change_the_verdict(capsys):
    with torch.no_grad():
        assert_right(check_sample_code, draw_of, capsys)
        cut = verdict(check_sample_code, lambda m, v: draw_of(m, v).detach(), capsys)
    assert cut.startswith("✗")


def test_facts_of_a_sample_are_not_told_as_the_students_numbers(capsys):
    unforeseen = [
        lambda m, v: draw_of(2 * m, v),
        lambda m, v: draw_of(m, v) ** 2,
        lambda m, v: draw_of(m, v).T,
        lambda m, v: draw_of(m, v).tolist(),
        lambda m, v: 0.0,
        lambda m, v: torch.rand_like(m),
    ]
    for answer in unforeseen:
        found = verdict(check_sample_code, answer, capsys)
        assert "mean or spread" in found or "shape of mu" in found, found


def draw_of(mu, log_var):
    return Normal(mu, (log_var / 2).exp()).rsample()


def test_log_sigma_for_log_variance_is_refused_on_every_draw(capsys):
    """exp(2v) − 2v > exp(v) − v for every v ≠ 0: no draw can hide it."""
    for seed in range(200):
        found = verdict(
            check_gaussian_kl, lambda m, v: divergence(m, v.exp()).sum(1).mean(), capsys, seed
        )
        assert "taken for log σ" in found


def test_a_stub_is_recognised(capsys):
    def sample_code(mu, log_var):
        """Docstring."""
        ...

    assert verdict(check_sample_code, sample_code, capsys).startswith("○ Not attempted yet")


def test_interpolate_right_answer_passes(capsys):
    assert_right(
        check_interpolate,
        lambda a, b, n: [torch.lerp(a, b, i / (n - 1)).tolist() for i in range(n)],
        capsys,
    )


def test_an_array_that_runs_backwards_is_read(capsys):
    def backwards(a, b, n):
        return np.linspace(b.numpy(), a.numpy(), n)[::-1]

    assert_right(check_interpolate, backwards, capsys)


def test_interpolate_wrong_answers_are_told_apart(capsys):
    def path(a, b, w):
        return torch.stack([a + float(t) * (b - a) for t in w])

    wrong = {
        "turned": lambda a, b, n: path(b, a, np.linspace(0, 1, n)),
        "end missing": lambda a, b, n: path(a, b, np.linspace(0, 1, n, endpoint=False)),
        "start missing": lambda a, b, n: path(a, b, np.linspace(0, 1, n + 1)[1:]),
        "both missing": lambda a, b, n: path(a, b, np.linspace(0, 1, n + 2)[1:-1]),
        "weights": lambda a, b, n: path(a, a + b, np.linspace(0, 1, n)),
        "transposed": lambda a, b, n: path(a, b, np.linspace(0, 1, n)).T,
        "differences": lambda a, b, n: path(a, b, np.linspace(0, 1, n)) - a,
        "middle": lambda a, b, n: path(a, b, np.full(n, 0.5)),
        "list of tensors": lambda a, b, n: list(path(a, b, np.linspace(0, 1, n))),
    }
    assert_told_apart(check_interpolate, wrong, capsys)


def test_beta_of_sigma_right_answer_by_the_density_passes(capsys):
    def from_density(sigma):
        """How much −log N falls when the squared error falls by 1, inverted."""
        density = torch.distributions.Normal(torch.zeros(()).double(), sigma)
        fall = density.log_prob(torch.zeros(()).double()) - density.log_prob(
            torch.ones(()).double()
        )
        return 1 / fall

    assert_right(check_beta_of_sigma, from_density, capsys)


def test_beta_of_sigma_wrong_answers_are_told_apart(capsys):
    wrong = {
        "no 2": lambda s: s * s,
        "inverse": lambda s: 0.5 * s**-2,
        "inverse, no 2": lambda s: s**-2,
        "σ": lambda s: s + s,
        "half": lambda s: s * s / 2,
        "the letter": lambda s: s,
        "squared both": lambda s: 4 * s * s,
        "one": lambda s: 1,
        "per pixel": lambda s: s * s / 392,
        "for a mean": lambda s: 1568 * s * s,
    }
    assert_told_apart(check_beta_of_sigma, wrong, capsys)
