"""Code lists of care that follows or stands in for hospital: delayed discharge, intermediate care,
virtual wards, hospices, waiting lists, referrals from practices. Classes are ours."""

from flow_pipeline.contracts.codes import drawn_list

_SITREP = "NHS England, acute daily discharge situation report"
_LOCAL = "Local agreement"
_WLMDS = "Waiting List Minimum Data Set"

LISTS = (
    drawn_list(
        "discharge_pathway",
        _SITREP,
        """
        0 | Pathway 0: home without new support | pathway_0
        1 | Pathway 1: home with support | pathway_1
        2 | Pathway 2: rehabilitation or short-term care in a bed | pathway_2
        3 | Pathway 3: long-term care in a care home | pathway_3
        9 | Pathway not yet known || default
        """,
    ),
    drawn_list(
        "delayed_discharge_reason",
        _SITREP,
        """
        hospital_process | Awaiting medicines, transport or paperwork of the hospital | acute
        therapy_decision | Awaiting a therapy decision to discharge | acute
        medical_decision | Awaiting a medical decision or intervention | acute
        diagnostic_test | Awaiting a diagnostic test | acute
        referral_to_hub | Awaiting referral to the transfer of care hub | acute
        transfer_other_hospital | Awaiting transfer to another acute hospital | acute
        hub_pathway_decision | Transfer of care hub has yet to confirm the pathway | joint
        capacity_assessment | Awaiting an assessment of mental capacity or best interests | joint
        community_rehabilitation | Awaiting rehabilitation or health care at home | community
        community_bed | Awaiting a community hospital or rehabilitation bed | community
        equipment | Awaiting equipment or adaptations | council
        reablement | Awaiting reablement | council
        home_care | Awaiting a package of home care | council
        residential_care | Awaiting a residential care home | council
        nursing_care | Awaiting a nursing home | council
        social_care_assessment | Awaiting an assessment of social care | council
        continuing_healthcare | Awaiting a decision on NHS continuing healthcare | joint
        end_of_life_care | Awaiting end of life care at home or in a hospice | community
        mental_health_bed | Awaiting a mental health bed or assessment | mental_health
        housing | Homeless, or awaiting housing | housing
        safeguarding | Safeguarding concern | council
        patient_or_family | Choice or disagreement of the patient or family | other
        infection_control | Infection control restriction | other
        funding_dispute | Dispute over funding | joint
        other | Other reason | other
        not_known | Reason not known || default
        """,
    ),
    drawn_list(
        "responsible_body",
        _SITREP,
        """
        nhs | NHS | nhs
        council | Council | council
        both | NHS and council | joint
        housing | Housing authority | housing
        other | Somebody else | other
        """,
    ),
    drawn_list(
        "care_location",
        _LOCAL,
        """
        home | Usual place of residence | home
        community_hospital | Bed in a community hospital | community_bed
        rehabilitation_unit | Bed in a rehabilitation unit | community_bed
        care_home | Bed in a care home | care_home
        hospice | Bed in a hospice | community_bed
        clinic | Day service or clinic | clinic
        remote | By telephone or monitoring | remote
        """,
    ),
    drawn_list(
        "referral_decline_reason",
        _LOCAL,
        """
        no_capacity | No capacity
        not_eligible | Does not meet the criteria
        unsuitable_environment | Home or care setting is not suitable
        patient_declined | Declined by the person or family
        too_unwell | Too unwell
        died | Died before the decision
        other | Other
        """,
    ),
    drawn_list(
        "care_end_reason",
        _LOCAL,
        """
        completed | Completed as planned | discharged
        transferred | Transferred to another service | discharged
        readmitted | Admitted to hospital | admitted
        declined | Ended by the person | discharged
        died | Died | died
        other | Other | discharged
        """,
    ),
    drawn_list(
        "care_end_destination",
        _LOCAL,
        """
        home | Home without support | home
        home_with_support | Home with support | home
        care_home | Care home in which the person lived before | care_home_existing
        new_care_home | Care home new to the person | care_home_new
        community_bed | Community hospital or rehabilitation bed | community_bed
        acute_hospital | Acute hospital | other_hospital
        died | Died | died
        other | Elsewhere | other
        """,
    ),
    drawn_list(
        "virtual_ward_pathway",
        _LOCAL,
        """
        frailty | Frailty | frailty
        respiratory | Acute respiratory infection | respiratory
        heart_failure | Heart failure | heart_failure
        hospital_at_home | Hospital at home, general | hospital_at_home
        paediatric | Children | paediatric
        other | Other | other
        """,
    ),
    drawn_list(
        "virtual_ward_entry",
        _LOCAL,
        """
        step_up | Instead of a hospital stay | unplanned
        step_down | After a hospital stay | not_applicable
        """,
    ),
    drawn_list(
        "waiting_list_type",
        _WLMDS,
        """
        ORTT | Outpatient, referral to treatment pathway open | outpatient
        IRTT | Inpatient or day case, referral to treatment pathway open | inpatient
        ONON | Outpatient, outside referral to treatment | outpatient
        INON | Inpatient or day case, outside referral to treatment | inpatient
        DIAG | Diagnostic test | diagnostic
        PLAN | Planned, not due before a date | planned
        """,
    ),
    drawn_list(
        "waiting_list_removal_reason",
        _WLMDS,
        """
        treated | First treatment given | discharged
        not_needed | Decision not to treat, or active monitoring | discharged
        patient_declined | Declined by the person | cancelled_by_patient
        moved | Moved to another provider | discharged
        died | Died | died
        other | Other | discharged
        """,
    ),
    drawn_list(
        "gp_referral_method",
        "NHS e-Referral Service",
        """
        ers | NHS e-Referral Service
        letter | Letter or electronic document
        advice_and_guidance | Advice and guidance turned into a referral
        telephone | Telephone
        other | Other
        """,
    ),
)
