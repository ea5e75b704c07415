package dev.firn.server;

/// The `firn` command.
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.out.println("firn");
  }
}
