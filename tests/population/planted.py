"""Twenty patients of all kinds, taken from tests/patients: each class by each route, excluded, hints, treated."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from service.screening.sources import resources_in
from tests.patient_folders import PatientFolder, patient_folders

AS_OF = "2026-06-01T00:00:00Z"
# Folder -> the group in which the patient is to be found.
PLANTED = {
    "definite-block-in-the-ulnar-forearm": "definite",
    "definite-from-mrc-grades-alone": "definite",
    "one-observation-per-stimulation-site": "definite",
    "one-observation-per-number": "definite",
    "onset-stated-by-a-condition": "definite",
    "block-that-persists-after-two-years": "definite",
    "probable-by-moderate-loss-in-two-nerves": "probable",
    "probable-by-large-loss-in-the-radial-nerve-with-two-supportive-items": "probable",
    "probable-by-one-nerve-with-gm1-antibodies-and-ivig-response": "probable",
    "possible-by-weakness-in-one-nerve": "possible",
    "possible-by-ivig-response-without-block": "possible",
    "block-that-resolved-after-treatment": "possible",
    "amplitude-only-study": "hint",
    "area-in-an-unknown-unit": "hint",
    "nerve-conduction-study-in-a-letter-only": "hint",
    "preliminary-study": "none",
    "stable-response-of-half-a-year": "none",
    "no-sensory-study-of-the-blocked-nerve": "none",
    "upper-motor-neuron-signs-present": "excluded",
    "objective-sensory-loss-present": "excluded",
}


def planted() -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Id and group of each planted patient with all resources, ids made unlike those of anybody else."""
    for number, folder in enumerate(each for each in patient_folders() if each.name in PLANTED):
        yield f"p{number}", PLANTED[folder.name], list(_own(folder, number))


def _own(folder: PatientFolder, number: int) -> Iterator[dict[str, Any]]:
    return renamed(folder.bundle, patient_of(folder.bundle), f"p{number}")


def patient_of(bundle: Mapping[str, Any]) -> str:
    """The id of the first Patient of a Bundle, also where only its address has it."""
    resources = resources_in(orjson.loads(orjson.dumps(bundle, default=float)))
    return next(str(each["id"]) for each in resources if each.get("resourceType") == "Patient")


def renamed(bundle: Mapping[str, Any], person: str, name: str) -> Iterator[dict[str, Any]]:
    """The resources of a Bundle, those of one person as of another."""
    for each in resources_in(orjson.loads(orjson.dumps(bundle, default=float))):
        text = orjson.dumps(each).replace(f'"Patient/{person}"'.encode(), f'"Patient/{name}"'.encode())
        resource = orjson.loads(text)
        if resource.get("resourceType") == "Patient":
            resource["id"] = name
        yield resource
