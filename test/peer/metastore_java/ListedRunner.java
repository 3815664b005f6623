import org.junit.runner.Description;
import org.junit.runner.JUnitCore;
import org.junit.runner.Request;
import org.junit.runner.Result;
import org.junit.runner.manipulation.Filter;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunListener;

/** Runs the named JUnit 4 classes; one line a failure, then "N passed, M failed". */
public class ListedRunner {
  public static void main(String[] names) throws Exception {
    int run = 0, failed = 0;
    for (String name : names) {
      JUnitCore core = new JUnitCore();
      core.addListener(new RunListener() {
        @Override public void testFailure(Failure f) {
          String at = "";
          for (StackTraceElement e : f.getException().getStackTrace()) {
            if (e.getClassName().startsWith("org.apache.hadoop.hive.metastore.client.")) { at = " at " + e.getFileName() + ":" + e.getLineNumber(); break; }
          }
          String m = String.valueOf(f.getException().getMessage());
          System.out.println("FAILED " + f.getDescription().getDisplayName() + ": " + f.getException().getClass().getSimpleName() + ": "
              + m.substring(0, Math.min(2500, m.length())).replace('\n', ' ') + at);
        }
      });
      Request request = Request.aClass(Class.forName("org.apache.hadoop.hive.metastore.client." + name)).filterWith(new Filter() {
        // These two look into an ObjectStore of their own, not at the server.
        @Override public boolean shouldRun(Description d) {
          return !d.getDisplayName().startsWith("testCleanup[Tarn](org.apache.hadoop.hive.metastore.client.TestRuntimeStats")
              && !d.getDisplayName().startsWith("testReading[Tarn](org.apache.hadoop.hive.metastore.client.TestRuntimeStats");
        }
        @Override public String describe() { return "not embedded"; }
      });
      Result r = core.run(request);
      run += r.getRunCount();
      failed += r.getFailureCount();
      System.out.println(name + ": " + (r.getRunCount() - r.getFailureCount()) + " of " + r.getRunCount());
    }
    System.out.println((run - failed) + " passed, " + failed + " failed");
    System.exit(failed == 0 ? 0 : 1);
  }
}
