"""Checkers of lesson 05: variational autoencoders."""

import math
from collections.abc import Callable

import torch

from course_utils.exercises.checking import check


def check_gaussian_kl(answer: Callable, seed: int = 0) -> None:
    """Check answer(mu, log_var): batch mean of D(N(μ, σ²)‖N(0, 1)), summed over the code."""

    def terms(m, v):
        return 0.5 * (m.square() + v.exp() - 1 - v)

    check(
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
            "log_var is taken for σ: σ² is exp(log_var), not its square": (
                lambda m, v: 0.5 * (m**2 + v**2 - 1 - (v**2).log()).sum(1).mean()
            ),
            "log_var is squared where σ² belongs; it is log σ² already: σ² = exp(log_var)": (
                lambda m, v: 0.5 * (m**2 + v**2 - 1 - v).sum(1).mean()
            ),
            "log_var stands where σ² belongs: σ² = exp(log_var)": (
                lambda m, v: 0.5 * (m**2 + v - 1 - v).sum(1).mean()
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
        draw=lambda n: (0.3 + torch.randn(n, 3), 1.5 * torch.randn(n, 3)),
        praise="0 where the code says nothing, and in nats: the same unit as the summed "
        "cross-entropy beside it.",
        seed=seed,
        trained=(0, 1),
    )


def check_sample_code(answer: Callable, seed: int = 0) -> None:
    """Check answer(mu, log_var, eps): z = μ + σ ε, σ = exp(log_var / 2), and its gradients."""

    def sample(m, v, eps, power=0.5):
        return m + (power * v).exp() * eps

    check(
        answer,
        solution=sample,
        wrong={
            "the noise is multiplied with σ² = exp(log_var); the standard deviation is "
            "σ = exp(log_var / 2)": lambda m, v, e: sample(m, v, e, 1),
            "the noise is multiplied with exp(2·log_var); σ = exp(log_var / 2)": (
                lambda m, v, e: sample(m, v, e, 2)
            ),
            "the noise is multiplied with exp(log_var / 4); σ = exp(log_var / 2)": (
                lambda m, v, e: sample(m, v, e, 0.25)
            ),
            "the noise is multiplied with 1 / σ: a sign is turned in the exponent": (
                lambda m, v, e: sample(m, v, e, -0.5)
            ),
            "the noise is not multiplied with σ": lambda m, v, e: m + e,
            "the noise is multiplied with log_var itself; σ = exp(log_var / 2)": (
                lambda m, v, e: m + v * e
            ),
            "the noise is multiplied with log_var / 2, its exponential is missing: "
            "σ = exp(log_var / 2)": lambda m, v, e: m + v / 2 * e,
            "the noise is multiplied with exp(log_var) / 2; the half belongs inside: "
            "σ = exp(log_var / 2)": lambda m, v, e: m + v.exp() / 2 * e,
            "log_var may be negative, and has no root then: σ² = exp(log_var)": (
                lambda m, v, e: m + v.sqrt() * e
            ),
            "the sign of the noise is turned: the distribution is the same, but z is μ + σ ε": (
                lambda m, v, e: sample(m, v, -e)
            ),
            "the noise of one example is shared by the whole batch; take one per example": (
                lambda m, v, e: sample(m, v, e[0])
            ),
            "the noise of one unit is shared by all units of a code; take one per unit": (
                lambda m, v, e: sample(m, v, e[:, :1])
            ),
            "the noise does not enter: this is μ": lambda m, v, e: m,
            "the noise does not enter: this is μ + σ": lambda m, v, e: m + (v / 2).exp(),
            "μ is not added": lambda m, v, e: (v / 2).exp() * e,
            "μ is multiplied with σ, too; only the noise is": lambda m, v, e: (
                (v / 2).exp() * (m + e)
            ),
            "this is the noise itself, whatever mu and log_var are": lambda m, v, e: e,
        },
        draw=lambda n: (torch.randn(n, 3), 0.3 + torch.randn(n, 3), torch.randn(n, 3)),
        praise="the randomness is outside: z is a smooth function of μ and log σ², so that one "
        "draw is enough for a useful gradient.",
        seed=seed,
        trained=(0, 1),
    )


def check_importance_bound(answer: Callable, seed: int = 0) -> None:
    """Check answer(log_w): batch mean of log((1/K) Σₖ w_k), from log weights (examples, K)."""

    def per_example(w):
        return w.logsumexp(1) - math.log(w.shape[1])

    check(
        answer,
        solution=lambda w: per_example(w).mean(),
        wrong={
            "the weights themselves are 0 in float32, and the logarithm of 0 is −∞: stay with "
            "logarithms, torch.logsumexp": lambda w: w.exp().mean(1).log().mean(),
            "this is the mean of the logarithms, the ELBO with less noise; L_K is the logarithm of "
            "the mean": lambda w: w.mean(),
            "log K is missing: this is the logarithm of the sum of the weights, not of the mean": (
                lambda w: w.logsumexp(1).mean()
            ),
            "log K is added where it is taken away: log(1/K) = −log K": (
                lambda w: (w.logsumexp(1) + math.log(w.shape[1])).mean()
            ),
            "this divides by K outside of the logarithm; inside, 1/K becomes −log K": (
                lambda w: (w.logsumexp(1) / w.shape[1]).mean()
            ),
            "K is taken away, not log K": lambda w: (w.logsumexp(1) - w.shape[1]).mean(),
            "log K is that of the number of examples; K is the number of draws, w.shape[1]": (
                lambda w: (w.logsumexp(1) - math.log(len(w))).mean()
            ),
            "the axes are exchanged: the draws of an example are a row (dim 1)": (
                lambda w: (w.logsumexp(0) - math.log(len(w))).mean()
            ),
            "examples and draws are thrown together: take the logarithm for each example, then the "
            "mean over the examples": lambda w: w.flatten().logsumexp(0) - math.log(w.numel()),
            "this is one number per example; average them": per_example,
            "this sums over the examples; average them": lambda w: per_example(w).sum(),
            "the sign is turned: L_K is a bound of log p(x), not a loss": (
                lambda w: -per_example(w).mean()
            ),
            "this takes the best draw alone": lambda w: w.amax(1).mean(),
            "this is a mean of the log weights in which large ones count more; take the logarithm "
            "of the plain mean of the weights": lambda w: (w.softmax(1) * w).sum(1).mean(),
        },
        draw=lambda n: (-200 + 3 * torch.randn(n, 7),),
        praise="for K = 1 it is the ELBO; with more draws it comes closer to log p(x), and in "
        "expectation it never passes it.",
        seed=seed,
    )


def check_beta_of_sigma(answer: Callable, seed: int = 0) -> None:
    """Check answer(sigma): the weight of the KL beside ‖x − x′‖², for pixels N(x′, σₓ²): 2σₓ²."""
    check(
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
        draw=lambda n: (0.05 + 0.4 * torch.rand(()).item(),),
        praise="as σₓ → 0 the weight of the KL goes to 0, and a plain autoencoder is left. β is "
        "the noise that you are ready to ignore.",
        seed=seed,
    )
