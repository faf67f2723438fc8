"""The engine under load: many sessions, many threads, forked workers, flat memory."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random

from service.domain.conclusions import Verdict
from service.engine.run import Engine
from service.engine.sheets import Sheet
from tests.unit.engine.packs import compared, expected, one_criterion, random_pack, random_sheet

SEED = 7


def prepared(criteria: int, sheets: int) -> tuple[Engine, list[Sheet], list[dict[str, Verdict]]]:
    """An engine, sheets, and what the third judge says of them."""
    random = Random(SEED)  # noqa: S311 - repeatable, no secret
    knowledge = random_pack(random, criteria)
    given: list[Sheet] = [random_sheet(random) for _ in range(sheets)]
    return (
        Engine(knowledge),
        given,
        [{one.name: expected(one.when, sheet) for one in knowledge.stages[0].criteria} for sheet in given],
    )


def in_a_process_of_its_own(script: str) -> str:
    paths = f"import sys; sys.path[:0] = {sys.path!r}\n"
    command = [sys.executable, "-c", paths + script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - our own text
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_twenty_thousand_sessions_in_which_no_rule_fires_are_survived() -> None:
    engine = Engine(one_criterion(compared("area", "at_least", 50)))
    unknown = [{"a.b": Verdict.UNKNOWN}]
    assert all(engine.run("stage", [{}]) == unknown for _ in range(20_000))


def test_sixteen_threads_get_their_own_answers_and_no_thread_stays() -> None:
    before = threading.enumerate()
    engine, sheets, answers = prepared(criteria=12, sheets=64)

    def worker(number: int) -> bool:
        mine = [(number * 5 + step) % 64 for step in range(300)]
        return all(engine.run("stage", [sheets[n], sheets[-n]]) == [answers[n], answers[-n]] for n in mine)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(worker, range(16)))
    assert threading.enumerate() == before


def test_memory_stays_flat_over_twenty_thousand_sessions() -> None:
    grown = in_a_process_of_its_own("""
from pathlib import Path
from tests.unit.engine.test_engine_endurance import prepared
engine, sheets, _ = prepared(criteria=12, sheets=50)
def megabytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
def sessions(count):
    for number in range(count):
        engine.run("stage", [sheets[number % 50]])
sessions(1_000)
before = megabytes()
sessions(19_000)
print(megabytes() - before)
""")
    assert float(grown) < 5


def test_engines_that_are_no_longer_used_give_their_memory_back() -> None:
    grown = in_a_process_of_its_own("""
from pathlib import Path
from tests.unit.engine.test_engine_endurance import prepared
def megabytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
def engines(count):
    for _ in range(count):
        prepared(criteria=5, sheets=0)
engines(50)
before = megabytes()
engines(300)
print(megabytes() - before)
""")
    assert float(grown) < 20


def test_workers_forked_from_a_loaded_engine_all_judge_rightly() -> None:
    script = """
import os
from tests.unit.engine.test_engine_endurance import prepared
engine, sheets, answers = prepared(criteria=12, sheets=100)
children = []
for _ in range(8):
    child = os.fork()
    if child == 0:
        right = all(engine.run("stage", sheets[n:n + 5]) == answers[n:n + 5] for n in range(95) for _ in range(3))
        os._exit(0 if right else 1)
    children.append(child)
print([os.waitpid(child, 0)[1] for child in children])
"""
    assert in_a_process_of_its_own(script) == str([0] * 8)
