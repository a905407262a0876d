"""What every checker does: call the student's function on random draws, compare, say one thing."""

import dis
import numbers as number_types
import traceback
import types
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

DRAWS = 4
TOLERANCE = 1e-4
IN_PLACE = (
    "✗ Not yet: your function changes its argument in place; compute a new tensor, so that the "
    "caller's data stay as they are."
)


def check(
    answer,
    solution,
    wrong: dict[str, Callable],
    draw,
    praise: str,
    seed: int,
    in_words: Callable | None = None,
    trained: tuple[int, ...] = (),
) -> None:
    """Print the verdict on a student's function; raise nothing, whatever the function does.

    solution and the values of `wrong` take what `draw` returns; the keys of `wrong` are messages.
    in_words: makes the message of last resort from the result of the first draw, where that result
    is not what the student's function returned but a description of it.
    trained: places of the arguments that training changes; the gradient by them is compared, too.
    """

    def verdict():
        torch.manual_seed(seed)
        draws = [draw() for _ in range(DRAWS)]
        return _verdict(answer, solution, wrong, draws, in_words, trained)

    _report(verdict, praise)


def _report(verdict: Callable, praise: str) -> None:
    """Print what verdict() returns, None for a right answer; leave torch's state as it was."""
    with torch.random.fork_rng(devices=[]), torch.inference_mode(False), torch.enable_grad():
        try:
            message = verdict()
        except Stop as stop:
            message = str(stop)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # what the answer returned, or left behind, broke the check
            message = f"✗ Not yet: what your function returns cannot be checked: {_describe(error)}"
    message = f"✓ Right: {praise}" if message is None else message
    print(message.encode("utf-8", "replace").decode())  # an error may quote what cannot be written


def _verdict(answer, solution, wrong, draws, in_words=None, trained=()) -> str | None:
    """Return None for a right answer, else the message."""
    if not callable(answer):
        return "✗ Give the checker the function itself, without calling it: check_…(my_function)."
    results = [_call(answer, arguments) for arguments in draws]
    if all(result is None or result is ... for result in results):
        if any(result is ... for result in results) or _is_stub(answer):
            return "○ Not attempted yet: replace the `...` and run both cells again."
        return "✗ Not yet: your function returns nothing. Is a `return` missing?"
    expected = [_reference(solution, arguments) for arguments in draws]
    numbers = [as_numbers(r, e) for r, e in zip(results, expected, strict=True)]
    if all(map(equal, numbers, expected)):
        return _gradient_mistake(answer, solution, draws[0], trained) if trained else None
    for message, function in wrong.items():
        if all(map(equal, numbers, (_reference(function, a) for a in draws))):
            return f"✗ Not yet: {message}."
    if in_words is not None:
        pairs = zip(numbers, expected, strict=True)
        return f"✗ Not yet: {in_words(next(n[0] for n, e in pairs if not equal(n, e)))}."
    return f"✗ Not yet: {_first_difference(numbers, expected, draws, answer)}"


class Stop(Exception):
    """Ends a check with a message for the student."""


def _call(answer, arguments):
    """Call the student's function on copies; turn what goes wrong into a message."""
    copies = [a.clone() if isinstance(a, Tensor) else a for a in arguments]
    try:
        result = answer(*copies)
    except (KeyboardInterrupt, Stop):
        raise
    except BaseException as error:  # SystemExit, too: nothing of the student's may stop the kernel
        raise Stop(f"✗ Not yet: your function stopped with {_describe(error)}") from None
    for before, after in zip(arguments, copies, strict=True):
        if isinstance(before, Tensor) and (
            before.shape != after.shape or not torch.equal(before, after)
        ):
            raise Stop(IN_PLACE)
    return result


def _describe(error: BaseException) -> str:
    line = traceback.extract_tb(error.__traceback__)[-1].line
    try:
        text = f"{type(error).__name__}: {error}"
    except BaseException:  # an error whose own text cannot be written
        text = type(error).__name__
    return f"{text} (at `{line}`)." if line else f"{text}."


def _gradient_mistake(answer, solution, arguments, trained) -> str | None:
    """Compare the gradients by the trained arguments; the value is known to be right."""

    def gradients(function):
        with torch.enable_grad():
            leaves = [a.clone() if isinstance(a, Tensor) else a for a in arguments]
            by = [leaves[place].requires_grad_() for place in trained]
            result = function(*leaves)
            return torch.autograd.grad(result, by, allow_unused=True, materialize_grads=True)

    try:
        found = gradients(answer)
    except (KeyboardInterrupt, Stop):
        raise
    except BaseException:  # no tensor with a graph, or NumPy on one that needs it
        return (
            "✗ Not yet: the value is right, but it has no gradient, so nothing could be trained "
            "with it. Is a detach, .item(), NumPy or torch.no_grad in the way?"
        )
    if all(map(equal, zip(found), zip(gradients(solution)))):
        return None
    return (
        "✗ Not yet: the value is right, but its gradient is not that of the formula: training "
        "would ignore a part of it. Is a part detached, or is create_graph=True missing?"
    )


def _code(answer) -> types.CodeType | None:
    """Return the code of a function, looking through decorators; None where there is none."""
    try:
        code = getattr(answer, "__wrapped__", answer).__code__
    except Exception:
        return None
    return code if isinstance(code, types.CodeType) else None


def _is_stub(answer) -> bool:
    """Tell whether a function's body is nothing but a docstring and `...`."""
    code = _code(answer)
    passive = ("RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "POP_TOP")
    return code is not None and all(i.opname in passive for i in dis.get_instructions(code))


def _reference(function, arguments) -> list[Tensor]:
    """Compute what a function of ours returns, as a list of tensors."""
    result = function(*arguments)
    parts = result if isinstance(result, tuple) else (result,)
    return [torch.as_tensor(part, dtype=torch.float64).detach() for part in parts]


def as_numbers(result, expected: list[Tensor]) -> list[Tensor]:
    """Turn what the student returned into a list of tensors, as many as expected."""
    several = len(expected) > 1 and (
        isinstance(result, (tuple, list)) or getattr(result, "ndim", 0) == 1
    )
    parts = list(result) if several else [result]
    if len(parts) != len(expected):
        raise Stop(f"✗ Not yet: return {len(expected)} values, in the order of the docstring.")
    try:
        tensors = [torch.as_tensor(_plain(part)).detach().cpu() for part in parts]
        for tensor in tensors:
            if tensor.is_complex() or tensor.is_nested or tensor.layout != torch.strided:
                raise TypeError("not a dense tensor of real numbers")
        return [tensor.to(torch.float64) for tensor in tensors]
    except Exception:
        kinds = ", ".join(type(part).__name__ for part in parts)
        if isinstance(result, tuple) and hasattr(result, "values") and hasattr(result, "indices"):
            raise Stop(f"✗ Not yet: {kinds} returns values and indices: take .values.") from None
        rows = [part for part in parts if isinstance(part, (list, tuple))]
        stack = any(isinstance(row, Tensor) for part in rows for row in part)
        hint = " Make one tensor of its tensors: torch.stack." if stack else ""
        raise Stop(f"✗ Not yet: your function returns {kinds}, not numbers.{hint}") from None


def _plain(part):
    """Make readable for torch: reversed arrays, other byte orders, fractions."""
    if isinstance(part, (np.ndarray, np.generic)) and part.dtype.kind in "biuf":
        return np.array(part, dtype=float)
    return float(part) if isinstance(part, number_types.Rational) else part


def equal(numbers: list[Tensor], expected: list[Tensor]) -> bool:
    """Compare with a tolerance that is relative to the largest expected number."""
    return all(
        a.shape == b.shape and torch.allclose(a, b, rtol=0, atol=_tolerance(b))
        for a, b in zip(numbers, expected, strict=True)
    )


def _tolerance(expected: Tensor) -> float:
    return TOLERANCE * float(expected.abs().max()) + 1e-9


def _first_difference(numbers, expected, draws, answer) -> str:
    """Say in which draw, and how, the answer differs from the expected one."""
    names = _argument_names(answer, len(draws[0]))
    for found, right, arguments in zip(numbers, expected, draws, strict=True):
        for a, b in zip(found, right, strict=True):
            given = ", ".join(map(_shown, arguments, names))
            if a.shape != b.shape:
                return (
                    f"for input of {given} your function returns shape {tuple(a.shape)}, expected "
                    f"{tuple(b.shape)}."
                )
            if not equal([a], [b]):
                at = (a - b).abs().nan_to_num(nan=torch.inf).argmax()
                return (
                    f"for random input of {given} your function returns {a.flatten()[at]:.4g} "
                    f"where {b.flatten()[at]:.4g} is right."
                )
    raise AssertionError("no difference found between a wrong answer and the right one")


def _shown(x, name: str) -> str:
    if isinstance(x, Tensor):
        return f"shape {tuple(x.shape)}{name}"
    return (f"{x:.4g}" if isinstance(x, float) else repr(x)) + name


def _argument_names(answer, count: int) -> list[str]:
    """Return " as name" for each of `count` arguments, or blanks where the names are not known."""
    code = _code(answer)
    if code is None or code.co_argcount != count:
        return [""] * count
    return [f" as {name}" for name in code.co_varnames[:count]]


class _Measured:
    """A student's random function, called once per draw and described by numbers that repeat.

    `describe` turns a call into numbers; a stub stays recognisable as one.
    """

    def __init__(self, answer: Callable, describe: Callable):
        self.answer, self.describe = answer, describe
        self.__code__ = _code(answer)

    def __call__(self, *arguments):
        return self.describe(self.answer, *arguments)


def measured(answer, describe: Callable):
    """Wrap an answer to be described; what is no function stays as it is, and is refused."""
    return _Measured(answer, describe) if callable(answer) else answer


def check_choices(answer, options, right, why, because, praise) -> None:
    """Print the verdict on a function without arguments that returns a choice for each problem.

    right: problem → option. because: (problem, option) → what is wrong with that choice; for the
    other wrong choices `why` has a question for each problem.
    """
    _report(lambda: _choice_verdict(answer, options, right, why, because), praise)


def _choice_verdict(answer, options, right, why, because) -> str | None:
    """Return None when every problem has its right option, else the message on the first wrong."""
    if not callable(answer):
        return "✗ Give the checker the function itself, without calling it: check_…(my_function)."
    chosen = _call(answer, ())
    if chosen is None or chosen is ...:
        return "○ Not attempted yet: replace the `...` and run both cells again."
    if not isinstance(chosen, dict) or set(chosen) != set(right):
        return f"✗ Not yet: return a dict with one choice for each of {', '.join(right)}."
    if all(choice is ... for choice in chosen.values()):
        return "○ Not attempted yet: replace the `...` and run both cells again."
    for problem, choice in chosen.items():
        if choice is ...:
            return f"✗ Not yet: ({problem}) is not chosen yet."
        if not isinstance(choice, str) or choice not in options:
            return f"✗ Not yet: ({problem}) {choice!r} is none of {', '.join(options)}."
    for problem, expected in right.items():
        if chosen[problem] != expected:
            reason = because.get((problem, chosen[problem]))
            reason = f"{reason}." if reason else f"think again: {why[problem]}?"
            return f"✗ Not yet: ({problem}) {chosen[problem]!r}: {reason}"
    return None
