"""From postcode to small area, and which postcodes a directory does not know."""

import polars as pl

from flow_pipeline.pseudonymise.areas import places
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import column, pseudonymised

DIRECTORY = pl.LazyFrame(
    {"postcode": ["AB1 2CD", "AB1 2CE"], "lsoa_code": ["L1", "L2"], "area_code": ["M1", None]}
)
ROWS = "postcode_of_usual_address\nab12cd\nAB1 2CE\nAB9 9ZZ\nZZ99 3VZ\nNF1 1AB\nNK01 0AA\n"


def test_a_postcode_that_the_directory_does_not_know_is_flagged():
    core = pseudonymised("person_index", ROWS, places=places(DIRECTORY, None)).core
    assert column(core, "area_code") == ["M1", None, None, None, None, None]
    assert column(core, "dq_flags") == [[], [], ["V07"], [], [], []]
    assert column(core, "is_no_fixed_abode") == [False, False, False, True, True, False]


def test_without_a_directory_no_postcode_is_unknown():
    assert column(pseudonymised("person_index", ROWS).core, "dq_flags") == [[]] * 6
