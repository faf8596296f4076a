"""Code lists of where people live: homelessness (H-CLIC) and care homes. Classes are ours."""

from flow_pipeline.contracts.codes import drawn_list

_HCLIC = "Homelessness Case Level Information Collection (H-CLIC)"
_CARE_HOMES = "Care Quality Commission register; Capacity Tracker; council"

LISTS = (
    drawn_list(
        "homelessness_duty",
        _HCLIC,
        """
        prevention | Prevention duty: threatened with homelessness | prevention
        relief | Relief duty: homeless | relief
        main | Main housing duty | main
        not_owed | Not homeless or threatened, or not eligible: no duty owed | none
        withdrawn | Withdrawn before assessment | none
        not_assessed | Not assessed yet || default
        """,
    ),
    drawn_list(
        "homelessness_outcome",
        _HCLIC,
        """
        secured_existing | Existing accommodation secured for six months or more | ended
        secured_alternative | Other accommodation secured for six months or more | ended
        main_duty_accepted | Main duty accepted | progressed
        fifty_six_days | 56 days elapsed, no further action | nfa
        refused_offer | Offer of accommodation refused | nfa
        intentionally_homeless | Intentionally homeless | nfa
        not_priority | Homeless, no priority need | nfa
        no_duty | No duty owed | nfa
        contact_lost | Contact lost | nfa
        withdrawn | Application withdrawn or declined | nfa_declined
        referred | Local connection referral accepted by another council | nfa
        died | Deceased | died
        other | Other | nfa
        """,
    ),
    drawn_list(
        "homelessness_reason",
        _HCLIC,
        """
        family_no_longer_willing | Family or friends no longer willing or able to accommodate
        end_of_tenancy | End of private rented tenancy
        end_of_social_tenancy | End of social rented tenancy
        domestic_abuse | Domestic abuse
        relationship_breakdown | Relationship with partner ended, not violent
        eviction_supported | Eviction from supported housing
        left_hospital | Left hospital with no accommodation
        left_prison | Left prison with no accommodation
        left_asylum | Required to leave Home Office asylum accommodation
        mortgage | Mortgage repossession
        disrepair | Property disrepair or emergency
        other | Other
        not_known | Not known || default
        """,
    ),
    drawn_list(
        "homelessness_accommodation",
        _HCLIC,
        """
        private_rented | Private rented sector
        social_rented | Social rented sector
        owner | Owner-occupier
        family | Living with family
        friends | Living with friends
        rough_sleeping | Rough sleeping
        no_fixed_abode | No fixed abode
        temporary | Temporary accommodation
        hostel | Hostel or refuge
        hospital | In hospital or other institution
        prison | In custody
        asylum | Home Office asylum accommodation
        supported | Supported housing
        other | Other
        not_known | Not known || default
        """,
    ),
    drawn_list(
        "care_home_type",
        _CARE_HOMES,
        """
        residential | Care home without nursing | residential
        nursing | Care home with nursing | nursing
        dual | Registered for both | nursing
        """,
    ),
    drawn_list(
        "care_home_funding",
        _CARE_HOMES,
        """
        council | Council
        self_funded | The resident
        continuing_healthcare | NHS continuing healthcare
        joint | NHS and council
        not_known | Not known || default
        """,
    ),
    drawn_list(
        "care_home_evidence",
        _CARE_HOMES,
        """
        council | Record of the council
        care_home | Return of the care home
        address_match | Address matched to the register of care homes
        """,
    ),
    drawn_list(
        "care_home_end_reason",
        _CARE_HOMES,
        """
        moved_home | Returned to own home | discharged
        moved_care_home | Moved to another care home | discharged
        moved_hospital | Moved to hospital and did not return | admitted
        died | Died | died
        other | Other | discharged
        """,
    ),
)
