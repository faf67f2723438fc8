"""What is under ``deploy/``: linted by the tools of the field, where they are, and safe by what it says."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.app import create_app
from service.knowledge.yaml_file import read_yaml
from service.settings import Settings
from service.store.database import Database
from tests.bench import bodies
from tests.ehr.running import running_service
from tests.ehr.settings_file import write_settings
from tests.fake_fhir.server import Exchange, FakeFhirServer, serve
from tests.shipped import shipped

ROOT = Path(__file__).parents[1]
DEPLOY, TOOLS = ROOT / "deploy", ROOT / ".deploy-tools" / "bin"
CHART = DEPLOY / "helm" / "mmn-cds"
PROMTOOL = shutil.which("promtool")
needs_tools = pytest.mark.skipif(not TOOLS.is_dir(), reason="Helm and Compose are not here: make deploy-tools")
VALUES: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "with all of it": {"worker": {"enabled": True}, "ingress": {"enabled": True, "className": "nginx"}},
    "one pod by digest": {"replicas": 1, "image": {"tag": f"sha256:{'ab' * 32}"}, "auditClose": {"enabled": False}},
    "with rights and places": {
        "imagePullSecrets": [{"name": "registry"}],
        "nodeSelector": {"disk": "fast"},
        "tolerations": [{"key": "clinic", "operator": "Exists"}],
        "podAnnotations": {"prometheus.io/scrape": "false"},
        "worker": {"enabled": True, "replicas": 2},
    },
}


def run(*command: str | Path, environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(  # noqa: S603  # what we ship
        list(map(str, command)), env=environment, check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rendered(values: dict[str, Any]) -> list[dict[str, Any]]:
    script = ROOT / "tests" / "render_chart.py"
    answer = orjson.loads(run(TOOLS / "python", script, CHART, orjson.dumps(values).decode()))
    assert answer["problems"] == []
    manifests: list[dict[str, Any]] = answer["manifests"]
    return manifests


def pod_of(manifest: dict[str, Any]) -> dict[str, Any] | None:
    spec = manifest["spec"]
    spec = spec["jobTemplate"]["spec"] if manifest["kind"] == "CronJob" else spec
    pod: dict[str, Any] | None = spec.get("template", {}).get("spec")
    return pod


@needs_tools
@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_the_chart_is_what_kubernetes_takes_and_no_pod_may_more_than_it_needs(values: dict[str, Any]) -> None:
    pods = [pod for pod in map(pod_of, rendered(values)) if pod]
    assert pods
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["enableServiceLinks"]
        assert not pod["automountServiceAccountToken"]
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert not container["securityContext"]["allowPrivilegeEscalation"]
            assert container["resources"]["limits"]["memory"] == "512Mi"
            # The URL of the store holds a password.
            (store,) = [each for each in container["env"] if each["name"] == "MMN_CDS_STORE"]
            assert "value" not in store
            assert store["valueFrom"]["secretKeyRef"]["key"] == "url"


@needs_tools
def test_the_service_has_several_replicas_and_is_asked_whether_it_lives_and_is_ready() -> None:
    (service,) = [each for each in rendered({}) if each["kind"] == "Deployment"]
    assert service["spec"]["replicas"] == 2
    (container,) = service["spec"]["template"]["spec"]["containers"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    # The store may take two seconds, and a new connection two more.
    assert container["readinessProbe"]["timeoutSeconds"] >= 5


@needs_tools
def test_the_metrics_are_not_let_out() -> None:
    (ingress,) = [each for each in rendered(VALUES["with all of it"]) if each["kind"] == "Ingress"]
    paths = [each["path"] for rule in ingress["spec"]["rules"] for each in rule["http"]["paths"]]
    assert "/cds-services" in paths
    assert not any("/metrics".startswith(path) for path in paths)


@needs_tools
def test_the_chart_check_would_notice_a_wrong_type(tmp_path: Path) -> None:
    shutil.copytree(CHART, tmp_path / "mmn-cds")
    template = tmp_path / "mmn-cds" / "templates" / "service.yaml"
    text = template.read_text(encoding="utf-8").replace("port: 80, ", "port: eighty, ")
    template.write_text(text, encoding="utf-8")
    answer = orjson.loads(run(TOOLS / "python", ROOT / "tests" / "render_chart.py", tmp_path / "mmn-cds", "{}"))
    assert answer["problems"]


@needs_tools
@pytest.mark.parametrize("profile", [[], ["--profile", "example"]])
def test_compose_takes_its_file(profile: list[str]) -> None:
    run(TOOLS / "docker-compose", "-f", DEPLOY / "compose.yaml", *profile, "config", "-q")


def test_compose_lets_in_this_machine_only() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert re.findall(r"^    ports: (.*)$", text, re.MULTILINE) == ['["127.0.0.1:${PORT:-8000}:8080"]']


def test_the_example_channel_is_a_script_that_a_shell_reads() -> None:
    run("sh", "-n", DEPLOY / "example-channel.sh")


def keeping(exchange: Exchange) -> None:
    """As a FHIR server that takes transactions."""
    if exchange.command != "POST":
        serve(exchange)
        return
    posted = orjson.loads(exchange.fake.asked[-1].body)
    exchange.fake.resources += [entry["resource"] for entry in posted["entry"]]
    exchange.send(200, {"resourceType": "Bundle", "type": "transaction-response"})


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_example_channel_gets_the_chart_evaluated_by_saying_whose_it_is(tmp_path: Path) -> None:
    with FakeFhirServer() as fhir:
        fhir.behave(keeping)
        settings = {"profile": "local", "store": f"sqlite:///{tmp_path}/store.sqlite", "fhir_servers": [fhir.base]}
        file = write_settings(tmp_path / "settings.toml", settings, [], {})
        with running_service(file, tmp_path / "log") as service:
            own = {"FHIR": fhir.base, "SERVICE": f"http://127.0.0.1:{service.port}", "TMPDIR": str(tmp_path)}
            environment = {**own, "CHART": str(DEPLOY / "example-chart.json"), "PATH": os.environ["PATH"]}  # noqa: TID251
            said = run("sh", DEPLOY / "example-channel.sh", environment=environment)
    told = orjson.loads(said[said.index("{") :])
    assert told["status"] == "done"
    assert told["results"][0]["evaluation"]["patient"] == "Patient/p1"
    assert fhir.asked_for("Observation")


def test_the_example_chart_is_one_that_can_be_evaluated() -> None:
    bundle = orjson.loads((DEPLOY / "example-chart.json").read_bytes())
    client = create_app(Settings(profile="local", store="sqlite:///:memory:"), shipped()).test_client()
    answer = client.post("/fhir/$mmn-evaluate", data=orjson.dumps(bundle), headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert answer.get_json()["evaluation"]["used"]


def dashboard_queries() -> str:
    dashboard = orjson.loads((DEPLOY / "grafana" / "mmn-cds.json").read_bytes())
    return " ".join(target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", []))


def alert_queries() -> str:
    groups: Any = read_yaml(DEPLOY / "prometheus" / "alerts.yaml")["groups"]
    return " ".join(rule["expr"] for group in groups for rule in group["rules"])


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian: apt-get install prometheus)")
def test_prometheus_takes_the_alert_rules() -> None:
    assert "SUCCESS" in run(str(PROMTOOL), "check", "rules", DEPLOY / "prometheus" / "alerts.yaml")


@pytest.mark.parametrize("queries", [dashboard_queries, alert_queries])
def test_dashboard_and_alerts_ask_for_counters_that_there_are(queries: Callable[[], str], tmp_path: Path) -> None:
    # Notifications are taken, so that what waits is told, too.
    store = f"sqlite:///{tmp_path}/store.sqlite"
    Database(store).migrate()
    client = create_app(Settings(profile="local", store=store, workers=1), shipped()).test_client()
    client.post("/fhir/$mmn-evaluate", data=bodies.as_bundle(bodies.mmn_resources(12)))
    there = set(re.findall(r"^# TYPE (mmn_cds_\w+) ", client.get("/metrics").get_data(as_text=True), re.MULTILINE))
    asked = set(re.findall(r"\bmmn_cds_\w+", queries()))
    assert asked
    assert {re.sub("_(bucket|count|sum)$", "", name) for name in asked} <= there
