"""Which Observations belong to one nerve study: panels and members, derivedFrom, else nerve, side and day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.domain.facts import Excluded
from service.domain.immutable import immutable
from service.domain.moments import Moment
from service.fhir.intake.records import SourceResource
from service.fhir.mappings.concepts import Mappings
from service.fhir.values.answers import Problem, objects_in
from service.subjects.conduction.reading.places import Component, Place, canonical_codes, components_of, place_of
from service.subjects.conduction.reading.readings import Reading, readings_of
from service.subjects.conduction.reading.tables import MOTOR_SITE, RESPONSE, NerveTables

_KINDS = {"motor_nerve_study": "motor", "sensory_nerve_study": "sensory"}
READERS = (*_KINDS, "nerve_measurement")


@immutable
class Located:
    """One Observation with its place and kind of study settled; ``bond`` is what ties it to others of its study."""

    source: SourceResource
    nerve: str
    side: str
    muscle: str | None
    kind: str | None
    moment: Moment
    bond: str
    readings: tuple[Reading, ...]
    panel: SourceResource | None


@dataclass(slots=True)
class Group:
    """The Observations of one study of one nerve on one side."""

    nerve: str
    side: str
    kind: str
    muscle: str | None
    members: list[Located] = field(default_factory=list)


def study_groups(
    sources: Sequence[SourceResource], mappings: Mappings, tables: NerveTables
) -> tuple[list[Group], list[Excluded]]:
    """The groups of readings that make one study each, and what could not be placed or read."""
    own = [source for source in sources if source.concept is not None and source.concept.reader in READERS]
    panels = _panels(own)
    excluded: list[Excluded] = []
    located: list[Located] = []
    unplaced: list[tuple[SourceResource, Problem]] = []
    for source in own:
        components = components_of(source.resource, mappings)
        found = _located(source, components, panels.get(source.reference), mappings, tables)
        if isinstance(found, Problem):
            unplaced.append((source, found))
            continue
        readings, unread = readings_of(source, components, mappings, tables)
        excluded += unread
        located.append(_of_one_kind(found, readings, excluded))
    # A panel over several nerves has no place of its own, and needs none.
    panels_used = {one.panel.reference for one in located if one.panel}
    excluded += [
        replace(p.about(s.reference), relevant=is_motor(s, mappings))
        for s, p in unplaced
        if s.reference not in panels_used or "component" in s.resource
    ]
    return _grouped(located, excluded), excluded


def is_study(source: SourceResource) -> bool:
    """Whether the Observation is a whole study (or the panel of one), not a single site or number."""
    return _kind(source) is not None


def is_motor(source: SourceResource, mappings: Mappings) -> bool:
    """Whether an Observation is a motor study, or a part of one in which a block would show."""
    return _kind(source) == "motor" or holds_response(source.resource, mappings)


def holds_response(observation: Mapping[str, object], mappings: Mappings) -> bool:
    """Whether the codes of an Observation or its components name a muscle response."""
    codes = canonical_codes(observation.get("code"), mappings)
    codes += [code for _, own in components_of(observation, mappings) for code in own]
    return any(RESPONSE in code or code == MOTOR_SITE for code in codes)


def _panels(sources: Sequence[SourceResource]) -> dict[str, SourceResource | None]:
    """Reference of a member -> the one study it belongs to; ``None`` when several claim it."""
    studies = {_tail(source.reference): source for source in sources if _kind(source)}
    by_tail = {_tail(source.reference): source for source in sources}
    panels: dict[str, SourceResource | None] = {}
    for study in studies.values():
        for tail in _tails(study.resource.get("hasMember")):
            if tail in by_tail and by_tail[tail] is not study:
                _claim(panels, by_tail[tail].reference, study)
    for source in sources:
        for tail in _tails(source.resource.get("derivedFrom")):
            if tail in studies and studies[tail] is not source:
                _claim(panels, source.reference, studies[tail])
    return panels


def _claim(panels: dict[str, SourceResource | None], member: str, study: SourceResource) -> None:
    panels[member] = study if panels.get(member, study) is study else None


def _located(
    source: SourceResource,
    components: Sequence[Component],
    panel: SourceResource | None,
    mappings: Mappings,
    tables: NerveTables,
) -> Located | Problem:
    own = _of_its_kind(place_of(source.resource, components, mappings, tables), source, panel)
    above = place_of(panel.resource, components_of(panel.resource, mappings), mappings, tables) if panel else Place()
    if isinstance(own, Problem):
        return own
    # A panel without a readable place of its own cannot lend one; it is listed for itself.
    lent = Place() if isinstance(above, Problem) else above
    if own.nerve and lent.nerve and own.nerve != lent.nerve:
        return Problem("invalid", "bodySite names another nerve than the study that it belongs to")
    if own.side and lent.side and own.side != lent.side:
        return Problem("side", "the side is another than that of the study that it belongs to")
    nerve, side = own.nerve or lent.nerve, own.side or lent.side
    if nerve is None:
        return Problem("unmapped", "bodySite names no nerve")
    if side is None:
        return Problem("side", "neither left nor right is named")
    kind = _kind(source) or own.kind or (_kind(panel) if panel else None)
    is_dated = source.moment.day is not None or panel is None
    moment = source.moment if is_dated or panel is None else panel.moment
    return Located(source, nerve, side, own.muscle or lent.muscle, kind, moment, _bond(source, panel), (), panel)


def _of_its_kind(place: Place | Problem, source: SourceResource, panel: SourceResource | None) -> Place | Problem:
    """The same place, or a Problem where its code names another kind of study than that which it stands in."""
    if isinstance(place, Problem) or place.kind is None:
        return place
    stated = {_kind(each) for each in (source, panel) if each} - {None, place.kind}
    return Problem("invalid", "the code names another kind of study than it stands in") if stated else place


def _of_one_kind(located: Located, readings: Sequence[Reading], excluded: list[Excluded]) -> Located:
    """The same Observation with those of its readings that belong to its kind of study."""
    kinds = {reading.measurement.study for reading in readings} - {None}
    kind = located.kind or (kinds.pop() if len(kinds) == 1 else None)
    fitting = tuple(reading for reading in readings if reading.measurement.study in (None, kind))
    excluded += [
        Excluded(
            located.source.reference,
            "invalid",
            f"{reading.name}: does not belong in this kind of study",
            relevant=reading.measurement.name.startswith(RESPONSE),
        )
        for reading in readings
        if reading.measurement.study not in (None, kind)
    ]
    return replace(located, kind=kind, readings=fitting)


def _grouped(located: Sequence[Located], excluded: list[Excluded]) -> list[Group]:
    groups: dict[tuple[object, ...], Group] = {}
    for one in located:
        if one.kind:
            group = Group(one.nerve, one.side, one.kind, one.muscle)
            groups.setdefault((*_key(one), one.muscle, one.kind), group).members.append(one)
    for one in located:
        if one.kind is None:
            # A velocity or a temperature alone belongs to whatever study of that nerve there is.
            fitting = [group for group in groups.values() if any(_key(one) == _key(member) for member in group.members)]
            if len({group.kind for group in fitting}) == 1:
                fitting[0].members.append(one)
            else:
                excluded.append(Excluded(one.source.reference, "unmapped", "belongs to no motor or sensory study"))
    return list(groups.values())


def _key(located: Located) -> tuple[object, ...]:
    if located.bond:
        # What its sender ties together is one study, also when it was taken past midnight or over two days.
        return located.bond, located.nerve, located.side
    moment = located.moment
    return located.nerve, located.side, moment.day or (moment.earliest, moment.latest)


def _bond(source: SourceResource, panel: SourceResource | None) -> str:
    if is_study(source):
        return source.reference
    if panel is not None:
        return panel.reference
    return min(_tails(source.resource.get("derivedFrom")), default="")


def _kind(source: SourceResource) -> str | None:
    return _KINDS.get(source.concept.reader) if source.concept else None


def _tails(references: object) -> list[str]:
    texts = [reference.get("reference") for reference in objects_in(references)]
    return [_tail(text) for text in texts if isinstance(text, str) and _is_observation(text)]


def _is_observation(reference: str) -> bool:
    return "Observation/" in reference or "/" not in reference


def _tail(reference: str) -> str:
    """The id in a reference, however it is written: relative, absolute, versioned or as a urn:uuid."""
    return reference.partition("/_history/")[0].rpartition("/")[2].removeprefix("urn:uuid:")
