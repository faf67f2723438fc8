"""The plantar response: extensor on one side shows the sign, and only flexor on both sides shows its absence."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal, get_args

from service.fhir.mappings.sections import Texts
from service.fhir.mappings.texts import texts_of, whole
from service.fhir.values.answers import codings_of, objects_in, plain, text_of

_WORDED = ("valueString", "valueCodeableConcept")
_PARTS = re.compile(r"[,;.]+|\band\b|\bund\b|\bbut\b")
_DENIED = re.compile(r"(?:no|not|non|kein|keine)\b(?!\s+response)")
_Word = Literal["extensor", "flexor", "open", "right", "left", "both", "normal"]
_SIDES = ("right", "left", "both")
PlantarYaml = dict[_Word, Texts]
Words = Mapping[str, re.Pattern[str]]


def plantar_words(table: PlantarYaml) -> Words:
    """The patterns of the section ``plantar_responses``."""
    return {word: whole(*map(plain, table.get(word, ()))) for word in get_args(_Word)}


def plantar_response(element: str, content: object, words: Words, side: str = "") -> str | None:
    """``present``, ``absent``, or ``None`` where the words leave it open, are of one side only, or are not known.

    ``side``: the only side that the response is of; there flexor is its absence.
    """
    told = {said for text in _texts(element, content) if (said := _of_text(text, words, side)) is not None}
    return told.pop() if len(told) == 1 else None


def sides_in(element: str, content: object, words: Words) -> set[str]:
    """``right``, ``left`` and ``both``, as far as the words of a response name them."""
    texts = list(_texts(element, content))
    return {side for side in _SIDES if any(words[side].search(text) for text in texts)}


def of_sides(resource: Mapping[str, object]) -> str:
    """What the components of a response say, each behind the name of its side; empty without one."""
    told = []
    for part in objects_in(resource.get("component")):
        said = [text for key in _WORDED for text in _texts(key, part.get(key)) if text]
        told += [f"{name} {text}" for name in texts_of(part.get("code"))[:1] for text in said[:1]]
    return ", ".join(told)


def may_be_abnormal(element: str, content: object, words: Words, *, is_plantar: bool) -> bool:
    """Whether words that nobody could read may tell of something: they say neither normal nor that nobody looked."""
    texts = [text for text in _texts(element, content) if text]
    harmless = [words["normal"], words["flexor"]] if is_plantar else [words["normal"]]
    is_told = any(words[each].search(text) for text in texts for each in ("extensor", "open")) if is_plantar else False
    return bool(texts) and (is_told or not any(each.search(text) for each in harmless for text in texts))


def _texts(element: str, content: object) -> Iterator[str]:
    if element == "valueString":
        yield plain(content)
    elif element == "valueCodeableConcept":
        yield text_of(content)
        yield from (plain(coding.get("display")) for coding in codings_of(content))


def _of_text(text: str, words: Words, side: str) -> str | None:
    flexor_sides: set[str] = set()
    is_open = is_flexor = False
    for part in filter(None, map(str.strip, _PARTS.split(text))):
        said = next((word for word in ("open", "extensor", "flexor") if words[word].search(part)), "")
        said = "open" if "?" in part else said
        sides = {each for each in _SIDES if words[each].search(part)}
        if said == "extensor" and not _DENIED.match(part):
            return "present"
        # "Flexor, right and left": a side by itself goes with what was said before it.
        is_open |= (said != "flexor" and not (sides and not said)) or _DENIED.match(part) is not None
        is_flexor |= said == "flexor"
        flexor_sides |= sides
    is_whole = flexor_sides <= {side} if side else "both" in flexor_sides or flexor_sides >= {"right", "left"}
    return "absent" if is_flexor and is_whole and not is_open else None
