import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from flow_pipeline.tables.language import (
    POLARS_TYPES,
    Table,
    date,
    integer,
    money,
    number,
    text,
    text_list,
)
from flow_pipeline_tests.drawn import drawn

VISITS = Table(
    name="visit",
    stage="journeys",
    grain="one row per visit",
    meaning="Visits.",
    columns=(
        text("person_id", "Person.", nullable=False),
        text("visit_id", "Visit.", nullable=False),
        date("on_date", "Day."),
        integer("n_visits", "Visits.", unit="visits", counted_by="n_visits"),
        number("mean_minutes", "Mean.", unit="minutes", counted_by="n_visits"),
        money("cost", "Cost."),
        text_list("dq_flags", "Flags."),
    ),
    key=("visit_id",),
    order=("person_id", "on_date", "visit_id"),
    release_class="aggregate",
)

_DRAWN = """
visit_id | person_id | on_date    | more | n_visits | mean_minutes | cost  | dq_flags
V3       | P2        | 2024-01-01 | x    | 1        | 5.5          | 12.50 | K01,K02
V2       | P1        |            | x    | 2        |              |       |
V1       | P1        | 2024-03-01 | x    |          | 7            | 3     | K01
"""


@pytest.fixture
def visits() -> pl.LazyFrame:
    return drawn(_DRAWN, VISITS)


def test_a_frame_is_conformed_to_columns_types_and_order(visits):
    conformed = VISITS.conform(visits).collect()
    assert conformed.schema == VISITS.schema()
    assert conformed.get_column("visit_id").to_list() == ["V1", "V2", "V3"]
    assert conformed.rows()[2] == (
        "P2",
        "V3",
        dt.date(2024, 1, 1),
        1,
        5.5,
        Decimal("12.50"),
        ["K01", "K02"],
    )


def test_the_order_of_the_input_does_not_count(visits):
    assert VISITS.conform(visits.reverse()).collect().equals(VISITS.conform(visits).collect())


def test_a_missing_column_is_an_error(visits):
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        VISITS.conform(visits.drop("cost")).collect()


def test_an_empty_table_has_every_column():
    assert VISITS.empty().collect_schema() == VISITS.schema()
    assert VISITS.empty().collect().is_empty()


def test_the_released_table_has_a_flag_after_each_measure():
    released = VISITS.released()
    assert released.column_names == (
        "person_id",
        "visit_id",
        "on_date",
        "n_visits",
        "n_visits_is_suppressed",
        "mean_minutes",
        "mean_minutes_is_suppressed",
        "cost",
        "dq_flags",
    )
    assert released.zone == "published"
    assert released.column("n_visits_is_suppressed").type == "boolean"


def test_without_an_order_the_key_is_the_order():
    columns = (text("code", "Code."),)
    made = Table(name="t", stage="s", grain="g", meaning="m", columns=columns, key=("code",))
    assert made.sorted_by == ("code",)
    assert VISITS.sorted_by == ("person_id", "on_date", "visit_id")


@pytest.mark.parametrize(
    "change",
    [
        {"key": ("nothing",)},
        {"order": ("nothing",)},
        {"columns": (text("a", "A."), text("a", "A."))},
        {"columns": (number("a", "A.", counted_by="nothing"),)},
        {"columns": (number("a", "A.", share_of="nothing"),)},
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(change):
    settings = {"columns": (text("a", "A."),), "key": ("a",), **change}
    with pytest.raises(ValueError, match="t: "):
        Table(name="t", stage="s", grain="g", meaning="m", **settings)


def test_every_type_has_a_polars_type():
    assert POLARS_TYPES["money"] == pl.Decimal(16, 2)
    assert set(POLARS_TYPES) >= {c.type for c in VISITS.columns}
