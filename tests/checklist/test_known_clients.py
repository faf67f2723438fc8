"""Calls as known clients send them, faults of theirs included: the files under ``tests/ehr/calls``.

What the public Sandbox sends was seen; what is like Epic's or Oracle Health's is as others report it. A file has the
token's claims in seconds from now, the body, and what has to come back: the status, indicator and topic of each
card, and what a refusal names. ``{record}``, ``{access_token}``, ``{patient}`` and ``{today}`` stand for those of the
test.
"""

from pathlib import Path
from typing import Any

import orjson
import pytest

from service.json_guard import read_json
from service.web.as_of import now
from service.web.message_schemas import validator
from tests.checklist.place import ACCESS_TOKEN, Place
from tests.ehr import Answer, Ehr
from tests.ehr.client import JSON, path_of

CALLS = sorted((Path(__file__).parents[1] / "ehr" / "calls").glob("*.json"))


def sent(place: Place, ehr: Ehr, sample: dict[str, Any]) -> Answer:
    caller = place.ehr(sample["ehr"])
    body = orjson.dumps(sample["call"])
    meant = {
        "record": ehr.record.base,
        "access_token": ACCESS_TOKEN,
        "patient": ehr.patient,
        "today": now().date().isoformat(),
    }
    for name, value in meant.items():
        body = body.replace(f"{{{name}}}".encode(), value.encode())
    seconds = int(now().timestamp())
    path = path_of(sample["call"]["hook"])
    token = caller.token(path, **{name: seconds + offset for name, offset in sample.get("claims", {}).items()})
    return caller.raw("POST", path, body, {**JSON, "Authorization": f"Bearer {token}"})


@pytest.mark.conforms("GEN-7", "PRE-13")
@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_a_known_client_gets_what_it_should(place: Place, ehr: Ehr, path: Path) -> None:
    sample = orjson.loads(path.read_bytes())
    answer = sent(place, ehr, sample)
    expected = sample["expected"]
    assert answer.status == expected["status"], answer.body
    if answer.status == 200:
        assert [error.message for error in validator("HookResponse").iter_errors(read_json(answer.body))] == []
        assert [f"{card['indicator']}: {card['source']['topic']['code']}" for card in answer.cards] == expected["cards"]
    else:
        assert all(name in answer.json["issue"][0]["diagnostics"] for name in expected["named"])
