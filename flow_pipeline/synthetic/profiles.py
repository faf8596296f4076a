"""How often senders make each kind of error, per profile. A rate is per record or per row."""

from dataclasses import dataclass, fields, replace
from typing import Any

from flow_pipeline.errors import ConfigurationError


@dataclass(frozen=True)
class Profile:
    """Rates. Missingness is a base rate, raised by ``missing_bias`` for groups (see registers)."""

    name: str
    # missingness, per person and sender
    nhs_number_missing: float = 0.0
    birth_date_missing: float = 0.0
    postcode_missing: float = 0.0
    ethnic_missing: float = 0.0
    given_name_missing: float = 0.0
    # identity, per person and sender
    nhs_number_typo: float = 0.0
    nhs_number_sentinel: float = 0.0
    nhs_number_of_other: float = 0.0
    name_typo: float = 0.0
    name_ocr: float = 0.0
    name_phonetic: float = 0.0
    name_variant: float = 0.0  # of those whose name has a variant
    nickname: float = 0.0  # of those whose name has one
    names_swapped: float = 0.0
    second_part_dropped: float = 0.0  # of double-barrelled names
    earlier_surname: float = 0.0  # of those who have one
    day_month_swapped: float = 0.0
    birth_date_typo: float = 0.0
    birth_date_sentinel: float = 0.0
    postcode_typo: float = 0.0
    earlier_address: float = 0.0  # of those who moved: never updated
    gender_wrong: float = 0.0
    registered_twice: float = 0.0
    local_id_reused: float = 0.0
    # rows
    duplicate_row: float = 0.0
    near_duplicate_row: float = 0.0
    end_missing: float = 0.0
    end_before_start: float = 0.0
    bad_date: float = 0.0
    code_out_of_list: float = 0.0
    literal_null: float = 0.0
    midnight: float = 0.0
    mandatory_missing: float = 0.0
    contact_on_two_referrals: float = 0.0
    referral_id_moved: float = 0.0
    # files
    quirks: bool = False  # formats, renamed columns, byte-order mark: on unless clean
    missing_period: bool = False
    period_sent_twice: bool = False
    corrected_period: bool = False
    months_missing_of_large_sender: bool = False
    without_names: bool = False
    foreign_sender: bool = False

    @property
    def rates(self) -> dict[str, float]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.type is float}


_MISSING: dict[str, Any] = {
    "nhs_number_missing": 0.028, "birth_date_missing": 0.002, "postcode_missing": 0.008,
    "ethnic_missing": 0.045, "given_name_missing": 0.001,
}  # fmt: skip
CLEAN = Profile("clean")
MISSING_ONLY = Profile("missing_only", **_MISSING)
TYPICAL = Profile(
    "typical", **_MISSING, nhs_number_typo=0.003, nhs_number_sentinel=0.0015,
    nhs_number_of_other=0.0012, name_typo=0.012, name_ocr=0.003, name_phonetic=0.006,
    name_variant=0.10, nickname=0.04, names_swapped=0.003, second_part_dropped=0.25,
    earlier_surname=0.08, day_month_swapped=0.003, birth_date_typo=0.004,
    birth_date_sentinel=0.0012, postcode_typo=0.005, earlier_address=0.18, gender_wrong=0.002,
    registered_twice=0.012, local_id_reused=0.0006, duplicate_row=0.0008,
    near_duplicate_row=0.0005, end_missing=0.002, end_before_start=0.0006, bad_date=0.0005,
    code_out_of_list=0.002, literal_null=0.004, midnight=0.012, mandatory_missing=0.0004,
    contact_on_two_referrals=0.002, referral_id_moved=0.0008, quirks=True, missing_period=True,
    period_sent_twice=True, corrected_period=True,
)  # fmt: skip


def _scaled(profile: Profile, name: str, factor: float) -> Profile:
    rates: dict[str, Any] = {key: min(0.6, value * factor) for key, value in profile.rates.items()}
    return replace(profile, name=name, **rates)


BAD = replace(_scaled(TYPICAL, "bad", 4.0), months_missing_of_large_sender=True)
NATIONAL = replace(TYPICAL, name="national", without_names=True, foreign_sender=True)
PROFILES = {p.name: p for p in (CLEAN, TYPICAL, BAD, MISSING_ONLY, NATIONAL)}


def profile_named(name: str) -> Profile:
    if name not in PROFILES:
        raise ConfigurationError(
            f"there is no profile of that name; the profiles are {', '.join(sorted(PROFILES))}"
        )
    return PROFILES[name]
