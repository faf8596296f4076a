"""Histories that cannot be one person's: found by what happened, told without saying what.

What leaves here for linkage is two record keys and a code of why they cannot be one person's.
"""

from collections.abc import Mapping

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.families import BED_FAMILIES
from flow_pipeline.quality.subgroups import class_in_role
from flow_pipeline.tables.link_quality import IMPOSSIBLE_HISTORY

_TRANSFER_NIGHTS = 2  # in both beds: the sender closed the stay late
_DEATH_DAYS = {True: 7, False: 31}  # between a registration and a registration, or another date
_AFTER_DEATH_DAYS = 30
_BEFORE_BIRTH_DAYS = 365  # less may be a day and month exchanged
_REGULAR = ("3", "4")  # classifications of those who keep no bed
_PLACEHOLDERS = (1900, 1901)  # years that senders write for an unknown birth
_REGISTRATIONS = "deaths"  # family of contracts
_SEXES = ("male", "female")


def impossible_histories(
    core: Mapping[str, pl.LazyFrame],
    *,
    event: pl.LazyFrame,
    spell_draft: pl.LazyFrame,
    out_of_life: pl.LazyFrame,
) -> pl.LazyFrame:
    """The table impossible_history: pairs of records of one person that cannot be.

    In:  linked rows of core tables by contract (``linked_rows``), what journeys made of them, and
         ``Events.out_of_life``: rows left out as before the birth or after the death.
    Each rule names a record by the one that most of the person's records agree with, one pair for
    each sender and value. Per person, so any subset of persons gives the same rows.
    Source: domain.md §5 L06, §6.1 "Linkage sees no payload"; docs/linkage_quality.md.
    """
    said = _said(core, _doubtful(core, out_of_life)).collect(engine="in-memory").lazy()
    births = _usual_births(said)
    deaths = _deaths(core).collect(engine="in-memory").lazy()
    pairs = {
        "two_beds": _two_beds(spell_draft, event),
        "two_deaths": _two_deaths(deaths),
        "after_death": _after_death(out_of_life, event, deaths),
        "before_birth": _before_birth(out_of_life, births),
        "two_births": _two_births(said, births),
        "two_sexes": _two_sexes(said, births),
    }
    return IMPOSSIBLE_HISTORY.conform(
        pl.concat(_named(frame, code) for code, frame in pairs.items())
    )


def _named(pairs: pl.LazyFrame, code: str) -> pl.LazyFrame:
    """Both keys in one order, so that a pair stands there once."""
    keys = pl.col("record_key"), pl.col("other_record_key")
    return pairs.select(
        pl.min_horizontal(*keys).alias("record_key"),
        pl.max_horizontal(*keys).alias("other_record_key"),
        pl.lit(code).alias("reason_code"),
    ).unique()


def _two_beds(spell_draft: pl.LazyFrame, event: pl.LazyFrame) -> pl.LazyFrame:
    """Stays with two providers that overlap by over two nights, neither within the other.

    Each is held against the earlier one with the latest discharge. Stays that are one continuous
    spell (a transfer says so) are possible; so are regular attenders, and nothing is said of
    stays whose end nobody recorded.
    """
    record = event.filter(pl.col("event_family").is_in(BED_FAMILIES))
    ended = record.filter(end_status="recorded").select(last_event_id="event_id")
    stays = (
        spell_draft.filter(
            ~pl.col("is_open"), ~pl.col("classification").is_in(_REGULAR).fill_null(False)
        )
        .join(ended, on="last_event_id", how="semi")
        .join(record.select("record_key", first_event_id="event_id"), on="first_event_id")
        .select(
            "person_id",
            "record_key",
            "organisation_code",
            "continuous_spell_id",
            pl.col("admitted_at").dt.date().alias("from_date"),
            pl.col("discharged_at").dt.date().alias("to_date"),
        )
        .sort(
            ["person_id", "from_date", "to_date", "record_key"],
            descending=[False, False, True, False],
        )
    )
    is_latest = pl.col("to_date") == pl.col("to_date").cum_max()
    names = ("record_key", "organisation_code", "continuous_spell_id", "to_date")
    before = [
        pl.when(is_latest)
        .then(name)
        .forward_fill()
        .shift(1)
        .over("person_id")
        .alias(f"other_{name}")
        for name in names
    ]
    nights = (pl.col("other_to_date") - pl.col("from_date")).dt.total_days()
    return stays.with_columns(before).filter(
        nights > _TRANSFER_NIGHTS,
        pl.col("to_date") > pl.col("other_to_date"),
        pl.col("organisation_code") != pl.col("other_organisation_code"),
        pl.col("continuous_spell_id") != pl.col("other_continuous_spell_id"),
    )


def _deaths(core: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """Each date of death that a sender gives of a person, and the one to believe, with a record.

    The one to believe is the civil registration, else the earliest (definition: death handling).
    """
    frames = [pl.LazyFrame(schema=_DEATH_SCHEMA)]
    for contract in all_contracts().values():
        field = contract.in_role("person_death_date")
        if contract.name in core and field is not None and field.treatment == "keep":
            frames.append(
                core[contract.name]
                .drop_nulls(field.name)
                .select(
                    "person_id",
                    "organisation_code",
                    pl.col(field.name).alias("died_on"),
                    pl.lit(contract.family == _REGISTRATIONS).alias("is_registered"),
                    "record_key",
                )
            )
    grain = ("person_id", "organisation_code", "died_on", "is_registered")
    each = pl.concat(frames).group_by(grain).agg(pl.col("record_key").min())
    order = [~pl.col("is_registered"), pl.col("died_on"), pl.col("record_key")]
    return each.with_columns(
        pl.col(name).sort_by(order).first().over("person_id").alias(f"believed_{name}")
        for name in ("died_on", "is_registered", "record_key")
    )


_DEATH_SCHEMA = pl.Schema(
    {
        "person_id": pl.String,
        "organisation_code": pl.String,
        "died_on": pl.Date,
        "is_registered": pl.Boolean,
        "record_key": pl.String,
    }
)


def _two_deaths(deaths: pl.LazyFrame) -> pl.LazyFrame:
    """Dates of death further apart than two senders can be about one death."""
    apart = (pl.col("died_on") - pl.col("believed_died_on")).dt.total_days().abs()
    both = pl.col("is_registered") & pl.col("believed_is_registered")
    allowed = both.replace_strict(_DEATH_DAYS, return_dtype=pl.Int64)
    return deaths.filter(apart > allowed).select(
        "record_key", other_record_key="believed_record_key"
    )


def _after_death(
    out_of_life: pl.LazyFrame, event: pl.LazyFrame, deaths: pl.LazyFrame
) -> pl.LazyFrame:
    """Care that took place, or a stay in hospital that lasted, over 30 days after the death: the
    first of each sender."""
    believed = deaths.select(
        "person_id",
        died_on="believed_died_on",
        other_record_key="believed_record_key",
    ).unique()
    received = out_of_life.filter("is_received", rule="after_death").filter(
        pl.col("role").is_in(["interval", "point"])
    )
    lasted = event.filter(
        pl.col("event_family").is_in(BED_FAMILIES), end_status="recorded"
    ).with_columns(start_at="end_at")
    names = ("record_key", "person_id", "contract", "organisation_code", "start_at")
    days = (pl.col("start_at").dt.date() - pl.col("died_on")).dt.total_days()
    seen = pl.concat([frame.select(names) for frame in (received, lasted)])
    return _first_of_each_sender(
        seen.join(believed, on="person_id").filter(days > _AFTER_DEATH_DAYS)
    )


def _before_birth(out_of_life: pl.LazyFrame, births: pl.LazyFrame) -> pl.LazyFrame:
    """What happened over a year before the birth that most records give: the first of each
    sender."""
    days = (pl.col("usual_birth_month") - pl.col("start_at").dt.date()).dt.total_days()
    return _first_of_each_sender(
        out_of_life.filter(rule="before_birth")
        .join(births, on="person_id")
        .filter(days > _BEFORE_BIRTH_DAYS)
        .with_columns(other_record_key="usual_record_key")
    )


def _first_of_each_sender(rows: pl.LazyFrame) -> pl.LazyFrame:
    grain = ("person_id", "contract", "organisation_code", "other_record_key")
    return rows.group_by(grain).agg(pl.col("record_key").sort_by("start_at", "record_key").first())


def _doubtful(core: Mapping[str, pl.LazyFrame], out_of_life: pl.LazyFrame) -> pl.LazyFrame:
    """person_number of those whose births there is anything to say about, which is few: records
    differ, or something happened before."""
    told = pl.concat(rows.select("person_number", "birth_month") for rows in core.values())
    month = pl.col("birth_month")
    spans = told.group_by("person_number").agg(
        month.min().alias("first"), month.max().alias("last")
    )
    differ = spans.filter(pl.col("first") != pl.col("last")).select("person_number")
    before = out_of_life.filter(rule="before_birth").select("person_number")
    return pl.concat([differ, before]).unique()


def _said(core: Mapping[str, pl.LazyFrame], persons: pl.LazyFrame) -> pl.LazyFrame:
    """What each sender says of the birth and sex of these persons: person_id, organisation_code,
    birth_month, sex, in n records, record_key the smallest of theirs."""
    grain = ("person_id", "organisation_code", "birth_month", "sex")
    frames = [
        core[contract.name]
        .drop_nulls("birth_month")
        .join(persons, on="person_number", how="semi")
        .with_columns(class_in_role(contract, "person_stated_gender_code").alias("sex"))
        .group_by(grain)
        .agg(pl.len().alias("n"), pl.col("record_key").min())
        for contract in all_contracts().values()
        if contract.name in core
    ]
    return pl.concat(frames).group_by(grain).agg(pl.col("n").sum(), pl.col("record_key").min())


def _usual_births(said: pl.LazyFrame) -> pl.LazyFrame:
    """person_id, usual_birth_month, usual_sex, usual_record_key: the month of birth that most
    records give, and of those that give it, the sex of most and one record."""
    births = _most(_known_births(said), "birth_month")
    same = said.join(births, on=["person_id", "birth_month"], how="semi")
    sexes = _most(same.filter(pl.col("sex").is_in(_SEXES)), "sex")
    return births.join(sexes, on="person_id", how="left").select(
        "person_id",
        usual_birth_month="birth_month",
        usual_sex="sex",
        usual_record_key="record_key",
    )


def _most(said: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """person_id, what most records say, the first of those said as often, and one record."""
    return (
        said.group_by("person_id", name)
        .agg(pl.col("n").sum(), pl.col("record_key").min())
        .sort(["person_id", "n", name], descending=[False, True, False])
        .unique("person_id", keep="first", maintain_order=True)
    )


def _known_births(said: pl.LazyFrame) -> pl.LazyFrame:
    return said.filter(~pl.col("birth_month").dt.year().is_in(_PLACEHOLDERS))


def _two_births(said: pl.LazyFrame, births: pl.LazyFrame) -> pl.LazyFrame:
    """Births in another year and another month: one slip leaves one of them as it was."""
    one, usual = pl.col("birth_month").dt, pl.col("usual_birth_month").dt
    return (
        _known_births(said)
        .join(births, on="person_id")
        .filter(one.year() != usual.year(), one.month() != usual.month())
        .with_columns(other_record_key="usual_record_key")
    )


def _two_sexes(said: pl.LazyFrame, births: pl.LazyFrame) -> pl.LazyFrame:
    """Another sex together with another month of birth; a sex alone may be a slip, or a change."""
    return (
        _known_births(said)
        .join(births, on="person_id")
        .filter(
            pl.col("sex").is_in(_SEXES),
            pl.col("sex") != pl.col("usual_sex"),
            pl.col("birth_month") != pl.col("usual_birth_month"),
        )
        .with_columns(other_record_key="usual_record_key")
    )
