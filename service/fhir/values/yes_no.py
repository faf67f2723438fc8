"""Yes or no in any spelling: a boolean, a coded answer of any list, a word such as "Neg" or "Pos (1:1600)"."""

import re
from collections.abc import Mapping

from service.fhir.values.answers import codings_of, plain, text_of, words_for

# A remark or a titre behind the word: "positive (1:1600)", "neg, <1:100", "pos 1:800".
_BEHIND = re.compile(r"\s*[(\[,;:/].*|\s+[<>]?=?\s*1\s*:.*")
_AROUND = " .!*\"'"


def yes_or_no(element: str, content: object, table: Mapping[str, str]) -> str | None:
    """The word of the table that a ``value[x]`` stands for; ``None`` when it stands for none, or for several.

    ``table``: ``system|code`` or a text in lower case -> word; a boolean is read as the text ``true`` or ``false``.
    """
    if element == "valueBoolean":
        return table.get(str(content).casefold()) if isinstance(content, bool) else None
    if element == "valueString":
        return by_text(content, table)
    if element in ("valueCodeableConcept", "valueCoding"):
        return _coded({"coding": [content]} if element == "valueCoding" else content, table)
    return None


def by_text(text: object, table: Mapping[str, str]) -> str | None:
    """The word that a text stands for: as a whole, or by what stands before a remark that does not say otherwise."""
    whole = plain(text).strip(_AROUND)
    if whole in table:
        return table[whole]
    head = _BEHIND.sub("", whole).strip(_AROUND)
    word = table.get(head)
    rest = re.split(r"[^\w+-]+", whole[len(head) :])
    return word if word and {table[part] for part in rest if part in table} <= {word} else None


def _coded(concept: object, table: Mapping[str, str]) -> str | None:
    """Codes first, and the text where it says otherwise nothing; displays where neither is known."""
    told = words_for(concept, table)
    text = by_text(text_of(concept), table)
    told |= {text} if text else set()
    if not told:
        displays = (by_text(coding.get("display"), table) for coding in codings_of(concept))
        told = {word for word in displays if word}
    return told.pop() if len(told) == 1 else None
