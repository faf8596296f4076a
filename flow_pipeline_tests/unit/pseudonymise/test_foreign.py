"""Pseudonyms of another body: which are none, and which are equal."""

import polars as pl

from flow_pipeline.pseudonymise.foreign import pseudonym
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import column, pseudonymised

HEADER = "foreign_pseudonym | foreign_pseudonym_namespace"


def tokens(*rows: str, contract: str = "ecds_attendance") -> pl.LazyFrame:
    return pseudonymised(contract, "\n".join([HEADER, *rows])).record_told


def test_texts_that_stand_where_a_pseudonym_should_are_none():
    none = ["", "  ", "INVALID", "invalid number", "Null", "N/A", "NaN", "unknown", "Not Known"]
    none += ["0", "0000000000", "9999", "FFFFFFFF", "xxxx", "----", "?", "untraced", "ERROR"]
    frame = pl.DataFrame({"delivered": [*none, None]})
    found = frame.select(pseudonym(pl.col("delivered")))["delivered"].to_list()
    assert found == [None] * len(found)


def test_pseudonyms_of_many_schemes_are_kept():
    kept = ["A1B2C3D4", "kq8/Z+x==", "1000000001", "0f0f", "P-77", "NAN0", "INTERNAL7"]
    frame = pl.DataFrame({"delivered": kept})
    found = frame.select(pseudonym(pl.col("delivered")))["delivered"].to_list()
    assert found == ["a1b2c3d4", "kq8/Z+x==", "1000000001", "0f0f", "P-77", "NAN0", "INTERNAL7"]


def test_hexadecimal_is_equal_in_either_case_and_base_64_is_not():
    found = column(tokens("0AFF21 | a", " 0aff21 | a", "kQ/ | a", "KQ/ | a"), "foreign_token")
    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_equal_pseudonyms_of_two_namespaces_are_no_match():
    found = tokens("A1B2 | dscro-2026", "A1B2 | dscro-2025", "A1B2 | dscro-2026", "A1B2 |")
    first, other, again, nowhere = column(found, "foreign_token")
    assert first == again != other
    assert nowhere is None
    assert column(found, "foreign_namespace_token")[3] is None


def test_a_pseudonym_is_an_identity_of_its_own_and_no_number():
    found = tokens("A1B2 | a", "INVALID | a")
    assert column(found, "has_own_identity") == [True, False]
    assert column(found, "is_number_verified") == [False, False]
    assert column(found, "nhs_number_token") == [None, None]


def test_a_record_by_reference_may_carry_a_pseudonym_too():
    assert column(tokens("A1B2 | a", contract="csds_referral"), "has_own_identity") == [True]


def test_neither_pseudonym_nor_namespace_goes_further():
    made = pseudonymised("ecds_attendance", f"{HEADER}\nA1B2C3 | dscro-2026")
    for frame in made:
        text = frame.collect().write_json()
        assert "A1B2C3" not in text.upper()
        assert "dscro" not in text
        assert "foreign_pseudonym" not in frame.collect_schema().names()
