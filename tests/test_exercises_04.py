"""The checkers of notebook 04: right answers pass, each wrong one is told what is wrong with it.

The answers are written anew, most of them in NumPy or with another function of torch.
"""

import numpy as np
import torch
from checker_cases import assert_right, assert_told_apart, verdict

from course_utils.exercises import (
    check_denoising_loss,
    check_mask,
    check_matrix_row,
    check_posterior_mean,
    check_psnr,
)


def bernoulli_mask(x, fraction, size=None, kept=1.0, lost=0.0):
    keep = np.random.default_rng().random(size or x.shape) >= fraction
    return torch.tensor(np.where(keep, kept * x.numpy(), lost))


def test_mask_right_answers_pass(capsys):
    assert_right(check_mask, bernoulli_mask, capsys)
    assert_right(check_mask, lambda x, p: x * torch.bernoulli(torch.full_like(x, 1 - p)), capsys)


def test_mask_wrong_answers_are_told_apart(capsys):
    wrong = {
        "shared by the batch": lambda x, p: bernoulli_mask(x, p, (1, x.shape[1])),
        "shared by the pixels": lambda x, p: bernoulli_mask(x, p, (len(x), 1)),
        "kept fraction": lambda x, p: bernoulli_mask(x, 1 - p),
        "dropout": torch.nn.functional.dropout,
        "set to one": lambda x, p: bernoulli_mask(x, p, lost=1.0),
        "nothing": lambda x, p: x,
        "the mask": lambda x, p: (torch.rand_like(x) > p).float(),
        "darker": lambda x, p: x - p * x,
        "added noise": lambda x, p: x + p * torch.randn(x.shape),
        "randn": lambda x, p: x * (torch.randn(x.shape) >= p),
        "dark pixels": lambda x, p: x * (x >= p),
        "salt and pepper": lambda x, p: torch.where(
            torch.rand(x.shape) < p, torch.bernoulli(torch.full(x.shape, 0.5)), x
        ),
        "always the same part": lambda x, p: torch.cat(
            [0 * x[:, : int(p * x.shape[1])], x[:, int(p * x.shape[1]) :]], 1
        ),
        "bright pixels": lambda x, p: x * (x < p),
        "the brightest": lambda x, p: x * (x < 1 - p),
        "another number": lambda x, p: bernoulli_mask(x, p, lost=0.5),
        "seeded": seeded_mask,
    }
    assert_told_apart(check_mask, wrong, capsys)


def seeded_mask(x, fraction):
    torch.manual_seed(42)
    return x * (torch.rand_like(x) >= fraction)


def test_a_mask_of_another_share_is_refused(capsys):
    shares = (
        lambda x, p: bernoulli_mask(x, 0.2),
        lambda x, p: bernoulli_mask(x, p * p),
        lambda x, p: x * (torch.randn(x.shape).abs() >= p),
        lambda x, p: x * (torch.randint(0, int(1 / p), x.shape) != 0),
        lambda x, p: bernoulli_mask(x, p * (1 - p)),
    )
    for seed in range(20):
        for answer in shares:
            told = verdict(check_mask, answer, capsys, seed)
            assert "the share of zeros is not `fraction`" in told, told


def test_an_unknown_mask_is_described_in_words(capsys):
    words = {
        "neither 0 nor those of x": lambda x, p: (
            bernoulli_mask(x, p, lost=0.5) * (torch.rand(x.shape) > p)
        ),
        "share of zeros": lambda x, p: bernoulli_mask(x, p / 4 + 0.3),
        "that of x, (100, 120)": lambda x, p: bernoulli_mask(x, p)[:, :3],
        "far more than others": lambda x, p: x * (torch.rand(x.shape) > torch.linspace(0, 1, 120)),
    }
    for part, answer in words.items():
        told = verdict(check_mask, answer, capsys)
        assert part in told and "returns 0 where" not in told, told


def test_a_stub_of_a_random_function_is_recognised(capsys):
    def mask(x, fraction):
        """Docstring."""
        ...

    assert verdict(check_mask, mask, capsys).startswith("○ Not attempted yet")


def test_a_random_function_that_fails_does_not_raise(capsys):
    for answer in (lambda x, p: 1 / 0, lambda x, p: "a", lambda x, p: x[:, :3], 3):
        assert verdict(check_mask, answer, capsys).startswith("✗")


def test_denoising_loss_right_answer_passes(capsys):
    def by_library(model, x, corrupt):
        return torch.nn.functional.mse_loss(model(corrupt(x)), x, reduction="sum") / len(x)

    def example_by_example(model, x, corrupt):
        pairs = zip(model(corrupt(x)), x, strict=True)
        return sum(torch.dot(a - b, a - b) for a, b in pairs) / len(x)

    assert_right(check_denoising_loss, by_library, capsys)
    assert_right(check_denoising_loss, example_by_example, capsys)


def test_a_denoising_loss_without_a_gradient_is_refused(capsys):
    def e(r, x, c):
        return ((r(c(x)) - x) ** 2).sum() / len(x)

    cut = [
        lambda r, x, c: e(r, x, c).item(),
        lambda r, x, c: e(r, x, c).detach(),
        lambda r, x, c: e(r, x, c).detach().numpy(),
        lambda r, x, c: np.float32(e(r, x, c).item()),
        torch.no_grad()(e),
        lambda r, x, c: e(r, x, c).detach().requires_grad_(),
        lambda r, x, c: torch.tensor(e(r, x, c).item(), requires_grad=True),
    ]
    for answer in cut:
        assert "no gradient can flow" in verdict(check_denoising_loss, answer, capsys)
    for answer in (lambda r, x, c: "a", lambda r, x, c: [1, 2], lambda r, x, c: {}, 3):
        assert verdict(check_denoising_loss, answer, capsys).startswith("✗")


def test_the_stub_of_the_denoising_loss_is_recognised(capsys):
    def noisy_to_clean(model, x, corrupt):
        """Docstring."""
        ...

    told = verdict(check_denoising_loss, noisy_to_clean, capsys)
    assert told.startswith("○ Not attempted yet")


def test_denoising_loss_wrong_answers_are_told_apart(capsys):
    def e(a, b):
        return ((a - b) ** 2).sum() / len(a)

    wrong = {
        "noisy target": lambda r, x, c: e(c(x), r(c(x))),
        "no noise in training": lambda r, x, c: e(x, r(x)),
        "turned": lambda r, x, c: e(c(x), r(x)),
        "noise on the output": lambda r, x, c: e(c(r(x)), x),
        "clean output as target": lambda r, x, c: e(r(x), r(c(x))),
        "without the network": lambda r, x, c: e(c(x), x),
        "mse": lambda r, x, c: torch.nn.functional.mse_loss(r(c(x)), x),
        "sum": lambda r, x, c: ((r(c(x)) - x) ** 2).sum(),
        "per example": lambda r, x, c: ((r(c(x)) - x) ** 2).sum(1),
        "norm": lambda r, x, c: ((r(c(x)) - x) ** 2).sum(1).sqrt().mean(),
        "absolute": lambda r, x, c: torch.nn.functional.l1_loss(r(c(x)), x) * x.shape[1],
        "item": lambda r, x, c: e(r(c(x)), x).item(),
    }
    assert_told_apart(check_denoising_loss, wrong, capsys)


def test_psnr_right_answer_by_scikit_image_passes(capsys):
    from skimage.metrics import peak_signal_noise_ratio

    def by_library(x_hat, x):
        pairs = zip(x.double().numpy(), x_hat.double().numpy())
        return np.mean([peak_signal_noise_ratio(a, b, data_range=1) for a, b in pairs])

    assert_right(check_psnr, by_library, capsys)


def test_psnr_wrong_answers_are_told_apart(capsys):
    def m(a, b):
        return ((a - b) ** 2).numpy()

    wrong = {
        "summed error": lambda a, b: -10 * np.log10(m(a, b).sum(1)).mean(),
        "average first": lambda a, b: -10 * np.log10(m(a, b).mean()),
        "sign": lambda a, b: 10 * np.log10(m(a, b).mean(1)).mean(),
        "natural logarithm": lambda a, b: -10 * np.log(m(a, b).mean(1)).mean(),
        "factor 20": lambda a, b: -20 * np.log10(m(a, b).mean(1)).mean(),
        "absolute": lambda a, b: -10 * np.log10((a - b).abs().mean(1).numpy()).mean(),
        "root": lambda a, b: -10 * np.log10(np.sqrt(m(a, b).mean(1))).mean(),
        "sum over images": lambda a, b: -10 * np.log10(m(a, b).mean(1)).sum(),
        "255": lambda a, b: 10 * np.log10(65025 / m(a, b).mean(1)).mean(),
        "per image": lambda a, b: -10 * np.log10(m(a, b).mean(1)),
    }
    assert_told_apart(check_psnr, wrong, capsys)


def wiener(x, mean, s, noise):
    a, m, s = x.numpy(), mean.numpy(), s.numpy()
    return m + (s @ np.linalg.inv(s + noise * np.eye(len(s))) @ (a - m).T).T


def test_posterior_mean_right_answer_passes(capsys):
    def by_precision(x, mean, s, sigma):
        """From the precision form: (Σ⁻¹ + I/σ²)⁻¹ (Σ⁻¹μ + x̃/σ²)."""
        p = np.linalg.inv(s.numpy())
        right = p @ mean.numpy()[:, None] + x.numpy().T / sigma**2
        return np.linalg.solve(p + np.eye(len(p)) / sigma**2, right).T

    assert_right(check_posterior_mean, by_precision, capsys)


def test_posterior_mean_wrong_answers_are_told_apart(capsys):
    zero = torch.zeros(6, dtype=torch.float64)
    wrong = {
        "sigma": wiener,
        "mean not added": lambda x, m, s, t: wiener(x, m, s, t**2) - m.numpy(),
        "not centred": lambda x, m, s, t: wiener(x, zero, s, t**2) + m.numpy(),
        "no mean": lambda x, m, s, t: wiener(x, zero, s, t**2),
        "identity": lambda x, m, s, t: x,
        "the noise": lambda x, m, s, t: x.numpy() - wiener(x, m, s, t**2) + m.numpy(),
        "without Σ": lambda x, m, s, t: (
            m + torch.linalg.solve(s + t**2 * torch.eye(6).double(), (x - m).T).T
        ),
        "diagonal": lambda x, m, s, t: wiener(x, m, torch.diag(torch.diag(s)), t**2),
    }
    assert_told_apart(check_posterior_mean, wrong, capsys)


def gaussian_row(v, a, b, gain=None, signal=2, noise=2, scale=2):
    """Loop over the directions and the test noises, in plain numbers."""
    row = []
    for s in b.tolist():
        g = [(gain or (lambda v, a, s: v / (v + a * a)))(x, a, s) for x in v.tolist()]
        lost = sum(abs(1 - k) ** signal * x for k, x in zip(g, v.tolist()))
        row.append(lost + sum(k**noise * s**scale for k in g))
    return np.array(row)


def test_matrix_row_right_answer_from_matrices_passes(capsys):
    def with_traces(v, a, b):
        s = np.diag(v.numpy())
        gain = s @ np.linalg.inv(s + a**2 * np.eye(len(s)))
        rest = np.eye(len(s)) - gain
        return [np.trace(rest @ s @ rest.T + t**2 * gain @ gain.T) for t in b.numpy()]

    assert_right(check_matrix_row, with_traces, capsys)


def test_matrix_row_agrees_with_a_simulation():
    """The formula itself, against random data: the checker's solution is not its own witness."""
    torch.manual_seed(0)
    v, a, b = torch.tensor([2.0, 0.5, 0.1]), 0.6, torch.tensor([0.2, 1.0])
    x = v.sqrt() * torch.randn(400_000, 3)
    errors = [(((x + s * torch.randn_like(x)) * v / (v + a**2) - x) ** 2).sum(1).mean() for s in b]
    np.testing.assert_allclose(errors, gaussian_row(v, a, b), rtol=0.01)


def test_matrix_row_wrong_answers_are_told_apart(capsys):
    wrong = {
        "sigma": lambda v, a, b: gaussian_row(v, a, b, lambda v, a, s: v / (v + a)),
        "diagonal": lambda v, a, b: gaussian_row(v, a, b, lambda v, a, s: v / (v + s * s)),
        "column": lambda v, a, b: np.array(
            [gaussian_row(v, s, torch.tensor([a]).double())[0] for s in b.tolist()]
        ),
        "only noise": lambda v, a, b: gaussian_row(v, a, b) - gaussian_row(v, a, 0 * b),
        "only signal": lambda v, a, b: gaussian_row(v, a, 0 * b),
        "own noise": lambda v, a, b: gaussian_row(v, a, 0 * b + a),
        "gain not squared": lambda v, a, b: gaussian_row(v, a, b, noise=1),
        "loss not squared": lambda v, a, b: gaussian_row(v, a, b, signal=1),
        "standard deviation": lambda v, a, b: gaussian_row(v, a, b, scale=1),
        "mean": lambda v, a, b: gaussian_row(v, a, b) / len(v),
        "all the noise": lambda v, a, b: gaussian_row(v, a, 0 * b) + len(v) * b.numpy() ** 2,
        "exchanged": lambda v, a, b: gaussian_row(v, a, b, lambda v, a, s: a * a / (v + a * a)),
    }
    assert_told_apart(check_matrix_row, wrong, capsys)
