"""The words of a CodeableConcept, and whole words found in them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import groupby

from service.fhir.values.answers import codings_of

LONGEST_SEARCHED = 2000
# Kana and Chinese characters, which are written without spaces: there a word ends where the next begins.
SPACELESS = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
BEGINS, ENDS = rf"(?<![^\W{SPACELESS}])", rf"(?![^\W{SPACELESS}])"
_SPACELESS = re.compile(rf"[{SPACELESS}]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_DASHES = re.compile(r"[\s\-\u2010-\u2015]+")


def texts_of(concept: object) -> list[str]:
    """Text and displays of a CodeableConcept, in lower case; of a very long one its beginning."""
    displays = [coding.get("display") for coding in codings_of(concept)]
    text = concept.get("text") if isinstance(concept, Mapping) else None
    return [found for each in (text, *displays) if (found := _plain(each))]


def folded(text: str) -> str:
    """A text in small letters without accents, a dash as a space, and wide letters as the common ones."""
    return _DASHES.sub(" ", unaccented(text)).strip()


def unaccented(text: str) -> str:
    """A text in small letters without accents, and wide letters as the common ones."""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return unicodedata.normalize("NFKC", bare).replace("\u2019", "'")


def any_whole(texts: Iterable[str]) -> str:
    """A pattern for any of the texts as whole words, the longest first; without texts it finds nothing.

    Where a text begins or ends in a script without spaces, anything may stand beside it.
    """
    by_first: dict[str, list[str]] = {}
    for text in sorted(texts, key=len, reverse=True):
        by_first.setdefault(text[0], []).append(text)
    # By their first letter, so that a place in a text is held against few of them.
    each = [
        ("" if _SPACELESS.match(first) else BEGINS) + f"{re.escape(first)}(?:{_rests(whole)})"
        for first, whole in by_first.items()
    ]
    return f"(?:{'|'.join(each)})" if each else "(?!)"


def _rests(texts: Iterable[str]) -> str:
    """What follows the first letter of each text, in order; those that end alike share what must not follow.

    To compile the class of letters in it takes half a millisecond each time.
    """
    runs = groupby(texts, key=lambda text: "" if _SPACELESS.match(text[-1]) else ENDS)
    return "|".join(f"(?:{'|'.join(re.escape(text[1:]) for text in run)}){end}" for end, run in runs)


def any_part(texts: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds any of the texts as whole words; one that begins or ends in * may go on there.

    It holds few classes of letters, so that it is made fast; for short texts.
    """
    alike: dict[tuple[str, str], list[str]] = {}
    for text in sorted(texts, key=len, reverse=True):
        word = text.strip("*")
        begin = "" if text[0] == "*" or _SPACELESS.match(word[0]) else BEGINS
        end = "" if text[-1] == "*" or _SPACELESS.match(word[-1]) else ENDS
        alike.setdefault((begin, end), []).append(re.escape(word))
    each = [f"{begin}(?:{'|'.join(words)}){end}" for (begin, end), words in sorted(alike.items(), reverse=True)]
    return re.compile("|".join(each) or "(?!)")


def _plain(text: object) -> str:
    return " ".join(text[:LONGEST_SEARCHED].casefold().split()) if isinstance(text, str) else ""


def whole(*texts: str) -> re.Pattern[str]:
    """A pattern that finds any of the texts as whole words; without texts it finds nothing."""
    if not texts:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, texts))})(?![a-z0-9])")


def stems(*texts: str) -> re.Pattern[str]:
    """A pattern that finds any of the texts as whole words; a word that begins or ends in * may go on there."""
    if not texts:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(_stem, texts))})(?!\w)")


def _stem(text: str) -> str:
    begin, end = (r"\w*" if text[at] == "*" else "" for at in (0, -1))
    return begin + re.escape(text.strip("*")) + end


def in_any_script(texts: Iterable[str]) -> re.Pattern[str]:
    """A pattern over folded texts for whole words with their stems, the longest first.

    Those of a script without spaces are found wherever they stand. Without texts it finds nothing.
    """
    plain = sorted({folded(text) for text in texts}, key=lambda text: (-len(text), text))
    spaced = [text for text in plain if not _SPACELESS.search(text)]
    without = (re.escape(text) for text in plain if _SPACELESS.search(text))
    return re.compile("|".join([stems(*spaced).pattern, *without]))
