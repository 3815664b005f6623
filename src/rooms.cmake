# The one table of rooms. CMake builds a target from each row, tools/tidy checks every #include against it.
#
#   tarn_room(name LEVEL n USES room... [FOREIGN lib...] [ARROW] SAYS "one sentence")
#
# A room is src/<name>, namespace tarn::<name> (base: tarn), target tarn_<name>, include prefix "<name>/".
# Includes may only point to the rooms in USES. FOREIGN names the libraries whose headers this room is landlord of.
# ARROW rooms may see Arrow and use its precompiled header; the others must stay free of it (the metastore's process is tiny).
tarn_room(base      LEVEL 0 USES FOREIGN fmt spdlog SAYS "Result, ids, clock, log, crash points, bounded queues.")
tarn_room(config    LEVEL 1 USES base FOREIGN yaml SAYS "Every option once: key, type, default, bounds, sentence.")
tarn_room(net       LEVEL 1 USES base config FOREIGN openssl json SAYS "Sockets, HTTP, TLS: bytes in, bytes out.")
tarn_room(types     LEVEL 1 ARROW USES base SAYS "Logical types, schemas, row kinds; the only map SQL <-> Arrow <-> Hive <-> Parquet.")
tarn_room(batch     LEVEL 1 ARROW USES base types SAYS "The thing that flows: columns, row kinds, watermarks, barriers.")
tarn_room(sql       LEVEL 2 USES base SAYS "Text to tokens to tree to text. Knows no catalog, no engine.")
tarn_room(expr      LEVEL 2 ARROW USES base types batch config SAYS "Typed expressions over batches; the function registry's contract.")
tarn_room(wire      LEVEL 2 USES base config net SAYS "Protocol bytes: Metastore Thrift structs and their client. No decisions.")
tarn_room(table     LEVEL 3 ARROW USES base types batch config expr SAYS "Contracts: Catalog, Source, Sink, Format, and the registry of factories.")
tarn_room(state     LEVEL 3 ARROW USES base types batch SAYS "Keyed state, timers, snapshots: contract and memory form.")
tarn_room(plan      LEVEL 4 ARROW USES base types batch config sql expr table SAYS "Bind, rewrite, choose; out comes a physical plan, plain data. Opens nothing.")
tarn_room(flow      LEVEL 5 ARROW USES base types batch config expr table state plan SAYS "Operators, tasks, exchange, watermarks, barriers: batches in, batches out.")
tarn_room(metastore LEVEL 6 USES base config net wire FOREIGN sqlite postgres mysql ldap SAYS "The Hive Metastore: model, store, rules. Never sql, plan, flow.")
tarn_room(objectstore LEVEL 7 ARROW USES base metastore SAYS "Directories in S3 and Azure: a module that the metastore loads when it must.")
tarn_room(job       LEVEL 6 ARROW USES base types batch config expr table state plan flow SAYS "Submit, run, checkpoint, restore, cancel.")
tarn_room(session   LEVEL 7 ARROW USES base types batch config sql expr table plan flow job SAYS "One user: SET, current catalog, temporary objects, execute(statement).")
tarn_room(gateway   LEVEL 8 ARROW USES base types batch config net sql table job session FOREIGN json SAYS "Doors: Flink SQL Gateway REST, job REST, metrics, status page.")
