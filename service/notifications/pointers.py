"""To whom a message points: a patient by id or identifier, another resource, or events that can be asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qsl

from service.fhir.intake.entries import is_id, same_server, without_version
from service.fhir.intake.identifiers import identifiers_of
from service.fhir.intake.resource_types import RESOURCE_TYPES

Kind = Literal["patient", "identifier", "resource", "events"]
_LONGEST = 512
# The search parameters that name the patient of a conditional DELETE.
_OF_PATIENT = ("patient", "subject", "patient:Patient", "subject:Patient", "patient._id", "subject._id")


@dataclass(frozen=True, slots=True)
class Pointer:
    """``base``: the server that an address names, empty where it names none.

    ``text``, by kind: ``patient`` its id; ``identifier`` ``system|value``; ``resource`` type and id; ``events`` the
    Subscription and a range of numbers, ``Subscription/1|3|5``.
    """

    kind: Kind
    text: str
    base: str = ""


def pointer_of(address: object) -> Pointer | None:
    """What a literal or conditional address names: ``[base/]Type/id`` or ``Patient?identifier=system|value``."""
    if not isinstance(address, str) or not address or len(address) > _LONGEST:
        return None
    target, _, query = without_version(address).partition("?")
    if query:
        return _by_condition(target.rpartition("/")[2], query)
    head, _, identity = target.rpartition("/")
    base, _, kind = head.rpartition("/")
    if kind not in RESOURCE_TYPES or not is_id(identity) or (base and "://" not in base):
        return None
    server = same_server(base) if base else ""
    return (
        Pointer("patient", identity, server) if kind == "Patient" else Pointer("resource", f"{kind}/{identity}", server)
    )


def by_identifier(holder: Mapping[str, object]) -> list[Pointer]:
    """A Patient, or a logical reference to one, by its business identifiers."""
    return [Pointer("identifier", f"{system}|{value}"[:_LONGEST]) for system, value in identifiers_of(holder)]


def on_servers(pointers: list[Pointer], servers: tuple[str, ...]) -> dict[Pointer, str]:
    """Each pointer without its base, and the registered server on which it counts; those of other servers are left out.

    A message of which every address names one and the same other server was sent by a server that knows itself under
    another name, such as behind a proxy: it counts on the first.
    """
    known = {same_server(server): server for server in servers}
    named = {pointer.base for pointer in pointers if pointer.base}
    if len(named) == 1 and not named & known.keys():
        known |= dict.fromkeys(named, servers[0])
    known[""] = servers[0]
    return {replace(each, base=""): known[each.base] for each in pointers if each.base in known}


def _by_condition(kind: str, query: str) -> Pointer | None:
    asked = dict(parse_qsl(query))
    if kind == "Patient":
        identifier = asked.get("identifier", "")
        return Pointer("identifier", identifier) if identifier.rpartition("|")[2] and "," not in identifier else None
    named = [asked[name] for name in _OF_PATIENT if name in asked]
    identity = named[0].rpartition("/")[2] if named else ""
    return Pointer("patient", identity) if is_id(identity) else None
