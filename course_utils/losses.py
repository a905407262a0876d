"""One function per loss term, in the one convention of the course.

Every term is summed over the features (or code units) of an example and averaged over the examples
of a batch, so that it means the same at every batch size. Nothing here has a weight: λ and β are
written in the notebooks, where the reader sees them. All raise TypeError or ValueError for tensors
of the wrong kind or shape; nan passes, and `fit` stops at it.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_utils import checks

# 01: reconstruction


@checks.arguments(
    x_hat=checks.floats("n features…"), x=checks.floats("n features…"), alike=("x_hat", "x")
)
def squared_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """Return the mean over the batch of ‖x − x′‖² = Σᵢ (xᵢ − x′ᵢ)².

    x_hat, x: reconstructions and targets, both (n, features…). Returns a scalar, in squared units
    of x.
    """
    return F.mse_loss(x_hat, x, reduction="sum") / len(x)


# 02: few units now


@checks.arguments(h=checks.floats("n units…"))
def l1_activation(h: Tensor) -> Tensor:
    """Return the mean over the batch of Σⱼ |hⱼ|, the L1 penalty on the activations.

    h: codes (n, units…). Returns a scalar, in units of h. Its subgradient at hⱼ = 0 is taken as 0.
    """
    return h.abs().sum() / len(h)


# 03: each unit rarely


@checks.arguments(rho=checks.probability, rho_hat=checks.probability)
def bernoulli_kl(rho: float | Tensor, rho_hat: float | Tensor) -> Tensor:
    """Return, elementwise, D(ρ‖ρ̂) = ρ log(ρ/ρ̂) + (1−ρ) log((1−ρ)/(1−ρ̂)), in nats.

    The divergence between two Bernoulli distributions, with 0·log 0 = 0; infinite where ρ̂ rules out
    what ρ allows. rho, rho_hat: numbers or floating-point tensors in [0, 1], of shapes that
    broadcast; two plain numbers give float64. Source: Kullback and Leibler (1951).
    """
    rho, rho_hat = checks.broadcastable(rho=rho, rho_hat=rho_hat)
    one = torch.xlogy(rho, rho) - torch.xlogy(rho, rho_hat)
    zero = torch.xlogy(1 - rho, 1 - rho) - torch.xlogy(1 - rho, 1 - rho_hat)
    return one + zero


@checks.arguments(h=checks.finite("n units", "[0, 1]"), rho=checks.number("[0, 1]"))
def kl_sparsity(h: Tensor, rho: float) -> Tensor:
    """Return Σⱼ D(ρ‖ρ̂ⱼ), where ρ̂ⱼ is the mean of hⱼ over the batch; in nats.

    h: activations (n, units) in [0, 1]. rho: the target activation, a number in [0, 1]. Closer than
    1e-7 to 0 or 1 the curve is continued by its tangent: a unit that is off or on for the whole
    batch costs a finite amount, and is still drawn back towards ρ. Returns a scalar: a sum over
    units of a function of the mean over examples. Source: Ng (2011), Sparse autoencoder, CS294A.
    """
    rho, rho_hat = h.new_tensor(rho), h.mean(0)
    inside = rho_hat.clamp(*_bounds(rho))
    at = inside.detach()
    slope = (at - rho) / (at * (1 - at))
    return (bernoulli_kl(rho, inside) + slope * (rho_hat - inside)).sum()


def _bounds(rho: Tensor) -> tuple[float, float]:
    """Return where the tangents begin: 1e-7 from 0 and 1, but not beyond ρ, nor within rounding."""
    rounding = torch.finfo(rho.dtype).eps / 2
    margin = max(1e-7, rounding)
    low, high = (min(margin, p / 2) if p > 0 else margin for p in (rho.item(), 1 - rho.item()))
    return low, 1 - max(high, rounding)


# 05: likelihood and prior


@checks.arguments(
    logits=checks.floats("n features…"),
    x=checks.finite("n features…", "[0, 1]"),
    alike=("logits", "x"),
)
def bernoulli_nll(logits: Tensor, x: Tensor) -> Tensor:
    """Return the mean over the batch of −Σᵢ (xᵢ log pᵢ + (1−xᵢ) log(1−pᵢ)), p = sigmoid(logits).

    The summed binary cross-entropy, in nats, from logits, so that it stays finite where p rounds to
    0 or 1. logits, x: both (n, features…), x in [0, 1]. Returns a scalar. For grey x it is bounded
    below by the entropy of the pixels, not by 0.
    """
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


@checks.arguments(
    mu=checks.floats("n code…"), log_var=checks.floats("n code…"), alike=("mu", "log_var")
)
def gaussian_kl(mu: Tensor, log_var: Tensor) -> Tensor:
    """Return the mean over the batch of ½ Σⱼ (μⱼ² + σⱼ² − 1 − log σⱼ²), σⱼ² = exp(log_varⱼ).

    The divergence D(N(μ, σ²)‖N(0, 1)), summed over the code, in nats. mu, log_var: both (n, code…).
    expm1 keeps the digits where σ² is near 1. Finite as long as exp(log_var) is: up to 88 in
    float32. Source: Kingma and Welling (2014).
    """
    return 0.5 * (mu.square() + log_var.expm1() - log_var).sum() / len(mu)


# 06: contraction


@checks.arguments(model=checks.has("encode"), x=checks.floats("n features…"))
def contractive_penalty(model: nn.Module, x: Tensor) -> Tensor:
    """Return the mean over the batch of ‖J‖²_F = Σⱼᵢ (∂hⱼ/∂xᵢ)², J the Jacobian of model.encode.

    By automatic differentiation, one backward pass per code unit: exact for every encoder that
    treats the examples of a batch one by one (no batch normalisation in training mode), and
    differentiable again, so that it can be trained with. Under torch.no_grad it needs less memory.
    model: anything with encode(x). x: (n, features…). Returns a scalar, in squared units of h per
    squared unit of x. Source: Rifai, Vincent, Muller, Glorot and Bengio (2011).
    """
    x, h = _traced_codes(model, x)
    units = torch.eye(h.shape[1]).to(h)
    return sum(_pulled_back(h, x, unit.expand_as(h)) for unit in units) / len(x)


@checks.arguments(
    model=checks.has("encode"), x=checks.floats("n features…"), projections=checks.whole()
)
def estimated_contractive_penalty(model: nn.Module, x: Tensor, projections: int = 1) -> Tensor:
    """Return an unbiased estimate of `contractive_penalty`: the mean of ‖Jᵀε‖² over random signs ε.

    E‖Jᵀε‖² = tr(JJᵀ) = ‖J‖²_F, because E εεᵀ = I. ε is drawn for each example from torch's global
    generator, `projections` times: one backward pass each, however wide the code is. Its variance
    for one example and one projection is 2 Σ_{j≠k} (JJᵀ)²ⱼₖ. Arguments otherwise as in
    `contractive_penalty`. Source: Hutchinson (1990).
    """
    x, h = _traced_codes(model, x)
    signs = (torch.randint_like(h, 2) * 2 - 1 for _ in range(projections))
    return sum(_pulled_back(h, x, epsilon) for epsilon in signs) / (projections * len(x))


@checks.arguments(h=checks.finite("n code", "[0, 1]"), weight=checks.floats("code in"))
def sigmoid_contractive_penalty(h: Tensor, weight: Tensor) -> Tensor:
    """Return the mean over the batch of Σⱼ (hⱼ(1−hⱼ))² Σᵢ W²ⱼᵢ, which is ‖J‖²_F of a sigmoid layer.

    The closed form of `contractive_penalty` for h = sigmoid(x Wᵀ + b). h: (n, code), in [0, 1].
    weight: W, (code, in), as in torch.nn.Linear. Returns a scalar. Source: Rifai, Vincent, Muller,
    Glorot and Bengio (2011).
    """
    checks.same_columns(h=h, weight=weight.T)
    return ((h * (1 - h)).square() * weight.square().sum(1)).sum() / len(h)


@torch.enable_grad()
def _traced_codes(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return x and its codes (n, code), recorded so that h can be differentiated by x."""
    x = x if x.requires_grad else x.detach().requires_grad_()
    return x, checks.codes(model.encode(x), x)


def _pulled_back(h: Tensor, x: Tensor, v: Tensor) -> Tensor:
    """Return Σ over the batch of ‖Jᵀv‖², by one backward pass that keeps the graph for the next."""
    record = torch.is_grad_enabled()
    (row,) = torch.autograd.grad(h, x, v, retain_graph=True, create_graph=record, allow_unused=True)
    checks.depends("model.encode(x)", row is not None, "x")
    return row.square().sum()
