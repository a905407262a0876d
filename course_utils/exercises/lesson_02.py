"""Checkers of lesson 02: sparse autoencoders, the L1 penalty."""

from collections.abc import Callable

import torch

from course_utils.exercises.checking import check


def check_sparse_loss(answer: Callable, seed: int = 0) -> None:
    """Check answer(x_hat, x, h, weight, lam) against squared error + λ · mean over batch of Σⱼ|hⱼ|.

    weight is the encoder's matrix: a trap, as the penalty is on activations.
    """

    def error(x_hat, x):
        return (x_hat - x).square().sum(1).mean()

    check(
        answer,
        solution=lambda x_hat, x, h, w, lam: error(x_hat, x) + lam * h.abs().sum(1).mean(),
        wrong={
            "the penalty is on the weights; the formula has the activations h. Small weights do "
            "not switch a unit off": (
                lambda x_hat, x, h, w, lam: error(x_hat, x) + lam * w.abs().sum()
            ),
            "the absolute value is missing: negative activations are rewarded": (
                lambda x_hat, x, h, w, lam: error(x_hat, x) + lam * h.sum(1).mean()
            ),
            "the activations are squared: that is an L2 penalty, whose pull vanishes near 0, so "
            "that it switches nothing off": (
                lambda x_hat, x, h, w, lam: error(x_hat, x) + lam * h.square().sum(1).mean()
            ),
            "|h| is summed over the batch, too: λ is multiplied by the number of examples": (
                lambda x_hat, x, h, w, lam: error(x_hat, x) + lam * h.abs().sum()
            ),
            "|h| is averaged over the units, too; the formula sums them: λ is divided by the "
            "width of the code": (
                lambda x_hat, x, h, w, lam: error(x_hat, x) + lam * h.abs().mean()
            ),
            "|h| is averaged over the units and summed over the examples; the formula does it the "
            "other way round": (
                lambda x_hat, x, h, w, lam: error(x_hat, x) + lam * h.abs().sum(0).mean()
            ),
            "the error is a mean over the features, too (MSE); beside it λ weighs as many times "
            "more as there are features": (
                lambda x_hat, x, h, w, lam: (
                    (x_hat - x).square().mean() + lam * h.abs().sum(1).mean()
                )
            ),
            "error and penalty are both means over everything (MSE and mean |h|); the formula sums "
            "over features and over units": (
                lambda x_hat, x, h, w, lam: (x_hat - x).square().mean() + lam * h.abs().mean()
            ),
            "the error is averaged over features and examples (MSE), |h| is summed over the whole "
            "batch: λ is multiplied by both their numbers, as in many listings": (
                lambda x_hat, x, h, w, lam: (x_hat - x).square().mean() + lam * h.abs().sum()
            ),
            "the error is right, but λ times the penalty is not added": (
                lambda x_hat, x, h, w, lam: error(x_hat, x)
            ),
            "this is the penalty alone; add the squared error": (
                lambda x_hat, x, h, w, lam: lam * h.abs().sum(1).mean()
            ),
            "the penalty is added without its weight λ": (
                lambda x_hat, x, h, w, lam: error(x_hat, x) + h.abs().sum(1).mean()
            ),
            "the penalty is subtracted: that rewards large activations": (
                lambda x_hat, x, h, w, lam: error(x_hat, x) - lam * h.abs().sum(1).mean()
            ),
        },
        draw=lambda n: (
            torch.rand(n, 7), torch.rand(n, 7), torch.randn(n, 3), torch.randn(3, 7),
            0.1 + torch.rand(()).item(),
        ),
        praise="one number for how wrong, one for how busy, and λ, the price of activity, the same "
        "at every batch size.",
        seed=seed,
        trained=(0, 2),
    )  # fmt: skip


def check_activity(answer: Callable, seed: int = 0) -> None:
    """Check answer(h): (units above 0 per example, on average; units above 0 in any example)."""

    def draw(n):
        h = (torch.randn(n + 5, 12) - 0.8).relu()
        h[:, torch.randperm(12)[:3]] = 0
        h[:, torch.randperm(12)[:2]] += 0.3
        return (h,)

    check(
        answer,
        solution=lambda h: ((h > 0).sum(1).double().mean(), (h > 0).any(0).sum()),
        wrong={
            "these are fractions of all units; the question asks for how many": (
                lambda h: ((h > 0).double().mean(), (h > 0).any(0).double().mean())
            ),
            "the two numbers are in the wrong order: first active, then alive": (
                lambda h: ((h > 0).any(0).sum(), (h > 0).sum(1).double().mean())
            ),
            "the active units are summed over all examples; average over the examples": (
                lambda h: ((h > 0).sum(), (h > 0).any(0).sum())
            ),
            "the first number is averaged over the units: it says in how many examples a unit is "
            "active, not how many units an example has active": (
                lambda h: ((h > 0).sum(0).double().mean(), (h > 0).any(0).sum())
            ),
            "the axes are exchanged in both numbers: a row is an example, a column is a unit. "
            "Active sums over the units (dim=1), alive asks over the examples (dim=0)": (
                lambda h: ((h > 0).sum(0).double().mean(), (h > 0).any(1).sum())
            ),
            "alive was counted over the examples (dim=1); a unit is a column": (
                lambda h: ((h > 0).sum(1).double().mean(), (h > 0).any(1).sum())
            ),
            "the second number counts the units that are active in every example; one example is "
            "enough to be alive": (
                lambda h: ((h > 0).sum(1).double().mean(), (h > 0).all(0).sum())
            ),
            "the second number counts the dead units, not the alive ones": (
                lambda h: ((h > 0).sum(1).double().mean(), (~(h > 0).any(0)).sum())
            ),
            "the first number adds up the activations; it should count those above 0": (
                lambda h: (h.sum(1).mean(), (h > 0).any(0).sum())
            ),
            "the condition is h ≥ 0, which a ReLU always meets; active means above 0": (
                lambda h: ((h >= 0).sum(1).double().mean(), (h >= 0).any(0).sum())
            ),
        },
        draw=draw,
        praise="few active among many alive is what we call a sparse code. Few active because the "
        "rest is dead is a narrow one.",
        seed=seed,
    )


def check_soft_threshold(answer: Callable, seed: int = 0) -> None:
    """Check answer(z, lam): the h ≥ 0 that minimises (z − h)² + λ h, elementwise."""
    check(
        answer,
        solution=lambda z, lam: (z - lam / 2).relu(),
        wrong={
            "the threshold is λ; set the derivative −2(z − h) + λ to 0 once more: our error has no "
            "½, so that the 2 stays": lambda z, lam: (z - lam).relu(),
            "the threshold is λ/4; divide λ by 2 once": lambda z, lam: (z - lam / 4).relu(),
            "the threshold is 2λ; λ is divided by 2, not multiplied": (
                lambda z, lam: (z - 2 * lam).relu()
            ),
            "where z < λ/2 this is negative; the minimum over h ≥ 0 is then at 0": (
                lambda z, lam: z - lam / 2
            ),
            "this keeps what lies above λ/2 unchanged (a hard threshold); L1 shrinks that, too": (
                lambda z, lam: z * (z > lam / 2)
            ),
            "negative z are let through (the two-sided threshold); a ReLU code is never negative": (
                lambda z, lam: z.sign() * (z.abs() - lam / 2).relu()
            ),
            "nothing is subtracted: this is the ReLU alone, the optimum without a penalty": (
                lambda z, lam: z.relu()
            ),
            "λ/2 is subtracted after the ReLU: values below 0 come back": (
                lambda z, lam: z.relu() - lam / 2
            ),
            "λ/2 is added; the penalty makes h smaller": lambda z, lam: (z + lam / 2).relu(),
            "this divides by 1 + λ: the optimum of an L2 penalty, which shrinks everything and "
            "switches nothing off": lambda z, lam: z.relu() / (1 + lam),
        },
        draw=lambda n: (torch.randn(n, 6), 0.3 + torch.rand(()).item()),
        praise="off below λ/2, and λ/2 too small above. Both come from the same constant pull.",
        seed=seed,
    )


def check_repaired_loss(answer: Callable, seed: int = 0) -> None:
    """Check answer(x_hat, x, h, lam): (1/features) · (mean ‖x − x′‖² + λ · mean Σⱼ|hⱼ|)."""

    def mse(x_hat, x):
        return (x_hat - x).square().mean()

    check(
        answer,
        solution=lambda x_hat, x, h, lam: mse(x_hat, x) + lam * h.abs().sum() / x.numel(),
        wrong={
            "this is the listing as it stands: λ is multiplied by batch size and features": (
                lambda x_hat, x, h, lam: mse(x_hat, x) + lam * h.abs().sum()
            ),
            "the batch size is gone from λ, the number of features is not": (
                lambda x_hat, x, h, lam: mse(x_hat, x) + lam * h.abs().sum() / len(x)
            ),
            "the number of features is gone from λ, the batch size is not": (
                lambda x_hat, x, h, lam: mse(x_hat, x) + lam * h.abs().sum() / x.shape[1]
            ),
            "this is the mean of |h| over examples and units: the batch size is gone, but λ is "
            "divided by the width of the code instead of the number of features": (
                lambda x_hat, x, h, lam: mse(x_hat, x) + lam * h.abs().mean()
            ),
            "λ is divided by 784, the pixels of a digit; these examples have another number of "
            "features: x.shape[1]": (
                lambda x_hat, x, h, lam: mse(x_hat, x) + lam / 784 * h.abs().sum(1).mean()
            ),
            "λ is divided by 784, the pixels of a digit, and by no batch size; both numbers are in "
            "the shape of x": lambda x_hat, x, h, lam: mse(x_hat, x) + lam / 784 * h.abs().sum(),
            "the factor of batch size and features is squared, not removed: divide by it": (
                lambda x_hat, x, h, lam: mse(x_hat, x) + lam * h.abs().sum() * x.numel()
            ),
            "the absolute value is missing": (
                lambda x_hat, x, h, lam: mse(x_hat, x) + lam * h.sum() / x.numel()
            ),
            "this is the course's loss on the scale of one example; the task keeps the listing's "
            "mean squared error as it is and repairs the penalty beside it": (
                lambda x_hat, x, h, lam: (
                    (x_hat - x).square().sum(1).mean() + lam * h.abs().sum(1).mean()
                )
            ),
            "the error is divided, too; it is a mean already": (
                lambda x_hat, x, h, lam: (mse(x_hat, x) + lam * h.abs().sum()) / x.numel()
            ),
        },
        draw=lambda n: (
            torch.rand(n, 7), torch.rand(n, 7), torch.randn(n, 3), 0.1 + torch.rand(()).item(),
        ),
        praise="one λ for every batch size, and the same one as in the rest of the course.",
        seed=seed,
        trained=(0, 2),
    )  # fmt: skip
