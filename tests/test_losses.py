"""Every loss term against an independent source, in the order of the lessons."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.special import rel_entr
from torch import nn
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from course_utils.losses import (
    bernoulli_kl,
    bernoulli_nll,
    contractive_penalty,
    estimated_contractive_penalty,
    gaussian_kl,
    kl_sparsity,
    l1_activation,
    sigmoid_contractive_penalty,
    squared_error,
)
from course_utils.models import VAE, Autoencoder


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def normal(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def uniform(*shape):
    return torch.rand(*shape, dtype=torch.float64)


# 01: squared error


def test_squared_error_of_a_worked_example():
    x_hat = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    x = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    assert squared_error(x_hat, x).item() == 7  # (13 + 1) / 2


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 3), (3, 5), (4, 2, 3)], ids=str)
def test_squared_error_is_the_mean_over_the_batch_of_the_sum_over_the_features(shape):
    x_hat, x = normal(*shape), normal(*shape)
    by_hand = [np.linalg.norm(row.ravel()) ** 2 for row in (x_hat - x).numpy()]
    assert squared_error(x_hat, x).item() == pytest.approx(np.mean(by_hand))


def test_squared_error_has_the_gradient_2_over_n_times_the_difference():
    x_hat, x = normal(5, 3).requires_grad_(), normal(5, 3)
    squared_error(x_hat, x).backward()
    torch.testing.assert_close(x_hat.grad, 2 * (x_hat.detach() - x) / 5)


# 02: L1


def test_l1_activation_of_a_worked_example_with_both_signs():
    h = torch.tensor([[1.0, -2.0, 0.0], [0.0, 0.5, 0.5]])
    assert l1_activation(h) == 2  # (3 + 1) / 2


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (3, 5), (4, 2, 3)], ids=str)
def test_l1_activation_is_the_mean_over_the_batch_of_the_1_norm(shape):
    h = normal(*shape)
    by_hand = [np.linalg.norm(row.ravel(), 1) for row in h.numpy()]
    assert l1_activation(h).item() == pytest.approx(np.mean(by_hand))


def test_l1_activation_has_the_sign_as_its_subgradient_and_0_at_0():
    h = torch.tensor([[1.5, -2.0, 0.0]] * 2, requires_grad=True)
    l1_activation(h).backward()
    assert torch.equal(h.grad, torch.tensor([[0.5, -0.5, 0.0]] * 2))


# 03: the Kullback–Leibler divergence of a mean activation

EDGES = [0.0, 1e-12, 1e-7, 1e-3, 0.05, 0.3, 0.5, 0.9, 1 - 1e-4, 1 - 1e-12, 1.0]


def scipy_kl(rho, rho_hat):
    return rel_entr(rho, rho_hat) + rel_entr(1 - rho, 1 - rho_hat)


def slope(rho, rho_hat):
    """The derivative of D(ρ‖ρ̂) by ρ̂."""
    return (rho_hat - rho) / (rho_hat * (1 - rho_hat))


def test_bernoulli_kl_agrees_with_scipy_up_to_the_ends():
    grid = np.concatenate([EDGES, np.linspace(0.001, 0.999, 200)])
    found = bernoulli_kl(torch.tensor(grid)[:, None], torch.tensor(grid)).numpy()
    np.testing.assert_allclose(found, scipy_kl(grid[:, None], grid), rtol=1e-12, atol=1e-12)


def test_bernoulli_kl_agrees_with_torch_distributions():
    p, q = uniform(6, 4), uniform(6, 4)
    torch.testing.assert_close(bernoulli_kl(p, q), kl_divergence(Bernoulli(p), Bernoulli(q)))


def test_bernoulli_kl_of_two_numbers_in_its_limits():
    assert bernoulli_kl(0, 0) == bernoulli_kl(1, 1) == 0
    assert bernoulli_kl(0.5, 0) == bernoulli_kl(0.5, 1) == math.inf
    assert bernoulli_kl(1, 0) == bernoulli_kl(0, 1) == math.inf
    assert bernoulli_kl(0, 0.25).item() == pytest.approx(-math.log(0.75), rel=1e-15)
    assert bernoulli_kl(1, 0.25).item() == pytest.approx(-math.log(0.25), rel=1e-15)


def test_bernoulli_kl_is_exactly_zero_at_rho_and_positive_elsewhere():
    p = torch.linspace(0, 1, 41, dtype=torch.float64)
    table = bernoulli_kl(p[:, None], p)
    assert (table.diagonal() == 0).all()
    assert (table[~torch.eye(41, dtype=torch.bool)] > 0).all()


def test_bernoulli_kl_broadcasts():
    assert bernoulli_kl(0.1, torch.rand(3, 2)).shape == (3, 2)
    assert bernoulli_kl(torch.rand(3, 1), torch.rand(4)).shape == (3, 4)
    assert bernoulli_kl(torch.rand(5), 0.3).shape == (5,)


def test_bernoulli_kl_keeps_the_dtype_of_the_tensor_beside_a_number():
    for dtype in (torch.float32, torch.float64):
        assert bernoulli_kl(0.05, torch.full((3,), 0.2, dtype=dtype)).dtype == dtype
        assert bernoulli_kl(torch.tensor(0.2, dtype=dtype), 1).dtype == dtype


@pytest.mark.parametrize("rho_hat", [1e-7, 1e-5, 0.01, 0.0501, 0.3, 0.9, 1 - 1e-4])
def test_bernoulli_kl_has_the_slope_of_the_formula_in_float32_too(rho_hat):
    x = torch.tensor(rho_hat, requires_grad=True)
    bernoulli_kl(0.05, x).backward()
    assert x.grad.item() == pytest.approx(slope(0.05, x.item()), rel=1e-3)


@pytest.mark.parametrize("rho", [0.0, 0.05, 0.6, 1.0])
def test_kl_sparsity_is_the_sum_over_units_of_the_divergence_at_the_batch_mean(rho):
    h = uniform(6, 4)
    expected = scipy_kl(rho, h.numpy().mean(axis=0)).sum()
    assert kl_sparsity(h, rho).item() == pytest.approx(expected, rel=1e-12)


def test_kl_sparsity_is_zero_at_the_target():
    assert kl_sparsity(torch.full((8, 3), 0.25), 0.25).item() == pytest.approx(0, abs=1e-6)


def test_kl_sparsity_is_the_formula_down_to_the_distance_1e_7_and_its_tangent_below():
    for level in (1.01e-7, 1e-5):
        found = kl_sparsity(torch.full((4, 1), level, dtype=torch.float64), 0.05).item()
        assert found == pytest.approx(scipy_kl(0.05, level), rel=1e-9)
    tangent = scipy_kl(0.05, 1e-7) - 1e-7 * slope(0.05, 1e-7)
    assert kl_sparsity(torch.zeros(4, 1).double(), 0.05).item() == pytest.approx(tangent)


def test_kl_sparsity_treats_both_ends_alike():
    h = torch.tensor([[0.0, 1e-9, 1e-5, 0.3]]).double()
    torch.testing.assert_close(kl_sparsity(1 - h, 0.95), kl_sparsity(h, 0.05))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("rho", [5e-8, 0.0005, 0.05, 0.5, 0.995, 1 - 1e-6])
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_dead_or_saturated_unit_is_drawn_back_by_a_finite_force(level, rho, dtype):
    h = torch.full((16, 2), level, dtype=dtype, requires_grad=True)
    value = kl_sparsity(h, rho)
    value.backward()
    assert math.isfinite(value.item()) and h.grad.isfinite().all()
    assert (h.grad < 0).all() if level == 0 else (h.grad > 0).all()


def test_a_dead_unit_comes_back_under_gradient_descent():
    h = torch.zeros(4, 1, dtype=torch.float64, requires_grad=True)
    for _ in range(200):
        (gradient,) = torch.autograd.grad(kl_sparsity(h, 0.05), h)
        h = (h - 0.001 * gradient.sign()).clamp(0, 1).detach().requires_grad_()
    assert h.mean().item() == pytest.approx(0.05, abs=0.005)


# 05: the two terms of the ELBO


def test_bernoulli_nll_is_the_negative_log_likelihood_of_binary_images():
    logits, x = 3 * normal(5, 7), uniform(5, 7).round()
    expected = -Independent(Bernoulli(logits=logits), 1).log_prob(x).mean()
    torch.testing.assert_close(bernoulli_nll(logits, x), expected)


def test_bernoulli_nll_of_grey_pixels_is_the_formula():
    logits, x = normal(5, 7), uniform(5, 7)
    p = 1 / (1 + np.exp(-logits.numpy()))
    expected = -(x.numpy() * np.log(p) + (1 - x.numpy()) * np.log(1 - p)).sum(1).mean()
    assert bernoulli_nll(logits, x).item() == pytest.approx(expected, rel=1e-12)


def test_bernoulli_nll_stays_finite_where_the_probability_rounds():
    x = torch.tensor([[0.0, 1.0]])
    assert bernoulli_nll(torch.tensor([[200.0, -200.0]]), x).item() == 400


def test_grey_pixels_cost_at_least_their_entropy():
    x = uniform(4, 6)
    at_best = bernoulli_nll(x.logit(), x)
    torch.testing.assert_close(at_best, Bernoulli(x).entropy().sum(1).mean())
    assert bernoulli_nll(x.logit() + 0.1, x) > at_best


@pytest.mark.parametrize("log_var", [-30.0, -8.0, -1e-3, 0.0, 1e-9, 2.0, 8.0, 30.0])
def test_gaussian_kl_agrees_with_torch_distributions(log_var):
    mu, v = normal(5, 3), torch.full((5, 3), log_var).double()
    expected = kl_divergence(Normal(mu, (v / 2).exp()), Normal(0.0, 1.0)).sum(1).mean()
    assert gaussian_kl(mu, v).item() == pytest.approx(expected.item(), rel=1e-12, abs=1e-12)


def test_gaussian_kl_meets_its_monte_carlo_estimate():
    mu, v = torch.tensor([[0.7, -1.1]]).double(), torch.tensor([[-1.0, 0.4]]).double()
    q, p = Normal(mu, (v / 2).exp()), Normal(0.0, 1.0)
    z = q.sample((100_000,))
    draws = (q.log_prob(z) - p.log_prob(z)).sum((1, 2))
    assert abs(draws.mean() - gaussian_kl(mu, v)) < 4 * draws.std() / len(draws) ** 0.5


@pytest.mark.parametrize("log_var", [-1e-2, -1e-3, 1e-3, 1e-2])
def test_gaussian_kl_keeps_its_digits_in_float32_where_the_variance_is_near_1(log_var):
    v = torch.full((1, 1), log_var)
    expected = (math.expm1(v.item()) - v.item()) / 2
    assert gaussian_kl(torch.zeros(1, 1), v).item() == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("log_var", [-88.0, -30.0, 30.0, 80.0])
def test_gaussian_kl_is_finite_in_float32_with_a_finite_gradient(log_var):
    mu, v = torch.zeros(2, 3, requires_grad=True), torch.full((2, 3), log_var).requires_grad_()
    value = gaussian_kl(mu, v)
    value.backward()
    assert value.isfinite() and mu.grad.isfinite().all() and v.grad.isfinite().all()


def test_gaussian_kl_is_zero_for_the_prior_alone():
    zeros = torch.zeros(4, 2)
    assert gaussian_kl(zeros, zeros) == 0
    assert gaussian_kl(zeros + 1e-3, zeros) > 0 and gaussian_kl(zeros, zeros - 1e-2) > 0


# 06: the contractive penalty, exact, in closed form and estimated


def one_layer(n_in, code, activation=nn.Sigmoid):
    """An encoder of one layer with weights and biases from N(0, 1)."""
    model = Autoencoder((n_in, code), code_activation=activation).double()
    for parameter in model.encoder.parameters():
        nn.init.normal_(parameter)
    return model


def jacobians(encode, x):
    """∂h/∂x of each example alone."""
    one = [torch.autograd.functional.jacobian(lambda a: encode(a[None])[0], row) for row in x]
    return torch.stack(one)


def by_jacobians(encode, x):
    return jacobians(encode, x).square().sum().item() / len(x)


def by_finite_differences(encode, x, step=1e-5):
    columns = []
    for i in range(x.shape[1]):
        move = torch.zeros_like(x)
        move[:, i] = step
        columns.append((encode(x + move) - encode(x - move)) / (2 * step))
    return sum(column.square().sum().item() for column in columns) / len(x)


@pytest.mark.parametrize("n_in, code", [(5, 3), (3, 7), (1, 4), (6, 1)])
def test_closed_form_automatic_and_finite_differences_agree(n_in, code):
    model, x = one_layer(n_in, code), uniform(9, n_in)
    exact = sigmoid_contractive_penalty(model.encode(x), model.encoder[0].weight).item()
    assert contractive_penalty(model, x).item() == pytest.approx(exact, rel=1e-12)
    assert by_finite_differences(model.encode, x) == pytest.approx(exact, rel=1e-7)


@pytest.mark.parametrize("activation", [nn.Tanh, nn.Softplus, nn.Identity])
def test_the_penalty_is_that_of_the_jacobian_for_other_activations(activation):
    model, x = one_layer(5, 3, activation), uniform(4, 5)
    expected = by_jacobians(model.encode, x)
    assert contractive_penalty(model, x).item() == pytest.approx(expected, rel=1e-12)


def test_the_penalty_of_a_linear_encoder_is_the_squared_norm_of_its_weight():
    model = one_layer(4, 6, nn.Identity)
    expected = model.encoder[0].weight.square().sum().item()
    assert contractive_penalty(model, uniform(3, 4)).item() == pytest.approx(expected)


def test_deep_convolutional_and_variational_encoders_work():
    conv = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Tanh()).double()
    for encode, x in (
        (Autoencoder((8, 6, 3), nn.GELU).double().encode, uniform(3, 8)),
        (VAE((8, 6, 3)).double().encode, uniform(3, 8)),
        (conv, uniform(3, 1, 5, 5)),
    ):
        found = contractive_penalty(SimpleNamespace(encode=encode), x).item()
        assert found == pytest.approx(by_jacobians(encode, x), rel=1e-12)


def test_the_gradient_of_the_penalty_is_that_of_the_closed_form():
    model, x = one_layer(5, 3), uniform(7, 5)
    parameters = tuple(model.encoder.parameters())
    exact = sigmoid_contractive_penalty(model.encode(x), model.encoder[0].weight)
    expected = torch.autograd.grad(exact, parameters)
    found = torch.autograd.grad(contractive_penalty(model, x), parameters)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("penalty", [contractive_penalty, estimated_contractive_penalty])
def test_without_gradients_the_value_is_the_same_and_nothing_is_recorded(penalty):
    model, x = one_layer(5, 3), uniform(4, 5)
    torch.manual_seed(1)
    expected = penalty(model, x).item()
    torch.manual_seed(1)
    with torch.no_grad():
        value = penalty(model, x)
    assert value.item() == pytest.approx(expected, rel=1e-12)
    assert not value.requires_grad and not x.requires_grad


@pytest.mark.parametrize("penalty", [contractive_penalty, estimated_contractive_penalty])
def test_dead_units_cost_nothing(penalty):
    dead = Autoencoder((5, 3), code_activation=nn.ReLU)
    nn.init.constant_(dead.encoder[0].bias, -100)
    assert penalty(dead, torch.rand(4, 5)).item() == 0


@pytest.mark.parametrize("projections", [1, 3])
def test_the_estimate_and_its_gradient_have_the_exact_ones_as_their_means(projections):
    """Every copy of an example has signs of its own, so many copies give the mean."""
    model, x = one_layer(4, 3), uniform(2, 4)
    weight = model.encoder[0].weight
    exact = contractive_penalty(model, x)
    estimate = estimated_contractive_penalty(model, x.repeat(20_000, 1), projections)
    assert estimate.item() == pytest.approx(exact.item(), rel=0.02)
    (expected,), (found,) = (torch.autograd.grad(p, weight) for p in (exact, estimate))
    torch.testing.assert_close(found, expected, rtol=0, atol=0.02 * expected.abs().max().item())


@pytest.mark.parametrize("copies, projections", [(1, 1), (1, 3), (20, 1)])
def test_the_variance_of_the_estimate_is_twice_the_squared_off_diagonal(copies, projections):
    model, x = one_layer(4, 6), uniform(1, 4)
    J = jacobians(model.encode, x)[0]
    gram = J @ J.T
    expected = 2 * (gram - gram.diagonal().diag()).square().sum().item()
    x = x.repeat(copies, 1)
    with torch.no_grad():
        draws = [estimated_contractive_penalty(model, x, projections).item() for _ in range(500)]
    assert np.var(draws) == pytest.approx(expected / (copies * projections), rel=0.3)


def test_one_projection_is_exact_when_the_rows_of_the_jacobian_are_orthogonal():
    model, x = one_layer(6, 3), uniform(5, 6)
    nn.init.orthogonal_(model.encoder[0].weight)
    exact = contractive_penalty(model, x).item()
    assert estimated_contractive_penalty(model, x).item() == pytest.approx(exact, rel=1e-12)


# All: one convention

MODEL = SimpleNamespace(encode=lambda x: torch.sin(x @ (torch.eye(4) + 0.5).to(x.dtype)))
WEIGHT = torch.linspace(-1, 1, 8).reshape(4, 2)
TERMS = {
    "squared_error": squared_error,
    "l1_activation": lambda a, b: l1_activation(a - b),
    "bernoulli_kl": lambda a, b: bernoulli_kl(a, b).sum() / len(a),
    "kl_sparsity": lambda a, b: kl_sparsity(a, 0.05),
    "bernoulli_nll": bernoulli_nll,
    "gaussian_kl": gaussian_kl,
    "contractive_penalty": lambda a, b: contractive_penalty(MODEL, a),
    "sigmoid_contractive": lambda a, b: sigmoid_contractive_penalty(a, WEIGHT.to(a.dtype)),
}


@pytest.fixture(params=TERMS.values(), ids=TERMS)
def term(request):
    return request.param


def inputs():
    return (0.1 + 0.8 * uniform(6, 4)).requires_grad_(), (0.1 + 0.8 * uniform(6, 4))


def test_every_term_means_the_same_at_every_batch_size(term):
    a, b = inputs()
    torch.testing.assert_close(term(a.repeat(3, 1), b.repeat(3, 1)), term(a, b))


def test_every_term_is_a_scalar_of_the_dtype_of_its_input(term):
    a, b = inputs()
    for dtype in (torch.float32, torch.float64):
        value = term(a.to(dtype), b.to(dtype))
        assert value.shape == () and value.dtype == dtype


def test_every_term_has_the_gradient_of_finite_differences(term):
    assert torch.autograd.gradcheck(term, inputs())
