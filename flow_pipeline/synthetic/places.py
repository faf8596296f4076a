"""Organisations, sites, wards, teams and small areas of Anyborough."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from flow_pipeline.synthetic.clock import Floats, Ints, Period, date_of

COUNCIL = "999"
COMMUNITY = "RYA"
COMMUNITY_BEDS = "RYA01"
MENTAL_HEALTH = "RMH"
AMBULANCE = "RAM"
PEOPLE_PER_BLOCK = 50_000

SITES: tuple[tuple[str, str, str, float], ...] = (
    # code, name, trust, share of unplanned work; the first is where discharge-to-assess starts
    ("RXA01", "Anyborough General Hospital", "RXA", 0.34),
    ("RXA02", "Northfield Hospital", "RXA", 0.14),
    ("RXA03", "Millbrook Hospital", "RXA", 0.12),
    ("RXB01", "St Bride's Hospital", "RXB", 0.16),
    ("RXB02", "Eastgate Hospital", "RXB", 0.13),
    ("RXB03", "Harbour Hospital", "RXB", 0.11),
)
SITE_CODES = np.array([site[0] for site in SITES])
SITE_TRUSTS = np.array([site[2] for site in SITES])
SITE_SHARES = np.array([site[3] for site in SITES])
INTERVENTION_SITE = 0

WARDS: tuple[tuple[str, str], ...] = (
    # code within the site, ward_type
    ("AMU", "assessment"),
    ("SSU", "short_stay"),
    ("A1", "base"),
    ("B2", "base"),
    ("C3", "base"),
    ("D4", "base"),
    ("E5", "base"),
    ("ITU", "critical_care"),
    ("ESC", "escalation"),
    ("DL", "discharge_lounge"),
)
WARD_CODES = np.array([ward[0] for ward in WARDS])
WARD_TYPES = np.array([ward[1] for ward in WARDS])

TEAMS: tuple[tuple[str, str, str], ...] = (
    # code, what it is, national service or team type
    ("CN", "District nursing", "01"),
    ("UCR", "Urgent community response", "05"),
    ("THER", "Community therapy", "03"),
    ("MSK", "Musculoskeletal physiotherapy", "02"),
    ("POD", "Podiatry", "07"),
    ("RESP", "Respiratory and heart failure nursing", "08"),
    ("HV", "Health visiting", "10"),
    ("FALL", "Falls service", "06"),
    ("IC", "Intermediate care at home", "04"),
)
TEAM_CODES = np.array([team[0] for team in TEAMS])
UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


@dataclass(frozen=True)
class Block:
    """A part of the economy with its own small areas, practices, homes and share of capacity."""

    number: int
    people: int
    first_lsoa: int
    n_lsoa: int
    first_practice: int
    n_practice: int
    first_home: int
    n_home: int
    postcodes_per_lsoa: int

    @property
    def localities(self) -> tuple[int, int]:
        return 2 * self.number, 2 * self.number + 1


def make_blocks(people: int) -> list[Block]:
    """Split the economy into blocks that are simulated one after another."""
    n_blocks = max(1, -(-people // (PEOPLE_PER_BLOCK * 6 // 5)))
    sizes = [people // n_blocks + (b < people % n_blocks) for b in range(n_blocks)]
    blocks: list[Block] = []
    lsoa = practice = home = 0
    for number, size in enumerate(sizes):
        n_lsoa = max(16, size // 1500)
        n_practice = max(6, size // 7000)
        n_home = max(4, size // 2500)
        per_lsoa = max(4, size // n_lsoa // 40)
        blocks.append(
            Block(number, size, lsoa, n_lsoa, practice, n_practice, home, n_home, per_lsoa)
        )
        lsoa, practice, home = lsoa + n_lsoa, practice + n_practice, home + n_home
    return blocks


def lsoa_codes(numbers: Ints) -> list[str]:
    return [f"E0199{n:04d}" for n in numbers]


def msoa_codes(lsoa_numbers: Ints) -> list[str]:
    return [f"E0299{n // 4:04d}" for n in lsoa_numbers]


def locality_of_lsoa(block: Block, lsoa_numbers: Ints) -> Ints:
    """Whole middle-layer areas belong to one of the two localities of the block."""
    first, second = block.localities
    half = (block.first_lsoa + block.n_lsoa // 2) // 4
    return np.where(np.asarray(lsoa_numbers) // 4 < half, first, second)


def locality_codes(numbers: Ints) -> list[str]:
    return [f"LOC{n + 1:02d}" for n in numbers]


def practice_codes(numbers: Ints) -> list[str]:
    return [f"Y9{n + 1:04d}" for n in numbers]


NO_PRACTICE = "V81997"  # national code: no registered general practice


def practice_text(practice: Ints, registered: NDArray[np.bool_]) -> list[str]:
    """Practice codes as records show them, with the national code for the unregistered."""
    codes = practice_codes(practice)
    return [c if r else NO_PRACTICE for c, r in zip(codes, registered.tolist(), strict=True)]


def home_codes(numbers: Ints) -> list[str]:
    return [f"VH{n + 1:03d}" for n in numbers]


def postcode_text(number: int) -> str:
    """Postcodes of a post town that does not exist (AY), one text per number."""
    sector, unit = divmod(int(number), 400)
    district, digit = divmod(sector, 9)
    letters = UNIT_LETTERS[unit // 20] + UNIT_LETTERS[unit % 20]
    return f"AY{district + 1} {digit + 1}{letters}"


def postcode_number(block: Block, lsoa: Ints, within: Ints) -> Ints:
    """The number of a postcode: 50 numbers are kept for each LSOA, spread over its units."""
    return np.asarray(lsoa) * 50 + np.asarray(within) % min(50, block.postcodes_per_lsoa)


def deprivation(block: Block) -> Ints:
    """Decile (1 most deprived) of each LSOA of a block; Anyborough is poorer than England."""
    spread = np.linspace(0.0, 1.0, block.n_lsoa)
    order = np.random.default_rng(block.number).permutation(block.n_lsoa)
    return (1 + np.floor(9.99 * spread[order] ** 1.25)).astype(np.int64)


@dataclass(frozen=True)
class Changes:
    """Closures and mergers: day, and numbers within a block."""

    practice_merger: int  # practice 1 joins practice 0
    practice_closure: int  # practice 2 closes; its people go to neighbours
    home_closure: int  # care home 1 closes


def changes_of(period: Period) -> Changes:
    return Changes(
        practice_merger=period.start + int(period.n_days * 0.62),
        practice_closure=period.start + int(period.n_days * 0.35),
        home_closure=period.start + int(period.n_days * 0.7),
    )


def organisations(blocks: list[Block], period: Period) -> pl.DataFrame:
    """Reference table of organisations with parents, successors and validity."""
    opened = date(2001, 4, 1)
    changes = changes_of(period)
    rows: list[tuple[str, str, str, str, str | None, str | None, date, date | None]] = [
        ("RXA", "Anyborough Hospitals NHS Trust", "acute", "trust", None, None, opened, None),
        ("RXB", "St Bride's and Eastgate NHS Trust", "acute", "trust", None, None, opened, None),
        (COMMUNITY, "Anyborough Community Health", "community", "trust", None, None, opened, None),
        (COMMUNITY_BEDS, "Brook House", "community", "site", COMMUNITY, None, opened, None),
        (MENTAL_HEALTH, "Vale Mental Health", "mental_health", "trust", None, None, opened, None),
        (AMBULANCE, "Westland Ambulance", "ambulance", "trust", None, None, opened, None),
        (COUNCIL, "Anyborough Council", "council", "council", None, None, opened, None),
    ]
    rows += [(c, name, "acute", "site", trust, None, opened, None) for c, name, trust, _ in SITES]
    for block in blocks:
        for k in range(block.n_practice):
            code = practice_codes(np.array([block.first_practice + k]))[0]
            name = f"{PRACTICE_NAMES[(block.first_practice + k) % len(PRACTICE_NAMES)]} Surgery"
            successor = practice_codes(np.array([block.first_practice]))[0] if k == 1 else None
            ends = {1: date_of(changes.practice_merger), 2: date_of(changes.practice_closure)}
            rows.append((code, name, "gp", "practice", None, successor, opened, ends.get(k)))
        for k in range(block.n_home):
            code = home_codes(np.array([block.first_home + k]))[0]
            ends_home = date_of(changes.home_closure) if k == 1 else None
            name = f"{HOME_NAMES[(block.first_home + k) % len(HOME_NAMES)]} Care Home"
            rows.append((code, name, "care_home", "care_home", None, None, opened, ends_home))
    schema = {
        "code": pl.String,
        "name": pl.String,
        "sector": pl.String,
        "kind": pl.String,
        "parent_code": pl.String,
        "successor_code": pl.String,
        "valid_from": pl.Date,
        "valid_to": pl.Date,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


PRACTICE_NAMES = (
    "Abbey",
    "Beech Road",
    "Canal Street",
    "Dale",
    "Elm Tree",
    "Fountain",
    "Grange",
    "Hawthorn",
    "Ivy House",
    "Jubilee",
    "Kingsway",
    "Lime Grove",
    "Market Place",
    "Northgate",
    "Orchard",
    "Park Lane",
    "Quayside",
    "Riverside",
    "Station Road",
    "Town End",
    "Union Street",
    "Victoria",
    "Willow",
    "York Street",
)
HOME_NAMES = (
    "Ashgrove",
    "Birch Lodge",
    "Cedar Court",
    "Daleview",
    "Evergreen",
    "Fairhaven",
    "Glebe House",
    "Hollies",
    "Ivybank",
    "Juniper Lodge",
    "Larchfield",
    "Meadow View",
)


def site_of_lsoa(block: Block, lsoa: Ints) -> Ints:
    """The hospital site that people of a small area usually go to, by share of work."""
    cumulative: Floats = np.cumsum(SITE_SHARES)
    place = (np.asarray(lsoa) - block.first_lsoa + 0.5) / block.n_lsoa
    return np.searchsorted(cumulative, np.minimum(place, 0.9999) * cumulative[-1], "right")
