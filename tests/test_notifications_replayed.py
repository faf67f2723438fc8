"""What a notification led to can be evaluated again, where the site keeps inputs, and its row says how long it took."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from service.cli import main
from service.evaluate import Evaluator
from service.store.database import Database
from service.store.tables import EVALUATION_INPUTS, EVALUATIONS
from tests.notifying import OPERATION, Desk, desk, exactly
from tests.shipped import shipped
from tests.test_audit_commands import changed_rules
from tests.test_notifications import CHART, PATIENT, transaction, url_of
from tests.unit.store.audit_samples import kept

# With the server the chart is fetched; without one the message is judged alone.
WAYS = {"chart": transaction(PATIENT), "message": transaction(*CHART)}


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture
def keys(tmp_path: Path) -> Mapping[str, Path]:
    places = {name: tmp_path / name for name in ("audit_key_file", "audit_input_key_file")}
    for place in places.values():
        place.write_bytes(place.name.encode() * 4)
    return places


@pytest.fixture(params=WAYS)
def worked(
    request: pytest.FixtureRequest, evaluator: Evaluator, database: Database, keys: Mapping[str, Path]
) -> Iterator[Desk]:
    alone = {"fhir_servers": ()} if request.param == "message" else {}
    with desk(evaluator, url_of(database), list(CHART), **alone, **keys) as made:
        taken = made.client.post(OPERATION, data=exactly(WAYS[request.param]), content_type="application/fhir+json")
        made.work()
        assert set(made.reached(taken).values()) == {"definite"}
        yield made


def replayed(database: Database, keys: Mapping[str, Path], *arguments: str) -> Any:
    own = {f"MMN_CDS_{name.upper()}": str(place) for name, place in keys.items()}
    environment = {"MMN_CDS_PROFILE": "local", "MMN_CDS_STORE": url_of(database), **own}
    result = CliRunner().invoke(main, ["audit", "replay", "--json", *arguments], env=environment)
    assert result.exit_code == 0, result.output
    (found,) = orjson.loads(result.stdout)["evaluations"]
    return found


@pytest.mark.usefixtures("worked")
def test_under_the_same_rules_the_same_is_concluded(database: Database, keys: Mapping[str, Path]) -> None:
    found = replayed(database, keys)
    assert found["service"] == "mmn-notify"
    assert "notDone" not in found
    assert found["differences"] == []
    assert found["cardsNow"] == sorted(card["topic"] for card in found["cards"])


@pytest.mark.usefixtures("worked")
def test_under_other_rules_the_difference_is_shown(
    database: Database, keys: Mapping[str, Path], tmp_path: Path
) -> None:
    found = replayed(database, keys, "--knowledge", str(changed_rules(tmp_path / "new")))
    assert {"what": "class reached", "then": "definite", "now": "none"} in found["differences"]


@pytest.mark.usefixtures("worked")
def test_no_word_of_the_chart_lies_readable_in_the_store(database: Database) -> None:
    (held,) = kept(database, EVALUATION_INPUTS)
    assert b"Patient" not in held["sealed"]


def test_the_row_says_how_long_each_stage_took(worked: Desk, database: Database) -> None:
    (row,) = kept(database, EVALUATIONS)
    stages = {"fetch", "evaluate"} if worked.ehr.asked else {"evaluate"}
    assert row["timings"].keys() == stages
    assert all(0 < milliseconds < 60_000 for milliseconds in row["timings"].values())


def test_without_the_setting_nothing_is_kept(
    evaluator: Evaluator, database: Database, keys: Mapping[str, Path]
) -> None:
    with desk(evaluator, url_of(database), list(CHART), audit_key_file=keys["audit_key_file"]) as made:
        made.post(WAYS["chart"])
        made.work()
    assert kept(database, EVALUATION_INPUTS) == []
