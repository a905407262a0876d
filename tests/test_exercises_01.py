"""The checkers of notebook 01: right answers pass, each wrong one is told what is wrong with it."""

import numpy as np
import pytest
import torch
from checker_cases import assert_right, assert_told, right_cases, verdict, wrong_cases
from sklearn.decomposition import PCA
from torch.nn import functional as F

from course_utils.exercises import (
    check_bottleneck_size,
    check_component_variances,
    check_fading_weight,
    check_pca_reconstruct,
    check_reconstruction_loss,
)

pytestmark = pytest.mark.slow  # every answer on twenty draws


def loss_in_loops(x_hat, x):
    return sum((a - b) ** 2 for r, s in zip(x_hat, x) for a, b in zip(r, s)) / len(x)


def loss_by_library(x_hat, x):
    return F.mse_loss(x_hat, x, reduction="sum") / x.shape[0]


def numpy_pca(x, k, center=True, add=True, rows=None):
    a = x.numpy().astype(float)
    mean = a.mean(0) if center else 0
    _, vectors = np.linalg.eigh((a - mean).T @ (a - mean))  # smallest first
    v = vectors[:, ::-1][:, rows or slice(k)]
    return torch.tensor((a - mean) @ v @ v.T + (mean if add else 0))


def svd_of(x):
    return torch.linalg.svd(x - x.mean(0), full_matrices=False)


def project(x, v):
    return x @ v @ v.T


def standardised(x, k):
    scale = x.std(0)
    return numpy_pca(x / scale, k) * scale


def columns(x, k):
    v = svd_of(x).Vh[:, :k]
    return (x - x.mean(0)) @ v @ v.T + x.mean(0)


def without_values(x, k):
    u, _, vt = svd_of(x)
    return x.mean(dim=0) + u[:, :k] @ vt[:k, :]


def by_network(sizes):
    widths = list(sizes) + list(sizes[::-1])[1:]
    layers = [torch.nn.Linear(a, b) for a, b in zip(widths, widths[1:])]
    return sizes[0] / sizes[-1], sum(p.numel() for n in layers for p in n.parameters())


def weights(s):
    return sum(a * b for a, b in zip(s, s[1:]))


def all_of(s):
    return 2 * weights(s) + sum(s[1:]) + sum(s[:-1])


def scores(x, directions):
    return ((x - x.mean(0)) @ directions).numpy().astype(float)


def span(columns):
    return torch.linalg.svd(columns, full_matrices=False).U


def spectrum(table, ddof=0):
    """Eigenvalues of the covariance of a table, largest first."""
    return np.linalg.eigvalsh(np.cov(table.T, ddof=ddof))[::-1].copy()


def variances_by_sklearn(x, columns):
    fitted = PCA().fit(scores(x, span(columns)))
    return fitted.explained_variance_ * (len(x) - 1) / len(x)


def variances_by_projection(x, columns):
    """Eigenvalues of P Σ P, without the zeros outside the span."""
    p = span(columns) @ span(columns).T
    return spectrum(((x - x.mean(0)) @ p).numpy().astype(float))[: columns.shape[1]]


def unit(columns):
    return columns / columns.norm(dim=0)


def sorted_down(values):
    return np.sort(values)[::-1].copy()


def norm(v, p=2, dim=1):
    return torch.linalg.vector_norm(v, ord=p, dim=dim)


RIGHT = {
    check_reconstruction_loss: [loss_in_loops, loss_by_library],
    check_pca_reconstruct: [
        numpy_pca,
        lambda x, k: project(x - x.mean(0), svd_of(x).Vh[:k].T) + x.mean(0),
    ],
    check_bottleneck_size: [
        by_network,
        lambda s: torch.tensor([s[0] / s[-1], all_of(s)], dtype=torch.float64),
    ],
    check_component_variances: [variances_by_sklearn, variances_by_projection],
    check_fading_weight: [
        lambda x, y, m: np.linalg.norm(x - y, axis=1) / np.linalg.norm(x - m, axis=1)
    ],
}

WRONG = {
    check_reconstruction_loss: {
        "the formula sums over the features": F.mse_loss,
        "the sum over the whole batch": lambda a, b: ((a - b) ** 2).sum(),
        "averages over the features and sums": lambda a, b: ((a - b) ** 2).mean(1).sum(),
        "absolute values": lambda a, b: F.l1_loss(a, b) * a.shape[1],
        "cancel each other": lambda a, b: (a - b).sum() / len(a),
        "x − x′ is turned": lambda a, b: (b - a).sum() / len(a),
        "mean of the norms": lambda a, b: torch.linalg.vector_norm(a - b, dim=1).mean(),
        "half of the formula": lambda a, b: 0.5 * ((a - b) ** 2).sum() / len(a),
        "one number per example": lambda a, b: ((a - b) ** 2).sum(1),
        "not yet summed": lambda a, b: (a - b) ** 2,
        "divided by 784": lambda a, b: ((a - b) ** 2).sum() / 784,
        "times 784": lambda a, b: 784 * F.mse_loss(a, b),
        "summed image": lambda a, b: ((a - b).sum(1) ** 2).mean(),
        "it has no gradient": lambda a, b: float(np.mean(np.sum((b - a).numpy() ** 2, 1))),
    },
    check_pca_reconstruct: {
        "not subtracted before the SVD": lambda x, k: numpy_pca(x, k, center=False),
        "not added back": lambda x, k: numpy_pca(x, k, add=False),
        "not x minus its mean.": lambda x, k: project(x, svd_of(x).Vh[:k].T),
        "mean was added to that": lambda x, k: project(x, svd_of(x).Vh[:k].T) + x.mean(0),
        "smallest variance": lambda x, k: numpy_pca(x, k, rows=slice(-k, None)),
        "k + 1": lambda x, k: numpy_pca(x, k + 1),
        "k − 1": lambda x, k: numpy_pca(x, k - 1),
        "first direction out": lambda x, k: numpy_pca(x, k, rows=slice(1, k + 1)),
        "standard deviation": standardised,
        "these are the codes": lambda x, k: (x - x.mean(0)) @ svd_of(x).Vh[:k].T,
        "Σ is missing": without_values,
        "its rows, not its columns": columns,
        "one number for the whole table": (
            lambda x, k: numpy_pca(x - x.mean(), k, center=False) + x.mean()
        ),
        "over the features of each example": lambda x, k: numpy_pca(x.T, k).T,
    },
    check_bottleneck_size: {
        "upside down": lambda s: (s[-1] / s[0], all_of(s)),
        "biases are not counted": lambda s: (s[0] / s[-1], 2 * weights(s)),
        "only the encoder": lambda s: (s[0] / s[-1], weights(s) + sum(s[1:])),
        "encoder's weights alone": lambda s: (s[0] / s[-1], weights(s)),
        "encoder is counted twice": lambda s: (s[0] / s[-1], 2 * weights(s) + 2 * sum(s[1:])),
        "biases of the decoder": lambda s: (s[0] / s[-1], 2 * weights(s) + sum(s[1:])),
        "biases of the encoder": lambda s: (s[0] / s[-1], 2 * weights(s) + sum(s[:-1])),
        "first layer and its mirror": lambda s: (s[0] / s[-1], all_of(s[:2])),
        "rounded down": lambda s: (s[0] // s[-1], all_of(s)),
        "next layer": lambda s: (s[0] / s[1], all_of(s)),
        "wrong order": lambda s: (all_of(s), s[0] / s[-1]),
    },
    check_component_variances: {
        "along the columns themselves": lambda x, c: scores(x, unit(c)).var(0),
        "in any order": lambda x, c: sorted_down(scores(x, unit(c)).var(0)),
        "not yet turned": lambda x, c: scores(x, torch.linalg.qr(c).Q).var(0),
        "that QR chose, sorted": (lambda x, c: sorted_down(scores(x, torch.linalg.qr(c).Q).var(0))),
        "that QR chose, by n − 1; rotate": (
            lambda x, c: (
                ((x - x.mean(0)) @ torch.linalg.qr(c).Q).var(0).sort(descending=True).values
            )
        ),
        "and not sorted": lambda x, c: (x @ torch.linalg.qr(c).Q).var(0),
        "products with the columns": lambda x, c: spectrum(scores(x, c)),
        "of length 1 now": lambda x, c: spectrum(scores(x, unit(c))),
        "of all the data": lambda x, c: spectrum(x.numpy().astype(float))[: c.shape[1]],
        "the smallest stands first": lambda x, c: spectrum(scores(x, span(c)))[::-1].copy(),
        "minus 1": lambda x, c: spectrum(scores(x, span(c)), ddof=1),
        "sums of squares": lambda x, c: spectrum(scores(x, span(c))) * len(x),
        "standard deviations": lambda x, c: spectrum(scores(x, span(c))) ** 0.5,
        "these are singular values": (
            lambda x, c: np.linalg.svd(scores(x, span(c)), compute_uv=False)
        ),
        "is not subtracted": (
            lambda x, c: np.linalg.svd((x @ span(c)).numpy(), compute_uv=False) ** 2 / len(x)
        ),
        "the columns alone": lambda x, c: np.linalg.svd(c.numpy(), compute_uv=False) ** 2,
    },
    check_fading_weight: {
        "so a square root is missing": lambda x, y, m: norm(x - y) ** 2 / norm(x - m) ** 2,
        "the fraction is upside down.": lambda x, y, m: norm(x - m) / norm(x - y),
        "and a square root": lambda x, y, m: norm(x - m) ** 2 / norm(x - y) ** 2,
        "every image has its own": lambda x, y, m: norm(x - y, dim=None) / norm(x - m, dim=None),
        "absolute differences": lambda x, y, m: norm(x - y, 1) / norm(x - m, 1),
        "compares the shifted image": lambda x, y, m: norm(x - y) / norm(y - m),
        "summed over the examples": lambda x, y, m: norm(x - y, dim=0) / norm(x - m, dim=0),
        "negative α": lambda x, y, m: -norm(x - y) / norm(x - m),
        "1 − α": lambda x, y, m: 1 - norm(x - y) / norm(x - m),
    },
}


@pytest.mark.parametrize("checker, answer", right_cases(RIGHT))
def test_right_answers_pass(checker, answer, capsys):
    assert_right(checker, answer, capsys)


@pytest.mark.parametrize("checker, part, answer", wrong_cases(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong_with_it(checker, part, answer, capsys):
    assert_told(checker, part, answer, capsys)


def test_a_loss_returned_as_a_plain_number_cannot_train(capsys):
    told = verdict(check_reconstruction_loss, lambda a, b: loss_by_library(a, b).item(), capsys)
    assert "it has no gradient, so nothing could be trained with it" in told


@pytest.mark.parametrize("size", [5, 6])
def test_a_batch_size_that_is_written_into_the_loss_is_noticed(size, capsys):
    told = verdict(check_reconstruction_loss, lambda a, b: ((a - b) ** 2).sum() / size, capsys)
    assert told.endswith("is a size written as a number?")


def test_a_number_of_components_that_is_written_into_pca_is_noticed(capsys):
    assert verdict(check_pca_reconstruct, lambda x, k: numpy_pca(x, 3), capsys).startswith("✗")
