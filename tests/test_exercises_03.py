"""The checkers of notebook 03: right answers pass, each wrong one is told what is wrong with it."""

import math

import pytest
import torch
from checker_cases import assert_right, assert_told, right_cases, wrong_cases
from torch.distributions import Bernoulli, kl_divergence

from course_utils.exercises import (
    check_bernoulli_kl,
    check_kl_penalty,
    check_kl_slope,
    check_sampling_bias,
)

pytestmark = pytest.mark.slow  # every answer on twenty draws


def kl(p, q):
    return kl_divergence(Bernoulli(torch.as_tensor(p)), Bernoulli(torch.as_tensor(q)))


def by_hand(p, q):
    return p * torch.log(p / q) + (1 - p) * torch.log((1 - p) / (1 - q))


def entropy(p):
    return Bernoulli(p).entropy()


def kl_penalty(h, rho):
    return kl(rho, h.mean(dim=0)).sum()


def slope_by_autograd(p, q):
    q = q.clone().requires_grad_()
    return torch.autograd.grad(by_hand(p, q).sum(), q)[0]


def slope(p, q):
    return (q - p) / (q * (1 - q))


def curvature(rho, mean):
    return rho / mean**2 + (1 - rho) / (1 - mean) ** 2


def variance(h):
    return torch.tensor(h.numpy().var(axis=0, ddof=1))


def sampling_bias(h, rho, n):
    return (curvature(rho, h.mean(dim=0)) * variance(h) / (2 * n)).sum()


def with_curvature(f):
    return lambda h, rho, n: (f(rho, h.mean(0)) * h.var(0, correction=0)).sum() / (2 * n)


RIGHT = {
    check_bernoulli_kl: [kl, by_hand, lambda p, q: kl(p, q).numpy()],
    check_kl_penalty: [kl_penalty, lambda h, rho: by_hand(rho, torch.mean(h, 0)).sum()],
    check_kl_slope: [slope, slope_by_autograd],
    check_sampling_bias: [sampling_bias, with_curvature(curvature)],
}

WRONG = {
    check_bernoulli_kl: {
        "swapped": lambda p, q: kl(q, p),
        "x = 0 term": lambda p, q: p * (p.log() - q.log()),
        "x = 1 term": lambda p, q: (1 - p) * ((1 - p).log() - (1 - q).log()),
        "base 2": lambda p, q: kl(p, q) / math.log(2),
        "base 10": lambda p, q: kl(p, q) / math.log(10),
        "the ratios are upside down": lambda p, q: -kl(p, q),
        "its ratio is upside down": lambda p, q: 2 * p * (p / q).log() - kl(p, q),
        "are missing": lambda p, q: (p * (1 - p) / (q * (1 - q))).log(),
        "are ρ̂ and 1−ρ̂": lambda p, q: (
            q * torch.log(p / q) + (1 - q) * torch.log((1 - p) / (1 - q))
        ),
        "missing in the second logarithm": lambda p, q: (
            p * torch.log(p / q) + (1 - p) * torch.log(1 - p / 1 - q)
        ),
        "missing in front of": lambda p, q: (
            p * torch.log(p / q) + 1 - p * torch.log((1 - p) / (1 - q))
        ),
        "ρ stands in front": lambda p, q: p * (p * (1 - p) / (q * (1 - q))).log(),
        "cross-entropy": lambda p, q: kl(p, q) + entropy(p),
        "already summed": lambda p, q: kl(p, q).sum(),
        "mean over the entries": lambda p, q: kl(p, q).mean(),
    },
    check_kl_penalty: {
        "mean over the units; the": lambda h, rho: kl(rho, h.mean(0)).mean(),
        "each example and then averaged": lambda h, rho: kl(rho, h).sum(1).mean(),
        "averaged over everything": lambda h, rho: kl(rho, h).mean(),
        "each example and summed": lambda h, rho: kl(rho, h).sum(),
        "units of an example (dim=1)": lambda h, rho: kl(rho, h.mean(1)).sum(),
        "one number, the mean": lambda h, rho: kl(rho, h.mean()),
        "lazy units": lambda h, rho: kl(rho, h.mean().expand(4)).sum(),
        "swapped": lambda h, rho: kl(h.mean(0), rho).sum(),
        "x = 0 term": lambda h, rho: (rho * torch.log(rho / h.mean(0))).sum(),
        "base 2": lambda h, rho: kl_penalty(h, rho) / math.log(2),
        "factor of the batch size": lambda h, rho: len(h) * kl_penalty(h, rho),
        "division by the batch size": lambda h, rho: kl_penalty(h, rho) / len(h),
        "one value per unit": lambda h, rho: kl(rho, h.mean(0)),
        "squared differences": lambda h, rho: ((h.mean(0) - rho) ** 2).sum(),
        "in which h > 0": lambda h, rho: by_hand(rho, (h > 0).sum(0) / len(h)).sum(),
        "output of one already": lambda h, rho: kl(rho, torch.sigmoid(h).mean(0)).sum(),
        "another sigmoid": lambda h, rho: kl(rho, torch.sigmoid(h).mean(1)).sum(),
        "ρ̂ goes through a sigmoid": lambda h, rho: kl(rho, torch.sigmoid(h.mean(0))).sum(),
        "makes its sum 1": lambda h, rho: kl(rho, torch.softmax(h.mean(0), 0)).sum(),
        "makes their sums 1": lambda h, rho: by_hand(
            torch.softmax(torch.full((4,), rho), 0), torch.softmax(h.mean(0), 0)
        ).sum(),
        "it has no gradient": lambda h, rho: kl_penalty(h, rho).item(),
    },
    check_kl_slope: {
        "sign is wrong": lambda p, q: (p - q) / (q * (1 - q)),
        "chain rule": lambda p, q: -(p / q) - (1 - p) / (1 - q),
        "both signs": lambda p, q: p / q + (1 - p) / (1 - q),
        "second term is forgotten": lambda p, q: -p / q,
        "first term is forgotten": lambda p, q: (1 - p) / (1 - q),
        "with respect to ρ": lambda p, q: torch.logit(p) - torch.logit(q),
        "second derivative": lambda p, q: p / q**2 + (1 - p) / (1 - q) ** 2,
        "upside down": lambda p, q: -q / p + (1 - q) / (1 - p),
        "denominator ρ̂(1−ρ̂) is missing": lambda p, q: q - p,
        "right only at": lambda p, q: (q - p) / (p - p * p),
        "D(ρ̂‖ρ)": lambda p, q: torch.logit(q) - torch.logit(p),
    },
    check_sampling_bias: {
        "½": lambda h, rho, n: 2 * sampling_bias(h, rho, n),
        "mean over the units": lambda h, rho, n: sampling_bias(h, rho, n) / 3,
        "one value per unit; sum": lambda h, rho, n: (
            curvature(rho, h.mean(0)) * variance(h) / (2 * n)
        ),
        "division by n is missing": lambda h, rho, n: sampling_bias(h, rho, 1),
        "√n": lambda h, rho, n: sampling_bias(h, rho, n**0.5),
        "standard deviation of h": lambda h, rho, n: (
            (curvature(rho, h.mean(0)) * variance(h).sqrt()).sum() / (2 * n)
        ),
        "taken at ρ": with_curvature(lambda p, q: 1 / (p * (1 - p))),
        "minus between": with_curvature(lambda p, q: p / q**2 - (1 - p) / (1 - q) ** 2),
        "squares in the curvature": with_curvature(lambda p, q: p / q + (1 - p) / (1 - q)),
        "(dim=1)": lambda h, rho, n: (
            0.5 * curvature(rho, h.mean(dim=1)) * h.var(dim=1) / n
        ).sum(),
        "too large on average": lambda h, rho, n: -sampling_bias(h, rho, n),
        "slope of D": with_curvature(slope),
        "divides by all": lambda h, rho, n: sampling_bias(h, rho, len(h)),
        "coin": lambda h, rho, n: (
            (curvature(rho, h.mean(0)) * h.mean(0) * (1 - h.mean(0))).sum() / (2 * n)
        ),
    },
}  # fmt: skip


@pytest.mark.parametrize("checker, answer", right_cases(RIGHT))
def test_right_answers_pass(checker, answer, capsys):
    assert_right(checker, answer, capsys)


@pytest.mark.parametrize("checker, part, answer", wrong_cases(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong_with_it(checker, part, answer, capsys):
    assert_told(checker, part, answer, capsys)
