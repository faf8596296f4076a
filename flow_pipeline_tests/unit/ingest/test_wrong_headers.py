"""What the names of columns tell before a row is read: another contract, a name used twice."""

from itertools import permutations
from pathlib import Path

import pytest

from flow_pipeline.contracts import all_contracts, contract
from flow_pipeline.errors import InputRefused
from flow_pipeline.ingest.mapping import Sender, SourceMap
from flow_pipeline.ingest.wrong_headers import refuse_wrong_header, unused_columns

_PATH = Path("extract.csv")
# Their columns do not tell them apart: lists of persons with all that is known of them, and local
# lists of one layout. Of a list of persons only the dead can be taken as deaths.
_ALIKE = {
    ("csds_mpi", "person_index"),
    ("csds_mpi", "death"),
    ("hospice_care", "intermediate_care"),
    ("intermediate_care", "hospice_care"),
}


def _source(name: str, **more: object) -> tuple[str, SourceMap]:
    settings = {"contract": contract(name), "sender": Sender(code="RXA"), **more}
    return name, SourceMap(**settings)  # type: ignore[arg-type]


def _columns(name: str) -> list[str]:
    """Every column of an extract that is whole, as its contract names them."""
    return [f.name for f in contract(name).fields]


@pytest.mark.parametrize("name", sorted(all_contracts()))
def test_an_extract_of_its_own_contract_is_not_refused(name):
    refuse_wrong_header(_PATH, _columns(name), [_source(name)])
    asked = [f.name for f in contract(name).fields if f.required != "optional"]
    refuse_wrong_header(_PATH, asked, [_source(name)])


def test_a_whole_extract_of_any_contract_is_refused_under_every_other():
    taken = set()
    for own, other in permutations(all_contracts(), 2):
        try:
            refuse_wrong_header(_PATH, _columns(own), [_source(other)])
        except InputRefused:
            continue
        taken.add((own, other))
    assert taken == _ALIKE


def test_the_message_says_which_contract_it_is_and_what_to_do():
    with pytest.raises(InputRefused) as refusal:
        refuse_wrong_header(_PATH, _columns("csds_referral"), [_source("mh_referral")])
    told = str(refusal.value)
    assert "is an extract of csds_referral by its columns" in told
    assert "correct `contract`" in told


def test_a_source_that_says_which_rows_it_takes_knows_what_is_in_the_file():
    source = _source("community_hospital_spell", where="TRUE")
    refuse_wrong_header(_PATH, _columns("apc_episode"), [source])


def test_a_file_that_serves_both_contracts_is_not_refused():
    sources = [_source("gp_registration"), _source("person_index")]
    refuse_wrong_header(_PATH, _columns("gp_registration"), sources)


def test_own_columns_beside_those_of_the_contract_are_no_other_contract():
    refuse_wrong_header(_PATH, [*_columns("death"), "ward_code", "team"], [_source("death")])


def test_a_missing_column_in_another_writing_is_pointed_to():
    columns = [n.replace("_", " ").title() + " " for n in _columns("gp_appointment")]
    with pytest.raises(InputRefused) as refusal:
        refuse_wrong_header(_PATH, columns, [_source("gp_appointment")])
    at = _columns("gp_appointment").index("appointment_id") + 1
    assert f"{at} for appointment_id" in str(refusal.value)
    assert "Perhaps it has no header" not in str(refusal.value)


def test_where_columns_are_missing_the_contract_that_they_belong_to_is_named():
    with pytest.raises(InputRefused, match="It has the columns of an extract of ecds_attendance"):
        refuse_wrong_header(_PATH, _columns("ecds_attendance"), [_source("op_attendance")])


def test_a_name_on_two_columns_is_refused_where_it_is_used():
    columns = [*_columns("death"), "person_family_name"]
    with pytest.raises(InputRefused, match="'person_family_name' at positions"):
        refuse_wrong_header(_PATH, columns, [_source("death")])
    refuse_wrong_header(_PATH, [*_columns("death"), "note", "note"], [_source("death")])


def test_a_name_that_nobody_knows_is_not_quoted():
    with pytest.raises(InputRefused) as refusal:
        refuse_wrong_header(_PATH, ["Zebedee", "Zebedee"], [_source("death")])
    assert "Zebedee" not in str(refusal.value)


def test_a_field_written_otherwise_is_told_though_it_is_optional():
    columns = [n.replace("uprn", "UPRN") for n in _columns("death")]
    [note] = unused_columns(columns, [_source("death")])
    assert note.startswith(f"column {columns.index('UPRN') + 1} may be uprn")
