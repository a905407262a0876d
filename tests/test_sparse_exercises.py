"""Every checker of notebooks 02 and 03 is fed its solution and wrong answers, over 20 draws.

The answers here are written on their own, as a student would write them; none is taken from the
checkers.
"""

import math

import pytest
import torch

from course_utils import exercises

# 02


def sparse_loss(x_hat, x, h, weight, lam):
    return ((x_hat - x) ** 2).sum(dim=1).mean() + lam * torch.mean(torch.sum(torch.abs(h), dim=1))


def half(x_hat, x):
    return torch.nn.functional.mse_loss(x_hat, x, reduction="sum") / x.shape[0]


WRONG_SPARSE_LOSS = {
    "on the weights": lambda a, x, h, w, lam: half(a, x) + lam * torch.norm(w, 1),
    "absolute value is missing": lambda a, x, h, w, lam: half(a, x) + lam * h.sum() / len(h),
    "activations are squared": lambda a, x, h, w, lam: half(a, x) + lam * (h * h).sum() / len(h),
    "summed over the batch": lambda a, x, h, w, lam: half(a, x) + lam * torch.norm(h, 1),
    "averaged over the units, too": lambda a, x, h, w, lam: half(a, x) + lam * abs(h).mean(),
    "summed over the examples": lambda a, x, h, w, lam: half(a, x) + lam * abs(h).mean(1).sum(),
    "(MSE); beside it": lambda a, x, h, w, lam: (
        torch.nn.functional.mse_loss(a, x) + lam * abs(h).sum() / len(h)
    ),
    "both means": lambda a, x, h, w, lam: torch.nn.functional.mse_loss(a, x) + lam * abs(h).mean(),
    "is not added": lambda a, x, h, w, lam: half(a, x),
    "penalty alone": lambda a, x, h, w, lam: lam * abs(h).sum() / len(h),
    "without its weight": lambda a, x, h, w, lam: half(a, x) + abs(h).sum() / len(h),
    "subtracted": lambda a, x, h, w, lam: half(a, x) - lam * abs(h).sum() / len(h),
}


def activity(h):
    on = h > 0
    return on.float().sum(1).mean(), on.any(0).sum().item()


WRONG_ACTIVITY = {
    "fractions": lambda h: ((h > 0).float().mean(), (h.amax(0) > 0).float().mean()),
    "wrong order": lambda h: activity(h)[::-1],
    "summed over all": lambda h: (torch.count_nonzero(h), activity(h)[1]),
    "averaged over the units": lambda h: (
        torch.count_nonzero(h, dim=0).float().mean(), activity(h)[1],
    ),
    "counted over the examples": lambda h: (activity(h)[0], (h.sum(1) > 0).sum()),
    "in every example": lambda h: (activity(h)[0], (h.amin(0) > 0).sum()),
    "dead units": lambda h: (activity(h)[0], (h.sum(0) == 0).sum()),
    "adds up": lambda h: (h.sum() / len(h), activity(h)[1]),
    "h ≥ 0": lambda h: (float(h.shape[1]), h.shape[1]),
}  # fmt: skip


def soft_threshold(z, lam):
    return torch.clamp(z - lam / 2, min=0)


WRONG_SOFT_THRESHOLD = {
    "threshold is λ;": lambda z, lam: torch.clamp(z - lam, min=0),
    "λ/4": lambda z, lam: torch.clamp(z - lam / 4, min=0),
    "2λ": lambda z, lam: torch.clamp(z - 2 * lam, min=0),
    "negative; the minimum": lambda z, lam: z - lam / 2,
    "hard threshold": lambda z, lam: torch.where(z > lam / 2, z, torch.zeros_like(z)),
    "two-sided": lambda z, lam: torch.nn.functional.softshrink(z, lam / 2),
    "nothing is subtracted": lambda z, lam: torch.clamp(z, min=0),
    "after the ReLU": lambda z, lam: torch.clamp(z, min=0) - lam / 2,
    "added": lambda z, lam: torch.clamp(z + lam / 2, min=0),
    "L2 penalty": lambda z, lam: torch.clamp(z, min=0) / (1 + lam),
}


def repaired_loss(x_hat, x, h, lam):
    n, features = x.shape
    return ((x_hat - x) ** 2).mean() + lam / (n * features) * abs(h).sum()


WRONG_REPAIRED_LOSS = {
    "as it stands": lambda a, x, h, lam: ((a - x) ** 2).mean() + lam * torch.norm(h, 1),
    "number of features is not": lambda a, x, h, lam: (
        ((a - x) ** 2).mean() + lam * abs(h).sum(1).mean()
    ),
    "batch size is not": lambda a, x, h, lam: ((a - x) ** 2).mean() + lam * abs(h).sum() / 7,
    "width of the code": lambda a, x, h, lam: ((a - x) ** 2).mean() + lam * abs(h).mean(),
    "squared, not removed": lambda a, x, h, lam: (
        ((a - x) ** 2).mean() + lam * abs(h).sum() * len(x) * 7
    ),
    "absolute value": lambda a, x, h, lam: ((a - x) ** 2).mean() + lam * h.sum() / (7 * len(x)),
    "scale of one example": lambda a, x, h, lam: (
        ((a - x) ** 2).sum() / len(x) + lam * abs(h).sum() / len(x)
    ),
    "divided, too": lambda a, x, h, lam: (
        (((a - x) ** 2).mean() + lam * abs(h).sum()) / (7 * len(x))
    ),
}


# 03


def kl(p, q):
    return torch.distributions.kl_divergence(
        torch.distributions.Bernoulli(p), torch.distributions.Bernoulli(q)
    )


def bernoulli_kl(rho, rho_hat):
    return kl(rho, rho_hat)


def entropy(p):
    return torch.distributions.Bernoulli(p).entropy()


WRONG_BERNOULLI_KL = {
    "swapped": lambda p, q: kl(q, p),
    "x = 0 term": lambda p, q: p * (p.log() - q.log()),
    "x = 1 term": lambda p, q: (1 - p) * ((1 - p).log() - (1 - q).log()),
    "base 2": lambda p, q: kl(p, q) / math.log(2),
    "base 10": lambda p, q: kl(p, q) / math.log(10),
    "sign is wrong": lambda p, q: -kl(p, q),
    "is subtracted": lambda p, q: 2 * p * (p / q).log() - kl(p, q),
    "are missing": lambda p, q: (p * (1 - p) / (q * (1 - q))).log(),
    "ρ stands in front": lambda p, q: p * (p * (1 - p) / (q * (1 - q))).log(),
    "cross-entropy": lambda p, q: kl(p, q) + entropy(p),
    "already summed": lambda p, q: kl(p, q).sum(),
    "mean over the entries": lambda p, q: kl(p, q).mean(),
}


def kl_penalty(h, rho):
    return kl(torch.tensor(rho), h.mean(dim=0)).sum()


def same(h, rho):
    return torch.full_like(h, rho)


WRONG_KL_PENALTY = {
    "mean over the units; the": lambda h, rho: kl(torch.tensor(rho), h.mean(0)).mean(),
    "each example and then averaged": lambda h, rho: kl(same(h, rho), h).sum(1).mean(),
    "averaged over everything": lambda h, rho: kl(same(h, rho), h).mean(),
    "each example and summed": lambda h, rho: kl(same(h, rho), h).sum(),
    "(dim=1)": lambda h, rho: kl(torch.tensor(rho), h.mean(1)).sum(),
    "one number, the mean": lambda h, rho: kl(torch.tensor(rho), h.mean()),
    "lazy units": lambda h, rho: kl(same(h[0], rho), h.mean().expand(4)).sum(),
    "swapped": lambda h, rho: kl(h.mean(0), same(h[0], rho)).sum(),
    "x = 0 term": lambda h, rho: (rho * torch.log(rho / h.mean(0))).sum(),
    "base 2": lambda h, rho: kl_penalty(h, rho) / math.log(2),
    "factor of the batch size": lambda h, rho: 6 * kl_penalty(h, rho),
    "division by the batch size": lambda h, rho: kl_penalty(h, rho) / 6,
    "one value per unit": lambda h, rho: kl(same(h[0], rho), h.mean(0)),
    "squared differences": lambda h, rho: ((h.mean(0) - rho) ** 2).sum(),
}


def kl_slope(rho, rho_hat):
    return (rho_hat - rho) / (rho_hat * (1 - rho_hat))


WRONG_KL_SLOPE = {
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
}


def curvature(rho, mean):
    return rho / mean**2 + (1 - rho) / (1 - mean) ** 2


def sampling_bias(h, rho, n):
    mean, variance = h.mean(dim=0), h.var(dim=0, correction=0)
    return (curvature(rho, mean) * variance / (2 * n)).sum()


WRONG_SAMPLING_BIAS = {
    "½": lambda h, rho, n: 2 * sampling_bias(h, rho, n),
    "mean over the units": lambda h, rho, n: sampling_bias(h, rho, n) / 4,
    "one value per unit": lambda h, rho, n: curvature(rho, h.mean(0)) * h.var(0) / (2 * n),
    "division by n is missing": lambda h, rho, n: sampling_bias(h, rho, 1),
    "√n": lambda h, rho, n: sampling_bias(h, rho, n**0.5),
    "standard deviation of h": lambda h, rho, n: (
        (curvature(rho, h.mean(0)) * h.std(0)).sum() / (2 * n)
    ),
    "taken at ρ": lambda h, rho, n: h.var(0).sum() / (rho * (1 - rho)) / (2 * n),
    "minus between": lambda h, rho, n: (
        (rho / h.mean(0) ** 2 - (1 - rho) / (1 - h.mean(0)) ** 2) * h.var(0) / (2 * n)
    ).sum(),
    "too large on average": lambda h, rho, n: -sampling_bias(h, rho, n),
    "slope of D": lambda h, rho, n: (
        (h.mean(0) - rho) / (h.mean(0) * (1 - h.mean(0))) * h.var(0) / (2 * n)
    ).sum(),
    "divides by all": lambda h, rho, n: sampling_bias(h, rho, len(h)),
    "coin": lambda h, rho, n: (
        (curvature(rho, h.mean(0)) * h.mean(0) * (1 - h.mean(0))).sum() / (2 * n)
    ),
}

EXERCISES = {
    "check_sparse_loss": (sparse_loss, WRONG_SPARSE_LOSS),
    "check_activity": (activity, WRONG_ACTIVITY),
    "check_soft_threshold": (soft_threshold, WRONG_SOFT_THRESHOLD),
    "check_repaired_loss": (repaired_loss, WRONG_REPAIRED_LOSS),
    "check_bernoulli_kl": (bernoulli_kl, WRONG_BERNOULLI_KL),
    "check_kl_penalty": (kl_penalty, WRONG_KL_PENALTY),
    "check_kl_slope": (kl_slope, WRONG_KL_SLOPE),
    "check_sampling_bias": (sampling_bias, WRONG_SAMPLING_BIAS),
}
WRONG_ANSWERS = [(name, hint) for name, (_, wrong) in EXERCISES.items() for hint in wrong]


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("seed", range(20))
def test_the_solution_is_accepted(name, seed, capsys):
    getattr(exercises, name)(EXERCISES[name][0], seed=seed)
    assert capsys.readouterr().out.startswith("✓ Right")


@pytest.mark.parametrize(("name", "hint"), WRONG_ANSWERS)
def test_a_wrong_answer_is_refused_every_time_with_its_own_message(name, hint, capsys):
    messages = set()
    for seed in range(20):
        getattr(exercises, name)(EXERCISES[name][1][hint], seed=seed)
        messages.add(capsys.readouterr().out)
    assert len(messages) == 1
    assert messages.pop().startswith("✗ Not yet") and hint in _only(name, hint, capsys)


def _only(name, hint, capsys):
    getattr(exercises, name)(EXERCISES[name][1][hint])
    return capsys.readouterr().out


def test_one_truth_for_all_units_is_not_taken_for_another_mistake(capsys):
    for seed in range(20):
        exercises.check_activity(lambda h: (activity(h)[0], (h > 0).any()), seed=seed)
        told = capsys.readouterr().out
        assert told.startswith("✗ Not yet") and "in every example" not in told


@pytest.mark.parametrize("name", EXERCISES)
def test_the_messages_are_distinct(name, capsys):
    check, wrong = getattr(exercises, name), EXERCISES[name][1]
    messages = []
    for answer in wrong.values():
        check(answer)
        messages.append(capsys.readouterr().out)
    assert len(set(messages)) == len(wrong) >= 6


@pytest.mark.parametrize("name", EXERCISES)
def test_an_empty_stub_counts_as_not_attempted(name, capsys):
    def stub(*arguments): ...

    getattr(exercises, name)(stub)
    assert capsys.readouterr().out.startswith("○ Not attempted yet")


@pytest.mark.parametrize("name", EXERCISES)
def test_a_crash_of_the_answer_is_reported_and_not_raised(name, capsys):
    def crash(*arguments):
        raise ZeroDivisionError("oh")

    getattr(exercises, name)(crash)
    assert "ZeroDivisionError" in capsys.readouterr().out
