"""Checks of linkage: precision, recall, subgroups, and what hangs on the threshold."""

import polars as pl

from flow_pipeline.quality.catalogue import CATALOGUE
from flow_pipeline.quality.results import Result, result
from flow_pipeline.tables.link_quality import NEAR_THRESHOLD, TOO_MANY_PEOPLE

LEAST_PRECISION, LEAST_RECALL = 0.995, 0.97
_FEWEST_PERSONS = 200  # worth of hidden numbers, before anything is judged by them
_FEWEST_PAIRS = 20  # decided by two reviewers, before their agreement is judged
_FEWEST_BLOCKED = 100  # pairs of one person, before the share that is lost is judged
_STANDARD_ERRORS = 3  # beyond which a difference is not chance
_SOURCE = "linkage_quality"
_REVIEW = "link_review"


def truth_results(quality: pl.LazyFrame) -> list[Result]:
    """L03 by the truth, where there is one: it blocks.

    In: table linkage_quality.
    """
    rows = quality.filter(basis="truth", subgroup="all").drop_nulls(["precision", "recall"])
    found = []
    for row in rows.collect().iter_rows(named=True):
        for name, least in (("precision", LEAST_PRECISION), ("recall", LEAST_RECALL)):
            found.append(_short_of(f"true_{name}", row[name], least, row["n_records"], blocks=True))
    return found


def hidden_number_results(thresholds: pl.LazyFrame) -> list[Result]:
    """L03 as estimated on hidden numbers: a shortfall warns, and blocks where it is sure.

    In: table link_threshold. Out: nothing where too few numbers could be hidden.
    """
    known = thresholds.filter("is_chosen", pl.col("n_effective") >= _FEWEST_PERSONS)
    found = []
    for row in known.collect().iter_rows(named=True):
        for name, least in (("precision", LEAST_PRECISION), ("recall", LEAST_RECALL)):
            is_sure = row[f"{name}_high"] < least
            n = int(row["n_effective"])
            found.append(_short_of(f"estimated_{name}", row[name], least, n, blocks=is_sure))
    return found


def _short_of(name: str, share: float, least: float, n: int, *, blocks: bool) -> Result:
    missing = 1 - share
    return result(
        "L03",
        name,
        _SOURCE,
        n_rows=n,
        n_failed=round(missing * n),
        seen=missing,
        threshold=round(1 - least, 6),
        blocks=blocks and missing > 1 - least,
    )


def subgroup_results(gaps: pl.LazyFrame) -> list[Result]:
    """L02: values of each attribute whose people are missed more than everybody, surely by over
    one point, with their records' fields allowed for. In: table link_gap."""
    is_missed = pl.col("counts") & (pl.col("gap_standardised") < 0)
    by_attribute = (
        gaps.filter(pl.col("subgroup_value") != "unknown")
        .group_by("basis", "subgroup")
        .agg(pl.len().alias("n"), is_missed.sum().alias("n_missed"))
        .sort("basis", "subgroup")
        .collect()
    )
    return [
        result("L02", f"recall_by_{subgroup}", basis, n_rows=n, n_failed=n_missed)
        for basis, subgroup, n, n_missed in by_attribute.iter_rows()
    ]


def sensitivity_results(sensitivity: pl.LazyFrame) -> list[Result]:
    """L07: by how much people, and links of records without a number, change with the threshold.

    In: table link_sensitivity: the threshold in use, a band lower and a band higher.
    """
    rows = sensitivity.collect()
    in_use = rows.filter("is_in_use")
    found = []
    for name in ("n_persons", "n_matched"):
        now = int(in_use[name].sum())
        if now == 0:
            continue
        away = int((rows[name] - now).abs().max())  # type: ignore[arg-type]
        found.append(
            result("L07", f"{name}_a_band_away", "link_sensitivity", n_rows=now, n_failed=away)
        )
    return found


def review_results(decisions: pl.LazyFrame) -> list[Result]:
    """L04: whether reviewers who decided the same pairs agree beyond chance (Cohen's kappa).

    In: table link_decision; of each pair the first two reviewers by name count. Out: nothing with
    fewer than 20 such pairs.
    """
    pair = [
        pl.min_horizontal("record_key", "other_record_key").alias("one"),
        pl.max_horizontal("record_key", "other_record_key").alias("other"),
    ]
    twice = (
        decisions.sort("who")
        .group_by(pair)
        .agg(pl.len(), *(_says_same(n) for n in (0, 1)))
        .filter(pl.col("len") > 1)
        .collect()
    )
    if twice.height < _FEWEST_PAIRS:
        return []
    agreed = float((twice["says_0"] == twice["says_1"]).mean())  # type: ignore[arg-type]
    p, q = (float(twice[f"says_{n}"].mean()) for n in (0, 1))  # type: ignore[arg-type]
    by_chance = p * q + (1 - p) * (1 - q)
    kappa = 1.0 if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)
    n_apart = twice.height - round(agreed * twice.height)
    return [
        result(
            "L04",
            "reviewers_agree",
            "link_decision",
            n_rows=twice.height,
            n_failed=n_apart,
            seen=1 - kappa,
        )
    ]


def _says_same(reviewer: int) -> pl.Expr:
    said = pl.col("decision").get(reviewer, null_on_oob=True)
    return (said == "same").alias(f"says_{reviewer}")


def registry_results(person_link: pl.LazyFrame, registry: pl.LazyFrame) -> list[Result]:
    """L08: persons whose id the registry does not hold: it would not last to the next run."""
    ids = person_link.select("person_id").unique()
    lost = ids.join(registry, on="person_id", how="anti").select(pl.len()).collect().item()
    n = ids.select(pl.len()).collect().item()
    return [result("L08", "persons_are_registered", "person_link", n_rows=n, n_failed=lost)]


def difference_results(differences: pl.LazyFrame) -> list[Result]:
    """L09: by attribute the largest standardised difference between who is linked and who is not.

    In: table link_difference. A difference that three standard errors do not set apart from none
    counts as none; there is no result where nobody, or everybody, is linked.
    """
    n = 1 / pl.col("n_linked").sum() + 1 / pl.col("n_unlinked").sum()
    size = pl.col("standardised_difference").abs()
    counted = pl.when(size > _STANDARD_ERRORS * n.sqrt().over("subgroup")).then(size).otherwise(0)
    by_attribute = (
        differences.with_columns(
            counted=counted, n=(pl.col("n_linked") + pl.col("n_unlinked")).sum().over("subgroup")
        )
        .drop_nulls("standardised_difference")
        .group_by("subgroup")
        .agg(
            pl.col("n").first(),
            pl.col("counted").max(),
            (pl.col("counted") > CATALOGUE["L09"].threshold).sum().alias("n_apart"),
        )
        .sort("subgroup")
        .collect()
    )
    return [
        result(
            "L09",
            f"linked_and_unlinked_by_{subgroup}",
            "link_difference",
            n_rows=n_units,
            n_failed=n_apart,
            seen=largest,
        )
        for subgroup, n_units, largest, n_apart in by_attribute.iter_rows()
    ]


def blocking_results(blocking: pl.LazyFrame) -> list[Result]:
    """L10: pairs of identities of one person that no blocking rule finds.

    In: table link_blocking. By the truth where there is one, else by verified numbers.
    """
    whole = blocking.filter(pl.col("rule") == "all", pl.col("n_pairs") >= _FEWEST_BLOCKED)
    rows = whole.sort("basis").collect()  # truth comes before verified_number
    return [
        result(
            "L10",
            f"pairs_are_compared_by_{row['basis']}",
            "link_blocking",
            n_rows=row["n_pairs"],
            n_failed=row["n_pairs"] - row["n_found"],
        )
        for row in rows.head(1).iter_rows(named=True)
    ]


def crowd_results(review: pl.LazyFrame, person_link: pl.LazyFrame) -> list[Result]:
    """L05: people who are parts of a group that was too many people for one, until reviewers have
    settled it: a warning, for they were taken apart.

    In: tables link_review and person_link.
    """
    pairs = review.filter(pl.col("reason") == TOO_MANY_PEOPLE)
    keys = pl.concat(
        pairs.select(pl.col(side).alias("record_key"))
        for side in ("record_key", "other_record_key")
    )
    people = person_link.select("record_key", "person_id")
    parts = people.join(keys.unique(), on="record_key").select("person_id").unique()
    n, n_parts = (
        int(frame.select(pl.len()).collect().item())
        for frame in (people.select("person_id").unique(), parts)
    )
    return [
        result("L05", "groups_taken_apart", _REVIEW, n_rows=n, n_failed=n_parts, severity="warn")
    ]


def history_results(
    impossible: pl.LazyFrame,
    review: pl.LazyFrame,
    decisions: pl.LazyFrame,
    person_link: pl.LazyFrame,
) -> list[Result]:
    """L06: people whose history cannot be one person's: those that reviewers still have to settle
    warn, and one that nobody was asked about blocks.

    In: tables impossible_history, link_review, link_decision and person_link.
    """
    person = person_link.select("record_key", "person_id")

    def people(pairs: pl.LazyFrame) -> pl.LazyFrame:
        return pairs.select("record_key").join(person, on="record_key").select("person_id").unique()

    asked = people(review.filter(~pl.col("reason").is_in([NEAR_THRESHOLD, TOO_MANY_PEOPLE])))
    settled = people(decisions)
    unasked = people(_of_one_person(impossible, person)).join(
        pl.concat([asked, settled]), on="person_id", how="anti"
    )
    counts = pl.collect_all(
        [frame.select(pl.len()) for frame in (person.select("person_id").unique(), asked, unasked)]
    )
    n, n_asked, n_unasked = (int(count.item()) for count in counts)
    source = "impossible_history"
    return [
        result("L06", "histories_to_be_settled", source, n_rows=n, n_failed=n_asked),
        result(
            "L06", "histories_are_asked_about", source, n_rows=n, n_failed=n_unasked, blocks=True
        ),
    ]


def _of_one_person(pairs: pl.LazyFrame, person: pl.LazyFrame) -> pl.LazyFrame:
    """Pairs of records that are linked now."""
    other = person.rename({"record_key": "other_record_key", "person_id": "other_person_id"})
    return (
        pairs.join(person, on="record_key")
        .join(other, on="other_record_key")
        .filter(pl.col("person_id") == pl.col("other_person_id"))
        .select("record_key", "other_record_key")
    )
