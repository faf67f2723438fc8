"""Business identifiers: by which of them a logical or conditional reference finds exactly one resource."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar
from urllib.parse import parse_qsl

from service.fhir.values.answers import objects_in

T = TypeVar("T")
_LONGEST = 512
_MOST_FIELDS = 8


class Identifiers(Generic[T]):
    """What has which identifier; a value without a system fits the value in any system."""

    def __init__(self) -> None:
        self._by_pair: dict[tuple[str, str], set[T]] = {}
        self._by_value: dict[str, set[T]] = {}

    def add(self, found: T, pairs: Iterable[tuple[str, str]]) -> None:
        """Let the identifiers name this."""
        for system, value in pairs:
            self._by_pair.setdefault((system, value), set()).add(found)
            self._by_value.setdefault(value, set()).add(found)

    def by_logical(self, reference: Mapping[str, object], kind: str) -> T | str:
        """What ``Reference.identifier`` names; a text says why it names none."""
        if reference.get("type") not in (None, kind, f"http://hl7.org/fhir/StructureDefinition/{kind}"):
            return f"the identifier is not that of a {kind}"
        pairs = list(_pairs([reference.get("identifier")]))
        if not pairs:
            return "neither a literal reference nor an identifier with a value"
        return self._only(pairs[0] if pairs[0][0] else (None, pairs[0][1]), kind)

    def has_kind_of(self, identifier: object) -> bool:
        """Whether anything here has an identifier of the same system."""
        asked = {system for system, _ in _pairs([identifier])}
        return any(system in asked for system, _ in self._by_pair)

    def has_kind_asked(self, reference: str) -> bool:
        """Whether anything here has an identifier of the system that a conditional reference names."""
        asked = parse_qsl(reference.partition("?")[2]) if _is_short(reference) else []
        systems = {value.rpartition("|")[0] for name, value in asked if name == "identifier"}
        return any(system in systems for system, _ in self._by_pair)

    def by_condition(self, reference: str, kind: str) -> T | str:
        """What ``Patient?identifier=system|value`` names; a text says why it names none."""
        query = reference.partition("?")[2] if _is_short(reference) else ""
        asked = parse_qsl(query, keep_blank_values=True)
        if len(asked) != 1 or asked[0][0] != "identifier" or "," in asked[0][1]:
            return "the conditional reference is followed only by one identifier"
        system, mark, value = asked[0][1].rpartition("|")
        return self._only((system if mark else None, value), kind)

    def _only(self, asked: tuple[str | None, str], kind: str) -> T | str:
        system, value = asked
        found = self._by_value.get(value) if system is None else self._by_pair.get((system, value))
        if not found:
            return f"no {kind} of this request has the identifier that the reference names"
        if len(found) > 1:
            return f"several {kind} resources of this request have the identifier that the reference names"
        return next(iter(found))


def identifiers_of(resource: Mapping[str, object]) -> list[tuple[str, str]]:
    """The identifiers of a resource as system and value; the system is empty where it has none."""
    return list(_pairs(objects_in(resource.get("identifier"))))


def _pairs(identifiers: Iterable[object]) -> Iterator[tuple[str, str]]:
    for each in identifiers:
        if isinstance(each, dict) and isinstance(each.get("value"), str) and each["value"]:
            system = each.get("system")
            yield (system if isinstance(system, str) else "", each["value"].strip())


def _is_short(reference: str) -> bool:
    return len(reference) <= _LONGEST and reference.count("&") < _MOST_FIELDS
