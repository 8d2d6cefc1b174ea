"""What breaks the constraints of segments and reviews: rows of each kind, and the statements that spoil them."""

ROWS = """
INSERT INTO segments (code, title, rule) VALUES ('loyal', 'Loyal', '{"all": []}');
INSERT INTO segment_snapshots (segment_id, taken_at, count) SELECT id, now(), 1 FROM segments;
UPDATE reviews SET customer_id = (SELECT id FROM customers);
"""

CASES: list[tuple[str, str]] = [
    ("ck_segments_code", "UPDATE segments SET code = 'Loyal'"),
    ("ck_segments_title", "UPDATE segments SET title = ''"),
    ("ck_segments_rule", "UPDATE segments SET rule = '[]'"),
    ("ck_segments_snapshot", "UPDATE segments SET snapshot_at = now()"),
    ("ck_segments_snapshot", "UPDATE segments SET snapshot_at = now(), snapshot_count = -1"),
    ("uq_segments_code", "INSERT INTO segments (code, title, rule) SELECT code, title, rule FROM segments"),
    ("ck_segment_snapshots_count", "UPDATE segment_snapshots SET count = -1"),
    ("ck_reviews_reply", "UPDATE reviews SET reply = 'Thanks'"),
    (
        "uq_reviews_customer_id_product_id",
        """INSERT INTO reviews (product_id, rating, author_name, customer_id)
           SELECT product_id, 1, author_name, customer_id FROM reviews""",
    ),
]
