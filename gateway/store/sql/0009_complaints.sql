-- Complaints and what they did to ports: rare facts, append-only; only the snapshots are replaced.

CREATE TABLE complaints (
    id           bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number       text     NOT NULL,   -- who complained
    code         text     NOT NULL,   -- the code as it was reported
    account      text     NOT NULL,   -- empty: no account owns the code
    ports        text[]   NOT NULL,   -- keys of the ports it belongs to: a service code, or channel:NAME
    made_on      date     NOT NULL,   -- natural day, China time
    arrived_ms   bigint   NOT NULL,
    recorded_ms  bigint   NOT NULL,   -- it acts from then on
    source       text     NOT NULL,   -- 12321, carrier, hotline
    ref          text     NOT NULL,
    kind         text     NOT NULL,   -- nine_forbidden, five_kinds, unsolicited, other
    cause        text     NOT NULL,   -- client, carrier
    words        text     NOT NULL,
    reply_by_ms  bigint   NOT NULL,
    duplicate_of bigint,
    actor        text     NOT NULL
);
CREATE INDEX complaints_alike ON complaints (number, made_on);
CREATE INDEX complaints_day ON complaints (made_on);
CREATE UNIQUE INDEX complaints_ref ON complaints (source, ref) WHERE ref <> '';

CREATE TABLE complaint_notes (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint bigint NOT NULL REFERENCES complaints,
    at_ms     bigint NOT NULL,
    what      text   NOT NULL,        -- judged, answered, linked
    value     text   NOT NULL,
    words     text   NOT NULL,
    actor     text   NOT NULL
);
CREATE INDEX complaint_notes_of ON complaint_notes (complaint);

-- What operators ordered of ports and channels.
CREATE TABLE port_orders (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    port  text   NOT NULL,
    at_ms bigint NOT NULL,
    what  text   NOT NULL,            -- rectify, leave_mo_opt_in, rate, isolate, drain, resume
    value text   NOT NULL,
    words text   NOT NULL,
    actor text   NOT NULL
);
CREATE INDEX port_orders_port ON port_orders (port, id);

CREATE TABLE port_changes (
    id         bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    port       text    NOT NULL,
    day        date    NOT NULL,      -- the first day it holds, China time
    rule       text    NOT NULL,      -- row of the annex; J: judged again
    clause     text    NOT NULL,
    state      text    NOT NULL,
    rate       double precision NOT NULL,
    mo_opt_in  boolean NOT NULL,
    next_check date,
    at_ms      bigint  NOT NULL       -- when it was written down
);
CREATE INDEX port_changes_port ON port_changes (port, id);

CREATE TABLE port_notices (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    port    text   NOT NULL,
    account text   NOT NULL,
    at_ms   bigint NOT NULL,
    clause  text   NOT NULL,
    title   text   NOT NULL,
    text    text   NOT NULL
);
CREATE INDEX port_notices_port ON port_notices (port, id);

-- Where each port stands: what a restart goes on from.
CREATE TABLE port_snapshots (
    port   text   PRIMARY KEY,
    state  text   NOT NULL,           -- JSON, gateway.contracts.port_record
    at_ms  bigint NOT NULL
);

CREATE TABLE incidents (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel    text   NOT NULL,
    kind       text   NOT NULL,       -- down
    started_ms bigint NOT NULL,
    noted_ms   bigint NOT NULL
);
CREATE TABLE incident_ends (
    incident   bigint PRIMARY KEY REFERENCES incidents,
    ended_ms   bigint NOT NULL,
    waited     bigint NOT NULL,       -- messages that waited for the channel when it ended
    unknown    bigint NOT NULL        -- segments left without an answer meanwhile
);
