-- What a node sees of its own traffic and wants to know after a restart. None of it is history: it is bounded by days
-- (gateway.node.observing) and proves nothing.

-- Ends of segments that a channel took, by the hour (hours of unix time).
CREATE TABLE delivery_hours (
    node      integer NOT NULL,
    hour      integer NOT NULL,
    channel   text    NOT NULL,
    account   text    NOT NULL,
    signature text    NOT NULL,       -- empty: unsigned
    delivered bigint  NOT NULL,
    failed    bigint  NOT NULL,
    unknown   bigint  NOT NULL,       -- without an answer or a receipt
    PRIMARY KEY (node, hour, channel, account, signature)
);

-- When the share of deliveries of a channel with an account or a signature fell below its usual, and what came of it.
CREATE TABLE delivery_changes (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node    integer          NOT NULL,
    at_ms   bigint           NOT NULL,
    channel text             NOT NULL,
    kind    text             NOT NULL,  -- account, signature
    name    text             NOT NULL,
    state   text             NOT NULL,  -- low, trial, usual
    usual   double precision NOT NULL,  -- shares
    recent  double precision NOT NULL,
    finals  bigint           NOT NULL   -- that `recent` was made of
);
CREATE INDEX delivery_changes_at ON delivery_changes (node, at_ms);

-- Figures of a node at the end of each minute (minutes of unix time): {"node": {…}, "channel/east": {…}}.
CREATE TABLE minute_samples (
    node    integer NOT NULL,
    minute  integer NOT NULL,
    figures jsonb   NOT NULL,
    PRIMARY KEY (node, minute)
);
