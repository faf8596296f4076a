"""Disclosure control of aggregate tables: small numbers, and what would give them away.

Definition: domain G10 and "Disclosure control". This version works within one table: counts below
the threshold are withheld, everything else is rounded, measures resting on too few are withheld,
and where one withheld count of a margin could be had by subtraction, the smallest other count of
that margin is withheld too. It does not solve for what several tables or releases give together.
"""

from collections.abc import Iterable

import polars as pl

from flow_pipeline.tables.language import POLARS_TYPES, Column, Table

SUPPRESS_BELOW = 8
ROUND_TO = 5
# From this rounded denominator on, a share has three decimals (per cent with one), else two.
_MANY = 4000


def released(
    table: Table,
    frame: pl.LazyFrame,
    *,
    suppress_below: int = SUPPRESS_BELOW,
    round_to: int = ROUND_TO,
) -> pl.LazyFrame:
    """An aggregate table as it may be released, in the schema of ``table.released()``.

    In: the exact table. Out: the same rows in the table's order. A count of 1 to
    ``suppress_below`` - 1 is null and flagged; 0 is shown; others are rounded to ``round_to``,
    each by itself, so that sums need not agree. Where exactly one count of a margin
    (``table.margin``) is withheld, the smallest other one above 0 is too; the flag does not say
    which of the two reasons holds. A measure is withheld where the count it is judged by is
    withheld or below what it ``needs``; a share of people also where it stands for 1 to
    ``suppress_below`` - 1 people or all but so many, else it is made from rounded figures. A
    table whose content belongs to a later version is released without rows. A null stays null and
    is not flagged. Raises ValueError for a table that is not an aggregate.
    """
    if table.release_class != "aggregate":
        raise ValueError(f"{table.name} is no aggregate: nothing of it may be released")
    if table.later is not None:
        return table.released().empty()
    counts = [c.name for c in table.columns if c.counted_by == c.name]
    judged = frame.with_columns(_withheld(table, name, suppress_below) for name in counts)
    judged = judged.with_columns(
        _to_nearest(pl.col(name), round_to).alias(_rounded(name)) for name in counts
    )
    flags = [_flag(c, suppress_below).alias(_flag_name(c.name)) for c in _measures(table)]
    values = [_value(c, round_to).alias(f"value of {c.name}") for c in _measures(table)]
    shown = judged.with_columns(*flags, *values).with_columns(
        pl.when(~pl.col(_flag_name(c.name)))
        .then(pl.col(f"value of {c.name}"))
        .cast(POLARS_TYPES[c.type])
        .alias(c.name)
        for c in _measures(table)
    )
    return table.released().conform(shown)


def leaks(table: Table, frame: pl.LazyFrame, *, suppress_below: int = SUPPRESS_BELOW) -> int:
    """Check D01: how many figures of a released table are visible that should not be.

    A count of 1 to ``suppress_below`` - 1; a measure whose count is withheld or below what it
    needs; a value that is flagged.
    """
    small = [_is_small(pl.col(c.name), suppress_below) for c in _counts(table)]
    flagged = [pl.col(c.name).is_not_null() & pl.col(_flag_name(c.name)) for c in _measures(table)]
    resting = [
        pl.col(c.name).is_not_null() & pl.col(_flag_name(name))
        for c in _measures(table)
        for name in _judges(c)
        if name != c.name
    ]
    needing = [
        pl.col(c.name).is_not_null() & (pl.col(c.counted_by) < c.needs)
        for c in _measures(table)
        if c.needs and c.counted_by
    ]
    found = [e.fill_null(False).sum() for e in (*small, *flagged, *resting, *needing)]
    if not found:  # nothing in the table counts anybody
        return 0
    return int(frame.select(pl.sum_horizontal(found)).collect().item())


def undeclared_columns(table: Table, columns: Iterable[str]) -> tuple[str, ...]:
    """Check D02: columns outside the declared schema of the released table, in name order."""
    return tuple(sorted(set(columns) - set(table.released().column_names)))


def _measures(table: Table) -> tuple[Column, ...]:
    """Columns that disclosure control judges (``released`` adds a flag to each)."""
    return tuple(c for c in table.columns if c.counted_by)


def _counts(table: Table) -> tuple[Column, ...]:
    return tuple(c for c in table.columns if c.counted_by == c.name)


def _flag_name(name: str) -> str:
    return f"{name}_is_suppressed"


def _rounded(name: str) -> str:
    return f"rounded {name}"


def _is_small(count: pl.Expr, suppress_below: int) -> pl.Expr:
    """Whether a count is 1 to ``suppress_below`` - 1; null gives false."""
    return ((count > 0) & (count < suppress_below)).fill_null(False)


def _withheld(table: Table, name: str, suppress_below: int) -> pl.Expr:
    """Whether a count is withheld, being small or to protect the only small one of its margin."""
    count, small = pl.col(name), _is_small(pl.col(name), suppress_below)
    if not table.margin:
        return small.alias(_withheld_name(name))
    shown = count.is_not_null() & (count > 0) & ~small
    keys = [pl.col(k) for k in table.key]
    # Smallest count first, then by key: which one goes must not hang on the order of rows.
    place = pl.struct(pl.when(shown).then(count), *keys).rank("ordinal").over(table.margin)
    first = place == place.filter(shown).min().over(table.margin)
    alone = small.sum().over(table.margin) == 1
    return (small | (alone & shown & first)).alias(_withheld_name(name))


def _withheld_name(name: str) -> str:
    return f"withheld {name}"


def _judges(column: Column) -> tuple[str, ...]:
    """The counts by which a column is judged."""
    return tuple(dict.fromkeys(n for n in (column.counted_by, column.share_of) if n))


def _flag(column: Column, suppress_below: int) -> pl.Expr:
    judges = _judges(column)
    withheld = pl.any_horizontal(pl.col(_withheld_name(name)) for name in judges)
    if column.name not in judges:
        too_few = max(column.needs, suppress_below)
        withheld = withheld | _is_small(pl.col(judges[0]), too_few)
    if column.share_of and column.share_of != column.name:
        people = _people(column)
        rest = pl.col(column.share_of) - people
        withheld = withheld | _is_small(people, suppress_below) | _is_small(rest, suppress_below)
    return (withheld & pl.col(column.name).is_not_null()).fill_null(False)


def _people(column: Column) -> pl.Expr:
    """How many people a share stands for."""
    return (pl.col(column.name) * pl.col(column.share_of or "")).round()


def _value(column: Column, round_to: int) -> pl.Expr:
    if column.counted_by == column.name:
        return pl.col(_rounded(column.name))
    value = pl.col(column.name)
    if column.share_of:
        whole = pl.col(_rounded(column.share_of))
        value = pl.when(whole > 0).then(_to_nearest(_people(column), round_to) / whole)
    if column.unit == "share":
        many = pl.col(_rounded(column.share_of or column.counted_by or "")) >= _MANY
        return pl.when(many).then(value.round(3)).otherwise(value.round(2))
    return value


def _to_nearest(count: pl.Expr, round_to: int) -> pl.Expr:
    """A count rounded to a multiple, halves up; whole numbers only, so nothing is halfway else."""
    return (2 * count.cast(pl.Int64) + round_to) // (2 * round_to) * round_to
