"""Areas: to which council, locality, practice and economy a resident belongs."""

import polars as pl

PARENT_LEVELS = ("council", "locality")
_STEP = ("area_code", "area_level", "parent_code")
_MAX_DEPTH = 4  # small area, locality, council, and one to spare


def ancestors(area: pl.LazyFrame) -> pl.LazyFrame:
    """The council and the locality of every area of the reference table.

    In: ``area`` (area_code, area_level, parent_code). Out: small_area, area_level, area_code: one
    row per area and level above it (or its own level); nothing for a level that the reference
    does not give. The nearest area of a level wins, should a chain hold two.
    """
    step = area.select(_STEP)
    found = [step.select(pl.col("area_code").alias("small_area"), pl.lit(0).alias("depth"), *_STEP)]
    for depth in range(1, _MAX_DEPTH + 1):
        above = found[-1].select("small_area", pl.col("parent_code").alias("area_code"))
        level = above.join(step, on="area_code", how="inner")
        found.append(level.select("small_area", pl.lit(depth).alias("depth"), *_STEP))
    return (
        pl.concat(found)
        .filter(pl.col("area_level").is_in(PARENT_LEVELS))
        .sort("small_area", "area_level", "depth")
        .unique(["small_area", "area_level"], keep="first", maintain_order=True)
        .select("small_area", "area_level", "area_code")
    )


def membership(resident_year: pl.LazyFrame, area: pl.LazyFrame, economy: str) -> pl.LazyFrame:
    """Every area a resident belongs to in a year.

    In: ``resident_year`` and the reference table ``area``; ``economy`` is the code of the area
    that holds everybody. Out: person_id, financial_year, area_level, area_code: one row per
    person, year and level known for the person.
    """
    person = resident_year.select("person_id", "financial_year", "area_code", "gp_practice_code")
    columns = ["person_id", "financial_year", "area_level", "area_code"]
    everybody = person.select(
        "person_id",
        "financial_year",
        pl.lit("economy").alias("area_level"),
        pl.lit(economy).alias("area_code"),
    )
    practice = person.filter(pl.col("gp_practice_code").is_not_null()).select(
        "person_id",
        "financial_year",
        pl.lit("practice").alias("area_level"),
        pl.col("gp_practice_code").alias("area_code"),
    )
    parents = (
        person.rename({"area_code": "small_area"})
        .join(ancestors(area), on="small_area", how="inner")
        .select(columns)
    )
    return pl.concat([everybody, practice, parents])
