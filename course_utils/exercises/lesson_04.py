"""Checkers of lesson 04: denoising autoencoders."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from course_utils.exercises.checking import check


def check_mask(answer: Callable, seed: int = 0) -> None:
    """Check answer(x, u, fraction): x with 0 where u < fraction; u is uniform in [0, 1)."""
    check(
        answer,
        solution=lambda x, u, p: x * (u >= p),
        wrong={
            "one draw is shared by the whole batch: every image loses the same pixels. u has a "
            "number for each pixel of each image": lambda x, u, p: x * (u[0] >= p),
            "one draw is shared by all pixels of an image: whole images vanish": (
                lambda x, u, p: x * (u[:, :1] >= p)
            ),
            "the comparison is turned: `fraction` is then the share of the pixels kept; it should "
            "be that of the pixels lost": lambda x, u, p: x * (u < p),
            "a pixel is lost where u < 1 − fraction: `fraction` is then the share of the pixels "
            "kept": lambda x, u, p: x * (u >= 1 - p),
            "the share is right, but the wrong pixels are lost: those with u > 1 − fraction. Here "
            "it is those with u < fraction": lambda x, u, p: x * (u <= 1 - p),
            "the pixels that are kept are divided by 1 − fraction, as dropout does; here they stay "
            "as they are": lambda x, u, p: x * (u >= p) / (1 - p),
            "the lost pixels are set to 1; masking sets them to 0": (
                lambda x, u, p: torch.where(u < p, 1.0, x)
            ),
            "the lost pixels are set to ½; masking sets them to 0": (
                lambda x, u, p: torch.where(u < p, 0.5, x)
            ),
            "the lost pixels are set to u; masking sets them to 0": (
                lambda x, u, p: torch.where(u < p, u, x)
            ),
            "the lost pixels become 0 or 1: that is salt and pepper; masking sets them to 0": (
                lambda x, u, p: torch.where(u < p, (u < p / 2).float(), x)
            ),
            "x itself is compared with `fraction`: the bright pixels are lost. Compare u with it": (
                lambda x, u, p: x * (x < p)
            ),
            "x itself is compared with `fraction`: the dark pixels are lost. Compare u with it": (
                lambda x, u, p: x * (x >= p)
            ),
            "nothing is damaged: x comes back": lambda x, u, p: x,
            "this returns the mask; multiply x with it": lambda x, u, p: u >= p,
            "this is 1 where a pixel is lost; return x with 0 there": lambda x, u, p: u < p,
            "everything is multiplied by 1 − fraction: darker, not masked": (
                lambda x, u, p: x * (1 - p)
            ),
            "u is added to every pixel; here pixels are set to 0 or kept": lambda x, u, p: x + u,
            "u is added to every pixel, times `fraction`; here pixels are set to 0 or kept": (
                lambda x, u, p: x + p * u
            ),
            "x is multiplied with u itself; compare u with `fraction`: a pixel is lost or kept": (
                lambda x, u, p: x * u
            ),
        },
        draw=lambda n: (
            0.001 + 0.999 * torch.rand(n, 30), torch.rand(n, 30), 0.2 + 0.2 * torch.rand(()).item(),
        ),
        praise="every pixel of every image takes its own chance. With a new u in every epoch the "
        "same image is damaged in a new way: that is why it cannot be memorised.",
        seed=seed,
    )  # fmt: skip


class _Corrupt:
    """A random damage whose draws repeat: the k-th time that it gets an x it makes damage k."""

    def __init__(self):
        self.gain, self.shifts, self.seen = 0.3 + torch.rand(6), torch.randn(9, 6), []

    def __call__(self, x: Tensor) -> Tensor:
        times = sum(torch.equal(x, earlier) for earlier in self.seen)
        self.seen = [*self.seen, x]  # a new list: copies of this object begin with what it has seen
        return self.gain * x + self.shifts[times % 9]


def check_denoising_loss(answer: Callable, seed: int = 0) -> None:
    """Check answer(model, x, corrupt) against the mean over the batch of ‖x − model(x̃)‖²."""

    def error(a, b):
        return (a - b).square().sum(1).mean()

    def noisy_target(r, x, c):
        noisy = c(x)
        return error(r(noisy), noisy)

    check(
        answer,
        solution=lambda r, x, c: error(r(c(x)), x),
        wrong={
            "the output is compared with the damaged x̃: copying the noise would then be perfect. "
            "The target is the clean x": noisy_target,
            "input and target are two draws of the damage. With noise of mean zero that asks for "
            "the same network (Noise2Noise), but the clean x is at hand: take it as the target": (
                lambda r, x, c: error(r(c(x)), c(x))
            ),
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
        draw=lambda n: (nn.Sequential(nn.Linear(6, 6), nn.Tanh()), torch.rand(n, 6), _Corrupt()),
        praise="damaged input, clean target. One letter in the wrong place, and the network "
        "learns to keep the noise.",
        seed=seed,
        trained=(0,),
    )


def check_psnr(answer: Callable, seed: int = 0) -> None:
    """Check answer(x_hat, x): 10 log₁₀(1 / MSE) per image, averaged over the images."""

    def mse(a, b):
        return (a - b).square().mean(1)

    def draw(n):
        x = 0.1 + 0.7 * torch.rand(n, 12)  # no pixel is 0 or 1
        size = torch.logspace(-1.3, -0.1, n)[:, None]
        return (1 - size) * x + size * torch.rand(n, 12), x

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
            "the peak was taken as x.max(), the brightest pixel of the batch; it is 1, the largest "
            "value that a pixel may have": (
                lambda a, b: 10 * (b.max().square() / mse(a, b)).log10().mean()
            ),
            "the peak was taken as the brightest pixel of each image; it is 1, the largest value "
            "that a pixel may have": (
                lambda a, b: 10 * (b.amax(1).square() / mse(a, b)).log10().mean()
            ),
            "the peak was taken as x.max() − x.min(); it is 1, the range that pixels may have": (
                lambda a, b: 10 * ((b.max() - b.min()).square() / mse(a, b)).log10().mean()
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

    def draw(n):
        a = torch.randn(6, 6, dtype=torch.float64)
        covariance = a @ a.T / 6 + 0.2 * torch.eye(6, dtype=torch.float64)
        mean = 1 + torch.rand(6, dtype=torch.float64)
        x = mean + torch.randn(n + 2, 6, dtype=torch.float64)
        return x, mean, covariance, 0.5 + float(torch.rand(()))

    def noisy(s, noise):
        return s + noise * torch.eye(len(s), dtype=s.dtype)

    def estimate(x, mean, s, noise, back=True, centre=True):
        a = torch.linalg.solve(noisy(s, noise), s)  # its transpose multiplies columns
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
            "(Σ + σ²I)⁻¹ alone is not enough: multiply with Σ, too": (
                lambda x, m, s, sigma: (x - m) @ noisy(s, sigma**2).inverse() + m
            ),
            "the inverse is on the wrong factor: this is Σ⁻¹ (Σ + σ²I), which makes the noise "
            "larger": lambda x, m, s, sigma: (x - m) @ s.inverse() @ noisy(s, sigma**2) + m,
            "2σ² was added to the covariance; the noise has the variance σ²": (
                lambda x, m, s, sigma: estimate(x, m, s, 2 * sigma**2)
            ),
            "the mean of the batch x̃ stands where `mean` belongs: a few noisy examples know it "
            "badly": lambda x, m, s, sigma: estimate(x, x.mean(0), s, sigma**2),
            "Σ / (Σ + σ²I) is a division entry by entry; the formula has the inverse of a matrix": (
                lambda x, m, s, sigma: (x - m) @ (s / noisy(s, sigma**2)) + m
            ),
            "Σ / (Σ + σ²) is a division entry by entry; the formula has the inverse of a matrix, "
            "and σ² on its diagonal": lambda x, m, s, sigma: (x - m) @ (s / (s + sigma**2)) + m,
            "only the diagonal of Σ was used: neighbouring entries help each other": (
                lambda x, m, s, sigma: estimate(x, m, s.diagonal().diag(), sigma**2)
            ),
            "σ² was added to every entry of Σ; it belongs on the diagonal (σ²I)": (
                lambda x, m, s, sigma: (x - m) @ torch.linalg.solve(s + sigma**2, s) + m
            ),
        },
        draw=draw,
        praise="each direction is drawn to the mean, most where its variance is small beside that "
        "of the noise. It is the best denoiser that a linear map can be.",
        seed=seed,
    )


def check_matrix_row(answer: Callable, seed: int = 0) -> None:
    """Check answer(variances, trained, tested): the errors of one Gaussian denoiser, per noise."""

    def gain(v, a):
        return v / (v + a**2)

    def lost(g, v):
        return ((1 - g) ** 2 * v).sum(-1)

    def passed(g, b):
        return (g**2).sum(-1) * b**2

    def row(g, v, b):
        return lost(g, v) + passed(g, b)

    def draw(n):
        variances = (0.1 + 2 * torch.rand(7, dtype=torch.float64)).sort(descending=True).values
        trained = 0.3 + 0.6 * torch.rand(()).item()
        return variances, trained, 0.1 + 1.5 * torch.rand(n + 3, dtype=torch.float64)

    check(
        answer,
        solution=lambda v, a, b: row(gain(v, a), v, b),
        wrong={
            "σ was added to the variances; the variance of the noise is σ²": (
                lambda v, a, b: row(v / (v + a), v, b)
            ),
            "the gain was made for each test noise: that is the diagonal of the matrix, the best "
            "denoiser of every column. In a row the denoiser stays": (
                lambda v, a, b: row(gain(v, b[:, None]), v, b)
            ),
            "the denoiser is made for the test noise and tested at the training noise: rows and "
            "columns are swapped": lambda v, a, b: row(gain(v, b[:, None]), v, a),
            "only the noise that passes is counted; the denoiser also shrinks the signal, which "
            "costs (1 − g)² v in each direction": lambda v, a, b: passed(gain(v, a), b),
            "only what is lost of the signal is counted; the noise that passes costs g² σ² in each "
            "direction": lambda v, a, b: row(gain(v, a), v, 0 * b),
            "this is the error at its own noise, Σ v σ² / (v + σ²), for every test noise": (
                lambda v, a, b: row(gain(v, a), v, a + 0 * b)
            ),
            "the gain of the noise is not squared: noise with variance σ² leaves with g² σ²": (
                lambda v, a, b: lost(gain(v, a), v) + gain(v, a).sum() * b**2
            ),
            "what is lost of the signal is not squared: (1 − g)² v in each direction": (
                lambda v, a, b: ((1 - gain(v, a)) * v).sum() + passed(gain(v, a), b)
            ),
            "1 − g² stands where (1 − g)² belongs: a direction loses the share 1 − g, and that is "
            "squared": (lambda v, a, b: ((1 - gain(v, a) ** 2) * v).sum() + passed(gain(v, a), b)),
            "neither g nor 1 − g is squared: what is multiplied by g has g² times the variance": (
                lambda v, a, b: ((1 - gain(v, a)) * v).sum() + gain(v, a).sum() * b**2
            ),
            "the variances are squared; they are the squares of deviations already": (
                lambda v, a, b: row(gain(v**2, a), v**2, b)
            ),
            "the variances are squared in g, which is v / (v + σ²)": (
                lambda v, a, b: row(gain(v**2, a), v, b)
            ),
            "the variances are squared in what is lost of the signal, which is (1 − g)² v": (
                lambda v, a, b: lost(gain(v, a), v**2) + passed(gain(v, a), b)
            ),
            "the noise passes with its full variance; in each direction the gain takes its share: "
            "g² σ′²": lambda v, a, b: lost(gain(v, a), v) + len(v) * b**2,
            "the noise enters with its standard deviation; its variance is σ²": (
                lambda v, a, b: lost(gain(v, a), v) + passed(gain(v, a), 1) * b
            ),
            "this is the mean over the directions; the squared error sums over them": (
                lambda v, a, b: row(gain(v, a), v, b) / len(v)
            ),
            "gain and loss are exchanged: g = v / (v + σ²) is what stays of the signal": (
                lambda v, a, b: row(1 - gain(v, a), v, b)
            ),
            "the noise is counted in one direction only; it is there in every direction, also "
            "where the gain is small": (
                lambda v, a, b: lost(gain(v, a), v) + gain(v, a).max() ** 2 * b**2
            ),
        },
        draw=draw,
        praise="one part does not depend on the test noise, the other grows with its square: that "
        "is why the errors of the first row rise steeply, and those of the last only slowly.",
        seed=seed,
    )


def check_score(answer: Callable, seed: int = 0) -> None:
    """Check answer(y, weights, means, variances, sigma): (log p_σ)′ of a mixture with noise."""

    def log_terms(y, w, m, total):
        return w.log() - total.log() / 2 - (y[:, None] - m) ** 2 / (2 * total)

    def slopes(y, m, total):
        return (m - y[:, None]) / total

    def score(y, w, m, total):
        return (log_terms(y, w, m, total).softmax(1) * slopes(y, m, total)).sum(1)

    def density(y, w, m, total):
        return (log_terms(y, w, m, total) - math.log(2 * math.pi) / 2).exp().sum(1)

    def by_wrong_share(y, w, m, total, share):
        return (share * slopes(y, m, total)).sum(1)

    def draw(n):
        weights = 0.2 + torch.rand(3, dtype=torch.float64)
        means = torch.tensor([-1.5, 0.2, 1.6]) + 0.3 * torch.randn(3, dtype=torch.float64)
        variances = 0.1 + 0.5 * torch.rand(3, dtype=torch.float64)
        y = 2 * torch.randn(n + 3, dtype=torch.float64)
        sigma = 0.4 + 0.3 * torch.rand(()).item()
        return y, weights / weights.sum(), means, variances, sigma

    check(
        answer,
        solution=lambda y, w, m, v, s: score(y, w, m, v + s**2),
        wrong={
            "this is the score of the clean data: the noise is missing. Tweedie's formula needs "
            "the density of the noisy ones, with variances v + σ²": (
                lambda y, w, m, v, s: score(y, w, m, v)
            ),
            "σ was added to the variances; the variance of the noise is σ²": (
                lambda y, w, m, v, s: score(y, w, m, v + s)
            ),
            "the components have a width of their own: their variances are v + σ², not σ²": (
                lambda y, w, m, v, s: score(y, w, m, 0 * v + s**2)
            ),
            "the variances were squared; they are the squares of deviations already": (
                lambda y, w, m, v, s: score(y, w, m, v**2 + s**2)
            ),
            "the sign is turned: the score points to where the density is higher": (
                lambda y, w, m, v, s: -score(y, w, m, v + s**2)
            ),
            "this is the derivative of the density; that of its logarithm is divided by the "
            "density": (
                lambda y, w, m, v, s: density(y, w, m, v + s**2) * score(y, w, m, v + s**2)
            ),
            "this is the density; the score is the derivative of its logarithm": (
                lambda y, w, m, v, s: density(y, w, m, v + s**2)
            ),
            "this is the logarithm of the density; take its derivative": (
                lambda y, w, m, v, s: density(y, w, m, v + s**2).log()
            ),
            "the components are averaged with their weights, wherever y is; the average needs "
            "P(component | y)": lambda y, w, m, v, s: by_wrong_share(y, w, m, v + s**2, w),
            "the weights of the components are missing: P(component | y) is proportional to "
            "weight times density": lambda y, w, m, v, s: score(y, 0 * w + 1, m, v + s**2),
            "in P(component | y) the factor 1/√(v + σ²) of the density is missing: wide components "
            "are lower": lambda y, w, m, v, s: by_wrong_share(
                y, w, m, v + s**2,
                (log_terms(y, w, m, v + s**2) + (v + s**2).log() / 2).softmax(1),
            ),
            "only the likeliest component is used; the score is an average of all": (
                lambda y, w, m, v, s: slopes(y, m, v + s**2)
                .gather(1, log_terms(y, w, m, v + s**2).argmax(1, keepdim=True))
                .squeeze(1)
            ),
            "the slope of a component is (μ − y) / (v + σ²); this divides by σ² alone": (
                lambda y, w, m, v, s: (
                    log_terms(y, w, m, v + s**2).softmax(1) * slopes(y, m, 0 * v + s**2)
                ).sum(1)
            ),
            "this is σ² times the score, the arrow r − y; the score itself is asked": (
                lambda y, w, m, v, s: s**2 * score(y, w, m, v + s**2)
            ),
            "this is the posterior mean, y + σ² times the score; the score itself is asked": (
                lambda y, w, m, v, s: y + s**2 * score(y, w, m, v + s**2)
            ),
            "this is the sum over the points; return one number for each": (
                lambda y, w, m, v, s: score(y, w, m, v + s**2).sum()
            ),
        },
        draw=draw,
        praise="y + σ² times this is the posterior mean, without an integral over the clean data: "
        "that is Tweedie's formula.",
        seed=seed,
    )  # fmt: skip
