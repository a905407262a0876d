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
    """Check answer(h, least): (units above 0 per example; units above 0 in `least` examples)."""

    def draw(n):
        h = (torch.randn(n + 9, 12) - 0.8).relu()
        h[:, torch.randperm(12)[:3]] = 0
        h[:, torch.randperm(12)[:2]] += 0.3
        return h, torch.randint(2, 4, ()).item()

    def counts(h, least):
        return (h > 0).sum(1).double().mean(), ((h > 0).sum(0) >= least).sum()

    check(
        answer,
        solution=counts,
        wrong={
            "the second number counts a single example as enough; `least` of them are asked for": (
                lambda h, least: (counts(h, least)[0], (h > 0).any(0).sum())
            ),
            "the second number needs more than `least` examples; exactly `least` are enough": (
                lambda h, least: counts(h, least + 1)
            ),
            "these are fractions of all units; the question asks for how many": (
                lambda h, least: (
                    (h > 0).double().mean(), ((h > 0).sum(0) >= least).double().mean(),
                )
            ),
            "the first number is a share, not a number of units: sum over the units of an "
            "example": (
                lambda h, least: ((h > 0).double().mean(), counts(h, least)[1])
            ),
            "the two numbers are in the wrong order: first active, then used": (
                lambda h, least: counts(h, least)[::-1]
            ),
            "the active units are summed over all examples; average over the examples": (
                lambda h, least: ((h > 0).sum(), counts(h, least)[1])
            ),
            "the first number is averaged over the units: it says in how many examples a unit is "
            "active, not how many units an example has active": (
                lambda h, least: ((h > 0).sum(0).double().mean(), counts(h, least)[1])
            ),
            "the axes are exchanged in both numbers: a row is an example, a column is a unit. "
            "Active sums over the units (dim=1), used over the examples (dim=0)": (
                lambda h, least: counts(h.T, least)
            ),
            "used was counted over the units (dim=1) of an example; a unit is a column": (
                lambda h, least: (counts(h, least)[0], ((h > 0).sum(1) >= least).sum())
            ),
            "the second number counts the units that are used too rarely, not the others": (
                lambda h, least: (counts(h, least)[0], ((h > 0).sum(0) < least).sum())
            ),
            "the second number compares the sum of the activations with `least`; count the "
            "examples": lambda h, least: (counts(h, least)[0], (h.sum(0) >= least).sum()),
            "the first number adds up the activations; it should count those above 0": (
                lambda h, least: (h.sum(1).mean(), counts(h, least)[1])
            ),
            "the condition is h ≥ 0, which a ReLU always meets; active means above 0": (
                lambda h, least: ((h >= 0).sum(1).double().mean(), h.shape[1])
            ),
        },
        draw=draw,
        praise="few active among many used is what we call a sparse code. Few active because the "
        "rest is dead is a narrow one.",
        seed=seed,
    )  # fmt: skip


def check_soft_threshold(answer: Callable, seed: int = 0) -> None:
    """Check answer(z, lam, length): the best h ≥ 0 for a column of a length, z = dᵀx."""

    def best(z, lam, length):
        return (z - lam / 2).relu() / length**2

    check(
        answer,
        solution=best,
        wrong={
            "this is right for a column of length 1 only: ‖h d‖² is length² · h²": (
                lambda z, lam, length: (z - lam / 2).relu()
            ),
            "the length enters by its square: ‖h d‖² is length² · h²": (
                lambda z, lam, length: (z - lam / 2).relu() / length
            ),
            "z is divided by length², λ/2 is not; the derivative is −2z + 2 length² h + λ": (
                lambda z, lam, length: (z / length**2 - lam / 2).relu()
            ),
            "z is divided by the length, λ/2 is not; the derivative is −2z + 2 length² h + λ": (
                lambda z, lam, length: (z / length - lam / 2).relu()
            ),
            "this multiplies by the length; a longer column needs a smaller h": (
                lambda z, lam, length: (z - lam / 2).relu() * length
            ),
            "this multiplies by length²; a longer column needs a smaller h": (
                lambda z, lam, length: (z - lam / 2).relu() * length**2
            ),
            "the threshold is λ; set the derivative −2z + 2 length² h + λ to 0 once more: our "
            "error has no ½, so that the 2 stays": (
                lambda z, lam, length: best(z, 2 * lam, length)
            ),
            "where z < λ/2 this is negative; the minimum over h ≥ 0 is then at 0": (
                lambda z, lam, length: (z - lam / 2) / length**2
            ),
            "this keeps what lies above λ/2 unchanged (a hard threshold); L1 shrinks that, too": (
                lambda z, lam, length: z * (z > lam / 2) / length**2
            ),
            "negative z are let through (the two-sided threshold); a ReLU code is never negative": (
                lambda z, lam, length: z.sign() * (z.abs() - lam / 2).relu() / length**2
            ),
            "λ is missing: this is the optimum without a penalty": (
                lambda z, lam, length: z.relu() / length**2
            ),
            "λ/2 is added; the penalty makes h smaller": (
                lambda z, lam, length: best(z, -lam, length)
            ),
        },
        draw=lambda n: (
            torch.randn(n, 6), 0.3 + torch.rand(()).item(), 1.5 + torch.rand(()).item(),
        ),
        praise="twice the length: z doubles, length² is 4, so about half the activation, and half "
        "of the penalty for the same reconstruction. Who may choose the length pays what he "
        "likes: section 7.",
        seed=seed,
    )  # fmt: skip


def check_repaired_loss(answer: Callable, seed: int = 0) -> None:
    """Check answer(x_hat, x, h, lam): ½ Σ over the batch of (‖x − x′‖² + λ Σⱼ|hⱼ|)."""

    def half(x_hat, x):
        return (x_hat - x).square().sum() / 2

    check(
        answer,
        solution=lambda x_hat, x, h, lam: half(x_hat, x) + lam / 2 * h.abs().sum(),
        wrong={
            "this is the listing as it stands: λ is divided by batch size and units, while the "
            "error is summed": lambda x_hat, x, h, lam: half(x_hat, x) + lam * h.abs().mean(),
            "the sums match, the ½ does not: the listing halves the error, so λ counts twice": (
                lambda x_hat, x, h, lam: half(x_hat, x) + lam * h.abs().sum()
            ),
            "the error is a sum over the batch, this penalty a mean over it: λ shrinks with the "
            "batch": lambda x_hat, x, h, lam: half(x_hat, x) + lam / 2 * h.abs().sum(1).mean(),
            "the error is a sum over the batch, this penalty a mean over it, and the ½ is missing "
            "beside it": lambda x_hat, x, h, lam: half(x_hat, x) + lam * h.abs().sum(1).mean(),
            "the ½ is there, but the mean over batch and units is still in the penalty": (
                lambda x_hat, x, h, lam: half(x_hat, x) + lam / 2 * h.abs().mean()
            ),
            "the penalty is doubled; the listing *halves* the error, so halve the penalty": (
                lambda x_hat, x, h, lam: half(x_hat, x) + 2 * lam * h.abs().sum()
            ),
            "this is the repair of the listing of section 5; here the error is a sum over the "
            "batch, with ½": (
                lambda x_hat, x, h, lam: half(x_hat, x) + lam * h.abs().sum() / x.numel()
            ),
            "the absolute value is missing": (
                lambda x_hat, x, h, lam: half(x_hat, x) + lam / 2 * h.sum()
            ),
            "this is the course's loss on the scale of one example; the task keeps the listing's "
            "error as it is and repairs the penalty beside it": (
                lambda x_hat, x, h, lam: (
                    (x_hat - x).square().sum(1).mean() + lam * h.abs().sum(1).mean()
                )
            ),
            "the ½ of the listing's error is gone; the task keeps the error as it is": (
                lambda x_hat, x, h, lam: (x_hat - x).square().sum() + lam * h.abs().sum()
            ),
        },
        draw=lambda n: (
            torch.rand(n, 7), torch.rand(n, 7), torch.randn(n, 3), 0.1 + torch.rand(()).item(),
        ),
        praise="one λ for every batch size and every width, and the same one as in the rest of "
        "the course.",
        seed=seed,
        trained=(0, 2),
    )  # fmt: skip


def check_scale_free_loss(answer: Callable, seed: int = 0) -> None:
    """Check answer(x_hat, x, h, columns, lam): squared error + λ · mean of Σⱼ |hⱼ| ‖dⱼ‖."""

    def error(x_hat, x):
        return (x_hat - x).square().sum(1).mean()

    def loss(x_hat, x, h, d, lam):
        return error(x_hat, x) + lam * (h.abs() * d.norm(dim=0)).sum(1).mean()

    check(
        answer,
        solution=loss,
        wrong={
            "the lengths are missing: dividing h by α makes this penalty α times smaller": (
                lambda x_hat, x, h, d, lam: error(x_hat, x) + lam * h.abs().sum(1).mean()
            ),
            "the squared length grows by α² where h shrinks by α: now *shorter* columns are the "
            "loophole": (
                lambda x_hat, x, h, d, lam: (
                    error(x_hat, x) + lam * (h.abs() * d.square().sum(0)).sum(1).mean()
                )
            ),
            "this is the length of the whole matrix; each unit needs that of its own column": (
                lambda x_hat, x, h, d, lam: error(x_hat, x) + lam * d.norm() * h.abs().sum(1).mean()
            ),
            "lengths and activations are added; dividing h by α and multiplying d by α then still "
            "changes the penalty. Multiply them unit by unit": (
                lambda x_hat, x, h, d, lam: (
                    error(x_hat, x) + lam * (h.abs().sum(1).mean() + d.norm(dim=0).sum())
                )
            ),
            "this is the length of the rows; dⱼ is a column, so its length is taken over dim=0": (
                lambda x_hat, x, h, d, lam: (
                    error(x_hat, x) + lam * (h.abs() * d.norm(dim=1)).sum(1).mean()
                )
            ),
            "|h| is divided by the length; multiply, so that α cancels": (
                lambda x_hat, x, h, d, lam: (
                    error(x_hat, x) + lam * (h.abs() / d.norm(dim=0)).sum(1).mean()
                )
            ),
            "this takes Σᵢ |dᵢⱼ| for the length; ‖dⱼ‖ is the root of the summed squares": (
                lambda x_hat, x, h, d, lam: (
                    error(x_hat, x) + lam * (h.abs() * d.abs().sum(0)).sum(1).mean()
                )
            ),
            "the absolute value of h is missing": (
                lambda x_hat, x, h, d, lam: (
                    error(x_hat, x) + lam * (h * d.norm(dim=0)).sum(1).mean()
                )
            ),
            "the penalty is summed over the batch, too: λ grows with the number of examples": (
                lambda x_hat, x, h, d, lam: (
                    error(x_hat, x) + lam * (h.abs() * d.norm(dim=0)).sum()
                )
            ),
            "the penalty is averaged over the units, too; the formula sums them": (
                lambda x_hat, x, h, d, lam: (
                    error(x_hat, x) + lam * (h.abs() * d.norm(dim=0)).mean()
                )
            ),
            "this is ‖Σⱼ hⱼ dⱼ‖, the length of the whole output; active units that cancel would "
            "cost nothing": (
                lambda x_hat, x, h, d, lam: error(x_hat, x) + lam * (h @ d.T).norm(dim=1).mean()
            ),
        },
        # As many units as features: rows and columns are mistaken without a torch error.
        draw=lambda n: (
            torch.rand(n, 7), torch.rand(n, 7), torch.randn(n, 7), torch.randn(7, 7),
            0.1 + torch.rand(()).item(),
        ),
        praise="h/α and α d cost what h and d cost: the loophole is closed without a constraint.",
        seed=seed,
        trained=(0, 2, 3),
    )  # fmt: skip
