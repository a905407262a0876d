"""The checkers of notebook 11: right answers pass, each wrong one is told what is wrong with it."""

import numpy as np
import pytest
import torch
from checker_cases import assert_right, assert_told, right_cases, wrong_cases

from course_utils.corruption import diffuse
from course_utils.exercises import (
    check_ancestral_coefficients,
    check_clean_from_noise,
    check_deterministic_step,
    check_noise_weight,
    check_score_from_noise,
)

pytestmark = pytest.mark.slow  # every answer on twenty draws


def column(level):
    return level.reshape(-1, 1)


def root(value):
    return value**0.5


def sigma(level):
    """04's noise at a level ᾱ."""
    return root(1 / level - 1)


def clean_by_solving(x, e, level):
    """x̂₀ from the linear equation of every example, by NumPy."""
    rows = zip(x.numpy(), e.numpy(), level.numpy())
    return np.stack([(r - np.sqrt(1 - a) * n) / np.sqrt(a) for r, n, a in rows])


def in_units_of_04(x, clean, now, then):
    """04's walk: r + σ_next / σ (x̃ − r), and back to variance 1."""
    tilde = x / root(now)
    tilde = clean + sigma(then) / sigma(now) * (tilde - clean)
    return tilde / root(1 + sigma(then) ** 2)


def by_densities(now, then):
    """Multiply the two densities on a grid, by NumPy; the mean is linear in x̂₀ and x_t."""
    now, then = now.item(), then.item()
    s = np.linspace(-15, 15, 30_001)

    def moments(clean, x):
        known = np.exp(-((s - then**0.5 * clean) ** 2) / (2 * (1 - then)))
        share = now / then
        density = known * np.exp(-((x - share**0.5 * s) ** 2) / (2 * (1 - share)))
        mean = np.average(s, weights=density)
        return mean, np.average((s - mean) ** 2, weights=density)

    return moments(1, 0)[0], moments(0, 1)[0], moments(0, 0)[1]


def by_the_lesson(now, then):
    """ε̂ inserted into the form of section 4, and the coefficients compared."""
    variance = spread_of_step(now, then) ** 2
    b = root((1 - then - variance) / (1 - now))
    return root(then) - b * root(now), b, variance


def by_the_joint_gaussian(now, then):
    """Given x̂₀: the regression of x_s on x_t, by their covariances."""
    share = now / then
    b = root(share) * (1 - then) / (1 - now)
    return root(then) - b * root(now), b, 1 - then - b**2 * (1 - now)


def by_precisions(now, then, share=None, first=None, second=None, centre=None):
    """The product of the two Gaussians; centres as factors of x̂₀ and x_t."""
    share = share or now / then
    precisions = np.array([1 / (1 - then), second or share / (1 - share)])
    centres = np.array([first or root(then), centre or 1 / root(share)])
    return *(precisions * centres / precisions.sum()), 1 / precisions.sum()


def slip(change):
    """What a student makes of the right a, b, variance and of the levels, as floats."""
    return lambda now, then: change(*by_the_lesson(now, then), now, then)


def numbers(answer):
    return lambda now, then: answer(now.item(), then.item())


def ratio(now, then):
    """SNRₛ / SNRₜ, as a ratio of 04's variances."""
    return (sigma(now) / sigma(then)) ** 2


def mean_of_step(x, c, now, then):
    a, b, _ = by_the_lesson(now, then)
    return a * c + b * x


def spread_of_step(now, then):
    return root((1 - then) * (1 - now / then) / (1 - now))


RIGHT = {
    check_clean_from_noise: [
        clean_by_solving,
        lambda x, e, a: x / root(column(a)) - sigma(column(a)) * e,
    ],
    check_score_from_noise: [
        lambda e, a: -e / sigma(column(a)),
        lambda e, a: -root(column(a)) * e / root(1 - column(a)),
    ],
    check_deterministic_step: [
        in_units_of_04,
        lambda x, c, a, b: diffuse(c, b, (x - root(a) * c) / root(1 - a)),
    ],
    check_ancestral_coefficients: [
        by_densities,
        by_the_lesson,
        by_the_joint_gaussian,
        numbers(by_precisions),
    ],
    check_noise_weight: [
        lambda a, b: (ratio(a, b) - 1) / 2,
        lambda a, b: 0.5 * (b * (1 - a) / (a * (1 - b)) - 1),
    ],
}

WRONG = {
    check_clean_from_noise: {
        "1 − ᾱ is a variance, √(1 − ᾱ) the size": (
            lambda x, e, a: (x - (1 - column(a)) * e) / root(column(a))
        ),
        "divide by √ᾱ": lambda x, e, a: (x - root(1 - column(a)) * e) / column(a),
        "both shares": lambda x, e, a: (x - (1 - column(a)) * e) / column(a),
        "what is left is √ᾱ x̂₀": lambda x, e, a: x - root(1 - column(a)) * e,
        "this multiplies with √ᾱ": lambda x, e, a: (x - root(1 - column(a)) * e) * root(column(a)),
        "added once more": lambda x, e, a: (x + root(1 - column(a)) * e) / root(column(a)),
        "shares are exchanged": lambda x, e, a: (x - root(column(a)) * e) / root(1 - column(a)),
        "at its full size": lambda x, e, a: x - e,
        "only the noise is divided": lambda x, e, a: x - root(1 - column(a)) * e / root(column(a)),
        "only xₜ is divided": lambda x, e, a: x / root(column(a)) - root(1 - column(a)) * e,
        "used for all examples": lambda x, e, a: (x - root(1 - a[0]) * e) / root(a[0]),
        "the way back is asked": lambda x, e, a: root(column(a)) * x + root(1 - column(a)) * e,
    },
    check_score_from_noise: {
        "points away from the noise": lambda e, a: e / sigma(column(a)),
        "of the shrunk data": lambda e, a: -e / root(1 - column(a)),
        "at xₜ with its sign turned": lambda e, a: e / root(1 - column(a)),
        "one σₜ cancels": lambda e, a: -e / sigma(column(a)) ** 2,
        "the arrow r − x̃": lambda e, a: -e * sigma(column(a)),
        "turned over": lambda e, a: e * sigma(column(a)),
        "leaves the shrinking out": lambda e, a: -e / (1 - column(a)),
        "its size has to be divided out": lambda e, a: -e,
        "on the wrong side": lambda e, a: -e / root(column(a)) / root(1 - column(a)),
        "used for all examples": lambda e, a: -e / sigma(a[0]),
    },
    check_deterministic_step: {
        "which level do you step to": lambda x, c, a, b: x,
        "at its old size": lambda x, c, a, b: root(b) * c + x - root(a) * c,
        "keep their old share": lambda x, c, a, b: (
            root(a) * c + root(1 - b) * (x - root(a) * c) / root(1 - a)
        ),
        "xₜ itself stands": lambda x, c, a, b: diffuse(c, b, x),
        "in xₜ it has the size √ᾱₜ": lambda x, c, a, b: diffuse(c, b, (x - c) / root(1 - a)),
        "not divided by its size": lambda x, c, a, b: diffuse(c, b, x - root(a) * c),
        "the roots are missing": lambda x, c, a, b: b * c + (1 - b) / (1 - a) * (x - a * c),
        "left out": lambda x, c, a, b: root(b) * c,
        "without the change of units": lambda x, c, a, b: c + root(1 - b) / root(1 - a) * (x - c),
        "multiply it with √ᾱₛ": lambda x, c, a, b: in_units_of_04(x, c, a, b) / root(b),
        "the levels are exchanged": lambda x, c, a, b: in_units_of_04(x, c, b, a),
        "the mean of the ancestral step": mean_of_step,
    },
    check_ancestral_coefficients: {
        "a and b are exchanged": slip(lambda a, b, v, now, then: (b, a, v)),
        "ᾱₛ has lost its root": numbers(lambda t, s: by_precisions(t, s, first=s)),
        "√ᾱₛ is missing in a": numbers(lambda t, s: by_precisions(t, s, first=1)),
        "not an α": numbers(lambda t, s: by_precisions(t, s, centre=1)),
        "do not multiply": numbers(lambda t, s: by_precisions(t, s, centre=root(t / s))),
        "is wider": numbers(lambda t, s: by_precisions(t, s, second=1 / (1 - t / s))),
        "in b stands √ᾱₜ": lambda t, s: (
            root(s) * (1 - t / s) / (1 - t),
            root(t) * (1 - s) / (1 - t),
            spread_of_step(t, s) ** 2,
        ),
        "the share of all steps": numbers(lambda t, s: by_precisions(t, s, share=t)),
        "is the standard deviation": slip(lambda a, b, v, t, s: (a, b, root(v))),
        "is the precision": slip(lambda a, b, v, t, s: (a, b, 1 / (1 - s) + t / (s - t))),
        "*towards* the noise": slip(lambda a, b, v, t, s: (a, b, (s - t) / s)),
        "when x₀ alone is known": slip(lambda a, b, v, t, s: (a, b, 1 - s)),
        "are precision times centre": slip(
            lambda a, b, v, t, s: (root(s) / (1 - s), root(t * s) / (s - t), v)
        ),
        "not divided by 1 − ᾱₜ": slip(
            lambda a, b, v, t, s: (root(s) * (1 - t / s), root(t / s) * (1 - s), v)
        ),
        "as section 4 has them": slip(lambda a, b, v, t, s: (root(s), root(1 - s - v), v)),
        "b is right; in a": slip(lambda a, b, v, t, s: (root(s), b, v)),
        "of the deterministic step": slip(
            lambda a, b, v, t, s: (in_units_of_04(0, 1, t, s), in_units_of_04(1, 0, t, s), v)
        ),
        "the levels are exchanged": numbers(lambda t, s: by_precisions(s, t)),
    },
    check_noise_weight: {
        "this is the weight of ‖x₀": lambda a, b: (sigma(b) ** -2 - sigma(a) ** -2) / 2,
        "the factor ½ of the KL": lambda a, b: ratio(a, b) - 1,
        "both are missing": lambda a, b: sigma(b) ** -2 - sigma(a) ** -2,
        "this multiplies with SNRₜ": lambda a, b: (
            (sigma(b) ** -2 - sigma(a) ** -2) / sigma(a) ** 2 / 2
        ),
        "this divides by SNRₛ": lambda a, b: (1 - 1 / ratio(a, b)) / 2,
        "not by its root": lambda a, b: (sigma(b) ** -2 - sigma(a) ** -2) * sigma(a) / 2,
        "the levels are exchanged": lambda a, b: (1 / ratio(a, b) - 1) / 2,
        "ᾱ stands where": lambda a, b: (b - a) / a / 2,
        "the 1 is not subtracted": lambda a, b: ratio(a, b) / 2,
        "this is the logarithm": lambda a, b: torch.log(sigma(a) / sigma(b)),
    },
}


@pytest.mark.parametrize("checker, answer", right_cases(RIGHT))
def test_right_answers_pass(checker, answer, capsys):
    assert_right(checker, answer, capsys)


@pytest.mark.parametrize("checker, part, answer", wrong_cases(WRONG))
def test_a_wrong_answer_is_told_what_is_wrong_with_it(checker, part, answer, capsys):
    assert_told(checker, part, answer, capsys)
