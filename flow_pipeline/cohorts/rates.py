"""Unit costs: what a unit of care costs where no cost is supplied."""

import polars as pl

from flow_pipeline.tables.cohorts import UNIT_COST

DEFAULT_RATE_VERSION = "default-1"
_SNEE = "Suffolk and North East Essex ICS, whole-system cost example"
_KINGS_FUND = "King's Fund, The hidden problems behind delayed discharges and their costs, 2023"
_KIND = ("event_type", "event_subtype", "setting")
COST_UNITS = ("event", "day", "bed_day")

# family | type | subtype | setting | unit | pounds | price base | source | assumption
# 2024 prices are taken as those of 2024/25. They are for comparison, not what was spent.
_DEFAULTS: tuple[tuple[str | None, ...], ...] = (
    ("gp_appointment", None, None, None, "event", "51.00", "2024/25", _SNEE, "face to face"),
    ("gp_appointment", "remote", None, None, "event", "45.00", "2024/25", _SNEE, None),
    ("community_contact", None, None, None, "event", "84.00", "2024/25", _SNEE, None),
    ("mh_contact", None, None, None, "event", "275.00", "2024/25", _SNEE, None),
    ("mh_spell", None, None, None, "bed_day", "564.00", "2024/25", _SNEE, None),
    *(
        (family, None, None, None, "event", "45.00", "2024/25", _SNEE, "one social worker hour")
        for family in ("asc_request", "asc_assessment", "asc_review")
    ),
    ("asc_service", "carer", None, None, "day", "20.19", "2024/25", _SNEE, None),
    ("asc_service", "long_term", None, None, "day", "61.70", "2024/25", _SNEE, "in the community"),
    (
        "asc_service",
        "long_term",
        "Long Term Residential Care",
        None,
        "day",
        "148.73",
        "2024/25",
        _SNEE,
        None,
    ),
    (
        "asc_service",
        "long_term",
        "Long Term Nursing Care",
        None,
        "day",
        "172.66",
        "2024/25",
        _SNEE,
        None,
    ),
    *(
        ("asc_service", kind, None, None, "day", "159.63", "2024/25", _SNEE, "episode of 28 days")
        for kind in ("st_max", "short_term")
    ),
    (
        "inpatient",
        None,
        None,
        None,
        "bed_day",
        "395.00",
        "2022/23",
        _KINGS_FUND,
        "direct cost of a night of a person ready to leave; used for stays without a cost",
    ),
)


def default_unit_costs() -> pl.LazyFrame:
    """The unit costs shipped with the software (table ``unit_cost``).

    From published figures (domain, "Default unit costs"); emergency and outpatient attendances
    have none, as hospitals price them row by row.
    """
    text = dict.fromkeys(UNIT_COST.column_names, pl.String)
    return UNIT_COST.conform(pl.LazyFrame(_DEFAULTS, schema=text, orient="row"))


def with_rates(events: pl.LazyFrame, unit_costs: pl.LazyFrame) -> pl.LazyFrame:
    """Add the unit cost that fits each event best, per unit.

    In: events (event_family, event_type, event_subtype, setting) and unit costs (table
    ``unit_cost``; the columns event_type, event_subtype, setting and price_base may be missing).
    Out: the same rows plus rate_event, rate_day, rate_bed_day (pounds) and base_event, base_day,
    base_bed_day (price bases); null where there is none. A unit cost fits when each of type,
    subtype and setting is equal or not given; of several the one giving subtype, then type, then
    setting wins.
    """
    kind = ["event_family", *_KIND]
    costs = _completed(unit_costs)
    priced = (
        events.select(kind)
        .unique()
        .join(costs, on="event_family", how="inner")
        .filter(
            pl.all_horizontal(
                pl.col(f"for_{name}").is_null() | (pl.col(f"for_{name}") == pl.col(name))
                for name in _KIND
            )
        )
        .with_columns(_specificity().alias("specificity"))
    )
    best = priced.group_by(kind).agg(
        _best(unit, column).alias(f"{short}_{unit}")
        for unit in COST_UNITS
        for column, short in (("amount", "rate"), ("price_base", "base"))
    )
    return events.join(best, on=kind, how="left", nulls_equal=True)


def _completed(unit_costs: pl.LazyFrame) -> pl.LazyFrame:
    """Unit costs with every column, those that events have too under the name ``for_...``."""
    given = unit_costs.collect_schema().names()
    missing = [name for name in (*_KIND, "price_base") if name not in given]
    return (
        unit_costs.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)
        .rename({name: f"for_{name}" for name in _KIND})
        .select("event_family", *(f"for_{n}" for n in _KIND), "unit", "amount", "price_base")
        .with_columns(pl.col("amount").cast(pl.Decimal(16, 2)))
    )


def _specificity() -> pl.Expr:
    weights = {"event_subtype": 4, "event_type": 2, "setting": 1}
    return pl.sum_horizontal(
        pl.col(f"for_{name}").is_not_null().cast(pl.Int64) * weight
        for name, weight in weights.items()
    )


def _best(unit: str, column: str) -> pl.Expr:
    fits = pl.col("unit") == unit
    order = [pl.col("specificity").filter(fits), pl.col("amount").filter(fits)]
    return pl.col(column).filter(fits).sort_by(order, descending=True).first()
