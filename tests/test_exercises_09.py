"""Checkers of lesson 09: right answers, and wrong ones with the message that they get."""

import numpy as np
import pytest
import torch
from checker_cases import assert_right, assert_told, right_cases, wrong_cases
from scipy.signal import correlate2d
from torch import nn

from course_utils.exercises import (
    check_convolution_matrix,
    check_output_sides,
    check_permuted_weights,
    check_receptive_field,
    check_transposed,
)

pytestmark = pytest.mark.slow  # every answer on twenty draws


def matrix_by_scipy(kernel, rows, columns, flip=False, mode="valid", boundary="fill", step=1):
    """SciPy's correlation of every image with one single 1, a column each."""
    w = kernel.numpy()[::-1, ::-1] if flip else kernel.numpy()
    result = []
    for place in range(rows * columns):
        image = np.zeros(rows * columns)
        image[place] = 1
        seen = correlate2d(image.reshape(rows, columns), w, mode=mode, boundary=boundary)
        result.append(seen[::step, ::step].ravel())
    return np.array(result).T


def matrix_by_slices(kernel, rows, columns, corner=None, step=None, number=None):
    """The kernel's two rows at the flattened window: its corner, and `step` entries further."""
    wide = columns - 2
    m = torch.zeros((rows - 1) * wide, rows * columns)
    for i in range(rows - 1):
        for j in range(wide):
            for d in range(2):
                begin = i * (corner or columns) + j + d * (step or columns)
                m[i * (number or wide) + j, begin : begin + 3] += kernel[d]
    return m


def matrix_in_loops(kernel, rows, columns, width=None, short=0, ones=False, still=False):
    high, wide = rows - 1 - short, columns - 2 - short
    m = torch.zeros(high * wide, rows * columns)
    for row in range(high * wide):
        i, j = (0, 0) if still else divmod(row, wide)
        for d in range(2):
            for e in range(3):
                m[row, (i + d) * (width or columns) + j + e] = 1 if ones else kernel[d, e]
    return m


def column_by_column(kernel, rows, columns):
    m = torch.as_tensor(matrix_by_scipy(kernel, rows, columns))
    return m.reshape(-1, rows, columns).transpose(1, 2).flatten(1)


def wrapped(kernel, rows, columns):
    """Places i, j of the kernel's upper left corner, over the border and in again."""
    m = torch.zeros(rows, columns, rows, columns)
    for i in range(rows):
        for j in range(columns):
            for d in range(2):
                for e in range(3):
                    m[i, j, (i + d) % rows, (j + e) % columns] += kernel[d, e]
    return m.reshape(rows * columns, -1)


def sides(side, layers, rule=lambda s, k, t, p: np.floor((s + 2 * p - k) / t) + 1):
    found = []
    for kernel, stride, padding in layers:
        side = rule(side, kernel, stride, padding)
        found += [side]
    return found


def count_places(side, layers):
    """Count the places at which a kernel fits."""
    return sides(side, layers, lambda s, k, t, p: len(range(-p, s + p - k + 1, t)))


def sides_by_network(side, layers):
    x, found = torch.zeros(1, 1, side, side), []
    for kernel, stride, padding in layers:
        x = nn.functional.conv2d(x, torch.ones(1, 1, kernel, kernel), None, stride, padding)
        found.append(x.shape[-1])
    return torch.tensor(found)


def field_backwards(layers):
    """From one place back to the pixels: f → (f − 1) · stride + kernel."""
    field = 1
    for kernel, stride in reversed(layers):
        field = (field - 1) * stride + kernel
    return field


def field_by_gradient(layers):
    x = torch.zeros(1, 1, 4000, dtype=torch.float64, requires_grad=True)
    y = x
    for kernel, stride in layers:
        y = nn.functional.conv1d(y, torch.ones(1, 1, kernel, dtype=torch.float64), stride=stride)
    (gradient,) = torch.autograd.grad(y[0, 0, 3], x)
    return int((gradient != 0).sum())


def fields(layers, begin=1, more=-1, late=False, add=False):
    field, jump = begin, 1
    for kernel, stride in layers:
        new = jump + stride if add else jump * stride
        field += (kernel + more) * (new if late else jump)
        jump = new
    return field


def field_with_the_last_stride(layers):
    strides = [1] + [stride for _, stride in layers]
    return 1 + sum((kernel - 1) * strides[i] for i, (kernel, _) in enumerate(layers))


def with_matrix(first, last, bias, order, turn=(1, 1, 1)):
    """By products with the matrix P of the permutation: x permuted is P x."""
    p = torch.eye(len(order))[order]
    a, b, c = (p if way == 1 else p.T if way == -1 else torch.eye(len(order)) for way in turn)
    return first @ a.T, b @ last, c @ bias


def pixel_by_pixel(first, last, bias, order):
    new = [torch.empty_like(part) for part in (first, last, bias)]
    for i, old in enumerate(order.tolist()):
        new[0][:, i], new[1][i], new[2][i] = first[:, old], last[old], bias[old]
    return new


def turned(*turn):
    return lambda first, last, bias, order: with_matrix(first, last, bias, order, turn)


def stamps(h, w, stride, put=lambda old, new: old + new):
    (r, c), (a, b) = h.shape, w.shape
    result = np.zeros(((r - 1) * stride + a, (c - 1) * stride + b))
    for i in range(r):
        for j in range(c):
            part = np.s_[i * stride : i * stride + a, j * stride : j * stride + b]
            result[part] = put(result[part], (h[i, j] * w).numpy())
    return result


def by_the_matrix(h, w, stride):
    """Wᵀh, with the matrix W of the convolution of that stride."""
    rows, columns = (h.shape[0] - 1) * stride + 3, (h.shape[1] - 1) * stride + 4
    m = torch.as_tensor(matrix_by_scipy(w, rows, columns, step=stride)).float()
    return (m.T @ h.flatten()).reshape(rows, columns)


RIGHT = {
    check_convolution_matrix: [matrix_by_scipy, matrix_in_loops, matrix_by_slices],
    check_output_sides: [count_places, sides_by_network, sides],
    check_receptive_field: [field_backwards, field_by_gradient, fields],
    check_transposed: [stamps, by_the_matrix],
    check_permuted_weights: [with_matrix, pixel_by_pixel],
}

WRONG = {
    check_convolution_matrix: {
        "convolution of mathematics": lambda w, r, c: matrix_by_scipy(w, r, c, flip=True),
        "mirrored left to right": lambda w, r, c: matrix_by_scipy(w.flip(1), r, c),
        "this is the transpose": lambda w, r, c: matrix_in_loops(w, r, c).T,
        "counted column by column": column_by_column,
        "goes around the border": wrapped,
        "the image is padded": lambda w, r, c: nn.functional.conv2d(
            torch.eye(r * c).reshape(-1, 1, r, c), w.reshape(1, 1, 2, 3), padding=1
        ).flatten(1).T,
        "a range ends too early": lambda w, r, c: matrix_in_loops(w, r, c, short=1),
        "a step of one row down": lambda w, r, c: matrix_in_loops(w, r, c, width=c - 2),
        "the window's upper left": lambda w, r, c: matrix_by_slices(w, r, c, corner=c - 2),
        "begins at the right pixel": lambda w, r, c: matrix_by_slices(w, r, c, step=c - 2),
        "cut out of the image": lambda w, r, c: matrix_by_slices(w, r, c, step=w.shape[1]),
        "is it counted with the right": lambda w, r, c: matrix_by_slices(w, r, c, number=c),
        "for the length of a row": lambda w, r, c: matrix_in_loops(w, r, c, width=r),
        "moves by two pixels": lambda w, r, c: matrix_by_scipy(w, r, c, step=2),
        "every row is the same": lambda w, r, c: matrix_in_loops(w, r, c, still=True),
        "the weights are missing": lambda w, r, c: matrix_in_loops(w, r, c, ones=True),
    },
    check_output_sides: {
        "on one side only": lambda s, a: sides(s, a, lambda s, k, t, p: (s + p - k) // t + 1),
        "padding is left out": lambda s, a: count_places(s, [(k, t, 0) for k, t, _ in a]),
        "the 1 is missing": lambda s, a: sides(s, a, lambda s, k, t, p: (s + 2 * p - k) // t),
        "step that does not fit": lambda s, a: sides(
            s, a, lambda s, k, t, p: np.ceil((s + 2 * p - k) / t) + 1
        ),
        "nothing is rounded": lambda s, a: sides(s, a, lambda s, k, t, p: (s + 2 * p - k) / t + 1),
        "strides are left out": lambda s, a: count_places(s, [(k, 1, p) for k, _, p in a]),
        "size of the kernel": lambda s, a: sides(s, a, lambda s, k, t, p: (s + 2 * p) // t + 1),
        "the map of the layer before": lambda s, a: [count_places(s, [layer])[0] for layer in a],
        "side of the last map": lambda s, a: sides_by_network(s, a)[-1],
        "is no map": lambda s, a: [s] + count_places(s, a),
        "numbers of places": lambda s, a: [n * n for n in count_places(s, a)],
    },
    check_receptive_field: {
        "strides are left out": lambda a: 1 + sum(k - 1 for k, _ in a),
        "own stride is counted": lambda a: fields(a, late=True),
        "as long as its own stride": lambda a: 1 + sum((k - 1) * t for k, t in a),
        "they are added": lambda a: fields(a, add=True),
        "not the last stride alone": field_with_the_last_stride,
        "kernels are multiplied": lambda a: int(np.prod([k for k, _ in a])),
        "kernels are added": lambda a: sum(np.array(a)[:, 0]),
        "begin with 1": lambda a: field_backwards(a) - 1,
        "kernel − 1 steps": lambda a: fields(a, more=0),
        "starts at 0 and grows": lambda a: fields(a, begin=0, more=0),
        "widths after each layer": lambda a: [field_backwards(a[:n]) for n in range(1, len(a) + 1)],
        "from the last to the first": lambda a: field_by_gradient(a[::-1]),
        "pixels in the square": lambda a: field_backwards(a) ** 2,
        "step between neighbouring": lambda a: int(np.prod([t for _, t in a])),
    },
    check_transposed: {
        "overwrite earlier": lambda h, w, t: stamps(h, w, t, lambda old, new: new),
        "turned by 180°": lambda h, w, t: stamps(h, w.flip(0).flip(1), t),
        "mirrored left to right": lambda h, w, t: stamps(h, w.flip(1), t),
        "one pixel apart": lambda h, w, t: stamps(h, w, 1),
        "nothing overlaps": lambda h, w, t: np.kron(h.numpy(), w.numpy()),
        "is cut off": lambda h, w, t: stamps(h, w, t)[: 2 * len(h), : 2 * h.shape[1]],
        "convolution itself": lambda h, w, t: correlate2d(h.numpy(), w.numpy(), "valid")[
            ::t, ::t
        ],
        "overlaps are averaged": lambda h, w, t: stamps(h, w, t)
        / stamps(torch.ones_like(h), torch.ones_like(w), t),
        "every stamp is the same": lambda h, w, t: stamps(torch.ones_like(h), w, t),
        "are exchanged": lambda h, w, t: stamps(h, w, t).T,
    },
    check_permuted_weights: {
        "this uses the inverse": turned(-1, -1, -1),
        "nothing is permuted": turned(0, 0, 0),
        "last layer is not permuted": turned(1, 0, 0),
        "bias is not permuted": turned(1, 1, 0),
        "weights of the last layer are not": turned(1, 0, 1),
        "columns of the last layer": lambda f, l, b, o: (f[:, o], l[:, o], b[o]),
        "first layer is not permuted": turned(0, 1, 1),
        "the last one uses the inverse": turned(1, -1, -1),
        "the first one uses the inverse": turned(-1, 1, 1),
        "rows of the first layer are": lambda f, l, b, o: (f[o, :], l[o, :], b[o]),
        "rows and columns are exchanged": lambda f, l, b, o: (f[o, :], l[:, o], b[o]),
        "hidden units are permuted": lambda f, l, b, o: (f[o, :], l[:, o], b),
    },
}  # fmt: skip


@pytest.mark.parametrize("checker, answer", right_cases(RIGHT))
def test_right_answers_pass(checker, answer, capsys):
    assert_right(checker, answer, capsys)


@pytest.mark.parametrize("checker, part, answer", wrong_cases(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong_with_it(checker, part, answer, capsys):
    assert_told(checker, part, answer, capsys)
