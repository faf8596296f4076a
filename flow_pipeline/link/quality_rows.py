"""The table linkage_quality: figures by subgroup, from outcomes of links that were judged."""

from collections.abc import Iterator, Sequence

import polars as pl

from flow_pipeline.link.estimates import FEWEST_PERSONS, Estimate, estimate
from flow_pipeline.tables.linkage import LINKAGE_QUALITY

ALL = "all"
_FEWEST_SHOWN = 8  # records: fewer might be one person's


def quality_rows(
    outcomes: pl.DataFrame, matched: pl.DataFrame, attributes: Sequence[str], *, basis: str
) -> pl.DataFrame:
    """How good links are, for everybody, by method and by subgroup.

    In:  ``outcomes``: one row per judged identity: person, weight, n_records, n_true, n_found,
         n_right, method, and the attributes as text. ``matched``: one row per record without a
         usable number: is_matched, and the attributes.
    Out: LINKAGE_QUALITY without run_id. Figures are null for a subgroup of fewer than 30 people;
    so is n_records below 8. A method has a precision and no recall: what it did not find may be
    found by another.
    """
    rows = [_row(basis, ALL, ALL, outcomes, matched)]
    for method, found in _parts(outcomes, "method"):
        rows.append(_of_method(_row(basis, "method", method, found, None)))
    for name in attributes:
        of_value = dict(_parts(matched, name)) if matched.height else {}
        for value, found in _parts(outcomes, name):
            rows.append(_row(basis, name, value, found, of_value.get(value)))
    names = [n for n in LINKAGE_QUALITY.column_names if n != "run_id"]
    schema = {name: LINKAGE_QUALITY.schema()[name] for name in names}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _row(
    basis: str, name: str, value: str, outcomes: pl.DataFrame, matched: pl.DataFrame | None
) -> dict[str, object]:
    n_records = int(outcomes["n_records"].sum())
    enough = outcomes["person"].n_unique() >= FEWEST_PERSONS
    found = estimate(outcomes) if enough else None
    return {
        "basis": basis,
        "subgroup": name,
        "subgroup_value": value,
        "n_records": n_records if n_records >= _FEWEST_SHOWN else None,
        "match_rate": _match_rate(matched),
        **_figures(found),
    }


def _figures(found: Estimate | None) -> dict[str, object]:
    if found is None:
        return {"precision": None, "recall": None, "f1": None, "interval": None}
    return {
        "precision": found.precision.value,
        "recall": found.recall.value,
        "f1": found.f1.value,
        "interval": str(found.f1),
    }


def _of_method(row: dict[str, object]) -> dict[str, object]:
    return row | {"recall": None, "f1": None, "interval": None}


def _match_rate(matched: pl.DataFrame | None) -> float | None:
    if matched is None or matched.height < FEWEST_PERSONS:
        return None
    return float(matched["is_matched"].cast(pl.Float64).mean())  # type: ignore[arg-type]


def _parts(frame: pl.DataFrame, name: str) -> Iterator[tuple[str, pl.DataFrame]]:
    parts = frame.filter(pl.col(name).is_not_null()).partition_by(name, as_dict=True)
    for (value,), rows in sorted(parts.items()):
        yield str(value), rows
