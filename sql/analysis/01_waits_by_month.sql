-- How long do people wait, by measure and month in which the wait began?
-- Medians are of waits that ended in what was waited for; where many have not ended yet
-- (n_not_ended) they look better than they are.
SELECT
    measure,
    date_trunc('month', start_at) AS month,
    count(*) AS n_waits,
    sum(CASE WHEN end_kind = 'event' THEN 1 ELSE 0 END) AS n_ended,
    sum(CASE WHEN end_kind = 'competing' THEN 1 ELSE 0 END) AS n_ended_otherwise,
    sum(CASE WHEN end_kind = 'censored' THEN 1 ELSE 0 END) AS n_not_ended,
    percentile_cont(0.5) WITHIN GROUP (
        ORDER BY CASE WHEN end_kind = 'event' THEN minutes END
    ) / 1440.0 AS median_days
FROM delay
GROUP BY measure, date_trunc('month', start_at)
ORDER BY measure, month;
