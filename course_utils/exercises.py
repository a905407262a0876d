"""The checkers of the exercises.

A checker calls the student's function on several random draws and prints one verdict: not
attempted, right (and why it matters), or wrong. A wrong answer is compared with the plausible wrong
answers that the checker knows, so that the student reads which step to look at again. Nothing that
the student's function does can raise from here.
"""

import dis
import traceback
from collections.abc import Callable

import torch
from torch import Tensor

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


def _check(answer, solution, wrong: dict[str, Callable], draw, praise: str, seed: int) -> None:
    """Print the verdict on a student's function; raise nothing, whatever the function does.

    solution and the values of `wrong` take what `draw` returns; the keys of `wrong` are messages.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        draws = [draw() for _ in range(DRAWS)]
        try:
            message = _verdict(answer, solution, wrong, draws)
        except _Stop as stop:
            message = str(stop)
    print(f"✓ Right: {praise}" if message is None else message)


def _verdict(answer, solution, wrong, draws) -> str | None:
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
    return f"✗ Not yet: {_first_difference(numbers, expected, draws)}"


class _Stop(Exception):
    """Ends a check with a message for the student."""


def _call(answer, arguments):
    """Call the student's function on copies; turn what goes wrong into a message."""
    copies = [a.clone() if isinstance(a, Tensor) else a for a in arguments]
    try:
        result = answer(*copies)
    except KeyboardInterrupt:
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
    return [torch.as_tensor(part, dtype=torch.float64) for part in parts]


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
        raise _Stop(f"✗ Not yet: your function returns {kinds}, not numbers.") from None


def _equal(numbers: list[Tensor], expected: list[Tensor]) -> bool:
    """Compare with a tolerance that is relative to the largest expected number."""
    return all(
        a.shape == b.shape and torch.allclose(a, b, rtol=0, atol=_tolerance(b))
        for a, b in zip(numbers, expected, strict=True)
    )


def _tolerance(expected: Tensor) -> float:
    return TOLERANCE * float(expected.abs().max()) + 1e-9


def _first_difference(numbers, expected, draws) -> str:
    """Say in which draw, and how, the answer differs from the expected one."""
    for found, right, arguments in zip(numbers, expected, draws, strict=True):
        for a, b in zip(found, right, strict=True):
            given = ", ".join(
                f"shape {tuple(x.shape)}" if isinstance(x, Tensor) else repr(x) for x in arguments
            )
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
