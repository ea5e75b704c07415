package dev.firn.storage;

import java.time.Clock;
import java.util.Set;

class MemoryAreaTest extends StorageContract {
  @Override
  StorageArea create() {
    return new MemoryArea(PREFIX, Set.of(), Clock.systemUTC());
  }
}
