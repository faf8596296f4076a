"""Tables of flow: how the system as a whole moves. Their content comes in a later version,
but for the hand-off matrix and the summary of waits."""

from flow_pipeline.tables.language import Table, boolean, date, integer, number, text

_LATER = "Computed in a later version; empty until then."

HANDOFF_MATRIX = Table(
    name="handoff_matrix",
    stage="flow",
    grain="one row per month, hand-off type and pair of units",
    meaning="Hand-offs between units and how long they took.",
    columns=(
        date("month", "First day of the month of the hand-off.", nullable=False),
        text("handoff_type", "sector, organisation, team or unknown.", nullable=False),
        text("from_sector", "Sector handed over from."),
        text("from_organisation_code", "Organisation handed over from."),
        text("from_team_code", "Team handed over from."),
        text("to_sector", "Sector handed over to."),
        text("to_organisation_code", "Organisation handed over to."),
        text("to_team_code", "Team handed over to."),
        integer("n_handoffs", "Hand-offs.", unit="hand-offs", counted_by="n_handoffs"),
        integer("n_waits", "Hand-offs with a recorded clock.", unit="waits", counted_by="n_waits"),
        number(
            "median_wait_minutes",
            "Median wait with a recorded clock; null where no hand-off has one.",
            unit="minutes",
            counted_by="n_waits",
            needs=20,
        ),
        number(
            "p90_wait_minutes",
            "90th percentile of waits with a recorded clock.",
            unit="minutes",
            counted_by="n_waits",
            needs=20,
        ),
    ),
    key=(
        "month",
        "handoff_type",
        "from_sector",
        "from_organisation_code",
        "from_team_code",
        "to_sector",
        "to_organisation_code",
        "to_team_code",
    ),
    release_class="aggregate",
    margin=("month", "handoff_type"),
)

WAIT_SUMMARY = Table(
    name="wait_summary",
    stage="flow",
    grain="one row per measure of delay and kind of end",
    meaning="How long waits are, by cumulative incidence: of all who waited, ended or not.",
    columns=(
        text("measure", "Measure of delay.", nullable=False),
        text("end_kind", "event, competing or censored.", nullable=False),
        integer("n_waits", "Waits that ended so.", unit="waits", counted_by="n_waits"),
        number(
            "median_minutes",
            "When half of all waits had ended so (Aalen–Johansen); null where not reached.",
            unit="minutes",
            counted_by="n_waits",
            needs=20,
        ),
        number(
            "p90_minutes",
            "When nine tenths of all waits had ended so; null where not reached.",
            unit="minutes",
            counted_by="n_waits",
            needs=20,
        ),
        number(
            "completed_mean_minutes",
            "Mean of the waits that ended in the event; null where less than 95 % were followed to "
            "an end.",
            unit="minutes",
            counted_by="n_waits",
            needs=20,
        ),
    ),
    key=("measure", "end_kind"),
    release_class="aggregate",
    margin=("measure",),
)

STAGE_WAIT = Table(
    name="stage_wait",
    stage="flow",
    grain="one row per pathway and stage",
    meaning="Where on a pathway the waiting is.",
    columns=(
        text("pathway", "Pathway.", nullable=False),
        text("stage", "Stage.", nullable=False),
        integer("n_events", "Waits.", unit="events", counted_by="n_events"),
        number("mean_wait_minutes", "Mean wait.", unit="minutes", counted_by="n_events"),
        number("median_wait_minutes", "Median wait.", unit="minutes", counted_by="n_events"),
        number("p90_wait_minutes", "90th percentile.", unit="minutes", counted_by="n_events"),
        number("mean_care_minutes", "Mean time in care.", unit="minutes", counted_by="n_events"),
        number("median_care_minutes", "Median time.", unit="minutes", counted_by="n_events"),
        number("share_of_wait", "Share of the pathway's waiting.", counted_by="n_events"),
        boolean("is_disproportionate", "Whether the share is beyond what chance gives."),
        number("p_value", "Of that, after Holm's correction.", counted_by="n_events"),
    ),
    key=("pathway", "stage"),
    release_class="aggregate",
    later=_LATER,
)

DEMAND_CAPACITY = Table(
    name="demand_capacity",
    stage="flow",
    grain="one row per unit and day",
    meaning="Arrivals, departures, queue and occupancy.",
    columns=(
        text("organisation_code", "Organisation.", nullable=False),
        text("unit", "Site, ward or team.", nullable=False),
        date("date", "Day.", nullable=False),
        integer("arrivals", "Arrivals.", counted_by="arrivals"),
        integer("departures", "Departures.", counted_by="departures"),
        integer("in_progress", "In progress at midnight.", counted_by="in_progress"),
        integer("queue", "Waiting at midnight.", counted_by="queue"),
        integer("capacity", "Capacity."),
        number("occupancy", "In progress over capacity.", counted_by="in_progress"),
    ),
    key=("organisation_code", "unit", "date"),
    release_class="aggregate",
    later=_LATER,
)

CONTROL_CHART = Table(
    name="control_chart",
    stage="flow",
    grain="one row per measure, unit and period",
    meaning="XmR charts of waits and counts.",
    columns=(
        text("measure", "Measure.", nullable=False),
        text("unit", "Site, ward or team.", nullable=False),
        date("period_start", "First day of the period.", nullable=False),
        number("value", "Value."),
        number("centre", "Centre line."),
        number("lower_limit", "Lower limit."),
        number("upper_limit", "Upper limit."),
        text("signal", "Signal, where there is one."),
        text("baseline_id", "Baseline."),
    ),
    key=("measure", "unit", "period_start"),
    release_class="aggregate",
    later=_LATER,
)

FLOW_STATISTIC = Table(
    name="flow_statistic",
    stage="flow",
    grain="one row per statistic, period and breakdown",
    meaning="Named, versioned statistics.",
    columns=(
        text("statistic_id", "Statistic.", nullable=False),
        date("period_start", "First day of the period.", nullable=False),
        text("breakdown", "Attribute it is broken down by, or all.", nullable=False),
        text("breakdown_value", "Its value.", nullable=False),
        number("numerator", "Numerator.", counted_by="denominator"),
        number("denominator", "Denominator.", counted_by="denominator"),
        number("value", "Value.", counted_by="denominator"),
        text("unit", "Unit."),
        text("definition_version", "Version of the definition."),
        boolean("is_complete", "Whether all expected data had arrived."),
    ),
    key=("statistic_id", "period_start", "breakdown", "breakdown_value"),
    release_class="aggregate",
    later=_LATER,
)

TABLES = (HANDOFF_MATRIX, WAIT_SUMMARY, STAGE_WAIT, DEMAND_CAPACITY, CONTROL_CHART, FLOW_STATISTIC)
