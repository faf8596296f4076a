"""Checks of events: months that are missing, too many at once, links between sources, costs."""

import polars as pl

from flow_pipeline.quality.results import Result, result

MOST_EVENTS = 1_000  # of a person in a year: nearly three a day
_AFTER_DEATH_DAYS = 7
_PLACE = ("organisation_code", "team_code")


def event_results(
    event: pl.LazyFrame,
    spell_draft: pl.LazyFrame,
    event_cost: pl.LazyFrame,
    person_year: pl.LazyFrame,
) -> list[Result]:
    """Every check of this module: C11, U03, X01, X02, K12, P11 and P13."""
    return [
        *missing_month_results(event),
        *near_duplicate_results(event),
        crowded_result(event),
        *link_results(event, spell_draft),
        *after_death_results(event),
        *cost_results(event_cost, event),
        *net_negative_results(person_year),
    ]


def missing_month_results(event: pl.LazyFrame) -> list[Result]:
    """C11: provider-months without an event, between a provider's first and last of a family.

    In: ``event`` or ``care_event``. Out: one result per family, in order; n_rows are the months
    expected, n_failed those without an event. Deaths and open-ended council events are counted by
    their start, as all are.
    """
    month = pl.col("start_at").dt.year() * 12 + pl.col("start_at").dt.month()
    providers = (
        event.filter(pl.col("event_family") != "death", pl.col("organisation_code").is_not_null())
        .group_by("event_family", "organisation_code")
        .agg(
            (month.max() - month.min() + 1).alias("expected"),
            month.n_unique().alias("received"),
        )
    )
    sums = providers.group_by("event_family").agg(pl.col("expected", "received").sum())
    return [
        result(
            "C11",
            "provider_months",
            family,
            n_rows=expected,
            n_failed=expected - received,
        )
        for family, expected, received in sums.sort("event_family").collect().iter_rows()
    ]


def near_duplicate_results(event: pl.LazyFrame) -> list[Result]:
    """U03: events of one person, type, provider, team and specialty that begin in one minute, by
    family; n_failed are those beyond the first. Days without a time are no minute."""
    alike = ("person_id", "event_type", *_PLACE, "specialty_code", "start_at")
    # by a number of 64 bits, a fraction of what these are
    of_minutes = event.filter(pl.col("start_precision") == "minute", pl.col("is_received")).select(
        "event_family", pl.struct(alike).hash().alias("number")
    )
    distinct = pl.col("number").n_unique()
    families = of_minutes.group_by("event_family").agg(
        pl.len().alias("rows"), (pl.len() - distinct).alias("again")
    )
    return [
        result("U03", "near_duplicates", family, n_rows=rows, n_failed=again)
        for family, rows, again in families.sort("event_family").collect().iter_rows()
    ]


def crowded_result(event: pl.LazyFrame) -> Result:
    """P13: persons and years with more events than a person can have."""
    year = pl.col("start_at").dt.year().alias("year")
    years = event.group_by("person_id", year).agg(pl.len().alias("n"))
    n_rows, crowded = years.select(pl.len(), (pl.col("n") > MOST_EVENTS).sum()).collect().row(0)
    return result("P13", "events_of_a_person", "event", n_rows=n_rows, n_failed=crowded)


def link_results(event: pl.LazyFrame, spell: pl.LazyFrame) -> list[Result]:
    """X01 and X02: admitted attendances with a hospital stay, stays by way of an attendance.

    In: ``event`` or ``care_event``, and ``spell`` (or ``spell_draft``). An attendance and an
    admission of one person belong together when the admission is from the day of the arrival (an
    hour allowed) to a day after the departure. No results where either source is absent.
    """
    attendances = event.filter(pl.col("event_family") == "emergency").select(
        "event_id",
        "person_id",
        pl.col("start_at").dt.offset_by("-1h").alias("from_at"),
        pl.coalesce("end_at", "start_at").dt.offset_by("1d").alias("until_at"),
        (pl.col("destination_class") == "admitted").fill_null(False).alias("is_admitted"),
    )
    stays = spell.select("spell_id", "person_id", "admitted_at", "admission_method")
    pairs = attendances.join(stays, on="person_id", how="inner").filter(
        pl.col("admitted_at").dt.date() >= pl.col("from_at").dt.date(),
        pl.col("admitted_at") <= pl.col("until_at"),
    )
    admitted = attendances.filter("is_admitted")
    through = stays.filter(pl.col("admission_method") == "21")
    counts = [
        attendances.select(pl.len()),
        stays.select(pl.len()),
        admitted.select(pl.len()),
        admitted.join(pairs, on="event_id", how="anti").select(pl.len()),
        through.select(pl.len()),
        through.join(pairs, on="spell_id", how="anti").select(pl.len()),
    ]
    n_attendances, n_stays, n_admitted, alone, n_through, without = (
        frame.item() for frame in pl.collect_all(counts)
    )
    if not (n_attendances and n_stays):
        return []
    return [
        result(
            "X01", "admitted_attendance_has_stay", "emergency", n_rows=n_admitted, n_failed=alone
        ),
        result(
            "X02", "emergency_stay_has_attendance", "inpatient", n_rows=n_through, n_failed=without
        ),
    ]


def after_death_results(event: pl.LazyFrame) -> list[Result]:
    """K12: events of the dead that start more than 7 days after the death, by family.

    In: ``event`` (its death events carry the day). Council requests about a person who died are
    among them; families without an event of a dead person have no result.
    """
    deaths = (
        event.filter(pl.col("event_family") == "death")
        .group_by("person_id")
        .agg(pl.col("start_at").min().dt.date().alias("died_on"))
    )
    late = pl.col("start_at").dt.date() > pl.col("died_on").dt.offset_by(f"{_AFTER_DEATH_DAYS}d")
    families = (
        event.filter(pl.col("event_family") != "death")
        .join(deaths, on="person_id", how="inner")
        .group_by("event_family")
        .agg(pl.len().alias("rows"), late.sum().alias("late"))
    )
    return [
        result("K12", "nothing_after_death", family, n_rows=rows, n_failed=n_late)
        for family, rows, n_late in families.sort("event_family").collect().iter_rows()
    ]


def cost_results(event_cost: pl.LazyFrame, event: pl.LazyFrame) -> list[Result]:
    """P11: costed events whose cost is unknown, zero or negative, by family."""
    amount = pl.col("amount")
    families = (
        event_cost.filter(pl.col("method").ne_missing("missed_appointment"))
        .join(event.select("event_id", "event_family"), on="event_id", how="inner")
        .group_by("event_family")
        .agg(
            pl.len().alias("rows"),
            amount.is_null().sum().alias("unknown"),
            (amount == 0).sum().alias("zero"),
            (amount < 0).sum().alias("negative"),
        )
    )
    results = []
    for family, rows, unknown, zero, negative in (
        families.sort("event_family").collect().iter_rows()
    ):
        results += [
            result("P11", "cost_is_known", family, n_rows=rows, n_failed=unknown),
            result("P11", "cost_is_not_zero", family, n_rows=rows, n_failed=zero),
            result(
                "P11", "cost_is_not_negative", family, n_rows=rows, n_failed=negative, threshold=0
            ),
        ]
    return results


def net_negative_results(person_year: pl.LazyFrame) -> list[Result]:
    """P11: people and years whose mapped cost is below 0; in ranks they count as 0."""
    n, negative = person_year.select(pl.len(), (pl.col("mapped_cost") < 0).sum()).collect().row(0)
    return [
        result(
            "P11",
            "mapped_cost_is_not_negative",
            "person_year",
            n_rows=n,
            n_failed=negative,
            threshold=0,
        )
    ]
