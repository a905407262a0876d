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
