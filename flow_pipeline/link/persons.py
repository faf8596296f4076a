"""Identities become groups: numbers and pseudonyms first, then likely pairs, then the sender's own
word."""

from typing import NamedTuple

import polars as pl

from flow_pipeline.link.comparisons import COMPARISONS
from flow_pipeline.link.crowds import plausible_groups
from flow_pipeline.link.numbers import FOREIGN, NHS_NUMBER
from flow_pipeline.link.weighing import Weighed

# Match weight, in bits, from which a pair is one person: odds of 16 to 1 and a probability of 0.94.
THRESHOLD = 4.0
BAND = 2.0  # bits: the step between thresholds that are tried, and how far doubt reaches
_SAID_ALIKE = 0.999  # equal name, birth date and postcode from two senders, without a number
_UNSEEN = 0
# Weights that put exact links before likely ones, numbers before pseudonyms.
_SURE = {NHS_NUMBER: 1000.0, FOREIGN: 999.0}


class Grouped(NamedTuple):
    """``identities``: unique_id, group (smallest unique_id in it), method, score, reason.
    ``parted``: a, b, weight, score, reason of links given up because they made a group too many
    people for one, one between each two groups. ``notes``: counts."""

    identities: pl.DataFrame
    parted: pl.DataFrame
    notes: dict[str, int]


def grouped(known: Weighed, threshold: float) -> Grouped:
    """Which identities are one person.

    In:  ``known``: identities and pairs as weighing.weighed gives them. ``threshold``: match
         weight in bits from which a pair is one person, not below the least weight of the pairs.
    Equal numbers borne out by birth date or name join first, then pairs by match weight, the
    likeliest first; a link that would put two verified numbers into one group is refused, and a
    group that is too many people for one is taken apart at its weakest links.
    Source: linkage.md §2 and §5, design.md §7 "Nobody is merged by mistake".
    """
    exact, distinct = known.exact, known.distinct
    likely = _allowed(known.pairs, distinct, threshold)
    exact_edges = [
        one.edges.with_columns(method=pl.lit(scheme.method), weight=pl.lit(_SURE[scheme]))
        for scheme, one in exact.items()
    ]
    edges = pl.concat([*exact_edges, likely], how="diagonal").sort(
        ["weight", "score", "a", "b"], descending=[True, True, False, False]
    )
    verified = _verified(distinct)
    plausible = plausible_groups(distinct, edges.select("a", "b").rows(), verified)
    joined = plausible.joined
    kept = edges.filter(pl.Series(joined.accepted, dtype=pl.Boolean))
    parted = edges.select("a", "b", "weight", "score", "reason")[plausible.parted]
    notes = {
        "identities": distinct.height,
        "identities_weighed": known.n_new,
        "implausible_numbers": len(exact[NHS_NUMBER].implausible),
        "implausible_pseudonyms": len(exact[FOREIGN].implausible),
        **known.left_out,
        "uncorroborated_number_pairs": exact[NHS_NUMBER].n_uncorroborated,
        "uncorroborated_pseudonym_pairs": exact[FOREIGN].n_uncorroborated,
        "likely_pairs": known.pairs.filter(pl.col("weight") >= threshold).height,
        "pairs_linked_by_number": exact[NHS_NUMBER].edges.height,
        "pairs_linked_by_pseudonym": exact[FOREIGN].edges.height,
        "pairs_linked_by_model": likely.height,
        "links_refused_for_two_verified_numbers": joined.n_refused,
        "groups_of_too_many_people": plausible.n_taken_apart,
        "groups_parted_from_them": parted.height,
    }
    return Grouped(_described(distinct, kept, joined.group_of), parted, notes)


def _verified(distinct: pl.DataFrame) -> dict[int, int]:
    numbers = distinct.filter(
        pl.col("is_number_verified") & pl.col("nhs_number_token").is_not_null()
    )
    return dict(numbers.select("unique_id", "nhs_number_token").rows())


def _allowed(pairs: pl.DataFrame, distinct: pl.DataFrame, threshold: float) -> pl.DataFrame:
    """Pairs that may link: a, b, score, reason, method, weight.

    Equal numbers or pseudonyms that nothing bears out, where given names have nothing in common,
    and different verified numbers are no match whatever else agrees: a child under its mother's
    number, a twin under the other's.
    """
    verified = distinct.select("unique_id", "is_number_verified")
    known = pairs.join(verified.rename({"unique_id": "a"}), on="a", how="left").join(
        verified.rename({"unique_id": "b"}), on="b", how="left", suffix="_b"
    )
    same_number = (pl.col("number_level") > _UNSEEN) | (pl.col("foreign_level") > _UNSEEN)
    borrowed = same_number & (pl.col("given_level") <= _UNSEEN)
    two_verified = (
        (pl.col("number_level") == _UNSEEN)
        & pl.col("is_number_verified")
        & pl.col("is_number_verified_b")
    )
    return (
        known.filter(~borrowed & ~two_verified & (pl.col("weight") >= threshold))
        .select(
            "a",
            "b",
            pl.col("probability").alias("score"),
            _reason(),
            pl.lit("probabilistic").alias("method"),
            "weight",
        )
        .sort("a", "b")
    )


def _reason() -> pl.Expr:
    """What a pair agrees on: ``given same, birth year_and_part``; degrees, never values."""
    texts = []
    for comparison in COMPARISONS:
        level = pl.col(f"{comparison.name}_level")
        text = pl.lit(None, pl.String)
        for number, degree in enumerate(reversed(comparison.levels), start=1):
            named = pl.lit(f"{comparison.name} {degree.name}")
            text = pl.when(level == number).then(named).otherwise(text)
        texts.append(text)
    return pl.concat_str(texts, separator=", ", ignore_nulls=True).alias("reason")


def _described(
    distinct: pl.DataFrame, kept: pl.DataFrame, group_of: dict[int, int]
) -> pl.DataFrame:
    """Every identity with its group and the best link that holds it there."""
    ends = pl.concat(
        kept.select(pl.col(end).alias("unique_id"), "method", "score", "reason", "weight")
        for end in ("a", "b")
    )
    best = (
        ends.sort(["unique_id", "weight", "score", "reason"], descending=[False, True, True, False])
        .unique("unique_id", keep="first", maintain_order=True)
        .drop("weight")
    )
    groups = pl.DataFrame(
        {"unique_id": list(group_of), "group": list(group_of.values())},
        schema={"unique_id": pl.Int64, "group": pl.Int64},
    )
    alone = distinct.select("unique_id", *_of_one_alone())
    return (
        groups.join(best, on="unique_id", how="left")
        .join(alone, on="unique_id", how="left", suffix="_alone")
        .select(
            "unique_id",
            "group",
            *(pl.coalesce(name, f"{name}_alone") for name in ("method", "score", "reason")),
        )
        .sort("unique_id")
    )


def _of_one_alone() -> list[pl.Expr]:
    """Method, score and reason of an identity that is linked to no other."""
    has_number = pl.col("nhs_number_token").is_not_null()
    has_pseudonym = pl.col("foreign_token").is_not_null()
    is_shared = pl.col("n_known_as") > 1
    method = (
        pl.when(has_number)
        .then(pl.lit("nhs_number"))
        .when(has_pseudonym)
        .then(pl.lit("foreign_pseudonym"))
        .when(is_shared)
        .then(pl.lit("probabilistic"))
        .otherwise(pl.lit("local_only"))
    )
    reason = (
        pl.when(has_number)
        .then(pl.lit("nhs number; only identity with it"))
        .when(has_pseudonym)
        .then(pl.lit("foreign pseudonym; only identity with it"))
        .when(is_shared)
        .then(pl.lit("equal name, birth date and postcode"))
        .otherwise(pl.lit("no other identity found"))
    )
    score = pl.when(is_shared & ~has_number & ~has_pseudonym).then(_SAID_ALIKE).otherwise(1.0)
    return [method.alias("method"), score.alias("score"), reason.alias("reason")]
