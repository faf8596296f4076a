-- Of the people whom hospitals discharged into reablement, how many were still in the community 84
-- days later (ASCOF 2D, part 1), by council? Only discharges whose 84 days are over: of the others
-- a failure is known sooner than a success.
SELECT
    organisation_code,
    count(*) AS n_discharges,
    sum(CASE WHEN has_died THEN 1 ELSE 0 END) AS n_died,
    sum(CASE WHEN was_readmitted THEN 1 ELSE 0 END) AS n_readmitted,
    sum(CASE WHEN has_entered_long_term_care THEN 1 ELSE 0 END) AS n_entered_long_term_care,
    avg(CASE WHEN has_stayed_in_community THEN 1.0 ELSE 0.0 END) AS share_in_community
FROM reablement_outcome
WHERE
    left_out IS NULL
    AND has_died IS NOT NULL
    AND was_readmitted IS NOT NULL
    AND has_entered_long_term_care IS NOT NULL
GROUP BY organisation_code
ORDER BY organisation_code;
