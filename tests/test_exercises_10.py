"""The checkers of lesson 10 tell right answers from wrong ones, and wrong ones from each other."""

import itertools

import numpy as np
import pytest
import torch
from checker_cases import assert_right, assert_told, right_cases, wrong_cases
from scipy.optimize import linear_sum_assignment
from torch import nn

from course_utils.exercises import (
    check_best_k_code,
    check_loss_recovered,
    check_matched_score,
    check_signed_step,
    check_topk_both_ways,
)
from course_utils.models import TopK

pytestmark = pytest.mark.slow


# One step of ISTA


def spectral(columns):
    return torch.linalg.svdvals(columns)[0] ** 2


def downhill(h, x, columns, eta):
    """A gradient step of the error alone, by automatic differentiation."""
    start = h.clone().requires_grad_()
    ((x - start @ columns.T) ** 2).sum().backward()
    return h - eta * start.grad


def step_by_shrinking(h, x, columns, lam):
    eta = 1 / (2 * spectral(columns))
    return nn.functional.softshrink(downhill(h, x, columns, eta), float(eta * lam))


def step_by_cases(h, x, columns, lam):
    eta = 1 / (2 * spectral(columns))
    v, t = downhill(h, x, columns, eta), eta * lam
    return torch.where(v > t, v - t, torch.where(v < -t, v + t, 0.0))


def shrunk(threshold, scale=1.0, start=True, eta=None):
    """Steps that are wrong in one place each."""

    def answer(h, x, columns, lam):
        size = eta(columns) if eta else 1 / (2 * spectral(columns))
        v = downhill(h if start else 0 * h, x, columns, size * scale)
        return nn.functional.softshrink(v, float(threshold(size, lam)))

    return answer


def usual(size, lam):
    return size * lam


def one_sided(h, x, columns, lam):
    return step_by_shrinking(h, x, columns, lam).clamp(min=0)


def with_the_sign_in_the_gradient(h, x, columns, lam):
    eta = 1 / (2 * spectral(columns))
    return downhill(h, x, columns, eta) - eta * lam * torch.sign(h)


def both_sides_added(h, x, columns, lam):
    eta = 1 / (2 * spectral(columns))
    v, t = downhill(h, x, columns, eta), eta * lam
    return torch.clamp(v - t, min=0) + torch.clamp(v + t, min=0)


def kept_above_the_threshold(h, x, columns, lam):
    eta = 1 / (2 * spectral(columns))
    return nn.functional.hardshrink(downhill(h, x, columns, eta), float(eta * lam))


# The best code with k entries


def by_trying_all_sets(x, columns, k):
    codes = []
    for example in x:
        best = None
        for units in itertools.combinations(range(columns.shape[1]), k):
            chosen = columns[:, units].numpy()
            values = np.linalg.lstsq(chosen, example.numpy(), rcond=None)[0]
            error = np.square(example.numpy() - chosen @ values).sum()
            if best is None or error < best[0]:
                best = error, units, values
        code = torch.zeros(columns.shape[1])
        code[list(best[1])] = torch.from_numpy(best[2])
        codes.append(code)
    return torch.stack(codes)


def by_the_gain(x, columns, k):
    return ranked(lambda z, a: (z / a).abs())(x, columns, k)


def ranked(score, value=lambda z, a: z / a**2):
    """A code whose places go by score and whose values by value, a the lengths."""

    def answer(x, columns, k):
        z, a = x @ columns, columns.norm(dim=0)
        order = score(z, a).argsort(dim=1, descending=True).argsort(dim=1)
        return torch.where(order < k, value(z, a), 0.0)

    return answer


def over_the_batch(x, columns, k):
    z, a = x @ columns, columns.norm(dim=0)
    scores = (z / a).abs()
    least = scores.flatten().sort(descending=True).values[k * len(x) - 1]
    return torch.where(scores >= least, z / a**2, 0.0)


def along_the_examples(x, columns, k):
    z, a = x @ columns, columns.norm(dim=0)
    order = (z / a).abs().argsort(dim=0, descending=True).argsort(dim=0)
    return torch.where(order < k, z / a**2, 0.0)


def the_same_for_all(x, columns, k):
    z, a = x @ columns, columns.norm(dim=0)
    best = (z / a).square().sum(dim=0).argsort(descending=True)[:k]
    code = torch.zeros_like(z)
    code[:, best] = z[:, best] / a[best] ** 2
    return code


# Both ways


def by_autograd(a, k, slope):
    a = a.clone().requires_grad_()
    h = TopK(k)(a)
    h.backward(slope)
    return h, a.grad


def by_loops(a, k, slope):
    h, gradient = torch.zeros_like(a), torch.zeros_like(a)
    for row in range(len(a)):
        for unit in sorted(range(a.shape[1]), key=lambda j: -a[row, j])[:k]:
            if a[row, unit] > 0:
                h[row, unit], gradient[row, unit] = a[row, unit], slope[row, unit]
    return h, gradient


def to_all_that_topk_names(a, k, slope):
    """After a ReLU the zeros are equal, and topk names some of them."""
    values, places = a.relu().topk(k, dim=1)
    zero = torch.zeros_like(a)
    return zero.scatter(1, places, values), zero.scatter(1, places, slope.gather(1, places))


def ranks(values, dim=1):
    return values.argsort(dim=dim, descending=True).argsort(dim=dim)


def right_output(a, k):
    return torch.where((ranks(a) < k) & (a > 0), a, 0.0)


def backwards_by(gradient):
    """The output is right; the gradient is what is given."""
    return lambda a, k, slope: (right_output(a, k), gradient(a, k, slope))


def masked_by(mask, values=lambda a: a):
    return lambda a, k, slope: (values(a) * mask(a, k), slope * mask(a, k))


# The score


def in_numpy(found, truth):
    found, truth = found.numpy(), truth.numpy()
    found = found / np.linalg.norm(found, axis=0)
    truth = truth / np.linalg.norm(truth, axis=0)
    cosines = np.abs(found.T @ truth)
    rows, columns = linear_sum_assignment(-cosines)
    return cosines[rows, columns].sum() / truth.shape[1]


def table_of_cosines(found, truth):
    return nn.functional.cosine_similarity(found.T[:, None], truth.T[None], dim=2)


def pairs_of(scores, **options):
    return scores[linear_sum_assignment(scores, **options)]


def on_lines(found, truth):
    found = found / found.norm(dim=1, keepdim=True)
    truth = truth / truth.norm(dim=1, keepdim=True)
    return pairs_of((found.T @ truth).abs(), maximize=True).sum() / truth.shape[1]


# Loss recovered


def nll(logits, labels):
    chosen = torch.log_softmax(logits, 1)[torch.arange(len(labels)), labels]
    return -chosen.mean()


def recovered(original, spliced, ablated, labels):
    best, found, worst = (nll(v, labels) for v in (original, spliced, ablated))
    return ((worst - found) / (worst - best)).item()


def image_by_image(original, spliced, ablated, labels):
    best, found, worst = (
        -torch.log_softmax(v, 1)[torch.arange(len(labels)), labels]
        for v in (original, spliced, ablated)
    )
    return torch.mean((worst - found) / (worst - best))


def with_loss(loss):
    def answer(original, spliced, ablated, labels):
        best, found, worst = (loss(v, labels) for v in (original, spliced, ablated))
        return (worst - found) / (worst - best)

    return answer


RIGHT = {
    check_signed_step: [step_by_shrinking, step_by_cases],
    check_best_k_code: [by_trying_all_sets, by_the_gain],
    check_topk_both_ways: [by_autograd, by_loops],
    check_matched_score: [in_numpy],
    check_loss_recovered: [recovered, with_loss(nn.functional.cross_entropy)],
}
WRONG = {
    check_signed_step: {
        "negative entries are cut off": one_sided,
        "the threshold is λ; a step": shrunk(lambda size, lam: lam),
        "the threshold is λ/2": shrunk(lambda size, lam: lam / 2),
        "the threshold is η λ/2": shrunk(lambda size, lam: size * lam / 2),
        "is no threshold": both_sides_added,
        "the step starts at 0": shrunk(usual, start=False),
        "twice as long": shrunk(usual, eta=lambda columns: 1 / spectral(columns)),
        "largest singular value itself": shrunk(usual, eta=lambda c: 0.5 / spectral(c) ** 0.5),
        "sum of all squared entries": shrunk(usual, eta=lambda c: 0.5 / c.square().sum()),
        "the gradient lacks its factor 2": shrunk(usual, scale=0.5),
        "the threshold is missing": shrunk(lambda size, lam: 0),
        "λ sign(h) is put into the gradient": with_the_sign_in_the_gradient,
        "left as it is (a hard threshold)": kept_above_the_threshold,
        "the step goes uphill": shrunk(usual, scale=-1),
    },
    check_best_k_code: {
        "the places go to the largest |z|": ranked(lambda z, a: z.abs()),
        "the code for columns of length 1": ranked(lambda z, a: z.abs(), lambda z, a: z),
        "the places go to the largest |h|": ranked(lambda z, a: z.abs() / a**2),
        "negative matches never get a place": (
            ranked(lambda z, a: (z / a).clamp(min=0), lambda z, a: z.clamp(min=0) / a**2)
        ),
        "the largest values with their signs": ranked(lambda z, a: z / a),
        "those for columns of length 1": ranked(lambda z, a: (z / a).abs(), lambda z, a: z),
        "the values are divided by the length": (
            ranked(lambda z, a: (z / a).abs(), lambda z, a: z / a)
        ),
        "the signs of the values are lost": (
            ranked(lambda z, a: (z / a).abs(), lambda z, a: z.abs() / a**2)
        ),
        "no entry is set to 0": lambda x, columns, k: x @ columns / columns.norm(dim=0) ** 2,
        "given out over the whole batch": over_the_batch,
        "the same k units are chosen": the_same_for_all,
        "k examples for each unit": along_the_examples,
        "this keeps k + 1 entries": lambda x, columns, k: by_the_gain(x, columns, k + 1),
    },
    check_topk_both_ways: {
        "the gradient passes everywhere": backwards_by(lambda a, k, slope: slope),
        "that of a ReLU": backwards_by(lambda a, k, slope: torch.where(a > 0, slope, 0.0)),
        "although its a ≤ 0 did not reach": to_all_that_topk_names,
        "negative entries are kept": masked_by(lambda a, k: ranks(a) < k),
        "the k largest |a| are kept": masked_by(lambda a, k: ranks(a.abs()) < k),
        "the k largest |a| are chosen": masked_by(lambda a, k: (ranks(a.abs()) < k) & (a > 0)),
        "the second result is the slope of the layer": (
            backwards_by(lambda a, k, slope: (right_output(a, k) > 0).float())
        ),
        "multiplied by the activation": (
            backwards_by(lambda a, k, slope: slope * right_output(a, k))
        ),
        "the units that were *not* kept": (
            backwards_by(lambda a, k, slope: slope * (right_output(a, k) == 0))
        ),
        "in the wrong order": lambda a, k, slope: by_loops(a, k, slope)[::-1],
        "taken along the examples (dim=0)": masked_by(lambda a, k: (ranks(a, 0) < k) & (a > 0)),
        "the first result says who speaks": (
            masked_by(lambda a, k: (right_output(a, k) > 0).float(), torch.ones_like)
        ),
    },
    check_matched_score: {
        "each true column takes its best match": (
            lambda found, truth: table_of_cosines(found, truth).abs().max(0).values.mean()
        ),
        "each found column takes its best match": (
            lambda found, truth: table_of_cosines(found, truth).abs().max(1).values.mean()
        ),
        "the sign counts": lambda found, truth: (
            pairs_of(table_of_cosines(found, truth), maximize=True).sum() / truth.shape[1]
        ),
        "the sign is dropped after the pairing": lambda found, truth: (
            pairs_of(table_of_cosines(found, truth), maximize=True).abs().sum() / truth.shape[1]
        ),
        "these are inner products": lambda found, truth: (
            pairs_of((found.T @ truth).abs(), maximize=True).sum() / truth.shape[1]
        ),
        "the *least* sum": lambda found, truth: (
            pairs_of(table_of_cosines(found, truth).abs()).sum() / truth.shape[1]
        ),
        "true columns without partner are left out": lambda found, truth: (
            pairs_of(table_of_cosines(found, truth).abs(), maximize=True).mean()
        ),
        "the mean is over the found columns": lambda found, truth: (
            pairs_of(table_of_cosines(found, truth).abs(), maximize=True).sum() / found.shape[1]
        ),
        "rows are brought to length 1": on_lines,
        "this is the sum over the pairs": lambda found, truth: (
            pairs_of(table_of_cosines(found, truth).abs(), maximize=True).sum()
        ),
        "the cosines are squared": lambda found, truth: (
            pairs_of(table_of_cosines(found, truth).abs(), maximize=True).pow(2).sum()
            / truth.shape[1]
        ),
    },
    check_loss_recovered: {
        "the share that was *lost*": lambda *given: 1 - recovered(*given),
        "the fraction is upside down": lambda *given: 1 / recovered(*given),
        "the share is cut off": lambda *given: min(max(recovered(*given), 0.0), 1.0),
        "one quotient for each image": image_by_image,
        "the sign is wrong": lambda *given: -recovered(*given),
        "the shares of correct images": (
            with_loss(lambda v, labels: (v.argmax(1) != labels).float().mean())
        ),
        "the quotient of two losses": lambda o, s, a, labels: nll(o, labels) / nll(s, labels),
        "not divided by what there is": lambda o, s, a, labels: nll(a, labels) - nll(s, labels),
        "divided by the loss under the mean": (
            lambda o, s, a, labels: (nll(a, labels) - nll(s, labels)) / nll(a, labels)
        ),
        "the softmax is taken twice": with_loss(lambda v, labels: nll(torch.softmax(v, 1), labels)),
        "this compares mean probabilities": (
            with_loss(lambda v, labels: 1 - torch.softmax(v, 1)[range(len(v)), labels].mean())
        ),
        "the mean of the label's logit": (
            with_loss(lambda v, labels: -v[range(len(v)), labels].mean())
        ),
    },
}  # fmt: skip


@pytest.mark.parametrize("checker, answer", right_cases(RIGHT))
def test_right_answers_pass(checker, answer, capsys):
    assert_right(checker, answer, capsys)


@pytest.mark.parametrize("checker, part, answer", wrong_cases(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong_with_it(checker, part, answer, capsys):
    assert_told(checker, part, answer, capsys)


def test_places_of_negative_entries_get_the_message_of_places_of_zeros(capsys):
    """topk of a itself names other units than topk after a ReLU: it is the same mistake."""
    answer = backwards_by(lambda a, k, slope: slope * (ranks(a) < k))
    assert_told(check_topk_both_ways, "although its a ≤ 0 did not reach", answer, capsys)
