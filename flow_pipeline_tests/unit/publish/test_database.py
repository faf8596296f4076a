import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from flow_pipeline.publish.database import column_comment, metadata
from flow_pipeline.tables import schema_tables, table
from flow_pipeline.tables.language import Column, Table


def _postgresql(declared: Table, *, keys: bool) -> str:
    made = metadata("flow", [declared], keys=keys)
    create = sa.schema.CreateTable(made.tables[f"flow.{declared.name}"])
    return str(create.compile(dialect=postgresql.dialect()))


def test_every_table_of_both_schemas_can_be_made_on_postgresql_with_its_key():
    for tables in schema_tables().values():
        for declared in tables:
            sql = _postgresql(declared, keys=True)
            assert "CONSTRAINT pk_" in sql or "CONSTRAINT uq_" in sql
            assert "SERIAL" not in sql


def test_without_keys_there_is_no_constraint():
    assert "CONSTRAINT" not in _postgresql(table("care_event"), keys=False)


def test_a_key_that_may_be_null_is_unique_with_nulls_alike():
    sql = _postgresql(table("handoff_matrix"), keys=True)
    assert "CONSTRAINT uq_handoff_matrix_month_handoff_type_from_sector" in sql
    assert "UNIQUE NULLS NOT DISTINCT" in sql


def test_required_columns_are_not_null_and_types_are_declared():
    columns = metadata("flow", [table("care_event")]).tables["flow.care_event"].columns
    assert not columns["person_id"].nullable
    assert str(columns["cost"].type) == "NUMERIC(16, 2)"
    assert isinstance(columns["dq_flags"].type, sa.ARRAY)


def test_a_comment_names_the_unit_where_there_is_one():
    assert column_comment(Column("nights", "integer", "Length.", "nights")) == (
        "Length. Unit: nights."
    )
    assert column_comment(Column("sex", "text", "Sex.")) == "Sex."
