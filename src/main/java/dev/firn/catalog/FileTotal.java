package dev.firn.catalog;

/// A number of files and the sum of their sizes in bytes.
public record FileTotal(long files, long bytes) {}
