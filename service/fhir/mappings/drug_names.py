"""Which drug a text names: one look-up for all names, and answers remembered without keeping any text."""

import re
from collections.abc import Collection, Sequence
from hashlib import blake2b
from operator import itemgetter

from service.fhir.mappings.texts import SPACELESS, folded, stems

# An order has a few words; a longer text is looked up anew, and one day has far fewer drugs than are remembered.
_LONGEST_REMEMBERED = 200
_MOST_REMEMBERED = 4096
_Named = tuple[str, str, Collection[str]]  # name, agent, words of a text that is not this agent
_Entry = tuple[int, re.Pattern[str], str, re.Pattern[str]]  # place in the list, then as above
_RUN = re.compile(r"[a-z0-9]+")
_BEGINS, _ENDS = "(?<![a-z0-9])", "(?![a-z0-9])"
_SPACELESS = re.compile(rf"[{SPACELESS}]")
# A number in a name, with what is written on to it: "pe x#".
_NUMBER = "#"
_WITH_NUMBER = re.compile(rf"[a-z0-9]*{_NUMBER}[a-z0-9]*")


class NameTable:
    """Names of drugs, the most telling first.

    A chart names the same few drugs over and over, so that answers are remembered by a hash of the text: a worker keeps
    neither the text nor whose it was, and forgets all of them when there are too many. Accents and dashes do not count.
    """

    __slots__ = ("_by_run", "_ends", "_nothing", "_remembered")

    def __init__(self, names: Sequence[_Named], ends: Sequence[str] = (), nothing: Sequence[str] = ()) -> None:
        """``ends``: words that German and Dutch write on to a name, as in "Prednisolontabletten".

        ``nothing``: phrases that hold a name and are something else.
        """
        # A name that a text holds as whole words begins with one of the text's runs of letters: few names begin alike.
        self._by_run: dict[str, list[_Entry]] = {}
        others = {words: stems(*map(folded, words)) for words in {tuple(never) for _, _, never in names}}
        for order, (written, agent, never) in enumerate(names):
            name = folded(written)
            run = _RUN.search(_WITH_NUMBER.sub(" ", name))
            entry = (order, _whole(name), agent, others[tuple(never)])
            self._by_run.setdefault(run[0] if run else "", []).append(entry)
        self._nothing = stems(*map(folded, nothing))
        self._remembered: dict[bytes, str] = {}
        longest_first = "|".join(map(re.escape, sorted(ends, key=len, reverse=True)))
        self._ends = re.compile(rf"(?<=[a-z]{{4}})(?:{longest_first})(?!\w)") if ends else None

    def apart(self, texts: Sequence[str]) -> list[str]:
        """The texts with a space before an end that is written on to a name."""
        return [self._ends.sub(_apart, text) for text in texts] if self._ends else list(texts)

    def agent_in(self, texts: Sequence[str]) -> str:
        """The agent of the first name that any of the texts holds as whole words; empty when none does."""
        joined = "\0".join(texts)
        if len(joined) > _LONGEST_REMEMBERED:
            return self._found(texts)
        key = blake2b(joined.encode(errors="surrogatepass"), digest_size=16).digest()
        if key not in self._remembered:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = self._found(texts)
        return self._remembered.get(key, "")

    def without(self, text: str, agents: Collection[str]) -> str:
        """A text, folded, without the names of these agents."""
        text = folded(text)
        runs = {"", *_RUN.findall(text)}
        own = [entry for run in runs for entry in self._by_run.get(run, ()) if entry[2] in agents]
        for _, pattern, _, _ in sorted(own, key=itemgetter(0)):
            text = pattern.sub(" ", text)
        return text

    def _found(self, texts: Sequence[str]) -> str:
        found = [entry for text in self.apart(texts) if (entry := self._first_in(folded(text)))]
        return min(found)[1] if found else ""

    def _first_in(self, text: str) -> tuple[int, str] | None:
        said = self._nothing.sub(" ", text)
        runs = {"", *_RUN.findall(said)}
        for order, pattern, agent, never in sorted(
            (entry for run in runs for entry in self._by_run.get(run, ())), key=itemgetter(0)
        ):
            if pattern.search(said) and not never.search(said):
                return order, agent
        return None


def _apart(match: re.Match[str]) -> str:
    return f" {match[0]}"


def _whole(name: str) -> re.Pattern[str]:
    """A name as whole words; where it begins or ends in a script without spaces anything may stand beside it."""
    number = re.escape(_NUMBER)
    begin, end = ("" if _SPACELESS.match(name[at]) else edge for at, edge in ((0, _BEGINS), (-1, _ENDS)))
    return re.compile(begin + re.escape(name).replace(number, "[0-9]{1,2}") + end)
