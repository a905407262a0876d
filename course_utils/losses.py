"""One function per loss term, in the one convention of the course.

Every term is summed over the features (or code units) of an example and averaged over the examples
of a batch, so that it means the same at every batch size. Nothing here has a weight: λ and β are
written in the notebooks, where the reader sees them.
"""

import functools
from numbers import Real

import torch
from torch import Tensor
from torch.nn import functional as F


def squared_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """Return the mean over the batch of ‖x − x′‖² = Σᵢ (xᵢ − x′ᵢ)².

    x_hat, x: reconstructions and targets, both (n, features…). Returns a scalar, in squared units
    of x. Raises TypeError or ValueError when they are not floating tensors of one such shape.
    """
    _check_pair("x_hat", x_hat, "x", x)
    return F.mse_loss(x_hat, x, reduction="sum") / len(x)


def l1_activation(h: Tensor) -> Tensor:
    """Return the mean over the batch of Σⱼ |hⱼ|, the L1 penalty on the activations.

    h: codes (n, units…). Returns a scalar, in units of h. Its subgradient at hⱼ = 0 is taken as 0.
    Raises TypeError or ValueError when h is not a batch of floating-point numbers.
    """
    _check_batch("h", h)
    return h.abs().sum() / len(h)


def bernoulli_kl(rho: float | Tensor, rho_hat: float | Tensor) -> Tensor:
    """Return, elementwise, D(ρ‖ρ̂) = ρ log(ρ/ρ̂) + (1−ρ) log((1−ρ)/(1−ρ̂)), in nats.

    The divergence between two Bernoulli distributions, with 0·log 0 = 0; infinite where ρ̂ rules out
    what ρ allows. rho, rho_hat: numbers or floating-point tensors in [0, 1], of shapes that
    broadcast; two plain numbers give float64. Raises TypeError for another type and ValueError for
    NaN or a value outside [0, 1]. Source: Kullback and Leibler (1951).
    """
    rho, rho_hat = _probabilities(rho=rho, rho_hat=rho_hat)
    one = torch.xlogy(rho, rho) - torch.xlogy(rho, rho_hat)
    zero = torch.xlogy(1 - rho, 1 - rho) - torch.xlogy(1 - rho, 1 - rho_hat)
    return one + zero


def kl_sparsity(h: Tensor, rho: float) -> Tensor:
    """Return Σⱼ D(ρ‖ρ̂ⱼ), where ρ̂ⱼ is the mean of hⱼ over the batch; in nats.

    h: activations (n, units) in [0, 1]. rho: the target activation. Closer than 1e-7 (the rounding
    of the dtype, if that is coarser) to 0 or 1 the curve is continued by its tangent: a unit that
    is off or on for the whole batch costs a finite amount, and is still drawn back towards ρ.
    Returns a scalar: a sum over units of a function of the mean over examples. Raises TypeError or
    ValueError when h or rho is not such. Source: Ng (2011), Sparse autoencoder, CS294A.
    """
    _check_batch("h", h)
    if h.dim() != 2:
        raise ValueError(f"h must have the shape (n, units), got {tuple(h.shape)}")
    rho, h = _probabilities(rho=rho, h=h)
    rho_hat = h.mean(0)
    margin = max(1e-7, torch.finfo(h.dtype).eps)
    inside = rho_hat.clamp(margin, 1 - margin)
    at = inside.detach()
    slope = (at - rho) / (at * (1 - at))
    return (bernoulli_kl(rho, inside) + slope * (rho_hat - inside)).sum()


def _probabilities(**values: float | Tensor) -> list[Tensor]:
    """Turn numbers into tensors of the tensors' dtype; refuse what is not in [0, 1]."""
    dtypes = [value.dtype for value in values.values() if isinstance(value, Tensor)]
    dtype = functools.reduce(torch.promote_types, dtypes) if dtypes else torch.float64
    for name, value in values.items():
        number = isinstance(value, Real) and not isinstance(value, bool)
        if not number and not (isinstance(value, Tensor) and value.is_floating_point()):
            kind = value.dtype if isinstance(value, Tensor) else type(value).__name__
            raise TypeError(f"{name} must be a number or a floating-point tensor, got {kind}")
        given = value if isinstance(value, Tensor) else torch.tensor(value, dtype=torch.float64)
        low, high = torch.aminmax(given.detach())
        if not (low >= 0 and high <= 1):
            raise ValueError(f"{name} must be in [0, 1], got {low:.10g} to {high:.10g}")
    return [torch.as_tensor(value, dtype=dtype) for value in values.values()]


def _check_batch(name: str, value: Tensor) -> None:
    """Refuse what is not a non-empty batch (n, features…) of floating-point numbers."""
    if not isinstance(value, Tensor) or not value.is_floating_point():
        kind = value.dtype if isinstance(value, Tensor) else type(value).__name__
        raise TypeError(f"{name} must be a tensor of floating-point numbers, got {kind}")
    if value.dim() < 2 or value.numel() == 0:
        raise ValueError(f"{name} must be a batch (n, features), got shape {tuple(value.shape)}")


def _check_pair(name: str, value: Tensor, other_name: str, other: Tensor) -> None:
    """Refuse two batches unless their shapes are equal: broadcasting would hide a mistake."""
    _check_batch(name, value)
    _check_batch(other_name, other)
    if value.shape != other.shape:
        raise ValueError(
            f"{name} and {other_name} must have one shape, got {tuple(value.shape)} and "
            f"{tuple(other.shape)}"
        )


def bernoulli_nll(logits: Tensor, x: Tensor) -> Tensor:
    """Return the mean over the batch of −Σᵢ (xᵢ log pᵢ + (1−xᵢ) log(1−pᵢ)), p = sigmoid(logits).

    The summed binary cross-entropy, in nats, from logits, so that it stays finite where p rounds to
    0 or 1. logits, x: both (n, features…), x in [0, 1]. Returns a scalar. For grey x it is bounded
    below by the entropy of the pixels, not by 0. Raises TypeError or ValueError for other input.
    """
    _check_pair("logits", logits, "x", x)
    low, high = torch.aminmax(x.detach())
    if not (low >= 0 and high <= 1):
        raise ValueError(f"x must be in [0, 1], got {low:.10g} to {high:.10g}")
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


def gaussian_kl(mu: Tensor, log_var: Tensor) -> Tensor:
    """Return the mean over the batch of ½ Σⱼ (μⱼ² + σⱼ² − 1 − log σⱼ²), σⱼ² = exp(log_varⱼ).

    The divergence D(N(μ, σ²)‖N(0, 1)), summed over the code, in nats. mu, log_var: both (n, code).
    expm1 keeps the digits where σ² is near 1. Finite as long as exp(log_var) is: up to 88 in
    float32. Raises TypeError or ValueError for other input. Source: Kingma and Welling (2014).
    """
    _check_pair("mu", mu, "log_var", log_var)
    return 0.5 * (mu.square() + log_var.expm1() - log_var).sum() / len(mu)
