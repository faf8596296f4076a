-- Who the high-resource individuals of the economy are, in the latest year known, by each rule.
CREATE VIEW v_current_hri AS
SELECT
    c.rule,
    c.financial_year,
    c.rank,
    c.person_id,
    c.cost,
    c.cumulative_cost_share,
    c.is_new,
    y.age,
    p.sex,
    p.area_code,
    p.imd_decile,
    p.gp_practice_code,
    p.death_month,
    y.unplanned_bed_days,
    y.n_emergency,
    y.n_inpatient,
    y.demographic_segment,
    y.service_use_segment,
    p.linkage_confidence
FROM hri_cohort AS c
JOIN person AS p ON p.person_id = c.person_id
JOIN person_year AS y ON y.person_id = c.person_id AND y.financial_year = c.financial_year
WHERE c.area_level = 'economy'
  AND c.financial_year = (SELECT max(financial_year) FROM hri_cohort WHERE area_level = 'economy');
