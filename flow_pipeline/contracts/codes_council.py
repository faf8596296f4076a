"""Code lists of adult social care client level data, in the words of releases 1 and 2.

Release 2 calls most things otherwise than release 1: its names stand under ``renamed`` where one
says what the other says, and core rows hold those of release 1. Outcomes of events were also put
together anew, so both lists stand, with the same classes. Classes are ours.
"""

from flow_pipeline.contracts.codes import drawn_list

_CLD = "Adult Social Care Client Level Data"

LISTS = (
    drawn_list(
        "cld_gender",
        _CLD,
        """
        Male | Male | male
        Female | Female | female
        Other | Other
        Unknown | Not known || default
        """,
    ),
    drawn_list(
        "cld_ethnicity",
        _CLD,
        """
        English / Welsh / Scottish / Northern Irish / British | White: British | white
        Irish | White: Irish | white
        Gypsy or Irish Traveller | White: Gypsy or Irish Traveller | white
        Roma | White: Roma | white
        Any other white background | White: any other | white
        White and Black Caribbean | Mixed: White and Black Caribbean | mixed
        White and Black African | Mixed: White and Black African | mixed
        White and Asian | Mixed: White and Asian | mixed
        Any other mixed multiple ethnic background | Mixed: any other | mixed
        Indian | Asian: Indian | asian
        Pakistani | Asian: Pakistani | asian
        Bangladeshi | Asian: Bangladeshi | asian
        Chinese | Other: Chinese | other
        Any other Asian background | Asian: any other | asian
        Caribbean | Black: Caribbean | black
        African | Black: African | black
        Any other Black / African / Caribbean background | Black: any other | black
        Arab | Other: Arab | other
        Any other ethnic group | Other: any other | other
        Refused | Not stated
        Undeclared / Not known | Not known || default
        """,
        renamed={
            "White: English, Welsh, Scottish, Northern Irish or British": (
                "English / Welsh / Scottish / Northern Irish / British"
            ),
            "White: Irish": "Irish",
            "White: Gypsy or Irish Traveller": "Gypsy or Irish Traveller",
            "White: Roma": "Roma",
            "White: Any other White background": "Any other white background",
            "Mixed or multiple ethnic groups: White and Black Caribbean": (
                "White and Black Caribbean"
            ),
            "Mixed or multiple ethnic groups: White and Black African": "White and Black African",
            "Mixed or multiple ethnic groups: White and Asian": "White and Asian",
            (
                "Mixed or multiple ethnic groups: Any other Mixed or multiple ethnic background"
            ): "Any other mixed multiple ethnic background",
            "Asian or Asian British: Indian": "Indian",
            "Asian or Asian British: Pakistani": "Pakistani",
            "Asian or Asian British: Bangladeshi": "Bangladeshi",
            "Asian or Asian British: Chinese": "Chinese",
            "Asian or Asian British: Any other Asian background": "Any other Asian background",
            "Black, Black British, Caribbean or African: Caribbean": "Caribbean",
            "Black, Black British, Caribbean or African: African": "African",
            (
                "Black, Black British, Caribbean or African: "
                "Any other Black, Black British or Caribbean background"
            ): "Any other Black / African / Caribbean background",
            "Other ethnic group: Arab": "Arab",
            "Other ethnic group: Any other ethnic group": "Any other ethnic group",
            "No data: Refused": "Refused",
            "No data: Undeclared or not known": "Undeclared / Not known",
        },
    ),
    drawn_list(
        "cld_client_type",
        _CLD,
        """
        Service User | Service user
        Carer | Carer
        Carer known by association | Carer known by association
        """,
        renamed={
            "Service user": "Service User",
            "Unpaid carer": "Carer",
            "Unpaid carer known by association": "Carer known by association",
        },
    ),
    drawn_list(
        "cld_event_type",
        _CLD,
        """
        Request | Request for support
        Assessment | Assessment
        Service | Service
        Review | Review
        """,
    ),
    drawn_list(
        "cld_route_of_access",
        _CLD,
        """
        Planned entry (transition) | Transition from children's services
        Discharge from hospital | Discharge from hospital
        Diversion from hospital services | Diversion from hospital services
        Community / other route | Community or other route
        Prison | Prison
        Self-funder with depleted funds | Self-funder with depleted funds
        Discharge from reablement | Discharge from reablement
        Transfer from other LA | Transfer from another council
        """,
    ),
    drawn_list(
        "cld_service_type",
        _CLD,
        """
        Long Term Support: Nursing Care | Long-term nursing care | long_term
        Long Term Support: Residential Care | Long-term residential care | long_term
        Long Term Support: Community | Long-term support in the community | long_term
        Long Term Support: Prison | Long-term support in prison | long_term
        Short Term Support: ST-Max | Short-term support to maximise independence | st_max
        Short Term Support: Ongoing Low Level | Ongoing low level support | short_term
        Short Term Support: Other Short Term | Other short-term support | short_term
        Carer Support: Direct to Carer | Support direct to the carer | carer
        Carer Support: Support involving the person cared-for | Respite | carer
        """,
        renamed={
            "Long term support: Nursing care": "Long Term Support: Nursing Care",
            "Long term support: Residential care": "Long Term Support: Residential Care",
            "Long term support: Community": "Long Term Support: Community",
            "Long term support: Prison": "Long Term Support: Prison",
            "Short term support: ST-Max": "Short Term Support: ST-Max",
            "Short term support: Ongoing low level": "Short Term Support: Ongoing Low Level",
            "Short term support: Other short term": "Short Term Support: Other Short Term",
            "Unpaid carer support: Direct to unpaid carer": "Carer Support: Direct to Carer",
            "Unpaid carer support: Support involving the person cared-for": (
                "Carer Support: Support involving the person cared-for"
            ),
        },
    ),
    drawn_list(
        "cld_service_component",
        _CLD,
        """
        Reablement | Reablement | home
        Home Support | Home support | home
        Day Support | Day support | clinic
        Extra Care Housing | Extra care housing | home
        Community Supported Living | Community supported living | home
        Shared Lives | Shared lives | home
        Short Term Nursing Care | Short-term nursing care | care_home
        Short Term Residential Care | Short-term residential care | care_home
        Long Term Nursing Care | Long-term nursing care | care_home
        Long Term Residential Care | Long-term residential care | care_home
        Equipment | Equipment and adaptations | home
        Meals | Meals | home
        Transport | Transport | none
        Direct Payment | Direct payment | none
        Other Long Term Support | Other long-term support | none
        Other Short Term Support | Other short-term support | none
        Carer Respite | Carer respite | care_home
        Professional Support | Professional support | none
        End of Life | End of life support | home
        """,
        renamed={
            "Home support": "Home Support",
            "Day support": "Day Support",
            "Extra care housing": "Extra Care Housing",
            "Community supported living": "Community Supported Living",
            "Shared lives": "Shared Lives",
            "Short term nursing care": "Short Term Nursing Care",
            "Short term residential care": "Short Term Residential Care",
            "Long term nursing care": "Long Term Nursing Care",
            "Long term residential care": "Long Term Residential Care",
            "Direct payment": "Direct Payment",
            "Other long term support": "Other Long Term Support",
            "Other short term support": "Other Short Term Support",
            "Carer respite": "Carer Respite",
            "Professional support": "Professional Support",
            "End of life": "End of Life",
        },
    ),
    drawn_list(
        "cld_event_outcome",
        _CLD,
        """
        Progress to Reablement/ST-Max | Progress to reablement | progressed | in 1
        Progress to Assessment | Progress to assessment | progressed | in 1
        Progress to Re-assessment / Unplanned Review | Progress to review | progressed | in 1
        Progress to financial assessment | Progress to financial assessment | progressed | in 1
        Progress to Support Planning / Services | Progress to services | progressed | in 1
        Progress to End of Life Care | Progress to end of life care | progressed | in 1
        No change in package | Continuation | continued | in 1
        Service ended as planned | Ended as planned | ended | in 1
        Provision of service | Provision of service | progressed | in 1
        Admitted to hospital | Admitted to hospital | admitted
        NFA - Moved to another LA | No further action: moved | nfa | in 1
        NFA - 100% NHS funded care | No further action: NHS funded | nfa | in 1
        NFA - Self-funded client (Inc. 12wk disregard) | No further action: self-funded | nfa | in 1
        NFA - Support declined | No further action: declined | nfa_declined | in 1
        NFA - Information & Advice / Signposting only | No further action: advice | nfa | in 1
        NFA - Deceased | No further action: deceased | died | in 1
        NFA - Support ended: Other reason | No further action: support ended | nfa | in 1
        NFA - No services offered: Other reason | No further action: nothing offered | nfa | in 1
        NFA - Other | No further action: other | nfa | in 1
        Progress to reablement/ST-Max | Progress to reablement | progressed | in 2
        Progress to assessment, review or reassessment | Progress to assessment | progressed | in 2
        Progress to support planning or services | Progress to services | progressed | in 2
        Continuation of support or services | Continuation | continued | in 2
        NFA: Responsibility moved to another local authority | No further action: moved | nfa | in 2
        NFA: Referral to NHS services or NHS funded social care | NFA: NHS | nfa | in 2
        NFA: Self-funded client or under 12wk disregard | NFA: self-funded | nfa | in 2
        NFA: Information and advice or signposting | No further action: advice | nfa | in 2
        NFA: Referral to other service within the local authority | NFA: referred | nfa | in 2
        NFA: Support declined | No further action: declined | nfa_declined | in 2
        NFA: Deceased | No further action: deceased | died | in 2
        NFA: Support ended as planned | Ended as planned | ended | in 2
        NFA: Support ended for other reason | No further action: support ended | nfa | in 2
        NFA: No services offered for other reason | No further action: nothing offered | nfa | in 2
        NFA: Other | No further action: other | nfa | in 2
        """,
    ),
    drawn_list(
        "cld_review_reason",
        _CLD,
        """
        Planned | Planned review | planned
        Unplanned - Hospital (planned and unplanned episodes) | Hospital stay | unplanned | in 1
        Unplanned - Carer related | Change for the carer | unplanned | in 1
        Unplanned - Safeguarding concern | Safeguarding | unplanned | in 1
        Unplanned - Provider failure | Failure of the provider | unplanned | in 1
        Unplanned - Change in location | Change of place | unplanned | in 1
        Unplanned - Other reason | Other unplanned review | unplanned | in 1
        Unplanned: Hospital | Hospital stay | unplanned | in 2
        Unplanned: Unpaid carer related | Change for the carer | unplanned | in 2
        Unplanned: Safeguarding concern | Safeguarding | unplanned | in 2
        Unplanned: Provider failure | Failure of the provider | unplanned | in 2
        Unplanned: Change in location | Change of place | unplanned | in 2
        Unplanned: Other reason | Other unplanned review | unplanned | in 2
        Review of short-term support | Review of short-term support | short_term | in 2
        """,
    ),
    drawn_list(
        "cld_funding_status",
        _CLD,
        """
        Client with Direct Payment Only | Direct payment only
        Client with CASSR Managed Personal Budget | Managed personal budget
        Client with CASSR Commissioned Support Only | Commissioned support
        Full cost client | Pays the full cost
        Not applicable | Not applicable
        """,
    ),
    drawn_list(
        "cld_delivery_mechanism",
        _CLD,
        """
        Direct Payment | Direct payment
        CASSR Managed Personal Budget | Managed personal budget
        CASSR Commissioned support | Commissioned support
        """,
    ),
    drawn_list(
        "cld_cost_frequency",
        _CLD,
        """
        Per week | A week | week
        Hourly | An hour | hour
        Per session | A session | session
        Per day | A day | day
        One-off | Once | once
        """,
    ),
)
