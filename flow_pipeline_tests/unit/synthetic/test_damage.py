"""Errors come at the rates of the profile, and where reality has them."""

import polars as pl
import pytest

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.synthetic.profiles import PROFILES

REFUSING = ("bad_date", "end_before_start", "mandatory_missing")


def counts(made):
    damage = made.truth("damage")
    return dict(damage.group_by("kind").len().iter_rows())


def test_typical_refuses_well_below_one_percent_of_rows(economies):
    made = economies["typical"]
    damage = made.truth("damage").filter(pl.col("kind").is_in(list(REFUSING)))
    by_contract = dict(damage.group_by("contract").len().iter_rows())
    for contract, rows in made.summary.rows.items():
        assert by_contract.get(contract, 0) / rows < 0.006


def test_bad_is_several_times_worse_than_typical(economies):
    typical, bad = counts(economies["typical"]), counts(economies["bad"])
    for kind in ("typo", "bad_date", "code_out_of_list", "duplicate_row", "nickname"):
        assert bad[kind] > 2 * typical[kind]


def test_missing_only_is_missing_only(economies):
    assert set(counts(economies["missing_only"])) == {"missing"}


@pytest.mark.parametrize(
    ("contract", "kind", "rate"),
    [
        ("gp_appointment", "code_out_of_list", "code_out_of_list"),
        ("gp_appointment", "bad_date", "bad_date"),
        ("op_attendance", "midnight", "midnight"),
        ("csds_care_contact", "contact_on_two_referrals", "contact_on_two_referrals"),
    ],
)
def test_row_errors_come_at_their_rate(economies, contract, kind, rate):
    made = economies["bad"]
    damage = made.truth("damage").filter(
        (pl.col("contract") == contract) & (pl.col("kind") == kind)
    )
    expected = getattr(PROFILES["bad"], rate) * made.summary.rows[contract]
    spread = 4 * expected**0.5 + 4
    assert abs(damage.height - expected) < spread


def test_all_kinds_of_the_typical_profile_happen(economies):
    happened = set(counts(economies["typical"])) | set(counts(economies["bad"]))
    assert {
        "typo", "ocr", "phonetic", "day_month_swapped", "swapped", "nickname", "variant",
        "earlier_address", "earlier_surname", "missing", "sentinel", "other_person", "reused",
        "contact_on_two_referrals", "referral_id_moved", "end_missing", "end_before_start",
        "duplicate_row", "near_duplicate_row", "code_out_of_list", "midnight", "literal_null",
        "bad_date", "mandatory_missing", "diacritics", "second_part_dropped", "wrong",
    } <= happened  # fmt: skip


def test_files_are_missing_repeated_and_corrected(economies):
    typical = economies["typical"].truth("file")
    kinds = set(typical["kind"])
    assert {"original", "sent_twice", "to_be_corrected", "corrected"} == kinds
    assert set(economies["clean"].truth("file")["kind"]) == {"original"}
    community = typical.filter(
        (pl.col("contract") == "apc_episode") & (pl.col("organisation_code") == "RYA")
    )
    assert community.height == 7  # one of eight quarters was never sent


def test_a_month_sent_twice_is_the_same_bytes(economies):
    made = economies["typical"]
    again = made.truth("file").filter(pl.col("kind") == "sent_twice")["file"][0]
    first = again.replace("_again", "")
    assert (made.folder / again).read_bytes() == (made.folder / first).read_bytes()


def test_a_corrected_month_comes_later_and_is_whole(economies):
    made = economies["typical"]
    files = made.truth("file")
    corrected = files.filter(pl.col("kind") == "corrected").row(0, named=True)
    first = files.filter(pl.col("kind") == "to_be_corrected").row(0, named=True)
    assert corrected["file"] > first["file"]
    assert corrected["n_rows"] > first["n_rows"]


def test_numbers_are_missing_more_often_for_some_groups(economies):
    made = economies["missing_only"]
    person = made.truth("person")
    records = made.truth("person_record").filter(pl.col("contract") == "csds_mpi")
    damage = made.truth("damage").filter(
        (pl.col("contract") == "csds_mpi") & (pl.col("column") == "nhs_number")
    )
    rows = records.join(
        damage.select("file", "row_number", pl.lit(value=True).alias("missing")),
        on=["file", "row_number"], how="left",
    ).join(person, on="person_id")  # fmt: skip
    rows = rows.with_columns(
        pl.col("missing").fill_null(value=False),
        (~pl.col("ethnic_category").is_in(["A", "B"])).alias("minority"),
    )
    share = dict(rows.group_by("minority").agg(pl.col("missing").mean()).iter_rows())
    assert share[True] > share[False]


def test_national_extracts_carry_no_names_but_general_practice_does(economies):
    made = economies["national"]
    for contract, organisation in (
        ("apc_episode", "RXA"),
        ("csds_mpi", "RYA"),
        ("cld_event", "999"),
    ):
        for _, rows in made.all_of(contract, organisation):
            assert not {"person_family_name", "person_given_name"} & set(rows.columns)
    for _, rows in made.all_of("gp_registration", "GP"):
        assert rows["person_family_name"].null_count() < rows.height


def test_the_foreign_sender_shows_no_identifier(economies):
    made = economies["national"]
    numbers = set(made.truth("person")["nhs_number"])
    for _, rows in made.all_of("ecds_attendance", "RXB"):
        assert not {"nhs_number", "postcode_of_usual_address"} & set(rows.columns)
        assert not numbers & set(rows["PSEUDO_NHS_NUMBER"].drop_nulls())
        assert rows["person_birth_date"].drop_nulls().str.contains(r"-01$|^01/").all()


def test_a_column_is_renamed_half_way_by_one_sender(economies):
    names = [set(rows.columns) for _, rows in economies["typical"].all_of("apc_episode", "RXB")]
    assert any("CRN" in columns for columns in names)
    assert any("MRN" in columns for columns in names)


def test_clean_codes_are_in_their_lists(economies):
    made = economies["clean"]
    lists = code_lists()
    for (contract, organisation), _ in made.truth("file").group_by("contract", "organisation_code"):
        fields = {f.name: f.codes for f in all_contracts()[contract].fields if f.codes}
        for _, rows in made.all_of(contract, organisation):
            for name in set(fields) & set(rows.columns):
                known = {code.code for code in lists[fields[name]].codes}
                assert set(rows[name].drop_nulls()) <= known, (contract, name)


def test_clean_rows_have_what_is_required(economies):
    made = economies["clean"]
    for (contract, organisation), _ in made.truth("file").group_by("contract", "organisation_code"):
        required = [f.name for f in all_contracts()[contract].fields if f.required == "required"]
        for _, rows in made.all_of(contract, organisation):
            for name in required:
                assert rows[name].null_count() == 0, (contract, name)
