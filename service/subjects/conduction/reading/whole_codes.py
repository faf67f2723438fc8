"""Codes of one value that say all of it, ``right.ulnar.wrist.cmap-amplitude-neg``, for converters of HL7 v2."""

from collections.abc import Iterator, Mapping, Sequence

from service.domain.immutable import immutable
from service.errors import KnowledgeError
from service.fhir.mappings.concepts import Mappings
from service.subjects.anatomy.muscles import SIDES
from service.subjects.conduction.nerves import SITES
from service.subjects.conduction.reading.tables import KINDS, NCS, Measurement, NerveTables

_CONCEPT = "nerve_measurement"
# Components that say where and how; they are read elsewhere or describe the technique only.
CIRCUMSTANCES = frozenset({"stim-site", "recording-muscle", "recording-site", "technique", "laterality"})


@immutable
class WholeCode:
    """What a code says before its place and measurement; empty where it says nothing. ``rest``: what is left."""

    side: str
    nerve: str
    kind: str
    rest: str


def whole_code(code: str, tables: NerveTables) -> WholeCode:
    """A code in its parts: ``[side.][nerve.][motor.|sensory.]`` and then ``[place.]measurement``."""
    if code.partition(".")[0] not in tables.beginnings:
        return WholeCode("", "", "", code)
    said: list[str] = []
    for words in (SIDES, tables.nerves, KINDS):
        first, point, rest = code.partition(".")
        is_said = bool(point) and first in words
        said.append(first if is_said else "")
        code = rest if is_said else code
    side, nerve, kind = said
    return WholeCode(side, nerve, kind, code)


def whole_codes(codes: Sequence[str], tables: NerveTables) -> Iterator[WholeCode]:
    """The codes that say more than place and measurement."""
    for code in codes:
        whole = whole_code(code, tables)
        if whole.rest != code:
            yield whole


def measured_by(code: str, measurements: Mapping[str, Measurement]) -> tuple[str, Measurement] | None:
    """Place and measurement of ``wrist--elbow.cv``, which says nothing before them; ``None`` where it is none."""
    place, _, name = code.rpartition(".")
    measurement = measurements.get(name)
    return (place, measurement) if measurement and is_place(place) else None


def is_place(place: str) -> bool:
    """Whether a text is a site, two sites joined by ``--``, or empty."""
    distal, is_pair, proximal = place.partition("--")
    return distal in SITES and proximal in SITES if is_pair else not place or place in SITES


def check_local_codes(mappings: Mappings, tables: NerveTables) -> None:
    """Every ``same_as`` of a measurement is one that is understood; KnowledgeError names file and code."""
    for concept, listed in mappings.listed:
        if concept != _CONCEPT or not listed.same_as:
            continue
        own = next((code for name, code in mappings.listed if name == concept and not code.same_as), None)
        if own is None or own.system != NCS or _is_understood(listed.same_as, tables):
            continue
        raise KnowledgeError(
            f"{listed.file}: concepts.{concept}: {listed.code}: same_as {listed.same_as!r} is not understood; write "
            "[side.][nerve.][motor.|sensory.][site.]measurement, such as right.ulnar.wrist.cmap-amplitude-neg"
        )


def _is_understood(code: str, tables: NerveTables) -> bool:
    rest = whole_code(code, tables).rest
    if measured_by(rest, tables.measurements):
        return True
    return rest == code and (code in CIRCUMSTANCES or code == "motor-site" or is_place(code.removeprefix("stim.")))
