"""Tables of persons: who the linked people are, without saying who they are."""

from flow_pipeline.tables.language import Table, boolean, date, integer, number, text

PERSON = Table(
    name="person",
    stage="journeys",
    grain="one row per linked person",
    meaning="People as linkage knows them, with the attributes most of their records agree on.",
    columns=(
        text("person_id", "Stable pseudonym of the person.", nullable=False),
        date("birth_month", "First day of the month of birth."),
        text("sex", "male or female; null where not stated or records disagree evenly."),
        text("ethnic_group", "white, mixed, asian, black or other; null where not stated."),
        text("area_code", "Small area of residence (MSOA), latest known."),
        integer("imd_decile", "Deprivation decile of the small area, 1 the most deprived."),
        text("gp_practice_code", "Practice of registration, latest known."),
        boolean("is_registered", "Whether registered with a practice at the end of the period."),
        date("death_month", "First day of the month of death."),
        text(
            "linkage_method",
            "nhs_number, foreign_pseudonym, probabilistic or local_only: the weakest that joins "
            "the person's records.",
            nullable=False,
        ),
        number("linkage_confidence", "Lowest score of the person's links, 0 to 1."),
        integer("n_records", "Accepted records of the person.", unit="records"),
        integer("n_sources", "Sources that know the person.", unit="sources"),
    ),
    key=("person_id",),
)

RESIDENCE = Table(
    name="residence",
    stage="journeys",
    grain="one row per person and period of residence",
    meaning="When a person belonged to the economy, and where. A person's periods do not overlap.",
    columns=(
        text("person_id", "Person.", nullable=False),
        date("valid_from", "First day.", nullable=False),
        date("valid_to", "Last day: the end of the period at the latest.", nullable=False),
        text("area_code", "Small area of residence (MSOA)."),
        text("gp_practice_code", "Practice of registration."),
    ),
    key=("person_id", "valid_from"),
    release_class="internal",
)

TABLES = (PERSON, RESIDENCE)
