"""The names of YAML that stand as literals in the Python of one room."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]


def literals(path: Path) -> Iterator[tuple[str, int]]:
    """Every text in a file's code with its line; docstrings are none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value, node.lineno


def said(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The sentences that a file says, each with the values that it gives."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
            (name,) = node.args
            assert isinstance(name, ast.Constant), f"{path}:{node.lineno}: a sentence is said by its name"
            yield str(name.value), tuple(str(value.arg) for value in node.keywords)
