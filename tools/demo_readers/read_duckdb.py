"""read_duckdb.py METASTORE_PORT DATABASE TABLE: the demo's question, asked by DuckDB over the partition locations that the metastore names."""
import os
import sys
from urllib.parse import unquote, urlparse

import duckdb
from pymetastore.hive_metastore import ThriftHiveMetastore
from thrift.protocol import TBinaryProtocol
from thrift.transport import TSocket, TTransport

port, database, table = int(sys.argv[1]), sys.argv[2], sys.argv[3]
transport = TTransport.TBufferedTransport(TSocket.TSocket("127.0.0.1", port))
client = ThriftHiveMetastore.Client(TBinaryProtocol.TBinaryProtocol(transport))
transport.open()
files = []
for partition in client.get_partitions(database, table, -1):
    folder = unquote(urlparse(partition.sd.location).path)
    files += [os.path.join(folder, f) for f in os.listdir(folder) if not f.startswith((".", "_"))]
transport.close()
print(f"{len(files)} files", file=sys.stderr)
rows = duckdb.sql(f"SELECT origin, COUNT(*), SUM(delay), SUM(distance) FROM read_parquet({files!r}) GROUP BY origin ORDER BY origin").fetchall() if files else []
for row in rows:
    print("\t".join(str(v) for v in row))
