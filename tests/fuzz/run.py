"""Send many wrong requests to a running server: ``make fuzz N=20000 SEED=1``.

It fails on any 5xx, on an answer that takes longer than two seconds, on an error that is no OperationOutcome, on a
value of the input in a header, and on a worker that had to be replaced.
"""

import argparse
import http.client
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random

import orjson

from tests.bench.servers import server
from tests.fuzz.mutations import CANARY, Sent, corpus, mutated

SLOWEST = 2.0
_SENDERS = 2
_MOST_SHOWN = 5
_NO_ERROR = range(200, 400)


def main() -> None:
    """Run, print the statuses, and exit with 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with server("-c", "from service.cli import main; main()", "serve", "--profile", "local") as running:
        workers = _workers(running.pid)
        each = chosen.requests // _SENDERS
        with ThreadPoolExecutor(_SENDERS) as pool:
            found = pool.map(lambda n: _sent(running.port, each, chosen.seed * 1000 + n), range(_SENDERS))
            statuses, problems = map(_joined, zip(*found, strict=True))
        if _workers(running.pid) != workers:
            problems["a worker was replaced"] += 1
    _report(chosen.requests, chosen.seed, statuses, problems)
    sys.exit(1 if problems else 0)


def _sent(port: int, count: int, seed: int) -> tuple[Counter[str], Counter[str]]:
    draw, good = Random(seed), corpus()  # noqa: S311  # the same requests each time
    statuses: Counter[str] = Counter()
    problems: Counter[str] = Counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with closing(connection):
        for _ in range(count):
            request = mutated(draw.choice(good), draw)
            status, problem = _exchange(connection, request)
            statuses[status] += 1
            if problem:
                problems[f"{problem}: {request.method} {request.path} {request.headers} {request.body[:300]!r}"] += 1
    return statuses, problems


def _exchange(connection: http.client.HTTPConnection, request: Sent) -> tuple[str, str]:
    """(status, what is wrong with the answer)."""
    started = time.perf_counter()
    try:
        headers = {name: text.encode().decode("latin-1") for name, text in request.headers.items()}
        connection.request(request.method, request.path, request.body or None, headers)
        answer = connection.getresponse()
        body = answer.read()
    except (http.client.HTTPException, OSError) as error:
        connection.close()
        return type(error).__name__, f"no answer ({type(error).__name__})"
    took = time.perf_counter() - started
    return str(answer.status), _wrong(request.method, answer, body, took)


def _wrong(method: str, answer: http.client.HTTPResponse, body: bytes, took: float) -> str:
    if answer.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"status {answer.status}"
    if took > SLOWEST:
        return f"{took:.1f} s"
    told = {name: text for name, text in answer.getheaders() if name != "X-Request-Id"}
    if CANARY in str(told):
        return "input in a header"
    if answer.status not in _NO_ERROR and method != "HEAD" and not _is_outcome(body):
        return f"status {answer.status} without an OperationOutcome"
    return ""


def _is_outcome(body: bytes) -> bool:
    try:
        return bool(orjson.loads(body)["resourceType"] == "OperationOutcome") and CANARY.encode() not in body
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return False


def _workers(master: int) -> set[str]:
    """The processes that the server forked; empty where there is no /proc."""
    return {path.parent.name for path in _statuses() if f"\nPPid:\t{master}\n" in _text(path)}


def _statuses() -> Iterator[Path]:
    return Path("/proc").glob("[0-9]*/status")


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _joined(counters: tuple[Counter[str], ...]) -> Counter[str]:
    return sum(counters, Counter())


def _report(requests: int, seed: int, statuses: Counter[str], problems: Counter[str]) -> None:
    print(f"{requests} mutated requests, seed {seed}: {dict(sorted(statuses.items()))}")  # noqa: T201
    for problem, count in problems.most_common(_MOST_SHOWN):
        print(f"{count} times {problem}")  # noqa: T201
    print(f"{sum(problems.values())} problems")  # noqa: T201


if __name__ == "__main__":
    main()
