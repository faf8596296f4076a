-- How many requests to the council lead to a service, and after how many days, by month?
SELECT
    date_trunc('month', start_at) AS month,
    count(*) AS n_requests,
    sum(CASE WHEN end_kind = 'event' THEN 1 ELSE 0 END) AS n_with_service,
    sum(CASE WHEN end_kind = 'competing' THEN 1 ELSE 0 END) AS n_ended_otherwise,
    sum(CASE WHEN end_kind = 'censored' THEN 1 ELSE 0 END) AS n_still_waiting,
    avg(CASE WHEN end_kind = 'event' THEN minutes / 1440.0 END) AS mean_days,
    percentile_cont(0.5) WITHIN GROUP (
        ORDER BY CASE WHEN end_kind = 'event' THEN minutes / 1440.0 END
    ) AS median_days
FROM delay
WHERE measure = 'request_to_service'
GROUP BY date_trunc('month', start_at)
ORDER BY month;
