/// Who has how much, now and over time, and how much they may have.
///
/// [Accounting] reads the totals that the catalog keeps, writes down once a day what they were, and
/// holds quotas; [UsageRoutes] tells and sets them over HTTP. What is over its quota is shown,
/// never refused (`docs/decisions/0190-quotas-warn.md`). Nothing counts files.
///
/// Threads: all types are safe to share; calls block on the database. Failures are those of the
/// catalog.
@NullMarked
package dev.firn.catalog.usage;

import org.jspecify.annotations.NullMarked;
