import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.metastore.HiveMetaStoreClient;
import org.apache.hadoop.hive.metastore.api.ColumnStatisticsObj;
import org.apache.hadoop.hive.metastore.api.FieldSchema;
import org.apache.hadoop.hive.metastore.api.Table;

/** ReadStatistics URI DATABASE TABLE [PARTITION]: what Hive's own client 3.1.3 reads, a line for each column, ordered. */
public class ReadStatistics {
  public static void main(String[] a) throws Exception {
    Configuration conf = new Configuration(false);
    conf.set("metastore.thrift.uris", a[0]);
    HiveMetaStoreClient c = new HiveMetaStoreClient(conf);
    Table t = c.getTable(a[1], a[2]);
    List<String> names = new ArrayList<>(), lines = new ArrayList<>();
    for (FieldSchema f : t.getSd().getCols()) names.add(f.getName());
    List<ColumnStatisticsObj> all = a.length > 3
        ? c.getPartitionColumnStatistics(a[1], a[2], Collections.singletonList(a[3]), names).getOrDefault(a[3], Collections.emptyList())
        : c.getTableColumnStatistics(a[1], a[2], names);
    for (ColumnStatisticsObj o : all) lines.add(o.getColName() + " " + o.getColType() + " " + o.getStatsData());
    Collections.sort(lines);
    for (String line : lines) System.out.println(line);
    c.close();
  }
}
