"""Tokens and attributes that follow from a single value of the identity block, or a few together.

Many identities share names, dates and places, so what follows from each is made once
(known_values).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import polars as pl

from flow_pipeline.contracts.codes import code_lists
from flow_pipeline.contracts.language import Contract
from flow_pipeline.pseudonymise import attributes, person_number
from flow_pipeline.pseudonymise.areas import with_areas
from flow_pipeline.pseudonymise.encodings import NameEncoder
from flow_pipeline.pseudonymise.ids import bare_id
from flow_pipeline.pseudonymise.keys import KeyRing, joined
from flow_pipeline.pseudonymise.known_values import KnownValues
from flow_pipeline.pseudonymise.names import FamilyName, GivenName, family_name, given_name

_UK_POSTCODE = r"^[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}$"
# Sounds and first letters are no names; the other forms share one domain, so that swaps show.
_OWN_DOMAIN = {"phonetic": "name:phonetic", "initials": "name:initials", "ending": "name:ending"}
_WHOLE = {"given": "first", "family": "whole"}  # the form that stands for the name itself


@dataclass(frozen=True)
class ValueTokens:
    """Adds to identities of a contract what follows from their values, under one ring of keys."""

    contract: Contract  # without identifiers that no row has
    keys: KeyRing
    known: KnownValues
    places: pl.DataFrame | None

    def added(self, rows: pl.DataFrame) -> pl.DataFrame:
        """``rows``, one for each identity, with the contract's fields of it in clear and
        organisation_code, in the same order, with:

        national_number, nhs_number_validity; bare_postcode, area_code, imd_decile,
        is_postcode_unknown, is_no_fixed_abode; birth_month and ``_birthday`` (year, month and day
        as one number, for ages); and of IDENTITY_TOKENS, NAME_ENCODINGS and reference_token those
        of numbers, names, births, sexes, addresses and local identifiers, as far as the contract
        has such fields.
        """
        for add in (self._numbers, self._names, self._births, self._address, self._sex):
            rows = rows.hstack(add(rows))
        return rows.hstack(self._reference(rows))

    def _made(
        self,
        use: str,
        values: pl.DataFrame,
        make: Callable[[pl.DataFrame], pl.DataFrame],
        *apart: object,
    ) -> pl.DataFrame:
        return self.known.made((self.keys, use, *apart), values, make)

    def _numbers(self, rows: pl.DataFrame) -> pl.DataFrame:
        return number_tokens(rows, contract=self.contract, keys=self.keys)

    def _names(self, rows: pl.DataFrame) -> pl.DataFrame:
        given = self.contract.in_role("person_given_name")
        family = self.contract.in_role("person_family_name")
        if given is None or family is None:
            return pl.DataFrame()
        first = partial(name_tokens, stem="given", forms_of=given_name, keys=self.keys)
        last = partial(name_tokens, stem="family", forms_of=family_name, keys=self.keys)
        tokens = self._made("given", rows.select(given.name), first).hstack(
            self._made("family", rows.select(family.name), last)
        )
        both = pl.col("given_all_token").is_not_null() & pl.col("family_token").is_not_null()
        full = self.keys.mixed([pl.col("given_all_token"), pl.col("family_token")], "name:full")
        return tokens.with_columns(full_name_token=pl.when(both).then(full))

    def _births(self, rows: pl.DataFrame) -> pl.DataFrame:
        births = rows.with_columns(
            born=attributes.birth_date(self.contract),
            precision=attributes.birth_precision(self.contract),
        ).select("born", "precision")
        tokens = self._made("birth", births, partial(birth_tokens, keys=self.keys))
        is_told = self.contract.in_role("person_birth_date") is not None
        return tokens if is_told else tokens.select("birth_month", "_birthday")

    def _address(self, rows: pl.DataFrame) -> pl.DataFrame:
        field = self.contract.in_role("postcode_of_usual_address")
        if field is None:
            nothing = rows.with_columns(bare_postcode=pl.lit(None, pl.String))
            return _placed(nothing.select("bare_postcode"), self.places)
        make = partial(address_tokens, contract=self.contract, keys=self.keys, places=self.places)
        return self._made("address", rows.select(field.name), make, field.name, id(self.places))

    def _sex(self, rows: pl.DataFrame) -> pl.DataFrame:
        field = self.contract.in_role("person_stated_gender_code")
        if field is None:
            return pl.DataFrame()
        make = partial(sex_token, codes=field.codes, keys=self.keys)
        return self._made("sex", rows.select(field.name), make, field.codes)

    def _reference(self, rows: pl.DataFrame) -> pl.DataFrame:
        local = attributes.in_clear(self.contract, "local_patient_identifier")
        issuer = attributes.in_clear(
            self.contract, "organisation_identifier_local_patient_identifier"
        )
        values = rows.select("organisation_code", local=local, issuer=issuer)
        return reference_token(values, keys=self.keys)


def number_tokens(values: pl.DataFrame, *, contract: Contract, keys: KeyRing) -> pl.DataFrame:
    """The national number, the verdict on it, and its token where it is valid."""
    judged = (
        values.lazy()
        .with_columns(national_number=person_number.standardised(contract))
        .with_columns(nhs_number_validity=person_number.validity(contract))
    )
    valid = pl.when(pl.col("nhs_number_validity") == "valid").then("national_number")
    has_number = contract.in_role("nhs_number") is not None
    token = {"nhs_number_token": keys.token(valid, "nhs_number")} if has_number else {}
    return judged.select("national_number", "nhs_number_validity", **token).collect()


def name_tokens(
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


def birth_tokens(births: pl.DataFrame, *, keys: KeyRing) -> pl.DataFrame:
    """Of dates of birth (``born``) and their ``precision``: day, month or year."""
    born, precision = pl.col("born"), pl.col("precision")
    to_day = pl.when(precision == "day").then(born)
    to_month = pl.when(precision.is_in(["day", "month"])).then(born)
    swapped = pl.when(to_day.dt.day() <= 12).then(to_day.dt.strftime("%Y-%d-%m"))
    month = to_month.dt.truncate("1mo")
    return births.select(
        birth_date_token=keys.token(to_day.dt.strftime("%Y-%m-%d"), "birth_date"),
        birth_swapped_token=keys.token(swapped, "birth_date"),
        birth_year_token=keys.token(born.dt.strftime("%Y"), "birth_date:year"),
        birth_month_token=keys.token(to_month.dt.strftime("%m"), "birth_date:month"),
        birth_day_token=keys.token(to_day.dt.strftime("%d"), "birth_date:day"),
        birth_month=month,
        _birthday=attributes.as_number(pl.when(precision == "day").then(born).otherwise(month)),
    )


def address_tokens(
    delivered: pl.DataFrame, *, contract: Contract, keys: KeyRing, places: pl.DataFrame | None
) -> pl.DataFrame:
    """Of a postcode: its tokens, bare form and small area."""
    bare = delivered.select(bare_postcode=attributes.bare_postcode(contract))
    return _placed(bare, places).hstack(_postcode_tokens(bare, keys))


def _placed(bare: pl.DataFrame, places: pl.DataFrame | None) -> pl.DataFrame:
    return with_areas(bare, places).with_columns(is_no_fixed_abode=attributes.is_no_fixed_abode())


def _postcode_tokens(postcodes: pl.DataFrame, keys: KeyRing) -> pl.DataFrame:
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
    return postcodes.select(
        postcode_token=keys.token(real, "postcode"),
        postcode_sector_token=keys.token(real.str.head(length - n_unit), "postcode:sector"),
        postcode_district_token=keys.token(real.str.head(length - n_inward), "postcode:district"),
        postcode_area_token=keys.token(initials, "postcode:area"),
        postcode_inward_token=keys.token(real.str.tail(n_inward), "postcode:inward"),
        postcode_letters_token=keys.token(letters, "postcode:letters"),
    )


def sex_token(delivered: pl.DataFrame, *, codes: str | None, keys: KeyRing) -> pl.DataFrame:
    """Of a code: male or female by its list."""
    classes = code_lists()[codes].classes() if codes else {}
    sex = delivered.to_series().replace_strict(classes, default=None, return_dtype=pl.String)
    return sex.to_frame("sex").select(sex_token=keys.token(pl.col("sex"), "sex"))


def reference_token(values: pl.DataFrame, *, keys: KeyRing) -> pl.DataFrame:
    """Of a local patient identifier with its issuer, which is the sender where none is named."""
    local = bare_id(pl.col("local"))
    issuer = pl.coalesce(bare_id(pl.col("issuer")), pl.col("organisation_code"))
    owned = pl.when(local.is_not_null()).then(joined(issuer, local))
    return values.lazy().select(reference_token=keys.token(owned, "local_id")).collect()
