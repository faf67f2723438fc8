"""Patient folders under tests/patients: a Bundle, what is expected of it, and the story that says why.

``expected.json`` holds only what matters for the patient. ``criteria`` are named by their guideline code (C1, E1, S1)
or by the last part of their id. ``conduction`` and ``excluded`` are complete; within a segment only the listed keys are
compared. ``cards`` is the number of cards that are not about orders or treatment, or the list of all, each as indicator
and topic: "info mmnDiagnosisOpen"; how they are worded is approved in tests/approved. ``card`` is the first of those
counted. ``differentials`` lists the last parts of all ids; none
when left out. ``advice`` lists the rules that advise, in any order. ``cited`` names resources that a criterion or
segment must rest on. ``wouldChange`` lists words that must stand in a need for that class; an empty list means that
nothing would change the class, a missing one that it is not looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from service.evaluate import Evaluator
from service.json_guard import read_json

PATIENTS = Path(__file__).parent / "patients"
ENTRY_LIMIT = 1000
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PatientFolder:
    """One folder; ``name`` is its clinical sentence in kebab-case."""

    name: str
    bundle: Json
    expected: Json
    story: str

    @property
    def as_of(self) -> datetime:
        """The moment of evaluation."""
        return datetime.fromisoformat(self.expected["asOf"])

    def answer(self, evaluator: Evaluator, bundle: Json | None = None) -> Json:
        """The answer to this folder's Bundle, or to another form of it."""
        return evaluator.evaluate_bundle(bundle or self.bundle, self.as_of, ENTRY_LIMIT)

    def differences(self, answer: Json) -> list[str]:
        """Every point in which an answer is not as expected, in words; empty when all is well."""
        if "results" not in self.expected:
            return list(_differences(self.expected, answer))
        expected = {each["patient"]: each for each in self.expected["results"]}
        answers = {each["evaluation"]["patient"]: each for each in answer["results"]}
        if expected.keys() != answers.keys():
            return [f"results: expected {sorted(expected)}, got {sorted(answers)}"]
        return [f"{name}: {line}" for name in expected for line in _differences(expected[name], answers[name])]


def patient_folders() -> list[PatientFolder]:
    """All folders, by name."""
    return [_folder(path) for path in sorted(PATIENTS.iterdir())]


def results_of(answer: Json) -> Sequence[Json]:
    """The results of an answer, of one patient or of several."""
    several: Sequence[Json] = answer.get("results", [answer])
    return several


def _folder(path: Path) -> PatientFolder:
    bundle, expected = (read_json((path / name).read_bytes()) for name in ("bundle.json", "expected.json"))
    assert isinstance(bundle, dict)
    assert isinstance(expected, dict)
    return PatientFolder(path.name, bundle, expected, (path / "story.md").read_text(encoding="utf-8"))


def _differences(expected: Json, answer: Json) -> Iterator[str]:
    evaluation, cards = answer["evaluation"], answer["cards"]
    classification = evaluation["classification"]
    for key in ("reached", "attainable"):
        yield from _compared(key, expected[key], classification[key])
    yield from _criteria(expected["criteria"], evaluation["criteria"])
    yield from _conduction(expected["conduction"], evaluation["conduction"])
    yield from _cited(expected.get("cited", {}), evaluation)
    yield from _would_change(expected.get("wouldChange"), classification["wouldChange"])
    yield from _excluded(expected["excluded"], evaluation["excluded"])
    if "advice" in expected:
        told = [row["id"].removeprefix("mmn.") for row in evaluation["advice"]]
        yield from _compared("advice", sorted(name.removeprefix("mmn.") for name in expected["advice"]), sorted(told))
    yield from _compared("cards", *_cards(expected["cards"], cards))
    yield from _differentials(expected.get("differentials", ()), evaluation["differentials"])
    of_diagnosis = [card for card in cards if not _is_on_treatment(card)]
    for key, value in expected.get("card", {}).items():
        if value is not None:
            got = of_diagnosis[0] | {"topic": _topic(of_diagnosis[0])} if of_diagnosis else {}
            yield from _compared(f"card {key}", value, got.get(key))


_ON_TREATMENT = ("mmnIvig", "mmnOtherAgents", "mmnTreatment")


def _is_on_treatment(card: Json) -> bool:
    return _topic(card).startswith(_ON_TREATMENT)


def _topic(card: Json) -> str:
    return str(card["source"]["topic"]["code"])


def _cards(expected: int | Sequence[str], cards: Sequence[Json]) -> tuple[object, object]:
    """Expected and got: how many that are not about orders or treatment, or all of them in any order."""
    if isinstance(expected, int):
        return expected, sum(not _is_on_treatment(card) for card in cards)
    return sorted(expected), sorted(f"{card['indicator']} {_topic(card)}" for card in cards)


def _differentials(expected: Sequence[str], rows: Sequence[Json]) -> Iterator[str]:
    yield from _compared("differentials", sorted(expected), sorted(row["id"].rpartition(".")[2] for row in rows))


def _criteria(expected: Json, rows: Sequence[Json]) -> Iterator[str]:
    criteria = _criteria_by_name(rows)
    for name, verdict in expected.items():
        yield from _compared(name, verdict, criteria.get(name, {}).get("verdict"))


def _criteria_by_name(rows: Sequence[Json]) -> dict[str, Json]:
    # A label without a guideline code starts with a word of its title, which no folder asks for.
    return {name: row for row in rows for name in (row["label"].split()[0], row["id"].rpartition(".")[2])}


def _segments_by_name(rows: Sequence[Json]) -> dict[str, Json]:
    return {f"{row['side']} {row['nerve']}, {row['from']} to {row['to']}": row for row in rows}


def _conduction(expected: Json, rows: Sequence[Json]) -> Iterator[str]:
    segments = _segments_by_name(rows)
    yield from _compared("segments", sorted(expected), sorted(segments))
    for name in expected.keys() & segments.keys():
        for key, value in expected[name].items():
            yield from _compared(f"{name}: {key}", value, segments[name].get(key))


def _cited(expected: Json, evaluation: Json) -> Iterator[str]:
    rows = _criteria_by_name(evaluation["criteria"]) | _segments_by_name(evaluation["conduction"])
    for name, references in expected.items():
        missing = sorted(set(references) - set(rows.get(name, {}).get("evidence", ())))
        if missing:
            yield f"{name}: evidence lacks {missing}"


def _would_change(expected: Sequence[Json] | None, needs: Sequence[Json]) -> Iterator[str]:
    listed = [f"{need['need']} -> {need['to']}" for need in needs]
    if expected == []:
        yield from _compared("wouldChange", [], listed)
    for wanted in expected or ():
        if not any(wanted["need"] in need["need"] and wanted["to"] == need["to"] for need in needs):
            yield f"wouldChange: expected {wanted['need']!r} -> {wanted['to']}, got {listed}"


def _excluded(expected: Json, rows: Sequence[Json]) -> Iterator[str]:
    wanted = {
        (name, reason) for name, said in expected.items() for reason in (said if isinstance(said, list) else [said])
    }
    yield from _compared("excluded", sorted(wanted), sorted({(row["resource"], row["reason"]) for row in rows}))


def _compared(what: str, expected: object, got: object) -> Iterator[str]:
    if expected != got:
        yield f"{what}: expected {expected}, got {got}"
