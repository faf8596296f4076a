"""Scotland's variants of acute extracts: SMR01 episodes, SMR00 clinics, A&E2 attendances.

Fields have the names of the English contracts, so that core rows are the same everywhere; their
codes are Scotland's own (codes_scotland) and become the core codes that say the same.
"""

import datetime as dt
from dataclasses import replace

from flow_pipeline.contracts.acute import APC_EPISODE, ECDS_ATTENDANCE, OP_ATTENDANCE
from flow_pipeline.contracts.language import Contract, Field, Rule, Supersede

_FROM = dt.date(2020, 4, 1)
# Net-change headers are those of England's commissioning data sets.
_ENGLISH_ONLY = ("cds_unique_identifier", "cds_update_type", "cds_extract_date", "cds_extract_time")
_ETHNIC_GROUP = {"ethnic_category": "scottish_ethnic_group"}


def _variant(
    promised: Contract,
    *,
    standard: str,
    codes: dict[str, str],
    without: tuple[str, ...] = (),
    asked_less: tuple[str, ...] = (),
    more_rules: tuple[Rule, ...] = (),
) -> Contract:
    """The contract as Scotland sends it: its own code lists, fields it lacks left out.

    ``asked_less``: fields that are expected or optional there and required in England.
    """
    absent = {*_ENGLISH_ONLY, *without}
    lists = {**_ETHNIC_GROUP, **codes}
    return replace(
        promised,
        version="1",
        effective_from=_FROM,
        jurisdiction="scotland",
        standard=standard,
        standard_version="2024",
        fields=tuple(
            _scottish(field, lists, is_asked_less=field.name in asked_less)
            for field in promised.fields
            if field.name not in absent
        ),
        natural_key=tuple(k for k in promised.natural_key if not absent & set(k.fields)),
        supersede=Supersede(),
        rules=(*(r for r in promised.rules if _holds_there(r, absent)), *more_rules),
    )


def _holds_there(rule: Rule, absent: set[str]) -> bool:
    """Whether a rule speaks of fields that are there, and not of England's codes."""
    return _without_codes(
        rule.condition.replace("INTERVAL '7d'", "")
    ) is not None and not absent & set(rule.columns)


def _scottish(field: Field, lists: dict[str, str], *, is_asked_less: bool) -> Field:
    """A field with Scotland's codes; conditions on England's codes do not hold there."""
    return replace(
        field,
        codes=lists.get(field.name, field.codes),
        required="expected" if is_asked_less else field.required,
        required_when=_without_codes(field.required_when),
        applies_when=_without_codes(field.applies_when),
        expected_when=_without_codes(field.expected_when),
    )


def _without_codes(condition: str | None) -> str | None:
    return None if condition is None or "'" in condition else condition


_DIED_GOES_WITH_00 = Rule(
    rule_id="V11",
    name="died_goes_with_transfer_to_00",
    condition=(
        "(discharge_method_code_hospital_provider_spell IN ('40', '41', '42', '43')) = "
        "(discharge_destination_code_hospital_provider_spell = '00')"
    ),
    columns=(
        "discharge_method_code_hospital_provider_spell",
        "discharge_destination_code_hospital_provider_spell",
    ),
    severity="warn",
    mend="Make discharge type and transfer to agree.",
)

APC_EPISODE_SCOTLAND = _variant(
    APC_EPISODE,
    standard="Scottish Morbidity Record 01 (SMR01)",
    codes={
        "patient_classification_code": "smr01_inpatient_day_case_identifier",
        "admission_method_code_hospital_provider_spell": "smr01_admission_type",
        "source_of_admission_code": "smr01_admission_transfer_from",
        "discharge_method_code_hospital_provider_spell": "smr01_discharge_type",
        "discharge_destination_code_hospital_provider_spell": "smr01_discharge_transfer_to",
    },
    asked_less=("source_of_admission_code", "activity_treatment_function_code"),
    more_rules=(_DIED_GOES_WITH_00,),
)
OP_ATTENDANCE_SCOTLAND = _variant(
    OP_ATTENDANCE,
    standard="Scottish Morbidity Record 00 (SMR00)",
    codes={
        "attended_or_did_not_attend_code": "smr00_clinic_attendance",
        "first_attendance_code": "smr00_referral_type",
        "consultation_mechanism_code": "smr00_mode_of_clinical_interaction",
        "priority_type_code": "smr_urgency",
    },
    without=("outcome_of_attendance_code",),
    asked_less=("activity_treatment_function_code",),
)
ECDS_ATTENDANCE_SCOTLAND = _variant(
    ECDS_ATTENDANCE,
    standard="A&E2",
    codes={
        "emergency_care_department_type": "ae2_department_type",
        "emergency_care_attendance_category": "ae2_attendance_category",
        "emergency_care_discharge_status_snomed_ct": "ae2_discharge_type",
        "emergency_care_discharge_destination_snomed_ct": "ae2_discharge_destination",
        "emergency_care_acuity_snomed_ct": "ae2_triage_category",
    },
)

CONTRACTS = (APC_EPISODE_SCOTLAND, OP_ATTENDANCE_SCOTLAND, ECDS_ATTENDANCE_SCOTLAND)
