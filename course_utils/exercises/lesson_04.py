"""Checkers of lesson 04: denoising autoencoders."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.corruption import salt_and_pepper
from course_utils.exercises.checking import Stop, as_numbers, check, equal, measured


def check_mask(answer: Callable, seed: int = 0) -> None:
    """Check answer(x, fraction): each entry set to 0 with that probability, the others kept."""

    def mask(x, fraction, shape=None, scale=1.0, value=0.0, draw=torch.rand):
        hit = draw(x.shape if shape is None else shape(x)) < fraction
        return torch.where(hit, value, x * scale)

    def exactly(x, fraction):
        keep = torch.ones_like(x)
        keep[:, : round(fraction * x.shape[1])] = 0
        return x * keep

    def seeded(x, fraction):
        # not a seed of the checker: x would be drawn from the same numbers
        chance = torch.rand(x.shape, generator=torch.Generator().manual_seed(987_654_321))
        return x * (chance >= fraction)

    def describe(function, x, fraction):
        """Numbers that are the same for every draw of the noise, and differ between mistakes."""
        result = function(x, fraction)
        if result is None or result is ...:
            return result
        (result,) = as_numbers(result, [x])
        if result.shape != x.shape:
            shapes = f"{tuple(result.shape)}; return that of x, {tuple(x.shape)}"
            raise Stop(f"✗ Not yet: your function returns the shape {shapes}.")
        (again,) = as_numbers(function(x, fraction), [x])
        facts = _masking_facts(result, x.double(), fraction)
        fixed = result.equal(again) and not facts[-1]
        return torch.cat([facts, torch.tensor([float(fixed)]).double()])

    check(
        measured(answer, describe),
        solution=lambda x, p: describe(mask, x, p),
        wrong={
            "one draw is shared by the whole batch: every image loses the same pixels. Draw a "
            "number for each pixel of each image": lambda x, p: describe(
                lambda a, b: mask(a, b, lambda a: (1, a.shape[1])), x, p
            ),
            "one draw is shared by all pixels of an image: whole images vanish": (
                lambda x, p: describe(lambda a, b: mask(a, b, lambda a: (len(a), 1)), x, p)
            ),
            "the fraction is that of the pixels kept; it should be that of the pixels lost": (
                lambda x, p: describe(lambda a, b: mask(a, 1 - b), x, p)
            ),
            "the pixels that are kept are divided by 1 − fraction, as dropout does; here they stay "
            "as they are": lambda x, p: describe(lambda a, b: mask(a, b, scale=1 / (1 - b)), x, p),
            "the lost pixels are set to 1; masking sets them to 0": (
                lambda x, p: describe(lambda a, b: mask(a, b, value=1.0), x, p)
            ),
            "two calls lose the same pixels: a seed inside the function? Leave the generator "
            "alone": lambda x, p: describe(seeded, x, p),
            "the lost pixels are set to another number; masking sets them to 0": (
                lambda x, p: describe(lambda a, b: mask(a, b, value=0.5), x, p)
            ),
            "x itself is compared with `fraction`: the bright pixels are lost. Compare a random "
            "number with it": lambda x, p: describe(lambda a, b: a * (a < b), x, p),
            "the lost pixels depend on x: the brightest go. Draw at random": (
                lambda x, p: describe(lambda a, b: a * (a < 1 - b), x, p)
            ),
            "nothing is damaged: x comes back": lambda x, p: describe(lambda a, b: a, x, p),
            "this returns the mask; multiply x with it": lambda x, p: describe(
                lambda a, b: (torch.rand_like(a) >= b).float(), x, p
            ),
            "everything is multiplied by 1 − fraction: darker, not masked": (
                lambda x, p: describe(lambda a, b: a * (1 - b), x, p)
            ),
            "every entry was changed, by adding or multiplying; here they are set to 0 or kept": (
                lambda x, p: describe(lambda a, b: a + b * torch.randn_like(a), x, p)
            ),
            "always the same part of every image is lost; draw at random": (
                lambda x, p: describe(exactly, x, p)
            ),
            "the random numbers are normal (randn): they are below `fraction` more often than with "
            "that probability. rand gives numbers between 0 and 1": (
                lambda x, p: describe(lambda a, b: mask(a, b, draw=torch.randn), x, p)
            ),
            "x itself is compared with `fraction`: the dark pixels are lost. Compare a random "
            "number with it": lambda x, p: describe(lambda a, b: a * (a >= b), x, p),
            "the lost pixels become 0 or 1: that is salt and pepper; masking sets them to 0": (
                lambda x, p: describe(salt_and_pepper, x, p)
            ),
        },
        draw=lambda: (
            0.001 + 0.999 * torch.rand(100, 120),
            0.15 + 0.2 * float(torch.rand(())),
        ),
        in_words=_masking_words,
        praise="every pixel of every image takes its own chance. The same image is damaged in a "
        "new way in every epoch: that is why it cannot be memorised.",
        seed=seed,
    )


def _masking_facts(result: Tensor, x: Tensor, fraction: float) -> Tensor:
    """Describe what a masking function did, in yes and no and the nearest of a few values."""
    zero, same = result == 0, (result - x).abs() < 1e-6
    share = zero.double().mean()
    rows = zero.double().mean(1).std(correction=0)  # large where whole images vanish
    columns = zero.double().mean(0).std(correction=0)  # large where all images share a mask
    normal = 0.5 * (1 + math.erf(fraction / math.sqrt(2)))  # P(randn < fraction)
    shares = torch.tensor([0, fraction, 1 - fraction, 1, normal, fraction / 2]).double()
    gaps = (share - shares).abs()
    limit = torch.tensor([1e-9, 0.02, 0.02, 1e-9, 0.02, 0.02])
    changed = (~same).double().mean()
    tone = 0.0  # which pixels are lost: 1 the bright ones, -1 the dark ones, 0 any
    if 0.01 < share < 0.99:
        difference = x[zero].mean() - x[~zero].mean()
        tone = float(difference.sign()) if difference.abs() > 0.1 else 0.0
    scale = (result / x)[~zero].median() if (~zero).any() else torch.tensor(0.0)
    scales = torch.tensor([1, 1 / (1 - fraction), 1 - fraction]).double()
    spread = ((result / x)[~zero] - scale).abs().max() if (~zero).any() else torch.tensor(0.0)
    known = spread < 1e-4 and bool(((scale - scales).abs() < 1e-4).any())
    facts = [
        # a shared mask is few draws: which share it hits is left to chance
        -1 if max(rows, columns) > 0.2 or not (gaps < limit).any() else (gaps - limit).argmin(),
        rows > 0.2, columns > 0.2,
        (zero | same).all(), (result == 1).double().mean() > 0.05, (result[~zero] == 1).all(),
        (scale - scales).abs().argmin() if known else -1,
        bool(columns > 0.2) and (zero == zero[0]).all() and zero[0].diff().sum() == 1,
        tone, bool((changed - fraction).abs() < 0.02) and not max(rows, columns) > 0.2,
        bool(share > 0.05) and ((zero == zero[0]).all() or (zero == zero[:, :1]).all()),
        # without chance: nothing new to be expected from a second call
        bool(share in (0, 1)) or tone != 0 or max(rows, columns) > 0.2,
    ]  # fmt: skip
    return torch.tensor([float(fact) for fact in facts]).double()


def _masking_words(found: Tensor) -> str:
    """Say in words what is wrong with a mask that makes none of the known mistakes."""
    share, rows, columns, pure = found[:4].tolist()
    if not pure:
        return "some entries are neither 0 nor those of x"
    if rows or columns:
        return "some pixels or images lose far more than others; every entry has the same chance"
    if share != 1:
        return "every entry is 0 or that of x, but the share of zeros is not `fraction`"
    return "the share of zeros is right, but the entries are not lost at random"


def check_denoising_loss(answer: Callable, seed: int = 0) -> None:
    """Check answer(model, x, corrupt) against the mean over the batch of ‖x − model(x̃)‖²."""

    def draw():
        weight, shift = (torch.randn(6, 6) / 2).requires_grad_(), torch.randn(6)
        gain = 0.3 + torch.rand(6)
        return (
            _Named("model", lambda a: torch.tanh(a @ weight + shift), weight),
            torch.rand(9, 6),
            _Named("corrupt", lambda a: gain * a + shift.cos()),
        )

    def error(a, b):
        return (a - b).square().sum(1).mean()

    dead = torch.zeros(2)  # stands for the right number without a gradient

    def with_gradient(function, r, x, c):
        result = function(r, x, c)
        if isinstance(result, Tensor) and result.requires_grad:
            (found,) = torch.autograd.grad(result.sum(), r.weight, allow_unused=True)
            if found is not None:
                return result
        if result is None or result is ...:
            return result
        right = error(r(c(x)), x).detach()
        return dead if equal(as_numbers(result, [right]), [right.double()]) else result

    check(
        measured(answer, with_gradient),
        solution=lambda r, x, c: error(r(c(x)), x),
        wrong={
            "the number is right, but no gradient can flow through it: the loss cannot train. "
            "Return the tensor as it was computed, without item, detach, float or NumPy": (
                lambda r, x, c: dead
            ),
            "the output is compared with the damaged x̃: copying the noise would then be perfect. "
            "The target is the clean x": lambda r, x, c: error(r(c(x)), c(x)),
            "the network sees the clean x: nothing has to be undone. Damage its input": (
                lambda r, x, c: error(r(x), x)
            ),
            "clean input and damaged target: this teaches the network to make the damage": (
                lambda r, x, c: error(r(x), c(x))
            ),
            "the output is damaged, not the input": lambda r, x, c: error(c(r(x)), x),
            "the output is compared with the output for the clean x; the target is x itself": (
                lambda r, x, c: error(r(c(x)), r(x))
            ),
            "this is the error of the damaged image; the network is missing": (
                lambda r, x, c: error(c(x), x)
            ),
            "this is the mean over the features, too; sum over the features of an example": (
                lambda r, x, c: (r(c(x)) - x).square().mean()
            ),
            "this is the sum over the batch; divide by the number of examples": (
                lambda r, x, c: (r(c(x)) - x).square().sum()
            ),
            "this is one number per example; average them": (
                lambda r, x, c: (r(c(x)) - x).square().sum(1)
            ),
            "x is damaged twice": lambda r, x, c: error(r(c(c(x))), x),
            "the norm is not squared: the loss is the mean of ‖x − model(x̃)‖²": (
                lambda r, x, c: (r(c(x)) - x).norm(dim=1).mean()
            ),
            "the differences are not squared: this takes their absolute values": (
                lambda r, x, c: (r(c(x)) - x).abs().sum(1).mean()
            ),
        },
        draw=draw,
        praise="damaged input, clean target. One letter in the wrong place, and the network "
        "learns to keep the noise.",
        seed=seed,
    )


class _Named:
    """A function with a name to show, handed to a student's function."""

    def __init__(self, name: str, function: Callable, weight: Tensor | None = None):
        self.name, self.function, self.weight = name, function, weight

    def __call__(self, x: Tensor) -> Tensor:
        return self.function(x)

    def __repr__(self) -> str:
        return self.name


def check_psnr(answer: Callable, seed: int = 0) -> None:
    """Check answer(x_hat, x): 10 log₁₀(1 / MSE) per image, averaged over the images."""

    def mse(a, b):
        return (a - b).square().mean(1)

    def draw():
        x = torch.rand(5, 12)
        size = torch.tensor([0.05, 0.1, 0.2, 0.4, 0.8])[:, None]
        return (1 - size) * x + size * torch.rand(5, 12), x

    check(
        answer,
        solution=lambda a, b: -10 * mse(a, b).log10().mean(),
        wrong={
            "this takes the summed squared error; PSNR takes the mean over the pixels, so that it "
            "does not depend on the size of the image": (
                lambda a, b: -10 * (a - b).square().sum(1).log10().mean()
            ),
            "this averages the errors of all images first and takes one logarithm; PSNR is taken "
            "per image, then averaged": lambda a, b: -10 * mse(a, b).mean().log10(),
            "the sign is turned: a better image must get more dB": (
                lambda a, b: 10 * mse(a, b).log10().mean()
            ),
            "the natural logarithm was taken; dB need log10": (
                lambda a, b: -10 * mse(a, b).log().mean()
            ),
            "the factor is 10 for squared values; 20 goes with the root of the MSE": (
                lambda a, b: -20 * mse(a, b).log10().mean()
            ),
            "the differences are not squared: this takes their absolute values": (
                lambda a, b: -10 * (a - b).abs().mean(1).log10().mean()
            ),
            "the root of the MSE goes with the factor 20; 10 goes with the MSE": (
                lambda a, b: -5 * mse(a, b).log10().mean()
            ),
            "this is the sum over the images; average them": (
                lambda a, b: -10 * mse(a, b).log10().sum()
            ),
            "the peak was taken as 255; these pixels go from 0 to 1": (
                lambda a, b: (10 * (255**2 / mse(a, b)).log10()).mean()
            ),
            "this is one number per image; average them": lambda a, b: -10 * mse(a, b).log10(),
            "the factor 10 is missing (bel, not decibel)": lambda a, b: -mse(a, b).log10().mean(),
            "the mean was taken over the examples, per pixel; it runs over the pixels, per image": (
                lambda a, b: -10 * (a - b).square().mean(0).log10().mean()
            ),
        },
        draw=draw,
        praise="10 dB more is a tenth of the squared error. And because the average is over "
        "decibels, no single bad image rules it.",
        seed=seed,
    )


def check_posterior_mean(answer: Callable, seed: int = 0) -> None:
    """Check answer(x_tilde, mean, covariance, sigma): E[x | x̃] for Gaussian x and noise."""

    def draw():
        a = torch.randn(6, 6, dtype=torch.float64)
        covariance = a @ a.T / 6 + 0.2 * torch.eye(6, dtype=torch.float64)
        mean = 1 + torch.rand(6, dtype=torch.float64)
        x = mean + torch.randn(9, 6, dtype=torch.float64)
        return x, mean, covariance, 0.5 + float(torch.rand(()))

    def estimate(x, mean, s, noise, back=True, centre=True):
        eye = torch.eye(len(s), dtype=s.dtype)
        a = torch.linalg.solve(s + noise * eye, s)  # its transpose multiplies columns
        return (x - mean * centre) @ a + mean * back

    check(
        answer,
        solution=lambda x, m, s, sigma: estimate(x, m, s, sigma**2),
        wrong={
            "σ was added to the covariance; the variance of the noise is σ²": (
                lambda x, m, s, sigma: estimate(x, m, s, sigma)
            ),
            "the mean is not added back": (
                lambda x, m, s, sigma: estimate(x, m, s, sigma**2, back=False)
            ),
            "the mean is not subtracted before the multiplication": (
                lambda x, m, s, sigma: estimate(x, m, s, sigma**2, centre=False)
            ),
            "the mean is neither subtracted nor added back": (
                lambda x, m, s, sigma: estimate(x, m, s, sigma**2, False, False)
            ),
            "without the noise in the inverse this is x̃ again: Σ Σ⁻¹ = I": (
                lambda x, m, s, sigma: x
            ),
            "this weighs with σ² (Σ + σ²I)⁻¹: it returns the noise, not the signal": (
                lambda x, m, s, sigma: x - estimate(x, m, s, sigma**2) + m
            ),
            "(Σ + σ²I)⁻¹ alone is not enough: multiply with Σ, too": lambda x, m, s, sigma: (
                (x - m) @ torch.linalg.inv(s + sigma**2 * torch.eye(len(s), dtype=s.dtype)) + m
            ),
            "only the diagonal of Σ was used: neighbouring entries help each other": (
                lambda x, m, s, sigma: estimate(x, m, s.diagonal().diag(), sigma**2)
            ),
            "σ² was added to every entry of Σ; it belongs on the diagonal (σ²I)": (
                lambda x, m, s, sigma: (x - m) @ torch.linalg.solve(s + sigma**2, s) + m
            ),
        },
        draw=draw,
        praise="directions with more variance than noise are kept, the others are drawn to the "
        "mean. It is the best denoiser that a linear map can be.",
        seed=seed,
    )


def check_matrix_row(answer: Callable, seed: int = 0) -> None:
    """Check answer(variances, trained, tested): the errors of one Gaussian denoiser, per noise."""

    def row(v, a, b, gain=None, lost=True, passed=True):
        g = v / (v + a**2) if gain is None else gain(v, a, b)
        g = torch.as_tensor(g).expand(len(b), len(v))
        error = torch.zeros(len(b), dtype=v.dtype)
        if lost:
            error = error + ((1 - g) ** 2 * v).sum(1)
        if passed:
            error = error + (g**2).sum(1) * b**2
        return error

    def draw():
        variances = (0.1 + 2 * torch.rand(7, dtype=torch.float64)).sort(descending=True).values
        trained = 0.3 + 0.6 * float(torch.rand(()))
        return variances, trained, 0.1 + 1.5 * torch.rand(4, dtype=torch.float64)

    check(
        answer,
        solution=row,
        wrong={
            "σ was added to the variances; the variance of the noise is σ²": (
                lambda v, a, b: row(v, a, b, lambda v, a, b: v / (v + a))
            ),
            "the gain was made for each test noise: that is the diagonal of the matrix, the best "
            "denoiser of every column. In a row the denoiser stays": (
                lambda v, a, b: row(v, a, b, lambda v, a, b: v / (v + b[:, None] ** 2))
            ),
            "the denoiser is made for the test noise and tested at the training noise: rows and "
            "columns are swapped": lambda v, a, b: (
                torch.stack([row(v, s, torch.tensor([a], dtype=v.dtype))[0] for s in b])
            ),
            "only the noise that passes is counted; the denoiser also shrinks the signal, which "
            "costs (1 − g)² v in each direction": lambda v, a, b: row(v, a, b, lost=False),
            "only what is lost of the signal is counted; the noise that passes costs g² σ² in each "
            "direction": lambda v, a, b: row(v, a, b, passed=False),
            "this is the error at its own noise, Σ v σ² / (v + σ²), for every test noise": (
                lambda v, a, b: row(v, a, torch.full_like(b, a))
            ),
            "the gain of the noise is not squared: noise with variance σ² leaves with g² σ²": (
                lambda v, a, b: row(v, a, b, passed=False) + (v / (v + a**2)).sum() * b**2
            ),
            "what is lost of the signal is not squared: (1 − g)² v in each direction": (
                lambda v, a, b: (
                    row(v, a, b, lost=False) + (a**2 / (v + a**2) * v).sum()
                )
            ),
            "the noise passes with its full variance; in each direction the gain takes its share: "
            "g² σ′²": lambda v, a, b: row(v, a, b, passed=False) + len(v) * b**2,
            "the noise enters with its standard deviation; its variance is σ²": (
                lambda v, a, b: (
                    row(v, a, b, passed=False) + ((v / (v + a**2)) ** 2).sum() * b
                )
            ),
            "this is the mean over the directions; the squared error sums over them": (
                lambda v, a, b: row(v, a, b) / len(v)
            ),
            "gain and loss are exchanged: g = v / (v + σ²) is what stays of the signal": (
                lambda v, a, b: row(v, a, b, lambda v, a, b: a**2 / (v + a**2))
            ),
            "the noise is counted in one direction only; it is there in every direction, also "
            "where the gain is small": (
                lambda v, a, b: row(v, a, b, passed=False) + (v / (v + a**2)).max() ** 2 * b**2
            ),
        },
        draw=draw,
        praise="one part does not depend on the test noise, the other grows with its square: that "
        "is why the first row of the matrix falls steeply and the last is nearly flat.",
        seed=seed,
    )  # fmt: skip
