-- Data as a catalog of version V4 has it: files with copies, metadata, provenance, history; half of its
-- totals folded.
INSERT INTO site(name) VALUES ('madison'), ('nersc');
INSERT INTO level(name) VALUES ('L2'), ('GCD');
INSERT INTO data_type(name) VALUES ('real');
INSERT INTO verification(name) VALUES ('read back: sha512');
INSERT INTO dir(parent_id, path) VALUES (1, '/data'), (2, '/data/exp'), (3, '/data/exp/2017');
INSERT INTO file(size, checksum_key, dir_id, run, season, level, data_type, name, sha512, metadata)
  SELECT 1000 + i, ('x' || left(h, 16))::bit(64)::bigint, 4, 130480 + i, 2017, 1 + i % 2, 1,
    'file' || i || '.i3.zst', decode(h, 'hex'), jsonb_build_object('n', i)
  FROM (SELECT i, repeat(md5(i::text), 4) AS h FROM generate_series(0, 99) i) f;
INSERT INTO replica(file_id, site, state, verified, verified_how)
  SELECT id, 1, 2, now(), 1 FROM file;
INSERT INTO volume SELECT site, state, verified, season, level, data_type, sum(files), sum(bytes)
  FROM volume_delta GROUP BY 1, 2, 3, 4, 5, 6;
DELETE FROM volume_delta;
INSERT INTO replica(file_id, site, state, path)
  SELECT id, 2, 2, '/archive/' || name FROM file;
INSERT INTO provenance(child, parent) SELECT id, (SELECT min(id) FROM file) FROM file
  WHERE id > (SELECT min(id) FROM file);
INSERT INTO history(subject_kind, subject_id, who, why, to_state)
  SELECT 'file', id::text, 'me', 'taken in', 'live' FROM file;
