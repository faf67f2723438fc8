"""What is written and put to no use, or claimed by two: it is refused, since one of them was meant otherwise."""

from collections.abc import Mapping, Sequence

from service.errors import KnowledgeError


def refuse_unused(file: str, entries: Mapping[str, object], used: set[str]) -> None:
    """Every entry of a file is used."""
    if unused := set(entries) - used:
        raise KnowledgeError(f"{file}: nobody uses {', '.join(sorted(unused))}; delete it or use it")


def refuse_doubles(earlier: Sequence[str], names: Mapping[str, object]) -> None:
    """An earlier name answers for one rule only, and for none that is called so now."""
    for name in earlier:
        if name in names or earlier.count(name) > 1:
            raise KnowledgeError(f"rules/*.yaml: was: two rules answer to {name!r}")
