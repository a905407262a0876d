"""Four ways to damage images (04), each returning x̃ of the shape of x; nothing here restores.

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
