// Parses statements with the real Flink's parser and prints them back as its catalogs would store them.
// In: one Base64 line a statement. Out: one line each: "OK <Base64 of the text>" or "ERR <Base64 of the message>".
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.calcite.config.Lex;
import org.apache.calcite.sql.SqlDialect;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.dialect.CalciteSqlDialect;
import org.apache.calcite.sql.parser.SqlParser;
import org.apache.flink.sql.parser.impl.FlinkSqlParserImpl;
import org.apache.flink.sql.parser.validate.FlinkSqlConformance;

public class FlinkParser {
  static String encode(String text) {
    return Base64.getEncoder().encodeToString(String.valueOf(text).getBytes(StandardCharsets.UTF_8));
  }

  public static void main(String[] args) throws Exception {
    SqlParser.Config config = SqlParser.config().withParserFactory(FlinkSqlParserImpl.FACTORY)
        .withConformance(FlinkSqlConformance.DEFAULT).withLex(Lex.JAVA).withIdentifierMaxLength(256);
    SqlDialect dialect = new CalciteSqlDialect(SqlDialect.EMPTY_CONTEXT.withQuotedCasing(config.unquotedCasing())
        .withConformance(config.conformance()).withUnquotedCasing(config.unquotedCasing())
        .withIdentifierQuoteString(config.quoting().string));
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, "UTF-8");
    for (String line; (line = in.readLine()) != null;) {
      String sql = new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8);
      try {
        SqlNodeList list = SqlParser.create(sql, config).parseStmtList();
        if (list.size() != 1) throw new IllegalArgumentException(list.size() + " statements");
        out.println("OK " + encode(list.get(0).toSqlString(dialect).getSql()));
      } catch (Exception | Error e) {
        out.println("ERR " + encode(e.getMessage()));
      }
    }
    out.flush();
  }
}
