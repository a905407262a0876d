"""The checkers of notebook 01: right answers pass, each wrong one is told what is wrong with it.

The answers here are written anew, most of them in NumPy, not taken from the checkers.
"""

from fractions import Fraction

import numpy as np
import pytest
import torch
from checker_cases import assert_right, assert_told_apart, verdict

from course_utils.exercises import (
    check_bottleneck_size,
    check_fading_weight,
    check_pca_reconstruct,
    check_reconstruction_loss,
)


def test_reconstruction_loss_right_answers_pass(capsys):
    def loops(x_hat, x):
        return sum((a - b) ** 2 for r, s in zip(x_hat, x) for a, b in zip(r, s)) / len(x)

    assert_right(check_reconstruction_loss, loops, capsys)
    assert_right(
        check_reconstruction_loss,
        lambda a, b: float(np.mean(np.sum((b - a).numpy() ** 2, 1))),
        capsys,
    )


def test_reconstruction_loss_wrong_answers_are_told_apart(capsys):
    wrong = {
        "mse": torch.nn.functional.mse_loss,
        "sum over everything": lambda a, b: ((a - b) ** 2).sum(),
        "divided by the features": lambda a, b: ((a - b) ** 2).mean(1).sum(),
        "absolute": lambda a, b: torch.nn.functional.l1_loss(a, b) * a.shape[1],
        "not squared": lambda a, b: (a - b).sum() / len(a),
        "norm": lambda a, b: torch.linalg.vector_norm(a - b, dim=1).mean(),
        "half": lambda a, b: 0.5 * ((a - b) ** 2).sum() / len(a),
        "per example": lambda a, b: ((a - b) ** 2).sum(1),
        "elementwise": lambda a, b: (a - b) ** 2,
        "hard-coded 784": lambda a, b: ((a - b) ** 2).sum() / 784,
        "sum before square": lambda a, b: ((a - b).sum(1) ** 2).mean(),
    }
    assert_told_apart(check_reconstruction_loss, wrong, capsys)


def numpy_pca(x, k, center=True, add=True, rows=None):
    a = x.numpy().astype(float)
    mean = a.mean(0) if center else 0
    values, vectors = np.linalg.eigh((a - mean).T @ (a - mean))
    order = np.argsort(-values)[rows or slice(k)]
    v = vectors[:, order]
    return torch.tensor((a - mean) @ v @ v.T + (mean if add else 0))


def test_pca_right_answer_by_eigenvectors_passes(capsys):
    assert_right(check_pca_reconstruct, numpy_pca, capsys)


def test_pca_wrong_answers_are_told_apart(capsys):
    def codes(x, k):
        _, _, vt = torch.linalg.svd(x - x.mean(0), full_matrices=False)
        return (x - x.mean(0)) @ vt[:k].T

    def columns(x, k):
        _, _, vt = torch.linalg.svd(x - x.mean(0), full_matrices=False)
        return (x - x.mean(0)) @ vt[:, :k] @ vt[:, :k].T + x.mean(0)

    def standardised(x, k):
        scale = x.std(0)
        return numpy_pca(x / scale, k) * scale

    wrong = {
        "not centred": lambda x, k: numpy_pca(x, k, center=False),
        "mean not added": lambda x, k: numpy_pca(x, k, add=False),
        "smallest": lambda x, k: numpy_pca(x, k, rows=slice(-k, None)),
        "one more": lambda x, k: numpy_pca(x, k + 1),
        "one less": lambda x, k: numpy_pca(x, k - 1),
        "first left out": lambda x, k: numpy_pca(x, k, rows=slice(1, k + 1)),
        "standardised": standardised,
        "codes": codes,
        "columns of Vt": columns,
        "one mean": lambda x, k: numpy_pca(x - x.mean(), k, center=False) + x.mean(),
    }
    assert_told_apart(check_pca_reconstruct, wrong, capsys)


def test_bottleneck_size_right_answer_passes(capsys):
    def by_network(sizes):
        widths = list(sizes) + list(sizes[::-1])[1:]
        layers = [torch.nn.Linear(a, b) for a, b in zip(widths, widths[1:])]
        return sizes[0] / sizes[-1], sum(p.numel() for n in layers for p in n.parameters())

    assert_right(check_bottleneck_size, by_network, capsys)


def test_bottleneck_size_wrong_answers_are_told_apart(capsys):
    def weights(s):
        return sum(a * b for a, b in zip(s, s[1:]))

    wrong = {
        "upside down": lambda s: (s[-1] / s[0], 2 * weights(s) + sum(s[1:]) + sum(s[:-1])),
        "no biases": lambda s: (s[0] / s[-1], 2 * weights(s)),
        "encoder only": lambda s: (s[0] / s[-1], weights(s) + sum(s[1:])),
        "encoder weights": lambda s: (s[0] / s[-1], weights(s)),
        "encoder twice": lambda s: (s[0] / s[-1], 2 * weights(s) + 2 * sum(s[1:])),
        "encoder biases only": lambda s: (s[0] / s[-1], 2 * weights(s) + sum(s[1:])),
        "decoder biases only": lambda s: (s[0] / s[-1], 2 * weights(s) + sum(s[:-1])),
        "floored": lambda s: (s[0] // s[-1], 2 * weights(s) + sum(s[1:]) + sum(s[:-1])),
        "next layer": lambda s: (s[0] / s[1], 2 * weights(s) + sum(s[1:]) + sum(s[:-1])),
        "swapped": lambda s: (2 * weights(s) + sum(s[1:]) + sum(s[:-1]), s[0] / s[-1]),
    }
    assert_told_apart(check_bottleneck_size, wrong, capsys)


def test_fading_weight_right_answer_passes(capsys):
    def by_norms(x, y, m):
        return np.linalg.norm(x - y, axis=1) / np.linalg.norm(x - m, axis=1)

    assert_right(check_fading_weight, by_norms, capsys)


def test_fading_weight_wrong_answers_are_told_apart(capsys):
    def norm(v, p=2, dim=1):
        return torch.linalg.vector_norm(v, ord=p, dim=dim)

    wrong = {
        "no root": lambda x, y, m: norm(x - y) ** 2 / norm(x - m) ** 2,
        "upside down": lambda x, y, m: norm(x - m) / norm(x - y),
        "upside down, no root": lambda x, y, m: norm(x - m) ** 2 / norm(x - y) ** 2,
        "one for all": lambda x, y, m: norm(x - y, dim=None) / norm(x - m, dim=None),
        "absolute": lambda x, y, m: norm(x - y, 1) / norm(x - m, 1),
        "shifted in the denominator": lambda x, y, m: norm(x - y) / norm(y - m),
        "over the examples": lambda x, y, m: norm(x - y, dim=0) / norm(x - m, dim=0),
        "negative": lambda x, y, m: -norm(x - y) / norm(x - m),
        "weight of x": lambda x, y, m: 1 - norm(x - y) / norm(x - m),
    }
    assert_told_apart(check_fading_weight, wrong, capsys)


def stub(x_hat, x):
    """The docstring of a stub."""
    ...


def ellipsis(x_hat, x):
    result = ...
    return result


def nothing(x_hat, x):
    _ = (x_hat - x) ** 2


def raises(x_hat, x):
    raise SystemExit(3)


def recurses(x_hat, x):
    return recurses(x_hat, x)


def in_place(x_hat, x):
    x_hat -= x
    return (x_hat**2).sum(1).mean()


class UnspeakableError(Exception):
    def __str__(self):
        raise RuntimeError


def unspeakable(x_hat, x):
    raise UnspeakableError


def meta(x_hat, x):
    return torch.zeros((), device="meta")


@pytest.mark.parametrize(
    "answer, start",
    [
        (stub, "○ Not attempted yet"),
        (ellipsis, "○ Not attempted yet"),
        (nothing, "✗ Not yet: your function returns nothing"),
        (raises, "✗ Not yet: your function stopped with SystemExit"),
        (recurses, "✗ Not yet: your function stopped with RecursionError"),
        (in_place, "✗ Not yet: your function changes its argument"),
        (unspeakable, "✗ Not yet: your function stopped with UnspeakableError"),
        (meta, "✗ Not yet: your function returns Tensor, not numbers"),
        (lambda a: a, "✗ Not yet: your function stopped with TypeError"),
        (lambda a, b: "a word", "✗ Not yet: your function returns str"),
        (lambda a, b: {"loss": 1.0}, "✗ Not yet: your function returns dict"),
        (lambda a, b: float("nan"), "✗ Not yet: for random input"),
        (lambda a, b: torch.zeros(3, 2), "✗ Not yet: for input of shape"),
        (lambda a, b: 1j, "✗ Not yet: your function returns complex"),
        (0.5, "✗ Give the checker the function itself"),
        (None, "✗ Give the checker the function itself"),
    ],
)
def test_nothing_that_a_student_writes_raises(answer, start, capsys):
    assert verdict(check_reconstruction_loss, answer, capsys).startswith(start)


class Contrary:
    """A callable and a result whose every attribute is an error."""

    def __getattr__(self, name):
        raise RuntimeError("\udc80")

    def __call__(self, x_hat, x):
        return self

    def __len__(self):
        raise SystemExit


def test_not_even_a_contrary_object_raises(capsys):
    assert verdict(check_reconstruction_loss, Contrary(), capsys).startswith("✗ Not yet")
    assert verdict(check_bottleneck_size, Contrary(), capsys).startswith("✗ Not yet")


def test_several_numbers_may_come_in_one_tensor(capsys):
    def counted(sizes):
        pairs = list(zip(sizes, sizes[1:]))
        parameters = sum(2 * a * b + a + b for a, b in pairs)
        return torch.tensor([sizes[0] / sizes[-1], parameters], dtype=torch.float64)

    assert_right(check_bottleneck_size, counted, capsys)


def test_a_fraction_is_a_number(capsys):
    def exact(x_hat, x):
        return Fraction(((x_hat - x) ** 2).sum().item()) / len(x)

    assert_right(check_reconstruction_loss, exact, capsys)


def test_a_checker_leaves_the_random_numbers_of_the_notebook_alone(capsys):
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    verdict(check_reconstruction_loss, lambda a, b: torch.rand(()), capsys)
    assert torch.equal(torch.rand(3), expected)
