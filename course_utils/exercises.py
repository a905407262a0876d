"""The checkers of the exercises.

A checker calls the student's function on several random draws and prints one verdict: not
attempted, right (and why it matters), or wrong. A wrong answer is compared with the plausible wrong
answers that the checker knows, so that the student reads which step to look at again. Nothing that
the student's function does can raise from here.
"""

import dis
import itertools
import math
import traceback
from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.corruption import salt_and_pepper

DRAWS = 4
TOLERANCE = 1e-4


def check_reconstruction_loss(answer: Callable, seed: int = 0) -> None:
    """Check answer(x_hat, x) against the mean over the batch of ‖x − x′‖²."""
    _check(
        answer,
        solution=lambda a, b: (a - b).square().sum(1).mean(),
        wrong={
            "this is the mean over the features, too (MSE); the formula sums over the features of "
            "an example and averages over the examples only": lambda a, b: (a - b).square().mean(),
            "this is the sum over the whole batch; divide by the number of examples, or λ will "
            "mean something else at every batch size": lambda a, b: (a - b).square().sum(),
            "this averages over the features and sums over the examples; the formula does it the "
            "other way round": lambda a, b: (a - b).square().sum() / a.shape[1],
            "the differences are not squared: these are absolute values": (
                lambda a, b: (a - b).abs().sum(1).mean()
            ),
            "the differences are not squared, so that they cancel each other": (
                lambda a, b: (a - b).sum(1).mean()
            ),
            "the differences are not squared, so that they cancel (and x − x′ is turned)": (
                lambda a, b: (b - a).sum(1).mean()
            ),
            "this is the mean of the norms ‖x − x′‖; the formula has their squares": (
                lambda a, b: (a - b).square().sum(1).sqrt().mean()
            ),
            "this is half of the formula; this course has no ½ in the error": (
                lambda a, b: (a - b).square().sum(1).mean() / 2
            ),
            "this is one number per example; average them over the batch": (
                lambda a, b: (a - b).square().sum(1)
            ),
            "these are the squares, not yet summed over the features and averaged over the batch": (
                lambda a, b: (a - b).square()
            ),
            "the differences are squared, but their sum is divided by 784; divide by the number of "
            "examples": lambda a, b: (a - b).square().sum() / 784,
            "this compares the summed image with the summed reconstruction; square the difference "
            "of every feature first, then sum": lambda a, b: (a - b).sum(1).square().mean(),
        },
        draw=lambda: (torch.rand(5, 7), torch.rand(5, 7)),
        praise="summed over features, averaged over examples. It will mean the same at every batch "
        "size, and beside every penalty of this course.",
        seed=seed,
    )


def check_pca_reconstruct(answer: Callable, seed: int = 0) -> None:
    """Check answer(x, k): x (n, features) projected onto its first k principal components."""

    def reconstruct(x, rows=slice(None), center=True, add_mean=True, scale=False):
        mean = x.mean(0) if center else torch.zeros_like(x[0])
        spread = x.std(0) if scale else torch.ones_like(x[0])
        v = torch.linalg.svd((x - mean) / spread, full_matrices=False).Vh[rows]
        projected = (x - mean) / spread @ v.T @ v * spread
        return projected + mean if add_mean else projected

    def uncentred_projection(x, k):
        v = torch.linalg.svd(x - x.mean(0), full_matrices=False).Vh[:k]
        return x @ v.T @ v

    def codes(x, k):
        u, s, _ = torch.linalg.svd(x - x.mean(0), full_matrices=False)
        return u[:, :k] * s[:k]

    def columns_of_v(x, k):
        v = torch.linalg.svd(x - x.mean(0), full_matrices=False).Vh[:, :k]
        return (x - x.mean(0)) @ v @ v.T + x.mean(0)

    def one_mean_for_all(x, k):
        v = torch.linalg.svd(x - x.mean(), full_matrices=False).Vh[:k]
        return (x - x.mean()) @ v.T @ v + x.mean()

    def features_of_the_transpose(x, k):
        centred = x - x.mean(1, keepdim=True)
        v = torch.linalg.svd(centred, full_matrices=False).Vh[:k]
        return centred @ v.T @ v + x.mean(1, keepdim=True)

    def draw():
        """11 examples of 8 features: standard deviations in fixed ratios, a mean far from 0."""
        directions = torch.linalg.qr(torch.randn(8, 8)).Q
        scores = torch.randn(11, 6)
        scores = torch.linalg.qr(scores - scores.mean(0)).Q * torch.tensor(
            [12.0, 9, 7, 4, 2.5, 1.5]
        )
        mean = torch.tensor([1.5, 0, 1, 2, 0, 0, 5, 3]) @ directions
        return scores @ directions[:6] + mean, 3

    _check(
        answer,
        solution=lambda x, k: reconstruct(x, slice(k)),
        wrong={
            "the mean is not subtracted before the SVD: the first direction then points at the "
            "mean image": lambda x, k: reconstruct(x, slice(k), center=False),
            "the mean is not added back after the projection": (
                lambda x, k: reconstruct(x, slice(k), add_mean=False)
            ),
            "the directions are right, but x itself was projected, not x minus its mean": (
                uncentred_projection
            ),
            "x itself was projected, not x minus its mean, and the mean was added to that": (
                lambda x, k: uncentred_projection(x, k) + x.mean(0)
            ),
            "these are the last k directions, those of the smallest variance; `svd` sorts from "
            "large to small": lambda x, k: reconstruct(x, slice(x.shape[1] - k, None)),
            "this keeps k + 1 directions": lambda x, k: reconstruct(x, slice(k + 1)),
            "this keeps k − 1 directions": lambda x, k: reconstruct(x, slice(k - 1)),
            "this leaves the first direction out": lambda x, k: reconstruct(x, slice(1, k + 1)),
            "each feature was divided by its standard deviation; PCA as we use it keeps the units "
            "of the pixels": lambda x, k: reconstruct(x, slice(k), scale=True),
            "these are the codes, one row of k numbers per example; multiply them with the "
            "directions to come back to the features": codes,
            "torch.linalg.svd returns Vᵀ: its rows, not its columns, are the directions": (
                columns_of_v
            ),
            "the mean is one number for the whole table; it is one number per feature, over the "
            "examples (dim=0)": one_mean_for_all,
            "the mean was taken over the features of each example; it is the mean over the "
            "examples, one number per feature": features_of_the_transpose,
        },
        draw=draw,
        praise="the best k-dimensional linear reconstruction there is, and the mark that every "
        "autoencoder of this course has to pass.",
        seed=seed,
    )


def check_bottleneck_size(answer: Callable, seed: int = 0) -> None:
    """Check answer(sizes): (compression ratio, parameters) of Autoencoder(sizes)."""

    def count(sizes, weights=2, encoder_bias=True, decoder_bias=True):
        pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
        biases = sum(b for _, b in pairs) * encoder_bias + sum(a for a, _ in pairs) * decoder_bias
        return weights * sum(a * b for a, b in pairs) + biases

    def draw():
        return (
            tuple(
                torch.randint(2, 60, (int(torch.randint(3, 6, ())),)).sort().values.tolist()
                + [61 + int(torch.randint(0, 50, ()))]
            )[::-1],
        )

    _check(
        answer,
        solution=lambda sizes: (sizes[0] / sizes[-1], count(sizes)),
        wrong={
            "the ratio is upside down: inputs divided by code units": (
                lambda sizes: (sizes[-1] / sizes[0], count(sizes))
            ),
            "the ratio is right, but the biases are not counted": (
                lambda sizes: (sizes[0] / sizes[-1], count(sizes, 2, False, False))
            ),
            "the ratio is right, but only the encoder is counted; the decoder mirrors it": (
                lambda sizes: (sizes[0] / sizes[-1], count(sizes, 1, True, False))
            ),
            "the encoder's weights alone, without biases and decoder, are counted": (
                lambda sizes: (sizes[0] / sizes[-1], count(sizes, 1, False, False))
            ),
            "the encoder is counted twice; the decoder's biases are other numbers, as its layers "
            "end in other widths": (
                lambda sizes: (sizes[0] / sizes[-1], 2 * count(sizes, 1, True, False))
            ),
            "the biases of the decoder are missing": (
                lambda sizes: (sizes[0] / sizes[-1], count(sizes, 2, True, False))
            ),
            "the biases of the encoder are missing": (
                lambda sizes: (sizes[0] / sizes[-1], count(sizes, 2, False, True))
            ),
            "only the first layer and its mirror are counted; go over all pairs of widths": (
                lambda sizes: (sizes[0] / sizes[-1], count(sizes[:2]))
            ),
            "the ratio is rounded down; divide with / instead of //": (
                lambda sizes: (sizes[0] // sizes[-1], count(sizes))
            ),
            "the ratio compares the input with the next layer; compare it with the code, the last "
            "width": lambda sizes: (sizes[0] / sizes[1], count(sizes)),
            "the two numbers are in the wrong order: first the ratio, then the parameters": (
                lambda sizes: (count(sizes), sizes[0] / sizes[-1])
            ),
        },
        draw=draw,
        praise="a code of a few numbers comes with a decoder of many: a compression ratio that "
        "leaves the decoder out flatters the autoencoder.",
        seed=seed,
    )


def check_fading_weight(answer: Callable, seed: int = 0) -> None:
    """Check answer(x, shifted, mean): the α with ‖x − ((1−α)x + α·mean)‖ = ‖x − shifted‖."""

    def ratio(x, y, mean):
        return (x - y).square().sum(1) / (x - mean).square().sum(1)

    _check(
        answer,
        solution=lambda x, y, mean: ratio(x, y, mean).sqrt(),
        wrong={
            "α² times ‖x − mean‖² is the error of the faded image, so a square root is missing": (
                ratio
            ),
            "the fraction is upside down": lambda x, y, mean: ratio(x, y, mean).rsqrt(),
            "the fraction is upside down, and a square root is missing": (
                lambda x, y, mean: 1 / ratio(x, y, mean)
            ),
            "this is one number for the whole batch; every image has its own α": (
                lambda x, y, mean: ((x - y).square().sum() / (x - mean).square().sum()).sqrt()
            ),
            "these are ratios of absolute differences; the errors to be matched are squared": (
                lambda x, y, mean: (x - y).abs().sum(1) / (x - mean).abs().sum(1)
            ),
            "the denominator compares the shifted image with the mean; it is the distance of x "
            "itself from the mean": (
                lambda x, y, mean: ((x - y).square().sum(1) / (y - mean).square().sum(1)).sqrt()
            ),
            "the numerator and the denominator are summed over the examples; sum over the "
            "features (dim=1)": (
                lambda x, y, mean: ((x - y).square().sum(0) / (x - mean).square().sum(0)).sqrt()
            ),
            "the sign is wrong: a negative α moves away from the mean": (
                lambda x, y, mean: -ratio(x, y, mean).sqrt()
            ),
            "this is 1 − α, the weight of x; α is the weight of the mean": (
                lambda x, y, mean: 1 - ratio(x, y, mean).sqrt()
            ),
        },
        draw=lambda: (torch.rand(5, 7), torch.rand(5, 7), torch.rand(7)),
        praise="two reconstructions with one and the same error, and nobody would confuse them. "
        "The number says how much is wrong, not what.",
        seed=seed,
    )


def check_sparse_loss(answer: Callable, seed: int = 0) -> None:
    """Check answer(x_hat, x, h, weight, lam) against squared error + λ · mean over batch of Σⱼ|hⱼ|.

    weight is the encoder's matrix: a trap, as the penalty is on activations.
    """

    def error(x_hat, x):
        return (x_hat - x).square().sum(1).mean()

    _check(
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
        draw=lambda: (
            torch.rand(5, 7), torch.rand(5, 7), torch.randn(5, 3), torch.randn(3, 7),
            0.1 + torch.rand(()).item(),
        ),
        praise="one number for how wrong, one for how busy, and λ, the price of activity, the same "
        "at every batch size.",
        seed=seed,
    )  # fmt: skip


def check_activity(answer: Callable, seed: int = 0) -> None:
    """Check answer(h): (units above 0 per example, on average; units above 0 in any example)."""

    def draw():
        h = (torch.randn(9, 12) - 0.8).relu()
        h[:, torch.randperm(12)[:3]] = 0
        h[:, torch.randint(12, ())] += 0.3
        return (h,)

    _check(
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
    _check(
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
        draw=lambda: (torch.randn(4, 6), 0.3 + torch.rand(()).item()),
        praise="off below λ/2, and λ/2 too small above. Both come from the same constant pull.",
        seed=seed,
    )


def check_repaired_loss(answer: Callable, seed: int = 0) -> None:
    """Check answer(x_hat, x, h, lam): (1/features) · (mean ‖x − x′‖² + λ · mean Σⱼ|hⱼ|)."""

    def mse(x_hat, x):
        return (x_hat - x).square().mean()

    def draw():
        n = int(torch.randint(4, 9, ()))
        return torch.rand(n, 7), torch.rand(n, 7), torch.randn(n, 3), 0.1 + torch.rand(()).item()

    _check(
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
        draw=draw,
        praise="one λ for every batch size, and the same one as in the rest of the course.",
        seed=seed,
    )  # fmt: skip


def check_bernoulli_kl(answer: Callable, seed: int = 0) -> None:
    """Check answer(rho, rho_hat): elementwise ρ log(ρ/ρ̂) + (1−ρ) log((1−ρ)/(1−ρ̂))."""

    def kl(p, q, log=torch.log):
        return p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))

    _check(
        answer,
        solution=kl,
        wrong={
            "ρ and ρ̂ are swapped: this is D(ρ̂‖ρ), and KL is not symmetric": lambda p, q: kl(q, p),
            "the x = 0 term is forgotten: (1−ρ) log((1−ρ)/(1−ρ̂))": lambda p, q: p * (p / q).log(),
            "the x = 1 term is forgotten: ρ log(ρ/ρ̂)": (
                lambda p, q: (1 - p) * ((1 - p) / (1 - q)).log()
            ),
            "the logarithm has base 2: these are bits, the course counts in nats": (
                lambda p, q: kl(p, q, torch.log2)
            ),
            "the logarithm has base 10; the course counts in nats": (
                lambda p, q: kl(p, q, torch.log10)
            ),
            "the sign is wrong: the ratios are upside down": lambda p, q: -kl(p, q),
            "the second term is subtracted; both terms are added": (
                lambda p, q: p * (p / q).log() - (1 - p) * ((1 - p) / (1 - q)).log()
            ),
            "the weights ρ and 1−ρ in front of the logarithms are missing": (
                lambda p, q: (p / q).log() + ((1 - p) / (1 - q)).log()
            ),
            "in the second term ρ stands in front of the logarithm where 1−ρ belongs": (
                lambda p, q: p * (p / q).log() + p * ((1 - p) / (1 - q)).log()
            ),
            "this is the cross-entropy of ρ and ρ̂; the KL divergence is that minus the entropy of "
            "ρ, so that it is 0 at ρ̂ = ρ": lambda p, q: -(p * q.log() + (1 - p) * (1 - q).log()),
            "this is already summed; return one value per entry": lambda p, q: kl(p, q).sum(),
            "this is the mean over the entries; return one value per entry": (
                lambda p, q: kl(p, q).mean()
            ),
        },
        draw=lambda: (0.02 + 0.96 * torch.rand(3, 5), 0.02 + 0.96 * torch.rand(3, 5)),
        praise="0 where ρ̂ = ρ, positive elsewhere, and steep towards the ends.",
        seed=seed,
    )


def check_kl_penalty(answer: Callable, seed: int = 0) -> None:
    """Check answer(h, rho): Σⱼ D(ρ‖ρ̂ⱼ), ρ̂ⱼ the mean of hⱼ over the batch."""

    def kl(p, q):
        return p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()

    _check(
        answer,
        solution=lambda h, rho: kl(torch.full_like(h[0], rho), h.mean(0)).sum(),
        wrong={
            "this is the mean over the units; the formula sums them": (
                lambda h, rho: kl(torch.full_like(h[0], rho), h.mean(0)).mean()
            ),
            "KL is taken for each example and then averaged; the formula averages the activations "
            "first. Yours asks every unit to be at ρ in every example": (
                lambda h, rho: kl(torch.full_like(h, rho), h).mean(0).sum()
            ),
            "KL is taken for each example and averaged over everything; average the activations "
            "over the batch first, then sum KL over the units": (
                lambda h, rho: kl(torch.full_like(h, rho), h).mean()
            ),
            "KL is taken for each example and summed; average activations over the batch first": (
                lambda h, rho: kl(torch.full_like(h, rho), h).sum()
            ),
            "ρ̂ is the mean over the units of an example (dim=1); it is the mean over the examples, "
            "one number per unit": (
                lambda h, rho: kl(torch.full_like(h[:, 0], rho), h.mean(1)).sum()
            ),
            "ρ̂ is one number, the mean over everything; each unit has its own": (
                lambda h, rho: kl(torch.full_like(h[0, 0], rho), h.mean())
            ),
            "ρ̂ is one number for all units: the sum over the units has equal terms, and lazy units "
            "hide behind busy ones": (
                lambda h, rho: h.shape[1] * kl(torch.full_like(h[0, 0], rho), h.mean())
            ),
            "ρ and ρ̂ are swapped: this is Σⱼ D(ρ̂ⱼ‖ρ)": (
                lambda h, rho: kl(h.mean(0), torch.full_like(h[0], rho)).sum()
            ),
            "the x = 0 term is forgotten": lambda h, rho: (rho * (rho / h.mean(0)).log()).sum(),
            "the logarithm has base 2; the course counts in nats": (
                lambda h, rho: (
                    kl(torch.full_like(h[0], rho), h.mean(0)).sum() / torch.log(torch.tensor(2.0))
                )
            ),
            "there is a factor of the batch size too much: the mean over the examples is in ρ̂": (
                lambda h, rho: len(h) * kl(torch.full_like(h[0], rho), h.mean(0)).sum()
            ),
            "there is a division by the batch size too much: the mean over the examples is in ρ̂": (
                lambda h, rho: kl(torch.full_like(h[0], rho), h.mean(0)).sum() / len(h)
            ),
            "this is one value per unit; sum them": (
                lambda h, rho: kl(torch.full_like(h[0], rho), h.mean(0))
            ),
            "this is the sum of squared differences ρ − ρ̂ⱼ, not KL": (
                lambda h, rho: (rho - h.mean(0)).square().sum()
            ),
        },
        draw=lambda: (0.02 + 0.9 * torch.rand(6, 4) ** 2, 0.05 + 0.2 * torch.rand(()).item()),
        praise="mean over the examples inside, sum over the units outside. The order is the idea.",
        seed=seed,
    )


def check_kl_slope(answer: Callable, seed: int = 0) -> None:
    """Check answer(rho, rho_hat): ∂D/∂ρ̂ = −ρ/ρ̂ + (1−ρ)/(1−ρ̂), elementwise."""
    _check(
        answer,
        solution=lambda p, q: -p / q + (1 - p) / (1 - q),
        wrong={
            "the sign is wrong: below ρ the penalty falls as ρ̂ grows": (
                lambda p, q: p / q - (1 - p) / (1 - q)
            ),
            "the chain rule is missing in the second term: log(1−ρ̂) has the derivative −1/(1−ρ̂), "
            "and with the minus in front of it the sign is +": (
                lambda p, q: -p / q - (1 - p) / (1 - q)
            ),
            "both signs are +; the first term falls as ρ̂ grows": (
                lambda p, q: p / q + (1 - p) / (1 - q)
            ),
            "the second term is forgotten: at ρ̂ = ρ the slope must be 0": lambda p, q: -p / q,
            "the first term is forgotten: at ρ̂ = ρ the slope must be 0": (
                lambda p, q: (1 - p) / (1 - q)
            ),
            "this is the derivative with respect to ρ; training moves ρ̂": (
                lambda p, q: (p / q).log() - ((1 - p) / (1 - q)).log()
            ),
            "this is the second derivative; the slope was asked for": (
                lambda p, q: p / q**2 + (1 - p) / (1 - q) ** 2
            ),
            "the fractions are upside down: ρ stands above, ρ̂ below": (
                lambda p, q: -q / p + (1 - q) / (1 - p)
            ),
            "the denominator ρ̂(1−ρ̂) is missing: this is its numerator, ρ̂ − ρ": lambda p, q: q - p,
            "the denominator is ρ(1−ρ), which is right only at ρ̂ = ρ; it is ρ̂(1−ρ̂)": (
                lambda p, q: (q - p) / (p * (1 - p))
            ),
            "this is the slope of D(ρ̂‖ρ), with ρ and ρ̂ swapped": (
                lambda p, q: (q / p).log() - ((1 - q) / (1 - p)).log()
            ),
        },
        draw=lambda: (0.02 + 0.96 * torch.rand(3, 5), 0.02 + 0.96 * torch.rand(3, 5)),
        praise="(ρ̂ − ρ) / (ρ̂(1−ρ̂)): zero at ρ, without bound at 0 and 1. Silence is punished, too.",
        seed=seed,
    )


def check_sampling_bias(answer: Callable, seed: int = 0) -> None:
    """Check answer(h, rho, n): Σⱼ ½ D''(ρ̂ⱼ) Var(hⱼ) / n, with ρ̂ⱼ and Var(hⱼ) over all of h."""

    def bias(h, rho, n, curvature=lambda p, q: p / q**2 + (1 - p) / (1 - q) ** 2):
        return 0.5 * curvature(rho, h.mean(0)) * h.var(0) / n

    _check(
        answer,
        solution=lambda h, rho, n: bias(h, rho, n).sum(),
        wrong={
            "the ½ of the Taylor expansion is missing": lambda h, rho, n: 2 * bias(h, rho, n).sum(),
            "this is the mean over the units; the penalty sums them": (
                lambda h, rho, n: bias(h, rho, n).mean()
            ),
            "this is one value per unit; sum them": bias,
            "the division by n is missing: the variance of a mean of n is n times smaller": (
                lambda h, rho, n: n * bias(h, rho, n).sum()
            ),
            "this divides by √n: that is the standard deviation of the mean; the expansion has its "
            "variance": lambda h, rho, n: n**0.5 * bias(h, rho, n).sum(),
            "the standard deviation of h stands where its variance belongs": (
                lambda h, rho, n: (bias(h, rho, n) / h.std(0)).sum()
            ),
            "the curvature is taken at ρ, 1/(ρ(1−ρ)); the mini-batch means scatter around ρ̂ⱼ": (
                lambda h, rho, n: bias(h, rho, n, lambda p, q: 1 / (p * (1 - p))).sum()
            ),
            "the curvature has a minus between its terms; both are positive (D is convex)": (
                lambda h, rho, n: bias(
                    h, rho, n, lambda p, q: p / q**2 - (1 - p) / (1 - q) ** 2
                ).sum()
            ),
            "the sign is wrong: by convexity the penalty of a mini-batch is too large on average": (
                lambda h, rho, n: -bias(h, rho, n).sum()
            ),
            "this uses the slope of D; its first-order effect averages out, the curvature stays": (
                lambda h, rho, n: bias(
                    h, rho, n, lambda p, q: -p / q + (1 - p) / (1 - q)
                ).sum()
            ),
            "this divides by all the examples of h; the mini-batch has n": (
                lambda h, rho, n: bias(h, rho, len(h)).sum()
            ),
            "the variance is taken as that of a coin, ρ̂(1−ρ̂); activations lie between 0 and 1 and "
            "vary less": (
                lambda h, rho, n: (bias(h, rho, n) * h.mean(0) * (1 - h.mean(0)) / h.var(0)).sum()
            ),
        },
        draw=lambda: (
            torch.rand(40_000, 4) ** (2 + 6 * torch.rand(4)), 0.03 + 0.1 * torch.rand(()).item(),
            int(torch.randint(16, 200, ())),
        ),
        praise="it falls as 1/n. So the batch size gets into a KL penalty by the back door.",
        seed=seed,
    )  # fmt: skip


def _check(
    answer,
    solution,
    wrong: dict[str, Callable],
    draw,
    praise: str,
    seed: int,
    in_words: Callable | None = None,
) -> None:
    """Print the verdict on a student's function; raise nothing, whatever the function does.

    solution and the values of `wrong` take what `draw` returns; the keys of `wrong` are messages.
    in_words: makes the message of last resort from the result of the first draw, where that result
    is not what the student's function returned but a description of it.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        draws = [draw() for _ in range(DRAWS)]
        try:
            message = _verdict(answer, solution, wrong, draws, in_words)
        except _Stop as stop:
            message = str(stop)
    print(f"✓ Right: {praise}" if message is None else message)


def _verdict(answer, solution, wrong, draws, in_words=None) -> str | None:
    """Return None for a right answer, else the message."""
    if not callable(answer):
        return "✗ Give the checker the function itself, without calling it: check_…(my_function)."
    results = [_call(answer, arguments) for arguments in draws]
    if all(result is None or result is ... for result in results):
        if any(result is ... for result in results) or _is_stub(answer):
            return "○ Not attempted yet: replace the `...` and run both cells again."
        return "✗ Not yet: your function returns nothing. Is a `return` missing?"
    expected = [_reference(solution, arguments) for arguments in draws]
    numbers = [_as_numbers(r, e) for r, e in zip(results, expected, strict=True)]
    if all(map(_equal, numbers, expected)):
        return None
    for message, function in wrong.items():
        if all(map(_equal, numbers, (_reference(function, a) for a in draws))):
            return f"✗ Not yet: {message}."
    if in_words is not None:
        return f"✗ Not yet: {in_words(numbers[0][0])}."
    return f"✗ Not yet: {_first_difference(numbers, expected, draws, answer)}"


class _Stop(Exception):
    """Ends a check with a message for the student."""


def _call(answer, arguments):
    """Call the student's function on copies; turn what goes wrong into a message."""
    copies = [a.clone() if isinstance(a, Tensor) else a for a in arguments]
    try:
        result = answer(*copies)
    except (KeyboardInterrupt, _Stop):
        raise
    except BaseException as error:  # SystemExit, too: nothing of the student's may stop the kernel
        raise _Stop(f"✗ Not yet: your function stopped with {_describe(error)}") from None
    for before, after in zip(arguments, copies, strict=True):
        if isinstance(before, Tensor) and (
            before.shape != after.shape or not torch.equal(before, after)
        ):
            raise _Stop(
                "✗ Not yet: your function changes its argument in place; compute a new tensor, so "
                "that the caller's data stay as they are."
            )
    return result


def _describe(error: BaseException) -> str:
    line = traceback.extract_tb(error.__traceback__)[-1].line
    try:
        text = f"{type(error).__name__}: {error}"
    except Exception:  # an error whose own text cannot be written
        text = type(error).__name__
    return f"{text} (at `{line}`)." if line else f"{text}."


def _is_stub(answer) -> bool:
    """Tell whether a function's body is nothing but a docstring and `...`."""
    code = getattr(answer, "__code__", None)
    passive = ("RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "POP_TOP")
    return code is not None and all(i.opname in passive for i in dis.get_instructions(code))


def _reference(function, arguments) -> list[Tensor]:
    """Compute what a function of ours returns, as a list of tensors."""
    result = function(*arguments)
    parts = result if isinstance(result, tuple) else (result,)
    return [torch.as_tensor(part, dtype=torch.float64).detach() for part in parts]


def _as_numbers(result, expected: list[Tensor]) -> list[Tensor]:
    """Turn what the student returned into a list of tensors, as many as expected."""
    parts = list(result) if len(expected) > 1 and isinstance(result, (tuple, list)) else [result]
    if len(parts) != len(expected):
        raise _Stop(f"✗ Not yet: return {len(expected)} values, in the order of the docstring.")
    try:
        tensors = [torch.as_tensor(part).detach().cpu() for part in parts]
        if any(tensor.is_complex() for tensor in tensors):
            raise TypeError("complex")
        return [tensor.to(torch.float64) for tensor in tensors]
    except Exception:
        kinds = ", ".join(type(part).__name__ for part in parts)
        if isinstance(result, tuple) and hasattr(result, "values") and hasattr(result, "indices"):
            raise _Stop(f"✗ Not yet: {kinds} returns values and indices: take .values.") from None
        rows = [part for part in parts if isinstance(part, (list, tuple))]
        stack = any(isinstance(row, Tensor) for part in rows for row in part)
        hint = " Make one tensor of its tensors: torch.stack." if stack else ""
        raise _Stop(f"✗ Not yet: your function returns {kinds}, not numbers.{hint}") from None


def _equal(numbers: list[Tensor], expected: list[Tensor]) -> bool:
    """Compare with a tolerance that is relative to the largest expected number."""
    return all(
        a.shape == b.shape and torch.allclose(a, b, rtol=0, atol=_tolerance(b))
        for a, b in zip(numbers, expected, strict=True)
    )


def _tolerance(expected: Tensor) -> float:
    return TOLERANCE * float(expected.abs().max()) + 1e-9


def _first_difference(numbers, expected, draws, answer) -> str:
    """Say in which draw, and how, the answer differs from the expected one."""
    names = _argument_names(answer, len(draws[0]))
    for found, right, arguments in zip(numbers, expected, draws, strict=True):
        for a, b in zip(found, right, strict=True):
            given = ", ".join(map(_shown, arguments, names))
            if a.shape != b.shape:
                return (
                    f"for input of {given} your function returns shape {tuple(a.shape)}, expected "
                    f"{tuple(b.shape)}."
                )
            if not _equal([a], [b]):
                at = (a - b).abs().nan_to_num(nan=torch.inf).argmax()
                return (
                    f"for random input of {given} your function returns {a.flatten()[at]:.4g} "
                    f"where {b.flatten()[at]:.4g} is right."
                )
    raise AssertionError("no difference found between a wrong answer and the right one")


def _shown(x, name: str) -> str:
    if isinstance(x, Tensor):
        return f"shape {tuple(x.shape)}{name}"
    return (f"{x:.4g}" if isinstance(x, float) else repr(x)) + name


def _argument_names(answer, count: int) -> list[str]:
    """Return " as name" for each of `count` arguments, or blanks where the names are not known."""
    code = getattr(answer, "__code__", None)
    if code is None or code.co_argcount != count:
        return [""] * count
    return [f" as {name}" for name in code.co_varnames[:count]]


class _Measured:
    """A student's random function, called once per draw and described by numbers that repeat.

    `describe` turns a call into numbers; a stub stays recognisable as one.
    """

    def __init__(self, answer: Callable, describe: Callable):
        self.answer, self.describe = answer, describe
        self.__code__ = getattr(answer, "__code__", None)

    def __call__(self, *arguments):
        return self.describe(self.answer, *arguments)


def _measured(answer, describe: Callable):
    """Wrap an answer to be described; what is no function stays as it is, and is refused."""
    return _Measured(answer, describe) if callable(answer) else answer


def check_mask(answer: Callable, seed: int = 0) -> None:
    """Check answer(x, fraction): each entry set to 0 with that probability, the others kept."""

    def mask(x, fraction, shape=None, scale=1.0, value=0.0, draw=torch.rand):
        hit = draw(x.shape if shape is None else shape(x)) < fraction
        return torch.where(hit, value, x * scale)

    def exactly(x, fraction):
        keep = torch.ones_like(x)
        keep[:, : round(fraction * x.shape[1])] = 0
        return x * keep

    def describe(function, x, fraction):
        """Numbers that are the same for every draw of the noise, and differ between mistakes."""
        result = function(x, fraction)
        if result is None or result is ...:
            return result
        (result,) = _as_numbers(result, [x])
        if result.shape != x.shape:
            shapes = f"{tuple(result.shape)}; return that of x, {tuple(x.shape)}"
            raise _Stop(f"✗ Not yet: your function returns the shape {shapes}.")
        return torch.cat([_masking_facts(result, x.double(), fraction), torch.ones(1)])

    _check(
        _measured(answer, describe),
        solution=lambda x, p: describe(mask, x, p),
        wrong={
            "one draw is shared by the whole batch: every image loses the same pixels. Draw a "
            "number for each pixel of each image": lambda x, p: describe(
                lambda a, b: mask(a, b, lambda a: (1, a.shape[1])), x, p
            ),
            "one draw is shared by all pixels of an image: whole images vanish": (
                lambda x, p: describe(lambda a, b: mask(a, b, lambda a: (len(a), 1)), x, p)
            ),
            "the fraction is that of the pixels kept; it should be that of the pixels lost": (
                lambda x, p: describe(lambda a, b: mask(a, 1 - b), x, p)
            ),
            "the pixels that are kept are divided by 1 − fraction, as dropout does; here they stay "
            "as they are": lambda x, p: describe(lambda a, b: mask(a, b, scale=1 / (1 - b)), x, p),
            "the lost pixels are set to 1; masking sets them to 0": (
                lambda x, p: describe(lambda a, b: mask(a, b, value=1.0), x, p)
            ),
            "nothing is damaged: x comes back": lambda x, p: describe(lambda a, b: a, x, p),
            "this returns the mask; multiply x with it": lambda x, p: describe(
                lambda a, b: (torch.rand_like(a) >= b).float(), x, p
            ),
            "everything is multiplied by 1 − fraction: darker, not masked": (
                lambda x, p: describe(lambda a, b: a * (1 - b), x, p)
            ),
            "noise was added to the entries; here they are set to 0 or kept": (
                lambda x, p: describe(lambda a, b: a + b * torch.randn_like(a), x, p)
            ),
            "always the same part of every image is lost; draw at random": (
                lambda x, p: describe(exactly, x, p)
            ),
            "the random numbers are normal (randn): they are below `fraction` more often than with "
            "that probability. rand gives numbers between 0 and 1": (
                lambda x, p: describe(lambda a, b: mask(a, b, draw=torch.randn), x, p)
            ),
            "x itself is compared with `fraction`: the dark pixels are lost. Compare a random "
            "number with it": lambda x, p: describe(lambda a, b: a * (a >= b), x, p),
            "the lost pixels become 0 or 1: that is salt and pepper; masking sets them to 0": (
                lambda x, p: describe(salt_and_pepper, x, p)
            ),
        },
        draw=lambda: (0.001 + 0.999 * torch.rand(100, 120), 0.2),
        in_words=_masking_words,
        praise="every pixel of every image takes its own chance. The same image is damaged in a "
        "new way in every epoch: that is why it cannot be memorised.",
        seed=seed,
    )


def _masking_facts(result: Tensor, x: Tensor, fraction: float) -> Tensor:
    """Describe what a masking function did, in yes and no and the nearest of a few values."""
    zero, same = result == 0, (result - x).abs() < 1e-6
    share = zero.double().mean()
    rows = zero.double().mean(1).std(correction=0)  # large where whole images vanish
    columns = zero.double().mean(0).std(correction=0)  # large where all images share a mask
    normal = 0.5 * (1 + math.erf(fraction / math.sqrt(2)))  # P(randn < fraction)
    shares = torch.tensor([0, fraction, 1 - fraction, 1, normal, fraction / 2])
    gaps = (share - shares).abs()
    scale = (result / x)[~zero].median() if (~zero).any() else torch.tensor(0.0)
    scales = torch.tensor([1, 1 / (1 - fraction), 1 - fraction]).double()
    spread = ((result / x)[~zero] - scale).abs().max() if (~zero).any() else torch.tensor(0.0)
    known = spread < 1e-4 and bool(((scale - scales).abs() < 1e-4).any())
    facts = [
        # a shared mask is few draws: which share it hits is left to chance
        -1 if max(rows, columns) > 0.2 or gaps.min() > 0.05 else gaps.argmin(),
        rows > 0.2, columns > 0.2,
        (zero | same).all(), (result == 1).double().mean() > 0.05, (result[~zero] == 1).all(),
        (scale - scales).abs().argmin() if known else -1,
        bool(columns > 0.2) and (zero == zero[0]).all() and zero[0].diff().sum() == 1,
        bool(share > 0.05) and x[zero].max() < fraction,
        bool(share > 0.05) and ((zero == zero[0]).all() or (zero == zero[:, :1]).all()),
    ]  # fmt: skip
    return torch.tensor([float(fact) for fact in facts]).double()


def _masking_words(found: Tensor) -> str:
    """Say in words what is wrong with a mask that makes none of the known mistakes."""
    share, rows, columns, pure = found[:4].tolist()
    if not pure:
        return "some entries are neither 0 nor those of x"
    if rows or columns:
        return "some pixels or images lose far more than others; every entry has the same chance"
    if share != 1:
        return "every entry is 0 or that of x, but the share of zeros is not `fraction`"
    return "the share of zeros is right, but the entries are not lost at random"


def check_denoising_loss(answer: Callable, seed: int = 0) -> None:
    """Check answer(model, x, corrupt) against the mean over the batch of ‖x − model(x̃)‖²."""

    def draw():
        weight, shift = (torch.randn(6, 6) / 2).requires_grad_(), torch.randn(6)
        gain = 0.3 + torch.rand(6)
        return (
            _Named("model", lambda a: torch.tanh(a @ weight + shift)),
            torch.rand(9, 6),
            _Named("corrupt", lambda a: gain * a + shift.cos()),
        )

    def error(a, b):
        return (a - b).square().sum(1).mean()

    dead = torch.zeros(2)  # stands for the right number without a gradient

    def with_gradient(function, r, x, c):
        result = function(r, x, c)
        if isinstance(result, Tensor) and result.requires_grad:
            return result
        if result is None or result is ...:
            return result
        right = error(r(c(x)), x).detach()
        return dead if _equal(_as_numbers(result, [right]), [right.double()]) else result

    _check(
        _measured(answer, with_gradient),
        solution=lambda r, x, c: error(r(c(x)), x),
        wrong={
            "the number is right, but no gradient can flow through it: the loss cannot train. "
            "Return the tensor as it was computed, without item, detach, float or NumPy": (
                lambda r, x, c: dead
            ),
            "the output is compared with the damaged x̃: copying the noise would then be perfect. "
            "The target is the clean x": lambda r, x, c: error(r(c(x)), c(x)),
            "the network sees the clean x: nothing has to be undone. Damage its input": (
                lambda r, x, c: error(r(x), x)
            ),
            "clean input and damaged target: this teaches the network to make the damage": (
                lambda r, x, c: error(r(x), c(x))
            ),
            "the output is damaged, not the input": lambda r, x, c: error(c(r(x)), x),
            "the output is compared with the output for the clean x; the target is x itself": (
                lambda r, x, c: error(r(c(x)), r(x))
            ),
            "this is the error of the damaged image; the network is missing": (
                lambda r, x, c: error(c(x), x)
            ),
            "this is the mean over the features, too; sum over the features of an example": (
                lambda r, x, c: (r(c(x)) - x).square().mean()
            ),
            "this is the sum over the batch; divide by the number of examples": (
                lambda r, x, c: (r(c(x)) - x).square().sum()
            ),
            "this is one number per example; average them": (
                lambda r, x, c: (r(c(x)) - x).square().sum(1)
            ),
            "x is damaged twice": lambda r, x, c: error(r(c(c(x))), x),
            "the norm is not squared: the loss is the mean of ‖x − model(x̃)‖²": (
                lambda r, x, c: (r(c(x)) - x).norm(dim=1).mean()
            ),
            "the differences are not squared: this takes their absolute values": (
                lambda r, x, c: (r(c(x)) - x).abs().sum(1).mean()
            ),
        },
        draw=draw,
        praise="damaged input, clean target. One letter in the wrong place, and the network "
        "learns to keep the noise.",
        seed=seed,
    )


class _Named:
    """A function with a name to show, handed to a student's function."""

    def __init__(self, name: str, function: Callable):
        self.name, self.function = name, function

    def __call__(self, x: Tensor) -> Tensor:
        return self.function(x)

    def __repr__(self) -> str:
        return self.name


def check_psnr(answer: Callable, seed: int = 0) -> None:
    """Check answer(x_hat, x): 10 log₁₀(1 / MSE) per image, averaged over the images."""

    def mse(a, b):
        return (a - b).square().mean(1)

    def draw():
        x = torch.rand(5, 12)
        size = torch.tensor([0.05, 0.1, 0.2, 0.4, 0.8])[:, None]
        return (1 - size) * x + size * torch.rand(5, 12), x

    _check(
        answer,
        solution=lambda a, b: -10 * mse(a, b).log10().mean(),
        wrong={
            "this takes the summed squared error; PSNR takes the mean over the pixels, so that it "
            "does not depend on the size of the image": (
                lambda a, b: -10 * (a - b).square().sum(1).log10().mean()
            ),
            "this averages the errors of all images first and takes one logarithm; PSNR is taken "
            "per image, then averaged": lambda a, b: -10 * mse(a, b).mean().log10(),
            "the sign is turned: a better image must get more dB": (
                lambda a, b: 10 * mse(a, b).log10().mean()
            ),
            "the natural logarithm was taken; dB need log10": (
                lambda a, b: -10 * mse(a, b).log().mean()
            ),
            "the factor is 10 for squared values; 20 goes with the root of the MSE": (
                lambda a, b: -20 * mse(a, b).log10().mean()
            ),
            "the differences are not squared: this takes their absolute values": (
                lambda a, b: -10 * (a - b).abs().mean(1).log10().mean()
            ),
            "the root of the MSE goes with the factor 20; 10 goes with the MSE": (
                lambda a, b: -5 * mse(a, b).log10().mean()
            ),
            "this is the sum over the images; average them": (
                lambda a, b: -10 * mse(a, b).log10().sum()
            ),
            "the peak was taken as 255; these pixels go from 0 to 1": (
                lambda a, b: (10 * (255**2 / mse(a, b)).log10()).mean()
            ),
            "this is one number per image; average them": lambda a, b: -10 * mse(a, b).log10(),
            "the factor 10 is missing (bel, not decibel)": lambda a, b: -mse(a, b).log10().mean(),
            "the mean was taken over the examples, per pixel; it runs over the pixels, per image": (
                lambda a, b: -10 * (a - b).square().mean(0).log10().mean()
            ),
        },
        draw=draw,
        praise="10 dB more is a tenth of the squared error. And because the average is over "
        "decibels, no single bad image rules it.",
        seed=seed,
    )


def check_posterior_mean(answer: Callable, seed: int = 0) -> None:
    """Check answer(x_tilde, mean, covariance, sigma): E[x | x̃] for Gaussian x and noise."""

    def draw():
        a = torch.randn(6, 6, dtype=torch.float64)
        covariance = a @ a.T / 6 + 0.2 * torch.eye(6, dtype=torch.float64)
        mean = 1 + torch.rand(6, dtype=torch.float64)
        x = mean + torch.randn(9, 6, dtype=torch.float64)
        return x, mean, covariance, 0.5 + float(torch.rand(()))

    def estimate(x, mean, s, noise, back=True, centre=True):
        eye = torch.eye(len(s), dtype=s.dtype)
        a = torch.linalg.solve(s + noise * eye, s)  # its transpose multiplies columns
        return (x - mean * centre) @ a + mean * back

    _check(
        answer,
        solution=lambda x, m, s, sigma: estimate(x, m, s, sigma**2),
        wrong={
            "σ was added to the covariance; the variance of the noise is σ²": (
                lambda x, m, s, sigma: estimate(x, m, s, sigma)
            ),
            "the mean is not added back": (
                lambda x, m, s, sigma: estimate(x, m, s, sigma**2, back=False)
            ),
            "the mean is not subtracted before the multiplication": (
                lambda x, m, s, sigma: estimate(x, m, s, sigma**2, centre=False)
            ),
            "the mean is neither subtracted nor added back": (
                lambda x, m, s, sigma: estimate(x, m, s, sigma**2, False, False)
            ),
            "without the noise in the inverse this is x̃ again: Σ Σ⁻¹ = I": (
                lambda x, m, s, sigma: x
            ),
            "this weighs with σ² (Σ + σ²I)⁻¹: it returns the noise, not the signal": (
                lambda x, m, s, sigma: x - estimate(x, m, s, sigma**2) + m
            ),
            "(Σ + σ²I)⁻¹ alone is not enough: multiply with Σ, too": lambda x, m, s, sigma: (
                (x - m) @ torch.linalg.inv(s + sigma**2 * torch.eye(len(s), dtype=s.dtype)) + m
            ),
            "only the diagonal of Σ was used: neighbouring entries help each other": (
                lambda x, m, s, sigma: estimate(x, m, s.diagonal().diag(), sigma**2)
            ),
            "σ² was added to every entry of Σ; it belongs on the diagonal (σ²I)": (
                lambda x, m, s, sigma: (x - m) @ torch.linalg.solve(s + sigma**2, s) + m
            ),
        },
        draw=draw,
        praise="directions with more variance than noise are kept, the others are drawn to the "
        "mean. It is the best denoiser that a linear map can be.",
        seed=seed,
    )


def check_matrix_row(answer: Callable, seed: int = 0) -> None:
    """Check answer(variances, trained, tested): the errors of one Gaussian denoiser, per noise."""

    def row(v, a, b, gain=None, lost=True, passed=True):
        g = v / (v + a**2) if gain is None else gain(v, a, b)
        g = torch.as_tensor(g).expand(len(b), len(v))
        error = torch.zeros(len(b), dtype=v.dtype)
        if lost:
            error = error + ((1 - g) ** 2 * v).sum(1)
        if passed:
            error = error + (g**2).sum(1) * b**2
        return error

    def draw():
        variances = (0.1 + 2 * torch.rand(7, dtype=torch.float64)).sort(descending=True).values
        trained = 0.3 + 0.6 * float(torch.rand(()))
        return variances, trained, 0.1 + 1.5 * torch.rand(4, dtype=torch.float64)

    _check(
        answer,
        solution=row,
        wrong={
            "σ was added to the variances; the variance of the noise is σ²": (
                lambda v, a, b: row(v, a, b, lambda v, a, b: v / (v + a))
            ),
            "the gain was made for each test noise: that is the diagonal of the matrix, the best "
            "denoiser of every column. In a row the denoiser stays": (
                lambda v, a, b: row(v, a, b, lambda v, a, b: v / (v + b[:, None] ** 2))
            ),
            "the denoiser is made for the test noise and tested at the training noise: rows and "
            "columns are swapped": lambda v, a, b: (
                torch.stack([row(v, s, torch.tensor([a], dtype=v.dtype))[0] for s in b])
            ),
            "only the noise that passes is counted; the denoiser also shrinks the signal, which "
            "costs (1 − g)² v in each direction": lambda v, a, b: row(v, a, b, lost=False),
            "only what is lost of the signal is counted; the noise that passes costs g² σ² in each "
            "direction": lambda v, a, b: row(v, a, b, passed=False),
            "this is the error at its own noise, Σ v σ² / (v + σ²), for every test noise": (
                lambda v, a, b: row(v, a, torch.full_like(b, a))
            ),
            "the gain of the noise is not squared: noise with variance σ² leaves with g² σ²": (
                lambda v, a, b: row(v, a, b, passed=False) + (v / (v + a**2)).sum() * b**2
            ),
            "what is lost of the signal is not squared: (1 − g)² v in each direction": (
                lambda v, a, b: (
                    row(v, a, b, lost=False) + (a**2 / (v + a**2) * v).sum()
                )
            ),
            "the noise passes with its full variance; in each direction the gain takes its share: "
            "g² σ′²": lambda v, a, b: row(v, a, b, passed=False) + len(v) * b**2,
            "the noise enters with its standard deviation; its variance is σ²": (
                lambda v, a, b: (
                    row(v, a, b, passed=False) + ((v / (v + a**2)) ** 2).sum() * b
                )
            ),
            "this is the mean over the directions; the squared error sums over them": (
                lambda v, a, b: row(v, a, b) / len(v)
            ),
            "gain and loss are exchanged: g = v / (v + σ²) is what stays of the signal": (
                lambda v, a, b: row(v, a, b, lambda v, a, b: a**2 / (v + a**2))
            ),
            "the noise is counted in one direction only; it is there in every direction, also "
            "where the gain is small": (
                lambda v, a, b: row(v, a, b, passed=False) + (v / (v + a**2)).max() ** 2 * b**2
            ),
        },
        draw=draw,
        praise="one part does not depend on the test noise, the other grows with its square: that "
        "is why the first row of the matrix falls steeply and the last is nearly flat.",
        seed=seed,
    )  # fmt: skip


def check_gaussian_kl(answer: Callable, seed: int = 0) -> None:
    """Check answer(mu, log_var): batch mean of D(N(μ, σ²)‖N(0, 1)), summed over the code."""

    def terms(m, v):
        return 0.5 * (m.square() + v.exp() - 1 - v)

    _check(
        answer,
        solution=lambda m, v: terms(m, v).sum(1).mean(),
        wrong={
            "log_var is taken for log σ: σ² is exp(log_var), not exp(2·log_var)": (
                lambda m, v: terms(m, 2 * v).sum(1).mean()
            ),
            "the variance is exp(2·log_var) here, but −log σ² is −log_var: two readings of one "
            "argument": lambda m, v: 0.5 * (m**2 + (2 * v).exp() - 1 - v).sum(1).mean(),
            "exp(log_var / 2) is σ; the formula has σ²": (
                lambda m, v: 0.5 * (m**2 + (v / 2).exp() - 1 - v).sum(1).mean()
            ),
            "the factor ½ is missing": lambda m, v: 2 * terms(m, v).sum(1).mean(),
            "this averages over the code; the formula sums over the code units": (
                lambda m, v: terms(m, v).mean()
            ),
            "the axes are exchanged: sum over the code units (dim 1), average over the examples "
            "(dim 0)": lambda m, v: terms(m, v).sum(0).mean(),
            "this sums over the batch; average over the examples": (lambda m, v: terms(m, v).sum()),
            "this is one number per example; average them": lambda m, v: terms(m, v).sum(1),
            "the sign is turned: a divergence is never negative": (
                lambda m, v: -terms(m, v).sum(1).mean()
            ),
            "μ is not squared": lambda m, v: 0.5 * (m + v.exp() - 1 - v).sum(1).mean(),
            "the −1 is missing: at μ = 0, σ = 1 the divergence has to be 0": (
                lambda m, v: 0.5 * (m**2 + v.exp() - v).sum(1).mean()
            ),
            "the sign of log σ² is wrong: small variances must cost": (
                lambda m, v: 0.5 * (m**2 + v.exp() - 1 + v).sum(1).mean()
            ),
            "this is D(N(0, 1)‖N(μ, σ²)), the other way round": (
                lambda m, v: 0.5 * ((1 + m**2) / v.exp() - 1 + v).sum(1).mean()
            ),
        },
        draw=lambda: (0.3 + torch.randn(5, 3), 1.5 * torch.randn(5, 3)),
        praise="0 where the code says nothing, and in nats: the same unit as the summed "
        "cross-entropy beside it.",
        seed=seed,
    )


def check_sample_code(answer: Callable, seed: int = 0) -> None:
    """Check answer(mu, log_var): a draw from N(μ, σ²) through which gradients flow."""

    def sample(m, v, power=0.5, shape=None, draw=torch.randn, sign=1.0):
        noise = draw(m.shape if shape is None else shape(m))
        return sign * m + (power * v).exp() * noise

    def detached(m, v):
        return torch.normal(m.detach(), (0.5 * v).exp().detach())

    def describe(function, m, v):
        m, v = m.clone().requires_grad_(), v.clone().requires_grad_()
        z = function(m, v)
        if z is None or z is ...:
            return z
        if not isinstance(z, Tensor) or z.shape != m.shape:
            return torch.full((7,), -2.0)
        if not z.isfinite().all():
            return torch.full((7,), -3.0)
        return torch.cat([_sample_facts(z, m.detach(), v.detach()), _gradient_facts(z, m, v)])

    seen = []  # facts of the answer, which the last message takes as they are

    def remember(function, m, v):
        seen.append(describe(function, m, v))
        return seen[-1]

    def wrong(**options):
        return lambda m, v: describe(lambda a, b: sample(a, b, **options), m, v)

    _check(
        _measured(answer, remember),
        solution=lambda m, v: describe(sample, m, v),
        wrong={
            "the noise is multiplied with σ² = exp(log_var); the standard deviation is "
            "σ = exp(log_var / 2)": wrong(power=1.0),
            "the noise is multiplied with exp(2·log_var); σ = exp(log_var / 2)": wrong(power=2.0),
            "the noise is multiplied with exp(log_var / 4); σ = exp(log_var / 2)": (
                wrong(power=0.25)
            ),
            "the noise is multiplied with 1 / σ: a sign is turned in the exponent": (
                wrong(power=-0.5)
            ),
            "the noise is not multiplied with σ": wrong(power=0.0),
            "the noise is multiplied with log_var itself; σ = exp(log_var / 2)": (
                lambda m, v: describe(lambda a, b: a + b * torch.randn_like(a), m, v)
            ),
            "one draw of the noise is shared by the whole batch; draw one per example": (
                wrong(shape=lambda m: (1, m.shape[1]))
            ),
            "one draw of the noise is shared by all units of a code; draw one per unit": (
                wrong(shape=lambda m: (len(m), 1))
            ),
            "the noise is uniform in [0, 1); the code needs ε ~ N(0, 1): torch.randn": (
                wrong(draw=torch.rand)
            ),
            "nothing is drawn: this is μ": wrong(draw=torch.zeros),
            "the numbers have the right distribution, but no gradient reaches mu and log_var: "
            "compute z from them and from noise that does not depend on them": (
                lambda m, v: describe(detached, m, v)
            ),
            "a gradient reaches mu, but none reaches log_var": (
                lambda m, v: describe(lambda a, b: sample(a, b.detach()), m, v)
            ),
            "a gradient reaches log_var, but none reaches mu": (
                lambda m, v: describe(lambda a, b: sample(a.detach(), b), m, v)
            ),
            "μ is not added": wrong(sign=0.0),
            "the standard deviation of z is not σ = exp(log_var / 2)": (
                lambda m, v: describe(lambda a, b: sample(a, b + 4), m, v)
            ),
            "the draws are those of N(0, 1), whatever mu and log_var are": (
                lambda m, v: describe(lambda a, b: torch.randn_like(a), m, v)
            ),
            "return a tensor of the shape of mu, one number per example and code unit": (
                lambda m, v: torch.full((7,), -2.0)
            ),
            "some draws are nan or infinite; log_var may be negative, and has no root then": (
                lambda m, v: torch.full((7,), -3.0)
            ),
            "mean or spread of the draws is not that of N(μ, σ²), or two things are wrong at once: "
            "compare many draws with μ and exp(log_var / 2)": lambda m, v: seen.pop(0),
        },
        draw=lambda: (
            torch.tensor([2.0, -3.0, 6.0]).repeat(3000, 1),
            torch.tensor([-1.4, 1.0, 2.0]).repeat(3000, 1),
        ),
        praise="the randomness is outside: z is a smooth function of μ and log σ², so that one "
        "draw is enough for a useful gradient.",
        seed=seed,
    )


def _sample_facts(z: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """Describe a sample by the nearest of the known mistakes, so that the numbers repeat."""
    z, m, v = z.detach().double(), mu[0].double(), log_var[0].double()
    shared_rows = bool((z == z[0]).all())
    noise = (z - mu) / z.std(0).clamp_min(1e-9)
    shared_units = bool(noise.double().T.corrcoef().nan_to_num().flatten()[1].abs() > 0.9) or bool(
        (z - m).double().T.corrcoef().nan_to_num()[0, 1].abs() > 0.9
    )
    powers = torch.tensor([0.5, 1, 2, 0.25, -0.5, 0]).double()
    candidates = [(p * v).exp() for p in powers] + [v.abs(), (0.5 * v).exp() / 12**0.5]
    spread = z.std(0)
    gaps = torch.stack([(spread / c).log().abs().max().nan_to_num(posinf=9.0) for c in candidates])
    nearest = float(gaps.argmin()) if gaps.min() < 0.15 else -1.0
    offset = ((z.mean(0) - m).abs() / (z.std(0) + 1e-9)).max()
    where = 0.0 if shared_rows else float(offset > 0.2)
    return torch.tensor([
        float(shared_rows), float(shared_units), 0.0 if shared_rows else nearest, where,
        float(bool((z == m).all())),
    ]).double()  # fmt: skip


def _gradient_facts(z: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """Say whether gradients reach μ and log σ²."""
    if not z.requires_grad:
        return torch.zeros(2).double()
    gradients = torch.autograd.grad(z.square().sum(), (mu, log_var), allow_unused=True)
    return torch.tensor([float(g is not None and bool(g.any())) for g in gradients]).double()


def check_interpolate(answer: Callable, seed: int = 0) -> None:
    """Check answer(a, b, steps): codes (steps, k) on the line from a to b, both included."""

    def line(a, b, weights):
        return (1 - weights)[:, None] * a + weights[:, None] * b

    _check(
        answer,
        solution=lambda a, b, n: line(a, b, torch.linspace(0, 1, n)),
        wrong={
            "the path runs from b to a": lambda a, b, n: line(b, a, torch.linspace(0, 1, n)),
            "the end is not reached: the weights go from 0 to (steps − 1)/steps; use "
            "torch.linspace, which includes 1": lambda a, b, n: line(a, b, torch.arange(n) / n),
            "the start is left out": lambda a, b, n: line(a, b, torch.arange(1, n + 1) / n),
            "start and end are left out: both belong to the path": (
                lambda a, b, n: line(a, b, torch.arange(1, n + 1) / (n + 1))
            ),
            "the weights do not add up to 1: a has to fade while b comes in": (
                lambda a, b, n: a + torch.linspace(0, 1, n)[:, None] * b
            ),
            "the axes are turned: one row per step, one column per code unit": (
                lambda a, b, n: line(a, b, torch.linspace(0, 1, n)).T
            ),
            "these are the differences from a; add a": (
                lambda a, b, n: torch.linspace(0, 1, n)[:, None] * (b - a)
            ),
            "these are random places on the line; take them evenly spaced": (
                lambda a, b, n: line(a, b, torch.rand(n))
            ),
            "this is the middle, steps times": lambda a, b, n: line(a, b, torch.full((n,), 0.5)),
        },
        draw=lambda: (torch.randn(3), torch.randn(3), 7),
        praise="decode the rows one by one. What lies between two digits is what the model says, "
        "not what we drew.",
        seed=seed,
    )


def check_beta_of_sigma(answer: Callable, seed: int = 0) -> None:
    """Check answer(sigma): the weight of the KL beside ‖x − x′‖², for pixels N(x′, σₓ²): 2σₓ²."""
    _check(
        answer,
        solution=lambda s: 2 * s**2,
        wrong={
            "the ½ of the Gaussian's exponent is lost: −log p = ‖x − x′‖² / (2σₓ²) + …": (
                lambda s: s**2
            ),
            "this is the weight of the squared error beside the KL; multiply the whole loss by "
            "2σₓ², so that the squared error has weight 1": lambda s: 1 / (2 * s**2),
            "this is upside down, and a 2 is lost": lambda s: 1 / s**2,
            "σₓ is not squared": lambda s: 2 * s,
            "σₓ² is divided by 2 where it is multiplied: which factor undoes 1 / (2σₓ²)?": (
                lambda s: s**2 / 2
            ),
            "β is σₓ only by its letter: go through −log N(x; x′, σₓ²)": lambda s: s,
            "2 and σₓ are squared both: (2σₓ)² is 4σₓ²": lambda s: (2 * s) ** 2,
            "this is 1, as for Bernoulli pixels; here the scale of the noise enters": (
                lambda s: 1.0
            ),
            "the number of pixels does not enter: our squared error is a sum already": (
                lambda s: 2 * s**2 / 784
            ),
            "784 belongs to a mean over the pixels; here the squared error is a sum": (
                lambda s: 784 * 2 * s**2
            ),
        },
        draw=lambda: (0.05 + 0.4 * float(torch.rand(())),),
        praise="as σₓ → 0 the weight of the KL goes to 0, and a plain autoencoder is left. β is "
        "the noise that you are ready to ignore.",
        seed=seed,
    )


def check_layer_jacobian(answer: Callable, seed: int = 0) -> None:
    """Check answer(x, W, b): the Jacobians (n, code, in) of h = sigmoid(x Wᵀ + b)."""

    def slopes(x, w, b, s=torch.sigmoid):
        h = s(x @ w.T + b)
        return h * (1 - h)

    def rows(slope, w):
        return slope[..., None] * w

    def tanh_slope(x, w, b):
        return 1 - torch.sigmoid(x @ w.T + b).square()

    _check(
        answer,
        solution=lambda x, w, b: rows(slopes(x, w, b), w),
        wrong={
            "this is the slope of tanh, 1 − h²; that of the sigmoid is h(1 − h)": (
                lambda x, w, b: rows(tanh_slope(x, w, b), w)
            ),
            "the code is that of tanh, and so is its slope; the layer is a sigmoid": (
                lambda x, w, b: rows(1 - (x @ w.T + b).tanh().square(), w)
            ),
            "the slope of the sigmoid is missing: this is W, the Jacobian of a linear layer": (
                lambda x, w, b: w.expand(len(x), *w.shape)
            ),
            "this is h times W; the slope is h(1 − h)": (
                lambda x, w, b: rows(torch.sigmoid(x @ w.T + b), w)
            ),
            "this is (1 − h) times W; the slope is h(1 − h)": (
                lambda x, w, b: rows(1 - torch.sigmoid(x @ w.T + b), w)
            ),
            "the slope is squared; that belongs to the penalty, not to J": (
                lambda x, w, b: rows(slopes(x, w, b).square(), w)
            ),
            "the axes are turned: row j of J belongs to code unit j, shape (examples, code, in)": (
                lambda x, w, b: rows(slopes(x, w, b), w).mT
            ),
            "the bias is missing: the slope is taken at x Wᵀ + b": (
                lambda x, w, b: rows(slopes(x, w, 0 * b), w)
            ),
            "this is one Jacobian, averaged over the examples; each example has its own": (
                lambda x, w, b: rows(slopes(x, w, b), w).mean(0)
            ),
            "the slope a(1 − a) is taken of the sum a = x Wᵀ + b, before the sigmoid": (
                lambda x, w, b: rows(slopes(x, w, b, s=lambda a: a), w)
            ),
            "these are the squares of the entries of J": (
                lambda x, w, b: rows(slopes(x, w, b), w).square()
            ),
            "these are Σᵢ Jⱼᵢ, summed over the inputs; return the whole matrix": (
                lambda x, w, b: rows(slopes(x, w, b), w).sum(2)
            ),
        },
        draw=lambda: (torch.randn(5, 4), torch.randn(3, 4), torch.randn(3)),
        praise="diag(h(1 − h)) W for each example. W is shared; an example chooses only how much "
        "of each row it sees.",
        seed=seed,
    )


def check_contractive_loss(answer: Callable, seed: int = 0) -> None:
    """Check answer(x, W, b, V, c, lam): mean of ‖x − x′‖² + lam ‖J‖²_F of a sigmoid encoder."""

    def code(x, w, b):
        return torch.sigmoid(x @ w.T + b)

    def linear(h, w, v, c):
        return h @ v.T + c

    def loss(penalty=None, weight=lambda lam: lam, error=1.0, decode=linear, power=1.0):
        """The loss with another penalty(h, W, V), per example, weight of it, or reconstruction."""
        penalty = penalty or (lambda h, w, v: (h * (1 - h)).square() @ w.square().sum(1))

        def function(x, w, b, v, c, lam):
            h = code(x, w, b)
            squared = error * (x - decode(h, w, v, c)).square().sum(1).pow(power).mean()
            return squared + weight(lam) * penalty(h, w, v).mean()

        return function

    def sum_of_both(x, w, b, v, c, lam):
        return len(x) * loss()(x, w, b, v, c, lam)

    def pixel_mean(x, w, b, v, c, lam):
        return loss(error=1 / x.shape[1])(x, w, b, v, c, lam)

    def summed_penalty(x, w, b, v, c, lam):
        return loss(weight=lambda l: l * len(x))(x, w, b, v, c, lam)

    _check(
        answer,
        solution=loss(),
        wrong={
            "lam is forgotten: the penalty counts with weight 1": loss(weight=lambda lam: 1.0),
            "the penalty is missing: this is the squared error alone": (
                loss(weight=lambda lam: 0.0)
            ),
            "the error is missing: this is the penalty alone": loss(error=0.0),
            "the penalty is subtracted: training would make the code as sensitive as it can": (
                loss(weight=lambda lam: -lam)
            ),
            "h(1 − h) is not squared: J is squared entry by entry, slope and weight": (
                loss(lambda h, w, v: (h * (1 - h)) @ w.square().sum(1))
            ),
            "W² is summed over the wrong axis: Σᵢ runs over the inputs, one number per code unit": (
                loss(lambda h, w, v: (h * (1 - h)).square().sum(1) * w.square().sum(0).mean())
            ),
            "the slopes and the weights are summed apart; each unit's slope goes with its own "
            "weights": loss(lambda h, w, v: (h * (1 - h)).square().sum(1) * w.square().sum()),
            "this penalises the decoder's V; J is the Jacobian of the encoder": (
                loss(lambda h, w, v: (h * (1 - h)).square() @ v.square().sum(0))
            ),
            "this is ‖Jᵀ1‖²: the code units are added before they are squared, and cancel": (
                loss(lambda h, w, v: ((h * (1 - h)) @ w).square().sum(1))
            ),
            "this is ‖J1‖²: the inputs are added before they are squared, and cancel": (
                loss(lambda h, w, v: ((h * (1 - h)) * w.sum(1)).square().sum(1))
            ),
            "this is the mean over the entries of J; the formula sums them": loss(
                lambda h, w, v: (h * (1 - h)).square() @ w.square().sum(1) / w.numel()
            ),
            "this is the slope of tanh, 1 − h²; the code is a sigmoid": (
                loss(lambda h, w, v: (1 - h**2).square() @ w.square().sum(1))
            ),
            "this is ‖J‖_F, the norm; the formula has its square": (
                loss(lambda h, w, v: ((h * (1 - h)).square() @ w.square().sum(1)).sqrt())
            ),
            "this is the root of the mean penalty; the formula has ‖J‖² itself": (
                loss(lambda h, w, v: ((h * (1 - h)).square() @ w.square().sum(1)).mean().sqrt())
            ),
            "the slopes are averaged over the examples before they are squared; each example has "
            "its own J: square first, average last": (
                loss(lambda h, w, v: (h * (1 - h)).mean(0).square() @ w.square().sum(1))
            ),
            "the slope is taken at the mean code; each example has its own": (
                loss(lambda h, w, v: (h.mean(0) * (1 - h.mean(0))).square() @ w.square().sum(1))
            ),
            "the decoder is tied, x′ = h W + c; this network has a matrix V of its own": (
                loss(decode=lambda h, w, v, c: h @ w + c)
            ),
            "the reconstruction goes through a sigmoid; here x′ = h Vᵀ + c is linear": (
                loss(decode=lambda h, w, v, c: linear(h, w, v, c).sigmoid())
            ),
            "the error is the norm ‖x − x′‖; the formula has its square": loss(power=0.5),
            "the slope is missing: this is weight decay, λ‖W‖²": (
                loss(lambda h, w, v: w.square().sum().expand(len(h)))
            ),
            "this is the sum over the batch; average error and penalty over the examples": (
                sum_of_both
            ),
            "the penalty is summed over the batch; average it over the examples": summed_penalty,
            "the error is the mean over the features (MSE); sum over them, or λ changes its "
            "meaning": pixel_mean,
        },
        draw=lambda: (
            torch.rand(5, 4), torch.randn(3, 4), torch.randn(3), torch.randn(4, 3),
            torch.randn(4), 0.5 + 2 * float(torch.rand(())),
        ),
        praise="two means over the examples, so λ weighs the same at every batch size. The "
        "penalty sees the encoder only: that is why untied weights leave a loophole.",
        seed=seed,
    )  # fmt: skip


def check_layer_spectrum(answer: Callable, seed: int = 0) -> None:
    """Check answer(h, lengths): singular values h(1 − h)·length, sorted, for orthogonal rows."""

    def descending(values):
        return values.sort(descending=True).values

    def slope(h):
        return h * (1 - h)

    def draw():
        h = 0.02 + 0.96 * torch.rand(6, dtype=torch.float64)
        return h, 0.5 + 2 * torch.rand(6, dtype=torch.float64)

    _check(
        answer,
        solution=lambda h, l: descending(slope(h) * l),
        wrong={
            "these are the squares: the eigenvalues of JJᵀ. Singular values are their roots": (
                lambda h, l: descending((slope(h) * l).square())
            ),
            "the slopes are squared, the lengths are not": (
                lambda h, l: descending(slope(h).square() * l)
            ),
            "these are the values of each unit, in the order of the units; sort them, largest "
            "first": lambda h, l: slope(h) * l,
            "the order is turned: largest first": lambda h, l: (slope(h) * l).sort().values,
            "slopes and lengths are sorted apart; the product belongs to a unit": (
                lambda h, l: descending(slope(h)) * descending(l)
            ),
            "the slope is missing: these are the singular values of W": (
                lambda h, l: descending(l)
            ),
            "the lengths are missing: these are the slopes alone": (
                lambda h, l: descending(slope(h))
            ),
            "this is the slope of tanh, 1 − h²; that of the sigmoid is h(1 − h)": (
                lambda h, l: descending((1 - h**2) * l)
            ),
            "this is h times the length; the slope is h(1 − h)": lambda h, l: descending(h * l),
            "the lengths are squared, the slopes are not": (
                lambda h, l: descending(slope(h) * l.square())
            ),
            "this is ‖J‖_F, one number; its square is the sum of the squares of what is asked": (
                lambda h, l: (slope(h) * l).square().sum().sqrt()
            ),
        },
        draw=draw,
        praise="a unit that is nearly off or nearly on contributes a direction that is nearly "
        "dead. Real rows are not orthogonal; then only the sum of the squares stays.",
        seed=seed,
    )


def check_norm_estimate(answer: Callable, seed: int = 0) -> None:
    """Check answer(pull_back, code, draws): Hutchinson's estimate of ‖J‖²_F, from Jᵀv alone."""

    def right(pull_back, code, draws):
        signs = torch.randint(0, 2, (draws, code)).double() * 2 - 1
        return sum(pull_back(v).square().sum() for v in signs) / draws

    def finding(message):
        return lambda *_: torch.tensor(float(_ESTIMATE_MISTAKES.index(message)))

    _check(
        _measured(answer, _estimate_mistake),
        solution=lambda *arguments: _estimate_mistake(right, *arguments),
        wrong={message: finding(message) for message in _ESTIMATE_MISTAKES[1:]},
        draw=lambda: (torch.randn(16, 9, dtype=torch.float64), 16, 300),
        praise="right on average, whatever J is, at the price of one backward pass per draw. "
        "Training is content with a single one.",
        seed=seed,
    )


_ESTIMATE_MISTAKES = (
    "none",
    "this is one number per draw; average them",
    "return one number, the mean over the draws",
    "pull_back is never called: it is the only way to J",
    "this pulls back every unit vector: exact, but with one backward pass per code unit. Use "
    "random vectors, `draws` of them",
    "v is the same vector of one sign in every draw: this is ‖Jᵀ1‖², up to a factor; draw v anew",
    "all entries of v have one sign: this is ‖Jᵀ1‖² again; draw a sign for each code unit",
    "v is drawn once and used in every draw, so that nothing is averaged",
    "use `draws` backward passes, not more and not fewer",
    "the mean of v is not 0 (uniform numbers?), so E vvᵀ is not I; random signs are −1 or 1",
    "v is 0 or 1, whose mean is not 0; random signs are −1 or 1",
    "v has length 1: then E vvᵀ = I / code, and the estimate is too small by the code size",
    "the mean of vⱼ² has to be 1, or E vvᵀ is not I",
    "this takes the norm ‖Jᵀv‖; square it before you average",
    "this is the mean of the squares of Jᵀv; sum them over the inputs",
    "the entries of Jᵀv are added before they are squared: square each, then add",
    "the draws are summed; average them",
    "Jᵀv is averaged over the draws before it is squared: the signs cancel",
    "this is the root of the estimate; the square ‖J‖²_F is asked",
    "the vectors are fine, but the number is not the mean of ‖Jᵀv‖² over the draws",
)


def _estimate_mistake(function: Callable, jacobian: Tensor, code: int, draws: int) -> Tensor:
    """Call an estimator and return the place of its mistake in the list; 0 for none."""
    pulled: list[Tensor] = []

    def pull_back(v):
        v = torch.as_tensor(v).detach().double()
        if v.shape != (code,):
            raise ValueError(f"pull_back takes v of shape ({code},), got {tuple(v.shape)}")
        pulled.append(v.clone())
        return jacobian.T @ v

    result = function(pull_back, code, draws)
    if result is None or result is ...:
        return result
    value = torch.as_tensor(result).detach().double()
    if value.dim():
        return torch.tensor(1.0 if value.shape == (draws,) else 2.0)
    if not pulled:
        return torch.tensor(3.0)
    v = torch.stack(pulled)
    return torch.tensor(float(_vector_mistake(v, draws) or _number_mistake(value, v @ jacobian)))


def _vector_mistake(v: Tensor, draws: int) -> int:
    """Look at the vectors (calls, code) that were pulled back; 0 when they are as they should."""
    calls, code = v.shape
    fresh, one_sign = bool((v != v[0]).any()), bool((v == v[:, :1]).all())
    size, spread = float(v.mean()), float(v.square().mean())
    binary = bool(((v == 0) | (v == 1)).all())
    findings = {
        4: calls == code != draws and torch.equal(v.T @ v, torch.eye(code, dtype=v.dtype)),
        5: one_sign and not fresh,
        6: one_sign,
        7: not fresh and calls > 1,
        8: calls != draws,
        10: binary,
        9: abs(size) > 0.25,
        11: abs(spread * code - 1) < 0.16,
        12: abs(spread - 1) > 0.16,
    }
    return next((place for place, found in findings.items() if found), 0)


def _number_mistake(value: Tensor, g: Tensor) -> int:
    """Compare the number with what can be made of the Jᵀv (draws, in); 0 when it is right."""
    squares = g.square().sum(1)
    formulas = {
        0: squares.mean(), 13: squares.sqrt().mean(), 14: g.square().mean(),
        15: g.sum(1).square().mean(), 16: squares.sum(), 17: g.mean(0).square().sum(),
        18: squares.mean().sqrt(),
    }  # fmt: skip
    near = (place for place, f in formulas.items() if (value - f).abs() < 1e-4 * f.abs())
    return next(near, 19)


def check_detect(answer: Callable, seed: int = 0) -> None:
    """Check answer(train, validation, normal, anomalies, rate): threshold, false alarms, found.

    The order statistics around the quantile are equal in every draw: whichever definition of the
    quantile is used, and `false_alarm_threshold` too, the threshold is the same.
    """

    def detect(scores, normal, anomalies, rate):
        threshold = scores.quantile(1 - rate)
        return threshold, share(normal > threshold), share(anomalies > threshold)

    def share(yes):
        return yes.double().mean()

    def at(choose):
        def wrong(train, validation, normal, anomalies, rate):
            threshold = choose(train, validation, normal, anomalies, rate)
            return threshold, share(normal > threshold), share(anomalies > threshold)

        return wrong

    def after(change):
        return lambda t, v, n, a, r: change(*detect(v, n, a, r), v, n, a)

    def draw():
        normal = 1 + torch.randn(310).abs()
        validation = (1 + torch.randn(170).abs()).sort().values
        train = 0.7 * (1 + torch.randn(230).abs())
        anomalies = 1.6 + 1.5 * torch.randn(130).abs()
        rate = 0.07 + 0.1 * float(torch.rand(()))
        around = slice(int(169 * (1 - rate)), math.ceil(171 * (1 - rate)))
        validation[around] = validation[around.start].item()
        return train, validation[torch.randperm(170)], normal, anomalies, rate

    _check(
        answer,
        solution=lambda t, v, n, a, r: detect(v, n, a, r),
        wrong={
            "the threshold is chosen on the test data: then the false-alarm rate is right on them "
            "by construction, and says nothing about the next example. Choose on validation": (
                at(lambda t, v, n, a, r: n.quantile(1 - r))
            ),
            "the threshold is chosen on the training scores: the model has fitted these examples, "
            "their errors are smaller, and new ones give more false alarms": (
                at(lambda t, v, n, a, r: t.quantile(1 - r))
            ),
            "the threshold is chosen on normal test examples and anomalies together: in use you do "
            "not know the anomalies": at(lambda t, v, n, a, r: torch.cat([n, a]).quantile(1 - r)),
            "the threshold is chosen on the anomalies; a false-alarm rate is about normal "
            "examples": at(lambda t, v, n, a, r: a.quantile(1 - r)),
            "this quantile leaves the share `rate` below the threshold; it should be above": (
                at(lambda t, v, n, a, r: v.quantile(r))
            ),
            "the threshold is the largest validation score: that asks for no false alarm at all": (
                at(lambda t, v, n, a, r: v.max())
            ),
            "mean plus two standard deviations assumes a normal law, and ignores `rate`": (
                at(lambda t, v, n, a, r: v.mean() + 2 * v.std())
            ),
            "the comparison is turned: large scores are the strange ones": (
                after(lambda t, f, d, v, n, a: (t, 1 - f, 1 - d))
            ),
            "the false alarms are measured on the validation scores that chose the threshold; "
            "measure them on the normal test examples": (
                after(lambda t, f, d, v, n, a: (t, share(v > t), d))
            ),
            "the last number is the share of anomalies missed; return the share found": (
                after(lambda t, f, d, v, n, a: (t, f, 1 - d))
            ),
            "the two shares are in the wrong order: first false alarms, then anomalies found": (
                after(lambda t, f, d, v, n, a: (t, d, f))
            ),
            "these are counts; divide by the number of examples": (
                after(lambda t, f, d, v, n, a: (t, f * len(n), d * len(a)))
            ),
            "these are percentages; return shares between 0 and 1": (
                after(lambda t, f, d, v, n, a: (t, 100 * f, 100 * d))
            ),
            "the shares are of all test examples together; take them within each group": after(
                lambda t, f, d, v, n, a: (
                    t, f * len(n) / (len(n) + len(a)), d * len(a) / (len(n) + len(a)),
                )
            ),
        },
        draw=draw,
        praise="chosen on normal validation examples, measured on test examples. The rate is a "
        "promise about the average; a single test set scatters around it.",
        seed=seed,
    )  # fmt: skip


def check_auroc(answer: Callable, seed: int = 0) -> None:
    """Check answer(normal, anomalies): P(a > b) + ½ P(a = b) over all pairs of scores."""

    def pairs(normal, anomalies, ties=0.5):
        difference = anomalies[:, None] - normal
        return (difference > 0).double() + ties * (difference == 0).double()

    turned = itertools.cycle((False, True))  # in every other draw the anomalies score low

    def draw():
        low = torch.cat([torch.tensor([2.0, 7.0]), torch.randint(0, 8, (9,)).float()])
        high = torch.cat([torch.tensor([2.0, 7.0, 9.0]), torch.randint(3, 11, (4,)).float()])
        return (high, low) if next(turned) else (low, high)

    _check(
        answer,
        solution=lambda n, a: pairs(n, a).mean(),
        wrong={
            "the sign of the score is turned: this is how often the *normal* example has the "
            "larger score. A detector with 0.1 is a good one that is read upside down": (
                lambda n, a: 1 - pairs(n, a).mean()
            ),
            "this is the larger of A and 1 − A: every detector looks better than a coin; to turn "
            "the sign you would have to know the anomalies": (
                lambda n, a: torch.maximum(pairs(n, a).mean(), 1 - pairs(n, a).mean())
            ),
            "pairs with equal scores are not counted; each counts one half": (
                lambda n, a: pairs(n, a, 0).mean()
            ),
            "pairs with equal scores count in full; each counts one half": (
                lambda n, a: pairs(n, a, 1).mean()
            ),
            "the sign of the score is turned, and pairs with equal scores are not counted": (
                lambda n, a: 1 - pairs(n, a, 1).mean()
            ),
            "this is the number of pairs; divide by how many pairs there are": (
                lambda n, a: pairs(n, a).sum()
            ),
            "this divides by the number of anomalies only; the pairs are anomalies × normal": (
                lambda n, a: pairs(n, a).sum() / len(a)
            ),
            "this divides by the number of normal ones only; the pairs are anomalies × normal": (
                lambda n, a: pairs(n, a).sum() / len(n)
            ),
            "this compares means: the difference of the mean scores changes with their scale": (
                lambda n, a: a.mean() - n.mean()
            ),
            "this is the share of anomalies above *all* normal examples: one threshold of many": (
                lambda n, a: (a > n.max()).double().mean()
            ),
            "this is the share of anomalies above the mean normal score: one threshold of many": (
                lambda n, a: (a > n.mean()).double().mean()
            ),
            "this is one number per anomaly; average them": lambda n, a: pairs(n, a).mean(1),
            "this is one number per normal example; average them": (
                lambda n, a: pairs(n, a).mean(0)
            ),
            "this is 2·AUROC − 1 (the Gini coefficient)": lambda n, a: 2 * pairs(n, a).mean() - 1,
        },
        draw=draw,
        praise="no threshold, no scale: how often an anomaly is the stranger of the two. A half "
        "knows nothing, and less than a half is worse than knowing nothing.",
        seed=seed,
    )


def check_model_choice(answer: Callable, seed: int = 0) -> None:
    """Check answer(): one model for each of the five described problems."""
    _check_choices(
        answer,
        options=(
            "PCA", "undercomplete", "L1 sparse", "KL sparse", "denoising", "contractive", "VAE",
            "none",
        ),
        right={
            "a": "PCA", "b": "denoising", "c": "VAE", "d": "L1 sparse", "e": "none",
        },
        why={
            "a": "400 examples and ten numbers that somebody has to sign for: what fits with 400 "
            "examples, has no seed, and can be written down as one matrix",
            "b": "the damage is known and can be made at will, so that it can be trained against: "
            "which loss has a damaged input and a clean target",
            "c": "new examples are to be drawn, with no second model: which one is trained to say "
            "where codes come from",
            "d": "each example is to be explained by *few* of many units, the others exactly 0: "
            "which penalty and nonlinearity give exact zeros",
            "e": "there are labels for everything, and labels are what is asked for: which model "
            "is trained on the question itself",
        },
        because={
            ("a", "undercomplete"): "with 400 examples a network fits the examples (section 7); "
            "where it does not beat the linear method, take the one without a seed",
            ("a", "VAE"): "a VAE's codes are clouds, from a network with a seed; nobody asked for "
            "new examples",
            ("b", "PCA"): "PCA removes noise along directions of small variance only; here you "
            "can make as many damaged copies as you like, and learn to undo them",
            ("b", "undercomplete"): "trained on clean scans it has never seen the damage, and "
            "nothing in its loss asks to undo it",
            ("c", "undercomplete"): "its codes come from the images only: to draw new ones it "
            "needs a second model, a mixture over them (section 8); here one model has to do",
            ("c", "denoising"): "it restores what it is given; nothing says where to start",
            ("d", "KL sparse"): "a sigmoid is never exactly 0, and KL asks for even use, not for "
            "few units per example (notebook 03)",
            ("d", "PCA"): "every component takes part in every example",
            ("e", "undercomplete"): "its loss does not know the labels: what it throws away may be "
            "what you ask for. Train a classifier",
            ("e", "PCA"): "directions of large variance need not be those that tell classes apart. "
            "Train a classifier",
        },
        praise="the loss that asks for what you need, and no model where another loss asks for it "
        "better.",
    )  # fmt: skip


def check_protocol_flaws(answer: Callable, seed: int = 0) -> None:
    """Check answer(): the flaw of each of the six described protocols, "none" for a fair one."""
    _check_choices(
        answer,
        options=(
            "chosen on test", "leak", "one seed", "unequal budget", "unequal samples", "none",
        ),
        right={
            "a": "chosen on test", "b": "leak", "c": "one seed", "d": "unequal budget",
            "e": "unequal samples", "f": "none",
        },
        why={
            "a": "which data decided on the epoch to be reported",
            "b": "what did mean and standard deviation see, and who will not have seen it in use",
            "c": "how large is the difference beside the spread of training again",
            "d": "did both get the same number of steps and the same care in tuning",
            "e": "notebook 05: on what does a Fréchet distance depend besides the images",
            "f": "not every protocol is wrong; go through the list: who chose, on what, how often, "
            "with what budget",
        },
        because={
            ("a", "none"): "the epoch was picked by looking at the AUROC of the test set: the "
            "best of many is too good",
            ("a", "leak"): "nothing of the test went into the training; it went into the *choice*",
            ("b", "none"): "the standardisation has seen anomalies and test rows: a leak, even "
            "though no label was used",
            ("b", "chosen on test"): "nothing was chosen there; but something was *computed* from "
            "test rows before training",
            ("c", "none"): "0.002 from one training each, where training again moves the number "
            "by 0.01",
            ("d", "none"): "50 epochs against 5, and tuned against not tuned",
            ("d", "one seed"): "five seeds were run; what differs between the two is something "
            "else",
            ("e", "none"): "the distance shrinks with the number of samples: 500 against 5,000",
            ("f", "one seed"): "there were five, and the spread is given",
            ("f", "chosen on test"): "the threshold came from validation, and the test set was "
            "used once",
        },
        praise="most unfair comparisons are one of these five. Ask who chose, on which data, how "
        "often, at what price.",
    )  # fmt: skip


def _check_choices(answer, options, right, why, because, praise) -> None:
    """Print the verdict on a function without arguments that returns a choice for each problem.

    right: problem → option. because: (problem, option) → what is wrong with that choice; for the
    other wrong choices `why` has a question for each problem.
    """
    try:
        message = _choice_verdict(answer, options, right, why, because)
    except _Stop as stop:
        message = str(stop)
    print(f"✓ Right: {praise}" if message is None else message)


def _choice_verdict(answer, options, right, why, because) -> str | None:
    """Return None when every problem has its right option, else the message on the first wrong."""
    if not callable(answer):
        return "✗ Give the checker the function itself, without calling it: check_…(my_function)."
    chosen = _call(answer, ())
    if chosen is None or chosen is ...:
        return "○ Not attempted yet: replace the `...` and run both cells again."
    if not isinstance(chosen, dict) or set(chosen) != set(right):
        return f"✗ Not yet: return a dict with one choice for each of {', '.join(right)}."
    if all(choice is ... for choice in chosen.values()):
        return "○ Not attempted yet: replace the `...` and run both cells again."
    for problem, choice in chosen.items():
        if choice is ...:
            return f"✗ Not yet: ({problem}) is not chosen yet."
        if not isinstance(choice, str) or choice not in options:
            return f"✗ Not yet: ({problem}) {choice!r} is none of {', '.join(options)}."
    for problem, expected in right.items():
        if chosen[problem] != expected:
            reason = because.get((problem, chosen[problem]))
            reason = f"{reason}." if reason else f"think again: {why[problem]}?"
            return f"✗ Not yet: ({problem}) {chosen[problem]!r}: {reason}"
    return None
