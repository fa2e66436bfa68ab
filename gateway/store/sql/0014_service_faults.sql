-- The register of faults: a row when one is complained of, another for all that is noted of it later. Neither is changed.

CREATE TABLE service_faults (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind          text   NOT NULL,            -- fault: of the communication; other: any other complaint (S4-4.7)
    account       text   NOT NULL DEFAULT '', -- who complained
    channel       text   NOT NULL DEFAULT '', -- where it was
    words         text   NOT NULL,
    cause         text   NOT NULL,            -- client, provider, carrier, network, unknown
    began_ms      bigint NOT NULL,
    complained_ms bigint NOT NULL,
    reply_by_ms   bigint NOT NULL,
    created_ms    bigint NOT NULL,
    actor         text   NOT NULL
);
CREATE INDEX service_faults_complained ON service_faults (complained_ms);

CREATE TABLE service_fault_notes (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fault      bigint NOT NULL REFERENCES service_faults,
    what       text   NOT NULL,               -- ended, answered, cause, proof
    at_ms      bigint NOT NULL,
    travel_s   integer NOT NULL DEFAULT 0,    -- ended: on the way to the place, not counted as repair
    value      text   NOT NULL DEFAULT '',    -- cause: the new one; proof: SHA-256 of the file
    words      text   NOT NULL DEFAULT '',    -- proof: the file's name
    created_ms bigint NOT NULL,
    actor      text   NOT NULL
);
CREATE INDEX service_fault_notes_fault ON service_fault_notes (fault);
