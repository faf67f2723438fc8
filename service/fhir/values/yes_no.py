"""Yes or no in any spelling: a boolean, a coded answer of any list, a word such as "Neg" or "Pos (1:1600)"."""

import re
from collections.abc import Mapping

from service.fhir.values.answers import codings_of, plain, text_of, words_for
from service.fhir.values.remarks import is_harmless, is_limiting, leaves_open

# A remark or a titre behind the word: "positive (1:1600)", "neg, <1:100", "pos 1:800". A stroke is none: it parts
# alternatives, as in "+/-", and letters, as in "n/a".
_BEHIND = re.compile(r"\s*[(\[,;:].*|\s+[<>]?=?\s*1\s*:.*")
_FOUND = "present"
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
    """The word that a text stands for: as a whole, or by what stands before a remark that leaves it as it is.

    What is found stays found where a remark describes it; that it is not there is said without any other word.
    """
    whole = plain(text).strip(_AROUND)
    if whole in table:
        return table[whole]
    head, rest = _split(whole)
    word = table.get(head)
    if word is None or is_limiting(rest):
        return None
    others = {table[part] for part in re.split(r"[^\w+-]+", rest) if part in table} - {word}
    return None if others or (word != _FOUND and not is_harmless(rest)) else word


def _split(whole: str) -> tuple[str, str]:
    head = _BEHIND.sub("", whole)
    return head.strip(_AROUND), whole[len(head) :]


def _coded(concept: object, table: Mapping[str, str]) -> str | None:
    """Codes and the text, which must not differ or limit them; displays where neither is known."""
    told = words_for(concept, table)
    said = text_of(concept)
    text = by_text(said, table)
    if text is None and (leaves_open(said) or _split(said.strip(_AROUND))[0] in table):
        return None
    told |= {text} if text else set()
    if not told:
        displays = (by_text(coding.get("display"), table) for coding in codings_of(concept))
        told = {word for word in displays if word}
    return told.pop() if len(told) == 1 else None
