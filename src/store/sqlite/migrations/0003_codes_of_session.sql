-- A session that ends with its refresh families ends its codes, too.
CREATE INDEX codes_of_session ON codes (session) WHERE used_at IS NULL;
