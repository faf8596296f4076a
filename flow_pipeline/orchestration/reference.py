"""Reference files of the economy: read as they are, known by their digest."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl

from flow_pipeline.calendar import calendar_frame
from flow_pipeline.cohorts import COST_UNITS, DEFAULT_RATE_VERSION
from flow_pipeline.errors import ConfigurationError
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.step import Tables, materialise, specs
from flow_pipeline.publish.reference import area, organisation
from flow_pipeline.store import digest_file
from flow_pipeline.tables import table
from flow_pipeline.tables.language import POLARS_TYPES


def reference_path(run: EconomyRun, name: str) -> Path | None:
    """The configured file of that name: organisations, postcodes, deprivation, ..."""
    if name == "unit_costs":
        return run.economy.unit_costs
    return run.economy.reference.get(name)


def version_of(run: EconomyRun, name: str) -> str:
    """What a reference file is known by: its digest, or that of our own table."""
    path = reference_path(run, name)
    if path is None:
        return DEFAULT_RATE_VERSION if name == "unit_costs" else "none"
    return digest_file(path)[:16]


def _read(run: EconomyRun, name: str, required: tuple[str, ...]) -> pl.LazyFrame | None:
    path = reference_path(run, name)
    if path is None:
        return None
    read = pl.scan_parquet if path.suffix == ".parquet" else _scan_text
    try:
        frame = read(path)
        columns = frame.collect_schema().names()
    except (OSError, pl.exceptions.PolarsError):
        raise ConfigurationError(
            f"{path}: the reference file {name} cannot be read as a table. "
            f"Give a CSV with a header in UTF-8, or Parquet."
        ) from None
    if missing := [column for column in required if column not in columns]:
        raise ConfigurationError(
            f"{path}: the reference file {name} lacks {', '.join(missing)}. Add these columns."
        )
    return frame


def _scan_text(path: Path) -> pl.LazyFrame:
    return pl.scan_csv(path, infer_schema=False)


def postcodes(run: EconomyRun) -> pl.LazyFrame | None:
    """postcode, lsoa_code, area_code (MSOA) of the postcode file."""
    frame = _read(run, "postcodes", ("postcode", "lsoa_code", "msoa_code"))
    return None if frame is None else frame.rename({"msoa_code": "area_code"})


def deprivation(run: EconomyRun) -> pl.LazyFrame | None:
    """lsoa_code and imd_decile of the deprivation file."""
    frame = _read(run, "deprivation", ("lsoa_code", "imd_decile"))
    return None if frame is None else frame.with_columns(pl.col("imd_decile").cast(pl.Int64))


def unit_costs(run: EconomyRun) -> pl.LazyFrame | None:
    """The local unit costs, which replace ours. Raises ConfigurationError for a unit we do not
    know: a price that never applies would go unseen."""
    rates = _typed("unit_cost", _read(run, "unit_costs", ("event_family", "unit", "amount")))
    if rates is None:
        return None
    unknown = rates.filter(~pl.col("unit").is_in(COST_UNITS)).select("unit").unique().collect()
    if not unknown.is_empty():
        raise ConfigurationError(
            f"{run.economy.unit_costs}: unknown units {sorted(unknown['unit'].to_list())}. "
            f"Give each price per {', '.join(COST_UNITS)}."
        )
    return rates


@dg.multi_asset(
    name="reference",
    specs=specs(
        ("organisation", "area", "calendar"),
        group="reference",
        deps=(),
        owner="team:data-engineers",
    ),
)
def reference_assets(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
    """Organisations, areas and the calendar, from configuration and reference files."""
    run = economy_run
    economy = run.economy
    own = [{"code": o.code, "name": o.name, "sector": o.sector} for o in economy.organisations]

    def build() -> Tables:
        organisations = _read(run, "organisations", ("code",))
        areas = _read(run, "areas", ("area_code", "area_level"))
        return {
            "organisation": organisation(own, _typed("organisation", organisations)),
            "area": area(_typed("area", areas)),
            "calendar": calendar_frame(
                economy.period_start, economy.period_end, economy.jurisdiction
            ),
        }

    yield from materialise(
        run,
        "reference",
        outputs=("organisation", "area", "calendar"),
        inputs=(),
        build=build,
        parameters={
            "organisations": own,
            "files": [version_of(run, "organisations"), version_of(run, "areas")],
            "period": [economy.period_start, economy.period_end],
        },
    )


def _typed(name: str, file: pl.LazyFrame | None) -> pl.LazyFrame | None:
    """A reference file with the types of our table: dates and money were text."""
    if file is None:
        return None
    frame = file.rename({"code": "organisation_code"}, strict=False)
    schema = frame.collect_schema()
    texts = [c for c in table(name).columns if schema.get(c.name) == pl.String]
    dates = [c.name for c in texts if c.type == "date"]
    numbers = {c.name: POLARS_TYPES[c.type] for c in texts if c.type in ("money", "integer")}
    return frame.with_columns(
        *(pl.col(n).str.to_date(strict=False) for n in dates),
        *(pl.col(n).cast(kind, strict=False) for n, kind in numbers.items()),
    )


ASSETS = [reference_assets]
