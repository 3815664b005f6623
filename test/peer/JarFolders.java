import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs a main class out of folders of jars: arguments are the folders joined by ':', the class, and its own arguments.
 *
 * <p>Flink's Hive dialect casts the class loader it finds to URLClassLoader, which Java 9+ no longer uses for the class path. The jars
 * of a folder are taken in the order of their names, so that which of two equal classes wins does not depend on the file system.
 */
public final class JarFolders {
  public static void main(String[] args) throws Exception {
    List<URL> jars = new ArrayList<>();
    for (String folder : args[0].split(":")) {
      File[] found = new File(folder).listFiles((dir, name) -> name.endsWith(".jar"));
      if (found == null) throw new IllegalArgumentException("no such folder: " + folder);
      Arrays.sort(found);
      for (File jar : found) jars.add(jar.toURI().toURL());
    }
    ClassLoader loader = new URLClassLoader(jars.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
    Thread.currentThread().setContextClassLoader(loader);
    String[] rest = Arrays.copyOfRange(args, 2, args.length);
    loader.loadClass(args[1]).getMethod("main", String[].class).invoke(null, (Object) rest);
  }
}
