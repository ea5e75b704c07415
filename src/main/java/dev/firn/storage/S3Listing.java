package dev.firn.storage;

import dev.firn.model.LogicalName;
import dev.firn.storage.ObjectStore.Found;
import dev.firn.storage.ObjectStore.Page;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Predicate;

/// What is in a directory of an S3 area.
///
/// @param looking threads that ask for the metadata of objects
record S3Listing(ObjectStore store, S3Names names, ExecutorService looking) {
  private static final int PAGE = 1000;

  /// Shows everything in `directory`, which must be one, but what is `absent`.
  void show(LogicalName directory, Predicate<LogicalName> absent, StorageArea.Visitor visitor)
      throws IOException {
    try {
      if (!names.isDirectory(directory)) {
        boolean file = store.head(names.key(directory)).isPresent();
        throw new StorageException(
            file ? Kind.NOT_A_DIRECTORY : Kind.MISSING,
            directory + (file ? ": not a directory" : ": not there"));
      }
      String next = null;
      do {
        Page page = store.page(names.directoryKey(directory), false, next, PAGE);
        show(directory, page, absent, visitor);
        next = page.next();
      } while (next != null);
    } catch (StoreException e) {
      throw e.explain(directory.toString());
    }
  }

  /// A page of a listing tells no metadata: its objects are asked for it, several at a time.
  private void show(
      LogicalName directory, Page page, Predicate<LogicalName> absent, StorageArea.Visitor visitor)
      throws IOException {
    List<Future<Optional<StoredObject>>> files = new ArrayList<>();
    for (Found found : page.objects()) {
      if (!found.key().endsWith("/")) {
        files.add(looking.submit(() -> listed(found, absent)));
      }
    }
    for (String key : page.directories()) {
      Optional<LogicalName> name = names.name(key).filter(n -> !absent.test(n));
      if (name.isPresent()) {
        visitor.visit(names.directory(name.get()));
      }
    }
    for (Future<Optional<StoredObject>> file : files) {
      Optional<StoredObject> object = result(directory, file);
      if (object.isPresent()) {
        visitor.visit(object.get());
      }
    }
  }

  private Optional<StoredObject> listed(Found found, Predicate<LogicalName> absent)
      throws IOException {
    Optional<LogicalName> name = names.name(found.key()).filter(n -> !absent.test(n));
    return name.isEmpty()
        ? Optional.empty()
        : store.head(found.key()).map(f -> names.file(name.get(), f));
  }

  private static <T> T result(LogicalName name, Future<T> future) throws IOException {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StorageException(Kind.SERVER, name + ": interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new StorageException(Kind.SERVER, name + ": could not be listed", e);
    }
  }
}
