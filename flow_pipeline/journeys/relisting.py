"""Services that were open, and then missing from the sender's next list of what is open."""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.journeys.beside import with_looked_up

_SENDER = ("contract", "organisation_code")
_LISTED = pl.Schema({"contract": pl.String, "submission_id": pl.String, "listed_until": pl.Date})


def listed_until(
    core: Mapping[str, pl.LazyFrame],
    submission: pl.LazyFrame,
    manifest: pl.LazyFrame | None = None,
) -> pl.LazyFrame:
    """contract, submission_id, listed_until: submissions that the same sender has followed up.

    In:  core tables by contract, and table submission. Out: one row per submission of a contract
         whose senders list all that is open each time (contracts.language.EventMap.is_relisted)
         after which the sender has sent a later period; ``listed_until`` is the end of its own
         period. Submissions replaced as a whole are left out; one that table ``manifest`` calls a
         delta does not list all that is open, so that nothing ends by it.
    Needs the submissions of all persons, so it is not per person: where persons are taken in
    parts, make this of the whole first. Definition: domain.md §2.6, "Close lost services".
    """
    names = [c.name for c in all_contracts().values() if any(m.is_relisted for m in c.events)]
    sources = [
        core[name].select("source", pl.lit(name).alias("contract")).unique()
        for name in names
        if name in core
    ]
    if not sources:
        return pl.LazyFrame(schema=_LISTED)
    replaced = submission.select(pl.col("supersedes").alias("submission_id")).drop_nulls()
    ends = (
        submission.join(replaced, on="submission_id", how="anti")
        .join(pl.concat(sources), on="source", how="inner")
        .select(
            *_SENDER,
            "submission_id",
            listed_until=pl.coalesce("period_derived_end", "period_stated_end"),
        )
        .drop_nulls("listed_until")
    )
    is_list = pl.lit(True)
    if manifest is not None:
        deltas = manifest.filter(pl.col("submission_type") == "delta").select("submission_id")
        ends = ends.join(deltas.with_columns(is_delta=pl.lit(True)), on="submission_id", how="left")
        is_list = pl.col("is_delta").is_null()
    last = pl.col("listed_until").filter(is_list).max().over(_SENDER)
    return ends.filter(pl.col("listed_until") < last).select(_LISTED.names())


def with_lost_ends(rows: pl.LazyFrame, listed: pl.LazyFrame | None) -> pl.LazyFrame:
    """``rows`` of events with ``lost_on``: the day on which an open event is taken to have ended.

    In:  contract, submission_id, is_relisted, end_at, may_be_open; ``listed``: see listed_until,
         None where nothing is known of submissions. Out: the same rows with lost_on (date), null
         for events that have an end, are on the sender's latest list, or are not listed again.
    The row that holds is that of the latest period in which the sender listed the event.
    """
    if listed is None:
        return rows.with_columns(pl.lit(None, pl.Date).alias("lost_on"))
    joined = with_looked_up(rows, ["contract", "submission_id"], listed)
    is_lost = pl.col("is_relisted") & pl.col("may_be_open") & pl.col("end_at").is_null()
    lost = pl.when(is_lost).then("listed_until").alias("lost_on")
    return joined.with_columns(lost).drop("listed_until")
