"""A refused value is told by its shape only."""

import polars as pl
import pytest

from flow_pipeline.contracts import contract
from flow_pipeline.ingest.shapes import shape_of

_EPISODE = contract("apc_episode")


def _shape(text: str | None, name: str | None = None) -> str:
    field = _EPISODE.field(name) if name else None
    frame = pl.DataFrame({"x": [text]}, schema={"x": pl.String})
    return frame.select(shape_of(pl.col("x"), field)).item()


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("2024-13-45", "9999.99.99"),
        ("999 123 4567", "999.999.9999"),
        ("9991234567", "9+"),
        ("ABCD", "AAAA"),
        ("ABCDE", "A+"),
        ("Å1é", "A9A"),
        ("-----", ".+"),
        ("A1A1A1A1A1A1A1A1", "A9A9A9A9A9A9"),
        ("", "empty"),
        (None, "empty"),
    ],
)
def test_letters_digits_and_others(text, shape):
    assert _shape(text) == shape


@pytest.mark.parametrize(
    ("name", "text", "shape"),
    [
        ("person_family_name", "Oyelaran", "letters 5-8"),
        ("person_family_name", "O'Brien-Smith-Jones", "mixed 17-32"),
        ("person_given_name", "99", "digits 1-4"),
        ("postcode_of_usual_address", "AB1 2CD", "mixed 5-8"),
        ("nhs_number", "9991234567", "9+"),
        ("local_patient_identifier", "H-12", "A.99"),
    ],
)
def test_names_addresses_and_free_text_by_class_and_length_only(name, text, shape):
    assert _shape(text, name) == shape
