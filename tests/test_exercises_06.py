"""The checkers of notebook 06: right answers pass, each wrong one is told what is wrong with it.

The answers are written anew, most of them by automatic differentiation or in NumPy.
"""

import numpy as np
import torch
from checker_cases import assert_right, assert_told_apart, verdict

from course_utils.exercises import (
    check_contractive_loss,
    check_layer_jacobian,
    check_layer_spectrum,
    check_norm_estimate,
)


def jacobian_by_autograd(x, w, b):
    return torch.func.vmap(torch.func.jacrev(lambda a: torch.sigmoid(w @ a + b)))(x)


def test_layer_jacobian_right_answers_pass(capsys):
    def in_numpy(x, w, b):
        h = 1 / (1 + np.exp(-(x.numpy() @ w.numpy().T + b.numpy())))
        return np.einsum("nj,ji->nji", h * (1 - h), w.numpy())

    assert_right(check_layer_jacobian, jacobian_by_autograd, capsys)
    assert_right(check_layer_jacobian, in_numpy, capsys)


def test_layer_jacobian_wrong_answers_are_told_apart(capsys):
    def h(x, w, b):
        return (x @ w.T + b).sigmoid()

    def j(x, w, b):
        return jacobian_by_autograd(x, w, b)

    def linear(x, w, b):
        return torch.einsum("nj,ji->nji", torch.ones(len(x), len(w)), w)

    def scaled(factor):
        return lambda x, w, b: torch.einsum("nj,ji->nji", factor(h(x, w, b)), w)

    wrong = {
        "tanh slope at sigmoid": scaled(lambda a: 1 - a**2),
        "tanh": lambda x, w, b: torch.func.vmap(torch.func.jacrev(lambda a: torch.tanh(w @ a + b)))(
            x
        ),
        "linear": linear,
        "only h": scaled(lambda a: a),
        "only 1 - h": scaled(lambda a: 1 - a),
        "slope squared": scaled(lambda a: (a * (1 - a)) ** 2),
        "transposed": lambda x, w, b: j(x, w, b).transpose(1, 2),
        "no bias": lambda x, w, b: j(x, w, torch.zeros_like(b)),
        "mean": lambda x, w, b: j(x, w, b).mean(0),
        "before the sigmoid": lambda x, w, b: ((x @ w.T + b) * (1 - x @ w.T - b))[:, :, None] * w,
        "squared": lambda x, w, b: j(x, w, b) ** 2,
        "summed": lambda x, w, b: j(x, w, b).sum(2),
    }
    assert_told_apart(check_layer_jacobian, wrong, capsys)


def loss_with(penalty):
    def loss(x, w, b, v, c, lam):
        h = (x @ w.T + b).sigmoid()
        return ((x - (h @ v.T + c)) ** 2).sum() / len(x) + lam * penalty(x, w, b, v, h)

    return loss


def frobenius(x, w, b, v, h):
    return jacobian_by_autograd(x, w, b).square().sum() / len(x)


def test_contractive_loss_right_answers_pass(capsys):
    assert_right(check_contractive_loss, loss_with(frobenius), capsys)
    assert_right(check_contractive_loss, loss_with(row_by_row(create_graph=True)), capsys)
    with torch.no_grad():
        assert_right(check_contractive_loss, loss_with(frobenius), capsys)


def row_by_row(create_graph):
    def penalty(x, w, b, v, h):
        x = x.clone().requires_grad_()
        total = 0
        for j in range(len(w)):
            h_j = torch.sigmoid(x @ w.T + b)[:, j].sum()
            (row,) = torch.autograd.grad(h_j, x, create_graph=create_graph)
            total = total + row.square().sum()
        return total / len(x)

    return penalty


def test_a_contractive_loss_that_cannot_train_is_refused(capsys):
    right = loss_with(frobenius)

    def in_numpy(x, w, b, v, c, lam):
        x, w, b, v, c = (a.double().numpy() for a in (x, w, b, v, c))
        h = 1 / (1 + np.exp(-(x @ w.T + b)))
        error = ((x - h @ v.T - c) ** 2).sum(1)
        return np.mean(error + lam * ((h * (1 - h)) ** 2 * (w**2).sum(1)).sum(1))

    nothing = (in_numpy, lambda *a: right(*a).item(), lambda *a: right(*a).detach())
    a_part = (
        loss_with(row_by_row(create_graph=False)),
        loss_with(lambda x, w, b, v, h: frobenius(x, w.detach(), b, v, h)),
        loss_with(lambda *a: frobenius(*a).detach()),
        lambda x, w, b, v, c, lam: right(x, w, b, v.detach(), c, lam),
    )
    for seed in range(3):
        for answers, said in ((nothing, "it has no gradient"), (a_part, "create_graph=True")):
            for answer in answers:
                assert said in verdict(check_contractive_loss, answer, capsys, seed)


def test_contractive_loss_wrong_answers_are_told_apart(capsys):
    right = loss_with(frobenius)

    def j(x, w, b):
        return jacobian_by_autograd(x, w, b)

    def mse(x, w, b, v, c, lam):
        x_hat = (x @ w.T + b).sigmoid() @ v.T + c
        return torch.nn.functional.mse_loss(x_hat, x) + lam * frobenius(x, w, b, v, None)

    wrong = {
        "λ forgotten": lambda x, w, b, v, c, lam: right(x, w, b, v, c, 1.0),
        "error alone": lambda x, w, b, v, c, lam: right(x, w, b, v, c, 0.0),
        "penalty alone": lambda x, w, b, v, c, lam: lam * frobenius(x, w, b, v, None),
        "subtracted": lambda x, w, b, v, c, lam: right(x, w, b, v, c, -lam),
        "h(1−h) not squared": loss_with(
            lambda x, w, b, v, h: (h * (1 - h) * (w**2).sum(1)).sum(1).mean()
        ),
        "wrong axis": loss_with(
            lambda x, w, b, v, h: ((h * (1 - h)) ** 2).sum(1).mean() * (w**2).sum(0).mean()
        ),
        "summed apart": loss_with(
            lambda x, w, b, v, h: ((h * (1 - h)) ** 2).sum(1).mean() * (w**2).sum()
        ),
        "decoder": loss_with(
            lambda x, w, b, v, h: ((h * (1 - h)) ** 2 * (v**2).sum(0)).sum(1).mean()
        ),
        "Jᵀ1": loss_with(lambda x, w, b, v, h: j(x, w, b).sum(1).square().sum() / len(x)),
        "J1": loss_with(lambda x, w, b, v, h: j(x, w, b).sum(2).square().sum() / len(x)),
        "mean over J": loss_with(lambda x, w, b, v, h: j(x, w, b).square().mean()),
        "tanh": loss_with(
            lambda x, w, b, v, h: ((1 - h**2) ** 2 * (w**2).sum(1)).sum(1).mean()
        ),
        "norm": loss_with(
            lambda x, w, b, v, h: j(x, w, b).square().sum((1, 2)).sqrt().mean()
        ),
        "weight decay": loss_with(lambda x, w, b, v, h: (w**2).sum()),
        "batch sum": lambda x, *rest: len(x) * right(x, *rest),
        "penalty summed over the batch": lambda x, w, b, v, c, lam: right(
            x, w, b, v, c, lam * len(x)
        ),
        "mse": mse,
        "root of the mean": loss_with(lambda *a: frobenius(*a).sqrt()),
        "slopes averaged first": loss_with(
            lambda x, w, b, v, h: (j(x, w, b).mean(0) ** 2).sum()
        ),
        "slope of the mean code": loss_with(
            lambda x, w, b, v, h: ((h.mean(0) - h.mean(0) ** 2)[:, None] * w).square().sum()
        ),
        "tied decoder": lambda x, w, b, v, c, lam: right(x, w, b, w.T, c, lam),
        "sigmoid output": lambda x, w, b, v, c, lam: (
            (x - ((x @ w.T + b).sigmoid() @ v.T + c).sigmoid()).square().sum(1).mean()
            + lam * frobenius(x, w, b, v, None)
        ),
        "error not squared": lambda x, w, b, v, c, lam: (
            (x - (x @ w.T + b).sigmoid() @ v.T - c).norm(dim=1).mean()
            + lam * frobenius(x, w, b, v, None)
        ),
    }  # fmt: skip
    assert_told_apart(check_contractive_loss, wrong, capsys)


def test_an_unknown_mistake_is_shown_with_the_names_of_the_arguments(capsys):
    def contractive_loss(x, W, b, V, c, lam):
        return loss_with(frobenius)(x, W, b, V, c, lam) + 1

    shown = verdict(check_contractive_loss, contractive_loss, capsys)
    assert (
        "input of shape (5, 4) as x, shape (3, 4) as W, shape (3,) as b, shape (4, 3) as V" in shown
    )
    assert " as lam your function returns" in shown
    shapes = verdict(check_contractive_loss, lambda *a: torch.zeros(2), capsys)
    assert "for input of shape (5, 4), shape (3, 4)" in shapes


def test_sort_without_values_is_told_so(capsys):
    shown = verdict(check_layer_spectrum, lambda h, l: (h * (1 - h) * l).sort(), capsys)
    assert shown == "✗ Not yet: sort returns values and indices: take .values."


def test_layer_spectrum_right_answer_by_svd_passes(capsys):
    def by_svd(h, lengths):
        q = torch.linalg.qr(torch.randn(9, 6, dtype=torch.float64)).Q.T
        return torch.linalg.svdvals((h * (1 - h) * lengths)[:, None] * q)

    assert_right(check_layer_spectrum, by_svd, capsys)


def test_layer_spectrum_wrong_answers_are_told_apart(capsys):
    def down(a):
        return np.sort(np.asarray(a))[::-1]

    wrong = {
        "squares": lambda h, l: down((h * (1 - h) * l) ** 2),
        "slopes squared": lambda h, l: down((h * (1 - h)) ** 2 * l),
        "unsorted": lambda h, l: h * (1 - h) * l,
        "ascending": lambda h, l: np.sort(h * (1 - h) * l),
        "sorted apart": lambda h, l: down(h * (1 - h)) * down(l),
        "no slope": lambda h, l: down(l),
        "no lengths": lambda h, l: down(h * (1 - h)),
        "tanh": lambda h, l: down((1 - h**2) * l),
        "only h": lambda h, l: down(h * l),
        "lengths squared": lambda h, l: down(h * (1 - h) * l**2),
        "the norm": lambda h, l: np.linalg.norm(h * (1 - h) * l),
    }
    assert_told_apart(check_layer_spectrum, wrong, capsys)
    shown = verdict(check_layer_spectrum, lambda h, l: (h * (1 - h) * l).unique().flip(0), capsys)
    assert "returns shape (5,), expected (6,)" in shown


def average(draw, norm=lambda g: (g**2).sum()):
    return lambda pull, code, n: sum(norm(pull(draw(code))) for _ in range(n)) / n


def random_signs(code):
    return torch.where(torch.rand(code) < 0.5, 1.0, -1.0)


def sphere(code):
    return torch.nn.functional.normalize(torch.randn(code), dim=0)


def test_norm_estimate_right_answers_pass(capsys):
    for draw in (random_signs, torch.randn, lambda k: sphere(k) * k**0.5):
        assert_right(check_norm_estimate, average(draw), capsys)

    def scaled(draw, factor):
        return lambda pull, k, n: factor(k) * average(draw)(pull, k, n)

    assert_right(check_norm_estimate, scaled(sphere, lambda k: k), capsys)
    assert_right(check_norm_estimate, scaled(lambda k: torch.rand(k) - 0.5, lambda k: 12), capsys)


def test_norm_estimate_wrong_answers_are_told_apart(capsys):
    def same(pull, code, n):
        v = random_signs(code)
        return sum(pull(v).square().sum() for _ in range(n)) / n

    def seeded(pull, code, n):
        torch.manual_seed(0)
        return average(random_signs)(pull, code, n)

    def exact(pull, code, n):
        return sum((pull(row) ** 2).sum() for row in torch.eye(code))

    wrong = {
        "Jᵀ1": average(torch.ones),
        "one sign for all units": average(lambda k: random_signs(1).expand(k)),
        "uniform": average(torch.rand),
        "zero or one": average(lambda k: torch.bernoulli(torch.full((k,), 0.5))),
        "unit length": average(sphere),
        "twice as long": average(lambda k: 2 * torch.randn(k)),
        "norm": average(random_signs, torch.linalg.norm),
        "mean of squares": average(random_signs, lambda g: (g**2).mean()),
        "sum, then square": average(random_signs, lambda g: g.sum() ** 2),
        "sum over draws": lambda pull, k, n: n * average(random_signs)(pull, k, n),
        "mean first": lambda pull, k, n: (
            (sum(pull(random_signs(k)) for _ in range(n)) / n) ** 2
        ).sum(),
        "root": lambda pull, k, n: average(random_signs)(pull, k, n).sqrt(),
        "drawn once": same,
        "exact": exact,
        "one draw too few": lambda pull, k, n: average(random_signs)(pull, k, n - 1),
        "per draw": lambda pull, k, n: [
            (pull(random_signs(k)) ** 2).sum().item() for _ in range(n)
        ],
        "vector": lambda pull, k, n: pull(random_signs(k)) ** 2,
        "never called": lambda pull, k, n: torch.tensor(1.0),
        "half": lambda pull, k, n: average(random_signs)(pull, k, n) / 2,
        "one sign for each half": average(lambda k: random_signs(2).repeat_interleave(k // 2)),
        "seeded": seeded,
    }
    assert_told_apart(check_norm_estimate, wrong, capsys)


def test_norm_estimate_says_what_is_wrong_with_one_hot_vectors_and_with_vmap(capsys):
    def one_hot(code):
        return torch.eye(code)[torch.randint(code, ())]

    assert "v has length 1" in verdict(check_norm_estimate, average(one_hot), capsys)
    assert_right(check_norm_estimate, average(lambda k: one_hot(k) * k**0.5), capsys)

    def batched(pull, code, n):
        return torch.vmap(pull)(torch.randn(n, code)).square().sum(1).mean()

    assert "one vector a call" in verdict(check_norm_estimate, batched, capsys)


def test_a_stub_of_the_estimator_is_recognised_and_a_failing_one_does_not_raise(capsys):
    def stub(pull_back, code, draws):
        """Docstring."""
        ...

    assert verdict(check_norm_estimate, stub, capsys).startswith("○ Not attempted yet")
    for answer in (lambda p, k, n: "a", lambda p, k, n: {}, lambda p, k, n: 1j):
        assert "not numbers" in verdict(check_norm_estimate, answer, capsys)
    failing = (lambda p, k, n: 1 / 0, lambda p, k, n: p(torch.ones(n)), 3)
    for answer in failing:
        assert verdict(check_norm_estimate, answer, capsys).startswith("✗")
