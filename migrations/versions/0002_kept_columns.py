"""What the database keeps by itself: category paths, listings, price ranges, rating aggregates.

Revision ID: 0002
"""

import re

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CATEGORY_PATHS = """
CREATE FUNCTION categories_take_turns() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Many may grow the tree at once, but whoever moves a part of it is alone: a move cannot see what is being added below it.
    IF TG_OP = 'INSERT' THEN
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('categories.path', 0));
    ELSE
        PERFORM pg_advisory_xact_lock(hashtextextended('categories.path', 0));
    END IF;
    RETURN NULL;
END $$;

-- Before the statement: no row is locked yet, so nobody waits for a turn with a row that the other needs.
CREATE TRIGGER categories_take_turns BEFORE INSERT OR UPDATE OF parent_id ON categories
    FOR EACH STATEMENT EXECUTE FUNCTION categories_take_turns();

CREATE FUNCTION categories_set_path() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    parent_path bigint[] := '{}';
BEGIN
    IF NEW.parent_id IS NOT NULL THEN
        SELECT path INTO parent_path FROM categories WHERE id = NEW.parent_id;
        IF NEW.id = ANY (parent_path) THEN
            RAISE EXCEPTION 'category % cannot stand below itself', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_categories_no_cycle';
        END IF;
    END IF;
    NEW.path := parent_path || NEW.id;
    RETURN NEW;
END $$;

CREATE TRIGGER categories_set_path BEFORE INSERT OR UPDATE OF parent_id ON categories
    FOR EACH ROW EXECUTE FUNCTION categories_set_path();

CREATE FUNCTION categories_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE categories SET path = NEW.path || path[array_position(path, NEW.id) + 1:]
    WHERE path @> ARRAY[NEW.id] AND id <> NEW.id;

    DELETE FROM product_categories USING products, categories
    WHERE products.id = product_categories.product_id AND categories.id = products.category_id AND categories.path @> ARRAY[NEW.id];
    INSERT INTO product_categories (product_id, category_id, published_at)
    SELECT products.id, ancestor.id, products.published_at
    FROM products JOIN categories ON categories.id = products.category_id CROSS JOIN unnest(categories.path) AS ancestor (id)
    WHERE products.listed AND categories.path @> ARRAY[NEW.id];
    RETURN NULL;
END $$;

CREATE TRIGGER categories_moved AFTER UPDATE OF parent_id ON categories
    FOR EACH ROW WHEN (OLD.parent_id IS DISTINCT FROM NEW.parent_id) EXECUTE FUNCTION categories_moved();
"""

LISTINGS = """
CREATE FUNCTION products_set_listed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.listed := false;
    IF NEW.status = 'PUBLISHED' THEN
        -- FOR SHARE, here and below: the merchant may not be suspended, nor a category be moved, while this product changes.
        SELECT state = 'ACTIVE' INTO NEW.listed FROM merchants WHERE id = NEW.merchant_id FOR SHARE;
        NEW.listed := coalesce(NEW.listed, false);
    END IF;
    IF NEW.status = 'PUBLISHED' OR OLD.listed THEN
        -- The category that is left too: its move would write this product's rows anew behind our back.
        PERFORM FROM categories WHERE id IN (OLD.category_id, NEW.category_id) ORDER BY id FOR SHARE;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER products_set_listed BEFORE INSERT OR UPDATE OF status, merchant_id, category_id, published_at, listed ON products
    FOR EACH ROW EXECUTE FUNCTION products_set_listed();

CREATE FUNCTION merchants_state_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE products SET listed = NOT listed
    WHERE merchant_id = NEW.id AND listed <> (status = 'PUBLISHED' AND NEW.state = 'ACTIVE');
    RETURN NULL;
END $$;

CREATE TRIGGER merchants_state_changed AFTER UPDATE OF state ON merchants
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION merchants_state_changed();

CREATE FUNCTION products_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO product_categories (product_id, category_id, published_at)
    SELECT added.id, ancestor.id, added.published_at
    FROM added JOIN categories ON categories.id = added.category_id CROSS JOIN unnest(categories.path) AS ancestor (id)
    WHERE added.listed;
    RETURN NULL;
END $$;

CREATE TRIGGER products_inserted AFTER INSERT ON products REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION products_inserted();

CREATE FUNCTION merchants_rate(merchant_ids bigint[], stars bigint[], counts bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO merchant_ratings (merchant_id, rating_sum, rating_count)
    SELECT id, 0, 0 FROM unnest(merchant_ids) AS rated (id) GROUP BY id ORDER BY id ON CONFLICT DO NOTHING;
    PERFORM FROM merchant_ratings WHERE merchant_id = ANY (merchant_ids) ORDER BY merchant_id FOR NO KEY UPDATE;  -- one order of locks
    UPDATE merchant_ratings
    SET rating_sum = merchant_ratings.rating_sum + delta.stars, rating_count = merchant_ratings.rating_count + delta.counted
    FROM (
        SELECT merchant_id, sum(star) AS stars, sum(counted) AS counted
        FROM unnest(merchant_ids, stars, counts) AS change (merchant_id, star, counted) GROUP BY merchant_id
    ) AS delta
    WHERE merchant_ratings.merchant_id = delta.merchant_id;
END $$;

CREATE FUNCTION products_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM product_categories USING before JOIN after USING (id)
    WHERE product_categories.product_id = after.id
      AND (before.listed, before.category_id, before.published_at) IS DISTINCT FROM (after.listed, after.category_id, after.published_at);
    INSERT INTO product_categories (product_id, category_id, published_at)
    SELECT after.id, ancestor.id, after.published_at
    FROM before JOIN after USING (id)
        JOIN categories ON categories.id = after.category_id CROSS JOIN unnest(categories.path) AS ancestor (id)
    WHERE after.listed
      AND (before.listed, before.category_id, before.published_at) IS DISTINCT FROM (after.listed, after.category_id, after.published_at);

    PERFORM merchants_rate(array_agg(merchant_id), array_agg(stars), array_agg(counted)) FROM (
        SELECT merchant_id, sum(stars)::bigint AS stars, sum(counted)::bigint AS counted FROM (
            SELECT merchant_id, rating_sum AS stars, rating_count AS counted FROM after
            UNION ALL
            SELECT merchant_id, -rating_sum, -rating_count FROM before
        ) AS change GROUP BY merchant_id HAVING (sum(stars), sum(counted)) <> (0, 0)
    ) AS changed HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE TRIGGER products_updated AFTER UPDATE ON products REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION products_updated();

CREATE FUNCTION products_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM merchants_rate(array_agg(merchant_id), array_agg(-rating_sum), array_agg(-rating_count)) FROM removed
    WHERE rating_count > 0 HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE TRIGGER products_deleted AFTER DELETE ON products REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION products_deleted();
"""

PRICE_RANGES = """
CREATE FUNCTION product_prices_refresh(product_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Two writers of one product's prices take turns, in one order of locks; the second then sees the first one's rows.
    PERFORM FROM products WHERE id = ANY (product_ids) ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM product_prices WHERE product_id = ANY (product_ids)
        AND NOT EXISTS (SELECT FROM variant_prices WHERE variant_prices.product_id = product_prices.product_id AND variant_prices.currency = product_prices.currency);
    INSERT INTO product_prices (product_id, currency, min_amount, max_amount)
    SELECT product_id, currency, min(amount), max(amount) FROM variant_prices WHERE product_id = ANY (product_ids)
    GROUP BY product_id, currency
    ON CONFLICT (product_id, currency) DO UPDATE SET min_amount = excluded.min_amount, max_amount = excluded.max_amount
    WHERE (product_prices.min_amount, product_prices.max_amount) <> (excluded.min_amount, excluded.max_amount);
END $$;

CREATE FUNCTION variant_prices_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM product_prices_refresh(ARRAY(SELECT DISTINCT product_id FROM added));
    RETURN NULL;
END $$;

CREATE FUNCTION variant_prices_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM product_prices_refresh(ARRAY(SELECT product_id FROM added UNION SELECT product_id FROM removed));
    RETURN NULL;
END $$;

CREATE FUNCTION variant_prices_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Products that were deleted with their prices need no range any more.
    PERFORM product_prices_refresh(ARRAY(SELECT DISTINCT product_id FROM removed JOIN products ON products.id = removed.product_id));
    RETURN NULL;
END $$;

CREATE TRIGGER variant_prices_added AFTER INSERT ON variant_prices REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION variant_prices_added();
CREATE TRIGGER variant_prices_changed AFTER UPDATE ON variant_prices REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION variant_prices_changed();
CREATE TRIGGER variant_prices_removed AFTER DELETE ON variant_prices REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION variant_prices_removed();
"""

RATINGS = """
CREATE FUNCTION products_rate(product_ids bigint[], stars bigint[], counts bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM products WHERE id = ANY (product_ids) ORDER BY id FOR NO KEY UPDATE;  -- one order of locks
    UPDATE products SET rating_sum = rating_sum + delta.stars, rating_count = rating_count + delta.count
    FROM (
        SELECT product_id, sum(star) AS stars, sum(counted) AS count
        FROM unnest(product_ids, stars, counts) AS change (product_id, star, counted) GROUP BY product_id
    ) AS delta
    WHERE products.id = delta.product_id AND (delta.stars, delta.count) <> (0, 0);
END $$;

CREATE FUNCTION reviews_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM products_rate(array_agg(product_id), array_agg(rating::bigint), array_agg(1::bigint)) FROM added WHERE state = 'PUBLISHED' HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE FUNCTION reviews_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM products_rate(array_agg(product_id), array_agg(-rating::bigint), array_agg(-1::bigint)) FROM removed WHERE state = 'PUBLISHED' HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE FUNCTION reviews_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM products_rate(array_agg(product_id), array_agg(stars), array_agg(counted)) FROM (
        SELECT product_id, rating::bigint AS stars, 1::bigint AS counted FROM added WHERE state = 'PUBLISHED'
        UNION ALL
        SELECT product_id, -rating::bigint, -1::bigint FROM removed WHERE state = 'PUBLISHED'
    ) AS change HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE TRIGGER reviews_added AFTER INSERT ON reviews REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION reviews_added();
CREATE TRIGGER reviews_removed AFTER DELETE ON reviews REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION reviews_removed();
CREATE TRIGGER reviews_changed AFTER UPDATE ON reviews REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION reviews_changed();
"""

SCRIPTS = (CATEGORY_PATHS, LISTINGS, PRICE_RANGES, RATINGS)


def statements(script: str) -> list[str]:
    """Split a script before each CREATE at the start of a line: the driver takes one statement at a time."""
    return [statement for statement in re.split(r"^(?=CREATE )", script, flags=re.MULTILINE) if statement.strip()]


def upgrade() -> None:
    for script in SCRIPTS:
        for statement in statements(script):
            op.execute(statement)


def downgrade() -> None:
    for kind, name, table in reversed(
        re.findall(r"^CREATE (FUNCTION|TRIGGER) (\w+)(?:.*? ON (\w+))?", "".join(SCRIPTS), flags=re.MULTILINE)
    ):
        op.execute(f"DROP FUNCTION {name}" if kind == "FUNCTION" else f"DROP TRIGGER {name} ON {table}")
