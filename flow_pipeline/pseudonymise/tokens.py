"""The tokens by which records are compared, and those by which one record finds another."""

from collections.abc import Callable
from functools import partial

import polars as pl

from flow_pipeline.contracts import all_contracts
from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Contract
from flow_pipeline.pseudonymise import attributes
from flow_pipeline.pseudonymise.encodings import NameEncoder
from flow_pipeline.pseudonymise.foreign import foreign_tokens
from flow_pipeline.pseudonymise.ids import bare_id
from flow_pipeline.pseudonymise.keys import KeyRing, joined
from flow_pipeline.pseudonymise.known_values import KnownValues
from flow_pipeline.pseudonymise.names import FamilyName, GivenName, family_name, given_name
from flow_pipeline.tables.linkage import IDENTITY_TOKENS, NAME_ENCODINGS, RECORD_TOKEN

VERIFIED_STATUS = "01"
_UK_POSTCODE = r"^[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}$"
# Sounds and first letters are no names; the other forms share one domain, so that swaps show.
_OWN_DOMAIN = {"phonetic": "name:phonetic", "initials": "name:initials", "ending": "name:ending"}

Tokens = dict[str, pl.Expr]


def with_tokens(
    rows: pl.DataFrame,
    contract: Contract,
    keys: KeyRing,
    *,
    verified_numbers: bool,
    known: KnownValues,
) -> pl.DataFrame:
    """``rows`` with all columns of the table record_token, in the same order.

    ``rows`` has the contract's fields in clear, lineage, record_key and, where known, received_at.
    Tokens are null where the contract has no such field or the value says nothing: an invalid or
    sentinel NHS number, a pseudo-postcode, a placeholder for a name.
    Source of the definition: linkage.md §5, design.md §4 (verified, identity by reference).
    """
    simple = {
        **_number_tokens(contract, keys, verified_numbers=verified_numbers),
        **foreign_tokens(contract, keys),
        **_property_token(contract, keys),
        **_reference_tokens(contract, keys),
        **_validity(contract),
        "contract": pl.lit(contract.name),
        "is_identity_record": pl.lit(contract.is_identity_record),
    }
    values = _with_tokens_of_values(rows, contract, keys, known)
    tokens = values.lazy().with_columns(**simple).collect()
    absent = RECORD_TOKEN.schema().items() - tokens.schema.items()
    may_lack = {*IDENTITY_TOKENS, *NAME_ENCODINGS, "received_at"}
    nulls = {n: pl.lit(None, t) for n, t in absent if n in may_lack}
    return _with_identity(tokens.with_columns(**nulls), keys)


def _with_identity(tokens: pl.DataFrame, keys: KeyRing) -> pl.DataFrame:
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
    whole = keys.mixed((pl.col(name) for name in IDENTITY_TOKENS), "identity")
    return tokens.with_columns(has_own_identity=own).with_columns(
        identity_token=pl.when("has_own_identity").then(whole)
    )


def _number_tokens(contract: Contract, keys: KeyRing, *, verified_numbers: bool) -> Tokens:
    if contract.in_role("nhs_number") is None:
        return {"is_number_verified": pl.lit(False)}
    number = pl.col("national_number")
    is_valid = pl.col("nhs_number_validity") == "valid"
    status = attributes.in_clear(contract, "nhs_number_status_indicator_code")
    is_traced = pl.lit(verified_numbers) | (status == VERIFIED_STATUS).fill_null(False)
    return {
        "nhs_number_token": keys.token(pl.when(is_valid).then(number), "nhs_number"),
        "is_number_verified": is_valid & is_traced,
    }


def _with_tokens_of_values(
    rows: pl.DataFrame, contract: Contract, keys: KeyRing, known: KnownValues
) -> pl.DataFrame:
    """Adds tokens of values that many rows share: each distinct value is hashed once."""

    def tokens_of(use: str, on: tuple[str, ...], make: Callable[..., pl.DataFrame]) -> pl.DataFrame:
        return known.made((keys, use), rows.select(on), partial(make, keys=keys))

    given = contract.in_role("person_given_name")
    family = contract.in_role("person_family_name")
    if given is not None and family is not None:
        first = partial(_name_tokens, stem="given", forms_of=given_name)
        last = partial(_name_tokens, stem="family", forms_of=family_name)
        rows = rows.hstack(tokens_of("given", (given.name,), first))
        rows = rows.hstack(tokens_of("family", (family.name,), last))
        both = pl.col("given_all_token").is_not_null() & pl.col("family_token").is_not_null()
        full = keys.mixed([pl.col("given_all_token"), pl.col("family_token")], "name:full")
        rows = rows.with_columns(full_name_token=pl.when(both).then(full))
    if contract.in_role("person_birth_date") is not None:
        rows = rows.with_columns(
            _born=attributes.birth_date(contract), _precision=attributes.birth_precision(contract)
        )
        to_day = rows["_precision"].n_unique() == 1 and rows["_precision"][0] == "day"
        on = ("_born",) if to_day else ("_born", "_precision")
        rows = rows.hstack(tokens_of("+".join(on), on, _birth_tokens))
    if contract.in_role("postcode_of_usual_address") is not None:
        rows = rows.hstack(tokens_of("address", ("bare_postcode",), _address_tokens))
    if (sex := contract.in_role("person_stated_gender_code")) is not None:
        make = partial(_sex_token, contract=contract)
        rows = rows.hstack(tokens_of(f"sex:{sex.codes}", (sex.name,), make))
    return rows


def _name_tokens(
    names: pl.DataFrame, *, stem: str, forms_of: Callable[[str | None], tuple], keys: KeyRing
) -> pl.DataFrame:
    """A token of every form of a name, and the name itself as a bit pattern."""
    fields = GivenName._fields if stem == "given" else FamilyName._fields
    forms = pl.DataFrame(
        [forms_of(name) for name in names.to_series().to_list()],
        schema=dict.fromkeys(fields, pl.String),
        orient="row",
    )
    patterns = NameEncoder(keys.sub_key("name:pattern")).encoded(
        forms[_WHOLE[stem]].to_list(), stem
    )
    tokens = forms.select(
        keys.token(pl.col(f), _OWN_DOMAIN.get(f, "name")).alias(
            f"{stem}_token" if f == _WHOLE[stem] else f"{stem}_{f}_token"
        )
        for f in fields
    )
    return tokens.hstack(patterns)


_WHOLE = {"given": "first", "family": "whole"}  # the form that stands for the name itself


def _birth_tokens(births: pl.DataFrame, *, keys: KeyRing) -> pl.DataFrame:
    """Of dates of birth with their precision, day where it is not given."""
    born = pl.col("_born")
    precision = pl.col("_precision") if "_precision" in births.columns else pl.lit("day")
    to_day = pl.when(precision == "day").then(born)
    to_month = pl.when(precision.is_in(["day", "month"])).then(born)
    swapped = pl.when(to_day.dt.day() <= 12).then(to_day.dt.strftime("%Y-%d-%m"))
    return births.select(
        birth_date_token=keys.token(to_day.dt.strftime("%Y-%m-%d"), "birth_date"),
        birth_swapped_token=keys.token(swapped, "birth_date"),
        birth_year_token=keys.token(born.dt.strftime("%Y"), "birth_date:year"),
        birth_month_token=keys.token(to_month.dt.strftime("%m"), "birth_date:month"),
        birth_day_token=keys.token(to_day.dt.strftime("%d"), "birth_date:day"),
    )


def _address_tokens(places: pl.DataFrame, *, keys: KeyRing) -> pl.DataFrame:
    bare = pl.col("bare_postcode")
    real = pl.when(~attributes.is_pseudo_postcode()).then(bare)
    is_british = real.str.contains(_UK_POSTCODE)
    length = real.str.len_chars().cast(pl.Int64)
    # British: the unit is the last two characters and the inward code the last three. A foreign
    # postcode is cut alike where it can be, to bear a mistyped character.
    n_unit = pl.when(is_british).then(2).when(length > 3).then(1)
    n_inward = pl.when(is_british).then(3).when(length > 3).then(2)
    initials = pl.when(is_british).then(real.str.extract(r"^([A-Z]{1,2})", 1))
    letters = real.str.split("").list.sort().list.join("")
    return places.select(
        postcode_token=keys.token(real, "postcode"),
        postcode_sector_token=keys.token(real.str.head(length - n_unit), "postcode:sector"),
        postcode_district_token=keys.token(real.str.head(length - n_inward), "postcode:district"),
        postcode_area_token=keys.token(initials, "postcode:area"),
        postcode_inward_token=keys.token(real.str.tail(n_inward), "postcode:inward"),
        postcode_letters_token=keys.token(letters, "postcode:letters"),
    )


def _property_token(contract: Contract, keys: KeyRing) -> Tokens:
    if contract.in_role("uprn") is None:
        return {}
    number = bare_id(attributes.in_clear(contract, "uprn")).str.strip_chars_start("0")
    return {"uprn_token": keys.token(pl.when(number != "").then(number), "uprn")}


def _sex_token(given: pl.DataFrame, *, contract: Contract, keys: KeyRing) -> pl.DataFrame:
    field = contract.in_role("person_stated_gender_code")
    classes = code_lists()[field.codes].classes() if field and field.codes else {}
    sex = given.to_series().replace_strict(classes, default=None, return_dtype=pl.String)
    return sex.to_frame("sex").select(sex_token=keys.token(pl.col("sex"), "sex"))


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
