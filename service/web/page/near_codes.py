"""What comes near a code that nobody has mapped: the same code of another system, or another one of a like name."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from service.fhir.values.answers import objects_in

if TYPE_CHECKING:
    from service.fhir.mappings.concepts import Mappings

Row = Mapping[str, Any]
_UNMAPPED = ("unmapped", "system")
_LONGEST_NAME, _MOST_ROWS, _MOST_NEAR = 100, 40, 3
_ALIKE = 0.72


class NearCodes:
    """The listed codes by code and by name; made once."""

    def __init__(self, mappings: "Mappings") -> None:
        self._by_code: dict[str, list[str]] = {}
        self._by_name: dict[str, str] = {}
        for _, listed in mappings.listed:
            told = f"{listed.display or listed.code} ({listed.system}|{listed.code})"
            self._by_code.setdefault(listed.code.casefold(), []).append(told)
            if listed.display:
                self._by_name.setdefault(listed.display.casefold(), told)

    def beside(self, rows: Sequence[Row], resources: Mapping[str, Row]) -> list[Row]:
        """The rows, each with what comes ``near`` its code; looking takes long, so only the first ones are."""
        looked = 0
        made: list[Row] = []
        for row in rows:
            resource = resources.get(row["resource"].partition("#")[0])
            is_asked = row["reason"] in _UNMAPPED and resource is not None and looked < _MOST_ROWS
            looked += is_asked
            near = self._near(resource) if is_asked and resource else ()
            made.append({**row, "near": near})
        return made

    def _near(self, resource: Row) -> Sequence[str]:
        found: list[str] = []
        for code, name in _coded(resource):
            found += self._by_code.get(code.casefold(), ()) if code else ()
            alike = (
                get_close_matches(name.casefold()[:_LONGEST_NAME], self._by_name, _MOST_NEAR, _ALIKE) if name else []
            )
            found += [self._by_name[each] for each in alike]
        return list(dict.fromkeys(found))[:_MOST_NEAR]


def _coded(resource: Row) -> Iterator[tuple[str, str]]:
    """Each code of a resource with its name; the text without a code."""
    code = resource.get("code")
    if not isinstance(code, Mapping):
        return
    for coding in objects_in(code.get("coding"))[:_MOST_NEAR]:
        yield _text(coding.get("code")), _text(coding.get("display"))
    yield "", _text(code.get("text"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
