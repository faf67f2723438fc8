"""The proxy of ``deploy/nginx.conf`` as a real one, in front of the service as it is run."""

import http.client
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.bench.servers import free_port
from tests.fake_fhir.certificate import write_certificate
from tests.test_server_life import BUNDLE, JSON, served, wait_for

CONFIGURATION = Path(__file__).parents[1] / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: apt-get install nginx-light)")


def as_here(directory: Path, service: int, listening: int) -> Path:
    """The configuration with the places of this test and nothing else changed."""
    certificate = write_certificate(directory / "server.pem")
    text = CONFIGURATION.read_text(encoding="utf-8")
    places = {
        "service:8000": f"127.0.0.1:{service}",
        "listen 8443": f"listen 127.0.0.1:{listening}",
        "/etc/nginx/tls/tls.crt": str(certificate),
        "/etc/nginx/tls/tls.key": str(certificate),
        "/tmp/nginx": f"{directory}/nginx",  # noqa: S108  # what stands in the file
        "/dev/stdout": f"{directory}/access.log",
    }
    for place, here in places.items():
        assert place in text
        text = text.replace(place, here)
    file = directory / "nginx.conf"
    file.write_text(f"daemon off;\nuser root;\n{text}" if is_root() else f"daemon off;\n{text}", encoding="utf-8")
    return file


def is_root() -> bool:
    return Path("/proc/self").stat().st_uid == 0


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    directory = tmp_path_factory.mktemp("nginx")
    listening = free_port()
    with served(1) as (_, service):
        file = as_here(directory, service, listening)
        command = [str(NGINX), "-c", str(file), "-p", str(directory)]
        subprocess.run([*command, "-t"], check=True, capture_output=True, timeout=20)  # noqa: S603  # our own file
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:  # noqa: S603
            try:
                wait_for(lambda: is_open(listening))
                yield listening, directory / "access.log"
            finally:
                process.terminate()


def is_open(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def connected(port: int) -> http.client.HTTPSConnection:
    # Who signed it is not the question here.
    trusting = ssl._create_unverified_context()  # noqa: S323, SLF001  # of the certificate made above
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=trusting)


def status(port: int, method: str, path: str, body: bytes | None = None) -> int:
    with closing(connected(port)) as connection:
        connection.request(method, path, body, JSON if body else {})
        return connection.getresponse().status


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/healthz", None, 200),
        ("GET", "/readyz", None, 200),
        ("GET", "/cds-services", None, 200),
        ("POST", "/fhir/$mmn-evaluate", BUNDLE, 200),
        ("POST", "/fhir/$mmn-evaluate", b"{", 400),
        ("POST", "/fhir/$mmn-evaluate", b" " * 11_000_000, 413),
        ("GET", "/metrics", None, 404),
        ("GET", "//metrics", None, 404),
        ("GET", "/%6Detrics", None, 404),
        ("GET", "//cds-services", None, 404),
        ("GET", "/cds-services%2Fmmn-patient-view", None, 404),
        ("GET", "/x/../metrics", None, 404),
    ],
)
def test_what_is_asked_arrives_and_what_is_for_the_monitor_does_not(
    proxy: tuple[int, Path], method: str, path: str, body: bytes | None, expected: int
) -> None:
    assert status(proxy[0], method, path, body) == expected


def test_the_log_of_the_proxy_holds_neither_path_nor_query(proxy: tuple[int, Path]) -> None:
    assert status(proxy[0], "GET", "/fhir/metadata/Zebedee?patient=Zebedee") == 404
    wait_for(lambda: " GET 404 " in proxy[1].read_text())
    assert "Zebedee" not in proxy[1].read_text()


def test_slow_bodies_wait_in_the_proxy_and_hold_no_thread_of_the_service(proxy: tuple[int, Path]) -> None:
    with ExitStack() as stack:
        for _ in range(80):
            slow = stack.enter_context(closing(connected(proxy[0])))
            slow.putrequest("POST", "/fhir/$mmn-evaluate")
            slow.putheader("Content-Type", "application/json")
            slow.putheader("Content-Length", "1000")
            slow.endheaders()
        started = time.monotonic()
        assert status(proxy[0], "POST", "/fhir/$mmn-evaluate", BUNDLE) == 200
        assert time.monotonic() - started < 4
