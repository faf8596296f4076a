"""Hospital stays: provider spells, continuous spells, their members and their bed days."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from flow_pipeline.journeys.attendances import admitting_attendances
from flow_pipeline.journeys.bed_days import bed_days
from flow_pipeline.journeys.continuous import OVERLAP, continuous_spells, linked_spells
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.parameters import Parameters
from flow_pipeline.journeys.spells import provider_spells
from flow_pipeline.tables.journeys import CONTINUOUS_SPELL_DRAFT, SPELL_DRAFT, SPELL_MEMBER


@dataclass(frozen=True)
class Stays:
    """Tables as declared in ``tables.journeys``, under their own names."""

    spell_draft: pl.LazyFrame
    spell_member: pl.LazyFrame
    continuous_spell_draft: pl.LazyFrame
    bed_day: pl.LazyFrame


def make_stays(
    event: pl.LazyFrame, core: Mapping[str, pl.LazyFrame], parameters: Parameters
) -> Stays:
    """Stays in hospitals of every kind; ``core`` needs the contracts that tell of them only.

    ``bed_day.is_unplanned`` is that of the continuous spell. Open stays keep a null discharge.
    """
    spells, members = (kept(f) for f in provider_spells(event, core))
    spells = kept(linked_spells(spells, parameters.cips_variant))
    days = kept(bed_days(spells))
    continuous = kept(continuous_spells(spells, days, parameters))
    visits = admitting_attendances(event, spells)
    spells = spells.join(
        visits.rename({"event_id": "emergency_event_id"}), on="spell_id", how="left"
    )
    members = pl.concat([members, visits.with_columns(pl.lit("emergency").alias("kind"))])
    members = members.join(spells.select("spell_id", "continuous_spell_id"), on="spell_id")
    return Stays(
        spell_draft=SPELL_DRAFT.conform(_drafted(spells, continuous)),
        spell_member=SPELL_MEMBER.conform(members),
        continuous_spell_draft=CONTINUOUS_SPELL_DRAFT.conform(continuous),
        bed_day=days,
    )


def _drafted(spells: pl.LazyFrame, continuous: pl.LazyFrame) -> pl.LazyFrame:
    """is_readmission_30d sits on the first spell of the continuous spell only."""
    again = continuous.select(pl.col("first_spell_id").alias("spell_id"), "is_readmission_30d")
    overlap = pl.when("is_overlapping").then(pl.lit(OVERLAP))
    flags = pl.concat_list("ready_flag", "old_flag", overlap).list.drop_nulls()
    return spells.join(again, on="spell_id", how="left").with_columns(flags.alias("dq_flags"))
