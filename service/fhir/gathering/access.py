"""What is asked of a FHIR server, for whom, and with what."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from service.fhir.gathering.pages import FoundResource, Page, Unusable
from service.outgoing.client import BearerToken


@dataclass(frozen=True, slots=True)
class Part:
    """What came of a query that ran and left something out; ``why`` in words of ours."""

    resources: Sequence[FoundResource]
    why: str


Answer = list[FoundResource] | Part | Unusable


@dataclass(frozen=True, slots=True)
class Access:
    """Whose data a call may fetch, from where, and with what.

    ``registered``: the base URLs that may be asked for this caller. ``refusal``: why the token that came is not used.
    ``seconds``: how long the token is good for. ``caller``: on whose behalf, so that callers do not disturb each other.
    """

    patient_id: str
    fhir_server: str | None = None
    registered: tuple[str, ...] = ()
    token: BearerToken | None = None
    refusal: str = ""
    seconds: float = math.inf
    caller: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to fetch, and why: the answer to a template, from its start or from the page after the first.

    ``part``: what came already of an answer that must be asked for again; ``has_begun``: whether a page of it came.
    """

    template: str
    why: str = ""
    first: Page | None = None
    part: Sequence[FoundResource] = ()
    has_begun: bool = False
