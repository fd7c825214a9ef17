-- The latest moment that the server has seen, so that a clock that is set back is noticed.
CREATE TABLE moments (
    name TEXT    NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
