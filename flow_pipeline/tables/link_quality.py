"""Tables about how good linkage is, beside the published linkage_quality. No person stands in them
but by keys of the linkage zone."""

from flow_pipeline.tables.language import Table, boolean, date, integer, number, text

_ATTRIBUTES = {
    "ethnic_group": "white, mixed, asian, black or other; unknown where no record says.",
    "age_band": "0-17, 18-64, 65-84, 85+ or unknown.",
    "sex": "male, female or unknown.",
    "deprivation_quintile": "1 (most deprived) to 5, or unknown.",
    "no_fixed_abode": "yes, no or unknown.",
    "care_home": "yes where a record of the unit says that the person lives in one, else unknown.",
}

LINK_TRIAL = Table(
    name="link_trial",
    stage="link",
    grain="one row per basis, threshold and identity whose number was hidden",
    meaning="What linkage found of identities whose verified number was hidden from it.",
    columns=(
        text("basis", "hidden_number or hidden_number_with_added_errors.", nullable=False),
        number("threshold", "Match weight from which pairs were linked.", unit="bits"),
        integer("identity", "Number of the identity in this trial.", nullable=False),
        integer("hidden_unit", "What one sender knows of the person.", nullable=False),
        integer("person", "Number of the person in this trial.", nullable=False),
        text("organisation_code", "Sender."),
        text("pattern", "Names of the fields that the records fill."),
        *(text(name, meaning) for name, meaning in _ATTRIBUTES.items()),
        number("weight", "Units without a number that this one stands for.", unit="units"),
        integer("n_records", "Records of the identity.", unit="records"),
        integer("n_true", "Identities with a number that are the same person's."),
        integer("n_found", "Identities with a number in the group that it was put in."),
        integer("n_right", "Those of them that are the same person's."),
        text("method", "How it was linked: as in person_link."),
    ),
    key=("basis", "threshold", "identity"),
    zone="linkage",
    release_class="internal",
)

LINK_THRESHOLD = Table(
    name="link_threshold",
    stage="link",
    grain="one row per threshold that was tried",
    meaning="What each threshold comes to on hidden numbers, and which one linkage uses.",
    columns=(
        number("threshold", "Match weight from which a pair is one person.", unit="bits"),
        number("precision", "Share of links that are right; null where it could not be tried."),
        number("precision_low", "Its lower 95 % limit."),
        number("precision_high", "Its upper 95 % limit."),
        number("recall", "Share of right links that were found."),
        number("recall_low", "Its lower 95 % limit."),
        number("recall_high", "Its upper 95 % limit."),
        number("f1", "Harmonic mean of precision and recall."),
        number("n_effective", "Persons of equal weight that the figures are worth."),
        boolean("is_chosen", "Whether linkage uses it.", nullable=False),
        text(
            "reason",
            "Of the chosen one: proven, likely, refuted, shipped (docs/linkage_quality.md) or "
            "configured.",
        ),
    ),
    key=("threshold",),
    zone="linkage",
    release_class="internal",
)

LINK_GAP = Table(
    name="link_gap",
    stage="link",
    grain="one row per basis, subgroup and value",
    meaning="How far the recall of a subgroup is from that of everybody.",
    columns=(
        text("basis", "truth or hidden_number.", nullable=False),
        text("subgroup", "Attribute that defines the subgroup.", nullable=False),
        text("subgroup_value", "Its value.", nullable=False),
        integer("n_persons", "People judged.", unit="people"),
        number("recall", "Share of right links that were found."),
        number("recall_standardised", "As if its records filled the same fields as everybody's."),
        number("gap", "recall less that of everybody; minus where more is missed."),
        number("gap_standardised", "The same of recall_standardised."),
        number("low", "Lower limit of gap_standardised, 95 % for all rows of a basis at once."),
        number("high", "Upper limit."),
        boolean("counts", "Whether the interval lies wholly beyond one percentage point."),
    ),
    key=("basis", "subgroup", "subgroup_value"),
    zone="linkage",
    release_class="internal",
)

LINK_SENSITIVITY = Table(
    name="link_sensitivity",
    stage="link",
    grain="one row per threshold: the one in use, a band lower and a band higher",
    meaning="How much hangs on the threshold.",
    columns=(
        number("threshold", "Match weight from which a pair is one person.", unit="bits"),
        boolean("is_in_use", "Whether linkage uses it.", nullable=False),
        integer("n_persons", "People with an identity of their own.", unit="people"),
        integer("n_without", "Identities without a usable number."),
        integer("n_matched", "Those of them in one group with an identity that has one."),
    ),
    key=("threshold",),
    zone="linkage",
    release_class="internal",
)

LINK_BLOCKING = Table(
    name="link_blocking",
    stage="link",
    grain="one row per basis and blocking rule, and one for all rules together",
    meaning="Which pairs of identities of one person are compared at all.",
    columns=(
        text(
            "basis",
            "truth, or verified_number: pairs that these join, without the rule by number.",
            nullable=False,
        ),
        text("rule", "all, or what the rule compares.", nullable=False),
        integer("n_pairs", "Pairs of identities of one person.", unit="pairs"),
        integer("n_found", "Those of them that the rule finds.", unit="pairs"),
        integer("n_alone", "Those that no other rule finds; null of all together.", unit="pairs"),
    ),
    key=("basis", "rule"),
    zone="linkage",
    release_class="internal",
)

LINK_DIFFERENCE = Table(
    name="link_difference",
    stage="link",
    grain="one row per attribute and value",
    meaning="How people who were linked differ from those who were not.",
    columns=(
        text("subgroup", "Attribute.", nullable=False),
        text("subgroup_value", "Its value, where known.", nullable=False),
        integer("n_linked", "Units linked: what one sender knows of one person.", unit="units"),
        integer("n_unlinked", "Units of which no other identity was found.", unit="units"),
        number("share_linked", "Share of the value among units linked."),
        number("share_unlinked", "Share of it among those not."),
        number("standardised_difference", "Of the two shares; above 0: more among the unlinked."),
    ),
    key=("subgroup", "subgroup_value"),
    zone="linkage",
    release_class="internal",
)

# Why a pair of link_review is to be looked up where no history speaks against it.
NEAR_THRESHOLD = "near_threshold"
TOO_MANY_PEOPLE = "too_many_people"

_SIDES = (
    text("record_key", "A record of the one side.", nullable=False),
    text("other_record_key", "A record of the other side.", nullable=False),
    text("organisation_code", "Sender of the one."),
    text("submission_id", "Submission of the one.", nullable=False),
    integer("row_number", "Its row, 1 for the first data row.", nullable=False),
    text("other_organisation_code", "Sender of the other."),
    text("other_submission_id", "Submission of the other.", nullable=False),
    integer("other_row_number", "Its row.", nullable=False),
    number("weight", "Match weight; null where the two were not weighed.", unit="bits"),
    text("agreement", "What the two agree on, or their links rest on; never a value."),
    boolean("is_linked", "Whether they are one person at present.", nullable=False),
)

UNCERTAIN_PAIR = Table(
    name="uncertain_pair",
    stage="link",
    grain="one row per uncertain pair of identities, named by a record of each",
    meaning="Pairs of which the threshold decides whether they are one person, and pairs that were "
    "parted because their group was too many people for one.",
    columns=(
        *_SIDES,
        text("reason", "near_threshold or too_many_people.", nullable=False),
    ),
    key=("record_key", "other_record_key"),
    zone="linkage",
    release_class="internal",
)

IMPOSSIBLE_HISTORY = Table(
    name="impossible_history",
    stage="link",
    grain="one row per pair of records of one person and reason",
    meaning="Records whose histories cannot be one person's: what the analytic zone tells linkage.",
    columns=(
        text("record_key", "A record.", nullable=False),
        text("other_record_key", "Another record of the person.", nullable=False),
        text(
            "reason_code",
            "two_beds, two_deaths, after_death, before_birth, two_births or two_sexes: "
            "docs/linkage_quality.md.",
            nullable=False,
        ),
    ),
    key=("record_key", "other_record_key", "reason_code"),
    zone="linkage",
    release_class="internal",
)

LINK_REVIEW = Table(
    name="link_review",
    stage="link",
    grain="one row per pair of identities to be looked up, named by a record of each",
    meaning="Links to be reviewed: least sure, of an impossible history, or given up because they "
    "made a group too many people for one.",
    columns=(
        *_SIDES,
        text(
            "reason",
            "near_threshold, too_many_people, or the codes of impossible_history, with blanks "
            "between.",
            nullable=False,
        ),
    ),
    key=("record_key", "other_record_key"),
    zone="linkage",
    release_class="internal",
)

LINK_DECISION = Table(
    name="link_decision",
    stage="link",
    grain="one row per decision of clerical review",
    meaning="What reviewers decided and what came of it.",
    columns=(
        text("record_key", "A record of the one side.", nullable=False),
        text("other_record_key", "A record of the other side.", nullable=False),
        text("decision", "same or different.", nullable=False),
        text("who", "Who decided.", nullable=False),
        date("decided_on", "When."),
        text(
            "outcome",
            "obeyed; already_so; refused_two_numbers (both sides have verified numbers that "
            "differ); refused_one_number (both have the same); refused_one_identity (both say the "
            "same of who it is); refused_disputed (reviewers disagree); refused_by_another (other "
            "decisions make the two one); unknown_record.",
            nullable=False,
        ),
    ),
    key=("record_key", "other_record_key", "who"),
    zone="linkage",
    release_class="internal",
)

TABLES = (
    LINK_TRIAL,
    LINK_THRESHOLD,
    LINK_GAP,
    LINK_SENSITIVITY,
    LINK_BLOCKING,
    LINK_DIFFERENCE,
    UNCERTAIN_PAIR,
    IMPOSSIBLE_HISTORY,
    LINK_REVIEW,
    LINK_DECISION,
)
