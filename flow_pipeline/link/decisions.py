"""What reviewers decided about pairs of records, obeyed where verified numbers do not forbid it."""

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from flow_pipeline.link.clusters import join_in_order
from flow_pipeline.link.identities import Identities
from flow_pipeline.tables.link_quality import LINK_DECISION
from flow_pipeline.tables.linkage import IDENTITY_TOKENS

SAME, DIFFERENT = "same", "different"
_REASON = "clerical review"
_NUMBER = "nhs_number_token"


class Obeyed(NamedTuple):
    """``identities``: as persons.Grouped has them, groups joined and parted as was decided.
    ``decisions``: table link_decision, with what came of each."""

    identities: pl.DataFrame
    decisions: pl.DataFrame


def obeyed(found: Identities, linked: pl.DataFrame, decisions: pl.DataFrame) -> Obeyed:
    """Join what was decided to be the same, part what was decided to be different.

    In:  ``linked``: persons.Grouped.identities. ``decisions``: record_key, other_record_key,
         decision (same or different), who, decided_on.
    Two verified numbers that differ are never joined and one verified number is never parted,
    whoever decides it; a pair about which reviewers disagree stays as linkage has it. When a group
    is parted, every other identity in it goes with the side that it agrees with on more tokens;
    identities with one number, and those decided to be the same, stay together.
    """
    told = _with_identities(found, decisions)
    groups = dict(linked.select("unique_id", "group").iter_rows())
    verified = _verified(found)
    outcomes: dict[int, str] = _foreseen(told)
    is_open = [row for row in told.iter_rows(named=True) if row["row"] not in outcomes]
    same = [row for row in is_open if row["decision"] == SAME]
    different = [row for row in is_open if row["decision"] == DIFFERENT]
    _join(same, groups, verified, outcomes)
    together = join_in_order(
        groups,
        [(r["a"], r["b"]) for r in same if not outcomes[r["row"]].startswith("refused")],
        verified,
    ).group_of
    tokens = _tokens(found, {groups[row["a"]] for row in different}, groups)
    for row in different:
        outcomes[row["row"]] = _part(row, groups, verified, together, tokens)
    decided = told.with_columns(
        outcome=pl.col("row").replace_strict(outcomes, return_dtype=pl.String)
    )
    return Obeyed(
        _regrouped(linked, groups, decided), LINK_DECISION.conform(decided.lazy()).collect()
    )


def _with_identities(found: Identities, decisions: pl.DataFrame) -> pl.DataFrame:
    """Decisions in order, with a and b, the identities of their records (null where unknown)."""
    known = found.records.select("record_key", "unique_id")
    return (
        decisions.sort("record_key", "other_record_key", "who")
        .with_row_index("row")
        .join(known.rename({"unique_id": "a"}), on="record_key", how="left")
        .join(
            known.rename({"unique_id": "b", "record_key": "other_record_key"}),
            on="other_record_key",
            how="left",
        )
        .sort("row")
    )


def _foreseen(told: pl.DataFrame) -> dict[int, str]:
    """Decisions that cannot be obeyed whatever the groups are."""
    low, high = pl.min_horizontal("a", "b"), pl.max_horizontal("a", "b")
    n_ways = pl.col("decision").n_unique().over(low, high)
    fate = (
        pl.when(pl.col("a").is_null() | pl.col("b").is_null())
        .then(pl.lit("unknown_record"))
        .when((pl.col("a") == pl.col("b")) & (pl.col("decision") == SAME))
        .then(pl.lit("already_so"))
        .when(pl.col("a") == pl.col("b"))
        .then(pl.lit("refused_one_identity"))
        .when(n_ways > 1)
        .then(pl.lit("refused_disputed"))
    )
    return dict(told.select("row", fate.alias("fate")).drop_nulls("fate").iter_rows())


def _verified(found: Identities) -> dict[int, int]:
    numbers = found.distinct.filter(pl.col("is_number_verified") & pl.col(_NUMBER).is_not_null())
    return dict(numbers.select("unique_id", _NUMBER).iter_rows())


def _join(
    same: Iterable[dict[str, int]],
    groups: dict[int, int],
    verified: dict[int, int],
    outcomes: dict[int, str],
) -> None:
    for row in same:
        one, other = groups[row["a"]], groups[row["b"]]
        if one == other:
            outcomes[row["row"]] = "already_so"
            continue
        members = [m for m, group in groups.items() if group in (one, other)]
        if len({verified[m] for m in members if m in verified}) > 1:
            outcomes[row["row"]] = "refused_two_numbers"
            continue
        groups.update(dict.fromkeys(members, min(one, other)))
        outcomes[row["row"]] = "obeyed"


def _tokens(
    found: Identities, affected: set[int], groups: dict[int, int]
) -> dict[int, dict[str, int | None]]:
    """Tokens of the identities in the groups that are to be parted."""
    members = [m for m, group in groups.items() if group in affected]
    rows = found.distinct.filter(pl.col("unique_id").is_in(members))
    return {row["unique_id"]: row for row in rows.select("unique_id", *IDENTITY_TOKENS).to_dicts()}


def _part(
    row: dict[str, int],
    groups: dict[int, int],
    verified: dict[int, int],
    together: dict[int, int],
    tokens: dict[int, dict[str, int | None]],
) -> str:
    a, b = row["a"], row["b"]
    if groups[a] != groups[b]:
        return "already_so"
    if a in verified and verified[a] == verified.get(b):
        return "refused_one_number"
    if together[a] == together[b]:
        return "refused_by_another"
    members = sorted(m for m, group in groups.items() if group == groups[a])
    blocks = _blocks(members, together, tokens)
    if blocks[a] == blocks[b]:
        return "refused_one_number"
    side = {blocks[a]: a, blocks[b]: b}
    for block in sorted(set(blocks.values()) - side.keys()):
        inside = [m for m in members if blocks[m] == block]
        for_a, for_b = (sum(_agreement(tokens[m], tokens[end]) for m in inside) for end in (a, b))
        side[block] = a if for_a >= for_b else b
    for end in (a, b):
        own = [m for m in members if side[blocks[m]] == end]
        groups.update(dict.fromkeys(own, min(own)))
    return "obeyed"


def _blocks(
    members: list[int], together: dict[int, int], tokens: dict[int, dict[str, int | None]]
) -> dict[int, int]:
    """What must not be parted: identities with one number, and those decided to be the same."""
    links = [(m, n) for m in members for n in members if m < n and together[m] == together[n]]
    first: dict[int, int] = {}
    for member in members:
        number = tokens[member][_NUMBER]
        if number is not None:
            links.append((first.setdefault(number, member), member))
    return join_in_order(members, links, {}).group_of


def _agreement(one: dict[str, int | None], other: dict[str, int | None]) -> int:
    return sum(one[name] is not None and one[name] == other[name] for name in IDENTITY_TOKENS)


def _regrouped(linked: pl.DataFrame, groups: dict[int, int], decided: pl.DataFrame) -> pl.DataFrame:
    """The identities in their new groups; those decided about say that a reviewer did."""
    done = decided.filter(outcome="obeyed")
    about = pl.concat([done["a"], done["b"]]).unique().implode()
    is_decided = pl.col("unique_id").is_in(about)
    return linked.with_columns(
        group=pl.col("unique_id").replace_strict(groups, return_dtype=pl.Int64),
        method=pl.when(is_decided & (pl.col("method") == "local_only"))
        .then(pl.lit("probabilistic"))
        .otherwise("method"),
        score=pl.when(is_decided).then(1.0).otherwise("score"),
        reason=pl.when(is_decided).then(pl.lit(_REASON)).otherwise("reason"),
    )
