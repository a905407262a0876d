"""The checkers of notebook 02: right answers pass, each wrong one is told what is wrong with it."""

import numpy as np
import pytest
import torch
from checker_cases import assert_right, assert_told, right_cases, verdict, wrong_cases
from torch.nn import functional as F

from course_utils.exercises import (
    check_activity,
    check_repaired_loss,
    check_soft_threshold,
    check_sparse_loss,
)

pytestmark = pytest.mark.slow  # every answer on twenty draws


def summed(x_hat, x):
    return F.mse_loss(x_hat, x, reduction="sum") / x.shape[0]


def activity(h):
    on = h > 0
    return on.float().sum(1).mean(), on.any(0).sum().item()


def activity_in_numpy(h):
    on = h.numpy() > 0
    return np.array([on.sum() / len(on), np.count_nonzero(on.any(axis=0))])


def repaired(x_hat, x, h, lam):
    n, features = x.shape
    return F.mse_loss(x_hat, x) + lam / (n * features) * abs(h).sum()


RIGHT = {
    check_sparse_loss: [
        lambda a, x, h, w, lam: (
            ((a - x) ** 2).sum(dim=1).mean() + lam * torch.mean(torch.sum(torch.abs(h), dim=1))
        ),
        lambda a, x, h, w, lam: summed(a, x) + lam * torch.norm(h, 1) / len(h),
    ],
    check_activity: [activity, activity_in_numpy],
    check_soft_threshold: [
        lambda z, lam: torch.clamp(z - lam / 2, min=0),
        lambda z, lam: np.maximum(z.numpy() - lam / 2, 0),
    ],
    check_repaired_loss: [
        repaired,
        lambda a, x, h, lam: (summed(a, x) + lam * abs(h).sum(1).mean()) / x.shape[1],
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
        "fractions": lambda h: ((h > 0).float().mean(), (h.amax(0) > 0).float().mean()),
        "wrong order": lambda h: activity(h)[::-1],
        "summed over all": lambda h: (torch.count_nonzero(h), activity(h)[1]),
        "averaged over the units": lambda h: (
            torch.count_nonzero(h, dim=0).float().mean(),
            activity(h)[1],
        ),
        "exchanged in both": lambda h: activity(h.T),
        "counted over the examples": lambda h: (activity(h)[0], (h.sum(1) > 0).sum()),
        "in every example": lambda h: (activity(h)[0], (h.amin(0) > 0).sum()),
        "dead units": lambda h: (activity(h)[0], (h.sum(0) == 0).sum()),
        "adds up": lambda h: (h.sum() / len(h), activity(h)[1]),
        "h ≥ 0": lambda h: (float(h.shape[1]), h.shape[1]),
    },
    check_soft_threshold: {
        "threshold is λ;": lambda z, lam: torch.clamp(z - lam, min=0),
        "λ/4": lambda z, lam: torch.clamp(z - lam / 4, min=0),
        "2λ": lambda z, lam: torch.clamp(z - 2 * lam, min=0),
        "negative; the minimum": lambda z, lam: z - lam / 2,
        "hard threshold": lambda z, lam: torch.where(z > lam / 2, z, torch.zeros_like(z)),
        "two-sided": lambda z, lam: F.softshrink(z, lam / 2),
        "nothing is subtracted": lambda z, lam: torch.clamp(z, min=0),
        "after the ReLU": lambda z, lam: torch.clamp(z, min=0) - lam / 2,
        "λ/2 is added": lambda z, lam: torch.clamp(z + lam / 2, min=0),
        "L2 penalty": lambda z, lam: torch.clamp(z, min=0) / (1 + lam),
    },
    check_repaired_loss: {
        "as it stands": lambda a, x, h, lam: F.mse_loss(a, x) + lam * torch.norm(h, 1),
        "number of features is not": lambda a, x, h, lam: (
            F.mse_loss(a, x) + lam * abs(h).sum(1).mean()
        ),
        "batch size is not": lambda a, x, h, lam: F.mse_loss(a, x) + lam * abs(h).sum() / 7,
        "width of the code": lambda a, x, h, lam: F.mse_loss(a, x) + lam * abs(h).mean(),
        "another number of features": lambda a, x, h, lam: (
            F.mse_loss(a, x) + (lam / 784) * abs(h).sum() / len(h)
        ),
        "by no batch size": lambda a, x, h, lam: F.mse_loss(a, x) + (lam / 784) * abs(h).sum(),
        "squared, not removed": lambda a, x, h, lam: (
            F.mse_loss(a, x) + lam * abs(h).sum() * len(x) * 7
        ),
        "absolute value": lambda a, x, h, lam: F.mse_loss(a, x) + lam * h.sum() / (7 * len(x)),
        "scale of one example": lambda a, x, h, lam: summed(a, x) + lam * torch.norm(h, 1) / len(x),
        "it has no gradient": lambda a, x, h, lam: repaired(a, x, h, lam).detach().numpy(),
        "divided, too": lambda a, x, h, lam: (F.mse_loss(a, x) + lam * abs(h).sum()) / (7 * len(x)),
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
        told = verdict(check_activity, lambda h: (activity(h)[0], (h > 0).any()), capsys, seed)
        assert told.startswith("✗ Not yet") and "in every example" not in told


def test_a_batch_size_that_is_written_into_a_loss_is_noticed(capsys):
    def of_five(a, x, h, w, lam):
        return ((a - x) ** 2).sum() / 5 + lam * abs(h).sum() / 5

    assert "size written as a number" in verdict(check_sparse_loss, of_five, capsys)
