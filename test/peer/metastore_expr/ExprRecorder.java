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
 * pruner keeps (one digit each) TAB whether it could not tell for some". The partitions stand in the lines that begin with "partition". */
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
    List<FieldSchema> keys = Arrays.asList(new FieldSchema("s", "string", ""), new FieldSchema("i", "int", ""), new FieldSchema("l", "bigint", ""),
        new FieldSchema("d", "date", ""), new FieldSchema("v", "varchar(10)", ""));
    String kept;
    try {
      List<String> left = new ArrayList<>(partitions);
      boolean unknown = new PartitionExpressionForMetastore().filterPartitionsByExpr(keys, bytes(e), DEFAULT, left);
      StringBuilder k = new StringBuilder();
      for (String n : partitions) k.append(left.contains(n) ? '1' : '0');
      kept = k + "\t" + (unknown ? "unknown" : "known");
    } catch (Exception x) {
      kept = "-\tfailed";
    }
    System.out.println(text + "\t" + h + "\t" + kept);
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
  static ExprNodeGenericFuncDesc sharedColumn() throws Exception {
    ExprNodeDesc x = i();
    return f("or", f("=", x, c(1)), f("=", x, c(5)));
  }
}
