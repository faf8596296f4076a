"""Bridge tables between namespaces of foreign pseudonyms: what is one person's by them."""

import polars as pl

from flow_pipeline.link.clusters import groups

# More partners than this in one namespace, and it is a placeholder; two, and nobody knows which.
_MOST_PARTNERS = 2
USED, SHARED, REPEATED = "used", "shared", "repeated"
_ENDS = ("foreign_token", "other_token")


def judged(entries: pl.DataFrame) -> pl.DataFrame:
    """Entries (table foreign_bridge) with the outcome of each.

    ``shared``: a pseudonym that several of one namespace stand beside, directly or along other
    entries, says of none of them that it is one person; placeholders go first, so that what they
    were tied to keeps its good entries. ``repeated``: said before. ``used``: all others.
    """
    numbered = entries.with_row_index("entry")
    told = numbered.filter(pl.col("outcome").is_null())
    low, high = pl.min_horizontal(*_ENDS), pl.max_horizontal(*_ENDS)
    once = told.unique([low, high], keep="first", maintain_order=True)
    left = once
    for most in (_MOST_PARTNERS, 1):
        left = left.join(_of_many(left, most), on="entry", how="anti")
    used = left.join(_of_two_by_a_chain(left), on="entry", how="anti")
    outcome = (
        pl.when(pl.col("outcome").is_not_null())
        .then("outcome")
        .when(~pl.col("entry").is_in(once["entry"].implode()))
        .then(pl.lit(REPEATED))
        .when(pl.col("entry").is_in(used["entry"].implode()))
        .then(pl.lit(USED))
        .otherwise(pl.lit(SHARED))
    )
    return numbered.with_columns(outcome=outcome).drop("entry")


def _sides(entries: pl.DataFrame) -> pl.DataFrame:
    """Every entry from either end: entry, token, namespace, partner, partner_namespace."""
    one = entries.select(
        "entry",
        token="foreign_token",
        namespace="foreign_namespace_token",
        partner="other_token",
        partner_namespace="other_namespace_token",
    )
    other = one.select(
        "entry",
        token="partner",
        namespace="partner_namespace",
        partner="token",
        partner_namespace="namespace",
    )
    return pl.concat([one, other])


def _of_many(entries: pl.DataFrame, most: int) -> pl.DataFrame:
    """Entries of a pseudonym that stands beside more than ``most`` of one namespace."""
    n_partners = pl.col("partner").n_unique().over("token", "partner_namespace")
    return _sides(entries).filter(n_partners > most).select("entry").unique()


def _of_two_by_a_chain(entries: pl.DataFrame) -> pl.DataFrame:
    """Entries that, along others, tie two pseudonyms of one namespace together."""
    sides = _sides(entries)
    placed = sides.with_columns(person=_person(entries, sides["token"]))
    n_tokens = pl.col("token").n_unique().over("person", "namespace")
    broken = placed.filter(n_tokens > 1).select("person").unique()
    return placed.join(broken, on="person", how="semi").select("entry").unique()


def _person(entries: pl.DataFrame, tokens: pl.Series) -> pl.Series:
    """The smallest token that each token is tied to."""
    group_of = groups(tokens.unique().to_list(), entries.select(_ENDS).rows())
    return tokens.replace_strict(group_of, return_dtype=pl.Int64)


def bridged(record_told: pl.LazyFrame, bridge: pl.DataFrame) -> pl.LazyFrame:
    """Records (table record_told) whose pseudonyms are equal where a bridge says so.

    In:  ``bridge``: table foreign_bridge, as ``judged`` gives it.
    Out: the same records; pseudonyms of one person have one foreign_token in all namespaces, and a
         record without an NHS number has the one that its pseudonym stands for, unverified.
    """
    used = bridge.filter(pl.col("outcome") == USED)
    if used.is_empty():
        return record_told
    is_number = pl.col("other_namespace_token").is_null()
    between = used.filter(~is_number)
    tokens = pl.concat([used["foreign_token"], between["other_token"]]).unique().sort()
    one_person = pl.DataFrame({"foreign_token": tokens, "one": _person(between, tokens)})
    numbers = used.filter(is_number).select("foreign_token", number="other_token")
    numbered = one_person.join(numbers, on="foreign_token").select("one", "number").unique("one")
    known = one_person.join(numbered, on="one", how="left")
    return (
        record_told.join(known.lazy(), on="foreign_token", how="left", maintain_order="left")
        .with_columns(
            foreign_token=pl.coalesce("one", "foreign_token"),
            nhs_number_token=pl.coalesce("nhs_number_token", "number"),
        )
        .drop("one", "number")
    )
