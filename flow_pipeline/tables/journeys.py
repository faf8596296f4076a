"""Tables of events and journeys: what happened, and the way people really went."""

from flow_pipeline.tables.language import (
    Column,
    Table,
    boolean,
    date,
    datetime,
    integer,
    money,
    number,
    text,
    text_list,
)

CARE_EVENT = Table(
    name="care_event",
    stage="journeys",
    grain="one row per thing that happened",
    meaning="Everything that happened to anybody, in one shape.",
    columns=(
        text("event_id", "Stable keyed hash of the event.", nullable=False),
        text("person_id", "Person.", nullable=False),
        text("event_family", "Kind of event.", nullable=False),
        text("event_type", "Type within the family."),
        text("event_subtype", "Subtype within the family."),
        text("sector", "Sector of the organisation."),
        text(
            "setting",
            "acute_bed, mental_health_bed, community_bed, ed, clinic, home, gp, care_home, remote "
            "or none.",
        ),
        text("organisation_code", "Organisation that gave the care, after mergers."),
        text("site_code", "Site."),
        text("team_code", "Team or ward: the unit of hand-offs."),
        text("specialty_code", "Treatment function."),
        datetime("start_at", "Start, Europe/London wall-clock time.", nullable=False),
        datetime("end_at", "End, Europe/London wall-clock time; null while open."),
        datetime("start_at_utc", "Start, UTC."),
        datetime("end_at_utc", "End, UTC."),
        text("start_precision", "minute, date or month."),
        text("end_precision", "minute, date or month."),
        text("end_status", "recorded, imputed_period_end, open or imputed_death."),
        boolean("is_open", "Whether it had not ended by the end of the data."),
        text("planned", "elective, unplanned or not_applicable."),
        text("outcome_class", "What became of it: attended, dna, cancelled_by_provider, ..."),
        text("reason_code", "Main reason: diagnosis, complaint, referral or support reason."),
        datetime("ready_at", "When the person was ready to move on."),
        text(
            "destination_class",
            "home, care_home_existing, care_home_new, community_bed, other_hospital, admitted, "
            "died or other.",
        ),
        integer("age_at_event", "Completed years at the start.", unit="years"),
        text("parent_event_id", "Event that led to this one."),
        text("spell_id", "Provider spell, for inpatient, ward and admitting emergency events."),
        text("continuous_spell_id", "Continuous inpatient spell."),
        text("journey_id", "Journey."),
        money("cost", "Cost at the family's costed level; null where it carries none."),
        text("cost_method", "How the cost was come by."),
        text_list("dq_flags", "Checks that fired on the row."),
        text("submission_id", "Submission that delivered it."),
    ),
    key=("event_id",),
    order=("person_id", "start_at", "event_id"),
)

EVENT_CODE = Table(
    name="event_code",
    stage="journeys",
    grain="one row per code of an event",
    meaning="Diagnoses, procedures and complaints of events, in order.",
    columns=(
        text("event_id", "Event.", nullable=False),
        integer("position", "1 for the main code of its system.", nullable=False),
        text("code_system", "ICD-10, OPCS-4 or SNOMED CT.", nullable=False),
        text("code", "Code.", nullable=False),
    ),
    key=("event_id", "code_system", "position"),
)

SPELL = Table(
    name="spell",
    stage="journeys",
    grain="one row per provider spell",
    meaning="Provider spells in hospitals of every kind: built from episodes, or sent as stays.",
    columns=(
        text("spell_id", "Hash of the spell's seed.", nullable=False),
        text("continuous_spell_id", "Continuous inpatient spell it belongs to."),
        text("person_id", "Person.", nullable=False),
        text("organisation_code", "Provider."),
        text("site_code", "Site of the first episode."),
        text("event_family", "inpatient, mh_spell or community_spell: the kind of hospital."),
        text("spell_source", "supplied: by the provider's identifier; derived: by dates."),
        datetime("admitted_at", "Admission.", nullable=False),
        datetime("discharged_at", "Discharge; null while still in."),
        text("admission_method", "National code of the admission method."),
        boolean("is_emergency", "Admission method 21 to 25, 28, 2A, 2B or 2D."),
        datetime("discharge_ready_at", "When the person no longer met the criteria to reside."),
        text("discharge_method", "National code of the discharge method."),
        text("destination_class", "Where the person went."),
        integer("nights", "Discharge less admission; null while open.", unit="nights"),
        integer("n_episodes", "Consultant episodes.", unit="episodes"),
        integer("n_ward_moves", "Moves between wards; null without ward stays.", unit="moves"),
        boolean("is_readmission_30d", "First spell of a readmission within 30 days."),
        money("cost", "Cost of the spell."),
    ),
    key=("spell_id",),
    order=("person_id", "admitted_at", "spell_id"),
)

CONTINUOUS_SPELL = Table(
    name="continuous_spell",
    stage="journeys",
    grain="one row per continuous inpatient spell",
    meaning="Unbroken inpatient care across providers.",
    columns=(
        text("continuous_spell_id", "Hash of its first spell's seed.", nullable=False),
        text("person_id", "Person.", nullable=False),
        text("first_organisation_code", "Provider of the first spell."),
        text("last_organisation_code", "Provider of the last spell."),
        integer("n_spells", "Provider spells.", unit="spells"),
        datetime("admitted_at", "First admission.", nullable=False),
        datetime("discharged_at", "Last discharge; null while still in."),
        boolean("is_emergency", "Whether the first spell is an emergency."),
        integer("nights", "Last discharge less first admission.", unit="nights"),
        integer(
            "bed_days", "Distinct dates in a bed, nights between spells not counted.", unit="days"
        ),
        text("cips_variant", "nhsd or che."),
        integer("max_gap_days", "Widest gap between two of its spells.", unit="days"),
        text("link_reason", "Why its spells were joined."),
        boolean(
            "is_readmission_30d",
            "An emergency beginning 0 to 29 days after the person's latest earlier discharge.",
        ),
        boolean("readmitted_30d", "Followed by such a readmission; null where not yet known."),
        money("cost", "Cost of its spells."),
    ),
    key=("continuous_spell_id",),
    order=("person_id", "admitted_at", "continuous_spell_id"),
)

JOURNEY = Table(
    name="journey",
    stage="journeys",
    grain="one row per journey",
    meaning="Chains of care of a person without a gap over the gap rule.",
    columns=(
        text("journey_id", "Hash of its first bridging event.", nullable=False),
        text("person_id", "Person.", nullable=False),
        text(
            "anchor_type",
            "unplanned_admission, emergency_attendance, community_referral, council_request or "
            "none: the highest class present.",
        ),
        text("anchor_event_id", "First event of that class."),
        datetime("start_at", "Start.", nullable=False),
        datetime("end_at", "End."),
        text("end_reason", "gap, death, period_end or open."),
        integer("n_events", "Member events.", unit="events"),
        integer("n_steps", "Steps.", unit="steps"),
        integer("n_handoffs", "Hand-offs of any kind.", unit="hand-offs"),
        integer("n_organisation_handoffs", "Hand-offs between organisations.", unit="hand-offs"),
        integer("n_sector_handoffs", "Hand-offs between sectors.", unit="hand-offs"),
        number("total_wait_days", "Waits with a recorded clock, outside care.", unit="days"),
        number("longest_wait_days", "Longest such wait.", unit="days"),
        number("unattributed_days", "Time that is neither care nor recorded wait.", unit="days"),
        number("care_days", "Union of the step intervals.", unit="days"),
        boolean("has_admission", "Whether it has a hospital stay."),
        number("delay_days", "Days from discharge ready to discharge.", unit="days"),
        money("cost", "Cost of its events."),
        integer("n_failure_demand", "Events flagged as failure demand.", unit="events"),
        number("min_linkage_confidence", "Lowest linkage score among its records, 0 to 1."),
    ),
    key=("journey_id",),
    order=("person_id", "start_at", "journey_id"),
)

JOURNEY_STEP = Table(
    name="journey_step",
    stage="journeys",
    grain="one row per step of a journey",
    meaning="Steps in order, with the hand-off and the wait before each.",
    columns=(
        text("journey_id", "Journey.", nullable=False),
        integer("step_number", "1 for the first.", nullable=False),
        text("event_id", "First event of the step."),
        text("from_organisation_code", "Organisation of the preceding step."),
        text("to_organisation_code", "Organisation of this step."),
        text("from_team_code", "Team of the preceding step."),
        text("to_team_code", "Team of this step."),
        text("from_sector", "Sector of the preceding step."),
        text("to_sector", "Sector of this step."),
        integer("wait_minutes", "From the predecessor's end to this start.", unit="minutes"),
        text("wait_basis", "referral, request, booking, ready, decision, arrival or gap."),
        integer(
            "clock_wait_minutes",
            "Recorded waiting: from that clock, or the end of all care before where that is later, "
            "to this start; null where the basis is gap.",
            unit="minutes",
        ),
        boolean("is_concurrent", "Whether it began while an earlier step went on."),
        text("handoff_type", "sector, organisation, team or unknown; null where none."),
    ),
    key=("journey_id", "step_number"),
)

DELAY_MEASURES = (
    "discharge_delay",
    "ready_to_home_support",
    "referral_to_first_contact",
    "referral_to_triage",
    "ed_arrival_to_assessment",
    "ed_arrival_to_treatment",
    "ed_arrival_to_departure",
    "ed_decision_to_departure",
    "ed_ready_to_departure",
    "ambulance_handover",
    "request_to_assessment",
    "request_to_service",
    "assessment_to_service",
    "booking_to_gp_appointment",
    "discharge_to_gp_contact",
    "ed_to_gp_contact",
    "referral_to_outpatient",
    "discharge_to_reablement",
    "reablement_to_long_term_service",
)

DELAY = Table(
    name="delay",
    stage="journeys",
    grain="one row per measured wait",
    meaning="Waits from a recorded clock to an event, a competing end, or the end of the data.",
    columns=(
        text("measure", "What is measured.", nullable=False),
        text("person_id", "Person.", nullable=False),
        text("journey_id", "Journey of the event that started the clock."),
        text("from_event_id", "Event that started the clock.", nullable=False),
        text("to_event_id", "Event that stopped it."),
        datetime("start_at", "When the clock started.", nullable=False),
        datetime("end_at", "When it stopped."),
        integer("minutes", "Length; whole days are 1,440 minutes each.", unit="minutes"),
        text("end_kind", "event, competing or censored."),
        text(
            "match_quality",
            "How well the two ends match, where that was judged: inside, within_1_day, "
            "assumed_end, ends_after, starts_before, open_stay, unmatched, existing_package.",
        ),
        text(
            "left_out",
            "Why the published method of the measure leaves the wait out, the first reason that "
            "holds; null where it counts, or where no method is published. Of councils: "
            "client_type_unknown, not_service_user, age_unknown, under_25, before_april_2023, "
            "existing_client, no_request. Of discharge_to_reablement: admitted_after_start, "
            "not_reablement, age_unknown, under_65, admission_method, discharge_destination, "
            "specialty, long_term_care. Of referral_to_triage: acceptance_not_recorded.",
        ),
    ),
    key=("measure", "from_event_id"),
    order=("person_id", "start_at", "measure", "from_event_id"),
)

REABLEMENT_OUTCOME = Table(
    name="reablement_outcome",
    stage="journeys",
    grain="one row per discharge that reablement followed",
    meaning="Whether people were still in the community 84 days after a discharge into reablement "
    "(ASCOF 2D). What happened up to then is known at once, that it did not only after 84 days.",
    columns=(
        text("event_id", "Last episode of the stay.", nullable=False),
        text("person_id", "Person.", nullable=False),
        text("service_event_id", "First service of the reablement.", nullable=False),
        text("organisation_code", "Council that gave it."),
        date("discharged_on", "Discharge.", nullable=False),
        text("left_out", "Why the published method leaves the discharge out, as in delay."),
        boolean("has_died", "Died within 84 days of discharge; null where not yet known."),
        boolean("was_readmitted", "Admitted as an emergency for a night or more within 84 days."),
        boolean(
            "has_entered_long_term_care",
            "Long-term residential or nursing care began within 84 days.",
        ),
        boolean("has_stayed_in_community", "None of the three; null while that is not yet known."),
    ),
    key=("event_id",),
    order=("person_id", "discharged_on", "event_id"),
)

FAILURE_DEMAND = Table(
    name="failure_demand",
    stage="journeys",
    grain="one row per flagged event and measure",
    meaning="Events that a proxy marks as demand caused by a failure upstream.",
    columns=(
        text("measure", "fd_*: which proxy.", nullable=False),
        text("person_id", "Person.", nullable=False),
        text("journey_id", "Journey."),
        text("event_id", "Event flagged.", nullable=False),
        text("source_event_id", "Event to which the demand goes back."),
        text("source_organisation_code", "Organisation to which it goes back."),
        text("source_sector", "Sector to which it goes back."),
        text("source_basis", "Rule that named the source; null where unknown."),
        text("definition_version", "Version of the definition.", nullable=False),
    ),
    key=("measure", "event_id"),
    order=("person_id", "event_id", "measure"),
)

REQUEST_SEQUEL = Table(
    name="request_sequel",
    stage="journeys",
    grain="one row per request to a council, follow-on requests within 4 days joined",
    meaning="What became of requests to councils.",
    columns=(
        text("event_id", "First request.", nullable=False),
        text("person_id", "Person.", nullable=False),
        text("organisation_code", "Council."),
        date("asked_on", "Start of the first request.", nullable=False),
        date("ended_on", "End of the last.", nullable=False),
        integer("n_requests", "Requests joined in it.", unit="requests"),
        text(
            "sequel",
            "st_max, long_term, short_term, carer or other: the service that followed, the first "
            "of these; else no_further_action, declined, admitted_to_hospital, died, in_progress "
            "or could_not_be_classified.",
            nullable=False,
        ),
        text("sequel_event_id", "The service, where there is one."),
    ),
    key=("event_id",),
    order=("person_id", "asked_on", "event_id"),
)

GAP_SENSITIVITY = Table(
    name="gap_sensitivity",
    stage="journeys",
    grain="one row per gap rule",
    meaning="What journeys would be under other gap rules.",
    columns=(
        integer("gap_days", "Longest gap within a journey.", unit="days", nullable=False),
        integer(
            "n_journeys", "Journeys of bridging events.", unit="journeys", counted_by="n_journeys"
        ),
        integer("n_people", "People who have one.", unit="people", counted_by="n_people"),
        number("events_per_journey", "Mean number of bridging events.", counted_by="n_journeys"),
        number(
            "share_of_one_event",
            "Share of journeys with one bridging event, 0 to 1.",
            counted_by="n_journeys",
            share_of="n_journeys",
        ),
        number(
            "share_with_admission",
            "Share of journeys with a hospital stay, 0 to 1.",
            counted_by="n_journeys",
            share_of="n_journeys",
        ),
        number(
            "median_days",
            "Median length, first start to latest end; 0 within one day.",
            unit="days",
            counted_by="n_journeys",
            needs=20,
        ),
        number(
            "p90_days",
            "90th percentile of it.",
            unit="days",
            counted_by="n_journeys",
            needs=20,
        ),
    ),
    key=("gap_days",),
    release_class="aggregate",
)


def _without(table: Table, *names: str) -> tuple[Column, ...]:
    """The columns of a published table that are known before the later ones named."""
    return tuple(c for c in table.columns if c.name not in names)


EVENT = Table(
    name="event",
    stage="journeys",
    grain="one row per thing that happened",
    meaning="Events before spells, journeys and costs are attached: care_event in the making.",
    columns=(
        *_without(
            CARE_EVENT, "spell_id", "continuous_spell_id", "journey_id", "cost", "cost_method"
        ),
        text("contract", "Contract of the row.", nullable=False),
        text("record_key", "Keyed hash of the delivered record.", nullable=False),
        text("source", "Source of the configuration.", nullable=False),
        text("role", "interval, point, context or administrative.", nullable=False),
        boolean("is_received", "Neither missed, cancelled, rejected, still to come nor unknown."),
        boolean("is_bridging", "Whether it holds a journey together.", nullable=False),
        datetime(
            "counted_end_at",
            "End for counting, local: end_at; while open the end of the data, the death or, for a "
            "stay, the next admission elsewhere. Date precision where it stands in for an end.",
        ),
        datetime("counted_end_at_utc", "The same in UTC."),
        text("counted_end_precision", "minute or date."),
        number("linkage_score", "Match probability of the record's link, 0 to 1."),
        number("supplied_cost", "Pounds, where the row carries its own cost."),
    ),
    key=("event_id",),
    order=("person_id", "start_at", "event_id"),
    release_class="internal",
)

EVENT_CLOCK = Table(
    name="event_clock",
    stage="journeys",
    grain="one row per event and recorded moment",
    meaning="Moments that start or stop a wait, as delivered.",
    columns=(
        text("event_id", "Event.", nullable=False),
        text(
            "clock",
            "received, accepted, rejected, booked, decided, assessed, seen, ready, concluded, "
            "arrived, handed_over, cleared: which moment.",
            nullable=False,
        ),
        datetime("at", "Local wall-clock time.", nullable=False),
        datetime("at_utc", "UTC."),
        text("precision", "minute or date."),
    ),
    key=("event_id", "clock"),
    release_class="internal",
)

EVENT_DROPPED = Table(
    name="event_dropped",
    stage="journeys",
    grain="one row per source, contract, family and rule",
    meaning="Events that were not made from accepted rows, and why.",
    columns=(
        text("source", "Source.", nullable=False),
        text("contract", "Contract.", nullable=False),
        text("event_family", "Kind of event; unknown where none is known.", nullable=False),
        text(
            "rule",
            "no_start, before_birth, after_death, repeated_id or no_such_kind.",
            nullable=False,
        ),
        integer("n_rows", "Rows.", unit="rows"),
    ),
    key=("source", "contract", "event_family", "rule"),
    release_class="internal",
)

SPELL_DRAFT = Table(
    name="spell_draft",
    stage="journeys",
    grain="one row per provider spell",
    meaning="Provider spells before costs, with what continuous spells and costs need.",
    columns=(
        *_without(SPELL, "cost"),
        text("first_event_id", "First episode's event; its cost is the spell's.", nullable=False),
        text("last_event_id", "Last episode's event.", nullable=False),
        text("sector", "Sector of the provider."),
        text("admitted_precision", "minute or date."),
        text("discharged_precision", "minute or date."),
        boolean("is_open", "Whether it had not ended by the end of the data.", nullable=False),
        datetime("counted_end_at", "Discharge, or the end that stands in for it while open."),
        text("classification", "Patient classification of the first episode."),
        text("source_of_admission", "National code, first episode."),
        text("discharge_destination", "National code, last episode."),
        boolean(
            "is_ended_by_death", "Whether it ended with the death, recorded or not.", nullable=False
        ),
        text("emergency_event_id", "Emergency attendance that led to it."),
        text("reason_code", "Main condition of the last episode."),
        text_list("dq_flags", "Checks that fired on the spell: K05, C08."),
    ),
    key=("spell_id",),
    order=("person_id", "admitted_at", "spell_id"),
    release_class="internal",
)

SPELL_MEMBER = Table(
    name="spell_member",
    stage="journeys",
    grain="one row per event that belongs to a spell",
    meaning="Episodes, ward stays and admitting attendances of spells.",
    columns=(
        text("event_id", "Event.", nullable=False),
        text("spell_id", "Spell.", nullable=False),
        text("continuous_spell_id", "Continuous spell.", nullable=False),
        text("kind", "episode, ward_stay or emergency.", nullable=False),
    ),
    key=("event_id",),
    release_class="internal",
)

CONTINUOUS_SPELL_DRAFT = Table(
    name="continuous_spell_draft",
    stage="journeys",
    grain="one row per continuous inpatient spell",
    meaning="Continuous inpatient spells before costs.",
    columns=(
        *_without(CONTINUOUS_SPELL, "cost"),
        text("first_spell_id", "First provider spell.", nullable=False),
        text("last_spell_id", "Provider spell with the last discharge.", nullable=False),
        text("readmission_of", "Continuous spell of which it is a readmission."),
        boolean("is_index", "Finished, alive, ordinary, neither maternity nor cancer."),
        boolean("has_cancer", "Whether an episode carries a cancer code."),
    ),
    key=("continuous_spell_id",),
    order=("person_id", "admitted_at", "continuous_spell_id"),
    release_class="internal",
)

BED_DAY = Table(
    name="bed_day",
    stage="journeys",
    grain="one row per unbroken run of a person's bed days in one spell",
    meaning="Bed days as date ranges. A person's ranges never overlap: a date that two stays claim "
    "is the earlier stay's. Zero-night stays have none.",
    columns=(
        text("person_id", "Person.", nullable=False),
        text("spell_id", "Spell.", nullable=False),
        text("continuous_spell_id", "Continuous spell.", nullable=False),
        text("event_family", "Kind of hospital: inpatient, mh_spell or community_spell."),
        boolean("is_unplanned", "Whether the continuous spell is an emergency.", nullable=False),
        boolean("is_open", "Whether the stay had not ended by the end of the data."),
        date("from_date", "First bed day.", nullable=False),
        date("to_date", "Day after the last bed day.", nullable=False),
    ),
    key=("person_id", "from_date"),
    release_class="internal",
)

JOURNEY_MEMBER = Table(
    name="journey_member",
    stage="journeys",
    grain="one row per event",
    meaning="The one journey of each event.",
    columns=(
        text("event_id", "Event.", nullable=False),
        text("journey_id", "Journey.", nullable=False),
        text("person_id", "Person.", nullable=False),
    ),
    key=("event_id",),
    release_class="internal",
)

JOURNEY_DRAFT = Table(
    name="journey_draft",
    stage="journeys",
    grain="one row per journey",
    meaning="Journeys before delays, costs and failure demand.",
    columns=_without(JOURNEY, "delay_days", "cost", "n_failure_demand"),
    key=("journey_id",),
    order=("person_id", "start_at", "journey_id"),
    release_class="internal",
)

TABLES = (
    CARE_EVENT,
    EVENT_CODE,
    SPELL,
    CONTINUOUS_SPELL,
    JOURNEY,
    JOURNEY_STEP,
    DELAY,
    REABLEMENT_OUTCOME,
    FAILURE_DEMAND,
    REQUEST_SEQUEL,
    GAP_SENSITIVITY,
    EVENT,
    EVENT_CLOCK,
    EVENT_DROPPED,
    SPELL_DRAFT,
    SPELL_MEMBER,
    CONTINUOUS_SPELL_DRAFT,
    BED_DAY,
    JOURNEY_MEMBER,
    JOURNEY_DRAFT,
)
