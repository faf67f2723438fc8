"""The same cards by prefetch and by fetching from a FHIR server that somebody else wrote, run as a process."""

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from service.app import create_app
from service.errors import MissingData
from service.evaluate import Evaluator
from service.fhir.gathering.access import Access
from service.fhir.gathering.fetcher import FhirFetcher
from service.fhir.gathering.ladder import Templates, gather
from service.outgoing.client import Client
from service.settings import Settings
from service.web.answers import exact_number
from tests.bench.servers import free_port
from tests.fake_fhir import FakeFhirServer
from tests.hapi_server import NoHapiError, hapi_server
from tests.patient_folders import PatientFolder, patient_folders
from tests.shipped import shipped

# Opening such a chart is no news: nothing in it, or a disease that it knows.
SILENT = ("nothing-points-to-mmn", "als-in-the-chart-and-raised-creatine-kinase")
TOKEN = "sekmet-token-1"  # noqa: S105  # made up
FOLDERS = {
    folder.name: folder
    for folder in patient_folders()
    if folder.name
    in (
        "definite-block-in-the-ulnar-forearm",
        "probable-by-one-nerve-with-gm1-antibodies-and-ivig-response",
        "als-in-the-chart-and-raised-creatine-kinase",
        "effect-ends-before-the-next-course",
        "objective-sensory-loss-present",
        "one-observation-per-number",
        "nothing-points-to-mmn",
    )
}
_REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.\-]+")
Json = dict[str, Any]


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if find_spec("sekmet") is None:
        pytest.skip("sekmet-fhir is not installed")
    with sekmet_server(tmp_path_factory.mktemp("sekmet")) as address:
        yield address


@pytest.fixture(scope="module")
def hapi() -> Iterator[str]:
    try:
        with hapi_server() as address:
            yield address
    except NoHapiError as missing:
        pytest.skip(str(missing))


@contextmanager
def sekmet_server(directory: Path, *, is_open: bool = False) -> Iterator[str]:
    port = free_port()
    settings = directory / "settings.yaml"
    settings.write_text(
        f"base_url: http://127.0.0.1:{port}/fhir\nhost: 127.0.0.1\nport: {port}\ndata_dir: {directory}/data\n"
        + ("" if is_open else f"server_auth: {{types: [bearer], tokens: [{TOKEN}]}}\n")
        + 'validation: {inbound: "off"}\nsimulator: {enabled: false}\n'
    )
    with (directory / "log").open("wb") as log:
        server = subprocess.Popen(  # noqa: S603  # of our own making
            [sys.executable, "-c", "from sekmet.cli import app; app()", "serve", "-c", str(settings)],
            cwd=directory,
            stdout=log,
            stderr=log,
        )
        try:
            if not is_listening(port, server):
                pytest.skip(f"sekmet-fhir did not start: {(directory / 'log').read_text()[-500:]}")
            yield f"http://127.0.0.1:{port}/fhir"
        finally:
            server.terminate()
            server.wait(timeout=20)


def is_listening(port: int, server: subprocess.Popen[bytes]) -> bool:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        if server.poll() is not None:
            return False
        threading.Event().wait(0.1)
    return False


def resources_of(folder: PatientFolder, suffix: str) -> list[Json]:
    """The resources of a folder, under ids of their own, so that the folders can live on one server."""
    resources: list[Json] = [renamed(entry["resource"], suffix) for entry in folder.bundle["entry"]]
    for resource in resources:
        resource["id"] += suffix
    return resources


def renamed(value: Any, suffix: str) -> Any:
    if isinstance(value, list):
        return [renamed(item, suffix) for item in value]
    if not isinstance(value, Mapping):
        return value
    made = {key: renamed(item, suffix) for key, item in value.items()}
    reference = made.get("reference")
    if isinstance(reference, str) and _REFERENCE.fullmatch(reference):
        made["reference"] = reference + suffix
    return made


def load(base: str, resources: list[Json]) -> None:
    entries = [
        {"resource": each, "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
        for each in resources
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = requests.post(
        base,
        data=orjson.dumps(bundle, default=exact_number),
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/fhir+json"},
        timeout=10,
    )
    assert answer.ok, answer.text


def cards(evaluator: Evaluator, base: str, patient: str, prefetch: Json) -> list[Json]:
    settings = Settings(profile="local", store="sqlite:///:memory:", fhir_servers=(base,))
    app = create_app(settings, evaluator, FhirFetcher(Client(), https_only=False))
    body = {
        "hook": "patient-view",
        "hookInstance": "8d1b1e8e-4a0f-4f0f-9d7e-0c7a5b0f7f11",
        "context": {"patientId": patient, "userId": "Practitioner/example"},
        "prefetch": prefetch,
        "fhirServer": base,
        "fhirAuthorization": {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 60, "patient": patient},
    }
    answer = app.test_client().post(
        "/cds-services/mmn-patient-view",
        data=orjson.dumps(body, default=exact_number),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [
        {**card, "uuid": "", "suggestions": len(card.get("suggestions", ())), "detail": without_moment(card["detail"])}
        for card in answer.get_json()["cards"]
    ]


def without_moment(detail: str) -> str:
    return re.sub(r"data as of [^.]*", "", detail)


@pytest.mark.conforms("PRE-6")
@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("server", ["base", "hapi"])
def test_a_real_server_gives_the_same_cards_as_the_prefetch(
    evaluator: Evaluator, request: pytest.FixtureRequest, server: str, name: str
) -> None:
    base: str = request.getfixturevalue(server)
    resources = resources_of(FOLDERS[name], f"-{list(FOLDERS).index(name)}")
    patient = next(each for each in resources if each["resourceType"] == "Patient")
    load(base, resources)
    templates = {**evaluator.prefetch_templates(), **evaluator.optional_prefetch_templates()}
    with FakeFhirServer(resources) as ehr:
        paths = {
            key: f"/fhir/{each.replace('{{context.patientId}}', patient['id'])}" for key, each in templates.items()
        }
        sent = {key: ehr.searchset(path) if "?" in path else patient for key, path in paths.items()}
    for bundle in sent.values():
        for entry in bundle.get("entry", ()):
            entry.pop("fullUrl", None)
    expected = cards(evaluator, base, patient["id"], sent)
    assert bool(expected) == (name not in SILENT)
    assert cards(evaluator, base, patient["id"], {}) == expected


@pytest.mark.conforms("MIS-2")
def test_a_real_server_that_refuses_the_token_is_missing_data(evaluator: Evaluator, base: str) -> None:
    """Asked without a token, for a patient that it has."""
    resources = resources_of(FOLDERS["nothing-points-to-mmn"], "-refused")
    load(base, resources)
    access = Access("p1-refused", base, (base,))
    with pytest.raises(MissingData, match="status 401"):
        gather({}, Templates(evaluator.prefetch_templates(), {}), access, FhirFetcher(Client(), https_only=False), 100)
