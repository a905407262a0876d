"""One function per loss term, in the one convention of the course.

Every term is summed over the features (or code units) of an example and averaged over the examples
of a batch, so that it means the same at every batch size. Nothing here has a weight: λ and β are
written in the notebooks, where the reader sees them.
"""

from torch import Tensor
from torch.nn import functional as F


def squared_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """Return the mean over the batch of ‖x − x′‖² = Σᵢ (xᵢ − x′ᵢ)².

    x_hat, x: reconstructions and targets, both (n, features…). Returns a scalar, in squared units
    of x. Raises TypeError or ValueError when they are not floating tensors of one such shape.
    """
    _check_pair("x_hat", x_hat, "x", x)
    return F.mse_loss(x_hat, x, reduction="sum") / len(x)


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
