"""What is measured on a trained model: plain numbers, nothing that training would need."""

import math

import torch
from scipy.linalg import subspace_angles
from torch import Tensor, nn

from course_utils.losses import squared_error


def reconstruction_error(model: nn.Module, x: Tensor) -> float:
    """Return the mean over the examples of ‖x − x′‖², x′ = model(x).x_hat, as a number.

    x: (n, features); the unit is that of x, squared. No gradients are recorded.
    """
    with torch.no_grad():
        return squared_error(model(x).x_hat, x).item()


def encode(model: nn.Module, x: Tensor) -> Tensor:
    """Return the codes (n, units) of x (n, features), without the record that training needs."""
    with torch.no_grad():
        return model.encode(x)


def largest_principal_angle(a: Tensor, b: Tensor) -> float:
    """Return the largest principal angle, in degrees, between the column spaces of a and b.

    a (n, p), b (n, q): 0° when one space contains the other, 90° when some direction of one is
    orthogonal to the other. By SciPy's `subspace_angles` (Knyazev and Argentati, 2002).
    """
    if a.dim() != 2 or b.dim() != 2 or len(a) != len(b):
        raise ValueError(
            f"a and b must be matrices with as many rows as each other, got {tuple(a.shape)} and "
            f"{tuple(b.shape)}"
        )
    angles = subspace_angles(a.detach().double().numpy(), b.detach().double().numpy())
    return math.degrees(angles.max())


def active_units(h: Tensor, threshold: float = 0.0) -> float:
    """Return how many units are active in an example, |hⱼ| > threshold, averaged over the examples.

    The L0 "norm" of a code. A ReLU unit is off when it is 0; for other units choose a threshold.
    Raises TypeError or ValueError when h is not (n, units) or threshold is negative.
    """
    return _active(h, threshold).sum(1).double().mean().item()


def alive_units(h: Tensor, threshold: float = 0.0) -> int:
    """Return how many units are active, |hⱼ| > threshold, in at least one of the examples.

    The others are dead: on these data they carry nothing. Arguments as in `active_units`.
    """
    return int(_active(h, threshold).any(0).sum())


def lifetime_sparseness(h: Tensor) -> Tensor:
    """Return, per unit (units,), how unevenly its activation is spread over the examples.

    S = (1 − ⟨|h|⟩² / ⟨h²⟩) / (1 − 1/n), means over the n examples: 0 when |h| is constant, 1 when a
    single example activates the unit; nan for a unit that is 0 on all of them. Raises ValueError
    for fewer than two examples. Sources: Treves and Rolls (1991); Vinje and Gallant (2000).
    """
    _check_codes(h)
    return _sparseness(h, dim=0)


def population_sparseness(h: Tensor) -> Tensor:
    """Return, per example (n,), how unevenly the activation is spread over the units.

    The same S as in `lifetime_sparseness`, with means over the units of one example: 0 when all
    units are equally active, 1 when one unit carries everything; nan for an example whose code is
    0. Sources: Treves and Rolls (1991); Willmore and Tolhurst (2001), who keep the two apart.
    """
    _check_codes(h)
    return _sparseness(h, dim=1)


def _sparseness(h: Tensor, dim: int) -> Tensor:
    n = h.shape[dim]
    if n < 2:
        what = "examples" if dim == 0 else "units"
        raise ValueError(f"h must hold at least two {what}, got shape {tuple(h.shape)}")
    h = h.detach().abs().double()
    h = h / h.amax(
        dim, keepdim=True
    )  # S does not depend on the scale; this keeps h² from underflow
    return (1 - h.mean(dim).square() / h.square().mean(dim)) / (1 - 1 / n)


def _active(h: Tensor, threshold: float) -> Tensor:
    _check_codes(h)
    if not threshold >= 0:
        raise ValueError(f"threshold must be at least 0, got {threshold}")
    return h.detach().abs() > threshold


def _check_codes(h: Tensor) -> None:
    if not isinstance(h, Tensor) or not h.is_floating_point():
        kind = h.dtype if isinstance(h, Tensor) else type(h).__name__
        raise TypeError(f"h must be a tensor of floating-point numbers, got {kind}")
    if h.dim() != 2 or h.numel() == 0:
        raise ValueError(f"h must have the shape (n, units), got {tuple(h.shape)}")
    if torch.isnan(h).any():
        raise ValueError("h holds nan")
