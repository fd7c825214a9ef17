-- Ids of all that was ended before its time: of access tokens, and of the refresh families and sessions that access
-- tokens are given with.
ALTER TABLE ended_tokens RENAME TO endings;
DROP INDEX ended_tokens_by_end;
CREATE INDEX endings_by_end ON endings (remember_until);
-- No access token of a family is younger than its last exchange, and none lives longer than 31 days.
INSERT OR IGNORE INTO endings (id, remember_until)
    SELECT id, turned_at + 2678400000 FROM families WHERE ended IS NOT NULL;
