"""What a record says of the person besides identity: the subgroups in which linkage is judged."""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Contract

_AGES = [18, 65, 85]
_BANDS = ["0-17", "18-64", "65-84", "85+"]
_LIVES_THERE = ("care_home", "care_home_existing")  # classes of codes; care_home_new is a plan
_RESIDENCY = "care_home"  # family of events


def record_attributes(core: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """In which subgroups each record's person is, as far as the record itself says.

    In:  core tables by contract. Out: record_key, ethnic_group (five groups), age_band, sex,
    deprivation_quintile, no_fixed_abode (yes or no), care_home (yes), all text, null where the
    record does not say; in no particular order.
    """
    frames = [_of(all_contracts()[name], frame) for name, frame in sorted(core.items())]
    return pl.concat(frames) if frames else pl.LazyFrame(schema=_SCHEMA)


def _of(contract: Contract, frame: pl.LazyFrame) -> pl.LazyFrame:
    homeless = pl.col("is_no_fixed_abode")
    quintile = ((pl.col("imd_decile") + 1) // 2).cast(pl.String)
    return frame.select(
        "record_key",
        class_in_role(contract, "ethnic_category").alias("ethnic_group"),
        _band().alias("age_band"),
        class_in_role(contract, "person_stated_gender_code").alias("sex"),
        quintile.alias("deprivation_quintile"),
        pl.when(homeless)
        .then(pl.lit("yes"))
        .when(~homeless)
        .then(pl.lit("no"))
        .alias("no_fixed_abode"),
        pl.when(_in_care_home(contract)).then(pl.lit("yes")).alias("care_home"),
    )


def _band() -> pl.Expr:
    age = pl.col("age_at_event")
    band = pl.lit(_BANDS[-1])
    for limit, name in reversed(list(zip(_AGES, _BANDS[:-1], strict=True))):
        band = pl.when(age < limit).then(pl.lit(name)).otherwise(band)
    return pl.when(age.is_not_null()).then(band)


def class_in_role(contract: Contract, role: str) -> pl.Expr:
    field = contract.in_role(role)
    if field is None or field.codes is None:
        return pl.lit(None, pl.String)
    classes = code_lists()[field.codes].classes()
    return pl.col(field.name).replace_strict(classes, default=None, return_dtype=pl.String)


def _in_care_home(contract: Contract) -> pl.Expr:
    """Whether a record is of a care-home stay, or a code says that the person lives in one."""
    if contract.family == _RESIDENCY:
        return pl.lit(True)
    said = [pl.lit(False)]
    for field in contract.fields:
        if field.codes is None or field.treatment != "keep":
            continue
        classes = code_lists()[field.codes].classes()
        codes = sorted(code for code, group in classes.items() if group in _LIVES_THERE)
        if codes:
            said.append(pl.col(field.name).is_in(codes).fill_null(False))
    return pl.any_horizontal(said)


_SCHEMA = pl.Schema(
    dict.fromkeys(
        (
            "record_key",
            "ethnic_group",
            "age_band",
            "sex",
            "deprivation_quintile",
            "no_fixed_abode",
            "care_home",
        ),
        pl.String,
    )
)
