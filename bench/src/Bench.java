import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Whole-program benchmarks. Run by `bench/run`; see `bench/README.md`.
final class Bench {
  private static final String HELP =
      """
      bench/run doors     GET and PUT, Firn beside nginx and XRootD, in server CPU-seconds per GiB
      bench/run small     GET of 16 and 64 KiB, PUT of 2 KiB, in server CPU time a request
      bench/run flood     10,000 connections at once, 1 MiB each, with small reads beside them
      bench/run tokens    verifying tokens, good, new and bad
      bench/run pull      third-party pull over TLS from an XRootD, beside XRootD
      bench/run storage   a staged write beside cp and sha512sum
      bench/run bundle    packing a bundle beside cp and sha512sum
      bench/run suites    suites of the field, from checkouts of them, against doors started here
      bench/run index     firn index killed and finished; hashing beside sha512sum
      bench/run dropbox   files moved into a drop box until all are registered
      bench/run catalog   bulk and single registration beside COPY, lookups and totals
      bench/run sharing   bytes a file with metadata shared by directory, and without
      bench/run scheduling
                          a million queued transfers: planning, claiming, explaining
      bench/run transferring
                          small files between two sites through the whole scheduler
      bench/run i3        scanning .i3 files beside the decompressor alone, decoding pulses
      bench/run leases    units of a campaign given out, stored and committed over HTTPS
      bench/run infer     a hub's models over HTTP and gRPC beside ONNX Runtime itself
      bench/run notices   from events of a stream to their notices at a receiver
      bench/run columns   pulses into Parquet beside DuckDB's COPY, one event out of it
      bench/run events    generated .i3 events into the tables of a pass: decoding, sorting, writing
      bench/run column    one column of a file by ranges of a door, beside the same file here;
                          a thousand clients that read pieces of columns at once
      bench/run lookup    one event among a hundred million in a thousand files, cold (as root)
      options:
        --size BYTES      bytes moved in one measurement (default 1 GiB)
        --runs N          measurements of each kind; the median is printed (default 5)
        --warm-ups N      doors, pull, small: rounds before those, not counted (default 3)
        --dir DIR         where the files lie (default: memory, /dev/shm, when there is room)
        --streams 1,8     doors, leases: how many clients, pull: how many streams at a time
        --servers a,b     doors, small: of firn (a plain door), hub, nginx, xrootd, netty
                          (the least that a server with Netty and BoringSSL does)
        --kinds a,b       doors: of get-tls, put-tls, get-plain, put-plain, and
                          put-tls-sha512, put-plain-sha512 beside sha512sum
        --seconds N       small, leases, infer, notices: how long one measurement takes
                          (default 3, leases, infer: 5, notices: 60)
        --kill scorer     notices: kill the service that scores every --every seconds (20);
                          both: in turn also the hub that sends
        --connections N   flood, column: how many
        --seed N          order of the measurements
        --wlcg DIR, --doma DIR, --storm DIR
                          suites: checkouts of indigo-iam/wlcg-jwt-compliance-tests,
                          paulmillar/http-tpc-utils and italiangrid/storm-webdav
        --robot DIR       suites: a checkout of Robot Framework, when it is not installed
        --pulses N        columns, column: how many (default 20000000)
        --transfers N     scheduling: how many (default 1000000)
        --events N        events: how many (default 150000); lookup: in each of --files (100000)
        --compared N      events: how many of them are compared with the peers (default all)
        --files N         lookup, catalog, sharing, transferring, dropbox: how many files
                          (default 1000, 1000000, 300000, 20000 and 5000 of --size 100000)
        --keep DIR        catalog: keep the database there, or use the one that is there
        --only LIST       catalog: only these steps: load, singles, questions, totals, truth, backup
        --rounds N        catalog: how many times the questions are asked (2)
        --buffers SIZE    catalog: what PostgreSQL has for its buffers (2GB)
        --programs DIR    catalog: another PostgreSQL's programs, with its pg_dump""";

  private Bench() {}

  public static void main(String[] args) throws Exception {
    if (args.length == 0 || args[0].equals("help") || args[0].equals("--help")) {
      System.out.println(HELP);
      return;
    }
    Options options = Options.parse(args);
    switch (args[0]) {
      case "doors" -> new Doors(options).run();
      case "small" -> new Small(options).run();
      case "flood" -> new Flood(options).run();
      case "tokens" -> new Tokens(options).run();
      case "pull" -> new Pulling(options).run();
      case "storage" -> new Storing(options).run();
      case "bundle" -> new Bundling(options).run();
      case "suites" -> new Suites(options).run();
      case "index" -> new Indexing(options).run();
      case "dropbox" -> new Dropping(options).run();
      case "catalog" -> new Cataloguing(options).run();
      case "sharing" -> new Sharing(options).run();
      case "scheduling" -> new Scheduling(options).run();
      case "transferring" -> new Transferring(options).run();
      case "i3" -> new Frames(options).run();
      case "leases" -> new Leasing(options).run();
      case "infer" -> new Inferring(options).run();
      case "notices" -> new Noticing(options).run();
      case "columns" -> new Columns(options).run();
      case "events" -> new EventTablesOf(options).run();
      case "lookup" -> new Lookups(options).run();
      case "column" -> new ColumnReads(options).run();
      default -> {
        System.err.println("bench: no such benchmark: " + args[0] + "\n" + HELP);
        System.exit(2);
      }
    }
  }

  /// What the command line says.
  record Options(Map<String, String> values) {
    static Options parse(String[] args) {
      Map<String, String> values = new HashMap<>();
      for (int i = 1; i < args.length; i += 2) {
        if (!args[i].startsWith("--") || i + 1 == args.length) {
          System.err.println("bench: cannot read the options\n" + HELP);
          System.exit(2);
        }
        values.put(args[i].substring(2), args[i + 1]);
      }
      return new Options(values);
    }

    long number(String name, long otherwise) {
      return values.containsKey(name) ? Long.parseLong(values.get(name)) : otherwise;
    }

    List<String> list(String name, String otherwise) {
      return new ArrayList<>(List.of(values.getOrDefault(name, otherwise).split(",")));
    }

    long size() {
      return number("size", 1L << 30);
    }

    int warmUps() {
      return (int) number("warm-ups", 3);
    }

    int runs() {
      return (int) number("runs", 5);
    }

    /// A folder of this run's own, removed at the end.
    Path workFolder() throws Exception {
      String base = values.get("dir");
      if (base == null) {
        Path memory = Path.of("/dev/shm");
        boolean room =
            memory.toFile().isDirectory() && memory.toFile().getUsableSpace() > 6 * size();
        base = room ? memory.toString() : System.getProperty("java.io.tmpdir");
      }
      Path folder = java.nio.file.Files.createTempDirectory(Path.of(base), "firn-bench");
      folder.toFile().setReadable(true, false);
      folder.toFile().setExecutable(true, false);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> Shell.removeTree(folder)));
      return folder;
    }
  }
}
