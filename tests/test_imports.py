"""Who imports what: the modules in order, no lesson a tool, nothing that is not declared."""

import ast
import re
import sys
from pathlib import Path

import pytest
from notebook_files import NOTEBOOKS, ROOT, code_cells, name_of

PACKAGE = ROOT / "course_utils"
TOOLS = sorted(PACKAGE.glob("tools/*.py"))
HELPERS = sorted(set(PACKAGE.rglob("*.py")) - set(TOOLS))
# The order of the modules is said once, in the docstring of the package.
PROMISE = ast.get_docstring(ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8")))
LISTED = re.findall(r"`(\w+)`", PROMISE.partition("none below:")[2].partition(".")[0])
ORDER = ["__init__", *LISTED]
PYPI = {"PIL": "pillow", "sklearn": "scikit-learn", "skimage": "scikit-image"}


def imports(source: str) -> set[str]:
    """The full names that a program imports, anywhere in it: course_utils.data, torch.nn, …"""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are written with their full names"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def module_of(path: Path) -> str:
    """The name that stands in the list: the file's, or that of the folder it lies in."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def third_party(sources: list[str]) -> set[str]:
    """The packages, by their names on PyPI, that the programs import."""
    found = {name.partition(".")[0] for source in sources for name in imports(source)}
    names = found - set(sys.stdlib_module_names) - {"course_utils"}
    return {PYPI.get(name, name.lower()) for name in names}


def texts(paths: list[Path]) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in paths]


def declared(lines: list[str]) -> set[str]:
    """The names of the packages that requirements ask for."""
    matches = (re.match(r"[a-z][\w.-]*", line.lower()) for line in lines)
    return {match[0] for match in matches if match}


def dependencies() -> set[str]:
    """The names in pyproject.toml (Python 3.10 cannot read TOML)."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    written = re.search(r"^dependencies = (\[.*?^\])", text, re.MULTILINE | re.DOTALL)[1]
    return declared(ast.literal_eval(written))


def requirements() -> set[str]:
    return declared((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("path", HELPERS, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_those_above_it(path):
    module = module_of(path)
    assert module in ORDER, "a new module has its place in the list of course_utils/__init__.py"
    above = ORDER[: ORDER.index(module)] + ["exercises"] * (module == "exercises")
    names = [name.split(".") for name in imports(path.read_text(encoding="utf-8"))]
    assert {parts[1] for parts in names if parts[0] == "course_utils"} <= set(above)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_no_lesson_imports_a_tool(path):
    names = set().union(*(imports(cell.source) for cell in code_cells(path)))
    assert not [name for name in names if name.startswith("course_utils.tools")]


def test_what_the_helpers_import_is_declared_and_nothing_else():
    assert third_party(texts(HELPERS)) == dependencies()


def test_what_tools_and_lessons_import_is_declared():
    lessons = [cell.source for path in NOTEBOOKS for cell in code_cells(path)]
    assert third_party(texts(TOOLS) + lessons) <= dependencies() | requirements()


def test_nothing_is_declared_twice():
    assert not dependencies() & requirements()
