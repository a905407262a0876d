"""What all checkers keep to: nothing raises, everything is registered, tested and solved."""

import collections
import importlib
import re
import sys
import types
import warnings
from fractions import Fraction

import numpy as np
import pytest
import torch
from checker_cases import assert_right, verdict
from notebook_files import LESSONS, SOLUTIONS, code_cells

from course_utils import exercises
from course_utils.exercises import (
    check_bottleneck_size,
    check_layer_jacobian,
    check_mask,
    check_reconstruction_loss,
    lesson_05,
    lesson_06,
)

pytestmark = pytest.mark.slow

CHECKERS = {name: value for name, value in vars(exercises).items() if name.startswith("check_")}
# Their messages belong to choices, or to what a function does: provoked in their own modules.
CHOICES = {"check_model_choice", "check_fair_test", "check_table_faults"}
every_checker = pytest.mark.parametrize("checker", CHECKERS.values(), ids=CHECKERS.keys())


def answers_of(kind):
    """RIGHT or WRONG of all test modules, by the name of the checker."""
    modules = [importlib.import_module(f"test_exercises_{path.name[:2]}") for path in LESSONS]
    return {
        c.__name__: answers for module in modules for c, answers in getattr(module, kind).items()
    }


def called(path):
    """How often each checker is called in a notebook."""
    source = "\n".join(cell.source for cell in code_cells(path))
    return collections.Counter(re.findall(r"exercises\.(check_\w+)\(", source))


# Registration


def test_every_checker_of_every_lesson_is_offered_and_nothing_else():
    defined = [
        name
        for path in LESSONS
        for name, value in vars(lesson_module(path)).items()
        if isinstance(value, types.FunctionType)
        and value.__module__ == lesson_module(path).__name__
        and name.startswith("check_")
    ]
    assert sorted(defined) == sorted(CHECKERS) == exercises.__all__
    assert set(defined) <= set(dir(exercises))


def lesson_module(path):
    return importlib.import_module(f"course_utils.exercises.lesson_{path.name[:2]}")


@pytest.mark.parametrize("paths", [LESSONS, SOLUTIONS], ids=["lessons", "solutions"])
def test_every_checker_is_called_once_in_its_notebook(paths):
    assert paths
    for path in paths:
        wanted = {n for n, c in CHECKERS.items() if c.__module__ == lesson_module(path).__name__}
        calls = called(path)
        assert not wanted - set(calls), f"not called in {path}"
        assert not set(calls) - wanted, f"of another lesson, in {path}"
        assert max(calls.values()) == 1, f"called twice in {path}"


# Tests


def test_every_checker_has_right_answers_in_the_tests():
    assert not set(CHECKERS) - set(answers_of("RIGHT")), "no right answer"


def test_every_checker_has_five_wrong_answers_in_the_tests():
    few = [name for name in CHECKERS if len(answers_of("WRONG").get(name, ())) < 5]
    assert set(few) <= CHOICES, "fewer than five wrong answers"


@pytest.mark.parametrize("name", sorted(set(CHECKERS) - CHOICES))
def test_every_message_is_provoked_by_one_wrong_answer(name, monkeypatch):
    """And no part of a message that the tests look for could come from another message."""
    known = {}
    module = sys.modules[CHECKERS[name].__module__]
    monkeypatch.setattr(module, "check", lambda answer, **options: known.update(options["wrong"]))
    CHECKERS[name](None)
    parts = answers_of("WRONG")[name]
    found = {message: [part for part in parts if part in f"{message}."] for message in known}
    assert not [message for message, met in found.items() if not met], "no test provokes these"
    assert not [(message, met) for message, met in found.items() if len(met) > 1]


# What a student may hand in


def stub(*arguments):
    """The docstring of a stub."""
    ...


def crash(*arguments):
    raise ZeroDivisionError("oh")


@every_checker
def test_a_stub_is_not_attempted(checker, capsys):
    assert verdict(checker, stub, capsys).startswith("○ Not attempted yet")
    assert verdict(checker, lambda *arguments: ..., capsys).startswith("○ Not attempted yet")


@every_checker
def test_a_crash_is_told_and_not_raised(checker, capsys):
    told = verdict(checker, crash, capsys)
    assert told.startswith("✗ Not yet: your function stopped with ZeroDivisionError: oh (at `raise")


@every_checker
def test_what_is_no_function_is_refused(checker, capsys):
    for answer in (0.5, None, torch.zeros(2), {"a": "PCA"}):
        assert verdict(checker, answer, capsys).startswith("✗ Give the checker the function itself")


@every_checker
def test_random_numbers_of_the_notebook_are_left_alone(checker, capsys):
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    verdict(checker, lambda *arguments: torch.rand(()), capsys)
    assert torch.equal(torch.rand(3), expected)


def nothing(x_hat, x):
    _ = (x_hat - x) ** 2


def nothing_for_six(x_hat, x):
    if len(x) != 6:
        return ((x_hat - x) ** 2).sum(1).mean()


def stops(x_hat, x):
    raise SystemExit(3)


def recurses(x_hat, x):
    return recurses(x_hat, x)


def in_place(x_hat, x):
    x_hat -= x
    return (x_hat**2).sum(1).mean()


class UnspeakableError(Exception):
    def __str__(self):
        raise RuntimeError


def unspeakable(x_hat, x):
    raise UnspeakableError


def yields(x_hat, x):
    while True:
        yield 1.0


def contains_itself(x_hat, x):
    a = []
    a.append(a)
    return a


class Contrary:
    """A callable and a result whose every attribute is an error."""

    def __getattr__(self, name):
        raise RuntimeError("\udc80")

    def __call__(self, *arguments):
        return self

    def __len__(self):
        raise SystemExit


@pytest.mark.parametrize(
    "answer, told",
    [
        (nothing, "your function returns nothing. Is a `return` missing?"),
        (nothing_for_six, "your function returns nothing. Is a `return` missing?"),
        (stops, "your function stopped with SystemExit"),
        (recurses, "your function stopped with RecursionError"),
        (in_place, "your function changes its argument"),
        (unspeakable, "your function stopped with UnspeakableError"),
        (yields, "your function returns generator, not numbers"),
        (contains_itself, "cannot be checked: RecursionError"),
        (lambda a, b: torch.zeros((), device="meta"), "your function returns Tensor, not numbers"),
        (lambda a, b: torch.zeros(2).to_sparse(), "✗ Not yet"),
        (lambda a, b: torch.zeros((), dtype=torch.complex64), "returns Tensor, not numbers"),
        (lambda a: a, "your function stopped with TypeError"),
        (lambda a, b: "a word", "your function returns str"),
        (lambda a, b: {"loss": 1.0}, "your function returns dict"),
        (lambda a, b: np.array(["a", None]), "your function returns ndarray, not numbers"),
        (lambda a, b: [a, [1]], "torch.stack"),
        (lambda a, b: 1j, "your function returns complex"),
        (lambda a, b: float("nan"), "0 / 0?"),
        (lambda a, b: torch.zeros(3, 2), "for input of shape (5, 7) as a, shape (5, 7) as b your"),
        (lambda a, b: a @ b, "Two shapes do not fit"),
        (lambda a, b: a[len(a)], "An index is past the end"),
        (lambda a, b: a.numpy()[:, 7], "An index is past the end"),
    ],
)
def test_nothing_that_a_student_writes_raises(answer, told, capsys):
    printed = verdict(check_reconstruction_loss, answer, capsys)
    assert printed.startswith("✗ Not yet: ") and told in printed


@every_checker
def test_not_even_an_object_that_contradicts_everything_raises(checker, capsys):
    assert verdict(checker, Contrary(), capsys).startswith("✗ ")


def two_lines(x_hat, x):
    raise ValueError("the first\nthe second")


def test_of_an_error_with_several_lines_the_first_is_told(capsys):
    told = verdict(check_reconstruction_loss, two_lines, capsys)
    assert "with ValueError: the first (at `raise" in told


def test_complex_numbers_are_refused_where_warnings_are_off(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = verdict(check_mask, lambda x, u, p: (x * (u >= p)).to(torch.complex64), capsys)
    assert told == "✗ Not yet: your function returns Tensor, not numbers."


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_a_notebook_without_gradients_does_not_change_a_verdict(mode, capsys):
    with mode():
        assert_right(lesson_06.check_layer_jacobian, jacobian_by_autograd, capsys)


def jacobian_by_autograd(x, weight, bias):
    x = x.clone().requires_grad_()
    h = torch.sigmoid(x @ weight.T + bias)
    rows = [torch.autograd.grad(h[:, j].sum(), x, retain_graph=True)[0] for j in range(h.shape[1])]
    return torch.stack(rows, dim=1)


HUGE = 10**12


@pytest.mark.parametrize(
    "result",
    [
        range(HUGE),
        range(10**30),
        torch.zeros(1).expand(HUGE),
        torch.zeros(1, 1).expand(HUGE, HUGE // 10**6),
        np.broadcast_to(np.zeros(1), HUGE),
        [range(HUGE), 1.0],
        [torch.zeros(1).expand(HUGE)] * 2,
    ],
    ids=["range", "overflow", "tensor", "matrix", "array", "list", "two"],
)
@pytest.mark.parametrize("checker", [check_bottleneck_size, check_reconstruction_loss, check_mask])
def test_an_answer_of_unbounded_size_is_refused_before_it_is_read(checker, result, capsys):
    told = verdict(checker, lambda *arguments: result, capsys)
    assert told == "✗ Not yet: your function returns more than 100,000 numbers."


def test_the_wrong_number_of_values_is_told(capsys):
    told = verdict(check_bottleneck_size, lambda sizes: (1, 2, 3), capsys)
    assert told == "✗ Not yet: return 2 values, in the order of the docstring."


def test_an_unknown_mistake_is_shown_with_the_names_of_the_arguments(capsys):
    def jacobian(x, W, bias):
        return torch.zeros(len(x), *W.shape)

    told = verdict(check_layer_jacobian, jacobian, capsys)
    assert "input of shape (5, 4) as x, shape (3, 4) as W, shape (3,) as bias your" in told


def test_zero_is_written_without_a_sign(capsys):
    def gradient(a, k, slope):
        return -torch.zeros_like(a), slope

    told = verdict(exercises.check_topk_both_ways, gradient, capsys)
    assert " returns 0 where " in told


def test_a_function_among_the_arguments_is_shown_as_one(capsys):
    told = verdict(exercises.check_denoising_loss, lambda model, x, c: torch.tensor(-1.0), capsys)
    assert "for random input of a function as model, shape (5, 6) as x, a function as c" in told


def test_a_decorated_stub_is_one(capsys):
    assert verdict(check_mask, torch.no_grad()(stub), capsys).startswith("○ Not attempted yet")


def test_numbers_may_come_as_fractions_lists_and_arrays(capsys):
    def counted(sizes):
        pairs = list(zip(sizes, sizes[1:]))
        return [Fraction(sizes[0], sizes[-1]), np.int64(sum(2 * a * b + a + b for a, b in pairs))]

    assert_right(check_bottleneck_size, counted, capsys)
    assert_right(lesson_05.check_beta_of_sigma, lambda s: np.array(2 * s * s, dtype=">f8"), capsys)
