"""Costs of events: the one costed level of each family, supplied cost first.

Definition: domain, "Cost". A family is costed at one level only (contracts.families), so that
nothing is counted twice; where a level is costed but nothing is known, the amount is null, never 0.
"""

import polars as pl

from flow_pipeline.calendar import financial_year_of
from flow_pipeline.cohorts.days import n_days, service_days
from flow_pipeline.cohorts.money import in_pence, in_pounds, rounded_pence
from flow_pipeline.cohorts.rates import with_rates
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.families import EVENT_FAMILIES
from flow_pipeline.tables.cohorts import EVENT_COST

# Outcomes of appointments that did not take place.
NOT_TAKEN_PLACE = ("dna", "cancelled_by_patient", "cancelled_by_provider", "booked")
_KIND = ("event_family", "event_type", "event_subtype", "setting")


def event_cost(
    event: pl.LazyFrame,
    spell_draft: pl.LazyFrame,
    spell_member: pl.LazyFrame,
    bed_day: pl.LazyFrame,
    unit_costs: pl.LazyFrame,
    service_detail: pl.LazyFrame,
    *,
    rate_version: str,
) -> pl.LazyFrame:
    """The table ``event_cost``.

    In: ``event``, ``spell_draft``, ``spell_member``, ``bed_day``, unit costs (table
    ``unit_cost``), and of council services (``detail_cld_event``) event_id, unit_cost,
    cost_frequency_unit_type and planned_units_per_week. ``rate_version`` names the unit costs.

    Out: one row per costed event. A spell's cost, the sum of what its episodes carry, stands on
    its first episode. ``method``: ``supplied``; ``unit_cost``; ``open_bed_day`` (an open stay:
    bed days x rate, whatever was supplied so far); ``planned_units`` (a service: its own unit cost
    x planned units); ``missed_appointment`` (kept apart, never in totals); null where no cost is
    known. Supplied costs are in the prices of the year of care.
    """
    parts = [
        _spell_costs(event, spell_draft, spell_member, bed_day, unit_costs),
        _service_costs(event, service_detail, unit_costs),
        _point_costs(event, unit_costs),
    ]
    used_rate = pl.col("method").is_in(["unit_cost", "open_bed_day"]) | (
        (pl.col("method") == "missed_appointment") & pl.col("used_rate")
    )
    supplied = pl.col("method").is_in(["supplied", "planned_units", "missed_appointment"])
    return EVENT_COST.conform(
        pl.concat(parts).with_columns(
            in_pounds(pl.col("pence")).alias("amount"),
            pl.when(used_rate)
            .then("price_base")
            .when(supplied)
            .then(financial_year_of(pl.col("start_at")))
            .alias("price_base"),
            pl.when(used_rate).then(pl.lit(rate_version)).alias("rate_version"),
        )
    )


def cost_coverage(event_cost: pl.LazyFrame, event: pl.LazyFrame) -> pl.LazyFrame:
    """Share of costed events for which no cost is known, by family.

    Out: event_family, n_costed, n_missing, share_missing; in family order. Missed appointments
    are left out.
    """
    costed = event_cost.filter(pl.col("method").ne_missing("missed_appointment"))
    missing = pl.col("amount").is_null()
    return (
        costed.join(event.select("event_id", "event_family"), on="event_id", how="inner")
        .group_by("event_family")
        .agg(
            pl.len().cast(pl.Int64).alias("n_costed"),
            missing.sum().cast(pl.Int64).alias("n_missing"),
            missing.mean().alias("share_missing"),
        )
        .sort("event_family")
    )


def took_place() -> pl.Expr:
    """Whether an event took place; an appointment of unknown outcome is taken to have."""
    return pl.col("outcome_class").is_in(NOT_TAKEN_PLACE).fill_null(False).not_()


def _spell_costs(
    event: pl.LazyFrame,
    spell_draft: pl.LazyFrame,
    spell_member: pl.LazyFrame,
    bed_day: pl.LazyFrame,
    unit_costs: pl.LazyFrame,
) -> pl.LazyFrame:
    episodes = spell_member.filter(pl.col("kind") == "episode").select("event_id", "spell_id")
    supplied = (
        episodes.join(event.select("event_id", "supplied_cost"), on="event_id", how="inner")
        .with_columns(rounded_pence(pl.col("supplied_cost")).alias("supplied"))
        .filter(pl.col("supplied").is_not_null())
        .group_by("spell_id")
        .agg(pl.col("supplied").sum())
    )
    days = bed_day.group_by("spell_id").agg(n_days().sum().alias("bed_days"))
    first = event.select("event_id", "start_at", *_KIND)
    spells = (
        spell_draft.select("spell_id", pl.col("first_event_id").alias("event_id"), "is_open")
        .join(first, on="event_id", how="inner")
        .join(supplied, on="spell_id", how="left")
        .join(days, on="spell_id", how="left")
    )
    by_bed_day = pl.col("bed_days").fill_null(0) * in_pence("rate_bed_day")
    has_days = pl.col("bed_days").fill_null(0) > 0
    open_, closed = pl.col("is_open"), pl.col("is_open").not_()
    return _chosen(
        with_rates(spells, unit_costs),
        [
            ("open_bed_day", open_, by_bed_day, pl.col("base_bed_day")),
            ("supplied", closed, pl.col("supplied"), None),
            ("unit_cost", closed, in_pence("rate_event"), pl.col("base_event")),
            ("unit_cost", closed & has_days, by_bed_day, pl.col("base_bed_day")),
        ],
    )


def _service_costs(
    event: pl.LazyFrame, service_detail: pl.LazyFrame, unit_costs: pl.LazyFrame
) -> pl.LazyFrame:
    services = (
        event.filter(pl.col("event_family") == "asc_service")
        .join(service_days(event), on="event_id", how="inner")
        .join(_planned_pence(service_detail), on="event_id", how="left")
        .with_columns(n_days().alias("days"))
    )
    by_day = pl.col("days") * in_pence("rate_day")
    planned = pl.coalesce(
        pl.col("once_pence"), (pl.col("week_pence") * pl.col("days") / 7).round().cast(pl.Int64)
    )
    always = pl.lit(True)
    return _chosen(
        with_rates(services, unit_costs),
        [
            ("supplied", always, rounded_pence(pl.col("supplied_cost")), None),
            ("planned_units", always, planned, None),
            ("unit_cost", always, by_day, pl.col("base_day")),
            ("unit_cost", always, in_pence("rate_event"), pl.col("base_event")),
        ],
    )


def _planned_pence(service_detail: pl.LazyFrame) -> pl.LazyFrame:
    """event_id, week_pence, once_pence: what the council says a service costs.

    Hours and sessions need the units planned per week; a weekly cost is for one unit and a daily
    one for seven days a week where the number of units is not given.
    """
    classes = code_lists()["cld_cost_frequency"].classes()
    per = pl.col("cost_frequency_unit_type").replace_strict(
        classes, default=None, return_dtype=pl.String
    )
    units = pl.col("planned_units_per_week")
    weekly = pl.coalesce(
        pl.when(per == "week").then(units.fill_null(1)),
        pl.when(per == "day").then(units.fill_null(7)),
        pl.when(per.is_in(["hour", "session"])).then(units),
    )
    return service_detail.select(
        "event_id",
        (pl.col("unit_cost") * weekly * 100).alias("week_pence"),
        pl.when(per == "once")
        .then((pl.col("unit_cost") * 100).round().cast(pl.Int64))
        .alias("once_pence"),
    )


def _point_costs(event: pl.LazyFrame, unit_costs: pl.LazyFrame) -> pl.LazyFrame:
    """Attendances, contacts and appointments; a cancelled one counts only where it was charged."""
    families = [f.name for f in EVENT_FAMILIES if f.costed == "event"]
    missed = pl.col("outcome_class") == "dna"
    charged = took_place() | missed | pl.col("supplied_cost").is_not_null()
    events = event.filter(pl.col("event_family").is_in(families) & charged)
    by_rate = in_pence("rate_event")
    supplied = rounded_pence(pl.col("supplied_cost"))
    return _chosen(
        with_rates(events, unit_costs),
        [
            ("supplied", took_place(), supplied, None),
            ("unit_cost", took_place(), by_rate, pl.col("base_event")),
            ("missed_appointment", took_place().not_(), supplied, None),
            ("missed_appointment", took_place().not_(), by_rate, pl.col("base_event")),
        ],
    )


_Choice = tuple[str, pl.Expr, pl.Expr, pl.Expr | None]


def _chosen(events: pl.LazyFrame, choices: list[_Choice]) -> pl.LazyFrame:
    """The first way of costing that applies and knows a cost; all null where none does."""
    nothing = pl.lit(None, pl.String)
    pence = pl.coalesce(pl.when(where).then(amount) for _, where, amount, _ in choices)
    method, base, used_rate = nothing, nothing, pl.lit(None, pl.Boolean)
    for name, where, amount, price_base in reversed(choices):
        known = where & amount.is_not_null()
        is_rate = price_base is not None
        method = pl.when(known).then(pl.lit(name)).otherwise(method)
        base = pl.when(known).then(price_base if is_rate else nothing).otherwise(base)
        used_rate = pl.when(known).then(pl.lit(is_rate)).otherwise(used_rate)
    return events.select(
        "event_id",
        "start_at",
        pence.cast(pl.Int64).alias("pence"),
        method.alias("method"),
        base.alias("price_base"),
        used_rate.alias("used_rate"),
    )
