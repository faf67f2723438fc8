"""Resources whose codes mean nothing here, which are most of a chart: each code is looked up once.

What is found of a code alone is kept, in bounded number; of one with a text beside it, for the request only.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from service.domain.facts import Excluded
from service.fhir.intake.broken_codes import result_meant
from service.fhir.intake.entries import Entry, Unread
from service.fhir.intake.known_systems import named
from service.fhir.intake.plain_results import PlainResults
from service.fhir.intake.resource_types import code_element
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.texts import LONGEST_SEARCHED, texts_of
from service.fhir.values.answers import keys_of, objects_in

_LONGEST_SHOWN = 40
_LONGEST_ADDRESS = 100
MET = "Observation"
# What else in such a resource may be read: other results that stand in it.
_HOLDS, _PARTS, _WORDS = "contained", "component", "valueString"
_NOT_ASKED = Unread("", "")


class Unmapped:
    """Tells the resources of one request of which nothing is read, and why; ``plain``: those that are read at sight.

    ``are_listed``: an answer lists them; otherwise, as for cards, nobody asks for their rows.
    """

    def __init__(self, mappings: Mappings, *, are_listed: bool) -> None:
        self.mappings = mappings
        self.are_listed = are_listed
        self.plain = PlainResults(mappings.systems.own)
        self._why: dict[object, Unread | None] = {}
        self._parts: dict[tuple[str, ...], bool] = {}

    def says_nothing(self, kind: str, resource: dict[str, Any]) -> Unread | None:
        """Why an Observation is not read, from its one code as sent; ``None`` where it may be, or is another kind."""
        if kind != MET or _HOLDS in resource:
            return None
        try:
            code = resource["code"]
            (coding,) = code["coding"]
            named = coding["system"], coding["code"], code.get("text"), coding.get("display")
            known = self._why.get(named, _NOT_ASKED)
        except (KeyError, TypeError, ValueError, AttributeError):
            # No concept that has exactly one whole coding.
            return None
        why = self._asked(named) if known is _NOT_ASKED else known
        if why and _PARTS in resource and self._has_part(resource[_PARTS]):
            return None
        return None if why and _WORDS in resource and self._names_a_drug(resource[_WORDS]) else why

    def _names_a_drug(self, words: object) -> bool:
        """Whether words name a drug of which reactions are told: they may tell of one."""
        named = isinstance(words, str) and self.mappings.agents.named([words[:LONGEST_SEARCHED].casefold()]).name
        return named in self.mappings.reactions.agents

    def _asked(self, named: tuple[object, object, object, object]) -> Unread | None:
        system, code, text, display = named
        if not (isinstance(system, str) and isinstance(code, str) and (text is None or isinstance(text, str))):
            return None
        is_told = f"{system}|{code}" in self.mappings.told_diagnoses
        self._why[named] = why = None if is_told else _of_coding(self.mappings, system, code, text, display)
        return why

    def _has_part(self, components: object) -> bool:
        """Whether any component is one that is read, or may be lost, although nobody knows the whole."""
        return any(self._is_part(each.get("code")) for each in objects_in(components))

    def _is_part(self, code: object) -> bool:
        keys, words = keys_of(code), tuple(texts_of(code))
        if (*keys, *words) not in self._parts:
            is_lost = bool(result_meant(None, [{"code": code}], self.mappings))
            self._parts[(*keys, *words)] = is_lost or self.mappings.part_of(code) is not None
        return self._parts[(*keys, *words)]

    def row(self, entry: Entry, code: object) -> Excluded:
        """The row for a resource whose ``code`` is mapped to nothing."""
        kind = entry.kind
        if not self.mappings.reads(kind):
            return Excluded(entry.reference, "unmapped", f"nothing is read from {kind}")
        if code is None:
            return Excluded(entry.reference, "unmapped", f"{kind} has no code that can be followed")
        codings = code.get("coding", ()) if isinstance(code, dict) else None
        if not isinstance(codings, list | tuple):
            return Excluded(entry.reference, "invalid", f"{kind}.{code_element(kind)}: not a CodeableConcept")
        return Excluded(entry.reference, *_told(self.mappings, kind, codings))


def _of_coding(mappings: Mappings, system: str, code: str, text: str | None, display: object) -> Unread | None:
    is_named = isinstance(display, str) and mappings.may_be_named_by(display)
    if text is None and not is_named:
        return _of_code_alone(mappings, system, code)
    return _of_code(mappings, system, code, text, display if is_named else None)


@lru_cache(maxsize=4096)
def _of_code_alone(mappings: Mappings, system: str, code: str) -> Unread | None:
    return _of_code(mappings, system, code)


def _of_code(
    mappings: Mappings, system: str, code: str, text: str | None = None, display: object = None
) -> Unread | None:
    read = named({"coding": [{"system": system, "code": code, "display": display}], "text": text}, mappings.systems)
    if mappings.concepts_of(read, MET) or result_meant(read, None, mappings):
        return None
    return _told(mappings, MET, read["coding"])


def _told(mappings: Mappings, kind: str, codings: Sequence[object]) -> Unread:
    """``system`` where no code stands in a system that is known: the code may be quite right."""
    systems = [pair for each in codings if (pair := _in_system(each))]
    unknown = [(system, code) for system, code in systems if not mappings.systems.is_known(system)]
    reason = "system" if unknown and len(unknown) == len(systems) else "unmapped"
    return Unread(reason, f"{kind}: no mapping for its code{_shown(codings)}{_unknown(mappings, unknown)}")


def _unknown(mappings: Mappings, unknown: Sequence[tuple[str, object]]) -> str:
    """The first system that is not known here, and the one that may be meant."""
    for system, code in unknown:
        meant = mappings.system_listing(code) or mappings.systems.nearest(system)
        return f"; the system {_address(system)} is not known{f'; nearest: {meant}' if meant else ''}"
    return ""


def _in_system(coding: object) -> tuple[str, object] | None:
    """The system of a coding and its code; ``None`` without a system."""
    if not isinstance(coding, dict):
        return None
    system = coding.get("system")
    return (system, coding.get("code")) if isinstance(system, str) and system else None


def _address(system: str) -> str:
    """The address of a system where it is one that may be repeated: a text with spaces may be anybody's remark."""
    is_one = len(system) <= _LONGEST_ADDRESS and system.isascii() and system.isprintable() and ":" in system
    return system if is_one and " " not in system else "of its code"


def _shown(codings: Sequence[object]) -> str:
    first = codings[0] if codings else None
    if not isinstance(first, dict):
        return ""
    system, code = first.get("system"), first.get("code")
    if not isinstance(code, str) or len(code) > _LONGEST_SHOWN:
        return ""
    full = f" {system}|{code}"
    text = full if len(full) <= _LONGEST_SHOWN + 1 and isinstance(system, str) else f" {code}"
    # A code has no spaces; free text nearly always has.
    return text if text.isascii() and text.isprintable() and " " not in text[1:] else ""
