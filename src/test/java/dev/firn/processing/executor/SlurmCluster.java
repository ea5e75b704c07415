package dev.firn.processing.executor;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A Slurm cluster of one node on this machine: munged, slurmctld and slurmd of Debian's packages,
/// on free ports of loopback, ended when closed. Slurm's daemons want to be root.
public final class SlurmCluster implements AutoCloseable {
  private static final List<String> PROGRAMS =
      List.of("/usr/sbin/munged", "/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/bin/sbatch");

  private final Path directory;
  private final List<Process> processes = new ArrayList<>();

  private SlurmCluster(Path directory) {
    this.directory = directory;
  }

  /// Why there can be none here; empty when there can.
  public static String missing() {
    for (String program : PROGRAMS) {
      if (!Files.isExecutable(Path.of(program))) {
        return program + " is not installed";
      }
    }
    return System.getProperty("user.name").equals("root") ? "" : "slurmd needs root";
  }

  /// The configuration file, for `SLURM_CONF`.
  public Path configuration() {
    return directory.resolve("slurm.conf");
  }

  public static SlurmCluster start() throws IOException, InterruptedException {
    // munged trusts a key only below directories that nobody else may write to, and sockets have
    // short names.
    Path directory = Files.createTempDirectory(Path.of("/run"), "firn-slurm-");
    SlurmCluster cluster = new SlurmCluster(directory);
    try {
      cluster.configure();
      cluster.spawn(
          "munged",
          "/usr/sbin/munged",
          "--foreground",
          "--force",
          "--key-file=" + directory.resolve("key"),
          "--socket=" + directory.resolve("munge"),
          "--log-file=" + directory.resolve("munge.log"),
          "--pid-file=" + directory.resolve("pid"),
          "--seed-file=" + directory.resolve("seed"));
      cluster.await(() -> Files.exists(directory.resolve("munge")), "munged");
      cluster.spawn("slurmctld", "/usr/sbin/slurmctld", "-D", "-i");
      cluster.spawn("slurmd", "/usr/sbin/slurmd", "-D");
      cluster.await(
          () -> cluster.run(List.of("sinfo", "--noheader", "--format=%t")).contains("idle"),
          "the node");
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private void configure() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    Files.createDirectory(directory.resolve("state"));
    Files.createDirectory(directory.resolve("spool"));
    byte[] key = new byte[1024];
    new SecureRandom().nextBytes(key);
    Files.write(directory.resolve("key"), key);
    Files.setPosixFilePermissions(
        directory.resolve("key"), PosixFilePermissions.fromString("rw-------"));
    String host = InetAddress.getLocalHost().getHostName().split("\\.")[0];
    Files.writeString(
        configuration(),
        """
        ClusterName=firn
        SlurmctldHost=%1$s(127.0.0.1)
        SlurmctldPort=%2$d
        SlurmdPort=%3$d
        SlurmUser=root
        AuthType=auth/munge
        AuthInfo=socket=%4$s/munge
        CredType=cred/munge
        StateSaveLocation=%4$s/state
        SlurmdSpoolDir=%4$s/spool
        SlurmctldPidFile=%4$s/ctld.pid
        SlurmdPidFile=%4$s/slurmd.pid
        ProctrackType=proctrack/linuxproc
        TaskPlugin=task/none
        SelectType=select/cons_tres
        SelectTypeParameters=CR_CPU
        SlurmdParameters=config_overrides
        MailProg=/bin/true
        MpiDefault=none
        ReturnToService=2
        NodeName=%1$s NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
        PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
        """
            .formatted(host, freePort(), freePort(), directory));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void spawn(String name, String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("SLURM_CONF", configuration().toString());
    processes.add(builder.redirectOutput(directory.resolve(name + ".out").toFile()).start());
  }

  /// Runs a command of Slurm against this cluster.
  public String run(List<String> command) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("env", "SLURM_CONF=" + configuration()));
    all.addAll(command);
    return Commands.here(all);
  }

  @FunctionalInterface
  private interface Check {
    boolean holds() throws IOException, InterruptedException;
  }

  private void await(Check check, String what) throws IOException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    String last = "";
    while (System.nanoTime() < until) {
      try {
        if (check.holds()) {
          return;
        }
      } catch (IOException e) {
        last = String.valueOf(e.getMessage()); // not up yet
      }
      Thread.sleep(200);
    }
    throw new IOException(what + " did not come up within a minute: " + last);
  }

  /// What the daemons said, for a failed test.
  public String logs() throws IOException {
    StringBuilder text = new StringBuilder();
    for (String name : Arrays.asList("slurmctld.out", "slurmd.out")) {
      text.append(Files.readString(directory.resolve(name)));
    }
    return text.toString();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    for (Process process : processes.reversed()) {
      process.destroy();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
    try (var all = Files.walk(directory)) {
      for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
