"""Which CHI numbers can be relied on."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_pipeline.pseudonymise.chi_number import has_lost_zero, standardised, validity
from flow_pipeline_tests.unit.pseudonymise.chi_numbers import check_digit, chi_number

BORN = dt.date(1950, 3, 4)


def verdicts(numbers: list[str | None], sexes: list[str | None] | None = None) -> list[str]:
    frame = pl.DataFrame(
        {"number": numbers, "sex": sexes or [None] * len(numbers)},
        schema={"number": pl.String, "sex": pl.String},
    )
    found = frame.select(validity(standardised(pl.col("number")), pl.col("sex")))
    return found.to_series().to_list()


# As Public Health Scotland's own package judges its documented examples (phsmethods, chi_check).
@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        ("0101011237", "valid"),  # modulus 11
        ("0101201234", "valid"),  # modulus 10 alone
        ("0101201233", "invalid"),
        ("1904851231", "valid"),
        ("1904851232", "invalid"),
        ("2902201230", "valid"),  # 29 February of a leap year
        ("2902191230", "invalid"),
        ("3201201234", "invalid"),  # no such day
        ("0113201234", "invalid"),  # no such month
        ("0011201234", "invalid"),
        ("1100201234", "invalid"),
        ("12345678900", "invalid"),
        ("010120123?", "invalid"),
        ("123", "invalid"),
        ("", "missing"),
        (None, "missing"),
        ("0000000000", "sentinel"),
    ],
)
def test_published_examples(number, verdict):
    assert verdicts([number]) == [verdict]


def test_either_modulus_will_do():
    numbers = [chi_number(BORN, "female", modulus=m) for m in (10, 11)]
    assert verdicts(numbers) == ["valid"] * 2
    first = numbers[0][:9]
    wrong = [f"{first}{d}" for d in range(10) if d not in {check_digit(first, m) for m in (10, 11)}]
    assert verdicts(wrong) == ["invalid"] * len(wrong)
    assert len(wrong) >= 8


def test_the_ninth_digit_agrees_with_the_sex_where_that_is_known():
    man, woman = chi_number(BORN, "male"), chi_number(BORN, "female")
    numbers = [man, man, man, woman, woman, woman]
    sexes = ["male", "female", None, "female", "male", "not known"]
    assert verdicts(numbers, sexes) == ["valid", "invalid", "valid"] * 2


def test_a_lost_zero_is_put_back_and_told():
    number = chi_number(BORN, "male")
    assert number.startswith("0")
    frame = pl.DataFrame({"n": [number, number[1:], f"{number[1:4]} {number[4:]}", number[2:]]})
    found = frame.select(made=standardised(pl.col("n")), lost=has_lost_zero(pl.col("n")))
    assert found["made"].to_list() == [number] * 3 + [number[2:]]
    assert found["lost"].to_list() == [False, True, True, False]
    assert verdicts([number[1:], number[2:]]) == ["valid", "invalid"]


def test_no_number_is_told_to_have_lost_a_zero():
    frame = pl.DataFrame({"n": [None, "", "UNKNOWN", "000000000"]}, schema={"n": pl.String})
    assert frame.select(has_lost_zero(pl.col("n")))["n"].to_list() == [False] * 4


def slow_validity(number: str, sex: str | None) -> str:
    """The same verdict by plain Python, from the wording of the rules."""
    if number in {"0123456789", *(str(digit) * 10 for digit in range(10))}:
        return "sentinel"
    if len(number) != 10 or not (number.isascii() and number.isdigit()):
        return "invalid"
    day, month, year = int(number[:2]), int(number[2:4]), int(number[4:6])
    if not (_is_date(1900 + year, month, day) or _is_date(2000 + year, month, day)):
        return "invalid"
    ninth = "male" if int(number[8]) % 2 else "female"
    if sex in ("male", "female") and sex != ninth:
        return "invalid"
    checks = {check_digit(number[:9], 11), check_digit(number[:9], 10)}
    return "valid" if int(number[9]) in checks else "invalid"


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True


near_dates = st.builds(
    "{:02d}{:02d}{:02d}{:04d}".format,
    st.integers(0, 33),
    st.integers(0, 13),
    st.integers(0, 99),
    st.integers(0, 9999),
)
sexes = st.sampled_from(["male", "female", "other", None])


@given(st.lists(st.tuples(near_dates | st.text("0123456789", max_size=11), sexes), min_size=1))
def test_the_verdict_is_that_of_a_slow_reading_of_the_rules(rows):
    rows = [(n if len(n) != 9 or n[0] == "0" else f"0{n}", s) for n, s in rows if n]
    if rows:
        numbers, said = zip(*rows, strict=True)
        expected = [slow_validity(n, s) for n, s in rows]
        assert verdicts(list(numbers), list(said)) == expected
