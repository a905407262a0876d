"""The checkers of notebook 06: right answers pass, each wrong one is told what is wrong with it."""

import itertools

import numpy as np
import pytest
import torch
from checker_cases import assert_right, assert_told, right_cases, verdict, wrong_cases
from torch.func import vmap
from torch.nn import functional as F

from course_utils.exercises import (
    check_contractive_loss,
    check_layer_jacobian,
    check_layer_spectrum,
    check_norm_estimate,
    check_ratio_at_equal_error,
)

pytestmark = pytest.mark.slow  # every answer on twenty draws


def jacobian_by_autograd(x, w, b, nonlinearity=torch.sigmoid):
    def encode(a):
        return nonlinearity(w @ a + b)

    return torch.stack([torch.autograd.functional.jacobian(encode, row) for row in x])


def jacobian_in_numpy(x, w, b):
    h = 1 / (1 + np.exp(-(x.numpy() @ w.numpy().T + b.numpy())))
    return np.einsum("nj,ji->nji", h * (1 - h), w.numpy())


def scaled_rows(factor):
    """The matrix W of each example, row j times a factor made from h_j."""
    return lambda x, w, b: torch.einsum("nj,ji->nji", factor((x @ w.T + b).sigmoid()), w)


jacobian = scaled_rows(lambda h: h * (1 - h))


def loss_with(penalty):
    def loss(x, w, b, v, c, lam):
        h = (x @ w.T + b).sigmoid()
        return ((x - (h @ v.T + c)) ** 2).sum() / len(x) + lam * penalty(x, w, b, v, h)

    return loss


def frobenius(x, w, b, v=None, h=None):
    return jacobian(x, w, b).square().sum() / len(x)


def loss_of_output(error):
    def loss(x, w, b, v, c, lam):
        return error(x, (x @ w.T + b).sigmoid() @ v.T + c) + lam * frobenius(x, w, b)

    return loss


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


def loss_in_numpy(x, w, b, v, c, lam):
    x, w, b, v, c = (a.double().numpy() for a in (x, w, b, v, c))
    h = 1 / (1 + np.exp(-(x @ w.T + b)))
    error = ((x - h @ v.T - c) ** 2).sum(1)
    return np.mean(error + lam * ((h * (1 - h)) ** 2 * (w**2).sum(1)).sum(1))


def spectrum_by_svd(h, lengths):
    generator = torch.Generator().manual_seed(0)
    q = torch.linalg.qr(torch.randn(12, len(h), dtype=torch.float64, generator=generator)).Q.T
    return torch.linalg.svdvals((h * (1 - h) * lengths)[:, None] * q)


def down(a):
    return np.sort(np.asarray(a))[::-1]


def estimate(norm=lambda g: (g**2).sum(), total=lambda values: sum(values) / len(values)):
    return lambda pull, signs: total([norm(pull(v)) for v in signs])


def estimate_by_vmap(pull, signs):
    return vmap(pull)(signs).square().sum(dim=1).mean()


def on_the_line(error, errors, values):
    inside = errors[0] <= error <= errors[-1]
    return np.interp(error, errors, values) if inside else np.nan


def segment_by_segment(error, errors, values):
    for i in range(len(errors) - 1):
        if errors[i] <= error <= errors[i + 1]:
            share = (error - errors[i]) / (errors[i + 1] - errors[i])
            return (1 - share) * values[i] + share * values[i + 1]
    return float("nan")


def quotient(read):
    return lambda e, ea, va, eb, vb: read(e, ea, va) / read(e, eb, vb)


def straight_on(error, errors, values):
    i = min(max(sum(errors < error).item(), 1), len(errors) - 1)
    slope = (values[i] - values[i - 1]) / (errors[i] - errors[i - 1])
    return values[i - 1] + slope * (error - errors[i - 1])


def at_nearest(error, errors, values):
    return min(zip(abs(errors - error), values))[1]


RIGHT_LOSS = loss_with(frobenius)

RIGHT = {
    check_layer_jacobian: [jacobian_by_autograd, jacobian_in_numpy],
    check_contractive_loss: [RIGHT_LOSS, loss_with(row_by_row(create_graph=True))],
    check_layer_spectrum: [spectrum_by_svd, lambda h, l: down(h * (1 - h) * l)],
    check_norm_estimate: [estimate(), estimate_by_vmap],
    check_ratio_at_equal_error: [quotient(on_the_line), quotient(segment_by_segment)],
}

WRONG = {
    check_layer_jacobian: {
        "slope of tanh": scaled_rows(lambda h: 1 - h**2),
        "code is that of tanh": lambda x, w, b: jacobian_by_autograd(x, w, b, torch.tanh),
        "linear layer": scaled_rows(torch.ones_like),
        "this is h times W": scaled_rows(lambda h: h),
        "this is (1 − h) times W": scaled_rows(lambda h: 1 - h),
        "the slope is squared": scaled_rows(lambda h: (h * (1 - h)) ** 2),
        "axes are turned": lambda x, w, b: jacobian(x, w, b).transpose(1, 2),
        "bias is missing": lambda x, w, b: jacobian_by_autograd(x, w, torch.zeros_like(b)),
        "each example has its own": lambda x, w, b: jacobian(x, w, b).mean(0),
        "before the sigmoid": lambda x, w, b: (
            ((x @ w.T + b) * (1 - x @ w.T - b))[:, :, None] * w
        ),
        "squares of the entries": lambda x, w, b: jacobian(x, w, b) ** 2,
        "summed over the inputs": lambda x, w, b: jacobian(x, w, b).sum(2),
    },
    check_contractive_loss: {
        "lam is forgotten": lambda x, w, b, v, c, lam: RIGHT_LOSS(x, w, b, v, c, 1.0),
        "squared error alone": lambda x, w, b, v, c, lam: RIGHT_LOSS(x, w, b, v, c, 0.0),
        "penalty alone": lambda x, w, b, v, c, lam: lam * frobenius(x, w, b),
        "is subtracted": lambda x, w, b, v, c, lam: RIGHT_LOSS(x, w, b, v, c, -lam),
        "h(1 − h) is not squared": loss_with(
            lambda x, w, b, v, h: (h * (1 - h) * (w**2).sum(1)).sum(1).mean()
        ),
        "over the wrong axis": loss_with(
            lambda x, w, b, v, h: ((h * (1 - h)) ** 2).sum(1).mean() * (w**2).sum(0).mean()
        ),
        "summed apart": loss_with(
            lambda x, w, b, v, h: ((h * (1 - h)) ** 2).sum(1).mean() * (w**2).sum()
        ),
        "decoder's V": loss_with(
            lambda x, w, b, v, h: ((h * (1 - h)) ** 2 * (v**2).sum(0)).sum(1).mean()
        ),
        "‖Jᵀ1‖²": loss_with(
            lambda x, w, b, v, h: jacobian(x, w, b).sum(1).square().sum() / len(x)
        ),
        "‖J1‖²": loss_with(
            lambda x, w, b, v, h: jacobian(x, w, b).sum(2).square().sum() / len(x)
        ),
        "mean over the entries": loss_with(
            lambda x, w, b, v, h: jacobian(x, w, b).square().mean()
        ),
        "mean over the units, too": loss_with(
            lambda x, w, b, v, h: ((h * (1 - h)) ** 2 * (w**2).sum(1)).mean()
        ),
        "the entries of J are averaged": loss_with(
            lambda x, w, b, v, h: jacobian(x, w, b).mean((1, 2)).square().mean()
        ),
        "all entries of all J": loss_with(
            lambda x, w, b, v, h: jacobian(x, w, b).mean() ** 2
        ),
        "slope of tanh": loss_with(
            lambda x, w, b, v, h: ((1 - h**2) ** 2 * (w**2).sum(1)).sum(1).mean()
        ),
        "this is ‖J‖_F": loss_with(
            lambda x, w, b, v, h: jacobian(x, w, b).square().sum((1, 2)).sqrt().mean()
        ),
        "root of the mean": loss_with(lambda *a: frobenius(*a).sqrt()),
        "averaged over the examples before": loss_with(
            lambda x, w, b, v, h: (jacobian(x, w, b).mean(0) ** 2).sum()
        ),
        "at the mean code": loss_with(
            lambda x, w, b, v, h: ((h.mean(0) - h.mean(0) ** 2)[:, None] * w).square().sum()
        ),
        "tied": lambda x, w, b, v, c, lam: RIGHT_LOSS(x, w, b, w.T, c, lam),
        "goes through a sigmoid": loss_of_output(
            lambda x, out: ((x - out.sigmoid()) ** 2).sum(1).mean()
        ),
        "norm ‖x − x′‖": loss_of_output(lambda x, out: (x - out).norm(dim=1).mean()),
        "weight decay": loss_with(lambda x, w, b, v, h: (w**2).sum()),
        "this is the sum over the batch": lambda x, *rest: len(x) * RIGHT_LOSS(x, *rest),
        "penalty is summed over the batch": lambda x, w, b, v, c, lam: (
            RIGHT_LOSS(x, w, b, v, c, lam * len(x))
        ),
        "mean over the features": loss_of_output(F.mse_loss),
        "it has no gradient": loss_in_numpy,
        "create_graph=True": loss_with(row_by_row(create_graph=False)),
    },
    check_layer_spectrum: {
        "these are the squares": lambda h, l: down((h * (1 - h) * l) ** 2),
        "slopes are squared, the": lambda h, l: down((h * (1 - h)) ** 2 * l),
        "in the order of the units": lambda h, l: h * (1 - h) * l,
        "the order is turned": lambda h, l: np.sort(h * (1 - h) * l),
        "sorted apart": lambda h, l: down(h * (1 - h)) * down(l),
        "slope is missing": lambda h, l: down(l),
        "lengths are missing": lambda h, l: down(h * (1 - h)),
        "slope of tanh": lambda h, l: down((1 - h**2) * l),
        "h times the length": lambda h, l: down(h * l),
        "lengths are squared, the": lambda h, l: down(h * (1 - h) * l**2),
        "‖J‖_F": lambda h, l: np.linalg.norm(h * (1 - h) * l),
        "take .values": lambda h, l: (h * (1 - h) * l).sort(),
    },
    check_norm_estimate: {
        "one number per draw": estimate(total=lambda values: values),
        "not yet summed": lambda p, s: vmap(p)(s) ** 2,
        "one number per input": lambda p, s: (vmap(p)(s) ** 2).mean(0),
        "never called": lambda p, s: torch.norm(s) ** 2 / len(s),
        "every unit vector": lambda p, s: sum((p(e) ** 2).sum() for e in torch.eye(s.shape[1])),
        "averages over them": lambda p, s: estimate()(p, torch.eye(s.shape[1])),
        "all ones": lambda p, s: estimate()(p, torch.ones_like(s)),
        "only the first row": lambda p, s: (p(s[0]) ** 2).sum(),
        "norm is not squared": estimate(torch.linalg.norm),
        "mean over the inputs, too": estimate(lambda g: (g**2).mean()),
        "Jᵀε are added": estimate(lambda g: g.sum() ** 2),
        "sum over the draws": estimate(total=sum),
        "averaged over the draws before": lambda p, s: p(s.mean(0)).square().sum(),
        "pulled back once; each": lambda p, s: p(s.sum(0)).square().sum(),
        "divided by the number of draws": lambda p, s: p(s.sum(0)).square().sum() / len(s),
        "root of the estimate": lambda p, s: estimate()(p, s) ** 0.5,
        "divided by the code size": lambda p, s: estimate()(p, s) / s.shape[1],
        "multiplied by the code size": lambda p, s: estimate()(p, s) * s.shape[1],
        "Draw nothing inside": lambda p, s: estimate()(p, torch.randn_like(s)),
        "ε is one row of signs": lambda p, s: p(s).square().sum(1).mean(),
    },
    check_ratio_at_equal_error: {
        "ratio is turned": lambda e, ea, va, eb, vb: quotient(on_the_line)(e, eb, vb, ea, va),
        "this is the difference": lambda e, ea, va, eb, vb: (
            on_the_line(e, ea, va) - on_the_line(e, eb, vb)
        ),
        "holds its last value": quotient(np.interp),
        "continues the line": quotient(straight_on),
        "error is nearest": quotient(at_nearest),
        "last setting below": quotient(
            lambda e, errors, values: values[max(sum(errors < e).item() - 1, 0)]
        ),
        "read both on their lines": lambda e, ea, va, eb, vb: (
            on_the_line(e, ea, va) / at_nearest(e, eb, vb)
        ),
        "by their place in the list": lambda e, ea, va, eb, vb: (
            (va / vb[: len(va)])[(ea - e).abs().argmin()]
        ),
        "ratio of the means": lambda e, ea, va, eb, vb: np.mean(va.numpy()) / vb.mean(),
        "through the logarithms": quotient(
            lambda e, errors, values: np.exp(on_the_line(e, errors, values.log()))
        ),
    },
}  # fmt: skip


@pytest.mark.parametrize("checker, answer", right_cases(RIGHT))
def test_right_answers_pass(checker, answer, capsys):
    assert_right(checker, answer, capsys)


@pytest.mark.parametrize("checker, part, answer", wrong_cases(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong_with_it(checker, part, answer, capsys):
    assert_told(checker, part, answer, capsys)


def test_a_notebook_without_gradients_does_not_change_the_verdict(capsys):
    with torch.no_grad():
        assert verdict(check_contractive_loss, RIGHT_LOSS, capsys).startswith("✓ Right")


@pytest.mark.parametrize(
    "cut",
    [
        loss_with(lambda x, w, b, v, h: frobenius(x, w.detach(), b)),
        loss_with(lambda *a: frobenius(*a).detach()),
        lambda x, w, b, v, c, lam: RIGHT_LOSS(x, w, b, v.detach(), c, lam),
    ],
)
def test_a_contractive_loss_that_trains_in_part_is_refused(cut, capsys):
    assert "ignore a part" in verdict(check_contractive_loss, cut, capsys)


def test_equal_singular_values_are_both_asked_for(capsys):
    told = verdict(check_layer_spectrum, lambda h, l: (h * (1 - h) * l).unique().flip(0), capsys)
    assert "returns shape (4,), expected (5,)" in told


def test_signs_are_right_on_average_over_all_of_them():
    """The formula itself: over all 2⁴ rows of signs the estimate is ‖J‖² exactly."""
    matrix = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    signs = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=4)))
    found = estimate()(lambda v: v @ matrix, signs)
    torch.testing.assert_close(found, matrix.square().sum())
