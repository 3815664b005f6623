import java.util.List;
import org.apache.hadoop.hive.metastore.FileFormatProxy;
import org.apache.hadoop.hive.metastore.PartitionExpressionProxy;
import org.apache.hadoop.hive.metastore.api.FileMetadataExprType;
import org.apache.hadoop.hive.metastore.api.MetaException;
import org.apache.hadoop.hive.ql.io.sarg.SearchArgument;
import org.apache.hadoop.hive.serde2.typeinfo.PrimitiveTypeInfo;

/** What a Metastore 2.3.9 without Hive's planner is given in its place, so that it starts. */
public class NoExpressions implements PartitionExpressionProxy {
  public String convertExprToFilter(byte[] expression) throws MetaException { throw new MetaException("no expressions"); }
  public boolean filterPartitionsByExpr(List<String> columns, List<PrimitiveTypeInfo> types, byte[] expression, String name, List<String> names) throws MetaException {
    throw new MetaException("no expressions");
  }
  public FileMetadataExprType getMetadataType(String format) { return null; }
  public FileFormatProxy getFileFormatProxy(FileMetadataExprType type) { return null; }
  public SearchArgument createSarg(byte[] expression) { return null; }
}
