"""Checkers of lesson 09: convolutional autoencoders."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from course_utils.exercises.checking import check


def _matrix(kernel: Tensor, rows: int, columns: int, **options) -> Tensor:
    """The matrix of a convolution: what it makes of every image with one single 1."""
    single = torch.eye(rows * columns).reshape(-1, 1, rows, columns)
    return F.conv2d(single, kernel[None, None], **options).flatten(1).T


def _by_places(kernel: Tensor, rows: int, columns: int, width: int, inside: int) -> Tensor:
    """The matrix filled in a loop, by a student who takes a row of the image for `width` long.

    inside: the same for the rows of the window, counted from its upper left pixel.
    """
    down, right = kernel.shape
    high, wide = rows - down + 1, columns - right + 1
    found = torch.zeros(high * wide, rows * columns)
    for i in range(high):
        for j in range(wide):
            for d in range(down):
                for e in range(right):
                    at = i * width + j + d * inside + e
                    found[i * wide + j, at] += kernel[d, e]
    return found


def check_convolution_matrix(answer: Callable, seed: int = 0) -> None:
    """Check answer(kernel, rows, columns): the matrix of the convolution, stride 1, no padding."""

    def by_columns(kernel, rows, columns):
        places = torch.arange(rows * columns).reshape(rows, columns).T.flatten()
        return _matrix(kernel, rows, columns)[:, places]

    def one_short(kernel, rows, columns):
        maps = _matrix(kernel, rows, columns).reshape(rows - 1, columns - 2, -1)
        return maps[:-1, :-1].flatten(0, 1)

    def around(kernel, rows, columns):
        single = torch.eye(rows * columns).reshape(-1, 1, rows, columns)
        longer = F.pad(single, (0, 2, 0, 1), mode="circular")
        return F.conv2d(longer, kernel[None, None]).flatten(1).T

    check(
        answer,
        solution=_matrix,
        wrong={
            "the kernel is turned by 180°: that is the convolution of mathematics. Here entry "
            "(0, 0) of the kernel meets the upper left pixel": (
                lambda w, r, c: _matrix(w.flip(0, 1), r, c)
            ),
            "the kernel is mirrored left to right": lambda w, r, c: _matrix(w.flip(1), r, c),
            "this is the transpose: each place of the output has a row, each pixel a column": (
                lambda w, r, c: _matrix(w, r, c).T
            ),
            "the pixels are counted column by column; a flattened image has them row by row": (
                by_columns
            ),
            "the kernel goes around the border and comes in again on the other side; without "
            "padding it stays inside": around,
            "the image is padded: without padding there are (rows − kernel rows + 1) · (columns − "
            "kernel columns + 1) places": lambda w, r, c: _matrix(w, r, c, padding=(1, 1)),
            "the last row and the last column of places are missing: a range ends too early": (
                one_short
            ),
            "a step of one row down is `columns` entries further in the flattened image, not as "
            "many as the output has columns": lambda w, r, c: _by_places(w, r, c, c - 2, c - 2),
            "the window's upper left pixel is counted with the columns of the output; in the "
            "flattened image it is entry i · columns + j": (
                lambda w, r, c: _by_places(w, r, c, c - 2, c)
            ),
            "the window begins at the right pixel, but its second row does not: that is `columns` "
            "entries further, not as many as the output has columns": (
                lambda w, r, c: _by_places(w, r, c, c, c - 2)
            ),
            "the window is counted as if it were cut out of the image: its second row is `columns` "
            "entries further, not as many as the kernel has columns": (
                lambda w, r, c: _by_places(w, r, c, c, 3)
            ),
            "the number of `rows` is taken for the length of a row; that is `columns`": (
                lambda w, r, c: _by_places(w, r, c, r, r)
            ),
            "the kernel moves by two pixels; the stride is 1": (
                lambda w, r, c: _matrix(w, r, c, stride=2)
            ),
            "every row is the same: the kernel has to move": (
                lambda w, r, c: _matrix(w, r, c)[:1].expand((r - 1) * (c - 2), -1)
            ),
            "the weights are missing: this has a 1 where a weight belongs": (
                lambda w, r, c: _matrix(torch.ones_like(w), r, c)
            ),
        },
        draw=lambda n: (torch.randn(2, 3), n, n + 3),  # no two sides of image and output alike
        praise="a convolution is a linear layer whose matrix is nearly empty, and whose rows all "
        "hold the same few numbers, each row at another place.",
        seed=seed,
    )


Layers = list[tuple[int, ...]]


def _sides(side, layers: Layers, places: Callable) -> Tensor:
    """Apply a formula for the side after a layer to each layer in turn."""
    found = [side]
    for layer in layers:
        found.append(places(found[-1], *layer))
    return torch.tensor(found[1:])


def check_output_sides(answer: Callable, seed: int = 0) -> None:
    """Check answer(side, layers): the sides of all maps; layers of (kernel, stride, padding)."""

    def right(side, kernel, stride, padding):
        return (side + 2 * padding - kernel) // stride + 1

    def by(places):
        return lambda side, layers: _sides(side, layers, places)

    def draw(n):
        layers = [(5, 3, 2), (5, 2, 1), (3, 2, 0), (6, 3, 1)]
        order = torch.randperm(4).tolist()
        return 60 + 2 * n + torch.randint(2, ()).item(), [layers[i] for i in order[: 2 + n % 2]]

    check(
        answer,
        solution=by(right),
        wrong={
            "the padding is added on one side only; it stands on both": (
                by(lambda s, k, t, p: (s + p - k) // t + 1)
            ),
            "the padding is left out": by(lambda s, k, t, p: (s - k) // t + 1),
            "the 1 is missing: the first place needs no step": (
                by(lambda s, k, t, p: (s + 2 * p - k) // t)
            ),
            "a step that does not fit is counted: round down": (
                by(lambda s, k, t, p: -((k - s - 2 * p) // t) + 1)
            ),
            "nothing is rounded: there are no half places. Round down in every layer": (
                by(lambda s, k, t, p: (s + 2 * p - k) / t + 1)
            ),
            "the strides are left out": by(lambda s, k, t, p: s + 2 * p - k + 1),
            "the size of the kernel is left out": by(lambda s, k, t, p: (s + 2 * p) // t + 1),
            "every layer gets the side of the image; it gets the map of the layer before it": (
                lambda s, layers: torch.tensor([right(s, *layer) for layer in layers])
            ),
            "this is the side of the last map; return those of all": (
                lambda s, layers: by(right)(s, layers)[-1]
            ),
            "the side of the image is no map; begin with the first layer's": (
                lambda s, layers: torch.tensor([s, *by(right)(s, layers).tolist()])
            ),
            "these are numbers of places, side times side; return the sides": (
                lambda s, layers: by(right)(s, layers) ** 2
            ),
        },
        draw=draw,
        praise="most errors of shape in a convolutional network are found by this one line.",
        seed=seed,
    )


def _field(layers: Layers, start=1, grow=lambda k: k - 1, own=False, jumps=lambda j, t: j * t):
    """Add what each layer adds to the field, in steps of the jump before it."""
    field, jump = start, 1
    for kernel, stride in layers:
        after = jumps(jump, stride)
        field, jump = field + grow(kernel) * (after if own else jump), after
    return field


def check_receptive_field(answer: Callable, seed: int = 0) -> None:
    """Check answer(layers): how many pixels in a row one place sees; layers of (kernel, stride)."""

    def draw(n):
        kernels = 3 + torch.randperm(4)[: 2 + n % 3]  # no smaller than a stride: no holes
        strides = 2 + torch.randint(2, (len(kernels),))
        strides[1] = 5 - strides[0]
        return (list(zip(kernels.tolist(), strides.tolist(), strict=True)),)

    check(
        answer,
        solution=_field,
        wrong={
            "the strides are left out: behind a layer of stride 2, one step is two pixels": (
                lambda layers: _field([(k, 1) for k, _ in layers])
            ),
            "a layer's own stride is counted before its kernel; its kernel moves over the map "
            "that it gets": lambda layers: _field(layers, own=True),
            "each kernel's steps are as long as its own stride; they are as long as the strides "
            "before it multiply to": lambda layers: 1 + sum((k - 1) * t for k, t in layers),
            "strides multiply: behind two layers of stride 2, one step is four pixels. Here they "
            "are added": lambda layers: _field(layers, jumps=lambda j, t: j + t),
            "one step of a later map is the product of all strides before it, not the last stride "
            "alone": lambda layers: _field(layers, jumps=lambda j, t: t),
            "the kernels are multiplied": lambda layers: math.prod(k for k, _ in layers),
            "the kernels are added: neighbouring places share pixels, and steps get longer": (
                lambda layers: sum(k for k, _ in layers)
            ),
            "begin with 1: without any layer a place sees one pixel": (
                lambda layers: _field(layers, start=0)
            ),
            "a kernel reaches kernel − 1 steps further, not kernel steps": (
                lambda layers: _field(layers, grow=lambda k: k)
            ),
            "the field starts at 0 and grows by whole kernels: a place sees one pixel before any "
            "layer, and each kernel reaches one step less than its size": (
                lambda layers: _field(layers, start=0, grow=lambda k: k)
            ),
            "these are the widths after each layer; return that of the last one alone": (
                lambda layers: torch.tensor([_field(layers[: i + 1]) for i in range(len(layers))])
            ),
            "the layers are taken from the last to the first": lambda layers: _field(layers[::-1]),
            "this is the number of pixels in the square; return its side": (
                lambda layers: _field(layers) ** 2
            ),
            "this is the step between neighbouring places, in pixels": (
                lambda layers: math.prod(t for _, t in layers)
            ),
        },
        draw=draw,
        praise="the last layers see far because the first ones stepped. What a unit cannot see, "
        "it cannot use.",
        seed=seed,
    )


def check_transposed(answer: Callable, seed: int = 0) -> None:
    """Check answer(h, kernel, stride): each number of h puts a stamp of the kernel; they add up."""

    def stamp(h, kernel, stride):
        return F.conv_transpose2d(h[None, None], kernel[None, None], stride=stride)[0, 0]

    def overwrite(h, kernel, stride):
        result = torch.zeros_like(stamp(h, kernel, stride))
        high, wide = kernel.shape
        for i in range(len(h)):
            for j in range(h.shape[1]):
                top, left = i * stride, j * stride
                result[top : top + high, left : left + wide] = h[i, j] * kernel
        return result

    check(
        answer,
        solution=stamp,
        wrong={
            "later stamps overwrite earlier ones; where they overlap they add up": overwrite,
            "the kernel is turned by 180°": lambda h, w, t: stamp(h, w.flip(0, 1), t),
            "the kernel is mirrored left to right": lambda h, w, t: stamp(h, w.flip(1), t),
            "the stamps are one pixel apart; they are `stride` pixels apart": (
                lambda h, w, t: stamp(h, w, 1)
            ),
            "the stamps are as far apart as the kernel is long: nothing overlaps": (
                lambda h, w, t: torch.kron(h, w)
            ),
            "what reaches over stride · rows and stride · columns is cut off": (
                lambda h, w, t: stamp(h, w, t)[: t * h.shape[0], : t * h.shape[1]]
            ),
            "this is the convolution itself, from many pixels to one; go from one to many": (
                lambda h, w, t: F.conv2d(h[None, None], w[None, None], stride=t)[0, 0]
            ),
            "overlaps are averaged; they add up": (
                lambda h, w, t: stamp(h, w, t) / stamp(torch.ones_like(h), torch.ones_like(w), t)
            ),
            "the numbers of h are missing: every stamp is the same": (
                lambda h, w, t: stamp(torch.ones_like(h), w, t)
            ),
            "rows and columns of the result are exchanged": lambda h, w, t: stamp(h, w, t).T,
        },
        draw=lambda n: (torch.randn(n, n - 1), torch.randn(3, 4), 2),
        praise="it spreads where the convolution gathered. With the convolution's matrix W it is "
        "the product with Wᵀ: it gives the size back, not the values.",
        seed=seed,
    )


def check_permuted_weights(answer: Callable, seed: int = 0) -> None:
    """Check answer(first, last, bias, order): the weights that do for x[:, order] what was done."""

    def back(order):
        return order.argsort()

    check(
        answer,
        solution=lambda first, last, bias, order: (first[:, order], last[order], bias[order]),
        wrong={
            "this uses the inverse permutation: pixel i of the new image is pixel order[i] of the "
            "old one, and needs that pixel's weights": (
                lambda f, l, b, o: (f[:, back(o)], l[back(o)], b[back(o)])
            ),
            "nothing is permuted": lambda f, l, b, o: (f, l, b),
            "the last layer is not permuted: its pixels would come out in the old order": (
                lambda f, l, b, o: (f[:, o], l, b)
            ),
            "the bias is not permuted: it belongs to pixels, too": (
                lambda f, l, b, o: (f[:, o], l[o], b)
            ),
            "the weights of the last layer are not permuted; the rest is right": (
                lambda f, l, b, o: (f[:, o], l, b[o])
            ),
            "the columns of the last layer are permuted; there its rows belong to the pixels": (
                lambda f, l, b, o: (f[:, o], l[:, o], b[o])
            ),
            "the first layer is not permuted: it would read the wrong pixels": (
                lambda f, l, b, o: (f, l[o], b[o])
            ),
            "the first layer is right; the last one uses the inverse permutation": (
                lambda f, l, b, o: (f[:, o], l[back(o)], b[back(o)])
            ),
            "the last layer is right; the first one uses the inverse permutation": (
                lambda f, l, b, o: (f[:, back(o)], l[o], b[o])
            ),
            "the rows of the first layer are permuted; there its columns belong to the pixels": (
                lambda f, l, b, o: (f[o], l[o], b[o])
            ),
            "rows and columns are exchanged: the pixels are the columns of the first layer and the "
            "rows of the last": lambda f, l, b, o: (f[o], l[:, o], b[o]),
            "the hidden units are permuted; permute the pixels": (
                lambda f, l, b, o: (f[o], l[:, o], b)
            ),
        },
        draw=lambda n: (  # more hidden units than pixels: an exchanged axis raises nothing
            torch.randn(n + 4, n + 2), torch.randn(n + 2, n + 4), torch.randn(n + 2),
            torch.tensor([*(2 + torch.randperm(n)), 0, 1]),
        ),
        praise="to these layers the permuted pixels are the same task: for every network on one "
        "side there is one on the other that does exactly as well.",
        seed=seed,
    )  # fmt: skip
