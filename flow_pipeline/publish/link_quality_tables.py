"""The figures of linkage as tables to be read: how good, for whom less good, what hangs on it."""

from dataclasses import dataclass

import polars as pl

from flow_pipeline.publish.explain import Section

_BASES = {
    "truth": "truth",
    "hidden_number": "hidden numbers*",
    "hidden_number_with_added_errors": "same, errors added",
}
_WORDS = {
    "proven": "yes: surely precise enough",
    "likely": "yes: not refuted, too few to prove",
    "refuted": "yes: none is precise enough",
    "shipped": "yes: too few numbers to judge",
    "configured": "yes: as configured",
}


@dataclass(frozen=True)
class Figures:
    """Tables linkage_quality (without run_id), link_gap, link_threshold, link_sensitivity and the
    numbers of uncertain pairs and of decisions by outcome."""

    quality: pl.DataFrame
    gaps: pl.DataFrame
    thresholds: pl.DataFrame
    sensitivity: pl.DataFrame
    n_uncertain: int
    decisions: dict[str, int]


def sections(figures: Figures) -> list[Section]:
    """In: figures of one run. Out: tables for people, shares in percent; no person in them."""
    found = [_overall(figures.quality)]
    if figures.gaps.height:
        found.append(_gaps(figures.gaps))
    found += [_thresholds(figures.thresholds), _sensitivity(figures.sensitivity)]
    rows = [("uncertain pairs to be reviewed", f"{figures.n_uncertain:,}")]
    rows += [(f"decisions: {name}", f"{n:,}") for name, n in sorted(figures.decisions.items())]
    return [*found, Section("Review", ("", "Number"), tuple(rows))]


def _overall(quality: pl.DataFrame) -> Section:
    whole = quality.filter((pl.col("subgroup") == "all") | (pl.col("subgroup") == "records"))
    rows = [
        (
            _BASES.get(row["basis"], row["basis"]),
            _count(row["n_records"]),
            percent(row["match_rate"]),
            percent(row["precision"]),
            percent(row["recall"]),
            percent(row["f1"]),
            row["interval"] or "–",
        )
        for row in whole.sort(pl.col("basis").cast(pl.Enum(list(_BASES)))).iter_rows(named=True)
    ]
    title = (
        "Links of records without a usable number (*estimated, likely upper bound: verified "
        "records are cleaner)"
    )
    columns = ("Figures", "Records judged", "Linked", "Precision", "Recall", "F1", "F1, 95 %")
    return Section(title, columns, tuple(rows))


def _gaps(gaps: pl.DataFrame) -> Section:
    rows = [
        (
            f"{row['subgroup'].replace('_', ' ')} {row['subgroup_value']}",
            "truth" if row["basis"] == "truth" else "hidden",
            _count(row["n_persons"]),
            percent(row["recall"]),
            points(row["gap"]),
            points(row["gap_standardised"]),
            f"{points(row['low'])} to {points(row['high'])}",
            "yes" if row["counts"] else "no",
        )
        for row in gaps.sort("subgroup", "subgroup_value", "basis").iter_rows(named=True)
        if row["subgroup_value"] != "unknown"
    ]
    columns = (
        "Subgroup",
        "By",
        "People",
        "Recall",
        "Gap",
        "Same fields",
        "95 %",
        "Counts",
    )
    title = (
        "Recall of subgroups less that of everybody, in points (same fields: as if all filled the "
    )
    return Section(f"{title}same; 95 % for all rows at once)", columns, tuple(rows))


def _thresholds(thresholds: pl.DataFrame) -> Section:
    rows = [
        (
            f"{row['threshold']:g} bits",
            percent(row["precision"]),
            f"{percent(row['precision_low'])} to {percent(row['precision_high'])}",
            percent(row["recall"]),
            percent(row["f1"]),
            _WORDS.get(row["reason"] or "", ""),
        )
        for row in thresholds.sort("threshold").iter_rows(named=True)
    ]
    columns = ("Threshold", "Precision", "95 %", "Recall", "F1", "In use")
    return Section("Thresholds tried on hidden numbers", columns, tuple(rows))


def _sensitivity(sensitivity: pl.DataFrame) -> Section:
    rows = [
        (
            f"{row['threshold']:g} bits",
            _count(row["n_persons"]),
            _count(row["n_matched"]),
            _count(row["n_without"]),
            "yes" if row["is_in_use"] else "",
        )
        for row in sensitivity.sort("threshold").iter_rows(named=True)
    ]
    columns = ("Threshold", "People", "Linked without number", "Of", "In use")
    return Section("What hangs on the threshold", columns, tuple(rows))


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"


def points(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:+.2f}"


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"
