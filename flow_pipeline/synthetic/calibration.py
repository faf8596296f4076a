"""What the generator gives beside what is published: measured from the truth tables alone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

Truth = dict[str, pl.DataFrame]
EMERGENCY = ("21", "22", "23", "24", "25", "28", "2A", "2B", "2D")
MAPPED = ("inpatient", "emergency", "outpatient")
TABLES = ("person", "spell", "continuous_spell", "event", "delay", "attendance", "appointment")
REPORT = "The challenge and potential of whole system flow (2016)"
NHSE = "NHS England"


@dataclass(frozen=True)
class Target:
    """A published level, the range that a test holds the generator to, and how it is measured."""

    name: str
    target: str
    source: str
    low: float
    high: float
    measure: Callable[[Truth], float]
    unit: str = "share"


def read_truth(folder: Path) -> Truth:
    return {name: pl.read_parquet(folder / f"{name}.parquet") for name in TABLES}


def measure_all(truth: Truth) -> dict[str, float]:
    """Every target's value for one generated economy."""
    return {target.name: target.measure(truth) for target in TARGETS}


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
        pl.when(nights > 0).then(_nights_in(first, last) / nights).otherwise(in_year.cast(pl.Float64))
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
        .join(bed_days.group_by("person_id").agg(pl.col("bed_days").sum()), on="person_id", how="left")
        .with_columns(pl.col("part").fill_null(0.0), pl.col("bed_days").fill_null(0))
        .sort(["part", "person_id"], descending=[True, False])
    )


def top_two_percent(truth: Truth, first: date, last: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Everybody, and the top 2 % by mapped cost."""
    everybody = mapped_cost(truth, first, last)
    return everybody, everybody.head(-(-everybody.height // 50))


def _over_years(measure: Callable[[Truth, date, date], float]) -> Callable[[Truth], float]:
    """The mean of a yearly measure."""

    def mean(truth: Truth) -> float:
        values = [measure(truth, first, last) for first, last in financial_years(truth)]
        return sum(values) / len(values)

    return mean


def _cost_share(truth: Truth, first: date, last: date) -> float:
    everybody, top = top_two_percent(truth, first, last)
    return float(top["part"].sum() / everybody["part"].sum())


def _bed_day_share(truth: Truth, first: date, last: date) -> float:
    everybody, top = top_two_percent(truth, first, last)
    return float(top["bed_days"].sum() / everybody["bed_days"].sum())


def _aged_75(truth: Truth, first: date, last: date) -> float:
    _, top = top_two_percent(truth, first, last)
    return float((top["age"] >= 75).mean() or 0.0)


def _persistence(truth: Truth) -> float:
    """Share of the top 2 % who are in it the next year too; nan for a single year."""
    tops = [set(top_two_percent(truth, a, b)[1]["person_id"]) for a, b in financial_years(truth)]
    pairs = list(zip(tops[:-1], tops[1:], strict=True))
    return sum(len(a & b) / len(a) for a, b in pairs) / len(pairs) if pairs else float("nan")


def _waited(minutes: int, *, major_only: bool = False) -> Callable[[Truth], float]:
    def share(truth: Truth) -> float:
        visits = truth["attendance"]
        if major_only:
            visits = visits.filter(pl.col("department") == 1)
        return float((visits["minutes"] > minutes).mean() or 0.0)

    return share


def _within_four_hours(truth: Truth) -> float:
    return 1.0 - _waited(240)(truth)


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
            ((pl.col("admitted_at").dt.date() - pl.col("birth_date")).dt.total_days() / 365.25).alias("age"),
        )
    )


def _length_of_stay(least_age: int) -> Callable[[Truth], float]:
    def mean(truth: Truth) -> float:
        spells = _finished_emergencies(truth).filter(pl.col("age") >= least_age)
        return float(spells["nights"].mean() or 0.0)  # type: ignore[arg-type]

    return mean


def _many_moves(truth: Truth) -> float:
    spells = _finished_emergencies(truth).filter(pl.col("nights") >= 2)
    return float((spells["n_ward_moves"] > 3).mean() or 0.0)


def _did_not_attend(kind: str) -> Callable[[Truth], float]:
    def share(truth: Truth) -> float:
        rows = truth["appointment"].filter(pl.col("kind") == kind)
        return float(rows["did_not_attend"].mean() or 0.0)  # type: ignore[arg-type]

    return share


def home_support_waits(truth: Truth) -> pl.DataFrame:
    """Days from ready to home support, people with an existing package left out."""
    return truth["delay"].filter(
        (pl.col("measure") == "ready_to_home_support") & ~pl.col("existing_package")
    )


def _home_support(*, at_site: bool, after: bool) -> Callable[[Truth], float]:
    def mean(truth: Truth) -> float:
        years = financial_years(truth)
        half = years[0][0] + (years[-1][1] - years[0][0]) / 2
        waits = home_support_waits(truth)
        is_site = pl.col("site_code") == "RXA01"
        is_after = pl.col("start_date") > half
        chosen = waits.filter((is_site if at_site else ~is_site) & (is_after if after else ~is_after))
        return float(chosen["days"].mean() or 0.0)  # type: ignore[arg-type]

    return mean


def _readmission(truth: Truth) -> float:
    """Emergency continuous spell 0–29 days after the discharge of a finished ordinary one."""
    finished = truth["spell"].filter(pl.col("patient_classification") == "1")
    alive = finished.group_by("continuous_spell_key").agg(pl.col("died").any())
    spells = (
        truth["continuous_spell"].join(alive, on="continuous_spell_key")
        .sort("person_id", "admitted_at")
        .with_columns(
            pl.col("admitted_at").shift(-1).over("person_id").alias("next_at"),
            pl.col("admission_method").shift(-1).over("person_id").alias("next_method"),
        )
    )  # fmt: skip
    last = truth["event"]["start_at"].max()
    assert isinstance(last, datetime)
    index = spells.filter(
        ~pl.col("died") & (pl.col("discharged_at") < last - timedelta(days=30))
        & ~pl.col("admission_method").is_in(["31", "32", "82", "83"])
    )  # fmt: skip
    gap = (pl.col("next_at").dt.date() - pl.col("discharged_at").dt.date()).dt.total_days()
    again = (gap < 30) & pl.col("next_method").is_in(list(EMERGENCY))
    return float(index.select(again.fill_null(value=False)).to_series().mean() or 0.0)  # type: ignore[arg-type]


def _late_arrivals(truth: Truth) -> float:
    frail = truth["attendance"].filter("frail")
    hour = frail["arrival_at"].dt.hour()
    return float(((hour >= 18) | (hour < 8)).mean() or 0.0)


def _per_head(family: str, methods: Iterable[str] = ()) -> Callable[[Truth], float]:
    def rate(truth: Truth) -> float:
        years = financial_years(truth)
        people = sum(residents(truth, a, b).height for a, b in years)
        if methods:
            chosen = pl.col("admission_method").is_in(list(methods))
            began = pl.col("admitted_at").dt.date() >= years[0][0]
            return truth["spell"].filter(chosen & began).height / people
        return truth["event"].filter(pl.col("event_family") == family).height / people

    return rate


def _deaths(truth: Truth) -> float:
    years = financial_years(truth)
    people = sum(residents(truth, a, b).height for a, b in years)
    return 1000 * truth["person"]["death_date"].drop_nulls().len() / people


def _aged_over(age: int) -> Callable[[Truth], float]:
    def share(truth: Truth) -> float:
        people = residents(truth, *financial_years(truth)[0])
        return float((people["age"] >= age).mean() or 0.0)

    return share


TARGETS: tuple[Target, ...] = (
    Target("Top 2 % of people: share of mapped cost", "about half", f"{REPORT}, App. 2",
           0.44, 0.58, _over_years(_cost_share)),
    Target("Top 2 %: share of unplanned bed days", "about three quarters", f"{REPORT}, App. 2",
           0.66, 0.84, _over_years(_bed_day_share)),
    Target("Top 2 %: aged 75 or over", "about 40 %", f"{REPORT}, App. 2",
           0.32, 0.48, _over_years(_aged_75)),
    Target("Top 2 %: in it again next year", "24 %", f"{REPORT}, App. 2", 0.15, 0.32, _persistence),
    Target("Emergency department: left within 4 hours, all types", "73–76 %",
           f"{NHSE}, A&E attendances 2024/25", 0.70, 0.79, _within_four_hours),
    Target("Major departments: over 8 hours", "15–22 %", f"{NHSE}, ECDS 2024/25, approximate",
           0.13, 0.24, _waited(480, major_only=True)),
    Target("Major departments: over 12 hours", "about 10 %", f"{NHSE}, ECDS 2024/25",
           0.06, 0.13, _waited(720, major_only=True)),
    Target("Nights in unplanned acute spells, mean", "7.7 before improvement, 6.2 after",
           f"{REPORT}, case study", 5.8, 8.0, _length_of_stay(0), "nights"),
    Target("The same, aged 75 or over", "12.6 before improvement, 9.5 after",
           f"{REPORT}, case study", 8.8, 12.8, _length_of_stay(75), "nights"),
    Target("More than three ward moves, unplanned spells of 2 nights or more", "14 % before, 2 % after",
           f"{REPORT}, case study 1", 0.09, 0.18, _many_moves),
    Target("Outpatients: did not attend", "6.4–7 %", f"{NHSE}, Hospital Outpatient Activity",
           0.055, 0.078, _did_not_attend("outpatient")),
    Target("General practice: did not attend", "4–5 %", f"{NHSE}, Appointments in General Practice",
           0.035, 0.058, _did_not_attend("gp_appointment")),
    Target("Community contacts: did not attend", "4–6 %", "Community Services Data Set, approximate",
           0.025, 0.065, _did_not_attend("community_contact")),
    Target("Ready to home support, intervention site before", "5.5 days",
           f"{REPORT}, Sheffield", 4.2, 6.8, _home_support(at_site=True, after=False), "days"),
    Target("Ready to home support, intervention site after", "1.2 days",
           f"{REPORT}, Sheffield", 0.8, 1.7, _home_support(at_site=True, after=True), "days"),
    Target("Ready to home support, other sites after", "no change", "design of the intervention",
           4.2, 6.8, _home_support(at_site=False, after=True), "days"),
    Target("Emergency readmission within 30 days", "about 14–15 %",
           f"{NHSE}, I02040 Emergency readmissions", 0.11, 0.18, _readmission),
    Target("Frail older people: arrive from 18:00 to 08:00", "two thirds after 18:00",
           f"{REPORT}, case study", 0.55, 0.72, _late_arrivals),
    Target("Emergency admissions per resident and year", "0.10–0.12",
           f"{NHSE}, Hospital Episode Statistics", 0.085, 0.135, _per_head("", EMERGENCY), "rate"),
    Target("Emergency department attendances per resident and year", "0.40–0.47",
           f"{NHSE}, A&E attendances", 0.36, 0.50, _per_head("emergency"), "rate"),
    Target("Practice appointments per resident and year", "5.5–6.2",
           f"{NHSE}, Appointments in General Practice", 4.7, 6.4, _per_head("gp_appointment"), "rate"),
    Target("Deaths per 1,000 residents and year", "9–10.5", "ONS, deaths registered", 7.5, 11.5, _deaths, "rate"),
    Target("Residents aged 75 or over", "9–10 %", "ONS, mid-year estimates", 0.08, 0.11, _aged_over(75)),
)  # fmt: skip


def table(values: dict[int, dict[str, float]]) -> str:
    """A Markdown table of targets, sources and what each seed gave."""
    seeds = sorted(values)
    lines = [
        "| What | Published | Source | " + " | ".join(f"seed {s}" for s in seeds) + " | held to |",
        "|---|---|---|" + "---|" * (len(seeds) + 1),
    ]
    for target in TARGETS:
        cells = [_shown(values[s][target.name], target.unit) for s in seeds]
        held = f"{_shown(target.low, target.unit)} to {_shown(target.high, target.unit)}"
        lines.append(f"| {target.name} | {target.target} | {target.source} | {' | '.join(cells)} | {held} |")
    return "\n".join(lines)


def _shown(value: float, unit: str) -> str:
    return f"{100 * value:.1f} %" if unit == "share" else f"{value:.2f}"
