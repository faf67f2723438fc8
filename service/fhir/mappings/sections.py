"""One section of the mapping files as the shape in which its reader takes it."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, Field

from service.knowledge.shaped import Shape, shaped


def _number(written: object) -> object:
    """YAML has numbers: a text, or true, is none."""
    if isinstance(written, int | Decimal) and not isinstance(written, bool):
        return written
    raise ValueError("must be a number")


Texts = tuple[str, ...]
Number = Annotated[Fraction, BeforeValidator(_number)]
AboveZero = Annotated[Number, Field(gt=0)]


def written(tables: Mapping[str, object], name: str, shape: type[Shape]) -> Shape:
    """A section as a shape; empty when no file has it. KnowledgeError names section, key and what is allowed."""
    return shaped(shape, tables.get(name, {}), name, ".")


def written_texts(tables: Mapping[str, object], name: str) -> Texts:
    """A section that is a list of texts; empty when no file has it. KnowledgeError as for ``written``."""
    return shaped(Texts, tables.get(name, ()), name, ".")
