"""One rule file: a head that says what its rules share, the conditions they name, and the rules."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.errors import KnowledgeError
from service.knowledge.schema import CriterionYaml, EveryRuleYaml
from service.knowledge.shaped import shaped

_SHARED, _CONDITIONS = "every_rule", "conditions"
_SOURCE = {"ref", "at", "certainty"}


@dataclass(frozen=True, slots=True)
class RuleFile:
    """``path`` is the file below its pack, such as ``folder/file``; ``conditions`` as they stand in YAML."""

    path: str
    conditions: Mapping[str, object]
    rules: Mapping[str, CriterionYaml]

    @property
    def id(self) -> str:
        """The path as ids write it: ``folder.file``."""
        return self.path.replace("/", ".")


def rule_file(path: str, data: Mapping[str, object]) -> RuleFile:
    """The rules of a file, each with what the head says of every rule; KnowledgeError names file and key."""
    where = f"{path}.yaml"
    written = {key: entry for key, entry in data.items() if key not in (_SHARED, _CONDITIONS)}
    head = data.get(_SHARED) or {}
    shared = shaped(EveryRuleYaml, head, f"{where}: {_SHARED}").model_dump(exclude_unset=True)
    rules = {str(key): _rule(shared, entry, f"{where}: {key}") for key, entry in written.items()}
    return RuleFile(path, named_conditions(data.get(_CONDITIONS) or {}, f"{where}: {_CONDITIONS}"), rules)


def named_conditions(data: object, where: str) -> Mapping[str, object]:
    """Conditions by name, as they stand in YAML."""
    if not isinstance(data, dict):
        raise KnowledgeError(f"{where}: must be conditions by name")
    if dotted := [name for name in data if "." in str(name)]:
        raise KnowledgeError(f"{where}: {dotted[0]}: a name without a point, so that it looks like no criterion")
    return {str(name): condition for name, condition in data.items()}


def _rule(shared: Mapping[str, object], entry: object, where: str) -> CriterionYaml:
    if not isinstance(entry, dict):
        raise KnowledgeError(f"{where}: must be a rule with title, says and when")
    merged = {**shared, **entry}
    if isinstance(entry.get("source"), dict) and isinstance(shared.get("source"), dict):
        merged["source"] = _source(shared["source"], entry["source"], where)
    return shaped(CriterionYaml, merged, where)


def _source(shared: object, own: Mapping[str, object], where: str) -> object:
    """A rule's own source, or another place in the source that the file shares."""
    if "ref" not in own and isinstance(shared, dict):
        return {**shared, **own}
    if missing := _SOURCE - set(own):
        raise KnowledgeError(f"{where}: source: another source than the file's needs {', '.join(sorted(missing))} too")
    return own
