import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.metastore.HiveMetaStoreClient;
import org.apache.hadoop.hive.metastore.TableType;
import org.apache.hadoop.hive.metastore.api.*;

/** The ordinary life of databases, tables and partitions through HiveMetaStoreClient; compiled and run with the jars of 2.3.9, 3.1.3, 4.0.1 and 4.1.0. */
public class ClientSmoke {
  static int checks = 0;
  static void check(boolean ok, String what) {
    checks++;
    if (!ok) { System.out.println("FAILED " + what); System.exit(1); }
  }
  static Partition part(Table t, String... values) {
    Partition p = new Partition();
    p.setDbName(t.getDbName());
    p.setTableName(t.getTableName());
    try {   // 2.3 knows no catalogs
      Partition.class.getMethod("setCatName", String.class).invoke(p, Table.class.getMethod("getCatName").invoke(t));
    } catch (ReflectiveOperationException e) { }
    p.setValues(Arrays.asList(values));
    p.setSd(new StorageDescriptor(t.getSd()));
    p.getSd().setLocation(null);
    p.setParameters(new HashMap<>());
    return p;
  }
  /** 2.3 takes a HiveConf, later releases a Configuration. */
  static HiveMetaStoreClient connect(Configuration conf) throws Exception {
    try {
      return HiveMetaStoreClient.class.getConstructor(Configuration.class).newInstance(conf);
    } catch (NoSuchMethodException e) {
      Class<?> c = Class.forName("org.apache.hadoop.hive.conf.HiveConf");
      Configuration h = (Configuration) c.getConstructor().newInstance();
      for (Map.Entry<String, String> x : conf) h.set(x.getKey(), x.getValue());
      return HiveMetaStoreClient.class.getConstructor(c).newInstance(h);
    }
  }
  /** 4.x asks for the engine. */
  static List<?> columnStatistics(HiveMetaStoreClient c, String db) throws Exception {
    List<String> id = Collections.singletonList("id");
    try {
      return (List<?>) c.getClass().getMethod("getTableColumnStatistics", String.class, String.class, List.class, String.class).invoke(c, db, "t", id, "hive");
    } catch (NoSuchMethodException e) {
      return (List<?>) c.getClass().getMethod("getTableColumnStatistics", String.class, String.class, List.class).invoke(c, db, "t", id);
    }
  }
  public static void main(String[] a) throws Exception {
    String db = a[1];
    Configuration conf = new Configuration(false);
    conf.set("hive.metastore.uris", a[0]);
    conf.set("metastore.thrift.uris", a[0]);
    for (int i = 2; i < a.length; i++) {   // key=value
      int eq = a[i].indexOf('=');
      conf.set(a[i].substring(0, eq), a[i].substring(eq + 1));
    }
    HiveMetaStoreClient c = connect(conf);
    check(c.getAllDatabases().contains("default"), "default database");
    Database d = new Database(db, "smoke", null, new HashMap<>());
    c.createDatabase(d);
    check("smoke".equals(c.getDatabase(db).getDescription()), "description");
    try { c.createDatabase(d); check(false, "duplicate"); } catch (AlreadyExistsException e) { checks++; }
    Table t = new Table();
    t.setDbName(db);
    t.setTableName("t");
    t.setTableType(TableType.EXTERNAL_TABLE.name());
    Map<String, String> p = new HashMap<>();
    p.put("EXTERNAL", "TRUE");
    t.setParameters(p);
    SerDeInfo serde = new SerDeInfo("s", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", new HashMap<>());
    List<FieldSchema> cols = new ArrayList<>(Arrays.asList(new FieldSchema("id", "int", "c"), new FieldSchema("v", "string", null)));
    t.setSd(new StorageDescriptor(cols, null, "i", "o", false, 0, serde, new ArrayList<>(), new ArrayList<>(), new HashMap<>()));
    t.setPartitionKeys(Arrays.asList(new FieldSchema("dt", "string", null), new FieldSchema("n", "int", null)));
    c.createTable(t);
    Table got = c.getTable(db, "t");
    check(got.getSd().getColsSize() == 2 && got.getPartitionKeysSize() == 2, "columns");
    check(c.tableExists(db, "t") && !c.tableExists(db, "nope"), "tableExists");
    check(c.getAllTables(db).equals(Collections.singletonList("t")), "getAllTables");
    check(c.getTableObjectsByName(db, Arrays.asList("t", "nope")).size() == 1, "getTableObjectsByName");
    try { c.getTable(db, "nope"); check(false, "missing table"); } catch (NoSuchObjectException e) { checks++; }
    c.add_partition(part(got, "a", "1"));
    c.add_partitions(new ArrayList<>(Arrays.asList(part(got, "a", "2"), part(got, "b", "3"))));
    try { c.add_partition(part(got, "a", "1")); check(false, "duplicate partition"); } catch (AlreadyExistsException e) { checks++; }
    check(c.listPartitionNames(db, "t", (short) -1).equals(Arrays.asList("dt=a/n=1", "dt=a/n=2", "dt=b/n=3")), "names");
    check(c.listPartitions(db, "t", (short) -1).size() == 3, "listPartitions");
    check(c.listPartitionsByFilter(db, "t", "dt = 'a' and n > 1", (short) -1).size() == 1, "filter");
    check(c.getPartitionsByNames(db, "t", Arrays.asList("dt=a/n=1", "dt=b/n=3")).size() == 2, "by names");
    check(c.getPartition(db, "t", Arrays.asList("b", "3")).getValues().get(0).equals("b"), "getPartition");
    Partition changed = c.getPartition(db, "t", Arrays.asList("b", "3"));
    changed.putToParameters("k", "v");
    c.alter_partition(db, "t", changed, null);
    check("v".equals(c.getPartition(db, "t", Arrays.asList("b", "3")).getParameters().get("k")), "alter_partition");
    got.getSd().addToCols(new FieldSchema("w", "double", null));
    c.alter_table(db, "t", got);
    check(c.getTable(db, "t").getSd().getColsSize() == 3, "alter_table");
    check(c.dropPartition(db, "t", Arrays.asList("b", "3"), true), "dropPartition");
    LongColumnStatsData l = new LongColumnStatsData(1, 5);
    ColumnStatisticsData data = new ColumnStatisticsData();
    data.setLongStats(l);
    ColumnStatistics stats = new ColumnStatistics(new ColumnStatisticsDesc(true, db, "t"), Arrays.asList(new ColumnStatisticsObj("id", "int", data)));
    try {   // 4.x asks for the engine
      stats.getClass().getMethod("setEngine", String.class).invoke(stats, "hive");
    } catch (NoSuchMethodException e) { }
    check(c.updateTableColumnStatistics(stats), "updateTableColumnStatistics");
    LockRequest lock = new LockRequest(Arrays.asList(new LockComponent(LockType.EXCLUSIVE, LockLevel.TABLE, db)), "me", "here");
    lock.getComponent().get(0).setTablename("t");
    LockResponse held = c.lock(lock);
    check(held.getState() == LockState.ACQUIRED, "lock");
    c.unlock(held.getLockid());
    long txn = c.openTxn("me");
    check(!c.getValidTxns().isTxnValid(txn), "an open transaction is not valid yet");
    c.commitTxn(txn);
    check(c.getValidTxns().isTxnValid(txn), "a committed one is");
    Function f = new Function("f", db, "a.B", "me", PrincipalType.USER, 1, FunctionType.JAVA, new ArrayList<>());
    c.createFunction(f);
    check("a.B".equals(c.getFunction(db, "f").getClassName()) && c.getFunctions(db, "*").size() == 1, "functions");
    c.dropFunction(db, "f");
    Table view = new Table(got);
    view.setTableName("view1");
    view.setTableType(TableType.VIRTUAL_VIEW.name());
    view.setPartitionKeys(new ArrayList<>());
    view.setViewOriginalText("select 1");
    view.setViewExpandedText("select 1");
    view.getSd().setLocation(null);
    view.setParameters(new HashMap<>());
    c.createTable(view);
    check(c.getTables(db, "view*", TableType.VIRTUAL_VIEW).equals(Collections.singletonList("view1")), "views by type");
    c.dropTable(db, "view1");
    check(columnStatistics(c, db).size() == 1, "getTableColumnStatistics");
    Partition renamed = c.getPartition(db, "t", Arrays.asList("a", "2"));
    renamed.setValues(Arrays.asList("c", "9"));
    c.renamePartition(db, "t", Arrays.asList("a", "2"), renamed);
    check(c.listPartitionNames(db, "t", (short) -1).equals(Arrays.asList("dt=a/n=1", "dt=c/n=9")), "renamePartition");
    check(c.getCurrentNotificationEventId().getEventId() > 0, "notifications");
    c.dropTable(db, "t");
    c.dropDatabase(db);
    check(!c.getAllDatabases().contains(db), "dropDatabase");
    c.close();
    System.out.println(checks + " checks passed");
  }
}
