#include "sql/parser.h"

#include <gtest/gtest.h>

#include "sql/printer.h"

namespace tarn::sql {
namespace {

Expr ParseOk(std::string_view text) {
  Result<Expr> expr = ParseExpression(text);
  EXPECT_TRUE(expr.ok()) << text << "\n" << expr.status().ToString();
  return expr.ok() ? std::move(*expr) : Expr();
}

Literal LiteralOf(std::string_view text) {
  Expr expr = ParseOk(text);
  EXPECT_TRUE(expr.As<Literal>()) << text;
  return expr.As<Literal>() ? *expr.As<Literal>() : Literal{};
}

Status ErrorOf(std::string_view text, Dialect dialect = Dialect::kFlink) {
  Result<Statement> statement = ParseStatement(text, {dialect});
  EXPECT_FALSE(statement.ok()) << text;
  return statement.status();
}

TEST(Literals, NumbersHaveFlinksTypes) {
  EXPECT_EQ(LiteralOf("2147483647").kind, LiteralKind::kInt);
  EXPECT_EQ(LiteralOf("2147483648").kind, LiteralKind::kBigint);
  EXPECT_EQ(LiteralOf("-2147483648").kind, LiteralKind::kInt);
  EXPECT_EQ(LiteralOf("-2147483648").integer, -2147483648LL);
  EXPECT_EQ(LiteralOf("-9223372036854775808").kind, LiteralKind::kBigint);
  EXPECT_EQ(LiteralOf("9223372036854775808").kind, LiteralKind::kDecimal);
  EXPECT_EQ(LiteralOf("1.").kind, LiteralKind::kInt);
  EXPECT_EQ(LiteralOf("1.50").text, "1.50");
  EXPECT_EQ(LiteralOf(".5").text, "0.5");
  EXPECT_EQ(LiteralOf("-.5").text, "-0.5");
  EXPECT_EQ(LiteralOf("1e3").kind, LiteralKind::kDouble);
  EXPECT_EQ(LiteralOf("100e1").text, "1.00E3");
  EXPECT_EQ(LiteralOf(".5e0").text, "5E-1");
  EXPECT_FALSE(ParseExpression("1e99999").ok());
}

TEST(Literals, Strings) {
  EXPECT_EQ(LiteralOf("'it''s'").text, "it's");
  EXPECT_EQ(LiteralOf("U&'\\00e9\\d83d\\de00'").text, "é😀");
  EXPECT_EQ(LiteralOf("u&'a!00e9' UESCAPE '!'").text, "aé");
  EXPECT_EQ(LiteralOf("_UTF8'x'").charset, "UTF8");
  EXPECT_EQ(LiteralOf("'a'\n'b'").text, "ab");
  EXPECT_EQ(LiteralOf("x'0a1F'").text, "0A1F");
  EXPECT_FALSE(ParseExpression("U&'\\00g9'").ok());
  EXPECT_FALSE(ParseExpression("U&'\\d83d'").ok());
}

TEST(Literals, Temporal) {
  EXPECT_EQ(LiteralOf("DATE '2024-2-29'").text, "2024-02-29");
  EXPECT_EQ(LiteralOf("TIME '1:2:3.50'").text, "01:02:03.50");
  EXPECT_EQ(LiteralOf("TIMESTAMP '2024-01-01'").text, "2024-01-01 00:00:00");
  Literal interval = LiteralOf("INTERVAL -'3 10' DAY(3) TO HOUR");
  EXPECT_TRUE(interval.negative);
  EXPECT_EQ(interval.interval->leading_precision, 3);
  EXPECT_EQ(LiteralOf("INTERVAL '5' MINUTES").interval->start, TimeUnit::kMinute);
  EXPECT_FALSE(ParseExpression("DATE '2023-02-29'").ok());
  EXPECT_FALSE(ParseExpression("INTERVAL '1' HOUR TO DAY").ok());
}

TEST(Calls, SpecialSyntaxBecomesArguments) {
  auto call = [](std::string_view text) { return std::get<Call>(ParseOk(text).node); };
  Call trim = call("TRIM(x)");
  ASSERT_EQ(trim.arguments.size(), 3u);
  EXPECT_EQ(trim.arguments[0].value.As<Symbol>()->word, "BOTH");
  EXPECT_EQ(trim.arguments[1].value.As<Literal>()->text, " ");
  EXPECT_EQ(call("SUBSTRING(a FROM 1 FOR 2)"), call("substring(a, 1, 2)"));
  EXPECT_EQ(call("ceiling(t TO day)").function.last(), "CEIL");
  EXPECT_EQ(call("EXTRACT(YEAR FROM d)").arguments[0].value.As<Symbol>()->word, "YEAR");
  EXPECT_EQ(call("TIMESTAMPADD(SQL_TSI_DAY, 1, t)"), call("TIMESTAMPADD(DAY, 1, t)"));
  EXPECT_FALSE(call("CURRENT_DATE").parens);
  EXPECT_FALSE(call("pi").parens);
  EXPECT_TRUE(call("pi()").parens);
  EXPECT_EQ(call("json_query(a, '$')").modifiers.size(), 3u);
  EXPECT_EQ(call("f(x => 1)").arguments[0].name->name, "x");
  EXPECT_EQ(call("`my f`(1)").function.last(), "MY F");
  EXPECT_TRUE(call("count(*)").arguments[0].value.As<Star>());
  Call over = call("sum(a) OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)");
  EXPECT_TRUE(over.over->spec->frame->rows);
}

TEST(Expressions, CaseIsBroughtToOneForm) {
  EXPECT_EQ(Print(ParseOk("CASE a WHEN 1, 2 THEN 3 WHEN 4 THEN 5 END")),
            "CASE WHEN `a` IN (1, 2) THEN 3 WHEN `a` = 4 THEN 5 ELSE NULL END");
}

TEST(Expressions, PathsAndFields) {
  EXPECT_EQ(ParseOk("a.b.c").As<ColumnRef>()->name.size(), 3u);
  EXPECT_EQ(Print(ParseOk("(t.r).b")), "(`t`.`r`).`b`");
  EXPECT_TRUE(ParseOk("f(x)[1].y").As<FieldAccess>());
}

TEST(Printer, WatermarkAsFlinkStoresIt) {
  EXPECT_EQ(Print(ParseOk("ts - interval '5' second")), "`ts` - INTERVAL '5' SECOND");
  Result<Query> query = ParseQuery("select f0, f0 + 1 as g1 from gen");
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(Print(*query), "SELECT `f0`, `f0` + 1 AS `g1`\nFROM `gen`");
  EXPECT_EQ(Print(*query, {NameStyle::kReadable}), "SELECT f0, f0 + 1 AS g1\nFROM gen");
}

TEST(Positions, AreThoseOfTheSource) {
  Result<Statement> statement = ParseStatement("SELECT a\nFROM t WHERE  x.y = 'é' AND zz");
  ASSERT_TRUE(statement.ok());
  const Select& select = std::get<Select>(std::get<Query>(statement->node).body);
  EXPECT_EQ(select.where->position, Position(TextPosition{2, 15, 2, 30}));
  const Binary& where = std::get<Binary>(select.where->node);
  TextPosition zz = where.right->position;
  EXPECT_EQ(zz, (TextPosition{2, 29, 2, 30}));
  TextPosition compare = where.left->position;
  EXPECT_EQ(compare, (TextPosition{2, 15, 2, 23}));
}

TEST(Errors, PositionAndText) {
  Status status = ErrorOf("SELECT a\nFROM t WHERE )");
  EXPECT_EQ(status.code(), StatusCode::kInvalidSql);
  EXPECT_EQ(status.message(), "SQL parse failed. Encountered \")\" at line 2, column 14.");
  EXPECT_EQ(status.position().line, 2);
  EXPECT_EQ(status.position().column, 14);
  for (std::string_view text : {"SELECT", "SELECT 'abc", "SELECT `a", "SELECT /* x", "SELECT * FROM t ORDER", "CREATE TABLE t (a INT", "BEGIN", "",
                                "SHOW", "INSERT INTO t", "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1;", "SELECT a FROM t WHERE a ="}) {
    EXPECT_NE(ErrorOf(text).message().find("Encountered \"<EOF>\""), std::string::npos) << text;
  }
  EXPECT_EQ(ErrorOf("selec 1").hint(), "did you mean SELECT?");
}

TEST(Errors, LackingFeaturesAreNamed) {
  EXPECT_EQ(ErrorOf("SELECT * FROM t TABLESAMPLE BERNOULLI(10)").code(), StatusCode::kNotSupported);
  EXPECT_EQ(ErrorOf("MERGE INTO t USING u").code(), StatusCode::kNotSupported);
}

std::string Repeat(std::string_view text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

TEST(Limits, HostileTextsEndWithAnError) {
  for (size_t n : {size_t{1000}, size_t{10000}}) {
    std::vector<std::string> texts = {
        "SELECT " + Repeat("(", n) + "1" + Repeat(")", n),
        "SELECT " + Repeat("(", n),
        "SELECT " + Repeat("NOT ", n) + "a",
        "SELECT " + Repeat("- ", n) + "a",
        "SELECT 1" + Repeat(" + 1", 2 * n),
        "SELECT a" + Repeat("[1]", 2 * n),
        "SELECT f(x)" + Repeat(".a", 2 * n),
        "SELECT " + Repeat("CASE WHEN ", n),
        "SELECT " + Repeat("f(", n),
        "SELECT * FROM " + Repeat("(SELECT * FROM ", n) + "t",
        "SELECT * FROM " + Repeat("(", n) + "t",
        "SELECT * FROM t" + Repeat(" JOIN t ON true", 2 * n),
        "SELECT * FROM t" + Repeat(", t", 2 * n),
        "SELECT 1" + Repeat(" UNION SELECT 1", 2 * n),
        Repeat("(", n) + "SELECT 1" + Repeat(")", n),
        "CREATE TABLE t (a " + Repeat("ARRAY<", n) + "INT" + Repeat(">", n) + ")",
        "CREATE TABLE t (a INT" + Repeat(" ARRAY", 2 * n) + ")",
        "SELECT a FROM t GROUP BY " + Repeat("GROUPING SETS (", n),
        "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (" + Repeat("(", n) + "a",
        "SELECT " + Repeat("a LIKE ", n) + "a",
        "SELECT " + Repeat("CASE CASE x WHEN 1 THEN 1 WHEN 2 THEN 2 END WHEN ", n),
        "SELECT " + Repeat("INTERVAL (", n),
    };
    for (const std::string& text : texts) {
      Result<Statement> statement = ParseStatement(text);
      EXPECT_FALSE(statement.ok()) << text.substr(0, 60);
      EXPECT_EQ(statement.status().code(), StatusCode::kExhausted) << text.substr(0, 60) << statement.status().ToString();
    }
  }
  // Nested CASE operands are copied; the copies must not multiply.
  std::string nested = "x";
  for (int i = 0; i < 40; ++i) nested = "CASE " + nested + " WHEN 1 THEN 1 WHEN 2 THEN 2 END";
  EXPECT_EQ(ErrorOf("SELECT " + nested).code(), StatusCode::kExhausted);
}

TEST(Limits, WideTextsAreFine) {
  std::string list = "SELECT 1" + Repeat(", 1", 20000) + " FROM t WHERE a IN (1" + Repeat(", 2", 20000) + ")";
  EXPECT_TRUE(ParseStatement(list).ok());
  EXPECT_TRUE(ParseStatement("SELECT 1" + Repeat(" + 1", 900)).ok());
  EXPECT_TRUE(ParseStatement("SELECT " + Repeat("f(", kNestingMax - 10) + "1" + Repeat(")", kNestingMax - 10)).ok());
  EXPECT_TRUE(ParseStatement("SELECT " + Repeat("(", kNestingMax / 2) + "1" + Repeat(")", kNestingMax / 2)).ok());
}

TEST(Set, WithAndWithoutQuotes) {
  auto set = [](std::string_view text) { return std::get<SetOption>(ParseStatement(text)->node); };
  EXPECT_EQ(set("SET 'a.b' = 'c d';").value, "c d");
  EXPECT_EQ(set("set execution.checkpointing.interval = 10s;").value, "10s");
  EXPECT_EQ(set("SET a=hdfs://x/y--z").value, "hdfs://x/y--z");
  EXPECT_EQ(set("SET a = 'x;y' ;").value, "x;y");
  EXPECT_FALSE(set("SET;").key);
  EXPECT_EQ(std::get<ResetOption>(ParseStatement("RESET a.b;")->node).key, "a.b");
}

TEST(Names, Parts) {
  EXPECT_EQ(ParseName("a.`b.c`.d")->ToString(), "a.b.c.d");
  EXPECT_EQ(ParseName("a.`b.c`.d")->size(), 3u);
  EXPECT_FALSE(ParseName("a.").ok());
  EXPECT_FALSE(ParseName("select").ok());
}

TEST(Types, Postfix) {
  Result<DataType> type = ParseDataType("ROW<a INT NOT NULL, b ARRAY<STRING> 'c'> NOT NULL");
  ASSERT_TRUE(type.ok());
  EXPECT_EQ(type->nullable, false);
  EXPECT_EQ(type->fields[1].comment, "c");
  EXPECT_EQ(ParseDataType("INT ARRAY MULTISET")->kind, TypeKind::kMultiset);
  EXPECT_EQ(ParseDataType("TIMESTAMP(3) WITH LOCAL TIME ZONE")->kind, TypeKind::kTimestampLtz);
  EXPECT_FALSE(ParseDataType("TIMESTAMP WITH TIME ZONE").ok());
}

TEST(CreateTable, ConstraintsOfBothPlaces) {
  Result<Statement> statement = ParseStatement("CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED, b INT, UNIQUE (b))");
  ASSERT_TRUE(statement.ok());
  std::vector<TableConstraint> all = AllConstraints(std::get<CreateTable>(statement->node));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].columns[0].name, "a");
  EXPECT_EQ(all[0].enforced, false);
}

TEST(HiveDialect, BinaryHasNoLength) {
  for (Dialect dialect : {Dialect::kHive, Dialect::kFlink}) {
    Result<Statement> statement = ParseStatement("CREATE TABLE t (a BINARY, b ARRAY<BINARY>)", {dialect});
    ASSERT_TRUE(statement.ok()) << statement.status().ToString();
    const CreateTable& table = std::get<CreateTable>(statement->node);
    TypeKind expected = dialect == Dialect::kHive ? TypeKind::kBytes : TypeKind::kBinary;
    EXPECT_EQ(table.columns[0].type->kind, expected);
    EXPECT_EQ(table.columns[1].type->children[0].kind, expected);
  }
}

TEST(HiveDialect, StorageClauses) {
  Result<Statement> statement = ParseStatement(
      "CREATE EXTERNAL TABLE t (a INT) PARTITIONED BY (dt STRING) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\001' STORED AS ORC "
      "LOCATION '/x' TBLPROPERTIES (\"k\" = \"v\")",
      {Dialect::kHive});
  ASSERT_TRUE(statement.ok()) << statement.status().ToString();
  const CreateTable& table = std::get<CreateTable>(statement->node);
  EXPECT_TRUE(table.external);
  EXPECT_EQ(table.hive->partition_columns[0].name.name, "dt");
  EXPECT_EQ(*table.hive->fields_terminated_by, "\x01");
  EXPECT_EQ(table.hive->stored_as->name, "ORC");
  EXPECT_EQ(table.options[0].value, "v");
  EXPECT_EQ(ErrorOf("CREATE EXTERNAL TABLE t (a INT)").code(), StatusCode::kInvalidSql);
}

}  // namespace
}  // namespace tarn::sql
