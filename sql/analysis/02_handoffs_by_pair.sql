-- Between which organisations are people handed over most, and how long does it take?
SELECT
    h.from_sector,
    coalesce(f.name, h.from_organisation_code) AS from_organisation,
    h.to_sector,
    coalesce(t.name, h.to_organisation_code) AS to_organisation,
    sum(h.n_handoffs) AS n_handoffs,
    sum(h.n_people) AS n_people_by_type,
    sum(h.n_waits) AS n_waits,
    max(h.median_wait_minutes) / 1440.0 AS longest_median_wait_days
FROM v_handoffs_by_pair AS h
LEFT JOIN organisation AS f ON f.organisation_code = h.from_organisation_code
LEFT JOIN organisation AS t ON t.organisation_code = h.to_organisation_code
WHERE h.handoff_type IN ('organisation', 'sector')
GROUP BY
    h.from_sector,
    coalesce(f.name, h.from_organisation_code),
    h.to_sector,
    coalesce(t.name, h.to_organisation_code)
ORDER BY n_handoffs DESC, from_organisation, to_organisation
LIMIT 50;
