"""What is left aside of a hook call before anything is made of it: results of which nothing is read, most of a chart.

No card tells of them and they have no row. They are still heard on where the chart comes from.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from service.fhir.intake.entries import base_of
from service.fhir.intake.unmapped import MET, Unmapped

Found = tuple[str | None, dict[str, object]]


class Aside(NamedTuple):
    """The positions of what is left aside among what came, and the servers that their fullUrls name."""

    positions: frozenset[int]
    bases: frozenset[str]


def left_aside(resources: Sequence[Found], unmapped: Unmapped, fhir_server: str | None) -> Aside:
    """The measured results whose code means nothing here, each the only one of its id: of two, one may be read.

    Nothing is left aside while neither ``fhir_server`` nor each fullUrl says where it comes from: its subject may.
    """
    named: list[str] = []
    aside: dict[str, int] = {}
    folders: set[str] = set()
    for position, (full_url, resource) in enumerate(resources):
        identity = resource.get("id")
        if resource.get("resourceType") != MET or not isinstance(identity, str):
            continue
        named.append(identity)
        # A result that is no quantity may be told as text.
        if resource.get("valueQuantity") is not None and unmapped.says_nothing(MET, resource):
            aside[identity] = position
            folders.add(full_url.rpartition("/")[0] if full_url else "")
    bases = frozenset(base_of(f"{folder}/id", MET) for folder in folders - {""})
    if "" in bases or not (fhir_server or "" not in folders):
        return Aside(frozenset(), frozenset())
    for repeated in _repeated(named):
        aside.pop(repeated, None)
    return Aside(frozenset(aside.values()), bases)


def _repeated(names: Sequence[str]) -> list[str]:
    if len(set(names)) == len(names):
        # Nearly always.
        return []
    return [name for name, times in Counter(names).items() if times > 1]
