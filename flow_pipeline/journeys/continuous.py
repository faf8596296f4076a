"""Continuous inpatient spells: unbroken inpatient care across providers, and readmissions."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from flow_pipeline.journeys.ids import hashed
from flow_pipeline.journeys.moments import days_between
from flow_pipeline.journeys.parameters import CipsVariant, Parameters
from flow_pipeline.journeys.runs import latest_so_far, root_of
from flow_pipeline.journeys.spells import REGULAR

OVERLAP = "K05_overlapping_stays"
READMISSION_DAYS = 29
_MATERNITY = ("31", "32", "2C", "82", "83")


@dataclass(frozen=True)
class _Codes:
    """Which codes say that a stay goes on elsewhere."""

    widest_gap: int
    destinations: tuple[str, ...]
    sources: tuple[str, ...]
    methods: tuple[str, ...] = ("2B", "81")


_VARIANTS: dict[CipsVariant, _Codes] = {
    "nhsd": _Codes(2, ("49", "50", "51", "52", "53", "84"), ("49", "50", "51", "52", "53", "87")),
    "che": _Codes(3, ("51", "52", "53"), ("51", "52", "53")),
}
_REMEMBERED = ("row", "discharged_at", "classification", "discharge_destination")


def linked_spells(spells: pl.LazyFrame, variant: CipsVariant) -> pl.LazyFrame:
    """``spells`` with continuous_spell_id, link_gap, link_reason and is_overlapping.

    Each is held against the earlier one with the latest discharge (definition: continuous
    spells), so never against an open one; where it begins before the end for counting of such, it
    overlaps, linked or not. The gap and reason stand on the later spell of a link.
    """
    held = _with_earlier(in_order(spells, "spell_id").with_row_index("row"))
    held = held.with_columns(_reason(_VARIANTS[variant], variant).alias("link_reason"))
    links = pl.col("link_reason").is_not_null()
    overlapping = ((pl.col("gap") < 0) & ~links).fill_null(False) | pl.col("in_open")
    root = root_of(pl.when(links).then(_before("row")).otherwise(pl.col("row")))
    return held.with_columns(
        pl.when(links).then("gap").alias("link_gap"),
        overlapping.alias("is_overlapping"),
        hashed("continuous_spell", pl.col("spell_id").gather(root)).alias("continuous_spell_id"),
    ).drop("before", "row", "gap", "in_open")


def in_order(stays: pl.LazyFrame, key: str) -> pl.LazyFrame:
    """``stays`` (spells, or continuous ones) by person and admission; ``key`` breaks ties.

    Of those admitted at one moment: first those without a night, by when they ended, for each may
    have been over before the next began; then the longest first, as it holds what is nested in it;
    what is open after what has ended.
    """
    night = pl.col("counted_end_at").dt.date() > pl.col("admitted_at").dt.date()
    end = pl.col("counted_end_at").to_physical()
    longest_first = pl.when(night).then(-end).otherwise(end)
    return stays.sort("person_id", "admitted_at", night, "is_open", longest_first, key)


def _before(name: str) -> pl.Expr:
    return pl.col("before").struct.field(name)


def _with_earlier(ordered: pl.LazyFrame) -> pl.LazyFrame:
    """``ordered`` with before (what each is held against), the gap to it in days, and whether an
    open spell had not ended by then."""
    before = latest_so_far("discharged_at", "person_id", _REMEMBERED).alias("before")
    still_open = latest_so_far("open_until", "person_id", ("open_until",))
    held = ordered.with_columns(
        pl.col("row").cast(pl.Int64), pl.when("is_open").then("counted_end_at").alias("open_until")
    ).with_columns(before, still_open.struct.field("open_until"))
    admitted = pl.col("admitted_at")
    return held.with_columns(
        days_between(_before("discharged_at"), admitted).alias("gap"),
        (days_between(pl.col("open_until"), admitted) < 0).fill_null(False).alias("in_open"),
    ).drop("open_until")


def _reason(codes: _Codes, variant: CipsVariant) -> pl.Expr:
    """Why a spell continues the one before it; null where it does not."""
    by_destination = _before("discharge_destination").is_in(codes.destinations)
    by_source = pl.col("source_of_admission").is_in(codes.sources)
    by_method = pl.col("admission_method").is_in(codes.methods)
    gap = pl.col("gap")
    # no open spell is nested: it has no discharge
    nested = (gap < 0) & (pl.col("discharged_at").dt.date() <= _before("discharged_at").dt.date())
    evidence = pl.any_horizontal(by_destination, by_source, by_method).fill_null(False)
    new_emergency = (
        (_before("discharge_destination") == "19")
        & (pl.col("source_of_admission") == "51")
        & (pl.col("admission_method") == "21")
    ).fill_null(False)
    barred = new_emergency if variant == "nhsd" else pl.lit(False)
    regular = pl.any_horizontal(
        _before("classification").is_in(REGULAR), pl.col("classification").is_in(REGULAR)
    ).fill_null(False)
    follows = ~regular & evidence & ~barred
    in_reach = gap.is_between(0, codes.widest_gap)
    return (
        pl.when(~regular & nested)
        .then(pl.lit("nested"))
        .when(follows & (gap < 0))
        .then(pl.lit("overlap"))
        .when(follows & in_reach & by_destination)
        .then(pl.lit("destination"))
        .when(follows & in_reach & by_source)
        .then(pl.lit("source"))
        .when(follows & in_reach)
        .then(pl.lit("method"))
    )


def continuous_spells(
    spells: pl.LazyFrame, bed_day: pl.LazyFrame, parameters: Parameters
) -> pl.LazyFrame:
    """One row per continuous spell, with bed days and readmission flags, ``cost`` apart."""

    def of_final(name: str) -> pl.Expr:
        """Of the spell that ends last; of several, of the last in order."""
        return pl.col(name).sort_by("counted_end_at", maintain_order=True).last()

    ordered = in_order(spells, "spell_id")
    one = ordered.group_by("continuous_spell_id", maintain_order=True).agg(
        pl.col("person_id").first(),
        pl.col("organisation_code").first().alias("first_organisation_code"),
        of_final("organisation_code").alias("last_organisation_code"),
        pl.len().alias("n_spells"),
        pl.col("admitted_at").first(),
        pl.col("discharged_at").max(),
        pl.col("counted_end_at").max(),
        of_final("is_open"),
        pl.col("is_emergency").first(),
        pl.col("link_gap").max().alias("max_gap_days"),
        pl.col("link_reason").drop_nulls().unique(maintain_order=True).str.join("+"),
        pl.col("spell_id").first().alias("first_spell_id"),
        of_final("spell_id").alias("last_spell_id"),
        pl.col("classification").first(),
        pl.col("admission_method").is_in(_MATERNITY).any().alias("has_maternity"),
        pl.col("has_cancer").any(),
        of_final("is_ended_by_death").alias("died"),
    )  # fmt: skip
    days = bed_day.group_by("continuous_spell_id").agg(
        (pl.col("to_date") - pl.col("from_date")).dt.total_days().sum().alias("bed_days")
    )
    discharged = pl.when(~pl.col("is_open")).then("discharged_at")
    one = one.join(days, on="continuous_spell_id", how="left").with_columns(
        discharged.alias("discharged_at"),
        days_between(pl.col("admitted_at"), discharged).alias("nights"),
        pl.col("bed_days").fill_null(0),
        pl.col("link_reason").replace("", None),
        pl.lit(parameters.cips_variant).alias("cips_variant"),
    )
    return _with_readmissions(one, parameters)


def _with_readmissions(one: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    """is_readmission_30d, readmission_of, readmitted_30d (definition: readmission).

    Days are counted from the latest discharge; what is open has none and is looked past.
    """
    remembered = ("continuous_spell_id", "discharged_at")
    before = latest_so_far("discharged_at", "person_id", remembered).alias("before")
    held = in_order(one, "continuous_spell_id").with_columns(before)
    days = days_between(_before("discharged_at"), pl.col("admitted_at"))
    again = (pl.col("is_emergency") & days.is_between(0, READMISSION_DAYS)).fill_null(False)
    unknown = pl.col("admitted_at").dt.date() < parameters.period_start + dt.timedelta(
        days=READMISSION_DAYS + 1
    )
    held = held.with_columns(
        pl.when(again | ~unknown).then(again).alias("is_readmission_30d"),
        pl.when(again).then(_before("continuous_spell_id")).alias("readmission_of"),
    ).drop("before")
    later = held.drop_nulls("readmission_of").select(
        pl.col("readmission_of").alias("continuous_spell_id"),
        pl.col("has_cancer").alias("readmitted_with_cancer"),
    )
    later = later.group_by("continuous_spell_id").agg(pl.col("readmitted_with_cancer").any())
    held = held.join(later, on="continuous_spell_id", how="left")
    return held.with_columns(_is_index().alias("is_index")).with_columns(
        _readmitted(parameters).alias("readmitted_30d")
    )


def _is_index() -> pl.Expr:
    """Whether a readmission could count against it: finished, alive, ordinary, no maternity."""
    return (
        (pl.col("classification") == "1").fill_null(False)
        & pl.col("discharged_at").is_not_null()
        & ~pl.col("died").fill_null(False)
        & ~pl.col("has_maternity").fill_null(False)
        & ~pl.col("has_cancer")
    )


def _readmitted(parameters: Parameters) -> pl.Expr:
    """Whether an index was followed by a readmission; null where it is none or not yet known."""
    last_known = parameters.period_end - dt.timedelta(days=READMISSION_DAYS)
    known = (pl.col("discharged_at").dt.date() <= last_known) & ~pl.col(
        "readmitted_with_cancer"
    ).fill_null(False)
    followed = pl.col("readmitted_with_cancer").is_not_null()
    return pl.when(pl.col("is_index") & known).then(followed)
