-- Who are the few people for whom half of the money is spent: age, deprivation, what they use?
SELECT
    financial_year,
    rule,
    CASE
        WHEN age < 18 THEN '0-17'
        WHEN age < 65 THEN '18-64'
        WHEN age < 75 THEN '65-74'
        ELSE '75+'
    END AS age_band,
    count(*) AS n_people,
    sum(cost) AS cost,
    avg(CASE WHEN imd_decile <= 2 THEN 1.0 WHEN imd_decile IS NOT NULL THEN 0.0 END)
        AS share_most_deprived_fifth,
    avg(n_emergency) AS mean_emergency_attendances,
    avg(unplanned_bed_days) AS mean_unplanned_bed_days,
    avg(CASE WHEN is_new THEN 1.0 WHEN NOT is_new THEN 0.0 END) AS share_new
FROM v_current_hri
GROUP BY
    financial_year,
    rule,
    CASE
        WHEN age < 18 THEN '0-17'
        WHEN age < 65 THEN '18-64'
        WHEN age < 75 THEN '65-74'
        ELSE '75+'
    END
ORDER BY financial_year, rule, age_band;
