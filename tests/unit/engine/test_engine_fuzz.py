"""Random rules and facts: durable_rules, the independent evaluator and a third judge name the same verdicts."""

import os
from random import Random

from service.engine.run import Engine
from tests.unit.engine.packs import expected, random_pack, random_sheet

CASES = int(os.environ.get("FUZZ_CASES", "8000"))  # noqa: TID251 - how long to search is asked of whoever runs it
SEED = 20_260_304


def test_three_judges_agree_on_random_rules_and_facts() -> None:
    random = Random(SEED)  # noqa: S311 - repeatable, no secret
    done = 0
    while done < CASES:
        knowledge = random_pack(random, random.choice((1, 2, 5, 10, 20, 40, 60)))
        engine = Engine(knowledge)
        for size in (1, 1, 2, 5, 11, 12, 25):
            sheets = [random_sheet(random) for _ in range(size)]
            answers = engine.run("stage", sheets)  # fails by itself where the first two judges differ
            for sheet, verdicts in zip(sheets, answers, strict=True):
                assert verdicts == {one.name: expected(one.when, sheet) for one in knowledge.stages[0].criteria}
            done += size
