package dev.firn;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The house stands as `ARCHITECTURE.md` draws it: imports go down, or to a sibling named here.
class ArchitectureTest {
  private static final Map<String, Integer> FLOORS =
      Map.ofEntries(
          Map.entry("model", 0),
          Map.entry("database", 1),
          Map.entry("http", 1),
          Map.entry("i3", 1),
          Map.entry("token", 2),
          Map.entry("storage", 2),
          Map.entry("door", 3),
          Map.entry("issuer", 3),
          Map.entry("catalog", 3),
          Map.entry("columnar", 3),
          Map.entry("transfer", 4),
          Map.entry("events", 4),
          Map.entry("ingest", 5),
          Map.entry("archive", 5),
          Map.entry("processing", 6),
          Map.entry("inference", 6),
          Map.entry("staging", 6),
          Map.entry("alerts", 6),
          Map.entry("publication", 6),
          Map.entry("console", 7),
          Map.entry("cli", 7),
          Map.entry("server", 8));

  /// Same-floor imports that are allowed, each from a package to its sibling.
  private static final Set<String> SIBLINGS =
      Set.of("catalog -> columnar", "staging -> publication");

  private static final JavaClasses FIRN =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.firn");

  @Test
  void importsGoDownOrToANamedSibling() {
    List<String> wrong = new ArrayList<>();
    for (JavaClass from : FIRN) {
      String room = room(from);
      from.getDirectDependenciesFromSelf().stream()
          .map(d -> d.getTargetClass().getBaseComponentType())
          .filter(to -> to.getPackageName().startsWith("dev.firn."))
          .filter(to -> !room(to).equals(room) && !mayImport(room, room(to)))
          .forEach(to -> wrong.add(from.getName() + " imports " + to.getName()));
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void everyPackageStandsOnAFloor() {
    assertThat(FIRN.stream().map(ArchitectureTest::room).filter(r -> !r.isEmpty()).distinct())
        .isSubsetOf(FLOORS.keySet());
  }

  @Test
  void noCyclesAtAnyDepth() {
    slices().matching("dev.firn.(**)").should().beFreeOfCycles().check(FIRN);
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(
            FIRN.stream()
                .map(JavaClass::getPackage)
                .distinct()
                .filter(
                    p -> p.tryGetAnnotationOfType("org.jspecify.annotations.NullMarked").isEmpty())
                .map(p -> p.getName()))
        .isEmpty();
  }

  /// The tests have Apache's HTTP client for Iceberg's own client of catalogs. The product has not,
  /// and these classes do not start without it.
  @Test
  void icebergsClassesOfRestAreNotUsed() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.iceberg.rest..", "org.apache.hc..")
        .check(FIRN);
  }

  @Test
  void onlyTheCommandLineAndTheServerPrint() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.firn.cli..", "dev.firn.server..")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(FIRN);
  }

  @Test
  void theModelDoesNoInputOutput() {
    classes()
        .that()
        .resideInAPackage("dev.firn.model..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java.lang..",
            "java.util..",
            "java.nio.charset",
            "java.time..",
            "org.jspecify..",
            "dev.firn.model..")
        .check(FIRN);
  }

  /// Guards the rules above against passing because nothing was read.
  @Test
  void theClassesWereFound() {
    assertThat(FIRN.size()).isGreaterThan(10);
  }

  @Test
  void filesStayReadable() throws IOException {
    Map<String, Long> tooLong = new TreeMap<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        try (Stream<String> lines = Files.lines(file)) {
          long count = lines.count();
          if (count > 600) {
            tooLong.put(file.toString(), count);
          }
        }
      }
    }
    assertThat(tooLong).isEmpty();
  }

  private static boolean mayImport(String from, String to) {
    if (to.isEmpty() || SIBLINGS.contains(from + " -> " + to)) {
      return true;
    }
    return FLOORS.getOrDefault(from, -1) > FLOORS.getOrDefault(to, 99);
  }

  private static String room(JavaClass type) {
    String below = type.getPackageName().substring("dev.firn".length());
    return below.isEmpty() ? "" : below.substring(1).split("\\.")[0];
  }
}
