"""Code lists of ambulance services, NHS 111 and GP out of hours. Sources: NHS Ambulance Data Set,
Integrated Urgent Care data set. Classes are ours."""

from flow_pipeline.contracts.codes import drawn_list

_AMBULANCE = "NHS Ambulance Data Set"
_IUC = "Integrated Urgent Care data set"

LISTS = (
    drawn_list(
        "ambulance_response_category",
        _AMBULANCE,
        """
        C1 | Category 1: life-threatening | category_1
        C1T | Category 1, conveyed by the service | category_1
        C2 | Category 2: emergency | category_2
        C3 | Category 3: urgent | category_3
        C4 | Category 4: less urgent | category_4
        C5 | Category 5: for telephone assessment | category_5
        HCP | Response asked for by a health care professional | professional
        IFT | Transfer between hospitals | transfer
        """,
    ),
    drawn_list(
        "ambulance_disposition",
        _AMBULANCE,
        """
        hear_and_treat | Closed on the telephone | attended
        see_and_treat | Treated at the scene | attended
        see_and_convey_ed | Conveyed to an emergency department | attended
        see_and_convey_other | Conveyed elsewhere | attended
        died_at_scene | Died at the scene | died
        refused | Care refused by the person | cancelled_by_patient
        not_found | Nobody found at the scene | dna
        stood_down | Stood down: duplicate, hoax or cancelled by the service | cancelled_by_provider
        """,
    ),
    drawn_list(
        "urgent_care_service",
        _IUC,
        """
        111_telephone | NHS 111 by telephone | remote
        111_online | NHS 111 online | remote
        clinical_assessment | Integrated urgent care clinical assessment service | remote
        out_of_hours_telephone | GP out of hours, telephone | remote
        out_of_hours_base | GP out of hours, at a base | clinic
        out_of_hours_visit | GP out of hours, home visit | home
        urgent_treatment_centre | Urgent treatment centre, booked through NHS 111 | clinic
        """,
    ),
    drawn_list(
        "urgent_care_outcome",
        _IUC,
        """
        self_care | Advice for self care | attended
        primary_care | Told to contact primary care | attended
        appointment_booked | Appointment booked with another service | attended
        emergency_department | Told to attend an emergency department | attended
        ambulance | Ambulance dispatched | attended
        community_service | Passed to a community or mental health service | attended
        treatment_completed | Treatment completed | attended
        admitted | Admission to hospital arranged | admitted
        died | Died before or during the contact | died
        not_attended | Did not attend or could not be reached | dna
        abandoned | Call ended by the caller | cancelled_by_patient
        """,
    ),
)
