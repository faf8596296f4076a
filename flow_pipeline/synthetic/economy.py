"""Generates an economy: block after block is lived, recorded, damaged and written."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from flow_pipeline.errors import ConfigurationError
from flow_pipeline.synthetic import (
    damage,
    economy_yaml,
    extracts,
    nhs_numbers,
    places,
    recording,
    reference,
    registers,
    true_tables,
    truth,
)
from flow_pipeline.synthetic.clock import Period
from flow_pipeline.synthetic.extracts import community as community_extracts
from flow_pipeline.synthetic.extracts import mental_health as mental_health_extracts
from flow_pipeline.synthetic.files import Files, as_text
from flow_pipeline.synthetic.life import Life, live
from flow_pipeline.synthetic.profiles import Profile, profile_named
from flow_pipeline.synthetic.recording import Delivery
from flow_pipeline.synthetic.registers import Register
from flow_pipeline.synthetic.senders import Sender, senders

REGISTER_NAMES = ("RXA", "RXB", "RYA", "999", "GP", "DEATH", places.AMBULANCE, places.MENTAL_HEALTH)
WITHOUT_IDENTITY = (
    "apc_ward_stay",
    "csds_referral",
    "csds_care_contact",
    "gp_appointment",
    "mh_referral",
    "mh_care_contact",
    "mh_hospital_spell",
)
FEWEST, MOST_YEARS = 100, 10


@dataclass(frozen=True)
class SyntheticSummary:
    """What was made. ``rows`` counts delivered rows per contract, duplicates included."""

    people: int
    files: int
    rows: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def generate(
    out: Path,
    *,
    people: int = 10_000,
    years: int = 3,
    seed: int = 1,
    profile: str = "typical",
    progress: Callable[[str], None] | None = None,
) -> SyntheticSummary:
    """Writes extracts, reference tables, configuration and truth of Anyborough below ``out``.

    The same arguments give the same bytes. ``people`` are the residents on the first day; births
    and moves come on top. Existing extracts, reference and truth below ``out`` are replaced.
    """
    began = time.monotonic()
    if people < FEWEST or not 1 <= years <= MOST_YEARS or seed < 0:
        raise ConfigurationError(
            f"people must be at least {FEWEST}, years from 1 to {MOST_YEARS}, the seed 0 or more"
        )
    chosen = profile_named(profile)
    for folder in ("extracts", "reference", "truth"):
        shutil.rmtree(out / folder, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    period, blocks = Period(years), places.make_blocks(people)
    writer = truth.TruthWriter(out / "truth")
    files = Files(out, period, chosen, writer)
    supply = nhs_numbers.all_numbers(seed)
    counts: reference.Counts = {}
    first_id = 1
    for block in blocks:
        life = live(block, period, seed, first_id)
        writer.first_id = first_id
        numbers = _numbers_of(life, supply, first_id)
        true_tables.write_life(writer, life, numbers)
        _deliver(life, numbers, files, chosen, period, seed)
        reference.count_residents(life, period, counts)
        first_id += len(life.people)
        if progress:
            progress(f"{block.number + 1} of {len(blocks)} parts of the economy written")
    files.finish()
    writer.write("file", _file_table(files))
    writer.close()
    reference.write_reference(out, blocks, period, counts)
    paths = [written.path for written in files.written.values()]
    text = economy_yaml.economy_yaml(blocks, period, chosen, paths)
    (out / "economy.yaml").write_text(text, "utf-8")
    return _summary(files, first_id - 1, time.monotonic() - began)


def _numbers_of(life: Life, supply: np.ndarray, first_id: int) -> np.ndarray:
    """NHS numbers as text. The test range holds 909,000: later people have none."""
    n = len(life.people)
    mine = supply[first_id - 1 : first_id - 1 + n]
    out = np.full(n, None, dtype=object)
    out[: len(mine)] = [str(number) for number in mine.tolist()]
    return out


def _deliver(
    life: Life, numbers: np.ndarray, files: Files, profile: Profile, period: Period, seed: int
) -> None:
    """Records the block's life with every sender and appends it to the files."""
    books = {
        name: registers.make_register(
            name, life.people, numbers, profile, period, hash_seed(seed, life.block.number, k)
        )
        for k, name in enumerate(REGISTER_NAMES)
    }
    made: dict[str, pl.DataFrame] = {}
    for k, sender in enumerate(senders(profile)):
        rng = np.random.default_rng([seed, life.block.number, 100 + k])
        delivery = _rows(life, sender, books, made, profile, period)
        delivery.frame = as_text(delivery.frame, sender.formats, sender.spaced_numbers)
        damage.damage_rows(delivery, sender.contract, profile, sender.formats, rng)
        files.add(sender, delivery, rng)


def hash_seed(seed: int, block: int, number: int) -> int:
    return int(np.random.SeedSequence([seed, block, 1000 + number]).generate_state(1)[0])


def _rows(
    life: Life,
    sender: Sender,
    books: dict[str, Register],
    made: dict[str, pl.DataFrame],
    profile: Profile,
    period: Period,
) -> Delivery:
    """A sender's rows with identity, before row errors."""
    contract = sender.contract
    if contract not in made:
        made[contract] = _made(contract, life, books, made, period)
    frame = made[contract].filter(pl.col("_sender") == sender.organisation)
    frame = frame.with_columns(pl.int_range(pl.len()).cast(pl.Int64).alias("_row"))
    if contract in WITHOUT_IDENTITY:
        return Delivery(frame)
    book = books["DEATH" if contract == "death" else sender.organisation]
    if "_entry" not in frame.columns:
        frame = _with_entry(frame, book)
    with_names = not profile.without_names or contract == "gp_registration"
    delivery = recording.with_identity(
        frame,
        book,
        life.people,
        names=with_names,
        council=contract == "cld_event",
        practice=contract not in ("cld_event", "gp_registration"),
    )
    if sender.foreign:
        recording.as_foreign(delivery, life.people)
    if contract == "gp_registration":
        own = pl.col("_local").alias("local_patient_identifier")
        delivery.frame = delivery.frame.with_columns(own)
    if contract == "death":  # registrars do not know the council's or anybody's local numbers
        delivery.frame = delivery.frame.drop("local_patient_identifier")
    return delivery


def _made(
    contract: str,
    life: Life,
    books: dict[str, Register],
    made: dict[str, pl.DataFrame],
    period: Period,
) -> pl.DataFrame:
    """All rows of a contract, made once per block."""
    if contract == "csds_mpi":
        return community_extracts.csds_mpi(_community_referrals(life, books, made, period), life)
    if contract == "csds_referral":
        return _community_referrals(life, books, made, period)
    if contract == "person_index":
        referrals = _mental_health_referrals(life, books, made, period)
        return mental_health_extracts.person_index(referrals, life)
    if contract == "mh_referral":
        return _mental_health_referrals(life, books, made, period)
    frame: pl.DataFrame = extracts.MAKERS[contract](life, period)
    if contract in ("gp_appointment", "gp_registration"):
        frame = _with_practice_number(frame, books["GP"], contract)
    return frame


def _community_referrals(
    life: Life, books: dict[str, Register], made: dict[str, pl.DataFrame], period: Period
) -> pl.DataFrame:
    """Referrals with the local number of the person in the provider's index."""
    if "csds_referral" not in made:
        frame = community_extracts.csds_referral(life, period)
        made["csds_referral"] = _with_local_number(frame, books["RYA"])
    return made["csds_referral"]


def _mental_health_referrals(
    life: Life, books: dict[str, Register], made: dict[str, pl.DataFrame], period: Period
) -> pl.DataFrame:
    """The same of the mental-health trust."""
    if "mh_referral" not in made:
        frame = mental_health_extracts.mh_referral(life, period)
        made["mh_referral"] = _with_local_number(frame, books[places.MENTAL_HEALTH])
    return made["mh_referral"]


def _with_local_number(referrals: pl.DataFrame, book: Register) -> pl.DataFrame:
    frame = _with_entry(referrals, book, "service_request_identifier")
    local = book.entries["local"][frame["_entry"].to_numpy()]
    return frame.with_columns(local.alias("local_patient_identifier"))


def _with_entry(frame: pl.DataFrame, book: Register, stable: str | None = None) -> pl.DataFrame:
    """The register entry of each row; the same for rows with the same value of ``stable``."""
    column = stable or (
        "hospital_provider_spell_identifier"
        if "hospital_provider_spell_identifier" in frame.columns
        else "_event"
    )
    salt = frame[column].str.extract(r"(\d+)$").cast(pl.Int64).fill_null(0).to_numpy()
    entry = recording.choose_entry(book, frame["_person"].to_numpy(), salt)
    return frame.with_columns(pl.Series("_entry", entry))


def _with_practice_number(frame: pl.DataFrame, book: Register, contract: str) -> pl.DataFrame:
    """A person has a new local number at each practice."""
    person = frame["_person"].to_numpy()
    local = book.entries["local"][person]
    practice = frame["_practice"].cast(pl.String).str.zfill(3).str.slice(-3)
    number = (practice + local).alias("local_patient_identifier")
    if contract == "gp_appointment":
        return frame.with_columns(number)
    return frame.with_columns(number.alias("_local"), pl.Series("_entry", person))


def _file_table(files: Files) -> pl.DataFrame:
    rows = [
        (w.path, w.contract, w.organisation, w.period, w.kind, w.rows)
        for w in sorted(files.written.values(), key=lambda w: w.path)
    ]
    columns = ["file", "contract", "organisation_code", "period", "kind", "n_rows"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _summary(files: Files, people: int, seconds: float) -> SyntheticSummary:
    rows: dict[str, int] = {}
    for written in files.written.values():
        rows[written.contract] = rows.get(written.contract, 0) + written.rows
    return SyntheticSummary(people, len(files.written), rows, round(seconds, 1))
