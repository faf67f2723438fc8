"""FHIR's own models (R4B), of fhir.resources: the one place where they are loaded.

FHIR is read here as JSON only. Where lxml happens to be installed, fhir.resources would load it to read XML as well,
which takes 5 MB of each worker.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def _without_xml() -> Iterator[None]:
    # What stands as None in sys.modules cannot be imported: Python documents it so.
    is_loaded = "lxml" in sys.modules
    if not is_loaded:
        sys.modules["lxml"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if not is_loaded:
            del sys.modules["lxml"]


with _without_xml():
    from fhir.resources.R4B import get_fhir_model_class


def model_of(kind: str) -> Any:
    """The model of a resource or data type; KeyError or ValueError for a name that FHIR R4 does not have."""
    return get_fhir_model_class(kind)
