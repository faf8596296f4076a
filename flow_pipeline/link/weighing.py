"""Pairs of identities and what they weigh: all pairs, or those that new identities bring."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import polars as pl

from flow_pipeline.link import model, spark
from flow_pipeline.link.blocks import blocked
from flow_pipeline.link.comparisons import COMPARISONS
from flow_pipeline.link.identities import Identities, as_known
from flow_pipeline.link.numbers import FOREIGN, NHS_NUMBER, NumberLinks, Scheme, number_links
from flow_pipeline.link.placeholders import MAY_BE_NOBODYS, Placeholders, placeholders
from flow_pipeline.link.relatives import against_others, n_of_one_person, n_relatives, weights
from flow_pipeline.link.shipped_model import SHIPPED
from flow_pipeline.tables.linkage import IDENTITY_TOKENS, NAME_ENCODINGS

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Pairs are weighed from even odds on, whatever the threshold, for more of them may be one person's
# than the sure ones let expect, up to so many times as many.
LEAST_WEIGHT, _MOST_FOUND = 0.0, 4.0
_SEED_OF_STATE = 20_265
_LEVELS = tuple(f"{c.name}_level" for c in COMPARISONS)
_PAIR = ("weight", "probability", *_LEVELS)
_PAIRS = pl.Schema(
    dict.fromkeys(("a", "b"), pl.Int64)
    | dict.fromkeys(("weight", "probability"), pl.Float64)
    | dict.fromkeys(_LEVELS, pl.Int8)
)


@dataclass(frozen=True)
class Model:
    """By what pairs are weighed, as it was learned once and kept from run to run.

    ``source``: ``learned``, or ``shipped`` where there was too little to learn from.
    ``n_identities``: how many there were. ``matches``: how many of their pairs were taken to be one
    person's before they were weighed, ``found``: how many the pairs themselves tell, 0 until then.
    ``relatives``: how many pairs are relatives'. ``by_rarity``: whether rare names count for more.
    """

    source: str
    seed: int
    parameters: model.Parameters
    n_identities: int
    matches: float
    relatives: float
    by_rarity: bool
    found: float = 0.0

    @property
    def probability(self) -> float:
        """That two identities drawn at random are one person."""
        return self.matches / model.n_pairs(self.n_identities)


class Kept(NamedTuple):
    """What a run keeps of weighing for the next. ``identities``: anchor, state (what of an identity
    may change while its anchor stays), identity tokens and name encodings. ``pairs``: anchor,
    other_anchor, weight, probability and one ``<comparison>_level`` each. ``mentions``: how records
    speak of the identities (mentions.mentions)."""

    model: Model
    identities: pl.DataFrame
    pairs: pl.DataFrame
    mentions: pl.DataFrame


class Weighed(NamedTuple):
    """``found``: the identities. ``distinct``: those of ``found``, with numbers and values that are
    nobody's taken as missing. ``exact``: links by number and by pseudonym. ``pairs``: as
    model.scored_pairs gives them, but against strangers and relatives. ``n_new``: identities whose
    pairs were weighed now. ``left_out``: counts of values taken as missing and of blocks that were
    not compared."""

    found: Identities
    distinct: pl.DataFrame
    exact: dict[Scheme, NumberLinks]
    pairs: pl.DataFrame
    model: Model
    n_new: int
    left_out: dict[str, int]

    def kept(self) -> Kept:
        told = self.found.distinct.select("anchor", *IDENTITY_TOKENS, *NAME_ENCODINGS)
        identities = _states(self.distinct).join(told, on="anchor").sort("anchor")
        anchor = self.distinct.select("unique_id", "anchor")
        named = self.pairs.join(anchor.rename({"unique_id": "a"}), on="a").join(
            anchor.rename({"unique_id": "b", "anchor": "other_anchor"}), on="b"
        )
        pairs = named.select("anchor", "other_anchor", *_PAIR).sort("anchor", "other_anchor")
        return Kept(self.model, identities, pairs, self.found.mentions)


def weighed(
    found: Identities,
    connection: duckdb.DuckDBPyConnection,
    *,
    seed: int,
    least_weight: float = LEAST_WEIGHT,
    known: Model | None = None,
    before: Kept | None = None,
    session: "SparkSession | None" = None,
) -> Weighed:
    """Weigh all pairs of identities that are alike.

    In:  ``least_weight``: in bits, from which pairs are kept. ``known``: a model that was learned
         elsewhere, from records like these. ``before``: what an earlier run kept; pairs of two
         identities that it knew as they are now are taken from there, by its model.
         ``session``: of Spark, where pairs are weighed instead of on the connection.
    Source: linkage.md §2 and §5.
    """
    where = _Where(connection, session, min(least_weight, LEAST_WEIGHT))
    nobodys = placeholders(found.distinct)
    told = nobodys.taken_away(found.distinct)
    exact = {scheme: number_links(told, scheme) for scheme in (NHS_NUMBER, FOREIGN)}
    distinct = _without_implausible(told, exact)
    if before is None:
        used = known or _fitted(found, nobodys, distinct, exact, connection, seed)
        pairs, used, uncompared = _all_pairs(distinct, where, used, least_weight)
        n_new = distinct.height
    else:
        placed, n_known = _new_last(distinct, before.identities)
        used, n_new = before.model, distinct.height - n_known
        new, uncompared = _new_pairs(placed, n_known, where, least_weight, used)
        kept = _kept_pairs(placed, n_known, before.pairs, least_weight)
        pairs = pl.concat([kept, new]).sort("a", "b")
    return Weighed(found, distinct, exact, pairs, used, n_new, nobodys.counts | uncompared)


def _without_implausible(
    identities: pl.DataFrame, exact: dict[Scheme, NumberLinks]
) -> pl.DataFrame:
    """The identities, with numbers and pseudonyms that nobody can have taken as missing."""
    return identities.with_columns(
        pl.when(~pl.col(scheme.token).is_in(one.implausible)).then(scheme.token).alias(scheme.token)
        for scheme, one in exact.items()
    )


def _fitted(
    found: Identities,
    nobodys: Placeholders,
    distinct: pl.DataFrame,
    exact: dict[Scheme, NumberLinks],
    connection: duckdb.DuckDBPyConnection,
    seed: int,
) -> Model:
    """The model that identities teach, but for ``found``, which their pairs will tell."""
    by_sender = _without_implausible(nobodys.taken_away(as_known(found)), exact)
    parameters = SHIPPED
    with model.tables(connection, known_identity=by_sender):
        n_sure = model.sure_pairs(connection, "known_identity")
        enough = by_sender.height >= model.LEAST_IDENTITIES and n_sure >= model.LEAST_SURE_PAIRS
        if enough:
            parameters = model.learned(connection, "known_identity", seed=seed, n_sure=n_sure)
    with model.tables(connection, linked_identity=distinct):
        n_sure = model.sure_pairs(connection, "linked_identity")
        likely = model.likely_matches(n_sure)
        relatives = n_relatives(connection, "linked_identity", likely, parameters)
    # An extract too small to learn from is small for its population, in which matches are rare.
    matches = likely if enough else model.expected_matches(n_sure, distinct.height)
    return Model(
        source="learned" if enough else "shipped",
        seed=seed,
        parameters=parameters,
        n_identities=distinct.height,
        matches=matches,
        relatives=relatives * matches / likely,
        by_rarity=enough and by_sender.height >= model.LEAST_FOR_RARITY,
    )


def _all_pairs(
    distinct: pl.DataFrame,
    where: "_Where",
    used: Model,
    least_weight: float,
) -> tuple[pl.DataFrame, Model, dict[str, int]]:
    blocks = blocked(distinct)
    pairs = where.scored(blocks.identities, used)
    odds = against_others(pairs, used.parameters, matches=used.matches, relatives=used.relatives)
    if not used.found:
        most = (_MOST_FOUND if used.source == "learned" else 1.0) * used.matches
        used = replace(used, found=n_of_one_person(odds, used.matches, most))
    return _from(weights(pairs, odds, used.found), least_weight), used, blocks.counts


class _Where(NamedTuple):
    """Where pairs are weighed, and from which weight on they are kept."""

    connection: duckdb.DuckDBPyConnection
    session: "SparkSession | None"
    least_weight: float

    def scored(self, identities: pl.DataFrame, used: Model, *, new_from: int = 0) -> pl.DataFrame:
        how: dict[str, Any] = {
            "probability": used.probability,
            "least_weight": self.least_weight,
            "by_rarity": used.by_rarity,
            "new_from": new_from,
        }
        if self.session is not None:
            return spark.scored_pairs(self.session, identities, used.parameters, **how)
        told = identities.select(model.WEIGHED)
        with model.tables(self.connection, linked_identity=told):
            return model.scored_pairs(self.connection, "linked_identity", used.parameters, **how)


def _new_last(distinct: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Identities with ``place``, from 1: those that are as they were first; how many these are."""
    told = _states(distinct).join(
        known.select("anchor", "state", is_known=True),
        on=["anchor", "state"],
        how="left",
        maintain_order="left",
    )
    placed = (
        distinct.with_columns(is_new=told["is_known"].is_null())
        .sort("is_new", "anchor")
        .with_columns(place=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    )
    return placed, placed.filter(~pl.col("is_new")).height


def _states(distinct: pl.DataFrame) -> pl.DataFrame:
    """anchor, state: a number of what may change while the anchor stays."""
    references = pl.col("reference_tokens")
    told = pl.struct(
        NHS_NUMBER.token,
        FOREIGN.token,
        *MAY_BE_NOBODYS,
        n=references.list.len(),
        sum=references.list.sum(),
    )
    return distinct.select("anchor", state=told.hash(_SEED_OF_STATE).reinterpret(signed=True))


def _new_pairs(
    placed: pl.DataFrame,
    n_known: int,
    where: "_Where",
    least_weight: float,
    used: Model,
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Pairs of which at least one identity is new."""
    blocks = blocked(placed.drop("unique_id", "is_new").rename({"place": "unique_id"}))
    if n_known == placed.height:
        return pl.DataFrame(schema=_PAIRS), blocks.counts
    pairs = where.scored(blocks.identities, used, new_from=n_known + 1)
    odds = against_others(pairs, used.parameters, matches=used.matches, relatives=used.relatives)
    kept = _from(weights(pairs, odds, used.found), least_weight)
    return _ordered(kept, placed.select("unique_id", key="place")), blocks.counts


def _kept_pairs(
    placed: pl.DataFrame, n_known: int, pairs: pl.DataFrame, least_weight: float
) -> pl.DataFrame:
    """Pairs weighed by an earlier run whose identities are as they were then."""
    known = placed.head(n_known).select("unique_id", key="anchor")
    named = _from(pairs, least_weight).rename({"anchor": "a", "other_anchor": "b"})
    return _ordered(named, known)


def _ordered(pairs: pl.DataFrame, unique_id: pl.DataFrame) -> pl.DataFrame:
    """Pairs by unique_id, the smaller first, of which ``a`` and ``b`` are keys."""
    one, other = (unique_id.rename({"unique_id": f"{s}_id", "key": s}) for s in ("a", "b"))
    return (
        pairs.join(one, on="a")
        .join(other, on="b")
        .select(
            pl.min_horizontal("a_id", "b_id").alias("a"),
            pl.max_horizontal("a_id", "b_id").alias("b"),
            *_PAIR,
        )
    )


def _from(pairs: pl.DataFrame, least_weight: float) -> pl.DataFrame:
    return pairs.filter(pl.col("weight") >= least_weight)
