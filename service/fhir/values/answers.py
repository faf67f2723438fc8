"""The one value of a resource, and the words that coded values stand for; nothing here raises on odd shapes."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from service.domain.facts import Excluded
from service.domain.immutable import immutable

_LARGEST_WHOLE = 10**12
_LONGEST_SHOWN, _LONGEST_COMPARED, _MOST_LISTED = 40, 200, 4


@immutable
class Problem:
    """Why a resource says nothing; ``reason`` and ``detail`` as in ``Excluded``."""

    reason: str
    detail: str = ""

    def about(self, reference: str) -> Excluded:
        """This problem as a row of the list of what was not used."""
        return Excluded(reference, self.reason, self.detail)


def objects_in(value: object) -> list[Mapping[str, object]]:
    """The JSON objects of a list; anything else in it, or instead of it, is passed over."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def codings_of(codeable_concept: object) -> list[Mapping[str, object]]:
    """The codings of a CodeableConcept; a single one where a list belongs is taken as one."""
    coding = codeable_concept.get("coding") if isinstance(codeable_concept, dict) else None
    return objects_in([coding] if isinstance(coding, dict) else coding)


def keys_of(codeable_concept: object) -> list[str]:
    """``system|code`` of every coding; the system is empty where the sender left it out."""
    keys = []
    for coding in codings_of(codeable_concept):
        system, code = coding.get("system", ""), coding.get("code")
        if isinstance(system, str) and isinstance(code, str):
            keys.append(f"{system}|{code}")
    return keys


def text_of(codeable_concept: object) -> str:
    """The free text of a CodeableConcept, with single spaces and in lower case; empty without one."""
    text = codeable_concept.get("text") if isinstance(codeable_concept, dict) else None
    return plain(text)


def plain(text: object) -> str:
    """A text with single spaces and in lower case, for comparison; empty when it is no text or far too long."""
    return " ".join(text.casefold().split()) if isinstance(text, str) and len(text) <= _LONGEST_COMPARED else ""


def words_for(codeable_concept: object, table: Mapping[str, str]) -> set[str]:
    """The words that the codings stand for in a table keyed ``system|code``."""
    return {table[key] for key in keys_of(codeable_concept) if key in table}


def values_in(element: Mapping[str, object]) -> list[str]:
    """The names of the ``value[x]`` that a resource or element carries."""
    named = [key for key in element if key.startswith("value")]
    return [key for key in named if key[5:6].isupper() and element[key] is not None]


def value_of(resource: Mapping[str, object]) -> tuple[str, object] | Problem:
    """The only ``value[x]`` as (element, content); a Problem when there is none, or several."""
    named = values_in(resource)
    if len(named) > 1:
        return Problem("invalid", "more than one value[x]")
    if resource.get("dataAbsentReason") is not None:
        return Problem("data-absent", "dataAbsentReason")
    return (named[0], resource[named[0]]) if named else Problem("data-absent", "no value[x]")


def shown(number: Fraction) -> str:
    """An exact number for a sentence: whole, or with at most six significant digits."""
    if number.denominator == 1 and abs(number) < _LARGEST_WHOLE:
        return str(number.numerator)
    return format(Decimal(f"{Decimal(number.numerator) / Decimal(number.denominator):.6g}").normalize(), "f")


def printable(text: object) -> str:
    """A code or unit that may be repeated to the sender; ``?`` when it is too long or not plain ASCII."""
    is_safe = isinstance(text, str) and len(text) <= _LONGEST_SHOWN and text.isascii() and text.isprintable()
    return str(text) if is_safe else "?"


def joined(references: Iterable[str]) -> str:
    """References for a sentence: the first few, then how many more."""
    listed: Sequence[str] = list(dict.fromkeys(references))
    rest = f" and {len(listed) - _MOST_LISTED} more" if len(listed) > _MOST_LISTED else ""
    return ", ".join(listed[:_MOST_LISTED]) + rest
