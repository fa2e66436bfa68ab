-- What a search for a number, an account or a channel walks: for each 32 pages of a day's history which ids lie in them, and
-- filters of the accounts, channels and numbers that may (docs/decisions/0040). A row costs its index next to nothing when
-- it is written: pages are summarised in passing, by gateway.store.search_summaries; those that are not yet are read whole.
CREATE INDEX messages_summary ON messages USING brin (
    id,
    account text_bloom_ops (n_distinct_per_range = 200, false_positive_rate = 0.01),
    channel text_bloom_ops (n_distinct_per_range = 20, false_positive_rate = 0.01),
    destination text_bloom_ops (n_distinct_per_range = 1500, false_positive_rate = 0.001)
) WITH (pages_per_range = 32);
CREATE INDEX refusals_summary ON refusals USING brin (
    segment_id,
    account text_bloom_ops (n_distinct_per_range = 200, false_positive_rate = 0.01),
    destination text_bloom_ops (n_distinct_per_range = 1500, false_positive_rate = 0.001)
) WITH (pages_per_range = 32);
-- MO are few.
CREATE INDEX inbound_source ON inbound (source, seq);
