"""The checkers of the exercises.

A checker calls the student's function on several random draws and prints one verdict: not
attempted, right (and why it matters), or wrong. A wrong answer is compared with the plausible wrong
answers that the checker knows, so that the student reads which step to look at again. Nothing that
the student's function does can raise from here.

One module for each lesson: every function check_… of a module lesson_NN is offered here, under its
name. `checking` holds what they share.
"""

import importlib
import pkgutil
from collections.abc import Callable


def _checkers() -> dict[str, Callable]:
    """Collect the functions check_… that the modules lesson_NN define."""
    names = [f"{__name__}.{found.name}" for found in pkgutil.iter_modules(__path__)]
    modules = [importlib.import_module(name) for name in names if ".lesson_" in name]
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if name.startswith("check_") and value.__module__ == module.__name__
    }


globals().update(_checkers())
__all__ = sorted(_checkers())
