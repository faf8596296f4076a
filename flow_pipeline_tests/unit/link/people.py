"""People drawn as text, turned into tokens and linked, as the pipeline would."""

import datetime as dt
from collections.abc import Iterable

import duckdb
import polars as pl

from flow_pipeline.link import Linked, link
from flow_pipeline.link.reach import Stood
from flow_pipeline.link.weighing import Kept
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import pseudonymised

PERSON_KEY = "0123456789abcdef" * 4
ANNA, BERT, CARA, DORA = "9990000018", "9990000026", "9990001006", "9990020000"  # valid numbers
_FIELDS = {
    "given": "person_given_name",
    "family": "person_family_name",
    "born": "person_birth_date",
    "sex": "person_stated_gender_code",
    "postcode": "postcode_of_usual_address",
    "number": "nhs_number",
    "status": "nhs_number_status_indicator_code",
    "local": "local_patient_identifier",
    "sender": "organisation_code",
    "file": "submission_id",
}


def tokens(
    text: str, *, contract: str = "person_index", received: dt.datetime | None = None
) -> pl.LazyFrame:
    """record_told of drawn rows. Headers are short: given, family, born, number, local and so on;
    other headers are contract fields."""
    header, _, rows = text.strip().partition("\n")
    names = [_FIELDS.get(cell.strip(), cell.strip()) for cell in header.split("|")]
    made = pseudonymised(contract, "|".join(names) + "\n" + rows).record_told
    when = pl.lit(received, pl.Datetime("us")).alias("received_at")
    return made.with_columns(when)


def linked(
    *records: pl.LazyFrame,
    registry: pl.LazyFrame | None = None,
    run_id: str = "run-1",
    before: Kept | None = None,
    stood: Stood | None = None,
    decisions: pl.DataFrame | None = None,
) -> Linked:
    with duckdb.connect() as connection:
        return link(
            pl.concat(records),
            registry,
            person_key=PERSON_KEY,
            connection=connection,
            run_id=run_id,
            before=before,
            stood=stood,
            decisions=decisions,
        )


def persons(result: Linked, contract: str | None = None) -> list[str | None]:
    """A letter per row in delivered order: the same letter is the same person; refused is None."""
    links = result.person_link.collect()
    if contract is not None:
        links = links.filter(pl.col("contract") == contract)
    found = dict(links.select("row_number", "person_id").rows())
    return letters(found.get(n) for n in range(1, max(found, default=0) + 1))


def letters(ids: Iterable[str | None]) -> list[str | None]:
    names: dict[str, str] = {}
    return [None if i is None else names.setdefault(i, chr(ord("a") + len(names))) for i in ids]
