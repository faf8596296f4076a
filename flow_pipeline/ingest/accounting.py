"""The row ledger: where each delivered row went, and whether the sums balance."""

import polars as pl

from flow_pipeline.tables.ingest import ROW_LEDGER, ROWS_OF_STRETCH

_SUBMISSION = ("submission_id", "source", "contract")
_KEY = (*_SUBMISSION, "stage", "class", "rule")
_UNBALANCED = pl.Schema(
    {"submission_id": pl.String, "source": pl.String, "expected": pl.Int64, "found": pl.Int64}
)


def row_ledger(
    file_counts: pl.LazyFrame,
    row_status: pl.LazyFrame,
    settled: pl.LazyFrame,
    link_refusals: pl.LazyFrame,
) -> pl.LazyFrame:
    """Table row_ledger.

    In:  tables file_count, row_status and settled, and the records that linkage refused
         (record_key, submission_id, source, contract, rule).
    Out: per file the rows read and by how many sources they were selected (stage file, source all
         sources of the file); per submission the rows selected, and the class each ended in, with
         the stage that settled it and the rule, where one did. A record that settling removed is
         not counted again when linkage names it too.
    Source of the definition: design.md §7, "Nothing is lost".
    """
    refused = (
        link_refusals.select("record_key", *_SUBMISSION, "rule")
        .unique("record_key", keep="first", maintain_order=True)
        .join(settled.select("record_key"), on="record_key", how="anti")
        .with_columns(pl.lit("link").alias("stage"), pl.lit("quarantined").alias("class"))
    )
    gone = settled.select(
        *_SUBMISSION,
        pl.lit("ingest").alias("stage"),
        pl.col("class"),
        pl.lit(None, pl.String).alias("rule"),
    )
    later = pl.concat([_counted(gone), _counted(refused)])
    parts = [
        _of_files(file_counts),
        _summed(row_status.with_columns(_literals("ingest", "selected"))),
        _summed(row_status.filter(pl.col("class") != "accepted")),
        later,
        _still_accepted(row_status, later),
    ]
    return ROW_LEDGER.conform(pl.concat(part.select(ROW_LEDGER.column_names) for part in parts))


def rows_by_class(row_status: pl.LazyFrame) -> pl.LazyFrame:
    """class and n_rows of rows of table row_status, in no order."""
    return row_status.group_by("class").agg(n_rows=ROWS_OF_STRETCH.sum())


def unbalanced(ledger: pl.LazyFrame) -> pl.LazyFrame:
    """Submissions and files whose rows do not add up: submission_id, source, expected, found.

    Of a file, rows read = selected once + by several + by none. Of a submission, rows selected =
    the sum of all other classes, none of them negative. Empty when every row is accounted for.
    """
    total = pl.col("class").is_in(["read", "selected"])
    rows = pl.col("n_rows")
    is_file = pl.col("stage") == "file"
    sums = ledger.group_by("submission_id", "source", is_file.alias("is_file")).agg(
        expected=rows.filter(total).sum(),
        found=rows.filter(~total).sum(),
        is_negative=(rows < 0).any(),
    )
    wrong = sums.filter((pl.col("expected") != pl.col("found")) | pl.col("is_negative"))
    return wrong.select(_UNBALANCED.names()).cast(_UNBALANCED).sort("submission_id", "source")


def lost_rows(row_status: pl.LazyFrame, record_token: pl.LazyFrame) -> pl.LazyFrame:
    """Submissions whose accepted rows are not all records: submission_id, source, expected, found.

    Between ingest and settling stands pseudonymisation: this says that it dropped and doubled
    nothing. Empty when it did not.
    """
    key = ("submission_id", "source")
    accepted = row_status.filter(pl.col("class") == "accepted")
    expected = accepted.group_by(key).agg(expected=ROWS_OF_STRETCH.sum())
    found = record_token.group_by(key).agg(found=pl.len().cast(pl.Int64))
    both = expected.join(found, on=key, how="full", coalesce=True)
    filled = both.with_columns(pl.col("expected", "found").fill_null(0))
    return filled.filter(pl.col("expected") != pl.col("found")).sort(key)


def _literals(stage: str, row_class: str) -> list[pl.Expr]:
    return [
        pl.lit(stage).alias("stage"),
        pl.lit(row_class).alias("class"),
        pl.lit(None, pl.String).alias("rule"),
    ]


def _counted(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.group_by(_KEY).agg(n_rows=pl.len().cast(pl.Int64))


def _summed(row_status: pl.LazyFrame) -> pl.LazyFrame:
    return row_status.group_by(_KEY).agg(n_rows=ROWS_OF_STRETCH.sum())


def _of_files(file_counts: pl.LazyFrame) -> pl.LazyFrame:
    return file_counts.with_columns(
        pl.lit(None, pl.String).alias("contract"),
        pl.lit("file").alias("stage"),
        pl.lit(None, pl.String).alias("rule"),
    )


def _still_accepted(row_status: pl.LazyFrame, later: pl.LazyFrame) -> pl.LazyFrame:
    """Accepted rows less those that later stages took away."""
    accepted = _summed(
        row_status.filter(pl.col("class") == "accepted").with_columns(
            _literals("ingest", "accepted")
        )
    )
    taken = later.with_columns(_literals("ingest", "accepted"), n_rows=-pl.col("n_rows"))
    left = pl.concat([accepted.select(*_KEY, "n_rows"), taken.select(*_KEY, "n_rows")])
    return left.group_by(_KEY).agg(pl.col("n_rows").sum()).filter(pl.col("n_rows") != 0)
