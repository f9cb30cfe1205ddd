"""Networks and traffic made for tests.

Written out: `flows` makes one canonical row at a time and keeps rows in a real LocalStore; `daily` is everyday traffic
of such rows on a small map; `records` makes one record of a log (v1, v2, v4) and a blob of records; `logged` answers
replay and audit from a list of counted rows.

Random, from a seed or from hypothesis: `planted` is a policy and the traffic under it, with the truth beside it; `rows`
are logged tuples of all formats, as canonical rows and as blobs, and questions about them; `rule_sets` are rule sets
and packets that meet.

Written apart from the product, as second opinions: `traffic_analytics` makes the rows that Azure would make of flows;
`sample_rules` decides by first match for the sample's tests.
"""
