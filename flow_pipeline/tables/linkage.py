"""Tables of linkage. Those of the linkage zone are for engineers and governance only."""

from flow_pipeline.tables.language import Table, boolean, date, datetime, integer, number, text

PERSON_LINK = Table(
    name="person_link",
    stage="link",
    grain="one row per accepted record",
    meaning="Which person a record was linked to, how and how surely.",
    columns=(
        text("record_key", "Keyed hash of the delivered record.", nullable=False),
        text("submission_id", "Submission.", nullable=False),
        text("contract", "Contract.", nullable=False),
        text("organisation_code", "Sender."),
        integer("row_number", "Row, 1 for the first data row.", nullable=False),
        text("person_id", "Stable pseudonym of the person.", nullable=False),
        text("method", "nhs_number, foreign_pseudonym, probabilistic or local_only."),
        number("score", "Match probability of the record's link, 0 to 1."),
        text("reason", "What the link rests on."),
    ),
    key=("record_key",),
    zone="linkage",
    release_class="internal",
)

PERSON_HISTORY = Table(
    name="person_history",
    stage="link",
    grain="one row per merge or split",
    meaning="Merges and splits of persons: old ids stay resolvable.",
    columns=(
        text("run_id", "Run in which it happened.", nullable=False),
        text("change", "merge or split.", nullable=False),
        text("old_person_id", "Id before.", nullable=False),
        text("new_person_id", "Id after.", nullable=False),
    ),
    key=("run_id", "change", "old_person_id", "new_person_id"),
    zone="linkage",
    release_class="internal",
)

# What a record says of who it is about. Equal tokens mean equal values under one key.
IDENTITY_TOKENS: dict[str, str] = {
    "nhs_number_token": "NHS number, valid ones alone.",
    "foreign_token": "Pseudonym that another body gave, with its namespace.",
    "foreign_namespace_token": "Namespace of that pseudonym.",
    "given_token": "First given name.",
    "given_root_token": "Name that the first given name is often short for.",
    "given_phonetic_token": "Sound of the first given name.",
    "given_initials_token": "First three letters of the first given name.",
    "given_ending_token": "Last three letters of the first given name.",
    "family_token": "Family name, run together.",
    "family_first_token": "First part of a double-barrelled family name, or all of it.",
    "family_last_token": "Last part of a double-barrelled family name, or all of it.",
    "family_phonetic_token": "Sound of the family name.",
    "family_initials_token": "First three letters of the family name.",
    "family_ending_token": "Last three letters of the family name.",
    "full_name_token": "All given names and the family name.",
    "birth_date_token": "Date of birth, known to the day.",
    "birth_swapped_token": "Date of birth with day and month exchanged, where that is a date.",
    "birth_year_token": "Year of birth.",
    "birth_month_token": "Month of birth, 1 to 12.",
    "birth_day_token": "Day of birth, 1 to 31.",
    "sex_token": "Male or female; null where neither was said.",
    "postcode_token": "Postcode; null for pseudo-postcodes.",
    "postcode_sector_token": "Postcode sector.",
    "postcode_district_token": "Postcode district.",
    "postcode_area_token": "Postcode area.",
    "postcode_inward_token": "Last three characters of the postcode, half of a foreign one.",
    "postcode_letters_token": "Characters of the postcode whatever their order.",
    "uprn_token": "Unique property reference number.",
}

# On what two identities are compared.
COMPARED = ("given", "family", "birth", "sex", "address", "number", "foreign", "reference")

# Names as keyed bit patterns, for degrees of likeness. Each follows from the name's own token.
ENCODING_WORDS = 4
NAME_ENCODINGS: dict[str, str] = {
    f"{stem}_encoding_{i}": f"{meaning} as a keyed pattern of 256 bits, word {i} of 4."
    for stem, meaning in (("given", "First given name"), ("family", "Family name"))
    for i in range(1, ENCODING_WORDS + 1)
}

# Who says so, of whom, and when: a column of each stands in every row.
_RECORD = (
    text("record_key", "Keyed hash of the delivered record.", nullable=False),
    text("submission_id", "Submission.", nullable=False),
    text("source", "Source of the configuration.", nullable=False),
    text("contract", "Contract.", nullable=False),
    text("organisation_code", "Sender.", nullable=False),
    integer("row_number", "Row, 1 for the first data row.", nullable=False),
    datetime("received_at", "When the submission was delivered, UTC; orders the founders."),
    boolean("is_identity_record", "Whether other rows may refer to it by local identifier."),
    boolean("has_own_identity", "Whether it says who it is about without referring."),
    boolean("is_number_verified", "Whether the number is valid and traced."),
)
_REFERENCES = (
    integer("identity_token", "All identity tokens together; null without own identity."),
    integer("reference_token", "Local patient identifier with its issuer."),
    integer("parent_token", "The record as children name it; null where it has none."),
    integer("child_of_token", "The parent record, as this one names it."),
    date("valid_from", "Identity records: since when the local identifier means them."),
    date("valid_to", "Identity records: until when; null means still."),
    date("seen_on", "Date of the row, for resolving references in time."),
)
# What thing the record tells of, and which of its deliveries is to hold (ingest.settling).
_THING = (
    text("event_id", "Keyed hash of contract, sender and natural key.", nullable=False),
    text(
        "alternate_id",
        "The same by the next natural key that serves the row, where the contract compares it.",
    ),
    integer("row_hash", "Keyed hash of all contract fields of the row.", nullable=False),
    integer(
        "precedence",
        "The contract's own rank of the row, the largest holding; null where it has none.",
    ),
    boolean("is_deletion", "Whether the row strikes out what it names.", nullable=False),
)
_IDENTITY = tuple(integer(name, meaning) for name, meaning in IDENTITY_TOKENS.items())
_ENCODINGS = tuple(integer(name, meaning) for name, meaning in NAME_ENCODINGS.items())
_NUMBER = "nhs_number_token"  # of every record: whether it is verified, the record says itself

RECORD_TOKEN = Table(
    name="record_token",
    stage="pseudonymise",
    grain="one row per accepted record, before settling",
    meaning="Which thing each record tells of, and who it is about, as keyed tokens of 64 bits; "
    "null where it does not say.",
    columns=(
        *_RECORD,
        *_THING,
        integer(_NUMBER, IDENTITY_TOKENS[_NUMBER]),
        *_REFERENCES,
        integer("identity_key", "Row of record_identity; null where the record says nothing more."),
    ),
    key=("record_key",),
    zone="linkage",
    release_class="internal",
)

RECORD_IDENTITY = Table(
    name="record_identity",
    stage="pseudonymise",
    grain="one row per way in which a submission says who records are about",
    meaning="What records say of who they are about, beside the number: in most extracts people "
    "come again and again, in the same words.",
    columns=(
        integer("identity_key", "Number of the submission and the first row.", nullable=False),
        text("submission_id", "Submission that says it.", nullable=False),
        *(column for column in _IDENTITY if column.name != _NUMBER),
        *_ENCODINGS,
    ),
    key=("identity_key",),
    zone="linkage",
    release_class="internal",
)

# Not stored: what linkage reads (record_told.py).
RECORD_TOLD = Table(
    name="record_told",
    stage="link",
    grain="one row per accepted record",
    meaning="Table record_token with what record_identity says of each record.",
    columns=(
        *_RECORD,
        *_IDENTITY,
        *_ENCODINGS,
        *_REFERENCES,
    ),
    key=("record_key",),
    zone="linkage",
    release_class="internal",
)

LINK_MODEL = Table(
    name="link_model",
    stage="link",
    grain="one row: the model in use",
    meaning="By what pairs are weighed, as it was learned, until it is learned anew.",
    columns=(
        text("source", "learned, or shipped where there was too little to learn from."),
        integer("seed", "Seed of the sampling."),
        text("parameters", "m and u of every level of every comparison, as JSON."),
        integer("n_identities", "Identities it was learned from."),
        number("matches", "Pairs taken to be one person's before they were weighed."),
        number("found", "Pairs that are one person's by their own weights."),
        number("relatives", "Pairs that are relatives'."),
        boolean("by_rarity", "Whether a rare name counts for more than a common one."),
        integer("n_records", "Accepted records when it was learned.", unit="records"),
        text("learned_by", "Run that learned it."),
        number("configured_threshold", "Threshold of the configuration; null for auto."),
        text("code", "Digest of the code that made it."),
        text("key_id", "Key of the tokens it was learned from."),
        text("bridge", "Digest of the bridge tables by which pseudonyms were equal."),
    ),
    key=("source",),
    zone="linkage",
    release_class="internal",
)

LINK_IDENTITY = Table(
    name="link_identity",
    stage="link",
    grain="one row per identity that has been compared with all others",
    meaning="Identities that need not be compared anew while they stay as they are.",
    columns=(
        integer("anchor", "Number of the identity.", nullable=False),
        integer("state", "Number of what may change about it.", nullable=False),
        *_IDENTITY,
        *_ENCODINGS,
    ),
    key=("anchor",),
    zone="linkage",
    release_class="internal",
)

LINK_MENTION = Table(
    name="link_mention",
    stage="link",
    grain="one row per way in which records speak of an identity",
    meaning="What records say of identities beside who it is, and the first that says it.",
    columns=(
        integer("anchor", "Number of the identity.", nullable=False),
        text("organisation_code", "Sender."),
        integer("reference_token", "Local patient identifier with its issuer."),
        boolean("is_identity_record", "Whether records describe a person rather than an event."),
        boolean("is_number_verified", "Whether they say that the NHS number was traced."),
        date("valid_from", "From when an identity record holds."),
        date("valid_to", "Until when it holds."),
        integer("n_records", "Records that say so.", nullable=False),
        datetime("received_at", "When the first of them was received."),
        text("submission_id", "Its submission.", nullable=False),
        integer("row_number", "Its row, 1 for the first data row.", nullable=False),
        text("record_key", "Its keyed hash.", nullable=False),
    ),
    key=(
        "anchor",
        "organisation_code",
        "reference_token",
        "is_identity_record",
        "is_number_verified",
        "valid_from",
        "valid_to",
    ),
    order=("received_at", "submission_id", "row_number", "record_key"),
    zone="linkage",
    release_class="internal",
)

LINK_PAIR = Table(
    name="link_pair",
    stage="link",
    grain="one row per pair of identities that may be one person",
    meaning="What pairs of identities weigh by the model in use, from two bits below the threshold "
    "or even odds.",
    columns=(
        integer("anchor", "Number of an identity.", nullable=False),
        integer("other_anchor", "Number of another.", nullable=False),
        number("weight", "Match weight against strangers and relatives.", unit="bits"),
        number("probability", "Probability that they are one person."),
        *(
            integer(f"{name}_level", f"Agreement of {name}: 0 none, higher closer, -1 unknown.")
            for name in COMPARED
        ),
    ),
    key=("anchor", "other_anchor"),
    zone="linkage",
    release_class="internal",
)

PERSON_REGISTRY = Table(
    name="person_registry",
    stage="link",
    grain="one row per anchor: an identity, reference, parent or record that stands for a person",
    meaning="Which person each anchor is, from run to run. Persons keep their id through it.",
    columns=(
        text("anchor_kind", "identity, reference, parent or record.", nullable=False),
        integer("anchor_token", "Token of the anchor.", nullable=False),
        text("person_id", "Stable pseudonym of the person.", nullable=False),
        boolean("is_founding", "Whether the person's founding record came with this anchor."),
        datetime("founded_at", "When the person's founding record was delivered, UTC."),
        text("founding_submission_id", "Submission of the founding record.", nullable=False),
        integer("founding_row_number", "Row of the founding record.", nullable=False),
        text("first_run", "Run that saw the anchor first.", nullable=False),
    ),
    key=("anchor_kind", "anchor_token"),
    zone="linkage",
    release_class="internal",
)

FOREIGN_BRIDGE = Table(
    name="foreign_bridge",
    stage="pseudonymise",
    grain="one row per entry of a bridge table",
    meaning="Which pseudonyms of two namespaces are one person's, or which number one stands for.",
    columns=(
        text("bridge", "File that says so.", nullable=False),
        integer("row_number", "Row, 1 for the first data row.", nullable=False),
        integer("foreign_token", "Pseudonym with its namespace."),
        integer("foreign_namespace_token", "Its namespace."),
        integer("other_token", "The other pseudonym with its namespace, or the NHS number."),
        integer("other_namespace_token", "The other namespace; null for an NHS number."),
        text(
            "outcome",
            "used; incomplete (a side says nothing); invalid_number; shared (several of one "
            "namespace stand beside it); repeated.",
        ),
    ),
    key=("bridge", "row_number"),
    zone="linkage",
    release_class="internal",
)

RECORD_ANCHOR = Table(
    name="record_anchor",
    stage="link",
    grain="one row per record that linkage saw",
    meaning="What a record's person is known by: ties the registry to tokens that are made anew, "
    "and tells a later run what records that came or went touch.",
    columns=(
        text("record_key", "Keyed hash of the delivered record.", nullable=False),
        text("submission_id", "Submission.", nullable=False),
        text("source", "Source of the configuration.", nullable=False),
        text("contract", "Contract.", nullable=False),
        text("organisation_code", "Sender.", nullable=False),
        integer("row_number", "Row, 1 for the first data row.", nullable=False),
        datetime("received_at", "When the submission was delivered, UTC."),
        integer("identity_anchor", "Number of its identity; null without one of its own."),
        integer("reference_token", "Local patient identifier with its issuer."),
        integer("parent_token", "The record as children name it; null where it has none."),
        integer("child_of_token", "The parent record, as this one names it."),
        date("seen_on", "Date of the row, for resolving references in time."),
        integer("state", "Number of all that linkage read of it.", nullable=False),
    ),
    key=("record_key",),
    zone="linkage",
    release_class="internal",
)

LINKED_IDENTITY = Table(
    name="linked_identity",
    stage="link",
    grain="one row per identity that linkage saw",
    meaning="Whom records of an identity were linked to, to tell which are linked otherwise now.",
    columns=(
        integer("anchor", "Number of the identity.", nullable=False),
        text("person_id", "Stable pseudonym of the person.", nullable=False),
        text("method", "As in person_link."),
        number("score", "Match probability of the link, 0 to 1."),
        text("reason", "What the link rests on."),
    ),
    key=("anchor",),
    zone="linkage",
    release_class="internal",
)

LINKED_PART = Table(
    name="linked_part",
    stage="link",
    grain="one row per part of table record_token that linkage saw",
    meaning="Which tokens are still those that were linked.",
    columns=(text("digest", "SHA-256 of the part.", nullable=False),),
    key=("digest",),
    zone="linkage",
    release_class="internal",
)

LINKED_SUBMISSION = Table(
    name="linked_submission",
    stage="link",
    grain="one row per submission that linkage saw",
    meaning="When what was linked had been received, which orders who founds a person.",
    columns=(
        text("submission_id", "Submission.", nullable=False),
        datetime("received_at", "When it was delivered, UTC."),
    ),
    key=("submission_id",),
    zone="linkage",
    release_class="internal",
)

LINK_REFUSAL = Table(
    name="link_refusal",
    stage="link",
    grain="one row per record that linkage refused",
    meaning="Records whose reference finds two people: quarantined, not linked.",
    columns=(
        text("record_key", "Keyed hash of the delivered record.", nullable=False),
        text("submission_id", "Submission.", nullable=False),
        text("source", "Source of the configuration.", nullable=False),
        text("contract", "Contract.", nullable=False),
        text("organisation_code", "Sender."),
        integer("row_number", "Row, 1 for the first data row.", nullable=False),
        text("column", "Contract field at fault.", nullable=False),
        text("rule", "Rule that was broken.", nullable=False),
        text("severity", "quarantine.", nullable=False),
        text("shape", "Shape of the value, where there is one."),
    ),
    key=("record_key",),
    zone="linkage",
    release_class="internal",
)

MATCH_RATE = Table(
    name="match_rate",
    stage="link",
    grain="one row per source, sender and month",
    meaning="How many records are linked, month by month.",
    columns=(
        text("source", "Source of the configuration.", nullable=False),
        text("organisation_code", "Sender.", nullable=False),
        date(
            "month", "First day of the month: of the row's date, else of receipt.", nullable=False
        ),
        integer("n_records", "Accepted records.", unit="records"),
        integer(
            "n_linked",
            "Those linked by number, pseudonym or likeness, or through somebody who is.",
            unit="records",
        ),
        integer("n_people", "People they are of.", unit="people"),
    ),
    key=("source", "organisation_code", "month"),
    release_class="operational",
)

LINKAGE_QUALITY = Table(
    name="linkage_quality",
    stage="link",
    grain="one row per run, basis, subgroup and value",
    meaning="How good linkage is, overall and by subgroup.",
    columns=(
        text("run_id", "Run.", nullable=False),
        text("basis", "truth, hidden_number or hidden_number_with_added_errors.", nullable=False),
        text("subgroup", "all, or the attribute that defines the subgroup.", nullable=False),
        text("subgroup_value", "Value of the attribute.", nullable=False),
        integer("n_records", "Records judged.", unit="records"),
        number("match_rate", "Of all records without a number: share linked to one with it."),
        number("precision", "Share of links that are right."),
        number("recall", "Share of right links that were found."),
        number("f1", "Harmonic mean of precision and recall."),
        text("interval", "95 % interval of f1."),
    ),
    key=("run_id", "basis", "subgroup", "subgroup_value"),
    release_class="operational",
)

TABLES = (
    RECORD_TOKEN,
    RECORD_IDENTITY,
    LINK_MODEL,
    LINK_IDENTITY,
    LINK_MENTION,
    LINK_PAIR,
    PERSON_LINK,
    PERSON_REGISTRY,
    PERSON_HISTORY,
    RECORD_ANCHOR,
    LINKED_IDENTITY,
    LINKED_PART,
    LINKED_SUBMISSION,
    FOREIGN_BRIDGE,
    LINK_REFUSAL,
    MATCH_RATE,
    LINKAGE_QUALITY,
)
