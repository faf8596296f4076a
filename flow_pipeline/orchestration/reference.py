"""Reference files of the economy: read as they are, known by their digest."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import dagster as dg
import polars as pl

from flow_pipeline.calendar import calendar_frame
from flow_pipeline.cohorts import COST_UNITS, DEFAULT_RATE_VERSION
from flow_pipeline.contracts.reference import REFERENCE_FILES
from flow_pipeline.errors import ConfigurationError
from flow_pipeline.ingest.reference_files import read_reference
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.step import Tables, materialise, specs
from flow_pipeline.publish.reference import area, organisation
from flow_pipeline.store import digest_file

_LEAST_OF_A_NATION = 1_000  # rows


def reference_path(run: EconomyRun, name: str) -> Path | None:
    """The configured file of that name: organisations, postcodes, deprivation, ..."""
    if name == "unit_costs":
        return run.economy.unit_costs
    if name == "population":
        return run.economy.population_file
    return run.economy.reference.get(name)


def version_of(run: EconomyRun, name: str) -> str:
    """What a reference file is known by: its digest, or that of our own table."""
    path = reference_path(run, name)
    if path is None:
        return DEFAULT_RATE_VERSION if name == "unit_costs" else "none"
    names = run.economy.reference_names.get(name)
    return digest_file(path)[:16] + (f" as {', '.join(names)}" if names else "")


def _read(run: EconomyRun, name: str) -> pl.LazyFrame | None:
    path = reference_path(run, name)
    if path is None:
        return None
    return read_reference(path, REFERENCE_FILES[name], run.economy.reference_names.get(name, ()))


def postcodes(run: EconomyRun) -> pl.LazyFrame | None:
    """postcode, lsoa_code, area_code (MSOA) of the postcode file."""
    return _read(run, "postcodes")


def deprivation(run: EconomyRun) -> pl.LazyFrame | None:
    """lsoa_code and imd_decile of the deprivation file."""
    return _read(run, "deprivation")


def population(run: EconomyRun) -> pl.LazyFrame | None:
    """Residents of areas by age band and sex, of the population file."""
    return _read(run, "population")


def latest_dates(run: EconomyRun) -> dict[str, dt.date]:
    """The newest date, up to the end of the period, in each file that is published anew.

    Only national files tell their age so: one of a few rows may rightly hold none that is new.
    """
    found = {}
    for name in (n for n, kind in REFERENCE_FILES.items() if kind.refreshed_days):
        frame = _read(run, name)
        if frame is None:
            continue
        dates = frame.select(pl.concat([pl.col("valid_from"), pl.col("valid_to")])).collect()
        known = dates.to_series().drop_nulls()
        newest = known.filter(known <= run.economy.period_end).max()
        if len(dates) >= 2 * _LEAST_OF_A_NATION and isinstance(newest, dt.date):
            found[name] = newest
    return found


def unit_costs(run: EconomyRun) -> pl.LazyFrame | None:
    """The local unit costs, which replace ours. Raises ConfigurationError for a unit we do not
    know: a price that never applies would go unseen."""
    rates = _read(run, "unit_costs")
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
    own = [asdict(organisation) for organisation in economy.organisations]

    def build() -> Tables:
        return {
            "organisation": organisation(own, _read(run, "organisations")),
            "area": area(_read(run, "areas")),
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


ASSETS = [reference_assets]
