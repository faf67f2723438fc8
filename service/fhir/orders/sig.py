"""What the words of an order say of its dose: amounts, days, intervals, and that nothing is to be given.

They are never read as the dose; they are held against its dose fields. What is not understood says nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice

from service.domain.facts import Range
from service.fhir.mappings.sections import Texts, written
from service.fhir.mappings.texts import LONGEST_SEARCHED, SPACELESS, texts_of, unaccented
from service.fhir.orders.dosage import instructions_of
from service.fhir.values.answers import objects_in

_SECTION = "instruction_words"
_WEEK, _FORTNIGHT = Fraction(7), Fraction(14)
_MONTH = Range(Fraction(28), Fraction(31))
_SENTENCES = re.compile(r"[;\n]|\.(?=\s|$)|!")
_CLAUSES = re.compile(r"[()\[\]:]|,(?!\d)|\s[-\u2013\u2014|]\s")
_TO = r"(?:\s*(?:-|\u2013|to|bis|a|or)\s*({number}))?"
_NO_VOLUME = r"(?!\s*/\s*(?:d?l\b|ml|\d))"
_TIMES = re.compile(r"\d\s*[x\u00d7]\s*$")
# Beyond them a text says nothing here: an order has a few sentences.
_MOST_SENTENCES, _MOST_CLAUSES = 40, 20
# Of a script with spaces: a word ends where no letter follows.
_LETTER = re.compile(rf"[^\W\d_{SPACELESS}]")


@dataclass(frozen=True, slots=True)
class Mention:
    """A number that a text states, with its words; an amount may be ``is_per_kg``."""

    value: Range
    words: str
    is_per_kg: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What all words of an order say. ``held``, ``test_dose``: the words that say so; ``rest``: all that was read."""

    amounts: Sequence[Mention] = ()
    days: Sequence[Mention] = ()
    intervals: Sequence[Mention] = ()
    held: str = ""
    test_dose: str = ""
    clauses: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Written:
    grams: Texts = ()
    milligrams: Texts = ()
    per_kg: Texts = ()
    over: Texts = ()
    days: Texts = ()
    daily: Texts = ()
    every: Texts = ()
    weeks: Texts = ()
    months: Texts = ()
    weekly: Texts = ()
    fortnightly: Texts = ()
    monthly: Texts = ()
    once: Texts = ()
    several: Texts = ()
    no_count: Texts = ()
    held: Texts = ()
    test_dose: Texts = ()
    beside: Texts = ()
    conditional: Texts = ()
    aside: Texts = ()
    aside_after: Texts = ()
    numbers: Mapping[str, int] = field(default_factory=dict)


class SigWords:
    """The words, as patterns made once at start. ``names_another``: whether a clause names a drug of another agent."""

    def __init__(self, section: _Written, names_another: Callable[[str], bool]) -> None:
        self._names_another = names_another
        self._numbers = {unaccented(word): str(number) for word, number in section.numbers.items()}
        self._number = re.compile(_whole(tuple(self._numbers)))
        plain = {key: _whole(getattr(section, key)) for key in _Written.__slots__ if key != "numbers"}
        each = {key: re.compile(pattern) for key, pattern in plain.items()}
        self._held, self._test, self._beside = each["held"], each["test_dose"], each["beside"]
        self._aside, self._after, self._if = each["aside"], each["aside_after"], each["conditional"]
        self._once = each["once"]
        self._several = re.compile(rf"(?<!1)(?<!1 )(?:{plain['several']})\s*-?$")
        number = r"\d{1,4}(?:[.,]\d{1,3})?"
        upto = _TO.format(number=number)
        per_kg = "|".join(re.escape(unaccented(text)) for text in sorted(section.per_kg, key=len, reverse=True))
        unit = _attached(section.grams), _attached(section.milligrams)
        self._amount = re.compile(
            rf"(?<![\w.,/])({number}){upto}\s*(?:({unit[0]})|({unit[1]}))(\s*(?:{per_kg}))?{_NO_VOLUME}"
        )
        days, over, daily = _attached(section.days), plain["over"], plain["daily"]
        begin = rf"(?:^\s*|(?:{over}|[x\u00d7]|{daily})\s*)"
        self._days = re.compile(rf"{begin}(\d{{1,2}}){upto}\s*(?:{days})(?!\s*(?:{plain['no_count']}))")
        first = rf"(?:{days})\s*1\s*(?:-|\u2013|to|bis|a|al)\s*(?:{days})?\s*(\d{{1,2}})(?![\w.,])"
        self._first_days = re.compile(first)
        self._bare_days = re.compile(rf"(?:{daily})\s*[x\u00d7]\s*(\d{{1,2}})(?![\w.,])")
        every = rf"(?<!\w)(?:{'|'.join(_escaped(section.every))})"
        units = f"(?:({_attached(section.weeks)})|({_attached(section.months)})|({days}))"
        self._every = re.compile(rf"{every}\s*(\d{{1,2}}){upto}[\s-]*{units}")
        self._often = re.compile(
            rf"(?:(\d{{1,2}})[\s-]*)?(?:({plain['fortnightly']})|({plain['monthly']})|({plain['weekly']}))"
        )

    def said_by(self, order: Mapping[str, object]) -> Said:
        """What instructions and notes of an order say."""
        read: list[str] = []
        held = test = ""
        for sentence in islice(_sentences(order), _MOST_SENTENCES):
            clauses = [part.strip() for part in _CLAUSES.split(sentence)[:_MOST_CLAUSES] if part.strip()]
            if not self._if.search(sentence):
                held = held or next((each for each in clauses if self._is_all(self._held, each)), "")
                test = test or next((each for each in clauses if self._is_all(self._test, each)), "")
            read += [kept for each in clauses if (kept := self._about_the_dose(each))]
        amounts, days, intervals = (
            [found for clause in read for found in look(clause)]
            for look in (self._amounts, self._day_counts, self._intervals)
        )
        return Said(amounts, days, intervals, held, test, read)

    def _is_all(self, words: re.Pattern[str], clause: str) -> bool:
        """Whether a clause says this and nothing else."""
        return bool(words.search(clause)) and not re.search(r"\w", self._beside.sub(" ", words.sub(" ", clause)))

    def _about_the_dose(self, clause: str) -> str:
        """The part of a clause that speaks of this dose; empty where none does."""
        after = self._after.search(clause)
        kept = clause[: after.start()] if after else clause
        if self._aside.search(kept) or self._names_another(kept):
            return ""
        return self._number.sub(lambda found: self._numbers[found[0]], kept).strip()

    def _amounts(self, clause: str) -> Iterator[Mention]:
        for found in self._amount.finditer(clause):
            is_per_kg = bool(found[5])
            # Milligrams stand for tablets of other drugs; two vials of 20 g may be meant by "2 x 20 g".
            if (found[4] and not is_per_kg) or _TIMES.search(clause[: found.start()]):
                continue
            value = _range(found[1], found[2], Fraction(1, 1000) if found[4] else Fraction(1))
            yield Mention(value, found[0].strip(), is_per_kg)

    def _day_counts(self, clause: str) -> Iterator[Mention]:
        counted = [each for each in self._days.finditer(clause) if not self._every.search(clause[: each.end()])]
        spanned = [*self._first_days.finditer(clause), *self._bare_days.finditer(clause)]
        yield from (Mention(Range.exactly(1), found[0]) for found in self._once.finditer(clause))
        for each in counted or spanned:
            last = each[2] if each.re.groups > 1 else None
            yield Mention(_range(each[1], last, Fraction(1)), each[0].strip(" ,"))

    def _intervals(self, clause: str) -> Iterator[Mention]:
        for found in self._every.finditer(clause):
            unit = _WEEK if found[3] else Fraction(1)
            value = _range(found[1], found[2], unit)
            yield Mention(_in_months(value) if found[4] else value, found[0])
        for found in self._often.finditer(self._every.sub(" ", clause)):
            before = clause[: clause.find(found[0])]
            if self._several.search(before.rstrip()) and not found[1]:
                continue
            count = Fraction(found[1] or 1)
            weeks = Range.exactly(count * (_FORTNIGHT if found[2] else _WEEK))
            yield Mention(_in_months(Range.exactly(count)) if found[3] else weeks, found[0])


def sig_words(tables: Mapping[str, object], names_another: Callable[[str], bool]) -> SigWords:
    """Read and check the section; KnowledgeError names the key."""
    return SigWords(written(tables, _SECTION, _Written), names_another)


def _sentences(order: Mapping[str, object]) -> Iterator[str]:
    """Sentence by sentence; of words that are longer than any order has, the beginning."""
    room = LONGEST_SEARCHED
    for text in _texts(order):
        yield from _SENTENCES.split(unaccented(text[:room]))
        room -= len(text)
        if room <= 0:
            return


def _texts(order: Mapping[str, object]) -> Iterator[str]:
    for instruction in instructions_of(order):
        said = [instruction.get("text"), instruction.get("patientInstruction")]
        said += [text for each in objects_in(instruction.get("additionalInstruction")) for text in texts_of(each)]
        yield from (text for text in said if isinstance(text, str))
    notes = (note.get("text") for note in objects_in(order.get("note")))
    yield from (text for text in notes if isinstance(text, str))


def _escaped(texts: Texts) -> list[str]:
    return [re.escape(unaccented(text)) for text in sorted(texts, key=len, reverse=True)]


def _whole(texts: Texts) -> str:
    """Any of the texts as whole words; beside a mark, or a letter of a script without spaces, anything may stand."""
    return f"(?:{'|'.join(map(_edged, _escaped(texts))) or '(?!)'})"


def _edged(text: str) -> str:
    begin = r"(?<![^\W\d_])" if _LETTER.match(text) else ""
    return begin + text + (r"(?![^\W\d_])" if _LETTER.match(text[-1]) else "")


def _attached(texts: Texts) -> str:
    """Any of the texts, which may stand right behind a number and goes on with no letter."""
    return f"(?:{'|'.join(_escaped(texts))})(?![^\\W\\d_])"


def _range(low: str, high: str | None, unit: Fraction) -> Range:
    ends = [Fraction(each.replace(",", ".")) * unit for each in (low, high or low)]
    return Range.between(min(ends), max(ends))


def _in_months(months: Range) -> Range:
    low, high = months.low or Fraction(1), months.high or Fraction(1)
    return Range(low * (_MONTH.low or 0), high * (_MONTH.high or 0))
