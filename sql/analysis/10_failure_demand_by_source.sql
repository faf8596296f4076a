-- Which demand goes back to a failure upstream, by the proxies we have, and to whom?
-- A proxy says where to look, never that an individual's care failed.
SELECT
    f.measure,
    coalesce(f.source_sector, 'unknown') AS source_sector,
    coalesce(o.name, f.source_organisation_code, 'unknown') AS source_organisation,
    f.source_basis,
    count(*) AS n_events,
    count(DISTINCT f.person_id) AS n_people
FROM failure_demand AS f
LEFT JOIN organisation AS o ON o.organisation_code = f.source_organisation_code
GROUP BY
    f.measure,
    coalesce(f.source_sector, 'unknown'),
    coalesce(o.name, f.source_organisation_code, 'unknown'),
    f.source_basis
ORDER BY f.measure, n_events DESC, source_organisation;
