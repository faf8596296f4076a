"""From postcode to small area and deprivation, before the postcode is dropped."""

import polars as pl

from flow_pipeline.pseudonymise import attributes

POSTCODE_COLUMNS = ("postcode", "area_code", "lsoa_code")
DEPRIVATION_COLUMNS = ("lsoa_code", "imd_decile")


def places(postcodes: pl.LazyFrame | None, deprivation: pl.LazyFrame | None) -> pl.DataFrame | None:
    """Area and deprivation of every postcode of the directory, made once for many rows.

    In:  ``postcodes``: one row per postcode, in any spacing, with area_code (MSOA) and lsoa_code.
         ``deprivation``: one row per lsoa_code with imd_decile.
    Out: bare_postcode (unique), area_code, imd_decile (1 the most deprived), is_listed (true);
         None without a directory. A postcode listed twice counts by its smallest area.
    """
    if postcodes is None:
        return None
    bare = pl.col("postcode").str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    listed = postcodes.select(bare.alias("bare_postcode"), "area_code", "lsoa_code")
    if deprivation is None:
        decile = listed.with_columns(pl.lit(None, pl.Int64).alias("imd_decile"))
    else:
        deciles = deprivation.group_by("lsoa_code").agg(pl.col("imd_decile").cast(pl.Int64).min())
        decile = listed.join(deciles, on="lsoa_code", how="left")
    by_area = decile.sort("area_code", "lsoa_code", nulls_last=True)
    return (
        by_area.group_by("bare_postcode", maintain_order=True)
        .agg(pl.col("area_code", "imd_decile").first(), pl.lit(True).alias("is_listed"))
        .collect()
    )


def with_areas(rows: pl.DataFrame, known: pl.DataFrame | None) -> pl.DataFrame:
    """``rows``, which have ``bare_postcode``, with area_code, imd_decile and is_postcode_unknown,
    in the same order.

    Areas are null where there is no directory or it does not know the postcode, which is unknown
    then unless it is a pseudo-code. Source: domain.md §6.1 "Release classes", §5 V07.
    """
    if known is None:
        nothing = pl.lit(None, pl.String).alias("area_code")
        none = pl.lit(None, pl.Int64).alias("imd_decile")
        return rows.with_columns(nothing, none, pl.lit(False).alias("is_postcode_unknown"))
    distinct = rows.select("bare_postcode").unique().drop_nulls()
    own = distinct.join(known, on="bare_postcode", how="left").select(
        "bare_postcode",
        "area_code",
        "imd_decile",
        (pl.col("is_listed").is_null() & ~attributes.is_pseudo_postcode()).alias(
            "is_postcode_unknown"
        ),
    )
    placed = rows.join(own, on="bare_postcode", how="left", maintain_order="left")
    return placed.with_columns(pl.col("is_postcode_unknown").fill_null(False))
