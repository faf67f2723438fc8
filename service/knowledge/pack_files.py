"""The files of a rule pack: each read once, counted into one hash, and its entries held against their shape."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from service.errors import KnowledgeError
from service.knowledge.near import unknown
from service.knowledge.shaped import Shape, shaped
from service.knowledge.yaml_file import YamlReader

Made = TypeVar("Made")
_FACE = "pack.yaml"


class PackFiles:
    """``rules``: the folder that holds the pack, the file on sources and the brief. ``pack``: the name of its folder.

    ``places``: folder and name of an entry -> the file that holds it, below the pack.
    """

    def __init__(self, rules: Path, read: YamlReader) -> None:
        self.pack = _pack_in(rules)
        self.places: dict[tuple[str, str], str] = {}
        self._rules, self._read = rules, read
        self._here = rules / self.pack
        self._paths = {path.relative_to(self._here).as_posix() for path in self._here.rglob("*.yaml")}
        self._digest = hashlib.sha256()

    @property
    def hash(self) -> str:
        """The hash over all files that were read so far."""
        return f"sha256:{self._digest.hexdigest()}"

    def read(self, name: str) -> dict[str, object]:
        """One file beside the pack."""
        path = self._rules / name
        data = self._read(path)
        self._digest.update(name.encode() + b"\0" + path.read_bytes())
        return data

    def of_pack(self, name: str) -> dict[str, object]:
        """One file of the pack."""
        return self.read(f"{self.pack}/{name}")

    def entries(self, name: str, shape: type[Shape], make: Callable[[str, Shape, str], Made]) -> dict[str, Made]:
        """What ``make`` makes of each entry of a file: of its name, its data, and the file and key for messages."""
        return {
            str(key): make(str(key), shaped(shape, entry, f"{name}: {key}"), f"{self._in_pack(name)}: {key}")
            for key, entry in self.read(name).items()
        }

    def of_folder(self, folder: str, shape: type[Shape], make: Callable[[str, Shape, str], Made]) -> dict[str, Made]:
        """The entries of every file of a folder of the pack; a name stands in one of them only."""
        made: dict[str, Made] = {}
        for path in sorted((self._here / folder).glob("*.yaml")):
            at = f"{folder}/{path.name}"
            entries = self.entries(f"{self.pack}/{at}", shape, make)
            if twice := made.keys() & entries.keys():
                raise KnowledgeError(f"{at}: {', '.join(sorted(twice))} stands in another file too")
            made |= entries
            self.places |= {(folder, name): at for name in entries}
        if not made:
            raise KnowledgeError(f"{folder}: there is no file {self.pack}/{folder}/*.yaml with entries")
        return made

    def require(self, name: str, where: str) -> None:
        """KnowledgeError when the pack has no such file, named without ``.yaml``."""
        if f"{name}.yaml" not in self._paths:
            raise unknown(where, "file of the pack", f"{name}.yaml", self._paths)

    def place(self, folder: str, name: str) -> str:
        """File and key of an entry of a folder."""
        return f"{self.places[folder, name]}: {name}"

    def _in_pack(self, name: str) -> str:
        return name.removeprefix(f"{self.pack}/")


def _pack_in(rules: Path) -> str:
    """The name of the one folder that holds a rule pack."""
    found = sorted(path.parent.name for path in rules.glob(f"*/{_FACE}"))
    if len(found) != 1:
        raise KnowledgeError(f"{rules}: one folder must hold {_FACE}; here are {', '.join(found) or 'none'}")
    return found[0]
