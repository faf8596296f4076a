"""Identity records with their truth, on which linkage is compared: public sets and Anyborough.

Each set is typed rows of person_index in clear with column ``truth``, one row per sender and
identity: what a sender says of a person a hundred times is one record.
"""

import hashlib
import random
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
import polars as pl

from flow_pipeline.contracts import contract
from flow_pipeline.contracts.language import Contract
from flow_pipeline.governance.key_file import make_key
from flow_pipeline.orchestration import batch
from flow_pipeline.pseudonymise import pseudonymise
from flow_pipeline.synthetic import generate, names, nhs_numbers, text_errors
from flow_pipeline_tests.acceptance.commands import flow_pipeline
from flow_pipeline_tests.unit.link.public_sets import FOLDER, identity_records
from flow_pipeline_tests.unit.pseudonymise.drawn_rows import TYPES

PUBLIC = {
    "febrl4": ("febrl_dataset4a.csv", "febrl_dataset4b.csv"),
    "dirty": ("dirty_1000_50_1.csv", "dirty_1000_50_2.csv"),
    "febrl1": ("febrl_dataset1.csv",),
    "febrl3": ("febrl_dataset3.csv",),
}
PROFILES = ("typical", "bad", "national")
# What an identity is made of, by the part each field plays in a contract.
_ROLES = (
    "nhs_number",
    "nhs_number_status_indicator_code",
    "local_patient_identifier",
    "organisation_identifier_local_patient_identifier",
    "person_family_name",
    "person_given_name",
    "person_birth_date",
    "birth_date_precision",
    "person_stated_gender_code",
    "postcode_of_usual_address",
    "uprn",
    "foreign_pseudonym",
    "foreign_pseudonym_namespace",
)
_RECORD = ("submission_id", "contract", "row_number")


def public_set(name: str) -> pl.DataFrame:
    if not FOLDER.exists():
        raise SystemExit(f"the public linkage sets are expected in {FOLDER}")
    return identity_records(*PUBLIC[name])


def anyborough(profile: str, *, people: int, seed: int, years: int = 1) -> pl.DataFrame:
    """Identity records of a generated economy, as its senders wrote them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "economy"
        return anyborough_in(folder, profile, people=people, seed=seed, years=years)


def anyborough_in(
    folder: Path, profile: str, *, people: int, seed: int, years: int = 1
) -> pl.DataFrame:
    """The same, of an economy that stays in ``folder`` with all that is true of it."""
    generate(folder, people=people, years=years, seed=seed, profile=profile)
    make_key(folder / "keys" / "active.key")
    rows = _delivered(folder)
    truth = pl.read_parquet(folder / "truth" / "person_record.parquet")
    known = rows.join(_with_submission(folder, truth), on=_RECORD)
    said = [*_ROLES, "organisation_code"]
    one_each = known.unique([*said, "truth"], keep="first", maintain_order=True).sort(
        *_RECORD, maintain_order=True
    )
    return _as_person_index(one_each)


def _delivered(folder: Path) -> pl.DataFrame:
    """Every accepted row of a run over the economy in clear, in the terms of the identity block."""
    seen: list[pl.DataFrame] = []

    def noting(typed: pl.LazyFrame, declared: Contract, *more: object, **named: object) -> object:
        trusted = bool(named.get("verified_numbers"))
        seen.append(_in_roles(typed.collect(), declared, trusted=trusted))
        return pseudonymise(typed, declared, *more, **named)  # type: ignore[arg-type]

    with mock.patch.object(batch, "pseudonymise", noting):
        ended = flow_pipeline("run", folder / "economy.yaml", "--only", "ingest")
    if not seen:
        raise SystemExit(f"the generated economy could not be read: {ended.err}")
    return pl.concat(seen).unique(_RECORD, keep="first", maintain_order=True)


def _in_roles(typed: pl.DataFrame, declared: Contract, *, trusted: bool) -> pl.DataFrame:
    types = {f.name: TYPES[f.type] for f in contract("person_index").fields}
    fields = {role: declared.in_role(role) for role in _ROLES}
    parts = {
        role: pl.lit(None, types[role])
        if f is None or f.name not in typed.columns
        else pl.col(f.name).cast(types[role])
        for role, f in fields.items()
    }
    if trusted:
        parts["nhs_number_status_indicator_code"] = pl.lit("01")
    return typed.select(
        "submission_id",
        pl.lit(declared.name).alias("contract"),
        "row_number",
        "organisation_code",
        **parts,
    )


def _with_submission(folder: Path, truth: pl.DataFrame) -> pl.DataFrame:
    files = [
        {"file": p.relative_to(folder).as_posix(), "digest": _digest(p)}
        for p in (folder / "extracts").rglob("*")
        if p.is_file()
    ]
    submission = pl.read_parquet(folder / "data" / "quarantine" / "submission.parquet")
    named = pl.DataFrame(files).join(submission.select("submission_id", "digest"), on="digest")
    return truth.join(named, on="file").select(*_RECORD, truth="person_id").unique(_RECORD)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _as_person_index(rows: pl.DataFrame) -> pl.DataFrame:
    fields = contract("person_index").fields
    absent = [pl.lit(None, TYPES[f.type]).alias(f.name) for f in fields if f.name not in _ROLES]
    return rows.select(
        *_ROLES,
        *absent,
        "truth",
        "organisation_code",
        pl.lit("set").alias("source"),
        pl.lit("set").alias("submission_id"),
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row_number"),
        pl.lit([], pl.List(pl.String)).alias("dq_flags"),
    )


def drawn_set(n_records: int, *, seed: int = 1) -> pl.DataFrame:
    """Many records of families, one person in three and a bit written twice, for time and memory.

    Two senders; numbers on 85 %; of what is written again a tenth has each kind of error. Names,
    sizes of families and errors are choices.
    """
    rng = np.random.default_rng(seed)
    n_people = int(n_records / 1.35)
    family = np.repeat(np.arange(n_people), rng.integers(1, 5, n_people))[:n_people]
    culture = names.draw_cultures(rng, rng.integers(0, len(names.ETHNIC_CODES), n_people))
    culture = culture[family]
    female = rng.random(n_people) < 0.5
    year = rng.integers(1935, 2026, n_people)
    born = np.array(year - 1970, "datetime64[Y]").astype("datetime64[D]") + rng.integers(
        0, 365, n_people
    )
    homes = rng.integers(0, n_people // 12 + 1, family.max() + 1)[family]
    people = pl.DataFrame(
        {
            "truth": np.arange(n_people).astype(str),
            "person_given_name": names.draw_given(rng, culture, female, year),
            "person_family_name": names.draw_surnames(rng, culture)[family],
            "person_birth_date": born,
            "person_stated_gender_code": np.where(female, "2", "1"),
            "postcode_of_usual_address": [_postcode(int(home)) for home in homes],
            "nhs_number": nhs_numbers.all_numbers(seed)[:n_people].astype(str),
        }
    ).cast({"person_birth_date": pl.Date})
    again = people.sample(n_records - n_people, seed=seed)
    both = pl.concat([_told(people, "SENDER0"), _told(_miswritten(again, seed), "SENDER1")])
    hidden = pl.Series(rng.random(both.height) < 0.15)
    numbered = both.with_columns(nhs_number=pl.when(~hidden).then("nhs_number"))
    types = {f.name: TYPES[f.type] for f in contract("person_index").fields}
    absent = [pl.lit(None, types[r]).alias(r) for r in _ROLES if r not in numbered.columns]
    return _as_person_index(numbered.with_columns(absent))


def _told(people: pl.DataFrame, sender: str) -> pl.DataFrame:
    return people.with_columns(organisation_code=pl.lit(sender))


def _postcode(home: int) -> str:
    """A postcode of its own for each home: 20 districts of 5 areas, then sectors and units."""
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    rest, unit = divmod(home, 400)
    area, rest = divmod(rest, 180)
    end = letters[unit // 20] + letters[unit % 20]
    return f"{letters[area % 20]}{letters[area // 20 % 20]}{1 + rest % 18} {rest // 18}{end}"


def _miswritten(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The rows with a tenth of names mistyped, and of dates and addresses another's."""
    draw = random.Random(seed)

    def mistyped(values: pl.Series) -> list[str]:
        return [text_errors.typo(v, draw) if draw.random() < 0.1 else v for v in values]

    rng = np.random.default_rng(seed)

    def anothers(name: str) -> pl.Expr:
        wrong = pl.Series(rng.random(rows.height) < 0.1)
        return pl.when(wrong).then(pl.col(name).shift(1)).otherwise(name).alias(name)

    return rows.with_columns(
        pl.Series("person_given_name", mistyped(rows["person_given_name"])),
        pl.Series("person_family_name", mistyped(rows["person_family_name"])),
        anothers("person_birth_date"),
        anothers("postcode_of_usual_address"),
    )
