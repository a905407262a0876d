"""Checkers of lesson 03: sparse autoencoders, KL divergence."""

import math
from collections.abc import Callable

import torch
from torch.nn.functional import softplus

from course_utils.exercises.checking import check


def _kl(p, q):
    return p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()


def check_kl_from_logits(answer: Callable, seed: int = 0) -> None:
    """Check answer(rho, a): elementwise D(ρ‖s(a)), finite also where s(a) rounds to 0 or 1."""

    def kl(p, a):
        return p * (p.log() + softplus(-a)) + (1 - p) * ((1 - p).log() + softplus(a))

    def swapped(p, a):
        q = a.sigmoid()
        return q * (-softplus(-a) - p.log()) + (1 - q) * (-softplus(a) - (1 - p).log())

    def cross_entropy(p, a):
        return p * softplus(-a) + (1 - p) * softplus(a)

    def draw(n):
        a = 3 * torch.randn(n, 4)
        a[0, 0], a[1, 1] = 120.0, -120.0
        return 0.02 + 0.96 * torch.rand(n, 4), a

    check(
        answer,
        solution=kl,
        wrong={
            "at a = ±120 it is infinite, elsewhere it is right: s(a) rounds to 0 or 1 there. Write "
            "log s(a) = −softplus(−a) and log(1 − s(a)) = −softplus(a)": (
                lambda p, a: _kl(p, a.sigmoid())
            ),
            "the clamped s(a) makes it finite, but far out the value is wrong and has no slope. "
            "Write log s(a) = −softplus(−a)": (
                lambda p, a: _kl(p, a.sigmoid().clamp(1e-6, 1 - 1e-6))
            ),
            "the clamped s(a) makes it finite, but far out the value is wrong and without a slope. "
            "Write log s(a) = −softplus(−a)": (
                lambda p, a: _kl(p, a.sigmoid().clamp(1e-7, 1 - 1e-7))
            ),
            "a is taken for ρ̂ itself; ρ̂ is s(a)": _kl,
            "on and off are exchanged: log s(a) = −softplus(−a), with a minus inside": (
                lambda p, a: kl(p, -a)
            ),
            "the y = 0 term is forgotten: (1−ρ) log((1−ρ)/(1−s(a)))": (
                lambda p, a: p * (p.log() + softplus(-a))
            ),
            "the y = 1 term is forgotten: ρ log(ρ/s(a))": (
                lambda p, a: (1 - p) * ((1 - p).log() + softplus(a))
            ),
            "both parentheses are missing: ρ multiplies log ρ + softplus(−a), 1−ρ the rest": (
                lambda p, a: p * p.log() + softplus(-a) + (1 - p) * (1 - p).log() + softplus(a)
            ),
            "a parenthesis is missing: ρ multiplies log ρ *and* softplus(−a)": (
                lambda p, a: p * p.log() + softplus(-a) + (1 - p) * ((1 - p).log() + softplus(a))
            ),
            "ρ and s(a) are swapped: this is D(s(a)‖ρ)": swapped,
            "the weights in front of the logarithms are s(a) and 1−s(a); they are the "
            "probabilities that we wish for, ρ and 1−ρ": lambda p, a: -swapped(p, a),
            "this is the cross-entropy of ρ and s(a); the divergence is that minus the entropy of "
            "ρ, so that it is 0 at s(a) = ρ": cross_entropy,
            "the entropy of ρ is added; it is to be taken off the cross-entropy": (
                lambda p, a: 2 * cross_entropy(p, a) - kl(p, a)
            ),
            "the sign is wrong: a divergence is never negative": lambda p, a: -kl(p, a),
            "the logarithm has base 2: these are bits, the course counts in nats": (
                lambda p, a: kl(p, a) / math.log(2)
            ),
            "this is already summed; return one value per entry": lambda p, a: kl(p, a).sum(),
            "this is the mean over the entries; return one value per entry": (
                lambda p, a: kl(p, a).mean()
            ),
        },
        draw=draw,
        praise="far out it grows like ρ|a| or (1−ρ)|a|: finite, with a slope, everywhere.",
        seed=seed,
        trained=(1,),
    )


def check_kl_penalty(answer: Callable, seed: int = 0) -> None:
    """Check answer(first, second, rho): Σⱼ D(ρ‖ρ̂ⱼ), ρ̂ⱼ the mean over both batches."""

    def penalty(h, rho):
        return _kl(rho, h.mean(0)).sum()

    def weighted(a, b, rho):
        return (len(a) * penalty(a, rho) + len(b) * penalty(b, rho)) / (len(a) + len(b))

    def of_all(wrong):
        return lambda a, b, rho: wrong(torch.cat([a, b]), rho)

    check(
        answer,
        solution=of_all(penalty),
        wrong={
            "this adds the penalties of the two batches; the mean over all examples comes first": (
                lambda a, b, rho: penalty(a, rho) + penalty(b, rho)
            ),
            "this averages the penalties of the two batches. D is convex, so that is too large: "
            "average the activations, then take D once": (
                lambda a, b, rho: (penalty(a, rho) + penalty(b, rho)) / 2
            ),
            "this averages the penalties of the two batches, weighted by their sizes. D is convex, "
            "so that is too large: average the activations, then take D once": weighted,
            "this averages the two means as if the batches were equally large; the mean over all "
            "examples weighs each by its number of rows": (
                lambda a, b, rho: _kl(rho, (a.mean(0) + b.mean(0)) / 2).sum()
            ),
            "the second batch is missing": lambda a, b, rho: penalty(a, rho),
            "the first batch is missing": lambda a, b, rho: penalty(b, rho),
            "this is the mean over the units; the formula sums them": of_all(
                lambda h, rho: _kl(rho, h.mean(0)).mean()
            ),
            "KL is taken for each example and then averaged; the formula averages the activations "
            "first. Yours asks every unit to be at ρ in every example": of_all(
                lambda h, rho: _kl(rho, h).mean(0).sum()
            ),
            "KL is taken for each example and summed; average activations over the examples "
            "first": of_all(lambda h, rho: _kl(rho, h).sum()),
            "ρ̂ is the mean over the units of an example (dim=1); it is the mean over the examples, "
            "one number per unit": of_all(lambda h, rho: _kl(rho, h.mean(1)).sum()),
            "ρ̂ is one number, the mean over everything; each unit has its own": of_all(
                lambda h, rho: _kl(rho, h.mean())
            ),
            "ρ and ρ̂ are swapped: this is Σⱼ D(ρ̂ⱼ‖ρ)": of_all(
                lambda h, rho: _kl(h.mean(0), rho).sum()
            ),
            "the y = 0 term is forgotten": of_all(
                lambda h, rho: (rho * (rho / h.mean(0)).log()).sum()
            ),
            "the logarithm has base 2; the course counts in nats": of_all(
                lambda h, rho: penalty(h, rho) / math.log(2)
            ),
            "this is one value per unit; sum them": of_all(lambda h, rho: _kl(rho, h.mean(0))),
            "this is the sum of squared differences ρ − ρ̂ⱼ, not KL": of_all(
                lambda h, rho: (rho - h.mean(0)).square().sum()
            ),
            "h goes through a sigmoid once more; it is the output of one already": of_all(
                lambda h, rho: penalty(h.sigmoid(), rho)
            ),
        },
        draw=lambda n: (
            0.02 + 0.5 * torch.rand(n, 4) ** 2,
            0.3 + 0.6 * torch.rand(2 * n + 1, 4),
            0.05 + 0.2 * torch.rand(()).item(),
        ),
        praise="one mean over all examples inside, one sum over the units outside. Batches are a "
        "matter of memory, not of the formula.",
        seed=seed,
        trained=(0, 1),
    )


def check_preactivation_slope(answer: Callable, seed: int = 0) -> None:
    """Check answer(a, rho): ∂Ω/∂aᵢⱼ for h = s(a) and Ω = Σⱼ D(ρ‖ρ̂ⱼ), of the shape of a."""

    def slope(a, rho, outer=lambda p, q: (q - p) / (q * (1 - q))):
        h = a.sigmoid()
        return outer(rho, h.mean(0)) * h * (1 - h) / len(h)

    check(
        answer,
        solution=slope,
        wrong={
            "the 1/N is missing: an example is one part in N of the mean ρ̂ⱼ": (
                lambda a, rho: len(a) * slope(a, rho)
            ),
            "the slope of the sigmoid, h(1−h), is missing: this is the slope with respect to h": (
                lambda a, rho: slope(a, rho) / (a.sigmoid() * (1 - a.sigmoid()))
            ),
            "the slope of the sigmoid, h(1−h), and the 1/N are missing: this is the slope with "
            "respect to ρ̂": (
                lambda a, rho: len(a) * slope(a, rho) / (a.sigmoid() * (1 - a.sigmoid()))
            ),
            "this is one value per unit; each example has its own h(1−h)": (
                lambda a, rho: slope(a, rho).sum(0)
            ),
            "this is the slope with respect to ρ̂ⱼ, one per unit; go on by the chain rule to h, "
            "then to a": lambda a, rho: (a.sigmoid().mean(0) - rho) / (
                a.sigmoid().mean(0) * (1 - a.sigmoid().mean(0))
            ),
            "the denominator ρ̂(1−ρ̂) is cancelled against h(1−h); they are equal only where all "
            "examples have the same activation": (
                lambda a, rho: (a.sigmoid().mean(0) - rho).expand_as(a) / len(a)
            ),
            "the denominator ρ̂(1−ρ̂) is cancelled against h(1−h), and the 1/N is missing": (
                lambda a, rho: (a.sigmoid().mean(0) - rho).expand_as(a)
            ),
            "this is the slope of KL per example, h − ρ, which asks for ρ in every example; ρ̂ⱼ is "
            "the mean": lambda a, rho: (a.sigmoid() - rho) / len(a),
            "this is h − ρ, the slope of KL per example, which asks for ρ in every example": (
                lambda a, rho: a.sigmoid() - rho
            ),
            "the denominator ρ̂(1−ρ̂) is missing": (
                lambda a, rho: slope(a, rho, lambda p, q: q - p)
            ),
            "the denominator is ρ(1−ρ), which is right only at ρ̂ = ρ; it is ρ̂(1−ρ̂)": (
                lambda a, rho: slope(a, rho, lambda p, q: (q - p) / (p * (1 - p)))
            ),
            "the sign is wrong: above ρ the penalty grows with a": lambda a, rho: -slope(a, rho),
            "this is the slope of D(ρ̂‖ρ), with ρ and ρ̂ swapped": lambda a, rho: slope(
                a, rho, lambda p, q: (q / p).log() - ((1 - q) / (1 - p)).log()
            ),
            "this is the curvature; the slope was asked for": lambda a, rho: slope(
                a, rho, lambda p, q: p / q**2 + (1 - p) / (1 - q) ** 2
            ),
            "ρ̂ is the mean over the units of an example (dim=1); it is the mean over the examples, "
            "dim=0": lambda a, rho: slope(a.T, rho).T * a.shape[1] / len(a),
            "ρ̂ is the sigmoid of the mean pre-activation; it is the mean of the sigmoids": (
                lambda a, rho: (a.mean(0).sigmoid() - rho)
                / (a.mean(0).sigmoid() * (1 - a.mean(0).sigmoid()))
                * a.sigmoid() * (1 - a.sigmoid()) / len(a)
            ),
        },
        draw=lambda n: (2 * torch.randn(n, 4), 0.05 + 0.2 * torch.rand(()).item()),
        praise="slope of D, slope of the sigmoid, 1/N. A unit that is off everywhere has h(1−h) "
        "near 0 for every example, but ρ̂ in the denominator, too: the pull survives.",
        seed=seed,
    )  # fmt: skip


def check_running_bias(answer: Callable, seed: int = 0) -> None:
    """Check answer(h, rho, batch_size, gamma): the sampling bias of a running average.

    Σⱼ ½ D''(ρ̂ⱼ) Var(hⱼ)/B · (1−γ)/(1+γ), with ρ̂ⱼ and Var(hⱼ) over all of h.
    """

    def variance(h):
        return (h - h.mean(0)).square().mean(0)  # ten times as fast as var

    def curvature(p, q):
        return p / q**2 + (1 - p) / (1 - q) ** 2

    def units(h, rho, n, g, curvature=curvature):
        return 0.5 * curvature(rho, h.mean(0)) * variance(h) / n * (1 - g) / (1 + g)

    def bias(*arguments):
        return units(*arguments).sum()

    check(
        answer,
        solution=bias,
        wrong={
            "this is the bias of one mini-batch; the running average varies less": (
                lambda h, rho, n, g: bias(h, rho, n, 0)
            ),
            "the factor is 1−γ, the weight of the newest batch; weights are squared in a variance, "
            "and older batches count, too": lambda h, rho, n, g: bias(h, rho, n, 0) * (1 - g),
            "the factor is (1−γ)²: this is the newest batch alone. Add the squares of the older "
            "weights, γ²(1−γ)², γ⁴(1−γ)², …": (
                lambda h, rho, n, g: bias(h, rho, n, 0) * (1 - g) ** 2
            ),
            "the factor is 1/(1+γ): the 1−γ in front of each weight is squared, too": (
                lambda h, rho, n, g: bias(h, rho, n, 0) / (1 + g)
            ),
            "the factor (1 − γ)² is missing: each weight is (1 − γ)γ^i, and all of it is squared": (
                lambda h, rho, n, g: bias(h, rho, n, 0) / (1 - g**2)
            ),
            "the factor is upside down: a running average varies less than one batch": (
                lambda h, rho, n, g: bias(h, rho, n, 0) * (1 + g) / (1 - g)
            ),
            "the factor is 1/(1−γ): you added the powers of γ, not their squares, and left out the "
            "weight 1−γ": lambda h, rho, n, g: bias(h, rho, n, 0) / (1 - g),
            "the factor is γ; write out the weights of the batches, square them and add": (
                lambda h, rho, n, g: bias(h, rho, n, 0) * g
            ),
            "the factor is the root of the right one: the expansion has the variance, not the "
            "standard deviation": (
                lambda h, rho, n, g: bias(h, rho, n, 0) * ((1 - g) / (1 + g)) ** 0.5
            ),
            "the ½ of the Taylor expansion is missing": lambda h, rho, n, g: 2 * bias(h, rho, n, g),
            "this is the mean over the units; the penalty sums them": (
                lambda h, rho, n, g: units(h, rho, n, g).mean()
            ),
            "this is one value per unit; sum them": units,
            "the division by the batch size is missing": (
                lambda h, rho, n, g: n * bias(h, rho, n, g)
            ),
            "this divides by the root of the batch size: the expansion has the variance of the "
            "mean, not its standard deviation": lambda h, rho, n, g: n**0.5 * bias(h, rho, n, g),
            "the standard deviation of h stands where its variance belongs": (
                lambda h, rho, n, g: (units(h, rho, n, g) / variance(h).sqrt()).sum()
            ),
            "the curvature is taken at ρ, 1/(ρ(1−ρ)); the averages scatter around ρ̂ⱼ": (
                lambda h, rho, n, g: bias(h, rho, n, g, lambda p, q: 1 / (p * (1 - p)))
            ),
            "the curvature has a minus between its terms; both are positive (D is convex)": (
                lambda h, rho, n, g: bias(
                    h, rho, n, g, lambda p, q: p / q**2 - (1 - p) / (1 - q) ** 2
                )
            ),
            "the squares in the curvature are missing: ρ/ρ̂² + (1−ρ)/(1−ρ̂)²": (
                lambda h, rho, n, g: bias(h, rho, n, g, lambda p, q: p / q + (1 - p) / (1 - q))
            ),
            "mean and variance are taken over the units of an example (dim=1); they run over the "
            "examples, one number per unit": (
                lambda h, rho, n, g: (curvature(rho, h.mean(1)) * h.var(1)).sum()
                / (2 * n) * (1 - g) / (1 + g)
            ),
            "the sign is wrong: by convexity the penalty is too large on average": (
                lambda h, rho, n, g: -bias(h, rho, n, g)
            ),
        },
        draw=lambda n: (
            # so many that a variance divided by the number of examples, not by one less, is right
            (torch.rand(3, 260 + n) ** (2 + 6 * torch.rand(3, 1))).double().repeat(1, 40).T,
            0.03 + 0.1 * torch.rand(()).item(),
            int(torch.randint(16, 200, ())),
            0.6 + 0.35 * torch.rand(()).item(),
        ),
        praise="with γ = 0.9 a nineteenth of the bias, at a tenth of the gradient.",
        seed=seed,
    )  # fmt: skip
