"""Reference files: what each must hold, under our names or the names it is published with.

They say nothing of persons, so messages about them may name rows and codes. Source of the
definition: domain.md §2.7 "Reference".
"""

from dataclasses import dataclass
from typing import Literal

ReferenceType = Literal["text", "date", "integer", "money"]


@dataclass(frozen=True, kw_only=True)
class ReferenceColumn:
    """One column. ``published``: names it has in national files, in order of preference.

    ``is_bare``: capitals without spaces and marks are what counts of the value, as in a postcode.
    """

    name: str
    meaning: str
    type: ReferenceType = "text"
    is_required: bool = False
    published: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    is_bare: bool = False


@dataclass(frozen=True, kw_only=True)
class ReferenceFile:
    """One kind of reference file. ``key``: columns that no two rows have equal.

    ``refreshed_days``: how often it is published anew; None where it is of one date for good.
    """

    name: str  # its key under ``reference``, or where else the configuration names it
    meaning: str
    grain: str
    source: str
    columns: tuple[ReferenceColumn, ...]
    key: tuple[str, ...]
    refreshed_days: int | None = None

    @property
    def required(self) -> tuple[ReferenceColumn, ...]:
        return tuple(c for c in self.columns if c.is_required)


def _validity(
    since: tuple[str, ...] = (), until: tuple[str, ...] = ()
) -> tuple[ReferenceColumn, ...]:
    return (
        ReferenceColumn(name="valid_from", meaning="First day.", type="date", published=since),
        ReferenceColumn(
            name="valid_to", meaning="Last day; empty: still.", type="date", published=until
        ),
    )


ORGANISATIONS = ReferenceFile(
    name="organisations",
    meaning="Organisations with their mergers: who is open when, part of whom, and became whom.",
    grain="one row per organisation",
    source="Organisation Data Service (ODS), NHS England; Public Health Scotland's hospitals",
    columns=(
        ReferenceColumn(
            name="organisation_code",
            meaning="ODS or local code.",
            is_required=True,
            published=("code", "Organisation Code", "OrganisationCode", "HospitalCode"),
        ),
        ReferenceColumn(name="name", meaning="Name.", published=("HospitalName",)),
        ReferenceColumn(name="sector", meaning="Sector, as under organisations."),
        ReferenceColumn(
            name="parent_code",
            meaning="Organisation it belongs to.",
            published=("Parent Organisation Code", "Commissioner", "HealthBoard"),
        ),
        ReferenceColumn(
            name="successor_code",
            meaning="Organisation it merged into.",
            published=("Successor Code", "Succession"),
        ),
        *_validity(("Open Date", "open_date"), ("Close Date", "close_date")),
    ),
    key=("organisation_code",),
    refreshed_days=90,
)
POSTCODES = ReferenceFile(
    name="postcodes",
    meaning="Postcodes and the small areas they lie in.",
    grain="one row per postcode",
    source="National Statistics Postcode Lookup (NSPL), ONS",
    columns=(
        ReferenceColumn(
            name="postcode",
            meaning="Postcode, in any spacing.",
            is_required=True,
            published=("pcds", "pcd8", "pcd7", "pcd2", "pcd"),
            is_bare=True,
        ),
        ReferenceColumn(
            name="lsoa_code",
            meaning="Lower layer super output area; in Scotland the data zone.",
            is_required=True,
            published=("lsoa21cd", "lsoa21", "lsoa11cd", "lsoa11", "DataZone2011Code"),
        ),
        ReferenceColumn(
            name="area_code",
            meaning="Middle layer super output area; in Scotland the intermediate zone.",
            is_required=True,
            published=("msoa_code", "msoa21cd", "msoa21", "msoa11cd", "msoa11"),
        ),
        *_validity(("dointr",), ("doterm",)),
    ),
    key=("postcode",),
    refreshed_days=90,
)
DEPRIVATION = ReferenceFile(
    name="deprivation",
    meaning="Deprivation of small areas.",
    grain="one row per small area",
    source="English Indices of Deprivation 2025, MHCLG; Scottish Index of Multiple Deprivation",
    columns=(
        ReferenceColumn(
            name="lsoa_code",
            meaning="Small area.",
            is_required=True,
            published=(
                *("lsoa21_code", "LSOA code (2021)", "lsoa11_code", "LSOA code (2011)"),
                *("DataZone", "Data_Zone"),
            ),
        ),
        ReferenceColumn(
            name="imd_decile",
            meaning="Decile, 1 the most deprived.",
            type="integer",
            is_required=True,
            published=(
                "Index of Multiple Deprivation (IMD) Decile "
                "(where 1 is most deprived 10% of LSOAs)",
                "SIMD2020v2_Decile",
            ),
            minimum=1,
            maximum=10,
        ),
    ),
    key=("lsoa_code",),
)
AREAS = ReferenceFile(
    name="areas",
    meaning="Areas, what they belong to, and how many people live there.",
    grain="one row per area",
    source="the economy itself; ONS mid-year population estimates",
    columns=(
        ReferenceColumn(name="area_code", meaning="Area.", is_required=True),
        ReferenceColumn(
            name="area_level",
            meaning="economy, council, locality, practice or msoa.",
            is_required=True,
        ),
        ReferenceColumn(name="name", meaning="Name."),
        ReferenceColumn(name="parent_code", meaning="Area it belongs to."),
        ReferenceColumn(name="population", meaning="Residents.", type="integer", minimum=0),
        *_validity(),
    ),
    key=("area_code",),
)
POPULATION = ReferenceFile(
    name="population",
    meaning="Residents of areas by age and sex: denominators of ranks and rates.",
    grain="one row per area, financial year, age band and sex",
    source="ONS mid-year population estimates; National Records of Scotland",
    columns=(
        ReferenceColumn(name="area_code", meaning="Area.", is_required=True),
        ReferenceColumn(
            name="area_level",
            meaning="economy, council, locality, practice or msoa.",
            is_required=True,
        ),
        ReferenceColumn(
            name="financial_year", meaning="Financial year, 2024/25; empty: every year."
        ),
        ReferenceColumn(name="age_band", meaning="Ages, for instance 65-74; empty: all."),
        ReferenceColumn(name="sex", meaning="male or female; empty: all."),
        ReferenceColumn(
            name="population",
            meaning="Residents.",
            type="integer",
            is_required=True,
            minimum=0,
        ),
    ),
    key=("area_level", "area_code", "financial_year", "age_band", "sex"),
)
UNIT_COSTS = ReferenceFile(
    name="unit_costs",
    meaning="What an event costs where its row does not say.",
    grain="one row per kind of event, setting and unit",
    source="the economy itself; PSSRU, National Cost Collection",
    columns=(
        ReferenceColumn(name="event_family", meaning="Family of events.", is_required=True),
        ReferenceColumn(name="unit", meaning="What the price is of.", is_required=True),
        ReferenceColumn(name="event_type", meaning="Type of event; empty: every type."),
        ReferenceColumn(name="event_subtype", meaning="Subtype of event; empty: every subtype."),
        ReferenceColumn(name="setting", meaning="Setting; empty: every setting."),
        ReferenceColumn(
            name="amount", meaning="Pounds for one unit.", type="money", is_required=True
        ),
        ReferenceColumn(name="price_base", meaning="Year of the prices."),
        ReferenceColumn(name="source", meaning="Where the price comes from."),
        ReferenceColumn(name="assumption", meaning="What the price rests on."),
    ),
    key=("event_family", "event_type", "event_subtype", "setting", "unit"),
)

REFERENCE_FILES = {
    one.name: one for one in (ORGANISATIONS, POSTCODES, DEPRIVATION, AREAS, POPULATION, UNIT_COSTS)
}
