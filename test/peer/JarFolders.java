import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The system class loader of Flink's gateway and client: loads the jars of the folders named by -Dpeer.jars (joined by ':').
 *
 * <p>Flink's Hive dialect casts the class loader it finds to URLClassLoader, which Java 9+ no longer uses for the class path; and Flink
 * deserializes failures with the system class loader, so both must be the same one. Jars are taken in the order of their names, so that
 * which of two equal classes wins does not depend on the file system. Used as -Djava.system.class.loader=JarFolders.
 */
public final class JarFolders extends URLClassLoader {
  public JarFolders(ClassLoader parent) throws MalformedURLException {
    super(jars(), ClassLoader.getPlatformClassLoader());
  }

  private static URL[] jars() throws MalformedURLException {
    List<URL> jars = new ArrayList<>();
    for (String folder : System.getProperty("peer.jars").split(":")) {
      File[] found = new File(folder).listFiles((dir, name) -> name.endsWith(".jar"));
      if (found == null) throw new IllegalArgumentException("no such folder: " + folder);
      Arrays.sort(found);
      for (File jar : found) jars.add(jar.toURI().toURL());
    }
    return jars.toArray(new URL[0]);
  }
}
