"""The asset of bridge tables between namespaces of foreign pseudonyms."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl

from flow_pipeline.errors import InputRefused
from flow_pipeline.link.bridges import judged
from flow_pipeline.orchestration.economy_run import EconomyRun
from flow_pipeline.orchestration.step import Tables, materialise, specs
from flow_pipeline.pseudonymise.bridges import BY_NUMBER, ENTRY, bridge_tokens
from flow_pipeline.store import digest_file
from flow_pipeline.tables.linkage import FOREIGN_BRIDGE

_OUTPUTS = ("foreign_bridge",)


@dg.multi_asset(
    name="foreign_bridge",
    specs=specs(_OUTPUTS, group="link", deps=(), owner="team:linkage"),
)
def bridge_asset(economy_run: dg.ResourceParam[EconomyRun]) -> Iterator[dg.MaterializeResult]:
    """Bridge files are read where they lie, as extracts are, and end as tokens."""
    run = economy_run
    paths = run.economy.link_bridges
    namespaces = {s.identity.namespace for s in run.economy.sources if s.identity.namespace}

    def build() -> Tables:
        read = [read_bridge(path, namespaces) for path in paths]
        if not read:
            return {"foreign_bridge": FOREIGN_BRIDGE.empty()}
        tokens = bridge_tokens(pl.concat(read).lazy(), run.keys).collect()
        return {"foreign_bridge": judged(tokens).lazy()}

    yield from materialise(
        run,
        "foreign_bridge",
        outputs=_OUTPUTS,
        inputs=(),
        build=build,
        parameters={
            "files": [(path.name, digest_file(path)) for path in paths],
            "namespaces": sorted(namespaces),
            "key": run.keys.key_id,
        },
    )


def read_bridge(path: Path, namespaces: set[str]) -> pl.DataFrame:
    """A bridge file: bridge (its name), row_number and ENTRY as text.

    Raises InputRefused for a file that is no CSV of these columns, and with the line for an entry
    whose namespaces no source has, or that are one.
    """
    try:
        rows = pl.read_csv(path, infer_schema=False, columns=list(ENTRY))
    except pl.exceptions.ColumnNotFoundError:
        raise InputRefused(
            f"{path}:1: expected the columns {', '.join(ENTRY)}. Mend the header and run again."
        ) from None
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputRefused(
            f"{path}: cannot be read ({type(error).__name__}). Make it a CSV file in UTF-8 with "
            f"the columns {', '.join(ENTRY)}."
        ) from None
    known = [*sorted(namespaces), BY_NUMBER]
    sides = [pl.col(name).is_in(known).fill_null(False) for name in ENTRY[::2]]
    is_known = sides[0] & sides[1] & (pl.col("namespace") != pl.col("other_namespace"))
    if wrong := rows.select((~is_known).arg_true()).to_series().to_list():
        raise InputRefused(
            f"{path}:{wrong[0] + 2}: expected two different namespaces out of {', '.join(known)}, "
            f"as sources[].identity.namespace has them ({len(wrong)} such lines). Mend them and "
            f"run again."
        )
    numbered = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    return rows.select(pl.lit(path.name).alias("bridge"), numbered.alias("row_number"), *ENTRY)


def bridge_counts(run: EconomyRun) -> dict[str, int]:
    """Entries of bridge tables by outcome, as ``bridge_entries_<outcome>``."""
    outcomes = run.store.scan("foreign_bridge").group_by("outcome").len().collect()
    return {f"bridge_entries_{outcome}": n for outcome, n in sorted(outcomes.rows())}
