"""Strict YAML: no duplicate keys, no words that YAML 1.1 silently turns into true and false."""

from collections.abc import Callable, Hashable
from decimal import Decimal
from pathlib import Path

import yaml

from service.errors import KnowledgeError

YamlReader = Callable[[Path], dict[str, object]]
_AMBIGUOUS = {"yes", "no", "on", "off", "y", "n"}


class _StrictLoader(yaml.CSafeLoader):
    """Safe loading by libyaml, with what YAML lets pass refused."""


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Hashable, object]:
    loader.flatten_mapping(node)
    made: dict[Hashable, object] = {}
    written_here: set[Hashable] = set()
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in written_here:
            raise KnowledgeError(f"line {key_node.start_mark.line + 1}: key {key!r} stands twice; keep one")
        # Keys merged from an anchor were written elsewhere, and may be overridden here.
        if key_node.start_mark.index >= node.start_mark.index:
            written_here.add(key)
        made[key] = loader.construct_object(value_node, deep=True)
    return made


def _boolean(_loader: _StrictLoader, node: yaml.ScalarNode) -> bool:
    if node.value.lower() in _AMBIGUOUS:
        line = node.start_mark.line + 1
        raise KnowledgeError(
            f"line {line}: {node.value!r} means true or false in YAML; write present/absent or quote it"
        )
    return str(node.value).lower() == "true"


def _number(_loader: _StrictLoader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(node.value)


_StrictLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
_StrictLoader.add_constructor("tag:yaml.org,2002:bool", _boolean)
_StrictLoader.add_constructor("tag:yaml.org,2002:float", _number)


def read_yaml(path: Path) -> dict[str, object]:
    """Read one YAML file whose top level is a mapping; decimals stay exact (``decimal.Decimal``).

    Raises KnowledgeError naming the file, and the line where there is one.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 - a safe loader
    except KnowledgeError as error:
        raise KnowledgeError(f"{path.name}: {error}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise KnowledgeError(f"{path.name}: cannot be read: {error}") from error
    if not isinstance(data, dict):
        raise KnowledgeError(f"{path.name}: the top level must be a mapping")
    return data


def entries_of(value: object) -> list[dict[str, object]]:
    """The mappings of a list; what is none of them is left out."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
