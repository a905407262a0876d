"""Checkers of lesson 05: variational autoencoders."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.exercises.checking import IN_PLACE, Stop, check, measured


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
        before = m, v
        m, v = m.clone().requires_grad_(), v.clone().requires_grad_()
        z = function(m, v)
        if not (m.equal(before[0]) and v.equal(before[1])):
            raise Stop(IN_PLACE)
        if z is None or z is ...:
            return z
        if not isinstance(z, Tensor) or z.shape != m.shape or z.is_complex():
            return torch.full((7,), -2.0)
        if not z.isfinite().all():
            return torch.full((7,), -3.0)
        again = function(m, v)
        if isinstance(again, Tensor) and again.equal(z) and not z.equal(m):
            return torch.full((7,), -4.0)
        facts = [_sample_facts(z[i::2], m[i::2].detach(), v[i::2].detach()) for i in (0, 1)]
        same = facts[0] if facts[0].equal(facts[1]) else torch.full((5,), -5.0).double()
        return torch.cat([same, _gradient_facts(z, m, v)])

    seen = []  # facts of the answer, which the last message takes as they are

    def remember(function, m, v):
        seen.append(describe(function, m, v))
        return seen[-1]

    def wrong(**options):
        return lambda m, v: describe(lambda a, b: sample(a, b, **options), m, v)

    check(
        measured(answer, remember),
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
            "two calls return the same numbers: no noise is drawn, or a seed is set inside the "
            "function": lambda m, v: torch.full((7,), -4.0),
            "mean and spread are right, but the draws are not normal; the code needs ε ~ N(0, 1): "
            "torch.randn": wrong(draw=lambda shape: 12**0.5 * (torch.rand(shape) - 0.5)),
            "mean or spread of the draws is not that of N(μ, σ²), or two things are wrong at once: "
            "compare many draws with μ and exp(log_var / 2)": lambda m, v: seen.pop(0),
        },
        draw=lambda: (
            torch.tensor([[2.0, -3.0, 6.0], [-4.0, 5.0, 1.5]]).repeat(3000, 1),
            torch.tensor([[-1.4, 1.0, 2.0], [1.2, -1.8, 0.9]]).repeat(3000, 1),
        ),
        praise="the randomness is outside: z is a smooth function of μ and log σ², so that one "
        "draw is enough for a useful gradient.",
        seed=seed,
    )


def _sample_facts(z: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """Describe a sample by the nearest of the known mistakes, so that the numbers repeat."""
    z, m, v = z.detach().double(), mu[0].double(), log_var[0].double()
    noise = (z - mu) / z.std(0).clamp_min(1e-9)
    shared_rows = bool((noise - noise[0]).abs().max() < 1e-6)
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
    inside = ((z - m).abs() < 0.5 * (0.5 * v).exp()).double().mean()  # 0.383 for a normal law
    if nearest == where == shared_rows == shared_units == 0 and (inside - 0.383).abs() > 0.03:
        where = 2.0
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

    check(
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
        draw=lambda: (0.05 + 0.4 * float(torch.rand(())),),
        praise="as σₓ → 0 the weight of the KL goes to 0, and a plain autoencoder is left. β is "
        "the noise that you are ready to ignore.",
        seed=seed,
    )
