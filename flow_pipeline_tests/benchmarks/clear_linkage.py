"""The peer: Splink 5 on clear text with its standard comparisons, trained on the same records."""

import duckdb
import polars as pl
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, block_on

_CLEAN = r"[^A-Z]"
_BITS_AT_95 = 4.2479  # log2(.95 / .05)
_NOBODY = ("0000000000", "9999999999", "1111111111", "1234567890", "4000000004", "2333455667")


def clear_pairs(rows: pl.DataFrame, *, least_weight: float = -4.0) -> pl.DataFrame:
    """Pairs of row_number with their match weight: a, b, weight."""
    table = _table(rows)
    known = {n for n in table.columns if table[n].null_count() < table.height}
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        linker = Linker(
            DuckDBAPI(connection).register(table.to_arrow()), _settings(known), log_level=60
        )
        _train(linker, known)
        found = linker.inference.predict(threshold_match_weight=least_weight).as_pyarrow_table()
    pairs = pl.from_arrow(found)
    assert isinstance(pairs, pl.DataFrame)
    return pairs.select(
        pl.col("unique_id_l").alias("a"),
        pl.col("unique_id_r").alias("b"),
        pl.col("match_weight").alias("weight"),
    )


AT_95 = _BITS_AT_95


def _table(rows: pl.DataFrame) -> pl.DataFrame:
    """The fields as an analyst cleans them: capitals, no marks, no sentinels."""

    def bare(name: str, pattern: str) -> pl.Expr:
        text = pl.col(name).str.to_uppercase().str.replace_all(pattern, "")
        return pl.when(text != "").then(text)

    number = bare("nhs_number", "[^0-9]")
    postcode = bare("postcode_of_usual_address", "[^A-Z0-9]")
    pseudonym = pl.concat_str("foreign_pseudonym_namespace", "foreign_pseudonym", separator=":")
    return rows.select(
        pl.col("row_number").alias("unique_id"),
        bare("person_given_name", _CLEAN).alias("given"),
        bare("person_family_name", _CLEAN).alias("family"),
        pl.coalesce(
            "birth_text" if "birth_text" in rows.columns else pl.lit(None, pl.String),
            pl.col("person_birth_date").cast(pl.String),
        ).alias("born"),
        pl.when(pl.col("person_stated_gender_code").is_in(["1", "2"]))
        .then("person_stated_gender_code")
        .alias("sex"),
        pl.when(~postcode.str.starts_with("ZZ99")).then(postcode).alias("postcode"),
        pl.when((number.str.len_chars() == 10) & ~number.is_in(_NOBODY))
        .then(number)
        .alias("number"),
        pseudonym.alias("pseudonym"),
    )


def _settings(known: set[str]) -> dict:
    comparisons = {
        "given": cl.ForenameSurnameComparison("given", "family"),
        "born": cl.DateOfBirthComparison("born", input_is_string=True),
        "postcode": cl.PostcodeComparison("postcode")
        if "number" in known
        else cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),  # Australian ones
        "sex": cl.ExactMatch("sex"),
        "number": cl.DamerauLevenshteinAtThresholds("number", [1]),
        "pseudonym": cl.ExactMatch("pseudonym"),
    }
    given, family = "substr(given, 1, 3)", "substr(family, 1, 3)"
    blocks = [("number",), ("pseudonym",), ("born", "postcode"), ("born", family), ("born", given)]
    blocks += [("given", "family"), (family, "postcode"), (given, "postcode")]
    usable = [b for b in blocks if all(n in known or "(" in n for n in b)]
    return {
        "link_type": "dedupe_only",
        "comparisons": [c for name, c in comparisons.items() if name in known],
        "blocking_rules_to_generate_predictions": [block_on(*names) for names in usable],
    }


def _train(linker: Linker, known: set[str]) -> None:
    training = linker.training
    sure: list = [block_on("born", "postcode", "given"), block_on("given", "family", "born")]
    sure += [block_on("number")] if "number" in known else []
    training.estimate_probability_two_random_records_match(sure, recall=0.8)
    training.estimate_u_using_random_sampling(max_pairs=1_000_001, seed=1)
    for names in (("born",), ("given", "family")):
        training.estimate_parameters_using_expectation_maximisation(block_on(*names))
