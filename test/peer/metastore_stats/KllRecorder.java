import java.io.BufferedReader;
import java.io.FileReader;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.datasketches.kll.KllFloatsSketch;
import org.apache.datasketches.memory.Memory;
import org.apache.hadoop.hive.metastore.api.*;
import org.apache.hadoop.hive.metastore.columnstats.aggr.LongColumnStatsAggregator;
import org.apache.hadoop.hive.metastore.columnstats.merge.LongColumnStatsMerger;
import org.apache.hadoop.hive.metastore.utils.MetaStoreServerUtils.ColStatsObjWithSourceInfo;

/**
 * Without an argument: prints histograms as Apache DataSketches makes them and what Hive 4.0.1's own merger and aggregator make of them, for
 * kll_sketch_test.cc. "check FILE": reads sketches of ours with DataSketches; each line is "specs TAB hex TAB n TAB min TAB max".
 * A spec is kind:seed:count; the values follow from it (here and in the test).
 */
public class KllRecorder {
  static float[] values(String spec) {
    String[] p = spec.split(":");
    long x = Long.parseLong(p[1]);
    float[] out = new float[Integer.parseInt(p[2])];
    for (int i = 0; i < out.length; i++) {
      x = x * 6364136223846793005L + 1442695040888963407L;
      float u = (x >>> 40) / 16777216f;
      switch (p[0]) {
        case "even": out[i] = u * 1000f - 500f; break;
        case "up": out[i] = i; break;
        case "down": out[i] = -i; break;
        case "skewed": out[i] = u * u * u * u * 1e6f; break;
        case "few": out[i] = (float) (int) (u * 7f); break;
        case "same": out[i] = 42.5f; break;
        default: throw new IllegalArgumentException(spec);
      }
    }
    return out;
  }
  static byte[] sketch(String spec, int k) {
    KllFloatsSketch s = new KllFloatsSketch(k);
    for (float v : values(spec)) s.update(v);
    return s.toByteArray();
  }
  static String hex(byte[] b) { StringBuilder s = new StringBuilder(); for (byte x : b) s.append(String.format("%02x", x)); return s.toString(); }
  static byte[] bytes(String h) {
    byte[] b = new byte[h.length() / 2];
    for (int i = 0; i < b.length; i++) b[i] = (byte) Integer.parseInt(h.substring(2 * i, 2 * i + 2), 16);
    return b;
  }
  static ColumnStatisticsObj obj(byte[] histogram) {
    LongColumnStatsData d = new LongColumnStatsData(0, 5);
    d.setLowValue(1);
    d.setHighValue(9);
    if (histogram != null) d.setHistogram(histogram);
    ColumnStatisticsData s = new ColumnStatisticsData();
    s.setLongStats(d);
    return new ColumnStatisticsObj("c", "bigint", s);
  }
  static String histogramOf(ColumnStatisticsObj o) { byte[] h = o.getStatsData().getLongStats().getHistogram(); return h == null ? "-" : hex(h); }
  // New statistics with old ones: the new are the first argument, as in MetaStoreServerUtils.mergeColStats.
  static String merge(byte[] fresh, byte[] old) {
    ColumnStatisticsObj a = obj(fresh);
    new LongColumnStatsMerger().merge(a, obj(old));
    return histogramOf(a);
  }
  static String aggregate(List<byte[]> parts) throws Exception {
    List<ColStatsObjWithSourceInfo> list = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      list.add(new ColStatsObjWithSourceInfo(obj(parts.get(i)), "hive", "d", "t", "p=" + i));
      names.add("p=" + i);
    }
    return histogramOf(new LongColumnStatsAggregator().aggregate(list, names, true));
  }

  static int check(String file) throws Exception {
    int passed = 0, failed = 0;
    BufferedReader in = new BufferedReader(new FileReader(file));
    for (String line; (line = in.readLine()) != null; ) {
      String[] f = line.split("\t");
      String why = "";
      try {
        KllFloatsSketch s = KllFloatsSketch.heapify(Memory.wrap(bytes(f[1])));
        long n = Long.parseLong(f[2]);
        if (s.getN() != n) why += " n " + s.getN();
        if (n > 0 && (s.getMinValue() != Float.parseFloat(f[3]) || s.getMaxValue() != Float.parseFloat(f[4]))) why += " ends " + s.getMinValue() + " " + s.getMaxValue();
        int total = 0;
        for (String spec : f[0].split(",")) total += values(spec).length;
        float[] all = new float[total];
        int at = 0;
        for (String spec : f[0].split(",")) for (float v : values(spec)) all[at++] = v;
        Arrays.sort(all);
        double worst = 0;
        for (int q = 1; n > 0 && q < 100; q++) {
          float v = all[(int) ((long) q * all.length / 100)];
          int below = 0;
          { int lo = 0, hi = all.length; while (lo < hi) { int m = (lo + hi) / 2; if (all[m] < v) lo = m + 1; else hi = m; } below = lo; }
          worst = Math.max(worst, Math.abs(s.getRank(v) - (double) below / all.length));
        }
        if (worst > 1.5 * s.getNormalizedRankError(false)) why += " rank error " + worst;
        // It goes on: merged, written and read again.
        KllFloatsSketch more = new KllFloatsSketch(s.getK());
        more.merge(s);
        more.update(1f);
        if (KllFloatsSketch.heapify(Memory.wrap(more.toByteArray())).getN() != n + 1) why += " can't be used further";
      } catch (Throwable x) {
        why += " " + x;
      }
      if (why.isEmpty()) passed++;
      else { failed++; System.out.println("FAIL " + f[0] + why); }
    }
    System.out.println(passed + " passed, " + failed + " failed");
    return failed;
  }

  public static void main(String[] a) throws Exception {
    if (a.length > 0) System.exit(check(a[1]) == 0 ? 0 : 1);
    System.out.println("# recorded with Hive 4.0.1 and its DataSketches");
    String[] kinds = {"even", "up", "down", "skewed", "few", "same"};
    int[] counts = {0, 1, 2, 9, 199, 200, 201, 5000, 60000};
    for (String kind : kinds) {
      for (int c : counts) {
        String spec = kind + ":" + (c + kind.length()) + ":" + c;
        System.out.println("sketch\t" + spec + "\t200\t" + hex(sketch(spec, 200)));
      }
    }
    for (int k : new int[]{8, 20, 50, 1000}) System.out.println("sketch\teven:3:20000\t" + k + "\t" + hex(sketch("even:3:20000", k)));
    String[][] pairs = {{"even:1:5000", "even:2:5000"}, {"up:1:300", "down:1:60000"}, {"even:5:1", "even:6:1"}, {"even:5:0", "even:6:100"}, {"skewed:1:60000", "few:2:199"},
        {"same:1:1000", "even:2:1000"}, {"few:1:60000", "few:2:60000"}, {"even:1:100", "even:2:150"}};
    for (String[] p : pairs) {
      byte[] fresh = sketch(p[0], 200), old = sketch(p[1], 200);
      System.out.println("merge\t" + p[0] + "," + p[1] + "\t" + hex(fresh) + "\t" + hex(old) + "\t" + merge(fresh, old));
    }
    byte[] x = sketch("even:1:500", 200), y = sketch("even:2:800", 100);
    System.out.println("merge\teven:1:500\t" + hex(x) + "\t" + hex(y) + "\t" + merge(x, y));
    System.out.println("merge\teven:2:800\t-\t" + hex(y) + "\t" + merge(null, y));
    System.out.println("merge\teven:2:800\t" + hex(y) + "\t-\t" + merge(y, null));
    String[][] lists = {{"even:1:5000", "even:2:700", "skewed:3:60000", "up:1:10", "same:1:1"}, {"few:1:300"}, {"even:1:10", "even:2:10", "even:3:10"}};
    for (String[] l : lists) {
      List<byte[]> parts = new ArrayList<>();
      StringBuilder hexes = new StringBuilder();
      for (String s : l) { parts.add(sketch(s, 200)); hexes.append(hexes.length() > 0 ? "," : "").append(hex(parts.get(parts.size() - 1))); }
      System.out.println("aggregate\t" + String.join(",", l) + "\t" + hexes + "\t" + aggregate(parts));
    }
    // Of several k the one with the most values; partitions without one don't count.
    System.out.println("aggregate\teven:4:900,even:5:900\t" + hex(sketch("even:1:1000", 200)) + ",-," + hex(sketch("even:4:900", 100)) + "," + hex(sketch("even:5:900", 100)) + "\t"
        + aggregate(Arrays.asList(sketch("even:1:1000", 200), null, sketch("even:4:900", 100), sketch("even:5:900", 100))));
    System.out.println("aggregate\teven:1:0\t-,-\t" + aggregate(Arrays.asList(null, null)));
  }
}
