"""``make memory``: do 512 MiB hold the service with two workers, whatever is sent to it?

A server as it is run, two workers, and three kinds of senders, one after the other: wrong requests (those of
``make fuzz``), the heaviest calls that are allowed (those of ``make fairness``), and Bundles of nearly the largest
size, many at once. What is told is the most that all its processes held together, shared pages counted once (PSS),
which is what a container is charged for.
"""

import http.client
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random

import click

from tests.bench import bodies
from tests.bench.fairness import heaviest
from tests.bench.probes import children
from tests.bench.servers import server
from tests.fuzz.mutations import Sent, corpus, mutated

MOST_MIB = 512.0
_SERVE = ("-c", "from service.cli import main; main()", "serve", "--profile", "local", "--workers", "2")
_SENDERS, _EACH_SECONDS, _PATIENCE = 24, 0.05, 120.0
_LARGE_BYTES = 9_800_000
_JSON = {"Content-Type": "application/json"}


class Watched:
    """The most that was held since the last time that somebody asked."""

    def __init__(self, master: int) -> None:
        self._master, self._most = master, 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def most(self) -> float:
        """In MiB; then it begins anew."""
        most, self._most = self._most, 0.0
        return most

    def _run(self) -> None:
        while not self._stopped.wait(_EACH_SECONDS):
            self._most = max(self._most, sum(map(_pss_mib, (self._master, *children(self._master)))))

    @contextmanager
    def watching(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            self._thread.join()


def _pss_mib(process: int) -> float:
    with suppress(OSError):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return 0.0


def large() -> Sent:
    """A Bundle of 4,900 resources and 9.8 MB."""
    resources = bodies.mmn_resources(4900)
    padding = (_LARGE_BYTES - len(bodies.as_bundle(resources))) // len(resources) - len('"note":[{"text":""}],')
    text = [{"text": "n" * padding}]
    return Sent("POST", "/fhir/$mmn-evaluate", _JSON, bodies.as_bundle([resources[0], *_noted(resources[1:], text)]))


def _noted(resources: Iterable[bodies.Resource], text: list[dict[str, str]]) -> Iterator[bodies.Resource]:
    return ({**resource, "note": text} for resource in resources)


def _send(port: int, sent: Sent) -> str:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)) as connection:
        try:
            headers = {name: text.encode().decode("latin-1") for name, text in sent.headers.items()}
            connection.request(sent.method, sent.path, sent.body or None, headers)
            answer = connection.getresponse()
            answer.read()
        except (http.client.HTTPException, OSError) as problem:
            return type(problem).__name__
        return str(answer.status)


@click.command()
@click.option("--requests", type=int, default=4000, show_default=True, help="Wrong requests.")
@click.option("--seed", type=int, default=1, show_default=True)
def main(requests: int, seed: int) -> None:
    """Send it all, print what was held, and fail over 512 MiB or when a worker ended."""
    draw, good = Random(seed), corpus()  # noqa: S311  # the same requests each time
    kinds = {
        "wrong requests": [mutated(draw.choice(good), draw) for _ in range(requests)],
        "heaviest calls": [Sent("POST", path, _JSON, body) for path, body in heaviest().values()] * 2,
        f"Bundles of {_LARGE_BYTES / 1e6} MB": [large()] * _SENDERS,
    }
    with server(*_SERVE) as running:
        watched, workers = Watched(running.pid), children(running.pid)
        with watched.watching(), ThreadPoolExecutor(_SENDERS) as pool:
            most = [_most(watched, pool, running.port, kind, sent) for kind, sent in kinds.items()]
        ended = set(workers) - set(children(running.pid))
    click.echo(f"{max(most):.0f} MiB at the most (floor {MOST_MIB:.0f}), {len(workers)} workers, {len(ended)} ended")
    sys.exit(1 if max(most) > MOST_MIB or ended else 0)


def _most(watched: Watched, pool: ThreadPoolExecutor, port: int, kind: str, sent: list[Sent]) -> float:
    statuses = Counter(pool.map(lambda each: _send(port, each), sent))
    most = watched.most()
    click.echo(f"{most:6.0f} MiB  {len(sent)} {kind}: {dict(sorted(statuses.items()))}")
    return most


if __name__ == "__main__":
    main()
