package dev.firn.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.database.Database;
import dev.firn.database.TestDatabase;
import dev.firn.model.LogicalName;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

class DictionaryTest {
  private static final LogicalName DIRECTORY = LogicalName.parse("/data/ghost");

  @Test
  void whatATransactionWroteIsNotRememberedWhenItRollsBack() {
    Words words = Words.create();
    Directories directories = new Directories();
    try (TestDatabase test = TestDatabase.create()) {
      for (boolean savepoint : new boolean[] {false, true}) {
        Database database = test.database();
        assertThatThrownBy(() ->
                database.inTransaction(c -> {
                  try (Statement begin = c.createStatement()) {
                    begin.execute("SELECT pg_current_xact_id()");
                  }
                  if (savepoint) {
                    c.setSavepoint();
                  }
                  words.level().id(c, "Lghost");
                  directories.require(c, DIRECTORY);
                  throw new IllegalStateException("rolled back");
                }))
            .hasMessage("rolled back");
        database.read(c -> {
          assertThat(words.level().known(c, "Lghost")).as("savepoint %s", savepoint).isNull();
          assertThat(directories.find(c, DIRECTORY)).as("savepoint %s", savepoint).isEmpty();
          return true;
        });
      }
    }
  }

  @Test
  void whatIsCommittedIsRemembered() {
    Words words = Words.create();
    try (TestDatabase test = TestDatabase.create()) {
      Database database = test.database();
      short id = database.inTransaction(c -> words.level().id(c, "Lnew"));
      assertThat(word(words, database, id)).isEqualTo("Lnew");
      database.inTransaction(c -> {
        try (Statement delete = c.createStatement()) {
          return delete.execute("DELETE FROM level WHERE name = 'Lnew'");
        }
      });
      assertThat(word(words, database, id)).isEqualTo("Lnew");
    }
  }

  private static String word(Words words, Database database, short id) {
    return database.read(c -> words.level().word(c, id));
  }
}
