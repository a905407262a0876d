"""The checkers of notebook 03: right answers pass, each wrong one is told what is wrong with it."""

import math

import pytest
import torch
from checker_cases import assert_right, assert_told, right_cases, wrong_cases
from torch.distributions import Bernoulli, kl_divergence
from torch.nn import functional as F

from course_utils.exercises import (
    check_kl_from_logits,
    check_kl_penalty,
    check_preactivation_slope,
    check_running_bias,
)

pytestmark = pytest.mark.slow  # every answer on twenty draws


def kl(p, q):
    return kl_divergence(Bernoulli(torch.as_tensor(p)), Bernoulli(torch.as_tensor(q)))


def as_printed(p, q):
    return p * torch.log(p / q) + (1 - p) * torch.log((1 - p) / (1 - q))


def from_logits(p, a):
    entropy = Bernoulli(p).entropy()
    return F.binary_cross_entropy_with_logits(a, p, reduction="none") - entropy


def by_logsigmoid(p, a):
    return p * (p.log() - F.logsigmoid(a)) + (1 - p) * ((1 - p).log() - F.logsigmoid(-a))


def off_term(p, a):
    return (1 - p) * (torch.log(1 - p) - F.logsigmoid(-a))


def both(a, b):
    return torch.vstack((a, b)).mean(dim=0)


def kl_penalty(a, b, rho):
    return kl(rho, both(a, b)).sum()


def by_weighted_means(a, b, rho):
    rho_hat = (a.sum(dim=0) + b.sum(dim=0)) / (len(a) + len(b))
    return kl(rho, rho_hat).sum()


def one(h, rho):
    return kl(rho, h.mean(dim=0)).sum()


def by_autograd(a, rho):
    a = a.clone().requires_grad_()
    rho = torch.tensor(rho)
    rho_hat = torch.sigmoid(a).mean(dim=0)
    penalty = rho * (rho / rho_hat).log() + (1 - rho) * ((1 - rho) / (1 - rho_hat)).log()
    return torch.autograd.grad(penalty.sum(), a)[0]


def by_chain_rule(a, rho):
    h = 1 / (1 + torch.exp(-a))
    rho_hat = h.mean(dim=0, keepdim=True)
    return (-rho / rho_hat + (1 - rho) / (1 - rho_hat)) * h * (1 - h) / h.shape[0]


def through(slope):
    """The chain rule with another slope of the divergence."""

    def answer(a, rho):
        h = torch.sigmoid(a)
        return slope(rho, h.mean(dim=0)) * h * (1 - h) / a.shape[0]

    return answer


def per_example(a, rho):
    return torch.sigmoid(a) - rho


def mean_slope(a, rho):
    rho_hat = torch.sigmoid(a).mean(dim=0)
    return -rho / rho_hat + (1 - rho) / (1 - rho_hat)


def sigmoid_of_the_mean(a, rho):
    q = torch.sigmoid(a.mean(dim=0))
    h = torch.sigmoid(a)
    return (-rho / q + (1 - rho) / (1 - q)) * h * (1 - h) / len(a)


def over_units(a, rho):
    h = torch.sigmoid(a)
    q = h.mean(dim=1, keepdim=True)
    return (-rho / q + (1 - rho) / (1 - q)) * h * (1 - h) / len(h)


def curvature(rho, mean):
    return rho / mean**2 + (1 - rho) / (1 - mean) ** 2


def batch_bias(h, rho, n):
    mean, variance = h.mean(dim=0), h.var(dim=0, correction=0)
    return (curvature(rho, mean) * variance / (2 * n)).sum()


def running_bias(h, rho, n, g):
    return batch_bias(h, rho, n) * (1 - g) / (1 + g)


def by_the_series(h, rho, n, g):
    squares = sum(((1 - g) * g**i) ** 2 for i in range(2000))
    return squares * batch_bias(h, rho, n)


def with_curvature(f):
    return lambda h, rho, n, g: (f(rho, h.mean(0)) * h.var(0)).sum() / (2 * n) * (1 - g) / (1 + g)


RIGHT = {
    check_kl_from_logits: [from_logits, by_logsigmoid],
    check_kl_penalty: [kl_penalty, by_weighted_means],
    check_preactivation_slope: [by_autograd, by_chain_rule],
    check_running_bias: [running_bias, by_the_series],
}

WRONG = {
    check_kl_from_logits: {
        "rounds to 0 or 1 there": lambda p, a: as_printed(p, torch.sigmoid(a)),
        "the value is wrong and has no slope": lambda p, a: as_printed(
            p, torch.sigmoid(a).clamp(1e-6, 1 - 1e-6)
        ),
        "the value is wrong and without": lambda p, a: as_printed(
            p, torch.sigmoid(a).clamp(1e-7, 1 - 1e-7)
        ),
        "for ρ̂ itself": as_printed,
        "are exchanged": lambda p, a: from_logits(p, -a),
        "both parentheses": lambda p, a: (
            -Bernoulli(p).entropy() - F.logsigmoid(a) - F.logsigmoid(-a)
        ),
        "a parenthesis is missing": lambda p, a: (
            p * torch.log(p) - F.logsigmoid(a) + off_term(p, a)
        ),
        "y = 0 term": lambda p, a: from_logits(p, a) - off_term(p, a),
        "y = 1 term": off_term,
        "swapped": lambda p, a: -Bernoulli(logits=a).entropy()
        - a.sigmoid() * p.log()
        - (1 - a.sigmoid()) * (1 - p).log(),
        "are s(a) and 1−s(a)": lambda p, a: Bernoulli(logits=a).entropy()
        + a.sigmoid() * p.log()
        + (1 - a.sigmoid()) * (1 - p).log(),
        "this is the cross-entropy": lambda p, a: from_logits(p, a) + Bernoulli(p).entropy(),
        "entropy of ρ is added": lambda p, a: from_logits(p, a) + 2 * Bernoulli(p).entropy(),
        "sign is wrong": lambda p, a: -from_logits(p, a),
        "base 2": lambda p, a: from_logits(p, a) / math.log(2),
        "already summed": lambda p, a: from_logits(p, a).sum(),
        "mean over the entries": lambda p, a: from_logits(p, a).mean(),
    },
    check_kl_penalty: {
        "adds the penalties": lambda a, b, rho: one(a, rho) + one(b, rho),
        "averages the penalties of the two batches. D": lambda a, b, rho: (
            torch.stack([one(a, rho), one(b, rho)]).mean()
        ),
        "weighted by their sizes": lambda a, b, rho: (
            (len(a) * one(a, rho) + len(b) * one(b, rho)) / (len(a) + len(b))
        ),
        "averages the two means": lambda a, b, rho: (
            kl(rho, torch.stack([a.mean(0), b.mean(0)]).mean(0)).sum()
        ),
        "second batch is missing": lambda a, b, rho: one(a, rho),
        "first batch is missing": lambda a, b, rho: one(b, rho),
        "mean over the units; the": lambda a, b, rho: kl(rho, both(a, b)).mean(),
        "each example and then averaged": lambda a, b, rho: (
            kl(rho, torch.vstack((a, b))).sum(1).mean()
        ),
        "each example and summed": lambda a, b, rho: kl(rho, torch.vstack((a, b))).sum(),
        "units of an example (dim=1)": lambda a, b, rho: (
            kl(rho, torch.vstack((a, b)).mean(1)).sum()
        ),
        "one number, the mean": lambda a, b, rho: kl(rho, both(a, b).mean()),
        "swapped": lambda a, b, rho: kl(both(a, b), rho).sum(),
        "y = 0 term": lambda a, b, rho: -rho * torch.log(both(a, b) / rho).sum(),
        "base 2": lambda a, b, rho: kl_penalty(a, b, rho) / math.log(2),
        "one value per unit": lambda a, b, rho: kl(rho, both(a, b)),
        "squared differences": lambda a, b, rho: ((both(a, b) - rho) ** 2).sum(),
        "output of one already": lambda a, b, rho: kl_penalty(a.sigmoid(), b.sigmoid(), rho),
    },
    check_preactivation_slope: {
        "the 1/N is missing: an": lambda a, rho: by_chain_rule(a, rho) * a.shape[0],
        "with respect to h": lambda a, rho: mean_slope(a, rho).expand(a.shape) / a.shape[0],
        "and the 1/N are missing": lambda a, rho: mean_slope(a, rho).expand(a.shape),
        "one value per unit; each": lambda a, rho: by_chain_rule(a, rho).sum(dim=0),
        "go on by the chain rule": mean_slope,
        "they are equal only": lambda a, rho: (
            per_example(a, rho).mean(0).expand(a.shape) / a.shape[0]
        ),
        "h(1−h), and the 1/N is missing": lambda a, rho: (
            per_example(a, rho).mean(0).expand(a.shape)
        ),
        "this is the slope of KL per example": lambda a, rho: per_example(a, rho) / a.shape[0],
        "this is h − ρ, the slope": per_example,
        "denominator ρ̂(1−ρ̂) is missing": through(lambda p, q: q - p),
        "right only at": through(lambda p, q: (q - p) / (p - p * p)),
        "sign is wrong": lambda a, rho: -by_chain_rule(a, rho),
        "D(ρ̂‖ρ)": through(lambda p, q: torch.logit(q) - math.log(p / (1 - p))),
        "curvature": through(curvature),
        "(dim=1)": over_units,
        "sigmoid of the mean": sigmoid_of_the_mean,
    },
    check_running_bias: {
        "one mini-batch; the": lambda h, rho, n, g: batch_bias(h, rho, n),
        "is 1−γ, the weight": lambda h, rho, n, g: (1 - g) * batch_bias(h, rho, n),
        "is (1−γ)²": lambda h, rho, n, g: (1 - g) ** 2 * batch_bias(h, rho, n),
        "is 1/(1+γ)": lambda h, rho, n, g: (1 - g) / (1 - g**2) * batch_bias(h, rho, n),
        "(1 − γ)² is missing": lambda h, rho, n, g: batch_bias(h, rho, n) / (1 - g**2),
        "upside down": lambda h, rho, n, g: batch_bias(h, rho, n) * (1 + g) / (1 - g),
        "is 1/(1−γ)": lambda h, rho, n, g: batch_bias(h, rho, n) / (1 - g),
        "is γ;": lambda h, rho, n, g: g * batch_bias(h, rho, n),
        "the root of the right one": lambda h, rho, n, g: (
            batch_bias(h, rho, n) * math.sqrt((1 - g) / (1 + g))
        ),
        "½": lambda h, rho, n, g: 2 * running_bias(h, rho, n, g),
        "mean over the units; the": lambda h, rho, n, g: running_bias(h, rho, n, g) / 3,
        "one value per unit; sum": lambda h, rho, n, g: (
            curvature(rho, h.mean(0)) * h.var(0) / (2 * n) * (1 - g) / (1 + g)
        ),
        "division by the batch size": lambda h, rho, n, g: running_bias(h, rho, 1, g),
        "root of the batch size": lambda h, rho, n, g: running_bias(h, rho, n**0.5, g),
        "standard deviation of h": lambda h, rho, n, g: (
            (curvature(rho, h.mean(0)) * h.std(0)).sum() / (2 * n) * (1 - g) / (1 + g)
        ),
        "taken at ρ": with_curvature(lambda p, q: 1 / (p * (1 - p))),
        "minus between": with_curvature(lambda p, q: p / q**2 - (1 - p) / (1 - q) ** 2),
        "squares in the curvature": with_curvature(lambda p, q: p / q + (1 - p) / (1 - q)),
        "(dim=1)": lambda h, rho, n, g: (
            (curvature(rho, h.mean(dim=1)) * h.var(dim=1)).sum() / (2 * n) * (1 - g) / (1 + g)
        ),
        "too large on average": lambda h, rho, n, g: -running_bias(h, rho, n, g),
    },
}  # fmt: skip


@pytest.mark.parametrize("checker, answer", right_cases(RIGHT))
def test_right_answers_pass(checker, answer, capsys):
    assert_right(checker, answer, capsys)


@pytest.mark.parametrize("checker, part, answer", wrong_cases(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong_with_it(checker, part, answer, capsys):
    assert_told(checker, part, answer, capsys)
