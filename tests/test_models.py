"""The networks against their formulas in NumPy, and PCA against scikit-learn, by lesson."""

import numpy as np
import pytest
import torch
from scipy.stats import kstest
from sklearn.decomposition import PCA
from torch import nn
from torch.nn import functional as F

from course_utils.losses import squared_error
from course_utils.models import (
    VAE,
    Autoencoder,
    ConvolutionalAutoencoder,
    ConvolutionalNoiseNetwork,
    NoiseNetwork,
    Output,
    TopK,
    count_parameters,
    pca_autoencoder,
    reparameterize,
    tie_weights,
    unit_norm_columns,
)
from course_utils.training import fit


@pytest.fixture(autouse=True)
def seed(monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    torch.manual_seed(0)


def widths(module):
    return [(m.in_features, m.out_features) for m in module.modules() if isinstance(m, nn.Linear)]


def layers(module):
    """The kinds of the innermost layers, in order."""
    return [type(m).__name__ for m in module.modules() if not list(m.children())]


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


# 01: autoencoders


@pytest.mark.parametrize(
    ("sizes", "encoder"),
    [
        ((7, 3), [(7, 3)]),
        ([12, 9, 5, 2], [(12, 9), (9, 5), (5, 2)]),
        ((3, 8), [(3, 8)]),
    ],
    ids=str,
)
def test_the_decoder_mirrors_the_encoder(sizes, encoder):
    model = Autoencoder(sizes)
    assert widths(model.encoder) == encoder
    assert widths(model.decoder) == [(b, a) for a, b in reversed(encoder)]


def test_activations_stand_after_hidden_layers_and_the_code_has_its_own():
    model = Autoencoder((12, 9, 5, 2), activation=nn.Tanh, code_activation=nn.Sigmoid)
    assert layers(model.encoder) == ["Linear", "Tanh", "Linear", "Tanh", "Linear", "Sigmoid"]
    assert layers(model.decoder) == ["Linear", "Tanh", "Linear", "Tanh", "Linear"]


def test_by_default_hidden_layers_are_rectified_and_the_code_is_linear():
    model = Autoencoder((12, 9, 2))
    assert layers(model.encoder) == ["Linear", "ReLU", "Linear", "Identity"]


def test_an_autoencoder_computes_what_its_weights_say():
    model = Autoencoder((5, 4, 2), code_activation=nn.Sigmoid).double()
    x = torch.randn(3, 5).double()
    (w1, b1, w2, b2, w3, b3, w4, b4) = (p.detach().numpy() for p in model.parameters())
    code = sigmoid(np.maximum(x.numpy() @ w1.T + b1, 0) @ w2.T + b2)
    x_hat = np.maximum(code @ w3.T + b3, 0) @ w4.T + b4
    np.testing.assert_allclose(model(x).code.detach(), code)
    np.testing.assert_allclose(model(x).x_hat.detach(), x_hat)


def test_the_output_names_the_code_and_its_decoding():
    model, x = Autoencoder((12, 5, 2)), torch.randn(4, 12)
    output = model(x)
    assert isinstance(output, Output) and output._fields == ("x_hat", "code")
    assert torch.equal(output.code, model.encode(x))
    assert torch.equal(output.x_hat, model.decode(output.code))


def defect_of_mixing(model, a=3.0):
    """How far f(a·x + (1 − a)·y) is from a·f(x) + (1 − a)·f(y): zero for affine maps only."""
    x, y = torch.randn(2, 20, 6).double()
    mixed = a * model(x).x_hat + (1 - a) * model(y).x_hat
    return (model(a * x + (1 - a) * y).x_hat - mixed).abs().max().item()


def test_two_sizes_make_an_affine_map_and_an_activation_makes_it_nonlinear():
    assert defect_of_mixing(Autoencoder((6, 2)).double()) < 1e-12
    assert defect_of_mixing(Autoencoder((6, 4, 2)).double()) > 1e-3
    assert defect_of_mixing(Autoencoder((6, 2), code_activation=nn.Sigmoid).double()) > 1e-3


# 01: parameters


def test_parameters_are_counted_as_by_hand():
    # 784·30 + 30, 30·2 + 2, 2·30 + 30, 30·784 + 784
    assert count_parameters(Autoencoder((784, 30, 2))) == 23_550 + 62 + 90 + 24_304


def test_shared_parameters_are_counted_once_and_buffers_never():
    layer = nn.Linear(3, 3, bias=False)
    assert count_parameters(nn.Sequential(layer, nn.ReLU(), layer)) == 9
    assert count_parameters(nn.BatchNorm1d(4)) == 8


def test_only_what_training_may_change_is_counted():
    model = Autoencoder((5, 2))
    model.encoder.requires_grad_(False)
    assert count_parameters(model) == 2 * 5 + 5


# 01: PCA

N, D = 40, 7


@pytest.fixture
def x():
    """Correlated features with means from 0 to 60."""
    return torch.randn(N, D).double() @ torch.randn(D, D).double() + 10 * torch.arange(D)


@pytest.mark.parametrize("k", [1, 3, D])
def test_pca_codes_and_reconstructs_as_scikit_learn_does(x, k):
    pca = PCA(k, svd_solver="full").fit(x.numpy())
    scores = pca.transform(x.numpy())
    x_hat, code = pca_autoencoder(x, k)(x)
    np.testing.assert_allclose(code.abs(), np.abs(scores), atol=1e-10)
    np.testing.assert_allclose(x_hat, pca.inverse_transform(scores), atol=1e-10)


@pytest.mark.parametrize("k", range(1, D + 1))
def test_pca_reconstructs_as_the_singular_vectors_do(x, k):
    mean = x.mean(dim=0)
    v = torch.linalg.svd(x - mean, full_matrices=False).Vh[:k]
    torch.testing.assert_close(pca_autoencoder(x, k)(x).x_hat, (x - mean) @ v.T @ v + mean)


def test_pca_leaves_the_sum_of_the_discarded_eigenvalues_of_the_covariance(x):
    eigenvalues = torch.linalg.eigvalsh(torch.cov(x.T, correction=0))  # ascending
    for k in range(1, D):
        error = squared_error(pca_autoencoder(x, k)(x).x_hat, x)
        torch.testing.assert_close(error, eigenvalues[: D - k].sum())


def test_pca_maps_the_mean_to_the_code_zero_and_back(x):
    model, mean = pca_autoencoder(x, 3), x.mean(dim=0, keepdim=True)
    torch.testing.assert_close(model.encode(mean), torch.zeros(1, 3).double())
    torch.testing.assert_close(model.decode(torch.zeros(1, 3).double()), mean)


def test_pca_is_a_linear_autoencoder_with_tied_orthonormal_weights(x):
    model = pca_autoencoder(x, 3)
    assert widths(model) == [(D, 3), (3, D)]
    v = model.encoder[0].weight
    assert torch.equal(model.decoder[0].weight, v.T)
    torch.testing.assert_close(v @ v.T, torch.eye(3).double())


def test_pca_takes_fewer_examples_than_features(x):
    model = pca_autoencoder(x[:4], 3)
    torch.testing.assert_close(model(x[:4]).x_hat, x[:4])


def test_pca_keeps_the_dtype_of_the_data_and_is_not_trained(x):
    model = pca_autoencoder(x.float(), 2)
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert not any(p.requires_grad for p in model.parameters())


def test_pca_leaves_the_data_alone(x):
    before = x.clone()
    pca_autoencoder(x, 2)
    assert torch.equal(x, before)


# 02: decoder columns of length 1


def free_matrix(layer):
    """The parameter of a unit-norm layer that an optimizer changes."""
    (v,) = (p for p in layer.parameters() if p.requires_grad and p.shape == layer.weight.shape)
    return v


def test_unit_norm_columns_keeps_the_directions_of_the_columns_and_the_bias():
    layer = nn.Linear(5, 7)
    weight, bias = layer.weight.detach().clone(), layer.bias.detach().clone()
    assert unit_norm_columns(layer) is layer
    torch.testing.assert_close(layer.weight, weight / weight.square().sum(0).sqrt())
    assert torch.equal(layer.bias, bias)


def test_a_weight_that_is_assigned_keeps_its_directions_only():
    layer, weight = unit_norm_columns(nn.Linear(5, 7)), 3 * torch.randn(7, 5)
    layer.weight = weight
    torch.testing.assert_close(layer.weight, weight / weight.square().sum(0).sqrt())


def test_the_columns_stay_of_length_1_while_an_optimizer_turns_them():
    model, x = Autoencoder((9, 12), code_activation=nn.ReLU), torch.rand(20, 9)
    unit_norm_columns(model.decoder[-1])
    before = model.decoder[-1].weight.detach().clone()
    optimizer = torch.optim.Adam(model.parameters(), 0.1)
    for _ in range(20):
        optimizer.zero_grad()
        squared_error(model(x).x_hat, x).backward()
        optimizer.step()
    weight = model.decoder[-1].weight.detach()
    torch.testing.assert_close(weight.norm(dim=0), torch.ones(12))
    assert (weight - before).abs().max() > 0.05


def test_unit_norm_columns_leaves_as_many_numbers_to_train():
    assert count_parameters(unit_norm_columns(nn.Linear(5, 7))) == 5 * 7 + 7


def test_unit_norm_columns_survives_saving():
    layer, other = unit_norm_columns(nn.Linear(5, 7)), unit_norm_columns(nn.Linear(5, 7))
    other.load_state_dict(layer.state_dict())
    assert torch.equal(layer.weight, other.weight)


def test_gradients_reach_the_free_matrix_through_the_division_by_the_length():
    layer, target = unit_norm_columns(nn.Linear(5, 7).double()), torch.randn(7, 5).double()
    layer.weight = 3 * torch.randn(7, 5).double()
    (found,) = torch.autograd.grad((layer.weight * target).sum(), free_matrix(layer))
    plain = free_matrix(layer).detach().clone().requires_grad_()
    ((plain / plain.norm(dim=0)) * target).sum().backward()
    torch.testing.assert_close(found, plain.grad)


# 05: the variational autoencoder


def test_reparameterised_codes_are_normal_with_mean_mu_and_variance_exp_log_var():
    mu, log_var = torch.tensor([1.0, -2.0]), torch.tensor([-2.0, 1.0])
    z = reparameterize(mu.repeat(40_000, 1), log_var.repeat(40_000, 1)).double()
    for column, m, v in zip(z.T.numpy(), mu, log_var.exp()):
        assert np.var(column) == pytest.approx(v.item(), rel=0.03)
        assert kstest(column, "norm", (m.item(), v.sqrt().item())).pvalue > 1e-4
    assert abs(np.corrcoef(z.T)[0, 1]) < 0.02


def test_gradients_reach_mean_and_log_variance():
    mu, log_var = torch.ones(3, 2, requires_grad=True), torch.zeros(3, 2, requires_grad=True)
    z = reparameterize(mu, log_var)
    z.sum().backward()
    assert torch.equal(mu.grad, torch.ones(3, 2))
    torch.testing.assert_close(log_var.grad, (z - mu).detach() / 2)


def test_a_vae_has_the_layers_of_its_sizes():
    assert widths(VAE()) == [(784, 400), (400, 40), (20, 400), (400, 784)]
    model = VAE((12, 8, 3), activation=nn.Tanh)
    assert layers(model.encoder) == layers(model.decoder) == ["Linear", "Tanh", "Linear"]


def test_a_vae_computes_what_its_weights_say():
    model, x = VAE((12, 8, 3)).double(), torch.rand(5, 12).double()
    (w1, b1, w2, b2, w3, b3, w4, b4) = (p.detach().numpy() for p in model.parameters())
    posterior = np.maximum(x.numpy() @ w1.T + b1, 0) @ w2.T + b2
    output = model(x)
    np.testing.assert_allclose(output.mu.detach(), posterior[:, :3])
    np.testing.assert_allclose(output.log_var.detach(), posterior[:, 3:])
    logits = np.maximum(output.code.detach().numpy() @ w3.T + b3, 0) @ w4.T + b4
    np.testing.assert_allclose(output.logits.detach(), logits)
    np.testing.assert_allclose(output.x_hat.detach(), sigmoid(logits))


def test_a_vae_encodes_to_its_means_and_decodes_to_the_means_of_the_pixels():
    model, x = VAE((12, 8, 3)), torch.rand(5, 12)
    output = model(x)
    assert torch.equal(model.encode(x), output.mu)
    for part, expected in zip(model.posterior(x), (output.mu, output.log_var)):
        assert torch.equal(part, expected)
    torch.testing.assert_close(model.decode(output.code), output.x_hat)


def test_a_vae_samples_its_code_anew_from_the_posterior():
    model, x = VAE((12, 8, 3)), torch.rand(1, 12)
    nn.init.normal_(model.encoder[-1].bias)
    output = model(x.repeat(40_000, 1))
    torch.testing.assert_close(output.code.mean(0), output.mu[0], atol=0.03, rtol=0)
    torch.testing.assert_close(output.code.var(0), output.log_var[0].exp(), rtol=0.03, atol=0)
    assert not torch.equal(model(x).code, model(x).code)


# 06: tied weights


def test_a_tied_decoder_uses_the_transposed_weights_and_biases_of_its_own():
    model, x = tie_weights(Autoencoder((6, 4), code_activation=nn.Sigmoid)), torch.rand(5, 6)
    w, c = model.encoder[0].weight, model.decoder[0].bias
    assert (c == 0).all(), "where it starts"
    nn.init.normal_(c)
    x_hat, h = model(x)
    torch.testing.assert_close(x_hat, h @ w + c)
    assert torch.equal(model.decoder[0].weight, w.T)
    assert count_parameters(model) == 6 * 4 + 4 + 6


def test_the_shared_weight_learns_from_the_decoder_too():
    model, h, x = tie_weights(Autoencoder((6, 4))), torch.rand(5, 4), torch.rand(5, 6)
    x_hat = model.decode(h)
    squared_error(x_hat, x).backward()
    torch.testing.assert_close(model.encoder[0].weight.grad, 2 * h.T @ (x_hat.detach() - x) / 5)


def test_a_deep_decoder_stays_tied_while_it_is_trained():
    model, x = tie_weights(Autoencoder((6, 5, 3))), torch.rand(64, 6)
    before = model.encoder[0].weight.detach().clone()
    fit(model, x, lambda model, x: {"error": squared_error(model(x).x_hat, x)}, epochs=3)
    assert not torch.equal(model.encoder[0].weight, before)
    hidden = torch.relu(model.encode(x) @ model.encoder[2].weight + model.decoder[0].bias)
    expected = hidden @ model.encoder[0].weight + model.decoder[2].bias
    torch.testing.assert_close(model(x).x_hat, expected)
    for bias in (model.encoder[0].bias, model.decoder[0].bias, model.decoder[2].bias):
        assert bias.abs().max() > 0


def test_tied_models_can_be_saved_and_loaded():
    a, b = (tie_weights(Autoencoder((6, 5, 3))) for _ in range(2))
    b.load_state_dict(a.state_dict())
    x = torch.rand(4, 6)
    assert torch.equal(a(x).x_hat, b(x).x_hat)


def test_tying_returns_the_same_model_in_the_same_mode():
    model = Autoencoder((6, 4)).eval()
    assert tie_weights(model) is model and not model.decoder.training


# 09: convolutional autoencoders


@pytest.fixture
def by_map():
    torch.manual_seed(0)
    return ConvolutionalAutoencoder((1, 3, 5), 2, activation=nn.GELU)


def convolved(x, layer):
    """A convolution of maps (channels, side, side) by loops over its places."""
    x = F.pad(x, (1, 1, 1, 1))
    side = (x.shape[-1] - 4) // 2 + 1
    rows = range(0, 2 * side, 2)
    patches = torch.stack([x[:, i : i + 4, j : j + 4] for i in rows for j in rows])
    found = torch.einsum("pcde,ocde->op", patches, layer.weight) + layer.bias[:, None]
    return found.reshape(-1, side, side)


def spread(h, layer):
    """A transposed convolution by stamps: each number puts the kernel, overlaps add up."""
    side = h.shape[-1]
    found = torch.zeros(layer.weight.shape[1], 2 * side + 2, 2 * side + 2)
    for i in range(side):
        for j in range(side):
            stamp = torch.einsum("c,code->ode", h[:, i, j], layer.weight)
            found[:, 2 * i : 2 * i + 4, 2 * j : 2 * j + 4] += stamp
    return found[:, 1:-1, 1:-1] + layer.bias[:, None, None]


def at_each_place(h, layer):
    found = torch.einsum("oc,cij->oij", layer.weight[:, :, 0, 0], h)
    return found + layer.bias[:, None, None]


def test_a_convolutional_autoencoder_computes_what_loops_over_places_do(by_map):
    x = torch.rand(2, 144)
    first, _, second, _, code = by_map.encoder
    back, _, up, _, last = by_map.decoder
    for image, h, x_hat in zip(x, *by_map(x)[::-1]):
        maps = F.gelu(convolved(image.reshape(1, 12, 12), first))
        expected = at_each_place(F.gelu(convolved(maps, second)), code)
        torch.testing.assert_close(h, expected.flatten())
        maps = F.gelu(at_each_place(h.reshape(2, 3, 3), back))
        expected = spread(F.gelu(spread(maps, up)), last)
        torch.testing.assert_close(x_hat, expected.flatten())


def test_without_a_side_a_code_is_a_map_and_images_of_any_side_come_back(by_map):
    for side in (4, 28, 56):
        x_hat, code = by_map(torch.rand(3, side**2))
        assert code.shape == (3, 2 * (side // 4) ** 2)
        assert x_hat.shape == (3, side**2)


def test_with_a_side_a_code_has_as_many_numbers_as_asked_for():
    model = ConvolutionalAutoencoder((1, 3, 5), 7, side=12)
    x_hat, code = model(torch.rand(3, 144))
    assert code.shape == (3, 7) and x_hat.shape == (3, 144)
    wide = [layer for layer in model.encoder if isinstance(layer, nn.Linear)]
    assert [layer.weight.shape for layer in wide] == [(7, 5 * 3 * 3)]


@pytest.mark.parametrize("side", [None, 12])
def test_encode_then_decode_is_the_convolutional_model(side):
    torch.manual_seed(0)
    model, x = ConvolutionalAutoencoder((1, 3, 5), 2, side), torch.rand(3, 144)
    torch.testing.assert_close(model(x).code, model.encode(x))
    torch.testing.assert_close(model(x).x_hat, model.decode(model.encode(x)))
    torch.testing.assert_close(model(x[:1]).x_hat[0], model(x[0]).x_hat)


def test_images_of_several_channels_are_rows_with_one_channel_after_the_other():
    model = ConvolutionalAutoencoder((3, 4), 1)
    assert model(torch.rand(2, 3 * 36)).x_hat.shape == (2, 108)


def test_a_map_moves_along_with_an_image_that_moves_by_a_step(by_map):
    x = torch.zeros(1, 32, 32)
    x[:, 8:20, 8:20] = torch.rand(12, 12)
    h, moved = (by_map.encode(y.flatten(1)).reshape(2, 8, 8) for y in (x, x.roll((4, 4), (1, 2))))
    torch.testing.assert_close(moved[:, 2:-1, 2:-1], h.roll((1, 1), (1, 2))[:, 2:-1, 2:-1])


def test_an_activation_stands_after_every_hidden_layer_and_nowhere_else(by_map):
    assert layers(by_map.encoder) == ["Conv2d", "GELU", "Conv2d", "GELU", "Conv2d"]
    up = ["GELU", "ConvTranspose2d", "GELU", "ConvTranspose2d"]
    assert layers(by_map.decoder) == ["Conv2d", *up]
    flat = ConvolutionalAutoencoder((1, 2), 3, side=8)
    assert layers(flat) == [
        "Conv2d", "ReLU", "Flatten", "Linear", "Linear", "Unflatten", "ReLU", "ConvTranspose2d",
    ]  # fmt: skip


# 10: top-k


@pytest.mark.parametrize("k", [1, 3, 6])
def test_top_k_keeps_what_a_sort_in_numpy_puts_last_if_it_is_positive(k):
    a = torch.randn(50, 6)
    kept = np.argsort(a.numpy(), axis=1)[:, 6 - k :]
    expected = np.zeros((50, 6), np.float32)
    np.put_along_axis(expected, kept, np.take_along_axis(a.numpy(), kept, axis=1), axis=1)
    np.testing.assert_array_equal(TopK(k)(a), expected.clip(min=0))


def test_of_equal_activations_no_more_than_k_are_kept():
    h = TopK(2)(torch.ones(5, 7))
    assert (h.sum(dim=1) == 2).all() and ((h == 0) | (h == 1)).all()


def test_an_example_without_positive_activation_gets_an_empty_code():
    assert (TopK(2)(-torch.rand(3, 5)) == 0).all()


def test_the_gradient_of_top_k_passes_the_kept_ones_and_no_other():
    a = torch.randn(20, 6)
    a[0] = -a[0].abs()
    slope, by_mask = torch.randn(20, 6), a.clone().requires_grad_()
    rank = (a[:, :, None] < a[:, None, :]).sum(dim=2)
    (by_mask * ((rank < 3) & (a > 0))).backward(slope)
    a.requires_grad_()
    TopK(3)(a).backward(slope)
    assert torch.equal(a.grad, by_mask.grad)
    assert (a.grad[0] == 0).all()


def test_top_k_is_a_code_activation_that_trains():
    model = Autoencoder((12, 8), code_activation=lambda: TopK(3))
    x = torch.rand(64, 12)
    history = fit(model, x, lambda m, x: {"error": squared_error(m(x).x_hat, x)}, epochs=4)
    assert ((model.encode(x) > 0).sum(dim=1) <= 3).all()
    assert history.terms["error"][-1] < history.terms["error"][0]


def test_more_units_than_there_are_cannot_be_kept():
    with pytest.raises(ValueError, match="k must be from 1 to 4, got 5"):
        TopK(5)(torch.randn(3, 4))


# 11: networks that find noise


def noisy(n=5, features=6):
    return torch.randn(n, features), torch.linspace(0.1, 0.9, n)


FINDERS = {
    "full": lambda: NoiseNetwork(16, width=32),
    "convolutional": lambda: ConvolutionalNoiseNetwork(4, channels=16),
}
both_networks = pytest.mark.parametrize("make", FINDERS.values(), ids=FINDERS)


@both_networks
def test_a_network_without_an_answer_of_its_own_returns_its_share_of_the_input(make):
    model, (x, levels) = make(), noisy(features=16)
    last = [layer for layer in model.modules() if isinstance(layer, (nn.Linear, nn.Conv2d))][-1]
    nn.init.zeros_(last.weight), nn.init.zeros_(last.bias)
    torch.testing.assert_close(model(x, levels), (1 - levels[:, None]) ** 0.5 * x)


@both_networks
def test_every_example_is_answered_by_itself_at_its_own_level(make):
    model, (x, levels) = make(), noisy(features=16)
    alone = [model(a[None], level[None]) for a, level in zip(x, levels, strict=True)]
    torch.testing.assert_close(model(x, levels), torch.cat(alone))
    assert (model(x, levels) - model(x, levels.flip(0)))[[0, -1]].abs().min() > 0


@pytest.mark.slow
@both_networks
def test_a_noise_network_learns_to_find_the_noise_around_one_point(make):
    """Around x₀ = 0 the noise is xₜ / √(1 − ᾱ)."""

    def loss(model, x0):
        levels, noise = 0.05 + 0.9 * torch.rand(len(x0)), torch.randn_like(x0)
        guess = model((1 - levels[:, None]) ** 0.5 * noise, levels)
        return {"noise": squared_error(guess, noise)}

    history = fit(make(), torch.zeros(4000, 16), loss, epochs=8, lr=0.01)
    assert history.terms["noise"][-1] < 0.5 * history.terms["noise"][0]


def test_no_label_is_the_label_that_says_so_and_labels_change_the_answer():
    model, (x, levels) = NoiseNetwork(6, width=8, labels=3), noisy()
    unknown, two = torch.full((5,), 3), torch.full((5,), 2)
    assert torch.equal(model(x, levels), model(x, levels, unknown))
    assert not torch.equal(model(x, levels), model(x, levels, two))


def test_shifted_images_are_answered_shifted_as_long_as_nothing_tells_the_places_apart():
    model, image = ConvolutionalNoiseNetwork(24, channels=4, blocks=1), torch.zeros(1, 24, 24)
    image[0, 10:14, 10:14] = torch.randn(4, 4)
    shifted = image.roll((2, -4), dims=(1, 2))
    answers = [
        model(x.flatten(1), torch.tensor([0.5])).reshape(1, 24, 24) for x in (image, shifted)
    ]
    inner = slice(8, 16)
    torch.testing.assert_close(
        answers[0].roll((2, -4), dims=(1, 2))[:, inner, inner], answers[1][:, inner, inner]
    )
    assert model.place.abs().max() == 0, "where it starts"
