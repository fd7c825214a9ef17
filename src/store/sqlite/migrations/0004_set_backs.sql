-- Times at which the clock was set back, so that a token, which is kept nowhere, stays over once it was.
CREATE TABLE set_backs (
    back_to INTEGER NOT NULL PRIMARY KEY,
    latest  INTEGER NOT NULL
) STRICT;
