"""Write the Colab and Binder badges into README.md: `python -m course_utils.badges`.

The one place that holds the public address is `[tool.course] repository` in pyproject.toml, as
"https://github.com/OWNER/REPOSITORY". While it is empty there are no badges, hence no dead ones.
"""

import sys
from pathlib import Path
from urllib.parse import quote, urlparse

from course_utils.execute import course_notebooks

ROOT = Path(__file__).parent.parent
START, END = "<!-- badges: start -->", "<!-- badges: end -->"
OFF = "Not switched on: this copy of the course has no public address yet."


def repository() -> str:
    """Return the address in pyproject.toml, or an empty string."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    line = next(line for line in lines if line.startswith("repository = "))
    return line.partition("=")[2].strip().strip('"')


def block(address: str) -> str:
    """Return the lines between the two marks, for an address or for none.

    Raises ValueError for an address that is not https://github.com/OWNER/REPOSITORY.
    """
    if not address:
        return OFF
    parts = urlparse(address)
    if parts.netloc != "github.com" or len(parts.path.strip("/").split("/")) != 2:
        raise ValueError(f"repository must be https://github.com/OWNER/REPOSITORY, got {address!r}")
    name = parts.path.strip("/")
    lessons = [path.name for path in course_notebooks() if path.parent.name == "notebooks"]
    colab = "https://colab.research.google.com"
    lines = [
        f"- {lesson}: [![Open in Colab]({colab}/assets/colab-badge.svg)]"
        f"({colab}/github/{name}/blob/main/notebooks/{quote(lesson)})"
        for lesson in lessons
    ]
    binder = f"https://mybinder.org/v2/gh/{name}/HEAD?urlpath=lab/tree/notebooks"
    lines += [
        f"- all: [![Open in Binder](https://mybinder.org/badge_logo.svg)]({binder})",
        "",
        f"In Colab, run this in a cell of its own first: `%pip install -q git+{address}`",
    ]
    return "\n".join(lines)


def main() -> int:
    """Rewrite the block in README.md."""
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    content = f"{before}{START}\n{block(repository())}\n{END}{after}"
    readme.write_text(content, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
