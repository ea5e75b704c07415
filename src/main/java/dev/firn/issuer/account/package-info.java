/// People who may log in at a hub: names, passwords, groups and what each may have.
///
/// [Accounts] keeps them in PostgreSQL, each change with its history; [AccountRoutes] lets
/// administrators look after them. A password is kept as an Argon2id hash and never leaves this
/// package in any other form; checking one takes some 50 ms of a core on purpose, and only a few
/// are checked at a time. All public types may be used by any number of threads.
@NullMarked
package dev.firn.issuer.account;

import org.jspecify.annotations.NullMarked;
