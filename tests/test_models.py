import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn

from course_utils.models import Autoencoder, Output, count_parameters, pca_autoencoder


def linear_widths(module):
    return [(m.in_features, m.out_features) for m in module.modules() if isinstance(m, nn.Linear)]


def layers(module):
    """The kinds of the innermost layers, in order."""
    return [type(m).__name__ for m in module.modules() if not list(m.children())]


@pytest.fixture(autouse=True)
def same_weights():
    torch.manual_seed(0)


# Autoencoder


@pytest.mark.parametrize(
    ("sizes", "encoder"),
    [
        ((7, 3), [(7, 3)]),
        ((12, 5, 2), [(12, 5), (5, 2)]),
        ([12, 9, 5, 2], [(12, 9), (9, 5), (5, 2)]),
        ((3, 8), [(3, 8)]),
    ],
    ids=str,
)
def test_the_decoder_mirrors_the_encoder(sizes, encoder):
    model = Autoencoder(sizes)
    assert linear_widths(model.encoder) == encoder
    assert linear_widths(model.decoder) == [(b, a) for a, b in reversed(encoder)]


def test_activations_stand_after_hidden_layers_only():
    model = Autoencoder((12, 9, 5, 2), activation=nn.Tanh, code_activation=nn.Sigmoid)
    assert layers(model.encoder) == ["Linear", "Tanh", "Linear", "Tanh", "Linear", "Sigmoid"]
    assert layers(model.decoder) == ["Linear", "Tanh", "Linear", "Tanh", "Linear"]


def test_by_default_hidden_layers_are_rectified_and_the_code_is_linear():
    model = Autoencoder((12, 9, 2))
    assert layers(model.encoder) == ["Linear", "ReLU", "Linear", "Identity"]


def test_forward_is_the_code_and_its_decoding_by_name():
    model = Autoencoder((12, 5, 2))
    x = torch.randn(4, 12)
    output = model(x)
    assert isinstance(output, Output) and output._fields == ("x_hat", "code")
    assert output.x_hat.shape == (4, 12) and output.code.shape == (4, 2)
    assert torch.equal(output.code, model.encode(x))
    assert torch.equal(output.x_hat, model.decode(model.encode(x)))


def test_forward_computes_what_the_weights_say():
    model = Autoencoder((5, 4, 2), code_activation=nn.Sigmoid).double()
    x = torch.randn(3, 5, dtype=torch.float64)
    (w1, b1, w2, b2, w3, b3, w4, b4) = (p.detach().numpy() for p in model.parameters())
    code = 1 / (1 + np.exp(-(np.maximum(x.numpy() @ w1.T + b1, 0) @ w2.T + b2)))
    x_hat = np.maximum(code @ w3.T + b3, 0) @ w4.T + b4
    np.testing.assert_allclose(model(x).code.detach(), code)
    np.testing.assert_allclose(model(x).x_hat.detach(), x_hat)


def defect_of_mixing(model, a=3.0):
    """How far f(a·x + (1 − a)·y) is from a·f(x) + (1 − a)·f(y): zero for affine maps only."""
    x, y = torch.randn(2, 20, 6, dtype=torch.float64)
    mixed = a * model(x).x_hat + (1 - a) * model(y).x_hat
    return (model(a * x + (1 - a) * y).x_hat - mixed).abs().max().item()


def test_two_sizes_make_an_affine_map():
    assert defect_of_mixing(Autoencoder((6, 2)).double()) < 1e-12


@pytest.mark.parametrize(
    "model",
    [Autoencoder((6, 4, 2)), Autoencoder((6, 2), code_activation=nn.Sigmoid)],
    ids=["hidden layers", "code activation"],
)
def test_an_activation_makes_it_nonlinear(model):
    assert defect_of_mixing(model.double()) > 1e-3


@pytest.mark.parametrize(
    "sizes", [(), (3,), (3, 0), (3, -1, 3), (3, 2.5), (3, "2"), (3, True), 3, None], ids=repr
)
def test_bad_sizes_are_refused_by_name(sizes):
    with pytest.raises((TypeError, ValueError), match="sizes must"):
        Autoencoder(sizes)


# count_parameters


def test_parameters_are_counted_as_by_hand():
    # 784·30 + 30, 30·2 + 2, 2·30 + 30, 30·784 + 784
    assert count_parameters(Autoencoder((784, 30, 2))) == 23_550 + 62 + 90 + 24_304


def test_shared_parameters_are_counted_once():
    layer = nn.Linear(3, 3, bias=False)
    assert count_parameters(nn.Sequential(layer, nn.ReLU(), layer)) == 9


def test_buffers_are_not_counted():
    assert count_parameters(nn.BatchNorm1d(4)) == 8


def test_only_what_training_may_change_is_counted():
    model = Autoencoder((5, 2))
    model.encoder.requires_grad_(False)
    assert count_parameters(model) == 2 * 5 + 5


# pca_autoencoder

N, D = 40, 7


@pytest.fixture(scope="module")
def x():
    generator = torch.Generator().manual_seed(1)
    mix = torch.randn(D, D, generator=generator, dtype=torch.float64)
    return torch.randn(N, D, generator=generator, dtype=torch.float64) @ mix + torch.arange(D)


@pytest.mark.parametrize("k", range(1, D + 1))
def test_pca_reconstructs_as_scikit_learn_does(x, k):
    pca = PCA(k, svd_solver="full").fit(x.numpy())
    expected = pca.inverse_transform(pca.transform(x.numpy()))
    np.testing.assert_allclose(pca_autoencoder(x, k)(x).x_hat.numpy(), expected, atol=1e-10)


@pytest.mark.parametrize("k", [1, 3, D])
def test_pca_codes_are_scikit_learns_scores_up_to_sign(x, k):
    scores = PCA(k, svd_solver="full").fit_transform(x.numpy())
    code = pca_autoencoder(x, k).encode(x).numpy()
    np.testing.assert_allclose(np.abs(code), np.abs(scores), atol=1e-10)


@pytest.mark.parametrize("k", range(1, D + 1))
def test_pca_reconstructs_as_the_singular_vectors_do(x, k):
    mean = x.mean(dim=0)
    v = torch.linalg.svd(x - mean, full_matrices=False).Vh[:k]
    torch.testing.assert_close(pca_autoencoder(x, k)(x).x_hat, (x - mean) @ v.T @ v + mean)


def test_pca_directions_are_the_leading_eigenvectors_in_order(x):
    vectors = torch.linalg.eigh(torch.cov(x.T)).eigenvectors.flip(1)[:, :3]
    overlap = pca_autoencoder(x, 3).encoder[0].weight @ vectors
    torch.testing.assert_close(overlap.abs(), torch.eye(3, dtype=torch.float64))


@pytest.mark.parametrize("k", range(1, D))
def test_pca_leaves_the_sum_of_the_discarded_eigenvalues(x, k):
    eigenvalues = torch.linalg.eigvalsh(torch.cov(x.T, correction=0))  # ascending
    residual = (pca_autoencoder(x, k)(x).x_hat - x).square().sum(dim=1).mean()
    torch.testing.assert_close(residual, eigenvalues[: D - k].sum())


def test_pca_maps_the_mean_to_the_code_zero_and_back(x):
    model = pca_autoencoder(x, 3)
    mean = x.mean(dim=0, keepdim=True)
    torch.testing.assert_close(model.encode(mean), torch.zeros(1, 3, dtype=torch.float64))
    torch.testing.assert_close(model.decode(torch.zeros(1, 3, dtype=torch.float64)), mean)


def test_pca_is_a_linear_autoencoder_with_tied_orthonormal_weights(x):
    model = pca_autoencoder(x, 3)
    assert linear_widths(model) == [(D, 3), (3, D)]
    v = model.encoder[0].weight
    assert torch.equal(model.decoder[0].weight, v.T)
    torch.testing.assert_close(v @ v.T, torch.eye(3, dtype=torch.float64))


def test_pca_takes_fewer_examples_than_features(x):
    model = pca_autoencoder(x[:4], 3)
    torch.testing.assert_close(model(x[:4]).x_hat, x[:4])


def test_pca_keeps_the_type_of_the_data_and_is_not_trained(x):
    model = pca_autoencoder(x.float(), 2)
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert not any(p.requires_grad for p in model.parameters())


def test_pca_leaves_the_data_alone(x):
    before = x.clone()
    pca_autoencoder(x, 2)
    assert torch.equal(x, before)


@pytest.mark.parametrize("k", [0, -1, D + 1, 2.5, True, "2", None], ids=repr)
def test_pca_refuses_a_bad_k_by_name(x, k):
    with pytest.raises((TypeError, ValueError), match="k must"):
        pca_autoencoder(x, k)


def test_pca_refuses_more_components_than_examples(x):
    with pytest.raises(ValueError, match="k must be from 1 to 4"):
        pca_autoencoder(x[:4], 5)


@pytest.mark.parametrize(
    "bad",
    [np.zeros((9, 4)), torch.zeros(9), torch.zeros(9, 4, dtype=torch.int64)],
    ids=["an array", "1-D", "integers"],
)
def test_pca_refuses_bad_data_by_name(bad):
    with pytest.raises((TypeError, ValueError), match="x must"):
        pca_autoencoder(bad, 2)
