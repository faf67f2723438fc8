"""Patients whom ``Patient.link`` calls one person: the one that was replaced is answered as the one that stands."""

from collections.abc import Iterator, Mapping, Sequence

from service.domain.facts import Excluded
from service.fhir.intake.entries import Entry
from service.fhir.intake.identity import Patients, identity_of
from service.fhir.values.answers import objects_in

_ONE = "Patient.link: one person with the Patient that replaced it"
_GONE = "Patient.link: it was replaced by a Patient who is not in this request; what is about that one was not seen"


def merge_patients(entries: Sequence[Entry], patients: Patients) -> tuple[frozenset[int], list[Excluded]]:
    """Merge whoever was replaced by a Patient of the request; their positions, and a row for each that was replaced.

    One that was replaced by a Patient who is not there stays, with a row: what is about that one did not come.
    """
    pairs: dict[int, int] = {}
    rows: list[Excluded] = []
    for entry in (entry for entry in entries if entry.kind == "Patient"):
        for kind, other in _links(entry):
            own, meant = patients.position(identity_of(entry)), patients.meant(entry, other)
            if isinstance(own, int) and isinstance(meant, int) and own != meant:
                old, new = (own, meant) if kind == "replaced-by" else (meant, own)
                pairs.setdefault(old, new)
            elif kind == "replaces" and isinstance(own, int):
                # It did not come: what is about it is about the one that stands.
                patients.also_called(own, entry, other)
            elif kind == "replaced-by" and own != meant:
                rows.append(Excluded(entry.reference, "replaced", _GONE, relevant=True))
    standing = _ends(pairs)
    patients.merge(standing)
    rows += [
        Excluded(patients.names[old], "replaced", f"{_ONE}: {patients.names[new]}") for old, new in standing.items()
    ]
    return frozenset(standing), rows


def _links(patient: Entry) -> Iterator[tuple[str, object]]:
    for link in objects_in(patient.resource.get("link")):
        kind = link.get("type")
        if kind in ("replaced-by", "replaces"):
            yield str(kind), link.get("other")


def _ends(pairs: Mapping[int, int]) -> dict[int, int]:
    """Everybody who was replaced, with whoever stands at the end; in a circle nobody does, and all are left as sent."""
    ends: dict[int, int | None] = {}
    for start in pairs:
        way: dict[int, None] = {}
        here = start
        while here in pairs and here not in ends and here not in way:
            way[here] = None
            here = pairs[here]
        end = None if here in way else ends.get(here, here)
        ends.update(dict.fromkeys(way, end))
    return {old: end for old, end in ends.items() if end is not None}
