"""NHS numbers, names and the errors of single values."""

import random

import numpy as np
import polars as pl
import pytest

from flow_pipeline.synthetic import clock, nhs_numbers, text_errors


def is_valid(number):
    """Modulus 11, written out by hand: weights 10 to 2, remainder from 11, 11 is 0."""
    check = 11 - sum(int(d) * w for d, w in zip(number[:9], range(10, 1, -1), strict=True)) % 11
    return len(number) == 10 and {11: "0"}.get(check, str(check)) == number[9]


def test_true_nhs_numbers_are_valid_unique_and_in_the_test_range(typical):
    numbers = typical.truth("person")["nhs_number"]
    assert numbers.is_unique().all()
    assert all(n.startswith("999") and is_valid(n) for n in numbers)


def test_the_whole_range_is_about_909_000_numbers():
    numbers = nhs_numbers.all_numbers(1)
    assert 900_000 < len(numbers) < 920_000
    assert len(np.unique(numbers)) == len(numbers)
    assert all(is_valid(str(n)) for n in numbers[:500])


@pytest.mark.parametrize("profile", ["clean", "typical", "bad", "missing_only", "national"])
def test_no_delivered_number_leaves_the_test_range_but_sentinels(economies, profile):
    made = economies[profile]
    sentinels = {"0000000000", "9999999999", "1111111111", "0123456789"}
    for contract, organisation in (("gp_registration", "GP"), ("op_attendance", "RXA")):
        for _, rows in made.all_of(contract, organisation):
            column = "NHS_NO" if "NHS_NO" in rows.columns else "nhs_number"
            for number in rows[column].drop_nulls().str.replace_all(" ", "").unique():
                assert number in sentinels or number.startswith("999")


def test_twins_share_birth_date_and_family_name_but_not_number(economies):
    person = economies["typical"].truth("person")
    pairs = person.group_by("household", "birth_date").agg(
        pl.len(), pl.col("nhs_number").n_unique()
    )
    twins = pairs.filter(pl.col("len") > 1)
    assert twins.height > 0
    assert (twins["len"] == twins["nhs_number"]).all()


def test_names_are_diverse(typical):
    person = typical.truth("person")
    commonest = person["family_name"].value_counts(sort=True)["count"][0] / person.height
    assert person["family_name"].n_unique() > 500
    assert commonest < 0.04
    assert person["family_name"].str.contains(r"[^\x00-\x7f]").any()
    assert person["family_name"].str.contains("-").any()
    assert person["ethnic_category"].n_unique() >= 14


def test_some_sons_bear_their_fathers_name_at_one_address(typical):
    person = typical.truth("person").filter(~pl.col("female"))
    same = person.group_by("household", "given_name", "family_name").len()
    assert same.filter(pl.col("len") > 1).height > 0


@pytest.mark.parametrize(
    "make", [text_errors.typo, text_errors.ocr, text_errors.phonetic], ids=lambda f: f.__name__
)
def test_name_errors_keep_the_first_letter_and_change_something(make):
    draw = random.Random(1)
    names = ["Robinson", "McCarthy", "Okafor", "Kowalska", "Choudhury", "Philips"]
    changed = [make(name, draw) for name in names]
    assert all(a[0] == b[0] for a, b in zip(names, changed, strict=True))
    assert sum(a != b for a, b in zip(names, changed, strict=True)) >= 5


def test_a_mistyped_number_stays_in_the_test_range_and_differs():
    draw = random.Random(1)
    for number in map(str, nhs_numbers.all_numbers(2)[:300]):
        wrong = text_errors.number_typo(number, draw)
        assert wrong != number
        assert len(wrong) == 10
        assert wrong.startswith("999")


def test_plain_names_are_ascii():
    assert text_errors.plain("Łukasz Wiśniewski Ó Sé Zoë Llŷr").isascii()


def test_clock_changes_move_local_time():
    march = clock.day_of(clock.date(2024, 3, 31)) * 1440
    before, after = march + 30, march + 90
    local = clock.to_local(np.array([before, after]))
    assert (local - np.array([before, after])).tolist() == [0, 60]
    assert clock.to_utc(local).tolist() == [before, after]


@pytest.mark.parametrize(
    ("day", "is_holiday"),
    [
        ((2024, 3, 29), True),  # Good Friday
        ((2024, 4, 1), True),
        ((2023, 5, 8), True),  # coronation
        ((2025, 12, 26), True),
        ((2022, 12, 27), True),  # Christmas Day fell on a Sunday
        ((2024, 4, 2), False),
    ],
)
def test_bank_holidays(day, is_holiday):
    assert clock.is_bank_holiday(np.array([clock.day_of(clock.date(*day))]))[0] == is_holiday
