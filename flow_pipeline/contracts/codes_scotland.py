"""Code lists of Scotland: what Scottish Morbidity Records (SMR00, SMR01) and A&E2 say.

One code may mean something else than in England: attendance 5 is "could not wait", not "attended
on time". Core rows hold the code that says the same in the list by which events are made (``as``);
what England has no code for stands there with an S before it.
Source: Public Health Scotland, SMR data manual and A&E2; numbers without a source in domain.md
are general knowledge and are corrected here.
"""

from flow_pipeline.contracts.codes import drawn_list

_SMR00 = "Scottish Morbidity Record 00, outpatients"
_SMR01 = "Scottish Morbidity Record 01, general and acute inpatients and day cases"
_AE2 = "A&E2, accident and emergency data mart of Scotland"

LISTS = (
    drawn_list(
        "smr00_clinic_attendance",
        _SMR00,
        """
        1 | Patient was seen | attended | as 5
        5 | Attended but was not seen: could not wait | left | as S5
        8 | Did not attend | dna | as 3
        """,
    ),
    drawn_list(
        "smr00_referral_type",
        _SMR00,
        """
        1 | New outpatient: consultation and management | first | as 1
        2 | New outpatient: consultation only | first | as 1
        3 | Return outpatient | follow_up | as 2
        """,
    ),
    drawn_list(
        "smr00_mode_of_clinical_interaction",
        _SMR00,
        """
        1 | Face to face | clinic | as 01
        2 | Telephone | remote | as 02
        3 | Video | remote | as 11
        4 | Written | remote | as 05
        """,
    ),
    drawn_list(
        "smr_urgency",
        _SMR00,
        """
        1 | Routine || as 1
        2 | Urgent || as 2
        3 | Urgent, suspected cancer || as 3
        """,
    ),
    drawn_list(
        "smr01_inpatient_day_case_identifier",
        _SMR01,
        """
        I | Inpatient | ordinary | as 1
        D | Day case | day_case | as 2
        """,
    ),
    drawn_list(
        "smr01_admission_type",
        _SMR01,
        """
        10 | Routine admission, no further detail | elective | as 11
        11 | Routine elective, from the waiting list | elective | as 11
        12 | Patient request, from the waiting list | elective | as 12
        18 | Planned transfer | transfer | as 81
        19 | Routine admission, other | elective | as 13
        20 | Urgent admission, no further detail | emergency | as 28
        21 | Urgent: patient delay | emergency | as 28
        22 | Urgent: hospital delay | emergency | as 28
        30 | Emergency admission, no further detail | emergency | as 28
        31 | Emergency: self-inflicted injury | emergency | as 28
        32 | Emergency: road traffic accident | emergency | as 28
        33 | Emergency: home accident | emergency | as 28
        34 | Emergency: accident at work | emergency | as 28
        35 | Emergency: other injury | emergency | as 28
        36 | Emergency: not an injury | emergency | as 28
        38 | Emergency: other | emergency | as 28
        39 | Emergency: not known | emergency | as 28
        40 | Other admission, no further detail || as S40
        41 | Home birth | birth | as 2C
        42 | Maternity | maternity | as 31
        43 | Neonatal | birth | as 83
        48 | Other admission || as S48
        """,
    ),
    drawn_list(
        "smr01_admission_transfer_from",
        _SMR01,
        """
        10 | Private residence | home | as 19
        11 | Private residence, living alone | home | as 19
        12 | Private residence, with relatives or friends | home | as 19
        14 | Private residence, with support | home | as 19
        18 | Private residence, other | home | as 19
        19 | Private residence, not known | home | as 19
        20 | Institution, no further detail | care_home | as 54
        24 | Independent nursing home | care_home | as 55
        25 | Care home | care_home | as 54
        28 | Institution, other | care_home | as 54
        29 | Institution, not known | care_home | as 54
        30 | Temporary place of residence | home | as 29
        31 | Temporary: holiday accommodation | home | as 29
        32 | Temporary: student accommodation | home | as 29
        33 | Temporary: legal establishment | other | as 39
        34 | Temporary: no fixed abode | home | as 29
        38 | Temporary: other | home | as 29
        39 | Temporary: not known | home | as 29
        40 | Transfer within this provider | other_hospital | as 51
        41 | Transfer within this provider, accident and emergency | other_hospital | as 51
        48 | Transfer within this provider, other | other_hospital | as 51
        49 | Transfer within this provider, not known | other_hospital | as 51
        50 | Transfer from another provider | other_hospital | as 51
        58 | Transfer from another provider, other | other_hospital | as 51
        59 | Transfer from another provider, not known | other_hospital | as 51
        60 | Private hospital | other_hospital | as 87
        61 | Private hospital | other_hospital | as 87
        62 | Hospice | other | as 88
        68 | Other type of location | other | as S68
        69 | Other type of location, not known || default as 99
        """,
    ),
    drawn_list(
        "smr01_discharge_type",
        _SMR01,
        """
        10 | Regular discharge, no further detail | discharged | as 1
        11 | Discharge from care | discharged | as 1
        12 | Transfer within this health board or provider | discharged | as 1
        13 | Transfer to another health board or provider | discharged | as 1
        18 | Regular discharge, other | discharged | as 1
        19 | Regular discharge, not known | discharged | as 1
        20 | Irregular discharge, no further detail | discharged | as 6
        21 | Discharged against medical advice | discharged | as 6
        22 | Discharged by a relative | discharged | as 7
        23 | Absconded | discharged | as 6
        28 | Irregular discharge, other | discharged | as 6
        29 | Irregular discharge, not known | discharged | as 6
        40 | Died, no further detail | died | as 4
        41 | Died, post-mortem | died | as 4
        42 | Died, no post-mortem | died | as 4
        43 | Died, not known whether post-mortem | died | as 4
        """,
    ),
    drawn_list(
        "smr01_discharge_transfer_to",
        _SMR01,
        """
        00 | Died | died | as 79
        10 | Private residence | home | as 19
        11 | Private residence, living alone | home | as 19
        12 | Private residence, with relatives or friends | home | as 19
        14 | Private residence, with support | home | as 19
        18 | Private residence, other | home | as 19
        19 | Private residence, not known | home | as 19
        20 | Institution, no further detail | care_home_new | as 54
        24 | Independent nursing home | care_home_new | as 54
        25 | Care home | care_home_new | as 54
        28 | Institution, other | care_home_new | as 54
        29 | Institution, not known | care_home_new | as 54
        30 | Temporary place of residence | home | as 29
        31 | Temporary: holiday accommodation | home | as 29
        32 | Temporary: student accommodation | home | as 29
        33 | Temporary: legal establishment | other | as 37
        34 | Temporary: no fixed abode | home | as 29
        38 | Temporary: other | home | as 29
        39 | Temporary: not known | home | as 29
        40 | Transfer within this provider | other_hospital | as 51
        41 | Transfer within this provider, accident and emergency | other_hospital | as 51
        48 | Transfer within this provider, other | other_hospital | as 51
        49 | Transfer within this provider, not known | other_hospital | as 51
        50 | Transfer to another provider | other_hospital | as 51
        58 | Transfer to another provider, other | other_hospital | as 51
        59 | Transfer to another provider, not known | other_hospital | as 51
        60 | Private hospital | other_hospital | as 87
        61 | Private hospital | other_hospital | as 87
        62 | Hospice | other | as 88
        68 | Other type of location | other | as S68
        69 | Other type of location, not known || default as 99
        """,
    ),
    drawn_list(
        "ae2_department_type",
        _AE2,
        """
        ED | Emergency department || as 01
        MIU | Minor injury unit || as 03
        CC | Community casualty || as 03
        """,
    ),
    drawn_list(
        "ae2_attendance_category",
        _AE2,
        """
        01 | New attendance | unplanned | as 1
        02 | Return attendance, planned | elective | as 4
        03 | Return attendance, unplanned | unplanned | as 2
        04 | Recall | elective | as 4
        """,
    ),
    drawn_list(
        "ae2_discharge_type",
        _AE2,
        """
        01 | Discharged, treatment completed | attended | as 182992009
        02 | Discharged with follow-up | attended | as 182992009
        03 | Left before treatment was completed | left | as 1066321000000107
        04 | Admitted or transferred | attended | as 182992009
        05 | Died in the department | died | as 75004002
        06 | Dead on arrival | died | as 63238001
        """,
    ),
    drawn_list(
        "ae2_discharge_destination",
        _AE2,
        """
        00 | Died | died | as 305398007
        01 | Private residence | home | as 306689006
        02 | Residential institution | care_home_existing | as 306691003
        03 | Temporary residence | home | as 306689006
        04 | Admission to this hospital | admitted | as 306706006
        05 | Transfer to another hospital | other_hospital | as 19712007
        06 | Private health care provider | other_hospital | as 19712007
        """,
    ),
    drawn_list(
        "ae2_triage_category",
        _AE2,
        """
        01 | Immediate resuscitation || as 1064891000000107
        02 | Very urgent || as 1064911000000105
        03 | Urgent || as 1064901000000103
        04 | Standard || as 1077241000000103
        05 | Non-urgent || as 1077251000000100
        """,
    ),
    drawn_list(
        "scottish_ethnic_group",
        _SMR01,
        """
        1A | Scottish | white | as A
        1B | Other British | white | as A
        1C | Irish | white | as B
        1K | Gypsy or Traveller | white | as C
        1L | Polish | white | as C
        1Z | Other white | white | as C
        2A | Mixed or multiple | mixed | as G
        3F | Pakistani | asian | as J
        3G | Indian | asian | as H
        3H | Bangladeshi | asian | as K
        3J | Chinese | other | as R
        3Z | Other Asian | asian | as L
        4D | African | black | as N
        4Y | Other African | black | as N
        5C | Caribbean | black | as M
        5D | Black | black | as P
        5Y | Other Caribbean or Black | black | as P
        6A | Arab | other | as S
        6Z | Other | other | as S
        98 | Refused || as Z
        99 | Not known || default as 99
        """,
    ),
)
