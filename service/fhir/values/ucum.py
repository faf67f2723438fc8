"""What a UCUM code means: an exact factor, and the base units that it is made of.

The units are those of ``ucum.tsv``; codes are read by the grammar of UCUM 2.2, from left to right, case-sensitive.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

from service.errors import MmnCdsError

_FILE = Path(__file__).with_name("ucum.tsv")
_ANNOTATION = r"\{[!-z|~]*\}"
_TOKEN = re.compile(
    rf"(?P<annotation>{_ANNOTATION})|(?P<sign>[./()])"
    r"|(?P<atom>10[*^]|(?:[A-Za-z%'_]|\[[!-Z\\^-~]*\])+)(?P<power>[+-]?[1-9][0-9]?(?![0-9]))?"
    r"|(?P<number>[1-9][0-9]*)"
)
_POWERS: Mapping[str, int] = {".": 1, "/": -1}
# UCUM's prefixes have one letter or two; a unit of the same spelling comes first, such as cd and min.
_PREFIX_LENGTHS = (2, 1)
_NUMBER = "1"


class NoUnit(MmnCdsError):
    """The text is no UCUM code, or one of a kind that nothing here can be in."""


@dataclass(frozen=True, slots=True)
class Unit:
    """``factor`` times the base units ``of`` to their powers, such as mL: 1/1000000 of m to the third.

    ``zero``: what is added to a number of this unit before it is multiplied, 0 for all but thermometers. ``number``:
    the numbers that stand in the code, as in ``10.mL``; they are in the factor too.
    """

    factor: Fraction
    of: Mapping[str, int]
    zero: Fraction = Fraction(0)
    number: Fraction = Fraction(1)

    @property
    def is_arbitrary(self) -> bool:
        """Whether it is comparable with nothing but itself, such as the units of an assay."""
        return any(_table().units[base][0].endswith("arbitrary") for base in self.of)

    @property
    def is_scale(self) -> bool:
        """Whether it makes sense in no product, such as degree Celsius and decibel."""
        return self.zero != 0 or any(_table().units[base][0].endswith("special") for base in self.of)

    def times(self, other: "Unit", power: int) -> "Unit":
        """The product with another unit, or by power -1 the quotient; NoUnit where one of them is a scale."""
        if self.is_scale or other.is_scale:
            raise NoUnit("a scale in a product")
        powers = {base: self.of.get(base, 0) + power * other.of.get(base, 0) for base in (*self.of, *other.of)}
        of = {base: both for base, both in powers.items() if both}
        return Unit(self.factor * other.factor**power, of, number=self.number * other.number**power)


_ONE = Unit(Fraction(1), {})


def unit_of(code: str) -> Unit:
    """What a code means. NoUnit where it is none, or nothing but an annotation, which says what is counted."""
    tokens = _tokens(code)
    if not any(token["atom"] or token["number"] for token in tokens):
        raise NoUnit("no unit")
    return _Reader(tokens).whole()


def _tokens(code: str) -> list[re.Match[str]]:
    tokens, place = [], 0
    while place < len(code):
        token = _TOKEN.match(code, place)
        if token is None:
            raise NoUnit("no UCUM code")
        tokens.append(token)
        place = token.end()
    return tokens


class _Reader:
    def __init__(self, tokens: list[re.Match[str]]) -> None:
        self._tokens = tokens[::-1]

    def whole(self) -> Unit:
        unit = self._term()
        if self._tokens:
            raise NoUnit("more than a term")
        return unit

    def _term(self) -> Unit:
        unit = _ONE if self._next_is("/") else self._component()
        while self._next_is(".") or self._next_is("/"):
            unit = unit.times(power=_POWERS[self._tokens.pop()[0]], other=self._component())
        return unit

    def _component(self) -> Unit:
        if not self._tokens:
            raise NoUnit("nothing after a sign")
        token = self._tokens.pop()
        unit = self._in_brackets() if token[0] == "(" else _simple(token)
        while self._tokens and self._tokens[-1]["annotation"]:
            self._tokens.pop()
        return unit

    def _in_brackets(self) -> Unit:
        unit = self._term()
        if not self._next_is(")"):
            raise NoUnit("a bracket is not closed")
        self._tokens.pop()
        return unit

    def _next_is(self, sign: str) -> bool:
        return bool(self._tokens) and self._tokens[-1][0] == sign


def _simple(token: re.Match[str]) -> Unit:
    if token["annotation"]:
        return _ONE
    if token["number"]:
        number = Fraction(token["number"])
        return Unit(number, {}, number=number)
    if not token["atom"]:
        raise NoUnit("a sign in place of a unit")
    unit = _atom(token["atom"])
    power = int(token["power"] or 1)
    if power == 1:
        return unit
    if unit.is_scale:
        raise NoUnit("a scale to a power")
    return Unit(unit.factor**power, {base: each * power for base, each in unit.of.items()})


@cache
def _atom(code: str) -> Unit:
    table = _table()
    if code in table.units:
        return _defined(code)
    for length in _PREFIX_LENGTHS:
        prefix, rest = code[:length], code[length:]
        if prefix in table.prefixes and rest in table.units and table.units[rest][0].startswith("metric"):
            unit = _defined(rest)
            if unit.zero:
                raise NoUnit("a thermometer with a prefix")
            return Unit(table.prefixes[prefix] * unit.factor, unit.of)
    raise NoUnit("an unknown unit")


def _defined(code: str) -> Unit:
    _, *value = _table().units[code]
    if not value:
        return Unit(Fraction(1), {code: 1})
    number, stands_for, *zero = value
    unit = _ONE if stands_for == _NUMBER else unit_of(stands_for)
    return Unit(Fraction(number) * unit.factor, unit.of, *map(Fraction, zero))


@dataclass(frozen=True, slots=True)
class _Table:
    """``units``: the kind of each, then its value, in which unit, and its zero, where it has them."""

    prefixes: Mapping[str, Fraction]
    units: Mapping[str, tuple[str, ...]]


@cache
def _table() -> _Table:
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    prefixes = {code: Fraction(value[0]) for code, kind, *value in rows if kind == "prefix"}
    return _Table(prefixes, {code: (kind, *value) for code, kind, *value in rows if kind != "prefix"})
