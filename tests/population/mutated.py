"""Charts with something changed by chance, as senders change things: left out, misspelt, in other words, of another."""

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.patient_folders import PatientFolder, patient_folders
from tests.population.planted import patient_of, renamed

Bundle = dict[str, Any]


def mutated(bundle: Mapping[str, Any], chance: random.Random) -> Bundle:
    """A copy with one to five changes."""
    made: Bundle = copy.deepcopy(dict(bundle))
    for _ in range(chance.randint(1, 5)):
        chance.choice(_CHANGES)(made, chance)
    return made


def mutated_people(count: int, chance: random.Random) -> Iterator[tuple[PatientFolder, Bundle, str, list[Any]]]:
    """So many patients, each made of a patient folder: the folder, the changed Bundle, a new id, and the resources."""
    folders = [folder for folder in patient_folders() if _has_one_person(folder.bundle)]
    for number in range(count):
        folder = chance.choice(folders)
        bundle = mutated(folder.bundle, chance)
        yield folder, bundle, f"m{number}", list(renamed(bundle, patient_of(folder.bundle), f"m{number}"))


def _has_one_person(bundle: Mapping[str, Any]) -> bool:
    entries = [each for each in bundle["entry"] if isinstance(each, dict)]
    people = [each for each in entries if _resource(each).get("resourceType") == "Patient"]
    return len(people) == 1 and len(entries) == len(bundle["entry"])


def _leave_out(bundle: Bundle, chance: random.Random) -> None:
    others = [each for each in bundle["entry"] if _resource(each).get("resourceType") != "Patient"]
    gone = chance.sample(others, chance.randint(0, len(others)))
    bundle["entry"] = [each for each in bundle["entry"] if not any(each is one for one in gone)]


def _drop_element(bundle: Bundle, chance: random.Random) -> None:
    resource = _any(bundle, chance)
    names = [name for name in resource if name not in ("resourceType", "subject", "patient", "id")]
    if names:
        del resource[chance.choice(names)]


def _only_text(bundle: Bundle, chance: random.Random) -> None:
    for name in ("code", "medicationCodeableConcept", "type"):
        code = _any(bundle, chance).get(name)
        if isinstance(code, dict) and code.get("coding"):
            first = code.pop("coding")[0]
            code.setdefault("text", first.get("display", ""))


def _other_system(bundle: Bundle, chance: random.Random) -> None:
    code = _any(bundle, chance).get("code")
    for coding in code.get("coding", ()) if isinstance(code, dict) else ():
        system = str(coding.get("system", ""))
        coding["system"] = chance.choice((system.upper(), system.replace("http:", "https:"), f"{system}/", ""))


def _other_status(bundle: Bundle, chance: random.Random) -> None:
    resource = _any(bundle, chance)
    if "status" in resource:
        resource["status"] = chance.choice(("entered-in-error", "preliminary", "unknown", "completed", "active", 5))


def _contain(bundle: Bundle, chance: random.Random) -> None:
    observation = next((each for each in bundle["entry"] if _resource(each).get("resourceType") == "Observation"), None)
    if observation is None:
        return
    held = observation["resource"]
    report = {
        "resourceType": "DiagnosticReport",
        "id": f"report-{chance.randrange(1000)}",
        "status": "final",
        "subject": held.get("subject"),
        "code": {"text": "Report"},
        "contained": [{**held, "id": "held"}],
        "result": [{"reference": "#held"}],
    }
    observation["resource"] = report


def _wrong_shape(bundle: Bundle, chance: random.Random) -> None:
    resource = _any(bundle, chance)
    name = chance.choice(list(resource))
    if name not in ("resourceType", "subject", "id"):
        resource[name] = chance.choice(([], {}, "x", 7, None, [resource[name]]))


_CHANGES: tuple[Callable[[Bundle, random.Random], None], ...] = (
    *(_leave_out, _leave_out, _drop_element, _only_text, _other_system, _other_status, _contain, _wrong_shape),
)


def _resource(entry: Any) -> dict[str, Any]:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    return resource if isinstance(resource, dict) else {}


def _any(bundle: Bundle, chance: random.Random) -> dict[str, Any]:
    resources = [made for each in bundle["entry"] if (made := _resource(each))]
    return chance.choice(resources) if resources else {"resourceType": "Basic"}
