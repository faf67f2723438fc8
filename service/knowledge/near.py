"""How a name that nobody knows is refused: with the place, the name, and the one that was probably meant."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from service.errors import KnowledgeError

_MOST_LISTED = 8
# A slip of a letter is looked for first: it says more than all that sounds alike, and takes a fifth of the time.
_SLIP, _ALIKE = 0.8, 0.45


def unknown(where: str, what: str, name: object, known: Iterable[str]) -> KnowledgeError:
    """The error for a name that is not among the known ones: ``where`` is file and key, ``what`` the kind of name."""
    return KnowledgeError(f"{where}: no {what} is called {str(name)!r}; {near(name, known)}")


def near(name: object, known: Iterable[str]) -> str:
    """The known names nearest to a wrong one, or the first few: "did you mean a or b?"."""
    names = sorted(set(known))
    close = get_close_matches(str(name), names, 3, _SLIP) or get_close_matches(str(name), names, 3, _ALIKE)
    if close:
        return f"did you mean {' or '.join(close)}?"
    rest = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return f"known here: {', '.join(names[:_MOST_LISTED]) or 'none'}{rest}"


def one_of(value: object, allowed: Collection[str], where: str) -> str:
    """A word of a fixed choice; KnowledgeError with the place, the word and the choice."""
    if not isinstance(value, str) or value not in allowed:
        raise KnowledgeError(f"{where}: {str(value)[:40]!r} is none of {', '.join(allowed)}; {near(value, allowed)}")
    return value
