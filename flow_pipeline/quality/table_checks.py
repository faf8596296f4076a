"""Checks of tables: keys, references, the row law, links between sources. Counts only."""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.quality.reference_checks import organisation_results
from flow_pipeline.quality.results import Result, result
from flow_pipeline.tables import table

# Rows of the first table name a row of the second: table, column, table, column.
REFERENCES: tuple[tuple[str, str, str, str], ...] = (
    ("care_event", "person_id", "person", "person_id"),
    ("care_event", "journey_id", "journey", "journey_id"),
    ("care_event", "spell_id", "spell", "spell_id"),
    ("event_code", "event_id", "care_event", "event_id"),
    ("event_cost", "event_id", "care_event", "event_id"),
    ("spell", "person_id", "person", "person_id"),
    ("spell", "continuous_spell_id", "continuous_spell", "continuous_spell_id"),
    ("journey", "person_id", "person", "person_id"),
    ("journey_step", "journey_id", "journey", "journey_id"),
    ("journey_step", "event_id", "care_event", "event_id"),
    ("delay", "from_event_id", "care_event", "event_id"),
    ("delay", "to_event_id", "care_event", "event_id"),
    ("failure_demand", "event_id", "care_event", "event_id"),
    ("person_year", "person_id", "person", "person_id"),
    ("hri_cohort", "person_id", "person", "person_id"),
)
# Tables of persons, and what beside the person makes a row.
_PERSON_TABLES = {"person": ("person_id",), "person_year": ("person_id", "financial_year")}
_TAKEN = "selected_once", "selected_by_several", "selected_by_none"
_POOR_SUBMISSION = 0.10  # share of refused rows beyond which a submission is poor


def table_results(tables: Mapping[str, pl.LazyFrame]) -> list[Result]:
    """Check tables against their declarations: columns, nulls, keys, one row a person, references.

    In: tables by name; a reference whose other table is not given is not checked. Out: V01, U01,
    U08 and V06 results, in table order. The gate proves the keys, as the store does not.
    """
    names = sorted(tables)
    results = [r for name in names for r in _declared(name, tables[name])]
    results += [_one_row_per_person(n, tables[n]) for n in names if n in _PERSON_TABLES]
    for child, column, parent, key in REFERENCES:
        if child in tables and parent in tables:
            results.append(_reference(tables[child], tables[parent], child, column, parent, key))
    if "care_event" in tables and "organisation" in tables:
        results += organisation_results(tables["care_event"], tables["organisation"])
    return results


def _declared(name: str, frame: pl.LazyFrame) -> list[Result]:
    declared = table(name)
    schema = frame.collect_schema()
    wrong = sum(schema.get(n) != dtype for n, dtype in declared.schema().items())
    strangers = len(set(schema) - set(declared.column_names))
    shape = result("V01", "columns", name, n_rows=len(schema), n_failed=wrong + strangers)
    if wrong:
        return [shape]
    required = [c.name for c in declared.columns if not c.nullable]
    nulls = pl.any_horizontal(pl.col(n).is_null() for n in required) if required else pl.lit(False)
    counts = frame.select(
        pl.len().alias("rows"),
        nulls.sum().alias("nulls"),
        pl.struct(declared.key).n_unique().alias("keys"),
    )
    rows, n_nulls, keys = counts.collect().row(0)
    keys = keys if rows else 0
    return [
        shape,
        result("V01", "no_nulls_where_none_may_be", name, n_rows=rows, n_failed=n_nulls),
        result("U01", "key", name, n_rows=rows, n_failed=rows - keys),
    ]


def _one_row_per_person(name: str, frame: pl.LazyFrame) -> Result:
    rows = frame.select(pl.len().alias("rows"), pl.struct(_PERSON_TABLES[name]).n_unique())
    n_rows, n_persons = rows.collect().row(0)
    repeated = n_rows - n_persons if n_rows else 0
    return result("U08", "one_row_per_person", name, n_rows=n_rows, n_failed=repeated)


def _reference(
    child: pl.LazyFrame, parent: pl.LazyFrame, name: str, column: str, to: str, key: str
) -> Result:
    named = child.select(pl.col(column).alias(key)).drop_nulls()
    lost = named.join(parent.select(key).unique(), on=key, how="anti")
    rows, failed = pl.collect_all([named.select(pl.len()), lost.select(pl.len())])
    return result("V01", f"{column}_is_in_{to}", name, n_rows=rows.item(), n_failed=failed.item())


def ledger_results(row_ledger: pl.LazyFrame, core: Mapping[str, pl.LazyFrame]) -> list[Result]:
    """R03: the row law, and that the rows accepted are those of the core tables.

    In: ``row_ledger`` and the core rows by contract. Out: how many files and sources of files do
    not balance, and by contract the difference between ledger and core table.
    """
    in_file = pl.col("stage") == "file"
    taken = pl.col("class").is_in(_TAKEN)
    selected = pl.col("class") == "selected"
    files = _imbalance(
        row_ledger.filter(in_file), ["submission_id"], pl.col("class") == "read", taken
    )
    keys = ["submission_id", "source"]
    sources = _imbalance(row_ledger.filter(~in_file), keys, selected, ~selected)
    n_files, bad_files = files.collect().row(0)
    n_sources, bad_sources = sources.collect().row(0)
    return [
        result("R03", "files_balance", "row_ledger", n_rows=n_files, n_failed=bad_files),
        result("R03", "sources_balance", "row_ledger", n_rows=n_sources, n_failed=bad_sources),
        *(_accepted(row_ledger, name, core[name]) for name in sorted(core)),
    ]


def _imbalance(
    ledger: pl.LazyFrame, keys: list[str], whole: pl.Expr, parts: pl.Expr
) -> pl.LazyFrame:
    sums = ledger.group_by(keys).agg(
        pl.col("n_rows").filter(whole).sum().alias("whole"),
        pl.col("n_rows").filter(parts).sum().alias("parts"),
    )
    return sums.select(pl.len(), (pl.col("whole") != pl.col("parts")).sum().alias("unbalanced"))


def _accepted(ledger: pl.LazyFrame, contract: str, core: pl.LazyFrame) -> Result:
    said = ledger.filter(contract=contract).filter(pl.col("class") == "accepted")
    accepted, rows = pl.collect_all([said.select(pl.col("n_rows").sum()), core.select(pl.len())])
    return result(
        "R03",
        "accepted_rows_are_in_the_core_table",
        contract,
        n_rows=accepted.item(),
        n_failed=abs(accepted.item() - rows.item()),
    )


def refusal_results(row_ledger: pl.LazyFrame) -> list[Result]:
    """R01: the share of selected rows refused, by source; and submissions that are poor.

    A submission is poor where more than a tenth of its selected rows were refused; any is said.
    """
    rows = pl.col("n_rows")
    counted = row_ledger.filter(pl.col("stage") != "file")
    sums = [
        rows.filter(pl.col("class") == "selected").sum().alias("selected"),
        rows.filter(pl.col("class") == "quarantined").sum().alias("refused"),
    ]
    by_source = counted.group_by("source").agg(sums).sort("source")
    poor = pl.col("refused") > _POOR_SUBMISSION * pl.col("selected")
    by_submission = counted.group_by("submission_id").agg(sums).select(pl.len(), poor.sum())
    shares = [
        result("R01", "refused_rows", source, n_rows=selected, n_failed=refused)
        for source, selected, refused in by_source.collect().iter_rows()
    ]
    n, n_poor = by_submission.collect().row(0)
    return [
        *shares,
        result("R01", "poor_submissions", "submission", n_rows=n, n_failed=n_poor, threshold=0),
    ]


def person_results(person_link: pl.LazyFrame, record_token: pl.LazyFrame) -> list[Result]:
    """L05: persons that hold two different verified NHS numbers, from the linkage zone's tables."""
    verified = record_token.filter(
        pl.col("is_number_verified"), pl.col("nhs_number_token").is_not_null()
    ).select("record_key", "nhs_number_token")
    persons = (
        person_link.select("record_key", "person_id")
        .join(verified, on="record_key", how="inner")
        .group_by("person_id")
        .agg(pl.col("nhs_number_token").n_unique().alias("numbers"))
    )
    n, failed = (
        persons.select(pl.len(), (pl.col("numbers") > 1).sum().alias("two")).collect().row(0)
    )
    return [result("L05", "two_verified_nhs_numbers", "person_link", n_rows=n, n_failed=failed)]


def disclosure_results(leaks: Mapping[str, int], strangers: Mapping[str, int]) -> list[Result]:
    """D01 and D02 of each released table, from the counts that disclosure control takes.

    In: by table, visible figures that should not be, and columns not declared for release.
    """
    small = [
        result("D01", "no_small_number", name, n_rows=n, n_failed=n)
        for name, n in sorted(leaks.items())
    ]
    columns = [
        result("D02", "declared_columns_only", name, n_rows=n, n_failed=n)
        for name, n in sorted(strangers.items())
    ]
    return small + columns
