"""The resource types of FHIR R4 (4.0.1), and where each type that is read keeps patient, code and dates."""

# https://hl7.org/fhir/R4/resourcelist.html
RESOURCE_TYPES = frozenset(
    """
    Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic Binary
    BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem
    ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication CommunicationRequest
    CompartmentDefinition Composition ConceptMap Condition Consent Contract Coverage CoverageEligibilityRequest
    CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement
    DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest
    EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit
    FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy Immunization
    ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan Invoice Library Linkage List
    Location Measure MeasureReport Media Medication MedicationAdministration MedicationDispense MedicationKnowledge
    MedicationRequest MedicationStatement MedicinalProduct MedicinalProductAuthorization
    MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction
    MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical
    MedicinalProductUndesirableEffect MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder
    Observation ObservationDefinition OperationDefinition OperationOutcome Organization OrganizationAffiliation
    Parameters Patient PaymentNotice PaymentReconciliation Person PlanDefinition Practitioner PractitionerRole
    Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson RequestGroup ResearchDefinition
    ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis Schedule
    SearchParameter ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap Subscription
    Substance SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation
    SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities TestReport
    TestScript ValueSet VerificationResult VisionPrescription
    """.split()
)

# Types that other versions of FHIR have and R4 has not: DSTU2, STU3, R4B and R5 (their lists of resources).
OTHER_VERSIONS_TYPES = frozenset(
    """
    ActorDefinition AdministrableProductDefinition ArtifactAssessment BiologicallyDerivedProductDispense BodySite
    Citation ClinicalUseDefinition Conformance ConditionDefinition DataElement DeviceAssociation DeviceComponent
    DeviceDispense DeviceUsage DeviceUseRequest DiagnosticOrder DiagnosticRequest EligibilityRequest
    EligibilityResponse EncounterHistory EvidenceReport ExpansionProfile FormularyItem GenomicStudy ImagingExcerpt
    ImagingManifest ImagingObjectSelection ImagingSelection Ingredient InventoryItem InventoryReport
    ManufacturedItemDefinition MedicationOrder MedicationUsage MedicinalProductDefinition NutritionIntake
    NutritionProduct NutritionRequest Order OrderResponse PackagedProductDefinition Permission ProcedureRequest
    ProcessRequest ProcessResponse ReferralRequest RegulatedAuthorization RequestOrchestration Requirements Sequence
    ServiceDefinition SubscriptionStatus SubscriptionTopic SubstanceDefinition TestPlan Transport
    """.split()
)

_NAMED_PATIENT = frozenset(
    """
    AllergyIntolerance BodyStructure Claim ClaimResponse CoverageEligibilityRequest CoverageEligibilityResponse
    DetectedIssue Device EpisodeOfCare ExplanationOfBenefit FamilyMemberHistory Immunization ImmunizationEvaluation
    ImmunizationRecommendation MolecularSequence NutritionOrder RelatedPerson SupplyDelivery VisionPrescription
    """.split()
)
_CODE_ELEMENTS = {
    "MedicationRequest": "medicationCodeableConcept",
    "MedicationStatement": "medicationCodeableConcept",
    "MedicationAdministration": "medicationCodeableConcept",
    "MedicationDispense": "medicationCodeableConcept",
    "Immunization": "vaccineCode",
    "DeviceRequest": "codeCodeableConcept",
    "Composition": "type",
    "DocumentReference": "type",
}
_TIME_ELEMENTS = {
    "Observation": ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "effectiveTiming"),
    "DiagnosticReport": ("effectiveDateTime", "effectivePeriod"),
    "Condition": ("recordedDate", "onsetDateTime", "onsetPeriod"),
    "AllergyIntolerance": ("recordedDate", "onsetDateTime"),
    "Procedure": ("performedDateTime", "performedPeriod"),
    "MedicationRequest": ("authoredOn",),
    "ServiceRequest": ("authoredOn", "occurrenceDateTime", "occurrencePeriod"),
    "MedicationStatement": ("effectiveDateTime", "effectivePeriod", "dateAsserted"),
    "MedicationAdministration": ("effectiveDateTime", "effectivePeriod"),
    "MedicationDispense": ("whenHandedOver", "whenPrepared"),
    "Immunization": ("occurrenceDateTime",),
    "FamilyMemberHistory": ("date",),
    "QuestionnaireResponse": ("authored",),
}
_USUAL_TIME_ELEMENTS = (
    "effectiveDateTime",
    "effectivePeriod",
    "occurrenceDateTime",
    "date",
    "recordedDate",
    "authoredOn",
)


def subject_element(resource_type: str) -> str:
    """The element that says whom a resource of this type is about."""
    return "patient" if resource_type in _NAMED_PATIENT else "subject"


def code_element(resource_type: str) -> str:
    """The element whose codings say what a resource of this type means."""
    return _CODE_ELEMENTS.get(resource_type, "code")


def time_elements(resource_type: str) -> tuple[str, ...]:
    """The elements that date a resource of this type, the one that counts first."""
    return _TIME_ELEMENTS.get(resource_type, _USUAL_TIME_ELEMENTS)
