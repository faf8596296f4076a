"""Truth agrees with what was delivered: every row has a person, every spell its episodes."""

import polars as pl
import pytest

from flow_pipeline.synthetic.registers import SENTINELS

ACUTE = ("RXA", "RXB")


@pytest.mark.parametrize("profile", ["clean", "typical", "bad", "missing_only", "national"])
def test_every_delivered_row_has_one_true_person(economies, profile):
    made = economies[profile]
    records = made.truth("person_record")
    files = made.truth("file")
    counted = records.group_by("file").agg(
        pl.len(),
        pl.col("row_number").min().alias("first"),
        pl.col("row_number").max().alias("last"),
        pl.col("row_number").n_unique().alias("distinct"),
    )  # fmt: skip
    joined = files.join(counted, on="file", how="left").filter(pl.col("n_rows") > 0)
    assert (joined["n_rows"] == joined["len"]).all()
    assert (joined["n_rows"] == joined["distinct"]).all()
    assert (joined["first"] == 1).all()
    assert (joined["last"] == joined["n_rows"]).all()
    assert set(records["person_id"]) <= set(made.truth("person")["person_id"])


def test_delivered_rows_are_as_many_as_the_file_table_says(typical):
    for row in typical.truth("file").sample(25, seed=1).iter_rows(named=True):
        assert typical.delivered(row["file"]).height == row["n_rows"]


def clean_rows(made, contract, organisation):
    """Rows with the true person, by file and row number."""
    records = made.truth("person_record").filter(pl.col("contract") == contract)
    for name, rows in made.all_of(contract, organisation):
        mine = records.filter(pl.col("file") == name).sort("row_number")
        yield rows.with_columns(mine["person_id"], mine["event_key"])


def test_clean_numbers_are_those_of_the_true_person(economies):
    made = economies["clean"]
    true_number = made.truth("person").select("person_id", pl.col("nhs_number").alias("true"))
    for contract, organisation in (("op_attendance", "RXB"), ("gp_registration", "GP")):
        for rows in clean_rows(made, contract, organisation):
            both = rows.join(true_number, on="person_id")
            assert (both["nhs_number"] == both["true"]).all()


def test_clean_profile_has_no_damage(economies):
    assert not (economies["clean"].folder / "truth" / "damage.parquet").exists()


def test_spells_are_their_episodes_grouped(economies):
    made = economies["clean"]
    rows = [r for org in (*ACUTE, "RYA") for r in clean_rows(made, "apc_episode", org)]
    episodes = pl.concat(rows, how="diagonal")
    spell = episodes.group_by("event_key").agg(
        pl.col("person_id").n_unique().alias("people"),
        pl.col("start_date_hospital_provider_spell").first().alias("admitted"),
        pl.col("start_date_hospital_provider_spell").n_unique().alias("admissions"),
        pl.col("discharge_date_hospital_provider_spell").drop_nulls().first().alias("discharged"),
        pl.col("tariff_amount").cast(pl.Float64).sum().alias("charged"),
        (pl.col("last_episode_in_spell_indicator_code") == "1").sum().alias("last"),
        pl.col("episode_number").cast(pl.Int64).max().alias("highest"),
        pl.len().alias("n"),
    )
    truth = made.truth("spell").with_columns(
        pl.col("admitted_at").dt.date().cast(pl.String).alias("true_admitted"),
        pl.col("discharged_at").dt.date().cast(pl.String).alias("true_discharged"),
    )
    both = truth.join(spell, left_on="spell_key", right_on="event_key", how="left")
    assert both["n"].null_count() == 0
    assert (both["people"] == 1).all()
    assert (both["admissions"] == 1).all()
    assert (both["admitted"] == both["true_admitted"]).all()
    assert both["discharged"].equals(both["true_discharged"], null_equal=True, check_names=False)
    assert ((both["charged"] - both["cost"]).abs() < 0.05).all()
    assert (both["highest"] == both["n"]).all()


def test_ward_stays_cover_their_spell_without_gap(economies):
    made = economies["clean"]
    stays = pl.concat([r for org in ACUTE for r in clean_rows(made, "apc_ward_stay", org)])
    key = "hospital_provider_spell_identifier"
    ordered = stays.sort(
        key, "ward_stay_start_date_time", "ward_stay_end_date_time", nulls_last=True
    )
    following = ordered.with_columns(
        pl.col("ward_stay_start_date_time").shift(-1).over(key).alias("next")
    ).filter(pl.col("next").is_not_null())
    assert (following["next"] == following["ward_stay_end_date_time"]).all()


def test_nobody_is_in_two_acute_beds_at_once(economies):
    spell = economies["clean"].truth("spell").sort("person_id", "admitted_at")
    later = spell.with_columns(
        pl.col("discharged_at").cum_max().shift(1).over("person_id").alias("free_from")
    )
    assert later.filter(pl.col("admitted_at") < pl.col("free_from")).height == 0


def test_nothing_happens_outside_life_and_residence(economies):
    made = economies["typical"]
    event = made.truth("event").filter(pl.col("happened"))
    life = made.truth("person").select("person_id", "birth_date", "death_date")
    both = event.join(life, on="person_id")
    early = both.filter(pl.col("start_at").dt.date() < pl.col("birth_date"))
    late = both.filter(pl.col("start_at").dt.date() > pl.col("death_date"))
    assert set(early["event_family"]) <= {"inpatient"}  # labour wards: none expected
    assert early.height == 0
    assert late.height == 0


def test_events_end_after_they_start(economies):
    event = economies["typical"].truth("event")
    assert event.filter(pl.col("end_at") < pl.col("start_at")).height == 0


def test_delays_have_causes_and_responsible_bodies(typical):
    delay = typical.truth("delay")
    assert (delay["days"] >= 0).all()
    assert delay["cause"].null_count() == 0
    assert set(delay["responsible"]) <= {"hospital", "council", "community"}
    known = set(typical.truth("spell")["spell_key"])
    assert len(set(delay["spell_key"]) - known) == 0


def test_journeys_follow_the_gap_rule(typical):
    journey = typical.truth("journey").sort("person_id", "start_at")
    gap = (
        pl.col("start_at").dt.date()
        - pl.col("end_at").dt.date().shift(1).over("person_id")
    ).dt.total_days()  # fmt: skip
    gaps = journey.select(gap).to_series().drop_nulls()
    assert (gaps > 30).all()


def test_damaged_cells_say_where_they_are(typical):
    damage = typical.truth("damage").filter(pl.col("kind") == "sentinel")
    numbers = damage.filter(pl.col("column").is_in(["nhs_number", "NHS_NO", "NHS_NUMBER"]))
    assert numbers.height > 5
    for row in numbers.head(12).iter_rows(named=True):
        cell = typical.delivered(row["file"])[row["column"]][row["row_number"] - 1]
        assert cell.replace(" ", "") in SENTINELS


def test_truth_names_no_kind_of_damage_twice_for_a_cell(typical):
    damage = typical.truth("damage").filter(pl.col("column") != "")
    assert damage.height == damage.unique().height
