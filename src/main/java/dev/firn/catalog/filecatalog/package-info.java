/// The protocol of the observatory's File Catalog, so that its clients and its indexer go on
/// working.
///
/// [FileCatalogRoutes] answers `/api/files`, `/api/collections` and `/api/snapshots` from Firn's
/// own record; [Document] turns its records into ours and back, [QueryJson] its queries into the
/// same parameterised SQL that Firn's language becomes. What Firn has no place for (several
/// locations at one site, their flags, collections) lies in the tables of `V20__file_catalog.sql`.
///
/// Promises: one location belongs to one file and one (name, sha512) to one record, else 409; an
/// operator that is not supported is a 501 that names it, never a wrong answer; every change has
/// its history. The one role of the old catalog, `system`, is the scope `firn.admin` here.
@NullMarked
package dev.firn.catalog.filecatalog;

import org.jspecify.annotations.NullMarked;
