package dev.firn.catalog;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Some of the files a query found.
///
/// @param next what to ask for to read on; null at the end
public record FilePage(List<CatalogFile> files, @Nullable String next) {
  public FilePage {
    files = List.copyOf(files);
  }
}
