"""Who rows are about: made once for each way in which a submission says it, not for each row."""

from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from flow_pipeline.contracts.identity import FOREIGN_NAMESPACE, FOREIGN_PSEUDONYM
from flow_pipeline.contracts.language import Contract
from flow_pipeline.pseudonymise import ids, person_number
from flow_pipeline.pseudonymise.keys import KeyRing
from flow_pipeline.pseudonymise.known_identities import KnownIdentities
from flow_pipeline.pseudonymise.known_values import KnownValues
from flow_pipeline.pseudonymise.tokens import identity_tokens
from flow_pipeline.pseudonymise.value_tokens import ValueTokens
from flow_pipeline.tables.linkage import RECORD_IDENTITY

_ROLES = (
    "person_family_name",
    "person_given_name",
    "person_birth_date",
    "birth_date_precision",
    "person_stated_gender_code",
    "postcode_of_usual_address",
    "uprn",
    "local_patient_identifier",
    "organisation_identifier_local_patient_identifier",
)
_SENDER = ("submission_id", "organisation_code")
# What every row has of its identity, beside what record_identity tells of it.
_OF_ROWS = pl.Schema(
    {
        "identity_key": pl.Int64,
        "identity_token": pl.Int64,
        "nhs_number_token": pl.Int64,
        "reference_token": pl.Int64,
        "has_own_identity": pl.Boolean,
        "nhs_number_validity": pl.String,
        "birth_month": pl.Date,
        "_birthday": pl.Int64,
        "area_code": pl.String,
        "imd_decile": pl.Int64,
        "is_postcode_unknown": pl.Boolean,
        "is_no_fixed_abode": pl.Boolean,
    }
)


@dataclass(frozen=True)
class Known:
    """What was made of rows before, to be added to; in memory only."""

    values: KnownValues = field(default_factory=KnownValues)
    identities: KnownIdentities = field(default_factory=KnownIdentities)


class Identified(NamedTuple):
    """``rows``: what each row has of its identity, columns _OF_ROWS, in the order of the rows.
    ``identities``: table record_identity of the identities that were not told before."""

    rows: pl.DataFrame
    identities: pl.DataFrame


def identified(
    rows: pl.DataFrame,
    contract: Contract,
    keys: KeyRing,
    known: Known,
    places: pl.DataFrame | None,
) -> Identified:
    """Who each row is about.

    In:  rows with the fields of ``contract`` in clear, submission_id, organisation_code and
         row_number. ``places``: as areas.places gives them.
    An identity belongs to one submission, so that what is made of a file does not depend on others.
    """
    fields = _identity_fields(contract)
    numbers = rows.select(_number(rows, (*_SENDER, *fields), keys)).to_series()
    tokens = ValueTokens(contract, keys, known.values, places)
    told: list[pl.DataFrame] = []

    def make(firsts: pl.Series) -> pl.DataFrame:
        first = rows.select(*_SENDER, "row_number", *fields)[firsts]
        whole = identity_tokens(tokens.added(first), contract, keys)
        told.append(_record_identity(whole))
        return _of_rows(whole)

    use = (keys, contract.name, contract.version, contract.jurisdiction, id(places))
    submissions = frozenset(rows["submission_id"].unique())
    own = known.identities.made(use, submissions, numbers, make)
    return Identified(own, pl.concat(told) if told else RECORD_IDENTITY.empty().collect())


def _identity_fields(contract: Contract) -> tuple[str, ...]:
    """Fields that say who a row is about; what is made of an identity reads no others."""
    found = [one.name for role in _ROLES if (one := contract.in_role(role)) is not None]
    if contract.has(FOREIGN_PSEUDONYM.name):
        found += [FOREIGN_PSEUDONYM.name, FOREIGN_NAMESPACE.name]
    return tuple(sorted({*found, *person_number.reads(contract)}))


def _number(rows: pl.DataFrame, names: tuple[str, ...], keys: KeyRing) -> pl.Expr:
    """64 bits, UInt64, that stand for what a row says of its identity, in memory only."""
    return keys.mixed(ids.hashed(rows, names, keys), "row").reinterpret(signed=False)


def _record_identity(whole: pl.DataFrame) -> pl.DataFrame:
    """Table record_identity of the identities that say anything it holds."""
    return RECORD_IDENTITY.shaped(whole.lazy().drop_nulls("identity_key")).collect()


def _of_rows(whole: pl.DataFrame) -> pl.DataFrame:
    return whole.select(pl.col(name).cast(kind) for name, kind in _OF_ROWS.items())
