package dev.firn.transfer.queue;

import dev.firn.model.Checksums;

/// A version of a file that another content has replaced, of which the record says that it lies
/// where a transfer of the new one writes.
public record Older(long fileId, long size, Checksums checksums) {}
