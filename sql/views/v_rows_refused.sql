-- Delivered rows that were not accepted, by sender, contract and rule: what to talk about with whom.
CREATE VIEW v_rows_refused AS
SELECT
    l.source,
    l.contract,
    s.organisation_code,
    l.class,
    l.rule,
    sum(l.n_rows) AS n_rows
FROM row_ledger AS l
LEFT JOIN submission AS s ON s.submission_id = l.submission_id
WHERE l.stage <> 'file' AND l.class NOT IN ('selected', 'accepted')
GROUP BY l.source, l.contract, s.organisation_code, l.class, l.rule;
