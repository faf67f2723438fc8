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

# durable_rules as it is, through its C functions.
RAW = """
import json
import durable_rules_engine as E
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
"""
# The same behind our linter and our wrapper.
OURS = """
from service.engine.lint import lint
from service.engine.run import Engine
from service.errors import EngineFault, KnowledgeError
from tests.unit.engine.packs import compared, exactly, one_criterion
def refused(*patterns):
    go = {"g": {"$and": [{"t": "go"}]}}
    rules = {"_open": {"all": [{"o": {"$and": [{"t": "open"}]}}]}, "_done": {"all": [go], "pri": 65535}}
    lint(rules, {})
    try:
        lint(rules | {"a.b.met": {"all": [go, *patterns]}}, {"v": None})
    except KnowledgeError:
        return True
    return False
engine = Engine(one_criterion(compared("area", "at_least", 50)))
"""


def durable_rules(script: str) -> tuple[int, str]:
    """Run a script against durable_rules alone: the exit code (minus the signal after a crash), and the output."""
    # glibc then fills memory with rubbish when it is given out, which turns bad luck into a certain crash.
    environment = os.environ | {"MALLOC_PERTURB_": "165", "PYTHONPATH": os.pathsep.join(sys.path)}  # noqa: TID251
    command = [sys.executable, "-c", RAW + script]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)  # noqa: S603
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout.strip()


def with_ours(script: str) -> tuple[int, str]:
    """The same with our linter and an engine of ours at hand."""
    return durable_rules(OURS + script)


CRASHED = (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS)


def test_the_canaries_were_written_for_the_installed_version() -> None:
    assert version("durable_rules") == "2.0.28"


def test_d1_a_false_join_crashes_the_engine_and_the_linter_refuses_joins() -> None:
    # The engine searches behind the rule for the end of its conditions; now and then luck puts such a byte there.
    script = """
joined = {"all": [{"a": {"t": "A"}}, {"b": {"$and": [{"t": "B"}, {"$gt": {"v": {"a": "v"}}}]}}]}
h = make(**{f"x{n}": {"all": [{"m": {"t": f"Z{n % 200}"}}]} for n in range(400)}, r=joined)
say(h, "x", "1", t="A", v=5)
say(h, "x", "2", t="B", v=1)
"""
    assert any(durable_rules(script)[0] in CRASHED for _ in range(8))
    assert with_ours('print(refused({"f": {"$and": [{"t": "sheet"}, {"$gt": {"v": {"g": "v"}}}]}}))') == (0, "True")


def test_d2_deleting_a_session_without_an_action_crashes_and_our_sessions_always_have_one() -> None:
    code, _ = durable_rules("""
h = make(r={"all": [{"a": {"t": "A"}}, {"b": {"t": "B"}}]})
for i in range(2000):
    say(h, f"s{i}", "1", t="A"); E.delete_state(h, f"s{i}")
""")
    assert code in CRASHED
    nothing_fires = "for _ in range(2000): assert engine.run('stage', [{}]) == [{'a.b': 'unknown'}]"
    assert with_ours(nothing_fires) == (0, "")


def test_d3_a_host_starts_threads_and_our_engine_has_no_host() -> None:
    assert with_ours("""
import sys, threading
engine.run("stage", [{"area": exactly(50)}])
print(threading.active_count(), "durable.engine" in sys.modules)
from durable import engine as library
library.Host()
print(threading.active_count())
""") == (0, "1 False\n3")


def test_d4_none_depends_on_the_order_of_facts_and_the_linter_refuses_it() -> None:
    code, printed = with_ours("""
for first, second in (("patient", "vaccination"), ("vaccination", "patient")):
    h = make(r={"all": [{"p": {"t": "patient"}}, {"v$not": {"t": "vaccination"}}]})
    say(h, "s", "1", t=first)
    print(len(fired(h, say(h, "s", "2", t=second)[1])), end=" ")
print(refused({"f$not": {"$and": [{"t": "sheet"}, {"$gt": {"v": 5}}]}}))
""")
    assert (code, printed) == (0, "1 0 True")


def test_d5_two_session_ids_can_be_one_session_and_ours_do_not_live_together() -> None:
    code, printed = with_ours("""
h = make(r={"all": [{"a": {"t": "allergy"}}, {"b": {"t": "drug"}}]})
say(h, "0b078a9f-8417-4035-9ace-97a4d476118c", "1", t="allergy")
_, state = say(h, "8b56f373-658f-4b27-abe1-e913a409cbbb", "2", t="drug")
print(len({fact["sid"] for fact in fired(h, state)[0]["r"].values()}))
engine.run("stage", [{"area": exactly(50)}])
((_, ruleset),) = engine.stages["stage"].parts
alive = 0
for number in range(10):
    try:
        E.get_state(ruleset._handle, f"s{number}")
        alive += 1
    except E.error as error:
        assert "309" in str(error)  # no such session
print(alive)
""")
    assert (code, printed) == (0, "2\n0")


def test_d6_the_1025th_live_session_breaks_the_engine_and_we_have_at_most_one() -> None:
    code, printed = durable_rules("""
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
    many = "for _ in range(3000): engine.run('stage', [{'area': exactly(50)}])\nprint(engine.in_order)"
    assert with_ours(many) == (0, "True")


def test_d7_a_batch_ends_silently_at_a_bad_fact_and_we_assert_one_at_a_time() -> None:
    code, printed = durable_rules("""
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


@pytest.mark.parametrize(("in_rule", "in_fact"), [("'5'", "5"), ("'true'", "True"), ("1", "True")])
def test_d9_types_are_mixed_and_neither_rules_nor_sheets_of_ours_can_mix_them(in_rule: str, in_fact: str) -> None:
    code, printed = with_ours(f"""
h = make(r={{"all": [{{"a": {{"$and": [{{"t": "A"}}, {{"v": {in_rule}}}]}}}}]}})
result, state = say(h, "s", "1", t="A", v={in_fact})
print(result, len(fired(h, state)))
print(refused({{"f": {{"$and": [{{"t": "sheet"}}, {{"v": {in_rule}}}]}}}}))
try:
    engine.run("stage", [{{"area": {in_fact}}}])
except EngineFault:
    print("refused")
""")
    assert (code, printed) == (0, "0 1\nTrue\nrefused")  # "0 1": equal, says durable_rules


@pytest.mark.parametrize(
    "fact",
    [
        """ '{"sid":"s","id":"1","t":"A","v":' + "[" * 200_000 + "]" * 200_000 + "}" """,
        """ '{"sid":"s","t":"A","id":"' + "1" * 9_000_000 + '"}' """,
        """ '{"t":"A","id":"1","sid":"' + "1" * 9_000_000 + '"}' """,
    ],
    ids=["deep nesting", "long id", "long session id"],
)
def test_d10_raw_input_crashes_the_engine(fact: str) -> None:
    code, _ = durable_rules(f"""
import resource
resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, resource.getrlimit(resource.RLIMIT_STACK)[1]))
h = make(r={{"all": [{{"a": {{"t": "A"}}}}]}})
E.assert_fact(h, {fact.strip()})
""")
    assert code in CRASHED


def test_d10_raw_input_is_refused_before_the_engine_is_touched() -> None:
    assert with_ours("""
deep = []
for _ in range(200_000):
    deep = [deep]
for value in (deep, "1" * 9_000_000):
    try:
        engine.run("stage", [{"area": value}])
    except EngineFault as fault:
        print(len(str(fault)) < 100)
""") == (0, "True\nTrue")  # fmt: skip
