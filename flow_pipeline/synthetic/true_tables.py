"""Truth tables: people, spells, delays, attendances and appointments as they were."""

import numpy as np
import polars as pl

from flow_pipeline.synthetic import clock, emergencies, life, names, places
from flow_pipeline.synthetic.clock import NEVER
from flow_pipeline.synthetic.life import Life
from flow_pipeline.synthetic.needs import CONDITIONS
from flow_pipeline.synthetic.true_events import at, chains, events, ids, journeys
from flow_pipeline.synthetic.truth import TruthWriter, person_ids


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
    chain = chains(happened, life_)
    writer.write("journey_member", chain.select("event_key", "journey_key"))
    writer.write("journey", journeys(chain))
    writer.write(
        "cost",
        happened.filter(pl.col("cost").is_not_null()).select(
            "event_key", "person_id", "event_family", "cost"
        ),
    )


def _people(life_: Life, numbers: np.ndarray) -> pl.DataFrame:
    folk = life_.people
    n = len(folk)
    frame = pl.DataFrame(
        {
            "nhs_number": pl.Series(numbers.tolist(), dtype=pl.String),
            "family_name": pl.Series(folk.surname.tolist()),
            "given_name": pl.Series(folk.given.tolist()),
            "earlier_family_name": pl.Series(folk.earlier_surname.tolist()),
            "female": folk.female,
            "ethnic_category": names.ETHNIC_CODES[folk.ethnic],
            "household": folk.household,
            "lsoa_code": places.lsoa_codes(folk.lsoa),
            "imd_decile": folk.decile,
            "postcode": [places.postcode_text(p) for p in folk.postcode.tolist()],
            "earlier_postcode": [places.postcode_text(p) for p in folk.earlier_postcode.tolist()],
            "practice_code": places.practice_codes(folk.practice),
            "no_fixed_abode": folk.no_fixed_abode,
            "in_care_home": folk.care_home >= 0,
            "frailty": life_.needs.frailty,
            **{f"has_{name}": life_.needs.condition(name) for name in CONDITIONS},
        }
    )
    dates = [
        clock.as_date("birth_date", folk.birth),
        clock.as_date("death_date", folk.death_day),
        clock.as_date("moved_in", folk.in_day, folk.in_day > 0),
        clock.as_date("moved_out", folk.out_day),
        clock.as_date("address_changed", folk.move_day),
        clock.as_date("practice_changed", folk.practice_day),
    ]
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
        ids(life_),
        "organisation_code",
        "site_code",
        at("start", "admitted_at"),
        at("end", "discharged_at"),
        pl.when(pl.col("ready") < NEVER)
        .then(pl.col("ready").cast(pl.Int32))
        .cast(pl.Date)
        .alias("ready_date"),
        pl.col("method").alias("admission_method"),
        pl.col("kind").alias("patient_classification"),
        pl.col("destination").alias("discharge_destination"),
        "died",
        "pathway",
        pl.col("moves").alias("n_ward_moves"),
        "cost",
    )


def _continuous(spell: pl.DataFrame) -> pl.DataFrame:
    open_ = pl.col("discharged_at").is_null().any()
    return (
        spell.sort("continuous_spell_key", "admitted_at")
        .group_by("continuous_spell_key", maintain_order=True)
        .agg(
            pl.col("person_id").first(),
            pl.len().alias("n_spells"),
            pl.col("admitted_at").min(),
            pl.when(open_)
            .then(None)
            .otherwise(pl.col("discharged_at").max())
            .alias("discharged_at"),
            pl.col("admission_method").first(),
            pl.col("cost").sum(),
        )
    )


def _delays(life_: Life) -> pl.DataFrame:
    spell = life_.spell.select("spell", life.site_code().alias("site_code"))
    return life_.delay.join(spell, on="spell", how="left", maintain_order="left").select(
        "measure",
        ids(life_),
        (pl.lit(f"spell-{life_.block.number}-") + pl.col("spell").cast(pl.String)).alias(
            "spell_key"
        ),
        "site_code",
        pl.col("start").cast(pl.Int32).cast(pl.Date).alias("start_date"),
        pl.col("end").cast(pl.Int32).cast(pl.Date).alias("end_date"),
        (pl.col("end") - pl.col("start")).alias("days"),
        "cause",
        "responsible",
        "existing_package",
    )


def _attendances(life_: Life) -> pl.DataFrame:
    """Emergency attendances with true minutes, clock changes allowed for."""
    rows = life_.attendance.with_columns(life.site_code().alias("site_code"))
    prefix = f"ed-{life_.block.number}-"
    spell = pl.lit(f"spell-{life_.block.number}-") + pl.col("stay").cast(pl.String)
    return rows.select(
        (pl.lit(prefix) + pl.col("attendance").cast(pl.String)).alias("event_key"),
        ids(life_),
        "site_code",
        "department",
        at("arrival", "arrival_at"),
        "minutes",
        pl.col("ambulance").alias("by_ambulance"),
        "frail",
        pl.when(pl.col("stay") >= 0).then(spell).alias("spell_key"),
        pl.col("cause").replace_strict(dict(enumerate(emergencies.CAUSES)), return_dtype=pl.String),
    )


def _appointments(life_: Life) -> pl.DataFrame:
    """Everything that was booked: whether the person did not attend."""
    kinds = (
        ("outpatient", life_.outpatient, ("3", "7")),
        ("community_contact", life_.contact, ("3",)),
        ("gp_appointment", life_.appointment, ("did_not_attend",)),
    )
    return pl.concat(
        [
            table.select(
                pl.lit(kind).alias("kind"),
                ids(life_),
                pl.col("status").is_in(list(missed)).alias("did_not_attend"),
            )
            for kind, table, missed in kinds
        ]
    )
