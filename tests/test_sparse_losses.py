import math

import numpy as np
import pytest
import torch
from scipy.special import rel_entr
from torch.distributions import Bernoulli, kl_divergence

from course_utils.losses import bernoulli_kl, kl_sparsity, l1_activation

EDGES = [0.0, 1e-12, 1e-7, 1e-3, 0.05, 0.3, 0.5, 0.9, 1 - 1e-4, 1 - 1e-12, 1.0]
INSIDE = [1e-7, 1e-5, 0.01, 0.0501, 0.3, 0.5, 0.9, 1 - 1e-4]


def scipy_kl(rho, rho_hat):
    return rel_entr(rho, rho_hat) + rel_entr(1 - rho, 1 - rho_hat)


def slope(rho, rho_hat):
    return (rho_hat - rho) / (rho_hat * (1 - rho_hat))


def activations(n=6, units=4, seed=0, dtype=torch.float64):
    return torch.rand(n, units, generator=torch.Generator().manual_seed(seed), dtype=dtype)


# l1_activation


def test_l1_activation_of_a_worked_example():
    h = torch.tensor([[1.0, -2.0, 0.0], [0.0, 0.5, 0.5]])
    assert l1_activation(h) == 2  # (3 + 1) / 2


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (3, 5), (4, 2, 3)], ids=str)
def test_l1_activation_sums_over_units_and_averages_over_examples(shape):
    h = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    assert l1_activation(h).item() == pytest.approx(np.abs(h.numpy()).sum() / shape[0])


def test_l1_activation_means_the_same_at_every_batch_size():
    h = activations() - 0.5
    torch.testing.assert_close(l1_activation(h.repeat(5, 1)), l1_activation(h))


def test_l1_activation_has_the_sign_as_its_subgradient_and_0_at_0():
    h = torch.tensor([[1.5, -2.0, 0.0]] * 2, requires_grad=True)
    l1_activation(h).backward()
    assert torch.equal(h.grad, torch.tensor([[0.5, -0.5, 0.0]] * 2))


@pytest.mark.parametrize("bad", [torch.zeros(3), torch.zeros(0, 3), torch.zeros(2, 0)], ids=str)
def test_l1_activation_refuses_what_is_not_a_batch(bad):
    with pytest.raises(ValueError, match="^h must"):
        l1_activation(bad)


# bernoulli_kl


@pytest.mark.parametrize("rho", EDGES)
@pytest.mark.parametrize("rho_hat", EDGES)
def test_bernoulli_kl_agrees_with_scipy_up_to_the_ends(rho, rho_hat):
    expected = scipy_kl(rho, rho_hat)
    found = bernoulli_kl(rho, rho_hat)
    assert found.dtype == torch.float64 and found.shape == ()
    assert found.item() == expected or abs(found.item() - expected) <= 1e-12 * max(1, expected)


def test_bernoulli_kl_agrees_with_scipy_on_a_grid_of_tensors():
    grid = np.concatenate([EDGES, np.linspace(0.001, 0.999, 200)])
    found = bernoulli_kl(torch.tensor(grid)[:, None], torch.tensor(grid)).numpy()
    expected = scipy_kl(grid[:, None], grid)
    finite = np.isfinite(expected)
    assert np.array_equal(found[~finite], expected[~finite])
    error = np.abs(found[finite] - expected[finite])
    assert (error <= 1e-12 * np.maximum(1, expected[finite])).all()


def test_bernoulli_kl_agrees_with_torch_distributions():
    p, q = activations(seed=1), activations(seed=2)
    torch.testing.assert_close(bernoulli_kl(p, q), kl_divergence(Bernoulli(p), Bernoulli(q)))


def test_bernoulli_kl_in_its_limits():
    assert bernoulli_kl(0, 0) == bernoulli_kl(1, 1) == 0
    assert bernoulli_kl(0.5, 0) == bernoulli_kl(0.5, 1) == math.inf
    assert bernoulli_kl(1, 0) == bernoulli_kl(0, 1) == math.inf
    assert bernoulli_kl(0, 0.25).item() == pytest.approx(-math.log(0.75))
    assert bernoulli_kl(1, 0.25).item() == pytest.approx(-math.log(0.25))


def test_bernoulli_kl_is_exactly_zero_at_rho_and_positive_elsewhere():
    p = torch.linspace(0, 1, 41, dtype=torch.float64)
    table = bernoulli_kl(p[:, None], p)
    assert (table.diagonal() == 0).all()
    assert (table[~torch.eye(41, dtype=torch.bool)] > 0).all()


def test_bernoulli_kl_is_not_symmetric():
    assert abs(bernoulli_kl(0.05, 0.5) - bernoulli_kl(0.5, 0.05)) > 0.1


def test_bernoulli_kl_broadcasts():
    assert bernoulli_kl(0.1, torch.rand(3, 2)).shape == (3, 2)
    assert bernoulli_kl(torch.rand(3, 1), torch.rand(4)).shape == (3, 4)
    assert bernoulli_kl(torch.rand(5), 0.3).shape == (5,)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(), (3,)], ids=str)
def test_bernoulli_kl_keeps_the_dtype_of_the_tensor_beside_a_number(dtype, shape):
    assert bernoulli_kl(0.05, torch.full(shape, 0.2, dtype=dtype)).dtype == dtype
    assert bernoulli_kl(torch.full(shape, 0.2, dtype=dtype), 1).dtype == dtype


@pytest.mark.parametrize("rho_hat", INSIDE)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-8), (torch.float32, 1e-3)])
def test_bernoulli_kl_has_the_right_slope_inside(rho_hat, dtype, tolerance):
    x = torch.tensor(rho_hat, dtype=dtype, requires_grad=True)
    bernoulli_kl(0.05, x).backward()
    assert x.grad.item() == pytest.approx(slope(0.05, x.item()), rel=tolerance)


def test_bernoulli_kl_has_the_gradients_of_finite_differences():
    p, q = ((0.1 + 0.8 * activations(seed=s)).requires_grad_() for s in (1, 2))
    assert torch.autograd.gradcheck(bernoulli_kl, (p, q))
    assert torch.autograd.gradgradcheck(bernoulli_kl, (p, q))


BAD_PROBABILITIES = [-1e-9, 1 + 1e-9, math.nan, math.inf, torch.tensor([0.5, math.nan]),
                     torch.tensor([0.2, 1.5]), torch.tensor([-0.1, 0.5])]  # fmt: skip
NOT_NUMBERS = ["0.5", None, [0.5], torch.tensor(1), torch.tensor(True), True]


@pytest.mark.parametrize("bad", BAD_PROBABILITIES, ids=str)
def test_bernoulli_kl_refuses_what_is_no_probability_and_names_it(bad):
    with pytest.raises(ValueError, match="^rho must be in"):
        bernoulli_kl(bad, 0.5)
    with pytest.raises(ValueError, match="^rho_hat must be in"):
        bernoulli_kl(0.5, bad)


@pytest.mark.parametrize("bad", NOT_NUMBERS, ids=repr)
def test_bernoulli_kl_refuses_what_is_no_number_and_names_it(bad):
    with pytest.raises(TypeError, match="^rho must be a number"):
        bernoulli_kl(bad, 0.5)
    with pytest.raises(TypeError, match="^rho_hat must be a number"):
        bernoulli_kl(0.5, bad)


# kl_sparsity


@pytest.mark.parametrize("seed", range(5))
def test_kl_sparsity_is_the_sum_over_units_of_kl_at_the_batch_mean(seed):
    h = activations(seed=seed)
    expected = sum(scipy_kl(0.05, column.mean()) for column in h.numpy().T)
    assert kl_sparsity(h, 0.05).item() == pytest.approx(expected, rel=1e-12)


def test_kl_sparsity_does_not_depend_on_the_batch_size_for_the_same_mean():
    h = activations()
    torch.testing.assert_close(kl_sparsity(h.repeat(7, 1), 0.1), kl_sparsity(h, 0.1))


def test_kl_sparsity_is_zero_at_the_target():
    assert kl_sparsity(torch.full((8, 3), 0.25), 0.25).item() == pytest.approx(0, abs=1e-6)


def test_kl_sparsity_has_the_gradient_of_finite_differences():
    assert torch.autograd.gradcheck(lambda h: kl_sparsity(h, 0.05), activations().requires_grad_())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("level", [0.0, 1e-12, 1e-8, 1.0, 1 - 1e-12])
def test_a_dead_or_saturated_unit_is_drawn_back_by_a_finite_force(level, dtype):
    h = torch.full((5, 2), level, dtype=dtype, requires_grad=True)
    value = kl_sparsity(h, 0.05)
    value.backward()
    assert math.isfinite(value.item()) and value > 0
    assert torch.isfinite(h.grad).all()
    assert (h.grad < 0).all() if level < 0.05 else (h.grad > 0).all()


def test_the_tangent_continues_value_and_slope_without_a_step():
    for end in (1e-7, 1 - 1e-7):
        near = [torch.full((1, 1), end + d, dtype=torch.float64, requires_grad=True)
                for d in (-1e-13, 1e-13)]  # fmt: skip
        values = [kl_sparsity(h, 0.05) for h in near]
        grads = [torch.autograd.grad(v, h)[0].item() for v, h in zip(values, near, strict=True)]
        assert values[0].item() == pytest.approx(values[1].item(), abs=1e-5)
        assert grads[0] == pytest.approx(grads[1], rel=1e-5)


def test_a_dead_unit_comes_back_under_gradient_descent():
    h = torch.zeros(4, 1, dtype=torch.float64, requires_grad=True)
    for _ in range(200):
        (gradient,) = torch.autograd.grad(kl_sparsity(h, 0.05), h)
        h = (h - 0.001 * gradient.sign()).clamp(0, 1).detach().requires_grad_()
    assert h.mean().item() == pytest.approx(0.05, abs=0.005)


@pytest.mark.parametrize("value", [-0.01, 1.01, math.nan])
def test_kl_sparsity_refuses_activations_outside_0_and_1(value):
    h = torch.full((4, 3), 0.5)
    h[2, 1] = value
    with pytest.raises(ValueError, match="^h must be in"):
        kl_sparsity(h, 0.05)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("rho", [5e-8, 0.0005, 0.005, 0.05, 0.5, 0.995])
@pytest.mark.parametrize("level", [0, 1])
def test_the_force_points_back_to_rho_however_near_rho_is_to_the_end(level, rho, dtype):
    h = torch.full((16, 2), level, dtype=dtype, requires_grad=True)
    value = kl_sparsity(h, rho)
    value.backward()
    assert value.dtype == dtype and math.isfinite(value.item())
    assert torch.isfinite(h.grad).all()
    assert (h.grad < 0).all() if level == 0 else (h.grad > 0).all()


def test_kl_sparsity_takes_one_rho_for_all_units():
    assert kl_sparsity(torch.full((2, 3), 0.5), torch.tensor(0.25)).item() == pytest.approx(
        3 * bernoulli_kl(0.25, 0.5).item()
    )
    with pytest.raises(ValueError, match="^rho must be one number"):
        kl_sparsity(torch.rand(4, 3), torch.full((3, 1), 0.05))


def test_bernoulli_kl_refuses_empty_and_unmatched_tensors_by_name():
    with pytest.raises(ValueError, match="^rho_hat must hold numbers"):
        bernoulli_kl(0.5, torch.rand(0))
    with pytest.raises(ValueError, match="^rho and rho_hat must have shapes that broadcast"):
        bernoulli_kl(torch.rand(3), torch.rand(4))


def test_kl_sparsity_refuses_a_wrong_rho_or_shape():
    with pytest.raises(ValueError, match="^rho must be in"):
        kl_sparsity(torch.rand(4, 3), 1.5)
    with pytest.raises(ValueError, match="^h must"):
        kl_sparsity(torch.rand(4, 3, 2), 0.05)
    with pytest.raises(TypeError, match="^h must"):
        kl_sparsity(torch.ones(4, 3, dtype=torch.int64), 0.05)
