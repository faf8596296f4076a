"""The figures of linkage as tables to be read: how good, for whom less good, what hangs on it."""

from dataclasses import dataclass

import polars as pl

from flow_pipeline.publish.explain import Section

_BASES = {
    "truth": "the truth",
    "hidden_number": "hidden numbers*",
    "hidden_number_with_added_errors": "errors added to them",
    "verified_number": "verified numbers",
}
_FEWEST_SHOWN = 8  # units: fewer might be one person's
_WORDS = {
    "proven": "yes: surely precise enough",
    "likely": "yes: not refuted, too few to prove",
    "refuted": "yes: none is precise enough",
    "shipped": "yes: too few numbers to judge",
    "configured": "yes: as configured",
}


@dataclass(frozen=True)
class Figures:
    """Tables linkage_quality (without run_id), link_gap, link_threshold, link_sensitivity,
    link_blocking, link_difference, and numbers: of pairs to be reviewed by reason, of decisions by
    outcome."""

    quality: pl.DataFrame
    gaps: pl.DataFrame
    thresholds: pl.DataFrame
    sensitivity: pl.DataFrame
    blocking: pl.DataFrame
    differences: pl.DataFrame
    reviewed: dict[str, int]
    decisions: dict[str, int]


def sections(figures: Figures) -> list[Section]:
    """In: figures of one run. Out: tables for people, shares in percent; no person in them."""
    shown = figures.gaps.filter(pl.col("subgroup_value") != "unknown")
    found = [
        _overall(figures.quality),
        *(_gaps(shown.filter(basis=basis), basis) for basis in ("truth", "hidden_number")),
        _thresholds(figures.thresholds),
        _sensitivity(figures.sensitivity),
        _blocking(figures.blocking),
        _differences(figures.differences),
        _review(figures.reviewed, figures.decisions),
    ]
    return [section for section in found if section.rows]


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
            _interval(row["interval"]),
        )
        for row in whole.sort(pl.col("basis").cast(pl.Enum(list(_BASES)))).iter_rows(named=True)
    ]
    title = (
        "Links of records without a usable number (*estimated, likely upper bound: verified "
        "records are cleaner)"
    )
    columns = ("By", "Records", "Linked", "Precision", "Recall", "F1", "F1, 95 %")
    return Section(title, columns, tuple(rows))


def _interval(told: str | None) -> str:
    """``0.9440 to 0.9960`` as linkage_quality has it, in percent."""
    if told is None:
        return "–"
    low, high = (float(end) for end in told.split(" to "))
    return _range(low, high, 1)


def _range(low: float | None, high: float | None, places: int) -> str:
    if low is None or high is None:
        return "–"
    return f"{low * 100:.{places}f}–{high * 100:.{places}f}%"


def _gaps(gaps: pl.DataFrame, basis: str) -> Section:
    rows = [
        (
            f"{_of_attribute(row['subgroup'])} {row['subgroup_value']}",
            _count(row["n_persons"]),
            percent(row["recall"]),
            points(row["gap"]),
            f"{points(row['gap_standardised'])} ({row['low'] * 100:+.1f} to "
            f"{row['high'] * 100:+.1f}){' counts' if row['counts'] else ''}",
        )
        for row in gaps.sort("subgroup", "subgroup_value").iter_rows(named=True)
    ]
    title = (
        f"Recall by {_BASES[basis]}: its gap to everybody's in points, as it is and as if all "
        "filled the same fields (95 % for all rows at once)"
    )
    return Section(title, ("Subgroup", "People", "Recall", "Gap", "Same fields"), tuple(rows))


def _of_attribute(name: str) -> str:
    return "deprivation" if name == "deprivation_quintile" else name.replace("_", " ")


def _thresholds(thresholds: pl.DataFrame) -> Section:
    rows = [
        (
            f"{row['threshold']:g} bits",
            percent(row["precision"]),
            _range(row["precision_low"], row["precision_high"], 2),
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


def _blocking(blocking: pl.DataFrame) -> Section:
    rows = [
        (
            _BASES[row["basis"]],
            _count(row["n_pairs"]),
            percent(row["n_found"] / row["n_pairs"]),
        )
        for row in blocking.filter(rule="all").sort("basis").iter_rows(named=True)
    ]
    title = "Pairs of one person that are compared at all (by verified numbers: without them)"
    return Section(title, ("By", "Pairs", "Compared"), tuple(rows))


def _differences(differences: pl.DataFrame) -> Section:
    """Empty where so few are unlinked that shares of them say nothing."""
    whole = pl.col("n_unlinked").sum().over("subgroup") >= _FEWEST_SHOWN
    rows = [
        (
            f"{_of_attribute(row['subgroup'])} {row['subgroup_value']}",
            percent(row["share_linked"]),
            percent(row["share_unlinked"]),
            f"{row['standardised_difference']:+.2f}",
        )
        for row in differences.filter(whole)
        .drop_nulls("standardised_difference")
        .sort("subgroup", "subgroup_value")
        .iter_rows(named=True)
    ]
    columns = ("Subgroup", "Of the linked", "Of the unlinked", "Standardised difference")
    return Section("Who is linked, and who is not", columns, tuple(rows))


def _review(reviewed: dict[str, int], decisions: dict[str, int]) -> Section:
    told = {f"to be reviewed: {name.replace('_', ' ')}": n for name, n in reviewed.items()}
    told |= {f"decided: {name.replace('_', ' ')}": n for name, n in decisions.items()}
    rows = [(name, f"{n:,}") for name, n in sorted(told.items(), reverse=True)]
    return Section("Review", ("Pairs", "Number"), tuple(rows))


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"


def points(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:+.2f}"


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"
