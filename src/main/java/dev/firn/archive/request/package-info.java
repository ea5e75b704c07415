/// Requests to archive what there is now: a folder, a dataset or a query, to one site, once. What
/// shall hold for files to come is a replication rule and not here.
///
/// [ArchiveRequests] estimates, takes, shows and cancels them; the archivist takes their files from
/// it as it takes those that rules ask for. Requests outside of the allowed folders, too small,
/// empty, or for files that are on their way to that site already are refused.
///
/// Promises: a file goes to a site once, whoever asks for it and how often (a unique index holds
/// that); each request and its end is in the history.
///
/// Threads: may be called from any.
@NullMarked
package dev.firn.archive.request;

import org.jspecify.annotations.NullMarked;
