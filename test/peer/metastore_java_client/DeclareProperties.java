import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.metastore.MetaStoreInitContext;
import org.apache.hadoop.hive.metastore.MetaStoreInitListener;
import org.apache.hadoop.hive.metastore.properties.HMSPropertyManager;
import org.apache.hadoop.hive.metastore.properties.PropertyType;

/** Hive 4's namespace of properties exists only after somebody loaded its class and said which properties there are. */
public class DeclareProperties extends MetaStoreInitListener {
  public DeclareProperties(Configuration conf) { super(conf); }
  public void onInit(MetaStoreInitContext context) {
    HMSPropertyManager.declareTableProperty("keeper", PropertyType.STRING, null);
    HMSPropertyManager.declareTableProperty("rows", PropertyType.INTEGER, null);
  }
}
