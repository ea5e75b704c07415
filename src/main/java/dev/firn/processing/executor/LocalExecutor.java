package dev.firn.processing.executor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Workers as processes of this machine. They are known to this object only; they end by themselves
/// when there is no more work.
public final class LocalExecutor implements Executor {
  private final Map<String, List<Process>> started = new ConcurrentHashMap<>();
  private final AtomicInteger next = new AtomicInteger();

  @Override
  public String start(Job job, int workers) throws IOException {
    String id = "local-" + next.incrementAndGet();
    Path token = Scripts.secret(job.directory().resolve(job.name() + ".token"), job.token(), false);
    List<Process> processes = new ArrayList<>();
    started.put(id, processes);
    for (int i = 1; i <= workers; i++) {
      ProcessBuilder builder = new ProcessBuilder(job.command());
      builder.environment().putAll(job.environment());
      builder.environment().put("BEARER_TOKEN_FILE", token.toString());
      Path log = job.directory().resolve(job.name() + "-" + i + ".log");
      builder.redirectErrorStream(true);
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      processes.add(builder.start());
    }
    return id;
  }

  @Override
  public Count count(String id) {
    int alive = (int) started.getOrDefault(id, List.of()).stream().filter(Process::isAlive).count();
    return new Count(0, alive);
  }

  @Override
  public void stop(String id) {
    started.getOrDefault(id, List.of()).forEach(Process::destroy);
  }
}
