import numpy as np
import pytest
import torch

from course_utils.losses import squared_error


def pair(*shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, *shape, generator=generator, dtype=dtype).unbind()


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 3), (64, 784), (4, 2, 3)], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_squared_error_is_the_mean_over_the_batch_of_the_sum_over_the_features(shape, seed):
    x_hat, x = pair(*shape, seed=seed)
    by_hand = [
        sum((a - b) ** 2 for a, b in zip(row_hat.ravel(), row.ravel(), strict=True))
        for row_hat, row in zip(x_hat.numpy(), x.numpy(), strict=True)
    ]
    assert squared_error(x_hat, x).item() == pytest.approx(np.mean(by_hand))


def test_squared_error_of_a_worked_example():
    x_hat = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    x = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    assert squared_error(x_hat, x).item() == 7  # (13 + 1) / 2


def test_squared_error_is_a_scalar_of_the_inputs_type():
    for dtype in (torch.float32, torch.float64):
        error = squared_error(*pair(5, 3, dtype=dtype))
        assert error.shape == () and error.dtype == dtype


def test_squared_error_is_zero_only_for_the_target_itself():
    x, other = pair(5, 3)
    assert squared_error(x, x) == 0
    assert squared_error(x, other) > 0


@pytest.mark.parametrize("repeats", [2, 5])
def test_squared_error_means_the_same_at_every_batch_size(repeats):
    x_hat, x = pair(6, 4)
    repeated = squared_error(x_hat.repeat(repeats, 1), x.repeat(repeats, 1))
    torch.testing.assert_close(repeated, squared_error(x_hat, x))


def test_squared_error_is_summed_over_the_features():
    x_hat, x = pair(6, 4)
    wider = squared_error(x_hat.repeat(1, 3), x.repeat(1, 3))
    torch.testing.assert_close(wider, 3 * squared_error(x_hat, x))


def test_squared_error_has_the_gradient_of_finite_differences():
    x_hat, x = (tensor.requires_grad_() for tensor in pair(5, 3))
    assert torch.autograd.gradcheck(squared_error, (x_hat, x))


def test_squared_error_has_the_gradient_2_over_n_times_the_difference():
    x_hat, x = pair(5, 3)
    x_hat.requires_grad_()
    squared_error(x_hat, x).backward()
    torch.testing.assert_close(x_hat.grad, 2 * (x_hat.detach() - x) / 5)


FLOATS = torch.zeros(4, 3)
BAD_TENSORS = {
    "1-D": (ValueError, torch.zeros(3)),
    "a scalar": (ValueError, torch.tensor(0.0)),
    "no examples": (ValueError, torch.zeros(0, 3)),
    "no features": (ValueError, torch.zeros(4, 0)),
    "integers": (TypeError, torch.zeros(4, 3, dtype=torch.int64)),
    "truth values": (TypeError, torch.zeros(4, 3, dtype=torch.bool)),
    "an array": (TypeError, np.zeros((4, 3))),
    "a list": (TypeError, [[0.0, 0.0, 0.0]]),
    "nothing": (TypeError, None),
}


@pytest.mark.parametrize(("error", "bad"), BAD_TENSORS.values(), ids=BAD_TENSORS)
def test_squared_error_refuses_a_bad_reconstruction_by_name(error, bad):
    with pytest.raises(error, match="^x_hat must"):
        squared_error(bad, FLOATS)


@pytest.mark.parametrize(("error", "bad"), BAD_TENSORS.values(), ids=BAD_TENSORS)
def test_squared_error_refuses_a_bad_target_by_name(error, bad):
    with pytest.raises(error, match="^x must"):
        squared_error(FLOATS, bad)


@pytest.mark.parametrize("shape", [(3, 4), (4, 1), (1, 3), (4, 3, 1), (8, 3)], ids=str)
def test_squared_error_refuses_shapes_that_broadcasting_would_hide(shape):
    with pytest.raises(ValueError) as caught:
        squared_error(FLOATS, torch.zeros(shape))
    for words in ("x_hat", " x ", "(4, 3)", str(shape)):
        assert words in str(caught.value)
