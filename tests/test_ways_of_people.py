"""The ways people go, end to end in a real browser: a neurologist fills in the form, a newcomer tries the service."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from service.app import create_app
from service.evaluate import Evaluator
from service.json_guard import read_json
from service.settings import Settings
from tests.bench.servers import free_port
from tests.browser import CHROMIUM, chromium, served
from tests.shipped import shipped
from tests.typist import Typist

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}: apt-get install chromium brings it"
)
ROOT = Path(__file__).parents[1]
REPORT = (Path(__file__).parent / "ncs_reports" / "blocks_en.txt").read_text(encoding="utf-8")
NEUROLOGIST_HAS, NEWCOMER_HAS = 60, 120
# A newcomer reads at 4 words a second what stands above the fold of a page.
WORDS_A_SECOND = 4
BEDSIDE = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"
SNOMED = "http://snomed.info/sct"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture(scope="module")
def address(evaluator: Evaluator) -> Iterator[str]:
    with served(create_app(Settings(profile="local", store="sqlite:///:memory:"), evaluator)) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def bring_report(typist: Typist) -> None:
    typist.reach(typist.page.get_by_label("Paste a FHIR R4 Bundle"))
    typist.paste(REPORT)
    typist.reach(typist.page.get_by_role("button", name="Evaluate"))
    typist.press("Enter")
    expect(typist.page.locator("article.result")).to_be_visible()


def fill_in_what_is_abnormal(typist: Typist) -> None:
    """The habit of the ward: the history, the weak muscles, and that the rest is normal; nothing else is touched."""
    page = typist.page
    typist.reach(page.get_by_label("How did the weakness develop?"))
    typist.write("s")
    typist.reach(page.get_by_label("When did the weakness begin?"))
    typist.write("2024-03-01")
    typist.reach(page.get_by_label("In the first weeks"))
    typist.write("a")
    typist.reach(page.locator("summary", has_text="Single muscles"))
    typist.press("Enter")
    typist.reach(page.get_by_label("Abductor pollicis brevis, right"))
    typist.press("4", "ArrowDown")
    typist.reach(page.get_by_label("First dorsal interosseous, right"))
    typist.press("3")
    typist.reach(page.get_by_label("All else that is asked here"))
    typist.press("Space")


def observed(number: int, code: Json, **value: Any) -> Json:
    head = {"resourceType": "Observation", "id": f"o{number}", "status": "final", "code": {"coding": [code]}}
    return {**head, "subject": {"reference": "Patient/report"}, "effectiveDateTime": "2026-03-05", **value}


def as_observations() -> Iterator[Json]:
    """The same findings as an EHR that codes them sends them: each by itself, the normal ones too."""
    present, absent = ({"coding": [{"system": SNOMED, "code": code}]} for code in ("52101004", "2667000"))
    words = {"coding": [{"system": BEDSIDE, "code": "slowly-progressive"}]}
    said: dict[str, Json] = {
        "progression": {"valueCodeableConcept": words},
        "weakness-onset": {"valueDateTime": "2024-03-01"},
        "diffuse-symmetric-weakness-at-onset": {"valueCodeableConcept": absent},
        "asymmetric-limb-weakness": {"valueCodeableConcept": present},
        "weak-nerve-territories": {"valueInteger": 2},
    }
    normal = (
        *("objective-sensory-loss", "upper-motor-neuron-signs", "brisk-reflexes", "marked-bulbar-involvement"),
        *("cranial-nerve-involvement", "muscle-atrophy", "cramps-or-fasciculations"),
        "reduced-reflexes-in-affected-limb",
    )
    said |= {code: {"valueBoolean": False} for code in normal}
    for number, (code, value) in enumerate(said.items()):
        yield observed(number, {"system": BEDSIDE, "code": code}, **value)


def test_the_form_of_a_neurologist_takes_under_a_minute_and_says_the_same_as_observations(
    browser: Browser, address: str, evaluator: Evaluator
) -> None:
    page = browser.new_page()
    page.goto(address)
    bring_report(Typist(page))
    typist = Typist(page)
    typist.reach(page.locator("summary", has_text="What if"))
    typist.press("Enter")
    fill_in_what_is_abnormal(typist)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Definite")
    assert typist.seconds < NEUROLOGIST_HAS, f"{typist.keys} keys, {typist.decisions} decisions"

    with page.expect_download() as download:
        page.get_by_role("button", name="Export as Bundle").click()
    by_form: Any = read_json(Path(download.value.path()).read_bytes())
    page.close()
    studies = [entry for entry in by_form["entry"] if entry["resource"]["resourceType"] != "QuestionnaireResponse"]
    coded = {**by_form, "entry": [*studies, *({"resource": each} for each in as_observations())]}
    # The page evaluated as of then.
    (as_of,) = (
        datetime.fromisoformat(written) for entry in by_form["entry"] if (written := entry["resource"].get("authored"))
    )
    form, observations = (class_and_criteria(evaluator, bundle, as_of) for bundle in (by_form, coded))
    assert len(studies) == len(by_form["entry"]) - 1
    assert form == observations
    assert form[0] == "definite"


def class_and_criteria(evaluator: Evaluator, bundle: Json, as_of: datetime) -> tuple[str, dict[str, str]]:
    found: Any = evaluator.evaluate_bundle(bundle, as_of, 1000)["evaluation"]
    decisive = {row["id"]: row["verdict"] for row in found["criteria"] if row["kind"] in ("core", "exclusion")}
    return found["classification"]["reached"], decisive


@contextmanager
def served_as_the_readme_says(store: Path) -> Iterator[str]:
    """What ``make serve`` starts, on a port that is free; the address is the one it prints."""
    recipe = re.search(r"^serve:.*\n\t@exec \$\(BIN\)/mmn-cds (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    arguments = recipe[1].replace("$(PORT)", str(free_port())).split()
    server = subprocess.Popen(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", "from service.cli import main; main()", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "MMN_CDS_STORE": f"sqlite:///{store}/store.db"},  # noqa: TID251  # handed on
    )
    assert server.stdout
    try:
        yield next(found[0] for line in server.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
    finally:
        server.terminate()
        server.communicate(timeout=40)


def test_the_readme_leads_a_newcomer_from_one_command_to_a_definite_class_in_under_two_minutes(
    browser: Browser, tmp_path: Path
) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first_steps = readme[: readme.index("Or, in a second terminal")]
    assert "make serve" in first_steps
    with served_as_the_readme_says(tmp_path) as address:
        page = browser.new_page()
        page.goto(address)
        typist = Typist(page)
        typist.write("make serve\n")
        bring_report(typist)
        expect(page.locator("article.result")).to_contain_text("Right ulnar forearm block")
        expect(page.get_by_role("heading", level=1)).to_have_text("Not classified")
        expect(page.locator("table.needs")).to_contain_text("weakness")
        typist.reach(page.locator("summary", has_text="What if"))
        typist.press("Enter")
        fill_in_what_is_abnormal(typist)
        expect(page.get_by_role("heading", level=1)).to_have_text("Definite")
        expect(page.locator(".verdict .changed")).to_contain_text("was: Not classified")
        page.close()
    reading = len(first_steps.split()) / WORDS_A_SECOND
    taken = reading + typist.seconds
    assert taken < NEWCOMER_HAS, f"reading {reading:.0f} s, hands {typist.seconds:.0f} s"
