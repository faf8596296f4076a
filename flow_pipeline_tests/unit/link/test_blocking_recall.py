"""What blocking rules find of the pairs of one person, and how linked people differ from others."""

import duckdb
import polars as pl
import pytest

from flow_pipeline.link.blocking_recall import blocking_rows
from flow_pipeline.link.differences import differences
from flow_pipeline.link.identities import identities
from flow_pipeline_tests.unit.link.people import ANNA, tokens

# Anna four times: with number, without, moved and misnamed, and as nobody would know her.
RECORDS = f"""
    given | family | born       | postcode | number | local | sender
    Anna  | Smith  | 1950-02-03 | LS1 4AP  | {ANNA} | 1     | RXA
    Anna  | Smith  | 1950-02-03 | LS1 4AP  |        | 2     | RXB
    Anna  | Jones  | 1950-02-03 | YO1 7HH  | {ANNA} | 3     | RXC
    Xenia | Petrov | 1987-11-12 | M1 1AA   |        | 4     | RXD
"""


def blocked(person: dict[int, str], **more: object) -> dict[str, tuple[int, int, int | None]]:
    found = identities(tokens(RECORDS).collect())
    whose = found.records.select(
        "unique_id", person=pl.col("row_number").replace_strict(person, default=None)
    ).drop_nulls()
    with duckdb.connect() as connection:
        rows = blocking_rows(found.distinct, whose, connection, basis="truth", **more)
    return {r["rule"]: (r["n_pairs"], r["n_found"], r["n_alone"]) for r in rows.to_dicts()}


def test_rules_are_counted_together_and_each():
    found = blocked(dict.fromkeys(range(1, 5), "anna"))
    assert found["all"] == (6, 3, None)
    assert found["nhs number"] == (6, 1, 0)
    assert found["birth date, postcode"] == (6, 1, 0)
    assert found["birth date, given initials"] == (6, 3, 1)
    assert found["reference"] == (6, 0, 0)


def test_where_numbers_say_who_is_who_their_rule_does_not_count():
    found = blocked({1: "anna", 3: "anna"}, with_numbers=False)
    assert "nhs number" not in found
    assert found["all"] == (1, 1, None)
    assert found["birth date, given initials"] == (1, 1, 1)


def test_nobody_with_two_identities_has_no_rows():
    assert blocked({1: "a", 2: "b"}) == {}


@pytest.mark.parametrize("linked", [40, 100])
def test_shares_of_linked_and_unlinked_units(linked):
    """100 units linked, 100 not; a record of a unit that is linked by any links the unit."""
    described = pl.DataFrame(
        {
            "unit": range(200),
            "sex": ["female"] * linked
            + ["male"] * (100 - linked)
            + ["female"] * 20
            + ["male"] * 80,
            "age_band": ["unknown"] * 200,
        }
    )
    records = pl.DataFrame({"record_key": [str(n) for n in range(201)], "unit": [*range(200), 0]})
    link = pl.DataFrame(
        {
            "record_key": records["record_key"],
            "method": ["nhs_number"] * 100 + ["local_only"] * 101,
        }
    )
    table = differences(described, records, link, ("sex", "age_band"))
    of = {row["subgroup_value"]: row for row in table.to_dicts()}
    assert of["female"]["n_linked"] == linked
    assert of["female"]["n_unlinked"] == 20
    assert of["female"]["share_unlinked"] == 0.2
    variance = (linked / 100 * (1 - linked / 100) + 0.2 * 0.8) / 2
    assert of["female"]["standardised_difference"] == pytest.approx(
        (0.2 - linked / 100) / variance**0.5
    )
    assert set(table["subgroup"]) == {"sex"}
