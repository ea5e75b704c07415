package dev.firn.processing.executor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Starts workers somewhere.
public interface Executor {
  /// What a worker is.
  ///
  /// @param name what the workers are called, a word
  /// @param command the worker's program and arguments
  /// @param environment what it needs beside its token, such as `FIRN_URL`
  /// @param token a worker's token
  /// @param directory for files of the submission and logs; must be there
  record Job(
      String name,
      List<String> command,
      Map<String, String> environment,
      String token,
      Path directory) {
    public Job {
      if (!name.matches("[A-Za-z0-9_.-]{1,64}")) {
        throw new IllegalArgumentException("not a word: " + name);
      }
    }

    /// Not the token.
    @Override
    public String toString() {
      return "job " + name;
    }
  }

  /// How many workers wait for a place and how many run; the others have ended.
  record Count(int waiting, int running) {
    public boolean over() {
      return waiting + running == 0;
    }
  }

  /// Starts `workers` of them and returns what they are known by together.
  String start(Job job, int workers) throws IOException, InterruptedException;

  Count count(String id) throws IOException, InterruptedException;

  /// Asks all of them to end; each finishes what it is at.
  void stop(String id) throws IOException, InterruptedException;
}
