import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import org.apache.hadoop.hive.common.ndv.NumDistinctValueEstimator;
import org.apache.hadoop.hive.common.ndv.fm.FMSketch;
import org.apache.hadoop.hive.common.ndv.hll.HyperLogLog;
import org.apache.hadoop.hive.metastore.api.*;
import org.apache.thrift.TBase;
import org.apache.thrift.TSerializer;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.transport.TSocket;

/**
 * Puts column statistics with bit vectors of Hive's own making into a real metastore and prints what it answers, for column_stats_test.cc.
 * Compiled and run with the jars of 3.1.3 and of 4.0.1 (test/peer/metastore_stats/record).
 */
public class StatsRecorder {
  static ThriftHiveMetastore.Client c;
  static TSocket socket;
  static String[] address;
  static final String DB = "stats_recorder";

  static void connect() throws Exception {
    if (socket != null) socket.close();
    socket = new TSocket(address[0], Integer.parseInt(address[1]));
    socket.open();
    c = new ThriftHiveMetastore.Client(new TBinaryProtocol(socket));
  }
  static String hex(TBase<?, ?> o) throws Exception {
    byte[] b = new TSerializer(new TBinaryProtocol.Factory()).serialize(o);
    StringBuilder s = new StringBuilder();
    for (byte x : b) s.append(String.format("%02x", x));
    return s.toString();
  }
  static void engine(Object o) throws Exception {   // 4.x asks for it
    try { o.getClass().getMethod("setEngine", String.class).invoke(o, "hive"); } catch (NoSuchMethodException e) { }
  }

  // ---- bit vectors ----
  // kind: none, hll, fm16, fm32; values from, from + step, ...
  static NumDistinctValueEstimator vector(String kind) {
    if (kind.startsWith("fm")) return new FMSketch(Integer.parseInt(kind.substring(2)));
    if (kind.equals("hll")) return HyperLogLog.builder().setSizeOptimized().build();
    if (kind.equals("hll14")) return HyperLogLog.builder().setNumRegisterIndexBits(14).build();
    return null;
  }
  static byte[] longs(String kind, long from, long count, long step) {
    NumDistinctValueEstimator e = vector(kind);
    if (e == null) return null;
    for (long i = 0; i < count; i++) e.addToEstimator(from + i * step);
    return e.serialize();
  }
  static byte[] strings(String kind, long from, long count) {
    NumDistinctValueEstimator e = vector(kind);
    if (e == null) return null;
    for (long i = 0; i < count; i++) e.addToEstimator("value " + (from + i));
    return e.serialize();
  }

  // ---- one column's statistics of each type, from a range of values ----
  static ColumnStatisticsObj column(String type, String kind, long from, long count, long nulls) throws Exception {
    ColumnStatisticsData d = new ColumnStatisticsData();
    long high = from + count - 1;
    switch (type) {
      case "bigint": {
        LongColumnStatsData x = new LongColumnStatsData(nulls, count);
        if (count > 0) { x.setLowValue(from); x.setHighValue(high); }
        byte[] v = longs(kind, from, count, 1);
        if (v != null) x.setBitVectors(v);
        d.setLongStats(x);
        break;
      }
      case "double": {
        DoubleColumnStatsData x = new DoubleColumnStatsData(nulls, count);
        if (count > 0) { x.setLowValue(from + 0.25); x.setHighValue(high + 0.25); }
        NumDistinctValueEstimator e = vector(kind);
        if (e != null) { for (long i = 0; i < count; i++) e.addToEstimator(from + i + 0.25); x.setBitVectors(e.serialize()); }
        d.setDoubleStats(x);
        break;
      }
      case "string": {
        StringColumnStatsData x = new StringColumnStatsData(10 + from % 17, 5.5 + from % 7, nulls, count);
        byte[] v = strings(kind, from, count);
        if (v != null) x.setBitVectors(v);
        d.setStringStats(x);
        break;
      }
      case "decimal(10,2)": {
        DecimalColumnStatsData x = new DecimalColumnStatsData(nulls, count);
        if (count > 0) { x.setLowValue(decimal(from)); x.setHighValue(decimal(high)); }
        byte[] v = longs(kind, from, count, 1);
        if (v != null) x.setBitVectors(v);
        d.setDecimalStats(x);
        break;
      }
      case "date": {
        DateColumnStatsData x = new DateColumnStatsData(nulls, count);
        if (count > 0) { x.setLowValue(new Date(from)); x.setHighValue(new Date(high)); }
        byte[] v = longs(kind, from, count, 1);
        if (v != null) x.setBitVectors(v);
        d.setDateStats(x);
        break;
      }
      case "boolean": d.setBooleanStats(new BooleanColumnStatsData(count, from, nulls)); break;
      case "binary": d.setBinaryStats(new BinaryColumnStatsData(10 + from % 17, 5.5 + from % 7, nulls)); break;
      default: throw new IllegalArgumentException(type);
    }
    return new ColumnStatisticsObj("c", type, d);
  }
  static Decimal decimal(long v) throws Exception {
    Decimal d = new Decimal();
    d.setScale((short) 2);
    d.setUnscaled(java.math.BigInteger.valueOf(v * 100 + 25).toByteArray());
    return d;
  }

  // ---- cases ----
  static int tables = 0;
  static String table;

  static void begin(String name, String type, int parts) throws Exception {
    table = "t" + tables++;
    Table t = new Table();
    t.setDbName(DB);
    t.setTableName(table);
    t.setTableType("EXTERNAL_TABLE");
    t.setParameters(new HashMap<>());
    t.putToParameters("EXTERNAL", "TRUE");
    SerDeInfo serde = new SerDeInfo("s", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", new HashMap<>());
    t.setSd(new StorageDescriptor(new ArrayList<>(Arrays.asList(new FieldSchema("c", type, ""))), null, "i", "o", false, 0, serde, new ArrayList<>(),
        new ArrayList<>(), new HashMap<>()));
    t.setPartitionKeys(new ArrayList<>(Arrays.asList(new FieldSchema("p", "int", ""))));
    c.create_table(t);
    for (int i = 0; i < parts; i++) {
      Partition p = new Partition(new ArrayList<>(Arrays.asList(String.valueOf(i))), DB, table, 0, 0, new StorageDescriptor(t.getSd()), new HashMap<>());
      c.add_partition(p);
    }
    System.out.println("case " + name.replace(' ', '_') + " " + type + " " + parts);
  }
  static void put(int part, ColumnStatisticsObj o, boolean merge) throws Exception {
    ColumnStatisticsDesc d = new ColumnStatisticsDesc(part < 0, DB, table);
    if (part >= 0) d.setPartName("p=" + part);
    d.setLastAnalyzed(1600000000);
    ColumnStatistics s = new ColumnStatistics(d, new ArrayList<>(Arrays.asList(o)));
    engine(s);
    SetPartitionsStatsRequest r = new SetPartitionsStatsRequest(new ArrayList<>(Arrays.asList(s)));
    r.setNeedMerge(merge);
    engine(r);
    String bytes = hex(r);
    try {
      c.set_aggr_stats_for(r);
      System.out.println("put " + bytes);
    } catch (org.apache.thrift.TException e) {
      System.out.println("# put failed: " + e.toString().replace('\n', ' '));   // 3.1.3 hangs up: its merge expects its own subclasses
      connect();
    }
  }
  static PartitionsStatsRequest request(int... parts) throws Exception {
    List<String> names = new ArrayList<>();
    for (int p : parts) names.add("p=" + p);
    PartitionsStatsRequest r = new PartitionsStatsRequest(DB, table, new ArrayList<>(Arrays.asList("c")), names);
    engine(r);
    return r;
  }
  static void aggr(int... parts) throws Exception {
    PartitionsStatsRequest r = request(parts);
    try {
      System.out.println("aggr " + hex(r) + " " + hex(c.get_aggr_stats_for(r)));
    } catch (org.apache.thrift.TException e) {
      System.out.println("# aggr failed: " + e.toString().replace('\n', ' '));
      connect();
    }
  }
  static void parts(int... parts) throws Exception {
    PartitionsStatsRequest r = request(parts);
    System.out.println("parts " + hex(r) + " " + hex(c.get_partitions_statistics_req(r)));
  }
  static void whole() throws Exception {
    TableStatsRequest r = new TableStatsRequest(DB, table, new ArrayList<>(Arrays.asList("c")));
    engine(r);
    System.out.println("table " + hex(r) + " " + hex(c.get_table_statistics_req(r)));
  }

  public static void main(String[] a) throws Exception {
    address = a[0].split(":");
    connect();
    try { c.drop_database(DB, true, true); } catch (NoSuchObjectException e) { } catch (MetaException e) { }
    Database db = new Database(DB, "", null, new HashMap<>());
    c.create_database(db);
    System.out.println("# recorded from " + a[1]);
    for (String s : Arrays.asList(a).subList(2, a.length)) System.out.println("set " + s.replace('=', ' '));
    String[] types = {"bigint", "double", "string", "decimal(10,2)", "date", "boolean", "binary"};
    for (String type : types) {
      for (String kind : new String[] {"none", "hll", "fm16"}) {
        if (!kind.equals("none") && (type.equals("boolean") || type.equals("binary"))) continue;
        begin(kind + " all partitions", type, 5);
        for (int i = 0; i < 5; i++) put(i, column(type, kind, 100 + i * 37, 60 + i * 11, i), false);
        aggr(0, 1, 2, 3, 4);
        aggr(3, 1);
        aggr(2);
        begin(kind + " some missing", type, 6);
        for (int i : new int[] {1, 2, 4}) put(i, column(type, kind, 200 + i * 53, 70 + i * 13, 3 + i), false);
        aggr(0, 1, 2, 3, 4, 5);
        aggr(5, 4, 3, 2, 1, 0);
        aggr(0, 1);
        aggr(0, 3);
        aggr(1, 2);
        begin(kind + " merge", type, 2);
        put(0, column(type, kind, 100, 80, 3), false);
        put(0, column(type, kind, 150, 90, 4), true);
        parts(0, 1);
        put(1, column(type, kind, 100, 80, 3), true);
        parts(0, 1);
        put(-1, column(type, kind, 40, 10, 0), false);
        put(-1, column(type, kind, 10, 35, 7), true);
        whole();
      }
    }
    begin("long dense hll", "bigint", 4);
    for (int i = 0; i < 4; i++) put(i, column("bigint", "hll", i * 3000L, 5000 + i * 1000, 1), false);
    parts(0, 1, 2, 3);
    aggr(0, 1, 2, 3);
    begin("long larger hll", "bigint", 3);
    for (int i = 0; i < 3; i++) put(i, column("bigint", i == 1 ? "hll" : "hll14", i * 300L, 500 + i * 100, 1), false);
    aggr(0, 1, 2);
    aggr(1, 0);
    begin("dense and sparse hll", "bigint", 2);
    put(0, column("bigint", "hll", 0, 40, 1), false);
    put(1, column("bigint", "hll", 20, 100000, 1), false);
    aggr(0, 1);
    put(0, column("bigint", "hll", 20, 100000, 1), true);
    parts(0);
    put(1, column("bigint", "hll", 0, 40, 1), true);
    parts(1);
    begin("vectors of two kinds", "bigint", 3);
    put(0, column("bigint", "hll", 0, 40, 1), false);
    put(1, column("bigint", "fm16", 20, 50, 1), false);
    put(2, column("bigint", "none", 30, 60, 1), false);
    aggr(0, 1);
    aggr(0, 2);
    aggr(0, 1, 2);
    begin("hll into none", "bigint", 2);
    put(0, column("bigint", "none", 0, 40, 1), false);
    put(0, column("bigint", "hll", 30, 60, 1), true);
    parts(0);
    put(1, column("bigint", "hll", 0, 40, 1), false);
    put(1, column("bigint", "none", 30, 60, 1), true);
    parts(1);
    begin("fm into hll", "bigint", 2);
    put(0, column("bigint", "hll", 0, 40, 1), false);
    put(0, column("bigint", "fm16", 30, 60, 1), true);
    parts(0);
    for (String type : new String[] {"bigint", "double", "decimal(10,2)", "date"}) {
      begin("without low and high", type, 3);
      put(0, column(type, "none", 50, 20, 1), false);
      put(1, column(type, "none", 0, 0, 9), false);
      aggr(0, 1);
      put(0, column(type, "none", 0, 0, 5), true);
      parts(0);
    }
    begin("many sparse", "string", 8);
    for (int i = 0; i < 8; i++) if (i % 3 != 0) put(i, column("string", "hll", i * 100, 150, i), false);
    aggr(0, 1, 2, 3, 4, 5, 6, 7);
    System.out.println("end");
  }
}
