"""When somebody was next admitted to another provider (definition: bed days, open stays)."""

import polars as pl

from flow_pipeline.contracts.families import BED_FAMILIES


def admissions(event: pl.LazyFrame) -> pl.LazyFrame:
    """Stays in hospital, in order of person and time: event_id, person_id, organisation_code, the
    start_ moment, counted_end_at, is_open and elsewhere_at, the start of the person's next stay
    with another provider (null where there is none)."""
    stays = event.filter(pl.col("event_family").is_in(BED_FAMILIES)).select(
        "event_id",
        "person_id",
        "organisation_code",
        *(f"start_{p}" for p in ("at", "at_utc", "precision")),
        "counted_end_at",
        "is_open",
    )
    stays = stays.sort("person_id", "start_at", "event_id").with_columns(
        pl.struct("person_id", "organisation_code").rle_id().alias("run")
    )
    runs = stays.group_by("run").agg(
        pl.col("person_id").first(), pl.col("start_at").min().alias("elsewhere_at")
    )
    runs = runs.sort("run").select(
        "run", pl.col("elsewhere_at").shift(-1).over("person_id", order_by="run")
    )
    return stays.join(runs, on="run", how="left", maintain_order="left").drop("run")
