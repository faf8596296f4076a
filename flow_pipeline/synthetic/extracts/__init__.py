"""The extracts as senders would write them if they made no mistake in a row.

Each function returns typed columns named by contract field, and four columns for our own use:
``_person`` (row in People), ``_day`` (on which identity was recorded), ``_file_day`` (which decides
the period of the file) and ``_event`` (key of the true event).
"""

from collections.abc import Callable

import polars as pl

from flow_pipeline.synthetic.clock import Period
from flow_pipeline.synthetic.extracts import (
    acute,
    ambulance,
    community,
    council,
    general_practice,
    mental_health,
)
from flow_pipeline.synthetic.life import Life

MAKERS: dict[str, Callable[[Life, Period], pl.DataFrame]] = {
    "apc_episode": acute.apc_episode,
    "apc_ward_stay": acute.apc_ward_stay,
    "ecds_attendance": acute.ecds_attendance,
    "op_attendance": acute.op_attendance,
    "csds_referral": community.csds_referral,
    "csds_care_contact": community.csds_care_contact,
    "gp_registration": general_practice.gp_registration,
    "gp_appointment": general_practice.gp_appointment,
    "cld_event": council.cld_event,
    "death": council.death,
    "ambulance_incident": ambulance.ambulance_incident,
    "mh_care_contact": mental_health.mh_care_contact,
    "mh_hospital_spell": mental_health.mh_hospital_spell,
}
