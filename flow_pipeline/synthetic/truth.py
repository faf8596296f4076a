"""What is true, in Parquet beside the extracts, for measuring; the pipeline never reads it."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from flow_pipeline.synthetic import clock, council, emergencies, life, names, places
from flow_pipeline.synthetic.clock import MINUTES_PER_DAY, NEVER, Ints
from flow_pipeline.synthetic.life import Life
from flow_pipeline.synthetic.spells import FOREVER


def person_ids(numbers: Ints) -> pl.Series:
    return pl.Series("person_id", numbers).cast(pl.String).str.zfill(8)


@dataclass
class TruthWriter:
    """Appends to one Parquet file per truth table, a row group per block and call."""

    folder: Path
    first_id: int = 0
    _open: dict[str, pq.ParquetWriter] = field(default_factory=dict)

    def write(self, table: str, frame: pl.DataFrame) -> None:
        data = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if table not in self._open:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"{table}.parquet"
            self._open[table] = pq.ParquetWriter(path, data.schema, compression="zstd")
        self._open[table].write_table(data.cast(self._open[table].schema))

    def close(self) -> None:
        for writer in self._open.values():
            writer.close()
        self._open.clear()

    def record(
        self, contract: str, file: str, rows: pl.DataFrame, before: int, marks: pl.DataFrame,
        headers: dict[str, str],
    ) -> None:  # fmt: skip
        """Whose each row is, and what is wrong in it."""
        number = np.arange(before + 1, before + 1 + rows.height)
        self.write("person_record", pl.DataFrame({
            "contract": pl.Series([contract]).new_from_index(0, rows.height),
            "file": pl.Series([file]).new_from_index(0, rows.height),
            "row_number": number,
            "person_id": person_ids(rows["_person"].to_numpy() + self.first_id),
            "event_key": rows["_event"],
        }))  # fmt: skip
        where = pl.DataFrame({"_row": rows["_row"], "row_number": number})
        found = marks.join(where, on="_row", how="inner", maintain_order="left")
        if found.height:
            column = pl.col("column").replace(headers)
            self.write("damage", found.select(
                pl.lit(contract).alias("contract"), pl.lit(file).alias("file"), "row_number",
                column.alias("column"), "kind",
            ).sort("row_number", "column", "kind"))  # fmt: skip


def write_life(writer: TruthWriter, life_: Life, numbers: np.ndarray) -> None:
    """All truth tables of a block that do not depend on how it was recorded."""
    writer.write("person", _people(life_, numbers))
    spell = _spells(life_)
    writer.write("spell", spell)
    writer.write("continuous_spell", _continuous(spell))
    writer.write("delay", _delays(life_))
    writer.write("attendance", _attendances(life_))
    writer.write("appointment", _appointments(life_))
    happened = events(life_)
    writer.write("event", happened)
    writer.write("journey", journeys(happened, life_))
    writer.write("cost", happened.filter(pl.col("cost").is_not_null()).select(
        "event_key", "person_id", "event_family", "cost"
    ))  # fmt: skip


def _ids(life_: Life, column: str = "person") -> pl.Expr:
    return (pl.col(column) + life_.people.first_id).cast(pl.String).str.zfill(8).alias("person_id")


def _people(life_: Life, numbers: np.ndarray) -> pl.DataFrame:
    folk = life_.people
    n = len(folk)
    frame = pl.DataFrame({
        "nhs_number": pl.Series(numbers.tolist(), dtype=pl.String),
        "family_name": pl.Series(folk.surname.tolist()), "given_name": pl.Series(folk.given.tolist()),
        "earlier_family_name": pl.Series(folk.earlier_surname.tolist()),
        "female": folk.female, "ethnic_category": names.ETHNIC_CODES[folk.ethnic],
        "household": folk.household, "lsoa_code": places.lsoa_codes(folk.lsoa), "imd_decile": folk.decile,
        "postcode": [places.postcode_text(p) for p in folk.postcode.tolist()],
        "earlier_postcode": [places.postcode_text(p) for p in folk.earlier_postcode.tolist()],
        "practice_code": places.practice_codes(folk.practice),
        "no_fixed_abode": folk.no_fixed_abode, "in_care_home": folk.care_home >= 0,
        "frailty": life_.needs.frailty,
    })  # fmt: skip
    dates = [
        clock.as_date("birth_date", folk.birth), clock.as_date("death_date", folk.death_day),
        clock.as_date("moved_in", folk.in_day, folk.in_day > 0), clock.as_date("moved_out", folk.out_day),
        clock.as_date("address_changed", folk.move_day), clock.as_date("practice_changed", folk.practice_day),
    ]  # fmt: skip
    own = person_ids(np.arange(n) + folk.first_id)
    return frame.with_columns(dates).insert_column(0, own)


def _spells(life_: Life) -> pl.DataFrame:
    table = life_.spell.with_columns(
        life.site_code().alias("site_code"), life.trust_code().alias("organisation_code")
    )
    chain = dict(zip(table["spell"].to_list(), table["follows"].to_list(), strict=True))

    def root(number: int) -> int:
        while chain.get(number, -1) >= 0 and chain[number] in chain:
            number = chain[number]
        return number

    roots = pl.Series("root", [root(number) for number in chain])
    key = f"spell-{life_.block.number}-"
    return table.with_columns(roots).select(
        (pl.lit(key) + pl.col("spell").cast(pl.String)).alias("spell_key"),
        (pl.lit("c" + key) + pl.col("root").cast(pl.String)).alias("continuous_spell_key"),
        _ids(life_), "organisation_code", "site_code", _at("start", "admitted_at"), _at("end", "discharged_at"),
        pl.when(pl.col("ready") < NEVER).then(pl.col("ready").cast(pl.Int32)).cast(pl.Date).alias("ready_date"),
        pl.col("method").alias("admission_method"), pl.col("kind").alias("patient_classification"),
        pl.col("destination").alias("discharge_destination"), "died", "pathway",
        pl.col("moves").alias("n_ward_moves"), "cost",
    )  # fmt: skip


def _at(column: str, name: str) -> pl.Expr:
    known = pl.when(pl.col(column) < FOREVER).then(pl.col(column) * 60_000_000)
    return known.cast(pl.Datetime("us")).alias(name)


def _continuous(spell: pl.DataFrame) -> pl.DataFrame:
    open_ = pl.col("discharged_at").is_null().any()
    return (
        spell.sort("continuous_spell_key", "admitted_at")
        .group_by("continuous_spell_key", maintain_order=True)
        .agg(
            pl.col("person_id").first(), pl.len().alias("n_spells"),
            pl.col("admitted_at").min(),
            pl.when(open_).then(None).otherwise(pl.col("discharged_at").max()).alias("discharged_at"),
            pl.col("admission_method").first(), pl.col("cost").sum(),
        )
    )  # fmt: skip


def _delays(life_: Life) -> pl.DataFrame:
    spell = life_.spell.select("spell", life.site_code().alias("site_code"))
    return life_.delay.join(spell, on="spell", how="left", maintain_order="left").select(
        "measure", _ids(life_),
        (pl.lit(f"spell-{life_.block.number}-") + pl.col("spell").cast(pl.String)).alias("spell_key"),
        "site_code", pl.col("start").cast(pl.Int32).cast(pl.Date).alias("start_date"),
        pl.col("end").cast(pl.Int32).cast(pl.Date).alias("end_date"),
        (pl.col("end") - pl.col("start")).alias("days"), "cause", "responsible", "existing_package",
    )  # fmt: skip


def _attendances(life_: Life) -> pl.DataFrame:
    """Emergency attendances with true minutes, clock changes allowed for."""
    rows = life_.attendance.with_columns(life.site_code().alias("site_code"))
    prefix = f"ed-{life_.block.number}-"
    spell = pl.lit(f"spell-{life_.block.number}-") + pl.col("stay").cast(pl.String)
    return rows.select(
        (pl.lit(prefix) + pl.col("attendance").cast(pl.String)).alias("event_key"),
        _ids(life_), "site_code", "department", _at("arrival", "arrival_at"), "minutes",
        pl.col("ambulance").alias("by_ambulance"), "frail",
        pl.when(pl.col("stay") >= 0).then(spell).alias("spell_key"),
        pl.col("cause").replace_strict(dict(enumerate(emergencies.CAUSES)), return_dtype=pl.String),
    )  # fmt: skip


def _appointments(life_: Life) -> pl.DataFrame:
    """Everything that was booked: whether the person did not attend."""
    kinds = (
        ("outpatient", life_.outpatient, ("3", "7")), ("community_contact", life_.contact, ("3",)),
        ("gp_appointment", life_.appointment, ("did_not_attend",)),
    )  # fmt: skip
    return pl.concat([
        table.select(pl.lit(kind).alias("kind"), _ids(life_),
                     pl.col("status").is_in(list(missed)).alias("did_not_attend"))
        for kind, table, missed in kinds
    ])  # fmt: skip


def events(life_: Life) -> pl.DataFrame:
    """Everything that happened, one shape: what journeys are made of."""
    site, trust = life.site_code(), life.trust_code()
    minutes = pl.col("day") * MINUTES_PER_DAY + pl.col("minute")
    day_start, none = pl.col("start") * MINUTES_PER_DAY, pl.lit(None, dtype=pl.String)
    parts = [
        _event(life_, life_.spell, "inpatient", "spell", "spell", pl.col("start"), pl.col("end"), trust, site, "cost"),
        _event(life_, life_.attendance, "emergency", "ed", "attendance", pl.col("arrival"), pl.col("departure"), trust, site, "cost"),
        _event(life_, life_.attendance.filter("ambulance"), "ambulance", "ambulance", "attendance", pl.col("called"),
               pl.col("arrival") + pl.col("handover"), pl.lit(places.AMBULANCE), none, None),
        _event(life_, life_.outpatient.with_row_index("op"), "outpatient", "op", "op", minutes, minutes, trust, site, "cost",
               pl.col("status").is_in(["5", "6"])),
        _event(life_, life_.contact, "community_contact", "contact", "contact", minutes, minutes, pl.lit(places.COMMUNITY), none, "cost",
               pl.col("status") == "5"),
        _event(life_, life_.referral, "community_referral", "referral", "referral", minutes,
               pl.when(pl.col("closed") < NEVER).then(pl.col("closed") * MINUTES_PER_DAY).otherwise(FOREVER),
               pl.lit(places.COMMUNITY), none, None),
        _event(life_, life_.appointment.with_row_index("gp"), "gp_appointment", "gp", "gp", minutes, minutes, none, none, "cost",
               pl.col("status") == "attended"),
        _event(life_, life_.council, pl.format("asc_{}", pl.col("kind").str.to_lowercase()), "council", "key", day_start,
               pl.when(pl.col("end") < NEVER).then(pl.col("end") * MINUTES_PER_DAY).otherwise(FOREVER),
               pl.lit(places.COUNCIL), none, None),
        _event(life_, life_.mental_health.with_row_index("mh"), pl.col("family"), "mh", "mh", pl.col("start"), pl.col("end"),
               pl.lit(places.MENTAL_HEALTH), none, "cost"),
    ]  # fmt: skip
    return pl.concat(parts).sort("person_id", "start_at", "event_key")


def _event(
    life_: Life, table: pl.DataFrame, family: str | pl.Expr, prefix: str, key: str, start: pl.Expr,
    end: pl.Expr, organisation: pl.Expr, site: pl.Expr, cost: str | None, happened: pl.Expr | None = None,
) -> pl.DataFrame:  # fmt: skip
    return table.select(
        (pl.lit(f"{prefix}-{life_.block.number}-") + pl.col(key).cast(pl.String)).alias("event_key"),
        (pl.lit(family) if isinstance(family, str) else family).alias("event_family"),
        _ids(life_), organisation.alias("organisation_code"), site.alias("site_code"),
        start.alias("start_minute"), end.alias("end_minute"),
        (pl.lit(value=True) if happened is None else happened).alias("happened"),
        (pl.lit(None, dtype=pl.Float64) if cost is None else pl.col(cost)).alias("cost"),
    ).select(
        "event_key", "event_family", "person_id", "organisation_code", "site_code",
        _at("start_minute", "start_at"), _at("end_minute", "end_at"), "happened", "cost",
    )  # fmt: skip


BRIDGING = ("inpatient", "emergency", "outpatient", "community_contact", "gp_appointment",
            "asc_request", "asc_assessment", "asc_review")  # fmt: skip


def journeys(event: pl.DataFrame, life_: Life, gap_days: int = 30) -> pl.DataFrame:
    """Chains of a person's delivered events with no gap of more than ``gap_days`` days.

    Reablement bridges over its whole length, long-term services by their start only; missed and
    cancelled appointments and referrals do not bridge. Open stays bridge to the end of the period.
    """
    key = (pl.lit(f"council-{life_.block.number}-") + pl.col("key").cast(pl.String)).alias("key")
    st_max = life_.council.filter(pl.col("service") == council.ST_MAX).select(key).to_series()
    reablement = pl.col("event_key").is_in(st_max.implode())
    service = pl.col("event_family") == "asc_service"
    chosen = event.filter(pl.col("happened") & (pl.col("event_family").is_in(list(BRIDGING)) | service))
    last = datetime.combine(clock.LAST_DAY, datetime.min.time())
    end = pl.when(service & ~reablement).then("start_at").otherwise(pl.col("end_at").fill_null(last))
    chain = chosen.with_columns(end.alias("until")).sort("person_id", "start_at", "event_key")
    so_far = pl.col("until").dt.date().cum_max().shift(1).over("person_id")
    gap = (pl.col("start_at").dt.date() - so_far).dt.total_days()
    chain = chain.with_columns((gap.is_null() | (gap > gap_days)).cum_sum().alias("number"))
    return (
        chain.group_by("number", maintain_order=True)
        .agg(
            pl.col("person_id").first(), pl.col("start_at").min(), pl.col("until").max().alias("end_at"),
            pl.len().alias("n_bridging_events"),
            (pl.col("event_family") == "inpatient").any().alias("has_admission"),
        )
        .with_columns(
            (pl.lit(f"journey-{life_.block.number}-") + pl.col("number").cast(pl.String)).alias("journey_key")
        )
        .drop("number")
    )  # fmt: skip
