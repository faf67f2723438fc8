"""docs/conformance.md: what each requirement asks for, and the tests that are marked as showing it.

``@pytest.mark.conforms("PRE-9")`` marks a test; ``make conformance`` writes the page anew.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "conformance.md"
# The page without its last column, but for requirements that do not apply: there it says why.
REQUIREMENTS = ROOT / "tests" / "checklist" / "conformance.md"
ROW = re.compile(r"^\| ([A-Z]+-\d+) \| (.+?) \| (.+?) \| (.*?) ?\|$", re.MULTILINE)


def rows() -> list[tuple[str, str]]:
    """Every requirement with the reason why it does not apply, empty where it does."""
    return [(found[1], found[4]) for found in ROW.finditer(REQUIREMENTS.read_text(encoding="utf-8"))]


def page() -> str:
    """The page as it has to be."""
    return ROW.sub(_row, REQUIREMENTS.read_text(encoding="utf-8"))


@cache
def tests_by_requirement() -> dict[str, list[str]]:
    """The marked tests of each requirement, as ``file::test``."""
    found: dict[str, list[str]] = {}
    for path in sorted(ROOT.glob("tests/**/test_*.py")):
        for name, requirement in _marks(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(requirement, []).append(f"{path.relative_to(ROOT)}::{name}")
    return found


def _row(found: re.Match[str]) -> str:
    requirement, level, says, why_not = found.groups()
    tests = "<br>".join(f"`{test}`" for test in tests_by_requirement().get(requirement, ()))
    return f"| {requirement} | {level} | {says} | {why_not or tests} |"


def _marks(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for test in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
        for mark in test.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.conforms":
                yield from ((test.name, ast.literal_eval(requirement)) for requirement in mark.args)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
