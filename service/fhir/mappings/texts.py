"""The words of a CodeableConcept, and whole words found in them."""

import re
from collections.abc import Mapping

from service.fhir.values.answers import codings_of

LONGEST_SEARCHED = 2000


def texts_of(concept: object) -> list[str]:
    """Text and displays of a CodeableConcept, in lower case; of a very long one its beginning."""
    displays = [coding.get("display") for coding in codings_of(concept)]
    text = concept.get("text") if isinstance(concept, Mapping) else None
    return [found for each in (text, *displays) if (found := _plain(each))]


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
