"""The checkers of notebook 02: right answers pass, each wrong one is told what is wrong with it."""

import numpy as np
import pytest
import torch
from checker_cases import assert_right, assert_told, right_cases, verdict, wrong_cases
from torch.nn import functional as F

from course_utils.exercises import (
    check_activity,
    check_repaired_loss,
    check_scale_free_loss,
    check_soft_threshold,
    check_sparse_loss,
)

pytestmark = pytest.mark.slow  # every answer on twenty draws


def summed(x_hat, x):
    return F.mse_loss(x_hat, x, reduction="sum") / x.shape[0]


def activity(h, least):
    on = h > 0
    return on.float().sum(1).mean(), (torch.count_nonzero(on, dim=0) >= least).sum().item()


def activity_in_numpy(h, least):
    on = h.numpy() > 0
    return np.array([on.sum() / len(on), np.count_nonzero(on.sum(axis=0) > least - 1)])


def half_sum(x_hat, x):
    return F.mse_loss(x_hat, x, reduction="sum") / 2


def lengths(d):
    return torch.linalg.vector_norm(d, dim=0)


RIGHT = {
    check_sparse_loss: [
        lambda a, x, h, w, lam: (
            ((a - x) ** 2).sum(dim=1).mean() + lam * torch.mean(torch.sum(torch.abs(h), dim=1))
        ),
        lambda a, x, h, w, lam: summed(a, x) + lam * torch.norm(h, 1) / len(h),
    ],
    check_activity: [activity, activity_in_numpy],
    check_soft_threshold: [
        lambda z, lam, length: torch.clamp(z - lam / 2, min=0) / length**2,
        lambda z, lam, length: np.maximum(z.numpy() - lam / 2, 0) / length / length,
        lambda z, lam, length: F.softshrink(F.relu(z) / length**2, lam / 2 / length**2),
    ],
    check_repaired_loss: [
        lambda a, x, h, lam: half_sum(a, x) + lam * torch.norm(h, 1) / 2,
        lambda a, x, h, lam: len(x) / 2 * (summed(a, x) + lam * abs(h).sum(1).mean()),
    ],
    check_scale_free_loss: [
        lambda a, x, h, d, lam: summed(a, x) + lam * (abs(h) @ lengths(d)).mean(),
        lambda a, x, h, d, lam: summed(a, x) + lam * abs(h * lengths(d)).sum() / len(x),
    ],
}

WRONG = {
    check_sparse_loss: {
        "on the weights": lambda a, x, h, w, lam: summed(a, x) + lam * torch.norm(w, 1),
        "absolute value is missing": lambda a, x, h, w, lam: summed(a, x) + lam * h.sum() / len(h),
        "activations are squared": lambda a, x, h, w, lam: (
            summed(a, x) + lam * (h * h).sum() / len(h)
        ),
        "summed over the batch, too": lambda a, x, h, w, lam: summed(a, x) + lam * torch.norm(h, 1),
        "averaged over the units, too": lambda a, x, h, w, lam: summed(a, x) + lam * abs(h).mean(),
        "and summed over the examples": lambda a, x, h, w, lam: (
            summed(a, x) + lam * abs(h).mean(1).sum()
        ),
        "(MSE); beside it": lambda a, x, h, w, lam: F.mse_loss(a, x) + lam * abs(h).sum() / len(h),
        "both means": lambda a, x, h, w, lam: F.mse_loss(a, x) + lam * abs(h).mean(),
        "as in many listings": lambda a, x, h, w, lam: F.mse_loss(a, x) + lam * abs(h).sum(),
        "is not added": lambda a, x, h, w, lam: summed(a, x),
        "penalty alone": lambda a, x, h, w, lam: lam * abs(h).sum() / len(h),
        "without its weight": lambda a, x, h, w, lam: summed(a, x) + abs(h).sum() / len(h),
        "subtracted": lambda a, x, h, w, lam: summed(a, x) - lam * abs(h).sum() / len(h),
        "it has no gradient": lambda a, x, h, w, lam: (
            summed(a, x) + lam * abs(h).sum() / len(h)
        ).item(),
        "ignore a part": lambda a, x, h, w, lam: (
            summed(a, x) + lam * abs(h.detach()).sum() / len(h)
        ),
    },
    check_activity: {
        "a single example as enough": lambda h, n: (activity(h, n)[0], (h.amax(0) > 0).sum()),
        "exactly `least` are enough": lambda h, n: (activity(h, n)[0], ((h > 0).sum(0) > n).sum()),
        "fractions": lambda h, n: (activity(h, n)[0] / h.shape[1], activity(h, n)[1] / h.shape[1]),
        "a share, not a number": lambda h, n: (activity(h, n)[0] / h.shape[1], activity(h, n)[1]),
        "wrong order": lambda h, n: activity(h, n)[::-1],
        "summed over all": lambda h, n: (torch.count_nonzero(h), activity(h, n)[1]),
        "averaged over the units": lambda h, n: (
            torch.count_nonzero(h, dim=0).float().mean(),
            activity(h, n)[1],
        ),
        "exchanged in both": lambda h, n: activity(h.T, n),
        "of an example; a unit is a column": lambda h, n: (
            activity(h, n)[0],
            (torch.count_nonzero(h, dim=1) >= n).sum(),
        ),
        "too rarely": lambda h, n: (activity(h, n)[0], h.shape[1] - activity(h, n)[1]),
        "compares the sum": lambda h, n: (activity(h, n)[0], (h.sum(0) >= n).sum()),
        "adds up": lambda h, n: (h.sum() / len(h), activity(h, n)[1]),
        "h ≥ 0": lambda h, n: (float(h.shape[1]), h.shape[1]),
    },
    check_soft_threshold: {
        "length 1 only": lambda z, lam, a: torch.clamp(z - lam / 2, min=0),
        "enters by its square": lambda z, lam, a: torch.clamp(z - lam / 2, min=0) / a,
        "divided by length², λ/2 is not": lambda z, lam, a: torch.clamp(z / a / a - lam / 2, min=0),
        "divided by the length, λ/2 is not": lambda z, lam, a: torch.clamp(z / a - lam / 2, min=0),
        "multiplies by the length;": lambda z, lam, a: torch.clamp(a * z - a * lam / 2, min=0),
        "multiplies by length²": lambda z, lam, a: a * a * torch.clamp(z - lam / 2, min=0),
        "threshold is λ;": lambda z, lam, a: torch.clamp(z - lam, min=0) / a**2,
        "negative; the minimum": lambda z, lam, a: (z - lam / 2) / a**2,
        "hard threshold": lambda z, lam, a: torch.where(z > lam / 2, z, 0 * z) / a**2,
        "two-sided": lambda z, lam, a: F.softshrink(z, lam / 2) / a**2,
        "λ is missing": lambda z, lam, a: torch.clamp(z, min=0) / a**2,
        "λ/2 is added": lambda z, lam, a: torch.clamp(z + lam / 2, min=0) / a**2,
    },
    check_repaired_loss: {
        "as it stands": lambda a, x, h, lam: half_sum(a, x) + lam * abs(h).mean(),
        "the ½ does not": lambda a, x, h, lam: half_sum(a, x) + lam * torch.norm(h, 1),
        "λ shrinks with the batch": lambda a, x, h, lam: (
            half_sum(a, x) + lam * abs(h).sum() / len(h) / 2
        ),
        "½ is missing beside it": lambda a, x, h, lam: half_sum(a, x) + lam * abs(h).sum() / len(h),
        "still in the penalty": lambda a, x, h, lam: half_sum(a, x) + 0.5 * lam * abs(h).mean(),
        "is doubled": lambda a, x, h, lam: half_sum(a, x) + 2 * lam * torch.norm(h, 1),
        "listing of section 5": lambda a, x, h, lam: (
            half_sum(a, x) + lam / (len(x) * 7) * torch.norm(h, 1)
        ),
        "absolute value": lambda a, x, h, lam: half_sum(a, x) + lam * h.sum() / 2,
        "scale of one example": lambda a, x, h, lam: summed(a, x) + lam * torch.norm(h, 1) / len(x),
        "it has no gradient": lambda a, x, h, lam: (
            half_sum(a, x) + lam * torch.norm(h, 1) / 2
        ).item(),
        "error is gone": lambda a, x, h, lam: 2 * half_sum(a, x) + lam * torch.norm(h, 1),
    },
    check_scale_free_loss: {
        "lengths are missing": lambda a, x, h, d, lam: summed(a, x) + lam * abs(h).sum() / len(h),
        "*shorter* columns": lambda a, x, h, d, lam: (
            summed(a, x) + lam * (abs(h) @ (d * d).sum(0)).mean()
        ),
        "whole matrix": lambda a, x, h, d, lam: (
            summed(a, x) + lam * torch.linalg.matrix_norm(d) * abs(h).sum() / len(h)
        ),
        "are added": lambda a, x, h, d, lam: (
            summed(a, x) + lam * (abs(h).sum() / len(h) + lengths(d).sum())
        ),
        "length of the rows": lambda a, x, h, d, lam: (
            summed(a, x) + lam * (abs(h) @ torch.linalg.vector_norm(d, dim=1)).mean()
        ),
        "divided by the length": lambda a, x, h, d, lam: (
            summed(a, x) + lam * (abs(h) @ (1 / lengths(d))).mean()
        ),
        "root of the summed squares": lambda a, x, h, d, lam: (
            summed(a, x) + lam * (abs(h) @ torch.linalg.vector_norm(d, 1, dim=0)).mean()
        ),
        "absolute value of h": lambda a, x, h, d, lam: summed(a, x) + lam * (h @ lengths(d)).mean(),
        "over the batch, too": lambda a, x, h, d, lam: (
            summed(a, x) + lam * (abs(h) @ lengths(d)).sum()
        ),
        "over the units, too": lambda a, x, h, d, lam: (
            summed(a, x) + lam * abs(h * lengths(d)).mean()
        ),
        "whole output": lambda a, x, h, d, lam: (
            summed(a, x) + lam * torch.linalg.vector_norm(F.linear(h, d), dim=1).mean()
        ),
    },
}


@pytest.mark.parametrize("checker, answer", right_cases(RIGHT))
def test_right_answers_pass(checker, answer, capsys):
    assert_right(checker, answer, capsys)


@pytest.mark.parametrize("checker, part, answer", wrong_cases(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong_with_it(checker, part, answer, capsys):
    assert_told(checker, part, answer, capsys)


def test_one_truth_for_all_units_is_not_taken_for_another_mistake(capsys):
    for seed in range(20):
        told = verdict(
            check_activity, lambda h, n: (activity(h, n)[0], (h > 0).any()), capsys, seed
        )
        assert told.startswith("✗ Not yet") and "too rarely" not in told


def test_a_batch_size_that_is_written_into_a_loss_is_noticed(capsys):
    def of_five(a, x, h, w, lam):
        return ((a - x) ** 2).sum() / 5 + lam * abs(h).sum() / 5

    assert "size written as a number" in verdict(check_sparse_loss, of_five, capsys)
