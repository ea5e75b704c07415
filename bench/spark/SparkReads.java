import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/// Asks a hub's Iceberg catalog in Spark's SQL and prints each answer as one line, values apart by a
/// bar. Arguments: the catalog's address, a token, questions over `firn.PASS.TABLE`.
public final class SparkReads {
  private SparkReads() {}

  public static void main(String[] arguments) {
    SparkSession spark =
        SparkSession.builder()
            .master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "localhost")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.catalog.firn", "org.apache.iceberg.spark.SparkCatalog")
            .config("spark.sql.catalog.firn.type", "rest")
            .config("spark.sql.catalog.firn.uri", arguments[0])
            .config("spark.sql.catalog.firn.token", arguments[1])
            .config("spark.sql.catalog.firn.io-impl", DoorFiles.class.getName())
            .getOrCreate();
    for (String question : List.of(arguments).subList(2, arguments.length)) {
      for (Row row : spark.sql(question).collectAsList()) {
        Object[] values = new Object[row.size()];
        Arrays.setAll(values, row::get);
        System.out.println("answer " + String.join("|", Arrays.stream(values).map(String::valueOf).toList()));
      }
    }
    spark.stop();
  }
}
