"""The exact tier: equal valid NHS numbers, or equal pseudonyms of one foreign namespace, where a
birth date or a name bears them out."""

from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from flow_pipeline.link.clusters import groups

MOST_BIRTH_DATES = 8  # a number with more of them is a placeholder, whoever sent it
MOST_IDENTITIES = 200  # nor does anybody say so many different things of one person
MOST_STRANGERS = 3  # groups of identities with nothing but the number in common

# Probability that such a pair is one person: set, not learned, for there is nothing to learn from.
SCORE_BOTH, SCORE_ONE, SCORE_BARE = 1.0, 0.999, 0.99


@dataclass(frozen=True)
class Scheme:
    """What stands for a person by itself. ``bare_if_traced``: a pair with nothing else to compare
    links only where a number was traced; a pseudonym often comes alone and is never traced."""

    token: str
    method: str
    word: str  # in reasons
    bare_if_traced: bool


NHS_NUMBER = Scheme("nhs_number_token", "nhs_number", "nhs number", bare_if_traced=True)
FOREIGN = Scheme("foreign_token", "foreign_pseudonym", "foreign pseudonym", bare_if_traced=False)


class NumberLinks(NamedTuple):
    """``edges``: pairs a < b of unique_id with score and reason. ``implausible``: number tokens
    that too many strangers share, to be taken as missing. ``n_uncorroborated``: pairs of equal
    numbers that were not linked."""

    edges: pl.DataFrame
    implausible: list[int]
    n_uncorroborated: int


def number_links(distinct: pl.DataFrame, scheme: Scheme = NHS_NUMBER) -> NumberLinks:
    """Link identities with equal numbers, or pseudonyms, that agree on a birth date or a name.

    In:  one row per identity (identities.Identities.distinct). ``scheme``: which number.
    A birth date alone does not bear a number out where given names are unrelated, unless the number
    is verified on both sides: a twin is easily given the other's number.
    A pair that can be compared on neither, one side holding little but the number, links if either
    side's number is verified (a pseudonym need not be) and all others who use the number are one
    person. A pair that agrees on neither never links: a child under its mother's number, two
    people under a clerk's.
    Source: linkage.md §2, design.md §4 "Identity" and §7 "Nobody is merged by mistake".
    """
    numbered = distinct.with_columns(number=scheme.token).filter(pl.col("number").is_not_null())
    crowded = _crowded(numbered)
    pairs = _judged(numbered.filter(~pl.col("number").is_in(crowded)))
    # Of a number that one identity alone has, nothing is asked.
    shared_by_some = pl.col("number").is_in(pairs["number"].unique().implode())
    strangers = _strangers(numbered.filter(shared_by_some), pairs)
    shared = strangers.filter(pl.col("n_groups") >= MOST_STRANGERS)["number"].to_list()
    alone = strangers.filter(pl.col("n_groups") == 1)["number"].to_list()
    plausible = pairs.filter(~pl.col("number").is_in(shared))
    is_trusted = pl.col("either_verified") | pl.lit(not scheme.bare_if_traced)
    is_bare = pl.col("nothing_to_compare") & is_trusted
    links = plausible.filter(
        pl.col("birth_agrees") | pl.col("name_agrees") | (is_bare & pl.col("number").is_in(alone))
    )
    edges = links.select("a", "b", _score(), _reason(scheme)).sort("a", "b")
    return NumberLinks(edges, sorted({*crowded, *shared}), plausible.height - edges.height)


def _crowded(numbered: pl.DataFrame) -> list[int]:
    births = [f"birth_{part}_token" for part in ("year", "month", "day")]
    by_number = (
        numbered.with_columns(is_dated=pl.col("birth_year_token").is_not_null())
        .group_by("number")
        .agg(pl.len().alias("n"), pl.struct(births).filter("is_dated").n_unique().alias("n_dates"))
    )
    is_crowded = (pl.col("n_dates") > MOST_BIRTH_DATES) | (pl.col("n") > MOST_IDENTITIES)
    found = by_number.filter(is_crowded)["number"]
    return sorted(found.to_list())


def _judged(numbered: pl.DataFrame) -> pl.DataFrame:
    """Every pair of identities with one number, and what the two agree on."""
    pairs = numbered.join(numbered, on="number", suffix="_r").filter(
        pl.col("unique_id") < pl.col("unique_id_r")
    )
    return pairs.select(
        pl.col("unique_id").alias("a"),
        pl.col("unique_id_r").alias("b"),
        "number",
        (birth_agrees() & (~_might_be_twins() | name_agrees())).alias("birth_agrees"),
        name_agrees().alias("name_agrees"),
        (_unknown("birth_year_token") & _unknown("given_token")).alias("nothing_to_compare"),
        (pl.col("is_number_verified") | pl.col("is_number_verified_r")).alias("either_verified"),
    )


def birth_agrees() -> pl.Expr:
    """Equal, day and month exchanged, two of year, month and day equal, or the year where one side
    knows no more."""
    parts = [_same(f"birth_{part}_token").cast(pl.Int8) for part in ("year", "month", "day")]
    swapped = (pl.col("birth_date_token") == pl.col("birth_swapped_token_r")).fill_null(False)
    to_the_year = _same("birth_year_token") & _unknown("birth_month_token")
    return _same("birth_date_token") | swapped | (pl.sum_horizontal(parts) >= 2) | to_the_year


def name_agrees() -> pl.Expr:
    """Given names alike, and family names alike or unknown; or the two exchanged."""
    parts = [_same_as(f"family_{a}_token", f"family_{b}_token_r") for a in _ENDS for b in _ENDS]
    family = pl.any_horizontal(
        _same("family_token"),
        _same("family_phonetic_token"),
        _same("family_initials_token"),
        *parts,
    )
    swapped = _same_as("given_token", "family_token_r") & _same_as("family_token", "given_token_r")
    return (_given_alike() & (family | _unknown("family_token"))) | swapped


_ENDS = ("first", "last")


def _given_alike() -> pl.Expr:
    forms = ("token", "root_token", "phonetic_token", "initials_token", "ending_token")
    return pl.any_horizontal(_same(f"given_{form}") for form in forms)


def _might_be_twins() -> pl.Expr:
    """Given names known on both sides and unrelated, and the number not traced for both."""
    both_traced = pl.col("is_number_verified") & pl.col("is_number_verified_r")
    return ~_unknown("given_token") & ~_given_alike() & ~both_traced


def _same(name: str) -> pl.Expr:
    return _same_as(name, f"{name}_r")


def _same_as(left: str, right: str) -> pl.Expr:
    return (pl.col(left) == pl.col(right)).fill_null(False)


def _unknown(name: str) -> pl.Expr:
    return pl.col(name).is_null() | pl.col(f"{name}_r").is_null()


def _strangers(numbered: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """n_groups per number: groups of identities that agree on nothing but the number.

    Identities with neither birth date nor given name are not counted: they are nobody's strangers.
    """
    known = pl.col("birth_year_token").is_not_null() | pl.col("given_token").is_not_null()
    who = numbered.filter(known).select("number", "unique_id")
    agreeing = pairs.filter(pl.col("birth_agrees") | pl.col("name_agrees"))
    group_of = groups(who["unique_id"].to_list(), agreeing.select("a", "b").rows())
    labelled = who.with_columns(
        pl.col("unique_id").replace_strict(group_of, return_dtype=pl.Int64).alias("group")
    )
    counted = labelled.group_by("number").agg(pl.col("group").n_unique().alias("n_groups"))
    bare_only = numbered.select("number").unique().join(counted, on="number", how="left")
    return bare_only.with_columns(pl.col("n_groups").fill_null(1)).sort("number")


def _score() -> pl.Expr:
    both, one = (
        pl.col("birth_agrees") & pl.col("name_agrees"),
        (pl.col("birth_agrees") | pl.col("name_agrees")),
    )
    score = pl.when(both).then(SCORE_BOTH).when(one).then(SCORE_ONE).otherwise(SCORE_BARE)
    return score.alias("score")


def _reason(scheme: Scheme) -> pl.Expr:
    birth, name = pl.col("birth_agrees"), pl.col("name_agrees")
    traced = ", verified" if scheme.bare_if_traced else ""
    return (
        pl.when(birth & name)
        .then(pl.lit(f"{scheme.word}; birth date and name agree"))
        .when(birth)
        .then(pl.lit(f"{scheme.word}; birth date agrees"))
        .when(name)
        .then(pl.lit(f"{scheme.word}; name agrees"))
        .otherwise(pl.lit(f"{scheme.word}{traced}; nothing else to compare"))
        .alias("reason")
    )
