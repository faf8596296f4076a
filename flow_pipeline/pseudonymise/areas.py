"""From postcode to small area and deprivation, before the postcode is dropped."""

import polars as pl

POSTCODE_COLUMNS = ("postcode", "area_code", "lsoa_code")
DEPRIVATION_COLUMNS = ("lsoa_code", "imd_decile")


def with_areas(
    rows: pl.LazyFrame, *, postcodes: pl.LazyFrame | None, deprivation: pl.LazyFrame | None
) -> pl.LazyFrame:
    """``rows`` with area_code (MSOA) and imd_decile (1 the most deprived), in the same order.

    ``rows`` has ``bare_postcode``. ``postcodes``: one row per postcode, in any spacing, with
    area_code and lsoa_code. ``deprivation``: one row per lsoa_code with imd_decile. Null where a
    lookup is not given or does not know the postcode. A postcode listed twice counts by its
    smallest area, so that rows are never doubled. Source: domain.md §6.1 "Release classes".
    """
    if postcodes is None:
        nothing = pl.lit(None, pl.String).alias("area_code")
        return rows.with_columns(nothing, pl.lit(None, pl.Int64).alias("imd_decile"))
    known = _lookup(_asked_for(rows, postcodes), deprivation)
    return rows.join(known, on="bare_postcode", how="left", maintain_order="left")


def _asked_for(rows: pl.LazyFrame, postcodes: pl.LazyFrame) -> pl.LazyFrame:
    """The part of a directory, which may be national, that the rows ask for."""
    bare = pl.col("postcode").str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    places = postcodes.select(bare.alias("bare_postcode"), "area_code", "lsoa_code")
    return places.join(rows.select("bare_postcode"), on="bare_postcode", how="semi")


def _lookup(places: pl.LazyFrame, deprivation: pl.LazyFrame | None) -> pl.LazyFrame:
    if deprivation is None:
        decile = places.with_columns(pl.lit(None, pl.Int64).alias("imd_decile"))
    else:
        deciles = deprivation.group_by("lsoa_code").agg(pl.col("imd_decile").cast(pl.Int64).min())
        decile = places.join(deciles, on="lsoa_code", how="left")
    by_area = decile.sort("area_code", "lsoa_code", nulls_last=True)
    return by_area.group_by("bare_postcode", maintain_order=True).agg(
        pl.col("area_code", "imd_decile").first()
    )
