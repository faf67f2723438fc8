"""Text on cards: everything that is put into Markdown passes here."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

# Characters that GitHub-flavoured Markdown or HTML would act on. `<`, `>` and `&` become entities, so that a
# detail never holds a tag; the others are escaped by a backslash, which GFM shows as the character itself.
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_MARKS = {character: f"\\{character}" for character in "\\`*_[]|~"}
_ESCAPES = _ENTITIES | _MARKS
_SPECIAL = re.compile(f"[{re.escape(''.join(_ESCAPES))}]")
# What a reader of Markdown may make a link of without any markup: an address, a name of a host, a mailbox, a scheme.
# There these characters become entities as well. cmark-gfm looks for mailboxes after entities are read, so that a mark
# that joins words and shows nothing keeps the name before the sign apart.
# The names of hosts that viewers know by their end: every one of two letters, and these.
_ENDS = "biz|com|edu|gov|net|org|pro|web|xxx|aero|asia|coop|info|museum|name|shop|app|dev"
_MAY_LINK = re.compile(rf"//|@|[a-z]:\S|www\.|[\w-]\.(?:(?:[^\W\d_]{{2}}|{_ENDS})(?![\w-])|xn--)", re.IGNORECASE)
_WORD = re.compile(r"\S+")
_IN_LINKS = _ESCAPES | {":": "&#58;", "/": "&#47;", ".": "&#46;", "@": "&#8288;&#64;"}
_SPECIAL_IN_LINKS = re.compile(f"[{re.escape(''.join(_IN_LINKS))}]")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Where a text may be cut: behind a sentence, or a clause that a semicolon ends.
_END = re.compile(r"(?:(?<=[a-z0-9%)])\.|;)(?= )")
_LIST_START = re.compile(r"^(\d*)([-+.)=#])")
LONGEST = 300


def escaped(text: str, longest: int = LONGEST) -> str:
    """Text as Markdown that shows exactly this text: one line, no markup, no links, no invisible characters."""
    plain = visible(text, longest)
    return _WORD.sub(_escaped_word, plain) if _MAY_LINK.search(plain) else _SPECIAL.sub(_mark, plain)


def _escaped_word(found: re.Match[str]) -> str:
    special = _SPECIAL_IN_LINKS if _MAY_LINK.search(found[0]) else _SPECIAL
    return special.sub(_mark, found[0])


def _mark(found: re.Match[str]) -> str:
    return _IN_LINKS[found[0]]


def visible(text: str, longest: int = LONGEST) -> str:
    """Text without control, bidirectional and other invisible characters, on one line, at most ``longest`` long."""
    if text.isprintable():
        # Then it holds nothing invisible, and a space is the only white space in it.
        return shortened(" ".join(text.split()) if "  " in text else text.strip(), longest)
    kept = "".join(" " if character.isspace() else character for character in text[: longest * 4])
    kept = "".join(character for character in kept if unicodedata.category(character) not in _INVISIBLE)
    return shortened(" ".join(kept.split()), longest)


def shortened(text: str, longest: int) -> str:
    """Text cut at a word with an ellipsis when it is longer than allowed."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(",; ") + "…"


def sentences(text: str, longest: int) -> str:
    """As many whole sentences or clauses as have room; the text itself where not even the first has."""
    if len(text) <= longest:
        return text
    ends = [found.start() for found in _END.finditer(text) if found.start() < longest]
    return _closed(text[: ends[-1]]) + "." if ends else text


def _closed(text: str) -> str:
    """With a bracket closed that was cut open."""
    return text + ")" * max(text.count("(") - text.count(")"), 0)


def capital(text: str) -> str:
    """With a capital to begin with, but for a name such as eGFR."""
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A GFM table; every cell is escaped here."""
    lines = [list(heads), ["---"] * len(heads), *(map(escaped, row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def bullets(items: list[str]) -> str:
    """A GFM list; every item is escaped here, also where it begins like a list itself."""
    return "\n".join("- " + _LIST_START.sub(r"\1\\\2", escaped(item)) for item in items)
