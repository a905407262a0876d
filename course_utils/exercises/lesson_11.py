"""Checkers of lesson 11: from denoising to diffusion."""

from collections.abc import Callable

import torch

from course_utils.exercises.checking import check


def _pair() -> tuple[torch.Tensor, torch.Tensor]:
    """Draw two levels ᾱₜ < ᾱₛ, well apart, away from 0, ½ and 1."""
    now = 0.12 + 0.2 * torch.rand((), dtype=torch.float64)
    return now, now + 0.25 + 0.25 * torch.rand((), dtype=torch.float64)


def _draws(n: int, count: int) -> list[torch.Tensor]:
    return list(torch.randn(count, n, 7, dtype=torch.float64))


def check_clean_from_noise(answer: Callable, seed: int = 0) -> None:
    """Check answer(x_t, noise, alpha_bar): x̂₀ = (xₜ − √(1 − ᾱ) ε̂) / √ᾱ."""

    def draw(n):
        return (*_draws(n, 2), 0.15 + 0.7 * torch.rand(n, dtype=torch.float64))

    def by_row(function):
        return lambda x, e, a: function(x, e, a[:, None])

    check(
        answer,
        solution=by_row(lambda x, e, a: (x - (1 - a).sqrt() * e) / a.sqrt()),
        wrong={
            "the share of the noise has lost its root: 1 − ᾱ is a variance, √(1 − ᾱ) the size": (
                by_row(lambda x, e, a: (x - (1 - a) * e) / a.sqrt())
            ),
            "the share of the data has lost its root: divide by √ᾱ": (
                by_row(lambda x, e, a: (x - (1 - a).sqrt() * e) / a)
            ),
            "both shares have lost their roots: ᾱ and 1 − ᾱ are variances": (
                by_row(lambda x, e, a: (x - (1 - a) * e) / a)
            ),
            "the noise is taken away, but what is left is √ᾱ x̂₀: divide": (
                by_row(lambda x, e, a: x - (1 - a).sqrt() * e)
            ),
            "this multiplies with √ᾱ; the data were shrunk by it, so divide": (
                by_row(lambda x, e, a: (x - (1 - a).sqrt() * e) * a.sqrt())
            ),
            "the noise is added once more; take it away": (
                by_row(lambda x, e, a: (x + (1 - a).sqrt() * e) / a.sqrt())
            ),
            "the two shares are exchanged: ᾱ belongs to the data, 1 − ᾱ to the noise": (
                by_row(lambda x, e, a: (x - a.sqrt() * e) / (1 - a).sqrt())
            ),
            "xₜ − ε̂ takes all noise at its full size; in xₜ it has the size √(1 − ᾱ)": (
                by_row(lambda x, e, a: x - e)
            ),
            "only the noise is divided by √ᾱ: put a bracket around the difference": (
                by_row(lambda x, e, a: x - (1 - a).sqrt() * e / a.sqrt())
            ),
            "only xₜ is divided by √ᾱ: put a bracket around the difference": (
                by_row(lambda x, e, a: x / a.sqrt() - (1 - a).sqrt() * e)
            ),
            "the first level is used for all examples; each has its own": (
                lambda x, e, a: (x - (1 - a[0]).sqrt() * e) / a[0].sqrt()
            ),
            "this is noisy data made of xₜ; the way back is asked": (
                by_row(lambda x, e, a: a.sqrt() * x + (1 - a).sqrt() * e)
            ),
        },
        draw=draw,
        praise="whoever knows the noise knows the data. At ᾱ near 0 the division by √ᾱ makes a "
        "small mistake in the noise a large one in x̂₀: so early steps guess badly.",
        seed=seed,
    )


def check_score_from_noise(answer: Callable, seed: int = 0) -> None:
    """Check answer(noise, alpha_bar): ∇ log p_σ(x̃) = −ε̂ / σ, σ = √((1 − ᾱ) / ᾱ)."""

    def draw(n):
        level = 0.1 + 0.3 * torch.rand(n, dtype=torch.float64)  # far from ½
        return _draws(n, 1)[0], level

    def by_row(function):
        return lambda e, a: function(e, a[:, None])

    def sigma(a):
        return ((1 - a) / a).sqrt()

    check(
        answer,
        solution=by_row(lambda e, a: -e / sigma(a)),
        wrong={
            "the sign is turned: the score points away from the noise, to where data are": (
                by_row(lambda e, a: e / sigma(a))
            ),
            "this is the score at xₜ, of the shrunk data; in 04's units it is −ε̂ / σₜ": (
                by_row(lambda e, a: -e / (1 - a).sqrt())
            ),
            "this is the score at xₜ with its sign turned; in 04's units it is −ε̂ / σₜ": (
                by_row(lambda e, a: e / (1 - a).sqrt())
            ),
            "this divides by σₜ²; the noise in x̃ is σₜ ε̂, so that one σₜ cancels": (
                by_row(lambda e, a: -e / sigma(a) ** 2)
            ),
            "this multiplies with σₜ: that is σₜ² times the score, the arrow r − x̃": (
                by_row(lambda e, a: -e * sigma(a))
            ),
            "σₜ is turned over: it is √((1 − ᾱ) / ᾱ), large where much is noise, and the score "
            "is small there": by_row(lambda e, a: e * sigma(a)),
            "this divides by 1 − ᾱ, a variance, and leaves the shrinking out": (
                by_row(lambda e, a: -e / (1 - a))
            ),
            "the noise is returned with its sign turned; its size has to be divided out": (
                lambda e, a: -e
            ),
            "√ᾱ is on the wrong side: x̃ = xₜ / √ᾱ is larger than xₜ, so its score is smaller": (
                by_row(lambda e, a: -e / ((1 - a) * a).sqrt())
            ),
            "the first level is used for all examples; each has its own": (
                lambda e, a: -e / sigma(a[0])
            ),
        },
        draw=draw,
        praise="Tweedie's formula for a network that finds noise: x̃ + σ² · score is x̂₀. No "
        "density was ever written down.",
        seed=seed,
    )


def check_deterministic_step(answer: Callable, seed: int = 0) -> None:
    """Check answer(x_t, clean, now, then): √ᾱₛ x̂₀ + √(1 − ᾱₛ) ε̂, ε̂ from xₜ and x̂₀."""

    def noise(x, c, a):
        return (x - a.sqrt() * c) / (1 - a).sqrt()

    def step(c, e, b):
        return b.sqrt() * c + (1 - b).sqrt() * e

    check(
        answer,
        solution=lambda x, c, a, b: step(c, noise(x, c, a), b),
        wrong={
            "this is x_t again: you put the noise back for level t; which level do you step to?": (
                lambda x, c, a, b: step(c, noise(x, c, a), a)
            ),
            "the old noise is put back at its old size: level s asks for √(1 − ᾱₛ)": (
                lambda x, c, a, b: b.sqrt() * c + (1 - a).sqrt() * noise(x, c, a)
            ),
            "the data keep their old share √ᾱₜ; level s asks for √ᾱₛ": (
                lambda x, c, a, b: a.sqrt() * c + (1 - b).sqrt() * noise(x, c, a)
            ),
            "xₜ itself stands where the noise belongs: take √ᾱₜ x̂₀ away, and divide": (
                lambda x, c, a, b: step(c, x, b)
            ),
            "x̂₀ was taken away from xₜ at its full size; in xₜ it has the size √ᾱₜ": (
                lambda x, c, a, b: step(c, (x - c) / (1 - a).sqrt(), b)
            ),
            "the noise was not divided by its size √(1 − ᾱₜ)": (
                lambda x, c, a, b: step(c, x - a.sqrt() * c, b)
            ),
            "the roots are missing: ᾱ and 1 − ᾱ are variances": (
                lambda x, c, a, b: b * c + (1 - b) * (x - a * c) / (1 - a)
            ),
            "all the noise is left out: this ends at x̂₀ at once, shrunk": (
                lambda x, c, a, b: b.sqrt() * c
            ),
            "this is 04's step without the change of units: σ is √((1 − ᾱ) / ᾱ), and x̃ is "
            "xₜ / √ᾱ": lambda x, c, a, b: c + ((1 - b) / (1 - a)).sqrt() * (x - c),
            "this is the step in 04's units, x̃ₛ; multiply it with √ᾱₛ": (
                lambda x, c, a, b: step(c, noise(x, c, a), b) / b.sqrt()
            ),
            "the levels are exchanged: `now` is that of x_t, `then` the cleaner one": (
                lambda x, c, a, b: step(c, noise(x, c, b), a)
            ),
            "this is the mean of the ancestral step; the deterministic one puts all the noise "
            "back": lambda x, c, a, b: b.sqrt() * c + noise(x, c, a) * (
                (1 - b) * (a / b) / (1 - a)
            ).sqrt() * (1 - b).sqrt(),
        },
        draw=lambda n: (*_draws(n, 2), *_pair()),
        praise="all noise away, and as much put back as the next level asks. Small steps change "
        "little, so a wrong guess can be mended later.",
        seed=seed,
    )  # fmt: skip


def check_ancestral_coefficients(answer: Callable, seed: int = 0) -> None:
    """Check answer(now, then): a, b and variance of q(xₛ | xₜ, x₀ = x̂₀), mean a x̂₀ + b xₜ."""

    def multiplied(
        now,
        then,
        start=torch.sqrt,
        precision=lambda share: share / (1 - share),
        centre=lambda share: share**-0.5,
        whole=False,
    ):
        """Multiply the Gaussians of q(xₛ | x₀) and q(xₜ | xₛ) by precisions and centres."""
        share = now if whole else now / then
        first, second = 1 / (1 - then), precision(share)
        total = first + second
        return first * start(then) / total, second * centre(share) / total, 1 / total

    def changed(change):
        """A wrong answer made of the right one and the levels."""
        return lambda now, then: change(*multiplied(now, then), now, then)

    def product(**options):
        return lambda now, then: multiplied(now, then, **options)

    def deterministic(a, b, v, now, then):
        old = ((1 - then) / (1 - now)).sqrt()
        return then.sqrt() - old * now.sqrt(), old, v

    check(
        answer,
        solution=multiplied,
        wrong={
            "a and b are exchanged: a belongs to x̂₀, b to x_t": (
                changed(lambda a, b, v, now, then: (b, a, v))
            ),
            "in a, ᾱₛ has lost its root: the centre of q(x_s | x₀) is √ᾱₛ x₀": (
                product(start=lambda level: level)
            ),
            "√ᾱₛ is missing in a: at level s the data are shrunk by it": (
                product(start=torch.ones_like)
            ),
            "as a function of x_s, the centre of q(x_t | x_s) is x_t / √α, not x_t. So b has a √α, "
            "not an α": product(centre=torch.ones_like),
            "the centre of q(x_t | x_s) is where √α x_s = x_t; divide by √α, do not multiply": (
                product(centre=torch.sqrt)
            ),
            "as a function of x_s, q(x_t | x_s) is wider: its variance is (1 − α)/α, not 1 − α": (
                product(precision=lambda share: 1 / (1 - share))
            ),
            "in b stands √ᾱₜ where √α belongs, α = ᾱₜ/ᾱₛ: from s to t it is one step": (
                changed(lambda a, b, v, now, then: (a, b * then.sqrt(), v))
            ),
            "q(x_t | x_s) was taken with ᾱₜ, the share of all steps; from s to t it is ᾱₜ/ᾱₛ": (
                product(whole=True)
            ),
            "the third result is the standard deviation; return its square": (
                changed(lambda a, b, v, now, then: (a, b, v.sqrt()))
            ),
            "the third result is the precision; the variance is 1 divided by it": (
                changed(lambda a, b, v, now, then: (a, b, 1 / v))
            ),
            "the variance is 1 − ᾱₜ/ᾱₛ, that of a step *towards* the noise; the step back knows "
            "x̂₀, too": changed(lambda a, b, v, now, then: (a, b, 1 - now / then)),
            "the variance is 1 − ᾱₛ, that of x_s when x₀ alone is known; x_t makes it smaller": (
                changed(lambda a, b, v, now, then: (a, b, 1 - then))
            ),
            "a and b are precision times centre; multiply them with the variance": (
                changed(lambda a, b, v, now, then: (a / v, b / v, v))
            ),
            "a and b are not divided by 1 − ᾱₜ": (
                changed(lambda a, b, v, now, then: (a * (1 - now), b * (1 - now), v))
            ),
            "these are the factors of x̂₀ and ε̂, as section 4 has them; b belongs to x_t": (
                changed(lambda a, b, v, now, then: (then.sqrt(), (1 - then - v).sqrt(), v))
            ),
            "b is right; in a, the share of x̂₀ that ε̂ takes away is forgotten: ε̂ is "
            "(x_t − √ᾱₜ x̂₀) / √(1 − ᾱₜ)": changed(lambda a, b, v, now, then: (then.sqrt(), b, v)),
            "this is the mean of the deterministic step: with fresh noise on top x_s has more "
            "noise than level s": changed(deterministic),
            "the levels are exchanged: `now` is that of x_t, `then` the cleaner one": (
                lambda now, then: multiplied(then, now)
            ),
        },
        draw=lambda n: _pair(),
        praise="Bayes' rule for one step, with x̂₀ where x₀ belongs. Old and new noise together "
        "have just the variance that level s asks for.",
        seed=seed,
    )


def check_noise_weight(answer: Callable, seed: int = 0) -> None:
    """Check answer(now, then): ½ (SNRₛ / SNRₜ − 1), the weight of ‖ε − ε̂‖² in the bound."""

    def snr(a):
        return a / (1 - a)

    def draw(n):
        pairs = [_pair() for _ in range(n)]
        return torch.stack([a for a, _ in pairs]), torch.stack([b for _, b in pairs])

    check(
        answer,
        solution=lambda a, b: (snr(b) / snr(a) - 1) / 2,
        wrong={
            "this is the weight of ‖x₀ − x̂₀‖²; that of the noise is divided by SNRₜ": (
                lambda a, b: (snr(b) - snr(a)) / 2
            ),
            "the factor ½ of the KL is missing": lambda a, b: snr(b) / snr(a) - 1,
            "both are missing, the ½ and the change from data to noise": (
                lambda a, b: snr(b) - snr(a)
            ),
            "this multiplies with SNRₜ; ‖x₀ − x̂₀‖² is ‖ε − ε̂‖² divided by it": (
                lambda a, b: (snr(b) - snr(a)) * snr(a) / 2
            ),
            "this divides by SNRₛ; the noise was guessed at level t": (
                lambda a, b: (1 - snr(a) / snr(b)) / 2
            ),
            "the change is by the square: ‖x₀ − x̂₀‖² = ‖ε − ε̂‖² / SNRₜ, so divide by SNRₜ, not "
            "by its root": lambda a, b: (snr(b) - snr(a)) / snr(a).sqrt() / 2,
            "the levels are exchanged: `then` is the cleaner one, and the weight is positive": (
                lambda a, b: (snr(a) / snr(b) - 1) / 2
            ),
            "ᾱ stands where the signal-to-noise ratio ᾱ/(1 − ᾱ) belongs": (
                lambda a, b: (b / a - 1) / 2
            ),
            "the 1 is not subtracted: a step that wins no signal must cost nothing": (
                lambda a, b: snr(b) / snr(a) / 2
            ),
            "this is the logarithm; it agrees for small steps only": (
                lambda a, b: (snr(b) / snr(a)).log() / 2
            ),
        },
        draw=draw,
        praise="the bound in nats, from the loss that everybody trains. For small steps the "
        "weight is half the step of log SNR: levels even in log SNR would make both losses one.",
        seed=seed,
    )
