"""The contractive penalty three ways, tied weights, scale-free sensitivity, probe, tangents."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import ndimage
from sklearn.linear_model import LogisticRegression
from torch import nn

from course_utils.data import load_mnist, tangent_vectors
from course_utils.losses import (
    contractive_penalty,
    estimated_contractive_penalty,
    sigmoid_contractive_penalty,
    squared_error,
)
from course_utils.metrics import label_probe, noise_sensitivity, sensitivity
from course_utils.models import (
    VAE,
    Autoencoder,
    TiedLinear,
    count_parameters,
    tie_weights,
    unit_norm_columns,
)
from course_utils.training import fit

SIZES = [(5, 3), (3, 7), (12, 12), (1, 4), (6, 1)]
ACTIVATIONS = [nn.Sigmoid, nn.Tanh, nn.Softplus, nn.GELU, nn.Identity]


def layer(n_in, code, activation=nn.Sigmoid, bias=1.0, seed=0):
    torch.manual_seed(seed)
    model = Autoencoder((n_in, code), code_activation=activation).double()
    with torch.no_grad():
        model.encoder[0].weight.normal_()
        model.encoder[0].bias.normal_().mul_(bias)
    return model


def by_jacrev(model, x):
    jacobians = torch.func.vmap(torch.func.jacrev(lambda a: model.encode(a[None])[0]))(x)
    return jacobians.square().sum(dim=(1, 2)).mean().item()


def by_finite_differences(model, x, step=1e-2):
    """Central differences of sixth order: an error of order step⁶, without losing digits."""
    columns = []
    for i in range(x.shape[1]):
        d = torch.zeros_like(x)
        d[:, i] = step
        with torch.no_grad():
            odd = [model.encode(x + k * d) - model.encode(x - k * d) for k in (1, 2, 3)]
        columns.append((odd[0] * 45 - odd[1] * 9 + odd[2]) / (60 * step))
    return torch.stack(columns, 2).square().sum(dim=(1, 2)).mean().item()


@pytest.mark.parametrize("bias", [0.0, 1.0, -4.0])
@pytest.mark.parametrize("n_in, code", SIZES)
def test_closed_form_automatic_and_finite_differences_agree(n_in, code, bias):
    model, x = layer(n_in, code, bias=bias), torch.rand(9, n_in, dtype=torch.float64)
    exact = sigmoid_contractive_penalty(model.encode(x), model.encoder[0].weight).item()
    assert contractive_penalty(model, x).item() == pytest.approx(exact, rel=1e-12)
    assert by_jacrev(model, x) == pytest.approx(exact, rel=1e-12)
    assert by_finite_differences(model, x, 2e-3) == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("n_in, code", SIZES)
def test_automatic_differentiation_agrees_for_other_activations(activation, n_in, code):
    model, x = layer(n_in, code, activation), torch.rand(4, n_in, dtype=torch.float64)
    found = contractive_penalty(model, x).item()
    assert found == pytest.approx(by_jacrev(model, x), rel=1e-12)
    assert found == pytest.approx(by_finite_differences(model, x, 2e-3), rel=1e-10)


def test_a_linear_encoder_has_the_norm_of_its_weight():
    model = layer(4, 6, nn.Identity)
    expected = model.encoder[0].weight.square().sum().item()
    assert contractive_penalty(model, torch.rand(3, 4).double()).item() == pytest.approx(expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_penalty_keeps_the_dtype(dtype):
    model, x = layer(5, 3).to(dtype), torch.rand(4, 5, dtype=dtype)
    for value in (
        contractive_penalty(model, x),
        estimated_contractive_penalty(model, x),
        sigmoid_contractive_penalty(model.encode(x), model.encoder[0].weight),
    ):
        assert value.dtype == dtype and value.dim() == 0


def test_deep_convolutional_and_variational_encoders_work():
    torch.manual_seed(0)
    x = torch.rand(3, 8, dtype=torch.float64)
    for model in (Autoencoder((8, 6, 3), nn.GELU).double(), VAE((8, 6, 3)).double()):
        assert contractive_penalty(model, x).item() == pytest.approx(by_jacrev(model, x))
    conv = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Tanh()).double()
    images = torch.rand(3, 1, 5, 5, dtype=torch.float64)
    jacobians = torch.func.vmap(torch.func.jacrev(lambda a: conv(a[None])[0]))(images)
    expected = jacobians.square().sum().item() / 3
    found = contractive_penalty(SimpleNamespace(encode=conv), images).item()
    assert found == pytest.approx(expected)


def test_the_gradient_of_the_penalty_is_that_of_the_closed_form():
    model, x = layer(5, 3), torch.rand(7, 5, dtype=torch.float64)
    parameters = tuple(model.encoder.parameters())
    exact = sigmoid_contractive_penalty(model.encode(x), model.encoder[0].weight)
    expected = torch.autograd.grad(exact, parameters)
    found = torch.autograd.grad(contractive_penalty(model, x), parameters)
    for a, b in zip(found, expected):
        torch.testing.assert_close(a, b)


def test_the_penalty_can_be_trained_with_and_validated():
    torch.manual_seed(0)
    model, x = Autoencoder((6, 4), code_activation=nn.Sigmoid), torch.rand(64, 6)

    def loss(model, x):
        return {
            "error": squared_error(model(x).x_hat, x),
            "penalty": 3 * contractive_penalty(model, x),
        }

    before = contractive_penalty(model, x).item()
    history = fit(
        model, x, loss, epochs=30, batch_size=16, lr=0.03, validation=x[:9], progress=False
    )
    assert contractive_penalty(model, x).item() < before / 3
    assert history.validation["penalty"][-1] == pytest.approx(
        3 * contractive_penalty(model, x[:9]).item()
    )


def test_without_gradients_the_value_is_the_same_and_nothing_is_recorded():
    model, x = layer(5, 3), torch.rand(4, 5, dtype=torch.float64)
    with torch.no_grad():
        value = contractive_penalty(model, x)
    assert not value.requires_grad and not x.requires_grad
    assert value.item() == pytest.approx(contractive_penalty(model, x).item())


def test_it_is_differentiable_by_the_input_when_the_input_asks_for_it():
    model = layer(3, 4)
    x = torch.rand(2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda a: contractive_penalty(model, a), x)


def test_the_mean_is_over_the_examples():
    model, x = layer(5, 3), torch.rand(4, 5, dtype=torch.float64)
    single = [contractive_penalty(model, row[None]).item() for row in x]
    assert contractive_penalty(model, x).item() == pytest.approx(np.mean(single))
    assert contractive_penalty(model, x.repeat(3, 1)).item() == pytest.approx(np.mean(single))


@pytest.mark.parametrize("penalty", [contractive_penalty, estimated_contractive_penalty])
def test_penalties_refuse_what_they_cannot_differentiate(penalty):
    model, x = layer(5, 3), torch.rand(4, 5, dtype=torch.float64)
    with pytest.raises(TypeError, match="^model must have a method encode"):
        penalty(nn.Linear(5, 3), x)
    for bad in (x.long(), x.numpy(), None):
        with pytest.raises(TypeError, match="^x must"):
            penalty(model, bad)
    for bad in (x[0], x[:0]):
        with pytest.raises(ValueError, match="^x must"):
            penalty(model, bad)
    for encode in (lambda a: a.sum(), lambda a: a[:2], lambda a: (a, a)):
        with pytest.raises(ValueError, match="^model.encode must return codes"):
            penalty(SimpleNamespace(encode=encode), x)
    with pytest.raises(ValueError, match="^model.encode .* differentiable"):
        penalty(SimpleNamespace(encode=lambda a: a.detach()), x)


def test_the_closed_form_refuses_what_does_not_fit():
    h, weight = torch.rand(4, 3), torch.rand(3, 5)
    for bad in (weight.T, weight[0], weight[None]):
        with pytest.raises(ValueError, match="weight"):
            sigmoid_contractive_penalty(h, bad)
    for bad in (h - 1, h + 1, h * math.nan):
        with pytest.raises(ValueError, match="^h must be in"):
            sigmoid_contractive_penalty(bad, weight)
    with pytest.raises(TypeError, match="^h must"):
        sigmoid_contractive_penalty(h.numpy(), weight)
    with pytest.raises(TypeError, match="^weight must"):
        sigmoid_contractive_penalty(h, weight.long())


# the estimator


@pytest.mark.parametrize("sizes", [(5, 3), (8, 20), (8, 6, 4), (30, 1)])
def test_the_mean_of_1000_estimates_is_within_three_standard_errors(sizes):
    torch.manual_seed(0)
    model = Autoencoder(sizes, nn.Tanh, nn.Sigmoid).double()
    x = torch.rand(3, sizes[0], dtype=torch.float64)
    with torch.no_grad():
        exact = contractive_penalty(model, x).item()
        draws = torch.stack([estimated_contractive_penalty(model, x) for _ in range(1000)])
    error = draws.std().item() / 1000**0.5
    assert abs(draws.mean().item() - exact) <= 3 * error + 1e-12 * exact


def test_its_variance_is_twice_the_squared_off_diagonal():
    model, x = layer(4, 6), torch.rand(1, 4, dtype=torch.float64)
    J = torch.func.jacrev(model.encode)(x)[0, :, 0]
    gram = J @ J.T
    expected = 2 * (gram - gram.diagonal().diag()).square().sum().item()
    with torch.no_grad():
        draws = torch.stack([estimated_contractive_penalty(model, x) for _ in range(6000)])
        four = torch.stack([estimated_contractive_penalty(model, x, 4) for _ in range(3000)])
    assert draws.var().item() == pytest.approx(expected, rel=0.1)
    assert four.var().item() == pytest.approx(expected / 4, rel=0.15)


def test_every_example_has_its_own_signs():
    """With shared signs the variance of the batch mean would not fall with the batch."""
    model = layer(4, 6)
    x = torch.rand(1, 4, dtype=torch.float64).repeat(50, 1)
    with torch.no_grad():
        one = torch.stack([estimated_contractive_penalty(model, x[:1]) for _ in range(2000)])
        batch = torch.stack([estimated_contractive_penalty(model, x) for _ in range(500)])
    assert batch.var() < one.var() / 30


def test_the_gradient_of_the_estimate_is_unbiased():
    model, x = layer(4, 3), torch.rand(2, 4, dtype=torch.float64)
    weight = model.encoder[0].weight
    (expected,) = torch.autograd.grad(contractive_penalty(model, x), weight)
    draws = torch.stack(
        [torch.autograd.grad(estimated_contractive_penalty(model, x), weight)[0]
         for _ in range(2000)]
    )  # fmt: skip
    error = draws.std(0) / 2000**0.5
    assert ((draws.mean(0) - expected).abs() < 5 * error + 1e-12).all()


def test_the_estimator_refuses_a_bad_number_of_projections():
    model, x = layer(5, 3), torch.rand(4, 5, dtype=torch.float64)
    for bad in (1.5, True, "2"):
        with pytest.raises(TypeError, match="^projections must"):
            estimated_contractive_penalty(model, x, bad)
    with pytest.raises(ValueError, match="^projections must"):
        estimated_contractive_penalty(model, x, 0)


# tied weights


def test_a_tied_decoder_uses_the_transposed_weights():
    torch.manual_seed(0)
    model = tie_weights(Autoencoder((6, 4), code_activation=nn.Sigmoid))
    x = torch.rand(5, 6)
    x_hat, h = model(x)
    w, c = model.encoder[0].weight, model.decoder[0].bias
    torch.testing.assert_close(x_hat, h @ w + c)
    assert torch.equal(model.decoder[0].weight, w.T)
    assert count_parameters(model) == 6 * 4 + 4 + 6


def test_a_tied_decoder_stays_tied_while_it_is_trained():
    torch.manual_seed(0)
    model = tie_weights(Autoencoder((6, 5, 3)))
    before = model.encoder[0].weight.detach().clone()
    x = torch.rand(64, 6)

    def loss(model, x):
        return {"error": squared_error(model(x).x_hat, x)}

    fit(model, x, loss, epochs=3, progress=False)
    assert not torch.equal(model.encoder[0].weight, before)
    h = model.encode(x)
    hidden = torch.relu(h @ model.encoder[2].weight + model.decoder[0].bias)
    expected = hidden @ model.encoder[0].weight + model.decoder[2].bias
    torch.testing.assert_close(model(x).x_hat, expected)
    for part in (model.encoder[0].bias, model.decoder[2].bias):
        assert part.abs().max() > 0


def test_tied_models_can_be_saved_and_loaded():
    torch.manual_seed(0)
    a, b = (tie_weights(Autoencoder((6, 5, 3))) for _ in range(2))
    b.load_state_dict(a.state_dict())
    x = torch.rand(4, 6)
    assert torch.equal(a(x).x_hat, b(x).x_hat)


def test_tying_refuses_other_models():
    with pytest.raises(TypeError, match="^model must be an Autoencoder"):
        tie_weights(VAE((6, 5, 3)))
    with pytest.raises(ValueError, match="tied weights already"):
        tie_weights(tie_weights(Autoencoder((6, 3))))
    with pytest.raises(TypeError, match="^layer must"):
        TiedLinear(nn.ReLU())


# scale-free sensitivity


def test_sensitivity_is_the_penalty_per_variance():
    model, x = layer(5, 3), torch.rand(20, 5, dtype=torch.float64)
    h = model.encode(x).detach().numpy()
    expected = by_jacrev(model, x) / np.trace(np.cov(h.T))
    assert sensitivity(model, x) == pytest.approx(expected)


def test_sensitivity_ignores_the_scale_the_origin_and_a_rotation_of_the_code():
    torch.manual_seed(0)
    model, x = layer(5, 3), torch.rand(20, 5, dtype=torch.float64)
    turn = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64)).Q
    other = SimpleNamespace(encode=lambda a: 0.01 * model.encode(a) @ turn + 7)
    assert sensitivity(other, x) == pytest.approx(sensitivity(model, x))
    noisy = [0.0, 0.0]
    for i, m in enumerate((model, other)):
        torch.manual_seed(1)
        noisy[i] = noise_sensitivity(m, x, 0.5)
    assert noisy[0] == pytest.approx(noisy[1])


def test_noise_sensitivity_of_a_linear_code_is_sigma_squared_s():
    model = layer(5, 3, nn.Identity)
    x = torch.rand(40_000, 5, dtype=torch.float64)
    torch.manual_seed(0)
    found = noise_sensitivity(model, x, 0.7)
    assert found == pytest.approx(0.49 * sensitivity(model, x), rel=0.02)


def test_sensitivity_refuses_a_dead_code_and_a_single_example():
    model, x = layer(5, 3), torch.rand(4, 5, dtype=torch.float64)
    with pytest.raises(ValueError, match="variance is 0"):
        sensitivity(model, x[:1].repeat(4, 1))
    with pytest.raises(ValueError, match="^x must hold at least two"):
        sensitivity(model, x[:1])
    for bad in (0, -1, math.inf, math.nan):
        with pytest.raises(ValueError, match="^sigma must"):
            noise_sensitivity(model, x, bad)


# label probe


def test_the_probe_is_a_logistic_regression_on_standardised_codes():
    rng = np.random.default_rng(0)
    h, labels = rng.normal(size=(60, 4)) * [1, 10, 0.1, 1] + 3, rng.integers(0, 3, 60)
    h[:, 1] += 15 * labels
    mean, std = h[:40].mean(0), h[:40].std(0)
    by_hand = LogisticRegression(max_iter=2000).fit((h[:40] - mean) / std, labels[:40])
    expected = by_hand.score((h[40:] - mean) / std, labels[40:])
    t, l = torch.from_numpy(h), torch.from_numpy(labels)
    assert label_probe(t[:40], l[:40], t[40:], l[40:]) == pytest.approx(expected)
    scaled = t * torch.tensor([1e-3, 1, 100, 5])
    assert label_probe(scaled[:40], l[:40], scaled[40:], l[40:]) == pytest.approx(expected)
    as_they_are = LogisticRegression(max_iter=2000).fit(h[:40], labels[:40])
    found = label_probe(t[:40], l[:40], t[40:], l[40:], standardise=False)
    assert found == pytest.approx(as_they_are.score(h[40:], labels[40:]))


def test_the_probe_reads_digits_from_pixels():
    data = load_mnist(train_size=500, validation_size=1, test_size=500)
    accuracy = label_probe(data.train, data.train_labels, data.test, data.test_labels)
    assert 0.78 < accuracy < 0.92
    shuffled = data.train_labels[torch.randperm(500, generator=torch.Generator().manual_seed(0))]
    assert label_probe(data.train, shuffled, data.test, data.test_labels) < 0.3


def test_the_probe_refuses_what_does_not_fit_together():
    h, labels = torch.rand(6, 3), torch.arange(6) % 2
    with pytest.raises(ValueError, match="^labels must be 6"):
        label_probe(h, labels[:5], h, labels)
    with pytest.raises(ValueError, match="^labels_test must be 6"):
        label_probe(h, labels, h, labels[:5])
    with pytest.raises(ValueError, match="^h_test must have 3"):
        label_probe(h, labels, torch.rand(6, 2), labels)


# tangent vectors


def blob(cx, cy, width=2.0):
    """A Gaussian blob on 28 × 28 pixels and its two derivatives, all (784,), in float64."""
    y, x = torch.meshgrid(*[torch.arange(28, dtype=torch.float64)] * 2, indexing="ij")
    image = torch.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * width**2))
    return tuple(
        a.flatten()
        for a in (image, -(x - cx) / width**2 * image, -(y - cy) / width**2 * image, x, y)
    )


def cosine(a, b):
    return (a @ b / (a.norm() * b.norm())).item()


def test_tangents_are_the_derivatives_of_the_deformations():
    image, dx, dy, x, y = blob(18.0, 11.0)
    found = {name: v[0] for name, v in tangent_vectors(image[None]).items()}
    expected = {
        "shift right": -dx,  # x(· − t): what was to the left comes here
        "shift down": -dy,
        # counter-clockwise on the screen, y downwards: velocity (y − c, −(x − c))
        "rotate": -((y - 13.5) * dx - (x - 13.5) * dy),
        "thicken": (dx.square() + dy.square()).sqrt(),
    }
    assert found.keys() == expected.keys()
    for name, direction in expected.items():
        assert cosine(found[name], direction) > (0.98 if name == "thicken" else 0.999), name


def test_tangents_predict_a_small_deformation_of_a_digit():
    x = load_mnist(1, 1, 20).test.double()
    t = tangent_vectors(x)
    for name, moved in {
        "rotate": ndimage.rotate(x.reshape(-1, 28, 28).numpy(), 2, axes=(2, 1), reshape=False),
        "shift down": ndimage.shift(x.reshape(-1, 28, 28).numpy(), (0, 0.2, 0)),
    }.items():
        change = torch.from_numpy(moved).flatten(1) - x
        for a, b in zip(change, t[name]):
            assert cosine(a, b) > 0.9


def test_tangents_have_length_1_and_keep_shape_and_dtype():
    x = load_mnist(1, 1, 5).test
    for v in tangent_vectors(x).values():
        assert v.shape == x.shape and v.dtype == x.dtype
        torch.testing.assert_close(v.norm(dim=1), torch.ones(5))
    wide = tangent_vectors(torch.rand(2, 8 * 12), (8, 12))
    assert wide["rotate"].shape == (2, 96)
    for v in tangent_vectors(torch.zeros(1, 784)).values():
        assert torch.equal(v, torch.zeros(1, 784))


def test_tangents_refuse_what_is_not_a_batch_of_images():
    for bad in (torch.ones(2, 784, dtype=torch.int64), np.ones((2, 784))):
        with pytest.raises(TypeError, match="^x must"):
            tangent_vectors(bad)
    for bad in (torch.ones(784), torch.ones(0, 784), torch.ones(2, 783)):
        with pytest.raises(ValueError, match="^x must"):
            tangent_vectors(bad)
    with pytest.raises(ValueError, match="^x holds values that are not finite"):
        tangent_vectors(torch.full((1, 784), torch.nan))


# at the door


class Detached(nn.Module):
    """Codes that depend on weights, but not differentiably on x."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(5, 3)

    def encode(self, x):
        return self.layer(x.detach())


@pytest.mark.parametrize("penalty", [contractive_penalty, estimated_contractive_penalty])
def test_codes_that_do_not_follow_x_are_refused_and_dead_units_are_not(penalty):
    with pytest.raises(ValueError, match="^model.encode must return codes that are differentiable"):
        penalty(Detached(), torch.rand(4, 5))
    dead = Autoencoder((5, 3), code_activation=nn.ReLU)
    nn.init.constant_(dead.encoder[0].bias, -100)
    assert penalty(dead, torch.rand(4, 5)).item() == 0


@pytest.mark.parametrize("penalty", [contractive_penalty, estimated_contractive_penalty])
def test_the_penalty_has_the_same_value_in_inference_mode(penalty):
    model, x = layer(5, 3), torch.rand(4, 5, dtype=torch.float64)
    torch.manual_seed(1)
    expected = penalty(model, x).item()
    with torch.inference_mode():
        torch.manual_seed(1)
        assert penalty(model, x).item() == pytest.approx(expected)
        torch.manual_seed(1)
        assert penalty(model, x + 0).item() == pytest.approx(expected)


def test_sensitivities_name_what_is_wrong():
    model = layer(5, 3)
    for measure in (sensitivity, lambda m, x: noise_sensitivity(m, x, 0.1)):
        with pytest.raises(TypeError, match="^model must have a method encode"):
            measure(object(), torch.rand(4, 5))
        with pytest.raises(ValueError, match="^x must have the shape"):
            measure(model, torch.rand(5))
    with pytest.raises(TypeError, match="^sigma must be a number"):
        noise_sensitivity(model, torch.rand(4, 5).double(), None)


def test_the_probe_names_the_argument_that_is_wrong():
    h, labels = torch.rand(6, 2), torch.tensor([0, 1, 0, 1, 0, 1])
    with pytest.raises(ValueError, match="^h_test holds nan"):
        label_probe(h, labels, h * torch.nan, labels)
    with pytest.raises(TypeError, match="^labels_test must be a tensor of labels"):
        label_probe(h, labels, h.clone(), labels.tolist())


def test_only_a_decoder_that_mirrors_its_encoder_is_tied():
    longer = Autoencoder((6, 4))
    longer.decoder = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 6))
    with pytest.raises(ValueError, match="^model must have a decoder that mirrors"):
        tie_weights(longer)
    unit = Autoencoder((6, 4))
    unit_norm_columns(unit.decoder[-1])
    with pytest.raises(ValueError, match="^model has a parametrised decoder"):
        tie_weights(unit)
    assert not tie_weights(Autoencoder((6, 4)).eval()).decoder.training
