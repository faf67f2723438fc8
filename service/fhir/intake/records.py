"""What intake hands on: for each patient the resources that can be used, and those that cannot, with reasons."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from service.domain.facts import Excluded
from service.domain.immutable import immutable
from service.domain.moments import Moment
from service.fhir.mappings.agents import Agent
from service.fhir.mappings.concept import Concept

# What may tell of a reaction in words: an event, a flag, and a result.
TOLD_IN_WORDS = frozenset(("AdverseEvent", "Flag", "Observation"))
_TELL_OF_REACTIONS = ("AllergyIntolerance", "Condition")


@immutable
class SourceResource:
    """One usable resource: right patient, newest version, usable status, validated, mapped.

    ``reference``: ``Observation/o1``; without an id the fullUrl, else ``Bundle.entry[3]``.
    ``moment``: when it was true; undated, it spans all time up to ``as_of`` and has no day.
    """

    reference: str
    resource: dict[str, object]
    moment: Moment
    concept: Concept | None


@immutable
class Treatment:
    """An order, a treatment, or an allergy or reaction: its resource, what it is of, and the Medication it points to.

    ``is_order``: it is being written or in force, so rules judge it. ``is_draft``: it came in the context of a hook.
    ``sent``: the resource as sent, where its code systems were renamed.
    """

    reference: str
    resource: Mapping[str, object]
    agent: Agent
    code: object
    medication: Mapping[str, object]
    moment: Moment
    is_order: bool
    is_draft: bool = False
    sent: Mapping[str, object] | None = None

    @property
    def kind(self) -> str:
        """The resource type."""
        return str(self.resource.get("resourceType"))

    @property
    def is_allergy(self) -> bool:
        """Whether it tells of an allergy or a reaction, and not of a drug that was ordered or given."""
        return self.kind in _TELL_OF_REACTIONS or self.is_allergy_in_words

    @property
    def is_allergy_in_words(self) -> bool:
        """Whether only words of a resource that is neither an allergy nor a diagnosis tell of a reaction."""
        return self.kind in TOLD_IN_WORDS


@immutable
class UnreadOrder:
    """An order that rules would judge and that could not be read; ``row`` says why.

    ``is_blank``: nothing in it is meant to say what is ordered, as when somebody has yet to choose.
    """

    row: Excluded
    resource: Mapping[str, object]
    is_blank: bool = False


@immutable
class Refused:
    """A resource that rules would read, and that intake turned away; ``row`` says why.

    ``names``: of its concepts, ``allergy_to_`` an agent, or ``patient``. ``is_result``: false when it was withdrawn
    or is not there yet.
    """

    row: Excluded
    names: tuple[str, ...]
    moment: Moment
    is_result: bool
    resource: Mapping[str, object] = field(default_factory=dict, compare=False)


@immutable
class Diagnosis:
    """A Condition as the reason of an order: its code and its standing; without a code nobody says that it is there.

    ``is_nameless``: it is there, and neither a code nor a text says what it is.
    """

    code: object
    standing: str
    is_nameless: bool = False


@immutable
class InText:
    """Something that stands in the record as text only, with its row.

    ``fact``: the fact that says so. ``place``: the most telling kind first, of each the newest. ``answered_by``: the
    concepts of which a result of that day or later answers what was done or ordered.
    """

    row: Excluded
    fact: str
    place: tuple[int, float, str]
    moment: Moment
    answered_by: Sequence[str] = ()


@immutable
class UnreadDrug:
    """A drug ordered or given that could not be used. ``agent``: what it is of; ``None`` when nobody can say.

    ``in_words``: only words of another resource, such as a diagnosis, tell of it.
    """

    reference: str
    agent: str | None
    in_words: bool = False


@dataclass(slots=True)
class PatientRecord:
    """All that was sent about one patient (``Patient/p1``): what can be used, and what cannot, with reasons."""

    patient: str
    patient_resource: dict[str, object] | None = None
    sources: list[SourceResource] = field(default_factory=list)
    excluded: list[Excluded] = field(default_factory=list)
    preliminary: list[SourceResource] = field(default_factory=list)  # what would be sources once they are final
    refused: list[Refused] = field(default_factory=list)
    treatments: list[Treatment] = field(default_factory=list)
    conditions: dict[str, Diagnosis] = field(default_factory=dict)  # by the reference of the Condition
    has_allergies: bool = False  # an AllergyIntolerance of any kind, also one that says that none is known
    unread_orders: list[UnreadOrder] = field(default_factory=list)  # orders to be judged that nobody could check
    medications: list[str] = field(default_factory=list)  # references of the Medications that orders point to
    answered: list[str] = field(default_factory=list)  # references of the responses to the form that were read
    in_text: list[InText] = field(default_factory=list)  # what is there as text only, and was not read
    has_drug_history: bool = False  # whether all drugs ordered and given would be here, if there were any
    unread_drugs: list[UnreadDrug] = field(default_factory=list)  # ordered or given, and not read or not used
    unseen: frozenset[str] = frozenset()  # kinds of data that were asked for and did not come

    @property
    def taken(self) -> Iterator[str]:
        """The references of all resources that were read; one of them may yet be listed as not used."""
        yield from [self.patient] if self.patient_resource is not None else []
        yield from self.medications
        yield from self.answered
        # What an answer of a form says is used with the response that holds it.
        held = set(self.answered)
        yield from (each.reference for each in self.sources if not (held and each.reference.partition("#")[0] in held))
        yield from (treatment.reference for treatment in self.treatments)

    @property
    def told(self) -> tuple[str, ...]:
        """Each reference that was read or listed, once."""
        return tuple(dict.fromkeys([*self.taken, *(row.resource for row in self.excluded)]))
