"""What each event truly costs, in pounds of 2025/26; tariff for hospitals, unit costs elsewhere."""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from flow_pipeline.synthetic import clock
from flow_pipeline.synthetic.clock import MINUTES_PER_DAY

if TYPE_CHECKING:
    from flow_pipeline.synthetic.life import Life

BED_DAY = 610.0
EMERGENCY_BASE = 640.0
CRITICAL_CARE_DAY = 1650.0
ED_COST = {1: 225.0, 3: 84.0}
OUTPATIENT = {"1": 172.0, "2": 104.0, "3": 98.0, "4": 72.0}
CONTACT = 84.0
CARE_HOME_WEEK, HOME_CARE_HOUR = 1125.0, 22.0
COUNCIL_EVENT, HOME_SUPPORT_DAY, CARE_HOME_DAY = 45.0, 61.70, 160.70
GP_VISIT, GP_REMOTE = 51.0, 45.0
PRICE_BASE = "2025/26"

# event family, unit, setting, amount
UNIT_COSTS: tuple[tuple[str, str, str, float], ...] = (
    ("inpatient", "bed_day", "acute_bed", BED_DAY),
    ("emergency", "event", "ed", 205.0),
    ("outpatient", "event", "clinic", 152.0),
    ("outpatient", "event", "remote", 96.0),
    ("community_contact", "event", "home", CONTACT),
    ("community_contact", "event", "clinic", CONTACT),
    ("community_contact", "event", "remote", CONTACT),
    ("community_contact", "event", "care_home", CONTACT),
    ("gp_appointment", "event", "gp", GP_VISIT),
    ("gp_appointment", "event", "home", GP_VISIT),
    ("gp_appointment", "event", "remote", GP_REMOTE),
    ("asc_request", "event", "none", COUNCIL_EVENT),
    ("asc_assessment", "event", "none", COUNCIL_EVENT),
    ("asc_review", "event", "none", COUNCIL_EVENT),
    ("asc_service", "day", "home", HOME_SUPPORT_DAY),
    ("asc_service", "day", "care_home", CARE_HOME_DAY),
    ("asc_service", "day", "clinic", HOME_SUPPORT_DAY),
    ("asc_service", "day", "none", HOME_SUPPORT_DAY),
    ("mh_contact", "event", "none", 275.0),
    ("mh_spell", "bed_day", "none", 564.0),
)
SOURCE = "Anyborough, after the worked example of Suffolk and North East Essex (2024) and tariff"


def unit_costs() -> pl.DataFrame:
    """The reference table of unit costs."""
    columns = ["event_family", "unit", "setting", "amount"]
    table = pl.DataFrame(UNIT_COSTS, schema=columns, orient="row")
    return table.with_columns(
        pl.col("amount").map_elements(lambda v: f"{v:.2f}", return_dtype=pl.String),
        pl.lit(PRICE_BASE).alias("price_base"),
        pl.lit(SOURCE).alias("source"),
    )


def charge(life: "Life") -> None:
    """Adds ``cost`` to every table of a life."""
    life.episode, life.spell = _inpatient(life)
    kind = pl.col("department").replace_strict(ED_COST, return_dtype=pl.Float64)
    more = pl.when(pl.col("stay") >= 0).then(90.0).otherwise(0.0) + (pl.col("attendance") % 7) * 6.0
    life.attendance = life.attendance.with_columns((kind + more).round(2).alias("cost"))
    price = pl.col("first").replace_strict(OUTPATIENT, return_dtype=pl.Float64)
    seen = pl.col("status").is_in(["5", "6"])
    life.outpatient = life.outpatient.with_columns(
        pl.when(seen).then(price + pl.col("specialty") * 4.0).otherwise(0.0).alias("cost")
    )
    attended = pl.col("status") == "5"
    life.contact = life.contact.with_columns(
        pl.when(attended).then(CONTACT).otherwise(0.0).alias("cost")
    )
    remote = pl.col("mode").is_in(["telephone_audio", "video", "written_online"])
    came = pl.col("status") == "attended"
    life.council = life.council.with_columns(_council_cost().alias("cost"))
    life.appointment = life.appointment.with_columns(
        pl.when(~came).then(0.0).when(remote).then(GP_REMOTE).otherwise(GP_VISIT).alias("cost")
    )


def _council_cost() -> pl.Expr:
    """Services by planned units from start to end, or to the end of the period; others each."""
    last = pl.col("end").clip(upper_bound=clock.day_of(clock.LAST_DAY) + 1)
    days = (last - pl.col("start")).clip(lower_bound=1)
    home = pl.col("component").str.contains("Residential|Nursing")
    weekly = pl.when(home).then(CARE_HOME_WEEK).otherwise(HOME_CARE_HOUR * pl.col("units"))
    return (
        pl.when(pl.col("kind") == "Service")
        .then((days * weekly / 7).round(2))
        .otherwise(COUNCIL_EVENT)
    )


def _inpatient(life: "Life") -> tuple[pl.DataFrame, pl.DataFrame]:
    """Episode costs: bed days of the episode, a base on the first, critical care, procedures."""
    horizon = int(max(life.spell["start"].max() or 0, 0)) + MINUTES_PER_DAY  # type: ignore[arg-type]
    intensive = (
        life.ward_stay.filter(pl.col("ward") == 7)
        .with_columns(
            ((pl.col("end").clip(upper_bound=horizon) - pl.col("start")) / MINUTES_PER_DAY)
            .clip(lower_bound=0.5, upper_bound=15)
            .alias("icu")
        )
        .group_by("spell")
        .agg(pl.col("icu").sum())
    )
    spell = life.spell.join(intensive, on="spell", how="left", maintain_order="left")
    base = _base_cost(spell) + spell["icu"].fill_null(0.0).to_numpy() * CRITICAL_CARE_DAY
    spell = spell.with_columns(pl.Series("base", base))
    episode = life.episode.join(
        spell.select("spell", "base", "kind", "opcs"), on="spell", maintain_order="left"
    )
    ends = pl.col("end").clip(upper_bound=horizon)
    days = (ends // MINUTES_PER_DAY - pl.col("start") // MINUTES_PER_DAY).clip(lower_bound=0)
    cost = days * BED_DAY + pl.when(pl.col("number") == 1).then("base").otherwise(0.0)
    episode = episode.with_columns(cost.round(2).alias("cost")).drop("base", "kind", "opcs")
    total = episode.group_by("spell").agg(pl.col("cost").sum())
    spell = spell.drop("icu", "base").join(total, on="spell", how="left", maintain_order="left")
    return episode, spell


def _base_cost(spell: pl.DataFrame) -> np.ndarray:
    """What a stay costs besides its bed days; a few operations are very dear."""
    n = spell.height
    draw = np.random.default_rng([n, 77])
    kind, method = spell["kind"].to_numpy(), spell["method"].to_numpy()
    icd = spell["icd"].to_numpy()
    base = np.full(n, EMERGENCY_BASE)
    base = np.where(
        (method == "31") | (method == "82"), np.where(method == "31", 1900.0, 250.0), base
    )
    operation = np.isin(method, ["11", "12"])
    base = np.where(operation, 2700 * draw.lognormal(0, 0.95, n), base)
    base = np.where(operation & (kind == "2"), 880 * draw.lognormal(0, 0.35, n), base)
    base = np.where(kind == "3", 178.0, base)
    base = np.where((method == "13") & (kind == "2"), 1450.0, base)
    base = np.where(icd == "S720", base + 4200, base)
    return np.where((icd == "I639") & (kind == "1"), base + 900, base)
