"""Reference tables of Anyborough: organisations, postcodes, deprivation, areas, unit costs."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from flow_pipeline.synthetic import clock, costs, places
from flow_pipeline.synthetic.clock import Ints, Period
from flow_pipeline.synthetic.life import Life
from flow_pipeline.synthetic.places import Block

Counts = dict[tuple[str, str], int]


def write_reference(out: Path, blocks: list[Block], period: Period, counts: Counts) -> None:
    folder = out / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    places.organisations(blocks, period).write_csv(folder / "organisations.csv")
    pl.concat([_postcodes(block) for block in blocks]).write_csv(folder / "postcodes.csv")
    pl.concat([_deprivation(block) for block in blocks]).write_csv(folder / "deprivation.csv")
    _areas(blocks, counts).write_csv(folder / "areas.csv")
    costs.unit_costs().write_csv(folder / "unit_costs.csv")


def _lsoas(block: Block) -> Ints:
    return np.arange(block.first_lsoa, block.first_lsoa + block.n_lsoa)


def _postcodes(block: Block) -> pl.DataFrame:
    lsoa = np.repeat(_lsoas(block), block.postcodes_per_lsoa)
    within = np.tile(np.arange(block.postcodes_per_lsoa), block.n_lsoa)
    numbers = places.postcode_number(block, lsoa, within)
    n = len(numbers)
    return pl.DataFrame(
        {
            "postcode": [places.postcode_text(k) for k in numbers.tolist()],
            "lsoa_code": places.lsoa_codes(lsoa),
            "msoa_code": places.msoa_codes(lsoa),
            "valid_from": pl.Series([date(1995, 1, 1)] * n),
            "valid_to": pl.Series([None] * n, dtype=pl.Date),
        }
    ).unique("postcode", maintain_order=True)


def _deprivation(block: Block) -> pl.DataFrame:
    return pl.DataFrame(
        {"lsoa_code": places.lsoa_codes(_lsoas(block)), "imd_decile": places.deprivation(block)}
    )


def count_residents(life: Life, period: Period, counts: Counts) -> None:
    """Adds a block's residents at the last 30 September to the population of its areas."""
    day = clock.day_of(date(clock.LAST_DAY.year - 1, 9, 30))
    folk = life.people
    here = np.flatnonzero(folk.present(np.arange(len(folk)), np.full(len(folk), day)))
    lsoa = folk.lsoa[here]
    for level, codes in (
        ("msoa", places.msoa_codes(lsoa)),
        ("locality", places.locality_codes(places.locality_of_lsoa(life.block, lsoa))),
        ("practice", places.practice_codes(folk.practice[here])),
    ):
        for code, n in zip(*np.unique(codes, return_counts=True), strict=True):
            counts[level, str(code)] = counts.get((level, str(code)), 0) + int(n)


def _areas(blocks: list[Block], counts: Counts) -> pl.DataFrame:
    total = sum(n for (level, _), n in counts.items() if level == "locality")
    rows: list[tuple[str, str, str, str | None, int]] = [
        ("ANY", "Anyborough", "economy", None, total),
        (places.COUNCIL, "Anyborough Council", "council", "ANY", total),
    ]
    for block in blocks:
        lsoas = _lsoas(block)
        localities = places.locality_of_lsoa(block, lsoas)
        for number in block.localities:
            code = places.locality_codes(np.array([number]))[0]
            rows.append(
                (
                    code,
                    f"Locality {number + 1}",
                    "locality",
                    places.COUNCIL,
                    counts.get(("locality", code), 0),
                )
            )
        parents = dict(
            zip(places.msoa_codes(lsoas), places.locality_codes(localities), strict=True)
        )
        for code, parent in sorted(parents.items()):
            rows.append(
                (code, f"Anyborough {code[-4:]}", "msoa", parent, counts.get(("msoa", code), 0))
            )
        for k in range(block.n_practice):
            code = places.practice_codes(np.array([block.first_practice + k]))[0]
            near = min(k * block.n_lsoa // block.n_practice, block.n_lsoa - 1)
            parent = places.locality_codes(localities[[near]])[0]
            rows.append(
                (code, f"Practice {code}", "practice", parent, counts.get(("practice", code), 0))
            )
    schema = {
        "area_code": pl.String,
        "name": pl.String,
        "area_level": pl.String,
        "parent_code": pl.String,
        "population": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").unique("area_code", maintain_order=True)
