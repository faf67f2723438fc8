"""``make mutate``: a sample of the mutants of rules, thresholds and card policy, and those that no test sees.

Each mutant is put in place of the shipped rules in a process of its own, which runs the tests until the first fails.
"""

import argparse
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import service.evaluate
import service.knowledge.load
from service.knowledge.model import Knowledge
from tests.mutation.mutants import Mutant, mutants

# The quickest first: most mutants die by the cases of their own rule.
TESTS = ("test_cases.py", "test_approved_cards.py", "test_patients.py", "test_order_hooks.py", "test_order_doses.py")
MORE = ("test_first_course.py", "test_courses_advised.py", "test_orders_against_the_chart.py", "test_differentials.py")
# What every mutant would take down with it, or what checks the tests themselves.
LEFT_OUT = "not moving_a and not order_of_a_bundle and not valid_fhir and not story_is_short"


def survives(mutant: Mutant) -> bool:
    """Whether no test sees the mutant."""
    child = os.fork()
    if child == 0:
        os._exit(_tried(mutant.knowledge))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == pytest.ExitCode.OK


def _tried(knowledge: Knowledge) -> int:
    """The exit code of the tests with this knowledge in place of the shipped one."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.dup2(null, sys.stderr.fileno())
    for module in (service.evaluate, service.knowledge.load):
        module.load = lambda _rules=None: knowledge  # type: ignore[attr-defined]
    files = [str(Path("tests") / name) for name in (*TESTS, *MORE)]
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", LEFT_OUT, *files]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Try a sample and list the survivors; the exit code is 0 whatever they are, since this is read by people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=60, help="how many mutants; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="mutants whose name holds this")
    options = parser.parse_args(arguments)
    everything = [mutant for mutant in mutants(service.knowledge.load.load()) if options.only in mutant.name]
    drawn = random.Random(options.seed).sample(everything, min(options.sample or len(everything), len(everything)))  # noqa: S311
    alive = [mutant.name for mutant in drawn if survives(mutant)]
    print(f"{len(drawn)} of {len(everything)} mutants tried, {len(drawn) - len(alive)} seen, {len(alive)} not:")  # noqa: T201
    print("\n".join(f"  {name}" for name in alive))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
