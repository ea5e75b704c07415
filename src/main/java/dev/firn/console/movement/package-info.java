/// Pages on what makes copies come and go: links and their queues, transfers, rules.
///
/// Each shows the sentences of `firn transfer explain` and `firn rule explain`, word for word. They
/// read the record when they are asked and keep nothing; the page of links renews itself.
@NullMarked
package dev.firn.console.movement;

import org.jspecify.annotations.NullMarked;
