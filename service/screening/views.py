"""The views of SQL on FHIR with which a data lake makes the columns itself (https://sql-on-fhir.org)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.vocabulary import VIEWS
from service.screening.columns import OF_COMPONENT, OF_OBSERVATION, Column

_KIND = "Observation"
# The view of all results that no subject has a view of its own for.
FINDINGS = "findings"
_WITH_QUANTITY = "value.ofType(Quantity).exists()"


def views_of(mappings: Mappings) -> Mapping[str, Mapping[str, Any]]:
    """By name, the ViewDefinition of each table: those that subjects declare, and all other results that are read."""
    readers = {reader for each in VIEWS.values() for reader in each}
    made = {
        name: _view(name, [_has_code(_codes(mappings, of_view))], "Results that stand together as one study.")
        for name, of_view in VIEWS.items()
    }
    others = _codes(mappings, {concept.reader for concept in mappings.concepts.values()} - readers)
    # What is told by its text alone has no quantity; a code of a site's own may stand beside it.
    wanted = [f"{_has_code(others)} or {_WITH_QUANTITY}.not()", f"{_has_code(_codes(mappings, readers))}.not()"]
    return {**made, FINDINGS: _view(FINDINGS, wanted, "All other results that rules read, and what is said in words.")}


def _codes(mappings: Mappings, readers: Collection[str]) -> list[str]:
    """The codes of what these readers read; senders spell their systems in many ways, so that none is asked for."""
    return sorted({code for name, _, code in mappings.codes_for(_KIND) if mappings.concepts[name].reader in readers})


def _has_code(codes: Sequence[str]) -> str:
    return f"code.coding.where({' or '.join(f'code = {_quoted(code)}' for code in codes)}).exists()"


def _quoted(code: str) -> str:
    escaped = code.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _view(name: str, wanted: Sequence[str], description: str) -> dict[str, Any]:
    # No meta and no fhirVersion: the reference implementation of SQL on FHIR refuses a view with them.
    return {
        "resourceType": "ViewDefinition",
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "description": f"{description} A row for each component, or one where there is none.",
        "status": "active",
        "resource": _KIND,
        "where": [{"path": path} for path in wanted],
        "select": [
            {"column": list(map(_column, OF_OBSERVATION))},
            {"forEachOrNull": "component", "column": list(map(_column, OF_COMPONENT))},
        ],
    }


def _column(column: Column) -> dict[str, Any]:
    collection = {"collection": True} if column.is_list else {}
    return {"name": column.name, "path": column.path, "type": column.kind, **collection}
