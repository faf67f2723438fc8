"""The service as it is shipped, made once for all tests of a process that only ask it."""

from functools import cache

from service.evaluate import Evaluator
from service.settings import Settings

# An EHR that sends the whole history of drugs.
WHOLE = Settings(profile="local", store="sqlite:///:memory:", prefetch_whole_history=True)


@cache
def shipped() -> Evaluator:
    """The evaluator of the rules and mapping files that are shipped; it has no memory of any patient."""
    return Evaluator.load(None)
