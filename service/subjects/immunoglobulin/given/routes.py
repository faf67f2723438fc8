"""By which way a drug was given; what is said and not understood is not taken for a vein."""

import re
from collections.abc import Mapping, Sequence

from service.fhir.mappings.texts import texts_of
from service.fhir.values.answers import Problem
from service.subjects.immunoglobulin.ordered.order_tables import OrderTables

# Route -> its codes as ``system|code``, and its words as one pattern.
RouteTable = OrderTables
_VEIN = "intravenous"


def routes_said(dosages: Sequence[Mapping[str, object]], tables: RouteTable) -> set[str] | None:
    """The routes that codes and texts name; empty when none is understood, None when none is stated."""
    stated = [dosage["route"] for dosage in dosages if dosage.get("route")]
    if not stated:
        return None
    codes = {code for route in stated for code in tables.agents.codes_of(route)}
    texts = [text for route in stated for text in texts_of(route)]
    return {
        route
        for route, (known, words) in tables.routes.items()
        if codes & known or any(_finds(words, text) for text in texts)
    }


def route_problem(dosages: Sequence[Mapping[str, object]], tables: RouteTable) -> Problem | None:
    """Why a dose was not given into a vein; None when it was, or when nothing is said."""
    said = routes_said(dosages, tables)
    if said is None or said == {_VEIN}:
        return None
    if not said:
        return Problem("not-evidence", "its route is none that is understood here")
    return Problem("not-evidence", "given another way than into a vein")


def _finds(words: re.Pattern[str], text: str) -> bool:
    return words.search(text) is not None
