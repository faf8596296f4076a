"""care_event in the making: every linked row of every contract, in one shape."""

from dataclasses import dataclass

import polars as pl

from flow_pipeline.calendar import moved_on, to_utc
from flow_pipeline.journeys import moments
from flow_pipeline.journeys.admissions import admissions
from flow_pipeline.journeys.beside import with_looked_up
from flow_pipeline.journeys.buckets import repeated_records
from flow_pipeline.journeys.event_rows import NOT_RECEIVED, clock_rows, event_rows, of_no_kind
from flow_pipeline.journeys.kept import kept
from flow_pipeline.journeys.linked import LinkedRows
from flow_pipeline.journeys.midnights import unknown_midnights, without_unknown_midnights
from flow_pipeline.journeys.organisations import merged
from flow_pipeline.journeys.parameters import Parameters
from flow_pipeline.journeys.parents import with_parents
from flow_pipeline.journeys.relisting import with_lost_ends
from flow_pipeline.tables.journeys import EVENT, EVENT_CLOCK, EVENT_DROPPED

DEATH_ALLOWANCE_DAYS = 7
END_BEFORE_START = "end_before_start"
AFTER_DEATH = "after_death"
NO_SUCH_KIND = "no_such_kind"


@dataclass(frozen=True)
class Events:
    """``event``, ``event_clock`` and ``event_dropped`` as declared in ``tables.journeys``.

    ``out_of_life``: rows that were left out because they lie before the birth or after the death:
    record_key, person_number, person_id, contract, organisation_code, role, is_received, start_at,
    rule.
    """

    event: pl.LazyFrame
    event_clock: pl.LazyFrame
    event_dropped: pl.LazyFrame
    out_of_life: pl.LazyFrame


def make_events(
    linked: LinkedRows,
    organisation: pl.LazyFrame,
    parameters: Parameters,
    midnights: pl.LazyFrame | None = None,
    listed: pl.LazyFrame | None = None,
    repeated: pl.LazyFrame | None = None,
) -> Events:
    """Events of the rows that linkage accepted (``linked_rows``).

    Nothing begins before the month of birth, or
    later than a week after death unless it is administrative: such rows are counted in
    ``event_dropped``. ``listed``: ``listed_until`` of the submissions; without it no open service
    that is missing from the sender's next list is ended. Per person, so any subset of persons
    gives the same rows, given ``listed`` and, of the whole, ``midnights`` (``unknown_midnights``)
    and ``repeated`` (``repeated_records``); None: of ``linked`` as it is.
    """
    midnights = unknown_midnights(linked.core) if midnights is None else midnights
    repeated = repeated_records(linked.core) if repeated is None else repeated
    # one name for all that follows, so that no more than two of these wide frames are held
    rows = without_unknown_midnights(event_rows(linked), midnights)
    lives = linked.life.select("person_number", "birth_month", "death_date")
    rows = with_looked_up(rows, "person_number", lives)
    rows = with_looked_up(rows, "record_key", repeated.with_columns(is_repeated=True))
    rows = kept(rows.with_columns(_drop_rule().alias("rule")).drop("is_repeated"))
    dropped, out_of_life = kept(_dropped(rows, of_no_kind(linked))), kept(_out_of_life(rows))
    rows = _with_times(rows.filter(pl.col("rule").is_null()).drop("rule"))
    rows = kept(_with_ends(with_lost_ends(rows, listed), parameters))
    rows = with_parents(merged(rows, organisation))
    rows = _with_flags(_with_stay_caps(rows)).with_columns(
        _received().alias("is_received"), _bridging().alias("is_bridging"), _age()
    )
    # the order of the table, the person's number being that of person_id
    event = kept(EVENT.shaped(rows.sort("person_number", "start_at", "event_id")))
    clocks = _timed_clocks(clock_rows(linked.core, event))
    return Events(event, EVENT_CLOCK.shaped(clocks), dropped, out_of_life)


def _drop_rule() -> pl.Expr:
    day = pl.col("start_at").dt.date()
    too_late = day > pl.col("death_date") + pl.duration(days=DEATH_ALLOWANCE_DAYS)
    return (
        pl.when(pl.col("start_at").is_null())
        .then(pl.lit("no_start"))
        .when(day < pl.col("birth_month"))
        .then(pl.lit("before_birth"))
        .when(too_late & (pl.col("role") != "administrative"))
        .then(pl.lit("after_death"))
        .when("is_repeated")
        .then(pl.lit("repeated_id"))
    )


def _dropped(judged: pl.LazyFrame, of_no_kind: pl.LazyFrame) -> pl.LazyFrame:
    by = ("source", "contract", "event_family", "rule")
    unknown = of_no_kind.with_columns(
        pl.lit("unknown").alias("event_family"), pl.lit(NO_SUCH_KIND).alias("rule")
    )
    lost = pl.concat([judged.drop_nulls("rule").select(by), unknown.select(by)])
    return EVENT_DROPPED.conform(lost.group_by(by).agg(pl.len().alias("n_rows")))


def _out_of_life(judged: pl.LazyFrame) -> pl.LazyFrame:
    return judged.filter(pl.col("rule").is_in(["before_birth", "after_death"])).select(
        "record_key",
        "person_number",
        "person_id",
        "contract",
        "organisation_code",
        "role",
        _received().alias("is_received"),
        "start_at",
        "rule",
    )


def _with_times(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Local and UTC times of start, end and ready; an end before the start becomes the start."""
    delivered = [pl.col(f"{n}_at").alias(f"{n}_delivered") for n in ("start", "end")]
    local = [moved_on(pl.col(f"{n}_at")).alias(f"{n}_at") for n in ("start", "end", "ready")]
    timed = rows.with_columns(*delivered, *local).with_columns(
        to_utc(pl.col("start_at")).alias("start_at_utc")
    )
    timed = timed.with_columns(
        moments.end_utc(pl.col("end_at"), pl.col("start_at_utc")).alias("end_at_utc")
    )
    backwards = moments.minutes_between("start", "end") < 0
    timed = timed.with_columns(backwards.fill_null(False).alias("is_backwards"))
    return timed.with_columns(
        pl.when("is_backwards").then(f"start_{part}").otherwise(f"end_{part}").alias(f"end_{part}")
        for part in ("at", "at_utc", "precision")
    )


def _with_ends(rows: pl.LazyFrame, parameters: Parameters) -> pl.LazyFrame:
    """end_status, is_open, and the end for counting."""
    unended = pl.col("end_at").is_null() & pl.col("may_be_open")
    died = unended & (pl.col("death_date") <= parameters.period_end)
    died_before = (died & (pl.col("death_date") <= pl.col("lost_on"))).fill_null(False)
    lost = (unended & pl.col("lost_on").is_not_null()) & ~died_before
    status = (
        pl.when(lost)
        .then(pl.lit("imputed_period_end"))
        .when(died)
        .then(pl.lit("imputed_death"))
        .when(unended)
        .then(pl.lit("open"))
        .otherwise(pl.lit("recorded"))
    )
    rows = rows.with_columns(
        status.alias("end_status"), (unended & ~died.fill_null(False) & ~lost).alias("is_open")
    )
    rows = _ended_by(rows, "end", pl.col("end_status") == "imputed_period_end", pl.col("lost_on"))
    rows = _ended_by(rows, "end", pl.col("end_status") == "imputed_death", pl.col("death_date"))
    point = pl.col("end_at").is_null() & ~pl.col("is_open")
    rows = rows.with_columns(
        pl.when(point).then(f"start_{part}").otherwise(f"end_{part}").alias(f"end_{part}")
        for part in ("at", "at_utc", "precision")
    )
    rows = rows.with_columns(pl.col(f"end_{p}").alias(f"counted_end_{p}") for p in _PARTS)
    outlived = (pl.col("event_family") == "asc_service") & (
        pl.col("end_at").dt.date() > pl.col("death_date")
    )
    rows = _ended_by(rows, "counted_end", outlived, pl.col("death_date"))
    return _ended_by(rows, "counted_end", pl.col("is_open"), pl.lit(parameters.period_end))


_PARTS = ("at", "at_utc", "precision")


def _ended_by(rows: pl.LazyFrame, end: str, where: pl.Expr, day: pl.Expr) -> pl.LazyFrame:
    """``end`` put on ``day`` (never before the start) where the condition holds."""
    start_day = pl.col("start_at").dt.date()
    midnight = pl.max_horizontal(day, start_day).cast(pl.Datetime("us"))
    new = {"at": midnight, "at_utc": to_utc(midnight), "precision": pl.lit("date")}
    return rows.with_columns(
        pl.when(where).then(expr).otherwise(pl.col(f"{end}_{part}")).alias(f"{end}_{part}")
        for part, expr in new.items()
    )


def _with_stay_caps(events: pl.LazyFrame) -> pl.LazyFrame:
    """Open stays end, for counting, at the next admission to another provider."""
    caps = admissions(events).filter("is_open").select("event_id", next_start="elsewhere_at")
    events = with_looked_up(events, "event_id", caps)
    sooner = pl.col("next_start") < pl.col("counted_end_at")
    return _ended_by(events, "counted_end", sooner, pl.col("next_start").dt.date()).drop(
        "next_start"
    )


def _received() -> pl.Expr:
    return ~pl.col("outcome_class").is_in(NOT_RECEIVED).fill_null(False)


def _bridging() -> pl.Expr:
    return _received() & (pl.col("role") != "administrative")


def _age() -> pl.Expr:
    """Completed years: as pseudonymisation computed it, else from the first of the birth month."""
    start, birth = pl.col("start_at").dt, pl.col("birth_month").dt
    months = (start.year() - birth.year()) * 12 + start.month().cast(pl.Int32) - birth.month()
    return pl.coalesce("age_at_event", months // 12).alias("age_at_event")


def _with_flags(rows: pl.LazyFrame) -> pl.LazyFrame:
    """``rows`` with what was found here added to dq_flags: of few rows, so of those alone."""
    changed = [
        pl.when(pl.col(f"{n}_precision") == "minute").then(
            moments.clock_change_flags(pl.col(f"{n}_delivered"))
        )
        for n in ("start", "end")
    ]
    late = pl.col("start_at").dt.date() > pl.col("death_date")
    ours = [
        *changed,
        pl.when("is_backwards").then(pl.lit(END_BEFORE_START)),
        pl.when(late & (pl.col("role") != "administrative")).then(pl.lit(AFTER_DEATH)),
    ]
    names = [f"flag_{n}" for n in range(len(ours))]
    rows = (
        kept(rows)
        .with_columns(
            pl.col("dq_flags").fill_null(pl.lit([], pl.List(pl.String))),
            *(flag.alias(name) for flag, name in zip(ours, names, strict=True)),
        )
        .with_row_index("place")
    )
    found = rows.filter(pl.any_horizontal(pl.col(n).is_not_null() for n in names)).select(
        "place",
        pl.concat_list("dq_flags", *names)
        .list.drop_nulls()
        .list.unique(maintain_order=True)
        .alias("all_flags"),
    )
    joined = with_looked_up(rows, "place", found)
    return joined.with_columns(pl.coalesce("all_flags", "dq_flags").alias("dq_flags"))


def _timed_clocks(clocks: pl.LazyFrame) -> pl.LazyFrame:
    local = moved_on(pl.col("at"))
    return clocks.with_columns(local.alias("at")).with_columns(to_utc(pl.col("at")).alias("at_utc"))
