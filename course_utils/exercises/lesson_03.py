"""Checkers of lesson 03: sparse autoencoders, KL divergence."""

import math
from collections.abc import Callable

import torch

from course_utils.exercises.checking import check


def check_bernoulli_kl(answer: Callable, seed: int = 0) -> None:
    """Check answer(rho, rho_hat): elementwise ρ log(ρ/ρ̂) + (1−ρ) log((1−ρ)/(1−ρ̂))."""

    def kl(p, q, log=torch.log):
        return p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))

    check(
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
            "the second term has the wrong sign: it is subtracted, or its ratio is upside down": (
                lambda p, q: p * (p / q).log() - (1 - p) * ((1 - p) / (1 - q)).log()
            ),
            "the weights ρ and 1−ρ in front of the logarithms are missing": (
                lambda p, q: (p / q).log() + ((1 - p) / (1 - q)).log()
            ),
            "the weights in front of the logarithms are ρ̂ and 1−ρ̂; they are the probabilities "
            "that we wish for, ρ and 1−ρ": lambda p, q: -kl(q, p),
            "a pair of parentheses is missing in the second logarithm: 1 − ρ / 1 − ρ̂ is read as "
            "1 − ρ − ρ̂, which may be negative": (
                lambda p, q: p * (p / q).log() + (1 - p) * (1 - p - q).log()
            ),
            "a pair of parentheses is missing in front of the second logarithm: 1 − ρ · log(…) is "
            "read as 1 − (ρ · log(…))": (
                lambda p, q: p * (p / q).log() + 1 - p * ((1 - p) / (1 - q)).log()
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
        draw=lambda n: (0.02 + 0.96 * torch.rand(n, 4), 0.02 + 0.96 * torch.rand(n, 4)),
        praise="0 where ρ̂ = ρ, positive elsewhere, and steep towards the ends.",
        seed=seed,
    )


def check_kl_penalty(answer: Callable, seed: int = 0) -> None:
    """Check answer(h, rho): Σⱼ D(ρ‖ρ̂ⱼ), ρ̂ⱼ the mean of hⱼ over the batch."""

    def kl(p, q):
        return p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()

    check(
        answer,
        solution=lambda h, rho: kl(rho, h.mean(0)).sum(),
        wrong={
            "this is the mean over the units; the formula sums them": (
                lambda h, rho: kl(rho, h.mean(0)).mean()
            ),
            "KL is taken for each example and then averaged; the formula averages the activations "
            "first. Yours asks every unit to be at ρ in every example": (
                lambda h, rho: kl(rho, h).mean(0).sum()
            ),
            "KL is taken for each example and averaged over everything; average the activations "
            "over the batch first, then sum KL over the units": lambda h, rho: kl(rho, h).mean(),
            "KL is taken for each example and summed; average activations over the batch first": (
                lambda h, rho: kl(rho, h).sum()
            ),
            "ρ̂ is the mean over the units of an example (dim=1); it is the mean over the examples, "
            "one number per unit": lambda h, rho: kl(rho, h.mean(1)).sum(),
            "ρ̂ is one number, the mean over everything; each unit has its own": (
                lambda h, rho: kl(rho, h.mean())
            ),
            "ρ̂ is one number for all units: the sum over the units has equal terms, and lazy units "
            "hide behind busy ones": lambda h, rho: h.shape[1] * kl(rho, h.mean()),
            "ρ and ρ̂ are swapped: this is Σⱼ D(ρ̂ⱼ‖ρ)": lambda h, rho: kl(h.mean(0), rho).sum(),
            "the x = 0 term is forgotten": lambda h, rho: (rho * (rho / h.mean(0)).log()).sum(),
            "the logarithm has base 2; the course counts in nats": (
                lambda h, rho: kl(rho, h.mean(0)).sum() / math.log(2)
            ),
            "there is a factor of the batch size too much: the mean over the examples is in ρ̂": (
                lambda h, rho: len(h) * kl(rho, h.mean(0)).sum()
            ),
            "there is a division by the batch size too much: the mean over the examples is in ρ̂": (
                lambda h, rho: kl(rho, h.mean(0)).sum() / len(h)
            ),
            "this is one value per unit; sum them": lambda h, rho: kl(rho, h.mean(0)),
            "this is the sum of squared differences ρ − ρ̂ⱼ, not KL": (
                lambda h, rho: (rho - h.mean(0)).square().sum()
            ),
            "ρ̂ is the share of the examples in which h > 0; a sigmoid is always above 0, so that "
            "it is 1 and the penalty infinite. ρ̂ⱼ is the mean of hⱼ": (
                lambda h, rho: kl(rho, (h > 0).double().mean(0)).sum()
            ),
            "h goes through a sigmoid once more; it is the output of one already": (
                lambda h, rho: kl(rho, h.sigmoid().mean(0)).sum()
            ),
            "h goes through another sigmoid, and ρ̂ is its mean over the units; h is the output of "
            "a sigmoid already, and the mean runs over the examples (dim=0)": (
                lambda h, rho: kl(rho, h.sigmoid().mean(1)).sum()
            ),
            "ρ̂ goes through a sigmoid; it is a mean of probabilities already": (
                lambda h, rho: kl(rho, h.mean(0).sigmoid()).sum()
            ),
            "ρ̂ goes through a softmax, which makes its sum 1: the units are no longer asked one by "
            "one": lambda h, rho: kl(rho, h.mean(0).softmax(0)).sum(),
            "ρ and ρ̂ go through a softmax, which makes their sums 1, whatever ρ is": (
                lambda h, rho: kl(1 / h.shape[1], h.mean(0).softmax(0)).sum()
            ),
        },
        draw=lambda n: (0.02 + 0.9 * torch.rand(n, 4) ** 2, 0.05 + 0.2 * torch.rand(()).item()),
        praise="mean over the examples inside, sum over the units outside. The order is the idea.",
        seed=seed,
        trained=(0,),
    )


def check_kl_slope(answer: Callable, seed: int = 0) -> None:
    """Check answer(rho, rho_hat): ∂D/∂ρ̂ = −ρ/ρ̂ + (1−ρ)/(1−ρ̂), elementwise."""
    check(
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
        draw=lambda n: (0.02 + 0.96 * torch.rand(n, 4), 0.02 + 0.96 * torch.rand(n, 4)),
        praise="(ρ̂ − ρ) / (ρ̂(1−ρ̂)): zero at ρ, without bound at 0 and 1. Silence is punished, too.",
        seed=seed,
    )


def check_sampling_bias(answer: Callable, seed: int = 0) -> None:
    """Check answer(h, rho, n): Σⱼ ½ D''(ρ̂ⱼ) Var(hⱼ) / n, with ρ̂ⱼ and Var(hⱼ) over all of h."""

    def variance(h):
        return (h - h.mean(0)).square().mean(0)  # ten times as fast as var

    def curvature(p, q):
        return p / q**2 + (1 - p) / (1 - q) ** 2

    def bias(h, rho, n, curvature=curvature):
        return 0.5 * curvature(rho, h.mean(0)) * variance(h) / n

    check(
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
                lambda h, rho, n: (bias(h, rho, n) / variance(h).sqrt()).sum()
            ),
            "the curvature is taken at ρ, 1/(ρ(1−ρ)); the mini-batch means scatter around ρ̂ⱼ": (
                lambda h, rho, n: bias(h, rho, n, lambda p, q: 1 / (p * (1 - p))).sum()
            ),
            "the curvature has a minus between its terms; both are positive (D is convex)": (
                lambda h, rho, n: bias(
                    h, rho, n, lambda p, q: p / q**2 - (1 - p) / (1 - q) ** 2
                ).sum()
            ),
            "the squares in the curvature are missing: ρ/ρ̂² + (1−ρ)/(1−ρ̂)²": (
                lambda h, rho, n: bias(h, rho, n, lambda p, q: p / q + (1 - p) / (1 - q)).sum()
            ),
            "mean and variance are taken over the units of an example (dim=1); they run over the "
            "examples, one number per unit": (
                lambda h, rho, n: (curvature(rho, h.mean(1)) * h.var(1)).sum() / (2 * n)
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
                lambda h, rho, n: (bias(h, rho, n) / variance(h) * (1 - h.mean(0)) @ h.mean(0))
            ),
        },
        draw=lambda n: (
            # so many that a variance divided by the number of examples, not by one less, is right
            (torch.rand(3, 260 + n) ** (2 + 6 * torch.rand(3, 1))).double().repeat(1, 40).T,
            0.03 + 0.1 * torch.rand(()).item(),
            int(torch.randint(16, 200, ())),
        ),
        praise="it falls as 1/n. So the batch size gets into a KL penalty by the back door.",
        seed=seed,
    )  # fmt: skip
