"""One name for each code system: senders write OIDs, editions, versions and other spellings of its address."""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache

from service.errors import KnowledgeError

_LONGEST = 200
_ALIKE, _ENDS_ALIKE = 0.8, 0.6
_OID = re.compile(r"[\d.]+")
_V2, _V3 = "http://terminology.hl7.org/CodeSystem/v2-", "http://terminology.hl7.org/CodeSystem/v3-"
# Tables of HL7 v2 and v3 as FHIR named them before R4, and the arc of the OIDs of HL7 v2.
_OLD_HL7 = re.compile(r"hl7\.org/fhir/(v2|v3)/(?:vs/)?(\w+)")
_OID_OF_V2 = re.compile(r"2\.16\.840\.1\.113883\.12\.(\d{1,4})")
_EDITION = re.compile(r"(snomed\.info/sct)/\d+(?:/version/\d+)?")
# WHO has four characters where ICD-10-CM has five to seven; in these chapters both have five.
_WHO, _CM = "http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-cm"
_CM_ONLY = re.compile(r"(?:[A-LN-RUZ]\d[0-9A-Z]\.?[0-9A-Z]{2,4}|[A-Z]\d[0-9A-Z]\.?[0-9A-Z]{3,4})")
Named = Mapping[str, Sequence[str]]


class SystemNames:
    """Every code system that is read here by its address, and by the other names that senders give it."""

    __slots__ = ("_also", "_by_name", "_known", "_national", "own")

    def __init__(
        self, addresses: Iterable[str], other_names: Named, editions: Named | None = None, also: Named | None = None
    ) -> None:
        """``other_names``: address -> list of names, as in the section ``system_names``. Raises KnowledgeError.

        ``editions``: the same for national editions of the ICD-10, whose codes divide further than those of the WHO.
        ``also``: short name -> addresses that only their own readers know, as in the section ``drug_code_systems``.
        """
        self._also = frozenset(_bare(name) for names in (also or {}).values() for name in names)
        national = editions or {}
        self._national = frozenset(_bare(name) for names in national.values() for name in names)
        listed = _joined(other_names, national)
        self._by_name = {_bare(address): address for address in (*addresses, *listed)}
        for address, names in listed.items():
            for name in map(_bare, names):
                if self._by_name.setdefault(name, address) != address:
                    raise KnowledgeError(f"system_names.{address}: {name} already stands for {self._by_name[name]}")
        self._known = lru_cache(maxsize=512)(self._found)
        # Those that are read under the very address, whatever the code: nothing has to be renamed.
        self.own = frozenset(address for address in self._by_name.values() if self.known(address) == address) - {_WHO}

    def known(self, system: str, code: object = None) -> str:
        """The address that is read here for what a sender calls the system; what is not known stays as it is."""
        address = (self._known(system) if len(system) <= _LONGEST else None) or system
        if address == _WHO and isinstance(code, str) and _CM_ONLY.fullmatch(code) and not self._is_national(system):
            return _CM
        return address

    def may_rename(self, systems: AbstractSet[str]) -> bool:
        """Whether any of these is read under another address, or may be: that of the WHO depends on the code."""
        return any(system == _WHO or self.known(system) != system for system in systems - self.own)

    def _is_national(self, system: str) -> bool:
        return _bare(system) in self._national

    def is_known(self, system: str) -> bool:
        """Whether any spelling of a system that is read here is meant."""
        return len(system) <= _LONGEST and (self._known(system) is not None or _bare(system) in self._also)

    def nearest(self, system: str) -> str:
        """The address that a name which is not known resembles most; empty when it resembles none."""
        bare = _bare(system[:_LONGEST])
        # One digit makes another OID, and systems of one house share all but the end of their addresses.
        near = [] if _OID.fullmatch(bare) else get_close_matches(bare, self._by_name, 3, _ALIKE)
        return next((self._by_name[each] for each in near if _ends_alike(bare, each)), "")

    def _found(self, system: str) -> str | None:
        bare = _bare(system)
        if edition := _EDITION.fullmatch(bare):
            bare = edition[1]
        if bare in self._by_name:
            return self._by_name[bare]
        if oid := _OID_OF_V2.fullmatch(bare):
            return f"{_V2}{int(oid[1]):04d}"
        old = _OLD_HL7.fullmatch(bare)
        if old and old[1] == "v2":
            return _V2 + old[2]
        return self._by_name.get(_bare(_V3 + old[2])) if old else None


def _ends_alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one.rpartition("/")[2], other.rpartition("/")[2]).ratio() >= _ENDS_ALIKE


def _bare(name: str) -> str:
    """A name without what differs between spellings of one: case, scheme, ``www.``, last slash, version."""
    bare = name.strip().casefold().partition("|")[0].removeprefix("urn:oid:")
    return bare.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")


def _joined(one: Named, other: Named) -> dict[str, list[str]]:
    return {address: [*one.get(address, ()), *other.get(address, ())] for address in {**one, **other}}
