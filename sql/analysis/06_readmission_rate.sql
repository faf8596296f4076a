-- Of the continuous spells that ended in a month, how many were followed by an emergency
-- readmission within 30 days? Spells for which it is not yet known are left out. Unadjusted:
-- compare an organisation with itself only.
SELECT
    last_organisation_code,
    date_trunc('month', discharged_at) AS month,
    count(*) AS n_discharges,
    sum(CASE WHEN readmitted_30d THEN 1 ELSE 0 END) AS n_readmitted,
    avg(CASE WHEN readmitted_30d THEN 1.0 ELSE 0.0 END) AS readmission_rate
FROM continuous_spell
WHERE readmitted_30d IS NOT NULL AND discharged_at IS NOT NULL
GROUP BY last_organisation_code, date_trunc('month', discharged_at)
ORDER BY last_organisation_code, month;
