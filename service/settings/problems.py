"""What is wrong with the settings: one line for each problem, which names the key and the fix and shows no value."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from service.errors import MmnCdsError
from service.settings.model import Settings
from service.trust.bearer import BearerCredential
from service.trust.issuers import Issuer, Tenant

Location = tuple[int | str, ...]
_FOLLOWS_FROM_ANOTHER = "default_factory_not_called"
_PYDANTIC_BEGINS = re.compile(r"^(Input|String|Tuple) should\b")
_TABLES: dict[str, type[BaseModel]] = {"issuers": Issuer, "bearer_tokens": BearerCredential}


class SettingsError(MmnCdsError):
    """A setting cannot be used; the text has one line for each problem, with the key and the fix."""


def lines_of(error: ValidationError, name_of: Callable[[Location], str]) -> list[str]:
    """Each problem that was found, in our words; ``name_of`` says where the value came from."""
    # Neither the input nor pydantic's own line goes in: a value may be a secret.
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{name_of(each['loc'])}: {_text(each)}" for each in found if not _follows(each, found)]
    return [*dict.fromkeys(lines)]


def _follows(problem: ErrorDetails, found: Iterable[ErrorDetails]) -> bool:
    """Whether it only follows from another one, such as a list that is too short for want of a usable item."""
    place = problem["loc"]
    deeper = any(each["loc"][: len(place)] == place and len(each["loc"]) > len(place) for each in found)
    return problem["type"] == _FOLLOWS_FROM_ANOTHER or (problem["type"] == "too_short" and deeper)


def toml_path(location: Location) -> str:
    """A place in the file, such as ``issuers[0].jwks_url``."""
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path.removeprefix(".")


def near(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that refuses an unknown name."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(names)}"


def _text(problem: ErrorDetails) -> str:
    if problem["type"] == "extra_forbidden":
        *parents, name = problem["loc"]
        model = Tenant if "own_tenants" in parents else _TABLES.get(str(parents[0]), Settings) if parents else Settings
        return f"there is no such setting; {near(str(name), model.model_fields)}"
    if problem["type"] == "missing":
        return "must be given"
    return _PYDANTIC_BEGINS.sub("must", problem["msg"].removeprefix("Value error, "))
