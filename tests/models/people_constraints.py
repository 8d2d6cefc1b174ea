"""What breaks the constraints of people and rights: one row of each kind, and the statements that try to spoil it."""

ROWS = """
INSERT INTO accounts (email, password_hash) VALUES ('ada@example.com', 'x');
INSERT INTO account_sessions (account_id, expires_at) SELECT id, now() FROM accounts;
INSERT INTO refresh_tokens (hash, session_id) SELECT sha256('a'), id FROM account_sessions;
INSERT INTO email_tokens (account_id, purpose, expires_at) SELECT id, 'VERIFY', now() FROM accounts;
INSERT INTO sign_in_failures (email_hash, client, failures, last_at) VALUES (sha256('a'), '', 1, now());
INSERT INTO platform_members (account_id, role) SELECT id, 'ADMIN' FROM accounts;
INSERT INTO customers (account_id, display_name) SELECT id, 'Ada' FROM accounts;
INSERT INTO customer_addresses (customer_id, name, line1, city, postal_code, country, preferred)
    SELECT id, 'Ada', '1 Road', 'Bonn', '53111', 'DE', true FROM customers;
INSERT INTO merchant_members (merchant_id, account_id, role) SELECT merchants.id, accounts.id, 'OWNER' FROM merchants, accounts;
INSERT INTO merchant_invitations (merchant_id, email, role, expires_at) SELECT id, 'b@x', 'OWNER', now() FROM merchants;
INSERT INTO merchant_documents (merchant_id, kind, file_name, media_type, key) SELECT id, 'TAX', 'a', 'b', 'c' FROM merchants;
INSERT INTO merchant_legal_details (merchant_id, name, line1, city, postal_code, country, tax_number, changed_at)
    SELECT id, 'Ada GmbH', '1 Road', 'Bonn', '53111', 'DE', 'DE123456789', now() FROM merchants;
INSERT INTO partners (kind, name) VALUES ('DELIVERY', 'Swift');
INSERT INTO api_keys (partner_id, prefix, hash, scopes) SELECT id, 'souk_', sha256('a'), '{}' FROM partners;
INSERT INTO idempotency_keys (scope, key, fingerprint, created_at) VALUES ('a', 'b', sha256('c'), now());
INSERT INTO mails (recipient, template, due_at) VALUES ('a@x', 'verify_email', now());
"""  # noqa: E501 - SQL reads best unbroken

CASES: list[tuple[str, str]] = [
    ("ck_accounts_state", "UPDATE accounts SET state = 'GONE'"),
    ("ck_accounts_email", "UPDATE accounts SET email = 'Ada@example.com'"),
    ("ck_accounts_email", "UPDATE accounts SET email = 'ada'"),
    ("ck_accounts_erased_email", "UPDATE accounts SET email = NULL"),
    ("ck_accounts_erased_email", "UPDATE accounts SET state = 'ERASED', password_hash = NULL"),
    ("ck_accounts_erased_password", "UPDATE accounts SET state = 'ERASED', email = NULL"),
    ("uq_accounts_email", "INSERT INTO accounts (email) VALUES ('ada@example.com')"),
    ("ck_refresh_tokens_hash", "UPDATE refresh_tokens SET hash = 'a'"),
    (
        "uq_refresh_tokens_session_id",
        "INSERT INTO refresh_tokens (hash, session_id) SELECT sha256('b'), id FROM account_sessions",
    ),
    ("ck_email_tokens_purpose", "UPDATE email_tokens SET purpose = 'SING'"),
    ("ck_sign_in_failures_failures", "UPDATE sign_in_failures SET failures = 0"),
    ("ck_platform_members_role", "UPDATE platform_members SET role = 'OWNER'"),
    ("ck_customers_currency", "UPDATE customers SET currency = 'usd'"),
    ("ck_customers_interests", "UPDATE customers SET interests = array_fill('a'::text, ARRAY[51])"),
    ("ck_customers_display_name", "UPDATE customers SET display_name = ''"),
    ("uq_customers_account_id", "INSERT INTO customers (account_id, display_name) SELECT id, 'Twin' FROM accounts"),
    ("ck_customer_addresses_country", "UPDATE customer_addresses SET country = 'Germany'"),
    (
        "uq_customer_addresses_preferred",
        """INSERT INTO customer_addresses (customer_id, name, line1, city, postal_code, country, preferred)
           SELECT id, 'Ada', '1 Road', 'Ulm', '89073', 'DE', true FROM customers""",
    ),
    ("ck_merchant_members_role", "UPDATE merchant_members SET role = 'ADMIN'"),
    ("ck_merchant_invitations_role", "UPDATE merchant_invitations SET role = 'ADMIN'"),
    (
        "uq_merchant_invitations_merchant_id_email",
        """INSERT INTO merchant_invitations (merchant_id, email, role, expires_at)
           SELECT id, 'b@x', 'PACKER', now() FROM merchants""",
    ),
    ("ck_merchant_legal_details_country", "UPDATE merchant_legal_details SET country = 'de'"),
    ("ck_merchant_legal_details_filled", "UPDATE merchant_legal_details SET name = ''"),
    ("ck_merchant_legal_details_filled", "UPDATE merchant_legal_details SET postal_code = ''"),
    ("ck_merchant_legal_details_tax_number", "UPDATE merchant_legal_details SET tax_number = 'DE1'"),
    ("ck_merchant_legal_details_tax_number", "UPDATE merchant_legal_details SET tax_number = '<1234>'"),
    ("ck_merchant_documents_kind", "UPDATE merchant_documents SET kind = 'POEM'"),
    ("ck_merchant_documents_state", "UPDATE merchant_documents SET state = 'LOST', size_bytes = 1"),
    ("ck_merchant_documents_size_bytes", "UPDATE merchant_documents SET state = 'SUBMITTED', size_bytes = 0"),
    ("ck_merchant_documents_awaited", "UPDATE merchant_documents SET state = 'ACCEPTED'"),
    ("ck_merchant_documents_awaited", "UPDATE merchant_documents SET size_bytes = 1"),
    ("ck_partners_kind", "UPDATE partners SET kind = 'MAGIC'"),
    ("ck_partners_name", "UPDATE partners SET name = ''"),
    ("ck_api_keys_hash", "UPDATE api_keys SET hash = 'a'"),
    ("ck_idempotency_keys_fingerprint", "UPDATE idempotency_keys SET fingerprint = 'a'"),
    ("ck_mails_attempts", "UPDATE mails SET attempts = -1"),
]
