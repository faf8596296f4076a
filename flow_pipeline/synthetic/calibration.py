"""Measures of a generated economy, computed from its truth tables alone."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl

Truth = dict[str, pl.DataFrame]
EMERGENCY = ("21", "22", "23", "24", "25", "28", "2A", "2B", "2D")
MAPPED = ("inpatient", "emergency", "outpatient")
TABLES = ("person", "spell", "continuous_spell", "event", "delay", "attendance", "appointment")


def _number(value: object) -> float:
    """A sum or mean as a number; nothing to count is 0."""
    return float(value) if isinstance(value, int | float) else 0.0


def read_truth(folder: Path) -> Truth:
    return {name: pl.read_parquet(folder / f"{name}.parquet") for name in TABLES}


def financial_years(truth: Truth) -> list[tuple[date, date]]:
    """First and last day of each financial year in which anything happened."""
    starts = truth["event"].filter(pl.col("event_family") == "gp_appointment")["start_at"]
    first, last = starts.min(), starts.max()
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    return [
        (date(year, 4, 1), date(year + 1, 3, 31))
        for year in range(first.year, last.year + 1)
        if date(year, 4, 1) <= last.date()
    ]


def residents(truth: Truth, first: date, last: date) -> pl.DataFrame:
    """People who lived here on at least one day of the year, with age at 30 September."""
    never = date(9999, 1, 1)
    here = (
        (pl.col("birth_date") <= last)
        & (pl.col("death_date").fill_null(never) >= first)
        & (pl.col("moved_in").fill_null(date(1800, 1, 1)) <= last)
        & (pl.col("moved_out").fill_null(never) > first)
    )
    mid = date(first.year, 9, 30)
    age = ((pl.lit(mid) - pl.col("birth_date")).dt.total_days() / 365.25).floor()
    return truth["person"].filter(here).select("person_id", age.alias("age"), "death_date")


def _nights_in(first: date, last: date) -> pl.Expr:
    start = pl.max_horizontal(pl.col("start_at").dt.date(), pl.lit(first))
    end = pl.min_horizontal(pl.col("end_at").dt.date(), pl.lit(last + timedelta(days=1)))
    return (end - start).dt.total_days().clip(lower_bound=0)


def mapped_cost(truth: Truth, first: date, last: date) -> pl.DataFrame:
    """Mapped cost and unplanned bed days per resident; stays are split over years by bed days."""
    event = truth["event"].filter(pl.col("event_family").is_in(list(MAPPED)))
    nights = (pl.col("end_at").dt.date() - pl.col("start_at").dt.date()).dt.total_days()
    in_year = pl.col("start_at").dt.date().is_between(first, last)
    share = (
        pl.when(nights > 0)
        .then(_nights_in(first, last) / nights)
        .otherwise(in_year.cast(pl.Float64))
    )
    cost = event.with_columns((pl.col("cost") * share).alias("part"))
    unplanned = truth["spell"].filter(pl.col("admission_method").is_in(list(EMERGENCY)))
    days = unplanned.rename({"admitted_at": "start_at", "discharged_at": "end_at"}).with_columns(
        pl.col("end_at").fill_null(datetime(last.year, 4, 1))
    )
    bed_days = days.with_columns(_nights_in(first, last).alias("bed_days"))
    return (
        residents(truth, first, last)
        .join(cost.group_by("person_id").agg(pl.col("part").sum()), on="person_id", how="left")
        .join(
            bed_days.group_by("person_id").agg(pl.col("bed_days").sum()), on="person_id", how="left"
        )
        .with_columns(pl.col("part").fill_null(0.0), pl.col("bed_days").fill_null(0))
        .sort(["part", "person_id"], descending=[True, False])
    )


def top_two_percent(truth: Truth, first: date, last: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Everybody, and the top 2 % by mapped cost."""
    everybody = mapped_cost(truth, first, last)
    return everybody, everybody.head(-(-everybody.height // 50))


def over_years(measure: Callable[[Truth, date, date], float]) -> Callable[[Truth], float]:
    """The mean of a yearly measure."""

    def mean(truth: Truth) -> float:
        values = [measure(truth, first, last) for first, last in financial_years(truth)]
        return sum(values) / len(values)

    return mean


def cost_share(truth: Truth, first: date, last: date) -> float:
    everybody, top = top_two_percent(truth, first, last)
    return _number(top["part"].sum()) / _number(everybody["part"].sum())


def bed_day_share(truth: Truth, first: date, last: date) -> float:
    everybody, top = top_two_percent(truth, first, last)
    return _number(top["bed_days"].sum()) / _number(everybody["bed_days"].sum())


def aged_75(truth: Truth, first: date, last: date) -> float:
    _, top = top_two_percent(truth, first, last)
    return _number((top["age"] >= 75).mean())


def persistence(truth: Truth) -> float:
    """Share of the top 2 % who are in it the next year too; nan for a single year."""
    tops = [set(top_two_percent(truth, a, b)[1]["person_id"]) for a, b in financial_years(truth)]
    pairs = list(pairwise(tops))
    return sum(len(a & b) / len(a) for a, b in pairs) / len(pairs) if pairs else float("nan")


def waited(minutes: int, *, major_only: bool = False) -> Callable[[Truth], float]:
    def share(truth: Truth) -> float:
        visits = truth["attendance"]
        if major_only:
            visits = visits.filter(pl.col("department") == 1)
        return _number((visits["minutes"] > minutes).mean())

    return share


def within_four_hours(truth: Truth) -> float:
    return 1.0 - waited(240)(truth)


def _finished_emergencies(truth: Truth) -> pl.DataFrame:
    """Finished unplanned acute spells with nights and age."""
    born = truth["person"].select("person_id", "birth_date")
    nights = (pl.col("discharged_at").dt.date() - pl.col("admitted_at").dt.date()).dt.total_days()
    acute = pl.col("organisation_code").is_in(["RXA", "RXB"])
    emergency = pl.col("admission_method").is_in(list(EMERGENCY))
    return (
        truth["spell"]
        .filter(emergency & acute & pl.col("discharged_at").is_not_null())
        .join(born, on="person_id")
        .with_columns(
            nights.alias("nights"),
            (
                (pl.col("admitted_at").dt.date() - pl.col("birth_date")).dt.total_days() / 365.25
            ).alias("age"),
        )
    )


def length_of_stay(least_age: int) -> Callable[[Truth], float]:
    def mean(truth: Truth) -> float:
        spells = _finished_emergencies(truth).filter(pl.col("age") >= least_age)
        return _number(spells["nights"].mean())

    return mean


def many_moves(truth: Truth) -> float:
    spells = _finished_emergencies(truth).filter(pl.col("nights") >= 2)
    return _number((spells["n_ward_moves"] > 3).mean())


def did_not_attend(kind: str) -> Callable[[Truth], float]:
    def share(truth: Truth) -> float:
        rows = truth["appointment"].filter(pl.col("kind") == kind)
        return _number(rows["did_not_attend"].mean())

    return share


def home_support_waits(truth: Truth) -> pl.DataFrame:
    """Days from ready to home support, people with an existing package left out."""
    return truth["delay"].filter(
        (pl.col("measure") == "ready_to_home_support") & ~pl.col("existing_package")
    )


def home_support(*, at_site: bool, after: bool) -> Callable[[Truth], float]:
    def mean(truth: Truth) -> float:
        years = financial_years(truth)
        half = years[0][0] + (years[-1][1] - years[0][0]) / 2
        waits = home_support_waits(truth)
        is_site = pl.col("site_code") == "RXA01"
        is_after = pl.col("start_date") > half
        chosen = waits.filter(
            (is_site if at_site else ~is_site) & (is_after if after else ~is_after)
        )
        return _number(chosen["days"].mean())

    return mean


def readmission(truth: Truth) -> float:
    """Emergency continuous spell 0–29 days after the discharge of a finished ordinary one."""
    finished = truth["spell"].filter(pl.col("patient_classification") == "1")
    alive = finished.group_by("continuous_spell_key").agg(pl.col("died").any())
    spells = (
        truth["continuous_spell"]
        .join(alive, on="continuous_spell_key")
        .sort("person_id", "admitted_at")
        .with_columns(
            pl.col("admitted_at").shift(-1).over("person_id").alias("next_at"),
            pl.col("admission_method").shift(-1).over("person_id").alias("next_method"),
        )
    )
    last = truth["event"]["start_at"].max()
    assert isinstance(last, datetime)
    index = spells.filter(
        ~pl.col("died")
        & (pl.col("discharged_at") < last - timedelta(days=30))
        & ~pl.col("admission_method").is_in(["31", "32", "82", "83"])
    )
    gap = (pl.col("next_at").dt.date() - pl.col("discharged_at").dt.date()).dt.total_days()
    again = (gap < 30) & pl.col("next_method").is_in(list(EMERGENCY))
    return _number(index.select(again.fill_null(value=False)).to_series().mean())


def late_arrivals(truth: Truth) -> float:
    frail = truth["attendance"].filter("frail")
    hour = frail["arrival_at"].dt.hour()
    return _number(((hour >= 18) | (hour < 8)).mean())


def per_head(family: str, methods: Iterable[str] = ()) -> Callable[[Truth], float]:
    def rate(truth: Truth) -> float:
        years = financial_years(truth)
        people = sum(residents(truth, a, b).height for a, b in years)
        if methods:
            chosen = pl.col("admission_method").is_in(list(methods))
            began = pl.col("admitted_at").dt.date() >= years[0][0]
            return truth["spell"].filter(chosen & began).height / people
        return truth["event"].filter(pl.col("event_family") == family).height / people

    return rate


def deaths(truth: Truth) -> float:
    years = financial_years(truth)
    people = sum(residents(truth, a, b).height for a, b in years)
    return 1000 * truth["person"]["death_date"].drop_nulls().len() / people


def aged_over(age: int) -> Callable[[Truth], float]:
    def share(truth: Truth) -> float:
        people = residents(truth, *financial_years(truth)[0])
        return _number((people["age"] >= age).mean())

    return share
