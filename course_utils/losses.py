"""One function per loss term, in the one convention of the course.

Every term is summed over the features (or code units) of an example and averaged over the examples
of a batch, so that it means the same at every batch size. Nothing here has a weight: λ and β are
written in the notebooks, where the reader sees them.
"""

import functools
from numbers import Real

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_NOT_DIFFERENTIABLE = "model.encode must return codes that are differentiable by x"


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
    try:
        torch.broadcast_shapes(rho.shape, rho_hat.shape)
    except RuntimeError:
        raise ValueError(
            f"rho and rho_hat must have shapes that broadcast, got {tuple(rho.shape)} and "
            f"{tuple(rho_hat.shape)}"
        ) from None
    return _divergence(rho, rho_hat)


def _divergence(rho: Tensor, rho_hat: Tensor) -> Tensor:
    """The formula of `bernoulli_kl`, for values that have been checked."""
    one = torch.xlogy(rho, rho) - torch.xlogy(rho, rho_hat)
    zero = torch.xlogy(1 - rho, 1 - rho) - torch.xlogy(1 - rho, 1 - rho_hat)
    return one + zero


def kl_sparsity(h: Tensor, rho: float) -> Tensor:
    """Return Σⱼ D(ρ‖ρ̂ⱼ), where ρ̂ⱼ is the mean of hⱼ over the batch; in nats.

    h: activations (n, units) in [0, 1]. rho: the target activation, one number. Closer than 1e-7
    to 0 or 1 (or than the rounding of the dtype, or half of ρ's own distance) the curve is
    continued by its tangent: a unit that is off or on for the whole batch costs a finite amount,
    and is still drawn back towards ρ.
    Returns a scalar: a sum over units of a function of the mean over examples. Raises TypeError or
    ValueError when h or rho is not such. Source: Ng (2011), Sparse autoencoder, CS294A.
    """
    _check_batch("h", h)
    if h.dim() != 2:
        raise ValueError(f"h must have the shape (n, units), got {tuple(h.shape)}")
    if isinstance(rho, Tensor) and rho.dim() > 0:
        raise ValueError(f"rho must be one number, got shape {tuple(rho.shape)}")
    rounding, dtype = torch.finfo(h.dtype).eps / 2, h.dtype
    rho, h = _probabilities(rho=rho, h=h.float() if h.dtype.itemsize < 4 else h)
    rho_hat = h.mean(0)
    # Not beyond ρ itself: there the tangent would lead away from it.
    margin = max(1e-7, rounding)
    low, high = (min(margin, p / 2) if p > 0 else margin for p in (rho.item(), 1 - rho.item()))
    inside = rho_hat.clamp(low, 1 - max(high, torch.finfo(h.dtype).eps / 2))
    at = inside.detach()
    slope = (at - rho) / (at * (1 - at))
    return (_divergence(rho, inside) + slope * (rho_hat - inside)).sum().to(dtype)


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
        if given.numel() == 0:
            raise ValueError(f"{name} must hold numbers, got shape {tuple(given.shape)}")
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


def contractive_penalty(model: nn.Module, x: Tensor) -> Tensor:
    """Return the mean over the batch of ‖J‖²_F = Σⱼᵢ (∂hⱼ/∂xᵢ)², J the Jacobian of model.encode.

    By automatic differentiation, one backward pass per code unit: exact for every encoder that
    treats the examples of a batch one by one (no batch normalisation in training mode), and
    differentiable again, so that it can be trained with. Under torch.no_grad it needs less memory.
    model: anything with encode(x). x: (n, features…). Returns a scalar, in squared units of h per
    squared unit of x. Raises TypeError or ValueError when encode does not give codes that depend
    differentiably on x. Source: Rifai, Vincent, Muller, Glorot and Bengio (2011).
    """
    if torch.is_inference_mode_enabled():
        return _without_inference_mode(contractive_penalty, model, x)
    x, h = _traced_codes(model, x)
    total = x.new_zeros(())
    for j in range(h.shape[1]):
        unit = torch.zeros_like(h)
        unit[:, j] = 1
        total = total + _pulled_back(h, x, unit)
    return total / len(x)


def estimated_contractive_penalty(model: nn.Module, x: Tensor, projections: int = 1) -> Tensor:
    """Return an unbiased estimate of `contractive_penalty`: the mean of ‖Jᵀv‖² over random signs v.

    E‖Jᵀv‖² = tr(JJᵀ) = ‖J‖²_F, because E vvᵀ = I. v is drawn for each example from torch's global
    generator, `projections` times: one backward pass each, however wide the code is. Its variance
    for one example and one projection is 2 Σ_{j≠k} (JJᵀ)²ⱼₖ. Arguments and errors otherwise as in
    `contractive_penalty`. Source: Hutchinson (1990).
    """
    if isinstance(projections, bool) or not isinstance(projections, int):
        raise TypeError(f"projections must be a whole number, got {projections!r}")
    if projections < 1:
        raise ValueError(f"projections must be at least 1, got {projections}")
    if torch.is_inference_mode_enabled():
        return _without_inference_mode(estimated_contractive_penalty, model, x, projections)
    x, h = _traced_codes(model, x)
    total = x.new_zeros(())
    for _ in range(projections):
        signs = torch.randint_like(h, 2) * 2 - 1
        total = total + _pulled_back(h, x, signs)
    return total / (projections * len(x))


def sigmoid_contractive_penalty(h: Tensor, weight: Tensor) -> Tensor:
    """Return the mean over the batch of Σⱼ (hⱼ(1−hⱼ))² Σᵢ W²ⱼᵢ, which is ‖J‖²_F of a sigmoid layer.

    The closed form of `contractive_penalty` for h = sigmoid(x Wᵀ + b). h: (n, code), in [0, 1].
    weight: W, (code, in), as in torch.nn.Linear. Returns a scalar. Raises TypeError or ValueError
    for other input. Source: Rifai, Vincent, Muller, Glorot and Bengio (2011).
    """
    _check_batch("h", h)
    _check_batch("weight", weight)
    if h.dim() != 2 or weight.dim() != 2 or h.shape[1] != len(weight):
        raise ValueError(
            "h must be (n, code) and weight (code, in), got "
            f"{tuple(h.shape)} and {tuple(weight.shape)}"
        )
    low, high = torch.aminmax(h.detach())
    if not (low >= 0 and high <= 1):
        raise ValueError(f"h must be in [0, 1], got {low:.10g} to {high:.10g}")
    return ((h * (1 - h)).square() * weight.square().sum(1)).sum() / len(h)


def _without_inference_mode(penalty, model, x: Tensor, *options) -> Tensor:
    """Call where derivatives exist; as under no_grad, nothing is recorded for the caller."""
    with torch.inference_mode(False), torch.no_grad():
        return penalty(model, x.clone() if isinstance(x, Tensor) else x, *options)


def _traced_codes(model, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return x and its codes (n, code), recorded so that h can be differentiated by x."""
    _check_batch("x", x)
    if not callable(getattr(model, "encode", None)):
        raise TypeError(f"model must have a method encode, got {type(model).__name__}")
    with torch.enable_grad():
        x = x if x.requires_grad else x.detach().requires_grad_()
        h = model.encode(x)
        wrong = not isinstance(h, Tensor) or not h.is_floating_point() or h.numel() == 0
        if wrong or h.dim() < 2 or len(h) != len(x):
            got = tuple(h.shape) if isinstance(h, Tensor) else type(h).__name__
            raise ValueError(f"model.encode must return codes (n, code) for n inputs, got {got}")
        if not h.requires_grad:
            raise ValueError(_NOT_DIFFERENTIABLE)
        return x, h.flatten(1)


def _pulled_back(h: Tensor, x: Tensor, v: Tensor) -> Tensor:
    """Return Σ over the batch of ‖Jᵀv‖², by one backward pass that keeps the graph for the next."""
    record = torch.is_grad_enabled()
    (row,) = torch.autograd.grad(h, x, v, retain_graph=True, create_graph=record, allow_unused=True)
    if row is None:
        raise ValueError(_NOT_DIFFERENTIABLE)
    return row.square().sum()
