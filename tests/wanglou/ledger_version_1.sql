-- A ledger as it was before there was an audit, with one capture of two segments.
PRAGMA journal_mode = WAL;
CREATE TABLE versions (
    component VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (component)
);
CREATE TABLE layouts (
    id VARCHAR NOT NULL,
    columns VARCHAR NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE discards (
    path VARCHAR NOT NULL,
    PRIMARY KEY (path)
);
CREATE TABLE captures (
    identity VARCHAR NOT NULL,
    "key" VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    enterprise VARCHAR NOT NULL,
    size_bytes BIGINT NOT NULL,
    parser_digest VARCHAR NOT NULL,
    cut VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    counters VARCHAR NOT NULL,
    detection_digest VARCHAR NOT NULL,
    PRIMARY KEY (identity),
    UNIQUE ("key")
);
CREATE TABLE segments (
    path VARCHAR NOT NULL,
    capture VARCHAR NOT NULL,
    dataset VARCHAR NOT NULL,
    day VARCHAR NOT NULL,
    hour INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    rows BIGINT NOT NULL,
    min_ns BIGINT NOT NULL,
    max_ns BIGINT NOT NULL,
    digest VARCHAR NOT NULL,
    size_bytes BIGINT NOT NULL,
    layout VARCHAR NOT NULL,
    PRIMARY KEY (path),
    FOREIGN KEY(capture) REFERENCES captures (identity),
    FOREIGN KEY(layout) REFERENCES layouts (id)
);
CREATE INDEX ix_segments_capture ON segments (capture);
CREATE INDEX segments_by_day ON segments (dataset, day);
INSERT INTO versions VALUES ('ledger', 1), ('lake', 1);
INSERT INTO captures VALUES (
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@chem', 'aaaaaaaaaaaaaaaa@chem', 'plant.pcap', 'chem', 1234, 'parser-1', 'cut-1', 'complete', '{"packets": 24}', 'rules-1'
);
INSERT INTO layouts VALUES ('0123456789abcdef', '["@timestamp"]');
INSERT INTO segments VALUES
    ('flow/a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@chem', 'flow', '2026-09-21', 3, 0, 2, 100, 200, 'd1', 5, '0123456789abcdef'),
    ('modbus/a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@chem', 'modbus', '2026-09-21', 3, 0, 10, 100, 200, 'd2', 7, '0123456789abcdef');
