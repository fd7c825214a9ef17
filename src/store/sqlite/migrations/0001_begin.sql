-- Times are epoch milliseconds. Ids of 20 bytes begin with the week in which the row ends at the latest, so rows that
-- are over stand together. Nothing here can be presented: codes, states and cookies are hashes, tokens are not kept.

CREATE TABLE users (
    user_id      TEXT    NOT NULL PRIMARY KEY,
    -- NULL once the user was deleted: the id is not given again.
    profile      TEXT,
    credentials  TEXT    NOT NULL,
    origin       BLOB    NOT NULL,
    blocked      INTEGER NOT NULL,
    logins_count INTEGER NOT NULL,
    last_login   INTEGER,
    last_ip      TEXT,
    changed_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE identifiers (
    name       TEXT NOT NULL,
    connection TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    PRIMARY KEY (name, connection, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX identifiers_of_user ON identifiers (user_id);

CREATE TABLE sessions (
    id               BLOB    NOT NULL PRIMARY KEY,
    cookie           BLOB,
    -- The machine client that holds it, where no browser does.
    machine          TEXT,
    user_id          TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    authenticated_at INTEGER NOT NULL,
    last_seen        INTEGER NOT NULL,
    idle_until       INTEGER NOT NULL,
    ends_at          INTEGER NOT NULL,
    cookie_mode      TEXT    NOT NULL,
    methods          TEXT    NOT NULL,
    metadata         TEXT    NOT NULL,
    device           TEXT    NOT NULL,
    connection       TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sessions_by_cookie ON sessions (cookie) WHERE cookie IS NOT NULL;
CREATE INDEX sessions_of_user ON sessions (user_id);

CREATE TABLE participants (
    session   BLOB    NOT NULL,
    place     INTEGER NOT NULL,
    client_id TEXT    NOT NULL,
    -- What single logout has to know of a service provider; NULL for an application that got tokens.
    saml      TEXT,
    PRIMARY KEY (session, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE families (
    id            BLOB    NOT NULL PRIMARY KEY,
    key_number    INTEGER NOT NULL,
    generation    INTEGER NOT NULL,
    turned_at     INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    idle_until    INTEGER,
    ends_at       INTEGER,
    ended         TEXT,
    rotating      INTEGER NOT NULL,
    client_id     TEXT    NOT NULL,
    user_id       TEXT    NOT NULL,
    session       BLOB,
    outlived      INTEGER NOT NULL,
    granted       TEXT    NOT NULL,
    metadata      TEXT    NOT NULL,
    device        TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX families_of_user ON families (user_id);
CREATE INDEX families_of_session ON families (session) WHERE session IS NOT NULL;

CREATE TABLE codes (
    hash       BLOB    NOT NULL PRIMARY KEY,
    client_id  TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    session    BLOB,
    content    BLOB    NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    -- What it gave.
    family      BLOB,
    token       BLOB,
    token_until INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_by_end ON codes (expires_at);

CREATE TABLE ended_tokens (
    id        BLOB    NOT NULL PRIMARY KEY,
    remember_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ended_tokens_by_end ON ended_tokens (remember_until);

CREATE TABLE logins (
    id         BLOB    NOT NULL PRIMARY KEY,
    browser    BLOB,
    machine    TEXT,
    content    BLOB    NOT NULL,
    version    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX logins_by_end ON logins (expires_at);

CREATE TABLE consents (
    user_id   TEXT    NOT NULL,
    client_id TEXT    NOT NULL,
    audience  TEXT    NOT NULL,
    scopes    TEXT    NOT NULL,
    given_at  INTEGER NOT NULL,
    PRIMARY KEY (user_id, client_id, audience)
) STRICT, WITHOUT ROWID;

CREATE TABLE used_ids (
    hash      BLOB    NOT NULL PRIMARY KEY,
    remember_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX used_ids_by_end ON used_ids (remember_until);

CREATE TABLE failures (
    of_whom   BLOB    NOT NULL PRIMARY KEY,
    failed    INTEGER NOT NULL,
    remember_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE action_cache (
    name       TEXT    NOT NULL PRIMARY KEY,
    place      INTEGER NOT NULL,
    value      TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
