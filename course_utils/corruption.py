"""Four ways to damage images (04), and noise of every level (11); nothing here restores.

Random numbers come from torch's global generator, independent for every pixel of every image. All
of them raise TypeError or ValueError for an x that is not a finite tensor (n, features).
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from course_utils import checks


@checks.arguments(x=checks.finite(), sigma=checks.number("[0, inf)"))
def gaussian_noise(x: Tensor, sigma: float) -> Tensor:
    """Return x + σε, ε ~ N(0, 1) for every entry; not clipped, so that its mean stays x.

    x: (n, features). sigma: the standard deviation, in units of x, at least 0.
    """
    return x + sigma * torch.randn_like(x)


@checks.arguments(x=checks.finite(), fraction=checks.number("[0, 1]"))
def masking_noise(x: Tensor, fraction: float) -> Tensor:
    """Return x with every entry set to 0 with probability `fraction`; the others stay as they are.

    x: (n, features). fraction: in [0, 1]. Source: Vincent, Larochelle, Bengio and Manzagol (2008).
    """
    return torch.where(torch.rand_like(x) < fraction, 0.0, x)


@checks.arguments(x=checks.finite(), fraction=checks.number("[0, 1]"))
def salt_and_pepper(x: Tensor, fraction: float) -> Tensor:
    """Return x with every entry replaced, with probability `fraction`, by 0 or by 1, equally often.

    x: (n, features). fraction: in [0, 1].
    """
    u = torch.rand_like(x)
    return torch.where(u < fraction, (u < fraction / 2).to(x.dtype), x)


@checks.arguments(x=checks.square_images(), factor=checks.whole())
def low_resolution(x: Tensor, factor: int) -> Tensor:
    """Return x with every block of factor × factor pixels replaced by the block's mean.

    28 × 28 with factor 2 holds what a 14 × 14 image holds, still written as 784 numbers. x: square
    images (n, side²). factor: a divisor of the side.
    """
    side = math.isqrt(x.shape[1])
    checks.divisor("factor", factor, side)
    blocks = F.avg_pool2d(x.reshape(-1, 1, side, side), factor)
    return F.interpolate(blocks, scale_factor=factor, mode="nearest").flatten(1)


# 11: one schedule of noise, from clean to nearly pure noise


@checks.arguments(steps=checks.whole())
def noise_schedule(steps: int) -> Tensor:
    """Return ᾱ₀ … ᾱ_T, the shares of the variance that are still data: cosines of even angles.

    ᾱ₀ = 1 and ᾱₜ = cos² φₜ, φ₁ … φ_T evenly spaced so that ᾱ₁ = 0.999 and ᾱ_T = 0.001 (one step
    takes all: ᾱ₁ = 0.001). Shape (steps + 1,). After Nichol and Dhariwal (2021).
    """
    most = math.acos(math.sqrt(0.001))
    angles = torch.linspace(most, math.pi / 2 - most, steps, dtype=torch.float64).flip(0)
    return torch.cat([torch.ones(1), angles.cos().square().float()])


@checks.arguments(
    x0=checks.finite("n features…"), alpha_bar=checks.probability,
    noise=checks.finite("n features…"), alike=("x0", "noise"),
)  # fmt: skip
def diffuse(x0: Tensor, alpha_bar: float | Tensor, noise: Tensor) -> Tensor:
    """Return xₜ = √ᾱ x₀ + √(1 − ᾱ) ε: t steps of noise in one, for data of variance 1.

    x0, noise ε: one shape (n, features…). alpha_bar: in [0, 1], one number or one for each example
    (n,). Source: Ho, Jain and Abbeel (2020).
    """
    level = torch.as_tensor(alpha_bar, dtype=x0.dtype, device=x0.device)
    if level.dim():
        checks.finite("n")("alpha_bar", level)
        checks.same_rows(x0=x0, alpha_bar=level)
        level = level.reshape(-1, *[1] * (x0.dim() - 1))
    return level.sqrt() * x0 + (1 - level).sqrt() * noise
