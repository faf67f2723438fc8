"""One reading per place and measurement: repeats are joined, contradictions are not used."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from service.domain.facts import Excluded
from service.domain.immutable import immutable
from service.subjects.conduction.reading.readings import Reading

T = TypeVar("T")


@immutable
class Measured:
    """All readings of one study: one per (place, measurement), and the references that each place rests on."""

    readings: Mapping[tuple[str, str], Reading]
    references: Mapping[str, tuple[str, ...]]

    def at(self, place: str, measurement: str) -> Reading | None:
        """The reading of a measurement at a place, if there is one."""
        return self.readings.get((place, measurement))

    def of(self, measurement: str) -> list[Reading]:
        """The readings of a measurement at all places."""
        return [reading for (_, name), reading in self.readings.items() if name == measurement]

    @property
    def places(self) -> list[str]:
        """The places with a reading, in the order they came."""
        return list(self.references)


def measured(readings: Sequence[Reading], excluded: list[Excluded]) -> Measured:
    """The readings of one study; a measurement given with different values is unknown and listed."""
    repeats: dict[tuple[str, str], list[Reading]] = {}
    references: dict[str, tuple[str, ...]] = {}
    for reading in readings:
        repeats.setdefault((reading.place, reading.measurement.name), []).append(reading)
        known = references.setdefault(reading.place, (reading.reference,))
        if reading.reference not in known:
            references[reading.place] = (*known, reading.reference)
    return Measured({key: _joined(same, excluded) for key, same in repeats.items()}, references)


def _joined(repeats: Sequence[Reading], excluded: list[Excluded]) -> Reading:
    first = repeats[0]
    if not repeats[1:]:
        return first
    if len({(reading.value, reading.readable, reading.bound) for reading in repeats}) > 1:
        detail = f"{first.name}: given more than once with different values"
        excluded += [Excluded(reference, "invalid", detail) for reference in {r.reference: None for r in repeats}]
        return replace(first, value=None, readable=False, interpretation=None, bound=None)
    return replace(
        first,
        lower=_agreed({reading.lower for reading in repeats}),
        upper=_agreed({reading.upper for reading in repeats}),
        interpretation=_agreed({reading.interpretation for reading in repeats}),
    )


def _agreed(values: set[T | None]) -> T | None:
    stated = values - {None}
    return stated.pop() if len(stated) == 1 else None
