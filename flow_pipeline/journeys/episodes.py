"""Which episodes make one provider spell (definition: provider spells)."""

from collections.abc import Mapping
from functools import cache

import polars as pl

from flow_pipeline.calendar import moved_on
from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.acute import APC_EPISODE
from flow_pipeline.contracts.families import BED_FAMILIES
from flow_pipeline.contracts.language import At, Contract
from flow_pipeline.journeys.beside import with_looked_up
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.moments import precision, start_key, wall_clock
from flow_pipeline.tables.core import core_table

EMERGENCY_METHODS = ("21", "22", "23", "24", "25", "28", "2A", "2B", "2D")
_REAL_DISCHARGES = ("1", "2", "3", "4", "5", "6", "7")
_TRANSFER_OF_CONSULTANT = ("8", "9")
_UNIT = ["person_id", "organisation_code", "event_family"]
_DIAGNOSES = [f.name for f in APC_EPISODE.fields if "diagnosis_icd" in f.name]
_FIELDS = {
    "hospital_provider_spell_identifier": "supplied_id",
    "episode_number": "episode_number",
    "last_episode_in_spell_indicator_code": "last_indicator",
    "patient_classification_code": "classification",
    "admission_method_code_hospital_provider_spell": "admission_method",
    "source_of_admission_code": "source_of_admission",
    "discharge_method_code_hospital_provider_spell": "discharge_method",
    "discharge_destination_code_hospital_provider_spell": "discharge_destination",
}
_ADMITTED = At(date="start_date_hospital_provider_spell", time="start_time_hospital_provider_spell")
_DISCHARGED = At(
    date="discharge_date_hospital_provider_spell", time="discharge_time_hospital_provider_spell"
)


def episodes_in_spells(event: pl.LazyFrame, core: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """Events of stays in hospital with the spell's own fields, spell_key and spell_source.

    ``core``: core tables by contract. Grain: one row per episode, or per stay where a contract has
    no episodes; ``spell_key`` is unique within the person, provider and event family only.
    """
    none = _stay_fields(APC_EPISODE, core_table(APC_EPISODE).empty())
    sent = [_stay_fields(c, core[c.name]) for c in stay_contracts() if c.name in core]
    fields = pl.concat([none, *sent])
    stays = event.filter(pl.col("event_family").is_in(BED_FAMILIES)).join(
        fields, on="record_key", how="left"
    )
    stays = stays.with_columns(
        pl.coalesce("admitted_at", "start_at").alias("admitted_at"),
        pl.coalesce("admitted_precision", "start_precision").alias("admitted_precision"),
        start_key("start").alias("start_order"),
    ).sort(
        *_UNIT,
        "start_order",
        "counted_end_at",
        "episode_number",
        _place_in_chain(),
        "event_id",
        nulls_last=True,
    )
    return _by_dates(_by_identifier(stays))


@cache
def stay_contracts() -> tuple[Contract, ...]:
    """The contracts whose rows are stays in hospital or episodes of them.

    They share the national names of a provider spell's fields, so one reading serves all.
    """
    return tuple(
        c for c in all_contracts().values() if any(e.family in BED_FAMILIES for e in c.events)
    )


def _stay_fields(contract: Contract, core: pl.LazyFrame) -> pl.LazyFrame:
    """record_key and what a spell is made of; null what the contract does not have."""
    diagnoses = [pl.col(n).str.starts_with("C") for n in _DIAGNOSES if contract.has(n)]
    table = core_table(APC_EPISODE)
    known = [
        (pl.col(n) if contract.has(n) else pl.lit(None, table.schema()[n])).alias(ours)
        for n, ours in _FIELDS.items()
    ]
    return core.select(
        "record_key",
        *known,
        moved_on(wall_clock(_ADMITTED)).alias("admitted_at"),
        precision(_ADMITTED).alias("admitted_precision"),
        moved_on(wall_clock(_DISCHARGED)).alias("discharged_at"),
        precision(_DISCHARGED).alias("discharged_precision"),
        pl.any_horizontal(diagnoses).fill_null(False).alias("has_cancer"),
    )


def _place_in_chain() -> pl.Expr:
    """Of episodes alike, the one that others follow comes first, the discharging one last."""
    goes_on = pl.col("discharge_method").is_in(_TRANSFER_OF_CONSULTANT)
    came = pl.col("admission_method").is_in(("2B", "81"))
    place = pl.when(goes_on & ~came).then(0).when(goes_on).then(1).otherwise(2)
    return place.cast(pl.Int64)


def _by_identifier(stays: pl.LazyFrame) -> pl.LazyFrame:
    """``label``: the supplied identifier where it is consistent, or that of the admission date."""
    group = [*_UNIT, "supplied_id"]
    day = pl.col("admitted_at").dt.date()
    # where the stay is known to be over, an episode without an end overlaps no other
    unended = (pl.col("end_status") != "recorded") & pl.col("discharged_at").is_not_null()
    ended = pl.when(unended).then("start_at").otherwise("counted_end_at").dt.date()
    # starts ascend, so where any two overlap, two that are next to each other do
    overlaps = pl.col("start_at").dt.date() < ended.shift(1).over(group)
    consistent = (
        (day.n_unique().over(group) == 1)
        & (pl.col("discharged_at").drop_nulls().n_unique().over(group) <= 1)
        & ~overlaps.fill_null(False).any().over(group)
    )
    known = pl.col("supplied_id").is_not_null()
    stays = stays.with_columns(pl.when(known & consistent).then("supplied_id").alias("label"))
    admission = [*_UNIT, day]
    only_one = pl.col("label").drop_nulls().n_unique().over(admission) == 1
    real = pl.col("label").is_not_null() & _is_real_discharge()
    left = pl.when(real).then("discharged_at").max().over(admission)
    adopts = ~known & only_one & (left.is_null() | (pl.col("start_at").dt.date() < left.dt.date()))
    adopted = pl.when(adopts).then(pl.col("label").min().over(admission))
    return stays.with_columns(pl.coalesce("label", adopted))


def _is_real_discharge() -> pl.Expr:
    return (
        pl.col("discharge_method").is_in(_REAL_DISCHARGES) & pl.col("discharged_at").is_not_null()
    )


def _by_dates(stays: pl.LazyFrame) -> pl.LazyFrame:
    """``spell_key`` and ``spell_source``: label, else episodes that follow on by date."""
    stays = kept(stays.with_row_index("place"))
    stays = with_looked_up(stays, "place", _derived(stays.filter(pl.col("label").is_null())))
    labelled = pl.col("label").is_not_null()
    return stays.with_columns(
        pl.when(labelled)
        .then(pl.concat_str(pl.lit("s|"), "label"))
        .otherwise(pl.concat_str(pl.lit("d|"), "derived"))
        .alias("spell_key"),
        pl.when(labelled)
        .then(pl.lit("supplied"))
        .otherwise(pl.lit("derived"))
        .alias("spell_source"),
    ).drop("place", "derived")


def _derived(stays: pl.LazyFrame) -> pl.LazyFrame:
    """place and derived: the first episode's event_id of each run that follows on by date.

    ``stays`` are in order of person, organisation and family, so those of one stand together.
    """
    unit = pl.struct(_UNIT)
    follows = unit == unit.shift(1)

    def before(expr: pl.Expr) -> pl.Expr:
        return pl.when(follows).then(expr.shift(1))

    start_day = pl.col("start_at").dt.date()
    exact = (before(pl.col("discharged_precision")) == "minute") & (
        pl.col("start_precision") == "minute"
    )
    after_discharge = (
        pl.when(exact)
        .then(pl.col("start_at") >= before(pl.col("discharged_at")))
        .otherwise(start_day >= before(pl.col("discharged_at").dt.date()))
    )
    new_stay = before(_is_real_discharge()).fill_null(False) & after_discharge.fill_null(False)
    same_admission = pl.col("admitted_at").dt.date() == before(pl.col("admitted_at").dt.date())
    same_start = start_day == before(start_day)
    passed_on = before(pl.col("discharge_method").is_in(_TRANSFER_OF_CONSULTANT)) & (
        start_day == before(pl.col("end_at").dt.date())
    )
    joins = ((same_admission | same_start) & ~new_stay) | passed_on
    first = pl.when(joins.fill_null(False)).then(None).otherwise(pl.col("event_id"))
    return stays.select("place", first.forward_fill().alias("derived"))
