import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.hive.metastore.api.FieldSchema;
import org.apache.hadoop.hive.ql.exec.FunctionRegistry;
import org.apache.hadoop.hive.ql.exec.SerializationUtilities;
import org.apache.hadoop.hive.ql.optimizer.ppr.PartitionExpressionForMetastore;
import org.apache.hadoop.hive.ql.plan.*;
import org.apache.hadoop.hive.ql.udf.generic.GenericUDF;
import org.apache.hadoop.hive.serde2.typeinfo.*;

/** Prints predicates as Hive's own planner objects serialise them, for expression_test.cc: one line each, "text TAB hex TAB which of the partitions Hive's own
 * pruner keeps (one digit each) TAB whether it could not tell for some". The partitions stand in the lines that begin with "partition".
 * Second argument "numbers": decimals and times. */
public class ExprRecorder {
  static ExprNodeDesc col(String name, TypeInfo t) { return new ExprNodeColumnDesc(t, name, "t", true); }
  static ExprNodeDesc s() { return col("s", TypeInfoFactory.stringTypeInfo); }
  static ExprNodeDesc i() { return col("i", TypeInfoFactory.intTypeInfo); }
  static ExprNodeDesc l() { return col("l", TypeInfoFactory.longTypeInfo); }
  static ExprNodeDesc d() { return col("d", TypeInfoFactory.dateTypeInfo); }
  static ExprNodeDesc v() { return col("v", TypeInfoFactory.getVarcharTypeInfo(10)); }
  static ExprNodeDesc c(Object v) { return new ExprNodeConstantDesc(v); }
  static ExprNodeDesc typed(TypeInfo t, Object v) { return new ExprNodeConstantDesc(t, v); }
  static ExprNodeDesc date(String text) throws Exception {
    try {
      Object v = Class.forName("org.apache.hadoop.hive.common.type.Date").getMethod("valueOf", String.class).invoke(null, text);
      return new ExprNodeConstantDesc(TypeInfoFactory.dateTypeInfo, v);
    } catch (ClassNotFoundException e) {
      return new ExprNodeConstantDesc(TypeInfoFactory.dateTypeInfo, java.sql.Date.valueOf(text));
    }
  }
  static ExprNodeGenericFuncDesc f(String name, ExprNodeDesc... args) throws Exception {
    GenericUDF udf = FunctionRegistry.getFunctionInfo(name).getGenericUDF();
    return ExprNodeGenericFuncDesc.newInstance(udf, name, new ArrayList<>(Arrays.asList(args)));
  }
  static ExprNodeGenericFuncDesc cast(PrimitiveTypeInfo to, ExprNodeDesc e) throws Exception {
    String name = to.getTypeName();
    GenericUDF udf = FunctionRegistry.getFunctionInfo(name.startsWith("varchar") ? "varchar" : name.startsWith("decimal") ? "decimal" : name).getGenericUDF();
    if (udf instanceof org.apache.hadoop.hive.ql.udf.SettableUDF) ((org.apache.hadoop.hive.ql.udf.SettableUDF) udf).setTypeInfo(to);
    return ExprNodeGenericFuncDesc.newInstance(udf, new ArrayList<>(Arrays.asList(e)));
  }
  // Built as Spark and HCatalog build theirs: without initialising the function.
  static ExprNodeGenericFuncDesc bare(String name, ExprNodeDesc... args) throws Exception {
    return new ExprNodeGenericFuncDesc(TypeInfoFactory.booleanTypeInfo, FunctionRegistry.getFunctionInfo(name).getGenericUDF(), new ArrayList<>(Arrays.asList(args)));
  }
  // What each release's client sends: 3.x the object alone, 4.x its class before it.
  static byte[] bytes(ExprNodeGenericFuncDesc e) throws Exception {
    for (java.lang.reflect.Method m : SerializationUtilities.class.getMethods()) {
      if (m.getName().equals("serializeExpressionToKryo") || m.getName().equals("serializeObjectWithTypeInformation")) return (byte[]) m.invoke(null, e);
    }
    throw new IllegalStateException("no way to serialise an expression");
  }
  static void say(String text, ExprNodeGenericFuncDesc e) throws Exception {
    StringBuilder h = new StringBuilder();
    for (byte x : bytes(e)) h.append(String.format("%02x", x));
    String kept;
    try {
      List<String> left = new ArrayList<>(partitions);
      boolean unknown = filter(bytes(e), left);
      StringBuilder k = new StringBuilder();
      for (String n : partitions) k.append(left.contains(n) ? '1' : '0');
      kept = k + "\t" + (unknown ? "unknown" : "known");
    } catch (Exception x) {
      kept = "-\tfailed";
    }
    System.out.println(text + "\t" + h + "\t" + kept);
  }
  static List<FieldSchema> keys = Arrays.asList(new FieldSchema("s", "string", ""), new FieldSchema("i", "int", ""), new FieldSchema("l", "bigint", ""),
      new FieldSchema("d", "date", ""), new FieldSchema("v", "varchar(10)", ""));
  static boolean filter(byte[] expr, List<String> left) throws Exception {
    Object pruner = new PartitionExpressionForMetastore();
    for (java.lang.reflect.Method m : pruner.getClass().getMethods()) {
      if (!m.getName().equals("filterPartitionsByExpr")) continue;
      try {
        if (m.getParameterCount() == 4) return (Boolean) m.invoke(pruner, keys, expr, DEFAULT, left);
        List<String> names = new ArrayList<>();                  // Hive 2.3
        List<PrimitiveTypeInfo> types = new ArrayList<>();
        for (FieldSchema k : keys) { names.add(k.getName()); types.add((PrimitiveTypeInfo) TypeInfoUtils.getTypeInfoFromTypeString(k.getType())); }
        return (Boolean) m.invoke(pruner, names, types, expr, DEFAULT, left);
      } catch (java.lang.reflect.InvocationTargetException x) {
        throw (Exception) x.getCause();
      }
    }
    throw new IllegalStateException("no pruner");
  }
  static final String DEFAULT = "__HIVE_DEFAULT_PARTITION__";
  static List<String> partitions = new ArrayList<>();
  static void makePartitions() {
    String[] s = {"a", "b", "B", "c", "bcd", "7", "caf%u", DEFAULT, "b c"}, i = {"1", "2", "3", "4", "7", DEFAULT, "-2", "100000"};
    String[] l = {"5", "12345678901", "-12345678902", "3", DEFAULT}, d = {"2024-01-01", "2024-01-02", "2024-01-03", "1969-12-30", DEFAULT}, v = {"x", "y", DEFAULT, "x y"};
    for (int n = 0; n < 60; n++) {
      String sv = s[n % s.length].equals("caf%u") ? "caf\u00e9 \u65e5" : s[n % s.length];
      partitions.add("s=" + sv + "/i=" + i[(n * 3 + n / 9) % i.length] + "/l=" + l[n % l.length] + "/d=" + d[(n / 2) % d.length] + "/v=" + v[(n / 3) % v.length]);
    }
    for (String n : partitions) System.out.println("partition\t" + n);
  }

  public static void main(String[] a) throws Exception {
    System.out.println("# recorded with hive-exec " + a[0]);
    if (a.length > 1 && a[1].equals("numbers")) { numbers(); return; }
    makePartitions();
    say("s = default partition", f("=", s(), c(DEFAULT)));
    say("i <> null or s = 'b'", f("or", f("<>", i(), typed(TypeInfoFactory.intTypeInfo, null)), f("=", s(), c("b"))));
    say("i in (1, null)", f("in", i(), c(1), typed(TypeInfoFactory.intTypeInfo, null)));
    say("s > 3", f(">", s(), c(3)));
    say("l = i", f("=", l(), i()));
    say("l > i and s < v", f("and", f(">", l(), i()), f("<", s(), v())));
    say("l in (3, 5)", f("in", l(), c(3L), c(5L)));
    say("s like '_'", f("like", s(), c("_")));
    say("s like '%c%'", f("like", s(), c("%c%")));
    say("not (s is null) and not (i > 2)", f("and", f("not", f("isnull", s())), f("not", f(">", i(), c(2)))));
    say("cast(l as int) = 5", f("=", cast(TypeInfoFactory.intTypeInfo, l()), c(5)));
    say("cast(s as double) = 7.0", f("=", cast(TypeInfoFactory.doubleTypeInfo, s()), c(7.0)));
    say("cast(s as date) = d", f("=", cast(TypeInfoFactory.dateTypeInfo, s()), d()));
    say("cast(i as varchar(10)) = v", f("=", cast(TypeInfoFactory.getVarcharTypeInfo(10), i()), v()));
    say("d <> '2024-01-02' and d is not null", f("and", f("<>", d(), c("2024-01-02")), f("isnotnull", d())));
    say("d > 'no date'", f(">", d(), c("no date")));
    say("i between 2.5 and 7.5", f("between", c(false), i(), c(2.5), c(7.5)));
    say("s between 'b' and 'bz' or v = 'y'", f("or", f("between", c(false), s(), c("b"), c("bz")), f("=", v(), c("y"))));
    say("s = 'b'", f("=", s(), c("b")));
    say("s = 'caf\u00e9 \u65e5'", f("=", s(), c("caf\u00e9 \u65e5")));
    say("s = ''", f("=", s(), c("")));
    say("'b' = s", f("=", c("b"), s()));
    say("s <> 'b'", f("<>", s(), c("b")));
    say("s < 'b'", f("<", s(), c("b")));
    say("s <= 'b'", f("<=", s(), c("b")));
    say("s > 'b'", f(">", s(), c("b")));
    say("s >= 'b'", f(">=", s(), c("b")));
    say("'b' > s", f(">", c("b"), s()));
    say("i = 3", f("=", i(), c(3)));
    say("i <> 3", f("<>", i(), c(3)));
    say("i > -2", f(">", i(), c(-2)));
    say("i >= 100000", f(">=", i(), c(100000)));
    say("i = 3L", f("=", i(), c(3L)));
    say("l = 12345678901", f("=", l(), c(12345678901L)));
    say("l < -12345678901", f("<", l(), c(-12345678901L)));
    say("i = '3'", f("=", i(), c("3")));
    say("i < 2.5", f("<", i(), c(2.5)));
    say("i = 3S", f("=", i(), c((short) 3)));
    say("i = 3Y", f("=", i(), c((byte) 3)));
    say("d = date '2024-01-02'", f("=", d(), date("2024-01-02")));
    say("d >= date '2024-01-02'", f(">=", d(), date("2024-01-02")));
    say("d < date '1969-12-31'", f("<", d(), date("1969-12-31")));
    say("d = '2024-01-02'", f("=", d(), c("2024-01-02")));
    say("s = 'b' and i = 3", f("and", f("=", s(), c("b")), f("=", i(), c(3))));
    say("s = 'b' or i = 3", f("or", f("=", s(), c("b")), f("=", i(), c(3))));
    say("s = 'b' and i = 3 and l > 5", f("and", f("and", f("=", s(), c("b")), f("=", i(), c(3))), f(">", l(), c(5L))));
    say("three way: s = 'b' and i = 3 and l > 5", f("and", f("=", s(), c("b")), f("=", i(), c(3)), f(">", l(), c(5L))));
    say("(s = 'a' or s = 'b') and (i > 1 and i <= 4)",
        f("and", f("or", f("=", s(), c("a")), f("=", s(), c("b"))), f("and", f(">", i(), c(1)), f("<=", i(), c(4)))));
    say("not (s = 'b')", f("not", f("=", s(), c("b"))));
    say("not (i > 2 and s = 'b')", f("not", f("and", f(">", i(), c(2)), f("=", s(), c("b")))));
    say("s in ('a', 'c')", f("in", s(), c("a"), c("c")));
    say("i in (1, 3, 5)", f("in", i(), c(1), c(3), c(5)));
    say("s not in ('a', 'c')", f("not", f("in", s(), c("a"), c("c"))));
    say("d in (date '2024-01-02', date '2024-01-03')", f("in", d(), date("2024-01-02"), date("2024-01-03")));
    say("i between 2 and 4", f("between", c(false), i(), c(2), c(4)));
    say("i not between 2 and 4", f("between", c(true), i(), c(2), c(4)));
    say("s between 'a' and 'b'", f("between", c(false), s(), c("a"), c("b")));
    say("d between date '2024-01-01' and date '2024-01-02'", f("between", c(false), d(), date("2024-01-01"), date("2024-01-02")));
    say("s is null", f("isnull", s()));
    say("s is not null", f("isnotnull", s()));
    say("i is null", f("isnull", i()));
    say("i is not null and i < 4", f("and", f("isnotnull", i()), f("<", i(), c(4))));
    say("s like 'b%'", f("like", s(), c("b%")));
    say("cast(i as bigint) = 3", f("=", cast(TypeInfoFactory.longTypeInfo, i()), c(3L)));
    say("cast(i as string) = '3'", f("=", cast(TypeInfoFactory.stringTypeInfo, i()), c("3")));
    say("cast(i as double) > 2.5", f(">", cast(TypeInfoFactory.doubleTypeInfo, i()), c(2.5)));
    say("cast(s as int) = 7", f("=", cast(TypeInfoFactory.intTypeInfo, s()), c(7)));
    say("cast(d as string) = '2024-01-02'", f("=", cast(TypeInfoFactory.stringTypeInfo, d()), c("2024-01-02")));
    say("v = 'x'", f("=", v(), c("x")));
    say("v = varchar 'x'", f("=", v(), typed(TypeInfoFactory.getVarcharTypeInfo(10), new org.apache.hadoop.hive.common.type.HiveVarchar("x", 10))));
    say("s = null", f("=", s(), typed(TypeInfoFactory.stringTypeInfo, null)));
    say("length(s) = 1", f("=", f("length", s()), c(1)));
    say("upper(s) = 'B'", f("=", f("upper", s()), c("B")));
    say("s = 'b' and upper(s) = 'B'", f("and", f("=", s(), c("b")), f("=", f("upper", s()), c("B"))));
    say("i = cast(3 as bigint)", f("=", i(), cast(TypeInfoFactory.longTypeInfo, c(3))));
    say("s <=> 'b'", f("<=>", s(), c("b")));
    say("bare: s = 'b'", bare("=", s(), c("b")));
    say("bare: s = 'b' and i > 2", bare("and", bare("=", s(), c("b")), bare(">", i(), c(2))));
    say("bare: s in ('a', 'c')", bare("in", s(), c("a"), c("c")));
    say("bare: i between 2 and 4", bare("between", c(false), i(), c(2), c(4)));
    say("bare: s is null", bare("isnull", s()));
    say("the same column object twice", sharedColumn());
  }
  static ExprNodeDesc n() { return col("n", TypeInfoFactory.getDecimalTypeInfo(10, 2)); }
  static ExprNodeDesc t() { return col("t", TypeInfoFactory.timestampTypeInfo); }
  static ExprNodeDesc r() { return col("r", TypeInfoFactory.doubleTypeInfo); }
  static ExprNodeDesc dec(String text) {
    org.apache.hadoop.hive.common.type.HiveDecimal v = org.apache.hadoop.hive.common.type.HiveDecimal.create(text);
    return typed(TypeInfoFactory.getDecimalTypeInfo(Math.max(v.precision(), v.scale()), v.scale()), v);
  }
  static ExprNodeDesc time(String text) throws Exception {
    try {
      Object v = Class.forName("org.apache.hadoop.hive.common.type.Timestamp").getMethod("valueOf", String.class).invoke(null, text);
      return typed(TypeInfoFactory.timestampTypeInfo, v);
    } catch (ClassNotFoundException e) {
      return typed(TypeInfoFactory.timestampTypeInfo, java.sql.Timestamp.valueOf(text));
    }
  }
  static boolean old() {
    try { Class.forName("org.apache.hadoop.hive.common.type.Timestamp"); return false; } catch (ClassNotFoundException e) { return true; }
  }
  static void numbers() throws Exception {
    keys = Arrays.asList(new FieldSchema("n", "decimal(10,2)", ""), new FieldSchema("t", "timestamp", ""), new FieldSchema("d", "date", ""), new FieldSchema("i", "int", ""),
        new FieldSchema("s", "string", ""), new FieldSchema("r", "double", ""));
    String[] n = {"1.5", "2", "-3.25", "100000.01", "0", DEFAULT, "2.00", "1.505", "99999999.995", "12345678.9", "1.50", "-0.01"};
    String[] t = {"2024-01-01 00:00:00", "2024-01-01 00:00:00.5", "2024-01-02 12:34:56.789", "1969-12-31 23:59:59.25", "2024-01-03", DEFAULT, "2024-01-01 00:00:00.000000001", "2024-12-31 23:59:59"};
    String[] d = {"2024-01-01", "2024-01-02", DEFAULT, "1969-12-31", "2024-01-03"}, i = {"1", "2", "3", DEFAULT, "-3"};
    String[] s = {"2", "1.5", "x", DEFAULT, "2024-01-01 00:00:00", "2024-01-01", "-3.250"}, r = {"1.5", "2.0", "1.0E10", DEFAULT, "-3.25"};
    for (int k = 0; k < 120; k++) {
      partitions.add("n=" + n[k % n.length] + "/t=" + t[(k + k / 8) % t.length].replace(":", "%3A") + "/d=" + d[(k / 2) % d.length] + "/i=" + i[(k * 2 + k / 5) % i.length] +
          "/s=" + s[(k * 3 + k / 7) % s.length].replace(":", "%3A") + "/r=" + r[(k / 3) % r.length]);
    }
    for (String p : partitions) System.out.println("partition\t" + p);
    String[] ops = {"=", "<>", "<", "<=", ">", ">="};
    for (String op : ops) {
      say("n " + op + " 1.5", f(op, n(), dec("1.5")));
      say("n " + op + " 2.00", f(op, n(), typed(TypeInfoFactory.getDecimalTypeInfo(10, 2), org.apache.hadoop.hive.common.type.HiveDecimal.create("2.00"))));
      say("n " + op + " 2", f(op, n(), c(2)));
      say("n " + op + " i", f(op, n(), i()));
      say("t " + op + " timestamp '2024-01-01 00:00:00'", f(op, t(), time("2024-01-01 00:00:00")));
      say("t " + op + " timestamp '2024-01-02 12:34:56.789'", f(op, t(), time("2024-01-02 12:34:56.789")));
      say("t " + op + " '2024-01-01 00:00:00'", f(op, t(), c("2024-01-01 00:00:00")));
      say("d " + op + " date '2024-01-02'", f(op, d(), date("2024-01-02")));
    }
    say("1.5 > n", f(">", dec("1.5"), n()));
    say("n = -3.25", f("=", n(), dec("-3.25")));
    say("n = 0", f("=", n(), dec("0")));
    say("n = 1.51", f("=", n(), dec("1.51")));
    say("n = 100000.01", f("=", n(), dec("100000.01")));
    say("n < 12345678901234567890.5", f("<", n(), dec("12345678901234567890.5")));
    say("n > -99999999999999999999999999999999999999", f(">", n(), dec("-99999999999999999999999999999999999999")));
    say("n >= 0.00000000000000000000000000000000000001", f(">=", n(), dec("0.00000000000000000000000000000000000001")));
    say("n = 2L", f("=", n(), c(2L)));
    say("n = 2S", f("=", n(), c((short) 2)));
    say("n > 1.5D", f(">", n(), c(1.5)));
    say("n = '2'", f("=", n(), c("2")));
    say("n = '2.0'", f("=", n(), c("2.0")));
    say("n > 'x'", f(">", n(), c("x")));
    say("n in (1.5, 2)", f("in", n(), dec("1.5"), dec("2")));
    say("n in (1.5, null)", f("in", n(), dec("1.5"), typed(TypeInfoFactory.getDecimalTypeInfo(10, 2), null)));
    say("n between 1 and 2.5", f("between", c(false), n(), dec("1"), dec("2.5")));
    say("n not between -4 and 2", f("between", c(true), n(), dec("-4"), dec("2")));
    say("n is null", f("isnull", n()));
    say("n is not null", f("isnotnull", n()));
    say("n = null", f("=", n(), typed(TypeInfoFactory.getDecimalTypeInfo(10, 2), null)));
    say("not (n = 1.5)", f("not", f("=", n(), dec("1.5"))));
    say("n = 1.5 or i = 3", f("or", f("=", n(), dec("1.5")), f("=", i(), c(3))));
    say("n = 1.5 and t is not null", f("and", f("=", n(), dec("1.5")), f("isnotnull", t())));
    say("i < 2.5", f("<", i(), dec("2.5")));
    say("i = 2.0", f("=", i(), dec("2.0")));
    say("i in (1.0, 2.5)", f("in", i(), dec("1.0"), dec("2.5")));
    say("r = 1.5", f("=", r(), dec("1.5")));
    say("r > 1.5", f(">", r(), dec("1.5")));
    say("s = 1.5", f("=", s(), dec("1.5")));
    say("s > 1", f(">", s(), dec("1")));
    say("cast(n as int) = 1", f("=", cast(TypeInfoFactory.intTypeInfo, n()), c(1)));
    say("cast(n as double) > 1.5", f(">", cast(TypeInfoFactory.doubleTypeInfo, n()), c(1.5)));
    say("cast(n as string) = '2'", f("=", cast(TypeInfoFactory.stringTypeInfo, n()), c("2")));
    say("cast(i as decimal(10,2)) = 2.00", f("=", cast(TypeInfoFactory.getDecimalTypeInfo(10, 2), i()), dec("2.00")));
    say("cast(s as decimal(10,2)) > 1", f(">", cast(TypeInfoFactory.getDecimalTypeInfo(10, 2), s()), dec("1")));
    say("cast(n as decimal(3,1)) = 1.5", f("=", cast(TypeInfoFactory.getDecimalTypeInfo(3, 1), n()), dec("1.5")));
    say("cast(r as decimal(12,2)) = 1.5", f("=", cast(TypeInfoFactory.getDecimalTypeInfo(12, 2), r()), dec("1.5")));
    say("n <=> 2", f("<=>", n(), dec("2")));
    say("t = '2024-01-01'", f("=", t(), c("2024-01-01")));
    say("t = timestamp '2024-01-01 00:00:00.000000001'", f("=", t(), time("2024-01-01 00:00:00.000000001")));
    say("t < timestamp '1970-01-01 00:00:00'", f("<", t(), time("1970-01-01 00:00:00")));
    say("t = timestamp '1969-12-31 23:59:59.25'", f("=", t(), time("1969-12-31 23:59:59.25")));
    say("t > timestamp '2024-12-31 23:59:58.999999999'", f(">", t(), time("2024-12-31 23:59:58.999999999")));
    say("t in (timestamp '2024-01-01 00:00:00', timestamp '2024-01-03 00:00:00')", f("in", t(), time("2024-01-01 00:00:00"), time("2024-01-03 00:00:00")));
    say("t between timestamp '2024-01-01 00:00:00' and timestamp '2024-01-02 00:00:00'", f("between", c(false), t(), time("2024-01-01 00:00:00"), time("2024-01-02 00:00:00")));
    say("t is null", f("isnull", t()));
    say("t is not null", f("isnotnull", t()));
    say("t > 'no time'", f(">", t(), c("no time")));
    say("t = null", f("=", t(), typed(TypeInfoFactory.timestampTypeInfo, null)));
    say("t = date '2024-01-01'", f("=", t(), date("2024-01-01")));
    say("t > d", f(">", t(), d()));
    say("d = timestamp '2024-01-01 00:00:00'", f("=", d(), time("2024-01-01 00:00:00")));
    say("d < timestamp '2024-01-02 12:00:00'", f("<", d(), time("2024-01-02 12:00:00")));
    say("s = timestamp '2024-01-01 00:00:00'", f("=", s(), time("2024-01-01 00:00:00")));
    say("cast(t as date) = date '2024-01-01'", f("=", cast(TypeInfoFactory.dateTypeInfo, t()), date("2024-01-01")));
    say("cast(t as string) = '2024-01-01 00:00:00'", f("=", cast(TypeInfoFactory.stringTypeInfo, t()), c("2024-01-01 00:00:00")));
    say("cast(t as string) = '2024-01-01 00:00:00.5'", f("=", cast(TypeInfoFactory.stringTypeInfo, t()), c("2024-01-01 00:00:00.5")));
    say("cast(s as timestamp) = timestamp '2024-01-01 00:00:00'", f("=", cast(TypeInfoFactory.timestampTypeInfo, s()), time("2024-01-01 00:00:00")));
    say("cast(d as timestamp) = timestamp '2024-01-01 00:00:00'", f("=", cast(TypeInfoFactory.timestampTypeInfo, d()), time("2024-01-01 00:00:00")));
    say("t <=> timestamp '2024-01-01 00:00:00'", f("<=>", t(), time("2024-01-01 00:00:00")));
    say("d in (date '2024-01-01', date '1969-12-31')", f("in", d(), date("2024-01-01"), date("1969-12-31")));
    say("d between date '1969-12-31' and date '2024-01-01'", f("between", c(false), d(), date("1969-12-31"), date("2024-01-01")));
    say("bare: n = 1.5", bare("=", n(), dec("1.5")));
    say("bare: n in (1.5, 2)", bare("in", n(), dec("1.5"), dec("2")));
    say("bare: n between 1 and 2.5", bare("between", c(false), n(), dec("1"), dec("2.5")));
    say("bare: t >= timestamp '2024-01-01 00:00:00.5'", bare(">=", t(), time("2024-01-01 00:00:00.5")));
    say("bare: d = date '2024-01-02'", bare("=", d(), date("2024-01-02")));
    if (old()) say("another zone: d = date '2024-01-02'", f("=", d(), typed(TypeInfoFactory.dateTypeInfo, new java.sql.Date(java.sql.Date.valueOf("2024-01-02").getTime() - 9 * 3600_000L))));
  }
  static ExprNodeGenericFuncDesc sharedColumn() throws Exception {
    ExprNodeDesc x = i();
    return f("or", f("=", x, c(1)), f("=", x, c(5)));
  }
}
