"""The face of this room: results that bear on the diagnosis, on orders, and on treatment that was given."""

from datetime import datetime, timedelta

from service.domain.reading import Reading
from service.fhir.intake.age import age_facts
from service.fhir.intake.records import PatientRecord
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.word_tables import interpretation_spellings, word_table
from service.fhir.values.judging import in_every_spelling
from service.knowledge.model import Knowledge
from service.subjects.laboratory.chart_results import ResultTables, chart_results, results_of_orders
from service.subjects.laboratory.computed_egfr import SteadyLimits, computed_egfr, creatinines, doubts_of_creatinine
from service.subjects.laboratory.creatinine_change import creatinine_change
from service.subjects.laboratory.haemoglobin import HaemoglobinLimits, haemoglobin_facts
from service.subjects.laboratory.kidney_in_words import kidney_in_words, low_in_words, with_lower
from service.subjects.laboratory.old_egfr import without_old_egfr
from service.subjects.laboratory.reader import laboratory_facts, laboratory_tables
from service.subjects.laboratory.result_values import RAISED
from service.subjects.laboratory.specimens import specimens
from service.subjects.laboratory.tests_on_record import tests_on_record, unusable_results
from service.subjects.laboratory.unread_kidney import creatinine_facts, unread_kidney

# Readers of what only orders are held against.
OF_ORDERS = ("blood_group", "haemoglobin", "order_number", "raised_result", "result_in_words")
_HELD_AGAINST = {"egfr_ml_per_min": "egfr_low", "iga_g_per_l": "iga_deficiency_below"}
_KIDNEY = "kidney_function_on_record"


class Laboratory:
    """Results of the laboratory, with the tables and numbers it takes to read them, made once at start."""

    def __init__(self, mappings: Mappings, knowledge: Knowledge) -> None:
        self._order_results = results_of_orders(mappings.concepts)
        self._tables = laboratory_tables(mappings)
        self._specimens = specimens(mappings, (*OF_ORDERS, "serology", "judged_result"))
        limits = {fact: knowledge.number(threshold) for fact, threshold in _HELD_AGAINST.items()}
        windows = {"egfr_ml_per_min": _days(knowledge, "egfr_lowest_within")}
        groups = word_table(mappings, "blood_groups", ("o", "not_o"))
        interpretations = in_every_spelling(RAISED, interpretation_spellings(mappings))
        fresh_for = _days(knowledge, "cystatin_valid_for")
        self._window = windows["egfr_ml_per_min"]
        self._results = ResultTables(mappings.units, groups, limits, windows, fresh_for, interpretations)
        self._egfr_limit, self._egfr_fresh_for = limits["egfr_ml_per_min"], _days(knowledge, "egfr_valid_for")
        self._steady = SteadyLimits(
            _days(knowledge, "creatinine_steady_for"), knowledge.number("creatinine_change_at_most") / 100
        )
        self._haemoglobin = HaemoglobinLimits(
            knowledge.number("lowest_plausible_haemoglobin"),
            knowledge.number("highest_plausible_haemoglobin"),
            knowledge.number("haemoglobin_window"),
            knowledge.number("haemoglobin_fall"),
            knowledge.number("haemoglobin_late_window"),
        )

    def read(self, record: PatientRecord, as_of: datetime, known: Reading) -> Reading:
        """Every laboratory fact; haemoglobin is held against the courses known, what is dated later intake left out."""
        record, of_others = self._specimens.apart(record)
        sheet = laboratory_facts(record.sources, self._tables)
        results = chart_results(record, self._order_results, self._results, as_of)
        old = without_old_egfr(record, results, self._egfr_limit, as_of - self._egfr_fresh_for)
        haemoglobin = haemoglobin_facts(record, known.courses, self._haemoglobin, self._results.synonyms, as_of)
        facts = {**known.facts, **sheet.facts}
        creatinine = creatinines(record.sources, self._results.synonyms)
        not_read = unread_kidney(record, self._results.synonyms, self._results.interpretations)
        aged = {**known.facts, **age_facts(record, as_of)}
        in_words, unread = kidney_in_words(record, aged, self._results.synonyms, self._window, self._steady)
        tests = tests_on_record(record, results, facts, old, not_read)
        if tests[_KIDNEY].value == "not_on_record" and (seen := low_in_words(in_words, self._egfr_limit)):
            tests[_KIDNEY] = seen
        return Reading(
            facts={
                **sheet.facts,
                **results.facts,
                **with_lower(in_words, computed_egfr(record, aged, creatinine, self._steady)),
                **creatinine_change(record, creatinine, self._steady.within),
                **doubts_of_creatinine(record, creatinine, as_of - self._results.fresh_for),
                **tests,
                **creatinine_facts(not_read.creatinine),
                **unusable_results(record, results, facts),
                **haemoglobin.facts,
            },
            excluded=(*of_others, *sheet.excluded, *results.excluded, *unread, *haemoglobin.excluded),
        )


def _days(knowledge: Knowledge, threshold: str) -> timedelta:
    return timedelta(days=int(knowledge.number(threshold)))
