"""Writes identity into extract rows as the sender's register has it, and notes what is wrong."""

import hashlib
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from flow_pipeline.synthetic import places
from flow_pipeline.synthetic.clock import NEVER, Ints
from flow_pipeline.synthetic.people import People
from flow_pipeline.synthetic.registers import Register

CLD_ETHNICITY = {
    "A": "English / Welsh / Scottish / Northern Irish / British",
    "B": "Irish",
    "C": "Any other white background",
    "D": "White and Black Caribbean",
    "E": "White and Black African",
    "F": "White and Asian",
    "G": "Any other mixed multiple ethnic background",
    "H": "Indian",
    "J": "Pakistani",
    "K": "Bangladeshi",
    "L": "Any other Asian background",
    "M": "Caribbean",
    "N": "African",
    "P": "Any other Black / African / Caribbean background",
    "R": "Chinese",
    "S": "Any other ethnic group",
    "Z": "Refused",
    "99": "Undeclared / Not known",
}
COUNCIL_NAMES = {
    "local_patient_identifier": "la_person_unique_identifier",
    "person_stated_gender_code": "gender",
    "ethnic_category": "ethnicity",
    "person_birth_date": "date_of_birth",
    "postcode_of_usual_address": "postcode",
}
MARKS = {"_row": pl.Int64, "column": pl.String, "kind": pl.String}


@dataclass
class Delivery:
    """Rows on their way into files, and the damage done so far."""

    frame: pl.DataFrame  # contract fields, own columns, ``_row``
    marks: list[pl.DataFrame] = field(default_factory=list)

    def mark(self, rows: Ints, column: str, kind: str) -> None:
        """Notes damage to the given ``_row`` values."""
        if len(rows):
            self.marks.append(
                pl.DataFrame(
                    {"_row": rows, "column": [column] * len(rows), "kind": [kind] * len(rows)},
                    schema=MARKS,
                )
            )

    def all_marks(self) -> pl.DataFrame:
        return pl.concat(self.marks) if self.marks else pl.DataFrame(schema=MARKS)


def choose_entry(register: Register, person: Ints, salt: Ints) -> Ints:
    """The register entry used for each row: the second one for a third of the rows, if any."""
    second = register.second_entry[person]
    return np.where((second >= 0) & (salt % 3 == 0), second, person)


def with_identity(
    frame: pl.DataFrame,
    register: Register,
    people: People,
    *,
    names: bool = True,
    council: bool = False,
    practice: bool = True,
) -> Delivery:
    """Adds the identity block of the register to rows with ``_entry``, ``_person``, ``_day``."""
    entry, person = frame["_entry"].to_numpy(), frame["_person"].to_numpy()
    day = frame["_day"].to_numpy()
    known = register.entries[entry]
    before = day < known["family_day"].to_numpy()
    moved = day >= known["postcode_day"].to_numpy()
    shown = np.where(moved, known["postcode"].to_numpy(), known["postcode_before"].to_numpy())
    block = known.select(
        pl.col("nhs_number"),
        _status(known, register, entry),
        pl.col("local").alias("local_patient_identifier"),
        pl.when(pl.Series(before))
        .then("family_before")
        .otherwise("family")
        .alias("person_family_name"),
        pl.col("given").alias("person_given_name"),
        pl.when(pl.col("birth") < NEVER)
        .then(pl.col("birth").cast(pl.Int32))
        .cast(pl.Date)
        .alias("person_birth_date"),
        pl.col("gender").alias("person_stated_gender_code"),
        pl.col("ethnic").alias("ethnic_category"),
        _postcode(known, shown).alias("postcode_of_usual_address"),
    )
    if practice:
        at = places.practice_text(people.practice_on(person, day), people.registered[person])
        codes = pl.Series("general_medical_practice_code_patient_registration", at)
        block = block.with_columns(codes)
    if not names:
        block = block.drop("person_family_name", "person_given_name")
    if council:
        block = _for_council(block)
    delivery = Delivery(pl.concat([frame, block], how="horizontal"))
    _mark_identity(delivery, register, people, entry, before, shown, names, council)
    return delivery


FOREIGN_NAMESPACE = "dscro-2026"
FOREIGN_KEY = "PSEUDO_NHS_NUMBER"


def as_foreign(delivery: Delivery, people: People) -> None:
    """Another body's pseudonym, birth month and small area instead of identifiers, in place.

    A wrong number gets a pseudonym of its own, one that cannot exist gets ``INVALID``.
    """
    frame = delivery.frame
    numbers = frame["nhs_number"].unique().drop_nulls().to_list()
    pseudonyms = {n: _foreign_pseudonym(n) for n in numbers}
    person, day = frame["_person"].to_numpy(), frame["_day"].to_numpy()
    known = pl.col("postcode_of_usual_address").is_not_null()
    areas = pl.Series("area", places.lsoa_codes(people.lsoa_on(person, day)))
    month = pl.col("person_birth_date").dt.month_start()
    delivery.frame = frame.with_columns(
        pl.col("nhs_number")
        .replace_strict(pseudonyms, default=None, return_dtype=pl.String)
        .alias(FOREIGN_KEY),
        month.alias("person_birth_date"),
        pl.when(month.is_not_null()).then(pl.lit("month")).alias("birth_date_precision"),
        pl.when(known).then(areas).alias("LSOA_2021"),
    ).drop(
        "nhs_number",
        "nhs_number_status_indicator_code",
        "local_patient_identifier",
        "postcode_of_usual_address",
    )
    gone = ["nhs_number", "local_patient_identifier", "postcode_of_usual_address"]
    names_now = {"nhs_number": FOREIGN_KEY, "postcode_of_usual_address": "LSOA_2021"}
    delivery.marks = [
        m.filter(
            ~pl.col("column").is_in(gone) | pl.col("column").is_in(list(names_now))
        ).with_columns(pl.col("column").replace(names_now))
        for m in delivery.marks
    ]


def _foreign_pseudonym(number: str) -> str:
    if not number.startswith("999") or number == "9999999999":
        return "INVALID"
    return hashlib.sha256(f"{FOREIGN_NAMESPACE} {number}".encode()).hexdigest()[:32].upper()


def _status(known: pl.DataFrame, register: Register, entry: Ints) -> pl.Series:
    """01 verified for most right numbers; never for wrong ones."""
    wrong = np.zeros(register.entries.height, dtype=bool)
    if "nhs_number" in register.marks:
        wrong[register.marks["nhs_number"]["entry"].to_numpy()] = True
    missing = known["nhs_number"].is_null().to_numpy()
    status = np.where(wrong[entry] | (entry % 13 == 5), "02", "01")
    return pl.Series("nhs_number_status_indicator_code", np.where(missing, "03", status))


def _postcode(known: pl.DataFrame, shown: Ints) -> pl.Expr:
    numbers, inverse = np.unique(shown, return_inverse=True)
    texts = pl.Series([places.postcode_text(n) for n in numbers.tolist()], dtype=pl.String)[inverse]
    own = pl.col("postcode_text")
    return (
        pl.when(own == "")
        .then(None)
        .when(pl.col("abode") != "")
        .then("abode")
        .when(own.is_not_null())
        .then(own)
        .otherwise(texts)
    )


def _for_council(block: pl.DataFrame) -> pl.DataFrame:
    return (
        block.with_columns(
            pl.col("person_stated_gender_code").replace_strict(
                {"1": "Male", "2": "Female"}, default="Unknown"
            ),
            pl.col("ethnic_category").replace_strict(CLD_ETHNICITY, return_dtype=pl.String),
        )
        .drop("nhs_number_status_indicator_code")
        .rename(COUNCIL_NAMES)
    )


def _mark_identity(
    delivery: Delivery,
    register: Register,
    people: People,
    entry: Ints,
    before: np.ndarray,
    shown: Ints,
    names: bool,
    council: bool,
) -> None:
    """Every row with a recorded value that was damaged in the register."""
    rows = delivery.frame["_row"].to_numpy()
    person, day = delivery.frame["_person"].to_numpy(), delivery.frame["_day"].to_numpy()
    fields = {
        "nhs_number": "nhs_number",
        "local": "local_patient_identifier",
        "birth": "person_birth_date",
        "gender": "person_stated_gender_code",
        "ethnic": "ethnic_category",
        "postcode_text": "postcode_of_usual_address",
    }
    if names:
        fields |= {"family": "person_family_name", "given": "person_given_name"}
    for column, field_name in fields.items():
        if column not in register.marks:
            continue
        header = COUNCIL_NAMES.get(field_name, field_name) if council else field_name
        _mark_entries(delivery, register.marks[column], entry, rows, header)
    true_now = np.where(
        day >= people.move_day[person], people.postcode[person], people.earlier_postcode[person]
    )
    header = "postcode" if council else "postcode_of_usual_address"
    delivery.mark(rows[shown != true_now], header, "earlier_address")
    if names:
        late = before & (day >= people.surname_day[person])
        delivery.mark(rows[late], "person_family_name", "earlier_surname")


def _mark_entries(
    delivery: Delivery, damaged: pl.DataFrame, entry: Ints, rows: Ints, header: str
) -> None:
    found = pl.DataFrame({"entry": entry, "_row": rows}).join(
        damaged, on="entry", how="inner", maintain_order="left"
    )
    if found.height:
        delivery.marks.append(
            found.select(pl.col("_row"), pl.lit(header).alias("column"), pl.col("kind"))
        )
