"""Text becomes typed values. What cannot be read becomes null, and the caller compares."""

from collections.abc import Callable
from functools import partial

import polars as pl

from flow_pipeline.calendar import LOCAL_TIME_ZONE
from flow_pipeline.contracts.language import FieldType
from flow_pipeline.ingest.formats import holds_date, holds_time
from flow_pipeline.ingest.iso_days import iso_days
from flow_pipeline.tables.core import FIELD_COLUMN_TYPES
from flow_pipeline.tables.language import POLARS_TYPES

_ISO = (
    r"^(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?"
    r" ?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?$"
)
_ISO_TIME = r"^(\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?Z?$"
_SELDOM = 8  # rows of a value; where values come less often, to number them gains nothing
_TRUE = ("true", "t", "yes", "y", "1")
_FALSE = ("false", "f", "no", "n", "0")


def polars_type(type_: FieldType) -> pl.DataType:
    """The Polars type of a contract field's type."""
    return POLARS_TYPES[FIELD_COLUMN_TYPES[type_]]


def typed(values: pl.Series, type_: FieldType, shape: str | None) -> pl.Series:
    """A column of text as the type of its field; null where the text cannot be read as one.

    ``shape`` is a configured format of dates and times; without one, ISO 8601 is read: a date, or
    a date and time parted by T or a blank, seconds optional. A date field given a date and time
    takes the date, a time field the time. A time zone (Z, +01:00) is turned into Europe/London
    wall-clock time. Times come out as text HH:MM:SS.
    """
    if type_ in ("text", "code"):
        return values
    if type_ == "integer":
        return _integers(values)
    if type_ == "decimal":
        return _decimals(values)
    if type_ == "boolean":
        return _booleans(values)
    if type_ == "datetime":
        return _moments(values, shape)
    if type_ == "date":
        return _dates(values, shape)
    return _of_distinct(values, partial(_times, shape=shape))


def _of_distinct(values: pl.Series, read: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """``read`` of a column, once for each distinct text where there are few: days and times."""
    numbered = values.cast(pl.Categorical(pl.Categories.random()))
    distinct = numbered.unique().drop_nulls()
    numbers = distinct.to_physical()
    is_without_gap = len(distinct) > 0 and numbers.max() == len(distinct) - 1
    if not is_without_gap or len(distinct) * _SELDOM > len(values):
        return read(values)
    made = read(distinct.cast(pl.String)).gather(numbers.arg_sort())
    return made.gather(numbered.to_physical()).alias(values.name)


def _dates(values: pl.Series, shape: str | None) -> pl.Series:
    if shape is None:
        return _iso_dates(values)
    return _of_distinct(values, partial(_moments, shape=shape)).dt.date()


def _iso_dates(values: pl.Series) -> pl.Series:
    """Days in one go, the rest, with a time behind them, by regular expression."""
    days = iso_days(values)
    rest = values.is_not_null() & days.is_null()
    if not rest.any():
        return days
    places = rest.arg_true()
    others = _of_distinct(values.gather(places), _iso_by_parts)
    return days.scatter(places, others.dt.date())


def _moments(values: pl.Series, shape: str | None) -> pl.Series:
    if shape is not None:
        if holds_time(shape) and holds_date(shape):
            return values.str.to_datetime(shape, time_unit="us", strict=False)
        return values.str.to_date(shape, strict=False).cast(pl.Datetime("us"))
    return _iso_moments(values)


def _iso_moments(values: pl.Series) -> pl.Series:
    """The common writing in one go, the rest by regular expression."""
    sign = "T" if values.head(1000).str.contains("T", literal=True).any() else " "
    common = f"%Y-%m-%d{sign}%H:%M:%S"
    moments = values.str.to_datetime(common, time_unit="us", strict=False)
    moments = _masked(moments, values.str.len_bytes() == 19)
    rest = values.is_not_null() & moments.is_null()
    if not rest.any():
        return moments
    places = rest.arg_true()
    return moments.scatter(places, _iso_by_parts(values.gather(places)))


def _iso_by_parts(values: pl.Series) -> pl.Series:
    parts = values.str.extract_groups(_ISO).struct.unnest()
    frame = parts.lazy().with_columns(
        moment=(pl.col("day") + "T" + pl.col("time").fill_null("00:00").str.pad_end(8, " "))
        .str.replace("   ", ":00", literal=True)
        .str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
    )
    zone = pl.col("zone").str.replace(":", "", literal=True).str.replace("Z", "+0000")
    minutes = zone.str.slice(1, 2).cast(pl.Int64) * 60 + zone.str.slice(3, 2).cast(pl.Int64)
    ahead = pl.when(zone.str.starts_with("-")).then(-minutes).otherwise(minutes)
    local = (
        (pl.col("moment") - pl.duration(minutes=ahead))
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone(LOCAL_TIME_ZONE)
        .dt.replace_time_zone(None)
    )
    moment = pl.when(zone.is_null()).then("moment").otherwise(local)
    return frame.select(moment.alias("moment")).collect()["moment"]


def _times(values: pl.Series, shape: str | None) -> pl.Series:
    if shape is not None and holds_date(shape):
        times = values.str.to_datetime(shape, time_unit="us", strict=False).dt.time()
    elif shape is not None:
        times = values.str.to_time(shape, strict=False)
    else:
        times = _iso_times(values)
    return times.dt.to_string("%H:%M:%S")


def _iso_times(values: pl.Series) -> pl.Series:
    bare = values.str.extract(_ISO_TIME)
    full = pl.when(pl.col("t").str.len_bytes() == 5).then(pl.col("t") + ":00").otherwise("t")
    times = (
        bare.alias("t").to_frame().select(full.str.to_time("%H:%M:%S", strict=False)).to_series()
    )
    rest = values.is_not_null() & times.is_null()
    if not rest.any():
        return times
    places = rest.arg_true()
    moments = _iso_by_parts(values.gather(places))
    with_time = values.gather(places).str.len_bytes() > 10
    return times.scatter(places, _masked(moments.dt.time(), with_time))


def _integers(values: pl.Series) -> pl.Series:
    whole = values.cast(pl.Int64, strict=False)
    rest = values.is_not_null() & whole.is_null()
    if not rest.any():
        return whole
    places = rest.arg_true()
    numbers = _decimals(values.gather(places))
    exact = (numbers == numbers.round(0)) & (numbers.abs() < 2**53)
    return whole.scatter(places, _masked(numbers, exact).cast(pl.Int64, strict=False))


def _decimals(values: pl.Series) -> pl.Series:
    numbers = values.cast(pl.Float64, strict=False)
    return _masked(numbers, numbers.is_finite())


def _booleans(values: pl.Series) -> pl.Series:
    lower = values.str.to_lowercase()
    is_true = lower.is_in(_TRUE)
    return _masked(is_true, is_true | lower.is_in(_FALSE))


def _masked(values: pl.Series, mask: pl.Series) -> pl.Series:
    """``values`` where ``mask`` is true, null elsewhere."""
    if mask.fill_null(False).all():
        return values
    frame = pl.DataFrame({"value": values, "holds": mask.fill_null(False)})
    return frame.select(pl.when("holds").then("value")).to_series()
