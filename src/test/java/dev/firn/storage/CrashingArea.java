package dev.firn.storage;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/// An area whose process dies at the n-th step: before it is taken or right after. Every call on
/// the area, its staged writes and its open files is a step; after the death nothing works.
public final class CrashingArea {
  /// The death of the process. Not an exception that anybody handles.
  public static final class Crash extends Error {
    private static final long serialVersionUID = 1L;

    Crash(String where) {
      super("crash at " + where, null, false, false);
    }
  }

  private final long at;
  private final boolean before;
  private long steps;
  private boolean dead;

  private CrashingArea(long at, boolean before) {
    this.at = at;
    this.before = before;
  }

  /// Counts steps and never dies.
  public static CrashingArea counting() {
    return new CrashingArea(Long.MAX_VALUE, true);
  }

  public static CrashingArea at(long step, boolean before) {
    return new CrashingArea(step, before);
  }

  public long steps() {
    return steps;
  }

  public StorageArea wrap(StorageArea area) {
    return wrap(StorageArea.class, area);
  }

  /// A step that is not the area's: a transaction.
  public void step(String what, Runnable action) {
    enter(what);
    action.run();
    leave(what);
  }

  private void enter(String what) {
    if (dead || (++steps == at && before)) {
      dead = true;
      throw new Crash(what);
    }
  }

  private void leave(String what) {
    if (steps >= at) {
      dead = true;
      throw new Crash("after " + what);
    }
  }

  private <T> T wrap(Class<T> type, T real) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (method.getName().equals("notes")) {
                return method.invoke(real, arguments); // hands something out, touches no disk
              }
              if (dead && method.getName().equals("close")) {
                return null; // the dead tidy nothing up
              }
              enter(method.getName());
              Object result;
              try {
                result = method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              leave(method.getName());
              return switch (result) {
                case StagedWrite staged -> wrap(StagedWrite.class, staged);
                case ReadChannel channel -> wrap(ReadChannel.class, channel);
                case null -> null;
                default -> result;
              };
            }));
  }
}
