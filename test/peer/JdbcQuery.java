import java.sql.*;

// Through Flink's JDBC driver: JdbcQuery URL SQL... Each statement's rows as text, `column=value` joined by `|`.
public class JdbcQuery {
  public static void main(String[] args) throws Exception {
    try (Connection c = DriverManager.getConnection(args[0])) {
      System.out.println("catalog=" + c.getCatalog() + " schema=" + c.getSchema());
      DatabaseMetaData meta = c.getMetaData();
      System.out.println("product=" + meta.getDatabaseProductName());
      try (ResultSet r = meta.getCatalogs()) { while (r.next()) System.out.println("has catalog " + r.getString(1)); }
      for (int i = 1; i < args.length; i++) {
        try (Statement s = c.createStatement()) {
          boolean rows = s.execute(args[i]);
          System.out.println("execute=" + rows);
          if (!rows) continue;
          try (ResultSet r = s.getResultSet()) {
            ResultSetMetaData m = r.getMetaData();
            while (r.next()) {
              StringBuilder line = new StringBuilder();
              for (int k = 1; k <= m.getColumnCount(); k++) line.append(k > 1 ? "|" : "").append(m.getColumnName(k)).append('=').append(r.getObject(k));
              System.out.println(line);
            }
          }
        } catch (SQLException | RuntimeException e) {   // the driver lets its own errors through
          Throwable t = e;
          while (t.getCause() != null && t.getCause() != t) t = t.getCause();
          System.out.println("error=" + t.getMessage().replace("\n", " "));
        }
      }
    }
  }
}
