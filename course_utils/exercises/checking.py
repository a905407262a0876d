"""What every checker does: call the student's function on random draws, compare, say one thing."""

import copy
import dis
import traceback
import types
from collections.abc import Callable
from numbers import Rational

import numpy as np
import torch
from torch import Tensor, nn

SIZES = (5, 6, 8)  # examples in each draw: a size that is written into an answer fits one only
TOLERANCE = 1e-4
LARGEST = 100_000  # numbers in one result: more than any exercise has in its arguments

NOT_ATTEMPTED = "○ Not attempted yet: replace the `...` and run both cells again."
NO_FUNCTION = "✗ Give the checker the function itself, without calling it: check_…(my_function)."


class Stop(Exception):
    """Ends a check with a message for the student."""


def _not_yet(text: str) -> Stop:
    return Stop(f"✗ Not yet: {text}" if text.endswith("?") else f"✗ Not yet: {text}.")


def check(
    answer,
    solution: Callable,
    wrong: dict[str, Callable],
    draw: Callable,
    praise: str,
    seed: int,
    trained: tuple[int, ...] = (),
) -> None:
    """Print the verdict on a student's function; raise nothing, whatever the function does.

    draw: number of examples → the arguments, which solution and the values of `wrong` take, too;
    the keys of `wrong` are messages. trained: places of the arguments that training changes,
    tensors or models; the gradient by them is compared, too.
    """

    def judge():
        torch.default_generator.manual_seed(seed)  # of the processor; that of a GPU stays as it is
        _judge(answer, solution, wrong, [draw(size) for size in SIZES], trained)

    _report(judge, praise)


def _report(judge: Callable, praise: str) -> None:
    """Print the message with which judge() stops, or praise; leave torch's state as it was."""
    with torch.random.fork_rng(devices=[]), torch.inference_mode(False), torch.enable_grad():
        try:
            judge()
            message = f"✓ Right: {praise}"
        except Stop as stop:
            message = str(stop)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # what the answer returned, or left behind, broke the check
            message = f"✗ Not yet: what your function returns cannot be checked: {_describe(error)}"
    print(message.encode("utf-8", "replace").decode())  # an error may quote what cannot be written


def _judge(answer, solution, wrong, draws, trained) -> None:
    """Stop with a message unless the answer is right."""
    results = _results(answer, draws)
    expected = [_reference(solution, arguments) for arguments in draws]
    numbers = [_numbers(r, e) for r, e in zip(results, expected, strict=True)]
    if all(map(_equal, numbers, expected)):
        if trained:
            _compare_gradients(answer, solution, draws[0], trained)
        return
    _look_for_known_mistakes(numbers, wrong, draws)
    if not _equal(_numbers(_call(answer, draws[0]), expected[0]), numbers[0]):
        raise _not_yet(
            "two calls with the same arguments return different numbers. Draw nothing inside the "
            "function: what is random comes as an argument"
        )
    raise _first_difference(numbers, expected, draws, answer)


def _results(answer, draws) -> list:
    """Return what the answer returns on each draw; stop where there is nothing to compare."""
    if not callable(answer):
        raise Stop(NO_FUNCTION)
    results = [_call(answer, arguments) for arguments in draws]
    if all(result is ... for result in results) or (
        all(result is None for result in results) and _is_stub(answer)
    ):
        raise Stop(NOT_ATTEMPTED)
    if any(result is None for result in results):
        raise _not_yet("your function returns nothing. Is a `return` missing?")
    return results


def _copies(arguments) -> list:
    """Return arguments that a call may spoil."""
    return [a.clone() if isinstance(a, Tensor) else copy.copy(a) for a in arguments]


def _call(answer, arguments):
    """Call the student's function on copies; turn what goes wrong into a message."""
    copies = _copies(arguments)
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
            raise _not_yet(
                "your function changes its argument in place; compute a new tensor, so that the "
                "caller's data stay as they are"
            )
    return result


def _describe(error: BaseException) -> str:
    line = traceback.extract_tb(error.__traceback__)[-1].line
    try:
        text = f"{type(error).__name__}: {error}".splitlines()[0]
    except BaseException:  # an error whose own text cannot be written
        text = type(error).__name__
    hint = ""
    if "must match the size" in text or "cannot be multiplied" in text:
        hint = " Two shapes do not fit: print them. Is an axis missing, as in [:, None]?"
    elif "is out of bounds for" in text:
        hint = " An index is past the end: is it counted with the right number of rows or columns?"
    return (f"{text} (at `{line}`)." if line else f"{text}.") + hint


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


def _reference(function, arguments) -> list[np.ndarray]:
    """Compute what a function of ours returns, as a list of arrays."""
    result = function(*_copies(arguments))
    parts = result if isinstance(result, tuple) else (result,)
    return [torch.as_tensor(part, dtype=torch.float64).detach().numpy() for part in parts]


def _numbers(result, expected: list[np.ndarray]) -> list[np.ndarray]:
    """Turn what the student returned into a list of arrays, as many as expected."""
    if _count(result, LARGEST) > LARGEST:
        raise _not_yet(f"your function returns more than {LARGEST:,} numbers")
    parts = [result]
    if len(expected) > 1 and (isinstance(result, (tuple, list)) or _is_vector(result)):
        parts = list(result)
    if len(parts) != len(expected):
        raise _not_yet(f"return {len(expected)} values, in the order of the docstring")
    try:
        return [_array(part) for part in parts]
    except Exception:
        raise _not_yet(_no_numbers(result, parts)) from None


def _count(result, most: int) -> int:
    """Count what a result holds, no further than a little beyond `most`, without reading it."""
    if isinstance(result, (Tensor, np.ndarray)):
        return int(np.prod(result.shape, dtype=float))
    count = 1
    if isinstance(result, (list, tuple, range)):
        for part in result:
            count += _count(part, most - count)
            if count > most:
                break
    return count


def _is_vector(result) -> bool:
    return isinstance(result, (Tensor, np.ndarray)) and result.ndim == 1


def _array(part) -> np.ndarray:
    """Read one value: a tensor, what NumPy returns, a list or a number, a fraction, too."""
    if isinstance(part, (np.ndarray, np.generic)) and part.dtype.kind in "biuf":
        return np.array(part, dtype=float)
    if isinstance(part, Rational):
        part = float(part)
    if not isinstance(part, (Tensor, float, list, tuple, range)):
        raise TypeError("not numbers")
    tensor = torch.as_tensor(part).detach().cpu()
    if tensor.is_complex():
        raise TypeError("not real numbers")
    return tensor.to(torch.float64).numpy()


def _no_numbers(result, parts) -> str:
    kinds = ", ".join(type(part).__name__ for part in parts)
    if isinstance(result, tuple) and hasattr(result, "values") and hasattr(result, "indices"):
        return f"{kinds} returns values and indices: take .values"
    rows = [row for part in parts if isinstance(part, (list, tuple)) for row in part]
    stack = any(isinstance(row, Tensor) for row in rows)
    hint = ". Make one tensor of its tensors: torch.stack" if stack else ""
    return f"your function returns {kinds}, not numbers{hint}"


def _equal(numbers: list[np.ndarray], expected: list[np.ndarray]) -> bool:
    pairs = zip(numbers, expected, strict=True)
    return all(a.shape == b.shape and _close(a, b).all() for a, b in pairs)


def _close(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Compare with a tolerance relative to the largest expected number; nan is close to nan."""
    with np.errstate(invalid="ignore"):  # infinity minus infinity
        tolerance = TOLERANCE * np.abs(b[np.isfinite(b)]).max(initial=0) + 1e-6
        return (np.abs(a - b) <= tolerance) | (a == b) | (np.isnan(a) & np.isnan(b))


def _look_for_known_mistakes(numbers, wrong, draws) -> None:
    """Stop with the message of the first wrong answer that returns the same numbers."""
    if all(np.isnan(part).all() for found in numbers for part in found):
        return  # nan everywhere is no sign of one mistake more than of another
    for message, function in wrong.items():
        if all(map(_equal, numbers, (_reference(function, arguments) for arguments in draws))):
            raise _not_yet(message)


def _gradients(function, arguments, trained) -> list[np.ndarray]:
    """Return the gradients of a result by the trained arguments; by its weights for a model."""
    copies, by = _copies(arguments), []
    for place in trained:
        given = copies[place]
        by += given.parameters() if isinstance(given, nn.Module) else [given.requires_grad_()]
    total = function(*copies).sum()
    found = torch.autograd.grad(total, by, allow_unused=True, materialize_grads=True)
    return [gradient.detach().double().numpy() for gradient in found]


def _compare_gradients(answer, solution, arguments, trained) -> None:
    """Stop unless the gradients by the trained arguments are right; the value is known to be."""
    try:
        found = _gradients(answer, arguments, trained)
    except (KeyboardInterrupt, Stop):
        raise
    except BaseException:  # no tensor with a graph, or NumPy on one that needs it
        found = []
    if not any(gradient.any() for gradient in found):
        raise _not_yet(
            "the value is right, but it has no gradient, so nothing could be trained with it. Is a "
            "detach, .item(), NumPy or torch.no_grad in the way?"
        )
    if not _equal(found, _gradients(solution, arguments, trained)):
        raise _not_yet(
            "the value is right, but its gradient is not that of the formula: training would "
            "ignore a part of it. Is a part detached, or is create_graph=True missing?"
        )


def _first_difference(numbers, expected, draws, answer) -> Stop:
    """Say in which draw, and how, the answer differs from the expected one."""
    right = list(map(_equal, numbers, expected))
    place = right.index(False)
    names = _argument_names(answer, len(draws[place]))
    given = ", ".join(map(_shown, draws[place], names))
    pairs = zip(numbers[place], expected[place], strict=True)
    found, wanted = next((a, b) for a, b in pairs if not _equal([a], [b]))
    if found.shape != wanted.shape:
        return _not_yet(
            f"for input of {given} your function returns shape {tuple(found.shape)}, expected "
            f"{tuple(wanted.shape)}"
        )
    at = _close(found, wanted).argmin()
    one, other = found.flat[at] + 0.0, wanted.flat[at] + 0.0  # −0 would look like a number
    text = f"for random input of {given} your function returns {one:.4g} where {other:.4g} is right"
    return _not_yet(text + _remark(found, any(right)))


def _remark(found: np.ndarray, right_elsewhere: bool) -> str:
    """Say what the numbers that were found point to, where they point to something."""
    if np.isnan(found).any():
        return ". Is it a logarithm or a root of a negative number, or 0 / 0?"
    if right_elsewhere:
        return ". For other inputs it is right: is a size written as a number?"
    return ""


def _shown(x, name: str) -> str:
    if isinstance(x, Tensor):
        return f"shape {tuple(x.shape)}{name}"
    if callable(x):
        return f"a function{name}"
    return (f"{x:.4g}" if isinstance(x, float) else repr(x)) + name


def _argument_names(answer, count: int) -> list[str]:
    """Return " as name" for each of `count` arguments, or blanks where the names are not known."""
    code = _code(answer)
    if code is None or code.co_argcount != count:
        return [""] * count
    return [f" as {name}" for name in code.co_varnames[:count]]


def check_choices(answer, options, right, why, because, praise) -> None:
    """Print the verdict on a function without arguments that returns a choice for each problem.

    right: problem → option. because: (problem, option) → what is wrong with that choice; for the
    other wrong choices `why` has a question for each problem.
    """

    def judge():
        chosen = _choices(answer, options, right)
        for problem, expected in right.items():
            choice = chosen[problem]
            if choice != expected:
                reason = because.get((problem, choice), f"think again: {why[problem]}?")
                raise _not_yet(f"({problem}) {choice!r}: {reason}")

    _report(judge, praise)


def _choices(answer, options, problems) -> dict[str, str]:
    """Return what the answer chooses; stop unless that is an option for each of the problems."""
    if not callable(answer):
        raise Stop(NO_FUNCTION)
    chosen = _call(answer, ())
    if chosen is None or chosen is ...:
        raise Stop(NOT_ATTEMPTED)
    if not isinstance(chosen, dict) or set(chosen) != set(problems):
        raise _not_yet(f"return a dict with one choice for each of {', '.join(problems)}")
    if all(choice is ... for choice in chosen.values()):
        raise Stop(NOT_ATTEMPTED)
    for problem, choice in chosen.items():
        if choice is ...:
            raise _not_yet(f"({problem}) is not chosen yet")
        if not isinstance(choice, str) or choice not in options:
            raise _not_yet(f"({problem}) {choice!r} is none of {', '.join(options)}")
    return chosen


def check_conduct(answer, draw, objection, praise, seed: int) -> None:
    """Print the verdict on what a student's function does, where many answers are right.

    draw() → (arguments, record): the arguments may write into the record what is done with them.
    objection(result, record) → the first thing to object to, or None.
    """

    def judge():
        torch.default_generator.manual_seed(seed)
        draws = [draw() for _ in SIZES]
        results = _results(answer, [arguments for arguments, _ in draws])
        for result, (_, record) in zip(results, draws, strict=True):
            text = objection(result, record)
            if text:
                raise _not_yet(text)

    _report(judge, praise)
