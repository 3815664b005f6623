"""read_spark.py METASTORE_URI TABLE: the demo's question, asked by PySpark, which knows nothing but the metastore's address."""
import atexit
import os
import shutil
import sys
import tempfile

from pyspark.sql import SparkSession

uri, table = sys.argv[1:3]
scratch = tempfile.mkdtemp(prefix="tarn-spark-")
os.chdir(scratch)
atexit.register(shutil.rmtree, scratch, True)
os.environ["JAVA_TOOL_OPTIONS"] = f"-Djava.io.tmpdir={scratch} -XX:-UsePerfData"   # nothing stays behind in /tmp
spark = (SparkSession.builder.master("local[2]").appName("tarn demo").config("spark.ui.enabled", "false").config("spark.driver.bindAddress", "127.0.0.1")
         .config("spark.driver.host", "127.0.0.1").config("spark.sql.warehouse.dir", scratch).config("spark.sql.shuffle.partitions", "2")
         .config("spark.hadoop.hive.metastore.uris", uri).enableHiveSupport().getOrCreate())
spark.sparkContext.setLogLevel("ERROR")
for row in spark.sql(f"SELECT origin, COUNT(*) AS n, SUM(delay) AS delay, SUM(distance) AS distance FROM {table} GROUP BY origin ORDER BY origin").collect():
    print("\t".join(str(v) for v in row))
spark.stop()
