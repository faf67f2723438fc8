"""The face of this room: from a record to its motor segments, and from their verdicts to facts and rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from service.domain.courses import Course
from service.domain.facts import Fact, Range
from service.domain.reading import Parts, Picture, Reading, Verdicts
from service.fhir.intake.records import PatientRecord
from service.fhir.mappings.concepts import Mappings
from service.knowledge.model import Knowledge
from service.knowledge.sentences import sayer
from service.subjects.conduction.anatomy import anatomy_from
from service.subjects.conduction.awaited import awaited_blocks, awaited_sensory, preliminary_block
from service.subjects.conduction.block_change import BlockChangeLimits, block_change_facts
from service.subjects.conduction.distal_amplitude import AxonalLimits, distal_amplitude_facts, distal_amplitudes
from service.subjects.conduction.entrapment import LossLimits, entrapment_facts, motor_study_facts
from service.subjects.conduction.grading import GradedSegment, graded, settled, without_contradictions
from service.subjects.conduction.history import replaced_studies, studies_over_limit, studies_without_a_segment
from service.subjects.conduction.kept import NOTHING_TO_KEEP, Keeping, Treated, class_rests_on, days_of
from service.subjects.conduction.motor_segments import motor_segments
from service.subjects.conduction.nerves import NerveStudy
from service.subjects.conduction.picture import study_picture
from service.subjects.conduction.reading.reader import nerve_studies
from service.subjects.conduction.reading.tables import nerve_tables
from service.subjects.conduction.reading.whole_codes import check_local_codes
from service.subjects.conduction.section import NAME, conduction_section, named_beside
from service.subjects.conduction.segment import ConductionLimits, MotorSegment, SlowingLimits
from service.subjects.conduction.sensory import SensoryFinding, sensory_findings, with_entrapments, with_late_change
from service.subjects.conduction.slowing import slowed_nerves, slowing_facts
from service.subjects.conduction.tallies import named_beside_a_disease, sensory_beside, tallies
from service.subjects.conduction.unread import (
    UnreadStudy,
    in_sentences,
    in_summary,
    left_open,
    rows_in_words,
    rows_of_parts,
    single_sites,
    unread_studies,
    without_end,
)

_IN_TEXT = "nerve_study_in_text"
_VALUES = "values of the nerve study in the record: it stands there as text only and was not read"


class Conduction:
    """Nerve conduction studies, with the tables and numbers it takes to read them, made once at start."""

    def __init__(self, mappings: Mappings, knowledge: Knowledge) -> None:
        self._tables = nerve_tables(mappings)
        check_local_codes(mappings, self._tables)
        self._mappings = mappings
        self._say = sayer(knowledge.sentences)
        self._anatomy = anatomy_from(knowledge.tables["segments"])
        self._limits = _limits(knowledge)
        self._losses = LossLimits(self._limits.probable_area, knowledge.number("smallest_distal_amplitude"))
        self._axons = AxonalLimits(
            knowledge.number("axonal_loss_interval"),
            knowledge.number("axonal_loss_fall"),
            knowledge.number("axonal_loss_below_limit"),
        )
        self._long_known = timedelta(days=int(knowledge.number("long_known_after")))
        self._effect_days = knowledge.number("off_treatment_after")
        self._csf_limit = knowledge.number("csf_protein_limit")
        self._change = BlockChangeLimits(
            knowledge.number("block_change_margin"), knowledge.number("block_change_window")
        )

    def read(self, record: PatientRecord, as_of: datetime, known: Reading) -> Reading:  # noqa: ARG002 - as every subject
        """The segments to be judged, and the loss of axons since treatment began, where one is on record."""
        studies, rows = nerve_studies(record.sources, self._mappings, self._tables)
        rows += [*rows_in_words(record.sources), *rows_of_parts(record)]
        began = known.treated_since if known.courses else None
        facts = distal_amplitude_facts(studies, self._anatomy, self._axons, began) if began else {}
        final = frozenset(each.reference for each in record.sources if each.resource.get("status") == "final")
        keeping = Keeping(self._treated(record, known), final, self._falls(known.facts), known.entrapped)
        is_coded = known.facts.get("mmn_condition", Fact(None)).value == "present"
        keeping = replace(keeping, is_known=is_coded or known.treated_since is not None)
        awaited, not_final = nerve_studies(record.preliminary, self._mappings, self._tables)
        unread = unread_studies(record, [*rows, *not_final], studies, (self._mappings, self._tables))
        parts = self.parts_of(studies, known.courses, keeping, awaited, unread)
        over_time = (partial(distal_amplitudes, studies, self._anatomy, self._axons, began),) if studies else ()
        return Reading(facts=facts, excluded=tuple(rows), parts=parts, timelines=over_time)

    def _treated(self, record: PatientRecord, known: Reading) -> Treated:
        """Any immunoglobulin; of one that is stated without a date nobody knows whether a study was made under it."""
        on_record = known.facts.get("immunoglobulin_on_record", Fact(None)).value in ("on_record", "told_in_words")
        stated = known.facts.get("objective_improvement_after_ivig", Fact(None)).value == "present"
        is_told = bool(known.spells) or not (on_record or stated or not record.has_drug_history)
        first = min((spell.first for spell in known.spells), default=None)
        began = known.treated_since or first
        return Treated(known.spells, began, self._effect_days, is_told and known.are_spells_known)

    def _falls(self, facts: Mapping[str, Fact]) -> bool:
        """Whether what is found now ends a diagnosis that rests on an earlier study, beside the exclusion criteria."""
        csf = facts.get("csf_protein_g_per_l", Fact(None)).value
        is_high = isinstance(csf, Range) and csf.low is not None and csf.low > self._csf_limit
        rapid = facts.get("progression", Fact(None)).value == "rapid"
        return is_high or rapid or facts.get("rapid_decline", Fact(None)).value == "shown"

    def parts_of(
        self,
        studies: Sequence[NerveStudy],
        courses: Sequence[Course],
        keeping: Keeping = NOTHING_TO_KEEP,
        awaited: Sequence[NerveStudy] = (),
        unread: Sequence[UnreadStudy] = (),
    ) -> tuple[Parts, ...]:
        """The motor segments of the studies; without any, the facts that say so still follow.

        ``awaited``: studies that are not final yet. ``unread``: those that came and could not be read.
        """
        segments = motor_segments(studies, self._anatomy, self._limits)
        open_ones = motor_segments(awaited, self._anatomy, self._limits) if awaited else []
        concluded = partial(self._concluded, (segments, open_ones), (studies, awaited, unread), (courses, keeping))
        return (Parts("motor_segment", tuple(segment.facts for segment in (*segments, *open_ones)), concluded),)

    def _concluded(
        self,
        of_segments: tuple[Sequence[MotorSegment], Sequence[MotorSegment]],
        of_studies: tuple[Sequence[NerveStudy], Sequence[NerveStudy], Sequence[UnreadStudy]],
        of_treatment: tuple[Sequence[Course], Keeping],
        verdicts: Sequence[Verdicts],
        known: Mapping[str, Fact],
    ) -> Reading:
        """The rows of the segments that count, and the facts that follow from them."""
        (segments, open_ones), (studies, awaited, unread) = of_segments, of_studies
        of_all_sessions = self._graded(segments, verdicts)
        counted = settled(of_all_sessions)
        (courses, keeping), days = of_treatment, days_of(studies)
        kept = keeping.blocks(of_all_sessions, days)
        deciding = settled(keeping.for_class(of_all_sessions, kept, days))
        shown = settled(self._graded(open_ones, verdicts[len(segments) :]))
        not_final = awaited_blocks(shown, deciding, days | days_of(awaited))
        deciding += not_final
        sensory = self._explained(sensory_findings(studies), keeping)
        late = with_late_change(studies, self._long_known) if keeping.is_known else ()
        of_class = self._explained(late, keeping) if late else sensory
        facts = {**known, **tallies(deciding, studies, self._anatomy, awaited_sensory(awaited), of_class, sensory)}
        facts |= named_beside_a_disease(facts, known)
        judged = (*(item.nerve for item in deciding), *(each.nerve for each in unread))
        facts |= without_end(facts, single_sites(studies, judged, self._anatomy))
        facts |= entrapment_facts(deciding, self._losses)
        facts["preliminary_block"] = preliminary_block(shown, not_final)
        facts["class_rests_on"] = class_rests_on(kept)
        facts |= motor_study_facts(facts, deciding, keeping.entrapped, self._losses)
        facts |= slowing_facts(slowed_nerves(studies, self._anatomy, self._limits.slowing), deciding)
        facts |= left_open(facts, unread)
        facts |= block_change_facts(of_all_sessions, studies, courses, self._change)
        cited = {reference for item in counted for reference in item.segment.evidence}
        cited |= {reference for fact in facts.values() for reference in fact.evidence}
        if _IN_TEXT in known and not studies:
            facts = {name: _values_wanted(fact) for name, fact in facts.items()}
        left_out = (*studies_without_a_segment(studies), *studies_over_limit(studies))
        left_out += tuple(replaced_studies(studies, cited))
        section = conduction_section(
            counted,
            list(kept.values()),
            not_final,
            keeping.lost(of_all_sessions, days),
            days | days_of(awaited),
            self._drawn(studies, counted),
        )
        beside = named_beside(counted, sensory_beside(deciding, of_class, self._anatomy))
        bound = in_sentences(unread, self._say)
        named = replace(
            section, bound=bound, named={**section.named, "unread": in_summary(unread, self._say), **beside}
        )
        return Reading(facts=facts, excluded=left_out, sections={NAME: named})

    def _explained(self, findings: Sequence[SensoryFinding], keeping: Keeping) -> list[SensoryFinding]:
        return with_entrapments(findings, keeping.entrapped, self._tables.branches)

    def _graded(self, segments: Sequence[MotorSegment], verdicts: Sequence[Verdicts]) -> list[GradedSegment]:
        pairs = zip(segments, verdicts, strict=False)
        return without_contradictions([graded(segment, found, self._say) for segment, found in pairs], self._say)

    def _drawn(self, studies: Sequence[NerveStudy], graded: Sequence[GradedSegment]) -> Callable[[], Picture] | None:
        """What draws the picture, once somebody wants it; nothing without a study."""
        if not studies:
            return None
        return partial(study_picture, studies, graded, self._anatomy, self._limits.definite_area)


def _values_wanted(fact: Fact) -> Fact:
    """A fact that a study would have to tell, where one was made that nobody could read: its values are missing."""
    is_open = fact.value is None or (isinstance(fact.value, Range) and fact.value.high is None)
    return replace(fact, missing=(_VALUES,)) if is_open else fact


def _limits(knowledge: Knowledge) -> ConductionLimits:
    return ConductionLimits(
        highest_plausible_lln_mv=knowledge.number("highest_plausible_lln"),
        borderline_margin=knowledge.number("borderline_margin"),
        definite_area=knowledge.number("definite_block_area_reduction"),
        probable_area=knowledge.number("probable_block_area_reduction"),
        duration_limit=knowledge.number("temporal_dispersion_limit"),
        cold_hand_celsius=knowledge.number("cold_hand"),
        cold_foot_celsius=knowledge.number("cold_foot"),
        slowing=SlowingLimits(
            velocity_fall=knowledge.number("slow_velocity_fall"),
            latency_rise=knowledge.number("long_distal_latency_rise"),
            f_wave_rise=knowledge.number("late_f_wave_rise"),
            f_wave_rise_small_response=knowledge.number("late_f_wave_rise_small_response"),
            small_response=knowledge.number("small_response_share_of_lln"),
        ),
    )
