"""Which version of a resource counts when it was sent more than once."""

from collections.abc import Sequence

from service.domain.facts import Excluded
from service.domain.moments import Moment, moment_of
from service.fhir.intake.entries import Entry

_MOST_DIGITS = 18


def newest_versions(entries: Sequence[Entry]) -> tuple[list[Entry], list[tuple[Entry, Excluded]]]:
    """The newest version of each resource, and a row for every version that does not count.

    Newest by ``meta.lastUpdated`` or the server's own date, then by an integer ``meta.versionId``, then by its place in
    a history. The same content twice counts once. Versions that differ and cannot be ordered do not count at all.
    Resources on different servers are different.
    """
    if len({entry.reference for entry in entries}) == len(entries):
        return list(entries), []
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.reference, []).append(entry)
    current: list[Entry] = []
    replaced: list[tuple[Entry, Excluded]] = []
    for group in groups.values():
        for versions in _by_server(group):
            newest, rows = _newest(versions) if len(versions) > 1 else (versions[0], [])
            current.extend([newest] if newest else [])
            replaced.extend(rows)
    return current, replaced


def _by_server(group: list[Entry]) -> list[list[Entry]]:
    servers: dict[str, list[Entry]] = {}
    for entry in group:
        servers.setdefault(entry.base, []).append(entry)
    # An entry that does not say its server may be a version of any of the others.
    return [group] if "" in servers else list(servers.values())


def _newest(versions: Sequence[Entry]) -> tuple[Entry | None, list[tuple[Entry, Excluded]]]:
    ranked = [(entry, *_rank(entry)) for entry in versions]
    best = ranked[0]
    for candidate in ranked[1:]:
        if _is_newer(candidate, best):
            best = candidate
    # Order is only partly known: the one found must be newer than each of the others.
    others = [(item, _content(item[0]) == _content(best[0])) for item in ranked if item is not best]
    if all(is_same or _is_newer(best, item) for item, is_same in others):
        return best[0], [_superseded(item[0]) for item, is_same in others if not is_same]
    return None, [_unordered(entry) for entry in versions]


_Ranked = tuple[Entry, Moment | None, int | None]


def _rank(entry: Entry) -> tuple[Moment | None, int | None]:
    meta = entry.resource.get("meta")
    if not isinstance(meta, dict):
        return moment_of(entry.modified), None
    version = meta.get("versionId")
    is_number = isinstance(version, str) and version.isascii() and version.isdigit() and len(version) <= _MOST_DIGITS
    changed = moment_of(meta.get("lastUpdated")) or moment_of(entry.modified)
    return changed, int(str(version)) if is_number else None


def _is_newer(one: _Ranked, other: _Ranked) -> bool:
    if one[1] and other[1]:
        if other[1].is_surely_before(one[1]):
            return True
        if one[1].is_surely_before(other[1]):
            return False
    if one[2] is not None and other[2] is not None:
        return one[2] > other[2]
    # In a history the newest version stands first.
    ages = one[0].age, other[0].age
    return ages[0] is not None and ages[1] is not None and ages[0] < ages[1]


def _content(entry: Entry) -> dict[str, object]:
    return {key: value for key, value in entry.resource.items() if key != "meta"}


def _superseded(entry: Entry) -> tuple[Entry, Excluded]:
    return entry, Excluded(entry.reference, "superseded", "a newer version of this resource counts")


def _unordered(entry: Entry) -> tuple[Entry, Excluded]:
    detail = "sent more than once with different content; meta.lastUpdated or meta.versionId must tell which is newest"
    return entry, Excluded(entry.reference, "invalid", detail)
