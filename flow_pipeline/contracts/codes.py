"""Code lists: the codes a field may carry, what each says, and what class it means to us.

Sources: NHS Data Dictionary (national codes), the ECDS, CSDS and Client Level Data
specifications. Classes are ours. A list is data: correct it here and everything follows.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from itertools import pairwise

from flow_pipeline.contracts.language import Code, CodeList


def _list(
    name: str,
    source: str,
    rows: str,
    renamed: Mapping[str, str] | None = None,
    versions: tuple[str, str] = ("1", "2"),
) -> CodeList:
    """A list drawn as lines of ``code | label | class | notes``; class and notes may be left out.

    Notes are words: ``from 2023-01-01``, ``to 2022-12-31`` (dates of events), ``default`` (says
    only that nothing is known), ``in 1`` (version of the contract that has it, repeated for
    several; ``in core``: core rows alone have it, no sender) and ``as 19``, last, to the end of
    the line (the code that core rows hold instead).
    ``renamed``: how the second of two ``versions`` calls codes of the first, new name → old name;
    it says the same, and core rows hold the old name.
    """
    drawn = tuple(_code(line) for line in rows.strip().splitlines())
    old, new = versions
    again = {before: name for name, before in (renamed or {}).items()}
    kept = tuple(replace(c, versions=(old,)) if c.code in again else c for c in drawn)
    named = tuple(
        replace(c, code=again[c.code], core=c.code, versions=(new,))
        for c in drawn
        if c.code in again
    )
    return CodeList(name=name, source=source, codes=(*kept, *named))


def _code(line: str) -> Code:
    parts = [part.strip() for part in line.split("|")]
    code, label, cls, notes = [*parts, "", ""][:4]
    notes, _, core = notes.partition("as ") if "as " in notes else (notes, "", "")
    told = notes.split()
    said: dict[str, list[str]] = {"from": [], "to": [], "in": []}
    for word, value in pairwise(told):
        if word in said:
            said[word].append(value)
    first, last = (said[word][0] if said[word] else None for word in ("from", "to"))
    return Code(
        code=code,
        label=label,
        cls=cls or None,
        effective_from=dt.date.fromisoformat(first) if first else None,
        effective_to=dt.date.fromisoformat(last) if last else None,
        is_default="default" in told,
        versions=tuple(said["in"]),
        core=core.strip() or None,
    )


drawn_list = _list  # for lists that stand in the modules codes_<topic>

_DD = "NHS Data Dictionary"
_ECDS = "Emergency Care Data Set"
_CSDS = "Community Services Data Set"
_GP = "NHS GP Data Set: Appointment; GPAD"
_OURS = "flow-pipeline"

_LISTS = (
    _list(
        "nhs_number_status",
        _DD,
        """
        01 | Number present and verified
        02 | Number present but not traced
        03 | Trace required
        04 | Trace attempted, no match or multiple matches
        05 | Trace needs to be resolved
        06 | Trace in progress
        07 | Number not present and trace not required
        08 | Trace postponed
        """,
    ),
    _list(
        "birth_date_precision",
        _OURS,
        """
        day | Full date
        month | Month and year
        year | Year only
        """,
    ),
    _list(
        "person_stated_gender",
        _DD,
        """
        1 | Male | male
        2 | Female | female
        9 | Indeterminate
        0 | Not known | | default
        X | Not known | | default
        """,
    ),
    _list(
        "ethnic_category",
        _DD,
        """
        A | White: British | white
        B | White: Irish | white
        C | White: any other | white
        D | Mixed: White and Black Caribbean | mixed
        E | Mixed: White and Black African | mixed
        F | Mixed: White and Asian | mixed
        G | Mixed: any other | mixed
        H | Asian: Indian | asian
        J | Asian: Pakistani | asian
        K | Asian: Bangladeshi | asian
        L | Asian: any other | asian
        M | Black: Caribbean | black
        N | Black: African | black
        P | Black: any other | black
        R | Other: Chinese | other
        S | Other: any other | other
        Z | Not stated
        99 | Not known | | default
        """,
    ),
    _list(
        "patient_classification",
        _DD,
        """
        1 | Ordinary admission | ordinary
        2 | Day case | day_case
        3 | Regular day admission | regular
        4 | Regular night admission | regular
        5 | Mother and baby, delivery only | ordinary
        """,
    ),
    _list(
        "admission_method",
        _DD,
        """
        11 | Elective: waiting list | elective
        12 | Elective: booked | elective
        13 | Elective: planned | elective
        21 | Emergency: emergency department | emergency
        22 | Emergency: GP | emergency
        23 | Emergency: bed bureau | emergency
        24 | Emergency: consultant clinic | emergency
        25 | Emergency: mental health crisis resolution team | emergency
        28 | Emergency: other means | emergency
        2A | Emergency: emergency department of another provider | emergency
        2B | Transfer of an admitted patient in an emergency | emergency
        2C | Birth at home as intended | birth
        2D | Emergency: other means | emergency
        31 | Maternity: ante partum | maternity
        32 | Maternity: post partum | maternity
        81 | Transfer from another provider, not an emergency | transfer
        82 | Birth in this provider | birth
        83 | Birth outside this provider | birth
        S40 | Other admission (Scotland) || in core
        S48 | Other admission, not maternity (Scotland) || in core
        """,
    ),
    _list(
        "source_of_admission",
        _DD,
        """
        19 | Usual place of residence | home
        29 | Temporary place of residence | home
        39 | Penal establishment | other
        40 | Penal establishment | other
        42 | Police station | other
        49 | Other provider: high security psychiatric | other_hospital
        50 | Other provider: medium secure unit | other_hospital
        51 | Other provider: general ward | other_hospital
        52 | Other provider: maternity ward | other_hospital
        53 | Other provider: mental health or learning disability ward | other_hospital
        54 | Care home | care_home
        55 | Care home with nursing | care_home
        56 | Care home without nursing | care_home
        65 | Local authority residential accommodation | care_home
        66 | Local authority foster care | other
        79 | Baby born in or on the way to hospital | other
        84 | Other provider: medium secure unit, not NHS | other_hospital
        85 | Care home not run by NHS or council | care_home
        87 | Non-NHS hospital | other_hospital
        88 | Hospice | other
        98 | Not applicable | | default
        99 | Not known | | default
        S68 | Other type of location (Scotland) | other | in core
        """,
    ),
    _list(
        "discharge_method",
        _DD,
        """
        1 | Discharged on clinical advice | discharged
        2 | Self-discharged or discharged by a relative | discharged
        3 | Discharged by a tribunal, Home Secretary or court | discharged
        4 | Died | died
        5 | Stillbirth | died
        6 | Self-discharged | discharged
        7 | Discharged by a relative or advocate | discharged
        8 | Not applicable: still in hospital
        9 | Not known | | default
        """,
    ),
    _list(
        "discharge_destination",
        _DD,
        """
        19 | Usual place of residence | home
        29 | Temporary place of residence | home
        30 | Repatriation from high security hospital | other
        37 | Court | other
        38 | Penal establishment or police station | other
        39 | Penal establishment | other
        48 | High security psychiatric hospital, Scotland | other_hospital
        49 | Other provider: high security psychiatric | other_hospital
        50 | Other provider: medium secure unit | other_hospital
        51 | Other provider: general ward | other_hospital
        52 | Other provider: maternity ward | other_hospital
        53 | Other provider: mental health or learning disability ward | other_hospital
        54 | Care home | care_home_new
        55 | Care home with nursing | care_home_new
        56 | Care home without nursing | care_home_new
        65 | Local authority residential accommodation | care_home_new
        66 | Local authority foster care | other
        79 | Not applicable: died or stillbirth | died
        84 | Other provider: medium secure unit, not NHS | other_hospital
        85 | Care home not run by NHS or council | care_home_new
        87 | Non-NHS hospital | other_hospital
        88 | Hospice | other
        98 | Not applicable | | default
        99 | Not known | | default
        S68 | Other type of location (Scotland) | other | in core
        """,
    ),
    _list(
        "last_episode_indicator",
        _DD,
        """
        1 | The last episode in the spell
        2 | Not the last episode in the spell
        """,
    ),
    _list(
        "ward_type",
        "Local patient administration system",
        """
        assessment | Assessment unit
        short_stay | Short-stay ward
        base | Base ward
        critical_care | Critical care
        discharge_lounge | Discharge lounge | excluded
        escalation | Escalation ward
        theatre | Theatre | excluded
        virtual | Virtual ward
        """,
    ),
    _list(
        "ward_move_reason",
        "Local patient administration system",
        """
        clinical | Clinical need
        capacity | Capacity
        ipc | Infection prevention and control
        other | Other
        """,
    ),
    _list(
        "emergency_department_type",
        _ECDS,
        """
        01 | Major department, consultant led
        02 | Single specialty
        03 | Other, minor injury unit
        04 | Walk-in centre
        05 | Same day emergency care
        """,
    ),
    _list(
        "emergency_attendance_category",
        _ECDS,
        """
        1 | Unplanned, first | unplanned
        2 | Unplanned, follow-up at this department | unplanned
        3 | Unplanned, follow-up from another department | unplanned
        4 | Planned | elective
        X | Not known | | default
        """,
    ),
    _list(
        "emergency_discharge_status",
        _ECDS,
        """
        182992009 | Treatment completed | attended
        1066301000000103 | Left before initial assessment | left
        1066311000000101 | Left after initial assessment | left
        1066321000000107 | Left before treatment was completed | left
        1324201000000109 | Streamed from the department following assessment | attended
        75004002 | Died in the department | died
        63238001 | Dead on arrival | died
        """,
    ),
    _list(
        "emergency_discharge_destination",
        _ECDS,
        """
        306689006 | Home | home
        306691003 | Residential home | care_home_existing
        306694006 | Nursing home | care_home_existing
        306706006 | Ward | admitted
        1066331000000109 | Emergency department short-stay ward | admitted
        1066341000000100 | Ambulatory emergency care | admitted
        1066361000000104 | High dependency unit | admitted
        1066371000000106 | Coronary care unit | admitted
        1066391000000105 | Intensive care unit | admitted
        19712007 | Transfer to another health care facility | other_hospital
        305398007 | Mortuary | died
        306705005 | Police custody | other
        """,
    ),
    _list(
        "emergency_acuity",
        _ECDS,
        """
        1064891000000107 | Immediate
        1064911000000105 | Very urgent
        1064901000000103 | Urgent
        1077241000000103 | Standard
        1077251000000100 | Low
        """,
    ),
    _list(
        "first_attendance",
        _DD,
        """
        1 | First attendance, face to face | first
        2 | Follow-up attendance, face to face | follow_up
        3 | First, telephone or telemedicine | first
        4 | Follow-up, telephone or telemedicine | follow_up
        5 | Referral to treatment clock stop event | administrative
        """,
    ),
    _list(
        "attended",
        _DD,
        """
        5 | Attended on time | attended
        6 | Arrived late, was seen | attended
        7 | Arrived late, was not seen | dna
        2 | Cancelled by or on behalf of the patient | cancelled_by_patient
        3 | Did not attend, no advance warning | dna
        4 | Cancelled or postponed by the provider | cancelled_by_provider
        0 | Not applicable, in the future | booked
        S5 | Attended but was not seen: could not wait (Scotland) | left | in core
        """,
    ),
    _list(
        "outpatient_outcome",
        _DD,
        """
        1 | Discharged
        2 | Another appointment given
        3 | Another appointment to be given
        4 | Outcome not known | | default
        5 | Other
        """,
    ),
    _list(
        "consultation_mechanism",
        _DD,
        """
        01 | Face to face | clinic
        02 | Telephone | remote
        03 | Telemedicine web camera | remote
        04 | Talk type for a person unable to speak | remote
        05 | Email | remote
        09 | Text message, asynchronous | remote
        10 | Text message, synchronous | remote
        11 | Video consultation | remote
        98 | Other | clinic
        """,
    ),
    _list(
        "consultation_medium",
        _DD,
        """
        01 | Face to face | clinic
        02 | Telephone | remote
        03 | Telemedicine web camera | remote
        04 | Talk type for a person unable to speak | remote
        05 | Email | remote
        06 | Short message service | remote
        98 | Other | clinic
        """,
    ),
    _list(
        "cds_update_type",
        _DD,
        """
        1 | Deletion of the record
        9 | Original or amended record
        """,
    ),
    _list(
        "priority_type",
        _DD,
        """
        1 | Routine
        2 | Urgent
        3 | Two week wait
        """,
    ),
    _list(
        "community_referral_source",
        _CSDS,
        """
        01 | General medical practice | gp
        02 | Self | self
        03 | Carer or relative | self
        04 | Acute hospital ward | acute_ward
        05 | Emergency department | emergency
        06 | Council social care | council
        07 | Community health service | community
        08 | Ambulance service | ambulance
        09 | Outpatient clinic | outpatient
        10 | Pharmacy | other | from 2023-01-01 in 1.6
        11 | Care home | care_home
        98 | Other | other
        """,
    ),
    _list(
        "community_service_type",
        _CSDS,
        """
        01 | District nursing | district_nursing
        02 | Physiotherapy | therapy
        03 | Occupational therapy | therapy
        04 | Intermediate care and reablement | intermediate_care
        05 | Urgent community response | urgent_response
        06 | Falls service | falls
        07 | Podiatry | podiatry
        08 | Community matron, long-term conditions | case_management
        09 | Palliative and end of life care | palliative
        10 | Health visiting | health_visiting
        11 | Speech and language therapy | therapy
        12 | Hospice care | palliative
        98 | Other | other
        """,
    ),
    _list(
        "activity_location",
        _CSDS,
        """
        A01 | Patient's home | home
        A02 | Carer's home | home
        B01 | General practice premises | clinic
        B02 | Health centre | clinic
        C01 | Community hospital | clinic
        C02 | Hospital clinic | clinic
        E01 | Care home | care_home
        H01 | Hospice | clinic
        X01 | Other | none
        """,
    ),
    _list(
        "gp_registration_type",
        _GP,
        """
        regular | Regular patient
        temporary | Temporary resident
        """,
    ),
    _list(
        "gp_registration_end_reason",
        _GP,
        """
        moved | Moved to another practice or away
        died | Died
        removed | Removed by the practice or at own request
        """,
    ),
    _list(
        "gp_appointment_status",
        _GP,
        """
        attended | Attended | attended
        did_not_attend | Did not attend | dna
        cancelled_by_patient | Cancelled by the patient | cancelled_by_patient
        cancelled_by_practice | Cancelled by the practice | cancelled_by_provider
        booked | Booked, not yet due | booked
        unknown | Not known | unknown | default
        """,
    ),
    _list(
        "gp_appointment_mode",
        _GP,
        """
        face_to_face_surgery | Face to face at the surgery | clinic
        home_visit | Home visit | home
        telephone_audio | Telephone | remote
        video | Video | remote
        written_online | Written, online | remote
        not_an_appointment | Not an appointment | none
        """,
    ),
    _list(
        "gp_hcp_type",
        _GP,
        """
        gp | General practitioner
        nurse | Practice nurse
        other_direct_patient_care | Other direct patient care
        """,
    ),
    _list(
        "death_place_type",
        "Civil registration",
        """
        hospital | Hospital
        home | Home
        care_home | Care home
        hospice | Hospice
        other | Elsewhere
        """,
    ),
    _list(
        "sector",
        _OURS,
        """
        acute | Acute hospital trust
        community | Community provider
        gp | General practice
        council | Council with social services responsibility
        mental_health | Mental health trust
        ambulance | Ambulance service
        voluntary | Voluntary sector
        """,
    ),
)


_TOPICS = (
    "codes_council",
    "codes_housing",
    "codes_mental_health",
    "codes_out_of_hospital",
    "codes_scotland",
    "codes_urgent_care",
)


@cache
def code_lists() -> dict[str, CodeList]:
    """Every code list by name, those of the modules beside this one included."""
    beside = [one for topic in _TOPICS for one in import_module(f"{__package__}.{topic}").LISTS]
    return {codes.name: codes for codes in (*_LISTS, *beside)}
