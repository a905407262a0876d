"""Four ways to damage images, each returning x̃ of the shape of x; nothing here restores.

Random numbers come from torch's global generator, independent for every pixel of every image.
"""

import math
from numbers import Real

import torch
from torch import Tensor
from torch.nn import functional as F


def gaussian_noise(x: Tensor, sigma: float) -> Tensor:
    """Return x + σε, ε ~ N(0, 1) for every entry; not clipped, so that its mean stays x.

    x: (n, features), any values. sigma: the standard deviation, in units of x. Raises TypeError or
    ValueError for another x, or a sigma that is not a finite number of at least 0.
    """
    _check_images(x)
    if not isinstance(sigma, Real):
        raise TypeError(f"sigma must be a number, got {type(sigma).__name__}")
    if not (math.isfinite(sigma) and sigma >= 0):
        raise ValueError(f"sigma must be a finite number of at least 0, got {sigma}")
    return x + sigma * torch.randn_like(x)


def masking_noise(x: Tensor, fraction: float) -> Tensor:
    """Return x with every entry set to 0 with probability `fraction`; the others stay as they are.

    x: (n, features). Raises TypeError or ValueError for another x or a fraction outside [0, 1].
    Source: Vincent, Larochelle, Bengio and Manzagol (2008).
    """
    _check_images(x)
    _check_fraction(fraction)
    return torch.where(torch.rand_like(x) < fraction, 0.0, x)


def salt_and_pepper(x: Tensor, fraction: float) -> Tensor:
    """Return x with every entry replaced, with probability `fraction`, by 0 or by 1, equally often.

    x: (n, features). Raises TypeError or ValueError for another x or a fraction outside [0, 1].
    """
    _check_images(x)
    _check_fraction(fraction)
    u = torch.rand_like(x)
    return torch.where(u < fraction, (u < fraction / 2).to(x.dtype), x)


def low_resolution(x: Tensor, factor: int, image_shape: tuple[int, int] = (28, 28)) -> Tensor:
    """Return x with every block of factor × factor pixels replaced by the block's mean.

    28 × 28 with factor 2 holds what a 14 × 14 image holds, still written as 784 numbers. x: (n,
    height · width). Raises TypeError or ValueError for another x or when factor does not divide
    both sides of the image.
    """
    _check_images(x)
    height, width = image_shape
    if x.shape[1] != height * width:
        raise ValueError(f"x must have {height * width} columns, got {x.shape[1]}")
    if isinstance(factor, bool) or not isinstance(factor, int):
        raise TypeError(f"factor must be a whole number, got {factor!r}")
    if factor < 1 or height % factor or width % factor:
        raise ValueError(f"factor must divide {height} and {width}, got {factor}")
    blocks = F.avg_pool2d(x.reshape(-1, 1, height, width), factor)
    return F.interpolate(blocks, scale_factor=factor, mode="nearest").flatten(1)


def _check_images(x: Tensor) -> None:
    if not isinstance(x, Tensor) or not x.is_floating_point():
        kind = x.dtype if isinstance(x, Tensor) else type(x).__name__
        raise TypeError(f"x must be a tensor of floating-point numbers, got {kind}")
    if x.dim() != 2 or x.numel() == 0:
        raise ValueError(f"x must have the shape (n, features), got {tuple(x.shape)}")


def _check_fraction(fraction: float) -> None:
    if not isinstance(fraction, Real):
        raise TypeError(f"fraction must be a number, got {type(fraction).__name__}")
    if not 0 <= fraction <= 1:
        raise ValueError(f"fraction must be in [0, 1], got {fraction}")
