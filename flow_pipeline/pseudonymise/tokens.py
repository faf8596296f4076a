"""The tokens by which records are compared, and those by which one record finds another."""

from collections.abc import Callable

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Contract
from flow_pipeline.pseudonymise import attributes, nhs_number
from flow_pipeline.pseudonymise.foreign import foreign_tokens
from flow_pipeline.pseudonymise.ids import bare_id
from flow_pipeline.pseudonymise.keys import KeyRing, joined
from flow_pipeline.pseudonymise.names import FamilyName, GivenName, family_name, given_name
from flow_pipeline.tables.linkage import IDENTITY_TOKENS, RECORD_TOKEN

VERIFIED_STATUS = "01"
# Postcodes that say where nobody lives: unknown, no fixed abode, overseas; Scottish dummies.
_PSEUDO_POSTCODE = r"^(ZZ[0-9]|NF11AB|NK010AA|BF010AA)"
_UK_POSTCODE = r"^[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}$"
# Sounds and first letters are no names; the other forms share one domain, so that swaps show.
_OWN_DOMAIN = {"phonetic": "name:phonetic", "initials": "name:initials", "ending": "name:ending"}

Tokens = dict[str, pl.Expr]


def with_tokens(
    rows: pl.LazyFrame, contract: Contract, keys: KeyRing, *, verified_numbers: bool
) -> pl.LazyFrame:
    """``rows`` with all columns of the table record_token, in the same order.

    ``rows`` has the contract's fields in clear, lineage, record_key and, where known, received_at.
    Tokens are null where the contract has no such field or the value says nothing: an invalid or
    sentinel NHS number, a pseudo-postcode, a placeholder for a name.
    Source of the definition: linkage.md §5, design.md §4 (verified, identity by reference).
    """
    simple = {
        **_number_tokens(contract, keys, verified_numbers=verified_numbers),
        **foreign_tokens(contract, keys),
        **_birth_tokens(contract, keys),
        **_address_tokens(contract, keys),
        **_sex_token(contract, keys),
        **_reference_tokens(contract, keys),
        **_validity(contract),
        "contract": pl.lit(contract.name),
        "is_identity_record": pl.lit(contract.is_identity_record),
    }
    tokens = _with_names(rows, contract, keys).with_columns(**simple)
    absent = RECORD_TOKEN.schema().items() - tokens.collect_schema().items()
    nulls = {n: pl.lit(None, t) for n, t in absent if n in {*IDENTITY_TOKENS, "received_at"}}
    return _with_identity(tokens.with_columns(**nulls), keys)


def _with_identity(tokens: pl.LazyFrame, keys: KeyRing) -> pl.LazyFrame:
    """Adds has_own_identity and identity_token, which make equal identities one."""
    given, family, birth, place = (
        pl.col(f"{name}_token").is_not_null()
        for name in ("given", "family", "birth_year", "postcode")
    )
    own = (
        pl.col("nhs_number_token").is_not_null()
        | pl.col("foreign_token").is_not_null()
        | (birth & (given | family | place))
        | (given & family & place)
    )
    whole = joined(*(pl.col(name) for name in IDENTITY_TOKENS))
    return tokens.with_columns(has_own_identity=own).with_columns(
        identity_token=keys.token(pl.when("has_own_identity").then(whole), "identity")
    )


def _number_tokens(contract: Contract, keys: KeyRing, *, verified_numbers: bool) -> Tokens:
    if contract.in_role("nhs_number") is None:
        return {"is_number_verified": pl.lit(False)}
    number = nhs_number.standardised(attributes.in_clear(contract, "nhs_number"))
    is_valid = pl.col("nhs_number_validity") == "valid"
    status = attributes.in_clear(contract, "nhs_number_status_indicator_code")
    is_traced = pl.lit(verified_numbers) | (status == VERIFIED_STATUS).fill_null(False)
    return {
        "nhs_number_token": keys.token(pl.when(is_valid).then(number), "nhs_number"),
        "is_number_verified": is_valid & is_traced,
    }


def _with_names(rows: pl.LazyFrame, contract: Contract, keys: KeyRing) -> pl.LazyFrame:
    given, family = (
        contract.in_role("person_given_name"),
        contract.in_role("person_family_name"),
    )
    if given is None or family is None:
        return rows
    full = joined(pl.col("given_all_token"), pl.col("family_token"))
    both = pl.col("given_all_token").is_not_null() & pl.col("family_token").is_not_null()
    return (
        rows.with_columns(
            _name_forms(given.name, given_name, GivenName._fields, keys).alias("given_forms"),
            _name_forms(family.name, family_name, FamilyName._fields, keys).alias("family_forms"),
        )
        .with_columns(
            *(_form("given", form) for form in GivenName._fields),
            *(_form("family", form) for form in FamilyName._fields),
        )
        .with_columns(full_name_token=keys.token(pl.when(both).then(full), "name:full"))
    )


def _form(name: str, form: str) -> pl.Expr:
    """One form out of the struct of forms, under its column's name."""
    stem = name if form in ("first", "whole") and form == _WHOLE[name] else f"{name}_{form}"
    return pl.col(f"{name}_forms").struct.field(form).alias(f"{stem}_token")


_WHOLE = {"given": "first", "family": "whole"}  # the form that stands for the name itself


def _name_forms(
    column: str, forms_of: Callable[..., tuple], forms: tuple[str, ...], keys: KeyRing
) -> pl.Expr:
    """Tokens of every form of a name, as a struct. Each distinct name is taken apart once."""

    def tokens(delivered: pl.Series) -> pl.Series:
        names = pl.DataFrame({"name": delivered})
        distinct = names["name"].unique()
        parts = pl.DataFrame(
            [forms_of(name) for name in distinct.to_list()],
            schema=dict.fromkeys(forms, pl.String),
            orient="row",
        )
        hashed = parts.select(keys.token(pl.col(f), _OWN_DOMAIN.get(f, "name")) for f in forms)
        table = hashed.with_columns(distinct.alias("name"))
        found = names.join(table, on="name", how="left", maintain_order="left", nulls_equal=True)
        return found.select(forms).to_struct(delivered.name)

    struct = pl.Struct(dict.fromkeys(forms, pl.Int64))
    return pl.col(column).map_batches(tokens, return_dtype=struct, is_elementwise=True)


def _birth_tokens(contract: Contract, keys: KeyRing) -> Tokens:
    if contract.in_role("person_birth_date") is None:
        return {}
    born, precision = attributes.birth_date(contract), attributes.birth_precision(contract)
    to_day = pl.when(precision == "day").then(born)
    to_month = pl.when(precision.is_in(["day", "month"])).then(born)
    can_swap = to_day.dt.day() <= 12
    return {
        "birth_date_token": keys.token(to_day.dt.strftime("%Y-%m-%d"), "birth_date"),
        "birth_swapped_token": keys.token(
            pl.when(can_swap).then(to_day.dt.strftime("%Y-%d-%m")), "birth_date"
        ),
        "birth_year_token": keys.token(born.dt.strftime("%Y"), "birth_date:year"),
        "birth_month_token": keys.token(to_month.dt.strftime("%m"), "birth_date:month"),
        "birth_day_token": keys.token(to_day.dt.strftime("%d"), "birth_date:day"),
    }


def _address_tokens(contract: Contract, keys: KeyRing) -> Tokens:
    if contract.in_role("postcode_of_usual_address") is None:
        return {}
    bare = pl.col("bare_postcode")
    real = pl.when(~bare.str.contains(_PSEUDO_POSTCODE)).then(bare)
    british = pl.when(real.str.contains(_UK_POSTCODE)).then(real)
    tokens = {
        "postcode_token": keys.token(real, "postcode"),
        "postcode_sector_token": keys.token(british.str.head(-2), "postcode:sector"),
        "postcode_district_token": keys.token(british.str.head(-3), "postcode:district"),
        "postcode_area_token": keys.token(
            british.str.extract(r"^([A-Z]{1,2})", 1), "postcode:area"
        ),
    }
    if contract.in_role("uprn") is not None:
        number = bare_id(attributes.in_clear(contract, "uprn")).str.strip_chars_start("0")
        tokens["uprn_token"] = keys.token(pl.when(number != "").then(number), "uprn")
    return tokens


def _sex_token(contract: Contract, keys: KeyRing) -> Tokens:
    field = contract.in_role("person_stated_gender_code")
    if field is None or field.codes is None:
        return {}
    classes = code_lists()[field.codes].classes()
    sex = pl.col(field.name).replace_strict(classes, default=None, return_dtype=pl.String)
    return {"sex_token": keys.token(sex, "sex")}


def _reference_tokens(contract: Contract, keys: KeyRing) -> Tokens:
    """Local patient identifier with issuer; the record as a parent; the record's parent."""
    local = bare_id(attributes.in_clear(contract, "local_patient_identifier"))
    named = bare_id(
        attributes.in_clear(contract, "organisation_identifier_local_patient_identifier")
    )
    issuer = pl.coalesce(named, pl.col("organisation_code"))
    owned = pl.when(local.is_not_null()).then(joined(issuer, local))
    parent = contract.parent
    return {
        "reference_token": keys.token(owned, "local_id"),
        "parent_token": _parent_token(contract.name, _named_by_children(contract), keys),
        "child_of_token": _parent_token(parent.contract, parent.on, keys)
        if parent
        else pl.lit(None, pl.Int64),
    }


def _named_by_children(contract: Contract) -> tuple[str, ...]:
    """The fields by which other contracts name this one as their parent; none if none does."""
    ways = {
        c.parent.on
        for c in all_contracts().values()
        if c.parent is not None and c.parent.contract == contract.name
    }
    if len(ways) > 1:
        raise ValueError(f"{contract.name}: its children name it in {len(ways)} ways, one is meant")
    return next(iter(ways), ())


def _parent_token(contract_name: str, on: tuple[str, ...], keys: KeyRing) -> pl.Expr:
    if not on:
        return pl.lit(None, pl.Int64)
    values = [bare_id(pl.col(name)) for name in on]
    known = pl.all_horizontal(value.is_not_null() for value in values)
    whole = joined(pl.lit(contract_name), pl.col("organisation_code"), *values)
    return keys.token(pl.when(known).then(whole), "parent")


def _validity(contract: Contract) -> Tokens:
    """When a local identifier meant this person, and the date of the row."""

    def day(name: str | None) -> pl.Expr:
        return pl.lit(None, pl.Date) if name is None else pl.col(name).cast(pl.Date)

    return {
        "valid_from": day(contract.valid_from),
        "valid_to": day(contract.valid_to),
        "seen_on": day(contract.period_start or contract.valid_from),
    }
