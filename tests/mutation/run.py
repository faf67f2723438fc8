"""``make mutate``: a sample of the mutants of rules, thresholds and card policy, and those that no test sees.

Each mutant has a process of its own, forked from one in which everything is read, as many at once as there are
processors. The tests of orders run first with the rules as they are: one that fails by itself would see every mutant.
"""

import argparse
import multiprocessing
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from tests.mutation.mutants import mutants
from tests.mutation.seeing import Warm

Answer = TypeVar("Answer")


def each_apart(questions: Sequence[Callable[[], Answer]]) -> Iterator[Answer]:
    """The answers in their order, each from a process of its own; a fork holds what is read already."""
    _ASKED[:] = questions
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        yield from pool.imap(_answer, range(len(questions)))


_ASKED: list[Callable[[], Any]] = []


def _answer(place: int) -> Any:
    return _ASKED[place]()


def main(arguments: Sequence[str] | None = None) -> int:
    """Try a sample and list the survivors; the exit code is 0 whatever they are, since this is read by people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=60, help="how many mutants; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="mutants whose name holds this")
    options = parser.parse_args(arguments)
    warm = Warm.made()
    everything = [mutant for mutant in mutants(warm.knowledge) if options.only in mutant.name]
    drawn = random.Random(options.seed).sample(everything, min(options.sample or len(everything), len(everything)))  # noqa: S311
    (met_in,) = each_apart([warm.rules_met])
    if met_in is None:
        print("The tests of orders fail as they are: nothing can be said of mutants")  # noqa: T201
        return 1
    warm = warm.knowing(met_in)
    seen = list(each_apart([partial(warm.seen_by, mutant.knowledge) for mutant in drawn]))
    by = ", ".join(f"{count} by {what}" for what, count in Counter(filter(None, seen)).most_common())
    print(f"{len(drawn)} of {len(everything)} mutants tried, {seen.count('')} not seen; the others {by}")  # noqa: T201
    print("\n".join(f"  {mutant.name}" for mutant, what in zip(drawn, seen, strict=True) if not what))  # noqa: T201
    spent = os.times()
    print(f"{spent.children_user + spent.children_system + spent.user + spent.system:.0f} s of CPU")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
