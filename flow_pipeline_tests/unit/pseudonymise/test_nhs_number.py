import json

import polars as pl
import pytest

from flow_pipeline.pseudonymise.nhs_number import SENTINELS, standardised, validity
from flow_pipeline_tests.public_data import PUBLIC_DATA

CASES = PUBLIC_DATA / "reference" / "nhs_number_cases.json"


def verdicts(numbers: list[str | None]) -> list[str]:
    frame = pl.DataFrame({"number": numbers}, schema={"number": pl.String})
    return frame.select(validity(standardised(pl.col("number")))).to_series().to_list()


def test_a_number_is_valid_missing_sentinel_or_invalid():
    numbers = ["9990000018", "999 000 0018", "999-000-0018", "9990000019", "999000001", "", None]
    assert verdicts(numbers) == ["valid"] * 3 + ["invalid"] * 2 + ["missing"] * 2


def test_placeholders_that_pass_the_check_digit_are_sentinels():
    assert verdicts(list(SENTINELS)) == ["sentinel"] * 11


def test_text_that_is_no_number_is_invalid_not_an_error():
    assert verdicts(["UNKNOWN", "99900000١8", "9990000018 ext"]) == ["invalid"] * 3


def test_the_check_digit_agrees_with_a_plain_implementation():
    numbers = [f"999{n:07d}" for n in range(0, 30_000, 7)]
    assert [v == "valid" for v in verdicts(numbers)] == [passes_modulus_11(n) for n in numbers]


def passes_modulus_11(number: str) -> bool:
    total = sum(
        int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)
    )
    check = 11 - total % 11
    return check != 10 and (0 if check == 11 else check) == int(number[9])


@pytest.mark.skipif(not CASES.exists(), reason="the shared NHS number cases are not here")
def test_another_projects_verdicts_agree():
    cases = json.loads(CASES.read_text())
    judged = [c for c in cases["is_valid"] if c["input"] != "0000000000"]  # for us a sentinel
    found = verdicts([c["input"] for c in judged])
    assert [v == "valid" for v in found] == [c["valid"] for c in judged]
    forms = cases["standardise"]
    frame = pl.DataFrame({"number": [c["input"] for c in forms]})
    plain = frame.select(standardised(pl.col("number")))["number"].to_list()
    digits = [text if text and text.isdigit() else "" for text in plain]
    assert digits == [c["output"] for c in forms]
