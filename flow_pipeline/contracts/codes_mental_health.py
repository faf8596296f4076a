"""Code lists of mental-health services. Sources: NHS Data Dictionary, Mental Health Services Data
Set. Classes are ours."""

from flow_pipeline.contracts.codes import drawn_list

_MHSDS = "Mental Health Services Data Set"

LISTS = (
    drawn_list(
        "mental_health_referral_source",
        _MHSDS,
        """
        A1 | General medical practitioner | gp
        A2 | Health visitor | community
        A3 | Other primary health care | gp
        A4 | Maternity service | acute_ward
        B1 | Self | self
        B2 | Carer or relative | self
        C1 | Social services | council
        C2 | Education service | education
        C3 | Housing service | council
        D1 | Employer | other
        D2 | Occupational health | other
        E1 | Police | justice
        E2 | Courts | justice
        E3 | Probation service | justice
        E4 | Prison | justice
        E5 | Court liaison and diversion service | justice
        E6 | Youth offending service | justice
        F1 | School nurse | education
        F2 | Hospital-based paediatrics | acute_ward
        F3 | Community-based paediatrics | community
        G1 | Independent sector, medium secure inpatients | mental_health
        G2 | Independent sector, low secure inpatients | mental_health
        G3 | Other independent sector mental health services | mental_health
        G4 | Voluntary sector | voluntary
        H1 | Emergency department | emergency
        H2 | Other secondary care specialty | acute_ward
        I1 | Temporary transfer from another mental health provider | mental_health
        I2 | Permanent transfer from another mental health provider | mental_health
        J1 | Community mental health team of this provider, adults | mental_health
        J2 | Community mental health team of this provider, older people | mental_health
        J3 | Community team of this provider, learning disabilities or autism | mental_health
        J4 | Community team of this provider, children and young people | mental_health
        K1 | Inpatient service of this provider, adults | mental_health
        K2 | Inpatient service of this provider, older people | mental_health
        K3 | Inpatient service of this provider, forensic | mental_health
        K4 | Inpatient service of this provider, children and young people | mental_health
        K5 | Inpatient service of this provider, learning disabilities or autism | mental_health
        L1 | Graduation from children's to adult services | mental_health
        L2 | Graduation from adult to older people's services | mental_health
        M1 | Asylum services | other
        M2 | Telephone or electronic access service | urgent_care
        M3 | Out of area agency | other
        M4 | Drug action team or drug misuse agency | other
        M5 | Jobcentre Plus | other
        M6 | Other service or agency | other
        M7 | Single point of access service | mental_health
        M8 | Debt agency | other
        M9 | Urgent and emergency care ambulance service | ambulance
        N1 | Stepped up from low-intensity talking therapies | mental_health
        N2 | Stepped down from high-intensity talking therapies | mental_health
        N3 | Other talking therapies service | mental_health
        P1 | Internal: from another team of this provider | mental_health
        """,
    ),
    drawn_list(
        "clinical_response_priority",
        _MHSDS,
        """
        1 | Emergency | unplanned
        2 | Urgent | unplanned
        3 | Routine | elective
        4 | Very urgent | unplanned
        """,
    ),
    drawn_list(
        "mental_health_team_type",
        _MHSDS,
        """
        A01 | Day care service | community
        A02 | Crisis resolution and home treatment | crisis
        A05 | Primary care mental health service | community
        A06 | Community mental health team, functional | community
        A07 | Community mental health team, organic | dementia
        A08 | Assertive outreach team | community
        A09 | Community rehabilitation service | community
        A10 | General psychiatry service | community
        A11 | Psychiatric liaison service | liaison
        A12 | Psychotherapy service | psychological
        A13 | Psychological therapy service | psychological
        A14 | Early intervention in psychosis team | early_intervention
        A15 | Young onset dementia team | dementia
        A16 | Personality disorder service | community
        A17 | Memory services, clinic or drop-in | dementia
        A18 | Single point of access | access
        A19 | All-day crisis response line | crisis
        A20 | Health-based place of safety | crisis
        A21 | Crisis cafe, safe haven | crisis
        A22 | Walk-in crisis assessment unit | crisis
        A23 | Psychiatric decision unit | crisis
        A24 | Acute day service | crisis
        A25 | Crisis house | crisis
        B01 | Forensic mental health service | forensic
        B02 | Forensic learning disability service | forensic
        C01 | Autism service | neurodevelopment
        C02 | Specialist perinatal mental health community service | perinatal
        C04 | Neurodevelopment team | neurodevelopment
        C05 | Paediatric liaison service | liaison
        C06 | Looked after children service | children
        C07 | Youth offending service | children
        C08 | Acquired brain injury service | other
        C10 | Community eating disorder service | eating_disorder
        D01 | Substance misuse team | substance_misuse
        D02 | Criminal justice liaison and diversion service | forensic
        D03 | Prison psychiatric inreach service | forensic
        E01 | Community team for learning disabilities | learning_disability
        F01 | Mental health support team | children
        Z01 | Other mental health service in scope | other
        Z02 | Other mental health service out of scope | other
        """,
    ),
    drawn_list(
        "mental_health_bed_type",
        _MHSDS,
        """
        10 | Acute adult mental health care | acute
        11 | Acute older adult mental health care | acute
        12 | Psychiatric intensive care, acute | intensive
        13 | Adult eating disorders | specialist
        14 | Mother and baby | specialist
        15 | Adult learning disabilities | learning_disability
        23 | General, child | children
        24 | General, adolescent | children
        """,
    ),
    drawn_list(
        "clinically_ready_delay_reason",
        _MHSDS,
        """
        01 | Awaiting allocation of a care coordinator | mental_health
        02 | Awaiting allocation of a community psychiatrist | mental_health
        03 | Awaiting allocation of a social worker | council
        04 | Awaiting public funding or a decision of a funding panel | joint
        05 | Awaiting further community or mental health services outside hospital | community
        06 | Awaiting a place in prison or an immigration removal centre | other
        07 | Awaiting a place in a care home without nursing | council
        08 | Awaiting a place in a care home with nursing | council
        09 | Awaiting the start of a care package at home | council
        10 | Awaiting equipment, telecare or adaptations | council
        11 | Choice of the patient or family | other
        12 | Dispute over the responsible commissioner | joint
        13 | Dispute over the pathway after discharge | joint
        14 | Housing: private rented accommodation | housing
        15 | Housing: social rented accommodation | housing
        16 | Housing: purchase or sourcing of own home | housing
        17 | Housing: not eligible for funded care or support | housing
        18 | Housing: supported accommodation | housing
        19 | Housing: temporary accommodation of the council | housing
        20 | Awaiting a residential children's home | council
        21 | Awaiting a secure children's home | council
        22 | Awaiting a place in a youth offender institution | other
        23 | Child or young person awaiting a foster placement | council
        24 | Awaiting agreement of the Ministry of Justice | other
        25 | Awaiting legal proceedings under mental health legislation | other
        26 | Awaiting Court of Protection proceedings | other
        27 | Awaiting an application for deprivation of liberty safeguards | council
        28 | Consideration of specific court judgements | other
        29 | Awaiting a residential special school or college | council
        30 | Lack of local education support | council
        31 | Public safety concern unrelated to clinical need | other
        32 | Bespoke housing or care not available in the community | council
        33 | No lawful support available in the community | other
        34 | No social care support or funded placement | council
        35 | Delay of an assessment in the community led by the NHS | community
        36 | Hospital staff shortages | mental_health
        37 | Delay of an assessment in the community not led by the NHS | council
        98 | Reason not known || default
        """,
    ),
    drawn_list(
        "delay_attributable_to",
        _MHSDS,
        """
        04 | NHS | nhs
        05 | Social care | council
        06 | Both NHS and social care | joint
        07 | Housing, including supported or specialist housing | housing
        """,
    ),
    drawn_list(
        "yes_no",
        "NHS Data Dictionary",
        """
        Y | Yes | yes
        N | No | no
        """,
    ),
)
