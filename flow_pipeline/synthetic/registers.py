"""What each sender's own index holds about a person: identity as recorded, errors included.

A register is made once per sender, so that the same mistake comes with every record of a person
from that sender, as it does in life. A person may be in it twice, under two local numbers.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from flow_pipeline.synthetic import clock, names, places, text_errors
from flow_pipeline.synthetic.clock import NEVER, Floats, Ints, Period
from flow_pipeline.synthetic.people import People
from flow_pipeline.synthetic.profiles import Profile

SENTINELS = ("0000000000", "9999999999", "1111111111", "0123456789")
# how much more often an item is missing than a sender's base rate
SENDER_MISSING = {
    "GP": 0.12,
    "RXA": 0.7,
    "RXB": 1.1,
    "RYA": 1.3,
    "999": 2.6,
    "DEATH": 0.25,
    "RAM": 3.0,
    "RMH": 1.2,
}

# how much more often a number is wrong: practices and registrars trace theirs
SENDER_WRONG = {"GP": 0.1, "DEATH": 0.1, "999": 1.5}
SCRAMBLE = {
    "GP": 7_368_787,
    "RXA": 15_485_863,
    "RXB": 32_452_843,
    "RYA": 49_979_687,
    "999": 67_867_967,
    "DEATH": 86_028_121,
    "RAM": 22_801_763,
    "RMH": 41_161_739,
}


@dataclass
class Register:
    """Entries of one sender; entry i < n_people is person i, later ones are second entries."""

    entries: pl.DataFrame  # one row per entry, recorded values as text, days as integers
    marks: dict[str, pl.DataFrame]  # column → (entry, kind) of damaged values
    person: Ints
    second_entry: Ints  # per person: row of the second entry, or −1


class _Recorder:
    """Recorded values of one register and what was done to them."""

    def __init__(self, values: dict[str, np.ndarray], person: Ints, seed: int) -> None:
        self.values = values
        self.person = person
        self.kinds = {name: np.zeros(len(person), dtype=object) for name in values}
        self.rng = np.random.default_rng(seed)
        self.draw = random.Random(seed)

    def chosen(self, rate: float | Floats) -> Ints:
        return np.flatnonzero(self.rng.random(len(self.person)) < rate)

    def change(
        self, column: str, kind: str, rows: Ints, make: Callable[[str, random.Random], str]
    ) -> None:
        """Replace values and note the kind where the value really changed."""
        values = self.values[column]
        for row in rows.tolist():
            old = values[row]
            if old is None:
                continue
            new = make(old, self.draw)
            if new != old:
                values[row] = new
                self.kinds[column][row] = kind

    def blank(self, column: str, kind: str, rows: Ints) -> None:
        self.values[column][rows] = None
        self.kinds[column][rows] = kind


def missing_factor(people: People) -> Floats:
    """Missingness by group: ethnic group, age, deprivation, no fixed abode. Mean about 1."""
    minority = people.ethnic > 1
    age = (clock.day_of(clock.LAST_DAY) - people.birth) / 365.25
    factor = np.where(minority, 1.7, 0.75)
    factor = factor * np.select(
        [age < 1.5, age < 18, age < 40, age < 65], [2.4, 1.1, 1.4, 0.9], 0.7
    )
    factor = factor * np.exp(0.09 * (5.5 - people.decile))
    return np.where(people.no_fixed_abode, factor * 9, factor)


def make_register(
    sender: str, people: People, numbers: np.ndarray, profile: Profile, period: Period, seed: int
) -> Register:
    """The register of one sender. ``numbers`` are true NHS numbers as text, or None."""
    rng = np.random.default_rng(seed)
    n = len(people)
    twice = np.flatnonzero(rng.random(n) < profile.registered_twice)
    person = np.concatenate([np.arange(n), twice])
    second = np.full(n, -1)
    second[twice] = n + np.arange(len(twice))
    record = _Recorder(_true_values(sender, people, numbers, person, profile, rng), person, seed)
    _spoil_numbers(record, people, profile, sender)
    _spoil_names(record, people, profile, sender)
    _spoil_dates(record, people, profile, sender)
    _spoil_addresses(record, people, profile, sender, rng)
    _spoil_local_ids(record, profile)
    marks = {
        name: pl.DataFrame(
            {"entry": np.flatnonzero(kinds != 0), "kind": kinds[kinds != 0].tolist()},
            schema={"entry": pl.Int64, "kind": pl.String},
        )
        for name, kinds in record.kinds.items()
        if (kinds != 0).any()
    }
    return Register(_as_frame(record.values), marks, person, second)


def _true_values(
    sender: str,
    people: People,
    numbers: np.ndarray,
    person: Ints,
    profile: Profile,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    n = len(person)
    birth = people.birth[person]
    codes = names.ETHNIC_CODES[people.ethnic[person]].astype(object)
    lag = np.where(profile.earlier_address > 0, rng.exponential(25, n), 0).astype(np.int64)
    return {
        "nhs_number": numbers[person].copy(),
        "local": _local_ids(sender, people, person),
        "family": people.surname[person].copy(),
        "family_before": people.earlier_surname[person].copy(),
        "family_day": np.minimum(people.surname_day[person] + lag, NEVER),
        "given": people.given[person].copy(),
        "birth": birth.copy(),
        "gender": np.where(people.female[person], "2", "1").astype(object),
        "ethnic": codes,
        "postcode": people.postcode[person].copy(),
        "postcode_before": people.earlier_postcode[person].copy(),
        "postcode_day": np.minimum(people.move_day[person] + lag, NEVER),
        "abode": np.where(people.no_fixed_abode[person], "ZZ99 3VZ", "").astype(object),
        "postcode_text": np.full(n, None, dtype=object),
    }


def _local_ids(sender: str, people: People, person: Ints) -> np.ndarray:
    """Local numbers in each sender's own style, from a one-to-one scramble of the person."""
    twice = np.zeros(len(person), dtype=np.int64)
    twice[len(people) :] = 1
    step = SCRAMBLE[sender]
    number = ((people.first_id + person) * 2 + twice) * step % 99_999_989
    style = {
        "RXA": "RA{:08d}",
        "RXB": "{:08d}",
        "RYA": "C{:08d}",
        "999": "{:08d}",
        "DEATH": "{:08d}",
    }
    pattern = style.get(sender, "{:08d}")
    return np.array([pattern.format(value) for value in number.tolist()], dtype=object)


def _spoil_numbers(record: _Recorder, people: People, profile: Profile, sender: str) -> None:
    factor = missing_factor(people)[record.person] * SENDER_MISSING[sender]
    wrong = SENDER_WRONG.get(sender, 1.0)
    _give_numbers_of_others(record, people, record.chosen(profile.nhs_number_of_other * wrong))
    mistyped = record.chosen(profile.nhs_number_typo * wrong)
    record.change("nhs_number", "typo", mistyped, text_errors.number_typo)
    record.change(
        "nhs_number",
        "sentinel",
        record.chosen(profile.nhs_number_sentinel * wrong),
        lambda _, draw: draw.choice(SENTINELS),
    )
    record.blank(
        "nhs_number", "missing", record.chosen(np.minimum(profile.nhs_number_missing * factor, 0.9))
    )
    ethnic = missing_factor(people)[record.person] * profile.ethnic_missing
    rows = record.chosen(np.minimum(ethnic, 0.9))
    record.change("ethnic", "missing", rows, lambda _, draw: draw.choice(("Z", "99")))
    record.change(
        "gender", "wrong", record.chosen(profile.gender_wrong), lambda g, _: "12"["21".index(g)]
    )


def _give_numbers_of_others(record: _Recorder, people: People, rows: Ints) -> None:
    """Somebody else's number: more often than not that of a person of the same household."""
    order = np.argsort(people.household, kind="stable")
    after = np.roll(order, -1)
    mate = np.empty(len(people), dtype=np.int64)
    mate[order] = np.where(people.household[after] == people.household[order], after, -1)
    donor = mate[record.person[rows]]
    stranger = record.rng.integers(0, len(people), len(rows))
    donor = np.where((donor >= 0) & (record.rng.random(len(rows)) < 0.6), donor, stranger)
    numbers = record.values["nhs_number"]
    for row, number in zip(rows.tolist(), numbers[donor].tolist(), strict=True):
        if number is not None and number != numbers[row]:
            numbers[row] = number
            record.kinds["nhs_number"][row] = "other_person"


def _taking(values: np.ndarray) -> Callable[[str, random.Random], str]:
    """Hands out the given values one by one."""
    rest = [value for value in values.tolist() if value is not None]

    def take(old: str, _: random.Random) -> str:
        return rest.pop() if rest else old

    return take


def _spoil_names(record: _Recorder, people: People, profile: Profile, sender: str) -> None:
    both = ("family", "given")
    for column in both:
        record.change(column, "variant", record.chosen(profile.name_variant), text_errors.variant)
        record.change(
            column, "phonetic", record.chosen(profile.name_phonetic / 2), text_errors.phonetic
        )
        record.change(column, "typo", record.chosen(profile.name_typo / 2), text_errors.typo)
        record.change(column, "ocr", record.chosen(profile.name_ocr / 2), text_errors.ocr)
    record.change("given", "nickname", record.chosen(profile.nickname), text_errors.nickname)
    double = np.flatnonzero(
        ["-" in name and not name.startswith(("Al-", "El-")) for name in record.values["family"]]
    )
    record.change(
        "family",
        "second_part_dropped",
        np.intersect1d(double, record.chosen(profile.second_part_dropped)),
        lambda name, draw: draw.choice(name.split("-")),
    )
    _keep_earlier_surname(record, people, profile)
    rows = record.chosen(profile.names_swapped)
    family, given = record.values["family"], record.values["given"]
    family[rows], given[rows] = given[rows].copy(), family[rows].copy()
    record.values["family_before"][rows] = family[rows]
    for column in both:
        record.kinds[column][rows] = "swapped"
    if sender == "RXB" and profile.quirks:
        everybody = np.arange(len(record.person))
        for column in (*both, "family_before"):
            record.change(column, "diacritics", everybody, lambda name, _: text_errors.plain(name))
    record.blank(
        "given",
        "missing",
        record.chosen(profile.given_name_missing * missing_factor(people)[record.person]),
    )


def _keep_earlier_surname(record: _Recorder, people: People, profile: Profile) -> None:
    """Maiden names that were never updated."""
    before = people.earlier_surname[record.person]
    has = before != people.surname[record.person]
    rows = np.intersect1d(np.flatnonzero(has), record.chosen(profile.earlier_surname))
    record.values["family"][rows] = before[rows]
    record.kinds["family"][rows] = "earlier_surname"


def _spoil_dates(record: _Recorder, people: People, profile: Profile, sender: str) -> None:
    birth, kinds = record.values["birth"], record.kinds["birth"]
    for row in record.chosen(profile.day_month_swapped).tolist():
        date = clock.date_of(birth[row])
        if date.day <= 12 and date.day != date.month:
            birth[row] = clock.day_of(date.replace(month=date.day, day=date.month))
            kinds[row] = "day_month_swapped"
    rows = record.chosen(profile.birth_date_typo)
    shift = record.rng.choice(
        [-3653, -3652, -366, -365, -30, -10, -1, 1, 10, 30, 365, 3652], len(rows)
    )
    earliest = people.birth[record.person[rows]] + shift
    late = earliest > people.birth[record.person[rows]]
    birth[rows] = np.where(
        late & (birth[rows] > clock.day_of(clock.LAST_DAY) - 9000),
        birth[rows] - np.abs(shift),
        earliest,
    )
    kinds[rows] = "typo"
    rows = record.chosen(profile.birth_date_sentinel)
    birth[rows] = np.where(record.rng.random(len(rows)) < 0.5, -25567, -25202)
    kinds[rows] = "sentinel"
    factor = missing_factor(people)[record.person] * SENDER_MISSING[sender]
    rows = record.chosen(np.minimum(profile.birth_date_missing * factor, 0.5))
    birth[rows] = NEVER
    kinds[rows] = "missing"


def _spoil_addresses(
    record: _Recorder, people: People, profile: Profile, sender: str, rng: np.random.Generator
) -> None:
    moved = people.move_day[record.person] < NEVER
    stale = np.intersect1d(np.flatnonzero(moved), record.chosen(profile.earlier_address))
    record.values["postcode_day"][stale] = NEVER
    record.kinds["postcode_day"][stale] = "earlier_address"
    texts = record.values["postcode_text"]
    rows = record.chosen(profile.postcode_typo)
    for row in rows.tolist():
        texts[row] = text_errors.postcode_typo(
            places.postcode_text(record.values["postcode"][row]), record.draw
        )
    record.kinds["postcode_text"][rows] = "typo"
    factor = missing_factor(people)[record.person] * SENDER_MISSING[sender]
    rows = record.chosen(np.minimum(profile.postcode_missing * factor, 0.5))
    texts[rows] = ""
    record.kinds["postcode_text"][rows] = "missing"


def _spoil_local_ids(record: _Recorder, profile: Profile) -> None:
    """A number that was given to somebody else before."""
    rows = record.chosen(profile.local_id_reused)
    if len(rows) > 1:
        record.change(
            "local", "reused", rows[1:], _taking(record.values["local"][rows[:-1]].copy())
        )


def _as_frame(values: dict[str, np.ndarray]) -> pl.DataFrame:
    numbers = {"family_day", "birth", "postcode", "postcode_before", "postcode_day"}
    return pl.DataFrame(
        {
            name: pl.Series(name, value.astype(np.int64))
            if name in numbers
            else pl.Series(name, value.tolist(), dtype=pl.String)
            for name, value in values.items()
        }
    )
