package org.apache.hadoop.hive.metastore.client;

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.metastore.conf.MetastoreConf;
import org.apache.hadoop.hive.metastore.minihms.AbstractMetaStoreService;

/**
 * Stands before Hive's own class of this name on the class path, so that Hive's own client tests run against tarn-metastore
 * (environment TARN_METASTORE names the executable) and nothing else.
 */
public final class MetaStoreFactoryForTests {
  private MetaStoreFactoryForTests() {
  }

  public static List<Object[]> getMetaStores() throws Exception {
    Configuration conf = MetastoreConf.newMetastoreConf();
    MetastoreConf.setLongVar(conf, MetastoreConf.ConfVars.BATCH_RETRIEVE_MAX, 2);
    MetastoreConf.setLongVar(conf, MetastoreConf.ConfVars.LIMIT_PARTITION_REQUEST, 100);
    List<Object[]> all = new ArrayList<>();
    all.add(new Object[] {"Tarn", new TarnMetaStore(conf)});
    return all;
  }

  static final class TarnMetaStore extends AbstractMetaStoreService {
    private Process process;
    private Path dir;

    TarnMetaStore(Configuration conf) {
      super(conf);
    }

    @Override
    public void start(Map<MetastoreConf.ConfVars, String> vars, Map<String, String> extra) throws Exception {
      dir = Files.createTempDirectory("tarn-hms-test");
      Configuration conf = getConfiguration();
      MetastoreConf.setVar(conf, MetastoreConf.ConfVars.WAREHOUSE, "file:" + dir + "/warehouse");
      List<String> command = new ArrayList<>(List.of(System.getenv("TARN_METASTORE"), "--data", dir.toString(), "--port", "0",
          "--warehouse", dir + "/warehouse", "--log-level", "debug", "--set", "metastore.limit.partition.request=100"));
      for (Map.Entry<String, String> e : extra.entrySet()) {
        Collections.addAll(command, "--set", e.getKey() + "=" + e.getValue());
      }
      for (Map.Entry<MetastoreConf.ConfVars, String> e : vars.entrySet()) {
        Collections.addAll(command, "--set", e.getKey().getVarname() + "=" + e.getValue());
      }
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(new File(System.getProperty("tarn.log", "/dev/null")))).start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
      String line = new BufferedReader(new InputStreamReader(process.getInputStream())).readLine();
      String port = line.replaceAll("\\D", "");
      MetastoreConf.setVar(conf, MetastoreConf.ConfVars.THRIFT_URIS, "thrift://127.0.0.1:" + port);
      MetastoreConf.setBoolVar(conf, MetastoreConf.ConfVars.EXECUTE_SET_UGI, false);
      super.start(vars, extra);
    }

    @Override
    public void start() throws Exception {
      if (process == null) {
        start(Collections.emptyMap(), Collections.emptyMap());
      } else {
        super.start();
      }
    }

    @Override
    public void stop() {
      process.destroy();
    }
  }
}
