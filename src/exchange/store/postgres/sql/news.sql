-- name: places_of_news
SELECT greatest((SELECT max(place) FROM catalog), (SELECT max(place) FROM api_keys), 0),
    (SELECT coalesce(max(place), 0) FROM usage),
    (SELECT coalesce(sum(place), 0)::bigint FROM endpoint_healths),
    (SELECT coalesce(max(seq), 0) FROM events),
    least((SELECT min(due_ms) FROM deliveries WHERE state = 1 AND lane = 0),
        (SELECT min(due_ms) FROM deliveries WHERE state = 1 AND lane = 1), :never::bigint);
