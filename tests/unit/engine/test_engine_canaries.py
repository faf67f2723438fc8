"""Canaries for the known defects D1 to D10 of durable_rules 2.0.28, each in a process of its own.

Each shows the defect as it is in the pinned version, and that the linter or the wrapper bars the way to it.
When one fails after a new version was pinned, read ``docs/decisions/0010-rule-engine.md`` before changing it.
"""

import os
import signal
import subprocess
import sys
from importlib.metadata import version

import pytest

PRELUDE = """
import json, sys, threading
import durable_rules_engine as E
GO = {"g": {"$and": [{"t": "go"}]}}
def make(**rules):
    return E.create_ruleset("r", json.dumps(rules))
def say(handle, sid, id, **fact):
    return E.assert_fact(handle, json.dumps({"sid": sid, "id": id, **fact}))
def fired(handle, state):
    first = E.start_action_for_state(handle, state)
    message, messages = first and first[1], []
    while message:
        messages.append(json.loads(message))
        message = E.complete_and_start_action(handle, state)
    return messages
from service.engine.lint import lint
from service.engine.run import Engine
from service.errors import EngineFault, KnowledgeError
from tests.unit.engine.packs import compared, exactly, one_criterion
def refused(*patterns):
    rules = {"_open": {"all": [{"o": {"$and": [{"t": "open"}]}}]}, "a.b.met": {"all": list(patterns)}, "_done":
             {"all": [GO], "pri": 65535}}
    try:
        lint(rules, {"v": None, "f1": frozenset({"present"})})
    except KnowledgeError:
        return True
    return False
engine = Engine(one_criterion(compared("area", "at_least", 50)))
"""


def run(script: str) -> tuple[int, str]:
    """The exit code (minus the signal after a crash) and what was printed."""
    # glibc then fills fresh and freed memory with rubbish, which turns luck into a crash.
    environment = os.environ | {"MALLOC_PERTURB_": "165", "PYTHONPATH": os.pathsep.join(sys.path)}  # noqa: TID251
    done = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", PRELUDE + script],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout.strip()


CRASHED = (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS)


def test_the_canaries_were_written_for_the_installed_version() -> None:
    assert version("durable_rules") == "2.0.28"


def test_d1_a_false_join_crashes_the_engine_and_the_linter_refuses_joins() -> None:
    code, _ = run("""
h = make(s={"all": [{"m": {"t": "GO"}}]},
         r={"all": [{"a": {"t": "A"}}, {"b": {"$and": [{"t": "B"}, {"$gt": {"v": {"a": "v"}}}]}}]})
say(h, "x", "1", t="GO"); say(h, "x", "2", t="A", v=5); say(h, "x", "3", t="B", v=1)
""")
    assert code in CRASHED
    assert run('print(refused(GO, {"f": {"$and": [{"t": "sheet"}, {"$gt": {"v": {"g": "v"}}}]}}))') == (0, "True")


def test_d2_deleting_a_session_without_an_action_crashes_and_our_sessions_always_have_one() -> None:
    code, _ = run("""
h = make(r={"all": [{"a": {"t": "A"}}, {"b": {"t": "B"}}]})
for i in range(2000):
    say(h, f"s{i}", "1", t="A"); E.delete_state(h, f"s{i}")
""")
    assert code in CRASHED
    nothing_fires = "for _ in range(2000): assert engine.run('stage', [{}]) == [{'a.b': 'unknown'}]"
    assert run(nothing_fires) == (0, "")


def test_d3_a_host_starts_threads_and_our_engine_has_no_host() -> None:
    assert run("""
engine.run("stage", [{"area": exactly(50)}])
print(threading.active_count(), "durable.engine" in sys.modules)
from durable import engine as library
library.Host()
print(threading.active_count())
""") == (0, "1 False\n3")


def test_d4_none_depends_on_the_order_of_facts_and_the_linter_refuses_it() -> None:
    code, printed = run("""
for first, second in (("patient", "vaccination"), ("vaccination", "patient")):
    h = make(r={"all": [{"p": {"t": "patient"}}, {"v$not": {"t": "vaccination"}}]})
    say(h, "s", "1", t=first)
    print(len(fired(h, say(h, "s", "2", t=second)[1])), end=" ")
print(refused(GO, {"f$not": {"$and": [{"t": "sheet"}, {"$gt": {"v": 5}}]}}))
""")
    assert (code, printed) == (0, "1 0 True")


def test_d5_two_session_ids_can_be_one_session_and_ours_do_not_live_together() -> None:
    code, printed = run("""
h = make(r={"all": [{"a": {"t": "allergy"}}, {"b": {"t": "drug"}}]})
say(h, "0b078a9f-8417-4035-9ace-97a4d476118c", "1", t="allergy")
_, state = say(h, "8b56f373-658f-4b27-abe1-e913a409cbbb", "2", t="drug")
print(len({fact["sid"] for fact in fired(h, state)[0]["r"].values()}))
engine.run("stage", [{"area": exactly(50)}])
((_, ruleset),) = engine.stages["stage"].parts
alive = 0
for number in range(10):
    try:
        E.get_state(h + 1 and ruleset._handle, f"s{number}")
        alive += 1
    except E.error as error:
        assert "309" in str(error)  # no such session
print(alive)
""")
    assert (code, printed) == (0, "2\n0")


def test_d6_the_1025th_live_session_breaks_the_engine_and_we_have_at_most_one() -> None:
    code, printed = run("""
h = make(r={"all": [{"a": {"t": "A"}}]})
for number in range(1024):
    say(h, f"s{number}", "1", t="A")
try:
    say(h, "s1024", "1", t="A")
except MemoryError:
    print("full", flush=True)
say(h, "s1024", "2", t="A")
""")
    assert printed == "full"
    assert code in CRASHED
    assert run("for _ in range(3000): engine.run('stage', [{'area': exactly(50)}])\nprint(engine.in_order)") == (
        0,
        "True",
    )


def test_d7_a_batch_ends_silently_at_a_bad_fact_and_we_assert_one_at_a_time() -> None:
    code, printed = run("""
h = make(r={"all": [{"a": {"$and": [{"t": "A"}]}}]})
facts = [{"sid": "s", "id": str(n), "t": "A", "v": 1e-05 if n == 2 else n} for n in range(5)]
result, state = E.assert_facts(h, json.dumps(facts))
print(result, len(fired(h, state)))
try:
    say(h, "one", "1", t="A", v=1e-05)
except E.error as error:
    print("204" in str(error))
""")
    assert (code, printed) == (0, "0 2\nTrue")


# D8, malformed rules with another meaning: see test_engine_lint.py, which asks durable_rules about each of them.


@pytest.mark.parametrize(
    ("constant", "value"), [('"5"', "5"), ("true", "1"), ('"true"', "true")], ids=["text", "truth", "text of truth"]
)
def test_d9_types_are_mixed_and_neither_rules_nor_sheets_of_ours_can_mix_them(constant: str, value: str) -> None:
    code, printed = run(f"""
h = make(r={{"all": [{{"a": {{"$and": [{{"t": "A"}}, {{"v": json.loads('{constant}')}}]}}}}]}})
result, state = say(h, "s", "1", t="A", v=json.loads('{value}'))
print(result, len(fired(h, state)) if result == 0 else 0)
print(refused(GO, {{"f": {{"$and": [{{"t": "sheet"}}, {{"$gte": {{"v": json.loads('{constant}')}}}}]}}}}))
try:
    engine.run("stage", [{{"area": {value.title() if value == "true" else value}}}])
except EngineFault as fault:
    print(fault)
""")
    assert code == 0
    first, linted, fault = printed.splitlines()
    assert first == "0 1"  # equal, says the engine
    assert linted == "True"
    assert "no range of exact numbers" in fault


@pytest.mark.parametrize(
    "fact",
    [
        '{"sid":"s","id":"1","t":"A","v":' + "[" * 200_000 + "]" * 200_000 + "}",
        '{"sid":"s","t":"A","id":"' + "1" * 9_000_000 + '"}',
        '{"t":"A","id":"1","sid":"' + "1" * 9_000_000 + '"}',
    ],
    ids=["nested", "long id", "long session id"],
)
def test_d10_raw_input_crashes_the_engine_and_none_of_it_gets_there(fact: str) -> None:
    shape = fact if len(fact) < 100 else f"{fact[:40]}…"
    opening, middle, closing = fact.partition("[" * 200_000) if "[" in fact else fact.partition("1" * 9_000_000)
    text = f"{opening!r} + {middle[0]!r} * {len(middle)} + {(closing.lstrip(']') or closing)!r}"
    if "[" in fact:
        text = f"{opening!r} + '[' * 200_000 + ']' * 200_000 + '}}'"
    code, _ = run(f"h = make(r={{'all': [{{'a': {{'t': 'A'}}}}]}}); E.assert_fact(h, {text})")
    assert code in CRASHED, shape
    assert run("""
deep = []
for _ in range(200_000):
    deep = [deep]
for value in (deep, "1" * 9_000_000):
    try:
        engine.run("stage", [{"area": value}])
    except EngineFault:
        print("refused")
""") == (0, "refused\nrefused")
