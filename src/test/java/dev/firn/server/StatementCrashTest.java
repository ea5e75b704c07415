package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.database.DatabaseAddress;
import dev.firn.database.EmbeddedPostgres;
import dev.firn.database.EmbeddedPostgresConfig;
import dev.firn.database.StatementProxy;
import dev.firn.database.TestDatabase;
import dev.firn.server.CatalogSteps.Round;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Promises 2 and 7 at every statement. A program makes every kind of change to the catalog, also
/// over the old File Catalog's protocol; it, or its PostgreSQL, gets SIGKILL just before a
/// statement reaches the server, or after the server executed it and before the program hears of
/// it. What the record says then is compared with an undisturbed round of the same changes: a
/// change is there as a whole or not at all, with its history; what was acknowledged is there; and
/// made again, it is there once.
///
/// `-Dfirn.kills=N` chooses N of all points in even steps, `all` takes each.
@Tag("slow")
@Timeout(value = 3, unit = TimeUnit.HOURS) // all points take that on a busy machine
class StatementCrashTest {
  private static final String STANDARD = "40";
  private static final int MOST_ROUNDS = 2_000;

  @TempDir Path directory;
  private EmbeddedPostgres postgres;
  private StatementProxy proxy;
  private CatalogState state;
  private Process program;

  /// Where to kill whom.
  private record Point(String step, String kind, int occurrence, boolean after, boolean server) {}

  /// What an undisturbed step does.
  ///
  /// @param states of the record before it and after each of its commits
  /// @param kinds of its statements in order
  private record Course(List<String> states, List<String> kinds) {
    String end() {
      return states.getLast();
    }
  }

  @Test
  void killedAtAnyStatementTheRecordIsWholeAndHasItsHistory() throws Exception {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    EmbeddedPostgresConfig config =
        EmbeddedPostgresConfig.in(directory.resolve("postgres"))
            .withBinaries(TestDatabase.binaries());
    try (EmbeddedPostgres server = EmbeddedPostgres.start(config);
        StatementProxy between = new StatementProxy(server)) {
      postgres = server;
      proxy = between;
      state = new CatalogState(server.address());
      try {
        start();
        undisturbed(new Round(0)); // what a program asks once and remembers is not asked again
        Map<String, Course> courses = undisturbed(new Round(1));
        List<Point> points = chosen(points(courses));
        int rounds = disturbed(courses, points);
        for (int i = 0; i < rounds; i++) {
          assertThat(state.of(new Round(i))).as("round %d at the end", i).isEqualTo(end(courses));
        }
        state.requireWhole(directory.resolve("area"));
        System.out.printf(
            "killed at %d of %d points, in %d rounds%n",
            points.size(), points(courses).size(), rounds);
      } finally {
        program.destroyForcibly().waitFor();
      }
    }
  }

  private static String end(Map<String, Course> courses) {
    return courses.values().stream().reduce((a, b) -> b).orElseThrow().end();
  }

  private void start() throws IOException {
    DatabaseAddress address = proxy.get();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m"));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), CatalogSteps.class.getName()));
    command.addAll(List.of(address.jdbcUrl(), address.user(), address.password()));
    command.add(directory.resolve("area").toString());
    ProcessBuilder builder = new ProcessBuilder(command);
    Path log = directory.resolve("program.log");
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    program = builder.start();
    assertThat(program.inputReader().readLine()).as(Files.readString(log)).isEqualTo("ready");
    proxy.seen();
  }

  /// Whether the program says that it is done; it cannot when it was killed.
  private boolean make(String step, Round round) throws IOException {
    program
        .getOutputStream()
        .write((step + "\t" + round.number() + "\n").getBytes(StandardCharsets.UTF_8));
    program.getOutputStream().flush();
    try {
      return "done".equals(program.inputReader().readLine());
    } catch (IOException e) {
      return false; // killing it closes what it is read from
    }
  }

  private Map<String, Course> undisturbed(Round round) throws IOException {
    Map<String, Course> courses = new LinkedHashMap<>();
    for (String step : CatalogSteps.STEPS.keySet()) {
      List<String> states = Collections.synchronizedList(new ArrayList<>());
      states.add(state.of(round));
      proxy.onCommit(() -> states.add(state.of(round)));
      assertThat(make(step, round)).as(step).isTrue();
      proxy.onCommit(() -> {});
      courses.put(step, new Course(List.copyOf(states), proxy.seen()));
    }
    return courses;
  }

  private static List<Point> points(Map<String, Course> courses) {
    List<Point> points = new ArrayList<>();
    courses.forEach((step, course) -> {
      for (String kind : new LinkedHashSet<>(course.kinds())) {
        long times = course.kinds().stream().filter(kind::equals).count();
        int occurrences = kind.equals(StatementProxy.COMMIT) ? (int) times : 1;
        for (int n = 1; n <= occurrences; n++) {
          for (boolean after : new boolean[] {false, true}) {
            points.add(new Point(step, kind, n, after, false));
            points.add(new Point(step, kind, n, after, true));
          }
        }
      }
    });
    return points;
  }

  private static List<Point> chosen(List<Point> all) {
    String wanted = System.getProperty("firn.kills", STANDARD);
    int kills = wanted.equals("all") ? all.size() : Integer.parseInt(wanted);
    return Stream.iterate(0, i -> i < kills, i -> i + 1)
        .map(i -> all.get((int) ((long) i * all.size() / kills)))
        .distinct()
        .toList();
  }

  /// Rounds until every point was met; returns how many rounds there were, the undisturbed counted.
  private int disturbed(Map<String, Course> courses, List<Point> points) throws Exception {
    Map<String, Deque<Point>> waiting = new LinkedHashMap<>();
    points.forEach(p -> waiting.computeIfAbsent(p.step(), s -> new ArrayDeque<>()).add(p));
    int number = 2;
    for (; !waiting.isEmpty(); number++) {
      assertThat(number).as("rounds; still waiting: %s", waiting).isLessThan(MOST_ROUNDS);
      Round round = new Round(number);
      for (Map.Entry<String, Course> course : courses.entrySet()) {
        Deque<Point> here = waiting.getOrDefault(course.getKey(), new ArrayDeque<>());
        Optional<Point> next = Optional.ofNullable(here.poll());
        if (!step(course.getKey(), course.getValue(), round, next)) {
          next.ifPresent(here::addLast);
        }
        if (here.isEmpty()) {
          waiting.remove(course.getKey());
        }
      }
    }
    return number;
  }

  /// Returns whether the point was met. A program that was killed a step ago has forgotten what it
  /// would have gone by, and comes by other statements to the same end: then another round meets
  /// it.
  private boolean step(String step, Course course, Round round, Optional<Point> point)
      throws Exception {
    String what = point.map(Point::toString).orElse(step) + " in round " + round.number();
    point.ifPresent(p ->
        proxy.set(
            new StatementProxy.Trap(
                p.kind(), p.occurrence(), p.after(), p.server() ? this::killServer : this::kill)));
    boolean acknowledged = make(step, round);
    boolean met = !proxy.clear();
    boolean dead = met && point.isPresent() && !point.get().server();
    assertThat(acknowledged).as(what + log()).isEqualTo(!dead);
    if (dead) {
      assertThat(state.of(round)).as(what).isIn(possible(course, point.get()));
      start();
      assertThat(make(step, round)).as("again: %s", what).isTrue();
    }
    assertThat(state.of(round)).as(what).isEqualTo(course.end());
    return met;
  }

  /// At a commit it is known on which side of it the record is.
  private static List<String> possible(Course course, Point point) {
    if (!point.kind().equals(StatementProxy.COMMIT)) {
      return course.states();
    }
    return List.of(course.states().get(point.occurrence() - (point.after() ? 0 : 1)));
  }

  private String log() throws IOException {
    List<String> lines = Files.readAllLines(directory.resolve("program.log"));
    return "\n" + String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
  }

  private void kill() {
    try {
      program.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// All of its processes, as a power cut would end them; the test's own end of it starts it again.
  private void killServer() {
    ProcessHandle postmaster = ProcessHandle.of(postgres.pid()).orElseThrow();
    List<ProcessHandle> all = new ArrayList<>(postmaster.descendants().toList());
    all.addFirst(postmaster);
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(process -> process.onExit().join());
  }
}
