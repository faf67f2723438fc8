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
PlantarYaml = dict[_Word, Texts]
Words = Mapping[str, re.Pattern[str]]


def plantar_words(table: PlantarYaml) -> Words:
    """The patterns of the section ``plantar_responses``."""
    return {word: whole(*map(plain, table.get(word, ()))) for word in get_args(_Word)}


def plantar_response(element: str, content: object, words: Words) -> str | None:
    """``present``, ``absent``, or ``None`` where the words leave it open, are of one side only, or are not known."""
    told = {said for text in _texts(element, content) if (said := _of_text(text, words)) is not None}
    return told.pop() if len(told) == 1 else None


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


def _of_text(text: str, words: Words) -> str | None:
    flexor_sides: set[str] = set()
    is_open = False
    for part in filter(None, map(str.strip, _PARTS.split(text))):
        said = next((word for word in ("open", "extensor", "flexor") if words[word].search(part)), "")
        said = "open" if "?" in part else said
        sides = {side for side in ("right", "left", "both") if words[side].search(part)}
        if said == "extensor" and not _DENIED.match(part):
            return "present"
        # "Flexor, right and left": a side by itself goes with what was said before it.
        is_open |= (said != "flexor" and not (sides and not said)) or _DENIED.match(part) is not None
        flexor_sides |= sides
    return "absent" if not is_open and ("both" in flexor_sides or flexor_sides >= {"right", "left"}) else None
